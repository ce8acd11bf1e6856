#!/bin/bash
# verify and audit judge servers nobody here wrote: nginx and haproxy, each fault for its own reason.
. "$(dirname "$0")/../support/lib.sh"
. "$(dirname "$0")/../support/serve.sh"
. "$(dirname "$0")/../support/site.sh"

write_peer_inventory() {
	{
		printf 'defaults: {driver: innovaphone, role: other, host: 127.0.0.1, names: [www.example.test]}\n' |
			sed 's/, host: 127.0.0.1, names: .www.example.test.//'
		printf 'devices:\n'
		printf '  - {name: nginx, host: 127.0.0.1, names: [www.example.test], services: ["https:%s"]}\n' "$1"
		printf '  - {name: haproxy, host: 127.0.0.1, names: [www.example.test], services: ["https:%s"]}\n' "$2"
	} >"$workdir/peers.yaml"
}

# judge VARIANT STATUS AUDIT-REGEX VERIFY-REGEX
judge() {
	local variant=$1 status=$2
	free_port nginx_port
	free_port haproxy_port
	serve_nginx "nginx-$variant" "$nginx_port" "$bundle_pki/$variant.pem" "$bundle_pki/$variant.key"
	serve_haproxy "haproxy-$variant" "$haproxy_port" "$bundle_pki/$variant.full.pem"
	write_peer_inventory "$nginx_port" "$haproxy_port"
	run "$status" audit -i "$workdir/peers.yaml" --ca-file "$bundle_pki/root.crt"
	expect_grep "nginx https.*$3"
	expect_grep "haproxy https.*$3"
	run "$status" audit "127.0.0.1:$nginx_port=www.example.test" --ca-file "$bundle_pki/root.crt"
	run "$status" verify "$bundle" -i "$workdir/peers.yaml"
	expect_grep "$4"
}

skip_without nginx haproxy
make_bundles
judge good 0 '' '2 devices: 2 well'
judge leaf-only 1 'error P1: .*missing' 'served-partial: .*missing'
judge leaf-root-intermediate 1 'error O2: ' 'served-partial: '
judge expired 1 'error V1: .*expired' 'served-other: '
judge wrong-name 1 'error N3: .*www.example.test' 'served-other: '

# Old TLS, and boxes that ask for our certificate: the chain is shown all the same.
start_site "$@"
for fault in tls10-only requires-client-cert; do
	mock_say unfault all >/dev/null
	mock_say fault 127.78.0.1 "$fault" >/dev/null
	run 1 audit "127.78.0.1:$(mock_port sips)"
	expect_grep 'IP811-00-90-33'
	case $fault in
	tls10-only) expect_grep 'warning tls-version: speaks TLSv1' ;;
	*) expect_grep 'note tls-requires-client-cert' ;;
	esac
done
mock_say fault 127.78.0.1 never-answer@tls >/dev/null
run 4 audit "127.78.0.1:$(mock_port sips)" --timeout 1s
expect_grep 'net-timeout: the port accepts but does not finish'

# Not TLS at all, and nobody there.
free_port closed_port
run 4 audit "127.0.0.1:$closed_port"
expect_grep 'net-closed: the port is closed'
free_port plain_port
start plain python3 -m http.server --bind 127.0.0.1 "$plain_port"
wait_for_port "$plain_port"
run 4 audit "127.0.0.1:$plain_port"
expect_grep 'net-plaintext: the port answers, but not with TLS'
run 4 audit 'nosuch.invalid:443' --timeout 2s
expect_grep 'net-name: the name .nosuch.invalid. has no address'
