#!/bin/bash
# A real nginx gets its files replaced and reads them again; what stands in the way is said before
# anything is written, and a reload that fails is told.
. "$(dirname "$0")/../support/lib.sh"
. "$(dirname "$0")/../support/serve.sh"
. "$(dirname "$0")/../support/site.sh"

skip_without nginx

# write_web OPTION LINES...
write_web() {
	inventory=$workdir/inventory.yaml
	{
		printf 'devices:\n  - name: web\n    role: other\n    driver: files\n    host: 127.0.0.1\n'
		printf '    services: ["https:%s"]\n    names: [www.example.test]\n    options:\n' "$port"
		printf '      %s\n' "$@"
	} >"$inventory"
}

served_serial() {
	openssl s_client -connect "127.0.0.1:$port" -servername www.example.test </dev/null 2>/dev/null |
		openssl x509 -noout -serial
}

is_served() { expect_equal "$(served_serial)" "$(openssl x509 -noout -serial -in "$bundle_pki/$1.crt")" serial; }

is_old() { [[ $(served_serial) == "$(openssl x509 -noout -serial -in "$bundle_pki/old.crt")" ]]; }

# The files of the start: expired, of a mode of their own.
old_files() {
	install -m 644 "$bundle_pki/expired.pem" "$workdir/web/site.pem"
	install -m 640 "$bundle_pki/expired.key" "$workdir/web/site.key"
}

# script NAME LINE...: a program for the option reload.
script() {
	local name=$1
	shift
	printf '%s\n' '#!/bin/sh' "$@" >"$workdir/$name"
	chmod +x "$workdir/$name"
}

make_bundles
mkdir "$workdir/web"
old_files
free_port port
serve_nginx web "$port" "$workdir/web/site.pem" "$workdir/web/site.key"
nginx=$started
files=('certificate: web/site.pem' 'key: web/site.key')
is_served old

# What stands in the way is found by the look.
write_web 'reload: [/bin/true]'
deploy 1
expect_grep 'the options name no file to write'
write_web "${files[@]}" 'reload: [nginx, -s, reload]'
deploy 1
expect_grep "reload: 'nginx' must be the whole path"
write_web "${files[@]}" 'reload: [/nowhere/nginx]'
deploy 1
expect_grep 'there is no program /nowhere/nginx'
write_web "${files[@]}" 'owner: "nobody-of-this-name"'
deploy 1
expect_grep "there is no user 'nobody-of-this-name'"
write_web 'bundle: absent/site.pem'
deploy 1
expect_grep 'absent: No such file or directory'
ln -s site.pem "$workdir/web/link.pem"
write_web 'certificate: web/link.pem' 'key: web/site.key'
deploy 1
expect_grep 'is a symbolic link; name the file'
write_web "${files[@]}" 'mode: "888"'
deploy 3
is_served old

# A dry run writes nothing.
write_web "${files[@]}" "reload: [/bin/kill, -HUP, \"$nginx\"]"
deploy 0 --dry-run
cmp "$bundle_pki/expired.pem" "$workdir/web/site.pem"

# A reload that fails: the files are new, the server serves the old ones, and both are said.
# shellcheck disable=SC2016 # for the script
script broken 'echo first' 'echo "cannot reload: $CERTROLL_SECRET." >&2' 'exit 7'
write_web "${files[@]}" "reload: [$workdir/broken]"
CERTROLL_SECRET=hush deploy 1
expect_grep 'still serves the old certificate; write: the files are written, but the command ended with status 7: cannot reload: \.'
old_files

# The reason stands at the end of however much it says, and nobody has to read for it to go on.
script wordy 'yes "not this" | head -n 40000' 'echo "syntax error in line 7"' 'exit 1'
write_web "${files[@]}" "reload: [$workdir/wordy]"
deploy 1
expect_grep 'the command ended with status 1: syntax error in line 7'
old_files

# One that never ends is ended, with what it started.
script endless 'sleep 60 & echo $! >'"$workdir/sleeper" 'wait'
write_web "${files[@]}" "reload: [$workdir/endless]" 'within: 1s'
deploy 1
expect_grep 'did not end within 1 seconds'
is_over() { ! kill -0 "$(cat "$workdir/sleeper")" 2>/dev/null; }
wait_until 3 is_over || fail 'it still runs'
old_files

# The real thing.
write_web "${files[@]}" "reload: [/bin/kill, -HUP, \"$nginx\"]"
deploy 0 -v
expect_grep 'proved on https'
is_served leaf
refute_grep 'BEGIN|PRIVATE' "$workdir/err"
expect_equal "$(stat -c %a "$workdir/web/site.pem")" 644
expect_equal "$(stat -c %a "$workdir/web/site.key")" 640
expect_equal "$(cd "$workdir/web" && printf '%s ' *)" 'link.pem site.key site.pem '
deploy 0
expect_grep 'serves the bundle already'

# Every form, new files, and modes: what holds a key is never for all.
rm "$workdir"/web/*
old_files
kill -HUP "$nginx"
wait_until 5 is_old || fail 'the old one does not come back'
write_web "${files[@]}" 'leaf: web/leaf.pem' 'issuers: web/issuers.pem' 'root: web/root.pem' \
	'bundle: web/all.pem' 'mode: "0644"' "reload: [/bin/kill, -HUP, \"$nginx\"]"
deploy 0
cmp "$workdir/web/leaf.pem" "$bundle_pki/leaf.crt"
cmp "$workdir/web/root.pem" "$bundle_pki/root.crt"
cat "$bundle_pki"/{inner,outer,root}.crt | cmp - "$workdir/web/issuers.pem"
cat "$workdir/web/site.pem" "$workdir/web/site.key" | cmp - "$workdir/web/all.pem"
expect_equal "$(stat -c %a "$workdir/web/root.pem")" 644
expect_equal "$(stat -c %a "$workdir/web/all.pem")" 640

# A restart serves it, too.
stop "$nginx"
start_nginx web-again "$workdir/web.conf"
wait_for_port "$port"
is_served leaf
