#!/bin/bash
# Every header compiles alone, with the warnings of the project.
. "$(dirname "$0")/common.sh"

mapfile -t warnings < <(grep -oE -- '-W[a-z][a-z0-9=-]*' CMakeLists.txt | grep -vE -- '^-W(l|error)$' | sort -u)

compile() {
	"${CC:-cc}" -std=gnu11 -D_GNU_SOURCE "${warnings[@]}" -Werror -Iinclude -Imock-devices \
		-fsyntax-only -x c "$1"
}

while read -r header; do
	compile "$header" || complain "$header:1" 'does not compile alone; include what it uses'
done < <(files '*.h' include src mock-devices)
verdict
