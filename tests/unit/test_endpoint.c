#include "certroll/driver.h"
#include "certroll/endpoint.h"
#include "pki.h"

Suite *suite_endpoint(void);

static const struct driver plain = { .name = "plain" },
			   by_name = { .name = "names", .by_name = true };

/*
 * A device in words, and its endpoints as "port/sni" in order: "+" after the one that is looked at
 * only after an installation, and the number of names judged in brackets.
 */
static const struct {
	const struct driver *driver;
	const char *names, *ports, *endpoints;
} cases[] = {
	{ &plain, "a.example b.example", "443", "443/a.example[2] 443/+[0]" },
	{ &plain, "a.example", "443 5061 636",
	  "443/a.example[1] 5061/a.example[1] 636/a.example[1] 443/+[0]" },
	{ &plain, "192.0.2.1 a.example", "443", "443/a.example[2] 443/+[0]" },
	{ &plain, "192.0.2.1 2001:db8::1", "443", "443/[2]" },
	{ &plain, "", "443", "443/[0]" },
	{ &plain, "a.example", "", "" },
	{ &by_name, "a.example b.example", "443 5061",
	  "443/a.example[1] 443/b.example[1] 5061/a.example[1] 5061/b.example[1]" },
	{ &by_name, "192.0.2.1 b.example", "443", "443/[1] 443/b.example[1]" },
	{ &by_name, "", "443", "443/[0]" },
	{ NULL, "a.example", "443", "443/a.example[1]" },
};

static void make_device(struct device *device, const char *names, const char *ports, char *items[])
{
	char word[64];

	device->all_names.items = items;
	device->services = mem_alloc(DEVICE_MAX_SERVICES * sizeof *device->services);
	while (pki_word(&names, word))
		items[device->all_names.count++] = text_copy(word);
	while (pki_word(&ports, word))
		device->services[device->service_count++].port = (uint16_t)atoi(word);
}

static char *describe(const struct endpoint *endpoints, size_t count)
{
	auto_buf text = BUF_MAX(4096);

	for (size_t i = 0; i < count; i++)
		ck_assert_int_eq(buf_addf(&text, "%s%u/%s%s[%zu]", i ? " " : "",
					  endpoints[i].service->port, endpoints[i].sni,
					  endpoints[i].after_only ? "+" : "",
					  endpoints[i].name_count),
				 0);
	return text_copy(buf_text(&text));
}

START_TEST(services_and_names)
{
	struct device device = { .driver = cases[_i].driver };
	char *items[8] = { NULL };
	size_t count;

	make_device(&device, cases[_i].names, cases[_i].ports, items);
	{
		struct endpoint *endpoints = endpoints_make(&device, &count);
		auto_free char *words = describe(endpoints, count);

		ck_assert_str_eq(words, cases[_i].endpoints);
		for (size_t i = 0; i < count; i++)
			ck_assert(!endpoints[i].before.looked && !endpoints[i].after.looked);
		endpoints_free(endpoints, count);
	}
	for (size_t i = 0; i < device.all_names.count; i++)
		mem_free(items[i]);
	mem_free(device.services);
}
END_TEST

START_TEST(addresses)
{
	static const struct {
		char host[32];
		const char *address;
	} hosts[] = { { "pbx.example", "pbx.example:5061" },
		      { "192.0.2.1", "192.0.2.1:5061" },
		      { "2001:db8::1", "[2001:db8::1]:5061" } };

	for (size_t i = 0; i < COUNT(hosts); i++) {
		auto_free char *host = text_copy(hosts[i].host);
		struct device device = { .host = host };
		struct service service = { .port = 5061 };
		struct endpoint endpoint = { .device = &device, .service = &service };
		auto_free char *address = endpoint_address(&endpoint);

		ck_assert_str_eq(address, hosts[i].address);
	}
}
END_TEST

START_TEST(takes_a_reply)
{
	struct served served = { .completed = true, .tls_version = "old" };
	struct reply reply = { .net = NET_RESET, .detail = "cut", .asks_client = true };

	served_take(&served, &reply);
	ck_assert(served.looked && served.asks_client && !served.completed);
	ck_assert_int_eq(served.net, NET_RESET);
	ck_assert_str_eq(served_failure(&served), "cut");
	ck_assert_ptr_null(served.tls_version);
	served_clear(&served);
	ck_assert_str_eq(served_failure(&served), "");
}
END_TEST

/* What is served now, what was before, and what that proves about leaf-both. */
static const struct {
	const char *now;
	bool completed;
	const char *before;
	enum proof proof;
} proofs[] = {
	{ "leaf-both issuing policy", true, "leaf", PROOF_EXACT },
	{ "leaf-both issuing policy root", true, "leaf", PROOF_EXACT },
	{ "leaf-both issuing policy", true, "leaf-both issuing policy", PROOF_EXACT },
	{ "leaf-both issuing policy", true, NULL, PROOF_EXACT },
	{ "leaf-both issuing policy", false, "leaf", PROOF_NONE },
	{ NULL, true, "leaf", PROOF_NONE },
	{ "leaf-both", true, "leaf", PROOF_PARTIAL },
	{ "leaf-both policy issuing", true, "leaf", PROOF_PARTIAL },
	{ "leaf", true, "leaf", PROOF_OLD },
	{ "leaf issuing policy", true, "leaf", PROOF_OLD },
	{ "leaf", true, "leaf-next", PROOF_OTHER },
	{ "leaf", true, NULL, PROOF_OTHER },
};

START_TEST(proves)
{
	auto_pki pki = pki_open("root");
	const struct chain *intended = pki_take(&pki, "leaf-both issuing policy root");
	struct served before = { .looked = true }, now = { .looked = true };
	char difference[256] = "not touched";

	now.completed = proofs[_i].completed;
	if (proofs[_i].now)
		now.chain = pki_take(&pki, proofs[_i].now);
	if (proofs[_i].before)
		before.chain = pki_take(&pki, proofs[_i].before);
	ck_assert_int_eq(
		served_prove(&now, proofs[_i].before ? &before : NULL, intended, difference),
		proofs[_i].proof);
	if (proofs[_i].proof == PROOF_PARTIAL)
		ck_assert_str_ne(difference, "");
	ck_assert_str_ne(difference, "not touched");
}
END_TEST

Suite *suite_endpoint(void)
{
	Suite *suite = suite_create("endpoint");
	TCase *tcase = tcase_create("endpoint");

	tcase_add_loop_test(tcase, services_and_names, 0, (int)COUNT(cases));
	tcase_add_test(tcase, addresses);
	tcase_add_test(tcase, takes_a_reply);
	tcase_add_loop_test(tcase, proves, 0, (int)COUNT(proofs));
	suite_add_tcase(suite, tcase);
	return suite;
}
