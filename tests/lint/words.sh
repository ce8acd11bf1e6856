#!/bin/bash
# No notes to self, and nothing of the machine it was written on.
. "$(dirname "$0")/common.sh"

notes='TO''DO|FIX''ME|X''XX|HA''CK'
places='(^|[^][:alnum:]_.)}-])/(wo''rk|ro''ot)(/|[^[:alnum:]_]|$)|shared/(fa''cts|des''ign)'

list=$(files '*' | grep -vE '(^|/)LICENSE$')
complain_each 'finish it, or open an issue' < <(xargs -r grep -nIHwE "$notes" <<<"$list")
complain_each 'no place of one machine; name it relative to the project' < <(
	xargs -r grep -nIHE "$places" <<<"$list"
)
verdict
