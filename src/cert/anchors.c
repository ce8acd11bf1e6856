#include "anchors.h"
#include "certroll/text.h"
#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>

/*
 * Two stores, because rules ask whether a root is a public one (P2).  The system's is what OpenSSL
 * calls its defaults: a file, read once, and a folder of hashed names, read on demand.
 */
struct anchors {
	X509_STORE *stores[ANCHOR_FILE + 1]; /* by enum anchor_source; NULL: not wanted */
	X509_STORE_CTX *looks[ANCHOR_FILE + 1];
};

static unsigned loads;

unsigned anchors_loads(void)
{
	return loads;
}

static void anchors_cleanup(struct anchors **anchors)
{
	anchors_free(*anchors);
}

static X509_STORE *add_store(struct anchors *anchors, enum anchor_source source)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *look = X509_STORE_CTX_new();

	if (!store || !look || !X509_STORE_CTX_init(look, store, NULL, NULL))
		mem_exhausted();
	anchors->stores[source] = store;
	anchors->looks[source] = look;
	return store;
}

/* Nobody is asked for a pass phrase: what needs one is no trust anchor. */
static int refuse_pass_phrase(char *buffer, int size, int writing, void *arg)
{
	(void)buffer, (void)size, (void)writing, (void)arg;
	return -1;
}

/* Did reading end because the file did? */
static bool ended_well(void)
{
	unsigned long why = ERR_peek_last_error();

	ERR_clear_error();
	return ERR_GET_LIB(why) == ERR_LIB_PEM && ERR_GET_REASON(why) == PEM_R_NO_START_LINE;
}

static int read_ca_file(X509_STORE *store, BIO *file, const char *path, struct err *err)
{
	auto_free char *shown = text_shell(path);
	size_t count = 0;
	X509 *next;

	while ((next = PEM_read_bio_X509(file, NULL, refuse_pass_phrase, NULL))) {
		auto_of(X509_free) X509 *cert = next;

		if (!X509_STORE_add_cert(store, cert))
			mem_exhausted();
		count++;
	}
	if (!ended_well())
		return err_set(
			err, ERR_CONFIG,
			"%s: certificate %zu cannot be read; replace the file by a fresh copy",
			path, count + 1);
	if (!count)
		return err_set(err, ERR_CONFIG,
			       "%s: holds no certificate in PEM form; convert a binary one with: "
			       "openssl x509 -inform DER -in %s -out root.pem",
			       path, shown);
	return 0;
}

static int load_ca_file(struct anchors *anchors, const char *path, struct err *err)
{
	auto_of(BIO_free_all) BIO *file = NULL;

	errno = 0;
	file = BIO_new_file(path, "re");
	if (!file) {
		int why = errno;

		ERR_clear_error();
		return err_set(err, ERR_CONFIG,
			       "%s: %s; name the PEM file of your CA's root certificate", path,
			       why ? strerror(why) : "cannot be opened");
	}
	return read_ca_file(add_store(anchors, ANCHOR_FILE), file, path, err);
}

struct anchors *anchors_load(const char *ca_file, bool system, struct err *err)
{
	__attribute__((cleanup(anchors_cleanup))) struct anchors *anchors =
		mem_alloc(sizeof *anchors);

	loads++;
	/* A machine without a store is fine: then nothing is public. */
	if (system && !X509_STORE_set_default_paths(add_store(anchors, ANCHOR_SYSTEM)))
		ERR_clear_error();
	if (ca_file && load_ca_file(anchors, ca_file, err))
		return NULL;
	return take(anchors);
}

void anchors_free(struct anchors *anchors)
{
	if (!anchors)
		return;
	for (size_t i = 0; i < COUNT(anchors->stores); i++) {
		X509_STORE_CTX_free(anchors->looks[i]);
		X509_STORE_free(anchors->stores[i]);
	}
	mem_free(anchors);
}

STACK_OF(X509) * anchors_named(const struct anchors *anchors, enum anchor_source source,
			       const X509_NAME *name)
{
	STACK_OF(X509) *found = NULL;

	if (anchors && anchors->looks[source])
		found = X509_STORE_CTX_get1_certs(anchors->looks[source], name);
	ERR_clear_error();
	return found;
}

static bool store_holds(const struct anchors *anchors, enum anchor_source source, X509 *x509)
{
	auto_x509_stack found = anchors_named(anchors, source, X509_get_subject_name(x509));

	for (int i = 0; found && i < sk_X509_num(found); i++)
		if (X509_cmp(sk_X509_value(found, i), x509) == 0)
			return true;
	return false;
}

enum anchor_source anchors_source(const struct anchors *anchors, const struct cert *cert)
{
	if (store_holds(anchors, ANCHOR_SYSTEM, cert->x509))
		return ANCHOR_SYSTEM;
	return store_holds(anchors, ANCHOR_FILE, cert->x509) ? ANCHOR_FILE : ANCHOR_NONE;
}

bool anchors_hold(const struct anchors *anchors, const struct cert *cert)
{
	return anchors_source(anchors, cert) != ANCHOR_NONE;
}
