#include "client.h"
#include "certroll/secret.h"
#include <openssl/err.h>
#include <openssl/pem.h>

enum { CLIENT_MAX_BYTES = 65536, CLIENT_MAX_CERTS = 10 };

/* A key under a pass phrase is refused rather than asked for on the terminal. */
static int no_pass_phrase(char *out, int size, int writing, void *arg)
{
	(void)out;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

static void free_bio(BIO **bio)
{
	BIO_free(*bio);
}
#define auto_bio __attribute__((cleanup(free_bio))) BIO

static bool use_certs(SSL *ssl, const struct secret *text)
{
	auto_bio *bio = BIO_new_mem_buf(text->bytes, (int)text->len);
	int count = 0;
	X509 *cert;

	while (bio && count < CLIENT_MAX_CERTS &&
	       (cert = PEM_read_bio_X509(bio, NULL, NULL, NULL))) {
		long used = count ? SSL_add1_chain_cert(ssl, cert) : SSL_use_certificate(ssl, cert);

		X509_free(cert);
		if (used != 1)
			return false;
		count++;
	}
	ERR_clear_error(); /* the end of the text */
	return count > 0;
}

static bool use_key(SSL *ssl, const struct secret *text)
{
	auto_bio *bio = BIO_new_mem_buf(text->bytes, (int)text->len);
	EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_pass_phrase, NULL) : NULL;
	bool used = key && SSL_use_PrivateKey(ssl, key) == 1 && SSL_check_private_key(ssl) == 1;

	EVP_PKEY_free(key);
	ERR_clear_error();
	return used;
}

int client_use(SSL *ssl, const char *path, struct err *err)
{
	auto_secret text = { 0 };
	bool open = false;

	if (secret_load(&text, path, CLIENT_MAX_BYTES, &open, err))
		return -1;
	if (open)
		return err_set(err, ERR_CONFIG, "%s: others may read the key in it; chmod 600",
			       path);
	if (!use_certs(ssl, &text))
		return err_set(err, ERR_CONFIG, "%s: holds no certificate (PEM)", path);
	if (!use_key(ssl, &text))
		return err_set(
			err, ERR_CONFIG,
			"%s: holds no key of its first certificate, or one under a pass phrase",
			path);
	return 0;
}
