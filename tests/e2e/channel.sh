#!/bin/bash
# The WebSocket to an Application Platform against a server that misbehaves in every way we could
# think of: each ends with its own sentence, within its time, and nothing crashes.
. "$(dirname "$0")/../support/lib.sh"
. "$(dirname "$0")/../support/serve.sh"
. "$(dirname "$0")/../support/site.sh"

make_bundles
(umask 077 && echo 'manager-Secret' >"$workdir/ap.pw")
free_port port
cat >"$workdir/ap.yaml" <<YAML
devices:
  - {name: ap1, role: ap, driver: innovaphone-ap, host: 127.0.0.1, port: $port, names: [ap1.example.test],
     services: ["https:$port"], password: file:ap.pw, trust: none}
YAML

# meet HABIT STATUS REGEX [OPTION...]
meet() {
	local habit=$1 status=$2 regex=$3
	shift 3
	start "ws-$habit" python3 "$project/tests/support/hostile_ws.py" "$port" \
		"$bundle_pki/good.pem" "$bundle_pki/good.key" "$habit"
	local server=$started
	wait_for_port "$port"
	run "$status" deploy "$bundle" -i "$workdir/ap.yaml" --ca-file "$bundle_pki/root.crt" --dry-run "$@"
	expect_grep "$regex"
	refute_secret "$workdir/ws-$habit.log"
	stop "$server"
}

# The log of the server has every message: the password is in none of them.
refute_secret() {
	! grep -q manager-Secret "$1" "$workdir/out" || fail "the password was sent"
}

# Habits that are within the standard.
meet good 0 'firmware 14r1'
grep -q '"digest":"[0-9a-f]\{64\}"' "$workdir/ws-good.log" || fail 'no digest'
for habit in slow-head one-piece fragments pings binary; do
	meet "$habit" 0 'firmware 14r1'
done
meet deep 0 'firmware 14r1'

# And those that are not.
meet status-404 1 'challenge: the box does not open a WebSocket there .HTTP 404'
meet no-http 1 'challenge: the box does not open a WebSocket there .HTTP 500'
meet wrong-accept 1 'challenge: the box does not open a WebSocket there .HTTP 500'
meet extension 1 'challenge: the box does not open a WebSocket there .HTTP 500'
meet endless-head 4 'challenge: the answer is too large'
meet silent-upgrade 4 'challenge: no answer in time' --timeout 500ms
meet silent 4 'challenge: no answer in time' --timeout 500ms
meet cut 4 'challenge: the box closed its WebSocket'
meet goodbye 4 'challenge: the box closed its WebSocket'
meet huge 4 'challenge: (no answer in time|the box closed its WebSocket)' --timeout 500ms
for habit in large masked not-utf8; do
	meet "$habit" 4 'challenge: the box closed its WebSocket' --timeout 3s
done
meet chatter 1 'challenge: the box sends many messages, but not the one waited for'
