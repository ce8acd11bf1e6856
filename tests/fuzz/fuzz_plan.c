/* A saved plan. */
#include "certroll/plan_file.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err err = { 0 };
	struct plan_file *plan = plan_parse((const char *)data, size, "fuzz.json", &err);

	demand(plan || err.code);
	demand_printable(err.text);
	plan_free(plan);
	return 0;
}
