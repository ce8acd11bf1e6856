#include "certroll/driver.h"
#include "certroll/text.h"
#include "loader.h"
#include "value.h"
#include <string.h>

/* Values are only judged; a layer alone makes no device. */
static void check_scratch(struct loader *loader, const struct node *map, const struct field *rows,
			  size_t size, const char *path, struct findings *findings)
{
	auto_free void *scratch = mem_alloc(size);
	struct schema_place place = { loader->file, path };

	schema_check(map, rows, scratch, &place, findings);
	schema_free(rows, scratch);
}

static bool is_own_key(const char *key)
{
	return schema_find(entry_rows, key) && !inventory_key_is_shared(key);
}

/* Keys that make no sense here get a sentence of their own instead of "unknown key". */
static void check_own_keys(struct loader *loader, const struct layer *layer, struct node *map)
{
	for (size_t i = 0; i < map->count; i++) {
		auto_free char *path = text_format("%s.%s", layer->path, map->keys[i].text);

		if (!is_own_key(map->keys[i].text))
			continue;
		map->values[i].inherited = true; /* said here, so not to be said again */
		loader_report(loader, SEVERITY_ERROR, &map->keys[i], path, "write it at the device",
			      "differs from device to device and cannot be shared");
	}
}

static void check_values(struct loader *loader, const struct layer *layer, const struct field *rows)
{
	struct source own = { layer->map, GROUP_NONE };
	auto_merged copy = { 0 };

	merge_sources(&own, 1, 1, rows, NULL, &copy);
	check_own_keys(loader, layer, &copy.root);
	check_scratch(loader, &copy.root, rows, sizeof(struct device_entry), layer->path,
		      loader->findings);
	layer_check_words(loader, layer->map, layer->path);
}

/* A box that is known, and that certroll cannot serve. */
static bool is_refused(struct loader *loader, const struct node *node, const char *place)
{
	const struct refusal *refusal =
		loader->drivers->refusal ? loader->drivers->refusal(node->text) : NULL;

	if (refusal)
		loader_report(loader, SEVERITY_ERROR, node, place, refusal->remedy,
			      "certroll cannot bring a certificate to %s: %s (%s)",
			      refusal->summary, refusal->reason, refusal->source);
	return refusal;
}

static void check_driver(struct loader *loader, const struct node *map, const char *path)
{
	const struct node *node = doc_find(map, "driver");
	const char *const *names = loader->drivers->names;
	auto_free char *place = text_format("%s.driver", path);
	auto_free char *suggestion = NULL;
	auto_free char *shown = NULL;
	size_t count = 0;

	if (!node || node->kind != NODE_SCALAR || loader->drivers->find(node->text) ||
	    is_refused(loader, node, place))
		return;
	while (names[count])
		count++;
	shown = value_quote(node->text);
	suggestion = value_suggest(node->text, names, count);
	loader_report(loader, SEVERITY_ERROR, node, place,
		      suggestion ? suggestion : "certroll drivers lists them",
		      "there is no driver %s", shown);
}

static void check_service(struct loader *loader, const struct node *list, size_t index,
			  const char *path)
{
	auto_free char *place = text_format("%s.services[%zu]", path, index);
	const struct node *item = &list->values[index];
	struct service service, other;

	if (item->kind != NODE_SCALAR || !service_parse(item->text, &service))
		return;
	for (size_t i = 0; i < index; i++) {
		if (list->values[i].kind != NODE_SCALAR ||
		    !service_parse(list->values[i].text, &other))
			continue;
		if (strcmp(service.name, other.name) && service.port != other.port)
			continue;
		loader_report(loader, SEVERITY_ERROR, item, place, "keep one of the two",
			      "same %s as \"%s\"", service.port == other.port ? "port" : "name",
			      list->values[i].text);
		return;
	}
}

void layer_check_words(struct loader *loader, const struct node *map, const char *path)
{
	const struct node *services = doc_find(map, "services");

	check_driver(loader, map, path);
	for (size_t i = 0; services && services->kind == NODE_LIST && i < services->count &&
			   i < DEVICE_MAX_SERVICES;
	     i++)
		check_service(loader, services, i, path);
}

static void add_driver(struct layer *layer, const struct driver *driver)
{
	for (size_t i = 0; i < layer->driver_count; i++)
		if (layer->drivers[i] == driver)
			return;
	layer->drivers = mem_grow(layer->drivers, layer->driver_count, sizeof *layer->drivers);
	layer->drivers[layer->driver_count++] = driver;
}

void layers_note_driver(struct loader *loader, size_t device, const struct driver *driver)
{
	const struct membership *membership = &loader->memberships[device];

	for (size_t i = 0; i < membership->count; i++)
		add_driver(loader_layer(loader, membership->groups[i]), driver);
	add_driver(loader_layer(loader, GROUP_NONE), driver);
}

/* With no device in reach, any driver may be meant. */
static void note_all_drivers(struct loader *loader, struct layer *layer)
{
	for (size_t i = 0; loader->drivers->names[i]; i++)
		add_driver(layer, loader->drivers->find(loader->drivers->names[i]));
}

static const char *nearest_option(const struct layer *layer, const char *path, const char *key)
{
	const char *nearest = NULL;

	for (size_t i = 0; i < layer->driver_count && !nearest; i++) {
		const struct field *rows = layer->drivers[i]->options;
		const struct field *outer = *path && rows ? schema_find(rows, path) : NULL;

		rows = *path ? (outer ? outer->rows : NULL) : rows;
		for (; rows && rows->key && !nearest; rows++)
			nearest = text_nearest(key, &rows->key, 1);
	}
	return nearest;
}

static const struct field *find_option(const struct layer *layer, const char *dotted)
{
	for (size_t i = 0; i < layer->driver_count; i++) {
		const struct field *rows = layer->drivers[i]->options;
		const struct field *row = rows ? schema_find(rows, dotted) : NULL;

		if (row)
			return row;
	}
	return NULL;
}

static void check_known(struct loader *loader, const struct layer *layer, const struct node *map,
			const char *path)
{
	for (size_t i = 0; map->kind == NODE_MAP && i < map->count; i++) {
		const struct node *key = &map->keys[i];
		auto_free char *shown = text_printable(key->text, strlen(key->text), 60);
		auto_free char *dotted = text_format("%s%s%s", path, *path ? "." : "", shown);
		auto_free char *place = text_format("%s.options.%s", layer->path, dotted);
		const struct field *row = strchr(shown, '.') ? NULL : find_option(layer, dotted);
		const char *near = row ? NULL : nearest_option(layer, path, shown);
		auto_free char *remedy = near ? text_format("did you mean \"%s\"?", near) : NULL;

		if (row && row->type == FIELD_GROUP)
			check_known(loader, layer, &map->values[i], dotted);
		else if (!row)
			loader_report(loader, SEVERITY_ERROR, key, place, remedy,
				      "no driver of the devices in question has this option");
	}
}

static bool is_known(const struct findings *findings, const struct finding *one)
{
	for (size_t i = 0; i < findings->count; i++)
		if (!strcmp(findings->items[i].place, one->place) &&
		    !strcmp(findings->items[i].sentence, one->sentence))
			return true;
	return false;
}

/* Two drivers that know an option say the same about it; once is enough. */
static void append_new(struct findings *findings, const struct findings *more)
{
	for (size_t i = 0; i < more->count; i++)
		if (!is_known(findings, &more->items[i]))
			findings_append(findings, &(struct findings){ &more->items[i], 1 });
}

static void check_options(struct loader *loader, struct layer *layer)
{
	const struct node *options = doc_find(layer->map, "options");
	struct source source = { options, GROUP_NONE };
	auto_free char *path = text_format("%s.options", layer->path);

	if (!options || options->kind != NODE_MAP)
		return;
	if (!layer->driver_count)
		note_all_drivers(loader, layer);
	check_known(loader, layer, options, "");
	for (size_t i = 0; i < layer->driver_count; i++) {
		const struct driver *driver = layer->drivers[i];
		auto_findings findings = { 0 };
		auto_merged known = { 0 };

		merge_known(&source, driver->options, &known);
		check_scratch(loader, &known.root, driver->options, driver->options_size, path,
			      &findings);
		append_new(loader->findings, &findings);
	}
}

void layers_check(struct loader *loader)
{
	size_t groups = loader->inventory->group_count;

	for (size_t i = 0; i <= groups; i++) {
		struct layer *layer = &loader->layers[i];

		if (!layer->map || layer->map->kind != NODE_MAP)
			continue;
		check_values(loader, layer, i == groups ? defaults_rows : group_rows);
		check_options(loader, layer);
	}
}
