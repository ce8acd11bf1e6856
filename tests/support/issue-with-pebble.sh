#!/bin/bash
# issue-with-pebble.sh DIRECTORY: a wildcard certificate as an ACME authority issues it.
#
# Runs pebble and its DNS server on loopback, lets certbot prove *.example.test by DNS-01, and writes
# DIRECTORY/{cert,chain,privkey,root}.pem and DIRECTORY/bundle.pem (leaf, two intermediates, root and
# the key last).  Takes seconds, leaves no process behind.
. "$(dirname "$0")/lib.sh"

domain=example.test

# The directory of the authority is served with TLS, by a certificate of the moment.
make_listener_certificate() {
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 \
		-addext 'subjectAltName=IP:127.0.0.1' \
		-keyout "$workdir/listener.key" -out "$workdir/listener.crt" 2>/dev/null
}

pebble_conf() {
	cat <<-CONF
		{ "pebble": {
			"listenAddress": "127.0.0.1:$acme_port",
			"managementListenAddress": "127.0.0.1:$management_port",
			"certificate": "$workdir/listener.crt",
			"privateKey": "$workdir/listener.key",
			"httpPort": $unused_port, "tlsPort": $unused_port,
			"ocspResponderURL": "", "externalAccountBindingRequired": false,
			"certificateValidityPeriod": 7776000
		} }
	CONF
}

start_authority() {
	free_port acme_port
	free_port management_port
	free_port unused_port
	free_port dns_port
	free_port dns_management_port
	make_listener_certificate
	pebble_conf >"$workdir/pebble.json"
	start challtestsrv "$(peer pebble-challtestsrv)" -dns01 "127.0.0.1:$dns_port" \
		-management "127.0.0.1:$dns_management_port" -http01 '' -https01 '' -tlsalpn01 ''
	export PEBBLE_VA_NOSLEEP=1 PEBBLE_CHAIN_LENGTH=2 PEBBLE_WFE_NONCEREJECT=0
	start pebble "$(peer pebble)" -config "$workdir/pebble.json" -dnsserver "127.0.0.1:$dns_port"
	wait_for_port "$dns_management_port"
	wait_for_port "$acme_port"
	wait_for_port "$management_port"
}

# hook NAME VALUE: a script for certbot that tells the DNS server about the TXT record.
hook() {
	cat >"$workdir/$1" <<-SCRIPT
		#!/bin/sh
		exec curl --silent --show-error --fail --noproxy '*' --output /dev/null --data \
			"{\"host\": \"_acme-challenge.\$CERTBOT_DOMAIN.\"$2}" \
			http://127.0.0.1:$dns_management_port/$1
	SCRIPT
	chmod +x "$workdir/$1"
}

run_certbot() {
	# shellcheck disable=SC2016 # certbot sets it, for the script
	hook set-txt ', \"value\": \"$CERTBOT_VALIDATION\"'
	hook clear-txt ''
	REQUESTS_CA_BUNDLE=$workdir/listener.crt NO_PROXY='*' no_proxy='*' \
		"$(peer certbot)" certonly --non-interactive --agree-tos --register-unsafely-without-email \
		--server "https://127.0.0.1:$acme_port/dir" --key-type rsa --rsa-key-size 2048 \
		--manual --preferred-challenges dns \
		--manual-auth-hook "$workdir/set-txt" --manual-cleanup-hook "$workdir/clear-txt" \
		--config-dir "$workdir/config" --work-dir "$workdir/work" --logs-dir "$workdir/logs" \
		--cert-name "$domain" -d "$domain" -d "*.$domain" >"$workdir/certbot.log" 2>&1 ||
		fail 'certbot could not issue'
}

collect() {
	local out=$1 live=$workdir/config/live/$domain part
	mkdir -p "$out"
	for part in cert chain privkey; do
		install -m 600 "$live/$part.pem" "$out/$part.pem"
	done
	curl --silent --show-error --fail --noproxy '*' --cacert "$workdir/listener.crt" \
		"https://127.0.0.1:$management_port/roots/0" >"$out/root.pem"
	install -m 600 /dev/null "$out/bundle.pem"
	cat "$out"/{cert,chain,root,privkey}.pem >"$out/bundle.pem"
}

[[ $# -eq 1 ]] || fail 'usage: issue-with-pebble.sh DIRECTORY'
skip_without pebble pebble-challtestsrv certbot
start_authority
run_certbot
collect "$1"
