/*
 * Who comes first.
 */
#include "rollout.h"
#include <stdlib.h>

/* Masters last: everything else hangs on them; the RP after the boxes it stands for. */
static int rank(enum role role)
{
	static const int ranks[] = {
		[ROLE_AP] = 0,         [ROLE_PBX_STANDBY] = 1, [ROLE_PBX_SLAVE] = 1,
		[ROLE_OTHER] = 2,      [ROLE_IP_OFFICE] = 2,   [ROLE_RP] = 3,
		[ROLE_PBX_MASTER] = 4,
	};

	return ranks[role];
}

static int by_rank(const void *a, const void *b)
{
	const struct result *left = *(struct result *const *)a, *right = *(struct result *const *)b;
	int difference = rank(left->device->role) - rank(right->device->role);

	return difference ? difference : (left > right) - (left < right);
}

/* The results with this outcome in the order of the roll-out. */
size_t in_order(struct site *site, enum outcome outcome, struct result **order)
{
	size_t count = 0;

	for (size_t i = 0; i < site->count; i++)
		if (site->results[i].outcome == outcome)
			order[count++] = &site->results[i];
	qsort(order, count, sizeof *order, by_rank);
	return count;
}
