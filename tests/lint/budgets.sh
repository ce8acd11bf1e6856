#!/bin/bash
# Sizes: no function over 80 lines, no .c file over 500 (tests are tables: 800); no goto; no #if inside a function.
. "$(dirname "$0")/common.sh"
need_tool ctags

function_limit=80
function_notice=60
file_limit=500
test_limit=800

# One function a line: file first last name
functions() {
	c_files | ctags --languages=C --map-C=+.h --kinds-C=f --fields=+ne -L - -f - |
		sed -nE 's/^([^\t]+)\t([^\t]+)\t.*\tline:([0-9]+).*\tend:([0-9]+).*/\2 \3 \4 \1/p'
}

check_functions() {
	local file first last name lines
	while read -r file first last name; do
		lines=$((last - first + 1))
		if ((lines > function_limit)); then
			complain "$file:$first" "$name has $lines lines, over $function_limit; split it"
		elif ((lines > function_notice)); then
			printf 'note: %s:%s: %s has %s lines\n' "$file" "$first" "$name" "$lines"
		fi
	done
}

check_files() {
	local lines file limit
	while read -r lines file; do
		limit=$file_limit
		[[ $file == tests/* ]] && limit=$test_limit
		[[ $file == total ]] || ((lines <= limit)) ||
			complain "$file:$lines" "over $limit lines; make two modules of it"
	done < <(c_files | grep '\.c$' | xargs -r wc -l)
}

check_code() {
	local list
	mapfile -t list < <(c_files)
	complain_each 'no goto here; return early, or let a cleanup attribute do it' < <(
		code "${list[@]}" | grep -E '(^|[^[:alnum:]_])goto[[:space:]]'
	)
	complain_each 'no conditional code inside a function; choose between two functions' < <(
		awk 'NR == FNR { ranges[$1] = ranges[$1] $2 " " $3 " "; next }
			{
				split($0, part, ":")
				count = split(ranges[part[1]], range, " ")
				for (i = 1; i < count; i += 2)
					if (part[2] > range[i] + 0 && part[2] < range[i + 1] + 0)
						print
			}' "$1" <(code "${list[@]}" | grep -E ':[[:space:]]*#[[:space:]]*(if|ifdef|ifndef|else)')
	)
}

table=$(mktemp)
trap 'rm -f "$table"' EXIT
functions >"$table"
check_functions <"$table"
check_files
check_code "$table"
verdict
