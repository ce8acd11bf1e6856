#!/bin/bash
# Somebody in between, with a key of his own, gets no password and no byte of the private key: not at
# once, not when he appears between the look and the upload, whatever `trust:` is, by HTTP and by
# WebSocket.  What he can read is dumped, and the dump is empty.
. "$(dirname "$0")/../support/lib.sh"
. "$(dirname "$0")/../support/serve.sh"
. "$(dirname "$0")/../support/site.sh"

make_bundles
ca=$workdir/ca.pem
(umask 077 && printf '%s\n' "$password" >"$workdir/box.pw")
cat >"$workdir/roster" <<JSON
{"name":"gw","user":"admin","password":"$password","names":["gw.example.test"],"ports":{"https":0}}
{"name":"ap","family":"innovaphone-ap","password":"$password","names":["ap.example.test"],"ports":{"https":0}}
JSON
start_mock --fleet "$workdir/roster" --first 127.77.5.1 --log "$workdir/fleet.log"
declare -A drivers=([gw]=innovaphone [ap]=innovaphone-ap) real=()
real[gw]=127.77.5.1:$(mock_port https)
real[ap]=127.77.5.2:$(mock_port https)

# --- certificates of those in between ---------------------------------------------------------------

# issue NAME CN DAYS CA: a key and a certificate NAME.crt, signed by CA.crt; CN is also its DNS name.
issue() {
	openssl req -new -newkey rsa:2048 -nodes -keyout "$workdir/$1.key" -out "$workdir/$1.csr" \
		-subj "/CN=$2" 2>/dev/null
	printf 'subjectAltName=DNS:%s\nbasicConstraints=CA:FALSE\n' "${2,,}" >"$workdir/$1.ext"
	openssl x509 -req -in "$workdir/$1.csr" -CA "$workdir/$4.crt" -CAkey "$workdir/$4.key" \
		-CAcreateserial -days "$3" -extfile "$workdir/$1.ext" -out "$workdir/$1.leaf" 2>/dev/null
	cat "$workdir/$1.leaf" "$workdir/$4.crt" >"$workdir/$1.crt"
}

make_ca() {
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$workdir/$1.key" -out "$workdir/$1.crt" \
		-days 30 -subj "/CN=$2" 2>/dev/null
}

make_ca vendor 'innovaphone Device Certification Authority'
make_ca stranger 'innovaphone Device Certification Authority'
issue mallory mallory.example.org 20 stranger
issue posing gw.example.test 20 stranger
issue named gw.example.test 20 vendor
issue unnamed other.example.test 20 vendor
issue right IP811-00-90-33-4d-00-01 20 vendor
issue other-mac IP811-00-90-33-4d-00-02 20 vendor
issue no-mac IP811 20 vendor
issue expired IP811-00-90-33-4d-00-01 -1 vendor
issue other-ca IP811-00-90-33-4d-00-01 20 stranger
cat "$workdir/vendor.crt" "$bundle_pki/root.crt" >"$ca"

# --- the scene --------------------------------------------------------------------------------------

# device BOX PORT KEY...: the inventory has one box, at 127.0.0.1:PORT, with these further keys.
device() {
	local box=$1 port=$2 more=''
	shift 2
	for key; do more+=", $key"; done
	inventory=$workdir/one.yaml
	printf 'devices:\n  - {name: %s, role: other, driver: %s, host: 127.0.0.1, port: %s, user: admin, password: file:box.pw, names: [%s.example.test], services: ["https:%s"]%s}\n' \
		"$box" "${drivers[$box]}" "$port" "$box" "$port" "$more" >"$inventory"
}

# between CERTIFICATE PORT OPTION...: he sits on this port; what he reads goes to $dump.
between() {
	local cert=$1 at=$2
	shift 2
	dump=$workdir/dump
	rm -f "$dump" "$dump.ready" "$workdir/appears"
	start mitm python3 "$project/tests/support/mitm.py" "$at" "$workdir/$cert.crt" "$workdir/$cert.key" \
		"$dump" "$@"
	mitm=$started
	wait_for_port "$at"
}

read_nothing() {
	[[ ! -s $dump ]] || fail "he read: $(head -c 200 "$dump")"
	refute_grep "$password" "$workdir/out"
}

roll() {
	local status=$1
	shift
	run "$status" deploy "$bundle" -i "$inventory" --yes --ca-file "$ca" --settle 2s -v "$@"
}

# --- the dump shows what there is to be read: with trust: none he gets the password -----------------

free_port port
between mallory "$port"
device gw "$port" 'trust: none'
roll 1
expect_grep 'warning: trust: none - nobody checked that this is the device'
expect_grep '^Authorization: Basic ' "$dump"
expect_grep "^$(printf 'Authorization: Basic %s' "$(printf 'admin:%s' "$password" | base64)")" "$dump"
stop "$mitm"
between mallory "$port"
device ap "$port" 'trust: none'
roll 1
expect_grep '^GET /manager HTTP' "$dump"
stop "$mitm"

# --- there from the start ---------------------------------------------------------------------------

for box in gw ap; do
	# Unknown; then known, and he has another key.
	rm -rf "$workdir/state"
	between mallory "$port"
	device "$box" "$port"
	roll 1
	expect_grep 'its key is not known yet'
	read_nothing
	stop "$mitm"
	between mallory "$port" --pass "${real[$box]}" --until "$workdir/appears"
	run 0 pin -i "$inventory" --yes
	touch "$workdir/appears"
	wait_until 10 test -e "$dump.ready" || fail 'he does not appear'
	for accept in '' --accept-new; do
		roll 1 $accept
		expect_grep 'its key is not the one it was known by'
	done
	read_nothing
	stop "$mitm"

	# trust: ca, with a certificate of nobody, of somebody else, and of somebody for another name.
	device "$box" "$port" 'trust: ca'
	for cert in mallory:'does not lead to a trust anchor' posing:'does not lead to a trust anchor' \
		unnamed:"is not for '$box.example.test'"; do
		between "${cert%%:*}" "$port"
		roll 1
		expect_grep "${cert#*:}"
		read_nothing
		stop "$mitm"
	done
done

# trust: factory: another box of the vendor, none, an expired certificate, another CA of that name.
device gw "$port" 'trust: factory' "factory-ca: $workdir/vendor.crt" "mac: '00:90:33:4d:00:01'"
rm -rf "$workdir/state"
for cert in other-mac:'another one: the MAC' no-mac:'another one: the MAC' expired:'its key is not known yet' \
	other-ca:'its key is not known yet' mallory:'its key is not known yet'; do
	between "${cert%%:*}" "$port"
	roll 1
	expect_grep "${cert#*:}"
	read_nothing
	stop "$mitm"
done
between right "$port"
roll 1
expect_grep 'Authorization: Basic' "$dump" # the one box that it may go to
stop "$mitm"
device gw "$port" 'trust: ca'
between named "$port"
roll 1
expect_grep 'Authorization: Basic' "$dump"
stop "$mitm"

# --- he appears between the look and the upload -----------------------------------------------------

# appear BOX REGEX: the administrator says yes to the plan, and then somebody else is there.
appear() {
	local box=$1 status=0
	free_port port
	between mallory "$port" --pass "${real[$box]}" --until "$workdir/appears"
	device "$box" "$port" "${@:3}"
	run 0 pin -i "$inventory" --yes
	rm -f "$workdir/asked" "$workdir/asked.go"
	NO_COLOR=1 start deploy python3 "$project/tests/support/answer.py" "$workdir/asked" "$build/certroll" deploy \
		"$bundle" -i "$inventory" --ca-file "$ca" --settle 1s --timeout 3s --state "$workdir/state"
	wait_until 20 test -e "$workdir/asked" || fail 'no question'
	touch "$workdir/appears"
	wait_until 10 test -e "$dump.ready" || fail 'he does not appear'
	touch "$workdir/asked.go"
	wait "$started" || status=$?
	cp "$workdir/deploy.log" "$workdir/out"
	expect_equal "$status" 1 'exit status'
	expect_grep '1 would-change'
	expect_grep "$box +failed .*$2"
	read_nothing
	stop "$mitm"
}

for box in gw ap; do
	appear "$box" 'its key is not the one it was known by'
done
openssl s_client -connect "${real[gw]}" -showcerts </dev/null 2>/dev/null |
	awk '/BEGIN CERT/ { block = "" } { block = block $0 "\n" } /END CERT/ { last = block } END { printf "%s", last }' \
		>>"$ca"
appear gw 'does not lead to a trust anchor' 'trust: ca'
expect_equal "$(grep -c '"step":"upload"' "$workdir/fleet.log" || true)" 0 'uploads'

# --- in the middle of the roll-out ------------------------------------------------------------------

free_port port
between mallory "$port" --pass "${real[gw]}" --until "$workdir/appears"
device gw "$port"
run 0 pin -i "$inventory" --yes
mock_say fault 127.77.5.1 slow@trust:2000 >/dev/null
start deploy "$build/certroll" deploy "$bundle" -i "$inventory" --yes --ca-file "$ca" --settle 1s \
	--timeout 3s --state "$workdir/state"
wait_until 20 grep -q '"step":"trust"' "$workdir/fleet.log" || fail 'no trust step'
touch "$workdir/appears"
status=0
wait "$started" || status=$?
cp "$workdir/deploy.log" "$workdir/out"
expect_equal "$status" 1 'exit status'
read_nothing
expect_equal "$(grep -c '"step":"upload"' "$workdir/fleet.log" || true)" 0 'uploads'
stop "$mitm"
mock_say unfault all >/dev/null

# --- redirects, proxies, netrc ----------------------------------------------------------------------

# A redirect to another host is an answer, not a way.
free_port elsewhere
between mallory "$elsewhere"
elsewhere_dump=$dump.elsewhere
mv "$dump" "$elsewhere_dump"
stop "$mitm"
start other python3 "$project/tests/support/mitm.py" "$elsewhere" "$workdir/mallory.crt" \
	"$workdir/mallory.key" "$elsewhere_dump"
wait_for_port "$elsewhere"
free_port port
between mallory "$port" --redirect "https://127.0.0.1:$elsewhere/CMD0/box_info.xml"
device gw "$port" 'trust: none'
roll 1
expect_grep '^GET /CMD0/box_info.xml' "$dump"
[[ ! -s $elsewhere_dump ]] || fail 'a redirect was followed'
stop "$mitm"

# Nor is anything sent by a proxy of the environment, nor any password of ~/.netrc.
rm -rf "$workdir/state"
mkdir -p "$workdir/home"
printf 'machine 127.77.5.1 login evil password netrc-Secret\ndefault login evil password netrc-Secret\n' \
	>"$workdir/home/.netrc"
chmod 600 "$workdir/home/.netrc"
sed "s/host: 127.0.0.1, port: $port/host: 127.77.5.1, port: ${real[gw]##*:}/; s/https:$port/https:${real[gw]##*:}/; s/, trust: none//" \
	"$inventory" >"$workdir/direct.yaml"
cp "$workdir/direct.yaml" "$inventory"
export https_proxy=http://127.0.0.1:$elsewhere HTTPS_PROXY=http://127.0.0.1:$elsewhere \
	ALL_PROXY=socks5://127.0.0.1:$elsewhere HTTP_PROXY=http://127.0.0.1:$elsewhere
HOME=$workdir/home roll 0 --accept-new
expect_grep 'gw +changed'
unset https_proxy HTTPS_PROXY ALL_PROXY HTTP_PROXY
[[ ! -s $elsewhere_dump ]] || fail 'a proxy was used'
refute_grep '"logins_refused":[1-9]' <(mock_say stats all)

# --- two entries of one address: each is judged by its own rules ------------------------------------

(umask 077 && echo other-Secret >"$workdir/wrong.pw")
line=$(grep 'name: gw' "$inventory")
{
	echo 'devices:'
	echo "$line"
	vendor="{name: gw-vendor, trust: factory, factory-ca: $workdir/vendor.crt, mac: '0090334d0501'"
	echo "${line/{name: gw/$vendor}"
	echo "${line/name: gw/name: gw-unknown}"
	echo "${line/name: gw/name: gw-wrong}" | sed 's/}$/, trust: none}/; s/box.pw/wrong.pw/'
} >"$workdir/twins.yaml"
inventory=$workdir/twins.yaml
mock_say factory all >/dev/null
rm -rf "$workdir/state"
run 0 pin -i "$inventory" -l gw --yes
: >"$workdir/fleet.log"
roll 1
expect_grep 'gw +(changed|unchanged)'
expect_grep 'gw-vendor +failed .*its key is not known yet'
expect_grep 'gw-unknown +failed .*its key is not known yet'
expect_grep 'gw-wrong +failed .*refuses user'
# Again, now that the box serves the bundle: idle connections of one entry are not the other's.
roll 1 --jobs 1
expect_grep 'gw +unchanged'
expect_grep 'gw-vendor +failed'
expect_grep 'gw-unknown +failed'
expect_grep 'gw-wrong +failed .*refuses user'

# --- a client certificate is wanted: told as what it is, over the WebSocket, too --------------------

mock_say fault 127.77.5.2 requires-client-cert >/dev/null
free_port port
device ap "${real[ap]##*:}" 'trust: none'
sed -i 's/host: 127.0.0.1/host: 127.77.5.2/' "$inventory"
roll 4
expect_grep 'ap +unreachable +challenge: the box asked for a client certificate'

# --- too many open files ----------------------------------------------------------------------------

mock_say unfault all >/dev/null
for files in 6 7 8 9 10 11 12; do
	(ulimit -n "$files" && "$build/certroll" deploy "$bundle" -i "$inventory" --dry-run --ca-file "$ca" \
		--state "$workdir/state") >>"$workdir/few" 2>&1 || true
done
expect_grep 'unreachable +challenge: too many open files on this computer' "$workdir/few"
