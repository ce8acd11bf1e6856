#!/bin/bash
# lego and dehydrated from Debian renew a wildcard at a real authority and call their hooks; the script of
# acme.sh is called as acme.sh does.  A box that is down makes each of them fail, and is finished later.
. "$(dirname "$0")/../support/lib.sh"
. "$(dirname "$0")/../support/serve.sh"
. "$(dirname "$0")/../support/site.sh"
. "$(dirname "$0")/../support/pebble.sh"
. "$(dirname "$0")/../support/renewals.sh"

skip_without pebble pebble-challtestsrv certbot lego dehydrated haproxy

start_renewals

# --- lego -------------------------------------------------------------------------------------------

# shellcheck disable=SC2016 # the script expands it
dns_script lego-present set-txt '{\"host\": \"$2\", \"value\": \"$3\"}'
# shellcheck disable=SC2016
dns_script lego-cleanup clear-txt '{\"host\": \"$2\"}'
cat >"$workdir/lego-dns" <<-'SCRIPT'
	#!/bin/sh
	exec "$(dirname "$0")/lego-$1" "$@"
SCRIPT
chmod +x "$workdir/lego-dns"

run_lego() {
	LEGO_CA_CERTIFICATES=$acme_root EXEC_PATH=$workdir/lego-dns EXEC_SEQUENCE_INTERVAL=1 NO_PROXY='*' "$(peer lego)" \
		--path "$workdir/lego" --server "$acme" --email admin@example.test --accept-tos \
		--key-type rsa2048 --dns exec --dns.disable-cp --dns.resolvers "127.0.0.1:$dns_port" \
		--domains "*.$domain" --domains "$domain" "$@" >"$workdir/lego.log" 2>&1
}

issued=$workdir/lego/certificates/_.$domain
run_lego run --run-hook "$hooks/lego" || fail 'lego run'
expect_grep '6 devices: 6 changed' "$workdir/lego.log"
all_serve "$issued".{crt,key}
break_box
! run_lego renew --days 9999 --no-random-sleep --renew-hook "$hooks/lego" || fail 'lego does not know that a box is down'
expect_grep 'exit status 4' "$workdir/lego.log"
mend_box
resume_due 0
all_serve "$issued".{crt,key}

# --- dehydrated -------------------------------------------------------------------------------------

# Its one hook answers challenges, too, and hands the rest on.
# shellcheck disable=SC2016
dns_script deploy_challenge set-txt '{\"host\": \"_acme-challenge.$2.\", \"value\": \"$4\"}'
# shellcheck disable=SC2016
dns_script clean_challenge clear-txt '{\"host\": \"_acme-challenge.$2.\"}'
cat >"$workdir/dehydrated-hook" <<SCRIPT
#!/bin/sh
case \$1 in
*_challenge) exec "$workdir/\$1" "\$@" ;;
*) exec "$hooks/dehydrated" "\$@" ;;
esac
SCRIPT
chmod +x "$workdir/dehydrated-hook"
cat >"$workdir/dehydrated.conf" <<CONF
CA=$acme
BASEDIR=$workdir/dehydrated
DOMAINS_TXT=$workdir/domains.txt
CURL_OPTS="--cacert $acme_root --noproxy *"
CHALLENGETYPE=dns-01
HOOK=$workdir/dehydrated-hook
KEY_ALGO=rsa
KEYSIZE=2048
CONF
mkdir "$workdir/dehydrated"
echo "$domain *.$domain" >"$workdir/domains.txt"

run_dehydrated() {
	"$(peer dehydrated)" --config "$workdir/dehydrated.conf" "$@" >"$workdir/dehydrated.log" 2>&1
}

run_dehydrated --register --accept-terms || fail 'dehydrated --register'
run_dehydrated --cron || fail 'dehydrated --cron'
expect_grep '6 devices: 6 changed' "$workdir/dehydrated.log"
all_serve "$workdir/dehydrated/certs/$domain"/{fullchain,privkey}.pem
break_box
! run_dehydrated --cron --force || fail 'dehydrated does not know that a box is down'
expect_grep 'deploy_cert hook returned with non-zero exit code' "$workdir/dehydrated.log"
mend_box
resume_due 0
all_serve "$workdir/dehydrated/certs/$domain"/{fullchain,privkey}.pem
expect_exit 0 "$hooks/dehydrated" exit_hook
expect_exit 0 "$hooks/dehydrated"

# --- acme.sh, which Debian does not have: its script as it calls it ---------------------------------

# deploy_by_acme DIRECTORY: sourced, with six arguments, and its return value counts.
deploy_by_acme() {
	dash -euc '. "$1"; shift; if certroll_deploy "$@"; then exit 0; else exit "$?"; fi' acme.sh \
		"$hooks/acme/certroll.sh" "$domain" "$1/privkey.pem" "$1/cert.pem" "$1/chain.pem" \
		"$1/fullchain.pem" "$1/none.pfx"
}

certbot_issue "$domain" --key-type rsa --rsa-key-size 2048
expect_exit 0 deploy_by_acme "$lineage"
expect_grep '6 devices: 6 changed'
all_serve "$lineage"/{fullchain,privkey}.pem
break_box
expect_exit 4 deploy_by_acme "$workdir/dehydrated/certs/$domain"
mend_box
resume_due 0
all_serve "$workdir/dehydrated/certs/$domain"/{fullchain,privkey}.pem

refute_grep 'PRIVATE KEY' "$workdir/everything"
