#!/bin/bash
# confined.sh SCRIPT: an end-to-end test of the release build, whose sandbox kills instead of refusing.
set -euo pipefail

certroll=$CERTROLL_BUILD/certroll
[[ -x $certroll ]] || {
	echo "skip: there is no release build in $CERTROLL_BUILD; ./dev build makes one"
	exit 77
}
words=$("$certroll" --version | sed -n 's/^sandbox: //p')
[[ $words == 'landlock ('*' and seccomp' ]] || {
	echo "skip: sandbox: $words"
	exit 77
}
export CERTROLL_SANDBOX=kill
exec "$1"
