/*
 * What a server sent, to findings: certificates in DER, each behind its length in two bytes.  The
 * first byte chooses the profile.
 */
#include "certroll/rules.h"
#include "findings.h"

enum { CERTS = 40 };

static void judge(const struct chain *chain, unsigned column)
{
	static const struct wanted_name name = { .name = "pbx.example.com", .owner = "pbx" };
	struct profile profile = profile_default((enum profile_column)column);
	struct judgement judgement = {
		.profile = &profile, .now = FUZZ_NOW, .names = &name, .name_count = 1
	};
	auto_findings findings = { 0 };
	char difference[256];

	rules_judge_served(chain, &judgement, "pbx https", &findings);
	demand_findings(&findings);
	demand(chain_leaf(chain));
	demand(chain_compare(chain, chain, difference) == CHAIN_EXACT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct anchors *anchors;
	struct input input = { data, size };
	unsigned column = input_byte(&input) % PROFILE_COLUMNS;
	const unsigned char *der[CERTS];
	size_t len[CERTS], count = 0;
	struct err err = { 0 };
	const struct chain *chain;
	struct chains *pool;

	if (!anchors)
		anchors = anchors_load(NULL, false, &err);
	while (input.left && count < CERTS) {
		size_t want = input_byte(&input) << 8;

		want |= input_byte(&input);
		der[count] = input_bytes(&input, want, &len[count]);
		count++;
	}
	if (!count)
		return 0;
	pool = chains_new(anchors, FUZZ_NOW);
	chain = chains_parse(pool, der, len, count, &err);
	demand(chain || err.code);
	demand_printable(err.text);
	if (chain)
		judge(chain, column);
	chains_free(pool);
	return 0;
}
