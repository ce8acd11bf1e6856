#!/bin/bash
# The unit that finishes what is due: systemd understands it, gives it little, and shows it the passwords.
. "$(dirname "$0")/../support/lib.sh"

command -v systemd-analyze >/dev/null || skip 'systemd-analyze is missing'
units=$project/packaging/systemd

# Where the program will be, there is none yet.
cp "$units"/certroll-resume.* "$workdir"
sed -i "s,/usr/bin/certroll,$build/certroll," "$workdir/certroll-resume.service"
expect_exit 0 systemd-analyze verify --man=no "$workdir"/certroll-resume.{service,timer}
expect_equal "$(cat "$workdir/out" "$workdir/err")" '' 'systemd-analyze verify'
expect_exit 0 systemd-analyze security --offline=true --threshold=30 "$workdir/certroll-resume.service"
expect_exit 1 systemd-analyze security --offline=true --threshold=1 "$workdir/certroll-resume.service"

# What it runs is understood: with nothing ever done it is well.
command=$(sed -n 's,^ExecStart=/usr/bin/certroll ,,p' "$units/certroll-resume.service")
command=${command/\/etc\/certroll\/hook.conf/$workdir/hook.conf}
printf 'devices: []\n' >"$workdir/inventory.yaml"
sed "s,/etc/certroll/inventory.yaml,$workdir/inventory.yaml,; s,/var/lib/certroll,$workdir/state,; /^user/d; /^credentials/d" \
	"$project/packaging/hooks/hook.conf" >"$workdir/hook.conf"
# shellcheck disable=SC2086 # words
expect_exit 0 certroll $command
expect_equal "$(cat "$workdir/out" "$workdir/err")" ''
[[ ! -e $workdir/state ]] || fail 'a look at the journal made one'
