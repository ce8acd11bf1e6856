#!/bin/bash
# What an ACME authority issues through certbot arrives as one bundle in the expected order.
. "$(dirname "$0")/../support/lib.sh"

subjects() {
	openssl crl2pkcs7 -nocrl -certfile "$1" | openssl pkcs7 -print_certs -noout | sed -n 's/^subject=//p'
}

skip_without pebble pebble-challtestsrv certbot
issued=$workdir/issued
expect_exit 0 "$project/tests/support/issue-with-pebble.sh" "$issued"
subjects "$issued/bundle.pem" >"$workdir/subjects"
expect_equal "$(wc -l <"$workdir/subjects")" 4 'certificates in the bundle'
expect_equal "$(sed -n 1p "$workdir/subjects")" 'CN = example.test'
expect_equal "$(sed 's/[0-9a-f]\{6\}.*//; 1d' "$workdir/subjects" | tr '\n' ',')" \
	'CN = Pebble Intermediate CA ,CN = Pebble Intermediate CA ,CN = Pebble Root CA ,'
expect_equal "$(stat -c %a "$issued/bundle.pem")" 600
expect_grep 'BEGIN (RSA )?PRIVATE KEY' "$issued/bundle.pem"
expect_equal "$(openssl pkey -in "$issued/bundle.pem" -pubout)" \
	"$(openssl x509 -in "$issued/bundle.pem" -noout -pubkey)" 'the key fits'
