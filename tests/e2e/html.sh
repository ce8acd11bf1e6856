#!/bin/bash
# The HTML report is one well-made file: it shows every fault, nothing that a box says becomes markup, it
# asks for nothing from elsewhere, and its colours can be read in both schemes.
. "$(dirname "$0")/../support/lib.sh"
. "$(dirname "$0")/../support/serve.sh"
. "$(dirname "$0")/../support/site.sh"
. "$(dirname "$0")/../support/faulty.sh"

page=$workdir/page.html

check_page() {
	expect_exit 0 python3 "$project/tests/support/check_html.py" "$page"
}

# spoilt SED-SCRIPT REGEX: the check itself finds what is not as it should be.
spoilt() {
	sed -E "$1" "$page" >"$workdir/spoilt.html"
	expect_exit 1 python3 "$project/tests/support/check_html.py" "$workdir/spoilt.html"
	expect_grep "$2"
}

# device NAME: its entry alone.
device() {
	sed -n "/data-name=\"$1\"/,/<\/details><\/li>/p" "$page" >"$workdir/device.html"
	[[ -s $workdir/device.html ]] || fail "no device $1"
}

# shows NAME REGEX...
shows() {
	local name=$1 regex
	device "$name"
	shift
	for regex; do
		expect_grep "$regex" "$workdir/device.html"
	done
}

# --- faults -----------------------------------------------------------------------------------------

start_faulty
run 1 audit -i "$inventory" --ca-file "$bundle_pki/root.crt" -o html --out "$page"
expect_equal "$(wc -c <"$workdir/out")" 0 'standard output with --out'
expect_equal "$(stat -c %a "$page")" 644
check_page
expect_grep '<title>certroll audit: 8 of 11 devices failed, 1 unreachable \(' "$page"
expect_grep '<a href="#state=failed"><span class="count">8</span>' "$page"
expect_grep 'on pbx-[a-z]*|on <bdi>.*</bdi> and [0-9]+ more' "$page"

shows pbx-master 'data-state="well"' 'class="link fine">signed by'
refute_grep 'link bad|gap' "$workdir/device.html"
shows pbx-standby 'data-findings="[^"]*P1' 'signed by one that is missing' \
	'cert gap bad.*<bdi>Test Intermediate 2</bdi>'
shows rp 'not signed by the next: certificate 4 signed it' 'a root ends a chain, but more follows' \
	'signed by certificate 3, above' 'Put the certificates in this order: 1, 4, 3, 2'
shows gateway '</span> expired</span>' 'class="left bad">expired 10 days ago'
shows lobby 'data-findings="[^"]*N3' 'cert bad.*www.elsewhere.test'
shows hall 'repeats certificate 2' 'trust anchor' 'clients that trust it have it'
shows gate 'does not belong to this chain' 'nothing connects these'
shows new-box 'factory-cert' 'Chain as served on <bdi>https</bdi>, <bdi>sips</bdi>'
shows attic 'data-state="unreachable"' 'the port is closed'

# --- what boxes say is text -------------------------------------------------------------------------

shows stranger '&lt;script&gt;alert\(1\)&lt;/script&gt;&quot;&#39;&amp;amp;' '&lt;/bdi&gt;&lt;b onclick=x&gt;'
refute_grep '<script>alert|<img|<b onclick' "$page"
expect_equal "$(grep -c '<script>' "$page")" 1 'scripts'

# --- the check can fail -----------------------------------------------------------------------------

spoilt 's|</main>|<img src=x></main>|' '<img'
spoilt 's|<h1>|<h1><a href="https://example.com/">x</a>|' 'leads elsewhere'
spoilt 's|<label for="q">|<label for="other">|' 'field q has no label'
spoilt 's|--dim: #555b66|--dim: #999999|' 'light: --dim on --page has a contrast of 2'
spoilt 's|--bad: #ff9c92|--bad: #803030|' 'dark: --bad on '
spoilt 's|body \{|body  {|' 'does not name the hash of the style'
spoilt 's|scope="row"||' 'th> without scope'
spoilt 's|</summary>||' 'closes'
spoilt 's|id="devices"|id="overview"|' 'an id twice|nothing has the id'

# --- other commands, other states -------------------------------------------------------------------

run 1 verify "$bundle" -i "$inventory" -o html --out "$page"
check_page
expect_grep '<title>certroll verify: ' "$page"
expect_grep '</span> proved</span>' "$page"
shows pbx-standby '</span> partial</span>' 'certificate 2 is missing'

run 0 audit -i "$inventory" -l 'pbx-master,pbx-slave' --ca-file "$bundle_pki/root.crt" -o html
cp "$workdir/out" "$page"
check_page
expect_grep '<h1>all 2 devices are well</h1>' "$page"
refute_grep 'ip811|password' "$page"

# Nobody there, not even one certificate; a word of the command line is text, too.
free_port closed
run 4 audit "127.0.0.1:$closed=<i>x" -o html
cp "$workdir/out" "$page"
check_page
expect_grep '<h1>1 of 1 device unreachable</h1>' "$page"
refute_grep '<i>' "$page"

start_site "$@"
deploy 0 -o html --out "$page"
expect_grep '^plan$'
check_page
expect_grep '<title>certroll deploy: all 5 devices are well' "$page"
expect_grep '</span> changed</span>' "$page"
refute_grep "$password" "$page"
deploy 0 -o html --dry-run
expect_grep '<title>certroll plan: '

# --- a thousand boxes --------------------------------------------------------------------------------

# roster: a line of the fleet for each box.   boxes_of LOG: the inventory of what then listens.
roster() {
	local number
	for number in {1..1000}; do
		printf '{"name":"gw-%s","names":["gw-%s.example.test"],"ports":{"https":0}}\n' "$number" "$number"
	done
	printf '\n'
}

boxes_of() {
	printf 'defaults: {driver: innovaphone, role: other}\ndevices:\n'
	sed -nE 's/.*"name":"([^"]*)","address":"([^"]*)","ports":\{"https":([0-9]+).*/  - {name: \1, host: \2, names: [\1.example.test], services: ["https:\3"]}/p' "$1"
}

roster >"$workdir/roster"
start fleet "$build/mock-fleet" --fleet "$workdir/roster" --first 127.82.0.1
wait_until 30 grep -q '"ready":true' "$workdir/fleet.log" || fail 'the fleet did not start'
boxes_of "$workdir/fleet.log" >"$workdir/thousand.yaml"
run 1 audit -i "$workdir/thousand.yaml" -o html --out "$page"
check_page
expect_equal "$(grep -c '<li class="device' "$page")" 1000
expect_equal "$(grep -c '<details open>' "$page")" 12
[[ $(stat -c %s "$page") -lt 4000000 ]] || fail "$(stat -c %s "$page") bytes for a thousand boxes"

# --- mistakes ---------------------------------------------------------------------------------------

expect_exit 2 certroll rules -o html
expect_grep 'html' "$workdir/err"
expect_exit 4 certroll audit "127.0.0.1:$closed" -o json
run 3 audit "127.0.0.1:$closed" -o html --out "$workdir/missing/page.html"
expect_grep 'missing/page.html' "$workdir/err"
