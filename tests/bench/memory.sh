#!/bin/bash
# Memory, from the inside: what a connection in flight takes, and that ten thousand endpoints fit.
. "$(dirname "$0")/../support/lib.sh"
. "$(dirname "$0")/../support/serve.sh"
. "$(dirname "$0")/fleet.sh"

# peak COMMAND...: $peak is the most memory it had, in KiB.
peak() {
	peak=$(python3 -c '
import resource, subprocess, sys
status = subprocess.run(sys.argv[2:], stdout=open(sys.argv[1], "w"), stderr=subprocess.STDOUT).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(status)' "$workdir/peak.log" "$@") || fail "$(tail -n 3 "$workdir/peak.log")"
}

# at_most LIMIT VALUE WHAT
at_most() {
	printf '%-52s %6d KiB (limit %d)\n' "$3" "$2" "$1"
	(($2 <= $1)) || fail "$3: $2 KiB"
}

audit() {
	peak "$build/certroll" audit -i "$1" --ca-file "$bench_pki/root.crt" --state "$workdir/state" \
		--quiet --jobs "$2" --timeout 60s
}

deploy() {
	peak "$build/certroll" deploy "$whole" -i "$1" --yes --accept-new --no-canary --quiet --jobs 512 \
		--ca-file "$bench_pki/root.crt" --state "$workdir/state-${1##*/}" --timeout 60s
}

need_release
make_bench_bundles

# 1,024 boxes that keep the client waiting: all are in flight at once.
start_boxes 127.69.0.1 1024 --installed "$served" --fault slow@tls:1000
write_boxes 1024 "$workdir/slow.yaml" 'driver: innovaphone'
audit "$workdir/slow.yaml" 64
few=$peak
audit "$workdir/slow.yaml" 1024
at_most 64 $(((peak - few) / (1024 - 64))) 'audit, per connection in flight'
stop "$mock"

start_boxes 127.69.16.1 512
for size in 64 512; do
	write_boxes "$size" "$workdir/$size.yaml" 'driver: innovaphone'
done
deploy "$workdir/64.yaml"
few=$peak
mock_say factory all >/dev/null
deploy "$workdir/512.yaml"
at_most 160 $(((peak - few) / (512 - 64))) 'roll-out, per box in flight'
stop "$mock"

start_boxes 127.69.64.1 10000 --installed "$served"
write_boxes 10000 "$workdir/large.yaml" 'driver: innovaphone'
audit "$workdir/large.yaml" 256
at_most 40000 "$peak" 'audit of 10,000 endpoints, 256 in flight'
audit "$workdir/large.yaml" 256
at_most 40000 "$peak" 'the same, compared with the one before'
