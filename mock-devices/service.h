/**
 * @file
 * service: the TLS ports a box has (docs/devices/innovaphone.md F0).
 */
#ifndef MOCK_SERVICE_H
#define MOCK_SERVICE_H

#include <stdbool.h>

enum service {
	SERVICE_HTTPS, /**< the admin pages */
	SERVICE_SIPS,  /**< this one and all below: a handshake and silence */
	SERVICE_H323S,
	SERVICE_LDAPS,
	SERVICE_TLS1, /**< further ports of an inventory; only a roster gives a box these */
	SERVICE_TLS2,
	SERVICE_TLS3,
	SERVICE_TLS4,
	SERVICE_COUNT,
};

/** Bits, 1 << enum service: what a gateway has, and what any box of a roster may have. */
#define SERVICES_GATEWAY ((1U << SERVICE_TLS1) - 1)
#define SERVICES_FURTHER (((1U << SERVICE_COUNT) - 1) & ~SERVICES_GATEWAY)

/** Name of a service in options, logs and the port file. */
const char *service_name(enum service service);

/** The service with a name; false: there is none. */
bool service_find(const char *name, enum service *service);

#endif
