/**
 * @file
 * rejected: chains of peers a box refused, for somebody to trust or forget (2.1 of the fact
 * sheet: the last ten are kept).
 *
 * This mock calls nobody, so a chain gets there by --rejected or the control socket.
 */
#ifndef MOCK_REJECTED_H
#define MOCK_REJECTED_H

#include <openssl/x509.h>

struct device;
struct err;
struct rejected;

#define REJECTED_MAX 10

/** Read a PEM chain; -1 with the reason. */
int rejected_read(const char *path, STACK_OF(X509) * *chain, struct err *err);

/** Put a chain (borrowed) on top of the device's list; the eleventh falls out. */
void rejected_add(struct device *device, const STACK_OF(X509) * chain);

/** The chain at a place, newest first, or NULL; borrowed. */
const STACK_OF(X509) * rejected_chain(const struct device *device, int place);

/** Drop the chain at a place that is on the list. */
void rejected_drop(struct device *device, int place);

/** Forget all. */
void rejected_clear(struct device *device);

/** Accepts NULL. */
void rejected_free(struct rejected *rejected);

#endif
