/* fault_random: which step of which box goes wrong is a matter of the seed alone. */
#include "fault.h"
#include "text.h"

#include <stddef.h>
#include <string.h>

#define PERCENT_MAX 100
#define BIT(step)   (1U << (step))

/* Whatever is answered can be answered late, by half, or not at all. */
#define REQUESTS                                                                                   \
	(BIT(STEP_INFO) | BIT(STEP_LOGIN) | BIT(STEP_STATE) | BIT(STEP_DOWNLOAD) |                 \
	 BIT(STEP_UPLOAD) | BIT(STEP_TRUST) | BIT(STEP_TRUSTED) | BIT(STEP_TICK) |                 \
	 BIT(STEP_UNTRUST) | BIT(STEP_CLEAR) | BIT(STEP_RESET) | BIT(STEP_WEBSOCKET) |             \
	 BIT(STEP_CHALLENGE) | BIT(STEP_KEY) | BIT(STEP_RESULT) | BIT(STEP_STORE) |                \
	 BIT(STEP_SELECT) | BIT(STEP_SAVE) | BIT(STEP_RENEW) | BIT(STEP_LOGOUT))

/* Arguments are short, so that a campaign of thousands of boxes ends today. */
static const struct lot_row {
	struct fault fault;
	unsigned steps;
} rows[] = {
	{ { FAULT_SLOW, STEP_ANY, 300 }, REQUESTS },
	{ { FAULT_CUT_BODY, STEP_ANY, 0 }, REQUESTS },
	{ { FAULT_RESET_CONNECTION, STEP_ANY, 0 }, REQUESTS | BIT(STEP_TLS) },
	{ { FAULT_NEVER_ANSWER, STEP_ANY, 0 }, REQUESTS | BIT(STEP_TLS) },
	{ { FAULT_BUSY, STEP_ANY, 1 }, REQUESTS & ~BIT(STEP_RESULT) },
	{ { FAULT_TLS10_ONLY, STEP_ANY, 0 }, BIT(STEP_TLS) },
	{ { FAULT_REQUIRES_CLIENT_CERT, STEP_ANY, 0 }, BIT(STEP_TLS) },
	{ { FAULT_REFUSE_LOGIN, STEP_ANY, 0 }, BIT(STEP_LOGIN) },
	{ { FAULT_KEEP_OLD, STEP_ANY, 0 }, BIT(STEP_UPLOAD) | BIT(STEP_CLEAR) },
	{ { FAULT_FAIL_BUT_INSTALL, STEP_ANY, 0 }, BIT(STEP_UPLOAD) },
	{ { FAULT_WRONG_ORDER, STEP_ANY, 0 }, BIT(STEP_UPLOAD) },
	{ { FAULT_DROP_INTERMEDIATE, STEP_ANY, 0 }, BIT(STEP_UPLOAD) },
	{ { FAULT_NEED_RESET, STEP_ANY, 0 }, BIT(STEP_UPLOAD) },
	{ { FAULT_REVERT_LATER, STEP_ANY, 2 }, BIT(STEP_UPLOAD) },
	{ { FAULT_BOOT_TIME, STEP_ANY, 1000 }, BIT(STEP_RESET) },
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

int fault_lot_parse(const char *text, struct fault_lot *lot, struct err *err)
{
	char seed[24];
	size_t length = strcspn(text, ":");
	int64_t percent = 0;

	if (!text[length] || length >= sizeof(seed))
		return err_set(err, "want SEED:RATE");
	memcpy(seed, text, length);
	seed[length] = '\0';
	if (!text_number(seed, 0, INT64_MAX, &lot->seed))
		return err_set(err, "the seed must be a number from 0 to %lld",
			       (long long)INT64_MAX);
	if (!text_number(text + length + 1, 0, PERCENT_MAX, &percent))
		return err_set(err, "the rate must be a percentage, 0 to %d", PERCENT_MAX);
	lot->percent = (unsigned)percent;
	return 0;
}

/* SplitMix64 (Steele, Lea, Flood 2014): neighbours in, strangers out. */
static uint64_t mix(uint64_t value)
{
	value += 0x9e3779b97f4a7c15U;
	value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9U;
	value = (value ^ value >> 27) * 0x94d049bb133111ebU;
	return value ^ value >> 31;
}

static const struct fault *pick(enum step step, uint64_t number)
{
	size_t fitting = 0;

	for (size_t i = 0; i < ROWS; i++)
		fitting += (rows[i].steps & BIT(step)) != 0;
	for (size_t i = 0; fitting && i < ROWS; i++)
		if (rows[i].steps & BIT(step) && !(number % fitting--))
			return &rows[i].fault;
	return NULL;
}

const struct fault *fault_draw(const struct fault_lot *lot, uint32_t address, enum step step)
{
	if (!lot->percent)
		return NULL;
	uint64_t number = mix(mix((uint64_t)lot->seed) ^ ((uint64_t)address << 8 | step));
	if (number % PERCENT_MAX >= lot->percent)
		return NULL;
	return pick(step, mix(number));
}
