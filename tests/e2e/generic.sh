#!/bin/bash
# The driver for boxes that nobody knows: every log-on with every form against a mock device with the same
# words, the ways in which such a box says no, and the whole from a browser's recording.
. "$(dirname "$0")/../support/lib.sh"
. "$(dirname "$0")/../support/serve.sh"
. "$(dirname "$0")/../support/site.sh"

address=127.81.0.1

# start_box NAME=VALUE...: a mock device with these habits, in place of the one before.
start_box() {
	local sets=() set
	[[ -z ${mock:-} ]] || stop "$mock"
	for set; do sets+=(--set "$set"); done
	rm -rf "$workdir/state"
	start_mock --device generic-upload --first "$address" --user "$user" --password "$password" \
		--log "$workdir/fleet.log" "${sets[@]}"
}

# write_box: options from standard input, as they stand below "options:".
write_box() {
	inventory=$workdir/inventory.yaml
	{
		printf 'devices:\n  - name: box1\n    role: other\n    driver: generic-upload\n    host: %s\n' "$address"
		printf '    port: %s\n    services: ["https:%s"]\n    names: [box1.example.test]\n' \
			"$(mock_port https)" "$(mock_port https)"
		printf '    user: %s\n    password: file:box.pw\n    options:\n' "$user"
		sed 's/^/      /'
	} >"$inventory"
}

# No password and no line of the key stands where somebody else could read it.
refute_secrets() {
	local line
	line=$(sed -n 5p "$bundle_pki/good.key")
	# The archive is what rollback needs, and nobody else may read it.
	if grep -rqF --exclude-dir=archive -e "$password" -e "$container" -e "$line" \
		"$workdir/everything" "$workdir/state"; then
		fail 'a secret in output or state'
	fi
}

changed() { expect_grep 'box1 +changed +proved on https'; }

make_bundles
container=p12-Secret-Word
(
	umask 077
	printf '%s\n' "$password" >"$workdir/box.pw"
	printf '%s\n' "$container" >"$workdir/p12.pw"
)

# --- every log-on with every body, in one roll-out -------------------------------------------------

make_boxes() { python3 "$project/tests/support/generic_boxes.py" "$@"; }

make_boxes roster "$user" "$password" >"$workdir/roster"
count=$(wc -l <"$workdir/roster")
start_mock --fleet "$workdir/roster" --first "$address" --log "$workdir/fleet.log"
announced=$workdir/mock-0.log
wait_until 60 grep -q '"ready":true' "$announced" || fail 'the boxes are not ready'
inventory=$workdir/inventory.yaml
make_boxes inventory "$user" "$announced" >"$inventory"
deploy 0
expect_grep "$count devices: $count changed"
expect_equal "$(grep -c '"step":"upload","status":200' "$workdir/fleet.log")" "$count" uploads
refute_secrets
: >"$workdir/fleet.log"
deploy 0
expect_grep "$count devices: $count unchanged"
refute_grep '"step":"upload"' "$workdir/fleet.log"

# The same inventory rehearsed: the stand-ins have learnt the options, and a log-on that is refused is seen.
expect_exit 0 certroll rehearse "$bundle" -i "$inventory" --ca-file "$bundle_pki/root.crt" --settle 2s
expect_grep "$count devices: $count changed"
expect_exit 1 certroll rehearse "$bundle" -i "$inventory" --ca-file "$bundle_pki/root.crt" --settle 2s \
	-l form-raw,basic-raw --fault form-raw=refuse-login@login
expect_grep 'form-raw +failed +look: .*has the log-on failed'
expect_grep '2 devices: 1 changed'

# --- how it goes wrong ----------------------------------------------------------------------------

# start_form [NAME=VALUE...]: a box with a log-on by form and one file.
start_form() {
	start_box auth=form login-page=/in login-path=/in login-form=urlencoded logout-path=/out \
		'token=name="csrf" value="*"' 'login-error=not you' upload-page=/cert upload-form=multipart \
		$'login-fields=csrf={token}\nwho={user}\npw={password}' \
		$'upload-fields=csrf={token}\nfile={bundle}' 'upload-error=not taken' "$@"
}

# write_form KEY=VALUE...: the options of such a box; those given win, "-" takes one away.
write_form() {
	write_box < <(
		python3 - "$@" <<-'PY'
			import sys
			options = {
			    "auth": "form", "token": "'name=\"csrf\" value=\"*\"'", "look.ok": "certificates",
			    "login.page": "/in", "login.path": "/in", "login.error": "not you",
			    "login.fields": "['csrf={token}', 'who={user}', 'pw={password}']",
			    "upload.page": "/cert", "upload.path": "/upload", "upload.ok": "it is done",
			    "upload.error": "not taken", "upload.fields": "['csrf={token}', 'file@a.pem={bundle}']",
			}
			options.update(one.split("=", 1) for one in sys.argv[1:])
			groups = {"": []}
			for key, value in options.items():
			    group, _, name = key.rpartition(".")
			    if value != "-":
			        groups.setdefault(group, []).append(f"{name}: {value}")
			for group, lines in groups.items():
			    print("\n".join([f"{group}:"] * bool(group) + ["  " * bool(group) + line for line in lines]))
		PY
	)
}

uploads() { grep -c '"step":"upload"' "$workdir/fleet.log" || true; }

# refused STATUS REGEX UPLOADS [KEY=VALUE...]: how a deploy with these options ends.
refused() {
	local status=$1 regex=$2 uploads=$3
	shift 3
	: >"$workdir/fleet.log"
	write_form "$@"
	deploy "$status"
	expect_grep "$regex"
	expect_equal "$(uploads)" "$uploads" 'requests with the certificate'
	refute_secrets
}

start_form
refused 1 "upload: the box refuses \(HTTP 200\): its answer holds 'not taken'" 1 \
	"upload.fields=['csrf={token}', 'fil@a.pem={bundle}']"
refused 1 'upload: the box refuses' 1 "upload.fields=['csrf=x', 'file@a.pem={bundle}']"
refused 1 'upload: the box refuses' 1 upload.page=/ "upload.fields=['csrf={token}', 'file@a.pem={chain}']"
refused 1 "login: the box refuses \(HTTP 200\): its answer holds 'not you'" 0 \
	"login.fields=['csrf={token}', 'who={user}', 'pass={password}']"
refused 1 'look: the page does not hold what the option look.ok demands' 0 'look.ok=nothing of that'
refused 1 'page: the page does not hold the token' 0 "token='id=\"*\"'"
refused 1 'page: the box answers HTTP 404 in place of that page' 0 login.page=/nowhere
refused 1 'look: the box answers HTTP 404; set look.path' 0 look.path=/nowhere
refused 1 'look: the option upload.path is missing' 0 upload.path=-
refused 1 'upload: the box answers HTTP 405, which is not in the option upload.status' 1 upload.method=PUT
refused 1 'look: nothing would be sent: the option fields is empty' 0 upload.fields=-
# Refused, and another word for it than we know: what must be there is not.
refused 1 "upload: HTTP 200, but the answer does not hold 'it is done'" 1 upload.error=- \
	"upload.fields=['csrf=x', 'file@a.pem={bundle}']"
# It says yes, and what proves it is the handshake alone; and the other way round.
write_form 'upload.ok=quite other words'
deploy 0
expect_grep "proved on https; the box had answered otherwise: upload: .* does not hold 'quite other words'"
mock_say factory all >/dev/null
rm -rf "$workdir/state"

# What cannot be read by anybody is told while the inventory is read.
write_form "upload.fields=['file={chian}']"
deploy 3
expect_grep 'options.upload.fields\[0\]: .*holds \{chian\}, which is no placeholder' "$workdir/err"
write_form 'upload.path=/up?key={key}'
deploy 3
expect_grep 'addresses are written into logs, so only \{user\} and \{token\}' "$workdir/err"
write_form "upload.header='Host: {user}'"
deploy 3
expect_grep 'is a header that certroll writes itself' "$workdir/err"
write_form 'upload.status=[2x]'
deploy 3
expect_grep 'is no HTTP status' "$workdir/err"
write_form 'token="csrf"'
deploy 3
expect_grep 'with one \* in its place' "$workdir/err"

# A wrong password is said once, and not tried again.
printf 'not-%s\n' "$password" >"$workdir/box.pw"
refused 1 "login: the box refuses" 0
start_box auth=basic upload-form=raw 'upload-body={bundle}'
for how in basic digest bearer; do
	stop "$mock" && start_box "auth=$how" upload-form=raw 'upload-body={bundle}'
	: >"$workdir/fleet.log"
	write_box <<-EOT
		auth: $how
		upload: {path: /upload, form: raw, body: '{bundle}'}
	EOT
	deploy 1
	expect_grep "look: the box refuses user '$user' with this password \(HTTP 401\); certroll does not try again"
	expect_equal "$(grep -c '"status":401' "$workdir/fleet.log")" "$([[ $how == digest ]] && echo 2 || echo 1)"
done
printf '%s\n' "$password" >"$workdir/box.pw"

# The session has ended when the upload comes, or never began; refused with a status.
start_form session-requests=1
refused 1 "upload: the box sends certroll elsewhere \(HTTP 302, to '/in'\): has the log-on failed or ended" 1
start_form session-requests=0
refused 1 'look: the page does not hold what the option look.ok demands: has the log-on failed' 0
start_form refusal-status=403
refused 1 'upload: the box answers HTTP 403, which is not in the option upload.status' 1 upload.error=- \
	"upload.fields=['csrf={token}', 'other@a.pem={bundle}']"

# Who cannot be recognised gets neither password nor key: judged before anything is sent.
start_form
: >"$workdir/fleet.log"
write_form
sed -i "s/^    user: /    trust: ca\n    user: /" "$inventory"
deploy 1
refute_grep '"event":"request"' "$workdir/fleet.log"

# --- what the documentation shows -------------------------------------------------------------------

start_box auth=form 'token=<SID>*</SID>' login-form=urlencoded 'login-error=wrong password' \
	$'login-fields=username={user}\npassword={password}' look-path=/home look-ok=Certificates logout-path=/logout \
	upload-path=/cgi-bin/upload upload-ok='SSL is on' $'upload-fields=sid={token}\nkeypass=\ncertfile={key}{chain}'
sed -n '/^```yaml/,/^```$/p; /^```$/q' "$project/docs/devices/generic-upload.md" | sed '/^```/d' |
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
