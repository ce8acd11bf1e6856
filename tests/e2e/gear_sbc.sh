#!/bin/bash
# A border controller takes key and certificate apart, and forgets what is not saved: each way it goes wrong.
. "$(dirname "$0")/../support/lib.sh"
. "$(dirname "$0")/../support/serve.sh"
. "$(dirname "$0")/../support/site.sh"
. "$(dirname "$0")/../support/gear.sh"

start_gear 127.79.3.1

# Key without certificate: the box makes one for the key, and a restart brings the old pair back.
afresh
deploy 0 -l sbc
mock_say fault "$sbc" refuse@upload >/dev/null
mark
bundle=$next deploy 1 -l sbc
expect_grep "certificate: the box refuses \(HTTP 400\): 'Operation failed'"
expect_grep 'what was half done is taken back'
expect_grep 'warning device: .*nothing was saved, so a restart of the box brings the old pair back'
expect_equal "$(steps_of sbc)" 'info info key upload download clear'
mock_say restart "$sbc" >/dev/null
run 0 verify "$bundle" -i "$inventory" -l sbc

# Not even that, and then nobody gets in any more: said plainly.
mock_say fault "$sbc" no-native-auth@clear >/dev/null
bundle=$next deploy 1 -l sbc
expect_grep 'what was half done is not taken back \(rescue: .*key and certificate on the box may not belong'
expect_grep 'https cannot be seen'
mock_say restart "$sbc" >/dev/null
run 0 verify "$bundle" -i "$inventory" -l sbc

# The key itself is refused: nothing is half done, and nothing is said about taking back.
afresh 'sbc refuse@key'
deploy 1 -l sbc
expect_grep 'sbc +failed +https still serves the old certificate; key: the box refuses'
refute_grep 'half done'

# The answer to the key gets lost, and meanwhile the pair does not match: nobody gets in.
afresh 'sbc reset-connection@key'
deploy 1 -l sbc --timeout 1s --time-limit 6s
expect_grep 'sbc +(failed|unreachable) '
mock_say restart "$sbc" >/dev/null

# Saving is refused, or forgotten: served and proved, but the run does not count as well, and a
# restart shows why.
for fault in refuse@save forget-save; do
	afresh "sbc $fault"
	deploy 1 -l sbc
	expect_grep 'sbc +changed +proved on https, sips'
	expect_grep 'error unsaved: what is in effect now is not saved, and the next restart of the box loses it'
	expect_grep 'Save the configuration at the box'
	deploy 0 -l sbc
	expect_grep 'sbc +unchanged'
	expect_grep 'warning unsaved: the box has changes that are not saved'
	deploy 0 -l sbc -o json
	python3 -c 'import json, sys
note = json.load(open(sys.argv[1]))["devices"][0]["notes"]
assert any(one["id"] == "unsaved" for one in note), note' "$workdir/out"
	mock_say restart "$sbc" >/dev/null
	run 1 verify "$bundle" -i "$inventory" -l sbc
done

# Options: another TLS context that exists or does not, the root first.
afresh
sed -i 's/names: \[sbc.example.test\]/&, options: {trust: upload}/' "$inventory"
deploy 0 -l sbc
mock_say state "$sbc" >"$workdir/state.json"
expect_grep '"trusted":\["[0-9a-f]{64}"\]' "$workdir/state.json"
sed -i 's/options: {trust: upload}/options: {context: 3}/' "$inventory"
bundle=$next deploy 1 -l sbc
expect_grep 'key: the box refuses \(HTTP 404\)'

refute_secrets
