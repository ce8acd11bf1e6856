#!/bin/bash
# Whoever wants to know is told of what changed since the last audit, and of nothing else: programs,
# webhooks and mailboxes; whoever cannot be told is named, told later, and holds up nobody.
. "$(dirname "$0")/../support/lib.sh"
. "$(dirname "$0")/../support/serve.sh"
umask 077

pki=$workdir/pki
make_variants "$pki"
NAMES='IP:127.0.0.1,DNS:localhost' sign "$pki" receiver receiver leaf inner '-1 day' '+90 days'
cat "$pki"/{receiver,inner,outer}.crt >"$pki/receiver.pem"
python3 "$project/tests/data/pki/hostile.py" "$pki/leaf.key" >"$pki/hostile.pem"
cp "$pki/leaf.key" "$pki/hostile.key"
state=$workdir/state
told=$workdir/told
sign_key=$workdir/sign.key
printf '0123456789abcdef-%s\n' "$RANDOM" >"$sign_key"

# box VARIANT: what the one box of the site serves from now on.
free_port box_port
box_process=
box() {
	local chain=()
	[[ -z $box_process ]] || stop "$box_process"
	awk '/BEGIN/ { count++ } count > 1' "$pki/$1.pem" >"$workdir/chain"
	[[ ! -s $workdir/chain ]] || chain=(-cert_chain "$workdir/chain")
	start box openssl s_server -accept "127.0.0.1:$box_port" -quiet -cert "$pki/$1.pem" \
		"${chain[@]}" -key "$pki/$1.key"
	box_process=$started
	wait_for_port "$box_port"
}

# site [LINE OF notify...]
site() {
	printf 'devices:\n  - {name: box, role: rp, driver: innovaphone, host: 127.0.0.1, site: hall,\n' >"$workdir/i.yaml"
	printf '     names: [www.example.test], services: ["https:%s"]}\n' "$box_port" >>"$workdir/i.yaml"
	[[ $# -eq 0 ]] || printf 'notify:\n' >>"$workdir/i.yaml"
	[[ $# -eq 0 ]] || printf '  - %s\n' "$@" >>"$workdir/i.yaml"
}

# audit STATUS [OPTION...]
audit() {
	local status=$1
	shift
	rm -f "$told"
	expect_exit "$status" certroll audit -i "$workdir/i.yaml" --state "$state" --ca-file "$pki/root.crt" \
		--profile server "$@"
}

# script NAME LINE...: an executable file.
script() {
	local file=$workdir/$1
	shift
	printf '%s\n' '#!/bin/sh' "$@" >"$file"
	chmod 700 "$file"
}

# told EXPRESSION: of the notice as python sees it, as "notice", and its first change, as "first".
told() {
	python3 -c 'import json, sys
notice = json.load(open(sys.argv[1], encoding="utf-8"))
first = notice["changes"][0]
sys.exit(not eval(sys.argv[2]))' "$told" "$1" || fail "not so: $1 in $(cat "$told")"
}

# --- programs: only what is news ---------------------------------------------------------------------

script tell 'printf "%s\n" "$#" "$@" >'"$told.words" "exec cat >$told"
mkdir "$workdir/odd folder"
site
box good
tell=(--notify "cmd:$workdir/tell")
audit 0 "${tell[@]}"
[[ ! -e $told ]] || fail "told of a site that is well: $(cat "$told" "$workdir/out")"
box wrong-name
audit 1 "${tell[@]}"
expect_grep 'www.example.test'
told 'notice["schema"] == 1 and notice["kind"] == "notice" and notice["verdict"] == "error"'
told 'notice["endpoints"] == {"well": 0, "warning": 0, "error": 1, "unknown": 0} and notice["changed"] == 1'
told 'notice["inventory"].endswith("i.yaml") and notice["before"] <= notice["time"]'
told 'first["device"] == "box" and first["service"] == "https" and first["site"] == "hall"'
told 'first["what"] == ["leaf", "findings"] and first["worse"] and first["remedy"] and "N3" in first["findings"]'
told 'first["address"] == "127.0.0.1:'"$box_port"'" and first["standing"] == "error"'
audit 1 "${tell[@]}"
[[ ! -e $told ]] || fail 'told again of what is known'
box good
audit 0 "${tell[@]}" --quiet
told 'notice["verdict"] == "well" and not first["worse"] and first["findings"] == []'
[[ ! -s $workdir/out ]] || fail 'told on standard output, too'

# A site that is first seen in trouble is news.
box expired
again() { rm -rf "$state"; }
again
audit 1 "${tell[@]}"
told 'notice["before"] is None and first["what"] == ["first"]'
expect_equal 0 "$(cat "$told.words")"

# Words are words: no shell reads them, as a list they may hold anything.
again
audit 1 --notify "cmd:$workdir/tell  --room  \$(id) ;x"
# shellcheck disable=SC2016 # as they are
expect_equal '3|--room|$(id)|;x' "$(paste -sd'|' "$told.words")"
cp "$workdir/tell" "$workdir/odd folder/tell"
again
audit 1 --notify "cmd:[\"$workdir/odd folder/tell\", \"big room\", \"\", \"*\"]"
expect_equal '3|big room||*' "$(paste -sd'|' "$told.words")"

# A clean environment, and no more descriptors than the three.
# shellcheck disable=SC2016 # for the script
script surroundings "env >$told; ls /proc/self/fd | wc -l >>$told; cat >/dev/null" \
	'cat /proc/$PPID/environ 2>/dev/null >>'"$told.parent"
again
rm -f "$told.parent"
CERTROLL_SECRET=hush audit 1 --notify "cmd:$workdir/surroundings"
refute_grep 'CERTROLL|hush' "$told"
! grep -q hush "$told.parent" || fail 'the executor keeps variables'
expect_grep '^4$' "$told" # the fourth is that of ls

# What cannot be told is said with its reason, kept, and told by the next audit; the report is there.
script broken 'cat >/dev/null' 'echo out of paper >&2' 'exit 3'
again
audit 1 --notify "cmd:$workdir/broken" "${tell[@]}"
expect_grep "cmd $workdir/broken: ended with status 3: out of paper; the notice is kept, and the next" "$workdir/err"
expect_grep 'expired'
told 'first["what"] == ["first"]'
expect_equal 1 "$(find "$state/unsent" -type f | wc -l)"
expect_equal 600 "$(stat -c %a "$state"/unsent/*)"
audit 1 --notify "cmd:$workdir/broken"
expect_grep 'out of paper$' "$workdir/err"
expect_equal 1 "$(find "$state/unsent" -type f | wc -l)"
script broken "exec cat >$told"
audit 1 --notify "cmd:$workdir/broken"
told 'first["what"] == ["first"]'
expect_equal 0 "$(find "$state/unsent" -type f | wc -l)"
[[ ! -s $workdir/err ]] || fail "$(cat "$workdir/err")"

# Exit 0 says that somebody would have been told; also as a plugin.
box good
audit 0
audit 1 --notify cmd:/nowhere/tell
expect_grep '^error certroll: cmd /nowhere/tell: there is no program /nowhere/tell$' "$workdir/err"
audit 1 --notify cmd:/nowhere/tell -o nagios
audit 1 --notify cmd:/nowhere/tell --notify mail:a@example.com --sendmail /nowhere/sendmail
expect_grep 'mail a@example.com: install a mail transfer agent' "$workdir/err"

# It may say what it likes, leave its input unread, and must end.
box expired
script wordy 'yes "not this" | head -n 100000' 'echo "the last line"' 'exit 1'
again
audit 1 --notify "cmd:$workdir/wordy"
expect_grep 'ended with status 1: the last line' "$workdir/err"
script endless 'sleep 300 & echo $! >'"$workdir/sleeper" 'wait'
again
audit 1 --notify "cmd:$workdir/endless" "${tell[@]}" --timeout 2s
expect_grep 'did not end within 2 seconds' "$workdir/err"
told 'first["what"] == ["first"]'
# shellcheck disable=SC2016 # for eval
wait_until 5 eval '! kill -0 "$(cat "$workdir/sleeper")" 2>/dev/null' || fail 'it left something behind'

# --- webhooks ----------------------------------------------------------------------------------------

free_port https
free_port http
log=$workdir/received
start receiver python3 "$project/tests/support/receiver.py" "$https" "$pki/receiver.pem" \
	"$pki/receiver.key" "$sign_key" "$log"
start receiver-plain python3 "$project/tests/support/receiver.py" "$http" - - "$sign_key" "$log"
wait_for_port "$https"
wait_for_port "$http"

# hook STATUS PATH [OPTION...]: a site in trouble is told to the receiver.
hook() {
	local status=$1 path=$2
	shift 2
	: >"$log"
	again
	audit "$status" --notify "webhook:https://localhost:$https/$path" --notify-key "file:$sign_key" "$@"
}

# received COUNT [EXPRESSION]: so many requests, each of them so.
received() {
	python3 -c 'import json, sys
all = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
assert len(all) == int(sys.argv[2]), all
for request in all:
    notice = json.loads(request["body"])
    headers = {name.lower(): value for name, value in request["headers"].items()}
    assert eval(sys.argv[3]), request' "$log" "$1" "${2:-True}" 2>"$workdir/python" ||
		fail "not so: $* in $(cat "$log" "$workdir/python")"
}

hook 1 'ok?token=abc'
[[ ! -s $workdir/err ]] || fail "$(cat "$workdir/err")"
received 1 'request["signature"] == "good" and request["method"] == "POST" and notice["changed"] == 1'
received 1 'request["path"] == "/ok?token=abc" and headers["content-type"] == "application/json"'
received 1 'headers["user-agent"].startswith("certroll/") and "authorization" not in headers'

# Tried again where that may help, each time with a signature of its own time.
hook 1 twice
received 3 'request["signature"] == "good"'
[[ ! -s $workdir/err ]] || fail "$(cat "$workdir/err")"
hook 1 limited
received 2
hook 1 cut
received 2 'request["signature"] == "good"'
hook 1 busy
received 3
expect_grep "^error certroll: webhook https://localhost:$https: tried 3 times: it answers with status 503; .*: later; the notice is kept" "$workdir/err"

# Not where it would not: refusals, redirects.  Of the address no more is said than the host.
hook 1 no
received 1
expect_grep 'status 403; compare address and key .*: who are you\? \?\[31m; the notice is kept' "$workdir/err"
hook 1 'redirect?token=abc'
received 1
expect_grep 'status 302, a redirect, which is not followed' "$workdir/err"
refute_grep 'token|abc' "$workdir/err"

# A status is enough, however long or slow the text behind it is; silence is not.
hook 1 huge
received 1
[[ ! -s $workdir/err ]] || fail "$(cat "$workdir/err")"
hook 1 slow --timeout 2s
received 1
[[ ! -s $workdir/err ]] || fail "$(cat "$workdir/err")"
hook 1 hang --timeout 1s
received 3
expect_grep 'tried 3 times: no answer in time' "$workdir/err"

# Who is there must be proved; nothing goes out otherwise, nor over a proxy.
https_proxy=http://127.0.0.1:9 HTTPS_PROXY=http://127.0.0.1:9 hook 1 ok
received 1
: >"$log"
again
expect_exit 1 certroll audit -i "$workdir/i.yaml" --state "$state" --profile server \
	--notify "webhook:https://localhost:$https/ok" --notify-key "file:$sign_key"
expect_grep 'its certificate is not trusted .* name its root with --ca-file' "$workdir/err"
received 0
again
audit 1 --notify "webhook:https://127.0.0.2:$https/ok"
received 0
free_port closed
again
audit 1 --notify "webhook:https://localhost:$closed/ok"
expect_grep 'tried 3 times: .*can this machine reach it' "$workdir/err"

# Without TLS only where that is said; and signed only with a key, which nobody gets to see.
audit 2 --notify "webhook:http://127.0.0.1:$http/ok"
expect_grep 'would go without TLS' "$workdir/err"
again
audit 1 --notify "webhook+http:http://127.0.0.1:$http/ok"
received 1 'request["signature"] == "none"'
again
: >"$log"
CERTROLL_KEY=$(cat "$sign_key") audit 1 --notify "webhook:https://localhost:$https/ok" --notify-key env:CERTROLL_KEY -v
received 1 'request["signature"] == "good"'
refute_grep 'abcdef' "$workdir/err"
refute_grep 'abcdef' "$log"
printf '0123456789abcdef-other' >"$workdir/other.key"
chmod 600 "$workdir/other.key"
: >"$log"
again
audit 1 --notify "webhook:https://localhost:$https/ok" --notify-key "file:$workdir/other.key"
received 1 'request["signature"] == "bad"'

# A key that cannot be had is found out on any night, not on the one.
box good
audit 0
audit 1 --notify "webhook:https://localhost:$https/ok" --notify-key env:CERTROLL_NONE
expect_grep 'webhook https://localhost:[0-9]+: its key env:CERTROLL_NONE: there is no such' "$workdir/err"
printf short >"$workdir/short.key"
audit 1 --notify "webhook:https://localhost:$https/ok" --notify-key "file:$workdir/short.key"
expect_grep 'only 5 bytes, so it can be guessed' "$workdir/err"
audit 2 --notify "webhook:https://localhost:$https/ok" --notify-key "$(cat "$sign_key")"
refute_grep abcdef "$workdir/err"

# --- mail --------------------------------------------------------------------------------------------

script sendmail "printf '%s\n' \"\$@\" >$workdir/mail.words" "exec cat >$workdir/mail"
mail=(--notify mail:pbx-team@example.com --sendmail "$workdir/sendmail")

# read_mail: the last one as a mail program shows it, in $workdir/shown.
read_mail() {
	python3 -c 'import email, email.policy, sys
mail = email.message_from_binary_file(open(sys.argv[1], "rb"), policy=email.policy.default)
assert not mail.defects, mail.defects
assert sorted(mail.keys()) == sorted(set(mail.keys())), mail.keys()
print(len(mail.keys()), mail["To"], mail["Subject"], sep="\n")
print(mail.get_content())' "$workdir/mail" >"$workdir/shown"
	LC_ALL=C grep -qP '[^\x20-\x7e]|^.{79}' "$workdir/mail" && fail "$(cat "$workdir/mail")"
	return 0
}

box expired
again
audit 1 "${mail[@]}"
expect_equal '-t|-i' "$(paste -sd'|' "$workdir/mail.words")"
read_mail
expect_grep '^pbx-team@example.com$' "$workdir/shown"
expect_grep '^certroll: error, 1 change, i.yaml$' "$workdir/shown"
expect_grep '^error: box https www.example.test, hall \(127.0.0.1:' "$workdir/shown"
expect_grep 'What to do: ' "$workdir/shown"

# Names of files are anybody's, too.
odd=$workdir/$'Geb\xc3\xa4ude \xe2\x80\x9e7\xe2\x80\x9c\xf0\x9f\x93\x9e \xc3\xb6\xc3\xa4\xc3\xbc\xc3\xb6\xc3\xa4\xc3\xbc\xc3\xb6\xc3\xa4\xc3\xbc.yaml'
cp "$workdir/i.yaml" "$odd"
again
expect_exit 1 certroll audit -i "$odd" --state "$state" --ca-file "$pki/root.crt" "${mail[@]}"
read_mail
expect_grep $'^certroll: error, 1 change, Geb\xc3\xa4ude \xe2\x80\x9e7\xe2\x80\x9c\xf0\x9f\x93\x9e' "$workdir/shown"
cp "$workdir/i.yaml" "$workdir/"$'x\nBcc: all@example.com\n.yaml'
again
expect_exit 1 certroll audit -i "$workdir/"$'x\nBcc: all@example.com\n.yaml' --state "$state" "${mail[@]}"
read_mail
refute_grep '^Bcc' "$workdir/mail"
for address in '' a b@ @b 'a@b,c@d' 'a b@c' '-t@example.com' $'a@b\nBcc: c@d' '"a"@b' 'a@b@c' '<a@b>'; do
	audit 2 --notify "mail:$address" --sendmail "$workdir/sendmail"
	expect_grep 'needs one mail address' "$workdir/err"
done

# --- in the inventory --------------------------------------------------------------------------------

site "{to: 'cmd:$workdir/tell'}" "{to: 'webhook:https://localhost:$https/ok', key: cred:hook}" \
	'{to: mail:pbx-team@example.com}'
mkdir -p "$workdir/credentials"
cp "$sign_key" "$workdir/credentials/hook"
: >"$log"
rm -f "$workdir/mail"
again
CREDENTIALS_DIRECTORY=$workdir/credentials audit 1 --sendmail "$workdir/sendmail"
received 1 'request["signature"] == "good"'
told 'first["what"] == ["first"]'
[[ -s $workdir/mail && ! -s $workdir/err ]] || fail "$(cat "$workdir/err")"
audit 1 --sendmail "$workdir/sendmail"
expect_grep 'its key cred:hook: there is no such credential; put LoadCredential=hook:' "$workdir/err"
expect_exit 0 certroll inventory -i "$workdir/i.yaml"
site '{to: cmd:tell}' '{to: webhook:http://x/}' 'mail:a@b' '{key: env:X}' \
	'{to: mail:a@example.com, key: env:X}' '{to: fax:12}' '{too: mail:a@example.com}'
expect_exit 3 certroll inventory -i "$workdir/i.yaml"
expect_grep 'i.yaml:5:[0-9]+: notify\[0\].to: error: "cmd:tell" needs the whole path' "$workdir/err"
expect_grep 'i.yaml:6:[0-9]+: notify\[1\].to: error: "webhook:http://x/" would go without TLS' "$workdir/err"
expect_grep 'i.yaml:7:[0-9]+: notify\[2\]: error: must be a mapping with the key to' "$workdir/err"
expect_grep 'i.yaml:8:[0-9]+: notify\[3\].to: error: "to" is missing' "$workdir/err"
expect_grep 'i.yaml:9:[0-9]+: notify\[4\]: error: only what goes to a webhook is signed' "$workdir/err"
expect_grep 'i.yaml:10:[0-9]+: notify\[5\].to: error: "fax:12" must begin with cmd:' "$workdir/err"
expect_grep 'did you mean "to"' "$workdir/err"

# A folder of inventories: whoever stands in several files is told once.
script count 'echo told >>'"$workdir/counted"
site "{to: 'cmd:$workdir/count'}"
mkdir "$workdir/sites"
cp "$workdir/i.yaml" "$workdir/sites/a.yaml"
sed 's/name: box/name: other/' "$workdir/i.yaml" >"$workdir/sites/b.yaml"
again
expect_exit 1 certroll audit -i "$workdir/sites" --state "$state" --ca-file "$pki/root.crt" --profile server
expect_equal 1 "$(wc -l <"$workdir/counted")"

# --- certificates whose text attacks ------------------------------------------------------------------

site
box hostile
again
: >"$log"
audit 1 "${tell[@]}" "${mail[@]}" --notify "webhook:https://localhost:$https/ok"
read_mail
received 1
for file in "$told" "$workdir/mail" "$workdir/shown" "$log"; do
	LC_ALL=C.UTF-8 grep -qP '[\x00-\x08\x0b-\x1f\x7f\x{80}-\x{9f}\x{2028}-\x{202e}\x{2066}-\x{2069}]' "$file" &&
		fail "$file: $(cat -v "$file")"
	iconv -f UTF-8 -t UTF-8 "$file" >/dev/null || fail "$file is no UTF-8"
done
told 'first["device"] == "box" and "=hyperlink(" in first["sentence"]'
expect_grep '=hyperlink\(' "$workdir/shown"
