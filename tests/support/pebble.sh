# shellcheck shell=bash
# The Pebble ACME authority and its DNS server on loopback.  Source after lib.sh.
#
#   start_authority             sets $acme (URL of the directory), $acme_root (CA of its listener)
#   certbot_issue NAME OPTION...    NAME and *.NAME by certbot, into $workdir/config/live/NAME
#   run_certbot ARGUMENT...     anything else of certbot's
#   dns_script NAME REQUEST JSON    a script by which another client tells the DNS server
#   fetch_root FILE             the root of what is issued

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
	acme=https://127.0.0.1:$acme_port/dir
	acme_root=$workdir/listener.crt
}

# certbot_dns: $workdir/set-txt and clear-txt, as certbot calls them.
certbot_dns() {
	# shellcheck disable=SC2016 # certbot sets them, for the script
	local host='{\"host\": \"_acme-challenge.$CERTBOT_DOMAIN.\"'
	# shellcheck disable=SC2016
	dns_script set-txt set-txt "$host"', \"value\": \"$CERTBOT_VALIDATION\"}'
	dns_script clear-txt clear-txt "$host}"
}

# run_certbot ARGUMENT...: in folders below $workdir, by DNS-01, without questions.
run_certbot() {
	REQUESTS_CA_BUNDLE=$acme_root NO_PROXY='*' no_proxy='*' \
		"$(peer certbot)" "$@" --non-interactive --server "$acme" \
		--config-dir "$workdir/config" --work-dir "$workdir/work" --logs-dir "$workdir/logs"
}

# certbot_issue NAME OPTION...: NAME and all names below it.
certbot_issue() {
	local name=$1
	shift
	certbot_dns
	run_certbot certonly --agree-tos --register-unsafely-without-email \
		--manual --preferred-challenges dns \
		--manual-auth-hook "$workdir/set-txt" --manual-cleanup-hook "$workdir/clear-txt" \
		--cert-name "$name" -d "$name" -d "*.$name" "$@" >"$workdir/certbot.log" 2>&1 ||
		fail 'certbot could not issue'
}

# dns_script NAME REQUEST JSON: a script that sends this to the DNS server; JSON is expanded when it runs.
dns_script() {
	cat >"$workdir/$1" <<-SCRIPT
		#!/bin/sh
		exec curl --silent --show-error --fail --noproxy '*' --output /dev/null --data \
			"$3" http://127.0.0.1:$dns_management_port/$2
	SCRIPT
	chmod +x "$workdir/$1"
}

fetch_root() {
	curl --silent --show-error --fail --noproxy '*' --cacert "$acme_root" \
		"https://127.0.0.1:$management_port/roots/0" >"$1"
}
