#!/bin/bash
# The status of an inventory after audits and roll-outs: who is due, what to do next, and that the command
# it names does it.  All forms of report of resume and rollback.
. "$(dirname "$0")/../support/lib.sh"
. "$(dirname "$0")/../support/serve.sh"
. "$(dirname "$0")/../support/site.sh"

member() { python3 -c "import json, sys; d = json.load(open(sys.argv[1])); print($1)" "$workdir/out"; }
# A report of this form, well made.
check_form() {
	python3 "$project/tests/support/reports.py" "$1" "$workdir/out" >"$workdir/gist" 2>"$workdir/why" ||
		fail "$1: $(cat "$workdir/why")"
}
# The command that the status names, with what every run here needs.
next() {
	sed -nE 's/^  next +certroll //p' "$workdir/out" >"$workdir/next"
	[[ -s $workdir/next ]] || fail "no command: $(cat "$workdir/out")"
	eval "words=($(cat "$workdir/next"))"
}

make_bundles
start_site "$@"
audit() { run "$1" audit -i "$inventory" --ca-file "$bundle_pki/root.crt" "${@:2}"; }

# The factory certificates are errors; nothing was rolled out.
audit 1 --summary
run 1 status -i "$inventory"
expect_grep 'endpoints +10: .* 10 with errors'
expect_grep 'worst +pbx-master https .*factory-cert'
expect_grep 'roll-out +none yet'

# One box refuses: it is due, and resume is the way on.
mock_say fault 127.78.0.2 refuse-login >/dev/null
deploy 1 --no-canary
audit 1 --summary
expect_grep '8 endpoints changed since'
run 1 status -i "$inventory"
expect_grep 'roll-out +run 1 \(deploy\) by .*: incomplete, 4 of 5 devices proved'
expect_grep '^  due +pbx-slave1$'
next
expect_equal "${words[*]:0:2}" 'resume 1'
[[ $(grep -c . "$workdir/out") -le 10 ]] || fail 'more than ten lines'
run 1 status -i "$inventory" -o json
expect_equal "$(member 'd["well"], d["roll_out"]["due"], d["endpoints"]["errors"], d["kind"]')" \
	"False ['pbx-slave1'] 2 status"
check_form text

# The command does it; in a form for programs, into a file.
for form in csv junit prometheus; do
	expect_exit 1 certroll "${words[@]}" --yes --accept-new --ca-file "$bundle_pki/root.crt" \
		--settle 2s -o $form --out "$workdir/resumed"
	cp "$workdir/resumed" "$workdir/out"
	check_form $form
done
mock_say unfault all >/dev/null
run 1 status -i "$inventory"
next
expect_exit 0 certroll "${words[@]}" --yes --accept-new --ca-file "$bundle_pki/root.crt" --settle 2s -o jsonl
check_form jsonl
expect_grep '^pbx-slave1 well' "$workdir/gist"
run 0 resume -o csv # nothing is left: the header alone
expect_equal "$(grep -c . "$workdir/out")" 1

# Well, but the last audit has seen it otherwise.
run 1 status -i "$inventory"
refute_grep '^  due'
expect_grep "next +certroll audit -i $inventory --state $workdir/state -q"
audit 0 --diff
expect_grep 'pbx-slave1 +https pbx-slave1.example.test: serves .* gone: error factory-cert'
run 0 status -i "$inventory"
expect_grep 'next +nothing$'
audit 0 --warn 95d --summary
run 0 status -i "$inventory"
expect_grep 'next +get a new certificate, then: certroll deploy BUNDLE -i '

# A box that no audit has seen, and one that left the inventory and is nobody's business any more.
sed 's/^  - {name: pbx-slave2/  - {name: brand-new/' "$inventory" >"$workdir/other.yaml"
cp "$inventory" "$workdir/kept.yaml"
cp "$workdir/other.yaml" "$inventory"
run 1 status -i "$inventory"
expect_grep 'unseen +1 device of the inventory'
expect_grep 'next +certroll audit'
cp "$workdir/kept.yaml" "$inventory"

# A run under way.
mock_say factory 127.78.0.1 >/dev/null
rm -f "$workdir/state/pins"
mock_say fault all slow@upload:1500 >/dev/null
: >"$workdir/fleet.log"
certroll deploy "$bundle" -i "$inventory" --yes --accept-new --ca-file "$bundle_pki/root.crt" --settle 2s \
	--state "$workdir/state" >"$workdir/deploy.log" 2>&1 &
children+=($!)
begun() { grep -q '"step":"upload"' "$workdir/fleet.log"; }
wait_until 30 begun || fail 'no upload'
run 0 status -i "$inventory"
expect_grep 'roll-out +run [0-9]+ \(deploy\) .*: running'
expect_grep 'next +wait: run [0-9]+ \(deploy\) is under way'
wait "${children[-1]}" || fail 'the roll-out failed'
mock_say unfault all >/dev/null

# The way back, in a form for programs.
last=$(sed -nE 's/^run ([0-9]+) .*/\1/p' <(certroll history --state "$workdir/state") | head -n 1)
run 0 rollback "$last" -i "$inventory" --clear --yes --accept-new --ca-file "$bundle_pki/root.crt" --settle 2s -o csv
check_form csv
expect_grep '^pbx-master'
run 2 rollback "$last" -o html --summary
run 2 plan "$bundle" -i "$inventory" -o csv
expect_grep 'plan has no report of form csv' "$workdir/err"

# What is asked wrongly.
run 2 status
expect_grep 'no inventory' "$workdir/err"
run 2 status -i "$inventory" -o csv
run 2 status -i "$inventory" now
run 3 status -i "$workdir/nosuch.yaml"
