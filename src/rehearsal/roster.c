/*
 * What the mock fleet is told about a device: one JSON object per line.
 *
 * Where the options of the inventory replace a path or a name, the stand-in gets the same habit; so
 * what was learnt from a recording is rehearsed, too.
 */
#include "certroll/driver.h"
#include "stand_in.h"
#include <jansson.h>
#include <string.h>

enum { ROSTER_LINE_MAX = 65536 };

const char *const stand_in_services[STAND_IN_PORTS] = { "https", "sips", "h323s", "ldaps",
							"tls1",  "tls2", "tls3",  "tls4" };

/* Which setting of the mock says what an option of a driver says; with the mock's own suffix. */
static const struct habit {
	const char *driver, *option, *setting, *suffix;
} habits[] = {
	{ "innovaphone", "info.path", "info-path", "" },
	{ "innovaphone", "login.path", "login-path", "" },
	{ "innovaphone", "state.path", "state-path", "" },
	{ "innovaphone", "upload.path", "upload-path", "" },
	{ "innovaphone", "upload.field", "upload-field", "" },
	{ "innovaphone", "trust.path", "trust-path", "" },
	{ "innovaphone", "trust.field", "trust-field", "" },
	{ "innovaphone", "trust.tick", "tick-path", "" },
	{ "innovaphone", "clear.path", "clear-path", "" },
	{ "innovaphone", "reset.path", "reset-path", "" },
	{ "innovaphone-ap", "socket.path", "ws-path", "" },
	{ "innovaphone-ap", "login.app", "app", "" },
	{ "innovaphone-ap", "info.message", "info-mt", "Request" },
	{ "innovaphone-ap", "info.message", "info-result-mt", "Result" },
	{ "innovaphone-ap", "key.message", "key-mt", "" },
	{ "innovaphone-ap", "key.message", "key-result-mt", "Result" },
	{ "innovaphone-ap", "upload.path", "upload-path", "" },
	{ "innovaphone-ap", "upload.type", "upload-type", "" },
	{ "innovaphone-ap", "result.message", "result-mt", "" },
	{ "innovaphone-ap", "result.error", "error-field", "" },
	{ "innovaphone-ap", "clear.message", "delete-mt", "" },
	{ "innovaphone-ap", "clear.message", "delete-result-mt", "Result" },
	{ "audiocodes", "path", "path", "" },
	{ "audiocodes", "context", "context", "" },
	{ "yeastar", "path", "path", "" },
	{ "generic-upload", "auth", "auth", "" },
	{ "generic-upload", "token", "token", "" },
	{ "generic-upload", "look.path", "look-path", "" },
	{ "generic-upload", "look.ok", "look-ok", "" },
	{ "generic-upload", "login.page", "login-page", "" },
	{ "generic-upload", "login.method", "login-method", "" },
	{ "generic-upload", "login.path", "login-path", "" },
	{ "generic-upload", "login.form", "login-form", "" },
	{ "generic-upload", "login.fields", "login-fields", "" },
	{ "generic-upload", "login.body", "login-body", "" },
	{ "generic-upload", "login.header", "login-header", "" },
	{ "generic-upload", "login.status", "login-status", "" },
	{ "generic-upload", "login.ok", "login-ok", "" },
	{ "generic-upload", "login.error", "login-error", "" },
	{ "generic-upload", "upload.page", "upload-page", "" },
	{ "generic-upload", "upload.method", "upload-method", "" },
	{ "generic-upload", "upload.path", "upload-path", "" },
	{ "generic-upload", "upload.form", "upload-form", "" },
	{ "generic-upload", "upload.fields", "upload-fields", "" },
	{ "generic-upload", "upload.body", "upload-body", "" },
	{ "generic-upload", "upload.header", "upload-header", "" },
	{ "generic-upload", "upload.status", "upload-status", "" },
	{ "generic-upload", "upload.ok", "upload-ok", "" },
	{ "generic-upload", "upload.error", "upload-error", "" },
	{ "generic-upload", "logout.path", "logout-path", "" },
	{ "generic-upload", "pkcs12.password", "container-password", "" },
};

struct listing {
	const struct device *device;
	json_t *settings;
};

/*
 * "/upload?src=x&key={key}" without the arguments that are different each time: the mock demands
 * those that stand in its setting.
 */
static char *fixed_part(const char *path)
{
	char *fixed = text_copy(path);
	char *brace;

	while ((brace = strchr(fixed, '{'))) {
		char *from = brace, *end = brace + strcspn(brace, "&");

		while (from > fixed && from[-1] != '&' && from[-1] != '?')
			from--;
		if (*end)
			end++;
		else if (from > fixed)
			from--;
		memmove(from, end, strlen(end) + 1);
	}
	return fixed;
}

/* The name of the argument that a placeholder is the value of: "key" of "/up?x=1&k={key}" is "k". */
static void add_key_name(const struct listing *listing, const char *path)
{
	const char *mark = path ? strstr(path, "={key}") : NULL, *from = mark;

	while (from && from > path && from[-1] != '&' && from[-1] != '?')
		from--;
	if (mark && mark > from)
		json_object_set_new(listing->settings, "upload-key",
				    json_stringn(from, (size_t)(mark - from)));
}

/* A line per entry; the mock splits them again. */
static char *join_lines(const struct text_list *list)
{
	char *all = text_copy("");

	for (size_t i = 0; i < list->count; i++) {
		char *longer = text_format("%s%s%s", all, i ? "\n" : "", list->items[i]);

		mem_free(all);
		all = longer;
	}
	return all;
}

/* The value of an option as a mock is told it; owned, "" when there is none. */
static char *habit_value(const struct field *row, const char *options)
{
	const void *slot = options + row->offset;
	const struct secret_ref *secret;
	const char *text;

	switch (row->type) {
	case FIELD_CHOICE:
		return text_copy(row->choices[*(const int *)slot]);
	case FIELD_LIST:
		return join_lines(slot);
	case FIELD_NUMBER:
		return text_format("%lld", (long long)*(const int64_t *)slot);
	case FIELD_SECRET:
		secret = *(const struct secret_ref *const *)slot;
		return text_copy(secret ? secret_ref_value(secret)->bytes : "");
	default:
		text = *(char *const *)slot;
		text = text ? text : "";
		return row->type == FIELD_PATH ? fixed_part(text) : text_copy(text);
	}
}

static void add_habit(const char *key, const struct field *row, void *arg)
{
	const struct listing *listing = arg;
	const struct driver *driver = listing->device->driver;
	const char *options = listing->device->options;

	for (size_t i = 0; i < COUNT(habits); i++) {
		const struct habit *habit = &habits[i];
		auto_free char *value = NULL, *all = NULL;

		if (strcmp(habit->driver, driver->name) || strcmp(habit->option, key))
			continue;
		value = habit_value(row, options);
		all = text_format("%s%s", value, habit->suffix);
		if (*value)
			json_object_set_new(listing->settings, habit->setting, json_string(all));
		if (row->type == FIELD_PATH)
			add_key_name(listing,
				     *(char *const *)(const void *)(options + row->offset));
	}
}

static json_t *settings_of(const struct device *device)
{
	struct listing listing = { device, json_object() };

	if (device->driver->options)
		schema_each(device->driver->options, add_habit, &listing);
	return listing.settings;
}

static json_t *names_of(const struct device *device)
{
	json_t *names = json_array();

	for (size_t i = 0; i < device->all_names.count && i < 100; i++)
		json_array_append_new(names, json_string(device->all_names.items[i]));
	return names;
}

static json_t *ports_of(const struct stand_in *stand_in)
{
	json_t *ports = json_object();

	for (size_t i = 0; i < STAND_IN_PORTS; i++)
		if (stand_in->wanted[i])
			json_object_set_new(ports, stand_in_services[i], json_integer(0));
	return ports;
}

static json_t *faults_of(const char *const *faults, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, json_string(faults[i]));
	return list;
}

static json_t *object_of(const struct stand_in *stand_in, const char *const *faults, size_t count)
{
	const struct device *device = stand_in->device;
	json_t *object = json_pack("{s:s,s:s,s:o,s:o,s:o,s:o}", "name", device->name, "family",
				   device->driver->name, "set", settings_of(device), "names",
				   names_of(device), "ports", ports_of(stand_in), "faults",
				   faults_of(faults, count));

	if (device->password)
		json_object_set_new(object, "password",
				    json_string(secret_ref_value(device->password)->bytes));
	if (*device->user)
		json_object_set_new(object, "user", json_string(device->user));
	if (*device->firmware)
		json_object_set_new(object, "firmware", json_string(device->firmware));
	return object;
}

static int take_text(const char *bytes, size_t count, void *arg)
{
	struct secret *line = arg;

	if (line->len + count > ROSTER_LINE_MAX)
		return -1;
	memcpy(line->bytes + line->len, bytes, count);
	line->len += count;
	return 0;
}

int roster_line(const struct stand_in *stand_in, const char *const *faults, size_t fault_count,
		struct secret *line, struct err *err)
{
	json_t *object = object_of(stand_in, faults, fault_count);
	int status;

	secret_init(line, ROSTER_LINE_MAX + 1);
	status = json_dump_callback(object, take_text, line, JSON_COMPACT);
	json_decref(object);
	if (status)
		return err_set(err, ERR_LIMIT, "device \"%s\": too much for a rehearsal",
			       stand_in->device->name);
	line->bytes[line->len++] = '\n';
	return 0;
}

static int service_index(const char *name)
{
	for (int i = 0; i < STAND_IN_PORTS; i++)
		if (strcmp(stand_in_services[i], name) == 0)
			return i;
	return -1;
}

static bool has_port(const struct stand_in *stand_in, uint16_t port)
{
	for (size_t i = 0; i < STAND_IN_PORTS; i++)
		if (stand_in->wanted[i] == port)
			return true;
	return false;
}

/* By its name if that is free, else any: all serve the same certificate. */
static int assign(struct stand_in *stand_in, const struct service *service)
{
	int at = service_index(service->name);

	if (at < 0 || stand_in->wanted[at])
		for (at = STAND_IN_PORTS - 1; at > 0 && stand_in->wanted[at];)
			at--;
	if (stand_in->wanted[at])
		return -1;
	stand_in->wanted[at] = service->port;
	return 0;
}

/* The boxes that the mock fleet can play. */
static bool has_stand_in(const struct driver *driver)
{
	static const char *const families[] = { "innovaphone", "innovaphone-ap", "audiocodes",
						"yeastar",     "generic-upload", "ip-office",
						"manual" };

	for (size_t i = 0; i < COUNT(families); i++)
		if (strcmp(families[i], driver->name) == 0)
			return true;
	return false;
}

int stand_in_assign(struct stand_in *stand_in, struct err *err)
{
	const struct device *device = stand_in->device;

	if (!has_stand_in(device->driver))
		return err_set(err, ERR_CONFIG,
			       "device \"%s\" cannot be rehearsed: there is no mock of driver %s; "
			       "leave it out with -l '!%s'",
			       device->name, device->driver->name, device->name);
	stand_in->wanted[0] = device->port; /* only https answers requests */
	for (size_t i = 0; i < device->service_count; i++)
		if (!has_port(stand_in, device->services[i].port) &&
		    assign(stand_in, &device->services[i]))
			return err_set(err, ERR_CONFIG,
				       "device \"%s\" has more ports than the %d a mock device "
				       "has; leave it out with -l",
				       device->name, STAND_IN_PORTS);
	return 0;
}
