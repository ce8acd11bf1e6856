#include "digest.h"
#include <string.h>

/* The first bytes of a SHA-256 are as good a hash as any; linear probing from there. */
static struct digest_slot *slot_of(const struct digest_map *map, const unsigned char *digest)
{
	size_t at;

	memcpy(&at, digest, sizeof at);
	for (at &= map->room - 1; map->slots[at].digest; at = (at + 1) & (map->room - 1))
		if (memcmp(map->slots[at].digest, digest, CERT_HASH) == 0)
			break;
	return &map->slots[at];
}

void *digest_find(const struct digest_map *map, const unsigned char digest[CERT_HASH])
{
	return map->room ? slot_of(map, digest)->value : NULL;
}

/* Never more than half full, so that a run of taken slots stays short and has an end. */
static void make_room(struct digest_map *map)
{
	struct digest_map wider = { .count = map->count, .room = map->room ? 2 * map->room : 16 };

	wider.slots = mem_alloc(wider.room * sizeof *wider.slots);
	for (size_t i = 0; i < map->room; i++)
		if (map->slots[i].digest)
			*slot_of(&wider, map->slots[i].digest) = map->slots[i];
	mem_free(map->slots);
	*map = wider;
}

void digest_add(struct digest_map *map, const unsigned char *digest, void *value)
{
	if (2 * (map->count + 1) > map->room)
		make_room(map);
	*slot_of(map, digest) = (struct digest_slot){ digest, value };
	map->count++;
}

void digest_free(struct digest_map *map)
{
	mem_free(map->slots);
	*map = (struct digest_map){ 0 };
}
