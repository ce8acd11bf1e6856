/**
 * @file
 * person: what somebody does at a box by hand, where it has no call for it.
 */
#ifndef MOCK_PERSON_H
#define MOCK_PERSON_H

struct device;
struct err;

/**
 * Install what a file holds: PEM, chain and key, or a PKCS#12 container, whose signers go to the store
 * out of which the chain is then made.
 *
 * @param file      a path, or "hex:" and the bytes
 * @param password  of a PKCS#12 container; NULL: none
 * @return 0, or -1 with the reason, and the box serves what it did
 */
int person_install(struct device *device, const char *file, const char *password, struct err *err);

/**
 * Let the box make a certificate with a new key, signed by itself.
 *
 * @param wish  "DAYS PURPOSES NAMES": "825 serverAuth,clientAuth DNS:a,IP:192.0.2.1"; "-": none of them
 */
int person_regenerate(struct device *device, const char *wish, struct err *err);

#endif
