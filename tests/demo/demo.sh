#!/usr/bin/env bash
# The main job on mock devices: from the factory certificate to the wildcard, a second run that has
# nothing to do, and a third in which one box keeps its old certificate and is named.
set -euo pipefail

build=${CERTROLL_BUILD:-build}
work=$(mktemp -d)
trap 'kill "${fleet:-}" "${platforms:-}" 2>/dev/null || true; rm -rf "$work"' EXIT

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }

# A root, an intermediate, a wildcard leaf (RSA 2048): what a private CA would give.
make_bundle() {
  local name=$1
  openssl genrsa -out "$work/$name.key" 2048 2>/dev/null
  openssl req -new -key "$work/$name.key" -subj '/CN=*.example.com' -out "$work/$name.csr"
  openssl x509 -req -in "$work/$name.csr" -CA "$work/sub.pem" -CAkey "$work/sub.key" -days 90 \
    -set_serial "0x$(openssl rand -hex 8)" -extfile "$work/ext" -extensions leaf \
    -out "$work/$name.crt" 2>/dev/null
  (umask 077; cat "$work/$name.crt" "$work/sub.pem" "$work/root.pem" "$work/$name.key" >"$work/$name.pem")
}

make_ca() {
  cat >"$work/ext" <<'EXT'
[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[leaf]
basicConstraints = CA:FALSE
keyUsage = critical, digitalSignature, keyEncipherment
extendedKeyUsage = serverAuth, clientAuth
subjectAltName = DNS:*.example.com, DNS:example.com
EXT
  openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/root.key" -subj '/CN=Demo Root CA' \
    -days 3650 -config "$work/ext" -extensions ca -out "$work/root.pem" 2>/dev/null ||
    openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/root.key" -subj '/CN=Demo Root CA' \
      -days 3650 -addext 'keyUsage=critical,keyCertSign,cRLSign' -out "$work/root.pem" 2>/dev/null
  openssl req -new -newkey rsa:2048 -nodes -keyout "$work/sub.key" -subj '/CN=Demo Issuing CA' \
    -out "$work/sub.csr" 2>/dev/null
  openssl x509 -req -in "$work/sub.csr" -CA "$work/root.pem" -CAkey "$work/root.key" -days 1800 \
    -set_serial 2 -extfile "$work/ext" -extensions ca -out "$work/sub.pem" 2>/dev/null
}

# Two application platforms: an old one, which wants the whole chain, and one of 14r1.
start_platforms() {
  cat >"$work/roster" <<'JSON'
{"name":"ap1","family":"innovaphone-ap","firmware":"13r3","password":"apps","ports":{"https":0}}
{"name":"ap2","family":"innovaphone-ap","firmware":"14r1","password":"apps","ports":{"https":0}}
JSON
  "$build/mock-fleet" --fleet "$work/roster" --first 127.77.1.1 --port-file "$work/ap-ports" \
    >"$work/platforms.log" &
  platforms=$!
  wait_for "$work/ap-ports" "$work/platforms.log"
}

# wait_for FILE LOG
wait_for() {
  for _ in $(seq 100); do
    [ -s "$1" ] && return
    sleep 0.1
  done
  cat "$2"
  exit 1
}

start_fleet() {
  "$build/mock-fleet" --first 127.77.0.1 --count 5 --port-file "$work/ports" \
    --control "$work/control" --user admin --password ip811 >"$work/fleet.log" &
  fleet=$!
  wait_for "$work/ports" "$work/fleet.log"
}

port() { awk -v service="$1" '$1 == service { print $2 }' "${2:-$work/ports}"; }

write_inventory() {
  (umask 077; echo ip811 >"$work/pbx.pw"; echo apps >"$work/ap.pw")
  local ap_port
  ap_port=$(port https "$work/ap-ports")
  cat >"$work/inventory.yaml" <<YAML
defaults:
  driver: innovaphone
  user: admin
  password: file:pbx.pw
  port: $(port https)
  services: ["https:$(port https)", "sips:$(port sips)", "h323s:$(port h323s)"]
devices:
  - {name: pbx-master,  role: pbx-master,  host: 127.77.0.1, names: [pbx.example.com]}
  - {name: pbx-slave1,  role: pbx-slave,   host: 127.77.0.2, names: [slave1.example.com]}
  - {name: pbx-slave2,  role: pbx-slave,   host: 127.77.0.3, names: [slave2.example.com]}
  - {name: pbx-standby, role: pbx-standby, host: 127.77.0.4, names: [standby.example.com]}
  - {name: rp,          role: rp,          host: 127.77.0.5, names: [rp.example.com], fronts: [pbx-master, ap1]}
  - {name: ap1, role: ap, driver: innovaphone-ap, host: 127.77.1.1, port: $ap_port, services: ["https:$ap_port"], password: file:ap.pw, names: [apps.example.com]}
  - {name: ap2, role: ap, driver: innovaphone-ap, host: 127.77.1.2, port: $ap_port, services: ["https:$ap_port"], password: file:ap.pw, names: [apps2.example.com]}
YAML
}

control() {
  perl -MIO::Socket::UNIX -e '
    my $socket = IO::Socket::UNIX->new(Peer => $ARGV[0]) or die "control: $!\n";
    print $socket "$ARGV[1]\n"; print scalar <$socket>' "$work/control" "$1" >/dev/null
}

certroll() {
  printf '\033[2m$ certroll %s\033[0m\n' "${*//$work\//}"
  "$build/certroll" "$@" --state "$work/state"
}

# Run it, and insist on this exit status.
expect() {
  local want=$1 got=0
  shift
  certroll "$@" || got=$?
  [ "$got" = "$want" ] || { echo "demo: exit status $got instead of $want" >&2; exit 1; }
}

make_ca
make_bundle wildcard
start_fleet
start_platforms
write_inventory

say 'The bundle, judged for these devices'
"$build/certroll" check "$work/wildcard.pem" -i "$work/inventory.yaml"
say 'A rehearsal first: mock devices of its own, nothing of this site is touched'
"$build/certroll" rehearse "$work/wildcard.pem" -i "$work/inventory.yaml"
say 'One master, two slaves, one standby, one reverse proxy, two application platforms: from the factory certificate to the wildcard'
expect 0 deploy "$work/wildcard.pem" -i "$work/inventory.yaml" --accept-new --yes
say 'Once more: nothing is left to do'
expect 0 deploy "$work/wildcard.pem" -i "$work/inventory.yaml" --yes
say 'What the endpoints serve'
expect 0 verify "$work/wildcard.pem" -i "$work/inventory.yaml"
say 'A renewed bundle, and one slave that says yes but keeps its old certificate'
make_bundle renewed
control 'fault 127.77.0.3 keep-old'
expect 1 deploy "$work/renewed.pem" -i "$work/inventory.yaml" --yes --settle 2s
say 'The demo did what it should.'
