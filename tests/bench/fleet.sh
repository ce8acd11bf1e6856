# shellcheck shell=bash
# Boxes for the guards and for ./dev bench.  Source after lib.sh and serve.sh.

password=ip811-Secret-Word

# make_bench_bundles: leaf, intermediate, root: $whole is to be installed, $served (without the root) is
# what an audited fleet shows; a chain that is usual on the public Internet.
make_bench_bundles() {
	bench_pki=$workdir/pki
	make_pki "$bench_pki"
	NAMES='DNS:*.example.test,DNS:example.test' \
		sign "$bench_pki" short example.test leaf outer '-1 day' '+90 days'
	variant "$bench_pki" served short short outer
	variant "$bench_pki" whole short short outer root
	served=$bench_pki/served.full.pem whole=$bench_pki/whole.full.pem
	(umask 077 && printf '%s\n' "$password" >"$workdir/pbx.pw")
}

# start_boxes ADDRESS COUNT [MOCK OPTION...]: $first is their first address, $port their port.
start_boxes() {
	first=$1 count=$2
	shift 2
	start_mock --first "$first" --count "$count" --password "$password" "$@"
	port=$(mock_port https)
}

# write_boxes COUNT FILE [LINE OF defaults...]: the first COUNT boxes, one service each.
write_boxes() {
	local count=$1 file=$2 line
	shift 2
	{
		printf 'defaults:\n  role: other\n  user: admin\n  password: file:pbx.pw\n'
		printf '  port: %s\n  services: ["https:%s"]\n' "$port" "$port"
		for line; do printf '  %s\n' "$line"; done
		printf 'devices:\n'
		awk -v count="$count" -v first="$first" 'BEGIN {
			split(first, part, ".")
			at = part[2] * 65536 + part[3] * 256 + part[4]
			for (i = 0; i < count; i++)
				printf "  - {name: box%d, host: %d.%d.%d.%d, names: [box%d.example.test]}\n",
					i, part[1], int((at + i) / 65536), int((at + i) / 256) % 256, (at + i) % 256, i
		}'
	} >"$file"
}

# count_of NAME: what all boxes counted so far: connections, handshakes, requests, ...
count_of() {
	mock_say stats all | python3 -c '
import json, sys
count = json.load(sys.stdin)[sys.argv[1]]
print(sum(count.values()) if isinstance(count, dict) else count)' "$1"
}

# counted COMMAND...: runs it; $handshakes, $requests, $connections are what the boxes saw of it.
counted() {
	local before_h before_r before_c
	before_h=$(count_of handshakes) before_r=$(count_of requests) before_c=$(count_of connections)
	"$@"
	handshakes=$(($(count_of handshakes) - before_h))
	requests=$(($(count_of requests) - before_r))
	connections=$(($(count_of connections) - before_c))
}

audit_boxes() {
	certroll audit -i "$1" --ca-file "$bench_pki/root.crt" --state "$workdir/state" --quiet "${@:2}"
}

deploy_boxes() {
	certroll deploy "$whole" -i "$1" --yes --accept-new --ca-file "$bench_pki/root.crt" \
		--state "$workdir/state" --quiet "${@:2}"
}

# The guards of instructions and memory need programs as users get them, without sanitizers.
need_release() {
	build=${CERTROLL_RELEASE:-$project/build}
	[[ -x $build/certroll && -x $build/mock-fleet && -x $build/bench/bare ]] && return
	[[ ${CI:-} != true ]] || fail 'no release build, and CI=true forbids the skip'
	skip 'no release build; ./dev test makes one'
}
