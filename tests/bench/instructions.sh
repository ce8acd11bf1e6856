#!/bin/bash
# What an endpoint costs in instructions, held against nothing but OpenSSL (bare.c), and what is done once
# per run.  Two runs of each size: the slope leaves out starting and ending.  Counted by callgrind, so it
# is the same on a busy machine.
. "$(dirname "$0")/../support/lib.sh"
. "$(dirname "$0")/../support/serve.sh"
. "$(dirname "$0")/fleet.sh"

few=15 many=45 in_flight=15

# callgrind NAME COMMAND...: the counts go to $workdir/NAME.cg, their sum to $total.
callgrind() {
	local name=$1 got=0
	shift
	valgrind --tool=callgrind --callgrind-out-file="$workdir/$name.cg" "$@" >"$workdir/$name.log" 2>&1 || got=$?
	[[ $got -eq ${status:-0} ]] || fail "$name: exit status $got"
	total=$(sed -nE 's/^(totals|summary): ([0-9]+).*/\2/p' "$workdir/$name.cg" | head -n 1)
}

# measure NAME COMMAND...: with % for the number of boxes; $slope: instructions per box.
measure() {
	local name=$1 size totals=()
	shift
	for size in "$few" "$many"; do
		callgrind "$name-$size" "${@//%/$size}"
		totals+=("$total")
		[[ $name != deploy ]] || mock_say factory all >/dev/null
	done
	slope=$(((totals[1] - totals[0]) / (many - few)))
}

# calls FUNCTION NAME: how often the run called it.
calls() {
	awk -v wanted="$1" '
		/^c?fn=/ {
			match($0, /\([0-9]+\)/)
			id = substr($0, RSTART, RLENGTH)
			name = substr($0, RSTART + RLENGTH + 1)
			if (name != "") names[id] = name
			callee = names[id]
		}
		/^calls=/ && callee == wanted { split($1, part, "="); sum += part[2] }
		END { print sum + 0 }' "$workdir/$2.cg"
}

once_per_run() {
	local name=$1 function
	for function in anchors_load tls_probe_context; do
		expect_equal "$(calls "$function" "$name-$many")" 1 "$function() in $name"
	done
	for function in SSL_CTX_new X509_STORE_new X509_STORE_set_default_paths X509_verify_cert path_find; do
		expect_equal "$(calls "$function" "$name-$many")" "$(calls "$function" "$name-$few")" \
			"$function() grows with the number of boxes in $name"
	done
	expect_equal "$(calls path_find "$name-$many")" 1 'paths of one chain that all boxes serve'
}

tell() {
	printf '%-42s %9d instructions, %.3f times the bare loop\n' "$1" "$slope" \
		"$(bc -l <<<"$slope / $bare")"
}

# at_most LIMIT WHAT
at_most() {
	tell "$2"
	[[ $(bc -l <<<"$slope <= $1 * $bare") == 1 ]] || fail "$2: more than $1 times the bare loop"
}

measure_audit() {
	measure audit "$build/certroll" audit -i "$workdir/%.yaml" --ca-file "$bench_pki/root.crt" \
		--state "$workdir/state" --quiet --jobs "$in_flight"
}

# A handshake does not know how many others there are, so what could grow with their number is ours: seen
# where nobody listens.  Held against a whole endpoint, for its cost at 10,000 is to be that at 1,000.
measure_growth() {
	local audit=$slope at_100 at_1000 grown port=1 status=4
	for size in 100 1000 10000; do
		write_boxes "$size" "$workdir/closed-$size.yaml" 'driver: innovaphone'
		callgrind "closed-$size" "$build/certroll" audit -i "$workdir/closed-$size.yaml" \
			--ca-file "$bench_pki/root.crt" --state "$workdir/state-closed-$size" --quiet
		local "at_$size=$total"
	done
	grown=$(((total - at_1000) / 9000 - (at_1000 - at_100) / 900))
	printf '%-42s %9d instructions, at 10,000 boxes %.3f times that at 1,000\n' 'audit, what an endpoint takes more' \
		"$grown" "$(bc -l <<<"($audit + $grown) / $audit")"
	[[ $(bc -l <<<"$audit + $grown <= 1.15 * $audit") == 1 ]] || fail 'an endpoint costs more among many'
}

write_all() {
	local size
	for size in "$few" "$many"; do
		write_boxes "$size" "$workdir/$size.yaml" 'driver: innovaphone'
		write_boxes "$size" "$workdir/twice-$size.yaml" 'driver: twice'
		sed -i 's/, names: .*\]}/}/' "$workdir/twice-$size.yaml"
	done
}

measure_bare() {
	measure bare "$build/bench/bare" "$first" % "$port" "$in_flight"
	bare=$slope
	printf '%-42s %9d instructions\n' "$1" "$bare"
}

# Before 3.2 OpenSSL itself wastes what src/engine/lean.c saves.
limit=1.10
[[ $(openssl version) != 'OpenSSL 3.'[01].* ]] || limit=0.90

need_release
command -v valgrind >/dev/null || skip 'valgrind is missing'
make_bench_bundles
# What is installed has the root as well, for the boxes want it; here they show it from the start.
start_boxes 127.68.0.1 "$many" --installed "$whole"
write_all
measure_bare 'bare loop, three certificates'
measure_audit
at_most "$limit" 'audit, all told'
once_per_run audit
measure_growth
measure twice "$build/bench/twice" "$workdir/twice-%.yaml" "$whole" "$in_flight"
at_most 3.3 'upload with digest, then verify'
mock_say factory all >/dev/null

[[ ${CERTROLL_LONG:-} == 1 ]] || exit 0 # the rest has no limit: for docs/performance.md
measure deploy "$build/certroll" deploy "$whole" -i "$workdir/%.yaml" --yes --accept-new --no-canary \
	--ca-file "$bench_pki/root.crt" --state "$workdir/state-%" --quiet --jobs "$in_flight"
tell 'roll-out by driver innovaphone'
stop "$mock"
start_boxes 127.68.1.1 "$many" --installed "$served"
write_all
measure_bare 'bare loop, two certificates'
measure_audit
tell 'audit, two certificates'
