# shellcheck shell=bash
# What the lint scripts share.  Each prints "file:line: what is wrong; what to do" and fails if any.
# shellcheck disable=SC2034 # the scripts use these
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
complaints=0

# files PATTERN [FOLDER...]: of the project, without what was built.
files() {
	local pattern=$1 existing=() folder
	shift
	for folder in "${@:-.}"; do
		[[ ! -e $folder ]] || existing+=("$folder")
	done
	[[ ${#existing[@]} -eq 0 ]] || find "${existing[@]}" \
		\( -name .git -o -name 'build*' -prune -o -name __pycache__ \) -prune -o \
		-type f -name "$pattern" -print | sed 's|^\./||' | sort
}

c_files() {
	files '*.[ch]' src include mock-devices tests tools
}

# code FILE...: every line as file:line:code, comments and the insides of strings blanked.
code() {
	perl -0777 -ne '
		s{/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\x27(?:\\.|[^\x27\\\n])*\x27}{
			my $text = $&;
			if ($text =~ m{^/}) { $text =~ s/[^\n]/ /g } else { $text =~ s/(?<=.)[^\n](?=.)/./g }
			$text}gse unless $ENV{RAW};
		my $number = 0;
		print "$ARGV:" . ++$number . ":$_\n" for split /\n/;' "$@"
}

# complain "file:line" TEXT
complain() {
	printf '%s: %s\n' "$1" "$2"
	complaints=$((complaints + 1))
}

# Standard input holds file:line:text; each line is a complaint with this advice.
complain_each() {
	local file line text
	while IFS=: read -r file line text; do
		complain "$file:$line" "$1: ${text#"${text%%[![:space:]]*}"}"
	done
}

need_tool() {
	command -v "$1" >/dev/null && return
	printf 'skip: %s is missing\n' "$1"
	[[ ${CI:-} != true ]] || exit 1
	exit 77
}

verdict() {
	[[ $complaints -eq 0 ]] || exit 1
}
