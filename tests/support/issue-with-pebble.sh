#!/bin/bash
# issue-with-pebble.sh DIRECTORY: a wildcard certificate as an ACME authority issues it.
#
# Runs pebble and its DNS server on loopback, lets certbot prove *.example.test by DNS-01, and writes
# DIRECTORY/{cert,chain,privkey,root}.pem and DIRECTORY/bundle.pem (leaf, two intermediates, root and
# the key last).  Takes seconds, leaves no process behind.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/pebble.sh"

domain=example.test

collect() {
	local out=$1 live=$workdir/config/live/$domain part
	mkdir -p "$out"
	for part in cert chain privkey; do
		install -m 600 "$live/$part.pem" "$out/$part.pem"
	done
	fetch_root "$out/root.pem"
	install -m 600 /dev/null "$out/bundle.pem"
	cat "$out"/{cert,chain,root,privkey}.pem >"$out/bundle.pem"
}

[[ $# -eq 1 ]] || fail 'usage: issue-with-pebble.sh DIRECTORY'
skip_without pebble pebble-challtestsrv certbot
start_authority
certbot_issue "$domain" --key-type rsa --rsa-key-size 2048
collect "$1"
