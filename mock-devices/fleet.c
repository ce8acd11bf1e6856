/* fleet: making boxes and asking them. */
#include "fleet.h"

#include "cleanup.h"
#include "factory.h"
#include "journal.h"
#include "options.h"
#include "text.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define SWAPPED_BITS 0x00a5a5a5U /* turns an address into the one of a box that is not there */

int64_t fleet_now_ms(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* One context that allows everything old boxes do and keeps no sessions, so counts are exact. */
static SSL_CTX *make_context(void)
{
	SSL_CTX *tls = mem_must(SSL_CTX_new(TLS_server_method()));

	SSL_CTX_set_security_level(tls, 0);
	SSL_CTX_set_min_proto_version(tls, TLS1_VERSION);
	SSL_CTX_set_max_proto_version(tls, TLS1_3_VERSION);
	SSL_CTX_set_cipher_list(tls, "DEFAULT:@SECLEVEL=0");
	SSL_CTX_set_mode(tls, SSL_MODE_NO_AUTO_CHAIN | SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_options(tls, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
	SSL_CTX_set_num_tickets(tls, 0);
	SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF);
	return tls;
}

/* Where a fault given for an address (0: all) belongs; NULL: no such device. */
static struct faults *faults_of(struct fleet *fleet, uint32_t address)
{
	if (!address)
		return &fleet->faults;
	struct device *device = fleet_device(fleet, address);
	return device ? &device->faults : NULL;
}

static int apply_faults(struct fleet *fleet, const struct option_entry *entry, struct err *err)
{
	for (; entry; entry = entry->next) {
		struct faults *faults = faults_of(fleet, entry->address);
		struct fault fault;

		if (!faults)
			return err_set(err, "--fault %.64s: no such device", entry->value);
		if (fault_parse(entry->value, &fault, err))
			return -1;
		faults_add(faults, &fault);
	}
	return 0;
}

static int apply_names(struct fleet *fleet, const struct option_entry *entry, struct err *err)
{
	for (; entry; entry = entry->next) {
		uint32_t address = entry->address ? entry->address : fleet->options->range.first;
		struct device *device = fleet_device(fleet, address);

		if (!device)
			return err_set(err, "--name %.64s: no such device", entry->value);
		device->name = entry->value;
	}
	return 0;
}

struct fleet *fleet_new(const struct options *options, struct err *err)
{
	struct fleet *fleet = mem_alloc(sizeof(*fleet));

	fleet->options = options;
	fleet->tls = make_context();
	fleet->devices = mem_alloc(options->range.count * sizeof(struct device *));
	fleet->journal = journal_open(options->log, err);
	fleet->factory = fleet->journal ? factory_new(err) : NULL;
	if (!fleet->factory || apply_faults(fleet, options->faults, err) ||
	    apply_names(fleet, options->names, err) ||
	    (options->factory_ca && factory_write(fleet->factory, options->factory_ca, err))) {
		fleet_free(fleet);
		return NULL;
	}
	return fleet;
}

static void free_device(struct device *device)
{
	if (!device)
		return;
	device_to_factory(device);
	sk_X509_free(device->trusted);
	OPENSSL_free(device->factory_der);
	free(device);
}

void fleet_free(struct fleet *fleet)
{
	if (!fleet)
		return;
	for (size_t i = 0; i < fleet->options->range.count; i++)
		free_device(fleet->devices[i]);
	free(fleet->devices);
	SSL_CTX_free(fleet->tls);
	factory_free(fleet->factory);
	journal_close(fleet->journal);
	free(fleet);
}

struct device *fleet_device(struct fleet *fleet, uint32_t address)
{
	size_t index = 0;

	if (!range_index(&fleet->options->range, address, &index))
		return NULL;
	struct device **slot = &fleet->devices[index];
	if (!*slot) {
		*slot = mem_alloc(sizeof(**slot));
		(*slot)->fleet = fleet;
		(*slot)->address = address;
		(*slot)->trusted = mem_must(sk_X509_new_null());
	}
	return *slot;
}

const char *fleet_setting(const struct fleet *fleet, size_t setting)
{
	const char *value = fleet->options->settings[setting];

	return value ? value : fleet->options->family->settings[setting].preset;
}

const struct fault *device_fault(const struct device *device, enum fault_kind kind, enum step step)
{
	const struct fault *fault = faults_find(&device->faults, kind, step);

	return fault ? fault : faults_find(&device->fleet->faults, kind, step);
}

int64_t device_clock(const struct device *device)
{
	const struct fault *fault = device_fault(device, FAULT_WRONG_CLOCK, STEP_ANY);

	return (int64_t)time(NULL) + (fault ? fault->argument : 0);
}

/* The address a box claims to be made for. */
static uint32_t claimed_address(const struct device *device)
{
	bool swapped = device_fault(device, FAULT_SWAP_IDENTITY, STEP_ANY) != NULL;

	return swapped ? device->address ^ SWAPPED_BITS : device->address;
}

void device_hardware_id(const struct device *device, char text[FAMILY_HWID_MAX])
{
	device->fleet->options->family->hardware_id(claimed_address(device), text);
}

void device_name(const struct device *device, char text[FLEET_NAME_MAX])
{
	uint32_t claimed = claimed_address(device);

	if (device->name && claimed == device->address)
		(void)snprintf(text, FLEET_NAME_MAX, "%s", device->name);
	else
		(void)snprintf(text, FLEET_NAME_MAX, "box-%u-%u-%u", (claimed >> 16) & 255U,
			       (claimed >> 8) & 255U, claimed & 255U);
}
