#!/bin/bash
# The driver for boxes that nobody knows: every log-on with every form against a mock device with the same
# words, the rehearsal of that, and the ways in which such a box says no.
. "$(dirname "$0")/../support/lib.sh"
. "$(dirname "$0")/../support/serve.sh"
. "$(dirname "$0")/../support/site.sh"
. "$(dirname "$0")/../support/generic.sh"

# --- every log-on with every body, in one roll-out -------------------------------------------------

make_boxes() { python3 "$project/tests/support/generic_boxes.py" "$@"; }

make_boxes roster "$user" "$password" >"$workdir/roster"
count=$(wc -l <"$workdir/roster")
start_mock --fleet "$workdir/roster" --first "$address" --log "$workdir/fleet.log"
announced=$workdir/mock-0.log
wait_until 60 grep -q '"ready":true' "$announced" || fail 'the boxes are not ready'
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
refused 1 'look: login: is there, and auth: is digest; did you mean auth: form' 0 auth=digest
refused 1 'look: the options have a body, which this form does not send' 0 "upload.body='{key}'"
write_form auth=basic login.page=- login.path=-
sed -i '/^    user:/d' "$inventory"
deploy 1
expect_grep 'look: auth: basic needs user: and password: of the device; a box without a log-on wants auth: none'
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
