/* RFC 5280 6.1 by OpenSSL, for exactly one path, and its refusals in our words. */
#include "certroll/text.h"
#include "path.h"
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <string.h>

/* What the callback saw: time apart from the rest, which weighs more. */
struct refusal {
	int code, depth;           /* of the first refusal that is not about time */
	int time_code, time_depth; /* of the first one that is */
};

/* clang-format off */
static const struct words {
	int code;
	enum path_flaw flaw;
	const char *text; /* with the name of the certificate for %s */
} refusals[] = {
	{ X509_V_ERR_CERT_HAS_EXPIRED, FLAW_TIME, "the certificate of '%s' has expired" },
	{ X509_V_ERR_CERT_NOT_YET_VALID, FLAW_TIME, "the certificate of '%s' is not valid yet" },
	{ X509_V_ERR_INVALID_CA, FLAW_CA,
	  "'%s' signed another certificate but is no CA (basicConstraints without CA:TRUE)" },
	{ X509_V_ERR_PATH_LENGTH_EXCEEDED, FLAW_PATH_LENGTH,
	  "more CA certificates stand below '%s' than its path length allows" },
	{ X509_V_ERR_KEYUSAGE_NO_CERTSIGN, FLAW_CA,
	  "'%s' signed another certificate but its key usage does not allow that (keyCertSign)" },
	{ X509_V_ERR_PERMITTED_VIOLATION, FLAW_NAMES,
	  "a name in '%s' is not among those its CA may certify (name constraints, permitted)" },
	{ X509_V_ERR_EXCLUDED_VIOLATION, FLAW_NAMES,
	  "a name in '%s' is among those its CA must not certify (name constraints, excluded)" },
	{ X509_V_ERR_SUBTREE_MINMAX, FLAW_NAMES,
	  "the name constraints above '%s' have a form that nobody may use" },
	{ X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE, FLAW_NAMES,
	  "the name constraints above '%s' are of a kind that cannot be checked" },
	{ X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX, FLAW_NAMES,
	  "the name constraints above '%s' are malformed" },
	{ X509_V_ERR_UNSUPPORTED_NAME_SYNTAX, FLAW_NAMES,
	  "a name in '%s' is malformed and cannot be held against name constraints" },
	{ X509_V_ERR_UNSPECIFIED, FLAW_NAMES, /* see is_known() */
	  "'%s' has more names than can be held against the name constraints above it" },
	{ X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION, FLAW_CRITICAL,
	  "'%s' has a critical extension that clients do not know and so must refuse" },
	{ X509_V_ERR_INVALID_EXTENSION, FLAW_FORM, "an extension of '%s' is malformed" },
	{ X509_V_ERR_AKID_SKID_MISMATCH, FLAW_KEY_ID,
	  "the authority key identifier of '%s' names another key than that of its issuer" },
	{ X509_V_ERR_AKID_ISSUER_SERIAL_MISMATCH, FLAW_KEY_ID,
	  "the authority key identifier of '%s' names another certificate than its issuer's" },
	{ X509_V_ERR_CERT_SIGNATURE_FAILURE, FLAW_OTHER,
	  "the signature on the certificate of '%s' is wrong" },
	{ X509_V_ERR_INVALID_POLICY_EXTENSION, FLAW_OTHER, "the policies of '%s' are malformed" },
	{ X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD, FLAW_OTHER,
	  "the end of validity of '%s' is not a time" },
	{ X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD, FLAW_OTHER,
	  "the begin of validity of '%s' is not a time" },
};
/* clang-format on */

static bool is_about_time(int code)
{
	return code == X509_V_ERR_CERT_HAS_EXPIRED || code == X509_V_ERR_CERT_NOT_YET_VALID;
}

/* Time is noted and passed over: what else is wrong would otherwise stay hidden behind it. */
static int note_refusal(int fine, X509_STORE_CTX *context)
{
	struct refusal *refusal = X509_STORE_CTX_get_app_data(context);
	int code = X509_STORE_CTX_get_error(context);
	int depth = X509_STORE_CTX_get_error_depth(context);

	if (fine)
		return 1;
	if (is_about_time(code)) {
		if (!refusal->time_code) {
			refusal->time_code = code;
			refusal->time_depth = depth;
		}
		return 1;
	}
	refusal->code = code;
	refusal->depth = depth;
	return 0;
}

/*
 * OpenSSL compares no more than 2^20 names with constraints (NAME_CHECK_MAX), and has no code for that.
 * Below name constraints nothing else is likely to be unspecified.
 */
static bool is_known(const struct path *path, int code, size_t index)
{
	bool constrained = false;

	for (size_t i = index + 1; i < path->count; i++)
		constrained = constrained || path->certs[i]->has_name_constraints;
	return code != X509_V_ERR_UNSPECIFIED || constrained;
}

static void explain(struct path *path, int code, int depth)
{
	size_t index = depth >= 0 && (size_t)depth < path->count ? (size_t)depth : 0;
	const struct cert *cert = path->certs[index];

	/* OpenSSL has one code for all that keeps a certificate from being a CA's. */
	if (code == X509_V_ERR_INVALID_CA && cert->is_ca)
		code = X509_V_ERR_KEYUSAGE_NO_CERTSIGN;
	path->end = PATH_INVALID;
	path->refused = cert;
	for (size_t i = 0; is_known(path, code, index) && i < COUNT(refusals); i++) {
		if (refusals[i].code != code)
			continue;
		path->flaw = refusals[i].flaw;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(path->reason, sizeof path->reason, refusals[i].text, cert->display);
#pragma GCC diagnostic pop
		return;
	}
	path->flaw = FLAW_OTHER;
	snprintf(path->reason, sizeof path->reason, "OpenSSL refuses '%s': %s", cert->display,
		 X509_verify_cert_error_string(code));
}

/* OpenSSL does not say which of two certificates it cannot work with; malformed extensions do. */
static void explain_form(struct path *path, size_t below)
{
	const struct cert *cert = path->certs[below];
	bool its_own = cert->form.malformed || cert->form.repeated;

	explain(path, X509_V_ERR_INVALID_EXTENSION, (int)below + !its_own);
}

/*
 * The signatures are right, or this would be no path; so when OpenSSL finds no issuer, the issuer's
 * key usage or a key identifier keeps it from being one.  The blame for the usage is the issuer's.
 */
static void explain_gap(struct path *path, const struct refusal *refusal)
{
	for (size_t i = 0; i + 1 < path->count; i++) {
		int code = X509_check_issued(path->certs[i + 1]->x509, path->certs[i]->x509);

		if (code == X509_V_OK)
			continue;
		if (code == X509_V_ERR_UNSPECIFIED)
			explain_form(path, i);
		else
			explain(path, code, (int)i + (code == X509_V_ERR_KEYUSAGE_NO_CERTSIGN));
		return;
	}
	explain(path, refusal->code, refusal->depth);
}

static void conclude(struct path *path, bool fine, const struct refusal *refusal)
{
	switch (refusal->code) {
	case X509_V_OK:
		break;
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
		explain_gap(path, refusal);
		return;
	default:
		explain(path, refusal->code, refusal->depth);
		return;
	}
	if (refusal->time_code)
		explain(path, refusal->time_code, refusal->time_depth);
	else if (!fine)
		explain(path, X509_V_ERR_UNSPECIFIED, 0);
}

static void set_demands(X509_STORE_CTX *context, int64_t now)
{
	X509_VERIFY_PARAM *demands = X509_STORE_CTX_get0_param(context);

	/* An anchor is one because somebody said so, self-signed or not (RFC 5280 6.1.1 d). */
	X509_VERIFY_PARAM_set_flags(demands, X509_V_FLAG_PARTIAL_CHAIN);
	X509_VERIFY_PARAM_set_time(demands, (time_t)now);
	X509_VERIFY_PARAM_set_depth(demands, CHAIN_MAX_CERTS + 1);
	/* Key sizes and hashes are for the rules to judge, not for the machine's configuration. */
	X509_VERIFY_PARAM_set_auth_level(demands, 0);
}

static void push(STACK_OF(X509) * stack, X509 *x509)
{
	if (!sk_X509_push(stack, x509))
		mem_exhausted();
}

void path_judge(struct path *path, int64_t now)
{
	auto_of(X509_STORE_CTX_free) X509_STORE_CTX *context = X509_STORE_CTX_new();
	auto_x509_view between = sk_X509_new_null();
	auto_x509_view trusted = sk_X509_new_null();
	struct refusal refusal = { 0 };
	bool fine;

	if (!context || !between || !trusted)
		mem_exhausted();
	for (size_t i = 1; i < path->count && path->certs[i] != path->anchor; i++)
		push(between, path->certs[i]->x509);
	push(trusted, path->anchor->x509);
	if (!X509_STORE_CTX_init(context, NULL, path->certs[0]->x509, between))
		mem_exhausted();
	X509_STORE_CTX_set0_trusted_stack(context, trusted);
	X509_STORE_CTX_set_app_data(context, &refusal);
	X509_STORE_CTX_set_verify_cb(context, note_refusal);
	set_demands(context, now);
	fine = X509_verify_cert(context) == 1;
	conclude(path, fine, &refusal);
	ERR_clear_error();
}
