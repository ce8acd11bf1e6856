#!/bin/bash
# The disk is full at the moment at which the journal is to be synced: what was to be sent is not, other
# boxes go on, and nobody is kept from the journal while they take their time.
. "$(dirname "$0")/../support/lib.sh"
. "$(dirname "$0")/../support/serve.sh"
. "$(dirname "$0")/../support/site.sh"

make_bundles
password=Some-Secret-Word
for name in one other; do
	printf '{"name": "%s", "family": "audiocodes", "user": "Admin", "password": "%s", "ports": {"https": 0}}\n' \
		"$name" "$password"
done >"$workdir/roster"
one=127.79.65.1 other=127.79.65.2
start_mock --fleet "$workdir/roster" --first "$one" --log "$workdir/fleet.log"
https=$(mock_port https)
(umask 077 && printf '%s\n' "$password" >"$workdir/sbc.pw")
cat >"$workdir/inventory.yaml" <<-YAML
	defaults: {password: file:sbc.pw, driver: audiocodes, role: other, user: Admin, port: $https,
	           services: ["https:$https"], options: {trust: upload}}
	devices:
	  - {name: one, host: $one, names: [one.example.test]}
	  - {name: other, host: $other, names: [other.example.test]}
YAML
common=(-i "$workdir/inventory.yaml" --ca-file "$bundle_pki/root.crt" --state "$workdir/state" --settle 2s)

# requests BOX: what it was asked, by step.
requests() {
	python3 -c 'import json, sys
for line in map(json.loads, open(sys.argv[1])):
    if line.get("event") == "request" and line["device"] == sys.argv[2]: print(line["step"])' "$workdir/fleet.log" "$1"
}

# A journal with a run in it.  A constraint that only the commit looks at stands for the full disk.
expect_exit 0 certroll deploy "$bundle" "${common[@]}" --yes --accept-new -l other
mock_say factory all >/dev/null
rm "$workdir/state/pins"
python3 - "$workdir/state/journal.db" <<'PY'
import sqlite3, sys
sqlite3.connect(sys.argv[1]).executescript("""
    CREATE TABLE full (run INTEGER REFERENCES runs (id) DEFERRABLE INITIALLY DEFERRED);
    CREATE TRIGGER full_disk AFTER INSERT ON changes WHEN new.device = 'one' AND new.step = 'save'
        BEGIN INSERT INTO full VALUES (4711); END;""")
PY
mock_say fault "$other" slow@trust:5000 >/dev/null
: >"$workdir/fleet.log"
start rolling "$build/certroll" deploy "$bundle" "${common[@]}" --yes --accept-new --no-canary
rolling=${children[-1]}
python3 - "$workdir/state/journal.db" "$rolling" <<'PY' || fail 'the journal was locked while nothing was written'
import os, sqlite3, sys, time
tries = 0
while os.path.exists(f"/proc/{sys.argv[2]}/exe"):
    journal = sqlite3.connect(sys.argv[1], timeout=1, isolation_level=None)
    journal.execute("BEGIN IMMEDIATE")
    journal.execute("ROLLBACK")
    journal.close()
    tries += 1
    time.sleep(0.2)
assert tries > 10, tries
PY
status=0
wait "$rolling" || status=$?
expect_equal "$status" 1 'exit status'
expect_grep 'one +failed .*not sent: .*journal' "$workdir/rolling.log"
expect_grep 'other +changed' "$workdir/rolling.log"
expect_equal "$(requests "$one" | grep -c '^trust$')" 1 'what had been synced'
expect_equal "$(requests "$one" | grep -cE '^(save|upload|key)$')" 0 'what was withheld, and all behind it'

# Once there is room again, the rest is done.
python3 -c 'import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute("DROP TRIGGER full_disk")' "$workdir/state/journal.db"
mock_say unfault all >/dev/null
expect_exit 0 certroll resume "${common[@]}" --yes
expect_grep 'one +changed'
