# shellcheck shell=bash
# A site for end-to-end tests: bundles, a mock fleet and its inventory.  Source after lib.sh, serve.sh.

# The boxes of write_inventory, one address each.
boxes='pbx-master:pbx-master pbx-slave1:pbx-slave pbx-slave2:pbx-slave pbx-standby:pbx-standby rp:rp'
user='admin'
password=ip811-Secret-Word

# make_bundles: $bundle (good), $bundle_pki with the variants.
make_bundles() {
	bundle_pki=$workdir/pki
	make_variants "$bundle_pki"
	bundle=$workdir/bundle.pem
	(
		umask 077
		cat "$bundle_pki/good.pem" "$bundle_pki/good.key" >"$bundle"
	)
}

# start_site [MOCK OPTION...]: five boxes at 127.78.0.1 and up.
start_site() {
	start_mock --first 127.78.0.1 --count 5 --user "$user" --password "$password" \
		--log "$workdir/fleet.log" "$@"
	(umask 077 && printf '%s\n' "$password" >"$workdir/pbx.pw")
	write_inventory
}

# write_inventory [LINE OF defaults...]
write_inventory() {
	local number=0 box line
	inventory=$workdir/inventory.yaml
	{
		printf 'defaults:\n  driver: innovaphone\n  user: %s\n  password: file:pbx.pw\n' "$user"
		printf '  port: %s\n' "$(mock_port https)"
		printf '  services: ["https:%s", "sips:%s"]\n' "$(mock_port https)" "$(mock_port sips)"
		for line; do printf '  %s\n' "$line"; done
		printf 'devices:\n'
		for box in $boxes; do
			number=$((number + 1))
			printf '  - {name: %s, role: %s, host: 127.78.0.%s, names: [%s.example.test]}\n' \
				"${box%%:*}" "${box##*:}" "$number" "${box%%:*}"
		done
	} >"$inventory"
}

# run STATUS COMMAND...: certroll with this site's state folder; all it ever says is in $workdir/everything.
run() {
	local status=$1
	shift
	expect_exit "$status" certroll "$@" --state "$workdir/state"
	cat "$workdir/out" "$workdir/err" >>"$workdir/everything"
}

deploy() {
	local status=$1
	shift
	run "$status" deploy "$bundle" -i "$inventory" --yes --accept-new --ca-file "$bundle_pki/root.crt" \
		--settle 2s "$@"
}
