#!/bin/bash
# The same for an Application Platform: messages, identity and key out of the browser's WebSocket.
. "$(dirname "$0")/../support/lib.sh"
. "$(dirname "$0")/../support/serve.sh"
. "$(dirname "$0")/../support/site.sh"
. "$(dirname "$0")/../support/other_words.sh"

recording=$project/tests/data/har/platform.har

# write_ap [FILE WITH OPTIONS]
write_ap() {
	inventory=$workdir/inventory.yaml
	{
		printf 'defaults:\n  driver: innovaphone-ap\n  password: file:ap.pw\n'
		printf '  port: %s\n  services: ["https:%s"]\n' "$(mock_port https)" "$(mock_port https)"
		[[ -z ${1:-} ]] || sed 's/^/  /' "$1"
		printf 'devices:\n  - {name: ap1, role: ap, host: %s, names: [ap.example.test]}\n' \
			"$platform_address"
	} >"$inventory"
}

make_bundles
(umask 077 && printf '%s\n' "$password" >"$workdir/ap.pw")
start_mock --device innovaphone-ap --first "$platform_address" --password "$password" "${platform_words[@]}"

write_ap
deploy 1
refute_grep 'ap1 +changed'

expect_exit 0 certroll learn "$recording" --host "$platform_address"
cp "$workdir/out" "$workdir/options.yaml"
write_ap "$workdir/options.yaml"
deploy 0
expect_grep 'ap1 +changed +proved on https'
run 0 clear -i "$inventory" -l ap1 --yes
expect_grep 'serves its factory certificate again'

# The learned name of the error is what tells why.
mock_say fault all fail-but-install >/dev/null
deploy 0
expect_grep 'the box had answered otherwise: result: the AP says that the certificate could not be put to use'
