#!/bin/bash
# Ctrl-C: what is under way is finished and proved, nothing more begins, and the report says so.
. "$(dirname "$0")/../support/lib.sh"
. "$(dirname "$0")/../support/serve.sh"
. "$(dirname "$0")/../support/site.sh"

happened() { grep -q "\"event\":\"$1\"" "$workdir/fleet.log"; }

# interrupt EVENT OPTION...: a SIGINT shortly after the fleet logged this event; sets $status.
interrupt() {
	local event=$1
	shift
	status=0
	rm -rf "$workdir/state"
	: >"$workdir/fleet.log"
	"$build/certroll" deploy "$bundle" -i "$inventory" --yes --accept-new --state "$workdir/state" \
		--ca-file "$bundle_pki/root.crt" "$@" >"$workdir/out" 2>"$workdir/err" &
	local running=$!
	wait_until 30 happened "$event" || fail "no $event"
	sleep 0.3
	kill -INT "$running"
	if [[ ${twice:-} ]]; then
		sleep 0.2
		kill -INT "$running"
	fi
	wait "$running" || status=$?
}

make_bundles
start_site "$@"
mock_say fault all slow:700 >/dev/null

# During the look: nothing was changed anywhere.
interrupt handshake
expect_equal "$status" 130 'exit status during the look'
expect_grep 'stopped before'
expect_equal "$(grep -c '"step":"upload"' "$workdir/fleet.log" || true)" 0 'uploads'

# During the roll-out, one box at a time: the one being changed is proved, the others not begun.
mock_say unfault all >/dev/null
mock_say fault all slow@upload:1500 >/dev/null
interrupt trust --jobs 1
expect_equal "$status" 130 'exit status during the roll-out'
expect_grep 'changed +proved on https, sips'
expect_grep 'stopped +stopped before it began'

# Twice: cut off at once, and what was begun is not called merely stopped.
mock_say factory all >/dev/null
mock_say unfault all >/dev/null
mock_say fault all slow@upload:10000 >/dev/null
twice=1 interrupt trust --jobs 1 -l pbx-master
expect_equal "$status" 130 'exit status after two signals'
expect_grep 'pbx-master +failed .*cut off'

# Between two waves, and while it waits to look again: a report in any case.
mock_say factory all >/dev/null
mock_say unfault all >/dev/null
mock_say fault 127.78.0.3 slow@upload:1500 >/dev/null
twice='' interrupt upload --serial 1
expect_equal "$status" 130 'exit status between waves'
expect_grep 'stopped +stopped before it began; its trust list has the root already'
refute_grep unknown
mock_say factory all >/dev/null
mock_say unfault all >/dev/null
twice='' interrupt upload --recheck 1h -l pbx-slave1
expect_equal "$status" 130 'exit status while waiting'
expect_grep 'pbx-slave1 +changed +proved on https, sips$'
