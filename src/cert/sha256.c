#include "certroll/sha256.h"
#include "x509.h"

void sha256(const void *bytes, size_t len, unsigned char out[CERT_HASH])
{
	if (!EVP_Digest(bytes, len, out, NULL, EVP_sha256(), NULL))
		mem_exhausted();
}
