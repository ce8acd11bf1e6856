#!/bin/bash
# Devices that only a person can give a certificate: the files and the checklist, due until a handshake
# has proved it, whatever the person did.
. "$(dirname "$0")/../support/lib.sh"
. "$(dirname "$0")/../support/serve.sh"
. "$(dirname "$0")/../support/site.sh"

# roster: a PBX among boxes for a person, at 127.91.0.1 and up.
write_roster() {
	cat >"$workdir/roster" <<-JSON
		{"name":"pbx1","family":"innovaphone","password":"$password","ports":{"https":0,"sips":0}}
		{"name":"ipo1","family":"ip-office","ports":{"https":0,"sips":0,"tls1":0}}
		{"name":"ipo2","family":"ip-office","ports":{"https":0,"sips":0,"tls1":0}}
		{"name":"ipo3","family":"ip-office","ports":{"https":0,"sips":0,"tls1":0}}
		{"name":"box1","family":"manual","ports":{"https":0,"sips":0}}
	JSON
}

# device NAME NUMBER DRIVER OPTIONS [KEY: VALUE, ...]
device() {
	printf '  - {name: %s, role: other, driver: %s, host: 127.91.0.%s, names: [%s.example.test], options: {%s}%s}\n' \
		"$1" "$3" "$2" "$1" "$4" "${5:-}"
}

# inventory_of LINE...
inventory_of() {
	inventory=$workdir/inventory.yaml
	{
		printf 'defaults:\n  port: %s\n  services: ["https:%s", "sips:%s"]\ndevices:\n' \
			"$(mock_port https)" "$(mock_port https)" "$(mock_port sips)"
		printf '%s\n' "$@"
	} >"$inventory"
}

# The services of an IP Office; the third one is closed.
ports() { printf ', services: ["https:%s", "sips:%s", "web-manager:%s"]' "$(mock_port https)" "$(mock_port sips)" "$1"; }

# read_list NAME: the checklist as one long line in $list.
read_list() { list=$workdir/list && tr -s ' \n' '  ' <"$(folder "$1")/checklist.txt" >"$list"; }
folder() { printf '%s/state/by-hand/%s' "$workdir" "$1"; }
resume() { local status=$1 && shift && run "$status" resume -i "$inventory" --yes --accept-new --ca-file "$bundle_pki/root.crt" --settle 2s "$@"; }
leaf_of() { openssl s_client -connect "127.91.0.$1:$2" </dev/null 2>/dev/null | openssl x509 -noout -fingerprint -sha256; }

make_bundles
write_roster
start_mock --fleet "$workdir/roster" --first 127.91.0.1 --log "$workdir/fleet.log"
(
	umask 077
	printf '%s\n' "$password" >"$workdir/pbx.pw"
	printf 'P12-Pass-Word-7\n' >"$workdir/p12.pw"
)
free_port closed
inventory_of "$(device pbx1 1 innovaphone '' ', user: admin, password: file:pbx.pw')" \
	"$(device ipo1 2 ip-office 'password: file:p12.pw' "$(ports "$closed"), window: '22:00-23:00'")" \
	"$(device box1 5 manual 'password: file:p12.pw, files: [pkcs12, bundle, chain, key, root]')"

# --- the plan says what comes, and prepares nothing -------------------------------------------------
run 0 plan "$bundle" -i "$inventory" --accept-new --ca-file "$bundle_pki/root.crt"
expect_grep 'ipo1 +would-change +prepare the files; then a person must install it, and certroll proves it'
expect_grep 'warning plan-by-hand: IP Office lines at level High stay down'
expect_grep 'warning plan-by-hand: a system with automatic certificate management'
expect_grep 'note net-closed|web-manager +[0-9]+ ' # told, and no fault
refute_grep 'plan-window'
[[ ! -e $(folder ipo1) ]] || fail 'a plan has written files'

# --- due, with the status of "try again", and the others are done --------------------------------------
deploy 75
expect_grep 'pbx1 +changed +proved on https, sips'
expect_grep "ipo1 +due +a person must install it; files in $(folder ipo1); then run 'certroll resume 1'"
expect_grep '3 devices: 1 changed, 2 due'
expect_grep "This is run 1: 'certroll resume' goes on with it"
expect_equal "$(stat -c %a "$(folder ipo1)")" 700
expect_equal "$(find "$workdir/state/by-hand" -type f -not -perm 600 | wc -l)" 0 'files that others may read'
expect_equal "$(cd "$(folder ipo1)" && echo *)" \
	'WebRootCA.pem checklist.html checklist.txt ipo1.p12 tcs-1.pem tcs-2.pem tcs-3.pem'
expect_equal "$(cd "$(folder box1)" && echo *)" \
	'box1.p12 bundle.pem chain.pem checklist.html checklist.txt key.pem root.pem'

# The container opens, with this password only, and all signers are in it.
p12=$(folder ipo1)/ipo1.p12
openssl pkcs12 -in "$p12" -passin "file:$workdir/p12.pw" -nodes -out "$workdir/opened.pem" 2>/dev/null ||
	fail 'openssl cannot open the container'
expect_equal "$(grep -c 'BEGIN CERTIFICATE' "$workdir/opened.pem")" 4
openssl pkey -in "$workdir/opened.pem" -pubout -out "$workdir/opened.pub"
openssl x509 -in "$bundle" -noout -pubkey | cmp - "$workdir/opened.pub" || fail 'another key'
! openssl pkcs12 -in "$p12" -passin pass:wrong -nodes >"$workdir/wrong" 2>&1 || fail 'opened by any password'
if command -v keytool >/dev/null; then
	keytool -list -v -storetype PKCS12 -keystore "$p12" -storepass:file "$workdir/p12.pw" >"$workdir/out" 2>&1
	expect_grep 'Certificate chain length: 4'
	expect_grep 'PrivateKeyEntry'
fi
cmp -s "$(folder ipo1)/WebRootCA.pem" "$(folder ipo1)/tcs-3.pem" || fail 'WebRootCA.pem is not the root'
openssl verify -CAfile "$(folder ipo1)/WebRootCA.pem" -untrusted "$(folder ipo1)/tcs-2.pem" \
	"$(folder ipo1)/tcs-1.pem" >/dev/null || fail 'the signers do not lead to the root'

# The checklist names what is there, and no secret is anywhere.
read_list ipo1
expect_grep '!! IP Office lines at security level High' "$list"
expect_grep 'Automatic certificate management' "$list"
expect_grep 'between 22:00 and 23:00' "$list"
expect_grep "Choose the file ipo1.p12" "$list"
expect_grep "tcs-1.pem \('Test" "$list"
expect_grep '^ +certroll resume 1$' "$(folder ipo1)/checklist.txt"
refute_grep '[{}]' "$list"
if grep -rl 'P12-Pass-Word-7' "$workdir/state" "$workdir/everything"; then fail 'the password is told'; fi
refute_grep 'PRIVATE KEY' "$list"

# History, JSON and monitoring say the same.
run 0 history 1
expect_grep 'ipo1 +due +a person must install it'
expect_grep 'by-hand: begun'
run 0 history
expect_grep 'run 1 .*: incomplete'
resume 75 -o json
expect_grep '"outcome": ?"due"'

# --- the person -----------------------------------------------------------------------------------------
# Nothing done yet: due again.
resume 75
expect_grep "ipo1 +due +a person must install it"

# The wrong certificate: it is named.
mock_say install 127.91.0.2 "$bundle_pki/wrong-name.full.pem" >/dev/null
resume 75
expect_grep "ipo1 +due +https serves 'www.elsewhere.test'; a person must install it"

# Without the signers the chain is short, as with an empty trusted certificate store.
openssl pkcs12 -export -in "$bundle_pki/leaf.crt" -inkey "$bundle_pki/leaf.key" -passout pass:x \
	-out "$workdir/short.p12"
mock_say install 127.91.0.2 "$workdir/short.p12" x >/dev/null
resume 75
expect_grep "ipo1 +due +https serves another chain: certificate 2 is missing: 'Test Intermediate 2'; a person must"

# The box opens the container with its password only, and makes no certificate for what is no name.
refused() { ! mock_say "$@" >/dev/null 2>&1 || fail "the box takes: $*"; }
refused install 127.91.0.2 "$p12" wrong
refused install 127.91.0.2 "$p12"
refused install 127.91.0.2 "$workdir/none"
refused install 127.91.0.2 "$bundle_pki/root.crt"
refused regenerate 127.91.0.2 820 serverAuth nonsense
refused regenerate 127.91.0.2 0 - DNS:a.test

# The right one, out of the folder; a closed port is only told; the key is wiped from the folder.
mock_say install 127.91.0.2 "$p12" P12-Pass-Word-7 >/dev/null
resume 75
expect_grep 'ipo1 +unchanged +serves the bundle already on https, sips; nobody listens on web-manager'
expect_grep 'box1 +due'
[[ ! -e $p12 ]] || fail 'the container is still there'
[[ -e $(folder ipo1)/checklist.txt ]] || fail 'the checklist is gone'
resume 75
refute_grep 'ipo1'

# Waiting for it: the person comes meanwhile.
install -m 600 "$(folder box1)/bundle.pem" "$workdir/carried.pem"
(sleep 2 && mock_say install 127.91.0.5 "$workdir/carried.pem" >/dev/null) &
resume 0 --wait 60s
expect_grep 'box1 +changed +proved on https, sips'
expect_grep "warning box1: a person must install it; files in $(folder box1)" "$workdir/err"
[[ ! -e $(folder box1)/bundle.pem && ! -e $(folder box1)/key.pem ]] || fail 'the key is still there'
resume 0
expect_grep 'run 1 left nothing to do'
run 0 history 1
expect_grep 'box1 +changed +proved on https, sips'
run 0 verify "$bundle" -i "$inventory" --ca-file "$bundle_pki/root.crt"
expect_grep 'ipo1 +well'
expect_grep 'note net-closed'

# Whoever only verifies settles it, too.
mock_say factory 127.91.0.5 >/dev/null
deploy 75 -l box1
run 1 verify "$bundle" -i "$inventory" --ca-file "$bundle_pki/root.crt" -l box1
run 0 history
run 75 resume -i "$inventory" --yes --ca-file "$bundle_pki/root.crt"
mock_say install 127.91.0.5 "$(folder box1)/box1.p12" P12-Pass-Word-7 >/dev/null
run 0 verify "$bundle" -i "$inventory" --ca-file "$bundle_pki/root.crt" -l box1
[[ ! -e $(folder box1)/bundle.pem ]] || fail 'the key is still there'
resume 0
expect_grep 'left nothing to do'

# Back to the bundle before is the person's work, too; what is due from a rollback, verify settles.
NAMES='DNS:*.example.test,DNS:example.test' sign "$bundle_pki" next 'example.test' leaf inner '-1 day' '+80 days'
variant "$bundle_pki" renewed next next inner outer root
run 75 deploy "$bundle_pki/renewed.full.pem" -i "$inventory" --yes --ca-file "$bundle_pki/root.crt" -l box1
mock_say install 127.91.0.5 "$(folder box1)/box1.p12" P12-Pass-Word-7 >/dev/null
resume 0
expect_grep 'box1 +unchanged'
run 0 history -o json
renewal=$(python3 -c 'import json,sys; runs = json.load(open(sys.argv[1]))["runs"]
print(max(run["run"] for run in runs if run["command"] == "deploy"))' "$workdir/out")
run 75 rollback "$renewal" -i "$inventory" --yes --ca-file "$bundle_pki/root.crt" --settle 2s
expect_grep "box1 +due +a person must install it; files in .*; then run 'certroll verify BUNDLE'"
cmp -s "$(folder box1)/bundle.pem" "$bundle" || openssl x509 -in "$(folder box1)/bundle.pem" -noout -fingerprint |
	cmp - <(openssl x509 -in "$bundle" -noout -fingerprint) || fail 'not the bundle before'
mock_say install 127.91.0.5 "$(folder box1)/bundle.pem" >/dev/null
run 0 verify "$bundle" -i "$inventory" --ca-file "$bundle_pki/root.crt" -l box1
run 0 history "$((renewal + 2))"
expect_grep 'box1 +changed +proved by verify'

# Nobody comes: the time of --wait passes, and it is due.
mock_say factory 127.91.0.5 >/dev/null
deploy 1 -l box1 -o nagios # WARNING of the monitoring plugins
expect_grep '^CERTROLL WARNING'
deploy 75 -l box1 --wait 1s
expect_grep "box1 +due +.*a person must install it"

# --- the box makes its own ----------------------------------------------------------------------------
own="variant: regenerate-ip500v2, domains: [example.test]"
inventory_of "$(device ipo2 3 ip-office "$own" "$(ports "$(mock_port tls1)")")"
deploy 75
expect_grep "ipo2 +due +https serves 'ipoffice-.*', which is not for 'ipo2.example.test'; a person must regenerate it on the IP500 V2"
expect_grep 'warning plan-by-hand: normal operation is suspended'
san='DNS:ipo2.example.test, DNS:example.test, IP:127.91.0.3'
expect_grep "^ +$san$" "$(folder ipo2)/checklist.txt"
read_list ipo2
expect_grep 'NORMAL OPERATION IS SUSPENDED: up to a minute' "$list"
expect_equal "$(cd "$(folder ipo2)" && echo *)" 'checklist.html checklist.txt'

# make_own DAYS PURPOSES NAMES
make_own() { mock_say regenerate 127.91.0.3 "$@" >/dev/null; }
names=${san// /}
make_own 820 serverAuth,clientAuth DNS:ipo2.example.test,DNS:example.test
resume 75
expect_grep "which is not for '127.91.0.3'"
make_own 2555 serverAuth "$names"
resume 75
expect_grep 'which is valid for 2555 days, not for 825 at most'
make_own 820 - "$names"
resume 75
expect_grep 'which has no extended key usage'
make_own 820 clientAuth "$names"
resume 75
expect_grep 'which has an extended key usage without serverAuth'
make_own 825 serverAuth,clientAuth "$names"
resume 0
expect_grep 'ipo2 +unchanged +has a good certificate of its own on https, sips, web-manager'
deploy 0
run 0 verify "$bundle" -i "$inventory" --ca-file "$bundle_pki/root.crt"
expect_grep 'warning P1: .*signed by itself'
refute_grep 'drift|instead of the bundle'
make_own 900 serverAuth "$names"
run 1 verify "$bundle" -i "$inventory" --ca-file "$bundle_pki/root.crt"
expect_grep 'error served-own: the certificate that it made for itself .* is valid for 900 days'
make_own 825 serverAuth,clientAuth "$names"

# It ends soon: made anew, and the same one again is no success.
make_own 20 serverAuth "$names"
before=$(leaf_of 3 "$(mock_port https)")
inventory_of "$(device ipo2 3 ip-office "$own" "$(ports "$(mock_port tls1)"), warn: 30d")"
deploy 75
expect_grep 'ipo2 +due'
expect_equal "$(leaf_of 3 "$(mock_port https)")" "$before"
resume 75
(sleep 2 && make_own 800 serverAuth "$names") &
resume 0 --wait 60s
expect_grep 'ipo2 +changed +proved on https, sips, web-manager'

# --- what the form of a Server Edition gets wrong -----------------------------------------------------
# audit_of FIRMWARE
audit_of() {
	inventory_of "$(device ipo3 4 ip-office 'variant: server-edition' "$(ports "$(mock_port tls1)"), firmware: $1")"
	certroll audit -i "$inventory" --state "$workdir/state" >"$workdir/out" 2>"$workdir/err" || true
}
form() { mock_say regenerate 127.91.0.4 "$@" DNS:ipo3.example.test,IP:127.91.0.4 >/dev/null; }
form 2555 -
audit_of 11.0.4.0
expect_grep 'warning ipo-form-days: valid for 2555 days, as the form of 11.0.4.0 and older offers'
expect_grep 'warning ipo-form-purpose: has no extended key usage: .* an upgrade has lost that'
refute_grep '^ +ipo3 [^:]+: note ipo-script'
form 820 serverAuth,clientAuth
audit_of 11.0.4.0
expect_grep 'note ipo-script: made with a corrected script, which release 11.0.4.0 does not have'
refute_grep '^ +ipo3 [^:]+: warning ipo-form'
audit_of 11.0.4.1
refute_grep '^ +ipo3 [^:]+: (note|warning) ipo-'
audit_of 12.1.0.0
refute_grep '^ +ipo3 [^:]+: (note|warning) ipo-'
form 2554 serverAuth
audit_of 12.1
refute_grep '^ +ipo3 [^:]+: (note|warning) ipo-'
deploy 75
expect_grep 'a person must generate it on the Server Edition'
read_list ipo3
expect_grep 'AN UPGRADE LOSES THIS' "$list"
expect_grep 'DEFAULT_SERVER_CERT_VALIDITY=\$\(\(820\)\)' "$(folder ipo3)/checklist.txt"

# --- what cannot be ---------------------------------------------------------------------------------------
# No password: said before anything is contacted.
inventory_of "$(device ipo1 2 ip-office '' "$(ports "$closed")")"
deploy 3
expect_grep 'device "ipo1": the PKCS#12 container for the person needs a password of its own; add it' "$workdir/err"
# All ports closed is no proof.
inventory_of "$(device ipo1 2 ip-office 'password: file:p12.pw' ", services: ['https:$closed']")"
deploy 4
expect_grep 'ipo1 +unreachable'
# A folder that others may open gets no key.
mkdir -p "$workdir/open/box1"
chmod 755 "$workdir/open/box1"
inventory_of "$(device box1 5 manual 'password: file:p12.pw, folder: open')"
deploy 1
expect_grep 'box1 +failed +nothing was prepared for the person: .*/open/box1: must be a folder of yours that nobody else can open'
chmod 700 "$workdir/open/box1"
deploy 75
expect_grep "files in $workdir/open/box1"
# A chain that was longer leaves no signer behind.
touch "$workdir/open/box1/tcs-9.pem" "$workdir/open/box1/key.pem"
resume 75
[[ ! -e $workdir/open/box1/tcs-9.pem && ! -e $workdir/open/box1/key.pem ]] || fail 'stale files'
# For a reader of old days.
inventory_of "$(device box1 5 manual 'password: file:p12.pw, old-pkcs12: true')"
deploy 75
openssl pkcs12 -info -in "$(folder box1)/box1.p12" -passin "file:$workdir/p12.pw" -nodes -legacy >"$workdir/out" 2>&1 ||
	openssl pkcs12 -info -in "$(folder box1)/box1.p12" -passin "file:$workdir/p12.pw" -nodes >"$workdir/out" 2>&1
expect_grep 'pbeWithSHA1And3-KeyTripleDES-CBC'

# --- the rehearsal plays the person ---------------------------------------------------------------------
inventory_of "$(device pbx1 1 innovaphone '' ', user: admin, password: file:pbx.pw')" \
	"$(device ipo1 2 ip-office 'password: file:p12.pw' "$(ports 7070)")" \
	"$(device ipo2 3 ip-office "$own" "$(ports 7070)")" "$(device box1 5 manual 'files: [bundle]')"
expect_exit 0 certroll rehearse "$bundle" -i "$inventory" --ca-file "$bundle_pki/root.crt" --settle 2s
expect_grep 'ipo1 +changed +proved on https, sips, web-manager'
expect_grep 'ipo2 +changed +proved on https, sips, web-manager'
expect_grep 'box1 +changed +proved on https, sips'
expect_grep 'ipo1 +held +a person puts it back; not rehearsed'
expect_exit 1 certroll rehearse "$bundle" -i "$inventory" --ca-file "$bundle_pki/root.crt" --settle 1s --fault ipo1=keep-old
expect_grep 'ipo1 +failed +https still serves the old certificate'
