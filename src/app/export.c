#include "certroll/export.h"
#include "certroll/buf.h"
#include "certroll/driver.h"
#include "certroll/inventory.h"
#include "csv.h"
#include <ctype.h>
#include <jansson.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { VALUE_MAX = 64 * 1024 };

const char *const export_words[] = { "text", "json", "csv", "ansible", NULL };

/* --- values --- */

/*
 * Names and the like hold no blanks, so blanks divide them.  VALUE_MAX is more than the limits of an
 * inventory allow.
 */
static void put_list(const struct text_list *list, struct buf *out)
{
	for (size_t i = 0; i < list->count; i++)
		if (buf_addf(out, "%s%s", i ? " " : "", list->items[i]))
			return;
}

static void put_text(const char *text, struct buf *out)
{
	if (text && buf_add(out, text, strlen(text)))
		buf_clear(out);
}

static void put_port(const struct device *device, struct buf *out)
{
	if (buf_addf(out, "%u", device->port))
		buf_clear(out);
}

static void put_role(const struct device *device, struct buf *out)
{
	put_text(role_name(device->role), out);
}

static void put_driver(const struct device *device, struct buf *out)
{
	put_text(device->driver->name, out);
}

static void put_names(const struct device *device, struct buf *out)
{
	put_list(&device->names, out);
}

static void put_services(const struct device *device, struct buf *out)
{
	for (size_t i = 0; i < device->service_count; i++)
		if (buf_addf(out, "%s%s:%u", i ? " " : "", device->services[i].name,
			     device->services[i].port))
			return;
}

static void put_fronts(const struct device *device, struct buf *out)
{
	for (size_t i = 0; device->fronts && device->fronts[i]; i++)
		if (buf_addf(out, "%s%s", i ? " " : "", device->fronts[i]->name))
			return;
}

static void put_password(const struct device *device, struct buf *out)
{
	if (device->password)
		put_text(secret_ref_text(device->password), out);
}

static void put_trust(const struct device *device, struct buf *out)
{
	put_text(trust_name(device->trust), out);
}

static void put_state(const struct device *device, struct buf *out)
{
	put_text(device->state == DEVICE_HOLD ? "hold" : "up", out);
}

static void put_clients(const struct device *device, struct buf *out)
{
	put_list(&device->clients, out);
}

static void put_window(const struct device *device, struct buf *out)
{
	const struct window *window = &device->window;

	if (window->set &&
	    buf_addf(out, "%02d:%02d-%02d:%02d", window->from_minute / 60, window->from_minute % 60,
		     window->to_minute / 60, window->to_minute % 60))
		buf_clear(out);
}

/* The keys of an entry, as the inventory calls them. */
static const struct exported {
	const char *key;
	void (*put)(const struct device *, struct buf *); /* NULL: the text at offset */
	size_t offset;
	bool list;
} exported[] = {
	{ "name", .offset = offsetof(struct device, name) },
	{ "role", .put = put_role },
	{ "driver", .put = put_driver },
	{ "host", .offset = offsetof(struct device, host) },
	{ "port", .put = put_port },
	{ "site", .offset = offsetof(struct device, site) },
	{ "names", .put = put_names, .list = true },
	{ "services", .put = put_services, .list = true },
	{ "fronts", .put = put_fronts, .list = true },
	{ "user", .offset = offsetof(struct device, user) },
	{ "password", .put = put_password },
	{ "trust", .put = put_trust },
	{ "factory-ca", .offset = offsetof(struct device, factory_ca) },
	{ "mac", .offset = offsetof(struct device, mac) },
	{ "firmware", .offset = offsetof(struct device, firmware) },
	{ "state", .put = put_state },
	{ "clients", .put = put_clients, .list = true },
	{ "window", .put = put_window },
};

/* The value in @p value, "" when there is none. */
static const char *value_of(const struct exported *key, const struct device *device,
			    struct buf *value)
{
	buf_clear(value);
	if (key->put)
		key->put(device, value);
	else
		put_text(*(char *const *)((const char *)device + key->offset), value);
	return buf_text(value);
}

/* --- CSV --- */

void export_csv(const struct site *site)
{
	auto_buf value = BUF_MAX(VALUE_MAX);

	for (size_t i = 0; i < COUNT(exported); i++)
		printf("%s%s", i ? "," : "", exported[i].key);
	printf("\r\n");
	for (size_t i = 0; i < site->count; i++) {
		for (size_t j = 0; j < COUNT(exported); j++) {
			printf("%s", j ? "," : "");
			csv_print(value_of(&exported[j], site->results[i].device, &value));
		}
		printf("\r\n");
	}
}

/* --- Ansible --- */

static json_t *list_json(char *text)
{
	json_t *list = json_array();

	for (char *word; (word = strsep(&text, " "));)
		if (*word)
			json_array_append_new(list, json_string(word));
	return list;
}

/* "factory-ca" is certroll_factory_ca: names of variables are words. */
static char *variable(const char *key)
{
	char *name = text_format("certroll_%s", key);

	for (char *at = name; *at; at++)
		*at = *at == '-' ? '_' : *at;
	return name;
}

static json_t *variables_json(const struct device *device)
{
	json_t *all = json_object();
	auto_buf value = BUF_MAX(VALUE_MAX);

	json_object_set_new(all, "ansible_host", json_string(device->host));
	for (size_t i = 1; i < COUNT(exported); i++) {
		auto_free char *name = variable(exported[i].key);
		auto_free char *text = text_copy(value_of(&exported[i], device, &value));

		if (*text)
			json_object_set_new(all, name,
					    exported[i].list ? list_json(text) : json_string(text));
	}
	return all;
}

/* Groups of Ansible are letters, digits and '_'. */
static void add_to_group(json_t *groups, const char *prefix, const char *name, const char *host)
{
	auto_free char *group = text_format("%s%s", prefix, name);
	json_t *entry, *hosts;

	for (char *at = group; *at; at++)
		if (!isalnum((unsigned char)*at) || (*at & 0x80))
			*at = '_';
	entry = json_object_get(groups, group);
	if (!entry) {
		entry = json_object();
		json_object_set_new(groups, group, entry);
		json_object_set_new(entry, "hosts", json_array());
	}
	hosts = json_object_get(entry, "hosts");
	json_array_append_new(hosts, json_string(host));
}

void export_ansible(const struct site *site)
{
	json_t *whole = json_object(), *meta = json_object(), *hosts = json_object();

	json_object_set_new(meta, "hostvars", hosts);
	for (size_t i = 0; i < site->count; i++) {
		const struct device *device = site->results[i].device;

		json_object_set_new(hosts, device->name, variables_json(device));
		add_to_group(whole, "role_", role_name(device->role), device->name);
		if (*device->site)
			add_to_group(whole, "site_", device->site, device->name);
		if (device->group)
			add_to_group(whole, "group_", device->group, device->name);
	}
	json_object_set_new(whole, "_meta", meta);
	json_dumpf(whole, stdout, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
	printf("\n");
	json_decref(whole);
}
