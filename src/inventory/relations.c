#include "certroll/text.h"
#include "loader.h"
#include "value.h"
#include <stdlib.h>
#include <string.h>

/* The place of a key of an entry, or of the entry when the key is not there. */
static const struct node *node_of(const struct loader *loader, size_t index, const char *key)
{
	const struct node *map = &loader->devices->values[index];
	const struct node *value = doc_find(map, key);

	return value ? value : map;
}

static const struct node *item_of(const struct node *list, const char *text)
{
	for (size_t i = 0; list->kind == NODE_LIST && i < list->count; i++)
		if (list->values[i].text == text ||
		    (list->values[i].text && !strcmp(list->values[i].text, text)))
			return &list->values[i];
	return list;
}

static void add_front(struct loader *loader, size_t index, size_t position, const char *name)
{
	struct device *device = &loader->inventory->devices[index];
	const struct node *node = item_of(node_of(loader, index, "fronts"), name);
	auto_free char *key = text_format("fronts[%zu]", position);
	auto_free char *path = loader_path(index, key);
	auto_free char *shown = value_quote(name);
	auto_free char *suggestion = NULL;
	int front = loader_find(loader, name);

	if (front < 0) {
		suggestion = loader_suggest(loader, name);
		loader_report(loader, SEVERITY_ERROR, node, path, suggestion,
			      "there is no device %s", shown);
	} else if ((size_t)front == index) {
		loader_report(loader, SEVERITY_ERROR, node, path, "remove it",
			      "a device cannot answer for itself");
	} else {
		device->fronts[position] = &loader->inventory->devices[front];
	}
}

static void read_fronts(struct loader *loader, size_t index)
{
	struct device *device = &loader->inventory->devices[index];
	const struct text_list *names = &loader->fronts[index];
	auto_free char *path = loader_path(index, "fronts");

	if (!names->count || (int)device->role == ROLE_UNREADABLE)
		return;
	if (device->role != ROLE_RP) {
		loader_report(loader, SEVERITY_ERROR, node_of(loader, index, "fronts"), path,
			      "give the device role: rp, or remove the key",
			      "only a reverse proxy answers for other devices");
		return;
	}
	device->fronts = mem_alloc((names->count + 1) * sizeof *device->fronts);
	for (size_t i = 0; i < names->count; i++)
		add_front(loader, index, i, names->items[i]);
}

static bool has_name(const struct text_list *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i], name) == 0)
			return true;
	return false;
}

/* false when there is no room for another name. */
static bool add_names(struct device *device, const struct text_list *names)
{
	for (size_t i = 0; i < names->count; i++) {
		if (has_name(&device->all_names, names->items[i]))
			continue;
		if (device->all_names.count == DEVICE_MAX_NAMES)
			return false;
		owned_list_add(&device->all_names, text_copy(names->items[i]));
	}
	return true;
}

static void collect_names(struct loader *loader, size_t index)
{
	struct device *device = &loader->inventory->devices[index];
	const struct node *node = node_of(loader, index, "fronts");
	auto_free char *path = loader_path(index, "names");
	const struct node *names = doc_find(&loader->devices->values[index], "names");
	bool room = add_names(device, &device->names);

	for (size_t i = 0; room && device->fronts && i < loader->fronts[index].count; i++)
		if (device->fronts[i])
			room = add_names(device, &device->fronts[i]->names);
	if (!room)
		loader_report(loader, SEVERITY_ERROR, node, path, "divide the reverse proxy",
			      "more than 256 names with those of its fronts");
	if (device->name && !device->all_names.count && !loader->fronts[index].count &&
	    (!names || (names->kind == NODE_LIST && !names->count)))
		loader_report(loader, SEVERITY_WARNING, node_of(loader, index, "name"), path,
			      "add names: [pbx.example.com] with the names clients use",
			      "there are none, so nothing can be verified by name");
}

static int compare_places(const void *a, const void *b)
{
	const struct device *one = *(const struct device *const *)a;
	const struct device *other = *(const struct device *const *)b;
	int order = strcmp(one->host, other->host);

	if (order)
		return order;
	if (one->port != other->port)
		return one->port < other->port ? -1 : 1;
	return (one > other) - (one < other);
}

static void note_same_box(struct loader *loader, const struct device *first,
			  const struct device *again)
{
	size_t index = (size_t)(again - loader->inventory->devices);
	auto_free char *path = loader_path(index, "host");

	loader_report(loader, SEVERITY_NOTE, node_of(loader, index, "host"), path,
		      "nothing, when one box has two roles",
		      "same host and port as device \"%s\" on line %d", first->name, first->line);
}

static void check_places(struct loader *loader)
{
	struct inventory *inventory = loader->inventory;
	auto_free const struct device **sorted = mem_alloc(inventory->count * sizeof *sorted);
	size_t count = 0, first = 0;

	for (size_t i = 0; i < inventory->count; i++)
		if (inventory->devices[i].host && inventory->devices[i].name)
			sorted[count++] = &inventory->devices[i];
	qsort(sorted, count, sizeof *sorted, compare_places);
	for (size_t i = 1; i < count; i++) {
		if (strcmp(sorted[i]->host, sorted[first]->host) ||
		    sorted[i]->port != sorted[first]->port)
			first = i;
		else
			note_same_box(loader, sorted[first], sorted[i]);
	}
}

void relations_check(struct loader *loader)
{
	for (size_t i = 0; i < loader->inventory->count; i++)
		read_fronts(loader, i);
	for (size_t i = 0; i < loader->inventory->count; i++)
		collect_names(loader, i);
	check_places(loader);
}
