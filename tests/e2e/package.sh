#!/bin/bash
# The Debian packages: no complaint of lintian, and installed, used, upgraded, removed and purged as an admin expects.
. "$(dirname "$0")/../support/lib.sh"

packages=${CERTROLL_PACKAGES:-$project/build/package}
inside=$workdir/inside

# The last part runs there, on a copy of this machine's files.
in_private_root() {
	CERTROLL_VISIBLE=$workdir "$project/tests/support/private_root.sh" "$workdir/private" "$@"
}

if [[ -z $(compgen -G "$packages/certroll_*.deb") ]]; then
	[[ ${CI:-} != true ]] || fail 'no packages in build/package'
	skip 'no packages in build/package; ./dev package makes them'
fi
for tool in lintian dpkg-deb adduser; do
	command -v "$tool" >/dev/null || PATH=$PATH:/usr/sbin command -v "$tool" >/dev/null || skip "$tool is missing"
done
cp "$packages"/certroll*.deb "$workdir"
program=$(echo "$workdir"/certroll_*.deb)
fleet=$(echo "$workdir"/certroll-mock-fleet_*.deb)

# lintian: neither errors nor warnings, but for those that are explained in the package.
root=()
[[ $(id -u) -ne 0 ]] || root=(--allow-root)
expect_exit 0 lintian "${root[@]}" --fail-on error,warning "$program" "$fleet"
refute_grep '^[EW]:'

# The version stands in one place.
version=$(sed -nE 's/^project\(certroll VERSION ([0-9.]+).*/\1/p' "$project/CMakeLists.txt")
expect_equal "$(dpkg-deb -f "$program" Version)" "$version-1"
expect_equal "$(dpkg-deb -f "$fleet" Version)" "$version-1"

# What ./dev takes to build stands in the package, too.
mapfile -t libraries < <(sed -n '/^build_packages=(/,/^)/p' "$project/dev" | grep -oE '[a-z0-9.-]+-dev')
[[ ${#libraries[@]} -gt 5 ]] || fail 'the list of ./dev cannot be read'
for library in "${libraries[@]}"; do
	expect_grep "^ $library\\b" "$project/packaging/debian/control"
done

# All that is for users is in it, whoever added it last.
dpkg-deb -c "$program" | awk '{ print $1, $6 }' >"$workdir/list"
for unit in "$project"/packaging/systemd/*; do
	expect_grep "^-rw-r--r-- ./lib/systemd/system/${unit##*/}$" "$workdir/list"
done
while IFS= read -r hook; do
	case $hook in
	*.conf) expect_grep "^-rw-r--r-- ./etc/certroll/${hook##*/}$" "$workdir/list" ;;
	*)
		x=-
		[[ ! -x $project/packaging/hooks/$hook ]] || x=x
		expect_grep "^-rw${x}r-${x}r-${x} ./usr/share/certroll/hooks/$hook$" "$workdir/list"
		;;
	esac
done < <([[ ! -d $project/packaging/hooks ]] || find "$project/packaging/hooks" -type f -printf '%P\n')
for page in man1/certroll.1 man5/certroll-inventory.5 man5/certroll-policy.5 man7/certroll-findings.7 man7/certroll-drivers.7; do
	expect_grep " ./usr/share/man/$page.gz$" "$workdir/list"
done
for file in bash-completion/completions/certroll zsh/vendor-completions/_certroll fish/vendor_completions.d/certroll.fish \
	certroll/schema/inventory.json certroll/schema/report.json doc/certroll/examples/inventory.example.yaml \
	doc/certroll/README.md doc/certroll/changelog.gz doc/certroll/copyright; do
	expect_grep " ./usr/share/$file$" "$workdir/list"
done
refute_grep 'certroll-docs|unit-tests|\.a$' "$workdir/list"

# The next version: another program, and a conffile that says more.
next() {
	local name=$1 from=$2
	dpkg-deb -R "$from" "$workdir/next"
	sed -i "s/^Version: .*/Version: $version-2/; s/(= $version-1)/(= $version-2)/" "$workdir/next/DEBIAN/control"
	[[ $name != changed ]] || echo 'New in the next version.' >>"$workdir/next/etc/certroll/README"
	(cd "$workdir/next" && find . -type f ! -path './DEBIAN/*' -printf '%P\0' | xargs -0 md5sum >DEBIAN/md5sums)
	dpkg-deb --root-owner-group -b "$workdir/next" "$workdir/$name.deb" >/dev/null
	rm -rf "$workdir/next"
}

[[ $(id -u) -eq 0 ]] || skip 'only root can install packages in a private root; all before passed'
next same "$program"
next changed "$program"
mkdir "$workdir/private"
in_private_root true 2>"$workdir/err" || skip "no private root here: $(tail -n 1 "$workdir/err")"

cat >"$inside" <<INSIDE
#!/bin/bash
set -euo pipefail
export PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive
workdir=$workdir program=$program fleet=$fleet version=$version
INSIDE
cat >>"$inside" <<'INSIDE'
fail() { printf 'FAILED line %s: %s\n' "${BASH_LINENO[0]}" "$*" >&2; exit 1; }
mode() { stat -c '%a %U:%G' "$1"; }
is() { [[ $1 == "$2" ]] || fail "got \"$1\", not \"$2\""; }

rm -f /var/lib/man-db/auto-update # the index of all manuals of this machine is not our matter

# Installed: what is there, whom it belongs to, and that nothing is switched on.
dpkg -i "$program" "$fleet"
is "$(certroll --version | head -n 1)" "certroll $version"
is "$(mode /var/lib/certroll)" '700 certroll:certroll'
is "$(mode /etc/certroll)" '755 root:root'
is "$(mode /etc/certroll/credentials)" '700 root:root'
is "$(getent passwd certroll | cut -d: -f6,7)" '/var/lib/certroll:/usr/sbin/nologin'
for unit in /lib/systemd/system/certroll-*; do
	case $unit in
	*.timer) is "$(systemctl is-enabled "${unit##*/}" 2>/dev/null || true)" disabled ;;
	*) [[ -z $(compgen -G "/etc/systemd/system/*/${unit##*/}") ]] || fail "$unit is switched on" ;;
	esac
	systemd-analyze verify --man=no "$unit" || fail "$unit"
done
man -w 1 certroll 5 certroll-inventory 7 certroll-findings 1 mock-fleet >/dev/null || fail 'man does not find the pages'
bash -c '. /usr/share/bash-completion/completions/certroll; complete -p certroll' >/dev/null || fail 'completion'

# Used: by the user of the services, and as the package's own test does it.
runuser -u certroll -- certroll history --state /var/lib/certroll >/dev/null || fail 'the user cannot use its folder'
"$workdir/rehearse" || fail 'the test of the package'
printf 'example.test\n192.0.2.10\n\n\n\n\nadmin\nfile:pbx.pw\n' | certroll init >/etc/certroll/inventory.yaml 2>/dev/null
is "$(head -n 1 /etc/certroll/inventory.yaml)" '# yaml-language-server: $schema=/usr/share/certroll/schema/inventory.json'
[[ -r /usr/share/certroll/schema/inventory.json ]] || fail 'the schema is not where init says'
certroll inventory -i /etc/certroll/inventory.yaml >/dev/null || fail 'the inventory of init'
echo mine >/var/lib/certroll/kept
chmod 0750 /etc/certroll/credentials

# Upgraded: what the admin wrote stays, whether or not the package says more; so does the state.
echo '# of the admin' >>/etc/certroll/README
dpkg -i "$workdir/same.deb" </dev/null || fail 'upgrade'
is "$(tail -n 1 /etc/certroll/README)" '# of the admin'
dpkg --purge certroll-mock-fleet
dpkg -i "$workdir/changed.deb" </dev/null >"$workdir/dpkg.log" 2>&1 && fail 'dpkg did not ask about a conffile that both changed'
grep -q "conffile" "$workdir/dpkg.log" || fail "dpkg failed otherwise: $(tail -n 3 "$workdir/dpkg.log")"
dpkg --force-confdef --force-confold -i "$workdir/changed.deb" </dev/null || fail 'upgrade with another conffile'
is "$(tail -n 1 /etc/certroll/README)" '# of the admin'
is "$(tail -n 1 /etc/certroll/README.dpkg-dist)" 'New in the next version.'
is "$(cat /var/lib/certroll/kept)" mine
is "$(mode /var/lib/certroll)" '700 certroll:certroll'

# Removed: settings and state stay.  Purged: they go; what the admin made himself stays.
systemctl enable certroll-audit.timer 2>/dev/null
dpkg --remove certroll
[[ ! -e /usr/bin/certroll && -e /etc/certroll/README && -e /var/lib/certroll/kept ]] || fail 'what remove leaves'
dpkg --purge certroll
[[ ! -e /etc/certroll/README && ! -e /var/lib/certroll && -e /etc/certroll/inventory.yaml ]] || fail 'what purge leaves'
[[ -z $(compgen -G '/etc/systemd/system/*/certroll-*') ]] || fail 'links of units are left behind'
[[ ! -e /usr/share/certroll && ! -e /usr/share/doc/certroll ]] || fail 'files of the package are left behind'
getent passwd certroll >/dev/null || fail 'the user is gone, and files of its may not be'
INSIDE
chmod 0755 "$inside" "$workdir"
cp "$project/packaging/debian/tests/rehearse" "$workdir/rehearse"
expect_exit 0 in_private_root "$inside"
