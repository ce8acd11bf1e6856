#!/bin/bash
# Ctrl-C: what is under way is finished and proved, nothing more begins, and the report says so.
. "$(dirname "$0")/../support/lib.sh"
. "$(dirname "$0")/../support/serve.sh"
. "$(dirname "$0")/../support/site.sh"

# interrupt AFTER OPTION...: one SIGINT after so many seconds; sets $status.
interrupt() {
	local after=$1
	shift
	status=0
	rm -rf "$workdir/state"
	"$build/certroll" deploy "$bundle" -i "$inventory" --yes --accept-new --state "$workdir/state" \
		--ca-file "$bundle_pki/root.crt" "$@" >"$workdir/out" 2>"$workdir/err" &
	local running=$!
	sleep "$after"
	kill -INT "$running"
	wait "$running" || status=$?
}

make_bundles
start_site "$@"
mock_say fault all slow:700 >/dev/null

# During the look: nothing was changed anywhere.
interrupt 1
expect_equal "$status" 130 'exit status during the look'
expect_grep 'stopped before'
expect_equal "$(grep -c '"step":"upload"' "$workdir/fleet.log" || true)" 0 'uploads'

# During the roll-out, one box at a time: the one being changed is proved, the others not begun.
mock_say unfault all >/dev/null
mock_say fault all slow:700@upload >/dev/null
interrupt 1.2 --jobs 1
expect_equal "$status" 130 'exit status during the roll-out'
expect_grep 'changed +proved on https, sips'
expect_grep 'stopped +stopped before it began'
