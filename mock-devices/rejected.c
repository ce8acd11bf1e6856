/* rejected: a short list, made when a box first refuses somebody. */
#include "rejected.h"

#include "bundle.h"
#include "cleanup.h"
#include "fleet.h"
#include "text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct rejected {
	int count;
	STACK_OF(X509) * chains[REJECTED_MAX];
};

int rejected_read(const char *path, STACK_OF(X509) * *chain, struct err *err)
{
	auto_free char *bytes = mem_alloc(BUNDLE_BYTES_MAX + 1);
	FILE *file = fopen(path, "re");

	if (!file)
		return err_set(err, "cannot read %.128s: %s", path, strerror(errno));
	size_t length = fread(bytes, 1, BUNDLE_BYTES_MAX + 1, file);
	(void)fclose(file);
	*chain = bundle_parse_trusted(bytes, length);
	return *chain ? 0 : err_set(err, "%.128s holds no certificate", path);
}

void rejected_add(struct device *device, const STACK_OF(X509) * chain)
{
	if (!device->rejected)
		device->rejected = mem_alloc(sizeof(*device->rejected));
	struct rejected *list = device->rejected;

	if (list->count == REJECTED_MAX)
		rejected_drop(device, REJECTED_MAX - 1);
	for (int i = list->count; i > 0; i--)
		list->chains[i] = list->chains[i - 1];
	list->chains[0] = mem_must(X509_chain_up_ref((STACK_OF(X509) *)chain));
	list->count++;
}

const STACK_OF(X509) * rejected_chain(const struct device *device, int place)
{
	const struct rejected *list = device->rejected;

	return list && place < list->count ? list->chains[place] : NULL;
}

void rejected_drop(struct device *device, int place)
{
	struct rejected *list = device->rejected;

	sk_X509_pop_free(list->chains[place], X509_free);
	for (int i = place + 1; i < list->count; i++)
		list->chains[i - 1] = list->chains[i];
	list->count--;
}

void rejected_clear(struct device *device)
{
	while (rejected_chain(device, 0))
		rejected_drop(device, 0);
}

void rejected_free(struct rejected *rejected)
{
	for (int i = 0; rejected && i < rejected->count; i++)
		sk_X509_pop_free(rejected->chains[i], X509_free);
	free(rejected);
}
