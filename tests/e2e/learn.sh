#!/bin/bash
# A recording of a browser teaches the driver the words of a box on which its defaults fail.  The
# recordings are those of tests/data/har; the box is a mock device with the same words.
. "$(dirname "$0")/../support/lib.sh"
. "$(dirname "$0")/../support/serve.sh"
. "$(dirname "$0")/../support/site.sh"
. "$(dirname "$0")/../support/other_words.sh"

recordings=$project/tests/data/har

# write_box [FILE WITH OPTIONS]
write_box() {
	inventory=$workdir/inventory.yaml
	{
		printf 'defaults:\n  driver: innovaphone\n  user: %s\n  password: file:pbx.pw\n' "$user"
		printf '  port: %s\n  services: ["https:%s"]\n' "$(mock_port https)" "$(mock_port https)"
		[[ -z ${1:-} ]] || sed 's/^/  /' "$1"
		printf 'devices:\n  - {name: pbx1, role: pbx-master, host: %s, names: [pbx.example.test]}\n' \
			"$gateway_address"
	} >"$inventory"
}

make_bundles
(umask 077 && printf '%s\n' "$password" >"$workdir/pbx.pw")
start_mock --device innovaphone --first "$gateway_address" --user "$user" --password "$password" \
	--log "$workdir/fleet.log" "${gateway_words[@]}"

write_box
deploy 1
refute_grep 'pbx1 +changed'

# Options by recording, written as they come below "defaults:".
for step in trust tick; do
	name=${step/trust/form}
	mock_say factory all >/dev/null
	rm -rf "$workdir/state"
	: >"$workdir/fleet.log"
	expect_exit 0 certroll learn "$recordings/gateway-$name.har" --host "$gateway_address"
	cp "$workdir/out" "$workdir/options.yaml"
	write_box "$workdir/options.yaml"
	deploy 0
	expect_grep 'pbx1 +changed +proved on https'
	expect_grep "\"step\":\"$step\",\"status\":200" "$workdir/fleet.log"
	run 0 clear -i "$inventory" -l pbx1 --yes
	expect_grep 'serves its factory certificate again'
done

# The inventory tells host and driver; another device's recording is refused.
expect_exit 0 certroll learn "$recordings/gateway-form.har" -i "$inventory" -l pbx1
refute_grep 'check that this is your device'
expect_exit 1 certroll learn "$recordings/platform.har" -i "$inventory" -l pbx1
refute_grep 'options:'
expect_exit 2 certroll learn "$recordings/gateway-form.har" -i "$inventory" -l pbx1 --host 127.0.0.1
expect_exit 2 certroll learn "$recordings/gateway-form.har" -i "$inventory" -l pbx1 --driver innovaphone-ap
expect_grep 'driver is innovaphone in the inventory' "$workdir/err"

# Refusals, and what they end with.
expect_exit 1 certroll learn "$recordings/gateway-form.har" --host 192.0.2.1
expect_grep "was recorded at '127.79.0.1', which is another host" "$workdir/err"
[[ ! -s $workdir/out ]] || fail 'options of another host'
expect_exit 3 certroll learn "$workdir/none.har"
expect_exit 3 certroll learn "$inventory"
expect_grep 'no recording of a browser' "$workdir/err"
expect_exit 2 certroll learn "$recordings/gateway-form.har" --driver nobody
expect_exit 2 certroll learn "$recordings/gateway-form.har" --host 'not a host'
expect_exit 2 certroll learn

# A key in the recording is said before anything else, also when the rest cannot be read.
both() { certroll "$@" 2>&1; }
expect_exit 0 both learn "$recordings/hand-gateway.har"
head -n 1 "$workdir/out" | grep -q 'holds a private key. Delete the file' || fail 'the key comes later'
head -c 5000 "$recordings/hand-gateway.har" >"$workdir/part.har"
expect_exit 3 both learn "$workdir/part.har"
head -n 1 "$workdir/out" | grep -q 'holds a private key. Delete the file' || fail 'the key comes later'
for file in "$recordings"/*.har; do
	both learn "$file" >"$workdir/said" || true
	refute_grep 'S3CRET|BEGIN|Digest' "$workdir/said"
done
