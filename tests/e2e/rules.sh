#!/bin/bash
# Every finding can be looked up, docs/findings.md is what the program says, and a policy is obeyed.
. "$(dirname "$0")/../support/lib.sh"
. "$(dirname "$0")/../support/serve.sh"
. "$(dirname "$0")/../support/site.sh"

says() {
	local status=$1 regex=$2
	shift 2
	expect_exit "$status" certroll "$@"
	expect_grep "$regex" "$workdir/err"
}

# policy LINE...: $policy, a file with these lines below profiles:
policy() {
	policy=$workdir/policy.yaml
	{
		printf 'profiles:\n'
		printf '  %s\n' "$@"
	} >"$policy"
}

# The reference.
expect_exit 0 certroll rules
expect_grep '^K1 +F +F +F +F +F +F +- +private key present'
expect_grep '^net-timeout +no answer in time'
expect_exit 0 certroll rules o3 net-timeout
expect_grep '^O3: the bundle ends in its self-signed root'
expect_grep 'severity +error: innovaphone, strict; warning: ip-office; not looked at: apple'
expect_grep '^net-timeout: '
refute_grep '^K1'
expect_exit 0 certroll rules -o json
python3 - "$workdir/out" <<'PYTHON'
import json, sys
d = json.load(open(sys.argv[1]))
rules = {r["id"]: r for r in d["rules"]}
assert d["schema"] == 1 and d["kind"] == "rules"
assert set(rules["K1"]) == {"id", "title", "basis", "severities", "bundle", "served", "why", "mend"}
assert rules["O3"]["severities"]["ip-office"] == "warning" and not rules["O3"]["served"]
assert rules["pem"]["severities"] == {} and rules["pem"]["basis"] == ""
PYTHON
expect_exit 0 certroll rules -o json K1
python3 -c 'import json,sys; d=json.load(open(sys.argv[1])); assert [r["id"] for r in d["rules"]]==["K1"]' "$workdir/out"
says 2 "no finding 'net-timout'; did you mean net-timeout" rules net-timout
says 2 "no finding 'something else'; 'certroll rules' lists them" rules 'something else'
says 2 'the whole page' rules --markdown K1
expect_exit 0 certroll rules --markdown
diff -u "$project/docs/findings.md" "$workdir/out" ||
	fail 'docs/findings.md is not what the program says; run ./dev docs and look at the difference'

# A policy.  The bundle lacks its root, and is otherwise good.
make_bundles
(umask 077 && cat "$bundle_pki"/{leaf.crt,inner.crt,outer.crt,leaf.key} >"$workdir/short.pem")
check=(check "$workdir/short.pem" --ca-file "$bundle_pki/root.crt")
expect_exit 1 certroll "${check[@]}"
expect_grep 'error O3: '
policy 'innovaphone: {O3: warning, E2: off}'
expect_exit 0 certroll "${check[@]}" --policy "$policy"
expect_grep 'warning O3: '
refute_grep ' E2: '
expect_grep 'policy.yaml:2:17: note policy: O3 .* is a warning at most for innovaphone; by the table it is an error'
expect_exit 0 certroll "${check[@]}" --policy "$policy" -q
refute_grep policy
policy 'innovaphone: {O3: off}' 'all: {E2: error}'
expect_exit 1 certroll "${check[@]}" --policy "$policy"
expect_grep 'error E2: '
refute_grep ' O3: '
expect_exit 0 certroll "${check[@]}" --policy "$policy" --profile apple
policy 'inovaphone: {K4: off}' 'apple: {K44: off, E2: Note}'
says 3 'policy.yaml:2:3: profiles.inovaphone: error: unknown key' "${check[@]}" --policy "$policy"
expect_grep 'did you mean "innovaphone"' "$workdir/err"
expect_grep 'policy.yaml:3:11: profiles.apple.K44: error: unknown key' "$workdir/err"
expect_grep 'policy.yaml:3:25: profiles.apple.E2: error: must be one of off, note' "$workdir/err"
expect_grep 'the policy .* cannot be used' "$workdir/err"
says 3 'No such file' "${check[@]}" --policy "$workdir/nothing.yaml"
says 2 'takes no option' inventory --policy "$policy"

# By a device's profile, its firmware, its clients and its names; --profile overrides.
cat >"$workdir/site.yaml" <<'YAML'
defaults: {driver: innovaphone, role: pbx-slave}
devices:
  - {name: one, host: 192.0.2.1, names: [pbx.example.test]}
  - {name: two, host: 192.0.2.2, names: [pbx.berlin.example.test]}
YAML
expect_exit 1 certroll "${check[@]}" -i "$workdir/site.yaml"
expect_grep 'error O3: '
expect_exit 1 certroll "${check[@]}" -i "$workdir/site.yaml" --profile apple
refute_grep ' O3: '
expect_grep 'error N3: .pbx.berlin.example.test. .device two. is not covered'
refute_grep 'device one'

# The firmware of the inventory is a hint for what the box accepts; clients add what they demand.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$workdir/ec.key" \
	-out "$workdir/ec.crt" -subj /CN=box.example.test -days 90 2>/dev/null
for firmware in 14r2 16r1; do
	printf 'devices:\n  - {name: box, role: other, driver: innovaphone, host: 192.0.2.1, firmware: %s}\n' \
		"$firmware" >"$workdir/box.yaml"
	expect_exit 1 certroll check "$workdir/ec.crt" -i "$workdir/box.yaml"
	case $firmware in
	14r2) expect_grep 'error K5: .*EC' ;;
	*) refute_grep ' K5: ' ;;
	esac
	expect_grep 'warning E1: .*no extended key usage'
done
sed -i 's/firmware: /clients: [phones, apple], firmware: /' "$workdir/box.yaml"
expect_exit 1 certroll check "$workdir/ec.crt" -i "$workdir/box.yaml"
expect_grep 'error E1: .*no extended key usage'
refute_grep 'warning E1: '
expect_exit 1 certroll check "$workdir/ec.crt" -i "$workdir/box.yaml" --profile innovaphone
expect_grep 'warning E1: '

# The roll-out obeys it, says so, and installs nothing without a key.
start_site "$@"
policy 'innovaphone: {O3: off, K1: off, P1: off}'
run 0 deploy "$workdir/short.pem" -i "$inventory" --dry-run --accept-new --ca-file "$bundle_pki/root.crt" --policy "$policy"
expect_grep 'note policy: O3 .* is not judged for innovaphone'
run 3 deploy "$bundle_pki/good.pem" -i "$inventory" --yes --accept-new --ca-file "$bundle_pki/root.crt" \
	--policy "$policy" --allow-open-key
expect_grep 'no private key of its leaf' "$workdir/err"
