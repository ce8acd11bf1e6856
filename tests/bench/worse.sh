#!/bin/bash
# The guards notice: build copies of the program that are worse on purpose, and see each guard fail.
#   tests/bench/worse.sh    takes a few minutes; not part of ./dev test
. "$(dirname "$0")/../support/lib.sh"

# spoil FILE SED-SCRIPT: in the copy; a script that changes nothing proves nothing.
spoil() {
	sed -i.before -E "$2" "$copy/$1"
	! cmp -s "$copy/$1" "$copy/$1.before" || fail "$1 has changed; repair this script"
}

# worse NAME: a copy of the sources in $copy.
worse() {
	copy=$project/build/worse/$1
	mkdir -p "$copy"
	tar -C "$project" --exclude='./build*' --exclude=./.git -cf - . | tar -C "$copy" -xf -
}

build_copy() {
	cmake -S "$copy" -B "$copy/build" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCERTROLL_TESTS=OFF \
		>"$workdir/cmake.log" 2>&1 || fail 'cmake'
	cmake --build "$copy/build" --target certroll mock-fleet bench >"$workdir/cmake.log" 2>&1 ||
		fail "it does not compile: $(tail -n 5 "$workdir/cmake.log")"
}

# notices GUARD WORDS: the guard must fail, with these words.
notices() {
	local status=0
	CERTROLL_BUILD=$copy/build CERTROLL_RELEASE=$copy/build "$copy/tests/bench/$1.sh" \
		>"$workdir/guard.log" 2>&1 || status=$?
	[[ $status -eq 1 ]] || fail "$1.sh ended with $status"
	grep -E 'per box$|bare loop|^FAILED' "$workdir/guard.log"
	grep -qE "FAILED.*$2" "$workdir/guard.log" || fail "$1.sh failed for another reason"
}

printf -- '--- four connections kept for 32 boxes in flight\n'
worse connections
spoil src/engine/multi.c 's/\(long\)connections\)/4L)/'
build_copy
notices counts 'of the smallest roll-out'

# One root: with all those of a system it takes so long under callgrind that the boxes give up.
printf -- '--- a context and a trust store, of one root, for every probe\n'
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$workdir/root.key" -subj /CN=root -out "$workdir/root.crt" \
	2>/dev/null
export SSL_CERT_FILE=$workdir/root.crt SSL_CERT_DIR=$workdir/none
worse store
spoil src/engine/probe.c 's/^(\s*)tls_client\(probe->prober->context,/\1tls_client(own,/
/^static void begin_tls/,/^}/ { s/^\{/{\n\tstruct err none = { 0 };\n\tSSL_CTX *own = tls_probe_context(\&none);\n\n\tX509_STORE_set_default_paths(SSL_CTX_get_cert_store(own));/
s/^(\s*)if \(!probe->ssl\)/\1SSL_CTX_free(own);\n&/ }'
build_copy
notices instructions 'more than [0-9.]+ times|tls_probe_context'
printf 'both were noticed\n'
