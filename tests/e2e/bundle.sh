#!/bin/bash
# Whatever form a CA gives its files in, certroll bundle makes the one file of them that OpenSSL, GnuTLS,
# Java and a box accept; what cannot be made right is said, and nothing is written or lost.
. "$(dirname "$0")/../support/lib.sh"
. "$(dirname "$0")/../support/serve.sh"
. "$(dirname "$0")/../support/site.sh"

for tool in keytool certtool; do
	command -v "$tool" >/dev/null && continue
	[[ ${CI:-} != true ]] || fail "$tool is missing, and CI=true forbids the skip"
	skip "$tool is missing"
done

# make STATUS OUT FILE... [OPTION...]: certroll bundle, with nothing trusted but what a test names.
make() {
	local status=$1 out=$2
	shift 2
	SSL_CERT_FILE=${trusted:-/dev/null} SSL_CERT_DIR=/nonexistent \
		expect_exit "$status" certroll bundle -o "$out" "$@"
	refute_key
}

# refused REGEX STATUS OUT FILE...: and there is no such file afterwards.
refused() {
	local regex=$1
	shift
	rm -f "$2"
	make "$@"
	expect_grep "$regex" "$workdir/err"
	[[ ! -e $2 ]] || fail "$2 was written"
}

refute_key() {
	local file
	for file in "$workdir/out" "$workdir/err"; do
		! grep -Fqf "$workdir/key-lines" "$file" || fail "$file holds a line of the private key"
	done
}

# verified FILE: the bytes are those of the good bundle, and others think so, too.
verified() {
	local mode
	mode=$(stat -c %a "$1")
	expect_equal "$mode" 600 "mode of $1"
	cmp "$1" "$good" || fail "$1 is not the good bundle"
	openssl verify -x509_strict -CAfile "$pki/root.crt" -untrusted "$1" "$1" >/dev/null ||
		fail "OpenSSL refuses $1"
	certtool --verify-chain --verify-profile low --infile "$1" >"$workdir/certtool.log" 2>&1 ||
		fail "GnuTLS refuses $1"
}

# installed FILE: a box at the factory takes it and serves it.
installed() {
	bundle=$1
	mock_say factory 127.78.0.5 >/dev/null
	rm -rf "$workdir/state"
	deploy 0 -l rp
	expect_grep 'rp +changed +proved'
}

make_bundles
pki=$bundle_pki good=$workdir/good.pem in=$workdir/in made=$workdir/made.pem
grep -v -e '-----' "$pki/good.key" >"$workdir/key-lines"
mkdir "$in"
cp "$bundle" "$good"
chain=$workdir/chain.crt
cat "$pki/inner.crt" "$pki/outer.crt" "$pki/root.crt" >"$chain"
printf 'pass word\n' >"$workdir/pw"
chmod 600 "$workdir/pw"
start_site "$@"

# --- every form ------------------------------------------------------------------------------------

pfx=(-export -in "$pki/leaf.crt" -inkey "$pki/leaf.key" -certfile "$chain" -passout "file:$workdir/pw")
openssl pkcs12 "${pfx[@]}" -out "$in/modern.pfx"
openssl pkcs12 "${pfx[@]}" -legacy -out "$in/legacy.pfx"
openssl pkcs12 -in "$in/legacy.pfx" -passin "file:$workdir/pw" -legacy -info -noout 2>&1 |
	grep -q 'pbeWithSHA1And40BitRC2-CBC' || fail 'the old container is not encrypted with RC2'
keytool -importkeystore -noprompt -srckeystore "$in/modern.pfx" -srcstorepass 'pass word' \
	-destkeystore "$in/java.p12" -deststoretype pkcs12 -deststorepass 'pass word' 2>/dev/null
keytool -importkeystore -noprompt -srckeystore "$in/modern.pfx" -srcstorepass 'pass word' \
	-destkeystore "$in/java.jks" -deststoretype jks -deststorepass 'pass word' 2>/dev/null
for name in modern.pfx legacy.pfx java.p12; do
	rm -f "$made"
	make 0 "$made" "$in/$name" --password "file:$workdir/pw" --ca-file "$pki/root.crt"
	verified "$made"
	expect_grep 'fit to be installed'
	expect_grep "key +\(.*/$name: key 1\)"
	refused 'the password does not open it' 3 "$made" "$in/$name" --password 'cmd:[echo, wrong]'
	refused 'a password protects it' 3 "$made" "$in/$name"
done
refused 'Java key store of the old form' 3 "$made" "$in/java.jks"

make 0 "$made" "$in/legacy.pfx" --password "file:$workdir/pw"
verified "$made"
installed "$made"

openssl crl2pkcs7 -nocrl -certfile "$chain" -out "$in/chain.p7b"
openssl crl2pkcs7 -nocrl -certfile "$chain" -outform DER -out "$in/chain-der.p7b"
sed 's/PKCS7/CERTIFICATE/' "$in/chain.p7b" >"$in/certnew.p7b"
openssl x509 -in "$pki/leaf.crt" -outform DER -out "$in/leaf.cer"
openssl pkey -in "$pki/leaf.key" -outform DER -out "$in/leaf-key.der"
openssl pkcs8 -topk8 -in "$pki/leaf.key" -passout "file:$workdir/pw" -out "$in/locked.key"
openssl rsa -in "$pki/leaf.key" -traditional -aes256 -passout "file:$workdir/pw" -out "$in/old.key" 2>/dev/null
for name in chain.p7b chain-der.p7b certnew.p7b; do
	make 0 "$made" "$in/$name" "$in/leaf.cer" "$in/leaf-key.der"
	verified "$made"
done
for name in locked.key old.key; do
	PW='pass word' make 0 "$made" "$pki/leaf.crt" "$in/$name" "$chain" --password env:PW
	verified "$made"
done

# As certbot keeps it: links into an archive; the root comes from the system's store.
mkdir "$in/live"
cat "$pki/inner.crt" "$pki/outer.crt" >"$in/chain1.pem"
cat "$pki/leaf.crt" "$in/chain1.pem" >"$in/fullchain1.pem"
ln -s "$pki/leaf.crt" "$in/live/cert.pem"
ln -s ../chain1.pem "$in/live/chain.pem"
ln -s ../fullchain1.pem "$in/live/fullchain.pem"
ln -s "$pki/leaf.key" "$in/live/privkey.pem"
trusted=$pki/root.crt make 0 "$made" "$in/live"
verified "$made"
expect_grep "root +'Test Root'.*\(trust anchors of this machine\)"
make 0 "$made" "$in/live" --ca-file "$pki/root.crt"
verified "$made"
expect_grep "root +'Test Root'.*\(--ca-file\)"
cat /etc/ssl/certs/ca-certificates.crt "$pki/root.crt" >"$in/store.pem"
make 0 "$made" "$in/live" --ca-file "$in/store.pem"
verified "$made"
refused "'Test Root', which signed 'Test Intermediate 1', is missing" 3 "$made" "$in/live"

# Shuffled, repeated, with strays and foreign text: the same bytes, and each stray named.
{
	cat "$pki/root.crt" "$pki/other.crt" "$pki/leaf.key" "$pki/outer.crt"
	printf 'Bag Attributes\n    localKeyID: 01\n'
	cat "$pki/leaf.crt" "$pki/inner.crt" "$pki/leaf.crt" "$pki/old.key" "$pki/leaf.csr"
} | sed 's/$/\r/' >"$in/heap.pem"
chmod 600 "$in/heap.pem"
make 0 "$made" "$in/heap.pem"
verified "$made"
installed "$made"
make 0 "$made" "$in/heap.pem"
expect_grep "heap.pem: block 2, line [0-9]+: note gather: the certificate of 'www.elsewhere.test'"
expect_grep 'heap.pem: block 8, line [0-9]+: note gather: this private key is not the leaf'
expect_grep "heap.pem: block 9, line [0-9]+: note gather: a block 'CERTIFICATE REQUEST'"

# On its own output nothing changes, in place or elsewhere; nor does a second run.
make 0 "$made" "$made"
verified "$made"
make 0 "$workdir/again.pem" "$made"
verified "$workdir/again.pem"

# --- what is written ---------------------------------------------------------------------------------

make 0 "$workdir/made.p12" "$made" --out-password "file:$workdir/pw"
expect_equal "$(stat -c %a "$workdir/made.p12")" 600 'mode of the container'
openssl pkcs12 -in "$workdir/made.p12" -passin "file:$workdir/pw" -info -noout 2>&1 | tr '\n' ' ' |
	grep -Eq 'MAC: sha256.*PBES2, PBKDF2, AES-256-CBC.*Shrouded Keybag: PBES2' || fail 'not encrypted as said'
keytool -list -keystore "$workdir/made.p12" -storepass 'pass word' | grep -q PrivateKeyEntry ||
	fail 'Java does not find the key'
make 0 "$workdir/made.pfx" "$made" --out-password 'cmd:[echo, pass word]' --legacy
openssl pkcs12 -in "$workdir/made.pfx" -passin "file:$workdir/pw" -info -noout 2>&1 | tr '\n' ' ' |
	grep -Eq 'MAC: sha1.*TripleDES-CBC.*Keybag: pbeWithSHA1And3-KeyTripleDES' || fail 'not as old readers want it'
for name in made.p12 made.pfx; do
	PW='pass word' make 0 "$workdir/back.pem" "$workdir/$name" --password env:PW
	verified "$workdir/back.pem"
done
refused 'needs a password' 2 "$workdir/x.p12" "$made"
refused 'the password is empty' 3 "$workdir/x.p12" "$made" --out-password 'cmd:[echo]'
make 0 "$workdir/root.der" "$made"
openssl x509 -in "$pki/root.crt" -outform DER | cmp - "$workdir/root.der" || fail 'that is not the root'
make 0 "$workdir/certs.pem" "$made" --no-key
cat "$pki/leaf.crt" "$chain" | cmp - "$workdir/certs.pem" || fail 'those are not the certificates'

# What is typed unseen is typed twice.
typed() {
	python3 - "$@" <<-'TYPE'
		import os, pty, sys
		answers, command = sys.argv[1].split(","), sys.argv[2:]
		child, terminal = pty.fork()
		if child == 0:
		    os.execv(command[0], command)
		seen = b""
		try:
		    while True:
		        piece = os.read(terminal, 1000)
		        seen += piece
		        if seen.endswith(b": ") and answers:
		            os.write(terminal, answers.pop(0).encode() + b"\n")
		            seen += b"\n"
		except OSError:
		    pass
		sys.stdout.write(seen.decode())
		sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
	TYPE
}
typed_bundle=("$build/certroll" bundle -o "$workdir/typed.p12" "$made" --out-password prompt)
expect_exit 3 typed 'pass word,pass wort' "${typed_bundle[@]}"
expect_grep 'the two passwords differ; nothing was written'
[[ ! -e $workdir/typed.p12 ]] || fail 'written under a password that was mistyped'
expect_exit 0 typed 'pass word,pass word' "${typed_bundle[@]}"
refute_grep 'pass word'
PW='pass word' make 0 "$workdir/back.pem" "$workdir/typed.p12" --password env:PW
verified "$workdir/back.pem"
make 0 "$workdir/certs.p12" "$made" --no-key --out-password "file:$workdir/pw"
keytool -list -keystore "$workdir/certs.p12" -storepass 'pass word' >"$workdir/keytool.log" ||
	fail 'Java refuses the container without a key'
refused 'no private key among the files' 3 "$workdir/x.pem" "$workdir/certs.p12" --password "file:$workdir/pw"

# --- what is refused -----------------------------------------------------------------------------------

out=$workdir/never.pem
refused 'no private key among the files' 3 "$out" "$pki/leaf.crt" "$chain"
refused 'belongs to none of the certificates' 3 "$out" "$pki/leaf.crt" "$chain" "$pki/other.key"
refused "that of the CA 'Test Root'" 3 "$out" "$pki/leaf.crt" "$chain" "$pki/root.key"
refused "two certificates could be meant.*'example.test'.*'www.elsewhere.test'" 3 "$out" \
	"$pki/leaf.crt" "$pki/leaf.key" "$pki/other.crt" "$pki/other.key" "$chain"
refused "'Test Intermediate 2', which signed 'example.test', is missing" 3 "$out" "$pki/leaf.crt" "$pki/leaf.key"
refused 'No such file' 3 "$out" "$workdir/nothing"
refused 'is a folder, but not as certbot' 3 "$out" "$pki/issued"
refused 'longer than 1048576 bytes' 3 "$out" /dev/zero
refused 'does not tell the form' 2 "$workdir/never.txt" "$made"
refused "cannot be 'jks'" 2 "$out" "$made" --form jks
refused 'itself does not belong here' 3 "$out" "$in/modern.pfx" --password 'pass word'
refute_grep 'pass word' "$workdir/err"
refused 'no files' 2 "$out"
expect_exit 2 certroll bundle "$made"
expect_exit 2 certroll bundle -o - "$made"

# What was read is not overwritten by something else, under whatever name; an old bundle is.
cp "$in/heap.pem" "$workdir/heap.pem"
make 2 "$in/heap.pem" "$in/heap.pem"
expect_grep 'one of the files that were read' "$workdir/err"
make 2 "$pki/root.crt" --form pem "$in/live" --ca-file "$pki/root.crt"
make 2 "$in/live/fullchain.pem" "$in/live" --ca-file "$pki/root.crt"
cmp "$in/heap.pem" "$workdir/heap.pem" || fail 'an input was changed'
make 2 /dev/null --form pem "$made"
printf 'old\n' >"$made"
make 0 "$made" "$in/heap.pem"
verified "$made"

# Written, and not fit: the exit status tells.
make 1 "$workdir/old.pem" "$pki/old.crt" "$pki/old.key" "$chain"
expect_grep 'error V1: .* ended on'
expect_grep 'written, but not fit to be installed'
cmp "$workdir/old.pem" "$pki/expired.full.pem" || fail 'that is not the expired bundle'

# By the demands of an inventory.
make 0 "$made" "$in/heap.pem" -i "$inventory"
sed 's/pbx-slave1.example.test/pbx.elsewhere.test/' "$inventory" >"$workdir/elsewhere.yaml"
make 1 "$made" "$in/heap.pem" -i "$workdir/elsewhere.yaml"
expect_grep 'error N3: .*pbx.elsewhere.test'
make 1 "$workdir/certs.pem" "$made" -i "$workdir/elsewhere.yaml" --no-key
expect_grep 'error N3: .*pbx.elsewhere.test'
printf 'profiles:\n  all:\n    N3: warning\n' >"$workdir/policy.yaml"
make 0 "$made" "$in/heap.pem" -i "$workdir/elsewhere.yaml" --policy "$workdir/policy.yaml"
make 0 "$workdir/certs.pem" "$made" -i "$workdir/elsewhere.yaml" --no-key --policy "$workdir/policy.yaml"
expect_grep 'warning N3: .*pbx.elsewhere.test'

# check says how to get there.
expect_exit 3 certroll check "$in/modern.pfx"
expect_grep "certroll bundle -o bundle.pem --password prompt $in/modern.pfx" "$workdir/err"
expect_exit 1 certroll check "$pki/leaf-root-intermediate.full.pem"
expect_grep 'in this order: 1, 4, 3, 2.*certroll bundle -o sorted.pem'

# --- one name and key, two certificates (Let's Encrypt's Root YR) ------------------------------------

yr=$build/tests/pki at=2026-11-22T12:00:00Z
issuers() {
	openssl crl2pkcs7 -nocrl -certfile "$1" | openssl pkcs7 -print_certs -noout |
		sed -nE 's/^issuer=.*CN = (.*)/\1/p' | paste -sd,
}
trusted=$yr/x1.pem make 0 "$made" --at $at "$yr/leaf-yr.pem" "$yr/leaf.key" "$yr/yr1.pem" "$yr/yr.pem" "$yr/yr-by-x1.pem"
expect_equal "$(issuers "$made")" 'YR1,Root YR,Root X1,Root X1' 'the way to X1'
openssl verify -attime 1795348800 -CAfile "$yr/x1.pem" -untrusted "$made" "$made" >/dev/null || fail 'not valid'
trusted=$yr/yr.pem make 0 "$made" --at $at "$yr/leaf-yr.pem" "$yr/leaf.key" "$yr/yr1.pem" "$yr/yr-by-x1.pem"
expect_equal "$(issuers "$made")" 'YR1,Root YR,Root YR' 'the way to YR'
openssl verify -attime 1795348800 -CAfile "$yr/yr.pem" -untrusted "$made" "$made" >/dev/null || fail 'not valid'
