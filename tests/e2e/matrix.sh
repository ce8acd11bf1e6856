#!/bin/bash
# What can be wrong with a TLS server, on real ones: each fault by its own finding, and nothing about
# the good one, however often it is looked at.
. "$(dirname "$0")/../support/lib.sh"
. "$(dirname "$0")/../support/serve.sh"
umask 077

pki=$workdir/pki
ca=$pki/root.crt

# judged STATUS IDS [REGEX]: the endpoint at $port, looked at as www.example.test, has exactly these
# findings ("-": none), and one of them says so.
judged() {
	local status=$1 ids=$2 sentence=${3:-} got
	expect_exit "$status" certroll audit "127.0.0.1:$port=www.example.test" --ca-file "$ca" \
		--profile server --timeout 2s -o jsonl
	got=$(sed -nE 's/.*"finding_ids":"([^"]*)".*/\1/p' "$workdir/out")
	expect_equal "${got:--}" "$ids" "$(cat "$workdir/out")"
	[[ -z $sentence ]] || expect_exit "$status" certroll audit "127.0.0.1:$port=www.example.test" \
		--ca-file "$ca" --profile server
	[[ -z $sentence ]] || expect_grep "$sentence"
	printf 'ok: %s\n' "${got:-nothing}"
}

# tls NAME [S_SERVER OPTION...]: what openssl serves of NAME.pem and NAME.key; sets $port.
tls() {
	local name=$1
	shift
	free_port port
	sed '/-END CERT/q' "$pki/$name.pem" >"$pki/$name.first"
	sed '1,/-END CERT/d' "$pki/$name.pem" >"$pki/$name.rest"
	[[ ! -s $pki/$name.rest ]] || set -- -cert_chain "$pki/$name.rest" "$@"
	start "tls-$name-$port" openssl s_server -accept "127.0.0.1:$port" -quiet -cert "$pki/$name.first" \
		-key "$pki/$name.key" "$@"
	wait_for_port "$port"
}

# leaf NAME FROM TO [SECTION]: by the inner intermediate.
leaf() {
	NAMES='DNS:*.example.test' sign "$pki" "$1" example.test "${4:-leaf}" inner "$2" "$3"
}

make_variants "$pki"
cat >>"$pki/ca.cnf" <<-CONF
	[client_only]
	basicConstraints = critical, CA:false
	keyUsage = critical, digitalSignature
	extendedKeyUsage = clientAuth
	subjectAltName = \${ENV::NAMES}
	[nameless]
	basicConstraints = critical, CA:false
	keyUsage = critical, digitalSignature, keyEncipherment
	extendedKeyUsage = serverAuth
CONF
leaf ending '-87 days' '+3 days'
leaf client '-1 day' '+90 days' client_only
leaf nameless '-1 day' '+90 days' nameless
NAMES='DNS:*.example.test' sign "$pki" self 'self' leaf self '-1 day' '+90 days'

# signed_by NAME KEY HASH: a leaf of the inner intermediate that openssl ca would not make.
signed_by() {
	local name=$1
	openssl req -new -newkey "$2" -nodes -keyout "$pki/$name.key" -subj /CN=example.test \
		-out "$pki/$name.csr" 2>/dev/null
	printf '%s\n' 'basicConstraints=critical,CA:false' 'extendedKeyUsage=serverAuth' \
		'keyUsage=critical,digitalSignature,keyEncipherment' 'subjectAltName=DNS:*.example.test' \
		'authorityKeyIdentifier=keyid' >"$pki/$name.ext"
	openssl x509 -req -in "$pki/$name.csr" -CA "$pki/inner.crt" -CAkey "$pki/inner.key" -days 90 \
		-set_serial "$RANDOM" -out "$pki/$name.crt" "-$3" -extfile "$pki/$name.ext" 2>/dev/null
}
signed_by small rsa:1024 sha256
signed_by sha1 rsa:2048 sha1

# Intermediates that end before their leaf does.
for days in 4 20; do
	sign "$pki" "brief$days" "Test Intermediate, $days days" intermediate outer '-1 year' "+$days days"
	NAMES='DNS:*.example.test' sign "$pki" "below$days" example.test leaf "brief$days" '-1 day' '+90 days'
done

chain() { # NAME LEAF CERTIFICATE...
	variant "$pki" "$@"
}
chain full leaf leaf inner outer
chain rooted leaf leaf inner outer root
chain gap leaf leaf outer
chain order leaf leaf outer inner
chain stray leaf leaf inner outer other
chain twice leaf leaf inner inner outer
chain ended old old inner outer
chain soon ending ending inner outer
chain wrong other other inner outer
chain path4 below4 below4 brief4 outer
chain path20 below20 below20 brief20 outer
chain extra leaf leaf inner outer brief4
chain clientonly client client inner outer
chain nosan nameless nameless inner outer
chain weak small small inner outer
chain oldhash sha1 sha1 inner outer
chain alone self self
weak=(-cipher 'ALL:@SECLEVEL=0')

tls full && judged 0 -
good=$port
tls rooted && judged 0 -
tls gap && judged 1 P1 'Test Intermediate 2.* is missing'
tls order && judged 0 O2
tls stray && judged 0 O4 'www.elsewhere.test'
tls twice && judged 0 O4 'repeats the certificate'
tls ended && judged 1 V1
tls soon && judged 1 V4
tls wrong && judged 1 N3
tls path4 && judged 1 'O6 path-ends' 'Test Intermediate, 4 days.*, between the leaf and its trust anchor, has .* left'
tls path20 && judged 0 'O6 path-ends' 'Test Intermediate, 20 days'
tls extra && judged 0 'O4 chain-ends' 'Test Intermediate, 4 days.*, sent although the path does not need it'
tls clientonly && judged 1 E1
tls nosan && judged 1 N1
tls weak "${weak[@]}" && judged 0 K3
tls oldhash "${weak[@]}" && judged 1 S1
tls alone && judged 1 P1 'signed by itself'
tls full -tls1 "${weak[@]}" && judged 0 tls-version
tls full -verify 1 && judged 0 tls-asks-client-cert
tls full -Verify 1 && judged 0 tls-requires-client-cert

# Not a handshake at all.
free_port port
judged 4 net-closed
# server PYTHON: runs for each connection, as `peer`.
server() {
	free_port port
	start "py-$port" python3 -c "
import socket, struct, time
s = socket.create_server(('127.0.0.1', $port))
while True:
    peer, _ = s.accept()
    try:
        $1
    except OSError:
        pass"
	wait_for_port "$port"
}
server 'kept = globals().setdefault("all", []); kept.append(peer)'
judged 4 net-timeout
server 'peer.sendall(b"220 pbx ready\r\n"); peer.recv(9); peer.close()'
judged 4 net-plaintext
server 'peer.recv(9); peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)); peer.close()'
judged 4 net-reset

# The good one a hundred times, from three makers: no false alarm.
ports=("$good")
if peer nginx >/dev/null && peer haproxy >/dev/null; then
	free_port port && ports+=("$port")
	serve_nginx nginx "$port" "$pki/full.pem" "$pki/full.key"
	free_port port && ports+=("$port")
	serve_haproxy haproxy "$port" "$pki/full.full.pem"
fi
for ((i = 0; i < 100; i++)); do
	for port in "${ports[@]}"; do
		printf '127.0.0.1:%s=b%s.example.test\n' "$port" "$i"
	done
done >"$workdir/hundred"
# shellcheck disable=SC2016 # the inner shell's
expect_exit 0 bash -c '"$0" audit - --ca-file "$1" --profile server -o csv <"$2"' "$build/certroll" "$ca" "$workdir/hundred"
expect_equal "$(grep -c ',well,well,' "$workdir/out")" "$((100 * ${#ports[@]}))"
