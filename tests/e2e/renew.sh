#!/bin/bash
# certbot renews a wildcard at a real authority, unattended, and every box and a real haproxy serve it in the
# end.  With a box down the others are done, and the next run of the timer finishes it.
. "$(dirname "$0")/../support/lib.sh"
. "$(dirname "$0")/../support/serve.sh"
. "$(dirname "$0")/../support/site.sh"
. "$(dirname "$0")/../support/pebble.sh"
. "$(dirname "$0")/../support/renewals.sh"

skip_without pebble pebble-challtestsrv certbot haproxy

# renew ARGUMENT...: as the timer of certbot does, but at once.
renew() {
	run_certbot renew --force-renewal --no-random-sleep-on-renew "$@" >"$workdir/certbot.log" 2>&1
}

start_renewals
certbot_issue "$domain" --key-type rsa --rsa-key-size 2048
mkdir -p "$workdir/config/renewal-hooks/deploy"
ln -s "$hooks/certbot" "$workdir/config/renewal-hooks/deploy/certroll"
old=$(serial_of "$lineage/cert.pem")
renew || fail 'certbot renew'
[[ $(serial_of "$lineage/cert.pem") != "$old" ]] || fail 'nothing was renewed'
expect_grep "Hook 'deploy-hook' ran with output" "$workdir/certbot.log"
expect_grep '6 devices: 6 changed' "$workdir/certbot.log"
all_serve "$lineage"/{fullchain,privkey}.pem
resume_due 0
expect_equal "$(cat "$workdir/out" "$workdir/err")" '' 'nothing is due, and nothing is said'

# A box is down: certbot only warns, the hook and the journal tell; the timer finishes it.
break_box
renew || fail 'certbot renew'
expect_grep 'returned error code 4|reported error code 4' "$workdir/certbot.log"
expect_grep '6 devices: 5 changed, 1 unreachable' "$workdir/certbot.log"
expect_equal "$(served_serial "127.0.0.1:$haproxy_port" "www.$domain")" "$(serial_of "$lineage/cert.pem")"
RENEWED_LINEAGE=$lineage expect_exit 4 "$hooks/certbot"
run 0 history -i "$inventory"
expect_grep 'incomplete'
resume_due 4 # with which certbot.service ends, if this is its second command
mend_box
rm -rf "$workdir/hidden" && mv "$workdir/config" "$workdir/hidden" # it has no need of certbot's folder
resume_due 0
mv "$workdir/hidden" "$workdir/config"
all_serve "$lineage"/{fullchain,privkey}.pem
resume_due 0
expect_equal "$(cat "$workdir/out")" '' 'once is enough'

# A certificate for other machines passes; one that only some of the boxes can take says what to ask for.
mkdir "$workdir/elsewhere"
cp "$bundle_pki/wrong-name.pem" "$workdir/elsewhere/fullchain.pem"
install -m 600 "$bundle_pki/wrong-name.key" "$workdir/elsewhere/privkey.pem"
RENEWED_LINEAGE=$workdir/elsewhere expect_exit 0 "$hooks/certbot"
expect_grep "the certificate 'www.elsewhere.test' names none of these devices: nothing to do"
certbot_issue "$domain" --key-type ecdsa --force-renewal
RENEWED_LINEAGE=$lineage expect_exit 3 "$hooks/certbot"
expect_grep 'these boxes are made for RSA' "$workdir/err"
expect_grep 'certbot: --key-type rsa --rsa-key-size 2048; lego: --key-type rsa2048; acme.sh: -k 2048' "$workdir/err"
expect_grep 'nothing was contacted' "$workdir/err"
renew --key-type rsa --rsa-key-size 2048 || fail 'certbot renew with RSA'
all_serve "$lineage"/{fullchain,privkey}.pem
(unset RENEWED_LINEAGE && expect_exit 2 "$hooks/certbot")
refute_grep 'PRIVATE KEY' "$workdir/everything"
