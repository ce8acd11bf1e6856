#!/bin/bash
# Missing certificates are fetched only when asked to, from where the CA says, within limits; and what
# comes is believed by its signature alone.
. "$(dirname "$0")/../support/lib.sh"
. "$(dirname "$0")/../support/serve.sh"

# published NAME "COMMON NAME" SECTION SIGNER PATH: a certificate whose issuer is said to be at PATH.
published() {
	local name=$1 common=$2 section=$3 signer=$4
	AIA=$base/$5 NAMES=DNS:www.example.test sign "$pki" "$name" "$common" "$section" "$signer" '-1 day' '+90 days'
}

# bundle STATUS LEAF [OPTION...]: of the leaf and its key alone, with nothing trusted.
bundle() {
	local status=$1 leaf=$2
	shift 2
	rm -f "$made"
	SSL_CERT_FILE=/dev/null SSL_CERT_DIR=/nonexistent HTTP_PROXY=http://127.0.0.1:9 http_proxy=http://127.0.0.1:9 \
		expect_exit "$status" certroll bundle -o "$made" "$pki/$leaf.crt" "$pki/$leaf.key" "$@"
	[[ $status -eq 0 || ! -e $made ]] || fail "$made was written"
}

# refused REGEX PATH: a leaf whose issuer is said to be there.
refused() {
	local name=at-${2//\//-}
	published "$name" 'www.example.test' aia_leaf outer "$2"
	bundle 3 "$name" --fetch
	expect_grep "^fetching $base/$2" "$workdir/err"
	expect_grep "$1" "$workdir/err"
}

pki=$workdir/pki made=$workdir/made.pem www=$workdir/www
mkdir "$www"
make_pki "$pki"
free_port port
base=http://127.0.0.1:$port
start server python3 "$project/tests/support/aia-server.py" "$port" "$www"
wait_for_port "$port"
for kind in leaf intermediate; do
	printf '[aia_%s]\n' "${kind/intermediate/ca}"
	sed -n "/^\[$kind\]/,/^\[/p" "$pki/ca.cnf" | grep -v '^\['
	printf 'authorityInfoAccess = caIssuers;URI:%s\n' "\${ENV::AIA}"
done >"$workdir/more.cnf"
cat "$workdir/more.cnf" >>"$pki/ca.cnf"
export AIA=unused

# Three forms, one behind three redirects.
published upper 'Fetched CA 1' aia_ca root root.crt
published lower 'Fetched CA 2' aia_ca upper hop/3/upper.der
published leaf 'www.example.test' aia_leaf lower lower.p7c
cp "$pki/root.crt" "$www"
openssl x509 -in "$pki/upper.crt" -outform DER -out "$www/upper.der"
openssl crl2pkcs7 -nocrl -certfile "$pki/lower.crt" -outform DER -out "$www/lower.p7c"

bundle 3 leaf
expect_grep "'Fetched CA 2', which signed 'www.example.test', is missing.*--fetch gets it from $base/lower.p7c" "$workdir/err"
refute_grep 'GET|/' "$workdir/server.log"

bundle 0 leaf --fetch
cat "$pki/leaf.crt" "$pki/lower.crt" "$pki/upper.crt" "$pki/root.crt" "$pki/leaf.key" | cmp - "$made" ||
	fail 'that is not the bundle'
openssl verify -CAfile "$pki/root.crt" -untrusted "$made" "$made" >/dev/null || fail 'OpenSSL refuses it'
expect_grep "^fetching $base/lower.p7c" "$workdir/err"
expect_grep "^fetching $base/root.crt" "$workdir/err"
expect_grep "intermediate +'Fetched CA 2'.*\($base/lower.p7c: certificate 1\)"
expect_grep "the root 'Test Root' was fetched, and this machine does not know it; .* SHA-256 .*[0-9a-f]{64}"
refute_grep 'Authorization|Cookie|Proxy' "$workdir/server.log"
lines=$(wc -l <"$workdir/server.log")

# Nothing is fetched that is here already.
bundle 0 leaf --fetch --ca-file "$pki/root.crt" "$pki/lower.crt" "$pki/upper.crt"
expect_equal "$(wc -l <"$workdir/server.log")" "$lines" 'requests'

# Right name, wrong key; and other answers of no use.
sign "$pki" impostor 'Test Intermediate 1' intermediate root '-1 day' '+90 days'
cp "$pki/impostor.crt" "$pki/leaf.key" "$www"
printf 'hello\n' >"$www/hello"
refused "what is published there did not sign 'www.example.test'" impostor.crt
refused 'neither PEM text nor DER' hello
refused 'holds no certificate|did not sign' leaf.key
refused 'status 404' nothing
refused 'more than 3 redirects' loop
refused 'more than 3 redirects' hop/4/root.crt
refused 'it redirects to what is neither http nor https' local
refused 'more than 65536 bytes' big
begin=$SECONDS
refused 'no complete answer in time' slow
((SECONDS - begin < 15)) || fail 'a slow server was not cut off'

# An address that is none of http.
AIA=ldap:///CN=x NAMES=DNS:www.example.test sign "$pki" directory 'www.example.test' aia_leaf outer '-1 day' '+90 days'
bundle 3 directory --fetch
expect_grep 'neither http nor https' "$workdir/err"
AIA=file:///etc/hostname NAMES=DNS:www.example.test sign "$pki" local 'www.example.test' aia_leaf outer '-1 day' '+90 days'
bundle 3 local --fetch
expect_grep 'neither http nor https' "$workdir/err"

published silent 'www.example.test' leaf outer ''
bundle 3 silent --fetch "$pki/impostor.crt"
expect_grep 'impostor.crt: block 1, line 1 has that name, but another key.*does not say where' "$workdir/err"

# An endless chain ends with the eighth.
signer=root
for number in 1 2 3 4 5 6 7 8 9; do
	published "n$number" "Endless $number" aia_ca "$signer" "$signer.crt"
	cp "$pki/n$number.crt" "$www"
	signer=n$number
done
published end 'www.example.test' aia_leaf n9 n9.crt
bundle 3 end --fetch
expect_grep 'no root after fetching 8 certificates' "$workdir/err"
expect_equal "$(grep -c '^fetching' "$workdir/err")" 8 'fetches'
