#!/bin/bash
# Keys and identities of devices: shown without credentials, noted when somebody says so, never
# replaced by themselves; and a box that is another one gets no password, although one wildcard
# makes all keys equal.
. "$(dirname "$0")/../support/lib.sh"
. "$(dirname "$0")/../support/serve.sh"
. "$(dirname "$0")/../support/site.sh"

pin() {
	local status=$1
	shift
	run "$status" pin -i "$inventory" "$@"
}

# deploy_known STATUS OPTION...: as deploy, but nothing unknown is accepted.
deploy_known() {
	local status=$1
	shift
	run "$status" deploy "$bundle" -i "$inventory" --yes --ca-file "$bundle_pki/root.crt" --settle 2s "$@"
}

# The key of a box as openssl and ssh-keyscan would write it.
key_of() {
	openssl s_client -connect "$1:$(mock_port https)" </dev/null 2>/dev/null |
		openssl x509 -noout -pubkey | openssl pkey -pubin -outform DER | openssl dgst -sha256 -binary |
		if [[ $2 == hex ]]; then od -An -v -tx1 | tr -d ' \n'; else base64 | tr -d '=\n'; fi
}

authorized() { grep -c '"auth":"\(digest\|basic\)"' "$workdir/fleet.log" || true; }
uploads() { grep -c '"step":"upload"' "$workdir/fleet.log" || true; }

make_bundles
start_site "$@"

# Shown as openssl computes it; nobody there to ask: nothing is noted; no credentials were sent.
pin 1 -l pbx-master,rp
expect_grep '^  pbx-master  127.78.0.1:[0-9]+  new$'
expect_grep "key +SHA256:$(key_of 127.78.0.1 base64 | sed 's/[+]/[+]/g')\$"
expect_grep "^ +$(key_of 127.78.0.1 hex | sed -E 's/(....)/\1 /g; s/ $//')\$"
expect_grep 'calls itself +IP811-00-90-33-4e-00-01'
expect_grep "certificate +'IP811-00-90-33-4e-00-01', issued by 'innovaphone Device"
expect_grep '2 devices: 2 new; 0 noted'
expect_grep 'compare the keys with the boxes, then add --yes' "$workdir/err"
[[ ! -e $workdir/state/pins ]] || fail 'pins were noted without a yes'
deploy_known 1 -l rp
expect_grep "'certroll pin' shows it"
expect_equal "$(authorized)" 0 'credentials before anything was noted'

# Noted with a yes, and known from then on.
pin 0 --yes
expect_grep '5 devices: 5 new; 5 noted'
expect_equal "$(stat -c %a "$workdir/state/pins")" 600
expect_grep '^rp@127.78.0.5:[0-9]+ sha256:[0-9a-f]{64} [0-9]+ id=IP811-00-90-33-4e-00-05$' "$workdir/state/pins"
pin 0
expect_grep '5 devices: 5 known; 0 noted'
pin 0 -o json
python3 - "$workdir/out" <<'PY'
import json, sys
report = json.load(open(sys.argv[1]))
assert report["schema"] == 1 and report["kind"] == "pin" and len(report["devices"]) == 5
for device in report["devices"]:
    assert device["state"] == "known" and not device["noted"], device
    assert device["key_sha256"] == device["known_key_sha256"], device
    assert device["key_base64"].startswith("SHA256:") and len(device["key_base64"]) == 50, device
    assert device["identity"] == device["known_identity"] != "", device
PY
expect_equal "$(authorized)" 0 'credentials of the command pin'

# On a terminal each new key is asked for: yes to one, no to the other.
rm -rf "$workdir/state"
python3 - "$build/certroll" pin -i "$inventory" -l pbx-master,rp --state "$workdir/state" >"$workdir/out" <<'PY'
import os, pty, sys
answers = [b"y\n", b"n\n"]
def talk(fd):
    data = os.read(fd, 4096)
    for _ in range(data.count(b"[y/N]")):
        os.write(fd, answers.pop(0))
    return data
pid, fd = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
try:
    while True:
        sys.stdout.buffer.write(talk(fd))
except OSError:
    pass
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 1
PY
expect_grep 'pbx-master: is SHA256:.* the key of this box\?'
expect_grep '2 devices: 2 new; 1 noted'
expect_equal "$(grep -c sha256 "$workdir/state/pins")" 1 'pins noted'

# One wildcard everywhere: from now on the keys are equal, and what a box calls itself tells them apart.
pin 0 --yes
deploy_known 0
expect_equal "$(cut -d' ' -f2 "$workdir/state/pins" | grep -c sha256)" 5 'pins, the expected ones gone'
expect_equal "$(sed -n 's/.* \(sha256:[^ ]*\).*/\1/p' "$workdir/state/pins" | sort -u | wc -l)" 1 'keys'
pin 0
expect_grep '5 devices: 5 known'
mock_say fault 127.78.0.2 swap-identity >/dev/null
: >"$workdir/fleet.log"
deploy_known 1 -l pbx-slave1
expect_grep "pbx-slave1 +failed +identity: it calls itself 'IP811-[0-9a-f-]*', but 'IP811-00-90-33-4e-00-02' is known at this address: another box"
expect_grep 'certroll pin --replace pbx-slave1'
deploy_known 1 -l pbx-slave1 --accept-new
run 1 clear -i "$inventory" -l pbx-slave1 --yes
expect_equal "$(authorized)" 0 'credentials to another box'
expect_equal "$(uploads)" 0 'uploads to another box'
pin 1 -l pbx-slave1
expect_grep 'pbx-slave1 .* other-box: the key is the known one, the box is not'
expect_grep 'was known as +IP811-00-90-33-4e-00-02'
pin 1 -l pbx-slave1 --yes
expect_grep '1 other-box; 0 noted'

# The box was exchanged indeed.
run 2 pin -i "$inventory" --replace 'pbx-*' --yes
expect_grep 'wants the name of one device' "$workdir/err"
run 2 pin -i "$inventory" --replace nobody --yes
pin 1 --replace pbx-slave1
expect_grep 'add --yes' "$workdir/err"
pin 0 --replace pbx-slave1 --yes
expect_grep '1 other-box; 1 noted'
deploy_known 0 -l pbx-slave1
mock_say unfault all >/dev/null

# Another key: never noted by the way, and replaced when told to.
sed -i -E 's/^(pbx-slave2@[^ ]* sha256:)..../\10000/' "$workdir/state/pins"
cp "$workdir/state/pins" "$workdir/before"
pin 1 --yes -l pbx-slave2
expect_grep 'pbx-slave2 .* changed: another box, or somebody in between'
expect_grep 'known key +SHA256:.*, since 20'
expect_grep 'key now +SHA256:'
deploy_known 1 -l pbx-slave2 --accept-new
expect_grep 'certroll pin --replace pbx-slave2'
cmp "$workdir/before" "$workdir/state/pins" || fail 'a changed key was noted'
pin 0 --replace pbx-slave2 --yes
deploy_known 0 -l pbx-slave2

# Forgotten, by name and without a contact.
run 0 pin --forget pbx-slave2
expect_grep 'pbx-slave2 is forgotten'
refute_grep 'pbx-slave2@' "$workdir/state/pins"
run 1 pin --forget pbx-slave2
deploy_known 1 -l pbx-slave2
expect_grep 'its key is not known yet'

# A pins file of an older version has no identities: still read, and completed.
sed -i 's/ id=.*//' "$workdir/state/pins"
deploy_known 0 -l rp
expect_grep '^rp@.* id=IP811-00-90-33-4e-00-05$' "$workdir/state/pins"

# A box that is not there, and one that cannot be asked who it is.
sed 's/127.78.0.5/127.78.9.9/' "$inventory" >"$workdir/gone.yaml"
run 4 pin -i "$workdir/gone.yaml" -l rp
expect_grep 'rp .* unreachable'
write_inventory 'options: {identity: {from: none}}'
rm -rf "$workdir/state"
pin 0 -l rp --yes
refute_grep 'calls itself'
refute_grep ' id=' "$workdir/state/pins"
write_inventory

# Two at the same time lose nothing of each other.
rm -rf "$workdir/state"
names='pbx-master pbx-slave1 pbx-slave2 pbx-standby rp'
for name in $names; do
	start "pin-$name" "$build/certroll" pin -i "$inventory" -l "$name" --yes --state "$workdir/state"
done
for name in $names; do
	wait_until 30 grep -qs "^$name@" "$workdir/state/pins" || fail "the pin of $name was lost"
done
expect_equal "$(grep -c sha256 "$workdir/state/pins")" 5 'pins of five processes'

# Plain http is no way to a box.
sed 's/host: 127.78.0.5/host: "http:\/\/127.78.0.5"/' "$inventory" >"$workdir/http.yaml"
run 3 pin -i "$workdir/http.yaml"
expect_grep 'plain http, over which anybody could read the password' "$workdir/err"

# A demand for a client certificate is told as what it is.
mock_say fault 127.78.0.5 requires-client-cert >/dev/null
deploy_known 4 -l rp
expect_grep 'rp +unreachable +identity: the box asked for a client certificate'
