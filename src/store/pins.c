#include "certroll/pins.h"
#include "certroll/buf.h"
#include "certroll/file.h"
#include "certroll/secret.h"
#include "certroll/text.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_NAME = 400 };

struct pin {
	char *device;
	unsigned char key[PIN_HASH];
	int64_t since;
};

struct pins {
	char *path;
	struct pin *items;
	size_t count;
	bool changed;
};

static struct pin *pin_find(const struct pins *pins, const char *device)
{
	for (size_t i = 0; i < pins->count; i++)
		if (strcmp(pins->items[i].device, device) == 0)
			return &pins->items[i];
	return NULL;
}

static bool parse_key(const char *hex, unsigned char key[PIN_HASH])
{
	if (strlen(hex) != 2 * PIN_HASH)
		return false;
	for (size_t i = 0; i < PIN_HASH; i++) {
		unsigned value;

		if (strspn(hex + 2 * i, "0123456789abcdef") < 2 ||
		    sscanf(hex + 2 * i, "%2x", &value) != 1)
			return false;
		key[i] = (unsigned char)value;
	}
	return true;
}

static void add(struct pins *pins, const char *device, const unsigned char key[PIN_HASH],
		int64_t since)
{
	struct pin *pin;

	pins->items = mem_grow(pins->items, pins->count, sizeof *pins->items);
	pin = &pins->items[pins->count++];
	*pin = (struct pin){ .device = text_copy(device), .since = since };
	memcpy(pin->key, key, PIN_HASH);
}

static int parse_line(struct pins *pins, const char *line, int number, struct err *err)
{
	char device[MAX_NAME + 1], hex[2 * PIN_HASH + 1];
	unsigned char key[PIN_HASH];
	long long since;

	if (*line == '\0' || *line == '#')
		return 0;
	if (sscanf(line, "%400s sha256:%64s %lld", device, hex, &since) != 3 ||
	    !parse_key(hex, key))
		return err_set(err, ERR_CONFIG,
			       "%s:%d: this is not a pin; delete the line, and the device will be "
			       "treated as unknown",
			       pins->path, number);
	add(pins, device, key, since);
	return 0;
}

static int parse(struct pins *pins, char *text, struct err *err)
{
	char *rest = text, *line;
	int number = 0;

	while ((line = strsep(&rest, "\n")))
		if (parse_line(pins, line, ++number, err))
			return -1;
	return 0;
}

static int read_file(struct pins *pins, struct err *err)
{
	auto_secret text = { 0 };
	struct stat status;

	if (stat(pins->path, &status) && errno == ENOENT)
		return 0;
	if (secret_load(&text, pins->path, PINS_MAX_BYTES, NULL, err))
		return -1;
	if (status.st_mode & (S_IWGRP | S_IWOTH))
		return err_set(
			err, ERR_CONFIG,
			"%s: others may write it, so it proves nothing; compare its lines, then "
			"chmod 600 it",
			pins->path);
	return parse(pins, text.bytes, err);
}

struct pins *pins_load(const char *path, struct err *err)
{
	struct pins *pins = mem_alloc(sizeof *pins);

	pins->path = text_copy(path);
	if (path && read_file(pins, err)) {
		pins_free(pins);
		return NULL;
	}
	return pins;
}

void pins_free(struct pins *pins)
{
	if (!pins)
		return;
	for (size_t i = 0; i < pins->count; i++)
		mem_free(pins->items[i].device);
	mem_free(pins->items);
	mem_free(pins->path);
	mem_free(pins);
}

const unsigned char *pins_find(const struct pins *pins, const char *device)
{
	const struct pin *pin = pin_find(pins, device);

	return pin ? pin->key : NULL;
}

void pins_set(struct pins *pins, const char *device, const unsigned char key[PIN_HASH], int64_t now)
{
	struct pin *pin = pin_find(pins, device);

	if (pin && memcmp(pin->key, key, PIN_HASH) == 0)
		return;
	pins->changed = true;
	if (!pin) {
		add(pins, device, key, now);
		return;
	}
	memcpy(pin->key, key, PIN_HASH);
	pin->since = now;
}

static int encode(const struct pins *pins, struct buf *out)
{
	char hex[2 * PIN_HASH + 1];

	if (buf_addf(out, "# certroll: public keys of devices\n"))
		return -1;
	for (size_t i = 0; i < pins->count; i++) {
		const struct pin *pin = &pins->items[i];

		text_hex(pin->key, PIN_HASH, hex);
		if (buf_addf(out, "%s sha256:%s %lld\n", pin->device, hex, (long long)pin->since))
			return -1;
	}
	return 0;
}

int pins_save(struct pins *pins, struct err *err)
{
	auto_buf text = BUF_MAX(PINS_MAX_BYTES);

	if (!pins->changed || !pins->path)
		return 0;
	if (encode(pins, &text))
		return err_set(err, ERR_LIMIT, "%s: too many pins", pins->path);
	if (file_make_folders(pins->path, err) ||
	    file_write(pins->path, text.data, text.len, FILE_PRIVATE, err))
		return -1;
	pins->changed = false;
	return 0;
}
