#!/bin/bash
# After a roll-out to 200 boxes the private key and the password are in the pages made for secrets, and
# nowhere else in the program's memory: looked at from outside while it waits to print its report.
. "$(dirname "$0")/../support/lib.sh"
. "$(dirname "$0")/../support/serve.sh"
. "$(dirname "$0")/../support/site.sh"

scanner=$project/tests/support/scan_memory.py
# The program is not dumpable: only who may trace it can look.  In a user namespace everybody may.
look=()
if [[ $(id -u) -ne 0 ]]; then
	look=(unshare --user --map-root-user)
	"${look[@]}" true 2>/dev/null || skip 'neither root nor user namespaces: its memory cannot be read'
fi
! ldd "$build/certroll" | grep -q libasan ||
	skip 'the sanitizer keeps what is freed, and locks no pages: this is a test of the release build'

boxes_of_fleet=${CERTROLL_MEMORY_BOXES:-200}
make_bundles
(umask 077 && printf '%s\n' "$password" >"$workdir/pbx.pw")
start_mock --first 127.79.0.1 --count "$boxes_of_fleet" --user "$user" --password "$password"
inventory=$workdir/inventory.yaml
{
	printf 'defaults:\n  driver: innovaphone\n  role: pbx-slave\n  user: %s\n  password: file:pbx.pw\n' "$user"
	printf '  port: %s\n  services: ["https:%s"]\n' "$(mock_port https)" "$(mock_port https)"
	printf 'devices:\n'
	for ((number = 1; number <= boxes_of_fleet; number++)); do
		printf '  - {name: box%d, host: 127.79.0.%d, names: [box%d.example.test]}\n' "$number" "$number" "$number"
	done
} >"$inventory"

scan() { "${look[@]}" python3 "$scanner" "$@"; }

# counts KIND LOCKED LOOSE: extended regular expressions.
counts() {
	expect_grep "^certroll: $1: $2 locked, $3 loose$"
}

expect_exit 0 scan "$bundle_pki/good.key" "$workdir/pbx.pw" -- "$build/certroll" deploy "$bundle" -i "$inventory" \
	--yes --accept-new --no-canary --ca-file "$bundle_pki/root.crt" -o json --state "$workdir/state"
expect_grep '^certroll: ended with 0$'
counts 'key as PEM' '[1-9][0-9]*' 0 # here it is looked for at the right place
counts 'password' '[1-9][0-9]*' 0
counts 'key as DER' '[0-9]+' 0
for number in d p q dmp1 dmq1 iqmp; do
	counts "number $number" '[0-9]+' 0
done

# Who does not wipe is found out: the fleet has the same key in its ordinary memory, and this one all of it.
expect_exit 0 scan --only "$mock" "$bundle_pki/good.key" "$workdir/pbx.pw"
for number in d p q; do
	expect_grep "^other: number $number: 0 locked, [1-9]"
done
start careless python3 -c 'import base64, sys, time
key, password = (open(path).read() for path in sys.argv[1:])
der = base64.b64decode("".join(key.split("\n")[1:-2]))
print("ready", flush=True)
time.sleep(60)' "$bundle_pki/good.key" "$workdir/pbx.pw"
wait_until 10 grep -q ready "$workdir/careless.log" || fail 'it does not start'
expect_exit 0 scan --only "$started" "$bundle_pki/good.key" "$workdir/pbx.pw"
expect_grep '^other: key as PEM: 0 locked, [1-9]'
expect_grep '^other: key as DER: 0 locked, [1-9]'
expect_grep '^other: password: 0 locked, [1-9]'
