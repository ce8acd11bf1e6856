#include "entry.h"
#include "certroll/inventory.h"
#include "certroll/text.h"
#include "hostname.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const struct service known_services[] = {
	{ "https", 443 }, { "sips", 5061 }, { "h323s", 1300 }, { "ldaps", 636 }
};

static bool service_name(const char *text, size_t len)
{
	if (len == 0 || len >= sizeof known_services->name || !isalpha((unsigned char)text[0]))
		return false;
	for (size_t i = 0; i < len; i++)
		if ((text[i] & 0x80) ||
		    !(isalnum((unsigned char)text[i]) || strchr("._-", text[i])))
			return false;
	return true;
}

bool service_parse(const char *text, struct service *out)
{
	const char *colon = strchr(text, ':');
	size_t length = colon ? (size_t)(colon - text) : strlen(text);
	int64_t port = 0;

	if (!service_name(text, length))
		return false;
	*out = (struct service){ 0 };
	memcpy(out->name, text, length);
	if (colon && (colon[1] == '0' || !text_number(colon + 1, 1, 65535, &port)))
		return false;
	for (size_t i = 0; !colon && i < COUNT(known_services); i++)
		if (strcmp(out->name, known_services[i].name) == 0)
			port = known_services[i].port;
	out->port = (uint16_t)port;
	return port > 0;
}

static char *refuse_service(const char *text)
{
	static const char *const words[] = { "https", "sips", "h323s", "ldaps" };
	struct service service;
	const char *nearest;

	if (service_parse(text, &service))
		return NULL;
	nearest = strchr(text, ':') ? NULL : text_nearest(text, words, COUNT(words));
	if (nearest)
		return text_format("is no known service (did you mean \"%s\"?); others need their "
				   "port, such as sip:5061",
				   nearest);
	return text_copy("is no service: https, sips, h323s, ldaps, or a name and a port such as "
			 "https:8443");
}

char *mac_normal(const char *text)
{
	char *out = mem_alloc(13);
	size_t used = 0;

	for (; *text && used < 12; text++)
		if (isxdigit((unsigned char)*text))
			out[used++] = (char)tolower((unsigned char)*text);
	return out;
}

static char *refuse_mac(const char *text)
{
	size_t digits = 0;

	for (const char *at = text; *at; at++) {
		if (isxdigit((unsigned char)*at))
			digits++;
		else if (!strchr(":-.", *at))
			digits = 13;
	}
	if (digits == 12)
		return NULL;
	return text_copy("is no MAC address: 12 hex digits are needed, such as 00-90-33-01-02-03");
}

/* What --limit gives a meaning to. */
static char *refuse_site(const char *text)
{
	if (!strpbrk(text, ",:&!*?"))
		return NULL;
	return text_copy("holds one of the characters , : & ! * ? that choose devices on the "
			 "command line");
}

static char *refuse_life(const char *text)
{
	struct life_limit limit;

	if (life_limit_parse(text, &limit))
		return NULL;
	return text_copy("is no part of a life: days such as 30d, or a share such as 33%");
}

static const char *const state_words[] = { "up", "hold", NULL };
static const char *const client_words[] = { "apple", "android", "phones", "browsers", NULL };

#define OWN_ROWS                                                                                   \
	{ .key = "name",                                                                           \
	  .type = FIELD_NAME,                                                                      \
	  .offset = offsetof(struct device_entry, name),                                           \
	  .required = true,                                                                        \
	  .help = "how reports and the command line call the device" },                            \
		{ .key = "host",                                                                   \
		  .type = FIELD_HOST,                                                              \
		  .offset = offsetof(struct device_entry, host),                                   \
		  .max = 1,                                                                        \
		  .required = true,                                                                \
		  .help = "name or address of the admin interface, such as 192.0.2.10" },          \
		{ .key = "names",                                                                  \
		  .type = FIELD_LIST,                                                              \
		  .offset = offsetof(struct device_entry, names),                                  \
		  .max = DEVICE_MAX_NAMES,                                                         \
		  .refuse = host_refuse_name,                                                      \
		  .help = "names that clients use to reach the device; the certificate must "      \
			  "cover them" },                                                          \
		{ .key = "mac",                                                                    \
		  .type = FIELD_TEXT,                                                              \
		  .offset = offsetof(struct device_entry, mac),                                    \
		  .min = 1,                                                                        \
		  .refuse = refuse_mac,                                                            \
		  .help = "MAC address on the label of the box; for trust: factory" },             \
	{                                                                                          \
		.key = "fronts", .type = FIELD_LIST,                                               \
		.offset = offsetof(struct device_entry, fronts),                                   \
		.help = "devices a reverse proxy answers for; their names are verified there too"  \
	}

#define SHARED_ROWS                                                                                \
	{ .key = "role",                                                                           \
	  .type = FIELD_CHOICE,                                                                    \
	  .offset = offsetof(struct device_entry, role),                                           \
	  .choices = role_words,                                                                   \
	  .required = true,                                                                        \
	  .help = "what the box does: pbx-master, pbx-slave, pbx-standby, ap, rp, ip-office or "   \
		  "other" },                                                                       \
		{ .key = "driver",                                                                 \
		  .type = FIELD_NAME,                                                              \
		  .offset = offsetof(struct device_entry, driver),                                 \
		  .required = true,                                                                \
		  .help = "how to talk to the box; certroll drivers lists them" },                 \
		{ .key = "port",                                                                   \
		  .type = FIELD_NUMBER,                                                            \
		  .offset = offsetof(struct device_entry, port),                                   \
		  .min = 1,                                                                        \
		  .max = 65535,                                                                    \
		  .help = "port of the admin interface, unless host: says it" },                   \
		{ .key = "services",                                                               \
		  .type = FIELD_LIST,                                                              \
		  .offset = offsetof(struct device_entry, services),                               \
		  .min = 1,                                                                        \
		  .max = DEVICE_MAX_SERVICES,                                                      \
		  .refuse = refuse_service,                                                        \
		  .help = "TLS ports to verify: https, sips, h323s, ldaps or name:port" },         \
		{ .key = "user",                                                                   \
		  .type = FIELD_TEXT,                                                              \
		  .offset = offsetof(struct device_entry, user),                                   \
		  .max = 128,                                                                      \
		  .fallback = "",                                                                  \
		  .help = "who logs on" },                                                         \
		{ .key = "password",                                                               \
		  .type = FIELD_SECRET,                                                            \
		  .offset = offsetof(struct device_entry, password),                               \
		  .help = "where the password is: file:P, env:N, cred:N, cmd:[...] or prompt" },   \
		{ .key = "trust",                                                                  \
		  .type = FIELD_CHOICE,                                                            \
		  .offset = offsetof(struct device_entry, trust),                                  \
		  .choices = trust_words,                                                          \
		  .fallback = "pin",                                                               \
		  .help = "how the box is recognised before it gets a password" },                 \
		{ .key = "factory-ca",                                                             \
		  .type = FIELD_FILE,                                                              \
		  .offset = offsetof(struct device_entry, factory_ca),                             \
		  .help = "certificate of the vendor's CA (PEM); for trust: factory" },            \
		{ .key = "site",                                                                   \
		  .type = FIELD_TEXT,                                                              \
		  .offset = offsetof(struct device_entry, site),                                   \
		  .min = 1,                                                                        \
		  .max = 63,                                                                       \
		  .refuse = refuse_site,                                                           \
		  .help = "where the box stands" },                                                \
		{ .key = "firmware",                                                               \
		  .type = FIELD_TEXT,                                                              \
		  .offset = offsetof(struct device_entry, firmware),                               \
		  .min = 1,                                                                        \
		  .max = 63,                                                                       \
		  .help = "version of its firmware, a hint for what it accepts" },                 \
		{ .key = "state",                                                                  \
		  .type = FIELD_CHOICE,                                                            \
		  .offset = offsetof(struct device_entry, state),                                  \
		  .choices = state_words,                                                          \
		  .fallback = "up",                                                                \
		  .help = "hold: leave the box alone" },                                           \
		{ .key = "clients",                                                                \
		  .type = FIELD_LIST,                                                              \
		  .offset = offsetof(struct device_entry, clients),                                \
		  .choices = client_words,                                                         \
		  .help = "who connects, for their demands on certificates" },                     \
		{ .key = "window",                                                                 \
		  .type = FIELD_WINDOW,                                                            \
		  .offset = offsetof(struct device_entry, window),                                 \
		  .help = "when the box may be reset, local time" },                               \
		{ .key = "warn",                                                                   \
		  .type = FIELD_TEXT,                                                              \
		  .offset = offsetof(struct device_entry, warn),                                   \
		  .min = 1,                                                                        \
		  .max = 16,                                                                       \
		  .refuse = refuse_life,                                                           \
		  .help = "warn when less of the certificate's life is left: 30d, 33%" },          \
		{ .key = "fail",                                                                   \
		  .type = FIELD_TEXT,                                                              \
		  .offset = offsetof(struct device_entry, fail),                                   \
		  .min = 1,                                                                        \
		  .max = 16,                                                                       \
		  .refuse = refuse_life,                                                           \
		  .help = "an error when less is left: 7d, 10%" },                                 \
	{                                                                                          \
		.key = "options", .type = FIELD_GROUP,                                             \
		.help = "options of the driver; certroll drivers NAME lists them"                  \
	}

const struct field entry_rows[] = { OWN_ROWS, SHARED_ROWS, FIELD_END };
const struct field defaults_rows[] = { SHARED_ROWS, FIELD_END };
const struct field group_rows[] = {
	SHARED_ROWS,
	{ .key = "devices",
	  .type = FIELD_LIST,
	  .offset = offsetof(struct device_entry, devices),
	  .help = "names of the devices of the group" },
	{ .key = "groups", .type = FIELD_GROUP, .help = "groups inside the group" },
	FIELD_END
};

const struct field *inventory_device_rows(void)
{
	return entry_rows;
}

const struct field *inventory_group_rows(void)
{
	return group_rows;
}

bool inventory_key_is_shared(const char *key)
{
	return schema_find(defaults_rows, key) != NULL;
}
