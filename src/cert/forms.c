#include "forms.h"
#include "pem.h"
#include <string.h>

static size_t chain_room(const struct chain *chain)
{
	size_t room = 0;

	for (size_t i = 0; i < chain->count; i++)
		room += pem_text_room("CERTIFICATE", chain->certs[i]->der_len);
	return room;
}

static void append_chain(struct secret *form, const struct chain *chain)
{
	for (size_t i = 0; i < chain->count; i++)
		pem_append(form, "CERTIFICATE", chain->certs[i]->der, chain->certs[i]->der_len);
}

/* These certificates, and the key behind them. */
static void encode_with_key(struct bundle *bundle, enum bundle_form form, const struct chain *chain)
{
	struct secret *all = &bundle->forms[form];

	if (!bundle->key_matches || !bundle->key_pem.len)
		return;
	secret_init(all, chain_room(chain) + bundle->key_pem.len);
	append_chain(all, chain);
	memcpy(all->bytes + all->len, bundle->key_pem.bytes, bundle->key_pem.len);
	all->len += bundle->key_pem.len;
}

/* Encoded once, sent by reference a thousand times. */
void forms_encode(struct bundle *bundle)
{
	struct secret *chain = &bundle->forms[BUNDLE_PEM_CHAIN];
	const struct cert *root = bundle_root(bundle);

	if (!bundle->chain)
		return;
	secret_init(chain, chain_room(bundle->chain));
	append_chain(chain, bundle->chain);
	encode_with_key(bundle, BUNDLE_PEM_CHAIN_KEY, bundle->chain);
	encode_with_key(bundle, BUNDLE_PEM_FILE, bundle->file);
	if (root) {
		secret_init(&bundle->forms[BUNDLE_PEM_ROOT],
			    pem_text_room("CERTIFICATE", root->der_len));
		pem_append(&bundle->forms[BUNDLE_PEM_ROOT], "CERTIFICATE", root->der,
			   root->der_len);
	}
}

struct bytes bundle_bytes(const struct bundle *bundle, enum bundle_form form)
{
	const struct secret *bytes = &bundle->forms[form];

	return (struct bytes){ bytes->bytes ? bytes->bytes : "", bytes->len };
}
