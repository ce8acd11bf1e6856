/*
 * rollout: what the files of the roll-out share.  plan.c decides, order.c puts into order, rollout.c
 * runs, conclude.c finds the words for what was proved.
 */
#ifndef APP_ROLLOUT_H
#define APP_ROLLOUT_H

#include "certroll/signals.h"
#include "certroll/site.h"

/* What is true of the device now, in one sentence. */
void conclude(struct result *result, enum outcome outcome, const char *format, ...)
	PRINTF_LIKE(3, 4);

/* Nothing was changed, and this is why. */
void conclude_failure(struct result *result);

/* What one endpoint serves that is not wanted, in words; and that all is proved. */
void describe_endpoint(const struct endpoint *endpoint, char *out, size_t size);
void conclude_proved(struct site *site, struct result *result);

/* Once more what is served, without patience. */
void queue_look(struct result *result);

/* After an installation: what the handshakes showed decides, what the box said stands beside it. */
void conclude_one(struct site *site, struct result *result);

/* After the trust pass: only who failed is concluded, or everybody where that was all. */
void conclude_trust(struct site *site, struct result *result);

/* Its turn did not come, and this is why. */
void conclude_unbegun(struct result *result, enum outcome outcome, const char *why);

/* After the second look at what was proved before. */
void conclude_again(struct site *site, struct result *result);

/* The first thing served that was not wanted, in words; "" when all is exact. */
void describe_served(const struct result *result, char *out, size_t size);

/* Serves each endpoint exactly what was wanted? */
bool all_exact(const struct result *result);

/* The services with this proof: "https, sips". */
void list_endpoints(const struct result *result, char *out, size_t size, enum proof proof);

/* After the look: nothing to do, something to do, or no way to tell. */
void plan_one(struct site *site, struct result *result);

/* What to know before this device is changed; appended to its warnings. */
void warn_before(struct site *site, struct result *result);

/* Is its window closed, and does anybody care? */
bool must_wait(const struct site *site, const struct result *result);
void conclude_waiting(struct result *result);

/* The results with this outcome in the order of the roll-out; @p order holds site->count. */
size_t in_order(struct site *site, enum outcome outcome, struct result **order);

/* Is there work to begin?  No: it is concluded already, or held, which concludes it. */
bool begins(struct result *result);

/* A job that identifies the device and looks at its endpoints. */
void start_job(struct site *site, struct result *result);

/* Walk the jobs of these results; an interruption is noted in the site and no error. */
int run_jobs(struct site *site, struct result *const *order, size_t count,
	     struct err *err) MUST_CHECK;

/* Look again, later, at what was proved. */
int recheck(struct site *site, struct result *const *order, size_t count,
	    struct err *err) MUST_CHECK;

/* What was done is reported in any case; what cannot be kept is an error beside it. */
void save_pins(struct site *site);

#endif
