#!/bin/bash
# cppcheck over src and mock-devices: what it finds that is not in cppcheck.supp, and what is there in vain.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=tests/analysis

cppcheck --quiet --std=c11 --enable=warning,performance,portability,information \
	--library=openssl --library=gnu --library=posix --library="$here/cppcheck.cfg" \
	--suppressions-list="$here/cppcheck.supp" --error-exitcode=1 \
	--template='{file}:{line}: {message} [{id}]' \
	-D_GNU_SOURCE -I include -I mock-devices src mock-devices 2>&1 |
	sed '/\[missingIncludeSystem]$/d' # it knows the system's functions from its own files
