/**
 * @file
 * rule: what the tests of rules see, and how they complain.
 *
 * A rule is one row of the table in rules.c and one function here, in the file of its topic.
 *
 * Layer: cert, private.
 */
#ifndef CERTROLL_CERT_RULE_H
#define CERTROLL_CERT_RULE_H

#include "certroll/rules.h"

/** What is judged, a bundle or a served chain, seen by one rule. */
struct view {
	const struct rule *rule;
	enum profile_column column; /**< the one of the profile's columns that is being judged */
	enum severity severity;     /**< of this rule in that column */
	bool adjusted;              /**< somebody set it: the test's own severities do not count */
	const struct judgement *judgement;
	const struct bundle *bundle; /**< NULL: a served chain */
	const struct chain *given;   /**< as in the file or on the wire; NULL: no certificate */
	const struct path *path;     /**< NULL as given */
	const struct cert *leaf;     /**< NULL as given */
	const char *place;           /**< the file, or the endpoint; "" */
	struct findings *findings;
	struct spoken *spoken; /**< what view_name() said last */
};

/** Most tests name the leaf, before they know whether they complain. */
struct spoken {
	const struct cert *cert;
	char *name;
};

struct rule_test {
	void (*run)(const struct view *view);
	bool without_certs; /**< also for a bundle without any certificate */
};

/** Extensions that no certificate may mark as critical: RFC 5280 4.2.1.1, .2, .8, .15, 4.2.2. */
enum {
	EXT_NEVER_CRITICAL = EXT_AUTHORITY_KEY_ID | EXT_SUBJECT_KEY_ID | EXT_DIRECTORY |
			     EXT_FRESHEST_CRL | EXT_AUTHORITY_INFO | EXT_SUBJECT_INFO,
};

/** Where in the given chain @p cert stands (the first copy), or CHAIN_NONE. */
int view_index(const struct view *view, const struct cert *cert);

/** Number, from 1, by which people know the certificate at @p index: of the block, or on the wire.
 */
size_t view_number(const struct view *view, size_t index);

/** "'Example CA' (block 3)": how a sentence names a certificate.  Owned. */
char *view_name(const struct view *view, const struct cert *cert) MUST_CHECK;

/** "block 3 (lines 40-62)" or "certificate 3": what a remedy is about.  Owned. */
char *view_span(const struct view *view, size_t index) MUST_CHECK;

/** "block" or "certificate". */
const char *view_noun(const struct view *view);

/** "Put the blocks in this order: 1, 3, 2, key (4)."  Owned. */
char *view_order(const struct view *view) MUST_CHECK;

/** The rule's finding at a certificate; NULL: about the whole. */
void complain(const struct view *view, const struct cert *cert, const char *remedy,
	      const char *format, ...) PRINTF_LIKE(4, 5);

/** The same at the certificate at @p index. */
void complain_index(const struct view *view, size_t index, const char *remedy, const char *format,
		    ...) PRINTF_LIKE(4, 5);

/** The same at a block of the bundle. */
void complain_block(const struct view *view, size_t block, const char *remedy, const char *format,
		    ...) PRINTF_LIKE(4, 5);

/** As complain(), with a severity of the test's own. */
void complain_as(const struct view *view, enum severity severity, const struct cert *cert,
		 const char *remedy, const char *format, ...) PRINTF_LIKE(5, 6);

/** The column's severity of another rule: would it be heard? */
enum severity severity_of(const struct view *view, const char *id);

enum profile_column view_column(const struct view *view);

/** Does the form of this certificate (rules R) matter to the profile? */
bool view_form_counts(const struct view *view, const struct cert *cert);

/** The rule's severity, but no more than a warning. */
enum severity at_most_warning(const struct view *view);

/** Does the path end at a root that clients bring along, as far as we know? */
bool view_public(const struct view *view);

/** Is the refusal of the path (P1) about an extension, and X1 says so as loudly? */
bool extension_said(const struct view *view);

/* rules_key.c */
extern const struct rule_test test_key_present, test_key_readable, test_rsa_strong, test_rsa_cheap,
	test_not_ec, test_curve, test_sound_keys;
/* rules_order.c */
extern const struct rule_test test_leaf_first, test_order, test_root_present, test_no_strays,
	test_key_last, test_outlived;
/* rules_life.c */
extern const struct rule_test test_life, test_public_life;
/* rules_usage.c */
extern const struct rule_test test_server_auth, test_client_auth, test_no_client_auth,
	test_single_purpose, test_digital_signature, test_key_encipherment,
	test_no_key_encipherment, test_ca_flags, test_hash, test_hash_for_boxes;
/* rules_names.c */
extern const struct rule_test test_has_names, test_wildcards, test_covered, test_cn,
	test_phone_names, test_constraints;
/* rules_extensions.c */
extern const struct rule_test test_transparency, test_stapling, test_known_extensions;
/* rules_path.c */
extern const struct rule_test test_valid_now, test_life_left, test_path, test_known_root;
/* rules_rfc.c, rules_path.c: RFC 5280 section 4 and 6.1 */
extern const struct rule_test test_authority_key, test_subject_key, test_path_length, test_circle,
	test_critical, test_field_names, test_serial, test_version, test_form, test_ca_marks;

#endif
