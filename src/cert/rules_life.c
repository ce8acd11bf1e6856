/* V: for how long a certificate is made, by the day on which it was issued. */
#include "certroll/text.h"
#include "rule.h"
#include <inttypes.h>
#include <stdio.h>

/* 00:00:00 UTC of these days.  What a certificate says of its issue is notBefore. */
#define DAY_2019_07_01 INT64_C(1561939200)
#define DAY_2020_09_01 INT64_C(1598918400)
#define DAY_2026_03_15 INT64_C(1773532800)
#define DAY_2027_03_15 INT64_C(1805068800)
#define DAY_2029_03_15 INT64_C(1868227200)

enum { MOST_DAYS = 825 };

/* The usual way to miss a limit: notAfter is part of the lifetime, so "openssl -days 200" makes 201. */
static bool by_one_second(const struct cert *cert, int64_t days)
{
	return cert_lifetime(cert) == days * 86400 + 1;
}

static const char *life_text(const struct cert *cert, int64_t most, char out[80])
{
	if (by_one_second(cert, most))
		snprintf(out, 80, "%" PRId64 " days and 1 second (its last second counts too)",
			 most);
	else
		snprintf(out, 80, "%" PRId64 " days", cert_days(cert));
	return out;
}

struct limit {
	int64_t issued_since, days;
};

/* BR 6.3.2 (ballot SC-081v3).  Apple 102028 has the 398 days alone.  NULL: no limit. */
static const struct limit *public_limit(const struct view *view)
{
	static const struct limit limits[] = {
		{ DAY_2029_03_15, 47 },
		{ DAY_2027_03_15, 100 },
		{ DAY_2026_03_15, 200 },
		{ DAY_2020_09_01, 398 },
	};
	size_t first = view_column(view) == PROFILE_APPLE ? COUNT(limits) - 1 : 0;

	for (size_t i = first; view_public(view) && i < COUNT(limits); i++)
		if (view->leaf->not_before >= limits[i].issued_since)
			return &limits[i];
	return NULL;
}

static bool over_public_limit(const struct view *view)
{
	const struct limit *limit = public_limit(view);

	return limit && cert_days(view->leaf) > limit->days;
}

/*
 * Apple does not say whether the last second counts here, and Avaya ships notBefore plus 825 days:
 * that one second is a warning.
 */
static enum severity life_severity(const struct view *view)
{
	return by_one_second(view->leaf, MOST_DAYS) ? at_most_warning(view) : view->severity;
}

/* What V3 says is not said twice. */
static void life(const struct view *view)
{
	const struct cert *leaf = view->leaf;
	auto_free char *name = view_name(view, leaf);
	char text[80];

	if (leaf->not_before <= DAY_2019_07_01 || cert_days(leaf) <= MOST_DAYS)
		return;
	if (over_public_limit(view) && severity_of(view, "V3") >= view->severity)
		return;
	complain_as(view, life_severity(view), leaf,
		    "Have it issued for 825 days at most (openssl: -days 824).",
		    "the certificate of %s is made for %s; Apple's devices refuse more than 825, "
		    "from private CAs too",
		    name, life_text(leaf, MOST_DAYS, text));
}

const struct rule_test test_life = { life, false };

static void public_life(const struct view *view)
{
	const struct limit *limit = public_limit(view);
	auto_free char *name = view_name(view, view->leaf), *remedy = NULL;
	char text[80], since[32];

	if (!limit || !over_public_limit(view))
		return;
	remedy = text_format("Ask the CA for a certificate of %" PRId64 " days at most.",
			     limit->days);
	complain(view, view->leaf, remedy,
		 "the certificate of %s is made for %s; public CAs may issue for no more than "
		 "%" PRId64 " days since %.10s",
		 name, life_text(view->leaf, limit->days, text), limit->days,
		 text_time(limit->issued_since, since));
}

const struct rule_test test_public_life = { public_life, false };
