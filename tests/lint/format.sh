#!/bin/bash
# The C code is formatted as .clang-format says.
. "$(dirname "$0")/common.sh"
need_tool clang-format

# The first place of each file is enough.
unformatted() {
	c_files | xargs -r clang-format --dry-run -Werror 2>&1 |
		sed -nE 's/^([^:]+:[0-9]+):[0-9]+: error:.*/\1/p' | sort -t: -u -k1,1 || true
}

while read -r place; do
	complain "$place" 'from here on not formatted; run ./dev format'
done < <(unformatted)
verdict
