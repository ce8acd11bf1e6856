#!/bin/bash
# Every finding that the program can emit is explained in src/app/guide.def, and nothing else is.
. "$(dirname "$0")/common.sh"

guide=src/app/guide.def

# Standard output: file:line:id for each id in the sources: of findings_add(), of constants called
# id, of the network's table, and of the rows of the table of rules.
# shellcheck disable=SC2016 # the variables are perl's
emitted() {
	files '*.c' src | xargs perl -0777 -ne '
		while (/findings_add\(\s*[^,;]+,\s*"([^"]+)"
			|\bconst\ char\ \w*id\[\]\s*=\s*"([^"]+)"
			|\[NET_(?!OK)\w+\]\s*=\s*"([a-z-]+)"
			|\{\s"([A-Z]\d+)",\s"/gx) {
			my $id = $1 // $2 // $3 // $4;
			my $line = 1 + (substr($_, 0, $-[0]) =~ tr/\n//);
			print "$ARGV:$line:$id\n";
		}'
}

explained() {
	sed -nE 's/^GUIDE\("([^"]+)".*/\1/p' "$guide"
}

known=$(explained)
ids=$(emitted)
[[ -n $ids && -n $known ]] || complain "$guide:1" 'no ids found; repair this script'
while IFS=: read -r file line id; do
	grep -qxF -- "$id" <<<"$known" ||
		complain "$file:$line" "the finding '$id' is not explained; add a row to $guide, then ./dev docs"
done <<<"$ids"
while read -r id; do
	[[ $id =~ ^[A-Z][0-9] ]] || grep -qE -- ":$id$" <<<"$ids" ||
		complain "$guide:1" "nothing emits the finding '$id'; take its row out"
done <<<"$known"
while read -r id; do
	complain "$guide:1" "the finding '$id' is explained twice; keep one"
done < <(sort <<<"$known" | uniq -d)
verdict
