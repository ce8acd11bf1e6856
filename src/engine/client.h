/*
 * client: a certificate of ours, for servers that demand one.  Private to the engine.
 */
#ifndef ENGINE_CLIENT_H
#define ENGINE_CLIENT_H

#include "certroll/err.h"
#include <openssl/ssl.h>

/*
 * Show the certificates of this PEM file (ours first), and use the key in it.  The file is read
 * into secret pages; it must be its owner's alone.
 *
 * 0, or -1 with ERR_IO, ERR_LIMIT, ERR_CONFIG naming the file
 */
int client_use(SSL *ssl, const char *path, struct err *err) MUST_CHECK;

#endif
