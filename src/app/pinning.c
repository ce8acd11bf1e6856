#include "certroll/pinning.h"
#include "certroll/driver.h"
#include "certroll/exit.h"
#include <string.h>

enum { BASE64_BITS = 6, BASE64_CHARS = 43 };

/* The driver's open steps: all that may be asked of a stranger.  Owned; NULL: there are none. */
static struct step *open_steps(const struct driver *driver)
{
	struct step *steps = NULL;
	size_t count = 0;

	for (const struct step *step = driver->identify; step && step->name; step++) {
		if (!step->open || step->changes)
			continue;
		steps = mem_grow(steps, count, sizeof *steps);
		steps[count++] = *step;
	}
	if (count)
		steps = mem_grow(steps, count, sizeof *steps); /* the empty row at the end */
	if (count)
		steps[count] = (struct step){ 0 };
	return steps;
}

static void begin(struct site *site, struct pinning *pinning, const struct device *device)
{
	const unsigned char *known;

	pinning->device = device;
	pinning->pin = identity_pin(device);
	known = pins_find(site->pins, pinning->pin);
	if (known)
		memcpy(pinning->known, known, PIN_HASH);
	pinning->known_identity = text_copy(pins_identity(site->pins, pinning->pin));
	pinning->since = pins_since(site->pins, pinning->pin);
	pinning->service = (struct service){ .name = "admin", .port = device->port };
}

/* What a box calls itself and the key it shows come over one connection. */
static void begin_job(struct pinning *pinning, const struct step *steps)
{
	struct endpoint *endpoint = &pinning->endpoint;
	const struct device *device = pinning->device;

	*endpoint = (struct endpoint){ .device = device,
				       .service = &pinning->service,
				       .sni = host_is_address(device->host) ? "" : device->host };
	pinning->job = job_new_look(endpoint);
	pinning->job->state = mem_alloc(device->driver->state_size);
	pinning->job->dry = true;
	job_restart(pinning->job);
	job_queue(pinning->job, steps, false);
	job_queue(pinning->job, verify_look, false);
}

static const unsigned char *shown_key(const struct pinning *pinning)
{
	const struct served *seen = &pinning->endpoint.before;

	return seen->chain && seen->completed ? chain_leaf(seen->chain)->key_sha256 : NULL;
}

static bool same_identity(const struct pinning *pinning)
{
	const char *identity = job_known(pinning->job, FACT_IDENTITY);

	if (!pinning->known_identity)
		return true;
	/* A driver without open steps reads it after the log-on only. */
	return !identity || strcmp(identity, pinning->known_identity) == 0;
}

static enum pin_state judge(const struct site *site, const struct pinning *pinning)
{
	auto_free char *coming = text_format("%s" PIN_NEXT, pinning->pin);
	const unsigned char *next = pins_find(site->pins, coming);
	const unsigned char *key = shown_key(pinning);

	if (!key)
		return PIN_UNSEEN;
	if (pinning->since && memcmp(pinning->known, key, PIN_HASH) == 0)
		return same_identity(pinning) ? PIN_KNOWN : PIN_OTHER;
	if (next && memcmp(next, key, PIN_HASH) == 0)
		return same_identity(pinning) ? PIN_COMING : PIN_OTHER;
	return pinning->since ? PIN_CHANGED : PIN_NEW;
}

static int run(struct site *site, struct pinnings *out, struct err *err)
{
	auto_free struct job **jobs = mem_alloc((out->count + 1) * sizeof *jobs);
	auto_free struct step **steps = mem_alloc((out->count + 1) * sizeof *steps);
	struct err stop = { 0 };
	int status;

	for (size_t i = 0; i < out->count; i++) {
		steps[i] = open_steps(out->items[i].device->driver);
		begin_job(&out->items[i], steps[i]);
		jobs[i] = out->items[i].job;
	}
	site->shows_keys = true;
	status = engine_run(site->engine, jobs, out->count, &stop);
	site->shows_keys = false;
	for (size_t i = 0; i < out->count; i++)
		mem_free(steps[i]);
	out->interrupted = status && stop.code == ERR_INTERRUPT;
	if (!status || out->interrupted)
		return 0;
	*err = stop;
	return -1;
}

int pinnings_look(struct site *site, struct pinnings *out, struct err *err)
{
	out->items = mem_alloc((site->count + 1) * sizeof *out->items);
	out->count = site->count;
	for (size_t i = 0; i < site->count; i++)
		begin(site, &out->items[i], site->results[i].device);
	if (run(site, out, err))
		return -1;
	for (size_t i = 0; i < out->count; i++)
		out->items[i].state = judge(site, &out->items[i]);
	engine_free(take(site->engine));
	return 0;
}

void pinnings_free(struct pinnings *pinnings)
{
	for (size_t i = 0; i < pinnings->count; i++) {
		job_free(pinnings->items[i].job);
		endpoint_clear(&pinnings->items[i].endpoint);
		mem_free(pinnings->items[i].pin);
		mem_free(pinnings->items[i].known_identity);
	}
	mem_free(pinnings->items);
	*pinnings = (struct pinnings){ 0 };
}

bool pinning_note(struct site *site, struct pinning *pinning)
{
	auto_free char *coming = text_format("%s" PIN_NEXT, pinning->pin);
	const char *identity = job_known(pinning->job, FACT_IDENTITY);
	const unsigned char *key = shown_key(pinning);

	if (!key)
		return false;
	pins_set(site->pins, pinning->pin, key, site->now);
	pins_identify(site->pins, pinning->pin, identity && *identity ? identity : NULL);
	pins_drop(site->pins, coming);
	return pinning->noted = true;
}

const char *pin_state_name(enum pin_state state)
{
	static const char *const names[PIN_STATES] = {
		[PIN_UNSEEN] = "unreachable", [PIN_KNOWN] = "known",
		[PIN_COMING] = "coming",      [PIN_NEW] = "new",
		[PIN_CHANGED] = "changed",    [PIN_OTHER] = "other-box",
	};

	return names[state];
}

void pinning_base64(const unsigned char key[PIN_HASH], char out[PINNING_BASE64])
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *end = out + sizeof "SHA256:" - 1;

	memcpy(out, "SHA256:", sizeof "SHA256:");
	for (size_t i = 0; i < BASE64_CHARS; i++) {
		size_t bit = i * BASE64_BITS, at = bit / 8;
		unsigned pair = (unsigned)key[at] << 8 | (at + 1 < PIN_HASH ? key[at + 1] : 0);

		*end++ = digits[pair >> (10 - bit % 8) & 63];
	}
	*end = '\0';
}

void pinning_groups(const unsigned char key[PIN_HASH], char out[PINNING_GROUPS])
{
	char hex[2 * PIN_HASH + 1];
	size_t used = 0;

	text_hex(key, PIN_HASH, hex);
	for (size_t i = 0; i < 2 * PIN_HASH; i++) {
		if (i && i % 4 == 0)
			out[used++] = ' ';
		out[used++] = hex[i];
	}
	out[used] = '\0';
}

int pinnings_exit_status(const struct pinnings *pinnings)
{
	size_t open = 0, unseen = 0;

	for (size_t i = 0; i < pinnings->count; i++) {
		const struct pinning *one = &pinnings->items[i];

		unseen += one->state == PIN_UNSEEN;
		open += !one->noted && one->state >= PIN_NEW;
	}
	if (pinnings->interrupted)
		return EXIT_INTERRUPTED;
	return open ? EXIT_FINDINGS : unseen ? EXIT_UNREACHABLE : EXIT_WELL;
}
