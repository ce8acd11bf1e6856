#!/bin/bash
# Keys, requests and a CA of one's own: what openssl and GnuTLS accept, what certroll judges well, and
# what a mock box then serves.
. "$(dirname "$0")/../support/lib.sh"
. "$(dirname "$0")/../support/serve.sh"
. "$(dirname "$0")/../support/site.sh"

# says STATUS REGEX COMMAND...: on standard error
says() {
	local status=$1 regex=$2
	shift 2
	expect_exit "$status" certroll "$@"
	expect_grep "$regex" "$workdir/err"
}

mode() { stat -c %a "$1"; }

# The extensions of a request or certificate, as openssl shows them.
text_of() {
	local kind=$1 file=$2
	openssl "$kind" -in "$file" -noout -text >"$workdir/text"
}

command -v certtool >/dev/null || fail 'certtool is missing (package gnutls-bin)'
cd "$workdir"
start_site "$@" # its inventory: pbx-master.example.test and so on

# --- request ----------------------------------------------------------------------------------------

expect_exit 0 certroll request '*.example.com' -o site.csr
expect_grep '^site\.key +a new private key \(RSA 2048\), for you alone'
expect_grep '^  \*\.example\.com +you$'
expect_grep '^  example\.com +comes with its wildcard; --exact leaves it out'
expect_grep 'certroll bundle -o bundle\.pem REPLY site\.key'
refute_grep 'PRIVATE KEY'
expect_equal "$(mode site.key)" 600 'mode of the key'
openssl req -in site.csr -noout -verify 2>verified || fail 'openssl does not verify the request'
expect_grep 'verify OK' verified
text_of req site.csr
expect_grep 'Subject: CN = \*\.example\.com' text
expect_grep 'Public-Key: \(2048 bit\)' text
expect_grep 'Signature Algorithm: sha256WithRSAEncryption' text
expect_grep 'DNS:\*\.example\.com, DNS:example\.com' text
expect_grep 'X509v3 Key Usage: critical' text
expect_grep '^ +Digital Signature, Key Encipherment$' text
expect_grep '^ +TLS Web Server Authentication, TLS Web Client Authentication$' text
expect_equal "$(openssl req -in site.csr -noout -pubkey)" "$(openssl pkey -in site.key -pubout)" 'key'
certtool --crq-info --infile site.csr >info 2>&1 || fail "certtool: $(cat info)"
expect_grep 'Self signature: verified' info

# The password of a new key is typed twice, that of an old one once.
# typed LINES COMMAND...: on a terminal of its own; its status in $status
typed() {
	local lines=$1 command
	shift
	command=$(printf '%q ' "$build/certroll" "$@")
	status=0
	(for line in $lines; do sleep 0.5; printf '%s\n' "$line"; done; sleep 0.5) |
		script -qec "$command" /dev/null >out 2>&1 || status=$?
}
typed 'one two' request a.example.com -o typed.csr --password prompt
expect_equal "$status" 3 'two passwords that differ'
expect_grep 'the new private key, once more' out
expect_grep 'the two passwords differ; nothing was written' out
[[ ! -e typed.csr && ! -e typed.key ]] || fail 'written in spite of two passwords'
typed 'one one' request a.example.com -o typed.csr --password prompt
expect_equal "$status" 0 'the same password twice'
expect_grep 'BEGIN ENCRYPTED PRIVATE KEY' typed.key
typed 'one' request a.example.com -o typed-again.csr --key typed.key --password prompt
expect_equal "$status" 0 'the password of a key that is there'
typed 'one two' ca init typed-ca --password prompt
expect_equal "$status" 3 'two passwords that differ'
[[ ! -e typed-ca/root.key ]] || fail 'a CA in spite of two passwords'

# A key is used again, and nothing is overwritten.
before=$(sha256sum site.key)
says 3 'site\.csr: exists already and is not overwritten' request '*.example.com' -o site.csr
expect_exit 0 certroll request --exact '*.example.com' -o exact.csr --key site.key
expect_grep '^site\.key +the private key, used again \(RSA 2048\)'
refute_grep 'comes with its wildcard'
text_of req exact.csr
expect_grep '^ +DNS:\*\.example\.com$' text
expect_equal "$(sha256sum site.key)" "$before" 'the key stays'
chmod 644 site.key
says 3 'site\.key: others may read this private key; chmod 600' request a.example.com -o x.csr --key site.key
chmod 600 site.key
openssl genrsa -out short.key 1024 2>/dev/null
says 3 'RSA key of 1024 bits' request a.example.com -o x.csr --key short.key
openssl ecparam -name prime256v1 -genkey -noout -out ec.key
says 3 'is no RSA key' request a.example.com -o x.csr --key ec.key
openssl genrsa -out long.key 4096 2>/dev/null
expect_exit 0 certroll request a.example.com -o long.csr --key long.key
expect_grep 'used again \(RSA 4096\); innovaphone boxes are made for 2048'
[[ ! -e x.csr ]] || fail 'a request in spite of a refused key'

# With a password the key is encrypted, and stays so.
(umask 077 && echo 'key-Secret-Word' >key.pw)
expect_exit 0 certroll request a.example.com -o locked.csr --password file:key.pw
expect_grep '^locked\.key .* encrypted'
expect_grep 'BEGIN ENCRYPTED PRIVATE KEY' locked.key
says 3 'its password was not given' request a.example.com -o x.csr --key locked.key
expect_exit 0 certroll request a.example.com -o again.csr --key locked.key --password file:key.pw

says 2 'Add -o FILE' request a.example.com
says 2 'no names' request -o x.csr
says 2 'add -i FILE' request -o x.csr -l rp a.example.com
says 2 'cannot be the same file' request -o x.key a.example.com
says 2 'everybody' request -o x.csr '*.com'
says 2 'add --private' request -o x.csr 192.0.2.1
says 2 'did you mean --private' request -o x.csr --privat 192.0.2.1
says 3 'No such file' request -o "$workdir/none/x.csr" a.example.com

# The names of an inventory; example.test is no domain of a public CA.
says 3 'no name is left' request -i "$inventory" -o x.csr
expect_grep "'\*\.example\.test' is left out" err
[[ ! -e x.key ]] || fail 'a key for nothing'
expect_exit 0 certroll request -i "$inventory" --private -o boxes.csr
expect_grep '^  \*\.example\.test +pbx-master, pbx-slave1, pbx-slave2, pbx-standby, rp$'
sed -i 's/names: \[rp.example.test\]/names: [rp.example.test, 127.78.0.5, rp.berlin.example.test]/' "$inventory"
expect_exit 0 certroll request -i "$inventory" -l rp --private --exact -o rp.csr
text_of req rp.csr
expect_grep 'DNS:rp\.example\.test, IP Address:127\.78\.0\.5, DNS:rp\.berlin\.example\.test' text

# --- ca ---------------------------------------------------------------------------------------------

says 2 'ca needs a verb' ca
says 2 "no verb 'sgin'; did you mean sign\?" ca sgin x
says 2 'init, sign and bundle' ca frobnicate x
says 2 'needs the folder' ca init
says 2 'takes no option --inventory' ca init ca -i "$inventory"
says 2 'one request is needed' ca sign ca -o x.pem
says 3 "certroll ca init' makes one" ca bundle ca -o x.pem a.example.com

expect_exit 0 certroll ca init ca --name 'Example Ltd'
expect_grep '^ca/root\.pem +Example Ltd Root CA 20[0-9]+, valid until .* for all clients'
refute_grep 'PRIVATE KEY'
expect_equal "$(mode ca) $(mode ca/root.key) $(mode ca/intermediate.key)" '700 600 600' 'modes'
says 3 'there is a CA in this folder already' ca init ca
text_of x509 ca/root.pem
expect_grep 'X509v3 Basic Constraints: critical' text
expect_grep '^ +CA:TRUE$' text
expect_grep '^ +Certificate Sign, CRL Sign$' text
text_of x509 ca/intermediate.pem
expect_grep '^ +CA:TRUE, pathlen:0$' text

# The key of the root is not needed for signing.
mv ca/root.key root.key.away

expect_exit 0 certroll ca sign ca site.csr -o site.pem
expect_grep '^site\.pem +certificate, intermediate and root; valid until .* \(820 days\)'
openssl x509 -in site.pem -out site.leaf
openssl verify -purpose sslserver -CAfile ca/root.pem -untrusted ca/intermediate.pem \
	-verify_hostname pbx.example.com site.leaf >verified || fail 'openssl does not verify'
openssl verify -purpose sslclient -CAfile ca/root.pem -untrusted ca/intermediate.pem site.leaf >verified ||
	fail 'openssl does not verify it as a client'
certtool --verify-chain --infile site.pem >verified 2>&1 || fail "certtool: $(cat verified)"
expect_grep 'Chain verification output: Verified' verified
begin=$(date -d "$(openssl x509 -in site.leaf -noout -startdate | cut -d= -f2)" +%s)
end=$(date -d "$(openssl x509 -in site.leaf -noout -enddate | cut -d= -f2)" +%s)
expect_equal $((end - begin + 1)) $((820 * 86400)) 'seconds of 820 days, the last one included'

says 2 'more than 825 days' ca sign ca site.csr -o x.pem --days 826
expect_exit 0 certroll ca sign ca site.csr -o short.pem --days 30
expect_grep '\(30 days\)'
says 3 'site\.pem: exists already' ca sign ca site.csr -o site.pem
says 3 'No such file' ca sign ca none.csr -o x.pem
says 3 'one certificate request is needed' ca sign ca site.pem -o x.pem
later=$(date -u -d '+4 years 6 months' +%F)
expect_exit 0 certroll ca sign ca site.csr -o late.pem --at "$later"
expect_grep 'as it ends with the CA\)'
says 3 'the CA can sign no more' ca sign ca site.csr -o x.pem --at "$(date -u -d '+6 years' +%F)"

# refused REGEX NAME OPENSSL-OPTION...: a request of somebody else
refused() {
	local regex=$1
	shift
	openssl req -new -nodes -keyout any.key -out bad.csr -subj /CN=x.example.com "$@" 2>/dev/null
	expect_exit 1 certroll ca sign ca bad.csr -o x.pem
	expect_grep "$regex"
	expect_grep 'bad\.csr is not signed' err
}
refused 'no names in subjectAltName' -newkey rsa:2048
refused 'RSA key has 1024 bits' -newkey rsa:1024 -addext subjectAltName=DNS:x.example.com
refused 'wants to be a CA' -newkey rsa:2048 -addext subjectAltName=DNS:x.example.com \
	-addext basicConstraints=critical,CA:TRUE
refused 'neither RSA nor EC' -newkey ed25519 -addext subjectAltName=DNS:x.example.com
refused 'something else than DNS' -newkey rsa:2048 -addext subjectAltName=URI:sip:x@example.com
openssl req -in site.csr -outform DER | perl -0777 -pe 's/example/exemple/g' >forged.csr
expect_exit 1 certroll ca sign ca forged.csr -o x.pem
expect_grep 'its signature is not that of its own key'
[[ ! -e x.pem ]] || fail 'a certificate for a refused request'

# Usages are the CA's, not the request's; an EC key enciphers nothing.
openssl req -new -key ec.key -out ec.csr -subj /CN=ignored -addext subjectAltName=DNS:ec.example.com \
	-addext extendedKeyUsage=codeSigning -addext keyUsage=keyCertSign
expect_exit 0 certroll ca sign ca ec.csr -o ec.pem
text_of x509 ec.pem
expect_grep 'Subject: CN = ec\.example\.com' text
expect_grep '^ +Digital Signature$' text
expect_grep '^ +TLS Web Server Authentication, TLS Web Client Authentication$' text

# --- a bundle, judged and served --------------------------------------------------------------------

expect_exit 0 certroll ca bundle ca -o bundle.pem -i "$inventory"
expect_grep '^  127\.78\.0\.5 +rp$'
expect_equal "$(mode bundle.pem)" 600 'mode of the bundle'
expect_equal "$(grep -c 'BEGIN CERTIFICATE' bundle.pem)" 3 'certificates'
expect_equal "$(grep BEGIN bundle.pem | tail -n 1)" '-----BEGIN PRIVATE KEY-----' 'the key is last'
for profile in innovaphone apple cabf ip-office strict server path; do
	expect_exit 0 certroll check bundle.pem -i "$inventory" --profile "$profile"
	# P2: clients do not bring the root along.  N5: phones may want the bare SIP domain.
	refute_grep ' error |warning ([A-MOQ-Z]|N[1-46]|P1)'
done
# shellcheck disable=SC2034 # deploy reads both
bundle=bundle.pem bundle_pki=$workdir/pki
mkdir pki
cp ca/root.pem pki/root.crt
deploy 0
expect_grep '5 devices: 5 changed'
run 0 verify bundle.pem -i "$inventory"

# --- a CA whose keys are encrypted ------------------------------------------------------------------

(umask 077 && echo 'ca-Secret-Word' >ca.pw)
says 3 'a password itself does not belong here' ca init locked --password 'ca-Secret-Word'
refute_grep 'ca-Secret-Word' err
expect_exit 0 certroll ca init locked --password file:ca.pw
expect_grep 'lie beside them, encrypted'
expect_grep 'BEGIN ENCRYPTED PRIVATE KEY' locked/root.key
expect_grep 'BEGIN ENCRYPTED PRIVATE KEY' locked/intermediate.key
openssl pkey -in locked/intermediate.key -passin file:ca.pw -noout || fail 'openssl cannot open the key'
says 3 'its password was not given' ca sign locked site.csr -o x.pem
echo wrong >ca.wrong && chmod 600 ca.wrong
says 3 'the password does not open this key' ca sign locked site.csr -o x.pem --password file:ca.wrong
CA_PASSWORD=ca-Secret-Word expect_exit 0 certroll ca sign locked site.csr -o locked.pem --password env:CA_PASSWORD
