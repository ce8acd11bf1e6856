#!/bin/bash
# private_root.sh FOLDER COMMAND...: run it as root of this machine's files, in a mount namespace where all that
# it writes goes to FOLDER, a tmpfs, and is gone with it.  No network.
set -euo pipefail

folder=$1
shift

# Inside of the namespace.
enter() {
	mount -t tmpfs -o mode=0755,size=1g private-root "$folder"
	mkdir "$folder/upper" "$folder/work" "$folder/root"
	mount -t overlay overlay -o "lowerdir=/,upperdir=$folder/upper,workdir=$folder/work" "$folder/root"
	mount -t proc proc "$folder/root/proc"
	mount --rbind /dev "$folder/root/dev"
	mount -t tmpfs tmpfs "$folder/root/run"
	mount -t tmpfs -o mode=1777 tmpfs "$folder/root/tmp"
	for place in "${CERTROLL_VISIBLE:-}" ${CERTROLL_ALSO_VISIBLE:-}; do
		[[ -n $place ]] || continue
		mkdir -p "$folder/root$place"
		mount --bind "$place" "$folder/root$place"
	done
	ip link set lo up 2>/dev/null || true
	exec chroot "$folder/root" "$@"
}

if [[ ${private_root_inside:-} == yes ]]; then
	enter "$@"
fi
private_root_inside=yes exec unshare --mount --net --pid --fork --kill-child "$0" "$folder" "$@"
