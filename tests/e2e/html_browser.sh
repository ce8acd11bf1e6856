#!/bin/bash
# In a real browser the HTML report runs without complaint, filters and sorts, asks the network for nothing,
# can be read in light and dark and on a phone, and is complete without its script.
. "$(dirname "$0")/../support/lib.sh"
. "$(dirname "$0")/../support/serve.sh"
. "$(dirname "$0")/../support/site.sh"
. "$(dirname "$0")/../support/faulty.sh"

skip_without chromium
page=$workdir/page.html
dark=--blink-settings=preferredColorScheme=0

# browse ADDRESS OPTION...: the page as the browser has it to $workdir/dom, its log to $workdir/browser.log.
# No sandbox: root has none, and the page is ours.
browse() {
	local address=$1
	shift
	HOME=$workdir timeout 60 "$(peer chromium)" --headless --no-sandbox --disable-gpu --disable-dev-shm-usage \
		--user-data-dir="$workdir/profile" --no-first-run --disable-background-networking \
		--disable-component-update --host-resolver-rules='MAP * ~NOTFOUND, EXCLUDE 127.0.0.1' \
		--enable-logging=stderr --virtual-time-budget=3000 "$@" "$address" \
		>"$workdir/dom" 2>"$workdir/browser.log" || fail "the browser ended with status $?"
}

dom() {
	local address=$1
	shift
	browse "$address" --dump-dom "$@"
}

# Names of the devices that are shown, in their order.
shown() {
	grep -oE '<li class="device[^>]*>' "$workdir/dom" | grep -v ' hidden=""' |
		sed -E 's/.*data-name="([^"]*)".*/\1/' | paste -sd ' '
}

# view HASH DEVICES
view() {
	dom "file://$page#$1"
	expect_equal "$(shown)" "$2" "#$1"
	refute_grep CONSOLE "$workdir/browser.log"
}

# probed REGEX PAGE OPTION...: what the probe measured, in a copy that lets it run.
probed() {
	browse "http://127.0.0.1:$port/$2" --dump-dom --hide-scrollbars "${@:3}"
	sed -nE 's/.*<pre id="probe">([^<]*)<.*/\1/p' "$workdir/dom" >"$workdir/probe"
	expect_grep "$1" "$workdir/probe"
	awk -F'contrast=' '{ exit !($2 + 0 >= 4.5) }' "$workdir/probe" || fail "$(cat "$workdir/probe")"
	awk -F'window=| content=| dark=' '{ exit !($3 + 0 <= $2 + 0) }' "$workdir/probe" ||
		fail "wider than the window: $(cat "$workdir/probe")"
}

start_faulty
run 1 audit -i "$inventory" --ca-file "$bundle_pki/root.crt" -o html --out "$page"

# --- filter and sort --------------------------------------------------------------------------------

view '' "$(grep -oE 'data-name="[^"]*"' "$page" | cut -d'"' -f2 | paste -sd ' ')"
expect_grep 'id="tools" role="search" aria-label="Devices">' "$workdir/dom"
expect_grep '>11 devices</p>' "$workdir/dom"
view 'state=unreachable' 'attic'
expect_grep '>1 of 11 devices</p>' "$workdir/dom"
view 'state=well&sort=name' 'pbx-master pbx-slave'
view 'finding=O2' 'rp'
view 'sort=name' 'attic gate gateway hall lobby new-box pbx-master pbx-slave pbx-standby rp stranger'
view 'q=ELSEWHERE&sort=name' 'gate lobby'
view 'q=no-such-thing' ''
view 'state=failed&finding=net-closed' ''
dom "file://$page#sort=end"
expect_grep '^gateway stranger ' <(shown)
expect_grep ' attic$' <(shown)
dom "file://$page#device-1"
expect_grep '<details open=""><summary>.*' <(grep 'data-name="pbx-master"' "$workdir/dom")

# --- nothing runs that should not, nothing is asked for ---------------------------------------------

free_port port
start web python3 -u -m http.server --bind 127.0.0.1 --directory "$workdir" "$port"
wait_for_port "$port"
dom "http://127.0.0.1:$port/page.html" --log-net-log="$workdir/net.json"
expect_equal "$(grep -c GET "$workdir/web.log")" 1 requests
expect_grep "127.0.0.1:$port/page.html" "$workdir/net.json"
refute_grep "\"initiator\":\"http://127.0.0.1:$port\"" "$workdir/net.json"
refute_grep CONSOLE "$workdir/browser.log"
# (A page that does ask is noticed.)
grep -v 'Content-Security-Policy' "$page" | sed 's|</main>|<img src="http://elsewhere.test/x.png"></main>|' \
	>"$workdir/asking.html"
dom "http://127.0.0.1:$port/asking.html" --log-net-log="$workdir/net.json"
expect_grep "\"initiator\":\"http://127.0.0.1:$port\"" "$workdir/net.json"

# The policy holds: what somebody managed to put in does not run, and the log would tell.
sed 's|</main>|<script>document.title = "run"</script><img src="/x.png" onerror="alert(1)"></main>|' "$page" \
	>"$workdir/injected.html"
dom "http://127.0.0.1:$port/injected.html"
expect_grep 'CONSOLE.*Content Security Policy' "$workdir/browser.log"
refute_grep '<title>run' "$workdir/dom"
refute_grep '/x.png' "$workdir/web.log"

# --- without the script -----------------------------------------------------------------------------

# (Where scripts are switched off the browser cannot dump either; so the policy keeps ours from running.)
sed "s/script-src 'sha256-[^']*'/script-src 'none'/" "$page" >"$workdir/plain.html"
dom "file://$workdir/plain.html#state=failed"
expect_grep 'CONSOLE.*Content Security Policy' "$workdir/browser.log"
expect_equal "$(shown | wc -w)" 11
expect_grep 'id="tools" [^>]*hidden=""' "$workdir/dom"

# --- how it looks -----------------------------------------------------------------------------------

{
	grep -vE 'Content-Security-Policy' "$page"
	printf '<script>'
	cat "$project/tests/support/probe.js"
	printf '</script>\n'
} >"$workdir/probe.html"
# A window has at least 500 pixels, a frame may be a phone.
cat >"$workdir/phone.html" <<-'PAGE'
	<!DOCTYPE html><title>phone</title><iframe id="phone" width="390" height="844" src="probe.html"></iframe>
	<script>
	phone.onload = () => document.body.append(phone.contentDocument.getElementById('probe').cloneNode(true));
	</script>
PAGE
probed 'window=1200 .*dark=false' probe.html --window-size=1200,900
probed 'window=1200 .*dark=true' probe.html --window-size=1200,900 "$dark"
probed 'window=390 .*dark=true' phone.html "$dark"
sed -i 's/--dim: #555b66/--dim: #bbbbbb/' "$workdir/probe.html"
browse "file://$workdir/probe.html" --dump-dom
expect_grep 'contrast=1\.' <(grep 'id="probe"' "$workdir/dom")

for scheme in light dark; do
	options=("--window-size=1200,1600" --screenshot="$workdir/$scheme.png")
	[[ $scheme == light ]] || options+=("$dark")
	browse "file://$page" "${options[@]}"
	[[ $(stat -c %s "$workdir/$scheme.png") -gt 50000 ]] || fail "$scheme.png is nearly empty"
done
! cmp -s "$workdir/light.png" "$workdir/dark.png" || fail 'dark looks like light'
browse "file://$page" --print-to-pdf="$workdir/page.pdf"
expect_equal "$(head -c 5 "$workdir/page.pdf")" '%PDF-'
