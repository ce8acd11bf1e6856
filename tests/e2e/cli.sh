#!/bin/bash
# The user's hands: mistyped words, missing files, help, init.
. "$(dirname "$0")/../support/lib.sh"
. "$(dirname "$0")/../support/serve.sh"
. "$(dirname "$0")/../support/site.sh"

# says STATUS REGEX COMMAND...: on standard error
says() {
	local status=$1 regex=$2
	shift 2
	expect_exit "$status" certroll "$@"
	expect_grep "$regex" "$workdir/err"
}

make_bundles
says 2 "no command 'deplyo'" deplyo
says 2 'did you mean --limit' deploy "$bundle" --limt x
says 2 'no inventory' deploy "$bundle"
says 2 "cannot be 'yaml'" audit -o yaml x
says 2 '--timeout needs TIME' audit x --timeout
says 2 "'more.pem' is too much: certroll check takes one BUNDLE" check "$bundle" more.pem
says 2 "'x' is too much: certroll inventory takes no words" inventory x
says 2 'add -i FILE' check -l pbx "$bundle"
says 2 'standard output' bundle -o - "$bundle"
for time in 2026-02-30 2026-11-22T12:00:60Z 2026-11-22x 1960-01-01; do
	says 2 "--at cannot be '$time'" check --at "$time" "$bundle"
done
expect_exit 0 certroll check --at "$(date -ud '1 hour' +%FT%TZ)" "$bundle"
says 2 'HOST:PORT' audit 127.0.0.1:99999
says 2 'no bundle' check
says 3 'No such file' check "$workdir/nothing.pem"
says 3 'No such file' inventory -i "$workdir/nothing.yaml"
expect_exit 2 certroll
expect_grep 'usage: certroll COMMAND'
expect_exit 0 certroll help plan
expect_grep '^  -o, --output FORMAT +form of the report: text, json$'
expect_exit 0 certroll help audit
expect_grep 'form of the report: text, json, jsonl, nagios, prometheus, junit, csv, html$'
expect_exit 0 certroll help deploy
expect_grep '--dry-run'
expect_exit 0 certroll --help
expect_exit 0 certroll --version
expect_exit 0 certroll drivers
expect_grep '^innovaphone +assumed'
expect_exit 0 certroll drivers innovaphone
expect_grep 'upload\.path +assumed'

# What cannot work is refused by name, with the reason, before anything is contacted.
expect_exit 0 certroll drivers
expect_grep '^cucm +cannot be +Cisco'
expect_exit 0 certroll drivers cucm
expect_grep 'does not support wildcard certificates'
expect_grep 'evidence: documented'
says 2 "no driver 'cucmm'" drivers cucmm
printf 'devices:\n  - {name: cm, role: other, driver: cucm, host: 127.0.0.1, names: [cm.example.com]}\n' \
	>"$workdir/cucm.yaml"
says 3 'devices\[0\].driver: error: certroll cannot bring a certificate to Cisco Unified .*wildcard' \
	inventory -i "$workdir/cucm.yaml"
says 3 'take it out of the inventory' deploy "$bundle" -i "$workdir/cucm.yaml" --dry-run

# A report that nobody got is no success; a reader that has enough is none of our failures.
status=0
certroll rules >/dev/full 2>"$workdir/err" || status=$?
expect_equal "$status" 1 'status when the disk is full'
expect_grep 'output could not be written: No space left' "$workdir/err"
status=0
certroll check "$bundle" 2>"$workdir/err" >/dev/full || status=$?
expect_equal "$status" 1 'status when the disk is full'
certroll rules --markdown 2>"$workdir/err" | head -1 >/dev/null
expect_equal "${PIPESTATUS[*]} $(cat "$workdir/err")" '0 0 ' 'a pipe that is closed early'

# Nor is half of a key left behind where a file may not be as long as it is.
status=0
(ulimit -f 1 && certroll bundle -o "$workdir/cut.pem" "$bundle" >/dev/null 2>&1) || status=$?
expect_equal "$status" 3 'status when the file gets too long'
expect_equal "$(find "$workdir" -name 'cut.pem*')" '' 'what was left behind'

# What is written does not end up in a file of ours that took the place of a closed descriptor.
certroll bundle -o "$workdir/closed.pem" "$bundle" <&- >&- 2>&- || fail 'closed standard files'
expect_exit 0 certroll bundle -o "$workdir/usual.pem" "$bundle"
cmp "$workdir/closed.pem" "$workdir/usual.pem" || fail 'something was written into the bundle'

# The bundle, judged.
expect_exit 0 certroll check "$bundle"
cat "$bundle_pki/leaf-root-intermediate.pem" "$bundle_pki/leaf-root-intermediate.key" >"$workdir/order.pem"
expect_exit 1 certroll check "$workdir/order.pem"
expect_grep 'order.pem: block 1, line 1|order.pem: block 2, line'
expect_grep 'error O2'
expect_exit 1 certroll check -o json "$workdir/order.pem"
python3 -c 'import json,sys; d=json.load(open(sys.argv[1])); assert len(d["blocks"])==5 and d["findings"]' "$workdir/out"

# init writes an inventory that loads.
printf 'example.test\n192.0.2.10\n\n192.0.2.11 192.0.2.12\n\n192.0.2.30\nadmin\nfile:pbx.pw\n' >"$workdir/answers"
"$build/certroll" init <"$workdir/answers" >"$workdir/init.yaml" 2>"$workdir/err" || fail "init: $(cat "$workdir/err")"
expect_exit 0 certroll inventory -i "$workdir/init.yaml"
printf 'example.test\n' >"$workdir/answers"
"$build/certroll" init <"$workdir/answers" >"$workdir/none.yaml" 2>"$workdir/err" && fail 'init without answers'
expect_equal "$(wc -c <"$workdir/none.yaml")" 0 'nothing half written'
