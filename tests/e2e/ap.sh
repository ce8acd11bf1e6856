#!/bin/bash
# Application Platforms: installed over WebSocket and POST, proved by handshake, in good times and bad.
. "$(dirname "$0")/../support/lib.sh"
. "$(dirname "$0")/../support/serve.sh"
. "$(dirname "$0")/../support/site.sh"

password=manager-Secret-Word
make_bundles
(umask 077 && printf '%s\n' "$password" >"$workdir/ap.pw")

# One picky AP, one of 14r1, and one that calls everything something else.
cat >"$workdir/roster" <<JSON
{"name":"ap-old","family":"innovaphone-ap","firmware":"13r3 [13.4711]","password":"$password","ports":{"https":0}}
{"name":"ap-new","family":"innovaphone-ap","firmware":"14r1 [14.1234]","password":"$password","ports":{"https":0}}
{"name":"ap-other","family":"innovaphone-ap","firmware":"14r1","password":"$password","ports":{"https":0},"set":{"ws-path":"/manager/manager","app":"boss","key-mt":"GiveKey","key-result-mt":"GiveKeyResult","upload-path":"/boss/take?what=pem","upload-key":"token","upload-type":"application/x-pem-file","result-mt":"TakeResult","error-field":"reason","delete-mt":"DropCertificate","delete-result-mt":"DropCertificateResult"}}
JSON
start_mock --fleet "$workdir/roster" --first 127.79.1.1 --log "$workdir/fleet.log"
port=$(mock_port https)

inventory=$workdir/ap.yaml
cat >"$inventory" <<YAML
defaults: {role: ap, driver: innovaphone-ap, user: admin, password: file:ap.pw, port: $port, services: ["https:$port"]}
devices:
  - {name: ap-old, host: 127.79.1.1, names: [ap-old.example.test]}
  - {name: ap-new, host: 127.79.1.2, names: [ap-new.example.test]}
  - name: ap-other
    host: 127.79.1.3
    names: [ap-other.example.test]
    options:
      socket: {path: /manager/manager}
      login: {app: boss}
      key: {message: GiveKey}
      upload: {path: '/boss/take?what=pem&token={key}', type: application/x-pem-file}
      result: {message: TakeResult, error: reason}
      clear: {message: DropCertificate}
YAML

# logged EVENT REGEX: how many lines of the fleet's log match both.
logged() { grep -E "$1" "$workdir/fleet.log" | grep -Ec "$2" || true; }
forget() { : >"$workdir/fleet.log"; }

# From self-signed to the wildcard, and then there is nothing left to do.
deploy 0
expect_grep 'ap-old +changed +proved on https'
expect_grep 'ap-new +changed +proved on https'
expect_grep 'ap-other +changed +proved on https'
deploy 0
expect_grep '3 devices: 3 unchanged'
run 0 verify "$bundle" -i "$inventory" --ca-file "$bundle_pki/root.crt"

# Back to self-signed, and only where it was asked for.
run 0 clear -i "$inventory" -l ap-new,ap-other --yes
expect_grep 'ap-new +changed +serves its factory certificate again'
expect_grep 'ap-other +changed'
run 1 verify "$bundle" -i "$inventory" --ca-file "$bundle_pki/root.crt"
expect_grep 'ap-old +well'

# Without the defaults' words the other AP is not understood, and nothing is changed there.
sed '/options:/,$d' "$inventory" >"$workdir/plain.yaml"
run 1 deploy "$bundle" -i "$workdir/plain.yaml" -l ap-other --yes --ca-file "$bundle_pki/root.crt"
expect_grep 'ap-other +failed +challenge: the box does not open a WebSocket there .HTTP 404'

# A chain without its root: 14r1 takes it, an older or unknown one is not even asked to.
cat "$bundle_pki/good.pem" "$bundle_pki/good.key" >"$workdir/all.pem"
awk '/BEGIN CERT/ { n++ } n < 4 || /PRIVATE/ { key = 1 } n < 4 { print } /BEGIN PRIVATE/ { p = 1 } p && n >= 4 { print }' \
	"$workdir/all.pem" >"$workdir/rootless.pem"
chmod 600 "$workdir/rootless.pem"
run 3 deploy "$workdir/rootless.pem" -i "$inventory" -l ap-new --yes --ca-file "$bundle_pki/root.crt"
expect_grep 'the self-signed root .* above it is missing' "$workdir/err"
sed 's/names: .ap-new.example.test./&, firmware: 14r1/' "$inventory" >"$workdir/hint.yaml"
run 0 deploy "$workdir/rootless.pem" -i "$workdir/hint.yaml" -l ap-new --yes --ca-file "$bundle_pki/root.crt"
expect_grep 'ap-new +changed'
run 0 clear -i "$inventory" -l ap-new --yes

# Wrong order: certroll says which blocks to swap before anything is contacted ...
cat "$bundle_pki/leaf-root-intermediate.pem" "$bundle_pki/leaf-root-intermediate.key" >"$workdir/wrong.pem"
chmod 600 "$workdir/wrong.pem"
forget
run 3 deploy "$workdir/wrong.pem" -i "$inventory" -l ap-new --yes --ca-file "$bundle_pki/root.crt"
expect_grep 'stands before' "$workdir/err"
expect_grep '1, 4, 3, 2' "$workdir/err"
expect_equal "$(wc -l <"$workdir/fleet.log")" 0 'lines in the log'
# ... it would send the blocks in the right order ...
printf 'profiles: {innovaphone: {O2: note}}\n' >"$workdir/policy.yaml"
run 0 deploy "$workdir/wrong.pem" -i "$inventory" -l ap-new --yes --ca-file "$bundle_pki/root.crt" \
	--policy "$workdir/policy.yaml"
run 0 clear -i "$inventory" -l ap-new --yes
# ... and told to send them as they stand, it says what the AP does not: which ones.
sed 's/names: .ap-new.example.test./&, options: {upload: {order: file}}/' "$inventory" >"$workdir/as-is.yaml"
run 1 deploy "$workdir/wrong.pem" -i "$workdir/as-is.yaml" -l ap-new --yes --ca-file "$bundle_pki/root.crt" \
	--policy "$workdir/policy.yaml"
expect_grep 'ap-new +failed +https still serves the old certificate; result: the AP says that the chain is invalid'
expect_grep 'stands before that of .*1, 4, 3, 2'

# One wrong password, one try.
(umask 077 && echo wrong >"$workdir/bad.pw")
sed 's/file:ap.pw/file:bad.pw/' "$inventory" >"$workdir/bad.yaml"
forget
run 1 deploy "$bundle" -i "$workdir/bad.yaml" -l ap-new --yes --ca-file "$bundle_pki/root.crt"
expect_grep "ap-new +failed +login: the AP refuses the manager's password; certroll does not try again"
expect_equal "$(logged '"message"' '"AppLogin"')" 1 'log-ons'

# try FAULT STATUS REGEX: the fault at ap-new, from self-signed; then all is well again.
try() {
	mock_say unfault all >/dev/null
	run 0 clear -i "$inventory" -l ap-new --yes
	mock_say fault 127.79.1.2 "$1" >/dev/null
	deploy "$2" -l ap-new --timeout 2s
	expect_grep "$3"
}

try keep-old 1 'https still serves the old certificate, although the box reported success'
try fail-but-install 0 'ap-new +changed +proved on https'
try never-answer@result 0 'ap-new +changed +proved on https'
try reset-connection@upload 0 'ap-new +changed +proved on https; the box had answered otherwise: upload: '
try never-answer@challenge 4 'ap-new +unreachable +challenge: no answer in time'
try reset-connection@websocket 4 'ap-new +unreachable +challenge: '
try slow@key:300 0 'ap-new +changed'
try drop-intermediate 1 'serves another chain'
try busy@websocket:2 0 'ap-new +changed'
try busy@key 1 'ap-new +failed'
mock_say unfault all >/dev/null

# The password of the manager was in none of it.
grep -q 'proved on https' "$workdir/everything" || fail 'nothing was looked at'
! grep -rlF "$password" "$workdir" --exclude=ap.pw --exclude=roster | grep . ||
	fail 'the password was written'
