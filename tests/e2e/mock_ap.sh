#!/bin/bash
# The mock App Platform: log-on, upload, verdict and deletion as an independent client sees them.
. "$(dirname "$0")/../support/lib.sh"
. "$(dirname "$0")/../support/serve.sh"

box=127.79.0.1
zeros=00000000000000000000000000000000

# connect [PATH]: talk to the manager; say and hear use this connection.
connect() {
	[[ -z ${socket_PID:-} ]] || stop "$socket_PID"
	coproc socket { exec "$project/tests/support/ws.py" "$box" "$port" "${1:-/manager}" 2>&1; }
	children+=("$socket_PID")
}

say() { printf '%s\n' "$1" >&"${socket[1]}"; }

# hear REGEX: wait for a line that matches, put it into $heard, and count the others in $unrelated.
hear() {
	unrelated=0
	while read -r -t 10 heard <&"${socket[0]}"; do
		[[ ! $heard =~ $1 ]] || return 0
		unrelated=$((unrelated + 1))
	done
	fail "nothing came that matches: $1"
}

# member NAME: of the object in $heard.
member() {
	python3 -c 'import json, sys; print(json.loads(sys.argv[1])[sys.argv[2]])' "$heard" "$1"
}

# log_in PASSWORD
log_in() {
	say '{"mt":"AppChallenge"}'
	hear '"AppChallengeResult"'
	local challenge digest
	challenge=$(member challenge)
	[[ $challenge =~ ^[0-9]{16}$ ]] || fail "challenge $challenge"
	digest=$(printf '%s' "manager::manager:$zeros:Admin:$challenge:$1" | sha256sum | cut -d' ' -f1)
	say '{"mt":"AppLogin","app":"manager","domain":"","sip":"manager","guid":"'"$zeros"'","dn":"Admin","digest":"'"$digest"'"}'
	hear '"AppLoginResult"'
}

# upload FILE [KEY]: prints the status.
upload() {
	curl --silent --insecure --output "$workdir/body" --write-out '%{http_code}' \
		--header 'Content-Type: application/text' --data-binary "@$1" \
		"https://$box:$port/manager/upload?src=server-certificate&key=${2-$key}"
}

leaf() {
	openssl s_client -connect "$box:$port" </dev/null 2>/dev/null |
		openssl x509 -noout -fingerprint -sha256
}

leaf_of() { openssl x509 -noout -fingerprint -sha256 -in "$1"; }

make_variants "$workdir/pki"
good=$workdir/pki/good.full.pem
incomplete=$workdir/pki/leaf-only.full.pem
misordered=$workdir/pki/leaf-root-intermediate.full.pem

start_mock --device innovaphone-ap --first "$box" --count 2 --log "$workdir/log"
port=$(mock_port https)
factory=$(leaf)
expect_equal "$(mock_port sips)" '' 'the manager has no other port'

# Log-on: nobody gets a key without it, a wrong password is answered without ok.
connect
say '{"mt":"RequestHttpKey","src":"0"}'
hear '"RequestHttpKeyResult"'
[[ $heard != *'"key"'* ]] || fail 'a key without log-on'
log_in wrong
expect_equal "$heard" '{"mt":"AppLoginResult"}'
expect_equal "$unrelated" 1 'a message nobody asked for comes first'
log_in pwd
expect_equal "$heard" '{"mt":"AppLoginResult","ok":true}'
say '{"mt":"AppPlatformInfoRequest","src":"1"}'
hear '"AppPlatformInfoResult","src":"1"'
expect_equal "$(member version)" '14r1 (141234)'
say '{"mt":"RequestHttpKey"}'
hear '"RequestHttpKeyResult"'
key=$(member key)

# Upload: the token decides, the verdict comes over the socket, the old certificate stays on error.
expect_equal "$(upload "$good" "${key//[0-9a-f]/0}")" 403
expect_equal "$(upload "$good" '')" 403
expect_equal "$(upload "$misordered")" 200
hear '"ServerCertificateResult"'
expect_equal "$(member error)" CERTIFICATE_CHAIN_INVALID
expect_equal "$(leaf)" "$factory"
expect_equal "$(upload "$good")" 200
expect_equal "$(wc -c <"$workdir/body")" 0
hear '"ServerCertificateResult"'
expect_equal "$heard" '{"mt":"ServerCertificateResult","ok":true}'
expect_equal "$(leaf)" "$(leaf_of "$good")"
say '{"mt":"GetServerCertificate","src":"2"}'
hear '"GetServerCertificateResult","src":"2"'
expect_equal "$(upload "$incomplete")" 200
hear '"ServerCertificateResult"'
expect_equal "$(member ok)" True 'from 14r1 on the root may be missing'

# Deletion, and the socket's end, which ends the key.
say '{"mt":"DeleteServerCertificate","src":"3"}'
hear '"DeleteServerCertificateResult"'
expect_equal "$heard" '{"mt":"DeleteServerCertificateResult","src":"3"}'
expect_equal "$(leaf)" "$factory"
line=${socket[1]}
exec {line}>&-
wait "$socket_PID" 2>/dev/null || true
forgotten() { [[ $(upload "$good") == 403 ]]; }
wait_until 5 forgotten || fail 'the key outlives its socket'

# Frames that are none: unmasked, binary, over 64 KiB.
for wrong in '!810568656c6c6f 1002' '!828100000000ff 1003' '!81ff0000000000010001 1009' '!818100000000ff 1007'; do
	connect
	say "${wrong% *}"
	hear '^closed'
	expect_equal "$heard" "closed ${wrong#* }"
done

# get_key: a fresh connection, logged in, with $key.
get_key() {
	connect
	log_in pwd
	say '{"mt":"RequestHttpKey"}'
	hear '"RequestHttpKeyResult"'
	key=$(member key)
}

# fault FAULT: the only one of the first box from now on, which is as new.
fault() {
	mock_say unfault all >/dev/null
	mock_say factory "$box" >/dev/null
	mock_say fault "$box" "$1" | grep -q '"ok":true' || fail "no fault $1"
}

certificates() {
	openssl s_client -connect "$box:$port" -showcerts </dev/null 2>/dev/null | grep -c BEGIN
}

# What is said and what is served differ, each in its way.
fault keep-old
get_key
expect_equal "$(upload "$good")" 200
hear '"ServerCertificateResult","ok":true'
expect_equal "$(leaf)" "$factory"
fault fail-but-install
expect_equal "$(upload "$good")" 200
hear '"ServerCertificateResult","error":"CERTIFICATE_LOAD_FAILED"'
expect_equal "$(leaf)" "$(leaf_of "$good")"
fault drop-intermediate
expect_equal "$(upload "$good")" 200
hear '"ServerCertificateResult","ok":true'
expect_equal "$(certificates)" 3
fault never-answer@result
expect_equal "$(upload "$good")" 200
! read -r -t 1 <&"${socket[0]}" || fail 'a verdict in spite of the fault'
expect_equal "$(certificates)" 4
fault slow@result:1200
expect_equal "$(upload "$good")" 200
! read -r -t 0.8 <&"${socket[0]}" || fail 'the verdict came too early'
hear '"ServerCertificateResult","ok":true'
fault busy@upload:1
expect_equal "$(upload "$good")" 503
expect_equal "$(upload "$good")" 200
hear '"ServerCertificateResult","ok":true'
fault reset-connection@info
say '{"mt":"AppPlatformInfoRequest"}'
hear '^closed$'
fault busy@websocket:1
connect
hear '^no upgrade: HTTP/1.1 503'
fault reset-connection@websocket
connect
hear 'before the upgrade|Connection reset'
fault never-answer@challenge
connect
say '{"mt":"AppChallenge"}'
! read -r -t 1 <&"${socket[0]}" || fail 'a challenge in spite of the fault'

# An older one wants the root; faults and other names come from the command line.
stop "$mock"
start_mock --device innovaphone-ap --first "$box" --firmware '13r3 sr5' --set ws-path=/manager/manager \
	--set result-mt=UploadResult --set error-field=errorText --fault cut-body@info
port=$(mock_port https)
connect
hear '^no upgrade: HTTP/1.1 404'
connect /manager/manager
log_in pwd
say '{"mt":"RequestHttpKey"}'
hear '"RequestHttpKeyResult"'
key=$(member key)
expect_equal "$(upload "$incomplete")" 200
hear '"UploadResult"'
expect_equal "$(member errorText)" CERTIFICATE_CHAIN_INVALID
say '{"mt":"AppPlatformInfoRequest"}'
hear '^closed with half a frame'
refute_grep 'PRIVATE|digest' "$workdir/log"
