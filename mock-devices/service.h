/**
 * @file
 * service: the TLS ports a box has (docs/devices/innovaphone.md F0).
 */
#ifndef MOCK_SERVICE_H
#define MOCK_SERVICE_H

#include <stdbool.h>

enum service {
	SERVICE_HTTPS, /**< the admin pages */
	SERVICE_SIPS,  /**< these three: a handshake and silence */
	SERVICE_H323S,
	SERVICE_LDAPS,
	SERVICE_COUNT,
};

/** Name of a service in options, logs and the port file. */
const char *service_name(enum service service);

/** The service with a name; false: there is none. */
bool service_find(const char *name, enum service *service);

#endif
