#!/bin/bash
# Identity before secrets: a stranger at a device's address gets no request, so no password and no
# key; and no secret is in any output, argument or environment.
. "$(dirname "$0")/../support/lib.sh"
. "$(dirname "$0")/../support/serve.sh"
. "$(dirname "$0")/../support/site.sh"

requests() { grep -c '"event":"request"' "$workdir/fleet.log" || true; }

refute_secrets() {
	local file
	for file in "$workdir/out" "$workdir/err" "$workdir/fleet.log"; do
		refute_grep "$password" "$file"
		refute_grep 'PRIVATE KEY' "$file"
		grep -Fqf "$workdir/key-lines" "$file" && fail "$file holds a line of the private key"
	done
	return 0
}

make_bundles
grep -v -e '-----' "$bundle_pki/good.key" >"$workdir/key-lines"
start_site "$@"

# An unknown key is refused before anything is sent.
run 1 deploy "$bundle" -i "$inventory" --yes --ca-file "$bundle_pki/root.crt"
expect_grep 'its key is not known yet'
expect_equal "$(requests)" 0 'requests to unknown devices'

deploy 0 -v
refute_secrets
deploy 0 -o json -v
refute_secrets

# Another box at the same addresses: same name, another key.
stop "$mock"
rm -f "$workdir/fleet.log"
start_site --fault refuse-login
sed -E "s/:[0-9]+ sha256/:$(mock_port https) sha256/" -i "$workdir/state/pins"
write_inventory
run 1 deploy "$bundle" -i "$inventory" --yes --ca-file "$bundle_pki/root.crt" -v
expect_grep 'its key is not the one it was known by'
expect_equal "$(requests)" 0 'requests to a stranger'

# A wrong password is tried once and never shown.
rm -rf "$workdir/state"
deploy 1 -v
expect_grep 'refuses user .admin. with this password'
refute_secrets

# No secret in arguments or environment of the running program.
mock_say unfault all >/dev/null
mock_say fault all slow:400 >/dev/null
rm -rf "$workdir/state"
"$build/certroll" deploy "$bundle" -i "$inventory" --yes --accept-new --state "$workdir/state" \
	--ca-file "$bundle_pki/root.crt" >"$workdir/out" 2>"$workdir/err" &
running=$!
sleep 1
tr '\0' '\n' <"/proc/$running/cmdline" >"$workdir/argv"
tr '\0' '\n' <"/proc/$running/environ" >"$workdir/environ" 2>/dev/null || true
wait "$running"
refute_grep "$password" "$workdir/argv"
refute_grep "$password" "$workdir/environ"
refute_secrets

# An installation that did not end well does not lock the box out: its next key is expected.
mock_say unfault all >/dev/null
mock_say factory all >/dev/null
rm -rf "$workdir/state"
mock_say fault 127.78.0.1 wrong-order >/dev/null
deploy 1 -l pbx-master
mock_say unfault all >/dev/null
run 0 deploy "$bundle" -i "$inventory" -l pbx-master --yes --ca-file "$bundle_pki/root.crt"
expect_grep 'pbx-master +changed'

# Pins and journal that cannot be kept: said before anything is contacted.
mock_say factory all >/dev/null
: >"$workdir/fleet.log"
expect_exit 3 certroll deploy "$bundle" -i "$inventory" --yes --accept-new --state /proc/nope \
	--ca-file "$bundle_pki/root.crt"
expect_grep 'nothing was contacted' "$workdir/err"
expect_equal "$(grep -c '"step":"upload"' "$workdir/fleet.log" || true)" 0 'uploads without pins'

# trust: factory: the vendor's CA and the MAC in the CN; another MAC is another box.
mock_say unfault all >/dev/null
mock_say factory all >/dev/null
openssl s_client -connect "127.78.0.1:$(mock_port sips)" -showcerts </dev/null 2>/dev/null |
	awk '/BEGIN CERT/ { block = "" } { block = block $0 "\n" } /END CERT/ { last = block } END { printf "%s", last }' \
		>"$workdir/vendor.pem"
for mac in 0090334e0001:0:changed 0090334e0009:1:'failed .*another one: the MAC'; do
	rm -rf "$workdir/state"
	mock_say factory all >/dev/null
	write_inventory 'trust: factory' "factory-ca: $workdir/vendor.pem"
	sed -i "s/name: \([a-z0-9-]*\), role/name: \1, mac: '${mac%%:*}', role/" "$inventory"
	sed -i '/name: pbx-slave\|name: pbx-standby\|name: rp/d' "$inventory"
	status=${mac#*:}
	run "${status%%:*}" deploy "$bundle" -i "$inventory" --yes --ca-file "$bundle_pki/root.crt"
	expect_grep "pbx-master +${status#*:}"
done
write_inventory
deploy 0

# Files others may read: password and bundle.
chmod 644 "$bundle"
deploy 3
expect_grep 'others may read this private key' "$workdir/err"
deploy 0 --allow-open-key
chmod 600 "$bundle"
chmod 644 "$workdir/pbx.pw"
deploy 3
expect_grep 'chmod 600' "$workdir/err"
