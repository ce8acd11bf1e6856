/*
 * lean: a library context of OpenSSL in which certificates are parsed quicker.  Private to the engine.
 *
 * Before 3.2, OpenSSL goes through all decoders it has for the public key of each certificate that it
 * parses (openssl issues 15199 and 17950): 40 of them, most for private keys, PEM and parameters, and
 * half of what a client's handshake costs.  In this context it has those for a SubjectPublicKeyInfo in
 * DER, which is what a certificate has (RFC 5280 4.1), and everything else of the default provider.
 *
 * For probes alone: nothing secret is ever read here.
 */
#ifndef ENGINE_LEAN_H
#define ENGINE_LEAN_H

#include <openssl/types.h>

/*
 * The one of this process, kept to its end: certificates that were parsed in it outlive a run.  NULL,
 * which to OpenSSL is its own context: this OpenSSL does not need it, or it is configured to have other
 * providers than the default one.
 */
OSSL_LIB_CTX *lean_context(void);

#endif
