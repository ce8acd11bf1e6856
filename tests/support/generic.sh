# shellcheck shell=bash
# One box of driver generic-upload against a mock device with the same words.  Source after site.sh.

address=127.81.0.1
inventory=$workdir/inventory.yaml

# start_box NAME=VALUE...: a mock device with these habits, in place of the one before.
start_box() {
	local sets=() set
	[[ -z ${mock:-} ]] || stop "$mock"
	for set; do sets+=(--set "$set"); done
	rm -rf "$workdir/state"
	start_mock --device generic-upload --first "$address" --user "$user" --password "$password" \
		--log "$workdir/fleet.log" "${sets[@]}"
}

# write_box: options from standard input, as they stand below "options:".
write_box() {
	{
		printf 'devices:\n  - name: box1\n    role: other\n    driver: generic-upload\n    host: %s\n' "$address"
		printf '    port: %s\n    services: ["https:%s"]\n    names: [box1.example.test]\n' \
			"$(mock_port https)" "$(mock_port https)"
		printf '    user: %s\n    password: file:box.pw\n    options:\n' "$user"
		sed 's/^/      /'
	} >"$inventory"
}

# No password and no line of the key stands where somebody else could read it.
refute_secrets() {
	local line
	line=$(sed -n 5p "$bundle_pki/good.key")
	# The archive is what rollback needs, and nobody else may read it.
	if grep -rqF --exclude-dir=archive -e "$password" -e "$container" -e "$line" \
		"$workdir/everything" "$workdir/state"; then
		fail 'a secret in output or state'
	fi
}

changed() { expect_grep 'box1 +changed +proved on https'; }

make_bundles
container=p12-Secret-Word
(
	umask 077
	printf '%s\n' "$password" >"$workdir/box.pw"
	printf '%s\n' "$container" >"$workdir/p12.pw"
)
