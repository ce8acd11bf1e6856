/* A bundle, from its text to the findings of every profile. */
#include "certroll/bundle.h"
#include "certroll/rules.h"
#include "findings.h"

static void judge(const struct bundle *bundle)
{
	static const struct wanted_name name = { .name = "pbx.example.com" };

	for (int column = 0; column < PROFILE_COLUMNS; column++) {
		struct profile profile = profile_default((enum profile_column)column);
		struct judgement judgement = {
			.profile = &profile, .now = FUZZ_NOW, .names = &name, .name_count = 1
		};
		auto_findings findings = { 0 };

		rules_judge_bundle(bundle, &judgement, &findings);
		demand_findings(&findings);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct anchors *anchors;
	struct err err = { 0 };
	auto_findings findings = { 0 };
	auto_secret text = { 0 };
	struct chains *pool;
	struct bundle *bundle;

	if (!anchors)
		anchors = anchors_load(NULL, false, &err);
	pool = chains_new(anchors, FUZZ_NOW);
	secret_set(&text, data, size);
	bundle = bundle_parse(&text, "fuzz.pem", pool, &findings, &err);
	demand(bundle || err.code);
	demand_printable(err.text);
	demand_findings(&findings);
	if (bundle)
		judge(bundle);
	bundle_free(bundle);
	chains_free(pool);
	return 0;
}
