/**
 * @file
 * hostname: host names and addresses as people write them.
 *
 * Layer: inventory, internal.
 */
#ifndef INVENTORY_HOSTNAME_H
#define INVENTORY_HOSTNAME_H

#include "certroll/mem.h"
#include <stdbool.h>
#include <stdint.h>

/** Why a text is neither a DNS name nor an address, owned; NULL when it is one. */
char *host_refuse(const char *text) MUST_CHECK;

/** As host_refuse(), but ":port" may follow. */
char *host_refuse_port(const char *text) MUST_CHECK;

/** As host_refuse(), for a name that clients put into a URL: no wildcards. */
char *host_refuse_name(const char *text) MUST_CHECK;

/**
 * Divide "host", "host:port", "[v6]:port", "v6" that host_refuse_port() accepts.
 *
 * @param[out] port  0 when there is none
 * @return the host in its one form: lower case, no trailing dot, no brackets, addresses as
 *         inet_ntop(3) writes them; owned
 */
char *host_split(const char *text, uint16_t *port) MUST_CHECK;

#endif
