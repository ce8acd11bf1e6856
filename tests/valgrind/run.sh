#!/bin/bash
# run.sh [SUITE...]: unit tests, a roll-out and an audit under valgrind's memcheck, of a build without
# sanitizers (CERTROLL_BUILD).  Every error and every definite leak fails.  ./dev valgrind runs it.
. "$(dirname "$0")/../support/lib.sh"
. "$(dirname "$0")/../support/serve.sh"
. "$(dirname "$0")/../support/site.sh"

# The valgrind of Debian 12 does not know pidfd_open(2), without which no program is run.
unknown='executor|notify|rehearsal'

command -v valgrind >/dev/null || skip 'valgrind is missing'
checked=(valgrind -q --error-exitcode=99 --leak-check=full --show-leak-kinds=definite
	--errors-for-leak-kinds=definite --suppressions="$project/tests/valgrind/known.supp")
suites=("$@")
[[ ${#suites[@]} -gt 0 ]] || mapfile -t suites < <(
	sed -nE 's/^SUITE\(([a-z0-9_]+)\).*/\1/p' "$project/tests/unit/suites.def" | grep -vxE "$unknown"
)

# An ioctl that valgrind does not know, as for a terminal, says nothing of us.
errors_in() {
	grep '^==' "$1" | grep -vE 'unhandled ioctl|spurious value errors|README_MISSING_SYSCALL'
}

# one SUITE: its errors, or a line that it is clean.
one() {
	local log=$workdir/$1.out
	if CK_RUN_SUITE=$1 CK_TIMEOUT_MULTIPLIER=60 "${checked[@]}" "$build/unit-tests" >"$log" 2>&1 &&
		! errors_in "$log" >/dev/null; then
		printf 'clean: %s\n' "$1"
	else
		printf 'FAILED: %s\n' "$1"
		tail -n 60 "$log"
	fi
}

for suite in "${suites[@]}"; do
	one "$suite" >"$workdir/$suite.said" &
	[[ $(jobs -r | wc -l) -lt $(nproc) ]] || wait -n
done
wait
for suite in "${suites[@]}"; do
	cat "$workdir/$suite.said"
done
! grep -q '^FAILED' "$workdir"/*.said || fail 'unit tests'

make_bundles
start_site --log "$workdir/fleet.log"
common=(-i "$inventory" --ca-file "$bundle_pki/root.crt" --state "$workdir/state")
expect_exit 0 "${checked[@]}" "$build/certroll" deploy "$bundle" "${common[@]}" --yes --accept-new --settle 2s \
	--timeout 60s -o json
refute_grep '^==' "$workdir/err"
expect_exit 0 "${checked[@]}" "$build/certroll" audit "${common[@]}" --timeout 60s
refute_grep '^==' "$workdir/err"
expect_exit 0 "${checked[@]}" "$build/certroll" --version
expect_grep '^sandbox: none under valgrind$'
printf 'clean: deploy, audit\n'
