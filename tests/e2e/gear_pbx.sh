#!/bin/bash
# A PBX with tokens and three places for certificates: each way it goes wrong.
. "$(dirname "$0")/../support/lib.sh"
. "$(dirname "$0")/../support/serve.sh"
. "$(dirname "$0")/../support/site.sh"
. "$(dirname "$0")/../support/gear.sh"

start_gear 127.79.4.1

# A token that ends in the middle is renewed, at any step; one that always ends is given up.
for step in info state upload store select; do
	afresh "pbx expire-token@$step"
	mark
	deploy 0 -l pbx
	expect_grep 'pbx +changed'
	[[ $(steps_of pbx) == *"$step renew $step"* ]] || fail "not renewed at $step: $(steps_of pbx)"
done
afresh 'pbx expire-token@store:5'
deploy 1 -l pbx
expect_grep "create: the PBX refuses: 'TOKEN EXPIRED' \(10004\)"

# No place in its list: found before anything is changed.
afresh 'pbx quota-full'
mark
deploy 1 -l pbx
expect_grep "pbx +failed +list: it holds 3 server certificates, .* none is called 'certroll.pem'"
[[ $(steps_of pbx) != *upload* ]] || fail 'uploaded to a full list'
afresh 'pbx refuse@select'
deploy 1 -l pbx
expect_grep "select: the PBX refuses: 'FAILURE' \(-1\)"
mock_say unfault all >/dev/null
deploy 0 -l pbx
expect_grep 'pbx +changed +proved'

# Five refused log-ons block this computer: no sixth is needed to say so.
afresh 'pbx refuse-login'
for round in 1 2 3 4 5 6; do deploy 1 -l pbx; done
expect_grep '70004\); it blocks the address of this computer'

refute_secrets
