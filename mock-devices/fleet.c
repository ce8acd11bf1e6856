/* fleet: making boxes and asking them. */
#include "fleet.h"

#include "bundle.h"
#include "cleanup.h"
#include "factory.h"
#include "journal.h"
#include "options.h"
#include "rejected.h"
#include "roster.h"
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

/* Who is in it: the roster's boxes, or as many alike as the range has addresses. */
static int fill(struct fleet *fleet, struct err *err)
{
	const struct options *options = fleet->options;

	fleet->range = options->range;
	if (options->fleet) {
		fleet->roster = roster_read(options->fleet, &options->profile, options->ports, err);
		if (!fleet->roster)
			return -1;
		fleet->range.count = fleet->roster->count;
	}
	fleet->devices = mem_alloc(fleet->range.count * sizeof(struct device *));
	return range_check(&fleet->range, err);
}

static int read_installed(struct fleet *fleet, const char *path, struct err *err)
{
	struct bundle_limits limits = fleet->options->profile.limits;
	auto_free char *bytes = mem_alloc(BUNDLE_BYTES_MAX + 1);
	FILE *file = fopen(path, "re");

	if (!file)
		return err_set(err, "cannot read %.128s: %s", path, strerror(errno));
	size_t length = fread(bytes, 1, BUNDLE_BYTES_MAX + 1, file);
	(void)fclose(file);
	limits.allow_incomplete = true;
	enum bundle_verdict verdict =
		bundle_parse(bytes, length, &limits, &fleet->identities, &fleet->installed);
	OPENSSL_cleanse(bytes, length);
	return verdict ? err_set(err, "%.128s: %s", path, bundle_text(verdict)) : 0;
}

static int make_ready(struct fleet *fleet, struct err *err)
{
	const struct options *options = fleet->options;

	fleet->journal = journal_open(options->log, err);
	if (!fleet->journal || fill(fleet, err) ||
	    (options->installed && read_installed(fleet, options->installed, err)) ||
	    (options->factory_keys &&
	     factory_read_keys(fleet->factory, options->factory_keys, err)) ||
	    (options->rejected && rejected_read(options->rejected, &fleet->rejected, err)) ||
	    apply_faults(fleet, options->faults, err) || apply_names(fleet, options->names, err))
		return -1;
	return options->factory_ca ? factory_write(fleet->factory, options->factory_ca, err) : 0;
}

struct fleet *fleet_new(const struct options *options, struct err *err)
{
	struct fleet *fleet = mem_alloc(sizeof(*fleet));

	fleet->options = options;
	fleet->tls = make_context();
	fleet->factory = factory_new();
	if (!make_ready(fleet, err))
		return fleet;
	fleet_free(fleet);
	return NULL;
}

static void free_device(struct device *device)
{
	if (!device)
		return;
	device_to_factory(device);
	sk_X509_free(device->trusted);
	rejected_free(device->rejected);
	OPENSSL_free(device->factory_der);
	free(device);
}

void fleet_free(struct fleet *fleet)
{
	if (!fleet)
		return;
	for (size_t i = 0; fleet->devices && i < fleet->range.count; i++)
		free_device(fleet->devices[i]);
	free(fleet->devices);
	SSL_CTX_free(fleet->tls);
	cleanup_chain(&fleet->rejected);
	identity_free(fleet->installed);
	roster_free(fleet->roster);
	factory_free(fleet->factory);
	journal_close(fleet->journal);
	free(fleet);
}

/* What the roster says about it, which may be less than the command line does. */
static void enlist(struct device *device, const struct roster_entry *entry)
{
	device->profile = entry->profile;
	device->services = entry->services;
	device->name = entry->name;
	device->subject_alternates = entry->subject_alternates;
	for (size_t i = 0; i < entry->fault_count; i++)
		faults_add(&device->faults, &entry->faults[i]);
}

static struct device *make_device(struct fleet *fleet, size_t index)
{
	const struct profile *usual = &fleet->options->profile;
	struct device *device = mem_alloc(sizeof(*device));

	device->fleet = fleet;
	device->address = fleet->range.first + (uint32_t)index;
	device->profile = usual;
	device->services = usual->family->services;
	device->trusted = mem_must(sk_X509_new_null());
	LIST_INIT(&device->channels);
	if (fleet->roster)
		enlist(device, &fleet->roster->entries[index]);
	device->stored = identity_hold(fleet->installed);
	device->served = identity_hold(fleet->installed);
	if (fleet->rejected)
		rejected_add(device, fleet->rejected);
	return device;
}

struct device *fleet_device(struct fleet *fleet, uint32_t address)
{
	size_t index = 0;

	if (!range_index(&fleet->range, address, &index))
		return NULL;
	if (!fleet->devices[index])
		fleet->devices[index] = make_device(fleet, index);
	return fleet->devices[index];
}

int fleet_port(const struct fleet *fleet, size_t index, enum service service)
{
	const struct options *options = fleet->options;
	const struct roster_entry *entry = fleet->roster ? &fleet->roster->entries[index] : NULL;
	unsigned services = entry ? entry->services : options->profile.family->services;

	if (!(services & (1U << service)))
		return -1;
	return entry ? entry->ports[service] : options->ports[service];
}

const char *device_setting(const struct device *device, size_t setting)
{
	return profile_setting(device->profile, setting);
}

const struct fault *device_fault(const struct device *device, enum fault_kind kind, enum step step)
{
	const struct fault *fault = faults_find(&device->faults, kind, step);

	if (!fault)
		fault = faults_find(&device->fleet->faults, kind, step);
	if (fault)
		return fault;
	fault = fault_draw(&device->fleet->options->lot, device->address, step);
	return fault && fault->kind == kind ? fault : NULL;
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
	device->profile->family->hardware_id(claimed_address(device), text);
}

static void make_name(uint32_t address, char text[FLEET_NAME_MAX])
{
	(void)snprintf(text, FLEET_NAME_MAX, "box-%u-%u-%u", (address >> 16) & 255U,
		       (address >> 8) & 255U, address & 255U);
}

void device_name(const struct device *device, char text[FLEET_NAME_MAX])
{
	uint32_t claimed = claimed_address(device);

	if (device->name && claimed == device->address)
		(void)snprintf(text, FLEET_NAME_MAX, "%s", device->name);
	else
		make_name(claimed, text);
}

void fleet_name(const struct fleet *fleet, size_t index, char text[FLEET_NAME_MAX])
{
	const char *name = fleet->roster ? fleet->roster->entries[index].name : NULL;

	if (name)
		(void)snprintf(text, FLEET_NAME_MAX, "%s", name);
	else
		make_name(fleet->range.first + (uint32_t)index, text);
}
