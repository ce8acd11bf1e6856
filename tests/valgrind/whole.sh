#!/bin/bash
# whole.sh [PATTERN]: the end-to-end tests (those whose name has PATTERN), with every certroll that they run
# under valgrind's memcheck.  What counts is what memcheck says: certroll takes some twenty times as long
# there, so that tests whose boxes lose their patience fail.  ./dev valgrind --whole runs it.
. "$(dirname "$0")/../support/lib.sh"

command -v valgrind >/dev/null || skip 'valgrind is missing'
logs=$build/memcheck limit=1200
rm -rf "$logs"
mkdir -p "$logs"

# one SCRIPT: its runs have their errors in files of their own, named after it.
one() {
	local name
	name=$(basename "$1" .sh)
	CERTROLL_BUILD=$build CERTROLL_UNDER="valgrind -q --leak-check=full --show-leak-kinds=definite \
		--suppressions=$project/tests/valgrind/known.supp --log-file=$logs/$name.%p" \
		timeout --kill-after=10 "$limit" "$1" >"$logs/$name-said" 2>&1
	printf '%-16s ended with %3d, %3d processes, errors in %d\n' "$name" $? \
		"$(find "$logs" -name "$name.[0-9]*" | wc -l)" "$(errors_of "$name" | wc -l)"
}

# Files with errors; what valgrind does not know of the system is none.
errors_of() {
	grep -lvE 'unhandled (ioctl|amd64-linux syscall)|spurious value errors|README_MISSING_SYSCALL|write your own handler|consider this a bug|report$|support/bug_reports' \
		"$logs/$1".[0-9]* 2>/dev/null
}

for script in "$project"/tests/e2e/*"${1:-}"*.sh; do
	[[ -x $script ]] || fail "no end-to-end test has '$1' in its name"
	while [[ $(jobs -rp | wc -l) -ge $(nproc) ]]; do
		wait -n || true
	done
	one "$script" &
done
wait
mapfile -t bad < <(errors_of '*')
if ((${#bad[@]})); then
	head -n 40 "${bad[@]}"
	fail "${#bad[@]} processes with errors; they are in $logs"
fi
printf 'clean: %d processes\n' "$(find "$logs" -name '*.[0-9]*' | wc -l)"
