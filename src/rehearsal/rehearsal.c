#include "certroll/rehearsal.h"
#include "certroll/driver.h"
#include "certroll/text.h"
#include "stand_in.h"
#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum { REASON_MAX = 200, LINE_HEAD = 64 };

struct rehearsal {
	const struct inventory *inventory;
	struct stand_in *stand_ins; /* by index of the device */
	size_t count;
	size_t next;                 /* of the line waited for */
	unsigned char key[KEY_HASH]; /* all boxes leave the works with one */
	struct fleet fleet;
};

/* The faults of one device, without its name.  Borrowed. */
static size_t faults_of(const struct device *device, const char *const *faults, size_t count,
			const char *out[REHEARSAL_MAX_FAULTS])
{
	size_t length = strlen(device->name), found = 0;

	for (size_t i = 0; i < count; i++)
		if (strncmp(faults[i], device->name, length) == 0 && faults[i][length] == '=')
			out[found++] = faults[i] + length + 1;
	return found;
}

static int check_faults(const struct inventory *inventory, const bool *chosen,
			const char *const *faults, size_t count, struct err *err)
{
	for (size_t i = 0; i < count; i++) {
		const char *equals = strchr(faults[i], '=');
		auto_free char *name =
			equals ? mem_copy(faults[i], (size_t)(equals - faults[i])) : NULL;
		const struct device *device = name ? inventory_find(inventory, name) : NULL;

		if (!device || !chosen[device - inventory->devices])
			return err_set(err, ERR_USAGE,
				       "--fault '%.80s': DEVICE=KIND is needed, with a device of "
				       "this rehearsal",
				       faults[i]);
	}
	return count > REHEARSAL_MAX_FAULTS
		       ? err_set(err, ERR_LIMIT, "more than %d faults", REHEARSAL_MAX_FAULTS)
		       : 0;
}

static int tell(struct rehearsal *rehearsal, const char *const *faults, size_t fault_count,
		struct err *err)
{
	for (size_t i = 0; i < rehearsal->count; i++) {
		struct stand_in *stand_in = &rehearsal->stand_ins[i];
		const char *own[REHEARSAL_MAX_FAULTS];
		auto_secret line = { 0 };
		size_t count;

		if (!stand_in->device)
			continue;
		count = faults_of(stand_in->device, faults, fault_count, own);
		if (roster_line(stand_in, own, count, &line, err) ||
		    fleet_tell(&rehearsal->fleet, line.bytes, line.len, err))
			return -1;
	}
	return fleet_tell(&rehearsal->fleet, "\n", 1, err);
}

static bool read_key(const json_t *line, unsigned char key[KEY_HASH])
{
	const char *hex = json_string_value(json_object_get(line, "key"));

	for (size_t i = 0; i < KEY_HASH; i++)
		if (!hex || sscanf(hex + 2 * i, "%2hhx", &key[i]) != 1)
			return false;
	return strlen(hex) == 2 * (size_t)KEY_HASH;
}

static bool read_place(const json_t *line, struct stand_in *stand_in)
{
	const char *address = json_string_value(json_object_get(line, "address"));
	const json_t *ports = json_object_get(line, "ports");

	if (!address || strncmp(address, "127.", 4) || strlen(address) >= sizeof stand_in->address)
		return false;
	strcpy(stand_in->address, address);
	for (size_t i = 0; i < STAND_IN_PORTS; i++)
		stand_in->ports[i] =
			(uint16_t)json_integer_value(json_object_get(ports, stand_in_services[i]));
	return true;
}

/* The fleet answers in the order in which it was told. */
static int take_line(void *arg, const char *text, bool *ready, struct err *err)
{
	struct rehearsal *rehearsal = arg;
	json_t *line = json_loads(text, 0, NULL);
	bool fine = line;

	*ready = json_is_true(json_object_get(line, "ready"));
	while (rehearsal->next < rehearsal->count && !rehearsal->stand_ins[rehearsal->next].device)
		rehearsal->next++;
	if (!*ready && rehearsal->next < rehearsal->count) {
		struct stand_in *stand_in = &rehearsal->stand_ins[rehearsal->next++];

		fine = read_place(line, stand_in);
	}
	if (*ready)
		fine = read_key(line, rehearsal->key);
	json_decref(line);
	return fine ? 0 : err_set(err, ERR_IO, "the mock fleet is of another version");
}

/* Before anything is started: some devices have no stand-in. */
static int assign_all(struct rehearsal *rehearsal, struct err *err)
{
	for (size_t i = 0; i < rehearsal->count; i++)
		if (rehearsal->stand_ins[i].device &&
		    stand_in_assign(&rehearsal->stand_ins[i], err))
			return -1;
	return 0;
}

struct rehearsal *rehearsal_start(const struct inventory *inventory, const bool *chosen,
				  const char *const *faults, size_t fault_count, struct err *err)
{
	struct rehearsal *rehearsal = NULL;

	if (check_faults(inventory, chosen, faults, fault_count, err))
		return NULL;
	rehearsal = mem_alloc(sizeof *rehearsal);
	rehearsal->inventory = inventory;
	rehearsal->count = inventory->count;
	rehearsal->stand_ins = mem_alloc((inventory->count + 1) * sizeof *rehearsal->stand_ins);
	for (size_t i = 0; i < inventory->count; i++)
		rehearsal->stand_ins[i].device = chosen[i] ? &inventory->devices[i] : NULL;
	rehearsal->fleet = (struct fleet){ .pid = -1, .input = -1, .output = -1 };
	if (assign_all(rehearsal, err) || fleet_start(&rehearsal->fleet, err) ||
	    tell(rehearsal, faults, fault_count, err) ||
	    fleet_await(&rehearsal->fleet, take_line, rehearsal, err)) {
		rehearsal_stop(rehearsal);
		return NULL;
	}
	return rehearsal;
}

void rehearsal_stop(struct rehearsal *rehearsal)
{
	if (!rehearsal)
		return;
	fleet_stop(&rehearsal->fleet);
	mem_free(rehearsal->stand_ins);
	mem_free(rehearsal);
}

static const struct stand_in *find(const struct rehearsal *rehearsal, const struct device *device)
{
	return &rehearsal->stand_ins[device - rehearsal->inventory->devices];
}

struct detour rehearsal_detour(const struct rehearsal *rehearsal, const struct device *device,
			       uint16_t port)
{
	const struct stand_in *stand_in = find(rehearsal, device);
	struct detour detour = { .port = 0 };

	strcpy(detour.address, stand_in->address);
	for (size_t i = 0; i < STAND_IN_PORTS; i++)
		if (stand_in->wanted[i] == port)
			detour.port = stand_in->ports[i];
	return detour;
}

const unsigned char *rehearsal_key(const struct rehearsal *rehearsal)
{
	return rehearsal->key;
}

/* The fleet answers each command with a line. */
static int take_answer(void *arg, const char *text, bool *ready, struct err *err)
{
	json_t *line = json_loads(text, 0, NULL);
	const char *error = json_string_value(json_object_get(line, "error"));
	bool fine = json_is_true(json_object_get(line, "ok"));
	auto_free char *shown =
		text_printable(error ? error : "?", error ? strlen(error) : 1, REASON_MAX);

	(void)arg;
	*ready = true;
	json_decref(line);
	return fine ? 0 : err_set(err, ERR_DEVICE, "the mock device says: %s", shown);
}

static int ask(struct rehearsal *rehearsal, const char *bytes, size_t len, struct err *err)
{
	return fleet_tell(&rehearsal->fleet, bytes, len, err)
		       ? -1
		       : fleet_await(&rehearsal->fleet, take_answer, NULL, err);
}

/* A key crosses the pipe: the line stands in secret pages. */
static int install(struct rehearsal *rehearsal, const struct device *device, struct bytes file,
		   const struct secret *password, struct err *err)
{
	const char *address = find(rehearsal, device)->address;
	size_t room = 2 * file.len + (password ? password->len : 0) + LINE_HEAD;
	auto_secret line = { 0 };

	secret_init(&line, room);
	line.len = (size_t)snprintf(line.bytes, room, "install %s hex:", address);
	text_hex(file.data, file.len, line.bytes + line.len);
	line.len += 2 * file.len;
	line.len += (size_t)snprintf(line.bytes + line.len, room - line.len, "%s%s\n",
				     password ? " " : "", password ? password->bytes : "");
	return ask(rehearsal, line.bytes, line.len, err);
}

int rehearsal_install(struct rehearsal *rehearsal, const struct device *device,
		      const struct secret *pkcs12, const struct secret *password, struct err *err)
{
	return install(rehearsal, device, (struct bytes){ pkcs12->bytes, pkcs12->len }, password,
		       err);
}

int rehearsal_install_pem(struct rehearsal *rehearsal, const struct device *device,
			  struct bytes pem, struct err *err)
{
	return install(rehearsal, device, pem, NULL, err);
}

/* OpenSSL's notation takes commas alone. */
int rehearsal_regenerate(struct rehearsal *rehearsal, const struct device *device, const char *san,
			 int days, struct err *err)
{
	auto_free char *names = text_copy(san);
	auto_free char *line = NULL;
	size_t len = 0;

	for (const char *at = san; *at; at++)
		if (*at != ' ')
			names[len++] = *at;
	names[len] = '\0';
	line = text_format("regenerate %s %d serverAuth,clientAuth %s\n",
			   find(rehearsal, device)->address, days, names);
	return ask(rehearsal, line, strlen(line), err);
}
