/* options: rows for getopt_long and for the help. */
#include "options.h"

#include "cleanup.h"
#include "text.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#define RSA_BITS_MAX     16384
#define SETTING_NAME_MAX 64

typedef int option_store(struct options *options, const char *value, struct err *err);

static int store_device(struct options *options, const char *value, struct err *err)
{
	const struct family *family = family_find(value);

	if (!family)
		return err_set(err, "no device family \"%.64s\"", value);
	profile_become(&options->profile, family);
	return 0;
}

static int store_first(struct options *options, const char *value, struct err *err)
{
	return range_parse_address(value, &options->range.first, err);
}

static int store_count(struct options *options, const char *value, struct err *err)
{
	int64_t count = 0;

	if (!text_number(value, 1, RANGE_COUNT_MAX, &count))
		return err_set(err, "between 1 and %d devices", RANGE_COUNT_MAX);
	options->range.count = (size_t)count;
	return 0;
}

/* Whether the text is "NAME=..."; then the value starts after the sign. */
static bool split_name(const char *text, const char *name, const char **value)
{
	size_t length = strlen(name);

	if (strncmp(text, name, length) != 0 || text[length] != '=')
		return false;
	*value = text + length + 1;
	return true;
}

static int store_port(struct options *options, const char *value, struct err *err)
{
	const char *text = NULL;
	int64_t port = 0;

	for (int i = 0; i < SERVICE_COUNT; i++) {
		if (!split_name(value, service_name((enum service)i), &text))
			continue;
		if (!text_number(text, 0, UINT16_MAX, &port))
			return err_set(err, "\"%.16s\" is no port", text);
		options->ports[i] = (uint16_t)port;
		return 0;
	}
	return err_set(err, "want SERVICE=PORT with https, sips, h323s or ldaps");
}

static int store_set(struct options *options, const char *value, struct err *err)
{
	char name[SETTING_NAME_MAX];
	size_t length = strcspn(value, "=");

	if (!value[length] || length >= sizeof(name))
		return err_set(err, "want NAME=VALUE");
	memcpy(name, value, length);
	name[length] = '\0';
	return profile_set(&options->profile, name, value + length + 1, err);
}

int options_split_address(const char *text, uint32_t *address, const char **value, struct err *err)
{
	char copy[RANGE_TEXT_MAX];
	size_t length = strcspn(text, "=");

	*address = 0;
	*value = text[length] ? text + length + 1 : text;
	if (!text[length] || split_name(text, "all", value))
		return 0;
	if (length >= sizeof(copy))
		return err_set(err, "want ADDRESS=VALUE");
	memcpy(copy, text, length);
	copy[length] = '\0';
	return range_parse_address(copy, address, err);
}

static int push_entry(struct option_entry **list, const char *text, struct err *err)
{
	uint32_t address = 0;
	const char *value = NULL;

	if (options_split_address(text, &address, &value, err))
		return -1;
	while (*list)
		list = &(*list)->next;
	*list = mem_alloc(sizeof(**list));
	(*list)->address = address;
	(*list)->value = mem_copy(value, strlen(value));
	return 0;
}

static int store_fault(struct options *options, const char *value, struct err *err)
{
	return push_entry(&options->faults, value, err);
}

static int store_lot(struct options *options, const char *value, struct err *err)
{
	return fault_lot_parse(value, &options->lot, err);
}

static int store_no_native_auth(struct options *options, const char *value, struct err *err)
{
	(void)value;
	return push_entry(&options->faults, "no-native-auth", err);
}

static int store_name(struct options *options, const char *value, struct err *err)
{
	return push_entry(&options->names, value, err);
}

static int store_rsa_bits(struct options *options, const char *value, struct err *err)
{
	int64_t bits = 0;

	if (!text_number(value, 512, RSA_BITS_MAX, &bits))
		return err_set(err, "between 512 and %d bits", RSA_BITS_MAX);
	options->profile.limits.max_rsa_bits = (int)bits;
	return 0;
}

static int store_idle_exit(struct options *options, const char *value, struct err *err)
{
	if (!text_number(value, 1, 86400, &options->idle_exit_s))
		return err_set(err, "between 1 and 86400 seconds");
	return 0;
}

/* Without a function the value goes into the member as it is; without a value it is a flag. */
static const struct row {
	const char *name, *value, *help;
	option_store *store;
	size_t member;
} rows[] = {
#define CALL(name, value, help, store)                                                             \
	{                                                                                          \
		name, value, help, store, 0                                                        \
	}
#define TEXT(name, value, help, member)                                                            \
	{                                                                                          \
		name, value, help, NULL, offsetof(struct options, member)                          \
	}
#define FLAG(name, help, member)                                                                   \
	{                                                                                          \
		name, NULL, help, NULL, offsetof(struct options, member)                           \
	}
	CALL("device", "FAMILY", "kind of box (innovaphone), see below; comes before --set",
	     store_device),
	TEXT("fleet", "FILE", "boxes of all kinds, a JSON object per line; -: standard input",
	     fleet),
	CALL("first", "ADDRESS", "first loopback address (127.77.0.1)", store_first),
	CALL("count", "N", "number of boxes, on consecutive addresses (1)", store_count),
	CALL("port", "SERVICE=PORT", "https, sips, h323s, ldaps; 0: any free port (0)", store_port),
	TEXT("port-file", "FILE", "write the ports there when ready, a line each", port_file),
	TEXT("control", "SOCKET", "answer commands on this Unix socket", control),
	TEXT("log", "FILE", "append a JSON line per event", log),
	CALL("fault", "[ADDRESS=]FAULT", "go wrong: KIND[@STEP][:ARGUMENT], see below",
	     store_fault),
	CALL("random-faults", "SEED:RATE", "let RATE percent of all steps of all boxes go wrong",
	     store_lot),
	TEXT("user", "NAME", "administrator (admin)", profile.user),
	TEXT("password", "TEXT", "and his password (the factory's)", profile.password),
	CALL("name", "[ADDRESS=]TEXT", "device name (made from the address)", store_name),
	TEXT("firmware", "LABEL", "firmware label, or all of it if it has brackets",
	     profile.firmware),
	FLAG("protect-all", "want credentials for every page", profile.protect_all),
	CALL("no-native-auth", NULL, "short for --fault no-native-auth", store_no_native_auth),
	CALL("max-rsa-bits", "N", "longest key of a leaf (2048)", store_rsa_bits),
	FLAG("allow-ec", "take leaves with elliptic curve keys", profile.limits.allow_ec),
	CALL("set", "NAME=VALUE", "change a habit, see below", store_set),
	TEXT("installed", "FILE", "a bundle (PEM) every box serves from the start", installed),
	TEXT("rejected", "FILE", "a PEM chain every box refused before", rejected),
	TEXT("factory-keys", "FILE", "two RSA keys (PEM): of the device authority, of all leaves",
	     factory_keys),
	TEXT("factory-ca", "FILE", "write the device authority's certificate there", factory_ca),
	CALL("idle-exit", "SECONDS", "end after so long without a connection", store_idle_exit),
	FLAG("with-stdin", "end when standard input is closed", with_stdin),
	FLAG("help", "this text", help),
#undef CALL
#undef TEXT
#undef FLAG
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static int store_value(struct options *options, const struct row *row, const char *value,
		       struct err *err)
{
	void *member = (char *)options + row->member;

	if (row->store)
		return row->store(options, value, err);
	if (row->value)
		*(const char **)member = value;
	else
		*(bool *)member = true;
	return 0;
}

static void make_long_options(struct option table[ROWS + 1])
{
	memset(table, 0, (ROWS + 1) * sizeof(*table));
	for (size_t i = 0; i < ROWS; i++) {
		table[i].name = rows[i].name;
		table[i].has_arg = rows[i].value ? required_argument : no_argument;
	}
}

int options_parse(struct options *options, int argc, char **argv, struct err *err)
{
	struct option table[ROWS + 1];
	int row = 0, letter;

	*options = (struct options){
		.range = { .first = 0x7f4d0001, .count = 1 }, /* 127.77.0.1 */
	};
	profile_init(&options->profile);
	make_long_options(table);
	optind = 1;
	opterr = 0;
	while ((letter = getopt_long(argc, argv, ":", table, &row)) != -1) {
		struct err cause;

		if (letter)
			return err_set(err, letter == ':' ? "%s wants a value" : "no option %s",
				       argv[optind - 1]);
		if (store_value(options, &rows[row], optarg, &cause))
			return err_set(err, "--%s: %.200s", rows[row].name, cause.text);
	}
	if (optind < argc)
		return err_set(err, "%.64s: not an option", argv[optind]);
	return range_check(&options->range, err);
}

void options_help(void)
{
	auto_buffer struct evbuffer *out = mem_must(evbuffer_new());

	evbuffer_add_printf(out, "usage: mock-fleet [options]\n\n"
				 "Pretend telephony boxes on loopback addresses, for tests.\n\n");
	for (size_t i = 0; i < ROWS; i++) {
		auto_free char *name =
			mem_format("--%s %s", rows[i].name, rows[i].value ? rows[i].value : "");
		evbuffer_add_printf(out, "  %-26s %s\n", name, rows[i].help);
	}
	evbuffer_add_printf(out, "\nFaults, their preset arguments and steps:\n");
	fault_help(out);
	for (size_t f = 0; family_at(f); f++) {
		evbuffer_add_printf(out, "\nSettings of %s (%s):\n", family_at(f)->name,
				    family_at(f)->summary);
		for (const struct setting *row = family_at(f)->settings; row->name; row++)
			evbuffer_add_printf(out, "  %-21s %s\n", row->name,
					    *row->preset ? row->preset : "(empty)");
	}
	evbuffer_add(out, "", 1);
	(void)fputs((const char *)evbuffer_pullup(out, -1), stdout);
}

static void free_entries(struct option_entry *list)
{
	while (list) {
		struct option_entry *next = list->next;

		free(list->value);
		free(list);
		list = next;
	}
}

void options_clear(struct options *options)
{
	free_entries(options->names);
	free_entries(options->faults);
	*options = (struct options){ 0 };
}
