#include "certroll/inventory.h"
#include "certroll/doc.h"
#include "certroll/text.h"
#include "loader.h"
#include "secret_ref.h"
#include "value.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

static int compare_named(const void *a, const void *b)
{
	const struct named *one = a, *other = b;
	int order = strcasecmp(one->name, other->name);

	return order ? order : (one->index > other->index) - (one->index < other->index);
}

static int compare_name(const void *key, const void *element)
{
	return strcasecmp(key, ((const struct named *)element)->name);
}

int loader_find(const struct loader *loader, const char *name)
{
	const struct named *found = loader->name_count
					    ? bsearch(name, loader->names, loader->name_count,
						      sizeof *loader->names, compare_name)
					    : NULL;

	return found ? (int)found->index : -1;
}

char *loader_suggest(struct loader *loader, const char *name)
{
	auto_free const char **words = NULL;

	if (loader->suggestions++ >= LOADER_MAX_SUGGESTIONS)
		return NULL;
	words = mem_alloc(loader->name_count * sizeof *words);
	for (size_t i = 0; i < loader->name_count; i++)
		words[i] = loader->names[i].name;
	return value_suggest(name, words, loader->name_count);
}

char *loader_path(size_t index, const char *key)
{
	return text_format("devices[%zu]%s%s", index, *key ? "." : "", key);
}

static void report_shape(struct loader *loader, const struct node *node, const char *path,
			 const char *sentence, const char *remedy)
{
	loader_report(loader, SEVERITY_ERROR, node, path, remedy, "%s", sentence);
}

static void check_shapes(struct loader *loader, const struct node *root)
{
	const struct node *devices = loader->devices;

	if (loader->defaults && loader->defaults->kind != NODE_MAP &&
	    loader->defaults->kind != NODE_NULL)
		report_shape(loader, loader->defaults, "defaults", "must be a mapping",
			     "write key: value below it");
	if (loader->groups && loader->groups->kind != NODE_MAP && loader->groups->kind != NODE_NULL)
		report_shape(loader, loader->groups, "groups", "must be a mapping of group names",
			     "write berlin: {devices: [a, b]}");
	if (!devices || devices->kind == NODE_NULL ||
	    (devices->kind == NODE_LIST && !devices->count))
		report_shape(loader, devices ? devices : root, "devices", "there are no devices",
			     "add a list devices: with an entry '- name: ...' per box");
	else if (devices->kind != NODE_LIST)
		report_shape(loader, devices, "devices", "must be a list",
			     "start each device with '- name: ...'");
	else if (devices->count > INVENTORY_MAX_DEVICES)
		report_shape(loader, devices, "devices", "more than 20000 devices",
			     "divide the file");
}

static void check_keys(struct loader *loader, const struct node *root)
{
	static const char *const words[] = { "defaults", "groups", "devices", "notify" };
	const struct node **slots[] = { &loader->defaults, &loader->groups, &loader->devices,
					&loader->notify };

	for (size_t i = 0; i < root->count; i++) {
		const struct node *key = &root->keys[i];
		auto_free char *shown = text_printable(key->text, strlen(key->text), 60);
		auto_free char *suggestion = value_suggest(key->text, words, COUNT(words));
		bool known = false;

		for (size_t j = 0; j < COUNT(words); j++) {
			if (strcmp(words[j], key->text))
				continue;
			*slots[j] = &root->values[i];
			known = true;
		}
		if (!known)
			loader_report(
				loader, SEVERITY_ERROR, key, shown,
				suggestion ? suggestion
					   : "only defaults, groups, devices and notify stand here",
				"unknown key");
	}
}

/* true when there is something to go on with. */
static bool check_top(struct loader *loader, const struct node *root)
{
	if (root->kind == NODE_NULL)
		report_shape(loader, root, "", "the file is empty",
			     "certroll init writes one to start from");
	else if (root->kind != NODE_MAP)
		report_shape(loader, root, "", "must be a mapping with the key devices",
			     "put devices: above the list");
	else
		check_keys(loader, root);
	if (root->kind != NODE_MAP)
		return false;
	check_shapes(loader, root);
	if (!loader->devices || loader->devices->kind != NODE_LIST ||
	    loader->devices->count > INVENTORY_MAX_DEVICES)
		return false;
	return true;
}

static void check_twin(struct loader *loader, const struct named *first, const struct named *again)
{
	const struct node *nodes = loader->devices->values;
	const struct node *node = doc_find(&nodes[again->index], "name");
	auto_free char *path = loader_path(again->index, "name");
	auto_free char *shown = value_quote(first->name);

	loader_report(loader, SEVERITY_ERROR, node, path, "give the two different names",
		      "the device on line %d is called %s already", nodes[first->index].line,
		      shown);
}

/* Groups and fronts refer to names, so they are collected before anything else is read. */
static void index_names(struct loader *loader)
{
	const struct node *list = loader->devices;
	size_t first = 0;

	loader->names = mem_alloc(list->count * sizeof *loader->names);
	for (size_t i = 0; i < list->count; i++) {
		const struct node *name = doc_find(&list->values[i], "name");

		if (name && name->kind == NODE_SCALAR)
			loader->names[loader->name_count++] = (struct named){ name->text, i };
	}
	qsort(loader->names, loader->name_count, sizeof *loader->names, compare_named);
	for (size_t i = 1; i < loader->name_count; i++) {
		if (strcasecmp(loader->names[first].name, loader->names[i].name))
			first = i;
		else
			check_twin(loader, &loader->names[first], &loader->names[i]);
	}
}

static int compare_devices(const void *a, const void *b)
{
	const struct device *one = *(const struct device *const *)a;
	const struct device *other = *(const struct device *const *)b;
	int order = strcasecmp(one->name, other->name);

	return order ? order : (one > other) - (one < other);
}

void inventory_sort(struct inventory *inventory)
{
	size_t count = 0;

	mem_free(inventory->by_name);
	inventory->by_name = mem_alloc(inventory->count * sizeof *inventory->by_name);
	for (size_t i = 0; i < inventory->count; i++)
		if (inventory->devices[i].name)
			inventory->by_name[count++] = &inventory->devices[i];
	qsort(inventory->by_name, count, sizeof *inventory->by_name, compare_devices);
}

static void load(struct loader *loader, const struct node *root)
{
	struct inventory *inventory = loader->inventory;

	if (!check_top(loader, root))
		return;
	inventory->count = loader->devices->count;
	inventory->devices = mem_alloc(inventory->count * sizeof *inventory->devices);
	loader->memberships = mem_alloc(inventory->count * sizeof *loader->memberships);
	loader->fronts = mem_alloc(inventory->count * sizeof *loader->fronts);
	index_names(loader);
	groups_read(loader);
	groups_join(loader);
	devices_read(loader);
	layers_check(loader);
	relations_check(loader);
	notifiers_read(&inventory->notify, loader->notify, loader->file,
		       !inventory->writable_by_others, loader->findings);
	inventory_sort(inventory);
}

static void loader_free(struct loader *loader)
{
	struct inventory *inventory = loader->inventory;

	for (size_t i = 0; i < inventory->count; i++) {
		mem_free(loader->memberships[i].groups);
		owned_list_free(&loader->fronts[i]);
	}
	for (size_t i = 0; loader->layers && i <= inventory->group_count; i++)
		mem_free(loader->layers[i].drivers);
	mem_free(loader->layers);
	mem_free(loader->memberships);
	mem_free(loader->fronts);
	mem_free(loader->names);
}

/* Findings in the order of the file, as a reader goes through it from top to bottom. */
struct placed {
	struct finding finding;
	long line, column;
	size_t order;
};

static int compare_placed(const void *a, const void *b)
{
	const struct placed *one = a, *other = b;

	if (one->line != other->line)
		return one->line < other->line ? -1 : 1;
	if (one->column != other->column)
		return one->column < other->column ? -1 : 1;
	return (one->order > other->order) - (one->order < other->order);
}

static void sort_findings(struct finding *items, size_t count, const char *file)
{
	auto_free struct placed *placed = mem_alloc(count * sizeof *placed);

	for (size_t i = 0; i < count; i++) {
		char *end = items[i].place + strlen(file);

		placed[i] = (struct placed){ .finding = items[i], .order = i };
		if (*end == ':')
			placed[i].line = strtol(end + 1, &end, 10);
		if (*end == ':')
			placed[i].column = strtol(end + 1, &end, 10);
	}
	qsort(placed, count, sizeof *placed, compare_placed);
	for (size_t i = 0; i < count; i++)
		items[i] = placed[i].finding;
}

/* Of a folder's defaults.yaml. */
static bool is_plain_common(struct loader *loader, const struct node *root)
{
	if (root->kind == NODE_NULL)
		return true;
	if (root->kind != NODE_MAP)
		report_shape(loader, root, "", "must be a mapping with the key defaults",
			     "put defaults: above its lines");
	else
		check_keys(loader, root);
	if (loader->groups || loader->devices)
		report_shape(loader, loader->groups ? loader->groups : loader->devices,
			     loader->groups ? "groups" : "devices",
			     "a folder's defaults.yaml has nothing but defaults",
			     "move it to another file of the folder");
	if (loader->defaults && loader->defaults->kind != NODE_MAP)
		report_shape(loader, loader->defaults, "defaults", "must be a mapping",
			     "write key: value below it");
	return root->kind == NODE_MAP;
}

const struct node *inventory_common(const struct doc *doc, const struct driver_table *drivers,
				    struct findings *findings)
{
	struct inventory nothing = { 0 };
	struct loader loader = {
		.inventory = &nothing, .drivers = drivers, .findings = findings, .file = doc->path
	};

	if (is_plain_common(&loader, &doc->root)) {
		groups_read(&loader);
		layers_check(&loader);
	}
	loader_free(&loader);
	return loader.defaults;
}

static void inventory_cleanup(struct inventory **inventory)
{
	inventory_free(*inventory);
}

struct inventory *inventory_load_file(const char *path, const struct node *common,
				      const struct driver_table *drivers, struct findings *findings)
{
	size_t before = findings->count, errors = findings_count(findings, SEVERITY_ERROR);
	struct doc *doc = doc_load(path, findings);
	__attribute__((cleanup(inventory_cleanup))) struct inventory *inventory = NULL;
	struct loader loader = {
		.drivers = drivers, .findings = findings, .file = path, .common = common
	};

	if (!doc)
		return NULL;
	inventory = mem_alloc(sizeof *inventory);
	inventory->path = text_copy(path);
	owned_list_add(&inventory->files, text_copy(path));
	inventory->writable_by_others = secret_unsafe_file(path);
	loader.inventory = inventory;
	load(&loader, &doc->root);
	loader_free(&loader);
	doc_free(doc);
	if (findings->count > before)
		sort_findings(findings->items + before, findings->count - before, path);
	if (findings_count(findings, SEVERITY_ERROR) > errors)
		return NULL;
	return take(inventory);
}

struct inventory *inventory_load(const char *path, const struct driver_table *drivers,
				 struct findings *findings)
{
	struct stat status;

	if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
		return inventory_load_folder(path, drivers, findings);
	return inventory_load_file(path, NULL, drivers, findings);
}

void inventory_free(struct inventory *inventory)
{
	if (!inventory)
		return;
	for (size_t i = 0; i < inventory->count; i++)
		owned_device_free(&inventory->devices[i]);
	for (size_t i = 0; i < inventory->group_count; i++) {
		mem_free(inventory->groups[i].name);
		mem_free(inventory->groups[i].path);
		mem_free(inventory->groups[i].members);
	}
	for (struct secret_ref *ref = inventory->refs, *next; ref; ref = next) {
		next = ref->next;
		secret_ref_free(ref);
	}
	owned_list_free(&inventory->files);
	notifiers_free(&inventory->notify);
	mem_free(inventory->groups);
	mem_free(inventory->by_name);
	mem_free(inventory->devices);
	mem_free(inventory->path);
	mem_free(inventory);
}

static int compare_device(const void *key, const void *element)
{
	return strcasecmp(key, (*(const struct device *const *)element)->name);
}

const struct device *inventory_find(const struct inventory *inventory, const char *name)
{
	const struct device **found = bsearch(name, inventory->by_name, inventory->count,
					      sizeof *inventory->by_name, compare_device);

	return found ? *found : NULL;
}
