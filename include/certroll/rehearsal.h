/**
 * @file
 * rehearsal: a roll-out on mock devices of this machine, one for each entry of the inventory.
 *
 * The mock fleet is a program of its own (mock-fleet).  It is told about each device what the
 * inventory says: driver, options, role, names, services, firmware, and an invented password.
 * Every connection then goes to 127.0.0.0/8; where the kernel allows, the program and the fleet have
 * a network of their own that has nothing else.
 *
 * Layer: rehearsal.
 */
#ifndef CERTROLL_REHEARSAL_H
#define CERTROLL_REHEARSAL_H

#include "certroll/bundle.h"
#include "certroll/detour.h"
#include "certroll/inventory.h"

enum { REHEARSAL_MAX_FAULTS = 64 };

struct rehearsal;

/**
 * Move this process into a user and network namespace of its own that has only `lo`.  Before
 * anything secret is in memory: the process is dumpable for the moment this takes.
 *
 * @return false where the kernel does not allow that; the engine's fence holds all the same
 */
bool rehearsal_isolate(void);

/**
 * Start a mock device for each chosen device and wait until all are ready.
 *
 * @param faults  what shall go wrong, "DEVICE=KIND[@STEP][:VALUE]"
 * @return the caller stops it, or NULL with ERR_USAGE (a fault that nobody can have) or ERR_IO
 */
struct rehearsal *rehearsal_start(const struct inventory *inventory, const bool *chosen,
				  const char *const *faults, size_t fault_count,
				  struct err *err) MUST_CHECK;

/** End the fleet.  NULL is fine. */
void rehearsal_stop(struct rehearsal *rehearsal);

/** @name What a person would do at the device
 * 0, or -1 with ERR_IO or ERR_DEVICE: what the mock device says
 * @{ */
/** Install a PKCS#12 container. */
int rehearsal_install(struct rehearsal *rehearsal, const struct device *device,
		      const struct secret *pkcs12, const struct secret *password,
		      struct err *err) MUST_CHECK;
/** Install PEM: chain and key. */
int rehearsal_install_pem(struct rehearsal *rehearsal, const struct device *device,
			  struct bytes pem, struct err *err) MUST_CHECK;
/** Let the device make a certificate for these names ("DNS:a, IP:b"), for so many days. */
int rehearsal_regenerate(struct rehearsal *rehearsal, const struct device *device, const char *san,
			 int days, struct err *err) MUST_CHECK;
/** @} */

/** What stands for a port of a device. */
struct detour rehearsal_detour(const struct rehearsal *rehearsal, const struct device *device,
			       uint16_t port);

/** SHA-256 of the public key that all mock devices begin with; borrowed. */
const unsigned char *rehearsal_key(const struct rehearsal *rehearsal);

#endif
