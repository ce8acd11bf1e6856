#!/bin/bash
# The image's files suffice for the programs, its recipe names what exists, and the commands of the workflow work.
. "$(dirname "$0")/../support/lib.sh"
. "$(dirname "$0")/../support/serve.sh"
. "$(dirname "$0")/../support/site.sh"

recipe=$project/packaging/container/Containerfile
workflow=$project/packaging/github-actions/certroll-check.yml
packages=${CERTROLL_PACKAGES:-$project/build/package}

# The recipe: known instructions, existing sources that are not ignored, the packages of ./dev, and no root.
sed -e ':join' -e '/\\$/ { N; s/\\\n//; b join' -e '}' "$recipe" | grep -vE '^(#|$)' >"$workdir/recipe"
refute_grep '^(ADD|MAINTAINER|SHELL)' "$workdir/recipe"
expect_equal "$(awk '{ print $1 }' "$workdir/recipe" | sort -u | xargs)" \
	'ARG CMD COPY ENTRYPOINT ENV FROM RUN USER VOLUME WORKDIR' 'instructions'
expect_grep '^USER [1-9][0-9]*:[1-9][0-9]*$' "$workdir/recipe"
expect_grep '^FROM scratch$' "$workdir/recipe"
while read -r _ source _; do
	[[ -e $project/$source ]] || fail "COPY $source: there is no such thing"
	grep -qxF "!${source%/}" "$recipe.dockerignore" || grep -qxF "!${source%%/*}" "$recipe.dockerignore" ||
		fail "COPY $source: .dockerignore leaves it out"
done < <(grep '^COPY [^-]' "$workdir/recipe")
expect_equal "$(sed -nE 's/.*--no-install-recommends (.*)/\1/p' "$workdir/recipe" | xargs -n 1 | sort | xargs)" \
	"$(sed -n '/^build_packages=(/,/^)/p' "$project/dev" | grep -v '[()]' | xargs -n 1 | sort | xargs)" 'packages of recipe and ./dev'

# The workflow: sound YAML, and each of its commands run, with certroll in the place of the container.
command -v yamllint >/dev/null || skip 'yamllint is missing'
expect_exit 0 yamllint -d '{extends: default, rules: {line-length: {max: 120}}}' "$workflow"
make_bundles
start_site "$@"
mkdir -p "$workdir/site" "$workdir/bin"
cp "$inventory" "$workdir/pbx.pw" "$workdir/site"
cp "$bundle_pki/good.pem" "$workdir/site/chain.pem"
cp "$bundle_pki/root.crt" "$workdir/site"
printf 'profiles:\n  all: {K1: off, K2: off, P1: off, V4: off}\n' >"$workdir/site/policy.yaml"
cat >"$workdir/bin/docker" <<'DOCKER'
#!/bin/bash
# docker run OPTION... IMAGE ARGUMENT...: certroll in the folder that /site is, with paths as outside.
set -euo pipefail
[[ $1 == run ]] && shift
while [[ $1 == -* ]]; do
	case $1 in
	-v) mounts+=("$2") && shift 2 ;;
	--network) shift 2 ;;
	--rm | --read-only) shift ;;
	*) echo "docker: $1?" >&2 && exit 125 ;;
	esac
done
[[ $1 == "$IMAGE" ]] && shift
words=("$@")
for mount in "${mounts[@]}"; do
	IFS=: read -r outside place _ <<<"$mount"
	words=("${words[@]/#"$place/"/"$outside/"}")
done
exec certroll "${words[@]}"
DOCKER
chmod +x "$workdir/bin/docker"
python3 - "$workflow" "$workdir" <<'PYTHON'
import sys, yaml
workflow = yaml.safe_load(open(sys.argv[1]))
assert workflow["permissions"] == {"contents": "read"}, "more rights than needed"
with open(sys.argv[2] + "/env", "w") as out:
    for name, value in workflow["env"].items():
        out.write("export %s='%s'\n" % (name, value))
number = 0
for name, job in workflow["jobs"].items():
    for step in job["steps"]:
        if "run" in step:
            number += 1
            open("%s/step-%d.sh" % (sys.argv[2], number), "w").write("set -e\n" + step["run"])
assert number == 3
PYTHON
step() {
	(
		cd "$workdir/site"
		# shellcheck source=/dev/null
		. "$workdir/env"
		PATH=$workdir/bin:$build:$PATH STATE_DIRECTORY=$workdir/state bash "$workdir/step-$1.sh"
	)
}
expect_exit 0 step 1
expect_exit 0 step 2
sed -i 's/K1: off, //' "$workdir/site/policy.yaml"
expect_exit 1 step 2
expect_exit 1 step 3
expect_grep '<testsuite' "$workdir/site/reports/audit.xml"

# The files of the image, and nothing else of this machine.
if [[ -z $(compgen -G "$packages/certroll_*.deb") ]]; then
	[[ ${CI:-} != true ]] || fail 'no packages in build/package'
	skip 'no packages in build/package, so the image was not tried; ./dev package makes them'
fi
for package in "$packages"/certroll*.deb; do
	dpkg-deb -x "$package" "$workdir/staged"
done
expect_exit 0 "$project/packaging/container/collect.sh" "$workdir/staged" "$workdir/image"
expect_equal "$(find "$workdir/image" -type f -perm /111 -path '*/bin/*' -printf '%f ' | xargs -n 1 | sort | xargs)" \
	'certroll mock-fleet' 'programs of the image'

# in_image WORD...: certroll there, with /proc and /dev/null as every container has them.
in_image() {
	# shellcheck disable=SC2016 # the inner shell knows them
	unshare --map-root-user --mount bash -c '
		mkdir -p "$0/proc" "$0/dev" && touch "$0/dev/null" &&
			mount --rbind /proc "$0/proc" && mount --bind /dev/null "$0/dev/null" &&
			mount --bind "$1" "$0/site" && exec chroot "$0" /usr/bin/certroll "${@:2}"' \
		"$workdir/image" "$workdir/site" "$@"
}
unshare --map-root-user --mount true 2>/dev/null || skip 'no user namespaces, so the image was not tried'
expect_exit 0 in_image --version
expect_exit 0 in_image inventory -i /site/inventory.yaml
openssl pkcs12 -export -legacy -in "$bundle_pki/good.pem" -inkey "$bundle_pki/good.key" -out "$workdir/site/old.p12" \
	-passout pass:x 2>/dev/null
(umask 077 && echo x >"$workdir/site/p12.pw")
expect_exit 0 in_image bundle -o /tmp/bundle.pem /site/old.p12 --password file:/site/p12.pw
printf 'devices:\n  - {name: a, role: other, driver: innovaphone, user: admin, password: file:pbx.pw, host: 192.0.2.1, names: [pbx.example.test]}\n' \
	>"$workdir/site/inventory.yaml"
expect_exit 0 in_image rehearse /tmp/bundle.pem -i /site/inventory.yaml --ca-file /site/root.crt
rm "$workdir"/image/usr/lib/*/ossl-modules/legacy.so
expect_exit 3 in_image bundle -o /tmp/again.pem /site/old.p12 --password file:/site/p12.pw
