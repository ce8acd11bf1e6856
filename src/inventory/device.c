#include "certroll/device.h"
#include "certroll/driver.h"
#include "owned.h"
#include <stddef.h>

const char *const role_words[] = { "pbx-master", "pbx-slave", "pbx-standby", "ap",
				   "rp",         "ip-office", "other",       NULL };
const char *const trust_words[] = { "pin", "ca", "factory", "none", NULL };

const char *role_name(enum role role)
{
	return (size_t)role < COUNT(role_words) - 1 ? role_words[role] : "unknown";
}

const char *trust_name(enum trust trust)
{
	return (size_t)trust < COUNT(trust_words) - 1 ? trust_words[trust] : "unknown";
}

/* What most devices do not say is kept once. */
static char nothing[] = "";

char *owned_text(char *text)
{
	return text ? text : nothing;
}

static void owned_text_free(char *text)
{
	if (text != nothing)
		mem_free(text);
}

void owned_list_free(struct text_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		mem_free(list->items[i]);
	mem_free(list->items);
	*list = (struct text_list){ 0 };
}

void owned_list_add(struct text_list *list, char *text)
{
	list->items = mem_grow(list->items, list->count, sizeof *list->items);
	list->items[list->count++] = text;
}

static void visit_rows(const struct field *rows, void *options,
		       void (*visit)(const char *, struct secret_ref **, void *), void *arg)
{
	for (; rows && rows->key; rows++) {
		if (rows->type == FIELD_GROUP)
			visit_rows(rows->rows, options, visit, arg);
		else if (rows->type == FIELD_SECRET)
			visit(rows->key, (struct secret_ref **)((char *)options + rows->offset),
			      arg);
	}
}

void owned_each_secret(struct device *device,
		       void (*visit)(const char *key, struct secret_ref **slot, void *arg),
		       void *arg)
{
	/* Constant for everybody above; the references belong to the inventory. */
	struct secret_ref *password = (struct secret_ref *)device->password;

	visit("password", &password, arg);
	device->password = password;
	if (device->options)
		visit_rows(device->driver->options, device->options, visit, arg);
}

static void disown(const char *key, struct secret_ref **slot, void *arg)
{
	(void)key;
	(void)arg;
	*slot = NULL;
}

void owned_device_free(struct device *device)
{
	if (device->options_shared)
		device->options = NULL;
	owned_each_secret(device, disown, NULL);
	if (device->options)
		schema_free(device->driver->options, device->options);
	mem_free(device->options);
	mem_free(device->name);
	mem_free(device->group);
	owned_text_free(device->site);
	mem_free(device->host);
	owned_text_free(device->user);
	mem_free(device->factory_ca);
	owned_text_free(device->firmware);
	owned_text_free(device->mac);
	mem_free(device->fronts);
	mem_free(device->services);
	owned_list_free(&device->names);
	owned_list_free(&device->all_names);
	owned_list_free(&device->clients);
}
