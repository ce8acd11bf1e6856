#!/bin/bash
# A hook of root: root opens the files, somebody without rights does the rest, and is never root again.
# The file of options says who, and nothing in it is guessed.  Without root, what can be seen is seen.
. "$(dirname "$0")/../support/lib.sh"
. "$(dirname "$0")/../support/serve.sh"
. "$(dirname "$0")/../support/site.sh"

user_of_hook=nobody
config=$workdir/hook.conf
lineage=$workdir/live/example.test

# lines LINE...: the file of options.
lines() { printf '%s\n' "$@" >"$config"; }

hook() {
	local status=$1
	shift
	expect_exit "$status" certroll deploy --yes --config "$config" --from-lineage "$lineage" "$@"
}

# anew BOX: with its first certificate, and as one that is not known yet.
anew() {
	mock_say factory "$1" >/dev/null
	rm -f "$workdir/state/pins"
}

lock_held() { grep -qs deploy "$workdir"/state/lock-*; }

make_bundles
start_site
mkdir -p "$lineage"
install -m 644 "$bundle_pki/good.pem" "$lineage/fullchain.pem"
install -m 600 "$bundle_pki/good.key" "$lineage/privkey.pem"
site=("ca-file = $bundle_pki/root.crt" "state = $workdir/state" accept-new 'settle = 2s' "inventory = $inventory")

# --- the file of options ----------------------------------------------------------------------------

# refused LINE REGEX...: the last line of a file.
refused() {
	lines '# comment' "$1"
	hook 3
	expect_grep "^certroll: $config:2: $2" "$workdir/err"
}

refused 'inventroy = /x' "deploy takes no option '--inventroy=/x'; did you mean --inventory\?"
refused 'inventory = x.yaml' "inventory: write the whole path, from '/' on"
refused 'settle' '--settle needs TIME'
refused 'settle = soon' "--settle cannot be 'soon'"
refused 'accept-new = yes' '--accept-new takes no value'
refused 'due' 'due: this belongs on the command line'
lines '# nothing'
hook 3
expect_grep 'names no inventory; add a line such as' "$workdir/err"
lines "inventory = $inventory" 'user = nobody'
hook 3
expect_grep ':2: user: put it above the first inventory' "$workdir/err"
lines "${site[@]}"
chmod g+w "$config"
hook 3
expect_grep 'others may write it' "$workdir/err"
chmod g-w "$config"
expect_exit 2 certroll deploy -i "$inventory" --config "$config" --from-lineage "$lineage"
expect_grep 'takes the inventories from' "$workdir/err"
expect_exit 2 certroll deploy --config "$config" "$bundle" --from-lineage "$lineage"
expect_exit 2 certroll deploy -i "$inventory" "$bundle" --from-lineage "$lineage"
expect_grep 'not both' "$workdir/err"
expect_exit 3 certroll deploy -i "$inventory" --from-lineage "$workdir/nosuch"
expect_grep '^certroll: --from-lineage .*/nosuch: there is no such folder or file; name the folder' "$workdir/err"
expect_exit 2 certroll resume --due
expect_grep 'needs the inventory' "$workdir/err"
rm "$config"
hook 3
expect_grep 'hook.conf: No such file' "$workdir/err"

# Two inventories, one of them of others: passed over.  One option that only deploy has does not disturb resume.
sed 's/example\.test/example.org/' "$inventory" >"$workdir/others.yaml"
lines "ca-file = $bundle_pki/root.crt" "state = $workdir/state" accept-new 'settle = 2s' \
	"inventory = $workdir/others.yaml" "inventory = $inventory" 'limit = pbx-slave*' "out = $workdir/report"
hook 0
expect_grep "^$workdir/others.yaml:\$"
expect_grep 'names none of these devices: nothing to do'
expect_grep '2 devices: 2 changed' "$workdir/report"
expect_exit 0 certroll resume --due --yes --config "$config"
expect_equal "$(grep -c '^nothing is due$' "$workdir/out")" 2

# A window that is closed: the hook says "later", and the device is due until it is open.
hour=$(date +%H)
closed=$(printf '%02d:00-%02d:00' $(((10#$hour + 3) % 24)) $(((10#$hour + 4) % 24)))
write_inventory "window: \"$closed\""
lines "${site[@]}" 'limit = rp'
hook 75
expect_grep 'rp +held'
expect_exit 75 certroll resume --due --yes --quiet --config "$config"
expect_exit 0 certroll resume --due --yes --now --config "$config"
expect_grep 'rp +changed'
write_inventory
expect_exit 0 certroll resume --due --yes --quiet --config "$config"

# Without a copy in the archive nothing can be tried again, and that is said.
rm -r "$workdir/state"
mock_say fault 127.78.0.2 reset-connection >/dev/null
lines "${site[@]}" 'limit = pbx-slave*' no-archive
hook 4
mock_say unfault all >/dev/null
expect_exit 3 certroll resume --due --yes --config "$config"
expect_grep "the archive has no copy of the bundle of run 1, and $lineage is no file of it" "$workdir/err"

# What others may read is refused, and a run waits for another one.
chmod 644 "$lineage/privkey.pem"
hook 3
expect_grep 'others may read this private key' "$workdir/err"
chmod 600 "$lineage/privkey.pem"
lines "${site[@]}" 'limit = pbx-slave*'
anew 127.78.0.2
mock_say fault 127.78.0.2 slow:500 >/dev/null
start first "$build/certroll" deploy --yes --config "$config" --from-lineage "$lineage"
wait_until 10 lock_held || fail 'nobody took the lock'
hook 75
expect_grep 'is in use by' "$workdir/err"
hook 0 --queue 30s
mock_say unfault all >/dev/null

# --- root becomes somebody else ---------------------------------------------------------------------

[[ $(id -u) -eq 0 ]] || {
	lines 'user = daemon' "${site[@]}"
	hook 3
	expect_grep 'only root can become user daemon' "$workdir/err"
	echo 'not root: the change of user itself was not tried'
	exit 0
}

# What the other user has to read; lineage and passwords are not among it.
chmod 711 "$workdir"
chmod 755 "$bundle_pki"
chmod 644 "$bundle_pki/root.crt" "$inventory"
chmod 700 "$workdir/live"
rm -r "$workdir/state"
install -d -m 700 -o "$user_of_hook" "$workdir/state"
install -d -m 700 "$workdir/credentials"
install -m 600 "$workdir/pbx.pw" "$workdir/credentials/pbx"
sed -i 's/file:pbx.pw/cred:pbx/' "$inventory"
lines "user = $user_of_hook" "credentials = $workdir/credentials" "${site[@]}"

# Slow enough to be looked at while it works.
anew all
mock_say fault all slow:300 >/dev/null
start hook "$build/certroll" deploy --yes --config "$config" --from-lineage "$lineage"
hook=$started
uid=$(id -u "$user_of_hook") # and its group has the same number
wait_until 10 test -s "$workdir/state/journal.db" || fail 'no journal'
expect_equal "$(awk '/^(Uid|Gid):/ { print $2, $3, $4, $5 }' "/proc/$hook/status" | sort -u)" \
	"$uid $uid $uid $uid"
expect_equal "$(awk '/^Cap(Prm|Eff|Inh|Amb):/ { print $2 }' "/proc/$hook/status" | sort -u)" 0000000000000000
expect_equal "$(awk '/^NoNewPrivs:/ { print $2 }' "/proc/$hook/status")" 1
refute_grep "$workdir/live|$workdir/credentials" <(ls -l "/proc/$hook/fd")
wait "$hook" || fail 'the hook'
expect_grep '5 devices: 5 changed' "$workdir/hook.log"
mock_say unfault all >/dev/null
expect_equal "$(find "$workdir/state" -printf '%u\n' | sort -u)" "$user_of_hook" 'owner of all state'
expect_equal "$(find "$workdir/state" ! -type d -printf '%m\n' | sort -u | tr '\n' ' ')" '600 644 '

# The unit: that user from the start, with systemd's copy of the passwords.
install -d -m 700 -o "$user_of_hook" "$workdir/systemd"
install -m 400 -o "$user_of_hook" "$workdir/pbx.pw" "$workdir/systemd/certroll_pbx"
as_unit() {
	setpriv --reuid "$user_of_hook" --regid "$(id -g "$user_of_hook")" --clear-groups --no-new-privs \
		env CREDENTIALS_DIRECTORY="$workdir/systemd" HOME=/nonexistent \
		"$build/certroll" resume --due --yes --quiet --config "$config"
}
expect_exit 0 as_unit
anew 127.78.0.4
mock_say fault 127.78.0.4 reset-connection >/dev/null
hook 4
expect_exit 4 as_unit
mock_say unfault all >/dev/null
expect_exit 0 as_unit
expect_equal "$(cat "$workdir/out")" ''
hook 0
expect_grep '5 devices: 5 unchanged'

# Not just anybody.
lines 'user = root' "${site[@]}"
hook 3
expect_grep "user 'root' is root, or of its group" "$workdir/err"
lines 'user = nosuchuser' "${site[@]}"
hook 3
expect_grep "there is no user 'nosuchuser'" "$workdir/err"
