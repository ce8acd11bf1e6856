/*
 * Avaya IP Office.  No call is known by which a program could install its certificate (its Management
 * API has none), so a person does, in one of three ways; certroll prepares and proves.
 * What is known, and from where: docs/devices/ip-office.md.
 */
#include "certroll/driver.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum variant { INSTALL_P12, REGENERATE_IP500V2, SERVER_EDITION };

/* What the web form of a Server Edition offers up to 11.0.4.0, and the most that Apple takes. */
enum { FORM_DAYS = 2555, MOST_DAYS = 825 };

struct ip_office {
	int variant;
	char *folder;
	struct secret_ref *password;
	bool old_pkcs12;
	struct text_list domains;
};

static const char SHEET[] = "docs/devices/ip-office.md";
static const char GUIDELINES[] = "Avaya, Securing the IP Office: Update Certificates";
static const char *const variants[] = { "install-p12", "regenerate-ip500v2", "server-edition",
					NULL };

#define OPTION(key, type, member, value, level, why, ...)                                          \
	DRIVER_OPTION(ip_office, key, type, member, value, level, why, __VA_ARGS__)

/* clang-format off */
static const struct field options[] = {
	OPTION("variant", CHOICE, variant, "install-p12", DOCUMENTED, GUIDELINES, .choices = variants,
	       .help = "install-p12 (the bundle); regenerate-ip500v2 and server-edition (it makes its own)"),
	OPTION("password", SECRET, password, NULL, TESTED, SHEET, .help = "of the PKCS#12 container"),
	OPTION("old-pkcs12", SWITCH, old_pkcs12, "false", ASSUMED, SHEET,
	       .help = "true: PKCS#12 with 3DES and SHA-1, for Manager on an old Windows"),
	OPTION("domains", LIST, domains, NULL, DOCUMENTED, "Avaya, Certificate Name Content", .max = 32,
	       .help = "SIP domains for the certificate that it makes itself"),
	OPTION("folder", FILE, folder, NULL, TESTED, SHEET,
	       .help = "each device's folder is made in it; without: by-hand in the state folder"),
	FIELD_END };

#define WARN_HIGH                                                                                  \
	"IP Office lines at security level High compare with an exact copy: they stay down until the new "       \
	"certificate is in the trusted certificate store of every peer. Know these lines before you begin."
#define WARN_MANAGED                                                                               \
	"Automatic certificate management (subscription systems) brings certificates of its own and would "     \
	"replace yours. If it is on, stop here and tell the administrator: such a system is left alone "        \
	"(state: hold)."

static const struct sheet_step all_first[] = {
	{ SHEET_WARN, WARN_HIGH },
	{ SHEET_WARN, WARN_MANAGED },
	{ SHEET_DO, "Have the password of the security settings ready. Three wrong ones within ten "
		    "minutes lock the account for a minute." },
	{ SHEET_DO, "Do it {window}: phones and lines with TLS connect anew." },
	{ SHEET_DO, "Do the phones know the root '{root}'? They fetch WebRootCA.pem from the system when "
		    "they start. If the root is a new one, give it to them first; phones outside "
		    "start once in the office, or get the file from another HTTP server." },
	{ SHEET_DO, NULL } };

static const struct sheet_step p12_install[] = {
	{ SHEET_WARN, "{p12} holds the private key. Keep it on this computer, and use the password that "
		      "the inventory names; it stands nowhere in this folder." },
	{ SHEET_DO, "IP Office Manager: open the security settings of {device} ({host})." },
	{ SHEET_DO, "Tab Certificates, identity certificate: Set. Choose the file {p12} and type its "
		    "password." },
	{ SHEET_DO, "Set 'Offer ID certificate chain' to On." },
	{ SHEET_DO, "Look into the trusted certificate store there. Each of these must be in it; add the "
		    "file of each one that is not: {signers}. The system sends with its certificate only "
		    "what it finds in this store." },
	{ SHEET_DO, "If a telephony certificate of its own is set for SIP and SRTP, do the same for it." },
	{ SHEET_DO, "Save, and wait until the system answers again." },
	{ SHEET_NOTE, "The file manager takes them, too: drop the tcs files into "
		      "system/primary/certificates/tcs/add." },
	{ SHEET_NOTE, "Services at level 'Secure, High' demand a client certificate of whoever calls." },
	{ SHEET_DO, NULL } };

static const struct sheet_step regenerate[] = {
	{ SHEET_WARN, "While the control unit makes a certificate, NORMAL OPERATION IS SUSPENDED: up to a "
		      "minute, in old releases up to five. No calls. Do it {window}." },
	{ SHEET_WARN, "The release must be 11.0.4.1 or newer; older ones make certificates that iPhones "
		      "refuse. Update first." },
	{ SHEET_WARN, WARN_HIGH },
	{ SHEET_WARN, WARN_MANAGED },
	{ SHEET_DO, "IP Office Manager: open the security settings of {device} ({host})." },
	{ SHEET_DO, "Tab Certificates: regenerate the identity certificate. Signature SHA256/RSA2048." },
	{ SHEET_DO, "Default subject name:" },
	{ SHEET_TYPE, "{name}" },
	{ SHEET_DO, "Subject alternative names, all in one line, copied as it stands here:" },
	{ SHEET_TYPE, "{san}" },
	{ SHEET_DO, "Save, and wait until the system answers again." },
	{ SHEET_DO, "Give the new certificate to phones and peers: it is signed by the system itself." },
	{ SHEET_NOTE, "Another LAN address, SIP domain or host name needs another certificate: come back "
		      "to this list then." },
	{ SHEET_DO, NULL } };

static const struct sheet_step form[] = {
	{ SHEET_WARN, WARN_HIGH },
	{ SHEET_WARN, WARN_MANAGED },
	{ SHEET_DO, "Open the page that generates certificates on the primary server, for {device} ({host})." },
	{ SHEET_DO, "Subject name:" },
	{ SHEET_TYPE, "{name}" },
	{ SHEET_DO, "Subject alternative names, all in one line, copied as it stands here:" },
	{ SHEET_TYPE, "{san}" },
	{ SHEET_DO, "Days: 820. Never more than {days}." },
	{ SHEET_DO, "Generate it. Expansion and application servers take theirs from the same page." },
	{ SHEET_DO, "Phones need the root of the server's own CA (WebRootCA.pem of the system), not that "
		    "of the bundle." },
	{ SHEET_DO, NULL } };

static const struct sheet_step script[] = {
	{ SHEET_WARN, "With 11.0.4.1 and newer skip this section. Up to 11.0.4.0 the form offers 2555 days "
		      "and cannot set the extended key usage, and iPhones refuse such certificates. Update "
		      "if you can; if not, correct the script." },
	{ SHEET_WARN, "AN UPGRADE LOSES THIS. Whoever installs another release up to 11.0.4.0 puts the old "
		      "script back: do this section again before the next certificate." },
	{ SHEET_DO, "Keep a copy, then open the script that the form runs:" },
	{ SHEET_TYPE, "cp -p /opt/Avaya/scripts/gen_certs.sh /opt/Avaya/scripts/gen_certs.sh.before" },
	{ SHEET_TYPE, "nano /opt/Avaya/scripts/gen_certs.sh" },
	{ SHEET_DO, "Find DEFAULT_SERVER_CERT_VALIDITY (it is 365*7) and make the line:" },
	{ SHEET_TYPE, "DEFAULT_SERVER_CERT_VALIDITY=$((820))" },
	{ SHEET_DO, "Find 'if $EXTENDED_CSR'. Below it, behind the last echo of the block v3_req, add:" },
	{ SHEET_TYPE, "echo \"extendedKeyUsage = serverAuth,clientAuth\" >> $EXT_FILE" },
	{ SHEET_DO, "Save. The form shows 820 days now." },
	{ SHEET_DO, NULL } };

static const struct sheet_step last[] = {
	{ SHEET_DO, "Copy the new certificate into the trusted certificate store of every peer whose line "
		    "is at level High." },
	{ SHEET_DO, "Have certroll look:" },
	{ SHEET_TYPE, "{command}" },
	{ SHEET_DO, "Call somebody: one call over a line, one from an app." },
	{ SHEET_NOTE, "It looks at {services}. A closed port is only mentioned; what an open one serves "
		      "must be right." },
	{ SHEET_DO, NULL } };

static const struct sheet_section p12_sections[] = {
	{ "Before", NULL, all_first }, { "Install the certificate", NULL, p12_install },
	{ "Afterwards", NULL, last }, { 0 } };
static const struct sheet_section regenerate_sections[] = {
	{ "Regenerate on the IP500 V2", NULL, regenerate }, { "Afterwards", NULL, last }, { 0 } };
static const struct sheet_section form_sections[] = {
	{ "Release 11.0.4.0 or older: correct the script first", NULL, script },
	{ "Generate it on the Server Edition primary", NULL, form },
	{ "Afterwards", NULL, last }, { 0 } };

#define HIGH_LINES                                                                                 \
	"IP Office lines at level High stay down until every peer has a copy of the new certificate"
#define MANAGED                                                                                    \
	"a system with automatic certificate management gets its certificate from Avaya and would "     \
	"replace another one: leave it alone (state: hold)"

static const char *const p12_warnings[] = { HIGH_LINES, MANAGED, NULL };
static const char *const regenerate_warnings[] = {
	"normal operation is suspended for up to a minute (in old releases five) while an IP500 V2 makes "
	"its certificate: no calls", HIGH_LINES, MANAGED, NULL };
static const char *const form_warnings[] = {
	"up to 11.0.4.0 the form makes certificates of 2555 days without extended key usage, and an "
	"upgrade loses a corrected script", HIGH_LINES, NULL };
/* clang-format on */

static const struct by_hand ways[] = {
	[INSTALL_P12] = { .task = "install it",
			  .files = HAND_PKCS12 | HAND_WEB_ROOT | HAND_SIGNERS,
			  .warnings = p12_warnings,
			  .sections = p12_sections },
	[REGENERATE_IP500V2] = { .task = "regenerate it on the IP500 V2",
				 .own = true,
				 .most_days = MOST_DAYS,
				 .warnings = regenerate_warnings,
				 .sections = regenerate_sections },
	[SERVER_EDITION] = { .task = "generate it on the Server Edition",
			     .own = true,
			     .most_days = MOST_DAYS,
			     .warnings = form_warnings,
			     .sections = form_sections },
};

static void by_hand(const void *values, struct by_hand *hand)
{
	const struct ip_office *set = values;

	*hand = ways[set->variant];
	hand->folder = set->folder;
	hand->password = set->password;
	hand->old_pkcs12 = set->old_pkcs12;
	hand->domains = &set->domains;
}

static struct profile profile(const void *values, const char *firmware)
{
	(void)values;
	(void)firmware;
	return profile_default(PROFILE_IP_OFFICE);
}

/* Avaya, Initial Certificate Settings: DNS ipoffice-<MAC>.avaya.com. */
static bool factory(const void *values, const struct cert *leaf)
{
	(void)values;
	for (size_t i = 0; i < leaf->dns_count; i++)
		if (text_match("ipoffice-????????????.avaya.com", leaf->dns_names[i]))
			return true;
	return false;
}

/* Is a release such as "11.0.4.0 build 74" older than 11.0.4.1, which mends the form? */
static bool before_11_0_4_1(const char *release)
{
	static const long first[] = { 11, 0, 4, 1 };
	const char *at = release;

	for (size_t i = 0; i < COUNT(first); i++) {
		char *end;
		long number = strtol(at, &end, 10);

		if (end == at)
			return false;
		if (number != first[i])
			return number < first[i];
		at = *end == '.' ? end + 1 : end;
	}
	return false;
}

/* A certificate of the form as it was: both its marks are in the table of rules; here is the cause. */
static void judge(const struct device *device, const struct cert *leaf, const char *place,
		  struct findings *findings)
{
	const struct ip_office *set = device->options;
	bool old = before_11_0_4_1(device->firmware);
	long long days = cert_days(leaf);

	if (set->variant != SERVER_EDITION)
		return;
	if (days == FORM_DAYS || days == FORM_DAYS + 1)
		findings_add(
			findings, "ipo-form-days", SEVERITY_WARNING, place,
			"Generate it again with 820 days: certroll deploy writes the checklist.",
			"valid for %lld days, as the form of 11.0.4.0 and older offers them; "
			"Apple's devices take %d",
			days, MOST_DAYS);
	if (leaf->ext_key_usage == EKU_ABSENT)
		findings_add(findings, "ipo-form-purpose", SEVERITY_WARNING, place,
			     "Update to 11.0.4.1 or later, or correct the script, and generate it "
			     "again.",
			     "has no extended key usage: the form of 11.0.4.0 and older cannot set "
			     "one, and if its script had been corrected, an upgrade has lost that");
	else if (old)
		findings_add(
			findings, "ipo-script", SEVERITY_NOTE, place,
			"After an upgrade to anything before 11.0.4.1 correct the script again.",
			"made with a corrected script, which release %.40s does not have by "
			"itself; an upgrade may lose it",
			device->firmware);
}

/* Widely quoted for TLS; only 7070 is known from code. */
static const struct service services[] = {
	{ "https", 443 }, { "sips", 5061 }, { "web-manager", 7070 }, { "", 0 }
};

const struct driver driver_ip_office = {
	.name = "ip-office",
	.summary = "Avaya IP Office: a person installs or regenerates, with files and a checklist",
	.port = 443,
	.may_close = true,
	.services = services,
	.options = options,
	.options_size = sizeof(struct ip_office),
	.profile = profile,
	.factory = factory,
	.judge = judge,
	.by_hand = by_hand,
};
