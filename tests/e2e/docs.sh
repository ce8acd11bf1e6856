#!/bin/bash
# Every command that README and guide show is run as it stands there, in the order of the page, against a mock site.
. "$(dirname "$0")/../support/lib.sh"
. "$(dirname "$0")/../support/serve.sh"

# shown FILE: "STATUS COMMAND" for each command of its console blocks; a backslash joins lines.
shown() {
	awk '/^```console/ { on = 1; status = sub(/.*status=/, "") ? $0 : 0; next } /^```/ { on = 0 }
		on && sub(/^\$ /, "") { printf "%s ", status; joined = 1 }
		on && joined { joined = sub(/ *\\$/, ""); printf joined ? "%s " : "%s\n", $0 }' "$1"
}

# What the administrator of the guide has in the folder after each step that is not certroll's.
prepare() {
	(
		umask 077
		cat "$pki/bought.pem" "$pki/bought.key" >"$folder/bundle.pem"
		cat "$pki/renewed.pem" "$pki/renewed.key" >"$folder/renewed.pem"
		printf 'ip811\n' >"$folder/pbx.pw"
		cp "$pki/bought.key" "$folder/site.key"
	)
	cp "$pki/bought-leaf.crt" "$folder/reply.crt"
	cat "$pki/outer.crt" "$pki/inner.crt" >"$folder/ca-bundle.crt" # in the wrong order, as they come
}

write_inventory() {
	cat >"$folder/inventory.yaml" <<-YAML
		defaults:
		  driver: innovaphone
		  user: admin
		  password: file:pbx.pw
		  port: $(mock_port https)
		  services: ["https:$(mock_port https)", "sips:$(mock_port sips)"]
		devices:
		  - {name: pbx-master,  role: pbx-master,  host: 127.80.0.1, names: [pbx.example.com]}
		  - {name: pbx-slave1,  role: pbx-slave,   host: 127.80.0.2, names: [slave1.example.com]}
		  - {name: pbx-slave2,  role: pbx-slave,   host: 127.80.0.3, names: [slave2.example.com]}
		  - {name: pbx-standby, role: pbx-standby, host: 127.80.0.4, names: [standby.example.com]}
		  - {name: rp,          role: rp,          host: 127.80.0.5, names: [rp.example.com], fronts: [pbx-master]}
	YAML
}

# run_shown STATUS COMMAND.  Substituted: what a person types, the one host outside of the site, what comes from elsewhere.
run_shown() {
	local status=0 command=${2//pbx.example.com:443/127.80.0.1:$(mock_port https)=pbx.example.com}
	command=${command//build\/certroll/certroll}
	case $command in
	'./dev '* | 'sudo '* | 'git '* | 'cd '*) return ;; # what sets up: e2e_demo, e2e_package and a fresh clone have these
	*' init > '*) answers='example.com\n192.0.2.10\n\n192.0.2.11\n\n\nadmin\nprompt\n' ;;
	*read\ -rs*) answers='ip811\n' ;;
	*request*) rm -f "$folder/site.key" "$folder/site.csr"; answers='' ;;
	*) answers='' ;;
	esac
	(cd "$folder" && printf '%b' "$answers" | bash -o pipefail -c "$command") \
		>"$workdir/out" 2>"$workdir/err" || status=$?
	if [[ $status -ne $1 ]]; then
		show_output >&2
		fail "$page shows: $command; exit status $status, not $1"
	fi
	ran=$((ran + 1))
	case $command in
	*' init > '*) write_inventory ;; # from here on a site that answers
	*request*) prepare ;;
	esac
}

run_page() {
	local status command
	page=$1 ran=0
	rm -rf "$folder" "$XDG_STATE_HOME"
	mkdir -p "$folder"
	mock_say factory all >/dev/null
	prepare
	write_inventory
	while read -r status command; do
		run_shown "$status" "$command"
	done < <(shown "$project/$page")
	((ran >= $2)) || fail "$page: only $ran commands were found"
}

pki=$workdir/pki folder=$workdir/site
make_variants "$pki"
for name in bought renewed; do # a domain for which a CA would issue
	NAMES='DNS:*.example.com,DNS:example.com' sign "$pki" "$name-leaf" 'example.com' leaf inner '-1 hour' '+95 days'
	variant "$pki" "$name" "$name-leaf" "$name-leaf" inner outer root
done
start_mock --first 127.80.0.1 --count 5 --user admin --password ip811
mkdir -p "$workdir/bin"
ln -s "$build/certroll" "$workdir/bin/certroll"
export PATH=$workdir/bin:$PATH SSL_CERT_FILE=$pki/root.crt XDG_STATE_HOME=$workdir/state HOME=$workdir

run_page docs/guide.md 25
run_page docs/from-a-shell-script.md 6
run_page README.md 5
