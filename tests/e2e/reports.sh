#!/bin/bash
# Every form of report is read by its own parser, says the same as the others, and no certificate
# breaks it; thresholds, lists on standard input, drift, and the exit status of each form.
. "$(dirname "$0")/../support/lib.sh"
umask 077

pki=$build/tests/pki
usual=(--at 2026-11-22T12:00:00Z --ca-file "$pki/root.pem")

# serve NAME LEAF [CERTIFICATE...]: sets $port.
serve() {
	local name=$1 leaf=$2 part
	shift 2
	: >"$workdir/$name.chain"
	for part; do
		cat "$pki/$part.pem" >>"$workdir/$name.chain"
	done
	free_port port
	start "$name" openssl s_server -accept "127.0.0.1:$port" -quiet -cert "$pki/$leaf.pem" \
		-key "$pki/leaf.key" ${1:+-cert_chain "$workdir/$name.chain"}
	wait_for_port "$port"
}

# sound FORMAT: what is in $workdir/out is a report of that form; its gist in $workdir/gist.
sound() {
	python3 "$project/tests/support/reports.py" "$1" "$workdir/out" >"$workdir/gist" 2>"$workdir/err" ||
		fail "$1: $(cat "$workdir/err" && head -c 2000 "$workdir/out")"
}

# report FORMAT STATUS WORDS...
report() {
	local form=$1 status=$2
	shift 2
	expect_exit "$status" certroll audit "$@" "${usual[@]}" -o "$form"
	sound "$form"
}

serve good leaf-both issuing policy
good=127.0.0.1:$port=www.example.com
serve hostile hostile
hostile=127.0.0.1:$port=box.example.com
roots=()
for _ in {1..40}; do
	roots+=(root)
done
serve many leaf-both issuing policy "${roots[@]}"
many=127.0.0.1:$port=www.example.com
free_port port
away=127.0.0.1:$port

# One endpoint that is well, one that is hostile, one that is away: the same from each form.
for form in text json jsonl csv junit prometheus nagios; do
	status=1
	[[ $form != nagios ]] || status=2
	report "$form" "$status" "$good" "$hostile" "$away"
	mv "$workdir/gist" "$workdir/gist.$form"
	mv "$workdir/out" "$workdir/report.$form"
done
cmp "$workdir/gist.json" "$workdir/gist.jsonl" || fail 'json and jsonl differ'
cmp "$workdir/gist.json" "$workdir/gist.csv" || fail 'json and csv differ'
expect_grep "^$good well  68$" "$workdir/gist.json"
expect_grep "^$hostile error .*P1.* 68$" "$workdir/gist.json"
expect_grep "^$away error net-closed -$" "$workdir/gist.json"
expect_grep 'HYPERLINK' "$workdir/report.csv"
expect_grep "\"'=HYPERLINK" "$workdir/report.csv"
refute_grep '<script' "$workdir/report.junit"
expect_grep '^CERTROLL CRITICAL - 2 of 3 endpoints' "$workdir/report.nagios"
if promtool=$(peer promtool); then
	"$promtool" check metrics <"$workdir/report.prometheus" || fail 'promtool does not like the metrics'
fi

# The log says as little to the terminal as the reports do.
expect_exit 1 certroll audit "$hostile" "${usual[@]}" -v
cat "$workdir/err" >>"$workdir/out"
sound text

# Exit status, and silence when all is well.
report nagios 0 "$good"
expect_grep "^CERTROLL OK - 1 endpoint well \| endpoints=1 .*days_left=68;30:;7: "
report nagios 1 "$good" --warn 70d
expect_grep '^CERTROLL WARNING - 1 of 1 endpoints; .*has 68 days left of its 90'
expect_exit 3 certroll audit -o nagios -i "$workdir/nosuch.yaml"
expect_grep '^CERTROLL UNKNOWN - the inventory'
expect_exit 3 certroll audit -o nagios --nosuch
for form in text json jsonl csv junit; do
	expect_exit 0 certroll audit "$good" "${usual[@]}" -q -o "$form"
	[[ ! -s $workdir/out ]] || fail "-q is not quiet with $form"
done
expect_exit 2 certroll rules -o csv
expect_grep 'no report of form csv' "$workdir/err"

# A file is there whole, readable for others, and nothing else with it.
expect_exit 4 certroll audit "$away" "${usual[@]}" -o prometheus --out "$workdir/dir.prom"
expect_equal "$(stat -c %a "$workdir/dir.prom")" 644
[[ ! -s $workdir/out ]] || fail 'printed and written'
cp "$workdir/dir.prom" "$workdir/out"
sound prometheus
expect_equal "$(find "$workdir" -name 'dir.prom*' | wc -l)" 1
expect_exit 3 certroll audit "$good" "${usual[@]}" -o csv --out "$workdir/nosuch/x.csv"

# Thresholds: days, share, and whose word counts.
limits() {
	local status=$1 regex=$2
	shift 2
	expect_exit "$status" certroll audit "${usual[@]}" "$@"
	expect_grep "$regex"
}
limits 0 ' well ' "$good"
limits 0 'warning V4: .*68 days left' "$good" --warn 80%
limits 1 'error V4: ' "$good" --fail 69
limits 0 ' well ' "$good" --warn 60d --fail 1%
port=${good#*:}
cat >"$workdir/site.yaml" <<-YAML
	defaults: {driver: innovaphone, role: other, warn: 80d}
	devices:
	  - {name: one, host: 127.0.0.1, names: [www.example.com], services: ["https:${port%%=*}"], fail: 75%}
YAML
limits 0 'warning V4' -i "$workdir/site.yaml" --fail 10d
limits 1 'error V4' -i "$workdir/site.yaml" --fail 80%
sed -i 's/fail: 75%/fail: often/' "$workdir/site.yaml"
expect_exit 3 certroll audit -i "$workdir/site.yaml"
expect_grep 'is no part of a life' "$workdir/err"
sed -i 's/fail: often/fail: 20%/' "$workdir/site.yaml"

# Drift: what is served in place of the bundle, once.
cat "$pki"/{leaf-next,issuing,policy,root}.pem >"$workdir/next.pem"
expect_exit 1 certroll audit -i "$workdir/site.yaml" "${usual[@]}" --bundle "$workdir/next.pem"
expect_grep 'error served-other'
expect_grep 'note drift: 1 endpoint serves .*instead of the bundle: one https'
expect_exit 1 certroll audit -i "$workdir/site.yaml" "${usual[@]}" --bundle "$workdir/next.pem" --summary
refute_grep 'served-other'
expect_grep '^1 device: 1 failed'

# A list on standard input, and what it must not hold.
# list STATUS FORMAT [ARGUMENT...]: an audit of what printf makes of these.
list() {
	local status=$1
	shift
	# shellcheck disable=SC2059 # that is what it is for
	printf "$@" >"$workdir/list"
	# shellcheck disable=SC2016 # the inner shell's
	expect_exit "$status" bash -c '"$0" audit - --at 2026-11-22T12:00:00Z --ca-file "$1" <"$2"' \
		"$build/certroll" "$pki/root.pem" "$workdir/list"
}
list 4 '# boxes\n%s\n\n  %s # away\n%s\n' "$good" "$away" "$good"
expect_grep '^2 devices: 1 well, 1 unreachable'
list 2 'a:70000\n'
expect_grep 'standard input, line 1: ' "$workdir/err"
list 2 'ok:443\na\033[1m:443\n'
expect_grep 'line 2: a target holds bytes' "$workdir/err"
list 2 '%0700d\n' 1
list 2 '# nothing\n'

# More certificates than are looked at: what is known is said.
limits 1 'error chain-cut: sends 43 certificates; the first 32' "$many"
expect_grep "'\*.example.com', 68 days left"
