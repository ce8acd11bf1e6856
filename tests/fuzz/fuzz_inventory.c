/* An inventory, from its text; what is listed and chosen of it. */
#include "certroll/driver.h"
#include "certroll/inventory.h"
#include "findings.h"
#include <sys/mman.h>
#include <unistd.h>

static const char *names[64];

static struct driver_table drivers(void)
{
	size_t count;
	const struct driver *const *list = driver_list(&count);

	for (size_t i = 0; i < count && i + 1 < COUNT(names); i++)
		names[i] = list[i]->name;
	return (struct driver_table){ driver_find, names, driver_refusal };
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct driver_table table = drivers();
	auto_findings findings = { 0 };
	auto_free char *path = NULL;
	struct inventory *inventory;
	int file = memfd_create("inventory", MFD_CLOEXEC);

	demand(file >= 0 && write(file, data, size) == (ssize_t)size);
	path = text_format("/proc/self/fd/%d", file);
	inventory = inventory_load(path, &table, &findings);
	demand(inventory || findings.count);
	demand_findings(&findings);
	if (inventory && inventory->count) {
		auto_free bool *chosen = mem_alloc(inventory->count);
		struct err err = { 0 };

		demand(inventory_limit(inventory, inventory->devices[0].name, chosen, &err) >= 1);
		demand(inventory_find(inventory, inventory->devices[0].name));
	}
	inventory_free(inventory);
	close(file);
	return 0;
}
