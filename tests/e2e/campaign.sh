#!/bin/bash
# Dozens of runs with faults, kills and resumes: each report is true, nobody is forgotten.
. "$(dirname "$0")/../support/lib.sh"

mkdir "$workdir/rounds"
python3 "$project/tests/campaign/campaign.py" --build "$build" --count 16 --seed 5 --jobs 4 \
	--work "$workdir/rounds" >"$workdir/campaign.log" || fail 'a round is not as it should be'
expect_grep '^campaign: 16 rounds .* 0 failed' "$workdir/campaign.log"
