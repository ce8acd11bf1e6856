#!/bin/bash
# Real ACME clients renew a wildcard at a real authority, unattended, and every box and a real haproxy
# serve it in the end.  With a box down the others are done, and the next run of the timer finishes it.
. "$(dirname "$0")/../support/lib.sh"
. "$(dirname "$0")/../support/serve.sh"
. "$(dirname "$0")/../support/site.sh"
. "$(dirname "$0")/../support/pebble.sh"

skip_without pebble pebble-challtestsrv certbot lego dehydrated haproxy
hooks=$project/packaging/hooks
domain=example.test
lineage=$workdir/config/live/$domain
down=127.78.0.3

# One site: five boxes and a haproxy.
make_site() {
	start_site
	free_port haproxy_port
	install -m 600 "$bundle_pki/expired.full.pem" "$workdir/proxy.pem"
	serve_haproxy proxy "$haproxy_port" "$workdir/proxy.pem"
	printf '  - {name: haproxy, role: rp, driver: haproxy, host: 127.0.0.1, port: %s, user: "", services: ["https:%s"], names: [www.%s], options: {api: %s, certificate: %s, file: proxy.pem}}\n' \
		"$haproxy_port" "$haproxy_port" "$domain" "$workdir/proxy.sock" "$workdir/proxy.pem" >>"$inventory"
}

make_config() {
	export CERTROLL=$build/certroll CERTROLL_CONFIG=$workdir/hook.conf
	cat >"$CERTROLL_CONFIG" <<-CONF
		# all of them
		state = $workdir/state
		ca-file = $workdir/root.pem
		accept-new
		settle = 2s
		timeout=5s

		inventory = $inventory
	CONF
}

serial_of() { openssl x509 -in "$1" -noout -serial; }

served_serial() {
	openssl s_client -connect "$1" -servername "$2" </dev/null 2>/dev/null | openssl x509 -noout -serial
}

# all_serve FILE...: what was issued; its leaf, first in the first one, is what every box and the haproxy show.
all_serve() {
	local box number=0
	expect_equal "$(served_serial "127.0.0.1:$haproxy_port" "www.$domain")" "$(serial_of "$1")" haproxy
	for box in $boxes; do
		number=$((number + 1))
		expect_equal "$(served_serial "127.78.0.$number:$(mock_port https)" "${box%%:*}.$domain")" \
			"$(serial_of "$1")" "$box"
	done
	expect_exit 0 certroll bundle -q -o "$workdir/now.pem" "$@" \
		--ca-file "$workdir/root.pem"
	run 0 verify "$workdir/now.pem" -i "$inventory" --ca-file "$workdir/root.pem"
}

resume_due() {
	expect_exit "$1" certroll resume --due --yes --quiet --config "$CERTROLL_CONFIG"
}

# renew ARGUMENT...: as the timer of certbot does, but at once.
renew() {
	run_certbot renew --force-renewal --no-random-sleep-on-renew "$@" >"$workdir/certbot.log" 2>&1
}

break_box() { mock_say fault "$down" reset-connection >/dev/null; }
mend_box() { mock_say unfault all >/dev/null; }

make_bundles # for what haproxy has in the beginning, and for a certificate of somebody else
make_site
make_config
start_authority
fetch_root "$workdir/root.pem"

# --- certbot ----------------------------------------------------------------------------------------

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
resume_due 4
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

expect_exit 0 deploy_by_acme "$lineage"
expect_grep '6 devices: 6 changed'
all_serve "$lineage"/{fullchain,privkey}.pem
break_box
expect_exit 4 deploy_by_acme "$workdir/dehydrated/certs/$domain"
mend_box
resume_due 0
all_serve "$workdir/dehydrated/certs/$domain"/{fullchain,privkey}.pem

refute_grep 'PRIVATE KEY' "$workdir/everything"
