#!/bin/bash
# What a run did is on disk before it is done: a killed roll-out is resumed, nothing is uploaded twice
# that is served, one run at a time, and nothing is changed that cannot be written down.
. "$(dirname "$0")/../support/lib.sh"
. "$(dirname "$0")/../support/serve.sh"
. "$(dirname "$0")/../support/site.sh"

happened() { grep -q "$1" "$workdir/fleet.log"; }
uploads() { grep -c '"step":"upload"' "$workdir/fleet.log" || true; }
second_upload() { [[ $(uploads) -ge 2 ]]; }
uploads_to() { grep '"step":"upload"' "$workdir/fleet.log" | grep -c "\"$1\"" || true; }

# begin COMMAND...: certroll in the background; $running.
begin() {
	"$build/certroll" "$@" --state "$workdir/state" >"$workdir/out" 2>"$workdir/err" </dev/null &
	running=$!
}

begin_deploy() {
	begin deploy "$bundle" -i "$inventory" --yes --accept-new --ca-file "$bundle_pki/root.crt" \
		--settle 2s "$@"
}

resume() {
	local status=$1
	shift
	run "$status" resume --yes --accept-new --ca-file "$bundle_pki/root.crt" --settle 2s "$@"
}

sql() { python3 -c 'import sqlite3, sys
for row in sqlite3.connect(sys.argv[1]).execute(sys.argv[2]): print(*row)' "$workdir/state/journal.db" "$1"; }

# Back to the factory behind our back: the known keys are wrong then.
factory() {
	mock_say factory "$1" >/dev/null
	rm -f "$workdir/state/pins"
}

make_bundles
NAMES='DNS:*.example.test,DNS:example.test' \
	sign "$bundle_pki" next 'example.test' leaf inner '-1 day' '+90 days'
variant "$bundle_pki" second next next inner outer root
next=$bundle_pki/second.full.pem
start_site "$@"

# Killed in the middle, one box at a time: the journal knows what was begun.
mock_say fault all slow@upload:700 >/dev/null
: >"$workdir/fleet.log"
begin_deploy --jobs 1
wait_until 30 happened '"step":"upload"' || fail 'no upload'
wait_until 30 second_upload || fail 'no second upload'
kill -KILL "$running"
wait "$running" 2>/dev/null || true
mock_say unfault all >/dev/null
before=$(uploads)
expect_equal "$(sql "SELECT COUNT(*) FROM runs WHERE ended IS NULL")" 1 'open runs'
run 0 history
expect_grep '^run 1 .*deploy by .*: cut off$'
run 0 history 1
expect_grep 'begun|proved'
# The roots went to all of them first; the certificate not yet.
expect_grep 'trust: answered'
expect_grep 'upload: (begun|answered)'

# The way on: what is served is proved and not uploaded again; the rest is installed.
resume 0
expect_grep '[1-4] changed'
refute_grep 'failed'
for number in 1 2 3 4 5; do
	expect_equal "$(uploads_to "127.78.0.$number")" 1 "uploads to box $number"
done
[[ $(uploads) -gt $before ]] || fail 'the resumed run uploaded nothing'
run 0 verify "$bundle" -i "$inventory"
resume 0
expect_grep 'run 1 left nothing to do'
resume 0 -o json
python3 -c 'import json,sys; assert json.load(open(sys.argv[1]))["devices"] == []' "$workdir/out"
run 0 history
expect_grep '^run 2 .*resume of run 1 by .*: done$'

# Another bundle is not the one that was begun.
resume 3 --bundle "$next"
expect_grep 'is not the bundle of run 1' "$workdir/err"
resume 2 99
expect_grep 'no such run' "$workdir/err"

# One run at a time, and who it is.
factory all
mock_say fault all slow@upload:1500 >/dev/null
: >"$workdir/fleet.log"
begin_deploy -l rp
wait_until 30 happened '"step":"upload"' || fail 'no upload'
holder=$running
kill -STOP "$holder" # it takes its time
for command in "deploy $bundle" 'clear -l rp' 'rollback 1' 'resume 1'; do
	# shellcheck disable=SC2086
	expect_exit 75 certroll $command -i "$inventory" --yes --accept-new --state "$workdir/state"
	expect_grep "in use by 'certroll deploy' of .* \(process $holder\) since .*; try again" "$workdir/err"
done
run 0 history
expect_grep 'deploy by .*: running$'
expect_exit 0 certroll deploy "$bundle" -i "$inventory" --dry-run --ca-file "$bundle_pki/root.crt" \
	--accept-new --state "$workdir/state" -l pbx-master
kill -CONT "$holder"
wait "$holder" || fail 'the holder of the lock failed'
mock_say unfault all >/dev/null

# SIGTERM: what was begun is proved, the rest is resumed.
mock_say fault all slow@upload:700 >/dev/null
: >"$workdir/fleet.log"
begin_deploy --jobs 1
wait_until 30 happened '"step":"upload"' || fail 'no upload'
kill -TERM "$running"
status=0
wait "$running" || status=$?
expect_equal "$status" 130 'exit status after SIGTERM'
mock_say unfault all >/dev/null
run 0 history
expect_grep 'deploy by .*: interrupted$'
resume 0
refute_grep 'rp +' # proved before
run 0 verify "$bundle" -i "$inventory"

# Devices that failed, and no others.
deploy 0 --only-failed
expect_grep 'no device failed the last time'
factory 127.78.0.2
mock_say fault 127.78.0.2 refuse-login >/dev/null
deploy 1
expect_grep '5 devices: 4 unchanged, 1 failed'
mock_say unfault all >/dev/null
deploy 0 --only-failed
expect_grep '1 device: 1 changed'

# A clock that jumped: times of the journal that lie ahead, or far behind, do no harm.
sql "UPDATE runs SET started = started + 400000000, ended = ended + 400000000"
sql "UPDATE devices SET proved = proved + 400000000 WHERE proved IS NOT NULL"
deploy 0
expect_grep '5 devices: 5 unchanged'
sql "UPDATE runs SET started = 1, ended = 2"
deploy 0
run 0 history -o json
python3 -c 'import json,sys; d=json.load(open(sys.argv[1])); assert d["schema"]==1 and d["kind"]=="history" and d["runs"]' "$workdir/out"
run 0 history 1 -o json
python3 -c 'import json,sys; d=json.load(open(sys.argv[1])); assert len(d["devices"])>=5 and d["changes"] and len(d["runs"][0]["leaf_sha256"])==64' "$workdir/out"

# No secret in the journal: neither the password nor a line of the key.
refute_grep "$password" "$workdir/state/journal.db"
while read -r line; do
	! grep -qaF -e "$line" "$workdir"/state/journal.db* || fail 'a line of the private key is in the journal'
done < <(sed '/-----/d' "$bundle_pki/good.key")

# A damaged journal: one sentence, nothing contacted, the file as it was.
cp -r "$workdir/state" "$workdir/state.well"
printf 'damage%.0s' {1..2000} | dd of="$workdir/state/journal.db" bs=1 seek=100 conv=notrunc 2>/dev/null
rm -f "$workdir/state/journal.db-wal" "$workdir/state/journal.db-shm"
cp "$workdir/state/journal.db" "$workdir/damaged"
: >"$workdir/fleet.log"
deploy 3
expect_grep 'the journal is damaged .*aside.*nothing was contacted' "$workdir/err"
cmp "$workdir/damaged" "$workdir/state/journal.db" || fail 'the damaged journal was touched'
expect_equal "$(grep -c . "$workdir/fleet.log" || true)" 0 'connections'
run 3 history
expect_grep 'the journal is damaged' "$workdir/err"
mkdir "$workdir/aside"
mv "$workdir"/state/journal.db* "$workdir/aside"
deploy 0
expect_grep '5 devices: 5 unchanged'
rm -r "$workdir/state"
mv "$workdir/state.well" "$workdir/state"

# A state folder that is a file: one sentence, nothing contacted.
: >"$workdir/file"
: >"$workdir/fleet.log"
expect_exit 3 certroll deploy "$bundle" -i "$inventory" --yes --state "$workdir/file"
expect_grep 'file.*Not a directory.*nothing was contacted' "$workdir/err"
expect_equal "$(grep -c . "$workdir/fleet.log" || true)" 0 'connections'

# A read-only state folder, and a full disk, in a mount of our own: nothing is changed.
in_mount() { unshare --mount -- "$@"; }
in_mount true 2>/dev/null || {
	[[ ${CI:-} != true ]] || fail 'no right to mount, and CI=true forbids the skip'
	skip 'no right to mount: read-only folder and full disk were not tried'
}
mkdir -p "$workdir/small"
cat >"$workdir/read-only.sh" <<'SCRIPT'
mount -t tmpfs -o size=1m,ro none "$1" || exit 99
shift
exec "$@"
SCRIPT
: >"$workdir/fleet.log"
expect_exit 3 in_mount bash "$workdir/read-only.sh" "$workdir/small" \
	"$build/certroll" deploy "$bundle" -i "$inventory" --yes --state "$workdir/small"
expect_grep 'Read-only file system; .*nothing was contacted' "$workdir/err"
expect_equal "$(grep -c . "$workdir/fleet.log" || true)" 0 'connections'

# The disk is full from the start; then it fills after the first upload.
factory all
cat >"$workdir/full.sh" <<'SCRIPT'
mount -t tmpfs -o size=256k none "$1" || exit 99
head -c 1m /dev/zero >"$1/filler" 2>/dev/null
shift
exec "$@"
SCRIPT
expect_exit 3 in_mount bash "$workdir/full.sh" "$workdir/small" "$build/certroll" deploy "$bundle" \
	-i "$inventory" --yes --accept-new --ca-file "$bundle_pki/root.crt" --state "$workdir/small"
expect_grep 'nothing was (contacted|changed)' "$workdir/err"
expect_equal "$(uploads)" 0 'uploads on a full disk'

mock_say fault all slow@upload:700 >/dev/null
cat >"$workdir/filling.sh" <<'SCRIPT'
mount -t tmpfs -o size=512k none "$1" || exit 99
log=$2
small=$1
shift 2
"$@" &
until grep -q '"step":"upload"' "$log"; do sleep 0.02; done
head -c 1m /dev/zero >"$small/filler" 2>/dev/null
wait $!
SCRIPT
: >"$workdir/fleet.log"
expect_exit 1 in_mount bash "$workdir/filling.sh" "$workdir/small" "$workdir/fleet.log" \
	"$build/certroll" deploy "$bundle" -i "$inventory" --yes --accept-new --jobs 1 --settle 2s \
	--ca-file "$bundle_pki/root.crt" --state "$workdir/small"
expect_grep 'failed +(trust|upload): not sent: .*full'
expect_grep 'changed +proved on https, sips'
mock_say unfault all >/dev/null

# A box that takes a request and cuts the connection gets it once: libcurl would send it again.
mock_say unfault all >/dev/null
factory 127.78.0.2
for step in trust upload; do
	: >"$workdir/fleet.log"
	mock_say fault 127.78.0.2 "reset-connection@$step" >/dev/null
	run "$([[ $step == trust ]] && echo 1 || echo 0)" deploy "$bundle" -i "$inventory" --yes --accept-new \
		--ca-file "$bundle_pki/root.crt" --settle 2s -l pbx-slave1
	expect_equal "$(grep '"event":"request"' "$workdir/fleet.log" | grep -c "\"step\":\"$step\"")" 1 "requests: $step"
	mock_say unfault all >/dev/null
	factory 127.78.0.2
done
