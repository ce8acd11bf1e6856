/* The columns of every report.  docs/reports.md explains them, in this order. */
#include "certroll/report.h"
#include "certroll/table.h"
#include "certroll/text.h"
#include "markup.h"
#include <inttypes.h>
#include <stdio.h>

static void put_number(struct buf *out, int64_t number)
{
	char digits[24];

	snprintf(digits, sizeof digits, "%" PRId64, number);
	put(out, digits);
}

static void put_text(struct buf *out, const char *text)
{
	put(out, text ? text : "");
}

static void put_hash(struct buf *out, const unsigned char sha256[CERT_HASH])
{
	char hex[2 * CERT_HASH + 1];

	text_hex(sha256, CERT_HASH, hex);
	put(out, hex);
}

static void put_end(struct buf *out, const struct cert *cert)
{
	char when[32];

	if (cert)
		put(out, text_time(cert->not_after, when));
}

static void put_days(struct buf *out, const struct row *row, const struct cert *cert)
{
	if (cert)
		put_number(out, row_days(row, cert));
}

#define COLUMN(name) static void put_##name(const struct row *row, struct buf *out)

COLUMN(device)
{
	put_text(out, row->result->device->name);
}

COLUMN(service)
{
	put_text(out, row->endpoint ? row->endpoint->service->name : NULL);
}

COLUMN(name)
{
	put_text(out, row->name);
}

COLUMN(address)
{
	auto_free char *address = row->endpoint ? endpoint_address(row->endpoint) : NULL;

	put_text(out, address);
}

COLUMN(state)
{
	put_text(out, row->endpoint ? endpoint_state(row->endpoint) : "unknown");
}

COLUMN(standing)
{
	put_text(out, standing_name(row->standing));
}

COLUMN(outcome)
{
	put_text(out, outcome_name(row->result->outcome));
}

COLUMN(leaf_sha256)
{
	if (row->leaf)
		put_hash(out, row->leaf->sha256);
}

COLUMN(leaf)
{
	put_text(out, row->leaf ? row->leaf->display : NULL);
}

COLUMN(issuer)
{
	put_text(out, row->leaf ? row->leaf->issuer : NULL);
}

COLUMN(serial)
{
	put_text(out, row->leaf ? row->leaf->serial : NULL);
}

COLUMN(not_after)
{
	put_end(out, row->leaf);
}

COLUMN(days_left)
{
	put_days(out, row, row->leaf);
}

COLUMN(chain_not_after)
{
	put_end(out, row->chain_end);
}

COLUMN(chain_days_left)
{
	put_days(out, row, row->chain_end);
}

COLUMN(chain_ends)
{
	put_text(out, row->chain_end ? row->chain_end->display : NULL);
}

COLUMN(path_not_after)
{
	put_end(out, row->path_end);
}

COLUMN(path_days_left)
{
	put_days(out, row, row->path_end);
}

COLUMN(path_ends)
{
	put_text(out, row->path_end ? row->path_end->display : NULL);
}

COLUMN(tls_version)
{
	put_text(out, row->served ? row->served->tls_version : NULL);
}

COLUMN(changed)
{
	bool known = row->change && row->change->looked;
	auto_free char *words = known ? changed_words(row->change->what) : NULL;

	put_text(out, known ? words : "unknown");
}

COLUMN(changes)
{
	put_text(out, row->change ? row->change->sentence : NULL);
}

COLUMN(changed_since)
{
	char when[32];

	if (row->change && row->change->looked)
		put(out, text_time(row->change->since, when));
}

COLUMN(finding_ids)
{
	for (size_t i = 0; i < row->finding_count; i++) {
		put(out, i ? " " : "");
		put(out, row->findings[i].id);
	}
}

COLUMN(detail)
{
	put_text(out, row->leaf || row->standing == STANDING_WELL ? NULL
		      : row->served && row->served->failure       ? row->served->failure
								  : row->result->sentence);
}

#undef COLUMN
#define TEXT(name)                                                                                 \
	{                                                                                          \
#name, false, put_##name                                                           \
	}
#define NUMBER(name)                                                                               \
	{                                                                                          \
#name, true, put_##name                                                            \
	}

/* clang-format off */
const struct column columns[] = {
	TEXT(device), TEXT(service), TEXT(name), TEXT(address), TEXT(state), TEXT(standing),
	TEXT(outcome), TEXT(leaf_sha256), TEXT(leaf), TEXT(issuer), TEXT(serial),
	TEXT(not_after), NUMBER(days_left),
	TEXT(chain_not_after), NUMBER(chain_days_left), TEXT(chain_ends),
	TEXT(path_not_after), NUMBER(path_days_left), TEXT(path_ends),
	TEXT(tls_version), TEXT(changed), TEXT(finding_ids), TEXT(detail), TEXT(changes),
	TEXT(changed_since),
	{ 0 },
};
/* clang-format on */
