#!/bin/bash
# A roster becomes a fleet: each box as its line says, thousands at once, and faults by the seed.
. "$(dirname "$0")/../support/lib.sh"

# start_roster [OPTION...]: like start_mock; what it announces is in $announced.
start_roster() {
	announced=$workdir/mock-${#children[@]}.log
	start_mock --fleet "$workdir/roster" --first 127.81.0.1 "$@"
	wait_until 15 grep -q '"ready":true' "$announced" || fail 'the roster is not ready'
}

# announced_port NAME SERVICE
announced_port() {
	python3 - "$announced" "$@" <<-'PYTHON'
		import json, sys
		for line in open(sys.argv[1]):
		    box = json.loads(line)
		    if box.get("name") == sys.argv[2]:
		        print(box["address"], box["ports"].get(sys.argv[3], "none"))
	PYTHON
}

# certificate ADDRESS PORT
certificate() {
	openssl s_client -connect "$1:$2" </dev/null 2>/dev/null | openssl x509 -noout -text 2>/dev/null
}

free_port wanted
cat >"$workdir/roster" <<-END
	{"name":"pbx","password":"geheim","names":["pbx.example.test","*.pbx.example.test"]}
	{"name":"rp","ports":{"https":$wanted,"tls1":0},"firmware":"16r1","faults":["slow:1"]}
	{"name":"manager","family":"innovaphone-ap","names":["ap.example.test"],"set":{"page-path":"/page"}}
END
start_roster --firmware 15r1
read -r pbx https < <(announced_port pbx https)
read -r rp moved < <(announced_port rp https)
read -r manager ap < <(announced_port manager https)
expect_equal "$pbx $rp $manager" '127.81.0.1 127.81.0.2 127.81.0.3'
expect_equal "$moved" "$wanted" 'the port that was asked for'
[[ $https != "$wanted" && $https == "$ap" ]] || fail 'boxes without a wish share a free port'
expect_equal "$(announced_port rp sips)" '127.81.0.2 none'
read -r rp further < <(announced_port rp tls1)
certificate "$rp" "$further" >/dev/null || fail 'rp has no further port'
! certificate "$pbx" "$further" >/dev/null || fail 'pbx has a port it did not want'
expect_equal "$(announced_port manager sips)" '127.81.0.3 none'

certificate "$pbx" "$https" >"$workdir/pbx" || fail 'no pbx'
expect_grep 'DNS:pbx.example.test, DNS:\*.pbx.example.test' "$workdir/pbx"
certificate "$manager" "$ap" >"$workdir/ap" || fail 'no manager'
expect_grep 'Issuer: CN = AP-00-90-33-51-00-03' "$workdir/ap"
expect_grep 'DNS:ap.example.test' "$workdir/ap"
certificate "$rp" "$moved" >"$workdir/rp" || fail 'no rp'
refute_grep 'DNS:' "$workdir/rp"
! certificate "$rp" "$https" >/dev/null || fail 'rp answers on the port of others'

state() { curl --silent --insecure --user "$1" --write-out '\n%{http_code}\n' "https://$2$3"; }
state admin:geheim "$pbx:$https" /CMD0/box_info.xml >"$workdir/out"
expect_grep 'version="15r1\['
state admin:ip811 "$rp:$moved" /CMD0/box_info.xml >"$workdir/out"
expect_grep 'version="16r1\['
state admin:ip811 "$pbx:$https" '/CMD0/mod_cmd.xml?cmd=xml-info' >"$workdir/out"
expect_grep '^401$'
state admin:geheim "$pbx:$https" '/CMD0/mod_cmd.xml?cmd=xml-info' >"$workdir/out"
expect_grep 'name="pbx"'
state nobody:nothing "$manager:$ap" /page >"$workdir/out"
expect_grep '<h1>Settings/Security</h1>'
stop "$mock"

# A line that is wrong is named; nothing starts.
printf '{}\n{"family":"nix"}\n' >"$workdir/roster"
expect_exit 1 "$build/mock-fleet" --fleet "$workdir/roster"
expect_grep 'line 2: family: no device family "nix"' "$workdir/err"

# Ten thousand at once; what is not spoken to costs next to nothing.
for ((i = 0; i < 10000; i++)); do
	printf '{"name":"box-%d","password":"secret-%d"}\n' "$i" "$i"
done >"$workdir/roster"
start_roster
expect_equal "$(wc -l <"$announced")" 10001
read -r last https < <(announced_port box-9999 https)
expect_equal "$last" 127.81.39.16
state admin:secret-9999 "$last:$https" '/CMD0/mod_cmd.xml?cmd=xml-info' >"$workdir/out"
expect_grep 'name="box-9999"'
stop "$mock"

# Standard input may be the roster, and its end the end of the fleet.
exec {roster}> >("$build/mock-fleet" --fleet - --with-stdin --first 127.81.0.1 \
	>"$workdir/stdin.log" 2>&1; echo ended >>"$workdir/stdin.log")
printf '{"name":"first"}\n\n' >&"$roster"
wait_until 15 grep -q '"ready":true' "$workdir/stdin.log" || fail 'no fleet from standard input'
exec {roster}>&-
wait_until 15 grep -q '^ended' "$workdir/stdin.log" || fail 'it outlives its standard input'

# Random faults: the same seed gives the same ones, another seed others; each is in the log.
faults() {
	local log=$workdir/log.$1 i
	start_mock --first 127.81.0.1 --count 30 --random-faults "$2:40" --log "$log"
	for ((i = 1; i <= 30; i++)); do
		curl --silent --insecure --max-time 0.4 --output /dev/null \
			"https://127.81.0.$i:$(mock_port https)/CMD0/box_info.xml" || true
	done
	stop "$mock"
	python3 - "$log" >"$workdir/faults.$1" <<-'PYTHON'
		import json, sys
		for line in open(sys.argv[1]):
		    event = json.loads(line)
		    if event["event"] in ("connect", "connect-refused", "request"):
		        print(event["device"], event["event"], event.get("fault", "-"))
	PYTHON
}

faults one 7
faults two 7
faults three 8
sort "$workdir/faults.one" >"$workdir/one"
sort "$workdir/faults.two" >"$workdir/two"
cmp -s <(grep connect "$workdir/one") <(grep connect "$workdir/two") ||
	fail 'the same seed, other faults'
! cmp -s <(grep connect "$workdir/one") <(sort "$workdir/faults.three" | grep connect) ||
	fail 'another seed, the same faults'
expect_grep ' (reset-connection|never-answer|tls10-only|requires-client-cert)$' "$workdir/one"
expect_grep ' connect -$' "$workdir/one"
expect_exit 2 "$build/mock-fleet" --random-faults 7
expect_grep 'want SEED:RATE' "$workdir/err"
