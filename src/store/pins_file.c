#include "pins_file.h"
#include "certroll/buf.h"
#include "certroll/clock.h"
#include "certroll/file.h"
#include "certroll/secret.h"
#include "certroll/text.h"
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { MAX_NAME = 400, MAX_ENCODED = 3 * (PIN_MAX_IDENTITY + 3), LOCK_EVERY_MS = 20 };

static bool parse_byte(const char *hex, unsigned char *out)
{
	unsigned value;

	if (strspn(hex, "0123456789abcdef") < 2 || sscanf(hex, "%2x", &value) != 1)
		return false;
	*out = (unsigned char)value;
	return true;
}

static bool parse_key(const char *hex, unsigned char key[PIN_HASH])
{
	if (strlen(hex) != 2 * PIN_HASH)
		return false;
	for (size_t i = 0; i < PIN_HASH; i++)
		if (!parse_byte(hex + 2 * i, &key[i]))
			return false;
	return true;
}

/* A blank would end the field, so all but the plain characters are "%20". */
static char *decode(const char *text)
{
	auto_free char *out = mem_alloc(strlen(text) + 1);
	char *end = out;

	for (; *text; text++) {
		unsigned char byte = (unsigned char)*text;

		if (byte == '%') {
			if (!parse_byte(text + 1, &byte) || !byte)
				return NULL;
			text += 2;
		}
		*end++ = (char)byte;
	}
	return text_printable(out, (size_t)(end - out), PIN_MAX_IDENTITY);
}

static int encode(struct buf *out, const char *identity)
{
	for (; *identity; identity++) {
		unsigned char byte = (unsigned char)*identity;
		bool plain = byte < 0x80 && (isalnum(byte) || strchr("-._:", byte));

		if (buf_addf(out, plain ? "%c" : "%%%02x", byte))
			return -1;
	}
	return 0;
}

/* What stands behind the three fields of old: nothing, or id=. */
static bool parse_identity(struct pin *pin, const char *rest)
{
	if (*rest == '\0')
		return true;
	if (!text_starts(rest, " id=") || strlen(rest) > MAX_ENCODED || strchr(rest + 1, ' '))
		return false;
	pin->identity = decode(rest + strlen(" id="));
	return pin->identity;
}

static int parse_line(struct pins *pins, const char *line, int number, struct err *err)
{
	char device[MAX_NAME + 1], hex[2 * PIN_HASH + 1];
	unsigned char key[PIN_HASH];
	long long since;
	struct pin *pin;
	int end = 0;

	if (*line == '\0' || *line == '#')
		return 0;
	if (sscanf(line, "%400s sha256:%64s %lld%n", device, hex, &since, &end) == 3 &&
	    parse_key(hex, key)) {
		pin = pins_add(pins, device);
		memcpy(pin->key, key, PIN_HASH);
		pin->since = since;
		if (parse_identity(pin, line + end))
			return 0;
	}
	return err_set(err, ERR_CONFIG,
		       "%s:%d: this is not a pin; delete the line, and the device will be "
		       "treated as unknown",
		       pins->path, number);
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

int pins_read(struct pins *pins, struct err *err)
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

static int write_line(struct buf *out, const struct pin *pin)
{
	char hex[2 * PIN_HASH + 1];

	text_hex(pin->key, PIN_HASH, hex);
	if (buf_addf(out, "%s sha256:%s %lld", pin->device, hex, (long long)pin->since))
		return -1;
	if (pin->identity && (buf_addf(out, " id=") || encode(out, pin->identity)))
		return -1;
	return buf_addf(out, "\n");
}

int pins_write(const struct pins *pins, struct err *err)
{
	auto_buf text = BUF_MAX(PINS_MAX_BYTES);
	int full = buf_addf(&text, "# certroll: public keys of devices\n");

	for (size_t i = 0; i < pins->count && !full; i++)
		if (!pins->items[i].gone)
			full = write_line(&text, &pins->items[i]);
	if (full)
		return err_set(err, ERR_LIMIT, "%s: too many pins", pins->path);
	return file_write(pins->path, text.data, text.len, FILE_PRIVATE, err);
}

int pins_lock(const char *path, struct err *err)
{
	const struct timespec pause = { .tv_nsec = LOCK_EVERY_MS * 1000000L };
	auto_free char *name = text_format("%s.lock", path);
	int lock = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	int64_t deadline = clock_mono_ms() + PINS_LOCK_MS;

	if (lock < 0)
		return err_set(err, ERR_IO, "%s: %s", name, strerror(errno));
	while (flock(lock, LOCK_EX | LOCK_NB)) {
		int cause = errno;

		if ((cause == EWOULDBLOCK || cause == EINTR) && clock_mono_ms() < deadline) {
			nanosleep(&pause, NULL);
			continue;
		}
		close(lock);
		return err_set(err, ERR_IO, "%s: %s", name,
			       cause == EWOULDBLOCK
				       ? "another certroll holds it for too long; is one hanging?"
				       : strerror(cause));
	}
	return lock;
}

void pins_unlock(int lock)
{
	close(lock);
}
