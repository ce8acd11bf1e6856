/*
 * manual: any device that takes its certificate from nobody but a person.  Certroll prepares the
 * files, says that the device is due, and proves it by handshake.
 */
#include "certroll/driver.h"

enum form { FORM_PKCS12, FORM_BUNDLE, FORM_CHAIN, FORM_LEAF, FORM_KEY, FORM_ROOT, FORMS };

struct manual {
	struct text_list files;
	char *folder;
	struct secret_ref *password;
	bool old_pkcs12;
};

static const char SHEET[] = "docs/devices/manual.md";
static const char *const forms[] = { "pkcs12", "bundle", "chain", "leaf", "key", "root", NULL };

#define OPTION(key, type, member, value, ...)                                                      \
	DRIVER_OPTION(manual, key, type, member, value, TESTED, SHEET, __VA_ARGS__)

/* clang-format off */
static const struct field options[] = {
	OPTION("files", LIST, files, "[pkcs12, chain, root]", .min = 1, .max = FORMS, .choices = forms,
	       .help = "what the person needs: pkcs12, bundle (chain and key), chain, leaf, key, root"),
	OPTION("password", SECRET, password, NULL, .help = "of the PKCS#12 container"),
	OPTION("old-pkcs12", SWITCH, old_pkcs12, "false",
	       .help = "true: PKCS#12 with 3DES and SHA-1, for old readers"),
	OPTION("folder", FILE, folder, NULL,
	       .help = "each device's folder is made in it; without: by-hand in the state folder"),
	FIELD_END };

static const struct sheet_step before[] = {
	{ SHEET_WARN, "The files with the key are secrets. Carry the folder on nothing that others can "
		      "read, and send it by no mail." },
	{ SHEET_DO, "Look up in the manual of {device} where its certificate is replaced, and whether it "
		    "restarts. If it does, choose a time {window}." },
	{ SHEET_DO, "Save its settings, or note which certificate it has now, so that you can go back." },
	{ SHEET_DO, NULL } };

static const struct sheet_step install[] = {
	{ SHEET_DO, "Log on to {device} ({host}) as administrator." },
	{ SHEET_DO, "Upload the certificate for {leaf} from the folder {folder}. A file that ends in .p12 "
		    "is opened with the password that the inventory names." },
	{ SHEET_DO, "If the device has a place of its own for intermediates or the root, upload these as "
		    "well: the chain must be complete." },
	{ SHEET_DO, "Choose the new certificate for every service with TLS, not only for the web page." },
	{ SHEET_DO, NULL } };

static const struct sheet_step after[] = {
	{ SHEET_DO, "Have certroll look:" },
	{ SHEET_TYPE, "{command}" },
	{ SHEET_NOTE, "It names each port and what is served there. Once all is well it wipes the files "
		      "with the key from this folder." },
	{ SHEET_DO, NULL } };

static const struct sheet_section sections[] = {
	{ "Before", NULL, before }, { "Install", NULL, install }, { "Prove it", NULL, after }, { 0 } };

static const char *const warnings[] = {
	"a person installs this one: certroll prepares the files, and the device is due until a "
	"handshake has proved it", NULL };
/* clang-format on */

static bool wants(const struct manual *set, enum form form)
{
	for (size_t i = 0; i < set->files.count; i++)
		if (text_same(set->files.items[i], forms[form]))
			return true;
	return false;
}

static void by_hand(const void *values, struct by_hand *hand)
{
	static const unsigned bits[FORMS] = { HAND_PKCS12, HAND_BUNDLE, HAND_CHAIN,
					      HAND_LEAF,   HAND_KEY,    HAND_ROOT };
	const struct manual *set = values;

	*hand = (struct by_hand){ .task = "install it",
				  .folder = set->folder,
				  .password = set->password,
				  .old_pkcs12 = set->old_pkcs12,
				  .warnings = warnings,
				  .sections = sections };
	for (int form = 0; form < FORMS; form++)
		if (wants(set, (enum form)form))
			hand->files |= bits[form];
}

const struct driver driver_manual = {
	.name = "manual",
	.summary =
		"any device whose certificate a person installs: files, a checklist, and the proof",
	.port = 443,
	.options = options,
	.options_size = sizeof(struct manual),
	.profile = driver_profile_server,
	.factory = driver_factory_self_signed,
	.by_hand = by_hand,
};
