#!/bin/bash
# Makes the recordings in tests/data/har: a real Chromium at the pages of mock devices.  For people,
# by hand (./dev record), when the pages change: a browser is too heavy for every test run.
#
#   record.sh FOLDER-WITH-NODE_MODULES [OUTPUT-FOLDER]
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/other_words.sh"

modules=$1
recordings=${2:-$project/tests/data/har}

# make_self_signed NAME SUBJECT
make_self_signed() {
	openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj "/CN=$2" \
		-keyout "$workdir/$1.key" -out "$workdir/$1.crt" 2>/dev/null
}

# record KIND ADDRESS FILE NAME=VALUE...
record() {
	local kind=$1 url file=$3
	url=https://$2:$(mock_port https)
	shift 3
	node "$modules/record.mjs" "$kind" "$url" "$recordings/$file" "password=$password" \
		"chromium=$(command -v chromium)" "upload=$workdir/throw-away.pem" \
		"root=$workdir/throw-away-root.crt" "bad=$workdir/broken.pem" "$@"
	printf '%s\n' "$recordings/$file"
}

password=throw-away-Word
make_self_signed throw-away throw-away.example.test
make_self_signed throw-away-root 'throw-away root'
cat "$workdir/throw-away.crt" "$workdir/throw-away.key" >"$workdir/throw-away.pem"
echo 'no certificate' >"$workdir/broken.pem"
# node looks for its modules beside the script
cp "$project/tests/support/record.mjs" "$modules/"

start_mock --device innovaphone --first "$gateway_address" --password "$password" "${gateway_words[@]}"
pages=(user=admin page=/certificates 'visit=/SEC7/box.xml /SEC7/who.xml?cmd=me /SEC7/tls.xml?cmd=show')
record gateway "$gateway_address" gateway-form.har "${pages[@]}"
record tick "$gateway_address" gateway-tick.har "${pages[@]}"
start_mock --device innovaphone-ap --first "$platform_address" --password "$password" \
	"${platform_words[@]}"
record platform "$platform_address" platform.har page=/manager/manager.htm
