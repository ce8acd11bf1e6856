#!/bin/bash
# A real Caddy takes the bundle over its admin API: one object replaced, its tags and @id kept, the key
# never read; what a restart does is said before.
. "$(dirname "$0")/../support/lib.sh"
. "$(dirname "$0")/../support/serve.sh"
. "$(dirname "$0")/../support/site.sh"

skip_without caddy

# caddy_conf ADMIN-ADDRESS
caddy_conf() {
	python3 - "$1" "$port" "$bundle_pki" <<-'PY'
		import json, sys
		admin, port, pki = sys.argv[1:]
		text = lambda name: open(f"{pki}/{name}").read()
		pairs = [
		    {"certificate": text("wrong-name.pem"), "key": text("wrong-name.key")},
		    {"@id": "site", "tags": ["a b", "c"], "certificate": text("expired.pem"), "key": text("expired.key")},
		]
		server = {"listen": [f"127.0.0.1:{port}"], "automatic_https": {"disable": True},
		          "tls_connection_policies": [{}], "routes": []}
		print(json.dumps({"admin": {"listen": admin}, "apps": {
		    "http": {"servers": {"web": server}}, "tls": {"certificates": {"load_pem": pairs}}}}))
	PY
}

# run_caddy ADMIN-ADDRESS [OPTION...]
run_caddy() {
	local address=$1
	shift
	[[ -z ${caddy:-} ]] || stop "$caddy"
	caddy_conf "$address" >"$workdir/caddy.json"
	start caddy env HOME="$workdir" XDG_DATA_HOME="$workdir" XDG_CONFIG_HOME="$workdir" \
		"$(peer caddy)" run --config "$workdir/caddy.json" "$@"
	caddy=$started
	wait_for_port "$port"
}

# write_web OPTION LINES...
write_web() {
	inventory=$workdir/inventory.yaml
	{
		printf 'devices:\n  - name: web\n    role: other\n    driver: caddy\n    host: 127.0.0.1\n'
		printf '    services: ["https:%s"]\n    names: [www.example.test]\n    options:\n' "$port"
		printf '      %s\n' "$@"
	} >"$inventory"
}

served_serial() {
	openssl s_client -connect "127.0.0.1:$port" -servername www.example.test </dev/null 2>/dev/null |
		openssl x509 -noout -serial
}

is_served() { expect_equal "$(served_serial)" "$(openssl x509 -noout -serial -in "$bundle_pki/$1.crt")" serial; }

api() { curl --silent --noproxy '*' "http://127.0.0.1:$admin$1"; }

make_bundles
free_port port
free_port admin
run_caddy "127.0.0.1:$admin"
is_served old

# What is wrong is found by the look.
write_web "api: 127.0.0.1:$admin" 'path: /id/nobody'
deploy 1
expect_grep "unknown object ID 'nobody'"
write_web "api: 127.0.0.1:$admin" 'path: /config/apps/tls/certificates/load_pem/7'
deploy 1
expect_grep 'array index out of bounds: 7'
write_web "api: 127.0.0.1:$admin" 'path: /config/apps/tls'
deploy 1
expect_grep 'there is no certificate at /config/apps/tls to replace'
write_web "api: 192.0.2.1:$admin"
deploy 4
expect_grep 'without TLS: refused'
write_web "api: 127.0.0.1:$port"
deploy 1
write_web 'api: nonsense'
deploy 3
expect_grep 'must be the path of a socket, HOST:PORT, or the word tls' "$workdir/err"
is_served old

# By the @id: replaced in its place, with its tags, and the other pair left alone.
write_web "api: localhost:$admin" 'path: /id/site'
deploy 0 --dry-run
expect_grep 'not persistent'
is_served old
before=$(api /config/apps/tls/certificates/load_pem/0)
deploy 0 -v
expect_grep 'proved on https'
is_served leaf
refute_grep 'BEGIN|PRIVATE' "$workdir/err"
expect_equal "$(api /id/site/tags)" '["a b","c"]'
expect_equal "$(api /config/apps/tls/certificates/load_pem/0)" "$before" 'the other pair'
expect_equal "$(api /config/apps/tls/certificates/load_pem/2)" \
	'{"error":"[/config/apps/tls/certificates/load_pem/2] array index out of bounds: 2"}'
deploy 0
expect_grep 'serves the bundle already'

# As the plan said: its start file brings the old one back.
run_caddy "127.0.0.1:$admin"
is_served old

# By index; and with --resume it stays.
write_web "api: 127.0.0.1:$admin" 'path: /config/apps/tls/certificates/load_pem/1' 'resume: true'
deploy 0
refute_grep 'not persistent'
is_served leaf
expect_equal "$(api /id/site/tags)" '["a b","c"]'
run_caddy "127.0.0.1:$admin" --resume
is_served leaf

# Over a socket.
run_caddy "unix/$workdir/caddy.sock"
write_web "api: $workdir/caddy.sock" 'path: /id/site'
deploy 0
is_served leaf
