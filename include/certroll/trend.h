/**
 * @file
 * trend: what audits saw over the time, for people and programs, on standard output.
 *
 * Layer: app.
 */
#ifndef CERTROLL_TREND_H
#define CERTROLL_TREND_H

#include "certroll/audits.h"
#include "certroll/report.h"

enum { TREND_AUDITS = 100 };

/** The newest audits, of an inventory or (NULL) of all, at most TREND_AUDITS; journal NULL: none. */
int trend_audits(struct journal *journal, const char *inventory, enum report_format format,
		 struct err *err) MUST_CHECK;

/** What the endpoints of a device served, and since when.  ERR_USAGE when no audit saw one of that name. */
int trend_endpoint(struct journal *journal, const char *inventory, const char *device,
		   enum report_format format, struct err *err) MUST_CHECK;

/** @name For programs: schema 1, names only ever get more.
 * @{ */
void trend_audits_json(const struct audit *audits, size_t count);
void trend_sightings_json(const struct sighting *sightings, size_t count);
/** @} */

#endif
