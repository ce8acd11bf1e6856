#!/bin/bash
# The driver for boxes that nobody knows, by the example of its documentation and by browsers' recordings.
. "$(dirname "$0")/../support/lib.sh"
. "$(dirname "$0")/../support/serve.sh"
. "$(dirname "$0")/../support/site.sh"
. "$(dirname "$0")/../support/generic.sh"

# --- what the documentation shows -------------------------------------------------------------------

start_box auth=form 'token=<SID>*</SID>' login-form=urlencoded 'login-error=wrong password' \
	$'login-fields=username={user}\npassword={password}' look-path=/home look-ok=Certificates logout-path=/logout \
	upload-path=/cgi-bin/upload upload-ok='SSL is on' $'upload-fields=sid={token}\nkeypass=\ncertfile={key}{chain}'
# The first block between lines of three characters, which are its fences.
sed -n '/^...yaml$/,/^...$/p; /^...$/q' "$project/docs/devices/generic-upload.md" | sed '1d; $d' |
	sed "s/host: .*/host: $address/; s/services: .*/port: $(mock_port https)\n    services: ['https:$(mock_port https)']/; s/user: .*/user: $user/; s/box1.pw/box.pw/; s/box1.example.com/box1.example.test/" \
		>"$workdir/inventory.yaml"
rm -rf "$workdir/state"
deploy 0
changed
expect_grep '"path":"/logout' "$workdir/fleet.log"
# A program logs on, where certroll cannot.
start_box auth=none upload-path=/cgi-bin/firmwarecfg $'upload-fields=sid={password}\nfile={key}{chain}'
write_box <<-'EOT'
	auth: none
	upload: {path: /cgi-bin/firmwarecfg, fields: ['sid={password}', 'file@a.pem={key}{chain}']}
EOT
sed -i "s|password: .*|password: 'cmd:[\"/bin/cat\", \"$workdir/box.pw\"]'|" "$inventory"
deploy 0
changed

# --- from a recording ------------------------------------------------------------------------------

# box_by HAR NAME=VALUE...: the options learned from a recording, in the inventory.
box_by() {
	local recording=$project/tests/data/har/$1
	shift
	start_box "$@"
	expect_exit 0 certroll learn "$recording" --driver generic-upload --host "$address"
	sed -n '/^options:/,$s/^  //p' "$workdir/out" >"$workdir/learned"
	write_box <"$workdir/learned"
}

words='token=<input type="hidden" name="csrf" value="*"'
box_by hand-form.har auth=form "$words" login-page=/in login-path=/in login-form=urlencoded login-status=302 \
	$'login-fields=csrf={token}\nusername={user}\npassword={password}' upload-page=/cert \
	'upload-path=/cert/put?what=server' $'upload-fields=csrf={token}\nkeep=yes\nfile={key}{chain}'
deploy 0
changed
refute_secrets
box_by hand-json.har auth=form 'token="token":"*"' login-path=/api/login login-form=json \
	'login-body={"username":"{user}","password":"{password}"}' upload-path=/api/cert upload-method=PUT \
	upload-form=json 'upload-header=X-Csrf-Token: {token}' \
	'upload-body={"name":"tls","force":true,"tls":{"certificate":"{leaf}","chain":"{issuers}","key":"{key}"}}'
deploy 0
changed
expect_exit 0 certroll learn "$project/tests/data/har/hand-form.har" -i "$inventory" -l box1
# A box that wants something else is not deployed to by these words.
start_box auth=form "$words" login-page=/in login-path=/in login-form=urlencoded 'login-fields=nobody=x' login-error=done
write_box <"$workdir/learned"
deploy 1
# What the browser left out is said, and asked for.
expect_exit 1 certroll learn "$project/tests/data/har/hand-digest.har" --driver generic-upload --host "$address"
expect_grep 'is a guess by its name; write in its place'
expect_exit 1 certroll learn "$project/tests/data/har/platform.har" --driver generic-upload --host 192.0.2.1
