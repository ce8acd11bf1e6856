#include "certroll/prove.h"
#include "certroll/text.h"
#include "x509.h"
#include <string.h>

void prove(const char *text, const struct secret *secret, char hex[PROVE_TEXT])
{
	auto_of(EVP_MD_CTX_free) EVP_MD_CTX *hash = EVP_MD_CTX_new();
	unsigned char digest[CERT_HASH];

	if (!hash || !EVP_DigestInit_ex(hash, EVP_sha256(), NULL))
		mem_exhausted();
	EVP_DigestUpdate(hash, text, strlen(text));
	EVP_DigestUpdate(hash, secret->bytes, secret->len);
	EVP_DigestFinal_ex(hash, digest, NULL);
	text_hex(digest, sizeof digest, hex);
}
