# shellcheck shell=bash
# A small fleet of real servers (openssl s_server) with one fault each, for reports.  Source after lib.sh,
# serve.sh.
#
#   make_hostile DIRECTORY          variant "hostile": names that hold markup, quotes, bidi overrides
#   serve_openssl NAME PORT DIRECTORY VARIANT
#   start_faulty                    sets $inventory, $bundle, $bundle_pki

# What a certificate may say of itself; the text is the attacker's.
hostile_name=$'<script>alert(1)</script>"\'&amp; \u202egnp.exe\u202c \u05e9\u05dc\u05d5\u05dd'

make_hostile() {
	local directory=$1
	openssl req -x509 -newkey rsa:2048 -nodes -utf8 -days 60 -keyout "$directory/hostile.key" \
		-out "$directory/hostile.pem" -subj "/O=<img src=x onerror=alert(2)>/CN=${hostile_name//\//\\/}" \
		-addext 'subjectAltName=DNS:</bdi><b onclick=x>.example.test' 2>/dev/null
}

# The first certificate of the file is the leaf, the others are sent in the order of the file.
serve_openssl() {
	local name=$1 port=$2 pem=$3/$4.pem key=$3/$4.key above=$workdir/$1.above chain=()
	awk '/BEGIN/ { n++ } n > 1' "$pem" >"$above"
	[[ ! -s $above ]] || chain=(-cert_chain "$above")
	start "$name" openssl s_server -accept "127.0.0.1:$port" -cert "$pem" -key "$key" "${chain[@]}" \
		-no-CAfile -no-CApath -no-CAstore -quiet
	wait_for_port "$port"
}

faulty_device() {
	printf '  - {name: %s, role: %s, host: 127.0.0.1, names: [%s.example.test], services: ["https:%s"%s]}\n' \
		"$1" "$2" "$1" "$3" "${4:+, \"sips:$4\"}"
}

start_faulty() {
	local variant port sips box
	bundle_pki=$workdir/pki
	bundle=$workdir/bundle.pem
	make_variants "$bundle_pki"
	make_hostile "$bundle_pki"
	variant "$bundle_pki" twice leaf leaf inner inner outer
	variant "$bundle_pki" stray leaf leaf inner outer root other
	(umask 077 && cat "$bundle_pki/good.full.pem" >"$bundle")
	start_mock --first 127.79.0.1 --count 1
	inventory=$workdir/faulty.yaml
	{
		printf 'defaults: {driver: innovaphone}\ndevices:\n'
		for box in pbx-master:pbx-master:good pbx-slave:pbx-slave:good pbx-standby:pbx-standby:leaf-only \
			rp:rp:leaf-root-intermediate gateway:other:expired lobby:other:wrong-name \
			hall:other:twice gate:other:stray stranger:other:hostile; do
			variant=${box##*:}
			free_port port
			serve_openssl "${box%%:*}" "$port" "$bundle_pki" "$variant"
			faulty_device "${box%%:*}" "$(cut -d: -f2 <<<"$box")" "$port"
		done
		printf '  - {name: new-box, role: other, host: 127.79.0.1, services: ["https:%s", "sips:%s"]}\n' \
			"$(mock_port https)" "$(mock_port sips)"
		free_port port
		faulty_device attic other "$port"
	} >"$inventory"
}
