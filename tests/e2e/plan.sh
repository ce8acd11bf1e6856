#!/bin/bash
# A roll-out goes in waves and stops in time; a saved plan runs only while nothing has moved.
. "$(dirname "$0")/../support/lib.sh"
. "$(dirname "$0")/../support/serve.sh"
. "$(dirname "$0")/../support/site.sh"

# From the factory, without faults and with an empty log.
afresh() {
	mock_say unfault all >/dev/null
	mock_say factory all >/dev/null
	rm -rf "$workdir/state"
	: >"$workdir/fleet.log"
}

# The last number of each device with this step, in the order of the fleet's log: "2 3 4".
order_of() {
	sed -nE "s/.*\"device\":\"127\.78\.0\.([0-9]+)\".*\"step\":\"$1\".*/\1/p" "$workdir/fleet.log" | xargs
}

# line_of first|last DEVICE REGEX: where in the log.
line_of() {
	grep -nE "\"device\":\"127\.78\.0\.$2\".*$3" "$workdir/fleet.log" |
		if [[ $1 == first ]]; then head -n 1; else tail -n 1; fi | cut -d: -f1
}

# proved_before DEVICE DEVICE: the last handshake of the first before the upload to the second.
proved_before() {
	(($(line_of last "$1" '"event":"handshake"') < $(line_of first "$2" '"step":"upload"'))) ||
		fail "$2 was begun before $1 was proved"
}

plan() {
	local status=$1
	shift
	run "$status" plan "$bundle" -i "$inventory" --accept-new --ca-file "$bundle_pki/root.crt" "$@"
}

make_bundles
start_site "$@"
(umask 077 && cat "$bundle_pki/wrong-name.pem" "$bundle_pki/wrong-name.key" >"$workdir/renewed.pem")

# The plan: every device is asked, none is changed; wave, canary, way back and warnings.
afresh
plan 0
expect_grep '5 devices: 5 would-change'
expect_grep 'wave 1 of 4, canary; way back: clear to factory'
expect_grep 'wave 4 of 4; way back: clear to factory'
expect_grep 'plan-rp-name: a PBX that knows this reverse proxy by the name in its certificate'
expect_equal "$(grep -c 'plan-rp-name' "$workdir/out")" 1 'devices with the warning about names'
expect_grep 'warning plan-root: what it serves now does not lead to the root'
expect_grep 'note plan-assumed'
refute_grep 'plan-managed|plan-window'
expect_equal "$(order_of upload)$(order_of trust)" '' 'changes of a plan'

# What a vendor's connector renews would be replaced by it again.
encrypt=$workdir/encrypt
mkdir "$encrypt"
openssl req -x509 -newkey rsa:2048 -nodes -sha256 -days 100 -subj "/O=Let's Encrypt/CN=R99" \
	-addext 'keyUsage=critical,keyCertSign,cRLSign' -keyout "$encrypt/root.key" \
	-out "$encrypt/root.crt" 2>/dev/null
openssl req -newkey rsa:2048 -nodes -subj '/CN=example.test' -keyout "$encrypt/leaf.key" \
	-out "$encrypt/leaf.csr" 2>/dev/null
openssl x509 -req -in "$encrypt/leaf.csr" -CA "$encrypt/root.crt" -CAkey "$encrypt/root.key" \
	-set_serial 77 -days 80 -sha256 -out "$encrypt/leaf.crt" -extfile <(printf '%s\n' \
		'subjectAltName=DNS:*.example.test,DNS:example.test' 'extendedKeyUsage=serverAuth' \
		'keyUsage=critical,digitalSignature,keyEncipherment' 'basicConstraints=critical,CA:FALSE') \
	2>/dev/null
(umask 077 && cat "$encrypt/leaf.crt" "$encrypt/root.crt" "$encrypt/leaf.key" >"$encrypt/bundle.pem")
run 0 deploy "$encrypt/bundle.pem" -i "$inventory" --yes --accept-new --settle 2s -l rp
plan 0 -l rp
expect_grep "warning plan-managed: its certificate is from Let's Encrypt"
refute_grep plan-rp-name # the same name as before
afresh

# Roots first; then the canary, the other slaves, the reverse proxy, the master.
deploy 0
expect_equal "$(order_of trust | tr ' ' '\n' | sort | xargs)" '1 2 3 4 5' 'trust lists'
(($(line_of first 1 '"step":"trust"') < $(line_of first 2 '"step":"upload"'))) || fail 'a root came late'
order=$(order_of upload)
expect_equal "${order/4 3/3 4}" '2 3 4 5 1' 'order of installation'
proved_before 2 3
proved_before 2 4
proved_before 3 5
proved_before 4 5
proved_before 5 1
plan 0
expect_grep '5 devices: 5 unchanged'
refute_grep 'wave'

# A canary that fails stops the others with its driver, and they are not hidden.
afresh
mock_say fault 127.78.0.2 keep-old >/dev/null
deploy 1
expect_grep 'pbx-slave1 +failed'
expect_grep 'rp +not-begun +not begun: pbx-slave1, the first one with the driver innovaphone, was not proved; its trust list has the root already'
expect_grep '5 devices: 1 failed, 4 not-begun'
expect_equal "$(order_of upload)" 2 'uploads after a dead canary'
deploy 1 -o json
expect_equal "$(grep -c '"role":.*"outcome":"not-begun"' "$workdir/out")" 4 'not-begun in JSON, by device'

# Without canaries one failure does not stop the rest, unless --max-fail says so.
afresh
mock_say fault 127.78.0.2 keep-old >/dev/null
deploy 1 --no-canary
expect_grep '5 devices: 4 changed, 1 failed'
afresh
mock_say fault 127.78.0.2 keep-old >/dev/null
deploy 1 --no-canary --max-fail 1
expect_grep 'pbx-master +not-begun +not begun: 1 device failed before its turn \(--max-fail 1\)'
expect_grep '5 devices: 2 changed, 1 failed, 2 not-begun'
afresh
mock_say fault 127.78.0.2 keep-old >/dev/null
deploy 1 --no-canary --max-fail 40%
expect_grep '5 devices: 4 changed, 1 failed'

# Sizes of waves; one at a time at a site.
afresh
deploy 0 --serial 1
expect_equal "$(order_of upload)" '2 3 4 5 1' 'one by one'
proved_before 3 4
run 2 deploy "$bundle" -i "$inventory" --serial 1,x
expect_grep "serial cannot be '1,x'" "$workdir/err"
run 2 deploy "$bundle" -i "$inventory" --max-fail 0
expect_grep "max-fail cannot be '0'" "$workdir/err"
afresh
mock_say fault all slow@upload:300 >/dev/null
deploy 0 --per-site 1 --no-canary
proved_before 3 4

# Windows: closed ones hold, --now does not care, and a plan warns.
export TZ=UTC
write_inventory 'window: "01:00-02:00"'
afresh
plan 0 --at 2026-11-22T12:00:00Z
expect_grep 'warning plan-window: its window 01:00-02:00 is closed now'
expect_grep '5 devices: 5 would-change'
deploy 75 --at 2026-11-22T12:00:00Z
expect_grep 'rp +held +outside its window 01:00-02:00; run it then, or with --now'
expect_equal "$(order_of upload)$(order_of trust)" '' 'changes outside the window'
deploy 0 --at 2026-11-22T01:30:00Z -l rp
expect_grep 'rp +changed'
deploy 0 --at 2026-11-22T12:00:00Z --now
expect_grep '5 devices: 1 unchanged, 4 changed'
write_inventory

# A saved plan: carried out with what it was made with, or not at all.
afresh
plan 0 -o json --serial 2 -l 'pbx-slave*'
cp "$workdir/out" "$workdir/plan.json"
deploy 0 --plan "$workdir/plan.json"
expect_grep '2 devices: 2 changed'
run 1 deploy "$bundle" -i "$inventory" --yes --plan "$workdir/plan.json" --ca-file "$bundle_pki/root.crt"
expect_grep 'pbx-slave1 https serves another certificate than when the plan was made; nothing was changed' "$workdir/err"
afresh
run 2 deploy "$bundle" -i "$inventory" --yes --plan "$workdir/plan.json" --serial 1
expect_grep 'serial is not what .*plan.json was made with' "$workdir/err"
mock_say fault 127.78.0.3 reset-connection@info >/dev/null
deploy 1 --plan "$workdir/plan.json"
expect_grep "pbx-slave2 .*; nothing was changed; make a new plan" "$workdir/err"
expect_equal "$(order_of upload)$(order_of trust)" '' 'changes after something moved'
afresh
echo '# a comment' >>"$inventory"
deploy 3 --plan "$workdir/plan.json"
expect_grep 'inventory.yaml has changed since .*plan.json was made; nothing was contacted' "$workdir/err"
write_inventory
run 3 deploy "$workdir/renewed.pem" -i "$inventory" --plan "$workdir/plan.json" --ca-file "$bundle_pki/root.crt"
expect_grep 'renewed.pem has changed since .*plan.json was made' "$workdir/err"
run 3 deploy "$bundle" -i "$inventory" --plan /dev/null
expect_grep 'no plan' "$workdir/err"

# A box that goes back to its old certificate some seconds later.
afresh
mock_say fault 127.78.0.2 revert-later:1 >/dev/null
deploy 0 -l pbx-slave1
expect_grep 'pbx-slave1 +changed +proved on https, sips$'
afresh
mock_say fault 127.78.0.2 revert-later:1 >/dev/null
deploy 1 -l 'pbx-slave*' --recheck 2s
expect_grep 'pbx-slave1 +reverted +was proved, but 2 seconds later https still serves the old certificate'
expect_grep 'pbx-slave2 +changed +proved on https, sips, and again 2 seconds later'
mock_say unfault all >/dev/null
deploy 0 -l pbx-slave1 # it is still known, by its old key

# Busy for a moment: asked again when the box says; for ever: given up.
afresh
mock_say fault 127.78.0.2 busy@upload:1 >/dev/null
mock_say fault 127.78.0.3 busy@login:2 >/dev/null
deploy 0 -l 'pbx-slave*'
expect_grep '2 devices: 2 changed'
expect_equal "$(grep -c '"status":503' "$workdir/fleet.log")" 3 'busy answers'
