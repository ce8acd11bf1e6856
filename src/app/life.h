/*
 * life: which certificate ends first, of those sent and of those on the way to the trust anchor.
 * Private to the app.
 */
#ifndef APP_LIFE_H
#define APP_LIFE_H

#include "certroll/rules.h"

/* The one of those sent that ends first. */
const struct cert *chain_first_end(const struct chain *chain);

/* The one that ends first between leaf and anchor, both included; NULL: no path to an anchor. */
const struct cert *path_first_end(const struct chain *chain);

/*
 * Append what is to be said of these two.  The leaf is the business of V4, a certificate of the path
 * that has ended that of V1.
 */
void judge_life(const struct chain *chain, const struct judgement *judgement, const char *place,
		struct findings *findings);

#endif
