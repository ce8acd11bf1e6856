#!/bin/bash
# What packaging/ offers to run by night is accepted by the programs it is made for, and does what
# docs/unattended.md says: units, cron, alert rules, dashboard, commands of Nagios and Icinga.  Not tried
# here: a running systemd.
. "$(dirname "$0")/../support/lib.sh"
. "$(dirname "$0")/../support/serve.sh"
umask 077

packaging=$project/packaging
skip_without promtool prometheus-node-exporter systemd-analyze

pki=$workdir/pki
make_variants "$pki"
NAMES='IP:127.0.0.1,DNS:localhost' sign "$pki" receiver receiver leaf inner '-1 day' '+90 days'
cat "$pki"/{receiver,inner,outer}.crt >"$pki/receiver.pem"

# server NAME VARIANT: sets $port.
server() {
	free_port port
	awk '/BEGIN/ { count++ } count > 1' "$pki/$2.pem" >"$workdir/$1.chain"
	start "$1" openssl s_server -accept "127.0.0.1:$port" -quiet -cert "$pki/$2.pem" \
		-cert_chain "$workdir/$1.chain" -key "$pki/$2.key"
	wait_for_port "$port"
}

server well good
well=$port
server wrong leaf-root-intermediate
wrong=$port
free_port away
free_port https
mkdir -p "$workdir"/{etc,state,cache,credentials,metrics}
printf '0123456789abcdef-%s\n' "$RANDOM" >"$workdir/credentials/notify.key"
start receiver python3 "$project/tests/support/receiver.py" "$https" "$pki/receiver.pem" \
	"$pki/receiver.key" "$workdir/credentials/notify.key" "$workdir/received"
wait_for_port "$https"

# site DEVICE:PORT...
site() {
	local box
	{
		printf 'notify:\n  - {to: "webhook:https://localhost:%s/ok", key: cred:notify.key}\n' "$https"
		printf 'defaults: {role: rp, driver: innovaphone}\ndevices:\n'
		for box; do
			printf '  - {name: %s, host: 127.0.0.1, names: [www.example.test], services: ["https:%s"]}\n' \
				"${box%%:*}" "${box##*:}"
		done
	} >"$workdir/etc/inventory.yaml"
}

# here TEXT: with the folders of this test, and the program under test.
here() {
	sed -e "s,/usr/bin/certroll,$build/certroll,g" -e "s,/etc/certroll/,$workdir/etc/,g" \
		-e "s,/var/lib/certroll,$workdir/state,g" -e "s,/var/cache/certroll,$workdir/cache,g" <<<"$1"
}

# as_unit STATUS [OPTION...]: ExecStart= of the service, with what systemd would give it and nothing else.
as_unit() {
	local status=$1 command
	shift
	command=$(sed -n '/^ExecStart=/,/[^\\]$/p' "$packaging/systemd/certroll-audit.service" |
		sed -e 's/^ExecStart=//' -e 's/\\$//' | tr '\n\t' '  ')
	read -ra command <<<"$(here "$command")"
	expect_exit "$status" env -i PATH="$PATH" LANG=C.UTF-8 STATE_DIRECTORY="$workdir/state" \
		CACHE_DIRECTORY="$workdir/cache" CREDENTIALS_DIRECTORY="$workdir/credentials" \
		ASAN_OPTIONS="$ASAN_OPTIONS" UBSAN_OPTIONS="$UBSAN_OPTIONS" LSAN_OPTIONS="$LSAN_OPTIONS" \
		"${command[@]}" --ca-file "$pki/root.crt" --bundle "$pki/good.pem" --profile server "$@"
}

# --- systemd -----------------------------------------------------------------------------------------

mkdir "$workdir/units"
for unit in certroll-audit.service certroll-audit.timer; do
	here "$(cat "$packaging/systemd/$unit")" >"$workdir/units/$unit"
done
expect_exit 0 systemd-analyze verify --man=no "$workdir"/units/certroll-audit.{service,timer}
[[ ! -s $workdir/err ]] || fail "$(cat "$workdir/err")"
sed -i 's/^ProtectHome=/ProtectHoem=/' "$workdir/units/certroll-audit.service"
systemd-analyze verify --man=no "$workdir/units/certroll-audit.service" 2>&1 | grep -q ProtectHoem ||
	fail 'systemd-analyze does not see a mistake'
expect_exit 0 systemd-analyze security --no-pager --offline=true --threshold=30 \
	"$packaging/systemd/certroll-audit.service"
grep -v '^[A-Z][a-zA-Z]*=\(yes\|invisible\|pid\|native\|@\|~@\|AF_\|$\)' "$packaging/systemd/certroll-audit.service" \
	>"$workdir/units/certroll-open.service"
expect_exit 1 systemd-analyze security --no-pager --offline=true --threshold=30 "$workdir/units/certroll-open.service"

# A night on which all is well says nothing, and leaves metrics and a page.
site "pbx:$well"
as_unit 0
[[ ! -s $workdir/out && ! -s $workdir/err ]] || fail "$(cat "$workdir/out" "$workdir/err")"
[[ ! -e $workdir/received ]] || fail 'told of a night on which all is well'
grep -q '^certroll_serves_bundle{.*} 1$' "$workdir/cache/certroll.prom"
grep -q '</html>' "$workdir/cache/audit.html"
expect_equal 644 "$(stat -c %a "$workdir/cache/certroll.prom")"

# Another one: said, and told once, signed with the credential.
site "pbx:$well" "ap:$wrong" "rp:$away"
as_unit 1
expect_grep 'O[0-9]' "$workdir/out"
as_unit 1
expect_equal 1 "$(wc -l <"$workdir/received")"
grep -q '"signature": "good"' "$workdir/received"
grep -q '</html>' "$workdir/cache/audit.html"
prom=$workdir/cache/certroll.prom
expect_exit 0 certroll history --audits -i "$workdir/etc/inventory.yaml" --state "$workdir/state"

# --- cron --------------------------------------------------------------------------------------------

mapfile -t jobs < <(grep -vE '^(#|$|[A-Z]+=)' "$packaging/cron/certroll")
expect_equal 1 "${#jobs[@]}"
read -r minute hour day month weekday user job <<<"${jobs[0]}"
[[ $minute =~ ^[0-9]+$ && $hour =~ ^[0-9]+$ && "$day$month$weekday" == '***' && $user == certroll ]] ||
	fail "cron: ${jobs[0]}"
[[ $job != *%* ]] || fail 'cron takes % for a line end'
site "pbx:$well"
job=$(here "/usr/bin/$job")
CREDENTIALS_DIRECTORY=$workdir/credentials expect_exit 0 sh -c "$job --ca-file $pki/root.crt"
[[ ! -s $workdir/out ]] || fail 'cron would send mail of a night on which all is well'

# --- Prometheus --------------------------------------------------------------------------------------

site "pbx:$well" "ap:$wrong" "rp:$away"
as_unit 1
"$(peer promtool)" check metrics <"$prom" >"$workdir/lint" 2>&1 || fail "$(cat "$workdir/lint")"
[[ ! -s $workdir/lint ]] || fail "$(cat "$workdir/lint")"
cp "$packaging"/prometheus/*.yml "$workdir/metrics/"
expect_exit 0 "$(peer promtool)" check rules "$workdir/metrics/certroll.rules.yml"
expect_exit 0 "$(peer promtool)" test rules "$workdir/metrics/certroll.rules.test.yml"

# Each alert is tried: without it, or with another limit, the tests of the rules fail.
mapfile -t alerts < <(sed -nE 's/^ *- alert: //p' "$packaging/prometheus/certroll.rules.yml")
[[ ${#alerts[@]} -ge 8 ]]
for alert in "${alerts[@]}"; do
	sed "s/alert: $alert$/alert: Spoiled/" "$packaging/prometheus/certroll.rules.yml" >"$workdir/metrics/certroll.rules.yml"
	expect_exit 1 "$(peer promtool)" test rules "$workdir/metrics/certroll.rules.test.yml"
done
for change in 's,1 / 10,1 / 5,' 's,1 / 3,1 / 2,' 's,30 \* 86400,31 * 86400,' 's,26 \* 3600,36 * 3600,' 's,for: 2d,for: 1d,'; do
	sed "$change" "$packaging/prometheus/certroll.rules.yml" >"$workdir/metrics/certroll.rules.yml"
	expect_exit 1 "$(peer promtool)" test rules "$workdir/metrics/certroll.rules.test.yml"
done
rm "$workdir"/metrics/*

# The real collector of files shows every sample, through the link that the page recommends.
ln -s "$prom" "$workdir/metrics/certroll.prom"
free_port exporter
start exporter "$(peer prometheus-node-exporter)" --web.listen-address="127.0.0.1:$exporter" \
	--collector.disable-defaults --collector.textfile --collector.textfile.directory="$workdir/metrics"
wait_for_port "$exporter"
curl -fsS "http://127.0.0.1:$exporter/metrics" >"$workdir/scraped"
grep -q '^node_textfile_scrape_error 0$' "$workdir/scraped"
# samples FILE: name, labels in any order, value.
samples() {
	python3 -c 'import re, sys
for line in open(sys.argv[1], encoding="utf-8"):
    if line.startswith("certroll_"):
        name, labels, value = re.fullmatch(r"([a-z_]+)(?:\{(.*)\})? (\S+)\n", line).groups()
        print(name, sorted(re.findall(r"\w+=\"(?:[^\"\\]|\\.)*\"", labels or "")), float(value))' "$1" | sort
}
samples "$prom" >"$workdir/samples.written"
samples "$workdir/scraped" >"$workdir/samples.scraped"
[[ $(wc -l <"$workdir/samples.written") -ge 20 ]]
cmp "$workdir/samples.written" "$workdir/samples.scraped"

# Rules and dashboard ask for what there is, and the page describes it.
names() { grep -ohE '\bcertroll_[a-z_]+' "$@" | sort -u; }
sed -n 's/^# TYPE \([a-z_]*\) .*/\1/p' "$prom" | sort >"$workdir/names"
for file in prometheus/certroll.rules.yml grafana/certroll.json; do
	unknown=$(comm -13 "$workdir/names" <(names "$packaging/$file"))
	[[ -z $unknown ]] || fail "$file asks for $unknown, which certroll does not write"
done
expect_equal '' "$(comm -23 "$workdir/names" <(names "$project/docs/reports.md"))" 'not in docs/reports.md'

# --- Grafana -----------------------------------------------------------------------------------------

python3 "$project/tests/support/dashboard.py" "$packaging/grafana/certroll.json" >"$workdir/queries.yml" ||
	fail 'the dashboard is not sound'
expect_exit 0 "$(peer promtool)" check rules "$workdir/queries.yml"

# --- Nagios and Icinga -------------------------------------------------------------------------------

# nagios STATUS COMMAND ARG1 ARG2: as the scheduler would, its macros filled in.
nagios() {
	local status=$1 line
	line=$(awk -v name="$2" '$1 == "command_name" { here = $2 == name } $1 == "command_line" && here' \
		"$packaging/nagios/certroll.cfg" | sed -E 's/^ *command_line +//')
	[[ -n $line ]] || fail "no command $2"
	# shellcheck disable=SC2016 # macros of Nagios
	line=${line//'$HOSTADDRESS$'/127.0.0.1}
	# shellcheck disable=SC2016
	line=${line//'$ARG1$'/$3}
	# shellcheck disable=SC2016
	line=${line//'$ARG2$'/$4}
	line=$(here "$line")
	[[ $line != *\$* ]] || fail "a macro is left: $line"
	expect_exit "$status" sh -c "$line"
	expect_grep '^CERTROLL (OK|WARNING|CRITICAL|UNKNOWN) - [^|]* ?' "$workdir/out"
}
own="--ca-file $pki/root.crt --profile server --state $workdir/nagios"
nagios 2 check_certroll "$workdir/etc/inventory.yaml" "$own"
expect_grep '^CERTROLL CRITICAL .*\| endpoints=3 ' "$workdir/out"
nagios 0 check_certroll "$workdir/etc/inventory.yaml" "-l pbx $own"
expect_grep "^CERTROLL OK .* days_left=" "$workdir/out"
nagios 3 check_certroll "$workdir/nowhere.yaml" "$own"
nagios 2 check_certroll_server "$away" www.example.test
nagios 2 check_certroll_server "$well" www.elsewhere.test
[[ ! -e $workdir/nagios ]] || fail 'a plugin keeps no history'

certroll help audit >"$workdir/help"
for option in $(grep -oE '"--?[a-z-]+"' "$packaging/nagios/certroll.conf" | tr -d '"' | sort -u); do
	grep -qE "(^|[ ,])$option([ ,]|$)" "$workdir/help" || fail "Icinga: audit has no option $option"
done
