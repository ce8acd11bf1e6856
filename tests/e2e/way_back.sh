#!/bin/bash
# The bundle before is kept for seven days, and a run is taken back to it; to the factory where there
# is none, and not at all to what has expired or leaked.
. "$(dirname "$0")/../support/lib.sh"
. "$(dirname "$0")/../support/serve.sh"
. "$(dirname "$0")/../support/site.sh"

sql() { python3 -c 'import sqlite3, sys
base = sqlite3.connect(sys.argv[1])
for row in base.execute(sys.argv[2]): print(*row)
base.commit()' "$workdir/state/journal.db" "$1"; }

leaf_of() { openssl x509 -in "$1" -outform DER | sha256sum | cut -d' ' -f1; }

# deploy_file STATUS FILE OPTION...
deploy_file() {
	local bundle=$2 status=$1
	shift 2
	deploy "$status" "$@"
}

rollback() {
	local status=$1
	shift
	run "$status" rollback -i "$inventory" --yes --ca-file "$bundle_pki/root.crt" --settle 2s "$@"
}

make_bundles
NAMES='DNS:*.example.test,DNS:example.test' \
	sign "$bundle_pki" next 'example.test' leaf inner '-1 day' '+90 days'
variant "$bundle_pki" second next next inner outer root
next=$bundle_pki/second.full.pem
start_site "$@"
archive=$workdir/state/archive
old_file=$archive/$(leaf_of "$bundle_pki/leaf.crt").pem
new_file=$archive/$(leaf_of "$bundle_pki/next.crt").pem

# The first bundle replaces factory certificates: no way back but to the factory.
deploy 0 # run 1
expect_equal "$(stat -c %a "$archive")" 700 'mode of the archive'
expect_equal "$(stat -c %a "$old_file")" 600 'mode of a bundle in it'
expect_equal "$(stat -c %a "$workdir/state/journal.db")" 600 'mode of the journal'
rollback 1 1
expect_grep 'rp +failed +no way back: the archive has no bundle .*--clear puts it back'
expect_grep '5 devices: 5 failed'
run 0 verify "$bundle" -i "$inventory"

# A run, and one device.
deploy_file 0 "$next" # run 3
expect_grep '5 devices: 5 changed'
rollback 0 3 --dry-run
expect_grep '5 devices: 5 would-change'
run 0 verify "$next" -i "$inventory"
rollback 0 3 # run 4
expect_grep '5 devices: 5 changed'
run 0 verify "$bundle" -i "$inventory"
run 0 history
expect_grep '^run 4 .*rollback of run 3 by .*: done$'
rollback 1 3
expect_grep 'rp +failed +run 4 has changed it since; roll that one back first'
deploy_file 0 "$next" # run 6
rollback 0 --device rp # run 7
expect_grep '1 device: 1 changed'
run 0 verify "$bundle" -i "$inventory" -l rp
run 0 verify "$next" -i "$inventory" -l 'all:!rp'
rollback 2
expect_grep 'rollback needs the number of a run' "$workdir/err"
rollback 2 --device nobody
rollback 2 99
expect_grep 'run 99 changed none of the chosen devices' "$workdir/err"

# What has expired does not come back.
rollback 1 6 -l pbx-slave1 --at "$(date -u -d '+100 days' +%F)"
expect_grep 'pbx-slave1 +failed +no way back: the bundle before expired on'

# Seven days after the new one is proved everywhere the key of the old one is gone; its chain stays.
deploy_file 0 "$next" # run 9: rp
[[ -s $old_file ]] || fail 'wiped at once'
sql "UPDATE devices SET proved = proved - 6 * 86400 WHERE proved IS NOT NULL"
deploy_file 0 "$next"
[[ -s $old_file ]] || fail 'wiped after six days'
sql "UPDATE devices SET proved = proved - 2 * 86400 WHERE proved IS NOT NULL"
deploy_file 0 "$next"
[[ ! -e $old_file && -s ${old_file%.pem}.chain.pem && -s $new_file ]] || fail 'not wiped after eight days'
refute_grep 'PRIVATE KEY' "${old_file%.pem}.chain.pem"
deploy_file 0 "$next" -l rp # unchanged
rollback 1 9
expect_grep 'rp +failed +no way back: the archive has no bundle'
rollback 0 9 --clear
expect_grep 'rp +changed +serves its factory certificate again'

# No copy where none is wanted.
deploy 0 --no-archive -l rp
[[ ! -e $old_file ]] || fail 'archived although --no-archive'

# A key that leaked: not back to it, nor forth.
run=$(sql 'SELECT MAX(id) + 1 FROM runs')
deploy 0 --compromised
rollback 1 "$run"
expect_grep 'no way back: the private key of the bundle before is marked as compromised'
[[ ! -e $new_file ]] || fail 'a compromised key is still in the archive'
deploy_file 3 "$next"
expect_grep "run $run marked the private key of this bundle as compromised.*nothing was changed" "$workdir/err"

# A certificate renewed with the key that leaked is no help.
cp "$bundle_pki/leaf.key" "$bundle_pki/again.key"
openssl req -new -key "$bundle_pki/again.key" -subj '/CN=example.test' -out "$bundle_pki/again.csr" 2>/dev/null
openssl x509 -req -in "$bundle_pki/again.csr" -CA "$bundle_pki/inner.crt" -CAkey "$bundle_pki/inner.key" \
	-days 90 -out "$bundle_pki/again.crt" 2>/dev/null -extfile <(printf '%s\n' \
	'subjectAltName=DNS:*.example.test' 'keyUsage=digitalSignature,keyEncipherment' \
	'extendedKeyUsage=serverAuth,clientAuth' 'basicConstraints=CA:FALSE')
variant "$bundle_pki" renewed again again inner outer root
deploy_file 3 "$bundle_pki/renewed.full.pem" --compromised
expect_grep 'compromised, but the bundle has the private key that .* serves now.*nothing was changed' "$workdir/err"

# By itself, when the proof fails.
NAMES='DNS:*.example.test,DNS:example.test' \
	sign "$bundle_pki" third 'example.test' leaf inner '-1 day' '+90 days'
variant "$bundle_pki" thirds third third inner outer root
third=$bundle_pki/thirds.full.pem
mock_say fault 127.78.0.2 keep-old >/dev/null
mock_say fault 127.78.0.3 drop-intermediate >/dev/null
: >"$workdir/fleet.log"
(
	until grep '"step":"upload"' "$workdir/fleet.log" | grep -q '127\.78\.0\.3'; do sleep 0.05; done
	sleep 0.3
	mock_say unfault 127.78.0.3 >/dev/null
) &
children+=("$!")
deploy_file 1 "$third" --rollback-on-failure --no-canary
expect_grep '5 devices: 3 changed, 2 failed'
expect_grep 'pbx-slave1 +failed +back on the bundle before: serves the bundle already'
expect_grep 'pbx-slave2 +failed +back on the bundle before: proved on https, sips; the new one: '
run 0 verify "$bundle" -i "$inventory" -l 'pbx-slave1,pbx-slave2'
run 0 verify "$third" -i "$inventory" -l 'rp,pbx-master'
run 0 history
expect_grep 'rollback of run [0-9]+ by .*: done$'
