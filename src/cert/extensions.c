/* Extensions that few certificates have, or that few programs look at. */
#include "x509.h"
#include <openssl/ct.h>
#include <openssl/tls1.h>
#include <string.h>

AUTO_OF(STACK_OF(SCT), SCT_LIST_free)

static bool same_log(const SCT *a, const SCT *b)
{
	unsigned char *id, *other;
	size_t len = SCT_get0_log_id(a, &id);

	return len == SCT_get0_log_id(b, &other) && memcmp(id, other, len) == 0;
}

static bool seen_before(const STACK_OF(SCT) * scts, int index)
{
	for (int i = 0; i < index; i++)
		if (same_log(sk_SCT_value(scts, i), sk_SCT_value(scts, index)))
			return true;
	return false;
}

/* Whether a log is approved, and its signature right, takes the vendors' lists of logs. */
static size_t count_logs(X509 *x509)
{
	auto_of(SCT_LIST_free) STACK_OF(SCT) *scts =
		X509_get_ext_d2i(x509, NID_ct_precert_scts, NULL, NULL);
	size_t logs = 0;

	for (int i = 0; scts && i < sk_SCT_num(scts); i++)
		if (SCT_get_version(sk_SCT_value(scts, i)) == SCT_VERSION_V1)
			logs += !seen_before(scts, i);
	return logs;
}

static bool demands_stapling(X509 *x509)
{
	auto_of(TLS_FEATURE_free) TLS_FEATURE *features =
		X509_get_ext_d2i(x509, NID_tlsfeature, NULL, NULL);

	for (int i = 0; features && i < sk_ASN1_INTEGER_num(features); i++)
		if (ASN1_INTEGER_get(sk_ASN1_INTEGER_value(features, i)) ==
		    TLSEXT_TYPE_status_request)
			return true;
	return false;
}

/* Those of RFC 5280 are known, and where they must not be critical rule R5 says so. */
static bool is_unknown(X509_EXTENSION *extension)
{
	return !X509_supported_extension(extension) && extension_kind(extension) == EXT_OTHER;
}

static char *first_unknown(const X509 *x509)
{
	char oid[80] = "";

	for (int i = 0; i < X509_get_ext_count(x509); i++) {
		X509_EXTENSION *extension = X509_get_ext(x509, i);

		if (!X509_EXTENSION_get_critical(extension) || !is_unknown(extension))
			continue;
		OBJ_obj2txt(oid, sizeof oid, X509_EXTENSION_get_object(extension), 1);
		return text_copy(*oid ? oid : "of an unreadable kind");
	}
	return text_copy("");
}

void extensions_read(struct cert *cert)
{
	cert->sct_logs = count_logs(cert->x509);
	cert->must_staple = demands_stapling(cert->x509);
	cert->unknown_critical = first_unknown(cert->x509);
}
