/* E, U, S: what the certificates may be used for, and how they are signed. */
#include "certroll/text.h"
#include "rule.h"

static const char ask_ca[] = "Have the certificate issued again with this usage; with a CA of your "
			     "own that is a line of its template.";

static const char ask_less[] = "Have the certificate issued again without this usage; with a CA of "
			       "your own that is a line of its template.";

static bool eku_has(const struct cert *cert, enum ext_key_usage bit)
{
	return cert->ext_key_usage & ((unsigned)bit | EKU_ANY);
}

/*
 * An extension that leaves serverAuth out makes every client refuse: that is an error for all.
 * RFC 5280 4.2.1.12: without the extension every use is allowed.  Apple and the Baseline
 * Requirements want it all the same; IP Office only warns then; TLS itself does not care.
 */
static enum severity without_eku(const struct view *view)
{
	switch (view_column(view)) {
	case PROFILE_SERVER:
	case PROFILE_PATH:
		return SEVERITY_NONE;
	case PROFILE_IP_OFFICE:
		return SEVERITY_WARNING;
	default:
		return view->severity;
	}
}

static void server_auth(const struct view *view)
{
	auto_free char *name = view_name(view, view->leaf);

	if (view->leaf->ext_key_usage == EKU_ABSENT)
		complain_as(view, without_eku(view), view->leaf, ask_ca,
			    "the certificate of %s has no extended key usage; serverAuth should be "
			    "there",
			    name);
	else if (!(view->leaf->ext_key_usage & EKU_SERVER_AUTH))
		complain_as(view, SEVERITY_ERROR, view->leaf, ask_ca,
			    "the extended key usage of %s does not include serverAuth: clients "
			    "refuse it as a server's certificate",
			    name);
}

const struct rule_test test_server_auth = { server_auth, false };

/* Chrome Root Program 1.8: no clientAuth in leaves issued since 2027-03-15 00:00:00 UTC. */
static bool must_lack_client_auth(const struct view *view)
{
	return view_public(view) && view->leaf->not_before >= INT64_C(1805068800);
}

/* Without any extended key usage E1 has said it; where E3 forbids what this asks for, E3 wins. */
static void client_auth(const struct view *view)
{
	auto_free char *name = view_name(view, view->leaf);

	if (view->leaf->ext_key_usage != EKU_ABSENT && !eku_has(view->leaf, EKU_CLIENT_AUTH) &&
	    !must_lack_client_auth(view))
		complain(view, view->leaf,
			 "Nothing needs to be done for myApps and web access; for MTLS use a "
			 "certificate from a private CA.",
			 "the extended key usage of %s does not include clientAuth: only needed "
			 "where a box authenticates as a client by this certificate (MTLS trunks, "
			 "device to device); public CAs no longer issue it",
			 name);
}

const struct rule_test test_client_auth = { client_auth, false };

static void no_client_auth(const struct view *view)
{
	auto_free char *name = view_name(view, view->leaf);

	if (must_lack_client_auth(view) && view->leaf->ext_key_usage & EKU_CLIENT_AUTH)
		complain(view, view->leaf,
			 "Have it issued with serverAuth alone; for MTLS use a certificate from a "
			 "private CA.",
			 "the extended key usage of %s includes clientAuth, which Chrome does not "
			 "allow in public certificates issued since 2027-03-15",
			 name);
}

const struct rule_test test_no_client_auth = { no_client_auth, false };

static char *other_purposes(unsigned usage)
{
	static const struct {
		enum ext_key_usage bit;
		const char *name;
	} others[] = {
		{ EKU_ANY, "anyExtendedKeyUsage" },  { EKU_CODE_SIGNING, "codeSigning" },
		{ EKU_EMAIL, "emailProtection" },    { EKU_TIME_STAMPING, "timeStamping" },
		{ EKU_OCSP_SIGNING, "OCSPSigning" }, { EKU_PRECERT, "precertificate signing" },
	};
	char *list = text_copy("");

	for (size_t i = 0; i < COUNT(others); i++) {
		auto_free char *before = list;

		list = usage & others[i].bit
			       ? text_format("%s%s%s", before, *before ? ", " : "", others[i].name)
			       : take(before);
	}
	return list;
}

static void single_purpose(const struct view *view)
{
	auto_free char *purposes = other_purposes(view->leaf->ext_key_usage);
	auto_free char *name = view_name(view, view->leaf);

	if (*purposes)
		complain(view, view->leaf, ask_less,
			 "the extended key usage of %s includes %s, which has no place in a TLS "
			 "server's certificate",
			 name, purposes);
}

const struct rule_test test_single_purpose = { single_purpose, false };

/* BR 7.1.2.7.11: must for EC, should for RSA. */
static enum severity usage_severity(const struct view *view)
{
	if (view_column(view) == PROFILE_CABF && view->leaf->key_kind == KEY_RSA)
		return SEVERITY_WARNING;
	return view->severity;
}

static void digital_signature(const struct view *view)
{
	auto_free char *name = view_name(view, view->leaf);

	if (view->leaf->key_usage == USAGE_ABSENT)
		complain_as(
			view, usage_severity(view), view->leaf, ask_ca,
			"the certificate of %s has no key usage; digitalSignature should be there",
			name);
	else if (!(view->leaf->key_usage & USAGE_DIGITAL_SIGNATURE))
		complain_as(view, usage_severity(view), view->leaf, ask_ca,
			    "the key usage of %s does not include digitalSignature, which TLS 1.3 "
			    "and every modern cipher need",
			    name);
}

const struct rule_test test_digital_signature = { digital_signature, false };

static void key_encipherment(const struct view *view)
{
	const struct cert *leaf = view->leaf;
	auto_free char *name = view_name(view, leaf);

	if (leaf->key_kind == KEY_RSA && leaf->key_usage != USAGE_ABSENT &&
	    !(leaf->key_usage & USAGE_KEY_ENCIPHERMENT))
		complain(view, leaf,
			 "Nothing needs to be done unless old clients fail; then ask for a "
			 "certificate with keyEncipherment (Let's Encrypt: profile classic).",
			 "the key usage of %s does not include keyEncipherment, which only the RSA "
			 "key exchange of old TLS 1.2 clients needs",
			 name);
}

const struct rule_test test_key_encipherment = { key_encipherment, false };

/* RFC 8813 3: an EC key cannot encipher keys. */
static void no_key_encipherment(const struct view *view)
{
	const struct cert *leaf = view->leaf;
	auto_free char *name = view_name(view, leaf);

	if (leaf->key_kind == KEY_EC && leaf->key_usage & USAGE_KEY_ENCIPHERMENT)
		complain(view, leaf, ask_less,
			 "the key usage of %s includes keyEncipherment, which its EC key cannot do",
			 name);
}

const struct rule_test test_no_key_encipherment = { no_key_encipherment, false };

/* Where validation refuses a CA for its flags, P1 says so. */
static void ca_flags(const struct view *view)
{
	bool lone = view->path->count == 1 && view->path->end == PATH_UNTRUSTED;
	auto_free char *leaf = view_name(view, view->leaf);

	if (view->leaf->is_ca && !lone)
		complain(view, view->leaf, "Have an end-entity certificate (CA:FALSE) issued.",
			 "the leaf %s is a CA certificate (basicConstraints CA:TRUE)", leaf);
	for (size_t i = 1; i < view->path->count && view->path->flaw != FLAW_CA; i++) {
		const struct cert *cert = view->path->certs[i];
		bool signs = cert->key_usage & (USAGE_KEY_CERT_SIGN | USAGE_ABSENT);
		auto_free char *name = view_name(view, cert);

		if ((!cert->is_ca || !signs) && view_index(view, cert) >= 0)
			complain(view, cert, "Ask the CA for a proper certificate of its own.",
				 "%s signed another certificate but is not marked as a CA that may "
				 "(%s)",
				 name, cert->is_ca ? "keyCertSign" : "basicConstraints CA:TRUE");
	}
}

const struct rule_test test_ca_flags = { ca_flags, false };

static bool is_sha2(enum sig_hash hash)
{
	return hash == HASH_SHA224 || hash == HASH_SHA256 || hash == HASH_SHA384 ||
	       hash == HASH_SHA512;
}

/* EdDSA has no hash of its own to name: it is K6's and the signature is sound. */
static bool is_weak(enum sig_hash hash)
{
	return hash == HASH_MD5 || hash == HASH_SHA1;
}

static void hash(const struct view *view)
{
	for (size_t i = 0; i < view->path->count; i++) {
		const struct cert *cert = view->path->certs[i];
		auto_free char *name = view_name(view, cert);

		/* Nobody checks how an anchor signed itself: having it is what counts. */
		if (cert->self_signed || cert == view->path->anchor || !is_weak(cert->sig_hash))
			continue;
		complain(view, cert,
			 cert == view->leaf ? "Have it issued again, signed with SHA-256."
					    : "Ask the CA for its current certificate.",
			 "the certificate of %s is signed with %s, which clients refuse", name,
			 cert->sig_hash == HASH_MD5 ? "MD5" : "SHA-1");
	}
}

const struct rule_test test_hash = { hash, false };

/* An EC key is K5's: its signature is then no second root cause. */
static void hash_for_boxes(const struct view *view)
{
	const struct cert *leaf = view->leaf;
	bool short_hash = leaf->sig_hash == HASH_SHA224 || leaf->sig_hash == HASH_SHA256;
	auto_free char *name = view_name(view, leaf);

	if (leaf->key_kind != KEY_RSA || (!is_sha2(leaf->sig_hash) && leaf->sig_rsa))
		return;
	if (short_hash && leaf->sig_rsa)
		return;
	complain(view, leaf, "If the boxes refuse it, have it issued with SHA-256 and RSA.",
		 "the certificate of %s is not signed with SHA-224 or SHA-256 and RSA, which the "
		 "maker recommends to spare the boxes' CPU",
		 name);
}

const struct rule_test test_hash_for_boxes = { hash_for_boxes, false };
