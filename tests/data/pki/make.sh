#!/bin/sh
# Makes the certificates of the tests in the folder $1.  Dates are fixed: the tests judge as of
# 2026-11-22 12:00:00 UTC and never age.  Needs openssl, python3 and a few seconds.
#
#   example:  root <- policy <- issuing <- leaf*            the usual case
#   cross:    x1 <- yr-by-x1, yr (self-signed) <- yr1 <- leaf-yr
#             two certificates for one name and key, as Let's Encrypt's "Root YR"
#
# All leaves are as public CAs make them: with SCTs, whose signatures nobody checks here.
set -eu
umask 077

[ $# -eq 1 ] || { echo "usage: $0 FOLDER" >&2; exit 2; }
script=$(realpath "$0")
weak=$(dirname "$script")/weak.py
hostile=$(dirname "$script")/hostile.py
mkdir -p "$1"
cd "$1"
[ -z "$(find complete -newer "$script" -newer "$weak" -newer "$hostile" 2> /dev/null)" ] || exit 0

cat > ca.cnf <<'END'
[ ca ]
default_ca = this
[ this ]
database = index
serial = serial
new_certs_dir = .
default_md = sha256
policy = any
unique_subject = no
email_in_dn = no
[ any ]
countryName = optional
organizationName = optional
commonName = optional
[ req ]
distinguished_name = empty
[ empty ]
END
: > index
echo 1000 > serial

rsa() { # KEY BITS
	openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:"$2" -out "$1.key" 2> /dev/null ||
		openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:"$2" -out "$1.key" 2> /dev/null
}

ec() { # KEY CURVE
	openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:"$2" \
		-pkeyopt ec_param_enc:named_curve -out "$1.key"
}

weak() { # KEY: a kind of weak.py
	python3 "$weak" "$1" > "$1.cnf"
	openssl asn1parse -genconf "$1.cnf" -noout -out "$1.der"
	openssl pkey -inform DER -in "$1.der" -out "$1.key"
	rm "$1.cnf" "$1.der"
}

# RFC 6962 3.3, up to four SCTs, each of the log whose id is this octet repeated.
scts() { # OCTET...
	bytes=$(($# * 57)) list=
	for log; do
		id=$(printf "$log%.0s" $(seq 32))
		list=${list}003700${id}0000019300000000000004030008_3006020101020101
	done
	length=$(printf %02x $((bytes + 2)))
	[ $bytes -lt 126 ] || length=81$length
	printf '1.3.6.1.4.1.11129.2.4.2 = DER:04%s%04x%s\n' "$length" $bytes "$list" | tr -d _
}

# sign NAME SUBJECT KEY ISSUER BEGIN END MD EXTENSIONS...; ISSUER self: self-signed
# (key identifiers are added unless the extensions say otherwise)
sign() {
	name=$1 subject=$2 key=$3 issuer=$4 begin=$5 end=$6 md=$7
	shift 7
	if [ "$issuer" = self ]; then
		signer="-selfsign -keyfile $key.key"
	else
		signer="-cert $issuer.pem -keyfile $(cat "$issuer.keyname").key"
	fi
	printf '%s\n' "$@" > ext
	openssl req -new -config ca.cnf -key "$key.key" -subj "$subject" -out csr
	# shellcheck disable=SC2086 # the signer is several words
	openssl ca -batch -config ca.cnf $signer -in csr -out "$name.pem" -notext -extfile ext \
		-startdate "$begin" -enddate "$end" -md "$md" > log 2>&1 || { cat log >&2; exit 1; }
	echo "$key" > "$name.keyname"
}

OLD=20240101000000Z
LATE=20340101000000Z
BEGIN=20261101000000Z
END=20270129235959Z
CA="basicConstraints = critical, CA:TRUE"
CA_USE="keyUsage = critical, keyCertSign, cRLSign"
KEY_ID="subjectKeyIdentifier = hash"
ISSUER_ID="authorityKeyIdentifier = keyid"
USE="keyUsage = critical, digitalSignature, keyEncipherment"
SERVER="extendedKeyUsage = serverAuth"
BOTH="extendedKeyUsage = serverAuth, clientAuth"
NAMES="subjectAltName = DNS:*.example.com, DNS:example.com"
STAR="/CN=*.example.com"
SCTS=$(scts a1 b2)

for key in root policy issuing; do rsa $key 2048; done &
for key in x1 yr yr1 other; do rsa $key 2048; done &
rsa leaf 2048
rsa big 3072
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out small.key 2> /dev/null
ec p256 P-256
ec k256 secp256k1
openssl genpkey -algorithm ED25519 -out ed.key
weak roca
weak close
rsa ragged 2050
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_pubexp:3 \
	-out three.key 2> /dev/null
wait

authority() { # NAME SUBJECT KEY ISSUER [MORE]
	sign "$1" "$2" "$3" "$4" $OLD $LATE sha256 "$CA" "$CA_USE" "$KEY_ID" ${5:+"$5"}
}

bare() { # NAME ISSUER KEY EXTENSIONS...
	leaf_name=$1 leaf_issuer=$2 leaf_key=$3
	shift 3
	sign "$leaf_name" "$STAR" "$leaf_key" "$leaf_issuer" $BEGIN $END sha256 "$@"
}

leaf() { # as bare, with two SCTs
	bare "$@" "$SCTS"
}

life() { # NAME BEGIN DAYS MORE EXTENSIONS...: so many days and seconds, the last second included
	life_name=$1 life_begin=$2
	life_end=$(date -u -d "$2 + $3 days + $(($4 - 1)) seconds" +%Y%m%d%H%M%SZ)
	shift 4
	sign "$life_name" "$STAR" leaf issuing "$(date -u -d "$life_begin" +%Y%m%d%H%M%SZ)" "$life_end" \
		sha256 "$USE" "$NAMES" "$@"
}

authority root "/O=Example/CN=Example Root" root self
authority policy "/O=Example/CN=Example Policy CA" policy root "$ISSUER_ID"
authority issuing "/O=Example/CN=Example Issuing CA" issuing policy \
	"authorityInfoAccess = caIssuers;URI:http://ca.example.com/policy.crt"
authority impostor "/O=Example/CN=Example Issuing CA" other policy
authority stranger "/O=Other/CN=Other Root" other self

# One thing is different in each.
leaf leaf issuing leaf "$USE" "$SERVER" "$NAMES"
leaf leaf-both issuing leaf "$USE" "$BOTH" "$NAMES"
leaf leaf-next issuing other "$USE" "$BOTH" "$NAMES"
leaf leaf-no-eku issuing leaf "$USE" "$NAMES"
leaf leaf-client issuing leaf "$USE" "extendedKeyUsage = clientAuth" "$NAMES"
leaf leaf-no-ku issuing leaf "$BOTH" "$NAMES"
leaf leaf-encipher issuing leaf "keyUsage = keyEncipherment" "$BOTH" "$NAMES"
leaf leaf-sign issuing leaf "keyUsage = digitalSignature" "$BOTH" "$NAMES"
leaf leaf-ca issuing leaf "$CA" "keyUsage = digitalSignature, keyEncipherment, keyCertSign" \
	"$BOTH" "$NAMES"
leaf leaf-no-san issuing leaf "$USE" "$BOTH"
leaf leaf-ip issuing leaf "$USE" "$BOTH" "subjectAltName = IP:192.0.2.10, IP:2001:db8::10"
leaf leaf-partial issuing leaf "$USE" "$BOTH" \
	"subjectAltName = DNS:f*.example.com, DNS:*.com, DNS:a.*.example.com, DNS:ok.example.com"
leaf leaf-many issuing leaf "$USE" "$BOTH" \
	"subjectAltName = DNS:a.example.com, DNS:b.example.com, DNS:c.example.com, DNS:d.example.com, DNS:e.example.com, DNS:f.example.com, IP:192.0.2.1, email:a@example.com"
leaf leaf-windows issuing leaf "$USE" "$BOTH" "$NAMES" \
	"authorityInfoAccess = OCSP;URI:http://ocsp.example.com, caIssuers;URI:ldap:///CN=Issuing?cACertificate, caIssuers;URI:http://ca.example.com/issuing.crt"
leaf leaf-ldap issuing leaf "$USE" "$BOTH" "$NAMES" \
	"authorityInfoAccess = caIssuers;URI:ldap:///CN=Issuing?cACertificate"
leaf leaf-big issuing big "$USE" "$BOTH" "$NAMES"
leaf leaf-small issuing small "$USE" "$BOTH" "$NAMES"
leaf leaf-ec issuing p256 "keyUsage = digitalSignature" "$BOTH" "$NAMES"
leaf leaf-k256 issuing k256 "keyUsage = digitalSignature" "$BOTH" "$NAMES"
leaf leaf-ed issuing ed "keyUsage = digitalSignature" "$BOTH" "$NAMES"
leaf leaf-nc issuing leaf "$USE" "$BOTH" "$NAMES" "nameConstraints = permitted;DNS:example.com"
leaf leaf-critical issuing leaf "$USE" "$BOTH" "$NAMES" "1.2.3.4 = critical, DER:0500"
sign leaf-expired "$STAR" leaf issuing 20260801000000Z 20261119120000Z sha256 "$USE" "$BOTH" "$NAMES" "$SCTS"
sign leaf-early "$STAR" leaf issuing 20261123120000Z $END sha256 "$USE" "$BOTH" "$NAMES" "$SCTS"
sign leaf-third "$STAR" leaf issuing 20260914000000Z 20261212235959Z sha256 "$USE" "$BOTH" "$NAMES" "$SCTS"
sign leaf-tenth "$STAR" leaf issuing 20260829000000Z 20261126235959Z sha256 "$USE" "$BOTH" "$NAMES" "$SCTS"
sign leaf-sha1 "$STAR" leaf issuing $BEGIN $END sha1 "$USE" "$BOTH" "$NAMES" "$SCTS"
sign leaf-sha384 "$STAR" leaf issuing $BEGIN $END sha384 "$USE" "$BOTH" "$NAMES" "$SCTS"
sign leaf-no-cn "/O=Example" leaf issuing $BEGIN $END sha256 "$USE" "$BOTH" "$NAMES" "$SCTS"
sign lone "/CN=box.example.com" leaf self $BEGIN $END sha256 "$USE" "$BOTH" \
	"subjectAltName = DNS:box.example.com"

# Keys that should not be.
leaf leaf-roca issuing roca "$USE" "$BOTH" "$NAMES"
leaf leaf-close issuing close "$USE" "$BOTH" "$NAMES"
leaf leaf-ragged issuing ragged "$USE" "$BOTH" "$NAMES"
leaf leaf-three issuing three "$USE" "$BOTH" "$NAMES"
authority close-ca "/CN=Close CA" close policy
leaf leaf-close-ca close-ca leaf "$USE" "$BOTH" "$NAMES"
authority three-root "/CN=Root with exponent 3" three self
leaf leaf-three-root three-root leaf "$USE" "$BOTH" "$NAMES"

# Lifetimes on both sides of the limits, and issued on both sides of the days when these change.
THREE=$(scts a1 b2 c3)
life life-825 "2026-01-01 UTC" 825 0 "$BOTH"
life life-825-s "2026-01-01 UTC" 825 1 "$BOTH"
life life-825-2s "2026-01-01 UTC" 825 2 "$BOTH"
life life-826 "2026-01-01 UTC" 826 0 "$BOTH" "$THREE"
life life-long-ago "2019-07-01 UTC" 5110 0 "$BOTH"
life life-since "2019-07-01 00:00:01 UTC" 5110 0 "$BOTH"
life life-398 "2026-03-14 23:59:59 UTC" 398 0 "$SERVER" "$THREE"
life life-398-s "2026-03-14 23:59:59 UTC" 398 1 "$SERVER" "$THREE"
life life-398-late "2026-03-15 UTC" 398 0 "$SERVER" "$THREE"
life life-200 "2026-10-01 UTC" 200 0 "$SERVER" "$THREE"
life life-200-s "2026-10-01 UTC" 200 1 "$SERVER" "$THREE"
life life-200-last "2027-03-14 23:59:59 UTC" 200 0 "$BOTH" "$THREE"
life life-200-late "2027-03-15 UTC" 200 0 "$SERVER" "$THREE"
life life-100 "2027-03-15 UTC" 100 0 "$SERVER" "$SCTS"
life life-100-s "2027-03-15 UTC" 100 1 "$SERVER" "$SCTS"
life life-100-last "2029-03-14 23:59:59 UTC" 100 0 "$SERVER" "$SCTS"
life life-100-late "2029-03-15 UTC" 100 0 "$SERVER" "$SCTS"
life life-47 "2029-03-15 UTC" 47 0 "$SERVER" "$SCTS"
life life-47-s "2029-03-15 UTC" 47 1 "$SERVER" "$SCTS"
life life-client "2027-03-15 UTC" 90 0 "$BOTH" "$SCTS"

# Transparency.
bare leaf-no-sct issuing leaf "$USE" "$BOTH" "$NAMES"
bare leaf-one-log issuing leaf "$USE" "$BOTH" "$NAMES" "$(scts a1 a1)"
bare leaf-sct-broken issuing leaf "$USE" "$BOTH" "$NAMES" "1.3.6.1.4.1.11129.2.4.2 = DER:0404ffff0000"
life life-180-two "2026-10-01 UTC" 180 0 "$SERVER" "$SCTS"
life life-180-s-two "2026-10-01 UTC" 180 1 "$SERVER" "$SCTS"

# Purposes, features and names.
leaf leaf-purposes issuing leaf "$USE" "$NAMES" \
	"extendedKeyUsage = serverAuth, clientAuth, codeSigning, emailProtection, timeStamping, OCSPSigning, anyExtendedKeyUsage, 1.3.6.1.4.1.11129.2.4.4"
leaf leaf-other-purpose issuing leaf "$USE" "$NAMES" \
	"extendedKeyUsage = serverAuth, clientAuth, 1.3.6.1.5.5.7.3.17"
leaf leaf-ec-encipher issuing p256 "$USE" "$BOTH" "$NAMES"
leaf leaf-staple issuing leaf "$USE" "$BOTH" "$NAMES" "tlsfeature = status_request"
leaf leaf-feature issuing leaf "$USE" "$BOTH" "$NAMES" "tlsfeature = 24"
leaf leaf-known-critical issuing leaf "$USE" "$BOTH" "$NAMES" "basicConstraints = critical, CA:FALSE"
sign leaf-cn-other "/CN=other.example.com" leaf issuing $BEGIN $END sha256 "$USE" "$BOTH" "$NAMES" "$SCTS"
sign leaf-cn-case "/CN=*.Example.com" leaf issuing $BEGIN $END sha256 "$USE" "$BOTH" "$NAMES" "$SCTS"
sign leaf-cn-ip "/CN=192.0.2.10" leaf issuing $BEGIN $END sha256 "$USE" "$BOTH" \
	"$NAMES, IP:192.0.2.10" "$SCTS"
sign leaf-empty "/" leaf issuing $BEGIN $END sha256 "$USE" "$BOTH" "$SCTS" \
	"subjectAltName = critical, DNS:*.example.com, DNS:example.com"
leaf leaf-wild issuing leaf "$USE" "$BOTH" "subjectAltName = DNS:*.example.com"
leaf leaf-lan issuing leaf "$USE" "$BOTH" "$NAMES, IP:192.168.1.10"

# Intermediates with a flaw, each with a leaf.
sign brief "/CN=Brief CA" other policy $OLD 20261231000000Z sha256 "$CA" "$CA_USE" "$KEY_ID"
leaf leaf-brief brief leaf "$USE" "$BOTH" "$NAMES"
sign expired "/CN=Expired CA" other policy $OLD 20261001000000Z sha256 "$CA" "$CA_USE" "$KEY_ID"
leaf leaf-under-expired expired leaf "$USE" "$BOTH" "$NAMES"
sign no-ca "/CN=Not a CA" other policy $OLD $LATE sha256 "basicConstraints = CA:FALSE" "$KEY_ID"
leaf leaf-no-ca no-ca leaf "$USE" "$BOTH" "$NAMES"
sign no-certsign "/CN=Not signing" other policy $OLD $LATE sha256 "$CA" \
	"keyUsage = critical, cRLSign" "$KEY_ID"
leaf leaf-no-certsign no-certsign leaf "$USE" "$BOTH" "$NAMES"
sign narrow "/CN=Narrow CA" other policy $OLD $LATE sha256 "$CA" "$CA_USE" "$KEY_ID" \
	"nameConstraints = critical, permitted;DNS:example.org"
leaf leaf-narrow narrow leaf "$USE" "$BOTH" "$NAMES"
sign weak-issuing "/CN=Weak CA" other policy $OLD $LATE sha1 "$CA" "$CA_USE" "$KEY_ID"
leaf leaf-weak weak-issuing leaf "$USE" "$BOTH" "$NAMES"

sign critical "/CN=Critical CA" other policy $OLD $LATE sha256 "$CA" "$CA_USE" "$KEY_ID" \
	"1.2.3.4 = critical, DER:0500"
leaf leaf-critical-ca critical leaf "$USE" "$BOTH" "$NAMES"

# One name and key, two certificates.
authority x1 "/O=Example/CN=Root X1" x1 self
authority yr "/O=Example/CN=Root YR" yr self
authority yr-by-x1 "/O=Example/CN=Root YR" yr x1
authority yr1 "/O=Example/CN=YR1" yr1 yr
leaf leaf-yr yr1 leaf "$USE" "$BOTH" "$NAMES"

# What Let's Encrypt issues today: profile classic, and tlsserver.
PUBLIC="authorityInfoAccess = caIssuers;URI:http://ca.example.com/yr1.crt"
POLICY="certificatePolicies = 2.23.140.1.2.1"
CRL="crlDistributionPoints = URI:http://ca.example.com/1.crl"
leaf le-classic yr1 leaf "$USE" "$SERVER" "basicConstraints = critical, CA:FALSE" "$KEY_ID" \
	"$ISSUER_ID" "$PUBLIC" "$NAMES" "$POLICY" "$CRL"
sign le-tlsserver "/" leaf yr1 $BEGIN 20261215235959Z sha256 \
	"keyUsage = critical, digitalSignature" "$SERVER" "basicConstraints = critical, CA:FALSE" \
	"$ISSUER_ID" "$PUBLIC" "subjectAltName = critical, DNS:*.example.com, DNS:example.com" \
	"$POLICY" "$CRL" "$SCTS"

# Two that sign each other and lead nowhere.
authority ring-start "/CN=Ring B" yr self
authority ring-a "/CN=Ring A" x1 ring-start
authority ring-b "/CN=Ring B" yr ring-a
leaf leaf-ring ring-a leaf "$USE" "$BOTH" "$NAMES"

# RFC 5280, section 4: what only the strictest client minds.
leaf leaf-no-aki issuing leaf "$USE" "$BOTH" "$NAMES" "authorityKeyIdentifier = none"
leaf leaf-alien-aki issuing leaf "$USE" "$BOTH" "$NAMES" "2.5.29.35 = DER:30068004AABBCCDD"
leaf leaf-half-aki issuing leaf "$USE" "$BOTH" "$NAMES" "2.5.29.35 = DER:30098004AABBCCDD820105"
leaf leaf-empty-aki issuing leaf "$USE" "$BOTH" "$NAMES" "2.5.29.35 = DER:3000"
leaf leaf-critical-aki issuing leaf "$USE" "$BOTH" "$NAMES" \
	"authorityKeyIdentifier = critical, keyid"
sign no-ski "/CN=No identifier" other policy $OLD $LATE sha256 "$CA" "$CA_USE" \
	"subjectKeyIdentifier = none"
leaf leaf-no-ski no-ski leaf "$USE" "$BOTH" "$NAMES" "2.5.29.35 = DER:30068004AABBCCDD"
sign short "/CN=Short CA" other policy $OLD $LATE sha256 "$CA, pathlen:0" "$CA_USE" "$KEY_ID"
leaf leaf-short short leaf "$USE" "$BOTH" "$NAMES"
authority too-low "/CN=Too low CA" big short
leaf leaf-long too-low leaf "$USE" "$BOTH" "$NAMES"
leaf leaf-critical-aia issuing leaf "$USE" "$BOTH" "$NAMES" \
	"authorityInfoAccess = critical, caIssuers;URI:http://ca.example.com/issuing.crt"
leaf leaf-critical-san issuing leaf "$USE" "$BOTH" "subjectAltName = critical, DNS:*.example.com"
leaf leaf-bad-aia issuing leaf "$USE" "$BOTH" "$NAMES" "1.3.6.1.5.5.7.1.1 = DER:3000"
leaf leaf-torn-san issuing leaf "$USE" "$BOTH" "2.5.29.17 = DER:65786162"
leaf leaf-dotted issuing leaf "$USE" "$BOTH" "subjectAltName = DNS:*.example.com, DNS:.example.com"
leaf leaf-masked issuing leaf "$USE" "$BOTH" \
	"2.5.29.17 = DER:3019820D2A2E6578616D706C652E636F6D8708C0000200FFFFFF00"
leaf leaf-certsign issuing leaf "keyUsage = digitalSignature, keyCertSign" "$BOTH" "$NAMES"
leaf leaf-pathlen issuing leaf "$USE" "$BOTH" "$NAMES" "basicConstraints = CA:FALSE, pathlen:0"
leaf leaf-no-use issuing leaf "2.5.29.15 = DER:030100" "$BOTH" "$NAMES"
sign leaf-no-name / leaf issuing $BEGIN $END sha256 "$USE" "$BOTH" "$NAMES"
sign leaf-no-name-well / leaf issuing $BEGIN $END sha256 "$USE" "$BOTH" \
	"subjectAltName = critical, DNS:*.example.com"
sign soft "/CN=Soft CA" other policy $OLD $LATE sha256 "basicConstraints = CA:TRUE" "$CA_USE" \
	"$KEY_ID"
leaf leaf-soft soft leaf "$USE" "$BOTH" "$NAMES"
authority advised "/CN=Advised CA" other policy "nameConstraints = permitted;DNS:example.com"
leaf leaf-advised advised leaf "$USE" "$BOTH" "$NAMES"
authority empty-nc "/CN=Unconstrained CA" other policy "2.5.29.30 = critical, DER:3000"
leaf leaf-empty-nc empty-nc leaf "$USE" "$BOTH" "$NAMES"
authority soft-policy "/CN=Policy-bound CA" other policy "policyConstraints = requireExplicitPolicy:3"
leaf leaf-soft-policy soft-policy leaf "$USE" "$BOTH" "$NAMES"
sign unmarked "/CN=Unmarked CA" other policy $OLD $LATE sha256 "$CA_USE" "$KEY_ID"
leaf leaf-unmarked unmarked leaf "$USE" "$BOTH" "$NAMES"
sign bounded "/CN=Bounded CA" other policy $OLD $LATE sha256 "$CA, pathlen:0" \
	"keyUsage = critical, cRLSign" "$KEY_ID"
leaf leaf-bounded bounded leaf "$USE" "$BOTH" "$NAMES"
sign plain-root "/CN=Plain Root" yr self $OLD $LATE sha256 "$CA_USE" "$KEY_ID"
leaf leaf-plain plain-root leaf "$USE" "$BOTH" "$NAMES"
sign loud-root "/CN=Loud Root" yr self $OLD $LATE sha256 "$CA" "$CA_USE" \
	"subjectKeyIdentifier = critical, hash"
leaf leaf-loud loud-root leaf "$USE" "$BOTH" "$NAMES"
echo 0102030405060708090A0B0C0D0E0F101112131415 > serial
leaf leaf-long-serial issuing leaf "$USE" "$BOTH" "$NAMES"
echo 00 > serial
leaf leaf-zero-serial issuing leaf "$USE" "$BOTH" "$NAMES"
echo 2000 > serial

# The key of the leaf in its other forms.
openssl pkey -in leaf.key -traditional -out leaf-pkcs1.key
openssl pkey -in p256.key -traditional -out p256-sec1.key
openssl pkcs8 -topk8 -in leaf.key -passout pass:secret -out leaf-locked.key
openssl pkcs8 -topk8 -in leaf.key -passout pass:secret -iter 6000000 -out leaf-locked-many.key
openssl pkcs8 -topk8 -in leaf.key -passout pass:secret -v1 PBE-SHA1-RC2-40 -provider legacy \
	-provider default -out leaf-locked-rc2.key
openssl rsa -in leaf.key -traditional -aes128 -passout pass:secret -out leaf-locked-old.key \
	2> /dev/null
# As of a method that OpenSSL 3 keeps in its module 'legacy'.
sed 's/AES-128-CBC/DES-CBC/' leaf-locked-old.key > leaf-locked-des.key
openssl pkcs12 -export -in leaf-both.pem -inkey leaf.key -certfile issuing.pem \
	-passout pass:secret -out leaf.pfx
openssl pkcs12 -in leaf.pfx -nodes -passin pass:secret -out from-pfx.pem
openssl x509 -in leaf-both.pem -outform DER -out leaf-both.der
# Containers as they come: modern, of Windows before 2016 (RC2, 3DES), without password or MAC.
pfx() { # NAME OPTION...
	pfx_name=$1
	shift
	openssl pkcs12 -export -in leaf-both.pem -inkey leaf.key -certfile chain.pem -out "$pfx_name" "$@"
}
cat issuing.pem policy.pem root.pem > chain.pem
pfx modern.pfx -passout pass:secret
pfx legacy.pfx -passout pass:secret -legacy
pfx triple.pfx -passout pass:secret -keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES -macalg sha1
pfx empty.pfx -passout pass:
pfx no-mac.pfx -passout pass:secret -nomac
pfx many.pfx -passout pass:secret -iter 6000000 -nomaciter
openssl pkcs12 -export -nokeys -in chain.pem -passout pass:secret -out certs.p12
openssl crl2pkcs7 -nocrl -certfile leaf-both.pem -certfile chain.pem -out chain.p7b
openssl crl2pkcs7 -nocrl -certfile leaf-both.pem -certfile chain.pem -outform DER -out chain-der.p7b
openssl crl2pkcs7 -nocrl -certfile /dev/null -out empty.p7b
sed 's/PKCS7/CERTIFICATE/' chain.p7b > certnew.p7b
openssl pkey -in leaf.key -outform DER -out leaf-key.der
openssl rsa -in leaf.key -traditional -outform DER -out leaf-pkcs1.der 2> /dev/null
openssl pkcs8 -topk8 -in leaf.key -outform DER -passout pass:secret -out leaf-locked.der
openssl x509 -in leaf-both.pem -trustout -addtrust serverAuth -out leaf-trusted.pem
openssl req -new -config ca.cnf -key leaf.key -subj "$STAR" -out request.pem
openssl ecparam -name prime256v1 -out parameters.pem

# Damaged keys: the last four bytes of one number are others; the public half is whole.
bend() { # KEY NAME LABEL, LINES of asn1parse
	openssl asn1parse -in "$1.key" -noout -out bent
	bent_name=$2 bent_label=$3
	shift 3
	for line; do
		openssl asn1parse -inform DER -in bent | sed -n "${line}s/[:=a-z]/ /gp" > spot
		read -r offset _ head length _ < spot
		printf bent | dd of=bent bs=1 seek=$((offset + head + length - 4)) conv=notrunc 2> /dev/null
	done
	{
		echo "-----BEGIN $bent_label-----"
		openssl base64 -in bent
		echo "-----END $bent_label-----"
	} > "$bent_name.key"
}
bend leaf-pkcs1 leaf-bent "RSA PRIVATE KEY" 5 8 # d and d mod (p - 1): cannot sign
bend leaf-pkcs1 leaf-bent-d "RSA PRIVATE KEY" 5 # OpenSSL signs without d
bend leaf-pkcs1 leaf-bent-dp "RSA PRIVATE KEY" 8 # ... and, more slowly, without this
bend p256-sec1 p256-bent "EC PRIVATE KEY" 3

cat leaf-both.pem issuing.pem policy.pem root.pem leaf.key > bundle-good.pem
cat leaf-both.pem root.pem issuing.pem policy.pem leaf.key > bundle-order.pem
cat leaf-both.pem leaf.key > bundle-leaf-only.pem
cat leaf-next.pem issuing.pem policy.pem root.pem other.key > bundle-next.pem
python3 "$hostile" leaf.key > hostile.pem
rm -f [0-9A-F]*.pem ./*.keyname spot bent ca.cnf ext csr log index* serial*
touch complete
