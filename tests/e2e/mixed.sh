#!/bin/bash
# One deploy brings one wildcard to mock PBXs, an Application Platform, a border controller, a PBX of another maker
# and an IP Office, to a real haproxy, a real caddy and a real nginx; and what a restart leaves of it.
. "$(dirname "$0")/../support/lib.sh"
. "$(dirname "$0")/../support/serve.sh"
. "$(dirname "$0")/../support/site.sh"

skip_without haproxy caddy nginx

caddy_conf() {
	python3 - "$admin" "$caddy_port" "$bundle_pki" <<-'PY'
		import json, sys
		admin, port, pki = sys.argv[1:]
		pair = {"certificate": open(f"{pki}/expired.pem").read(), "key": open(f"{pki}/expired.key").read()}
		server = {"listen": [f"127.0.0.1:{port}"], "automatic_https": {"disable": True},
		          "tls_connection_policies": [{}], "routes": []}
		print(json.dumps({"admin": {"listen": f"127.0.0.1:{admin}"}, "apps": {
		    "http": {"servers": {"web": server}}, "tls": {"certificates": {"load_pem": [pair]}}}}))
	PY
}

# device NAME DRIVER PORT OPTION...: one entry more.
device() {
	local name=$1 driver=$2 port=$3
	shift 3
	printf '  - {name: %s, role: other, driver: %s, host: 127.0.0.1, port: %s, user: "",' "$name" "$driver" "$port"
	printf ' services: ["https:%s"], names: [%s.example.test], options: {' "$port" "$name"
	printf '%s, ' "$@"
	printf '}}\n'
}

# box NAME ROLE DRIVER NUMBER USER: one entry more, of the second fleet.
box() {
	printf '  - {name: %s, role: %s, driver: %s, host: 127.78.1.%s, port: %s, user: "%s",' "$1" "$2" "$3" "$4" "$https" "$5"
	printf ' services: ["https:%s"], names: [%s.example.test]}\n' "$https" "$1"
}

# start_others: boxes of other makers, beside those of start_site.
start_others() {
	cat >"$workdir/roster" <<-JSON
		{"name":"ap1","family":"innovaphone-ap","firmware":"14r1","password":"$password","ports":{"https":0}}
		{"name":"sbc","family":"audiocodes","user":"Admin","password":"$password","ports":{"https":0}}
		{"name":"branch","family":"yeastar","user":"client-id","password":"$password","ports":{"https":0}}
		{"name":"ipo","family":"ip-office","ports":{"https":0}}
	JSON
	start_mock --fleet "$workdir/roster" --first 127.78.1.1 --log "$workdir/others.log"
	https=$(mock_port https)
	{
		box ap1 ap innovaphone-ap 1 admin
		box sbc other audiocodes 2 Admin
		box branch other yeastar 3 client-id
		box ipo ip-office ip-office 4 '' | sed 's/]}$/], options: {password: file:pbx.pw}}/'
	} >>"$inventory"
}

# The programs, with what they have on their disks.
start_caddy() {
	start caddy env HOME="$workdir" XDG_DATA_HOME="$workdir" XDG_CONFIG_HOME="$workdir" \
		"$(peer caddy)" run --config "$workdir/caddy.json"
	caddy=$started
	wait_for_port "$caddy_port"
}

make_bundles
start_site --log "$workdir/fleet.log"
for name in haproxy_port caddy_port nginx_port admin; do free_port "$name"; done
install -m 600 "$bundle_pki/expired.full.pem" "$workdir/proxy.pem"
install -m 600 "$bundle_pki/expired.key" "$workdir/web.key"
install -m 644 "$bundle_pki/expired.pem" "$workdir/web.pem"
serve_haproxy proxy "$haproxy_port" "$workdir/proxy.pem"
haproxy=$started
serve_nginx web "$nginx_port" "$workdir/web.pem" "$workdir/web.key"
nginx=$started
caddy_conf >"$workdir/caddy.json"
start_caddy
start_others
{
	device haproxy haproxy "$haproxy_port" "api: $workdir/proxy.sock" \
		"certificate: $workdir/proxy.pem" 'file: proxy.pem'
	device caddy caddy "$caddy_port" "api: \"127.0.0.1:$admin\""
	device nginx files "$nginx_port" 'certificate: web.pem' 'key: web.key' \
		"reload: [/bin/kill, -HUP, \"$nginx\"]"
} >>"$inventory"

deploy 75
expect_grep '12 devices: 11 changed, 1 due'
expect_grep 'caddy .*proved on https'
expect_grep 'not persistent: Caddy'
expect_grep "ipo +due +a person must install it; files in $workdir/state/by-hand/ipo"
mock_say install 127.78.1.4 "$workdir/state/by-hand/ipo/ipo.p12" "$password" >/dev/null
run 0 resume -i "$inventory" --yes --ca-file "$bundle_pki/root.crt"
expect_grep 'ipo +unchanged +serves the bundle already on https'
run 0 verify "$bundle" -i "$inventory" --ca-file "$bundle_pki/root.crt"
deploy 0
expect_grep '12 devices: 12 unchanged'

# After a restart haproxy has the file that was replaced, caddy what it began with: as the plan said.
stop "$haproxy"
stop "$caddy"
serve_haproxy proxy "$haproxy_port" "$workdir/proxy.pem"
start_caddy
run 1 verify "$bundle" -i "$inventory" --ca-file "$bundle_pki/root.crt"
expect_grep 'haproxy +well'
expect_grep 'caddy +.*served-other'

# Those without a mock are left out of a rehearsal by name.
expect_exit 3 certroll rehearse "$bundle" -i "$inventory" --ca-file "$bundle_pki/root.crt"
expect_grep 'device "haproxy" cannot be rehearsed: there is no mock of driver haproxy' "$workdir/err"
