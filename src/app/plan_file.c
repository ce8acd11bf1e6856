#include "certroll/plan_file.h"
#include "certroll/text.h"
#include "plan_json.h"
#include <string.h>

struct plan_file {
	json_t *root, *plan; /* plan: borrowed from root */
	char *path;
};

void plan_free(struct plan_file *plan)
{
	if (!plan)
		return;
	json_decref(plan->root);
	mem_free(plan->path);
	mem_free(plan);
}

static bool is_text(const json_t *object, const char *name)
{
	return json_is_string(json_object_get(object, name));
}

static bool is_device(const json_t *device)
{
	const json_t *endpoints = json_object_get(device, "endpoints"), *endpoint;
	size_t i;

	if (!is_text(device, "device") || !is_text(device, "firmware") ||
	    !is_text(device, "outcome") || !json_is_array(endpoints))
		return false;
	json_array_foreach(endpoints, i, endpoint)
	{
		if (!is_text(endpoint, "service") || !is_text(endpoint, "name") ||
		    !is_text(endpoint, "leaf_sha256"))
			return false;
	}
	return true;
}

/* Whole numbers within what the command line takes. */
static bool is_number(const json_t *plan, const char *name, json_int_t max)
{
	const json_t *number = json_object_get(plan, name);

	return json_is_integer(number) && json_integer_value(number) >= 0 &&
	       json_integer_value(number) <= max;
}

static bool is_plan(const json_t *plan)
{
	static const char *const texts[] = { "inventory_sha256", "bundle_sha256", "limit", "serial",
					     "max_fail" };
	const json_t *devices = json_object_get(plan, "devices"), *device;
	size_t i;

	for (i = 0; i < COUNT(texts); i++)
		if (!is_text(plan, texts[i]))
			return false;
	if (json_integer_value(json_object_get(plan, "schema")) != 1 ||
	    !json_is_boolean(json_object_get(plan, "no_canary")) ||
	    !json_is_boolean(json_object_get(plan, "trust_only")) ||
	    !is_number(plan, "per_site", ENGINE_JOBS_MAX) ||
	    !is_number(plan, "recheck_ms", 86400000) || !json_is_array(devices))
		return false;
	json_array_foreach(devices, i, device)
	{
		if (!is_device(device))
			return false;
	}
	return true;
}

struct plan_file *plan_parse(const char *text, size_t len, const char *path, struct err *err)
{
	struct plan_file *plan = mem_alloc(sizeof *plan);
	json_error_t error = { .line = 0 };
	auto_free char *why = NULL;

	plan->path = text_copy(path);
	plan->root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
	plan->plan = json_object_get(plan->root, "plan");
	if (is_plan(plan->plan))
		return plan;
	why = text_printable(error.text, strlen(error.text), 120); /* it quotes the file */
	if (plan->root)
		err_set(err, ERR_CONFIG,
			"%s is no plan; 'certroll plan BUNDLE -i INVENTORY -o json > FILE' makes "
			"one",
			path);
	else
		err_set(err, ERR_CONFIG, "%s:%d:%d: no plan: %s", path, error.line, error.column,
			why);
	plan_free(plan);
	return NULL;
}

struct plan_file *plan_load(const char *path, struct err *err)
{
	auto_secret bytes = { 0 };

	if (secret_load(&bytes, path, PLAN_MAX_BYTES, NULL, err))
		return NULL;
	return plan_parse(bytes.bytes, bytes.len, path, err);
}

static const char *text_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static int said_otherwise(const struct plan_file *plan, const char *option, struct err *err)
{
	return err_set(err, ERR_USAGE,
		       "--%s is not what %s was made with; leave it out, or make a new plan",
		       option, plan->path);
}

static int adopt_text(const struct plan_file *plan, const char *name, const char *option,
		      const char **said, struct err *err)
{
	const char *value = text_of(plan->plan, name);

	if (*said && strcmp(*said, value) != 0)
		return said_otherwise(plan, option, err);
	*said = *value ? value : NULL;
	return 0;
}

static int adopt_flag(const struct plan_file *plan, const char *name, const char *option,
		      bool *said, struct err *err)
{
	bool value = json_is_true(json_object_get(plan->plan, name));

	if (*said && !value)
		return said_otherwise(plan, option, err);
	*said = value;
	return 0;
}

static int adopt_number(const struct plan_file *plan, const char *name, const char *option,
			int64_t *said, struct err *err)
{
	int64_t value = json_integer_value(json_object_get(plan->plan, name));

	if (*said && *said != value)
		return said_otherwise(plan, option, err);
	*said = value;
	return 0;
}

int plan_adopt(const struct plan_file *plan, struct site_request *request, struct err *err)
{
	if (adopt_text(plan, "limit", "limit", &request->limit, err) ||
	    adopt_text(plan, "serial", "serial", &request->serial, err) ||
	    adopt_text(plan, "max_fail", "max-fail", &request->max_fail, err) ||
	    adopt_flag(plan, "no_canary", "no-canary", &request->no_canary, err) ||
	    adopt_flag(plan, "trust_only", "trust-only", &request->trust_only, err) ||
	    adopt_number(plan, "per_site", "per-site", &request->per_site, err) ||
	    adopt_number(plan, "recheck_ms", "recheck", &request->recheck_ms, err))
		return -1;
	return 0;
}

static int file_moved(const struct plan_file *plan, const char *path, struct err *err)
{
	return err_set(err, ERR_CONFIG,
		       "%s has changed since %s was made; nothing was contacted; make a new plan",
		       path, plan->path);
}

static bool same_text(const json_t *a, const json_t *b, const char *name)
{
	return strcmp(text_of(a, name), text_of(b, name)) == 0;
}

int plan_same_files(const struct plan_file *plan, const struct site *site, struct err *err)
{
	json_t *now = plan_json(site);
	int status = 0;

	if (!same_text(plan->plan, now, "inventory_sha256"))
		status = file_moved(plan, site->request->inventory, err);
	else if (!same_text(plan->plan, now, "bundle_sha256"))
		status = file_moved(plan, site->request->bundle, err);
	json_decref(now);
	return status;
}

static int moved(const char *device, const char *what, struct err *err)
{
	return err_set(err, ERR_DEVICE, "%s %s; nothing was changed; make a new plan", device,
		       what);
}

static int same_endpoint(const char *device, const json_t *then, const json_t *now, struct err *err)
{
	const char *leaf_then = text_of(then, "leaf_sha256"),
		   *leaf_now = text_of(now, "leaf_sha256");
	auto_free char *place = text_format("%s %s", device, text_of(now, "service"));

	if (!same_text(then, now, "service") || !same_text(then, now, "name"))
		return moved(device, "has other endpoints than in the plan", err);
	if (strcmp(leaf_then, leaf_now) == 0)
		return 0;
	if (!*leaf_now)
		return moved(place, "could be seen when the plan was made, and cannot now", err);
	if (!*leaf_then)
		return moved(place, "could not be seen when the plan was made, and can now", err);
	return moved(place, "serves another certificate than when the plan was made", err);
}

static int same_device(const json_t *then, const json_t *now, struct err *err)
{
	const char *device = text_of(now, "device");
	const json_t *before = json_object_get(then, "endpoints");
	const json_t *endpoints = json_object_get(now, "endpoints");

	if (json_array_size(before) != json_array_size(endpoints))
		return moved(device, "has other endpoints than in the plan", err);
	for (size_t i = 0; i < json_array_size(endpoints); i++)
		if (same_endpoint(device, json_array_get(before, i), json_array_get(endpoints, i),
				  err))
			return -1;
	if (!same_text(then, now, "firmware")) {
		auto_free char *what =
			text_format("has firmware '%s' now, and had '%s'", text_of(now, "firmware"),
				    text_of(then, "firmware"));

		return moved(device, what, err);
	}
	if (!same_text(then, now, "outcome")) {
		auto_free char *what =
			text_format("is '%s' now, and was '%s'", text_of(now, "outcome"),
				    text_of(then, "outcome"));

		return moved(device, what, err);
	}
	return 0;
}

/* Both are in the order of the inventory, which is the same. */
static int compare(const json_t *then, const json_t *now, struct err *err)
{
	size_t count = json_array_size(now);

	for (size_t i = 0; i < count || i < json_array_size(then); i++) {
		const json_t *planned = json_array_get(then, i), *device = json_array_get(now, i);

		if (!planned || (device && !same_text(planned, device, "device")))
			return moved(text_of(device, "device"), "has no place in the plan", err);
		if (!device)
			return moved(text_of(planned, "device"),
				     "is in the plan, but not among the devices chosen", err);
		if (same_device(planned, device, err))
			return -1;
	}
	return 0;
}

int plan_same_devices(const struct plan_file *plan, const struct site *site, struct err *err)
{
	json_t *now = plan_json(site);
	int status = compare(json_object_get(plan->plan, "devices"),
			     json_object_get(now, "devices"), err);

	json_decref(now);
	return status;
}
