#!/bin/bash
# Files and servers without end, depth or haste: each costs its limit of time and memory, says so in one
# sentence, and takes nothing from anybody else.
. "$(dirname "$0")/../support/lib.sh"
. "$(dirname "$0")/../support/serve.sh"
. "$(dirname "$0")/../support/site.sh"

# The sanitizer keeps what was freed; without that a run can be measured with it, too.
export ASAN_OPTIONS=$ASAN_OPTIONS:quarantine_size_mb=1
export MEASURED=$workdir/measured

# meet STATUS SECONDS MIB REGEX COMMAND...: all of that, and one sentence.
meet() {
	local status=$1 seconds=$2 most=$3 regex=$4
	shift 4
	expect_exit "$status" "$project/tests/support/measure.py" "$build/certroll" "$@"
	cat "$workdir/out" "$workdir/err" >"$workdir/said"
	expect_grep "$regex" "$workdir/said"
	within "$seconds" "$most" "$*"
}

within() {
	local took most
	read -r took most <"$MEASURED"
	[[ -z ${VERBOSE:-} ]] || echo "$took s $most MiB: $3: $(grep -E 'error|^certroll' "$workdir/said" | head -n 3 | cut -c1-400)"
	((${took%.*} <= $1)) || fail "$took seconds, not $1: $3"
	((most <= $2)) || fail "$most MiB, not $2: $3"
}

# --- files ------------------------------------------------------------------------------------------

make_bundles
site=$workdir/site.yaml

# A line of 10 MB; a list of lists of lists; the same without brackets; as many devices.
python3 - "$workdir" <<'PY'
import sys
def write(name, text):
    with open(f"{sys.argv[1]}/{name}.yaml", "w") as out:
        out.write(text)
box = "  - {name: %s, host: 192.0.2.1, role: other, driver: innovaphone}\n"
write("long", "devices:\n" + box % ("x" * 10_000_000))
write("comment", "devices:\n" + box % "a" + "# " + "x" * 10_000_000 + "\n")
write("brackets", "devices: " + "[" * 20_000 + "\n")
write("closed", "devices: " + "[" * 20_000 + "]" * 20_000 + "\n")
write("dashes", "devices: \n" + "- " * 20_000 + "\n")
write("anchors", "a: &a [x,x]\n" + "".join(f"b{i}: &b{i} [*a,*a]\n" for i in range(40)))
write("keys", "defaults: {" + ",".join(f"k{i}: v" for i in range(400_000)) + "}\n")
PY
meet 3 20 200 'long.yaml:2:12: error: the value is longer than 4096 bytes' inventory -i "$workdir/long.yaml"
meet 0 20 200 . inventory -i "$workdir/comment.yaml"
for file in brackets closed dashes anchors keys; do
	meet 3 20 200 "$file.yaml:[0-9]+:[0-9]+: (devices: )?error: " inventory -i "$workdir/$file.yaml"
done

# sign_hostile SECTION NAME ISSUER CONFIG-LINE...: all have the same key.
sign_hostile() {
	local section=$1 name=$2 issuer=$3
	shift 3
	{
		printf '[%s]\n' "$section"
		printf '%s\n' "$@"
	} >"$hostile/ext"
	openssl x509 -new -force_pubkey "$hostile/public" -subj "/CN=$name" -days 90 -out "$hostile/$name" \
		-CA "$hostile/$issuer" -CAkey "$hostile/key" -set_serial "0x1${RANDOM}$RANDOM" \
		-extfile "$hostile/ext" -extensions "$section"
}

names() {
	printf '[%s]\n' "$1"
	seq "$5" | sed "s/.*/$2.&=$3&$4/"
}

hostile=$workdir/hostile
mkdir "$hostile"
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$hostile/key" 2>/dev/null
openssl pkey -in "$hostile/key" -pubout -out "$hostile/public"
ca=('basicConstraints=critical,CA:TRUE' 'keyUsage=critical,keyCertSign' 'subjectKeyIdentifier=hash')
openssl req -x509 -key "$hostile/key" -subj /CN=root -days 99 -out "$hostile/root"
leaf=('basicConstraints=CA:FALSE' 'keyUsage=digitalSignature' 'extendedKeyUsage=serverAuth'
	'authorityKeyIdentifier=keyid')

# 10,000 names are more than a certificate may weigh; 4,000 short ones are more than are looked at.
mapfile -t many < <(names many DNS a .b 10000)
sign_hostile leaf names-10000 root "${leaf[@]}" 'subjectAltName=@many' "${many[@]}"
mapfile -t many < <(names many DNS '' .b 4000)
sign_hostile leaf names-4000 root "${leaf[@]}" 'subjectAltName=@many' "${many[@]}"

# Each name against each constraint: 2,048 x 2,048, and as many as there may be names.
mapfile -t many < <(names many 'permitted;DNS' x .b 2048)
sign_hostile ca constraints root "${ca[@]}" 'nameConstraints=@many' "${many[@]}"
mapfile -t many < <(names many DNS y .b 2048)
sign_hostile leaf names-2048 constraints "${leaf[@]}" 'subjectAltName=@many' "${many[@]}"
mapfile -t many < <(names many DNS y .b 1000)
sign_hostile leaf names-1000 constraints "${leaf[@]}" 'subjectAltName=@many' "${many[@]}"

# A chain of 300, each signed by the next.
previous=root
for ((i = 300; i > 1; i--)); do
	sign_hostile ca "link-$i" "$previous" "${ca[@]}"
	previous=link-$i
done
sign_hostile leaf link-1 "$previous" "${leaf[@]}" 'subjectAltName=DNS:box.example.test'

# bundle_of NAME CERTIFICATE...: with the key.
bundle_of() {
	local name=$1
	shift
	(cd "$hostile" && umask 077 && cat "$@" key >"$workdir/$name.pem")
}

mapfile -t chain < <(seq -f 'link-%.0f' 1 300)
bundle_of names-10000 names-10000 root
bundle_of names-4000 names-4000 root
bundle_of constraints-2048 names-2048 constraints root
bundle_of constraints-1000 names-1000 constraints root
bundle_of chain "${chain[@]}" root
look() {
	meet "$2" 20 200 "$3" check "$workdir/$1.pem" --ca-file "$hostile/root"
}
look names-10000 1 'block 1, line 1: error pem: .* it has [0-9]+ bytes, more than any certificate needs'
look names-4000 1 'block 1, line 1: error pem: .* it has 4000 names, more than the 1000 we look at'
look constraints-2048 1 'block 1, line 1: error pem: .* it has 2048 names, more than the 1000 we look at'
look constraints-1000 1 "N6: 'names-1000' has more names than can be held against the name constraints above it"
look chain 3 'line [0-9]+: block 65 begins, more than the 64 a bundle may have'

# The same as served by somebody.
# serve NAME STATUS REGEX
serve() {
	local file=$1 status=$2 regex=$3 port
	start "$file" python3 "$project/tests/support/hostile_http.py" "$workdir/$file.pem" "$hostile/key" handshake
	wait_until 15 grep -q handshake "$workdir/$file.log"
	read -r _ port <"$workdir/$file.log"
	meet "$status" 20 200 "$regex" audit "127.0.0.1:$port=box.example.test" --ca-file "$hostile/root" -t 5s
}

serve names-10000 4 'net-tls: certificate 1 has [0-9]+ bytes, more than any needs'
serve names-4000 4 'net-tls: certificate 1: it has 4000 names, more than the 1000 we look at'
serve constraints-2048 4 'net-tls: certificate 1: it has 2048 names, more than the 1000 we look at'
serve constraints-1000 1 "error N6: 'names-1000' has more names than can be held against the name constraints"
serve chain 1 'error chain-cut: sends 301 certificates; the first 32 were looked at'

# --- boxes ------------------------------------------------------------------------------------------

tls=(silent drip-handshake drip-head drip-body endless-head endless-line endless-body endless-trailer
	endless-continue endless-stale endless-busy huge-length deep-xml bomb-xml)
plain=(plain-deep-json plain-endless-body plain-endless-raw plain-drip-raw)
start boxes python3 "$project/tests/support/hostile_http.py" "$bundle_pki/good.pem" "$bundle_pki/good.key" \
	"${tls[@]}" "${plain[@]}"
all_listen() { [[ $(grep -c . "$workdir/boxes.log") -eq $((${#tls[@]} + ${#plain[@]})) ]]; }
wait_until 15 all_listen
start_mock --first 127.78.0.1 --user "$user" --password "$password"
(umask 077 && printf '%s\n' "$password" >"$workdir/pw")
{
	printf 'defaults: {user: admin, password: "file:pw", role: other}\ndevices:\n'
	printf '  - {name: good, driver: innovaphone, host: "127.78.0.1:%s", names: [good.example.test], services: ["https:%s"]}\n' \
		"$(mock_port https)" "$(mock_port https)"
	while read -r name port; do
		case $name in
		*-raw) driver="haproxy, options: {api: '127.0.0.1:$port', certificate: x.pem}" ;;
		plain-*) driver="caddy, options: {api: '127.0.0.1:$port'}" ;;
		*) driver=innovaphone ;;
		esac
		printf '  - {name: %s, driver: %s, host: "127.0.0.1:%s", names: [%s.example.test], services: ["https:%s"]}\n' \
			"$name" "$driver" "$port" "$name" "$port"
	done <"$workdir/boxes.log"
} >"$site"
meet 1 40 200 'good +changed' deploy "$bundle" -i "$site" --yes --accept-new --no-canary --settle 1s \
	--ca-file "$bundle_pki/root.crt" --state "$workdir/state" --timeout 2s --time-limit 6s
said() {
	local name
	for name in "${@:2}"; do
		expect_grep "^  $name +(unreachable|failed) +[a-z]+: $1"
	done
}
said 'no answer in time$' silent drip-handshake drip-head drip-body plain-drip-raw
said 'the answer is too large$' endless-head endless-line endless-body endless-trailer endless-continue \
	endless-stale huge-length plain-endless-body plain-endless-raw
said 'the time for this device is used up$' endless-busy
said 'no firmware version in the answer' deep-xml bomb-xml
said 'there is no certificate at' plain-deep-json
expect_grep '^19 devices: 1 changed, 3 failed, 15 unreachable$'

# Nobody is lost: the journal has all of them, and the way on.
expect_exit 0 certroll history 1 --state "$workdir/state" -o json
expect_equal "$(grep -c '"before_sha256"' "$workdir/out")" 19 'devices in the journal'
expect_equal "$(grep -c '"step": "upload"' "$workdir/out")" 1 'uploads in the journal'
mock_say state 127.78.0.1 | grep -q '"factory":false' || fail 'the good box has its old certificate'
