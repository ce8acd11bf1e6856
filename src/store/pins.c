#include "certroll/pins.h"
#include "certroll/file.h"
#include "certroll/text.h"
#include "pins_file.h"
#include <string.h>

/* They are in the order of their names: where this one is, or would be. */
static size_t place_of(const struct pins *pins, const char *device)
{
	size_t from = 0, to = pins->count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (strcmp(pins->items[middle].device, device) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

static struct pin *pin_find(const struct pins *pins, const char *device)
{
	size_t at = place_of(pins, device);

	return at < pins->count && !strcmp(pins->items[at].device, device) ? &pins->items[at]
									   : NULL;
}

/* A forgotten one is kept until it is saved, so that the file forgets it, too. */
static struct pin *pin_known(const struct pins *pins, const char *device)
{
	struct pin *pin = pin_find(pins, device);

	return pin && !pin->gone ? pin : NULL;
}

struct pins *pins_load(const char *path, struct err *err)
{
	struct pins *pins = mem_alloc(sizeof *pins);

	pins->path = text_copy(path);
	if (path && pins_read(pins, err)) {
		pins_free(pins);
		return NULL;
	}
	return pins;
}

void pins_free(struct pins *pins)
{
	if (!pins)
		return;
	for (size_t i = 0; i < pins->count; i++) {
		mem_free(pins->items[i].device);
		mem_free(pins->items[i].identity);
	}
	mem_free(pins->items);
	mem_free(pins->path);
	mem_free(pins);
}

const unsigned char *pins_find(const struct pins *pins, const char *device)
{
	const struct pin *pin = pin_known(pins, device);

	return pin ? pin->key : NULL;
}

const char *pins_identity(const struct pins *pins, const char *device)
{
	const struct pin *pin = pin_known(pins, device);

	return pin ? pin->identity : NULL;
}

int64_t pins_since(const struct pins *pins, const char *device)
{
	const struct pin *pin = pin_known(pins, device);

	return pin ? pin->since : 0;
}

struct pin *pins_add(struct pins *pins, const char *device)
{
	size_t at = place_of(pins, device);
	struct pin *pin;

	pins->items = mem_grow(pins->items, pins->count, sizeof *pins->items);
	pin = &pins->items[at];
	memmove(pin + 1, pin, (pins->count++ - at) * sizeof *pin);
	*pin = (struct pin){ .device = text_copy(device) };
	return pin;
}

static void mark(struct pins *pins, struct pin *pin)
{
	pin->dirty = true;
	pins->changed = true;
}

static void forget_one(struct pins *pins, struct pin *pin)
{
	mem_free(take(pin->identity));
	pin->gone = true;
	mark(pins, pin);
}

void pins_set(struct pins *pins, const char *device, const unsigned char key[PIN_HASH], int64_t now)
{
	struct pin *pin = pin_find(pins, device);

	if (pin && !pin->gone && memcmp(pin->key, key, PIN_HASH) == 0)
		return;
	if (!pin)
		pin = pins_add(pins, device);
	memcpy(pin->key, key, PIN_HASH);
	pin->since = now;
	pin->gone = false;
	mark(pins, pin);
}

void pins_identify(struct pins *pins, const char *device, const char *identity)
{
	struct pin *pin = pin_known(pins, device);
	auto_free char *shown =
		identity ? text_printable(identity, strlen(identity), PIN_MAX_IDENTITY) : NULL;
	bool same = pin && shown && pin->identity && strcmp(pin->identity, shown) == 0;

	if (!pin || same || (!shown && !pin->identity))
		return;
	mem_free(pin->identity);
	pin->identity = take(shown);
	mark(pins, pin);
}

size_t pins_forget(struct pins *pins, const char *name)
{
	size_t length = strlen(name), count = 0;

	for (size_t i = 0; i < pins->count; i++) {
		struct pin *pin = &pins->items[i];

		if (pin->gone || strncmp(pin->device, name, length) != 0 ||
		    pin->device[length] != '@')
			continue;
		forget_one(pins, pin);
		count++;
	}
	return count;
}

bool pins_drop(struct pins *pins, const char *device)
{
	struct pin *pin = pin_known(pins, device);

	if (pin)
		forget_one(pins, pin);
	return pin;
}

/* What we set ourselves, onto what the file holds by now. */
static void merge(struct pins *into, const struct pins *from)
{
	for (size_t i = 0; i < from->count; i++) {
		const struct pin *pin = &from->items[i];
		struct pin *own = pin->dirty ? pin_find(into, pin->device) : NULL;

		if (!pin->dirty)
			continue;
		if (!own)
			own = pins_add(into, pin->device);
		memcpy(own->key, pin->key, PIN_HASH);
		own->since = pin->since;
		own->gone = pin->gone;
		mem_free(own->identity);
		own->identity = text_copy(pin->identity);
	}
}

static int save_merged(const struct pins *pins, struct err *err)
{
	struct pins *file = pins_load(pins->path, err);
	int status;

	if (!file)
		return -1;
	merge(file, pins);
	status = pins_write(file, err);
	pins_free(file);
	return status;
}

int pins_save(struct pins *pins, struct err *err)
{
	int lock, status;

	if (!pins->changed || !pins->path)
		return 0;
	if (file_make_folders(pins->path, err))
		return -1;
	lock = pins_lock(pins->path, err);
	if (lock < 0)
		return -1;
	status = save_merged(pins, err);
	pins_unlock(lock);
	if (status)
		return -1;
	for (size_t i = 0; i < pins->count; i++)
		pins->items[i].dirty = false;
	pins->changed = false;
	return 0;
}
