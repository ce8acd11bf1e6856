/* device: what happens to one box (the device_ half of fleet.h). */
#include "cleanup.h"
#include "factory.h"
#include "fleet.h"
#include "profile.h"
#include "rejected.h"
#include "trust.h"

#include <openssl/err.h>

#define MINUTE_MS 60000

static void replace(struct identity **slot, struct identity *consumed)
{
	identity_free(*slot);
	*slot = consumed;
}

/* The leaf is signed when first seen and kept as DER, a tenth of the parsed certificate. */
static X509 *factory_leaf(struct device *device)
{
	char hardware_id[FAMILY_HWID_MAX];

	if (device->factory_der) {
		const unsigned char *der = device->factory_der;
		return mem_must(d2i_X509(NULL, &der, device->factory_length));
	}
	const struct first_certificate *first = &device->profile->family->first;
	device->profile->family->hardware_id(device->address, hardware_id);
	auto_free char *own_name = mem_format("DNS:%s", hardware_id);
	X509 *leaf = factory_sign(
		device->fleet->factory,
		&(struct factory_order){
			.common_name = hardware_id,
			.subject_alternates =
				first->own_name ? own_name : device->subject_alternates,
			.purposes = first->purposes,
			.days = first->days,
			.is_ca = first->is_ca,
			.serial = device->address,
			.self_signed = device->profile->family->self_signed,
		});
	device->factory_length = i2d_X509(leaf, &device->factory_der);
	return leaf;
}

static struct identity *factory_identity(struct device *device)
{
	struct factory *factory = device->fleet->factory;
	auto_chain STACK_OF(X509) *chain = mem_must(sk_X509_new_null());

	sk_X509_push(chain, factory_leaf(device));
	if (!device->profile->family->self_signed) {
		X509_up_ref(factory_authority(factory));
		sk_X509_push(chain, factory_authority(factory));
	}
	return identity_share(&device->fleet->identities, chain, factory_leaf_key(factory));
}

/* What revert-later promised happens when somebody next looks; no timer per device. */
static void revert_if_due(struct device *device)
{
	if (!device->revert_ms || fleet_now_ms() < device->revert_ms)
		return;
	device->revert_ms = 0;
	replace(&device->stored, identity_hold(device->fallback));
	replace(&device->served, take(device->fallback));
}

struct identity *device_served(struct device *device)
{
	revert_if_due(device);
	return device->served ? identity_hold(device->served) : factory_identity(device);
}

struct identity *device_stored(struct device *device)
{
	revert_if_due(device);
	return device->stored ? identity_hold(device->stored) : factory_identity(device);
}

/* The identity as the box's own mistakes make it appear in handshakes. */
static struct identity *distort(const struct device *device, struct identity *identity,
				enum step step)
{
	if (!identity)
		return NULL;
	if (device_fault(device, FAULT_WRONG_ORDER, step))
		return identity_swap(identity);
	if (device_fault(device, FAULT_DROP_INTERMEDIATE, step))
		return identity_shorten(identity);
	return identity_hold(identity);
}

bool device_can_serve(const struct device *device, const struct identity *identity)
{
	SSL *trial = mem_must(SSL_new(device->fleet->tls));
	bool good = identity_apply(identity, trial) == 0;

	SSL_free(trial);
	ERR_clear_error();
	return good;
}

/* Any certificate will do: the fault is about clients that have none. */
static int accept_client_certificate(int verified, X509_STORE_CTX *context)
{
	(void)verified;
	(void)context;
	return 1;
}

void device_spoil_tls(const struct device *device, SSL *ssl)
{
	if (device_fault(device, FAULT_TLS10_ONLY, STEP_TLS))
		SSL_set_max_proto_version(ssl, TLS1_VERSION);
	if (device_fault(device, FAULT_REQUIRES_CLIENT_CERT, STEP_TLS))
		SSL_set_verify(ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
			       accept_client_certificate);
}

void device_install(struct device *device, struct identity *identity, enum step step)
{
	const struct fault *revert = device_fault(device, FAULT_REVERT_LATER, step);

	revert_if_due(device);
	device->busy_shown = 0;
	device->revert_ms = revert ? fleet_now_ms() + revert->argument * 1000 : 0;
	replace(&device->fallback, revert ? identity_hold(device->served) : NULL);
	replace(&device->stored, identity);
	if (device_fault(device, FAULT_NEED_RESET, step))
		device->reset_required = true;
	else if (!device_fault(device, FAULT_KEEP_OLD, step))
		replace(&device->served, distort(device, identity, step));
}

bool device_wants_reset(const struct device *device)
{
	bool pending = device_fault(device, FAULT_PENDING_RESET, STEP_ANY) != NULL;

	return device->reset_required || (pending && !device->was_reset);
}

bool device_is_busy(struct device *device, enum step step)
{
	const struct fault *fault = device_fault(device, FAULT_BUSY, step);

	return fault && device->busy_shown++ < fault->argument;
}

void device_reset(struct device *device)
{
	const struct fault *boot = device_fault(device, FAULT_BOOT_TIME, STEP_RESET);

	if (device->reset_required)
		replace(&device->served, distort(device, device->stored, STEP_UPLOAD));
	device->reset_required = false;
	device->was_reset = true;
	device->boot_until_ms = boot ? fleet_now_ms() + boot->argument : 0;
}

void *device_memory(struct device *device)
{
	if (!device->memory)
		device->memory = mem_alloc(device->profile->family->memory_size);
	return device->memory;
}

static void forget_memory(struct device *device)
{
	const struct family *family = device->profile->family;

	if (device->memory && family->forget)
		family->forget(device->memory);
	free(device->memory);
	device->memory = NULL;
}

void device_restart(struct device *device)
{
	const struct family *family = device->profile->family;

	device->torn = false;
	if (family->restart)
		family->restart(device);
	device_reset(device);
}

bool device_ends_token(struct device *device, enum step step)
{
	const struct fault *fault = device_fault(device, FAULT_EXPIRE_TOKEN, step);

	return fault && device->tokens_ended++ < fault->argument;
}

static bool is_blacklisted(const struct device *device)
{
	const struct fault *fault = device_fault(device, FAULT_BLACKLIST, STEP_ANY);

	return fault && device->bad_requests >= fault->argument &&
	       fleet_now_ms() - device->bad_since_ms < MINUTE_MS;
}

bool device_is_away(const struct device *device)
{
	return fleet_now_ms() < device->boot_until_ms || is_blacklisted(device);
}

bool device_blame(struct device *device)
{
	int64_t now = fleet_now_ms();

	if (now - device->bad_since_ms >= MINUTE_MS) {
		device->bad_since_ms = now;
		device->bad_requests = 0;
	}
	device->bad_requests++;
	return is_blacklisted(device);
}

void device_to_factory(struct device *device)
{
	replace(&device->stored, NULL);
	replace(&device->served, NULL);
	replace(&device->fallback, NULL);
	trust_clear(device);
	rejected_clear(device);
	forget_memory(device);
	device->torn = false;
	device->tokens_ended = 0;
	device->revert_ms = 0;
	device->boot_until_ms = 0;
	device->bad_requests = 0;
	device->busy_shown = 0;
	device->reset_required = false;
	device->was_reset = false;
}
