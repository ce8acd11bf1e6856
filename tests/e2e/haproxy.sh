#!/bin/bash
# A real HAProxy takes the bundle over its runtime API by socket, TCP and TLS, keeps it over a restart
# when its file is named, and never gets the request that would end it.
. "$(dirname "$0")/../support/lib.sh"
. "$(dirname "$0")/../support/serve.sh"
. "$(dirname "$0")/../support/site.sh"

skip_without haproxy

# haproxy_conf_here CERTIFICATE: three ways to the runtime API, the last one needs a client certificate.
haproxy_conf_here() {
	cat <<-CONF
		global
			maxconn 256
			stats socket $workdir/admin.sock mode 600 level admin
			stats socket $workdir/operator.sock mode 600 level operator
			stats socket ipv4@127.0.0.1:$tcp level admin
			stats timeout 5s
		defaults
			mode http
			timeout connect 5s
			timeout client 10s
			timeout server 10s
		frontend web
			bind 127.0.0.1:$port ssl crt-list $workdir/list
			http-request return status 200 content-type text/plain string "web"
		frontend api
			mode tcp
			bind 127.0.0.1:$tls ssl crt $bundle_pki/api.full.pem ca-file $bundle_pki/root.crt verify required
			default_backend api
		backend api
			mode tcp
			server api unix@$workdir/admin.sock
	CONF
}

# run_haproxy CERTIFICATE: begin anew with this one and an expired one in it.
run_haproxy() {
	[[ -z ${haproxy:-} ]] || stop "$haproxy"
	install -m 600 "$bundle_pki/expired.full.pem" "$1"
	printf '%s\n' "$1" >"$workdir/list"
	haproxy_conf_here >"$workdir/haproxy.conf"
	start haproxy "$(peer haproxy)" -db -f "$workdir/haproxy.conf"
	haproxy=$started
	wait_for_port "$port"
}

# say LINE...: to the runtime API, as somebody else would.
say() {
	printf '%s\n' "$@" | python3 -c 'import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.sendall(sys.stdin.buffer.read())
while (b := s.recv(4096)):
    sys.stdout.buffer.write(b)' "$workdir/admin.sock"
}

# write_proxy OPTION LINES...
write_proxy() {
	inventory=$workdir/inventory.yaml
	{
		printf 'devices:\n  - name: proxy\n    role: rp\n    driver: haproxy\n    host: 127.0.0.1\n'
		printf '    port: %s\n    services: ["https:%s"]\n    names: [www.example.test]\n' "$tls" "$port"
		printf '    options:\n'
		printf '      %s\n' "$@"
	} >"$inventory"
}

is_served() {
	expect_equal "$(served "$port" www.example.test | sed -n 1p)" 'CN = example.test'
	expect_equal "$(served_serial)" "$1" 'serial'
}

served_serial() {
	openssl s_client -connect "127.0.0.1:$port" -servername www.example.test </dev/null 2>/dev/null |
		openssl x509 -noout -serial
}

serial_of() { openssl x509 -noout -serial -in "$1"; }

# big_bundle NAME COUNT: a leaf with so many names.
big_bundle() {
	local names='DNS:*.example.test,DNS:example.test' i
	for ((i = 0; i < $2; i++)); do names+=",DNS:host$i.example.test"; done
	NAMES=$names sign "$bundle_pki" "$1" example.test leaf inner '-1 day' '+90 days'
	cat "$bundle_pki/$1.crt" "$bundle_pki"/{inner,outer,root}.crt >"$bundle_pki/$1.pem"
	(umask 077 && cat "$bundle_pki/$1.pem" "$bundle_pki/$1.key" >"$bundle_pki/$1.full.pem")
}

# request_size NAME BUNDLE: bytes of the request, as certroll sends it.
request_size() {
	local pem
	pem=$(openssl pkcs8 -topk8 -nocrypt -in "$bundle_pki/$2.key" | wc -c)
	printf '%d' $((${#1} + 17 + $(wc -c <"$bundle_pki/$2.pem") + pem + 1))
}

# by_size BUNDLE BYTES: run HAProxy with a certificate of a name that makes the request as long.
by_size() {
	local pad name=$workdir/c.pem
	pad=$(($2 - $(request_size "$name" "$1")))
	((pad >= 0 && pad < 200)) || fail "pad $pad"
	name=$workdir/c$(printf '%*s' "$pad" '' | tr ' ' c).pem
	run_haproxy "$name"
	write_proxy "api: $workdir/admin.sock" "certificate: $name"
}

make_bundles
# One for the API's own port, and for us to show there.
openssl req -new -newkey rsa:2048 -nodes -keyout "$bundle_pki/api.key" -subj /CN=api \
	-out "$bundle_pki/api.csr" 2>/dev/null
openssl x509 -req -in "$bundle_pki/api.csr" -CA "$bundle_pki/root.crt" -CAkey "$bundle_pki/root.key" \
	-days 30 -extfile <(printf 'extendedKeyUsage=serverAuth,clientAuth\n') \
	-out "$bundle_pki/api.crt" 2>/dev/null
(umask 077 && cat "$bundle_pki/api.crt" "$bundle_pki/api.key" >"$bundle_pki/api.full.pem")
new=$(serial_of "$bundle_pki/leaf.crt") old=$(serial_of "$bundle_pki/old.crt")
free_port port
free_port tcp
free_port tls
site=$workdir/site.pem

# By socket, with the file.
run_haproxy "$site"
write_proxy "api: $workdir/admin.sock" "certificate: $site" 'file: site.pem'
is_served "$old"
deploy 0 --dry-run
refute_grep 'not persistent'
is_served "$old"
deploy 0 -v
expect_grep 'proved on https'
is_served "$new"
refute_grep 'PRIVATE|BEGIN' "$workdir/err"
expect_equal "$(stat -c %a "$site")" 600
deploy 0
expect_grep 'serves the bundle already'
stop "$haproxy"
start haproxy-again "$(peer haproxy)" -db -f "$workdir/haproxy.conf"
haproxy=$started
wait_for_port "$port"
is_served "$new"

# By TCP, without the file: the plan says that a restart brings the old one back, and it does.
run_haproxy "$site"
write_proxy "api: 127.0.0.1:$tcp" "certificate: $site"
deploy 0 --dry-run
expect_grep 'not persistent'
deploy 0
is_served "$new"

# By TLS: with a client certificate, and not without.
run_haproxy "$site"
write_proxy 'api: tls' "certificate: $site"
deploy 4
expect_grep 'client certificate'
is_served "$old"
write_proxy 'api: tls' "certificate: $site" "client: $bundle_pki/api.full.pem"
deploy 0
is_served "$new"
run 0 verify "$bundle" -i "$inventory" --ca-file "$bundle_pki/root.crt"

# Another machine without TLS: refused before a socket is made; with the word for it, the plan says so.
write_proxy "api: 192.0.2.1:$tcp" "certificate: $site"
deploy 4
expect_grep 'without TLS: refused'
write_proxy "api: 127.0.0.1:$tcp" "certificate: $site" 'plain: true'
deploy 0 --dry-run
expect_grep 'may cross the network unencrypted'

# What can be refused, is refused before anything changes.
run_haproxy "$site"
write_proxy "api: $workdir/operator.sock" "certificate: $site"
deploy 1
expect_grep "level 'operator'"
write_proxy "api: $workdir/admin.sock" 'certificate: nope.pem'
deploy 1
expect_grep "no certificate 'nope.pem'.*site.pem"
write_proxy "api: $workdir/admin.sock"
sed -i 's/options:.*/options: {api: admin.sock}/' "$inventory"
deploy 3
write_proxy "api: $workdir/nobody.sock" "certificate: $site"
deploy 4
expect_grep 'No such file'
write_proxy "api: $workdir/admin.sock" "certificate: $site;quit"
deploy 3
is_served "$old"

# A change of ours that was cut off is taken back; one of somebody else's is left alone.
write_proxy "api: $workdir/admin.sock" "certificate: $site"
say "set ssl cert $site <<" "$(cat "$bundle_pki/wrong-name.pem")" '' >"$workdir/said"
expect_grep 'Transaction created' "$workdir/said"
deploy 0
is_served "$new"
run_haproxy "$site"
say 'new ssl cert other.pem' >/dev/null
say 'set ssl cert other.pem <<' "$(cat "$bundle_pki/wrong-name.pem")" '' >"$workdir/said"
deploy 1
expect_grep 'must be committed or aborted'
say 'abort ssl cert other.pem' >"$workdir/said"
expect_grep 'Transaction aborted' "$workdir/said"

# A certificate it does not have yet, through the crt-list.
write_proxy "api: $workdir/admin.sock" 'certificate: fresh.pem' "crt-list: $workdir/list"
deploy 1
say "show ssl cert fresh.pem" >"$workdir/said"
expect_grep 'Status: Used' "$workdir/said"

# One byte below tune.bufsize is taken; that many and more are never sent.
big_bundle big 337
big_bundle huge 460
bundle=$bundle_pki/big.full.pem
by_size big 16383
deploy 0
is_served "$(serial_of "$bundle_pki/big.crt")"
by_size big 16384
deploy 1 -v
expect_grep '16384 bytes, and HAProxy may crash'
is_served "$old"
bundle=$bundle_pki/huge.full.pem
by_size huge 20000
deploy 1
expect_grep '20000 bytes, and HAProxy may crash'
kill -0 "$haproxy" || fail 'HAProxy is gone'
say 'show ssl cert' >"$workdir/said"
refute_grep transaction "$workdir/said"

# There is no mock of it.
expect_exit 3 certroll rehearse "$bundle" -i "$inventory" --ca-file "$bundle_pki/root.crt"
expect_grep 'no mock of driver haproxy; leave it out' "$workdir/err"
