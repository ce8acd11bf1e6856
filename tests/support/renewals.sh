# shellcheck shell=bash
# A site whose certificates an ACME client renews.  Source after lib.sh, serve.sh, site.sh and pebble.sh.
#
#   start_renewals       the site, the authority and the file of options for the hooks
#   all_serve FILE...    what is in them is what every box and the haproxy show
#   resume_due STATUS    what the timer runs
#   break_box, mend_box  one of them is down

hooks=$project/packaging/hooks
domain=example.test
lineage=$workdir/config/live/$domain
down=127.78.0.3

# Five boxes and a haproxy, in $inventory.
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

break_box() { mock_say fault "$down" reset-connection >/dev/null; }
mend_box() { mock_say unfault all >/dev/null; }

start_renewals() {
	make_bundles # for what haproxy has in the beginning, and for a certificate of somebody else
	make_site
	make_config
	start_authority
	fetch_root "$workdir/root.pem"
}
