#!/bin/bash
# Manual pages, completions and JSON schemas say what the program says, and the programs that read them agree.
. "$(dirname "$0")/../support/lib.sh"
. "$(dirname "$0")/../support/serve.sh"
. "$(dirname "$0")/../support/site.sh"

for tool in mandoc zsh fish; do
	command -v "$tool" >/dev/null || skip "$tool is missing"
done
python3 -c 'import jsonschema, yaml' 2>/dev/null || skip 'python3-jsonschema or python3-yaml is missing'
manual=$build/manual
pages=("$manual"/*.[157])

# A page as plain text, each paragraph one line.
page_text() {
	mandoc -T ascii -O width=1000 "$manual/$1" | col -bx
}

# section PAGE NAME: a subsection of a page.
section() {
	page_text "$1" | awk -v name="   $2" '$0 == name { on = 1; next } /^ ? ? ?[^ ]/ { on = 0 } on'
}

# expect_words WHERE WORD...: each stands in standard input, surrounded by what is no part of a word.
expect_words() {
	local text where=$1 word
	text=$(cat)
	shift
	for word; do
		grep -qwF -e "$word" <<<"$text" ||
			fail "$where does not tell of $word"
	done
}

command_names() {
	certroll help | awk '/^  [a-z]/ { print $1 }'
}

option_names() {
	certroll help "$1" | grep -oE '^  (-[a-z],|   ) --[a-z-]+' | grep -oE -- '--[a-z-]+'
}

# The options that a file for a shell offers behind a command.
offered() {
	case $1 in
	bash) awk -v name="$2)" '$1 == name { on = 1 } on && /options=/ { print; exit }' "$manual/certroll.bash" ;;
	zsh) awk -v name="$2)" '$1 == name { on = 1 } on && /;;/ { exit } on' "$manual/_certroll" ;;
	fish) grep "__certroll_is $2'" "$manual/certroll.fish" | sed -E 's/.* -l ([a-z-]+).*/--\1/' ;;
	esac | grep -oE -- '--[a-z][a-z-]+' | sort -u
}

# --- the pages ---------------------------------------------------------------------------------------

expect_equal "${#pages[@]}" 6 'pages'
cd "$manual" # where mandoc finds the pages that are referred to
for page in "${pages[@]}"; do
	expect_exit 0 mandoc -T lint -W style "$page"
	expect_equal "$(cat "$workdir/out" "$workdir/err")" '' "$page"
done
mapfile -t names < <(command_names)
[[ ${#names[@]} -gt 20 ]] || fail 'the list of commands cannot be read'
for name in "${names[@]}"; do
	mapfile -t options < <(option_names "$name")
	[[ ${#options[@]} -gt 0 ]] || fail "certroll help $name cannot be read"
	section certroll.1 "$name" >"$workdir/section"
	expect_words "the section of $name" certroll "$name" "${options[@]}" <"$workdir/section"
	expect_equal "$(grep -oE -- '--[a-z-]+' <(grep 'Options:' "$workdir/section") | sort -u)" \
		"$(printf '%s\n' "${options[@]}" | sort -u)" "options in the section of $name"
	for shell in bash zsh fish; do
		expect_equal "$(offered "$shell" "$name")" "$(printf '%s\n' "${options[@]}" | sort -u)" \
			"what $shell offers behind $name"
	done
	certroll help "$name" | awk '/^exit status:/ { on = 1 } on' >"$workdir/exits"
	expect_grep '^    0  all well' "$workdir/exits"
done
expect_equal "$(certroll help deploy | sed -nE 's/^ {1,4}([0-9]+)  .*/\1/p' | xargs)" '0 1 2 3 4 75 130' 'statuses of deploy'
expect_equal "$(certroll help rules | sed -nE 's/^ {1,4}([0-9]+)  .*/\1/p' | xargs)" '0 1 2 3' 'statuses of rules'
page_text certroll.1 | awk '/^EXIT STATUS/ { on = 1; next } /^[A-Z]/ { on = 0 } on' >"$workdir/section"
expect_words 'EXIT STATUS' 0 1 2 3 4 75 130 <"$workdir/section"

mapfile -t ids < <(certroll rules -o json | python3 -c 'import json, sys
for rule in json.load(sys.stdin)["rules"]: print(rule["id"])')
[[ ${#ids[@]} -gt 60 ]] || fail 'the list of findings cannot be read'
page_text certroll-findings.7 | grep -oE '^   [A-Za-z0-9-]+: ' | tr -d ' :' | sort >"$workdir/told"
diff <(printf '%s\n' "${ids[@]}" | sort) "$workdir/told" || fail 'certroll-findings(7) has other findings'

while read -r driver _; do
	certroll drivers "$driver" >"$workdir/sheet"
	mapfile -t words < <(sed -nE 's/^    ([a-z][a-z0-9.-]+) +(assumed|recorded|seen|documented|tested).*/\1/p' "$workdir/sheet")
	section certroll-drivers.7 "$driver" | expect_words "$driver in certroll-drivers(7)" "${words[@]}"
done < <(certroll drivers)

# Every key of the example stands in the manual, and nothing else is taken for one.
mapfile -t words < <(grep -oE '^ *(- |- \{)?[a-z-]+:' "$project/conf/inventory.example.yaml" | grep -oE '[a-z-]+:' |
	tr -d : | grep -vxE 'berlin|machine-room|upload' | sort -u)
page_text certroll-inventory.5 | expect_words 'certroll-inventory(5)' "${words[@]}"
if page_text certroll-inventory.5 | expect_words 'the page' no-such-key 2>/dev/null; then fail 'expect_words sees anything'; fi
expect_grep 'pretend telephony boxes' <(page_text mock-fleet.1)

# A frame that names what is not there is refused in the build.
for line in '@command deplyo@' '@nonsense@' '@keys devices@'; do
	rm -rf "$workdir/frames" "$workdir/made"
	cp -r "$project/docs/man" "$workdir/frames"
	mkdir "$workdir/made"
	cp "$manual/mock-fleet.help" "$workdir/made"
	expect_exit 0 "$build/tools/certroll-docs" "$workdir/frames" "$workdir/made"
	printf '%s\n' "$line" >>"$workdir/frames/certroll.1.in"
	expect_exit 1 "$build/tools/certroll-docs" "$workdir/frames" "$workdir/made"
	expect_grep 'certroll.1.in: @' "$workdir/err"
done
diff -r "$workdir/made" "$manual" -x complete -x 'certroll*' -x mock-fleet.1 || fail 'the same tables give other files'

# --- the shells --------------------------------------------------------------------------------------

# in_bash WORD...: what bash offers for the last word.
in_bash() {
	bash -c '. "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); compopt() { :; }; _certroll; echo "${COMPREPLY[*]}"' \
		"$manual/certroll.bash" "$@"
}

in_zsh() {
	timeout 20 zsh "$project/tests/support/complete.zsh" "$manual" "$*"
}

in_fish() {
	fish --no-config -c "source $manual/certroll.fish; complete -C '$*'" | cut -f 1 | xargs
}

expect_exit 0 shellcheck -s bash "$manual/certroll.bash"
expect_equal "$(in_bash certroll au)" audit
expect_equal "$(in_bash certroll audit --outp)" --output
expect_equal "$(in_bash certroll audit --output na)" nagios
expect_equal "$(in_bash certroll audit --output = na)" nagios
expect_equal "$(in_bash certroll check -o '')" 'text json jsonl'
expect_equal "$(in_bash certroll inventory -o '')" 'text json'
expect_equal "$(in_bash certroll drivers hap)" haproxy
expect_equal "$(in_bash certroll deploy --profile '')" "$(certroll rules -o json |
	python3 -c 'import json, sys; print(*next(r for r in json.load(sys.stdin)["rules"] if r["id"] == "K1")["severities"])')"
expect_equal "$(in_bash certroll ca ini)" init
expect_equal "$(in_bash certroll deplyo --)" ''
expect_equal "$(in_bash certroll deploy --timeout --)" ''
touch "$workdir/only.pem"
expect_equal "$(in_bash certroll check "$workdir/on")" "$workdir/only.pem"
expect_equal "$(in_bash certroll ca sign "$workdir/on")" "$workdir/only.pem"

zsh -n "$manual/_certroll" || fail 'zsh cannot read its completion'
[[ $(in_zsh certroll aud) == *'certroll audit '* ]] || fail 'zsh does not complete a command'
[[ $(in_zsh certroll audit --output na) == *'--output nagios '* ]] || fail 'zsh does not complete a value'
[[ $(in_zsh certroll ca ini) == *'certroll ca init '* ]] || fail 'zsh does not complete a word'
[[ $(in_zsh certroll check --output na) != *nagios* ]] || fail 'zsh offers a report that check has not'
expect_equal "$(in_fish certroll au)" audit
expect_equal "$(in_fish certroll audit --outp)" --output
expect_equal "$(in_fish certroll audit --output na)" nagios
expect_equal "$(in_fish certroll check --output na)" ''
expect_equal "$(in_fish certroll drivers hap)" haproxy
expect_equal "$(in_fish certroll ca ini)" init
expect_equal "$(in_fish certroll check "$workdir/on")" "$workdir/only.pem"

# --- the schemas -------------------------------------------------------------------------------------

schema() {
	local file=$1
	shift
	expect_exit 0 "$project/tests/support/check_schema.py" "$manual/$file" "$@"
}

data=$project/tests/data/inventory
printf 'example.test\n192.0.2.10\n\n192.0.2.11 192.0.2.12\n192.0.2.25\n192.0.2.30\nadmin\nfile:pbx.pw\n' |
	"$build/certroll" init >"$workdir/init.yaml" 2>/dev/null
make_bundles
start_site "$@"
schema inventory.json good "$workdir/init.yaml" "$inventory" "$project/conf/inventory.example.yaml"
printf 'defaults: {user: admin, options: {leaf-rsa-max: 4096}}\n' >"$workdir/defaults.yaml"
schema inventory.json good "$workdir/defaults.yaml"
schema inventory.json tests "$data"/good/*.yaml

# What the drivers of the program take and refuse.
options() {
	printf 'devices:\n  - {name: a, role: other, host: 192.0.2.1, driver: %s, options: %s}\n' "$1" "$2"
}
options innovaphone '{upload: {path: /x, field: f}, leaf-rsa-max: 4096, reset: {mode: window}}' >"$workdir/good.yaml"
schema inventory.json good "$workdir/good.yaml"
expect_exit 0 certroll inventory -i "$workdir/good.yaml"
number=0
while IFS=';' read -r driver text; do
	number=$((number + 1))
	options "$driver" "$text" >"$workdir/bad-$number.yaml"
	expect_exit 3 certroll inventory -i "$workdir/bad-$number.yaml"
done <<'OPTIONS'
innovaphone;{leaf-rsa-max: '4096'}
innovaphone;{leaf-rsa-max: 99999999}
innovaphone;{reset: {mode: sometimes}}
innovaphone;{reset: window}
innovaphone;{nonsense: 1}
innovaphone;{api: localhost}
innovaphone;{upload: {path: x}}
haproxy;{plain: maybe}
files;{reload: now}
files;{within: soon}
inovaphone;{}
OPTIONS
schema inventory.json bad "$workdir"/bad-*.yaml
mapfile -t bad < <(printf "$data/bad/%s.yaml\n" all-at-once anchor clients-unknown defaults-own-keys defaults-shape \
	defaults-values depth device-not-mapping devices-empty devices-mapping empty escape-control factory-ca-tilde \
	group-inner-shape group-shape group-twice group-unknown-key host-empty host-path host-url long-value missing-keys \
	multi-line-value name-characters names-bad names-not-list no-value number-forms only-comment \
	password-cmd password-env password-file password-plain password-plain-quoted password-prompt password-shape \
	port-bad role-far role-unknown services-empty sexagesimal state-unknown top-key-far top-list top-scalar \
	top-unknown-key trust-unknown unknown-key window-bad wrong-shape)
schema inventory.json bad "${bad[@]}"
printf 'defaults: {user: admin}\ngroups: {}\n' >"$workdir/groups.yaml"
schema inventory.json bad "$workdir/groups.yaml"
expect_exit 1 "$project/tests/support/check_schema.py" "$manual/inventory.json" bad "$workdir/good.yaml"
expect_exit 1 "$project/tests/support/check_schema.py" "$manual/inventory.json" good "${bad[0]}"

# Real reports, of what went well and of what did not.
report() {
	local status=$1 name=$2
	shift 2
	run "$status" "$@" --ca-file "$bundle_pki/root.crt" -i "$inventory" -o json
	mv "$workdir/out" "$workdir/report-$name.json"
}
expect_exit 0 certroll check "$bundle" -i "$inventory" --ca-file "$bundle_pki/root.crt" -o json
mv "$workdir/out" "$workdir/report-check.json"
report 0 plan plan "$bundle" --accept-new
mock_say fault 127.78.0.2 keep-old >/dev/null
report 1 failed deploy "$bundle" --accept-new --yes --settle 1s
mock_say unfault all >/dev/null
report 0 deploy deploy "$bundle" --yes
report 0 verify verify "$bundle"
mock_say fault 127.78.0.2 never-answer@tls >/dev/null
report 4 audit audit --bundle "$bundle" --timeout 1s
mock_say unfault all >/dev/null
cp "$inventory" "$workdir/whole.yaml"
sed -i '/name: rp,/d' "$inventory"
report 0 vanished audit --bundle "$bundle"
expect_grep '"vanished" ?: ?\[.*"rp"' <(tr -d '\n' <"$workdir/report-vanished.json")
cp "$workdir/whole.yaml" "$inventory"
report 0 clear clear --yes -l rp
schema report.json report "$workdir"/report-*.json
sed 's/"outcome":"changed"/"outcome":"changd"/; s/"severity"/"gravity"/' "$workdir/report-failed.json" >"$workdir/spoilt.json"
expect_exit 1 "$project/tests/support/check_schema.py" "$manual/report.json" report "$workdir/spoilt.json"
