/**
 * @file
 * make_ext: the extensions of what we make.
 *
 * Layer: cert, private.
 */
#ifndef CERTROLL_CERT_MAKE_EXT_H
#define CERTROLL_CERT_MAKE_EXT_H

#include "certroll/make.h"
#include "pem.h"
#include "x509.h"

AUTO_OF(X509_REQ, X509_REQ_free)
AUTO_OF(ASN1_INTEGER, ASN1_INTEGER_free)
AUTO_OF(ASN1_OCTET_STRING, ASN1_OCTET_STRING_free)
AUTO_OF(ASN1_BIT_STRING, ASN1_BIT_STRING_free)

static inline void extensions_cleanup(STACK_OF(X509_EXTENSION) * *owner)
{
	sk_X509_EXTENSION_pop_free(*owner, X509_EXTENSION_free);
}

#define auto_extensions __attribute__((cleanup(extensions_cleanup))) STACK_OF(X509_EXTENSION) *

/** Building out of memory that is there cannot fail. */
static inline void must(int done)
{
	if (done <= 0)
		mem_exhausted();
}

/** subjectAltName. */
void ext_names(STACK_OF(X509_EXTENSION) * *list, const struct name_list *names, bool critical);

/** keyUsage, critical: enum key_usage bits. */
void ext_key_usage(STACK_OF(X509_EXTENSION) * *list, unsigned usage);

/** extendedKeyUsage: serverAuth and clientAuth. */
void ext_server_and_client(STACK_OF(X509_EXTENSION) * *list);

/** basicConstraints, critical; @p path_len -1: no limit. */
void ext_constraints(STACK_OF(X509_EXTENSION) * *list, bool ca, int path_len);

/** Put the common name, if any, into a subject. */
void subject_set(X509_NAME *subject, const char *common_name);

/** Read a PEM file into secret pages and find its blocks. */
int pem_load(const char *path, bool *open_to_others, struct secret *text, struct pem *pem,
	     struct err *err) MUST_CHECK;

/** Decode one block into @p der, which the caller frees; errors name the file and the line. */
int pem_block_der(const struct pem_block *block, const char *path, struct secret *der,
		  struct err *err) MUST_CHECK;

#endif
