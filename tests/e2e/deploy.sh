#!/bin/bash
# The main job on mock devices, and what is said when boxes misbehave: only the handshake counts.
. "$(dirname "$0")/../support/lib.sh"
. "$(dirname "$0")/../support/serve.sh"
. "$(dirname "$0")/../support/site.sh"

# with_fault FAULT STATUS REGEX [OPTION...]: slave 1 starts from the factory with this fault.
with_fault() {
	local fault=$1 status=$2 regex=$3
	shift 3
	rm -rf "$workdir/state"
	mock_say factory 127.78.0.2 >/dev/null
	mock_say fault 127.78.0.2 "$fault" >/dev/null
	deploy "$status" -l pbx-slave1 "$@"
	expect_grep "pbx-slave1 +$regex"
	mock_say unfault 127.78.0.2 >/dev/null
}

make_bundles
start_site "$@"

# A dry run asks every device and changes none; its plan is the one the run prints.
deploy 0 --dry-run
expect_grep '5 devices: 5 would-change'
without_days() { sed -E 's/[0-9]+ days left//'; }
without_days <"$workdir/out" >"$workdir/plan"
expect_equal "$(grep -c '"step":"upload"' "$workdir/fleet.log" || true)" 0 'uploads of a dry run'

deploy 0
sed '/^deploy$/,$d' "$workdir/out" | without_days | diff "$workdir/plan" - || fail 'plan and run differ'
expect_grep '5 devices: 5 changed'
expect_grep 'rp +changed +proved on https, sips'

deploy 0
expect_grep '5 devices: 5 unchanged'
run 0 verify "$bundle" -i "$inventory"
run 0 audit -i "$inventory" --ca-file "$bundle_pki/root.crt"

# One admin connection carries the whole job: with the look at sips before, and after the upload
# https, sips and one without a server name, that makes five handshakes.  Two challenges: before the
# password and again before the key the box is asked who it is.
mock_say factory 127.78.0.5 >/dev/null
rm -rf "$workdir/state"
: >"$workdir/fleet.log"
deploy 0 -l rp
expect_equal "$(grep -c '"event":"handshake"' "$workdir/fleet.log")" 5 'handshakes of a roll-out'
expect_equal "$(grep '"event":"request"' "$workdir/fleet.log" | grep -c '"status":401')" 2 'challenges'
expect_equal "$(grep -c '"auth":"basic"' "$workdir/fleet.log" || true)" 0 'passwords in clear where Digest is offered'

with_fault keep-old 1 'failed +https still serves the old certificate, although the box reported'
with_fault fail-but-install 0 'changed +proved on https, sips; the box had answered otherwise'
with_fault wrong-order 1 'failed +https serves another chain'
with_fault drop-intermediate 1 'failed +https serves another chain'
with_fault refuse-login 1 'failed +login: the box refuses user'
with_fault cut-body@upload 0 'changed +proved on https, sips; the box had answered otherwise'
with_fault reset-connection@info 4 'unreachable +info: the box cut the connection'
with_fault never-answer@info 4 'unreachable +info: no answer in time' --timeout 1s
with_fault no-native-auth 1 'failed +login: .*Disable Native Authentication'
with_fault slow:500 4 'unreachable .*the time for this device is used up' --time-limit 1s
with_fault slow:200 0 'changed +proved on https, sips'
with_fault need-reset 1 'needs-reset +installed, needs a reset to serve it'
with_fault pending-reset 0 'changed +proved'
expect_grep "a reset is pending from somebody else's change"
with_fault wrong-clock:7200 0 'changed +proved'
expect_grep 'its clock is 7[12][0-9][0-9] seconds ahead'

write_inventory 'options: {reset: {mode: now}}'
mock_say fault 127.78.0.2 boot-time:500 >/dev/null
with_fault need-reset 0 'changed +proved on https, sips'

# One failing device never hides the others; those already served are left alone.
write_inventory
mock_say factory all >/dev/null
mock_say fault 127.78.0.3 refuse-login >/dev/null
rm -rf "$workdir/state"
deploy 1
expect_grep '5 devices: 4 changed, 1 failed'
mock_say unfault all >/dev/null
deploy 0
expect_grep '5 devices: 4 unchanged, 1 changed'

# The root alone, and the way back to the factory.
deploy 0 --trust-only -l rp
expect_grep 'rp +changed +the root was handed to the trust list'
run 2 clear -i "$inventory"
expect_grep 'clear needs -l DEVICE' "$workdir/err"
run 2 clear -i "$inventory" -l rp
expect_grep 'nobody is there to ask' "$workdir/err"
run 0 clear -i "$inventory" -l rp --yes
expect_grep 'rp +changed +serves its factory certificate again'
run 1 audit -i "$inventory" -l rp
expect_grep 'factory-cert: still serves the certificate it came with'

# Held devices are left alone by everything that changes.
deploy 0 -l rp
sed -i 's/name: rp, /name: rp, state: hold, /' "$inventory"
run 0 clear -i "$inventory" -l rp --yes
expect_grep 'rp +held'
run 0 verify "$bundle" -i "$inventory" -l rp

deploy 0 -o json -l pbx-master
python3 -c 'import json,sys; d=json.load(open(sys.argv[1])); assert d["schema"]==1 and d["endpoints"][0]["state"]=="proved"' "$workdir/out"
