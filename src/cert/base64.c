#include "certroll/base64.h"
#include "certroll/mem.h"
#include <limits.h>
#include <openssl/evp.h>

void base64_encode(struct secret *out, const void *bytes, size_t len)
{
	if (!len)
		return;
	if (len > INT_MAX / 2)
		mem_exhausted();
	secret_init(out, (len + 2) / 3 * 4);
	out->len = (size_t)EVP_EncodeBlock((unsigned char *)out->bytes, bytes, (int)len);
}
