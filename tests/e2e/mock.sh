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
