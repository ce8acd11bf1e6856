/* fault: names, arguments and where each kind applies. */
#include "fault.h"

#include "text.h"

#include <event2/buffer.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define HOUR_MS 3600000
#define YEAR_S  INT64_C(31536000)

/* Kinds without an argument have equal limits. */
/* clang-format off */
static const struct kind {
	const char *name;
	enum step step;
	int64_t preset, min, max;
	const char *help;
} kinds[FAULT_COUNT] = {
	[FAULT_BLACKLIST] = { "blacklist", STEP_ANY, 5, 1, 1000,
		"drop connections after :N bad requests within a minute" },
	[FAULT_BOOT_TIME] = { "boot-time", STEP_RESET, 2000, 1, HOUR_MS,
		"refuse connections for :MS after a reset" },
	[FAULT_BUSY] = { "busy", STEP_STATE, 3, 1, 1000000,
		"say busy :N times, and again after each upload; @STEP: with 503" },
	[FAULT_CUT_BODY] = { "cut-body", STEP_UPLOAD, 0, 0, 0,
		"close in the middle of the reply's body" },
	[FAULT_DROP_INTERMEDIATE] = { "drop-intermediate", STEP_UPLOAD, 0, 0, 0,
		"serve the upload without its first intermediate" },
	[FAULT_EXPIRE_TOKEN] = { "expire-token", STEP_UPLOAD, 1, 1, 1000,
		"let a token end early, :N times" },
	[FAULT_FAIL_BUT_INSTALL] = { "fail-but-install", STEP_UPLOAD, 0, 0, 0,
		"answer an error and serve the upload nevertheless" },
	[FAULT_FORGET_SAVE] = { "forget-save", STEP_SAVE, 0, 0, 0,
		"answer ok and save nothing: a restart loses it" },
	[FAULT_KEEP_OLD] = { "keep-old", STEP_UPLOAD, 0, 0, 0,
		"answer ok and go on serving the old certificate" },
	[FAULT_NEED_RESET] = { "need-reset", STEP_UPLOAD, 0, 0, 0,
		"serve the upload only after a reset" },
	[FAULT_NEVER_ANSWER] = { "never-answer", STEP_ANY, 0, 0, 0,
		"read the request, never act on it or reply; @tls: no handshake" },
	[FAULT_NO_NATIVE_AUTH] = { "no-native-auth", STEP_ANY, 0, 0, 0,
		"send a login page instead of asking for credentials" },
	[FAULT_PENDING_RESET] = { "pending-reset", STEP_ANY, 0, 0, 0,
		"want somebody else's reset from the start" },
	[FAULT_QUOTA_FULL] = { "quota-full", STEP_ANY, 0, 0, 0,
		"have all places for certificates taken by others" },
	[FAULT_REFUSE] = { "refuse", STEP_UPLOAD, 0, 0, 0,
		"answer an error and change nothing" },
	[FAULT_REFUSE_LOGIN] = { "refuse-login", STEP_ANY, 0, 0, 0,
		"refuse all credentials" },
	[FAULT_REQUIRES_CLIENT_CERT] = { "requires-client-cert", STEP_TLS, 0, 0, 0,
		"demand a client certificate, any will do" },
	[FAULT_RESET_CONNECTION] = { "reset-connection", STEP_ANY, 0, 0, 0,
		"act, then send a TCP reset instead of the reply" },
	[FAULT_REVERT_LATER] = { "revert-later", STEP_UPLOAD, 5, 1, YEAR_S,
		"go back to the old certificate after :SECONDS" },
	[FAULT_SLOW] = { "slow", STEP_ANY, 3000, 1, HOUR_MS,
		"wait :MS before each reply; @tls: before the handshake" },
	[FAULT_SWAP_IDENTITY] = { "swap-identity", STEP_ANY, 0, 0, 0,
		"be another box: other name and hardware id" },
	[FAULT_TLS10_ONLY] = { "tls10-only", STEP_TLS, 0, 0, 0,
		"speak TLS 1.0 and nothing newer" },
	[FAULT_WRONG_CLOCK] = { "wrong-clock", STEP_ANY, -YEAR_S, -20 * YEAR_S, 20 * YEAR_S,
		"let the box's clock be off by :SECONDS" },
	[FAULT_WRONG_ORDER] = { "wrong-order", STEP_UPLOAD, 0, 0, 0,
		"serve the upload with its second and last certificate exchanged" },
};
/* clang-format on */

static const char *const steps[STEP_COUNT] = {
	[STEP_ANY] = "any",
	[STEP_TLS] = "tls",
	[STEP_INFO] = "info",
	[STEP_LOGIN] = "login",
	[STEP_STATE] = "state",
	[STEP_DOWNLOAD] = "download",
	[STEP_UPLOAD] = "upload",
	[STEP_TRUST] = "trust",
	[STEP_TRUSTED] = "trusted",
	[STEP_TICK] = "tick",
	[STEP_UNTRUST] = "untrust",
	[STEP_CLEAR] = "clear",
	[STEP_RESET] = "reset",
	[STEP_WEBSOCKET] = "websocket",
	[STEP_CHALLENGE] = "challenge",
	[STEP_KEY] = "key",
	[STEP_RESULT] = "result",
	[STEP_STORE] = "store",
	[STEP_SELECT] = "select",
	[STEP_SAVE] = "save",
	[STEP_RENEW] = "renew",
	[STEP_LOGOUT] = "logout",
	[STEP_OTHER] = "other",
};

const char *step_name(enum step step)
{
	return steps[step];
}

const char *fault_name(enum fault_kind kind)
{
	return kinds[kind].name;
}

static bool find_kind(const char *name, enum fault_kind *kind)
{
	for (int i = 0; i < FAULT_COUNT; i++) {
		if (strcmp(kinds[i].name, name) == 0) {
			*kind = (enum fault_kind)i;
			return true;
		}
	}
	return false;
}

static bool find_step(const char *name, enum step *step)
{
	for (int i = 0; i < STEP_COUNT; i++) {
		if (strcmp(steps[i], name) == 0) {
			*step = (enum step)i;
			return true;
		}
	}
	return false;
}

/* Cut the text at the mark and return what follows it, or NULL. */
static char *cut_after(char *text, char mark)
{
	char *found = strchr(text, mark);

	if (!found)
		return NULL;
	*found = '\0';
	return found + 1;
}

int fault_parse(const char *text, struct fault *fault, struct err *err)
{
	char copy[128];

	if (snprintf(copy, sizeof(copy), "%s", text) >= (int)sizeof(copy))
		return err_set(err, "fault longer than %zu characters", sizeof(copy) - 1);
	const char *argument = cut_after(copy, ':');
	const char *step = cut_after(copy, '@');
	if (!find_kind(copy, &fault->kind))
		return err_set(err, "no fault \"%s\"", copy);
	const struct kind *kind = &kinds[fault->kind];
	fault->step = kind->step;
	fault->argument = kind->preset;
	if (step && !find_step(step, &fault->step))
		return err_set(err, "%s: no step \"%s\"", kind->name, step);
	if (argument && kind->min == kind->max)
		return err_set(err, "%s takes no argument", kind->name);
	if (argument && !text_number(argument, kind->min, kind->max, &fault->argument))
		return err_set(err, "%s: argument must be %lld..%lld", kind->name,
			       (long long)kind->min, (long long)kind->max);
	return 0;
}

void faults_add(struct faults *faults, const struct fault *fault)
{
	faults->rows[fault->kind] = *fault;
	faults->present[fault->kind] = true;
}

const struct fault *faults_find(const struct faults *faults, enum fault_kind kind, enum step step)
{
	if (!faults || !faults->present[kind])
		return NULL;
	const struct fault *fault = &faults->rows[kind];
	if (step == STEP_ANY || fault->step == step)
		return fault;
	/* a fault of every request must not keep the request from coming */
	return fault->step == STEP_ANY && step != STEP_TLS ? fault : NULL;
}

void fault_help(struct evbuffer *out)
{
	for (int i = 0; i < FAULT_COUNT; i++) {
		evbuffer_add_printf(out, "  %-21s %s", kinds[i].name, kinds[i].help);
		if (kinds[i].min != kinds[i].max)
			evbuffer_add_printf(out, " (%lld)", (long long)kinds[i].preset);
		if (kinds[i].step != STEP_ANY)
			evbuffer_add_printf(out, " [%s]", steps[kinds[i].step]);
		evbuffer_add_printf(out, "\n");
	}
	evbuffer_add_printf(out, "Steps:");
	for (int i = 0; i < STEP_COUNT; i++)
		evbuffer_add_printf(out, " %s", steps[i]);
	evbuffer_add_printf(out, "\n");
}
