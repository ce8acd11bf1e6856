#!/bin/bash
# The rehearsal of a real inventory: addresses that lead nowhere, everything on this machine, nothing
# left behind.
. "$(dirname "$0")/../support/lib.sh"
. "$(dirname "$0")/../support/serve.sh"
. "$(dirname "$0")/../support/site.sh"

make_bundles
(umask 077 && echo 'Real-Box-Secret' >"$workdir/pbx.pw")
inventory=$workdir/site.yaml
cat >"$inventory" <<'YAML'
defaults: {driver: innovaphone, user: admin, password: file:pbx.pw}
devices:
  - {name: pbx-master, role: pbx-master, host: 192.0.2.10, names: [pbx.example.test], services: [https, sips, 'turn:5349']}
  - name: pbx-slave
    role: pbx-slave
    host: pbx-slave.invalid
    trust: none
    names: [slave.example.test]
    options: {upload: {path: '/learnt/upload?what=cert', field: pemfile}, clear: {path: '/learnt/away?sure=1'}}
  - {name: ap1, role: ap, driver: innovaphone-ap, host: 192.0.2.20, names: [apps.example.test], firmware: 13r3, trust: ca,
     options: {socket: {path: /manager/manager}, upload: {path: '/boss/up?token={key}&a=b'}, result: {message: Said}}}
  - {name: rp1, role: rp, host: '192.0.2.30:8443', names: [rp.example.test], fronts: [pbx-master, ap1], services: [https, 'h323s:1300']}
YAML

# rehearse STATUS OPTION...
rehearse() {
	local status=$1
	shift
	expect_exit "$status" certroll rehearse "$bundle" -i "$inventory" --ca-file "$bundle_pki/root.crt" \
		--settle 2s "$@"
}

mkdir "$workdir/tmp" "$workdir/home"
export TMPDIR=$workdir/tmp HOME=$workdir/home

# The fleets of this build, and of nobody else who tests on this machine.
fleet_runs() { pgrep -u "$(id -u)" -f "$build/[m]ock-fleet --fleet -" >/dev/null; }
fleet_gone() { ! fleet_runs; }

# Forth and back; what is not rehearsed is said.
rehearse 0
expect_grep '^rehearsal: 4 mock devices of this machine'
expect_grep 'not rehearsed: trust: ca .1., factory .0., none .1.'
expect_grep 'pbx-master +changed +proved on https, sips, turn'
expect_grep 'pbx-slave +changed +proved on https'
expect_grep 'ap1 +changed +proved on https'
expect_grep 'rp1 +changed +proved on https, h323s'
expect_equal "$(grep -c 'serves its factory certificate again' "$workdir/out")" 4 'devices on the way back'
refute_grep 'Real-Box-Secret'

# Nothing is left: no file, no process, no pin.
expect_equal "$(find "$TMPDIR" "$HOME" | wc -l)" 2 'files left behind'
fleet_gone || fail 'a mock fleet is left'

# Failures can be practised, and are told as in a real roll-out.
rehearse 1 --fault pbx-slave=keep-old --fault ap1=drop-intermediate
expect_grep 'pbx-slave +failed +https still serves the old certificate, although the box reported success'
expect_grep 'ap1 +failed +https serves another chain'
expect_grep 'pbx-master +changed'
rehearse 2 --fault pbx-slav=keep-old
expect_grep "fault 'pbx-slav=keep-old': DEVICE=KIND is needed" "$workdir/err"
rehearse 2 -l ap1 --fault pbx-slave=keep-old
rehearse 4 -l ap1 --fault ap1=never-answer@challenge --timeout 500ms
expect_grep 'ap1 +unreachable +challenge: no answer in time'

# Only some of them, as a program reads it.
rehearse 0 -l ap1 -o json
python3 - "$workdir/out" <<'PY' || fail 'the report is no JSON'
import json, sys
decoder, text, reports = json.JSONDecoder(), open(sys.argv[1]).read().strip(), []
while text:
    report, end = decoder.raw_decode(text)
    reports.append(report)
    text = text[end:].strip()
assert len(reports) == 2, len(reports)
PY

# Passwords: they must be there, and nobody is asked for one.
sed 's/file:pbx.pw/file:none.pw/' "$inventory" >"$workdir/none.yaml"
expect_exit 3 certroll rehearse "$bundle" -i "$workdir/none.yaml" --ca-file "$bundle_pki/root.crt"
expect_grep 'none.pw' "$workdir/err"
sed 's/file:pbx.pw/prompt/' "$inventory" >"$workdir/prompt.yaml"
expect_exit 0 certroll rehearse "$bundle" -i "$workdir/prompt.yaml" --ca-file "$bundle_pki/root.crt" --settle 2s

# A bundle that is not fit is refused here as there.
expect_exit 3 certroll rehearse "$bundle_pki/expired.full.pem" -i "$inventory" --ca-file "$bundle_pki/root.crt"

# Where the kernel gives no namespaces the fence of the engine holds, and the report says so.
if unshare --user --map-root-user true 2>/dev/null; then
	rehearse 0 -l ap1
	expect_grep 'in a network of its own that leads nowhere'
	unshare --user --map-root-user sh -c 'echo 0 >/proc/sys/user/max_user_namespaces && exec "$@"' sh \
		"$build/certroll" rehearse "$bundle" -i "$inventory" --ca-file "$bundle_pki/root.crt" \
		--settle 2s >"$workdir/out" 2>"$workdir/err" || fail 'a rehearsal without a namespace'
else
	rehearse 0
fi
expect_grep 'connections to anywhere but 127.0.0.0/8 are refused'

# Pull the plug: the fleet goes with it.
"$build/certroll" rehearse "$bundle" -i "$inventory" --ca-file "$bundle_pki/root.crt" \
	--fault pbx-master=slow@upload:20000 >"$workdir/out" 2>&1 &
victim=$!
wait_until 10 fleet_runs || fail 'no fleet'
kill -KILL "$victim"
wait_until 5 fleet_gone || fail 'the fleet outlives certroll'
