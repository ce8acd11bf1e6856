#!/bin/bash
# A real issuance (certbot against Pebble, DNS-01, two intermediates) goes onto the boxes.
. "$(dirname "$0")/../support/lib.sh"
. "$(dirname "$0")/../support/serve.sh"
. "$(dirname "$0")/../support/site.sh"

skip_without pebble pebble-challtestsrv certbot
expect_exit 0 "$project/tests/support/issue-with-pebble.sh" "$workdir/issued"
bundle_pki=$workdir/issued
bundle=$bundle_pki/bundle.pem
cp "$bundle_pki/root.pem" "$bundle_pki/root.crt"
start_site "$@"
expect_exit 0 certroll check "$bundle" -i "$inventory"
deploy 0
expect_grep '5 devices: 5 changed'
run 0 verify "$bundle" -i "$inventory"
run 0 audit -i "$inventory" --ca-file "$bundle_pki/root.crt"
