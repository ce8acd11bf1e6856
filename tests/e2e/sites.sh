#!/bin/bash
# Many sites: a folder of inventories, tables in CSV, and what is handed to other programs.
. "$(dirname "$0")/../support/lib.sh"

folder=$workdir/sites
mkdir -m 755 "$folder"

cat >"$folder/defaults.yaml" <<'YAML'
defaults:
  driver: innovaphone
  user: admin
  password: env:PBX
  services: [https, sips]
YAML
cat >"$folder/berlin.yaml" <<'YAML'
defaults: {site: berlin}
groups:
  phones: {devices: [berlin-pbx, berlin-rp]}
devices:
  - {name: berlin-pbx, role: pbx-master, host: 192.0.2.1, names: [pbx.berlin.example.com]}
  - {name: berlin-rp, role: rp, host: 192.0.2.2, names: [rp.berlin.example.com], fronts: [berlin-pbx]}
YAML
cat >"$folder/wien.yaml" <<'YAML'
defaults: {site: wien, user: wiener, window: "22:00-05:00"}
groups:
  phones: {devices: [wien-pbx]}
devices:
  - {name: wien-pbx, role: pbx-master, host: 192.0.2.9, names: [pbx.wien.example.com]}
  - {name: wien-rp, role: rp, host: 192.0.2.8, names: [rp.wien.example.com], fronts: [wien-pbx]}
YAML
# As a spreadsheet of this part of the world writes it: semicolons, CRLF, a mark at its start.
printf '\xef\xbb\xbfName;Role;host;names;services;options.trust.mode;site\r\n' | sed 's/Name;Role/name;role/' >"$folder/branches.csv"
printf 'b1;pbx-slave;192.0.2.11;b1.example.com;https sips;none;"west; side"\r\n\r\n' | sed 's/"west; side"/west/' >>"$folder/branches.csv"
printf 'b2;pbx-slave;192.0.2.12;"b2.example.com b2.example.net";;;\r\n' >>"$folder/branches.csv"

# --- one folder -----------------------------------------------------------------------------------

expect_exit 0 certroll inventory -i "$folder"
expect_equal "$(wc -l <"$workdir/out")" 6 'devices of all files'
expect_grep '^berlin-rp .* rp\.berlin\.example\.com,pbx\.berlin\.example\.com'
expect_grep '^wien-rp .* rp\.wien\.example\.com,pbx\.wien\.example\.com'
expect_grep '^b2 .* https,sips  b2\.example\.com,b2\.example\.net'
expect_exit 0 certroll inventory -i "$folder" -l 'phones:&wien'
expect_equal "$(cut -d' ' -f1 "$workdir/out")" wien-pbx
expect_exit 0 certroll inventory -i "$folder" -l west
expect_equal "$(cut -d' ' -f1 "$workdir/out")" b1
expect_exit 2 certroll inventory -i "$folder" --format pdf
expect_grep 'text, json, csv' "$workdir/err"

# --- to others, and back ----------------------------------------------------------------------------

expect_exit 0 certroll inventory -i "$folder" --format csv
sed 's/\r$//' "$workdir/out" >"$workdir/again.csv"
expect_grep '^wien-pbx,pbx-master,innovaphone,192\.0\.2\.9,443,wien,pbx\.wien\.example\.com,https:443 sips:5061,,wiener,env:PBX,pin,,,,up,,22:00-05:00$' "$workdir/again.csv"
expect_exit 0 certroll inventory -i "$workdir/again.csv" --format csv
expect_equal "$(sed 's/\r$//' "$workdir/out" | sha256sum)" "$(sha256sum <"$workdir/again.csv")" 'what was read again'

expect_exit 0 certroll inventory -i "$folder" --format ansible
python3 - "$workdir/out" <<'PY' || fail 'not as Ansible wants it'
import json, sys
inventory = json.load(open(sys.argv[1]))
hosts = inventory["_meta"]["hostvars"]
assert len(hosts) == 6, hosts
assert inventory["site_wien"]["hosts"] == ["wien-pbx", "wien-rp"]
assert inventory["role_pbx_master"]["hosts"] == ["berlin-pbx", "wien-pbx"]
assert inventory["group_phones"]["hosts"] == ["berlin-pbx", "berlin-rp", "wien-pbx"]
assert hosts["wien-rp"]["ansible_host"] == "192.0.2.8"
assert hosts["b2"]["certroll_names"] == ["b2.example.com", "b2.example.net"]
PY

# --- mistakes: all at once, each with its file ---------------------------------------------------------

cp -r "$folder" "$workdir/broken"
sed -i 's/role: pbx-master/role: master/' "$workdir/broken/wien.yaml"
sed -i 's/192.0.2.12/192.0.2.1 2/' "$workdir/broken/branches.csv"
printf 'devices: []\n' >>"$workdir/broken/defaults.yaml"
expect_exit 3 certroll inventory -i "$workdir/broken"
expect_grep 'broken/wien\.yaml:5:28: devices\[0\]\.role: .*"master"' "$workdir/err"
expect_grep 'broken/branches\.csv:4:3: devices\[1\]\.host: ' "$workdir/err"
expect_grep 'broken/defaults\.yaml:6:10: devices: .*nothing but defaults' "$workdir/err"

cp -r "$folder" "$workdir/twins"
sed -i 's/name: wien-pbx/name: Berlin-PBX/; s/\[wien-pbx\]/[Berlin-PBX]/' "$workdir/twins/wien.yaml"
expect_exit 3 certroll inventory -i "$workdir/twins"
expect_grep 'twins/wien\.yaml:5:5: .*line 5 of berlin\.yaml is called "berlin-pbx"' "$workdir/err"

mkdir "$workdir/empty"
expect_exit 3 certroll inventory -i "$workdir/empty"
expect_grep 'empty: .*holds no inventory' "$workdir/err"

# sheet TEXT REGEX: a table that is refused, in one sentence.
sheet() {
	printf '%b' "$1" >"$workdir/bad.csv"
	expect_exit 3 certroll inventory -i "$workdir/bad.csv"
	expect_grep "$2" "$workdir/err"
}
sheet '' 'bad\.csv:.*no devices'
sheet 'name,hst,role\na,b,rp\n' 'bad\.csv:1:2: .*no key of a device is called .hst'
sheet "name,options$(printf '.a%.0s' {1..2000})\\n" 'bad\.csv:1:2: .*no key of a device is called'
sheet 'name,host,name\n' 'bad\.csv:1:3: .*twice'
sheet 'name,host\na,b,c\n' 'bad\.csv:2:3: .*a value without a column'
sheet 'name,host\na,"b\n' 'bad\.csv:2:.*never closes'
sheet 'name,host\na,b"c\n' 'bad\.csv:2:.*quote'
sheet 'name,host\na,"b\nc"\n' 'bad\.csv:3:2: .*several lines'
sheet 'name,options,options.trust.mode\na,b,c\n' 'bad\.csv:2:3: .*another column'
sheet 'name\n\x80\n' 'bad\.csv:2:'
python3 -c 'print("name,host\n" + "\n".join(f"d{i},192.0.2.1" for i in range(20001)))' >"$workdir/bad.csv"
expect_exit 3 certroll inventory -i "$workdir/bad.csv"
expect_grep 'more than 20000 devices' "$workdir/err"
