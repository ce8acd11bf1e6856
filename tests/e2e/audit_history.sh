#!/bin/bash
# Audits remember: what changed since the one before, in every form; the timeline of an endpoint; the
# status of an inventory.  A box that renews, falls silent, comes back, leaves; a hostile certificate;
# a state folder that cannot be used.
. "$(dirname "$0")/../support/lib.sh"
. "$(dirname "$0")/../support/serve.sh"
. "$(dirname "$0")/../support/site.sh"
umask 077

pki=$workdir/pki
hostile_pki=$build/tests/pki
make_variants "$pki"
NAMES='DNS:*.example.test,DNS:example.test' sign "$pki" next 'example.test' leaf inner '-1 day' '+80 days'
cat "$pki/inner.crt" "$pki/outer.crt" >"$workdir/above"

# serve NAME PORT LEAF [CHAIN]: $started; without CHAIN the leaf alone.
serve() {
	start "$1" openssl s_server -accept "127.0.0.1:$2" -quiet -cert "$pki/$3.crt" -key "$pki/$3.key" \
		${4:+-cert_chain "$4"}
	wait_for_port "$2"
}

# one DEVICE PORT: its line of the inventory.
one() {
	printf -- '  - {name: %s, host: 127.0.0.1, names: [%s.example.test], services: ["https:%s"]}\n' "$1" "$1" "$2"
}

list='defaults: {driver: innovaphone, role: other}\ndevices:\n'
inventory=$workdir/site.yaml
free_port a
free_port b
{ printf '%b' "$list" && one a "$a" && one b "$b"; } >"$inventory"
serve a "$a" leaf "$workdir/above"
box_a=$started
serve b "$b" leaf "$workdir/above"
box_b=$started

# audit STATUS WORDS...
audit() {
	local status=$1
	shift
	run "$status" audit -i "$inventory" --ca-file "$pki/root.crt" "$@"
}
silent() { [[ ! -s $workdir/out ]] || fail "not silent: $(cat "$workdir/out")"; }
query() { python3 -c 'import sqlite3, sys
for row in sqlite3.connect(sys.argv[1]).execute(sys.argv[2]): print(*row)' "$workdir/state/journal.db" "$1"; }
# member FILTER: what python says of the JSON document d.
member() { python3 -c "import json, sys; d = json.load(open(sys.argv[1])); print($1)" "$workdir/out"; }

# Nothing was ever done, and that is said.
run 1 status -i "$inventory"
expect_grep 'audit +none yet'
expect_grep 'roll-out +none yet'
expect_grep "next +certroll audit -i $inventory --state $workdir/state$"
run 0 history --audits
expect_grep 'no audit is recorded'
run 2 history --endpoint a
audit 0 --diff
silent
expect_grep 'no audit of .* before this one' "$workdir/err"
refute_grep 'changed' "$workdir/out"

# Nothing changed: nothing is said, nothing but the audit is written.
rows=$(query 'SELECT COUNT(*) FROM sightings')
for form in text json jsonl csv; do
	audit 0 --diff -o $form
	silent
done
audit 0
expect_grep '^nothing changed since the audit of '
expect_equal "$(query 'SELECT COUNT(*) FROM sightings')" "$rows" 'rows after audits without news'
audit 0 -o json
expect_equal "$(member '[e["changed"] for e in d["endpoints"]]')" "['no', 'no']"
audit 0 -o nagios --warn 1d --policy <(printf 'profiles: {innovaphone: {E2: off}}\n') --no-note
expect_grep '^CERTROLL OK .* changed=2 '
expect_equal "$(query 'SELECT COUNT(*) FROM audits')" 7
run 0 status -i "$inventory"
expect_grep 'endpoints +2: 0 well, 2 with warnings'
expect_grep "shortest +a https a.example.test: 'example.test', 89 days left"
expect_grep 'next +nothing$'
run 0 status -i "$inventory" -q
silent
run 1 status -i "$inventory" --at "$(date -u -d '+50 hours' +%Y-%m-%dT%H:%M:%SZ)"
expect_grep 'older than two days'
expect_grep 'next +certroll audit '

# One box renews, the other falls silent.
stop "$box_a"
stop "$box_b"
serve a2 "$a" next "$workdir/above"
box_a=$started
audit 4 --diff --no-note
cp "$workdir/out" "$workdir/first"
audit 4 --diff
cmp "$workdir/first" "$workdir/out" || fail '--no-note was noted'
expect_grep "^  a  +https a.example.test: serves 'example.test' .* instead of 'example.test'"
expect_grep '^  b  +! https b.example.test: shows no certificate any more; new: error net-closed$'
expect_grep '^2 endpoints changed since the audit of '
audit 4 --diff
silent
run 4 status -i "$inventory"
expect_grep 'endpoints +2: 0 well, 1 with warnings, 0 with errors, 1 unreachable'
expect_grep 'worst +b https b.example.test: error net-closed, since '

# It comes back with the other leaf, and with its chain missing: told against what it served before.
serve b2 "$b" next
box_b=$started
for form in text json jsonl csv; do
	audit 1 --diff --no-note -o $form
	cp "$workdir/out" "$workdir/diff.$form"
done
expect_grep "b .*! https b.example.test: is back, and serves 'example.test' .* instead of .*; new: error P1" \
	"$workdir/diff.text"
refute_grep 'https a.example.test' "$workdir/diff.text"
for form in json jsonl csv; do
	cp "$workdir/diff.$form" "$workdir/out"
	expect_grep 'reachable leaf findings'
	refute_grep '[ ",]a[.]example[.]test'
done
cp "$workdir/diff.json" "$workdir/out"
expect_equal "$(member '[[d["device"] for d in d["devices"]], len(d["endpoints"]), d["vanished"]]')" "[['b'], 1, []]"
audit 2 --no-note -o nagios
cp "$workdir/out" "$workdir/whole.nagios"
for form in prometheus junit html; do
	audit 1 --no-note -o $form
	cp "$workdir/out" "$workdir/whole.$form"
done
expect_grep '^CHANGED b https: is back' "$workdir/whole.nagios"
expect_grep 'changed=1 ' "$workdir/whole.nagios"
expect_grep '^certroll_endpoint_changed_timestamp_seconds\{device="b"' "$workdir/whole.prometheus"
expect_grep 'changed: is back' "$workdir/whole.junit"
expect_grep '1 endpoint has changed' "$workdir/whole.html"
expect_grep 'changed:</strong>' "$workdir/whole.html"
python3 "$project/tests/support/check_html.py" "$workdir/whole.html" || fail 'the page is not well made'
audit 1
expect_grep 'changed: is back'
run 1 status -i "$inventory"
expect_grep '1 with errors, 0 unreachable'
expect_grep "next +certroll audit -i .* -q$"

# A threshold is crossed; a finding goes.
audit 1 --diff --warn 85d
expect_grep 'a https|https a.example.test: new: warning V4'
audit 1 --diff
expect_grep 'https a.example.test: gone: warning V4'

# Only a part is looked at: the rest has not vanished.  Then it has.
audit 0 -l a --diff
silent
{ printf '%b' "$list" && one a "$a"; } >"$inventory"
for form in json jsonl csv text; do
	audit 0 --diff --no-note -o $form
	expect_grep 'b.example.test.*no longer in the inventory'
done
audit 0 --diff
expect_grep "^  b  +! https b.example.test: is no longer in the inventory; served 'example.test'"
audit 0 --diff
silent

# The timeline.
run 0 history --endpoint B
expect_equal "$(grep -c ' UTC  ' "$workdir/out")" 5 'spans of b'
expect_grep 'no certificate seen: error net-closed'
expect_grep 'then it was no longer in the inventory'
run 0 history --endpoint a -i "$inventory" -o json
expect_equal "$(member '[s["until"] is None for s in d["sightings"]]')" '[False, False, False, True]'
run 2 history --endpoint nobody -i "$inventory"
expect_grep 'no audit of .* has seen a device nobody' "$workdir/err"
run 2 history 1 --audits
run 0 history --audits -i "$inventory"
expect_grep '^audit [0-9]+  .* -l a: 0 well, 1 with warnings$'
expect_grep '1 unreachable, 2 changed$'

# Served or not is asked only with a bundle: an audit without leaves the answer as it is.
cat "$pki/good.pem" "$pki/good.key" >"$workdir/bundle.pem"
audit 1 --bundle "$workdir/bundle.pem"
audit 0 --diff
silent
audit 1 --bundle "$workdir/bundle.pem" --diff
silent

# What cannot be compared.
run 2 audit --diff "127.0.0.1:$a"
expect_grep 'add -i FILE' "$workdir/err"
run 2 audit --diff -i "$inventory" -o html
run 2 audit --diff -i "$inventory" --keep 20000d
run 2 audit -i "$inventory" --keep 400
expect_grep 'write days as 400d' "$workdir/err"
audits=$(query 'SELECT COUNT(*) FROM audits')
run 1 audit "127.0.0.1:$a" # a list is not noted
audit 0 --at "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
expect_equal "$(query 'SELECT COUNT(*) FROM audits')" "$audits"

# Forgetting.
query "UPDATE audits SET started = started - 864000, ended = ended - 864000" >/dev/null
python3 -c 'import sqlite3, sys
c = sqlite3.connect(sys.argv[1])
c.execute("UPDATE audits SET ended = ended - 864000")
c.execute("UPDATE sightings SET since = since - 864000, until = until - 864000")
c.commit()' "$workdir/state/journal.db"
audit 0 --diff --keep 5d
silent
expect_equal "$(query 'SELECT (SELECT COUNT(*) FROM audits), (SELECT COUNT(*) FROM sightings)')" '1 1'
stop "$box_a"
stop "$box_b"

# A certificate that says evil things of itself goes through all of it unharmed.
start hostile openssl s_server -accept "127.0.0.1:$a" -quiet -cert "$hostile_pki/hostile.pem" \
	-key "$hostile_pki/leaf.key"
hostile=$started
wait_for_port "$a"
check_form() {
	python3 "$project/tests/support/reports.py" "$1" "$workdir/out" >/dev/null 2>"$workdir/why" ||
		fail "$1: $(cat "$workdir/why")"
}
for form in text jsonl csv; do
	audit 1 --diff --no-note -o $form
	check_form $form
done
audit 1 --diff -o json
expect_grep 'leaf findings'
for words in "status -i $inventory" "history --endpoint a" "history --audits"; do
	status=0
	[[ $words != status* ]] || status=1
	# shellcheck disable=SC2086
	run $status $words
	[[ $words == *audits ]] || expect_grep 'HYPERLINK|script'
	check_form text
	# shellcheck disable=SC2086
	run $status $words -o json
	member 'd["schema"]' >/dev/null
	check_form text
done
audit 1 -o html --no-note
refute_grep '<script>alert'
stop "$hostile"
audit 4 --diff -v
check_form text
cat "$workdir/err" >"$workdir/out"
check_form text

# A state folder that cannot be used does not spoil an audit.
serve a3 "$a" next "$workdir/above"
: >"$workdir/file"
expect_exit 0 certroll audit -i "$inventory" --ca-file "$pki/root.crt" --state "$workdir/file"
expect_grep 'not noted' "$workdir/err"
expect_equal "$(grep -c . "$workdir/err")" 1 'warnings'
expect_exit 0 certroll audit -i "$inventory" --ca-file "$pki/root.crt" --state "$workdir/file" -o json
expect_equal "$(member 'd["endpoints"][0]["changed"], d["compared_with"]')" 'unknown None'
cp -r "$workdir/state" "$workdir/damaged"
rm -f "$workdir"/damaged/journal.db-*
printf 'damage%.0s' {1..2000} | dd of="$workdir/damaged/journal.db" bs=1 seek=100 conv=notrunc 2>/dev/null
expect_exit 0 certroll audit -i "$inventory" --ca-file "$pki/root.crt" --state "$workdir/damaged"
expect_grep 'the journal is damaged .*not noted' "$workdir/err"
expect_exit 3 certroll status -i "$inventory" --state "$workdir/damaged"
expect_grep 'the journal is damaged' "$workdir/err"
