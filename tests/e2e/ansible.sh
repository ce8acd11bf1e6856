#!/bin/bash
# The Ansible role with the real Ansible, on two sites: one of them well, one with a box that keeps its old
# certificate.  The hosts are this machine; their boxes are mock devices.
. "$(dirname "$0")/../support/lib.sh"
. "$(dirname "$0")/../support/serve.sh"

command -v ansible-playbook >/dev/null || skip 'ansible-core is missing'
command -v ansible-lint >/dev/null || skip 'ansible-lint is missing'
command -v yamllint >/dev/null || skip 'yamllint is missing'

role=$project/packaging/ansible
export HOME=$workdir ANSIBLE_LOCALHOST_WARNING=False ANSIBLE_NOCOLOR=1 ANSIBLE_ROLES_PATH=$role/roles
export ANSIBLE_LOCAL_TEMP=$workdir/tmp ANSIBLE_REMOTE_TEMP=$workdir/tmp SSL_CERT_FILE=$workdir/pki/root.crt LC_ALL=C.UTF-8

yamllint --strict -c "$role/.yamllint" "$role" >"$workdir/lint.log" || fail "yamllint: $(head -n 5 "$workdir/lint.log")"
(cd "$role" && ansible-lint --offline --nocolor site.yml) >"$workdir/lint.log" 2>&1 ||
	fail "ansible-lint: $(tail -n 20 "$workdir/lint.log")"

password='Ansible-Secret-77'
make_variants "$workdir/pki"
start_mock --first 127.81.0.1 --count 4 --user admin --password "$password"

# site NAME FIRST: two boxes
site() {
	cat >"$workdir/$1.yaml" <<-YAML
		defaults:
		  driver: innovaphone
		  user: admin
		  password: file:pbx.pw
		  port: $(mock_port https)
		  services: ["https:$(mock_port https)"]
		devices:
		  - {name: $1-pbx, role: pbx-master, host: 127.81.0.$2, names: [$1.example.test]}
		  - {name: $1-slave, role: pbx-slave, host: 127.81.0.$(($2 + 1)), names: [slave.$1.example.test]}
	YAML
	sed -i "s/slave.$1.example/slave-$1.example/" "$workdir/$1.yaml"
	install -m 600 "$workdir/pki/good.full.pem" "$workdir/$1.pem"
	cat <<-YAML
		    $1:
		      ansible_connection: local
		      ansible_python_interpreter: /usr/bin/python3
		      certroll_inventory: $workdir/$1.yaml
		      certroll_bundle: $workdir/$1.pem
		      certroll_folder: $workdir/host-$1
		      certroll_state: $workdir/state-$1
	YAML
}

{
	printf 'certroll_sites:\n  vars:\n    certroll_command: %s\n    certroll_reports: %s\n' \
		"$build/certroll" "$workdir/reports"
	printf '    certroll_owner: %s\n    certroll_passwords: {pbx.pw: %s}\n' "$(id -un)" "$password"
	printf '    certroll_deploy_options: [--accept-new, --settle=2s]\n  hosts:\n'
	site berlin 1
	site wien 3
} >"$workdir/hosts.yml"
printf 'localhost ansible_connection=local ansible_python_interpreter=/usr/bin/python3 certroll_reports=%s\n' \
	"$workdir/reports" >"$workdir/local"

play() {
	local status=$1
	shift
	expect_exit "$status" ansible-playbook -vvv -i "$workdir/hosts.yml" -i "$workdir/local" "$role/site.yml" "$@"
	cat "$workdir/out" "$workdir/err" >>"$workdir/everything"
}

# outcome SITE DEVICE: as the collected report says.
outcome() {
	python3 -c 'import json, sys
report = json.load(open(sys.argv[1]))
print(next(d["outcome"] for d in report["devices"] if d["device"] == sys.argv[2]))' \
		"$workdir/reports/$1-deploy.json" "$2"
}

mock_say fault 127.81.0.4 keep-old >/dev/null
play 2
expect_grep '^berlin .*changed=[1-9].*failed=0'
expect_grep '^wien .*failed=1'
expect_grep 'certroll deploy: exit status 1'
expect_equal "$(outcome berlin berlin-pbx)$(outcome berlin berlin-slave)" changedchanged
expect_equal "$(outcome wien wien-slave)" failed
[[ -s $workdir/reports/berlin-audit.json && ! -e $workdir/reports/wien-audit.json ]] || fail 'reports of the audits'

# Once more, and all is well; what was well is not changed.
mock_say unfault all >/dev/null
play 0
expect_equal "$(outcome berlin berlin-pbx)$(outcome wien wien-slave)" unchangedchanged
expect_grep '^berlin .*changed=0'
[[ -s $workdir/reports/wien-audit.json ]] || fail 'no report of the audit'

# The key is gone from the hosts' folders, the rest is for the owner alone, and nothing was told.
[[ ! -e $workdir/host-berlin/bundle.pem && ! -e $workdir/host-wien/bundle.pem ]] || fail 'a bundle was left'
expect_equal "$(stat -c %a "$workdir/host-wien" "$workdir/host-wien/pbx.pw" | xargs)" '700 600'
refute_grep "$password" "$workdir/everything"
refute_grep 'BEGIN [A-Z ]*PRIVATE KEY' "$workdir/everything"
! grep -qF "$(sed -n 2p "$workdir/pki/good.key")" "$workdir/everything" || fail 'the key was told'
! grep -rqs "$password" "$workdir/reports" || fail 'the password is in a report'

# A bundle that is not fit is not deployed.
cat "$workdir/pki/expired.full.pem" >"$workdir/berlin.pem"
play 2 --limit berlin,localhost
expect_grep 'certroll check: exit status 1'
[[ ! -e $workdir/host-berlin/bundle.pem ]] || fail 'a bundle was left'
