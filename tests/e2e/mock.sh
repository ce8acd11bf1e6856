#!/bin/bash
# The mock fleet stands: every service of every box shows a certificate, and it takes commands.
. "$(dirname "$0")/../support/lib.sh"

shows_certificate() {
	openssl s_client -connect "$1:$2" </dev/null 2>/dev/null | grep -q 'BEGIN CERTIFICATE'
}

start_mock --device innovaphone --first 127.77.0.1 --count 2
for service in https sips h323s ldaps; do
	for address in 127.77.0.1 127.77.0.2; do
		shows_certificate "$address" "$(mock_port "$service")" || fail "no $service at $address"
	done
done
expect_exit 0 mock_say state 127.77.0.2
expect_grep '"factory":true'
expect_exit 0 mock_say quit
wait_until 5 eval "! kill -0 $mock 2>/dev/null" || fail 'quit did not end it'

# Keys of the factory, made before: of the authority, and of all leaves.
openssl genrsa 2048 >"$workdir/factory.key" 2>/dev/null
expect_exit 1 "$build/mock-fleet" --factory-keys "$workdir/factory.key"
expect_grep 'factory.key does not hold two RSA keys' "$workdir/err"
openssl genrsa 2048 >>"$workdir/factory.key" 2>/dev/null
start_mock --first 127.79.9.1 --factory-keys "$workdir/factory.key" --factory-ca "$workdir/factory.crt"
expect_equal "$(openssl x509 -in "$workdir/factory.crt" -noout -pubkey)" \
	"$(openssl pkey -in "$workdir/factory.key" -pubout)" 'the key of the authority'
