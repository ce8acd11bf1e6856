/**
 * @file
 * pki: the certificates of tests/data/pki/make.sh for unit tests, and bundles made of them.
 */
#ifndef CERTROLL_TEST_PKI_H
#define CERTROLL_TEST_PKI_H

#include "certroll/buf.h"
#include "certroll/bundle.h"
#include "certroll/rules.h"
#include <check.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* 2026-11-22 12:00:00 UTC: what the dates in make.sh are made for. */
#define PKI_NOW INT64_C(1795348800)

#ifndef CERTROLL_TEST_PKI
#define CERTROLL_TEST_PKI "" /* the environment must tell */
#endif

static inline const char *pki_folder(void)
{
	const char *folder = getenv("CERTROLL_TEST_PKI");

	folder = folder ? folder : CERTROLL_TEST_PKI;
	ck_assert_msg(*folder,
		      "CERTROLL_TEST_PKI must name a folder made by tests/data/pki/make.sh");
	return folder;
}

/** Path of a file of the PKI; "leaf" means leaf.pem.  Owned. */
static inline char *pki_path(const char *name)
{
	return text_format("%s/%s%s", pki_folder(), name, strchr(name, '.') ? "" : ".pem");
}

/** A whole file, owned. */
static inline char *pki_text(const char *name, size_t *len)
{
	auto_free char *path = pki_path(name);
	FILE *file = fopen(path, "rb");
	char *text = mem_alloc(1 << 16);

	ck_assert_msg(file, "%s", path);
	*len = fread(text, 1, (1 << 16) - 1, file);
	fclose(file);
	return text;
}

/** One certificate, owned. */
static inline X509 *pki_x509(const char *name)
{
	size_t len;
	auto_free char *text = pki_text(name, &len);
	BIO *memory = BIO_new_mem_buf(text, (int)len);
	X509 *x509 = PEM_read_bio_X509(memory, NULL, NULL, NULL);

	ck_assert_msg(x509, "%s", name);
	BIO_free(memory);
	return x509;
}

/** Its facts, owned. */
static inline struct cert *pki_cert(const char *name)
{
	X509 *x509 = pki_x509(name);
	unsigned char *der = NULL;
	int len = i2d_X509(x509, &der);
	struct err err = { 0 };
	struct cert *cert = cert_parse(der, (size_t)len, &err);

	ck_assert_msg(cert, "%s: %s", name, err.text);
	OPENSSL_free(der);
	X509_free(x509);
	return cert;
}

/** The next word of a list such as "leaf issuing root"; false at its end. */
static inline bool pki_word(const char **list, char word[64])
{
	size_t len;

	*list += strspn(*list, " ");
	len = strcspn(*list, " ");
	snprintf(word, 64, "%.*s", (int)len, *list);
	*list += len;
	return len > 0;
}

/** What a server would send, owned: "leaf issuing". */
static inline STACK_OF(X509) * pki_stack(const char *names)
{
	STACK_OF(X509) *stack = sk_X509_new_null();
	char word[64];

	while (pki_word(&names, word))
		ck_assert(sk_X509_push(stack, pki_x509(word)));
	return stack;
}

/** Anchors and a pool, as a run has them. */
struct pki {
	struct anchors *anchors;
	struct chains *pool;
};

/** @p anchor: the certificate to trust as --ca-file; NULL for none. */
static inline struct pki pki_open(const char *anchor)
{
	auto_free char *path = anchor ? pki_path(anchor) : NULL;
	struct pki pki = { 0 };
	struct err err = { 0 };

	pki.anchors = anchors_load(path, false, &err);
	ck_assert_msg(pki.anchors, "%s", err.text);
	pki.pool = chains_new(pki.anchors, PKI_NOW);
	return pki;
}

/** The same with @p anchor as the only root of the system. */
static inline struct pki pki_open_public(const char *anchor)
{
	auto_free char *path = pki_path(anchor);
	struct pki pki = { 0 };
	struct err err = { 0 };

	setenv("SSL_CERT_FILE", path, 1);
	setenv("SSL_CERT_DIR", "/nonexistent", 1);
	pki.anchors = anchors_load(NULL, true, &err);
	ck_assert_msg(pki.anchors, "%s", err.text);
	pki.pool = chains_new(pki.anchors, PKI_NOW);
	return pki;
}

static inline void pki_close(struct pki *pki)
{
	chains_free(pki->pool);
	anchors_free(pki->anchors);
}

#define auto_pki __attribute__((cleanup(pki_close))) struct pki

static inline const struct chain *pki_take(struct pki *pki, const char *names)
{
	STACK_OF(X509) *sent = pki_stack(names);
	struct err err = { 0 };
	const struct chain *chain = chains_take(pki->pool, sent, &err);

	ck_assert_msg(chain, "%s: %s", names, err.text);
	sk_X509_pop_free(sent, X509_free);
	return chain;
}

/** A bundle of this text, read from a file called bundle.pem in a folder of its own. */
static inline struct bundle *pki_bundle_text(struct pki *pki, const char *text, size_t len,
					     struct findings *findings, struct err *err)
{
	char folder[] = "/tmp/certroll-unit-XXXXXX";
	FILE *file;
	struct bundle *bundle;

	ck_assert(mkdtemp(folder));
	ck_assert_int_eq(chdir(folder), 0);
	file = fopen("bundle.pem", "wb");
	ck_assert(file);
	ck_assert_uint_eq(fwrite(text, 1, len, file), len);
	fclose(file);
	ck_assert_int_eq(chmod("bundle.pem", 0600), 0);
	bundle = bundle_load("bundle.pem", pki->pool, findings, err);
	unlink("bundle.pem");
	ck_assert_int_eq(chdir("/"), 0);
	rmdir(folder);
	return bundle;
}

/** The files one behind the other: "leaf issuing root leaf.key". */
static inline void pki_join(struct buf *text, const char *names)
{
	char word[64];

	while (pki_word(&names, word)) {
		size_t len;
		auto_free char *part = pki_text(word, &len);

		ck_assert_int_eq(buf_add(text, part, len), 0);
	}
}

static inline struct bundle *pki_bundle(struct pki *pki, const char *names,
					struct findings *findings)
{
	auto_buf text = BUF_MAX(1 << 20);
	struct err err = { 0 };
	struct bundle *bundle;

	pki_join(&text, names);
	bundle = pki_bundle_text(pki, text.data, text.len, findings, &err);
	ck_assert_msg(bundle, "%s: %s", names, err.text);
	return bundle;
}

static inline void pki_bundle_free(struct bundle **bundle)
{
	bundle_free(*bundle);
}

#define auto_bundle __attribute__((cleanup(pki_bundle_free))) struct bundle

/** The line on which the nth @p mark ("-----BEGIN") stands. */
static inline int pki_line(const char *text, const char *mark, int nth)
{
	const char *at = strstr(text, mark);
	int line = 1;

	while (at && --nth)
		at = strstr(at + 1, mark);
	ck_assert_msg(at, "no such block");
	while ((text = memchr(text, '\n', (size_t)(at - text)))) {
		line++;
		text++;
	}
	return line;
}

/** All findings as text, for messages of failing tests.  Owned. */
static inline char *pki_dump(const struct findings *findings)
{
	auto_buf text = BUF_MAX(1 << 16);

	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *one = &findings->items[i];

		ck_assert_int_eq(buf_addf(&text, "\n%s %s at %s: %s [%s]", one->id,
					  severity_name(one->severity), one->place, one->sentence,
					  one->remedy),
				 0);
	}
	return text_copy(buf_text(&text));
}

/** Ids of all findings but notes, "K1 O2". Owned. */
static inline char *pki_ids(const struct findings *findings)
{
	auto_buf text = BUF_MAX(1024);

	for (size_t i = 0; i < findings->count; i++)
		if (findings->items[i].severity > SEVERITY_NOTE)
			ck_assert_int_eq(
				buf_addf(&text, "%s%s", text.len ? " " : "", findings->items[i].id),
				0);
	return text_copy(buf_text(&text));
}

#endif
