#!/bin/bash
# Includes point down only; each library has its layer; a driver sees its one header and libc.
# The layer of a header is what its comment says after "Layer:".  A header that calls itself a contract
# may be seen by inventory, job and all above, and is built from what job and inventory declare.
. "$(dirname "$0")/common.sh"

# A file may include headers of its own layer and of those with a smaller number.
declare -A height=(
	[base]=0 [cert]=1 [contract]=2 [inventory]=3 [job]=3
	[engine]=4 [drivers]=4 [store]=4 [rehearsal]=4 [learn]=4 [app]=5 [cli]=6 [main]=7
)

# Foreign headers, and the layers that may use them.
declare -A users=(
	[curl/]='engine' [openssl/]='cert engine' [yaml.h]='inventory' [expat.h]='job'
	[wslay/]='engine' [libpsl.h]='cert' [csv.h]='inventory' [jansson.h]='app job learn rehearsal' [ares.h]='engine' [sqlite3.h]='store' [seccomp.h]='base' [linux/landlock.h]='base' [event2/]='' [event.h]=''
)

libc_for_drivers='assert|ctype|errno|inttypes|limits|stdbool|stddef|stdint|stdio|stdlib|string|strings|time'
never_in_drivers='v?f?printf|dprintf|f?puts|f?putc|putchar|perror|write|u?sleep|nanosleep|poll|select'
never_in_drivers+='|f?open|fdopen|creat|opendir|mkdir|unlink|remove|rename|socket|connect'
never_in_drivers+='|pthread_[a-z_]+|thrd_[a-z_]+|v?fork|system|popen|exec[lv]p?e?|exit|abort'
never_in_drivers+='|malloc|calloc|realloc|free|signal|sigaction|getenv|setenv'

declare -A header_layer

read_header_layers() {
	local header layer
	for header in include/certroll/*.h; do
		layer=$(sed -nE 's/^.*Layer: ?([a-z]+).*/\1/p' "$header" | head -n 1)
		! grep -q 'Layer:.*contract' "$header" || layer=contract
		[[ -n ${height[${layer:-none}]:-} ]] ||
			complain "$header:1" 'no known layer; say "Layer: NAME." in its comment'
		header_layer[certroll/$(basename "$header")]=${layer:-base}
	done
}

layer_of() {
	case $1 in
	include/*) printf '%s' "${header_layer[certroll/${1##*/}]}" ;;
	src/*/*) cut -d/ -f2 <<<"$1" | tr -d '\n' ;;
	*) printf main ;;
	esac
}

check_ours() {
	local place=$1 layer=$2 header=$3 target=${header_layer[$3]:-}
	[[ -n $target ]] || {
		complain "$place" "there is no $header"
		return
	}
	[[ $layer == "$target" ]] || ((height[$target] < height[$layer])) ||
		[[ $layer$target =~ ^contract(job|inventory)$ ]] ||
		complain "$place" "$layer must not see $header of layer $target; move the code or pass it in"
}

check_local() {
	local place=$1 file=$2 header=$3
	[[ $header != */* && (-e ${file%/*}/$header) ]] ||
		complain "$place" "\"$header\" is in another folder; what is shared goes to include/certroll"
}

check_foreign() {
	local place=$1 layer=$2 header=$3 name allowed
	for name in "${!users[@]}"; do
		[[ $header == "$name"* ]] || continue
		allowed=" ${users[$name]} "
		[[ $allowed == *" $layer "* ]] ||
			complain "$place" "<$header> belongs to:${allowed}only; $layer asks there"
	done
}

# Standard input: file:line:#include ...
check_includes() {
	local file line text header layer previous=''
	while IFS=: read -r file line text; do
		[[ $file == "$previous" ]] || layer=$(layer_of "$file")
		previous=$file
		header=$(sed -E 's/^[^"<]*["<]([^">]*)[">].*/\1/' <<<"$text")
		case $text in
		*\"certroll/*) check_ours "$file:$line" "$layer" "$header" ;;
		*\"*) check_local "$file:$line" "$file" "$header" ;;
		*) check_foreign "$file:$line" "$layer" "$header" ;;
		esac
	done
}

check_drivers() {
	local sources
	mapfile -t sources < <(files '*.c' src/drivers | grep -v '/registry\.c$')
	[[ ${#sources[@]} -gt 0 ]] || return 0
	complain_each 'a driver includes certroll/driver.h and libc, nothing else' < <(
		RAW=1 code "${sources[@]}" | grep -E ':[[:space:]]*#[[:space:]]*include' |
			grep -vE "include (\"certroll/driver\.h\"|<($libc_for_drivers)\.h>)"
	)
	complain_each 'a driver does no such thing; build an exchange and let the engine act' < <(
		code "${sources[@]}" | grep -E "(^|[^[:alnum:]_])($never_in_drivers)[[:space:]]*\("
	)
}

check_mock() {
	complain_each 'the mock fleet shares no code with certroll' < <(
		files '*.[ch]' mock-devices | xargs -r grep -nE '#[[:space:]]*include.*(certroll/|src/|\.\./\.\.)'
	)
}

read_header_layers
check_includes < <(files '*.[ch]' src include | xargs -r grep -nHE '^[[:space:]]*#[[:space:]]*include' |
	grep -v 'drivers\.def"')
check_drivers
check_mock
verdict
