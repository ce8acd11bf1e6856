#!/bin/sh
# collect.sh STAGED IMAGE: the root of an image: programs, the libraries they are linked with, trust anchors, a user.
set -eu
umask 022

staged=$1 image=$2

# with_folder FILE: the file at the same place in the image, links followed.
with_folder() {
	mkdir -p "$image$(dirname "$1")"
	cp -L "$1" "$image$1"
}

mkdir -p "$image/usr/bin" "$image/usr/share" "$image/etc" "$image/var/lib" "$image/site"
cp "$staged/usr/bin/certroll" "$staged/usr/bin/mock-fleet" "$image/usr/bin"
cp -R "$staged/usr/share/certroll" "$image/usr/share"

# Libraries at the places where the loader found them, and the loader itself.
ldd "$image/usr/bin/certroll" "$image/usr/bin/mock-fleet" |
	sed -nE 's/.*[[:space:]](\/[^ ]+) \(0x.*/\1/p' | sort -u | while read -r library; do
	with_folder "$library"
done

# OpenSSL: its settings, and the provider that opens old PKCS#12 files.
modules=$(openssl version -m | sed -E 's/.*"(.*)"/\1/') folder=$(openssl version -d | sed -E 's/.*"(.*)"/\1/')
with_folder "$modules/legacy.so"
with_folder "$folder/openssl.cnf"

# The trust anchors of the system, in one file.
mkdir -p "$image/etc/ssl/certs" "$image$folder"
cp -L /etc/ssl/certs/ca-certificates.crt "$image/etc/ssl/certs"
ln -s /etc/ssl/certs/ca-certificates.crt "$image$folder/cert.pem"

# One user, for whom alone the state is.
echo 'certroll:x:990:990::/var/lib/certroll:/nonexistent' >"$image/etc/passwd"
echo 'certroll:x:990:' >"$image/etc/group"
mkdir -m 0700 "$image/var/lib/certroll"
mkdir -m 1777 "$image/tmp"
chown 990:990 "$image/var/lib/certroll" 2>/dev/null || [ "$(id -u)" -ne 0 ]
