/* What a person gets for a device, and what is proved of devices that make their own certificate. */
#include "../../src/app/hand.h"
#include "certroll/driver.h"
#include "certroll/inventory.h"
#include "pki.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

Suite *suite_hand(void);

static char *names_one[] = { (char[]){ "pbx.example.com" }, (char[]){ "192.0.2.7" } };
static char *names_other[] = { (char[]){ "pbx.elsewhere.test" } };
static char host_name[] = "pbx.example.com", host_address[] = "192.0.2.9", box_name[] = "ipo1";

/* A device with its driver's default options but for what a test sets. */
struct box {
	struct pki pki;
	struct bundle *bundle;
	struct device device;
	struct endpoint endpoint;
};

static struct service https = { "https", 443 };

static struct box box_open(const char *driver, char *host, struct text_list names)
{
	struct box box = { .pki = pki_open("root"),
			   .device = { .driver = driver_find(driver),
				       .name = box_name,
				       .host = host,
				       .port = 443,
				       .all_names = names,
				       .services = &https,
				       .service_count = 1 } };
	auto_findings findings = { 0 };

	ck_assert(box.device.driver);
	box.bundle = pki_bundle(&box.pki, "leaf-both issuing policy root leaf.key", &findings);
	box.device.options = mem_alloc(box.device.driver->options_size);
	schema_defaults(box.device.driver->options, box.device.options);
	box.endpoint = (struct endpoint){ .service = &box.device.services[0] };
	return box;
}

static void box_close(struct box *box)
{
	schema_free(box->device.driver->options, box->device.options);
	mem_free(box->device.options);
	bundle_free(box->bundle);
	pki_close(&box->pki);
}

#define auto_box __attribute__((cleanup(box_close))) struct box

/* The way of an IP Office is the first member of its options. */
static void set_variant(struct box *box, int variant)
{
	const struct field *row = schema_find(box->device.driver->options, "variant");

	*(int *)(void *)((char *)box->device.options + row->offset) = variant;
}

/* --- proofs ------------------------------------------------------------------------------------- */

static const struct own_case {
	const char *served, *before; /* chains; "-": nobody listens, "": not seen */
	char **names;
	size_t name_count;
	char *host;
	int variant;
	enum proof proof;
	const char *why;
} own_cases[] = {
	/* the bundle's leaf is as good as any, where the box makes its own */
	{ "leaf-both issuing", NULL, names_one, 1, host_name, 1, PROOF_EXACT, "" },
	{ "life-825 issuing", NULL, names_one, 1, host_name, 2, PROOF_EXACT, "" },
	{ "life-825-s issuing", NULL, names_one, 1, host_name, 2, PROOF_OTHER,
	  "is valid for 826 days, not for 825 at most" },
	{ "leaf-both issuing", "leaf-both issuing", names_one, 1, host_name, 1, PROOF_OLD, "" },
	{ "leaf-both issuing", "leaf issuing", names_one, 1, host_name, 1, PROOF_EXACT, "" },
	{ "leaf-both issuing", NULL, names_other, 1, host_name, 1, PROOF_OTHER,
	  "is not for 'pbx.elsewhere.test'" },
	{ "leaf-both issuing", NULL, names_one, 2, host_name, 1, PROOF_OTHER,
	  "is not for '192.0.2.7'" },
	{ "leaf-both issuing", NULL, names_one, 1, host_address, 1, PROOF_OTHER,
	  "is not for '192.0.2.9'" },
	{ "leaf-no-eku issuing", NULL, names_one, 1, host_name, 2, PROOF_OTHER,
	  "has no extended key usage (serverAuth is needed)" },
	{ "leaf-client issuing", NULL, names_one, 1, host_name, 2, PROOF_OTHER,
	  "has an extended key usage without serverAuth" },
	{ "-", NULL, names_one, 1, host_name, 1, PROOF_CLOSED, "" },
	{ "", NULL, names_one, 1, host_name, 1, PROOF_NONE, "" },
	/* and where the bundle is to be installed, it alone is right */
	{ "leaf-both issuing policy", NULL, names_one, 1, host_name, 0, PROOF_EXACT, "" },
	{ "leaf issuing policy", NULL, names_one, 1, host_name, 0, PROOF_OTHER, "" },
	{ "leaf-both", NULL, names_one, 1, host_name, 0, PROOF_PARTIAL,
	  "certificate 2 is missing" },
};

static struct served served_of(struct box *box, const char *text)
{
	struct served served = { .looked = true, .net = NET_TIMEOUT };

	if (strcmp(text, "-") == 0)
		served.net = NET_CLOSED;
	else if (*text)
		served = (struct served){ .looked = true,
					  .chain = pki_take(&box->pki, text),
					  .completed = true };
	return served;
}

START_TEST(proves)
{
	const struct own_case *one = &own_cases[_i];
	auto_box box =
		box_open("ip-office", one->host, (struct text_list){ one->names, one->name_count });
	struct served now, before;
	char why[256];
	enum proof proof;

	set_variant(&box, one->variant);
	box.endpoint.device = &box.device;
	now = served_of(&box, one->served);
	before = served_of(&box, one->before ? one->before : "");
	proof = endpoint_compare(&box.endpoint, &now, one->before ? &before : NULL,
				 box.bundle->chain, why);
	ck_assert_msg(proof == one->proof, "%s: %d (%s)", one->served, proof, why);
	if (*one->why)
		ck_assert_msg(strstr(why, one->why), "%s", why);
}
END_TEST

/* A device whose ports must be open: closed is not seen, whatever the driver's name. */
START_TEST(closed_counts_elsewhere)
{
	auto_box box = box_open("manual", host_name, (struct text_list){ names_one, 1 });
	struct served now = served_of(&box, "-");
	char why[256];

	box.endpoint.device = &box.device;
	ck_assert_int_eq(endpoint_compare(&box.endpoint, &now, NULL, box.bundle->chain, why),
			 PROOF_NONE);
}
END_TEST

START_TEST(one_open_port_is_needed)
{
	struct endpoint endpoints[] = { { .proof = PROOF_CLOSED }, { .proof = PROOF_CLOSED } };

	ck_assert(!endpoints_proved(endpoints, 2));
	endpoints[1].proof = PROOF_EXACT;
	ck_assert(endpoints_proved(endpoints, 2));
	endpoints[0].proof = PROOF_OLD;
	ck_assert(!endpoints_proved(endpoints, 2));
	ck_assert(!endpoints_proved(endpoints, 0));
}
END_TEST

/* --- checklists --------------------------------------------------------------------------------- */

static const struct sheet_case {
	const char *driver;
	int variant;
	const char *has, *has_not;
} sheets[] = {
	{ "ip-office", 0, "ipo1.p12", "DNS:" },
	{ "ip-office", 0, "tcs-3.pem ('", "{" },
	{ "ip-office", 0, "between 22:00 and 05:30", "}" },
	{ "ip-office", 1, "\n             DNS:pbx.example.com, IP:192.0.2.7, IP:192.0.2.9\n",
	  ".p12" },
	{ "ip-office", 1, "NORMAL OPERATION", "{" },
	{ "ip-office", 2, "DEFAULT_SERVER_CERT_VALIDITY=$((820))", "{s" },
	{ "manual", 0, "/srv/by-hand/ipo1", "{" },
};

static struct hand_folder folder_of(const struct box *box)
{
	return (struct hand_folder){ .path = text_copy("/srv/by-hand/ipo1"),
				     .command = text_copy("certroll resume 12"),
				     .bundle = box->bundle };
}

START_TEST(lists)
{
	const struct sheet_case *one = &sheets[_i];
	auto_box box = box_open(one->driver, host_address, (struct text_list){ names_one, 2 });
	auto_hand_folder folder = folder_of(&box);
	auto_free char *text = NULL, *html = NULL;

	if (schema_find(box.device.driver->options, "variant"))
		set_variant(&box, one->variant);
	box.device.window = (struct window){ 22 * 60, 5 * 60 + 30, true };
	text = hand_text(&box.device, &folder);
	html = hand_html(&box.device, &folder);
	ck_assert_msg(strstr(text, one->has) || strstr(html, one->has), "%s", text);
	ck_assert_msg(!strstr(text, one->has_not), "%s", text);
	ck_assert(strstr(text, "\n             certroll resume 12\n"));
	ck_assert(strstr(html, "<pre>certroll resume 12</pre>"));
	ck_assert(!strstr(html, "<script") && !strstr(html, "http://"));
}
END_TEST

/* Every word of every sheet of every driver is filled in. */
START_TEST(no_word_is_left)
{
	size_t count;
	const struct driver *const *drivers = driver_list(&count);
	static const char *const words[] = { "device", "host", "folder",  "p12",     "leaf",
					     "until",  "root", "signers", "names",   "name",
					     "san",    "days", "window",  "command", "services" };

	for (size_t i = 0; i < count; i++)
		for (int variant = 0; drivers[i]->by_hand && variant < 3; variant++) {
			auto_box box = box_open(drivers[i]->name, host_address,
						(struct text_list){ names_one, 2 });
			auto_hand_folder folder = folder_of(&box);
			auto_free char *text = NULL;

			if (schema_find(drivers[i]->options, "variant"))
				set_variant(&box, variant);
			text = hand_text(&box.device, &folder);
			for (size_t j = 0; j < COUNT(words); j++) {
				auto_free char *word = text_format("{%s}", words[j]);

				ck_assert_msg(!strstr(text, word), "%s: %s", drivers[i]->name,
					      word);
			}
		}
}
END_TEST

/* Names that are as long and as many as can be do not end the program. */
START_TEST(many_names)
{
	static char name[254];
	char *names[DEVICE_MAX_NAMES];
	auto_box box = box_open("ip-office", host_address, (struct text_list){ names, 256 });
	auto_hand_folder folder = folder_of(&box);
	auto_free char *text = NULL, *html = NULL;

	memset(name, 'a', 253);
	for (size_t i = 0; i < DEVICE_MAX_NAMES; i++)
		names[i] = name;
	set_variant(&box, 1);
	text = hand_text(&box.device, &folder);
	html = hand_html(&box.device, &folder);
	ck_assert_uint_gt(strlen(text), 2 * DEVICE_MAX_NAMES * 253);
	ck_assert_uint_gt(strlen(html), 2 * DEVICE_MAX_NAMES * 253);
}
END_TEST

/* --- files -------------------------------------------------------------------------------------- */

static mode_t mode_of(const char *folder, const char *name)
{
	auto_free char *path = text_format("%s/%s", folder, name);
	struct stat status;

	return stat(path, &status) ? 0 : status.st_mode & 07777;
}

START_TEST(writes)
{
	char root[] = "/tmp/certroll-hand.XXXXXX";
	auto_box box = box_open("manual", host_name, (struct text_list){ names_one, 1 });
	auto_hand_folder folder = { .command = text_copy("x"), .bundle = box.bundle };
	auto_free char *stale = NULL, *inventory = NULL;
	struct err err = { 0 };

	ck_assert(mkdtemp(root));
	folder.path = text_format("%s/by-hand/ipo1", root);
	/* without a password there is no container */
	ck_assert_int_eq(hand_make(&box.device, &folder, &err), -1);
	ck_assert_msg(err.code == ERR_SECRET && strstr(err.text, "password"), "%s", err.text);
	ck_assert_int_eq(hand_write(&folder, &err), 0);
	ck_assert_uint_eq(mode_of(folder.path, "."), 0700);
	/* what an earlier bundle left is gone the next time */
	stale = text_format("%s/tcs-7.pem", folder.path);
	close(open(stale, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	ck_assert_int_eq(hand_write(&folder, &err), 0);
	ck_assert_int_ne(access(stale, F_OK), 0);
	/* a folder that others can open gets nothing */
	ck_assert_int_eq(chmod(folder.path, 0750), 0);
	ck_assert_int_eq(hand_write(&folder, &err), -1);
	ck_assert_msg(strstr(err.text, "chmod 700"), "%s", err.text);
	inventory = text_format("rm -r %s", root);
	ck_assert_int_eq(system(inventory), 0);
}
END_TEST

/* The container holds the chain and the key, in both kinds of encryption. */
START_TEST(packs)
{
	auto_box box = box_open("manual", host_name, (struct text_list){ names_one, 1 });
	auto_secret password = { 0 }, out = { 0 };
	auto_findings findings = { 0 };
	auto_bundle *keyless = NULL;
	struct err err = { 0 };

	secret_set(&password, "word", 4);
	ck_assert_msg(!bundle_pkcs12(box.bundle, &password, _i, &out, &err), "%s", err.text);
	ck_assert_uint_gt(out.len, 2000);
	ck_assert(!memmem(out.bytes, out.len, "PRIVATE", 7));
	secret_free(&out);
	keyless = pki_bundle(&box.pki, "leaf-both issuing policy root", &findings);
	ck_assert_int_eq(bundle_pkcs12(keyless, &password, _i, &out, &err), -1);
	ck_assert_msg(err.code == ERR_BUNDLE && strstr(err.text, "no key"), "%s", err.text);
}
END_TEST

/* --- what an audit of a Server Edition says ------------------------------------------------------- */

static const struct form_case {
	const char *leaf, *firmware;
	int variant;
	const char *ids;
} forms[] = {
	{ "leaf-no-eku", "", 2, "ipo-form-purpose" },
	{ "leaf-no-eku", "12.1", 2, "ipo-form-purpose" },
	{ "leaf-no-eku", "", 0, "" },
	{ "leaf-both", "11.0.4.0", 2, "ipo-script" },
	{ "leaf-both", "11.0.4.0 build 74", 2, "ipo-script" },
	{ "leaf-both", "10.1", 2, "ipo-script" },
	{ "leaf-both", "11.0.4.1", 2, "" },
	{ "leaf-both", "11.1", 2, "" },
	{ "leaf-both", "12.0.0.0", 2, "" },
	{ "leaf-both", "R12", 2, "" },
	{ "leaf-both", "", 2, "" },
	{ "leaf-both", "11.0.4.0", 1, "" },
};

START_TEST(judges)
{
	const struct form_case *one = &forms[_i];
	auto_box box = box_open("ip-office", host_name, (struct text_list){ names_one, 1 });
	auto_findings findings = { 0 };
	auto_free char *firmware = text_copy(one->firmware);
	struct cert *leaf = pki_cert(one->leaf);

	set_variant(&box, one->variant);
	box.device.firmware = firmware;
	box.device.driver->judge(&box.device, leaf, "here", &findings);
	cert_free(leaf);
	for (size_t i = 0; i < findings.count; i++)
		ck_assert_str_eq(findings.items[i].id, one->ids);
	ck_assert_uint_eq(findings.count, *one->ids != '\0');
}
END_TEST

Suite *suite_hand(void)
{
	Suite *suite = suite_create("hand");
	TCase *tcase = tcase_create("hand");

	tcase_add_loop_test(tcase, proves, 0, COUNT(own_cases));
	tcase_add_test(tcase, closed_counts_elsewhere);
	tcase_add_test(tcase, one_open_port_is_needed);
	tcase_add_loop_test(tcase, lists, 0, COUNT(sheets));
	tcase_add_test(tcase, no_word_is_left);
	tcase_add_test(tcase, many_names);
	tcase_add_test(tcase, writes);
	tcase_add_loop_test(tcase, packs, 0, 2);
	tcase_add_loop_test(tcase, judges, 0, COUNT(forms));
	suite_add_tcase(suite, tcase);
	return suite;
}
