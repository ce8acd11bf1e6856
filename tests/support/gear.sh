# shellcheck shell=bash
# A border controller (sbc) and a PBX (pbx) of other makers: the mock fleet, its inventory, bundles.  Source
# after lib.sh, serve.sh and site.sh.

# Quotes and backslashes: the PBX is told it in JSON.
secret='We"ird\Client/Secret'

write_gear() {
	inventory=$workdir/inventory.yaml
	(umask 077 && printf '%s\n' "$secret" >"$workdir/gear.pw")
	cat >"$inventory" <<-YAML
		defaults: {password: file:gear.pw, services: ["https:$https", "sips:$sips"]}
		devices:
		  - {name: sbc, role: other, driver: audiocodes, host: $sbc, port: $https, user: Admin,
		     names: [sbc.example.test]}
		  - {name: pbx, role: other, driver: yeastar, host: $pbx, port: $https, user: client-id,
		     names: [pbx.example.test]}
	YAML
}

# afresh FAULT...: boxes as from the works, faults as "sbc KIND", and nothing known of them.
afresh() {
	local fault box
	mock_say unfault all >/dev/null
	mock_say factory all >/dev/null
	rm -rf "$workdir/state"
	for fault; do
		box=${fault%% *}
		mock_say fault "${!box}" "${fault#* }" >/dev/null
	done
}

# steps_of BOX: what it was asked since the last mark, challenges left out.
mark() { : >"$workdir/fleet.log"; }
steps_of() {
	python3 - "$workdir/fleet.log" "${!1}" <<-'PY'
		import json, sys
		lines = [json.loads(line) for line in open(sys.argv[1])]
		print(*[line["step"] for line in lines if line.get("event") == "request"
		        and line["device"] == sys.argv[2] and line["auth"] + str(line["status"]) != "none401"])
	PY
}

# start_gear ADDRESS: two boxes there, their bundles ($bundle, $next) and inventory.
start_gear() {
	sbc=$1 pbx=${1%.*}.2
	make_bundles
	NAMES='DNS:*.example.test,DNS:example.test' \
		sign "$bundle_pki" next 'example.test' leaf inner '-1 day' '+90 days'
	variant "$bundle_pki" second next next inner outer root
	next=$bundle_pki/second.full.pem
	python3 - "$secret" >"$workdir/roster" <<-'PY'
	import json, sys
	for name, family, user in (("sbc", "audiocodes", "Admin"), ("pbx", "yeastar", "client-id")):
	    print(json.dumps({"name": name, "family": family, "user": user, "password": sys.argv[1],
	                      "ports": {"https": 0, "sips": 0}}))
	PY
	start_mock --fleet "$workdir/roster" --first "$sbc" --log "$workdir/fleet.log"
	https=$(mock_port https) sips=$(mock_port sips)
	write_gear
}

# What nobody may see, after all that was done.
refute_secrets() {
	local word
	for word in 'We"ird' 'Weird' 'ird.Client' 'PRIVATE KEY' 'access_token'; do
		refute_grep "$word" "$workdir/everything"
		! grep -rFq --exclude-dir=archive -e "$word" "$workdir/state" || fail "$word in the state folder"
	done
}
