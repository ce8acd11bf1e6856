/* A browser's recording, to options: of a driver that it tells, and of a box that nobody knows. */
#include "certroll/driver.h"
#include "certroll/learn.h"
#include "certroll/mem.h"
#include "fuzz.h"

static void learn(const struct driver *driver, const uint8_t *data, size_t size)
{
	struct lesson lesson = { 0 };
	struct learn_request request = { .file = "fuzz.har", .driver = driver };
	struct err err = { 0 };

	if (learn_bytes(&lesson, &request, (const char *)data, size, &err))
		demand(err.code);
	demand_printable(err.text);
	demand_printable(lesson.refused);
	lesson_free(&lesson);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	learn(NULL, data, size);
	learn(driver_find("generic-upload"), data, size);
	return 0;
}
