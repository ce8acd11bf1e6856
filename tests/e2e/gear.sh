#!/bin/bash
# A border controller and a PBX of other makers: installed, proved, taken back, rehearsed.
. "$(dirname "$0")/../support/lib.sh"
. "$(dirname "$0")/../support/serve.sh"
. "$(dirname "$0")/../support/site.sh"
. "$(dirname "$0")/../support/gear.sh"

start_gear 127.79.2.1

# Looked at, without a change.
deploy 0 --dry-run
expect_grep 'firmware 7.40A.500.010'
expect_grep 'pbx, firmware 37.7.0.16'
expect_grep 'note device: key and certificate are changed one after the other'
expect_equal "$(steps_of sbc)" 'info'
expect_equal "$(steps_of pbx)" 'login info state logout'

# Installed, proved, saved; key, certificate and saving go over one connection.
mark
deploy 0
expect_grep 'sbc +changed +proved on https, sips'
expect_grep 'pbx +changed +proved on https, sips'
expect_equal "$(steps_of sbc)" 'info info key upload save info'
expect_equal "$(steps_of pbx)" 'login info state logout login info state upload store select logout'
mark
deploy 0
expect_grep '2 devices: 2 unchanged'
expect_equal "$(steps_of sbc) $(steps_of pbx)" 'info login info state logout'
run 0 verify "$bundle" -i "$inventory"

# A restart keeps it.  The next bundle replaces the same place of the list, ten times if need be: no
# token is left behind.
mock_say restart all >/dev/null
run 0 verify "$bundle" -i "$inventory"
for round in 1 2 3; do
	bundle=$next deploy 0
	deploy 0
done
expect_grep '2 devices: 2 changed'
run 0 rollback -i "$inventory" --yes --ca-file "$bundle_pki/root.crt" --settle 2s --device pbx
run 0 rollback -i "$inventory" --yes --ca-file "$bundle_pki/root.crt" --settle 2s --device sbc
run 0 verify "$next" -i "$inventory"

# Back to certificates of their own; the border controller makes a new key, too, and saves that.
run 0 clear -l all -i "$inventory" --yes --settle 2s
expect_grep 'sbc +changed +serves its factory certificate again'
expect_grep 'pbx +changed +serves its factory certificate again'
mock_say restart all >/dev/null
run 1 verify "$next" -i "$inventory"

# The log-on is refused once, and nobody is locked out.
afresh 'sbc refuse-login' 'pbx refuse-login'
mark
deploy 1
expect_grep "sbc +failed +status: the box refuses user 'Admin'"
expect_grep "pbx +failed +login: the PBX refuses: 'FAILURE' \(-1\); user: is the client id"
expect_equal "$(steps_of sbc) $(steps_of pbx)" 'info login' 'one try, after the challenge'

# Another box at the address: nothing secret beyond the log-on goes there.
afresh
deploy 0
mock_say fault "$sbc" swap-identity >/dev/null
mock_say fault "$pbx" swap-identity >/dev/null
bundle=$next deploy 1
expect_grep 'sbc +failed +status: it calls itself .* another box'
expect_grep 'pbx +failed +info: it calls itself .* another box'

# It says well and goes on with the old one; or wants a reset first.
afresh 'sbc keep-old' 'pbx keep-old'
deploy 1
expect_grep 'sbc +failed +.*although the box reported success'
expect_grep 'pbx +failed +.*although the box reported success'
afresh 'sbc need-reset' 'pbx need-reset'
deploy 1
expect_grep 'sbc +needs-reset +installed, needs a reset to serve it'
expect_grep 'pbx +needs-reset +installed, needs a reset to serve it'
mock_say restart all >/dev/null
run 0 verify "$bundle" -i "$inventory"

# It says well and serves a part of it.
afresh 'sbc drop-intermediate' 'pbx drop-intermediate'
deploy 1
expect_grep 'sbc +failed +https serves another chain'
expect_grep 'pbx +failed +https serves another chain'

# It says no and has taken it: the handshake knows better, and nobody takes it back.
afresh 'sbc fail-but-install' 'pbx fail-but-install'
deploy 1
expect_grep 'sbc +changed +proved on https, sips; the box had answered otherwise: certificate: the box refuses'
expect_grep 'pbx +changed +proved on https, sips; the box had answered otherwise: select: the PBX refuses'
expect_grep 'error unsaved: .*the installation ended before that'

# A rehearsal plays them, too: with the context of the options, and with faults.
sed -i 's/names: \[sbc.example.test\]/&, options: {context: 3}/' "$inventory"
expect_exit 0 certroll rehearse "$bundle" -i "$inventory" --ca-file "$bundle_pki/root.crt" --settle 2s
expect_grep '^rehearsal: 2 mock devices'
expect_exit 1 certroll rehearse "$bundle" -i "$inventory" --ca-file "$bundle_pki/root.crt" --settle 2s \
	--fault sbc=forget-save --fault pbx=keep-old
expect_grep 'error unsaved'

refute_secrets
