#include "lean.h"
#include <openssl/core_dispatch.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <stdbool.h>
#include <string.h>

enum { DECODERS_MAX = 64 };

static struct {
	OSSL_PROVIDER *whole, *own;                /* the usual one, which ours passes on */
	OSSL_ALGORITHM decoders[DECODERS_MAX + 1]; /* all zero: the end */
	OSSL_LIB_CTX *context;
	bool tried;
} lean;

static const OSSL_ALGORITHM *query(void *provider, int operation, int *no_cache)
{
	(void)provider;
	if (operation != OSSL_OP_DECODER)
		return OSSL_PROVIDER_query_operation(lean.whole, operation, no_cache);
	*no_cache = 0;
	return lean.decoders;
}

/* Which groups there are for a key exchange, say. */
static int capabilities(void *provider, const char *name, OSSL_CALLBACK *tell, void *arg)
{
	(void)provider;
	return OSSL_PROVIDER_get_capabilities(lean.whole, name, tell, arg);
}

static int begin(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *core,
		 const OSSL_DISPATCH **own, void **context)
{
	static const OSSL_DISPATCH functions[] = {
		{ OSSL_FUNC_PROVIDER_QUERY_OPERATION, (void (*)(void))query },
		{ OSSL_FUNC_PROVIDER_GET_CAPABILITIES, (void (*)(void))capabilities },
		{ 0, NULL },
	};

	(void)handle;
	(void)core;
	*own = functions;
	*context = OSSL_PROVIDER_get0_provider_ctx(lean.whole); /* its algorithms expect it */
	return 1;
}

static bool reads_public_keys(const OSSL_ALGORITHM *decoder)
{
	return strstr(decoder->property_definition, "input=der") &&
	       strstr(decoder->property_definition, "structure=SubjectPublicKeyInfo");
}

/* False: not one, or more than there is room for. */
static bool choose_decoders(void)
{
	int no_cache;
	const OSSL_ALGORITHM *all =
		OSSL_PROVIDER_query_operation(lean.whole, OSSL_OP_DECODER, &no_cache);
	size_t count = 0;

	for (; all && all->algorithm_names; all++) {
		if (!reads_public_keys(all))
			continue;
		if (count == DECODERS_MAX)
			return false;
		lean.decoders[count++] = *all;
	}
	return count > 0;
}

static bool is_slow(void)
{
	return OPENSSL_version_major() == 3 && OPENSSL_version_minor() < 2;
}

static void end(void)
{
	if (lean.own)
		OSSL_PROVIDER_unload(lean.own);
	OSSL_LIB_CTX_free(lean.context);
	if (lean.whole)
		OSSL_PROVIDER_unload(lean.whole);
	lean.context = NULL;
	lean.own = lean.whole = NULL;
}

static int count_others(OSSL_PROVIDER *provider, void *others)
{
	const char *name = OSSL_PROVIDER_get0_name(provider);

	*(int *)others += strcmp(name, "default") != 0 && strcmp(name, "base") != 0;
	return 1;
}

/* Where somebody has configured more, less or other algorithms, that is what probes get, too. */
static bool is_as_usual(void)
{
	int others = 0;

	OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, NULL);
	return OSSL_PROVIDER_available(NULL, "default") &&
	       OSSL_PROVIDER_do_all(NULL, count_others, &others) && !others &&
	       !EVP_default_properties_is_fips_enabled(NULL);
}

static void make(void)
{
	if (!is_as_usual())
		return;
	lean.whole = OSSL_PROVIDER_load(NULL, "default");
	if (lean.whole && choose_decoders())
		lean.context = OSSL_LIB_CTX_new();
	if (lean.context && OSSL_PROVIDER_add_builtin(lean.context, "lean", begin))
		lean.own = OSSL_PROVIDER_load(lean.context, "lean");
	if (!lean.own || !OPENSSL_atexit(end))
		end();
}

OSSL_LIB_CTX *lean_context(void)
{
	if (lean.tried)
		return lean.context;
	lean.tried = true;
	if (is_slow())
		make();
	ERR_clear_error();
	return lean.context;
}
