# shellcheck shell=bash
# Peer programs for the tests (nginx, haproxy, caddy, pebble, ACME clients): Debian packages that are downloaded
# and unpacked under build/peers.  Nothing is installed, configured, enabled or started, and no
# rights are needed.  Source this file; needs $project, the top of the source tree.
#
#   peers_fetch          bring them, or do nothing when the same versions are there already
#   build/peers/bin/X    runs program X with the libraries that came along

peer_packages=(nginx haproxy pebble certbot caddy lego dehydrated prometheus prometheus-node-exporter)

# The wrappers: name and program below build/peers/root.
peer_programs=(
	nginx=usr/sbin/nginx
	haproxy=usr/sbin/haproxy
	pebble=usr/bin/pebble
	pebble-challtestsrv=usr/bin/pebble-challtestsrv
	certbot=usr/bin/certbot
	caddy=usr/bin/caddy
	promtool=usr/bin/promtool
	prometheus-node-exporter=usr/bin/prometheus-node-exporter
	lego=usr/bin/lego
	dehydrated=usr/bin/dehydrated
)

peers_dir() {
	printf '%s\n' "${CERTROLL_PEERS:-${project:?}/build/peers}"
}

# apt-get with the machine's package lists or, once peers_update ran, with lists of our own.
peers_apt() {
	local own
	own=$(peers_dir)/apt
	local options=(-qq -o Debug::NoLocking=1 -o Dir::Cache="$own/cache")
	[[ ! -d $own/lists ]] || options+=(-o Dir::State::Lists="$own/lists")
	[[ $(id -u) -ne 0 ]] || options+=(-o APT::Sandbox::User=root)
	LC_ALL=C apt-get "${options[@]}" "$@"
}

peers_update() {
	local own
	own=$(peers_dir)/apt
	mkdir -p "$own/lists/partial" "$own/cache/archives/partial"
	peers_apt update
}

# One package=version a line: the peers, and what they need that this machine does not have.
# A simulated installation is the one resolver that agrees with apt.
peers_closure() {
	local plan
	plan=$(peers_apt install --simulate --no-install-recommends --reinstall "${peer_packages[@]}") ||
		return
	sed -nE 's/^Inst ([^ ]+) (\[[^]]*\] )?\(([^ ]+) .*/\1=\3/p' <<<"$plan" | sort -u
}

peers_unpack() {
	local directory=$1 package
	rm -rf "$directory/root"
	mkdir -p "$directory/root"
	for package in "$directory"/debs/*.deb; do
		dpkg-deb --extract "$package" "$directory/root"
	done
}

# A program finds its own libraries and Python modules first, then those of the machine.
peers_wrapper() {
	local directory=$1 name=$2 program=$3 run='' triplet
	triplet=$(dpkg-architecture -qDEB_HOST_MULTIARCH 2>/dev/null || gcc -print-multiarch)
	[[ $name != certbot ]] || run='/usr/bin/python3 -s '
	mkdir -p "$directory/bin"
	cat >"$directory/bin/$name" <<-WRAPPER
		#!/bin/sh
		# Made by tests/support/peers.sh.
		root=\$(cd "\$(dirname "\$0")/../root" && pwd)
		export LD_LIBRARY_PATH="\$root/usr/lib/$triplet:\$root/lib/$triplet"
		export PYTHONPATH="\$root/usr/lib/python3/dist-packages"
		export PYTHONDONTWRITEBYTECODE=1
		unset PYTHONHOME
		exec ${run}"\$root/$program" "\$@"
	WRAPPER
	chmod +x "$directory/bin/$name"
}

peers_download() {
	local directory=$1 closure=$2
	rm -rf "$directory/debs"
	mkdir -p "$directory/debs"
	# shellcheck disable=SC2086 # one word per package
	(cd "$directory/debs" && peers_apt download $closure)
}

peers_fetch() {
	local directory closure pair
	directory=$(peers_dir)
	command -v apt-get >/dev/null || {
		echo 'peers: no apt-get here; tests against nginx, haproxy, caddy, ACME clients and pebble will skip' >&2
		return 1
	}
	mkdir -p "$directory"
	closure=$(peers_closure 2>/dev/null) || { peers_update && closure=$(peers_closure); } || return
	[[ $closure != "$(cat "$directory/stamp" 2>/dev/null)" ]] || return 0
	rm -f "$directory/stamp"
	peers_download "$directory" "$closure" 2>/dev/null || {
		peers_update && closure=$(peers_closure) && peers_download "$directory" "$closure"
	} || return
	peers_unpack "$directory"
	for pair in "${peer_programs[@]}"; do
		peers_wrapper "$directory" "${pair%%=*}" "${pair#*=}"
	done
	rm -rf "$directory/debs"
	printf '%s\n' "$closure" >"$directory/stamp"
}
