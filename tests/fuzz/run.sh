#!/bin/bash
# run.sh FOLDER MINUTES [HARNESS...]: let libFuzzer drive each harness of a build folder for so long, as many at
# once as there are processors, and print a line for each.  What is found stays in FOLDER/found; status 1.
set -euo pipefail

folder=$(realpath "$1") minutes=$2
((minutes > 0)) # 0 would be for ever
shift 2
mkdir -p "$folder/found" "$folder/fuzz-log"

harnesses() {
	local program
	for program in "$folder"/fuzz-*; do
		[[ -f $program && -x $program ]] && printf '%s\n' "${program##*/fuzz-}"
	done
}

# The corpus of earlier runs is gone on with.
drive() {
	local name=$1 corpus=$folder/corpus/$1
	mkdir -p "$corpus"
	"$folder/fuzz-$name" -max_total_time=$((minutes * 60)) -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
		-artifact_prefix="$folder/found/$name-" "$corpus" "$folder/tests/seeds/$name" \
		>"$folder/fuzz-log/$name" 2>&1
}

# harness, runs, edges covered, inputs kept, how it ended
report() {
	local log=$folder/fuzz-log/$1 runs last
	runs=$(sed -nE 's/^stat::number_of_executed_units: *//p' "$log")
	last=$(grep -aE ' cov: [0-9]+' "$log" | tail -n 1)
	printf '%-16s %12s %8s %8s  %s\n' "$1" "${runs:-?}" "$(sed -E 's/.* cov: ([0-9]+).*/\1/' <<<"$last")" \
		"$(sed -E 's/.* corp: ([0-9]+).*/\1/' <<<"$last")" "$2"
}

run_one() {
	if drive "$1"; then
		report "$1" clean
	else
		report "$1" "$(grep -aE -m 1 '^(SUMMARY|.*not so:)' "$folder/fuzz-log/$1" || echo failed)"
		return 1
	fi
}

[[ $# -gt 0 ]] || mapfile -t list < <(harnesses)
[[ $# -eq 0 ]] || list=("$@")
printf '%-16s %12s %8s %8s  after %s minutes each\n' harness runs edges inputs "$minutes"
status=0
for name in "${list[@]}"; do
	[[ $(jobs -rp | wc -l) -lt $(nproc) ]] || wait -n || status=1
	run_one "$name" &
done
while [[ -n $(jobs -p) ]]; do
	wait -n || status=1
done
exit "$status"
