/* How a served chain differs from the intended one. */
#include "certroll/buf.h"
#include "certroll/chain.h"
#include "certroll/text.h"
#include <stdio.h>
#include <string.h>

enum { DIFFERENCE = 256 };

static bool same(const struct cert *a, const struct cert *b)
{
	return memcmp(a->sha256, b->sha256, CERT_HASH) == 0;
}

static int find(const struct chain *chain, const struct cert *cert)
{
	for (size_t i = 0; i < chain->count; i++)
		if (same(chain->certs[i], cert))
			return (int)i;
	return CHAIN_NONE;
}

static void say_other(const struct cert *intended, const struct cert *served, char *difference)
{
	char until[32], served_until[32];

	snprintf(difference, DIFFERENCE,
		 "another leaf is served: '%s' (until %s, serial %.16s), not '%s' (until %s)",
		 served->display, text_time(served->not_after, served_until), served->serial,
		 intended->display, text_time(intended->not_after, until));
}

/* "2, 1, 3": where the intended certificates stand among the served ones. */
static void say_order(const struct chain *intended, const struct chain *served, char *difference)
{
	auto_buf order = BUF_MAX(128);

	for (size_t i = 0; i < intended->count; i++) {
		int at = find(served, intended->certs[i]);

		/* Too long for the buffer is too long for the sentence: the rest goes unsaid. */
		if (at >= 0 && buf_addf(&order, "%s%d", order.len ? ", " : "", at + 1))
			break;
	}
	snprintf(difference, DIFFERENCE,
		 "the certificates are served in another order; right would be: %s",
		 buf_text(&order));
}

/* The first certificate that is missing, then the first that is too much, then order. */
static void say_partial(const struct chain *intended, size_t needed, const struct chain *served,
			char *difference)
{
	for (size_t i = 0; i < needed; i++)
		if (find(served, intended->certs[i]) == CHAIN_NONE) {
			snprintf(difference, DIFFERENCE, "certificate %zu is missing: '%s'", i + 1,
				 intended->certs[i]->display);
			return;
		}
	for (size_t i = 0; i < served->count; i++) {
		bool foreign = find(intended, served->certs[i]) == CHAIN_NONE;

		if (!foreign && find(served, served->certs[i]) == (int)i)
			continue;
		snprintf(difference, DIFFERENCE, "certificate %zu is %s: '%s'", i + 1,
			 foreign ? "not part of the chain" : "served twice",
			 served->certs[i]->display);
		return;
	}
	say_order(intended, served, difference);
}

enum chain_match chain_compare(const struct chain *intended, const struct chain *served,
			       char difference[DIFFERENCE])
{
	size_t last = intended->count - 1;
	/* RFC 8446 4.4.2: the trust anchor may be left out. */
	size_t needed = last && intended->certs[last]->self_signed ? last : intended->count;
	size_t equal = 0;

	difference[0] = '\0';
	while (equal < intended->count && equal < served->count &&
	       same(intended->certs[equal], served->certs[equal]))
		equal++;
	if (equal == served->sent && equal >= needed)
		return CHAIN_EXACT;
	if (find(served, intended->certs[0]) == CHAIN_NONE) {
		say_other(intended->certs[0], chain_leaf(served), difference);
		return CHAIN_OTHER;
	}
	/* A TLS client takes the first certificate as the leaf, whatever follows. */
	say_partial(intended, needed, served, difference);
	return CHAIN_PARTIAL;
}
