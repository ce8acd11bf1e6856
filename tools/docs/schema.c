/*
 * JSON schemas (draft-07) for editors and readers of reports.  They accept all that certroll accepts;
 * what only the program can judge (names that refer to others, wildcards, order) they leave alone.
 */
#include "certroll/driver.h"
#include "certroll/inventory.h"
#include "certroll/report.h"
#include "certroll/table.h"
#include "docs.h"
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define DRAFT "http://json-schema.org/draft-07/schema#"

static _Noreturn void stop(const char *problem)
{
	fprintf(stderr, "certroll-docs: schema: %s\n", problem);
	exit(1);
}

static void set(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value))
		stop(key);
}

static void add(json_t *list, json_t *value)
{
	if (json_array_append_new(list, value))
		stop("out of memory");
}

static json_t *words_json(const char *const *words)
{
	json_t *list = json_array();

	for (; words && *words; words++)
		add(list, json_string(*words));
	return list;
}

static json_t *reference(const char *name)
{
	auto_free char *place = text_format("#/definitions/%s", name);

	return json_pack("{s:s}", "$ref", place);
}

/* What certroll reads as a text may look like a number or a truth value to others: "firmware: 14". */
static json_t *text_type(void)
{
	return json_pack("{s:[s,s,s]}", "type", "string", "number", "boolean");
}

static json_t *text_schema(const struct field *row)
{
	json_t *schema = text_type();

	if (row->min > 0)
		set(schema, "minLength", json_integer(row->min));
	if (row->max > 0)
		set(schema, "maxLength", json_integer(row->max));
	set(schema, "pattern", json_string("^[^\\u0000-\\u001f\\u007f]*$"));
	return schema;
}

static json_t *pattern_schema(const char *pattern)
{
	json_t *schema = text_type();

	set(schema, "pattern", json_string(pattern));
	return schema;
}

static json_t *number_schema(const struct field *row)
{
	return json_pack("{s:s,s:I,s:I}", "type", "integer", "minimum", (json_int_t)row->min,
			 "maximum", (json_int_t)row->max);
}

/* A bare number is one of seconds. */
static json_t *duration_schema(void)
{
	return json_pack("{s:[s,s],s:s,s:i}", "type", "string", "integer", "pattern",
			 "^[0-9]+(ms|s|m|h|d)?$", "minimum", 0);
}

static json_t *list_schema(const struct field *row)
{
	json_t *schema = json_pack("{s:s}", "type", "array"), *item = text_type();

	if (row->choices)
		set(item, "enum", words_json(row->choices));
	set(schema, "items", item);
	if (row->min > 0)
		set(schema, "minItems", json_integer(row->min));
	if (row->max > 0)
		set(schema, "maxItems", json_integer(row->max));
	return schema;
}

static json_t *rows_schema(const struct field *rows);

static json_t *type_schema(const struct field *row)
{
	static const char *const patterns[] = {
		[FIELD_NAME] = "^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$",
		[FIELD_HOST] = "^[^/ @]+$",
		[FIELD_PATH] = "^/([!-.0-~][!-~]*)?$",
		[FIELD_PATTERN] = "^[^\\u0000-\\u001f\\u007f]{1,255}$",
		[FIELD_FILE] = "^[^~]",
		[FIELD_WINDOW] = "^([01]?[0-9]|2[0-3]):[0-5][0-9]-([01]?[0-9]|2[0-3]):[0-5][0-9]$",
		[FIELD_SECRET] = "^(prompt|file:[^~].*|(env|cred):[A-Za-z0-9_-][A-Za-z0-9._-]*"
				 "|cmd: *\\[.+)$",
	};

	switch (row->type) {
	case FIELD_TEXT:
		return text_schema(row);
	case FIELD_NUMBER:
		return number_schema(row);
	case FIELD_DURATION:
		return duration_schema();
	case FIELD_SWITCH:
		return json_pack("{s:s}", "type", "boolean");
	case FIELD_CHOICE:
		return json_pack("{s:o}", "enum", words_json(row->choices));
	case FIELD_LIST:
		return list_schema(row);
	case FIELD_GROUP:
		return row->rows ? rows_schema(row->rows) : json_object();
	default:
		if ((size_t)row->type >= COUNT(patterns) || !patterns[row->type])
			return text_type();
		return pattern_schema(patterns[row->type]);
	}
}

/* The default, as the value that it is. */
static json_t *default_json(const struct field *row)
{
	switch (row->type) {
	case FIELD_NUMBER:
		return json_integer(strtoll(row->fallback, NULL, 10));
	case FIELD_SWITCH:
		return json_boolean(strcmp(row->fallback, "true") == 0);
	default:
		return json_string(row->fallback);
	}
}

static json_t *row_schema(const struct field *row)
{
	json_t *schema = type_schema(row);
	auto_free char *type = schema_describe(row);
	auto_free char *text =
		text_format("%s%s%s", row->help ? row->help : "", row->help ? "\n" : "", type);

	set(schema, "description", json_string(text));
	if (row->fallback && *row->fallback && row->type != FIELD_LIST)
		set(schema, "default", default_json(row));
	return schema;
}

/* A mapping without entries is nothing at all in YAML. */
static json_t *object_schema(json_t *properties)
{
	return json_pack("{s:[s,s],s:o,s:b}", "type", "object", "null", "properties", properties,
			 "additionalProperties", 0);
}

static json_t *rows_schema(const struct field *rows)
{
	json_t *properties = json_object();

	for (; rows && rows->key; rows++)
		set(properties, rows->key, row_schema(rows));
	return object_schema(properties);
}

static void merge(json_t *into, json_t *from);

/* The same key of two drivers: one schema, or either. */
static void merge_key(json_t *properties, const char *key, json_t *other)
{
	json_t *own = json_object_get(properties, key), *either;

	if (!own) {
		json_object_set(properties, key, other);
	} else if (json_object_get(own, "properties") && json_object_get(other, "properties")) {
		merge(own, other);
	} else if (!json_equal(own, other)) {
		either = json_object_get(own, "anyOf");
		if (either)
			json_array_append(either, other);
		else
			set(properties, key, json_pack("{s:[O,O]}", "anyOf", own, other));
	}
}

static void merge(json_t *into, json_t *from)
{
	json_t *properties = json_object_get(into, "properties"), *other;
	const char *key;

	json_object_foreach(json_object_get(from, "properties"), key, other)
		merge_key(properties, key, other);
}

/* Where the driver is not told beside them, options are those of any driver. */
static json_t *any_options(json_t *definitions)
{
	json_t *all = rows_schema(NULL);
	size_t count;
	const struct driver *const *drivers = driver_list(&count);

	for (size_t i = 0; i < count; i++) {
		auto_free char *name = text_format("options-%s", drivers[i]->name);
		json_t *own = rows_schema(drivers[i]->options), *copy = json_deep_copy(own);

		merge(all, copy);
		json_decref(copy);
		set(definitions, name, own);
	}
	return all;
}

static json_t *driver_names(void)
{
	json_t *list = json_array();
	size_t count;
	const struct driver *const *drivers = driver_list(&count);

	for (size_t i = 0; i < count; i++)
		add(list, json_string(drivers[i]->name));
	return list;
}

static void refine(json_t *properties)
{
	json_t *driver = json_object_get(properties, "driver");

	set(driver, "enum", driver_names());
	set(properties, "options", reference("options"));
}

/* The options that go with the driver that stands beside them. */
static json_t *options_by_driver(void)
{
	json_t *list = json_array();
	size_t count;
	const struct driver *const *drivers = driver_list(&count);

	for (size_t i = 0; i < count; i++) {
		auto_free char *name = text_format("options-%s", drivers[i]->name);

		add(list, json_pack("{s:{s:{s:{s:s}},s:[s]},s:{s:{s:o}}}", "if", "properties",
				    "driver", "const", drivers[i]->name, "required", "driver",
				    "then", "properties", "options", reference(name)));
	}
	return list;
}

/* What a device must say itself; the rest may come from a group or from defaults. */
static json_t *device_schema(void)
{
	const struct field *rows = inventory_device_rows();
	json_t *schema = rows_schema(rows), *required = json_array();

	refine(json_object_get(schema, "properties"));
	for (; rows->key; rows++)
		if (rows->required && !inventory_key_is_shared(rows->key))
			add(required, json_string(rows->key));
	set(schema, "type", json_string("object"));
	set(schema, "required", required);
	set(schema, "allOf", options_by_driver());
	return schema;
}

static json_t *defaults_schema(void)
{
	const struct field *rows = inventory_device_rows();
	json_t *properties = json_object();

	for (; rows->key; rows++)
		if (inventory_key_is_shared(rows->key))
			set(properties, rows->key, row_schema(rows));
	refine(properties);
	return object_schema(properties);
}

static json_t *groups_schema(const char *help)
{
	return json_pack("{s:s,s:[s,s],s:{s:s},s:o}", "description", help, "type", "object", "null",
			 "propertyNames", "pattern", "^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$",
			 "additionalProperties", reference("group"));
}

static json_t *group_schema(void)
{
	const struct field *inner = schema_find(inventory_group_rows(), "groups");
	json_t *schema = rows_schema(inventory_group_rows());
	json_t *properties = json_object_get(schema, "properties");

	refine(properties);
	set(properties, "groups", groups_schema(inner->help));
	return schema;
}

static void write_json(FILE *out, json_t *schema)
{
	if (!schema || json_dumpf(schema, out, JSON_INDENT(2)))
		stop("cannot be written");
	fputc('\n', out);
	json_decref(schema);
}

/* In a folder of inventories, defaults.yaml has nothing but what the others have in common. */
static json_t *whole_or_defaults(void)
{
	return json_pack("[{s:[s]},{s:{s:b},s:[s],s:b}]", "required", "devices", "properties",
			 "defaults", 1, "required", "defaults", "additionalProperties", 0);
}

void schema_inventory(FILE *out)
{
	json_t *definitions = json_object();
	json_t *devices = json_pack("{s:s,s:s,s:o,s:i,s:i}", "description", "the boxes", "type",
				    "array", "items", reference("device"), "minItems", 1,
				    "maxItems", INVENTORY_MAX_DEVICES);

	set(definitions, "options", any_options(definitions));
	set(definitions, "device", device_schema());
	set(definitions, "group", group_schema());
	set(definitions, "defaults", defaults_schema());
	write_json(out, json_pack("{s:s,s:s,s:s,s:{s:o,s:o,s:o},s:o,s:b,s:o}", "$schema", DRAFT,
				  "title", "Inventory of certroll " CERTROLL_VERSION, "type",
				  "object", "properties", "defaults", reference("defaults"),
				  "groups", groups_schema("groups of devices"), "devices", devices,
				  "anyOf", whole_or_defaults(), "additionalProperties", 0,
				  "definitions", definitions));
}

/* The columns of the table, beside what the frame says of an endpoint. */
static void add_columns(json_t *endpoint)
{
	json_t *properties = json_object_get(endpoint, "properties");

	for (const struct column *column = columns; column->name; column++)
		if (!json_object_get(properties, column->name))
			set(properties, column->name,
			    json_pack("{s:s}", "type", column->number ? "integer" : "string"));
}

/* The first one is "unknown", and so is what stands behind the last. */
static json_t *outcomes(void)
{
	const char *unknown = outcome_name(OUTCOME_NONE), *name = unknown;
	json_t *list = json_array();

	for (int i = OUTCOME_NONE; i == OUTCOME_NONE || strcmp(name, unknown) != 0;) {
		add(list, json_string(name));
		name = outcome_name((enum outcome)++ i);
	}
	return json_pack("{s:o}", "enum", list);
}

void schema_report(FILE *out, const char *frame)
{
	json_error_t error;
	json_t *schema = json_load_file(frame, 0, &error);
	json_t *definitions = json_object_get(schema, "definitions");
	json_t *endpoint = json_object_get(definitions, "endpoint");

	if (!endpoint)
		stop(schema ? "the frame has no definitions.endpoint" : error.text);
	add_columns(endpoint);
	set(definitions, "outcome", outcomes());
	write_json(out, schema);
}
