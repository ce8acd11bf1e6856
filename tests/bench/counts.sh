#!/bin/bash
# Handshakes and requests are as many as the tables of the drivers say, and not one more: counted by the
# boxes, for an audit, a roll-out, and the smallest roll-out there can be.
. "$(dirname "$0")/../support/lib.sh"
. "$(dirname "$0")/../support/serve.sh"
. "$(dirname "$0")/fleet.sh"

boxes=40

# per BOX: with two decimals, for people.
per_box() {
	printf '%-22s %s handshakes and %s requests per box\n' "$1" \
		"$(bc <<<"scale=2; $handshakes / $boxes")" "$(bc <<<"scale=2; $requests / $boxes")"
}

make_bench_bundles
start_boxes 127.67.0.1 "$boxes"

# The job of two exchanges.
write_boxes "$boxes" "$workdir/twice.yaml" 'driver: twice'
sed -i 's/, names: .*\]}/}/' "$workdir/twice.yaml" # no names: one endpoint, and one proof
counted "$build/bench/twice" "$workdir/twice.yaml" "$whole" 32
per_box 'upload, verify:'
expect_equal "$handshakes $requests" "$((2 * boxes)) $((2 * boxes))" 'of the smallest roll-out'
mock_say factory all >/dev/null

# The real driver, with a second service: by its tables.
write_boxes "$boxes" "$workdir/boxes.yaml" 'driver: innovaphone'
sed -i "s/services: .*/services: [\"https:$port\", \"sips:$(mock_port sips)\"]/" "$workdir/boxes.yaml"
read -r _ want_handshakes _ want_requests < <("$build/bench/tables" "$workdir/boxes.yaml" "$whole")
counted expect_exit 0 deploy_boxes "$workdir/boxes.yaml" --jobs 32 --no-canary
per_box 'roll-out, two services:'
expect_equal "$handshakes $requests" "$want_handshakes $want_requests" 'of a roll-out'

# An audit: one connection, one handshake, no request per endpoint.
counted expect_exit 0 audit_boxes "$workdir/boxes.yaml" --jobs 32
per_box 'audit, two services:'
expect_equal "$connections $handshakes $requests" "$((2 * boxes)) $((2 * boxes)) 0" 'of an audit'
