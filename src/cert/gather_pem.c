/* PEM text: the blocks that matter, and a word about the others. */
#include "gathering.h"
#include "pem.h"
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>

static const char id[] = "gather";

AUTO_OF(EVP_CIPHER, EVP_CIPHER_free)

static void pem_cleanup(struct pem **pem)
{
	mem_free(*pem);
}

static bool is_key(const char *label)
{
	const char *words = strstr(label, "PRIVATE KEY");

	return words && strcmp(words, "PRIVATE KEY") == 0 && !strstr(label, "OPENSSH");
}

static bool is_wanted(const char *label)
{
	static const char *const labels[] = {
		"CERTIFICATE",         "X509 CERTIFICATE", "TRUSTED CERTIFICATE", "PKCS7", "CMS",
		"PKCS #7 SIGNED DATA", "PKCS12",
	};

	for (size_t i = 0; i < COUNT(labels); i++)
		if (strcmp(labels[i], label) == 0)
			return true;
	return is_key(label);
}

/* What OpenSSL adds behind the certificate says whom to trust: no concern of ours. */
static int take_trusted(struct gathering *file, const struct secret *der, const char *place,
			struct err *err)
{
	const unsigned char *at = (const unsigned char *)der->bytes;
	auto_of(X509_free) X509 *x509 = d2i_X509_AUX(NULL, &at, (long)der->len);

	ERR_clear_error();
	if (!x509)
		return err_set(err, ERR_BUNDLE, "its bytes are not those of an X.509 certificate");
	return gathering_cert(file, x509, place, err);
}

static int give_password(char *buffer, int size, int writing, void *arg)
{
	const struct secret *password = arg;

	(void)writing;
	if (!password || password->len > (size_t)size)
		return -1;
	memcpy(buffer, password->bytes, password->len);
	return (int)password->len;
}

/* Of the ciphers that RFC 1421 and OpenSSL once named, the standard provider has only the better. */
static bool cipher_known(const char *begin, const char *end)
{
	static const char label[] = "DEK-Info: ";
	const char *at = memmem(begin, (size_t)(end - begin), label, strlen(label));
	auto_of(EVP_CIPHER_free) EVP_CIPHER *cipher = NULL;
	char name[32] = "";

	if (!at)
		return true;
	for (size_t i = 0; i + 1 < sizeof name && at + strlen(label) + i < end; i++) {
		char byte = at[strlen(label) + i];

		if (byte == ',' || byte == '\r' || byte == '\n')
			break;
		name[i] = byte;
	}
	cipher = EVP_CIPHER_fetch(NULL, name, NULL);
	ERR_clear_error();
	return cipher != NULL;
}

/* The headers of RFC 1421 ("DEK-Info:") are OpenSSL's to read; so it gets the block as text. */
static int take_old_locked(struct gathering *file, const struct pem_block *block, const char *place,
			   struct err *err)
{
	static const char mark[] = "-----BEGIN ";
	const char *begin = block->body - strlen(mark), *end;
	auto_of(BIO_free_all) BIO *text = NULL;
	EVP_PKEY *key;

	while (memcmp(begin, mark, strlen(mark)) != 0)
		begin--;
	end = block->body_end + strlen("-----END -----") + strlen(block->label);
	if (!cipher_known(begin, end))
		return err_set(
			err, ERR_SECRET,
			"it is encrypted by a method that OpenSSL no longer reads; convert "
			"it: openssl rsa -provider legacy -provider default -aes256 -in FILE "
			"-out NEW");
	text = BIO_new_mem_buf(begin, (int)(end - begin));
	if (!text)
		mem_exhausted();
	key = PEM_read_bio_PrivateKey(text, NULL, give_password, (void *)file->password);
	ERR_clear_error();
	return key ? gathering_key(file, key, place, err) : gathering_locked(file, err);
}

static int read_block(struct gathering *file, const struct pem_block *block, const char *place,
		      struct err *err)
{
	auto_secret der = { 0 };
	struct err why = { 0 };
	int line;

	if (*block->complaint)
		return err_set(err, ERR_BUNDLE, "%s", block->complaint);
	if (file->all->skip_keys && is_key(block->label))
		return 0;
	if (block->encrypted)
		return take_old_locked(file, block, place, err);
	secret_init(&der, pem_room(block));
	if (pem_decode(block, (unsigned char *)der.bytes, &der.len, &line, &why))
		return err_set(err, ERR_BUNDLE, "line %d: %s", line, why.text);
	if (strcmp(block->label, "TRUSTED CERTIFICATE") == 0)
		return take_trusted(file, &der, place, err);
	return gather_der(file, &der, place, err);
}

/* Other things may be of use, so what cannot be read is a finding; limits and passwords are not. */
static int take_block(struct gathering *file, const struct pem_block *block, size_t number,
		      struct err *err)
{
	auto_free char *where = text_format("block %zu, line %d", number, block->line);
	auto_free char *place = text_format("%s: %s", file->name, where);
	struct err why = { 0 };

	if (!is_wanted(block->label)) {
		findings_add(file->findings, id, SEVERITY_NOTE, place, NULL,
			     "a block '%s', which is no part of a bundle; left out", block->label);
		return 0;
	}
	if (read_block(file, block, place, &why) == 0)
		return 0;
	if (why.code != ERR_BUNDLE)
		return err_set(err, why.code, "%s: %s", where, why.text);
	findings_add(file->findings, id, SEVERITY_WARNING, place,
		     "Copy the block again from the file the CA (or your key tool) gave you.",
		     "%s cannot be read and is left out: %s", block->label, why.text);
	return 0;
}

int gather_pem(struct gathering *file, const struct secret *text, struct err *err)
{
	__attribute__((cleanup(pem_cleanup))) struct pem *pem = mem_alloc(sizeof *pem);
	size_t had = file->all->cert_count + file->all->key_count;
	bool only_keys = file->all->skip_keys;

	if (pem_scan(pem, text->bytes, text->len, err))
		return -1;
	for (size_t i = 0; i < pem->count; i++) {
		only_keys = only_keys && is_key(pem->blocks[i].label);
		if (take_block(file, &pem->blocks[i], i + 1, err))
			return -1;
	}
	if (file->all->cert_count + file->all->key_count == had && !only_keys)
		return err_set(err, ERR_BUNDLE,
			       "it holds no certificate and no private key that can be read%s",
			       file->findings->count ? " (see above)" : "");
	return 0;
}
