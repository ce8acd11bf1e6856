#include "certroll/driver.h"
#include "certroll/text.h"
#include "hostname.h"
#include "loader.h"
#include "secret_ref.h"
#include <ctype.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

enum { HTTPS_PORT = 443 };

/* One device in the making. */
struct making {
	const char *inside; /* "options." while these are merged */
	struct loader *loader;
	size_t index;
	const struct node *map; /* its entry in the file */
	struct source *sources; /* the entry, its groups innermost first, defaults */
	size_t source_count;
	struct device *device;
};

static void entry_free(struct device_entry *entry)
{
	schema_free(entry_rows, entry);
}

/* The map itself, or one mapping inside each source. */
static struct source *sources_of(const struct making *making, const char *key)
{
	struct source *sources = mem_alloc(making->source_count * sizeof *sources);

	for (size_t i = 0; i < making->source_count; i++) {
		const struct node *map = making->sources[i].map;

		sources[i] = (struct source){ map ? doc_find(map, key) : NULL,
					      making->sources[i].group };
	}
	return sources;
}

/* Without the values: one of them may be a password that somebody wrote there. */
static void tell_conflict(const struct source *winner, const struct source *other, const char *key,
			  void *arg)
{
	struct making *making = arg;
	const struct inventory *inventory = making->loader->inventory;
	auto_free char *dotted = text_format("%s%s", making->inside, key);
	auto_free char *path = loader_path(making->index, dotted);

	if (other->group == GROUP_NONE || groups_contain(inventory, other->group, winner->group))
		return;
	loader_report(making->loader, SEVERITY_ERROR, making->map, path,
		      "set it at the device, or list the device in one of the groups only",
		      "group \"%s\" (line %d) and group \"%s\" (line %d) set it differently",
		      inventory->groups[winner->group].name, inventory->groups[winner->group].line,
		      inventory->groups[other->group].name, inventory->groups[other->group].line);
}

static void find_sources(struct making *making)
{
	struct loader *loader = making->loader;
	const struct membership *membership = &loader->memberships[making->index];

	making->source_count = membership->count + 3;
	making->sources = mem_alloc(making->source_count * sizeof *making->sources);
	making->sources[0] = (struct source){ making->map, GROUP_NONE };
	for (size_t i = 0; i < membership->count; i++)
		making->sources[i + 1] = (struct source){ loader->layers[membership->groups[i]].map,
							  membership->groups[i] };
	making->sources[membership->count + 1] = (struct source){ loader->defaults, GROUP_NONE };
	making->sources[membership->count + 2] = (struct source){ loader->common, GROUP_NONE };
}

static void read_entry(struct making *making, struct device_entry *entry)
{
	auto_free char *path = loader_path(making->index, "");
	struct merge_watch watch = { tell_conflict, making };
	struct schema_place place = { making->loader->file, path };
	auto_merged merged = { 0 };

	merge_sources(making->sources, making->source_count, 1, defaults_rows, &watch, &merged);
	merged.root.line = making->map->line;
	merged.root.column = making->map->column;
	schema_parse(&merged.root, entry_rows, entry, &place, making->loader->findings);
	layer_check_words(making->loader, making->map, path);
}

static const struct membership *membership_of(const struct making *making, size_t index)
{
	return &making->loader->memberships[index];
}

static struct layer *innermost(const struct making *making)
{
	const struct membership *membership = membership_of(making, making->index);

	return loader_layer(making->loader, membership->count ? membership->groups[0] : GROUP_NONE);
}

static void count_secret(const char *key, struct secret_ref **slot, void *count)
{
	(void)key;
	*(size_t *)count += *slot != NULL;
}

/* Prompts name the device's user, so options with references stay each device's own. */
static bool holds_secrets(struct device *device)
{
	size_t count = 0;

	owned_each_secret(device, count_secret, &count);
	return count > (device->password ? 1 : 0);
}

/*
 * Most devices of a large site say nothing about options.  Those with the same driver and groups have
 * the same ones, so that they are read, and kept, once.
 */
static bool share_options(struct making *making)
{
	const struct membership *own = membership_of(making, making->index), *its;
	size_t model = innermost(making)->model;
	struct device *device = making->device;
	const struct device *other = &making->loader->inventory->devices[model ? model - 1 : 0];

	if (!model || other->driver != device->driver || doc_find(making->map, "options"))
		return false;
	its = membership_of(making, model - 1);
	if (own->count != its->count ||
	    (own->count && memcmp(own->groups, its->groups, own->count * sizeof *own->groups)))
		return false;
	device->options = other->options;
	device->options_shared = true;
	return true;
}

static void read_options(struct making *making)
{
	size_t problems = making->loader->findings->count;
	auto_free char *path = loader_path(making->index, "options");
	auto_free struct source *sources = sources_of(making, "options");
	const struct driver *driver = making->device->driver;
	struct merge_watch watch = { tell_conflict, making };
	struct schema_place place = { making->loader->file, path };
	auto_merged merged = { 0 };
	const struct node *own = sources[0].map;

	if (!driver || share_options(making))
		return;
	if (!driver->options) {
		if (own && own->count)
			loader_report(making->loader, SEVERITY_ERROR, own, path, NULL,
				      "the driver \"%s\" has no options", driver->name);
		return;
	}
	making->inside = "options.";
	merge_sources(sources, making->source_count, 1, driver->options, &watch, &merged);
	merged.root.line = own ? own->line : making->map->line;
	merged.root.column = own ? own->column : making->map->column;
	making->device->options = mem_alloc(driver->options_size);
	schema_parse(&merged.root, driver->options, making->device->options, &place,
		     making->loader->findings);
	if (!own && problems == making->loader->findings->count && !holds_secrets(making->device))
		innermost(making)->model = making->index + 1;
}

/* "host: x:8443" and "port: 8443" say the same thing; the device's own word counts. */
static bool read_port(struct making *making, const struct device_entry *entry)
{
	struct device *device = making->device;
	const struct node *own = doc_find(making->map, "port");
	auto_free char *path = loader_path(making->index, "port");
	uint16_t port = 0;

	device->host = host_split(entry->host, &port);
	if (port && own && entry->port && entry->port != port)
		loader_report(making->loader, SEVERITY_ERROR, own, path, "keep one of the two",
			      "says %d, but host: says %d", (int)entry->port, port);
	if (!port)
		port = (uint16_t)entry->port;
	device->port = port;
	if (!port)
		device->port =
			device->driver && device->driver->port ? device->driver->port : HTTPS_PORT;
	return port != 0;
}

static void add_service(struct device *device, struct service service)
{
	size_t count = device->service_count++;

	device->services = mem_resize(device->services, (count + 1) * sizeof *device->services);
	device->services[count] = service;
}

static void read_services(struct device *device, const struct device_entry *entry, bool port_given)
{
	const struct service *usual = device->driver ? device->driver->services : NULL;
	struct service service = { "https", port_given ? device->port : HTTPS_PORT };

	for (size_t i = 0; i < entry->services.count && i < DEVICE_MAX_SERVICES; i++)
		if (service_parse(entry->services.items[i], &service))
			add_service(device, service);
	if (entry->services.count)
		return;
	for (; usual && usual->port && !port_given; usual++)
		add_service(device, *usual);
	if (!device->service_count)
		add_service(device, service);
}

static bool has_text(const struct text_list *list, const char *text)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i], text) == 0)
			return true;
	return false;
}

/* OpenSSL lets no wildcard cover a name with an underscore; neither do browsers. */
static void warn_underscore(struct making *making, const char *name, size_t index)
{
	const struct node *list = doc_find(making->map, "names");
	auto_free char *key = text_format("names[%zu]", index);
	auto_free char *path = loader_path(making->index, key);

	if (strchr(name, '_') && list && list->kind == NODE_LIST && index < list->count)
		loader_report(making->loader, SEVERITY_WARNING, &list->values[index], path,
			      "use a name with '-' instead",
			      "\"%s\" holds an underscore: a wildcard certificate never covers it",
			      name);
}

static void read_names(struct making *making, const struct device_entry *entry)
{
	struct text_list *names = &making->device->names;

	for (size_t i = 0; i < entry->names.count; i++) {
		uint16_t port;
		auto_free char *name = host_split(entry->names.items[i], &port);

		warn_underscore(making, name, i);
		if (!has_text(names, name))
			owned_list_add(names, take(name));
	}
}

static int compare_refs(const void *a, const void *b)
{
	return secret_ref_compare(a, b);
}

/* Equal references become one, which belongs to the inventory. */
static void intern(const char *key, struct secret_ref **slot, void *arg)
{
	struct making *making = arg;
	struct inventory *inventory = making->loader->inventory;
	struct secret_ref *ref = *slot;
	void *found;

	(void)key;
	if (!ref)
		return;
	if (ref->kind == SECRET_PROMPT)
		ref->user = text_copy(making->device->user);
	found = tsearch(ref, &making->loader->refs, compare_refs);
	if (!found)
		mem_exhausted();
	*slot = *(struct secret_ref **)found;
	if (*slot != ref) {
		secret_ref_free(ref);
		return;
	}
	ref->next = inventory->refs;
	inventory->refs = ref;
}

static void check_trust(struct making *making, const struct device_entry *entry)
{
	static const char sentence[] = "is missing: trust: factory needs it";
	auto_free char *ca = loader_path(making->index, "factory-ca");
	auto_free char *mac = loader_path(making->index, "mac");

	if (entry->trust != TRUST_FACTORY)
		return;
	if (!entry->factory_ca && !doc_find(making->map, "factory-ca"))
		loader_report(making->loader, SEVERITY_ERROR, making->map, ca,
			      "name the file with the certificate of the vendor's CA (PEM)", "%s",
			      sentence);
	if (!entry->mac && !doc_find(making->map, "mac"))
		loader_report(making->loader, SEVERITY_ERROR, making->map, mac,
			      "write the 12 hex digits of the box's label", "%s", sentence);
}

static void fill_texts(struct making *making, struct device_entry *entry)
{
	struct device *device = making->device;
	const struct membership *membership = &making->loader->memberships[making->index];

	device->name = take(entry->name);
	if (membership->count)
		device->group =
			text_copy(making->loader->inventory->groups[membership->groups[0]].name);
	device->site = owned_text(take(entry->site));
	device->user = owned_text(take(entry->user));
	device->firmware = owned_text(take(entry->firmware));
	device->factory_ca = take(entry->factory_ca);
	device->mac = owned_text(entry->mac ? mac_normal(entry->mac) : NULL);
	device->clients = entry->clients;
	entry->clients = (struct text_list){ 0 };
	making->loader->fronts[making->index] = entry->fronts;
	entry->fronts = (struct text_list){ 0 };
}

static void fill_device(struct making *making, struct device_entry *entry)
{
	struct device *device = making->device;
	bool port_given = false;

	device->line = making->map->line;
	device->column = making->map->column;
	device->role = (enum role)entry->role;
	device->trust = (enum trust)entry->trust;
	device->state = (enum device_state)entry->state;
	device->window = entry->window;
	if (entry->warn)
		(void)life_limit_parse(entry->warn, &device->warn);
	if (entry->fail)
		(void)life_limit_parse(entry->fail, &device->fail);
	device->driver = entry->driver ? making->loader->drivers->find(entry->driver) : NULL;
	if (entry->host)
		port_given = read_port(making, entry);
	read_services(device, entry, port_given);
	read_names(making, entry);
	check_trust(making, entry);
	fill_texts(making, entry);
	device->password = take(entry->password);
}

static void make_device(struct making *making)
{
	__attribute__((
		cleanup(entry_free))) struct device_entry entry = { .role = ROLE_UNREADABLE };
	auto_free char *path = loader_path(making->index, "");

	if (making->map->kind != NODE_MAP) {
		loader_report(making->loader, SEVERITY_ERROR, making->map, path,
			      "start it with '- name: ...'", "a device must be a mapping");
		return;
	}
	find_sources(making);
	read_entry(making, &entry);
	fill_device(making, &entry);
	if (making->device->driver)
		layers_note_driver(making->loader, making->index, making->device->driver);
	read_options(making);
	owned_each_secret(making->device, intern, making);
	mem_free(making->sources);
}

static void keep_node(void *node)
{
	(void)node;
}

void devices_read(struct loader *loader)
{
	for (size_t i = 0; i < loader->inventory->count; i++) {
		struct making making = { .inside = "",
					 .loader = loader,
					 .index = i,
					 .map = &loader->devices->values[i],
					 .device = &loader->inventory->devices[i] };

		make_device(&making);
	}
	tdestroy(loader->refs, keep_node);
	loader->refs = NULL;
}
