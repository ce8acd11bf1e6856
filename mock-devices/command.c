/* command: asking and changing the fleet while it runs. */
#include "command.h"

#include "cleanup.h"
#include "fleet.h"
#include "person.h"
#include "rejected.h"
#include "text.h"

#include <inttypes.h>
#include <string.h>

static void add_count(struct evbuffer *out, const char *name, uint64_t count)
{
	evbuffer_add_printf(out, ",\"%s\":%" PRIu64, name, count);
}

static void add_counts(struct evbuffer *out, const struct counts *counts)
{
	add_count(out, "connections", counts->connections);
	evbuffer_add_printf(out, ",\"handshakes\":{");
	for (int i = 0; i < SERVICE_COUNT; i++)
		evbuffer_add_printf(out, "%s\"%s\":%" PRIu64, i ? "," : "",
				    service_name((enum service)i), counts->handshakes[i]);
	evbuffer_add_printf(out, "}");
	add_count(out, "handshakes_failed", counts->handshakes_failed);
	add_count(out, "requests", counts->requests);
	add_count(out, "messages", counts->messages);
	add_count(out, "uploads", counts->uploads);
	add_count(out, "logins_refused", counts->logins_refused);
	add_count(out, "bytes_received", counts->bytes_received);
}

static void add_fingerprints(struct evbuffer *out, const char *name, const STACK_OF(X509) * list)
{
	char fingerprint[IDENTITY_HEX];

	evbuffer_add_printf(out, ",\"%s\":[", name);
	for (int i = 0; i < sk_X509_num(list); i++) {
		identity_fingerprint(sk_X509_value(list, i), fingerprint);
		evbuffer_add_printf(out, "%s\"%s\"", i ? "," : "", fingerprint);
	}
	evbuffer_add_printf(out, "]");
}

/* Who a command is about; NULL device: all of them. */
static int find_device(struct fleet *fleet, const char *text, struct device **device,
		       struct err *err)
{
	uint32_t address = 0;

	*device = NULL;
	if (strcmp(text, "all") == 0)
		return 0;
	if (range_parse_address(text, &address, err))
		return -1;
	*device = fleet_device(fleet, address);
	return *device ? 0 : err_set(err, "%s: no such device", text);
}

/* A command being run; members of the answer beyond "ok" go to out. */
struct command {
	struct fleet *fleet;
	struct device *device; /* NULL: all */
	const char *rest;      /* what follows the address, or NULL */
	struct evbuffer *out;
};

static int run_stats(const struct command *command, struct err *err)
{
	(void)err;
	add_counts(command->out,
		   command->device ? &command->device->counts : &command->fleet->counts);
	return 0;
}

static int run_state(const struct command *command, struct err *err)
{
	char fingerprint[IDENTITY_HEX];

	if (!command->device)
		return err_set(err, "state wants one address");
	auto_identity struct identity *served = device_served(command->device);
	identity_fingerprint(sk_X509_value(served->chain, 0), fingerprint);
	evbuffer_add_printf(command->out, ",\"leaf_sha256\":\"%s\"", fingerprint);
	add_fingerprints(command->out, "chain", served->chain);
	add_fingerprints(command->out, "trusted", command->device->trusted);
	evbuffer_add_printf(command->out, ",\"reset_required\":%s,\"factory\":%s",
			    device_wants_reset(command->device) ? "true" : "false",
			    command->device->served ? "false" : "true");
	return 0;
}

static int run_fault(const struct command *command, struct err *err)
{
	struct fault fault;

	if (!command->rest)
		return err_set(err, "fault wants an address and a fault");
	if (fault_parse(command->rest, &fault, err))
		return -1;
	faults_add(command->device ? &command->device->faults : &command->fleet->faults, &fault);
	return 0;
}

/* Do something to the device, or to all that were ever spoken to. */
static void each_device(const struct command *command, void (*act)(struct device *device))
{
	if (command->device) {
		act(command->device);
		return;
	}
	for (size_t i = 0; i < command->fleet->range.count; i++)
		if (command->fleet->devices[i])
			act(command->fleet->devices[i]);
}

static void forget_faults(struct device *device)
{
	device->faults = (struct faults){ 0 };
}

/* "all" means the devices' own faults as well: afterwards everything works. */
static int run_unfault(const struct command *command, struct err *err)
{
	(void)err;
	if (!command->device)
		command->fleet->faults = (struct faults){ 0 };
	each_device(command, forget_faults);
	return 0;
}

static int run_reject(const struct command *command, struct err *err)
{
	auto_chain STACK_OF(X509) *chain = NULL;

	if (!command->device || !command->rest)
		return err_set(err, "reject wants one address and a file");
	if (rejected_read(command->rest, &chain, err))
		return -1;
	rejected_add(command->device, chain);
	return 0;
}

static int run_install(const struct command *command, struct err *err)
{
	auto_free char *words = mem_copy(command->rest ? command->rest : "",
					 command->rest ? strlen(command->rest) : 0);
	char *password = words;
	const char *file = strsep(&password, " ");

	if (!command->device || !*file)
		return err_set(err, "install wants one address and a file");
	return person_install(command->device, file, password, err);
}

static int run_regenerate(const struct command *command, struct err *err)
{
	if (!command->device || !command->rest)
		return err_set(err, "regenerate wants one address, days, purposes and names");
	return person_regenerate(command->device, command->rest, err);
}

static int run_factory(const struct command *command, struct err *err)
{
	(void)err;
	each_device(command, device_to_factory);
	return 0;
}

static int run_restart(const struct command *command, struct err *err)
{
	(void)err;
	each_device(command, device_restart);
	return 0;
}

static const struct verb {
	const char *name;
	const char *whom; /* when no address is given; NULL: one must be */
	int (*run)(const struct command *command, struct err *err);
} verbs[] = {
	{ "stats", "all", run_stats },          { "state", NULL, run_state },
	{ "fault", NULL, run_fault },           { "unfault", NULL, run_unfault },
	{ "factory", NULL, run_factory },       { "reject", NULL, run_reject },
	{ "restart", NULL, run_restart },       { "install", NULL, run_install },
	{ "regenerate", NULL, run_regenerate },
};

static int run_verb(const char *name, struct command *command, char *rest, struct err *err)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		const struct verb *verb = &verbs[i];

		if (strcmp(verb->name, name) != 0)
			continue;
		const char *whom = rest ? strsep(&rest, " ") : verb->whom;
		if (!whom)
			return err_set(err, "%s wants an address or all", name);
		command->rest = rest;
		if (find_device(command->fleet, whom, &command->device, err))
			return -1;
		return verb->run(command, err);
	}
	return err_set(err, "no command \"%.32s\"", name);
}

enum command_result command_run(struct fleet *fleet, char *line, struct evbuffer *out)
{
	auto_buffer struct evbuffer *answer = mem_must(evbuffer_new());
	struct command command = { .fleet = fleet, .out = answer };
	const char *name = strsep(&line, " ");
	bool quit = strcmp(name, "quit") == 0;
	struct err err;

	if (!quit && run_verb(name, &command, line, &err)) {
		evbuffer_add_printf(out, "{\"error\":");
		text_json(out, err.text);
	} else {
		evbuffer_add_printf(out, "{\"ok\":true");
		evbuffer_add_buffer(out, answer);
	}
	evbuffer_add(out, "}\n", 2);
	return quit ? COMMAND_QUIT : COMMAND_DONE;
}
