/* A browser's recording, to options. */
#include "certroll/driver.h"
#include "certroll/learn.h"
#include "certroll/mem.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lesson lesson = { 0 };
	struct learn_request request = { .file = "fuzz.har" };
	struct err err = { 0 };

	if (learn_bytes(&lesson, &request, (const char *)data, size, &err))
		demand(err.code);
	demand_printable(err.text);
	demand_printable(lesson.refused);
	lesson_free(&lesson);
	return 0;
}
