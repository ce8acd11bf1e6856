#include "certroll/text.h"
#include "loader.h"
#include "value.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

bool groups_contain(const struct inventory *inventory, int outer, int inner)
{
	while (inner != GROUP_NONE && inner != outer)
		inner = inventory->groups[inner].outer;
	return inner == outer;
}

struct layer *loader_layer(const struct loader *loader, int group)
{
	return &loader->layers[group == GROUP_NONE ? loader->inventory->group_count
						   : (size_t)group];
}

static void add_layer(struct loader *loader, const struct node *map, const char *path)
{
	size_t count = loader->inventory->group_count;

	loader->layers = mem_grow(loader->layers, count, sizeof *loader->layers);
	loader->layers[count] = (struct layer){ .map = map, .path = path };
}

static const struct group *find_group(const struct inventory *inventory, const char *name)
{
	for (size_t i = 0; i < inventory->group_count; i++)
		if (text_same(inventory->groups[i].name, name))
			return &inventory->groups[i];
	return NULL;
}

/* Choosing by name must be unambiguous, so names are unique over all levels. */
static bool check_group(struct loader *loader, const struct node *key, const struct node *map,
			const char *path)
{
	static const struct field row = { .key = "group", .type = FIELD_NAME };
	auto_free char *problem = schema_refuse(&row, key->text);
	const struct group *twin = find_group(loader->inventory, key->text);

	if (problem)
		loader_report(loader, SEVERITY_ERROR, key, path, NULL, "the name of a group %s",
			      problem);
	else if (twin)
		loader_report(loader, SEVERITY_ERROR, key, path, "give the two different names",
			      "there is a group \"%s\" on line %d already", twin->name, twin->line);
	else if (map->kind != NODE_MAP)
		loader_report(loader, SEVERITY_ERROR, map, path,
			      "write devices: [a, b] below it, and what they have in common",
			      "a group must be a mapping");
	else
		return true;
	return false;
}

static void read_groups(struct loader *loader, const struct node *map, const char *path, int outer);

static void read_group(struct loader *loader, const struct node *key, const struct node *map,
		       const char *path, int outer)
{
	struct inventory *inventory = loader->inventory;
	int index = (int)inventory->group_count;
	const struct node *inner = doc_find(map, "groups");
	auto_free char *inside = text_format("%s.groups", path);
	struct group group = { .name = text_copy(key->text),
			       .path = text_copy(path),
			       .outer = outer,
			       .depth =
				       outer == GROUP_NONE ? 0 : inventory->groups[outer].depth + 1,
			       .line = key->line };

	inventory->groups = mem_grow(inventory->groups, inventory->group_count, sizeof group);
	inventory->groups[inventory->group_count] = group;
	add_layer(loader, map, group.path);
	inventory->group_count++;
	if (inner)
		read_groups(loader, inner, inside, index);
}

static void read_groups(struct loader *loader, const struct node *map, const char *path, int outer)
{
	for (size_t i = 0; map->kind == NODE_MAP && i < map->count; i++) {
		const struct node *key = &map->keys[i];
		auto_free char *shown = text_printable(key->text, strlen(key->text), 60);
		auto_free char *place = text_format("%s.%s", path, shown);

		if (loader->inventory->group_count == INVENTORY_MAX_GROUPS) {
			loader_report(loader, SEVERITY_ERROR, key, place, "divide the file",
				      "more than 2000 groups");
			return;
		}
		if (check_group(loader, key, &map->values[i], place))
			read_group(loader, key, &map->values[i], place, outer);
	}
}

void groups_read(struct loader *loader)
{
	if (loader->groups)
		read_groups(loader, loader->groups, "groups", GROUP_NONE);
	add_layer(loader, loader->defaults, "defaults");
}

static bool is_in(const struct membership *membership, int group)
{
	for (size_t i = 0; i < membership->count; i++)
		if (membership->groups[i] == group)
			return true;
	return false;
}

static void join_group(struct loader *loader, size_t device, int group)
{
	struct membership *membership = &loader->memberships[device];

	for (; group != GROUP_NONE && !is_in(membership, group);
	     group = loader->inventory->groups[group].outer) {
		membership->groups =
			mem_grow(membership->groups, membership->count, sizeof *membership->groups);
		membership->groups[membership->count++] = group;
	}
}

static void join_item(struct loader *loader, int index, const struct node *item, size_t position)
{
	struct group *group = &loader->inventory->groups[index];
	auto_free char *path = text_format("%s.devices[%zu]", group->path, position);
	auto_free char *shown = NULL;
	auto_free char *suggestion = NULL;
	int device;

	if (item->kind != NODE_SCALAR)
		return; /* reported with the other keys of the group */
	device = loader_find(loader, item->text);
	if (device >= 0) {
		group->members =
			mem_grow(group->members, group->member_count, sizeof *group->members);
		group->members[group->member_count++] = (size_t)device;
		join_group(loader, (size_t)device, index);
		return;
	}
	shown = value_quote(item->text);
	suggestion = loader_suggest(loader, item->text);
	loader_report(loader, SEVERITY_ERROR, item, path, suggestion, "there is no device %s",
		      shown);
}

/* Innermost first; of equal depth the one written first. */
static void sort_membership(const struct inventory *inventory, struct membership *membership)
{
	for (size_t i = 1; i < membership->count; i++) {
		int group = membership->groups[i];
		int depth = inventory->groups[group].depth;
		size_t at = i;

		for (; at && inventory->groups[membership->groups[at - 1]].depth < depth; at--)
			membership->groups[at] = membership->groups[at - 1];
		membership->groups[at] = group;
	}
}

void groups_join(struct loader *loader)
{
	const struct inventory *inventory = loader->inventory;

	for (size_t i = 0; i < inventory->group_count; i++) {
		const struct node *list = doc_find(loader->layers[i].map, "devices");

		for (size_t j = 0; list && list->kind == NODE_LIST && j < list->count; j++)
			join_item(loader, (int)i, &list->values[j], j);
	}
	for (size_t i = 0; i < inventory->count; i++)
		sort_membership(inventory, &loader->memberships[i]);
}
