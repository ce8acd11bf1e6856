#!/bin/bash
# The test servers themselves: nginx and haproxy serve each variant in the order of its file, so that
# later tests may rely on what certroll is shown.
. "$(dirname "$0")/../support/lib.sh"
. "$(dirname "$0")/../support/serve.sh"

leaf='CN = example.test'
inner='CN = Test Intermediate 2'
outer='CN = Test Intermediate 1'
root='CN = Test Root'

lines() { printf '%s\n' "$@"; }

# expect_served PORT SUBJECT...
expect_served() {
	local port=$1
	shift
	expect_equal "$(served "$port" www.example.test)" "$(lines "$@")" "served on port $port"
}

check_order() {
	local variant=$1
	shift
	free_port nginx_port
	free_port haproxy_port
	serve_nginx "nginx-$variant" "$nginx_port" "$pki/$variant.pem" "$pki/$variant.key"
	serve_haproxy "haproxy-$variant" "$haproxy_port" "$pki/$variant.full.pem"
	expect_served "$nginx_port" "$@"
	expect_served "$haproxy_port" "$@"
}

check_verdicts() {
	local variant
	for variant in good expired wrong-name; do
		openssl verify -x509_strict -CAfile "$pki/root.crt" -untrusted "$pki/$variant.pem" \
			-verify_hostname www.example.test "$pki/$variant.pem" >"$workdir/$variant.out" 2>&1 || true
	done
	expect_grep ': OK$' "$workdir/good.out"
	expect_grep 'certificate has expired' "$workdir/expired.out"
	expect_grep 'ostname mismatch' "$workdir/wrong-name.out"
}

skip_without nginx haproxy
pki=$workdir/pki
make_variants "$pki"
check_verdicts
check_order good "$leaf" "$inner" "$outer" "$root"
check_order leaf-only "$leaf"
check_order leaf-root-intermediate "$leaf" "$root" "$outer" "$inner"
check_order expired "$leaf" "$inner" "$outer" "$root"
check_order wrong-name 'CN = www.elsewhere.test' "$inner" "$outer" "$root"
