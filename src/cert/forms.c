#include "forms.h"
#include "pem.h"
#include <string.h>

static size_t certs_room(const struct cert *const *certs, size_t count)
{
	size_t room = 0;

	for (size_t i = 0; i < count; i++)
		room += pem_text_room("CERTIFICATE", certs[i]->der_len);
	return room;
}

static void append_certs(struct secret *form, const struct cert *const *certs, size_t count)
{
	for (size_t i = 0; i < count; i++)
		pem_append(form, "CERTIFICATE", certs[i]->der, certs[i]->der_len);
}

static void encode(struct bundle *bundle, enum bundle_form form, const struct cert *const *certs,
		   size_t count)
{
	if (!count)
		return;
	secret_init(&bundle->forms[form], certs_room(certs, count));
	append_certs(&bundle->forms[form], certs, count);
}

/* These certificates, and the key behind them. */
static void encode_with_key(struct bundle *bundle, enum bundle_form form, const struct chain *chain)
{
	struct secret *all = &bundle->forms[form];

	if (!bundle->key_matches || !bundle->key_pem.len)
		return;
	secret_init(all, certs_room(chain->certs, chain->count) + bundle->key_pem.len);
	append_certs(all, chain->certs, chain->count);
	memcpy(all->bytes + all->len, bundle->key_pem.bytes, bundle->key_pem.len);
	all->len += bundle->key_pem.len;
}

/* Encoded once, sent by reference a thousand times. */
void forms_encode(struct bundle *bundle)
{
	const struct cert *root = bundle_root(bundle);
	const struct chain *chain = bundle->chain;

	if (!chain)
		return;
	encode(bundle, BUNDLE_PEM_CHAIN, chain->certs, chain->count);
	encode(bundle, BUNDLE_PEM_LEAF, chain->certs, 1);
	encode(bundle, BUNDLE_PEM_ISSUERS, chain->certs + 1, chain->count - 1);
	encode(bundle, BUNDLE_PEM_INTERMEDIATES, chain->certs + 1,
	       chain->count - 1 - (root != NULL && chain->count > 1));
	encode(bundle, BUNDLE_PEM_ROOT, &root, root != NULL);
	encode_with_key(bundle, BUNDLE_PEM_CHAIN_KEY, chain);
	encode_with_key(bundle, BUNDLE_PEM_FILE, bundle->file);
	if (bundle->key_matches && bundle->key_pem.len)
		secret_set(&bundle->forms[BUNDLE_PEM_KEY], bundle->key_pem.bytes,
			   bundle->key_pem.len);
}

struct bytes bundle_bytes(const struct bundle *bundle, enum bundle_form form)
{
	const struct secret *bytes = &bundle->forms[form];

	return (struct bytes){ bytes->bytes ? bytes->bytes : "", bytes->len };
}
