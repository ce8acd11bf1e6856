/* roster: lines of JSON, read by members. */
#include "roster.h"

#include "cleanup.h"
#include "profile.h"
#include "range.h"
#include "text.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#define RSA_BITS_MIN 512
#define RSA_BITS_MAX 16384

/* A copied string; freed with the roster. */
struct roster_text {
	struct roster_text *next;
	char text[];
};

/* Newest first: lines of one kind usually stand together and share it. */
struct roster_profile {
	struct roster_profile *next;
	struct profile profile;
};

/* A line being read.  The draft borrows its strings from the JSON object. */
struct draft {
	struct roster *roster;
	struct roster_entry *entry;
	struct profile profile;
};

static const char *keep_text(struct roster *roster, const char *text)
{
	size_t size = strlen(text) + 1;
	struct roster_text *kept = mem_alloc(sizeof(*kept) + size);

	memcpy(kept->text, text, size);
	kept->next = roster->texts;
	roster->texts = kept;
	return kept->text;
}

/* What is not of the command line is of the line being read, and has to be copied. */
static const char *keep_other(struct roster *roster, const char *text, const char *usual)
{
	return !text || text == usual ? text : keep_text(roster, text);
}

static const struct profile *keep_profile(struct roster *roster, const struct profile *draft,
					  const struct profile *usual)
{
	if (roster->profiles && profile_equal(&roster->profiles->profile, draft))
		return &roster->profiles->profile;
	struct roster_profile *kept = mem_alloc(sizeof(*kept));

	kept->profile = *draft;
	kept->profile.user = keep_other(roster, draft->user, usual->user);
	kept->profile.password = keep_other(roster, draft->password, usual->password);
	kept->profile.firmware = keep_other(roster, draft->firmware, usual->firmware);
	for (size_t i = 0; i < FAMILY_SETTINGS_MAX; i++)
		kept->profile.settings[i] =
			keep_other(roster, draft->settings[i], usual->settings[i]);
	kept->next = roster->profiles;
	roster->profiles = kept;
	return &kept->profile;
}

typedef int member_reader(struct draft *draft, const json_t *value, struct err *err);

static int read_string(const json_t *value, const char **text, struct err *err)
{
	*text = json_string_value(value);
	return *text ? 0 : err_set(err, "want a string");
}

static int read_flag(const json_t *value, bool *flag, struct err *err)
{
	*flag = json_is_true(value);
	return json_is_boolean(value) ? 0 : err_set(err, "want true or false");
}

static int read_number(const json_t *value, int64_t min, int64_t max, int64_t *number,
		       struct err *err)
{
	*number = json_integer_value(value);
	if (!json_is_integer(value) || *number < min || *number > max)
		return err_set(err, "want a number from %lld to %lld", (long long)min,
			       (long long)max);
	return 0;
}

static int read_name(struct draft *draft, const json_t *value, struct err *err)
{
	const char *name = NULL;

	if (read_string(value, &name, err))
		return -1;
	draft->entry->name = keep_text(draft->roster, name);
	return 0;
}

static int read_user(struct draft *draft, const json_t *value, struct err *err)
{
	return read_string(value, &draft->profile.user, err);
}

static int read_password(struct draft *draft, const json_t *value, struct err *err)
{
	return read_string(value, &draft->profile.password, err);
}

static int read_firmware(struct draft *draft, const json_t *value, struct err *err)
{
	return read_string(value, &draft->profile.firmware, err);
}

static int read_protect_all(struct draft *draft, const json_t *value, struct err *err)
{
	return read_flag(value, &draft->profile.protect_all, err);
}

static int read_allow_ec(struct draft *draft, const json_t *value, struct err *err)
{
	return read_flag(value, &draft->profile.limits.allow_ec, err);
}

static int read_rsa_bits(struct draft *draft, const json_t *value, struct err *err)
{
	int64_t bits = 0;

	if (read_number(value, RSA_BITS_MIN, RSA_BITS_MAX, &bits, err))
		return -1;
	draft->profile.limits.max_rsa_bits = (int)bits;
	return 0;
}

/* "family" is read before all others, as "set" and "ports" depend on it. */
static int read_family(struct draft *draft, const json_t *value, struct err *err)
{
	const char *name = json_string_value(value);
	const struct family *family = name ? family_find(name) : NULL;

	if (!family)
		return err_set(err, "no device family \"%.64s\"", name ? name : "");
	profile_become(&draft->profile, family);
	draft->entry->services = family->services;
	return 0;
}

static int read_settings(struct draft *draft, const json_t *value, struct err *err)
{
	const char *name, *text = NULL;
	json_t *member;

	if (!json_is_object(value))
		return err_set(err, "want an object of strings");
	json_object_foreach((json_t *)value, name, member)
	{
		if (read_string(member, &text, err) ||
		    profile_set(&draft->profile, name, text, err))
			return -1;
	}
	return 0;
}

static int read_faults(struct draft *draft, const json_t *value, struct err *err)
{
	struct roster_entry *entry = draft->entry;
	const char *text = NULL;

	if (!json_is_array(value) || json_array_size(value) > FAULT_COUNT)
		return err_set(err, "want an array of at most %d faults", FAULT_COUNT);
	entry->faults = mem_alloc((json_array_size(value) + 1) * sizeof(*entry->faults));
	for (size_t i = 0; i < json_array_size(value); i++)
		if (read_string(json_array_get(value, i), &text, err) ||
		    fault_parse(text, &entry->faults[entry->fault_count++], err))
			return -1;
	return 0;
}

/* A comma or a line end would begin something else than a name in OpenSSL's notation. */
static bool is_name(const char *text)
{
	return text && *text && strlen(text) < 256 && !text[strcspn(text, ", \t\r\n;:@")];
}

static int read_names(struct draft *draft, const json_t *value, struct err *err)
{
	auto_buffer struct evbuffer *list = mem_must(evbuffer_new());
	size_t count = json_array_size(value);

	if (!json_is_array(value) || count > ROSTER_NAMES_MAX)
		return err_set(err, "want an array of at most %d names", ROSTER_NAMES_MAX);
	for (size_t i = 0; i < count; i++) {
		const char *name = json_string_value(json_array_get(value, i));

		if (!is_name(name))
			return err_set(err, "name %zu is no host name", i + 1);
		evbuffer_add_printf(list, "%sDNS:%s", i ? "," : "", name);
	}
	evbuffer_add(list, "", 1);
	draft->entry->subject_alternates =
		count ? keep_text(draft->roster, (const char *)evbuffer_pullup(list, -1)) : NULL;
	return 0;
}

static int read_ports(struct draft *draft, const json_t *value, struct err *err)
{
	unsigned allowed = draft->profile.family->services | SERVICES_FURTHER;
	struct roster_entry *entry = draft->entry;
	const char *name;
	json_t *member;

	if (!json_is_object(value) || !json_object_size(value))
		return err_set(err, "want an object of services, each with a port");
	entry->services = 0;
	json_object_foreach((json_t *)value, name, member)
	{
		enum service service = SERVICE_COUNT;
		int64_t port = 0;

		if (!service_find(name, &service) || !(allowed & (1U << service)))
			return err_set(err, "%s has no service \"%.32s\"",
				       draft->profile.family->name, name);
		if (read_number(member, 0, UINT16_MAX, &port, err))
			return -1;
		entry->services |= 1U << service;
		entry->ports[service] = (uint16_t)port;
	}
	return 0;
}

static const struct member {
	const char *name;
	member_reader *read;
} members[] = {
	{ "family", read_family },     { "name", read_name },
	{ "user", read_user },         { "password", read_password },
	{ "firmware", read_firmware }, { "set", read_settings },
	{ "faults", read_faults },     { "names", read_names },
	{ "ports", read_ports },       { "protect-all", read_protect_all },
	{ "allow-ec", read_allow_ec }, { "max-rsa-bits", read_rsa_bits },
};

#define MEMBERS (sizeof(members) / sizeof(members[0]))

static int refuse_unknown(json_t *object, struct err *err)
{
	const char *name;
	json_t *value;

	json_object_foreach(object, name, value)
	{
		size_t i = 0;

		while (i < MEMBERS && strcmp(members[i].name, name) != 0)
			i++;
		if (i == MEMBERS)
			return err_set(err, "no member \"%.64s\"", name);
	}
	return 0;
}

static int read_object(struct draft *draft, json_t *object, struct err *err)
{
	if (refuse_unknown(object, err))
		return -1;
	for (size_t i = 0; i < MEMBERS; i++) {
		const json_t *value = json_object_get(object, members[i].name);
		struct err cause;

		if (value && members[i].read(draft, value, &cause))
			return err_set(err, "%s: %.200s", members[i].name, cause.text);
	}
	return 0;
}

/* Grow by doubling; the entries move, so nobody may keep a pointer before the end. */
static struct roster_entry *push_entry(struct roster *roster)
{
	if (!(roster->count & (roster->count - 1)))
		roster->entries = mem_must(realloc(
			roster->entries, (2 * roster->count + 1) * sizeof(struct roster_entry)));
	struct roster_entry *entry = &roster->entries[roster->count++];
	*entry = (struct roster_entry){ 0 };
	return entry;
}

static int read_line(struct roster *roster, const char *line, const struct profile *usual,
		     const uint16_t ports[SERVICE_COUNT], struct err *err)
{
	json_error_t error;
	json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, &error);

	if (!json_is_object(object)) {
		json_decref(object);
		/* jansson's own words may quote the line, and with it a password */
		return object ? err_set(err, "want a JSON object")
			      : err_set(err, "no JSON, from column %d on", error.column);
	}
	if (roster->count == RANGE_COUNT_MAX) {
		json_decref(object);
		return err_set(err, "more than %d devices", RANGE_COUNT_MAX);
	}
	struct draft draft = { roster, push_entry(roster), *usual };
	draft.entry->services = usual->family->services;
	memcpy(draft.entry->ports, ports, sizeof(draft.entry->ports));
	int result = read_object(&draft, object, err);
	if (!result)
		draft.entry->profile = keep_profile(roster, &draft.profile, usual);
	json_decref(object);
	return result;
}

/* The next line without its end; NULL: an empty one, the end, or too long (with the reason). */
static const char *next_line(FILE *file, char *line, struct err *err)
{
	*err->text = '\0';
	if (!fgets(line, ROSTER_LINE_MAX, file))
		return NULL;
	size_t length = strcspn(line, "\r\n");
	if (!line[length] && !feof(file))
		(void)err_set(err, "longer than %d bytes, or a NUL byte", ROSTER_LINE_MAX - 1);
	line[length] = '\0';
	return *line && !*err->text ? line : NULL;
}

static int read_lines(struct roster *roster, FILE *file, const struct profile *usual,
		      const uint16_t ports[SERVICE_COUNT], struct err *err)
{
	auto_free char *buffer = mem_alloc(ROSTER_LINE_MAX);
	const char *line;
	size_t number = 1;
	struct err cause;

	while ((line = next_line(file, buffer, &cause))) {
		if (read_line(roster, line, usual, ports, &cause))
			break;
		number++;
	}
	if (*cause.text)
		return err_set(err, "line %zu: %.220s", number, cause.text);
	return roster->count ? 0 : err_set(err, "no device in it");
}

struct roster *roster_read(const char *path, const struct profile *usual,
			   const uint16_t ports[SERVICE_COUNT], struct err *err)
{
	bool standard = strcmp(path, "-") == 0;
	FILE *file = standard ? stdin : fopen(path, "re");
	struct roster *roster = mem_alloc(sizeof(*roster));
	struct err cause;
	int result = file ? read_lines(roster, file, usual, ports, &cause)
			  : err_set(&cause, "%s", strerror(errno));

	if (file && !standard)
		(void)fclose(file);
	if (!result)
		return roster;
	roster_free(roster);
	(void)err_set(err, "--fleet %.32s: %.200s", path, cause.text);
	return NULL;
}

void roster_free(struct roster *roster)
{
	if (!roster)
		return;
	for (size_t i = 0; i < roster->count; i++)
		free(roster->entries[i].faults);
	free(roster->entries);
	while (roster->texts) {
		struct roster_text *next = roster->texts->next;

		free(roster->texts);
		roster->texts = next;
	}
	while (roster->profiles) {
		struct roster_profile *next = roster->profiles->next;

		free(roster->profiles);
		roster->profiles = next;
	}
	free(roster);
}
