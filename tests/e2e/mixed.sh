#!/bin/bash
# One deploy brings one wildcard to mock boxes, a real haproxy, a real caddy and a real nginx.
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

make_bundles
start_site --log "$workdir/fleet.log"
for name in haproxy_port caddy_port nginx_port admin; do free_port "$name"; done
install -m 600 "$bundle_pki/expired.full.pem" "$workdir/proxy.pem"
install -m 600 "$bundle_pki/expired.key" "$workdir/web.key"
install -m 644 "$bundle_pki/expired.pem" "$workdir/web.pem"
serve_haproxy proxy "$haproxy_port" "$workdir/proxy.pem"
serve_nginx web "$nginx_port" "$workdir/web.pem" "$workdir/web.key"
nginx=$started
caddy_conf >"$workdir/caddy.json"
start caddy env HOME="$workdir" XDG_DATA_HOME="$workdir" XDG_CONFIG_HOME="$workdir" \
	"$(peer caddy)" run --config "$workdir/caddy.json"
wait_for_port "$caddy_port"
{
	device haproxy haproxy "$haproxy_port" "api: $workdir/proxy.sock" \
		"certificate: $workdir/proxy.pem" 'file: proxy.pem'
	device caddy caddy "$caddy_port" "api: \"127.0.0.1:$admin\""
	device nginx files "$nginx_port" 'certificate: web.pem' 'key: web.key' \
		"reload: [/bin/kill, -HUP, \"$nginx\"]"
} >>"$inventory"

deploy 0
expect_grep '8 devices: 8 changed'
expect_grep 'caddy .*proved on https'
expect_grep 'not persistent: Caddy'
run 0 verify "$bundle" -i "$inventory" --ca-file "$bundle_pki/root.crt"
deploy 0
expect_grep '8 devices: 8 unchanged'

# Those without a mock are left out of a rehearsal by name.
expect_exit 3 certroll rehearse "$bundle" -i "$inventory" --ca-file "$bundle_pki/root.crt"
expect_grep 'device "haproxy" cannot be rehearsed: there is no mock of driver haproxy' "$workdir/err"
