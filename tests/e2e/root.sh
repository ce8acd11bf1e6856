#!/bin/bash
# A private root reaches a folder in the forms clients take, and only the right one.
. "$(dirname "$0")/../support/lib.sh"
. "$(dirname "$0")/../support/serve.sh"

pki=$workdir/pki
make_variants "$pki"
root=$pki/root.crt
openssl x509 -in "$root" -outform DER -out "$workdir/root.der"
openssl crl2pkcs7 -nocrl -certfile "$pki/good.pem" -outform DER -out "$workdir/chain.p7b"
openssl crl2pkcs7 -nocrl -certfile "$pki/good.pem" -out "$workdir/chain-text.p7b"
fingerprint=$(openssl x509 -in "$root" -noout -fingerprint -sha256 | sed 's/.*=//')
out=$workdir/site
profile=$out/test-root.mobileconfig

# says STATUS REGEX COMMAND...: on standard error, and nothing is written
says() {
	local status=$1 regex=$2
	shift 2
	rm -rf "$workdir/none"
	expect_exit "$status" certroll root -o "$workdir/none" "$@"
	expect_grep "$regex" "$workdir/err"
	[[ ! -e $workdir/none ]] || fail "$workdir/none was written"
}

# needless COMMAND...: nothing is needed, and nothing is written
needless() {
	rm -rf "$workdir/none"
	expect_exit 0 certroll root -o "$workdir/none" "$@"
	expect_grep "'Test Root' is a public root.*nothing is needed"
	[[ ! -e $workdir/none ]] || fail "$workdir/none was written"
}

# answer WORD COMMAND...: on a terminal of its own; output in $workdir/out, its status in $answered
answer() {
	local word=$1 command
	shift
	command=$(printf '%q ' "$build/certroll" "$@")
	answered=0
	printf '%s\n' "$word" |
		script -qec "$command" /dev/null >"$workdir/out" 2>&1 || answered=$?
}

der_of_profile() {
	plistutil -i "$1" -f bin -o "$workdir/profile.bin"
	python3 - "$workdir/profile.bin" >"$2" <<-'END'
		import plistlib, sys
		profile = plistlib.load(open(sys.argv[1], "rb"))
		assert profile["PayloadType"] == "Configuration" and profile["PayloadVersion"] == 1
		(item,) = profile["PayloadContent"]
		assert item["PayloadType"] == "com.apple.security.root" and item["PayloadVersion"] == 1
		uuids = {profile["PayloadUUID"], item["PayloadUUID"]}
		assert len(uuids) == 2 and profile["PayloadIdentifier"] != item["PayloadIdentifier"]
		sys.stdout.buffer.write(item["PayloadContent"])
	END
}

# --- what is written --------------------------------------------------------------------------------

expect_exit 0 certroll root -o "$out" "$pki/good.full.pem"
expect_grep 'test-root.mobileconfig +profile'
expect_equal "$(find "$out" -printf '%P %m\n' | LC_ALL=C sort | tr '\n' ' ')" \
	" 755 WebRootCA.pem 644 root.cer 644 root.pem 644 sheet.html 644 sheet.txt 644 test-root.mobileconfig 644 "
cmp "$out/root.cer" "$workdir/root.der" || fail 'root.cer is another certificate'
cmp "$out/root.pem" <(openssl x509 -in "$root") || fail 'root.pem is another certificate'
cmp "$out/root.pem" "$out/WebRootCA.pem" || fail 'WebRootCA.pem is another certificate'
der_of_profile "$profile" "$workdir/payload.der"
cmp "$workdir/payload.der" "$workdir/root.der" || fail 'the profile holds another certificate'
! grep -rl 'PRIVATE' "$out" || fail 'a private key was handed out'
python3 - "$out" "$pki/leaf.key" <<'END'
import base64, pathlib, sys
key = b"".join(open(sys.argv[2], "rb").read().split(b"\n")[1:-2])
for file in pathlib.Path(sys.argv[1]).iterdir():
    data = file.read_bytes()
    assert key[60:120] not in data.translate(None, b" \t\n"), file
    assert base64.b64decode(key)[60:120] not in data, file
END

# Once more, and from each form of file: the same bytes.
cp -r "$out" "$workdir/before"
for file in "$pki/good.full.pem" "$root" "$workdir/root.der" "$workdir/chain.p7b" "$workdir/chain-text.p7b"; do
	expect_exit 0 certroll root -o "$out" "$file"
	diff -r "$workdir/before" "$out" || fail "$file gives other bytes"
done
expect_exit 0 certroll root -q -o "$out" "$root"
expect_equal "$(cat "$workdir/out" "$workdir/err")" '' 'quiet'

# Another root's folder, such as that of a CA, is left alone.
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$workdir/other.key" -out "$workdir/other.pem" -subj /CN=Other \
	-days 800 2>/dev/null
expect_exit 3 certroll root -o "$out" "$workdir/other.pem"
expect_grep 'another root\.pem lies there already' "$workdir/err"
diff -r "$workdir/before" "$out" || fail 'the folder of another root was changed'
expect_exit 0 certroll root -o "$workdir/elsewhere" "$workdir/other.pem"

# Names of one's own.
expect_exit 0 certroll root -o "$workdir/named" --name 'Telefon <Köln> & "Bonn"' --identifier de.example.telefon "$root"
der_of_profile "$workdir/named/telefon-k-ln-bonn.mobileconfig" "$workdir/payload.der"
cmp "$workdir/payload.der" "$workdir/root.der" || fail 'the named profile holds another certificate'
expect_grep '<string>Telefon &lt;Köln&gt; &amp; &quot;Bonn&quot;</string>' "$workdir/named/telefon-k-ln-bonn.mobileconfig"
expect_grep '<string>de.example.telefon</string>' "$workdir/named/telefon-k-ln-bonn.mobileconfig"
refute_grep '<K' "$workdir/named/sheet.html"

# --- signed -----------------------------------------------------------------------------------------

expect_exit 0 certroll root -o "$workdir/signed" --sign "$pki/good.full.pem" "$root"
expect_grep "signed by 'example.test'"
openssl cms -verify -binary -inform DER -in "$workdir/signed/test-root.mobileconfig" -purpose any \
	-CAfile "$root" -out "$workdir/content" 2>"$workdir/cms.log" || fail "$(cat "$workdir/cms.log")"
cmp "$workdir/content" "$profile" || fail 'the signed content is not the profile'
openssl cms -verify -binary -inform DER -in "$workdir/signed/test-root.mobileconfig" -purpose any \
	-CAfile "$pki/leaf.crt" -out "$workdir/content" 2>/dev/null && fail 'verifies with any root'
! grep -q 'PRIVATE' "$workdir/signed/test-root.mobileconfig" || fail 'the signer gave its key away'
cp "$pki/good.full.pem" "$workdir/open.pem" && chmod 644 "$workdir/open.pem"
says 3 'open.pem: others may read' --sign "$workdir/open.pem" "$root"
says 3 'good.pem: holds no private key' --sign "$pki/good.pem" "$root"
says 3 "expired.full.pem: 'example.test' expired" --sign "$pki/expired.full.pem" "$root"
says 3 'nothing: No such file' --sign nothing "$root"

# --- what is no root, and what needs none -----------------------------------------------------------

openssl req -x509 -newkey rsa:2048 -nodes -keyout /dev/null -subj '/CN=box' -days 9 \
	-addext 'basicConstraints=critical,CA:FALSE' -out "$workdir/box.pem" 2>/dev/null
says 3 'CA:TRUE is missing' "$workdir/box.pem"
says 3 'no self-signed certificate' "$pki/leaf-only.pem"
says 3 'expired on 20' --at 2060-01-01 "$root"
says 3 'not valid before' --at 2001-01-01 "$root"
says 3 'No such file' "$workdir/nothing.pem"
: >"$workdir/empty.pem"
says 3 'empty' "$workdir/empty.pem"
says 2 'not both'
says 2 'not both' --from 127.0.0.1:1 "$root"
says 2 'is too much: certroll root takes one' "$root" "$root"
says 2 'no identifier' --identifier 'x y' "$root"
says 2 '64 hex digits' --fingerprint abcd "$root"
says 1 'another fingerprint' --fingerprint "${fingerprint//[0-9]/A}" "$root"
expect_exit 2 certroll root "$root"
expect_grep 'no folder' "$workdir/err"
expect_exit 3 certroll root -o "$workdir/a/b/c" "$root"
expect_grep 'make the folder above it' "$workdir/err"
expect_exit 3 certroll root -o "$root" "$root"
expect_grep 'is no folder' "$workdir/err"

# The system's store has it: clients do, too.  The chain alone is enough to see that.
cat "$pki/leaf.crt" "$pki/inner.crt" "$pki/outer.crt" >"$workdir/no-root.pem"
says 3 "no self-signed certificate.*'Test Root'" "$workdir/no-root.pem"
export SSL_CERT_FILE=$root
for file in "$workdir/no-root.pem" "$root" "$pki/good.full.pem"; do
	needless "$file"
done
expect_exit 0 certroll root -o "$workdir/private" --root-kind private "$workdir/no-root.pem"
diff -r "$workdir/before" "$workdir/private" || fail 'another root from the store'
unset SSL_CERT_FILE
needless --root-kind public "$root"

# --- from a server ----------------------------------------------------------------------------------

free_port with_root
free_port without_root
free_port closed
sed '1,/END CERTIFICATE/d' "$pki/good.pem" >"$workdir/rest.pem"
start with openssl s_server -accept "127.0.0.1:$with_root" -quiet -cert "$pki/leaf.crt" \
	-key "$pki/leaf.key" -cert_chain "$workdir/rest.pem"
start without openssl s_server -accept "127.0.0.1:$without_root" -quiet -cert "$pki/leaf.crt" \
	-key "$pki/leaf.key" -cert_chain "$pki/inner.crt"
wait_for_port "$with_root"
wait_for_port "$without_root"
from=(--from "127.0.0.1:$with_root")

for written in "$fingerprint" "${fingerprint//:/}" "$(tr 'A-F:' 'a-f ' <<<"$fingerprint")"; do
	rm -rf "$workdir/served"
	expect_exit 0 certroll root -o "$workdir/served" "${from[@]}" --fingerprint "$written"
	diff -r "$workdir/before" "$workdir/served" || fail 'another root from the server'
done
says 1 'another fingerprint' "${from[@]}" --fingerprint "${fingerprint//[0-9]/A}"
says 2 'with --fingerprint' "${from[@]}"
says 4 'the port is closed' --from "127.0.0.1:$closed" --fingerprint "$fingerprint"
says 1 'does not send its root.*Test Intermediate 1.*download it' --from "127.0.0.1:$without_root" \
	--fingerprint "$fingerprint"
says 2 'HOST:PORT' --from 127.0.0.1:0

# On a terminal the fingerprint is shown, and only yes is yes.
answer n root -o "$workdir/asked" "${from[@]}"
expect_equal "$answered" 2
[[ ! -e $workdir/asked ]] || fail 'written without consent'
expect_grep "SHA-256 +$(head -c 11 <<<"${fingerprint//:/ }")  "
answer y root -o "$workdir/asked" "${from[@]}"
expect_equal "$answered" 0
diff -r "$workdir/before" "$workdir/asked" || fail 'another root after asking'
