#!/bin/sh
# Makes the certificates of the tests in the folder $1.  Dates are fixed: the tests judge as of
# 2026-11-22 12:00:00 UTC and never age.  Needs the openssl command and a few seconds.
#
#   example:  root <- policy <- issuing <- leaf*            the usual case
#   cross:    x1 <- yr-by-x1, yr (self-signed) <- yr1 <- leaf-yr
#             two certificates for one name and key, as Let's Encrypt's "Root YR"
set -eu
umask 077

[ $# -eq 1 ] || { echo "usage: $0 FOLDER" >&2; exit 2; }
script=$(realpath "$0")
mkdir -p "$1"
cd "$1"
[ -z "$(find complete -newer "$script" 2> /dev/null)" ] || exit 0

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

# sign NAME SUBJECT KEY ISSUER BEGIN END MD EXTENSIONS...; ISSUER self: self-signed
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

for key in root policy issuing; do rsa $key 2048; done &
for key in x1 yr yr1 other; do rsa $key 2048; done &
rsa leaf 2048
rsa big 3072
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out small.key 2> /dev/null
ec p256 P-256
ec k256 secp256k1
openssl genpkey -algorithm ED25519 -out ed.key
wait

authority() { # NAME SUBJECT KEY ISSUER [MORE]
	sign "$1" "$2" "$3" "$4" $OLD $LATE sha256 "$CA" "$CA_USE" "$KEY_ID" ${5:+"$5"}
}

leaf() { # NAME ISSUER KEY EXTENSIONS...
	leaf_name=$1 leaf_issuer=$2 leaf_key=$3
	shift 3
	sign "$leaf_name" "$STAR" "$leaf_key" "$leaf_issuer" $BEGIN $END sha256 "$@"
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
leaf leaf-big issuing big "$USE" "$BOTH" "$NAMES"
leaf leaf-small issuing small "$USE" "$BOTH" "$NAMES"
leaf leaf-ec issuing p256 "keyUsage = digitalSignature" "$BOTH" "$NAMES"
leaf leaf-k256 issuing k256 "keyUsage = digitalSignature" "$BOTH" "$NAMES"
leaf leaf-ed issuing ed "keyUsage = digitalSignature" "$BOTH" "$NAMES"
leaf leaf-nc issuing leaf "$USE" "$BOTH" "$NAMES" "nameConstraints = permitted;DNS:example.com"
leaf leaf-critical issuing leaf "$USE" "$BOTH" "$NAMES" "1.2.3.4 = critical, DER:0500"
sign leaf-expired "$STAR" leaf issuing 20260801000000Z 20261119120000Z sha256 "$USE" "$BOTH" "$NAMES"
sign leaf-early "$STAR" leaf issuing 20261123120000Z $END sha256 "$USE" "$BOTH" "$NAMES"
sign leaf-third "$STAR" leaf issuing 20260914000000Z 20261212235959Z sha256 "$USE" "$BOTH" "$NAMES"
sign leaf-tenth "$STAR" leaf issuing 20260829000000Z 20261126235959Z sha256 "$USE" "$BOTH" "$NAMES"
sign leaf-sha1 "$STAR" leaf issuing $BEGIN $END sha1 "$USE" "$BOTH" "$NAMES"
sign leaf-sha384 "$STAR" leaf issuing $BEGIN $END sha384 "$USE" "$BOTH" "$NAMES"
sign leaf-no-cn "/O=Example" leaf issuing $BEGIN $END sha256 "$USE" "$BOTH" "$NAMES"
sign lone "/CN=box.example.com" leaf self $BEGIN $END sha256 "$USE" "$BOTH" \
	"subjectAltName = DNS:box.example.com"

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

# One name and key, two certificates.
authority x1 "/O=Example/CN=Root X1" x1 self
authority yr "/O=Example/CN=Root YR" yr self
authority yr-by-x1 "/O=Example/CN=Root YR" yr x1
authority yr1 "/O=Example/CN=YR1" yr1 yr
leaf leaf-yr yr1 leaf "$USE" "$BOTH" "$NAMES"

# Two that sign each other and lead nowhere.
authority ring-start "/CN=Ring B" yr self
authority ring-a "/CN=Ring A" x1 ring-start
authority ring-b "/CN=Ring B" yr ring-a
leaf leaf-ring ring-a leaf "$USE" "$BOTH" "$NAMES"

# The key of the leaf in its other forms.
openssl pkey -in leaf.key -traditional -out leaf-pkcs1.key
openssl pkey -in p256.key -traditional -out p256-sec1.key
openssl pkcs8 -topk8 -in leaf.key -passout pass:secret -out leaf-locked.key
openssl rsa -in leaf.key -traditional -aes128 -passout pass:secret -out leaf-locked-old.key \
	2> /dev/null
openssl pkcs12 -export -in leaf-both.pem -inkey leaf.key -certfile issuing.pem \
	-passout pass:secret -out leaf.pfx
openssl pkcs12 -in leaf.pfx -nodes -passin pass:secret -out from-pfx.pem
openssl x509 -in leaf-both.pem -outform DER -out leaf-both.der
openssl x509 -in leaf-both.pem -trustout -addtrust serverAuth -out leaf-trusted.pem
openssl req -new -config ca.cnf -key leaf.key -subj "$STAR" -out request.pem
openssl ecparam -name prime256v1 -out parameters.pem

cat leaf-both.pem issuing.pem policy.pem root.pem leaf.key > bundle-good.pem
cat leaf-both.pem root.pem issuing.pem policy.pem leaf.key > bundle-order.pem
cat leaf-both.pem leaf.key > bundle-leaf-only.pem
cat leaf-next.pem issuing.pem policy.pem root.pem other.key > bundle-next.pem
rm -f [0-9A-F]*.pem ./*.keyname ca.cnf ext csr log index* serial*
touch complete
