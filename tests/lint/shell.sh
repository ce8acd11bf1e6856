#!/bin/bash
# Shell scripts pass shellcheck, and programs run in strict mode, which the libraries bring along.
. "$(dirname "$0")/common.sh"
need_tool shellcheck

scripts=(dev .ci/run)
mapfile -t -O 2 scripts < <(files '*.sh' 'packaging/hooks/*' ':!packaging/hooks/*.conf')
shellcheck --format=gcc "${scripts[@]}" || complaints=1 # each says what and where itself
for script in "${scripts[@]}"; do
	[[ ! -x $script ]] || grep -qE '^set -eu|/(lib|common)\.sh"$' "$script" ||
		complain "$script:1" 'no strict mode; add set -euo pipefail (sh: set -eu)'
done
verdict
