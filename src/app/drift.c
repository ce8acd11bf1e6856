#include "drift.h"
#include "certroll/buf.h"
#include "certroll/driver.h"
#include "certroll/report.h"
#include "certroll/text.h"
#include <stdlib.h>
#include <string.h>

enum { NAMED = 5, LIST_MAX = 1024 };

static int by_chain(const void *a, const void *b)
{
	const struct endpoint *left = *(const struct endpoint *const *)a;
	const struct endpoint *right = *(const struct endpoint *const *)b;
	int order = memcmp(left->before.chain->sha256, right->before.chain->sha256, CERT_HASH);

	return order ? order : (left > right) - (left < right);
}

static bool drifted(const struct endpoint *endpoint)
{
	return endpoint->before.chain && endpoint->proof > PROOF_EXACT && !endpoint->after_only &&
	       !device_makes_own(endpoint->device);
}

static size_t collect(const struct site *site, const struct endpoint **list)
{
	size_t count = 0;

	for (size_t i = 0; i < site->count; i++)
		for (size_t j = 0; j < site->results[i].endpoint_count; j++)
			if (drifted(&site->results[i].endpoints[j])) {
				if (list)
					list[count] = &site->results[i].endpoints[j];
				count++;
			}
	return count;
}

/* "pbx1 https, ap1 https and 7 more". */
static void list_names(struct buf *out, const struct endpoint *const *group, size_t count)
{
	size_t named = count > NAMED + 1 ? NAMED : count;

	for (size_t i = 0; i < named; i++)
		if (buf_addf(out, "%s%.80s %s", i ? ", " : "", group[i]->device->name,
			     group[i]->service->name))
			return;
	if (named < count && buf_addf(out, " and %zu more", count - named))
		return;
}

static void tell_group(struct site *site, const struct endpoint *const *group, size_t count)
{
	const struct cert *leaf = chain_leaf(group[0]->before.chain);
	auto_buf names = BUF_MAX(LIST_MAX);
	char hex[2 * CERT_HASH + 1], until[32];

	list_names(&names, group, count);
	text_hex(leaf->sha256, CERT_HASH, hex);
	findings_add(&site->findings, "drift", SEVERITY_NOTE, NULL, "Deploy the bundle to them.",
		     "%zu endpoint%s serve%s '%s' (SHA-256 %.16s..., until %.10s) %s: %s", count,
		     count == 1 ? "" : "s", count == 1 ? "s" : "", leaf->display, hex,
		     text_time(leaf->not_after, until),
		     group[0]->proof == PROOF_PARTIAL ? "with another chain than the bundle's"
						      : "instead of the bundle",
		     buf_text(&names));
}

void drift_find(struct site *site)
{
	size_t count = collect(site, NULL), end;
	auto_free const struct endpoint **list = mem_alloc((count + 1) * sizeof *list);

	collect(site, list);
	qsort(list, count, sizeof *list, by_chain);
	for (size_t i = 0; i < count; i = end) {
		for (end = i + 1; end < count; end++)
			if (list[end]->before.chain != list[i]->before.chain)
				break;
		tell_group(site, list + i, end - i);
	}
}
