#!/bin/bash
# Each fault of a bundle is told by certroll check with its block, its line and what to do.
. "$(dirname "$0")/../support/lib.sh"
. "$(dirname "$0")/../support/serve.sh"
umask 077

pki=$workdir/pki
make_variants "$pki"
sign "$pki" stranger 'Stranger' root stranger '-1 year' '+9 years'
cd "$workdir"

# join FILE PART...: parts of the PKI, one behind the other.
join() {
	local file=$1
	shift
	(cd "$pki" && cat "$@") >"$file"
}

# line FILE N [END]: where block N begins (or ends).
line() {
	grep -nE -e "-----${3:-BEGIN} " "$1" | sed -n "${2}s/:.*//p"
}

# span FILE N: "block 3 (lines 40-62)", as a pattern.
span() {
	printf 'block %s \(lines %s-%s\)' "$2" "$(line "$1" "$2")" "$(line "$1" "$2" END)"
}

# blames STATUS FILE PLACE ID REGEX REMEDY: PLACE is "block N, line L" or "line L"; the remedy stands
# below the sentence.
blames() {
	local status=$1 place="$2: $3: " id=$4 sentence=$5 remedy=$6
	expect_exit "$status" certroll check "$2"
	expect_grep "^$place(error|warning|note) $id: .*$sentence"
	grep -A 1 -E "^$place(error|warning|note) $id: " "$workdir/out" >"$workdir/told"
	expect_grep "^    .*$remedy" "$workdir/told"
}

chain=(leaf.crt inner.crt outer.crt root.crt)

# The good one: nothing but that its root is no public one.
join good.pem "${chain[@]}" leaf.key
expect_exit 0 certroll check good.pem
refute_grep '(error|note) '
refute_grep ' [KO][0-9]: '

# Order.
join first.pem inner.crt leaf.crt outer.crt root.crt leaf.key
blames 1 first.pem 'block 1, line 1' O1 "not the leaf's" 'order: 2, 1, 3, 4, then the key \(block 5\)'
join early.pem leaf.crt root.crt inner.crt outer.crt leaf.key
blames 1 early.pem "block 2, line $(line early.pem 2)" O2 'stands before that of' \
	'order: 1, 3, 4, 2, then the key \(block 5\)'
join middle.pem leaf.crt inner.crt leaf.key outer.crt root.crt
blames 1 middle.pem "block 3, line $(line middle.pem 3)" O5 'before a certificate \(block 5\)' \
	'order: 1, 2, 4, 5, then the key \(block 3\)'

# Too much.
join twice.pem leaf.crt inner.crt outer.crt inner.crt root.crt leaf.key
blames 1 twice.pem "block 4, line $(line twice.pem 4)" O4 'block 4 repeats .*\(block 2\)' \
	"Remove $(span twice.pem 4)"
join stray.pem leaf.crt stranger.crt inner.crt outer.crt root.crt leaf.key
blames 1 stray.pem "block 2, line $(line stray.pem 2)" O4 "'Stranger' \(block 2\) has no part" \
	"Remove $(span stray.pem 2)"
join keys.pem "${chain[@]}" other.key leaf.key
blames 1 keys.pem "block 5, line $(line keys.pem 5)" K1 \
	"block 5, line $(line keys.pem 5) and block 6, line $(line keys.pem 6)" \
	"Remove $(span keys.pem 5); the leaf's key is block 6"

# Too little.
join rootless.pem leaf.crt inner.crt outer.crt leaf.key
expect_exit 1 certroll check --ca-file "$pki/root.crt" rootless.pem
expect_grep "^rootless.pem: block 3, line $(line rootless.pem 3): error O3: .*'Test Root'.* is missing"
expect_grep "^    Put the certificate of 'CN=Test Root' behind $(span rootless.pem 3)"

# The wrong key, a protected one, a damaged one.
join foreign.pem "${chain[@]}" other.key
blames 1 foreign.pem "block 5, line $(line foreign.pem 5)" K1 'does not belong to the leaf' \
	"in the place of $(span foreign.pem 5)"
openssl pkey -in "$pki/leaf.key" -aes256 -passout pass:secret -out "$pki/locked.key"
join locked.pem "${chain[@]}" locked.key
blames 1 locked.pem "block 5, line $(line locked.pem 5)" K2 'protected by a pass phrase' \
	"in the place of $(span locked.pem 5)"
openssl rsa -in "$pki/leaf.key" -traditional -out "$pki/pkcs1.key" 2>/dev/null
openssl asn1parse -in "$pki/pkcs1.key" -noout -out bent
read -r offset head length < <(openssl asn1parse -inform DER -in bent |
	sed -nE '5s/^ *([0-9]+):d=1 +hl=([0-9]+) +l= *([0-9]+).*/\1 \2 \3/p')
printf bent | dd of=bent bs=1 seek=$((offset + head + length - 4)) conv=notrunc status=none
(
	echo '-----BEGIN RSA PRIVATE KEY-----'
	openssl base64 -in bent
	echo '-----END RSA PRIVATE KEY-----'
) >"$pki/bent.key"
join bent.pem "${chain[@]}" bent.key
blames 1 bent.pem "block 5, line $(line bent.pem 5)" K1 'is damaged' "Copy $(span bent.pem 5) again"

# Truncated base64: a line lost its end, a block its last lines.
third=$(($(line good.pem 2) + 3))
sed "${third}s/....\$//" good.pem >short.pem
blames 1 short.pem "block 2, line $third" pem 'CERTIFICATE cannot be read' "Copy $(span short.pem 2) again"
sed "$(($(line good.pem 5) + 9)),$(($(line good.pem 5 END) - 1))d" good.pem >cut.pem
blames 1 cut.pem "block 5, line $(line cut.pem 5)" pem 'PRIVATE KEY cannot be read' \
	"Copy $(span cut.pem 5) again"

# Odd text is told and does no harm.
clean='certroll bundle -o clean.pem'
sed 's/$/\r/' good.pem >crlf.pem
blames 0 crlf.pem 'block 1, line 1' pem 'as on Windows, with CR and LF \(the first of ' "$clean crlf.pem"
(printf '\xef\xbb\xbf' && cat good.pem) >bom.pem
blames 0 bom.pem 'block 1, line 1' pem 'a byte order mark' "without a byte order mark, or .*$clean bom.pem"
sed "${third}s/^/\n/" good.pem >blank.pem
blames 0 blank.pem "block 2, line $third" pem 'a blank line in a block' "Remove the blank lines, or .*$clean"
sed 's/^-----BEGIN/\n&/' good.pem >between.pem
blames 0 between.pem 'line 1' pem 'a blank line outside of the blocks \(the first of 5\)' "$clean between.pem"
sed "$(line good.pem 3)s/^/# the next one\n/" good.pem >text.pem
blames 0 text.pem "line $(line good.pem 3)" pem 'a line of text outside of the blocks; ' \
	'Remove what stands outside of BEGIN and END'

# What openssl pkcs12 writes: one note, and that the root is missing in it.
openssl pkcs12 -export -in "$pki/leaf.crt" -inkey "$pki/leaf.key" \
	-certfile <(cat "$pki/inner.crt" "$pki/outer.crt") -passout pass:secret -out leaf.pfx
openssl pkcs12 -in leaf.pfx -nodes -passin pass:secret -out pfx.pem
expect_exit 1 certroll check --ca-file "$pki/root.crt" pfx.pem
expect_equal "$(grep -c ' note pem: ' "$workdir/out")" 1 'notes about the text of openssl pkcs12'
expect_grep '^pfx.pem: line 1: note pem: a line of text .*as openssl pkcs12 writes it'
expect_grep "^pfx.pem: block 3, line $(line pfx.pem 3): error O3: "
