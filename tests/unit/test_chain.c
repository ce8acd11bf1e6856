#include "pki.h"

Suite *suite_chain(void);

/* What a server sends, and what its path is: "" for the anchor: none is trusted. */
/* clang-format off */
static const struct {
	const char *sent, *anchor;
	enum path_end end;
	size_t count;       /* certificates of the path */
	const char *last;   /* how the last one is called */
	const char *reason; /* a part of it */
	int leaf;
} paths[] = {
	{ "leaf issuing policy root", "root", PATH_ANCHORED, 4, "Example Root", "", 0 },
	{ "leaf issuing policy", "root", PATH_ANCHORED, 4, "Example Root", "", 0 },
	{ "leaf root policy issuing", "root", PATH_ANCHORED, 4, "Example Root", "", 0 },
	{ "root policy issuing leaf", "root", PATH_ANCHORED, 4, "Example Root", "", 3 },
	{ "leaf", "root", PATH_INCOMPLETE, 1, "*.example.com", "", 0 },
	{ "leaf policy root", "root", PATH_INCOMPLETE, 1, "*.example.com", "", 0 },
	{ "leaf issuing", "root", PATH_INCOMPLETE, 2, "Example Issuing CA", "", 0 },
	{ "leaf impostor policy", "root", PATH_INCOMPLETE, 1, "*.example.com", "", 0 },
	{ "leaf issuing policy root", "stranger", PATH_UNTRUSTED, 4, "Example Root", "", 0 },
	{ "leaf issuing policy root", NULL, PATH_UNTRUSTED, 4, "Example Root", "", 0 },
	{ "leaf issuing policy", "policy", PATH_ANCHORED, 3, "Example Policy CA", "", 0 },
	{ "leaf", "issuing", PATH_ANCHORED, 2, "Example Issuing CA", "", 0 },
	{ "leaf", "leaf", PATH_ANCHORED, 1, "*.example.com", "", 0 },
	{ "lone", NULL, PATH_UNTRUSTED, 1, "box.example.com", "", 0 },
	{ "lone", "lone", PATH_ANCHORED, 1, "box.example.com", "", 0 },
	{ "leaf leaf issuing issuing policy", "root", PATH_ANCHORED, 4, "Example Root", "", 0 },
	{ "stranger leaf issuing policy", "root", PATH_ANCHORED, 4, "Example Root", "", 1 },
	{ "leaf-expired issuing policy", "root", PATH_INVALID, 4, "Example Root", "expired", 0 },
	{ "leaf-early issuing policy", "root", PATH_INVALID, 4, "Example Root", "not valid yet", 0 },
	{ "leaf-under-expired expired policy", "root", PATH_INVALID, 4, "Example Root",
	  "'Expired CA' has expired", 0 },
	{ "leaf-no-ca no-ca policy", "root", PATH_INVALID, 4, "Example Root", "'Not a CA' signed", 0 },
	{ "leaf-no-certsign no-certsign policy", "root", PATH_INVALID, 4, "Example Root",
	  "keyCertSign", 0 },
	{ "leaf-narrow narrow policy", "root", PATH_INVALID, 4, "Example Root", "permitted", 0 },
	{ "leaf-critical issuing policy", "root", PATH_INVALID, 4, "Example Root", "critical", 0 },
	{ "leaf-small issuing policy", "root", PATH_ANCHORED, 4, "Example Root", "", 0 },
	{ "leaf-sha1 issuing policy", "root", PATH_ANCHORED, 4, "Example Root", "", 0 },
	{ "leaf-ring ring-a ring-b", "root", PATH_INCOMPLETE, 3, "Ring B", "", 0 },
	{ "ring-a ring-b", "root", PATH_INCOMPLETE, 2, "Ring B", "", 0 },
	/* The same name and key twice: the way to the trusted root is the right one. */
	{ "leaf-yr yr1 yr yr-by-x1", "x1", PATH_ANCHORED, 4, "Root X1", "", 0 },
	{ "leaf-yr yr1 yr-by-x1 yr", "x1", PATH_ANCHORED, 4, "Root X1", "", 0 },
	{ "leaf-yr yr1 yr-by-x1", "x1", PATH_ANCHORED, 4, "Root X1", "", 0 },
	{ "leaf-yr yr1 yr yr-by-x1 x1", "yr", PATH_ANCHORED, 3, "Root YR", "", 0 },
	{ "leaf-yr yr1 yr-by-x1", "yr", PATH_ANCHORED, 3, "Root YR", "", 0 },
	{ "leaf-yr yr1 yr yr-by-x1", NULL, PATH_UNTRUSTED, 3, "Root YR", "", 0 },
	{ "leaf-yr yr1 yr yr-by-x1 x1", NULL, PATH_UNTRUSTED, 4, "Root X1", "", 0 },
};
/* clang-format on */

START_TEST(test_chain_path_ends_where_it_should)
{
	auto_pki pki = pki_open(paths[_i].anchor);
	const struct chain *chain = pki_take(&pki, paths[_i].sent);
	const struct path *path = &chain->path;

	ck_assert_msg(path->end == paths[_i].end, "%s: end %d, %s", paths[_i].sent, path->end,
		      path->reason);
	ck_assert_msg(path->count == paths[_i].count, "%s: %zu", paths[_i].sent, path->count);
	ck_assert_str_eq(path->certs[path->count - 1]->display, paths[_i].last);
	ck_assert_msg(strstr(path->reason, paths[_i].reason), "%s", path->reason);
	ck_assert_int_eq(*path->reason != '\0', path->end == PATH_INVALID);
	ck_assert_int_eq(path->anchor != NULL,
			 path->end == PATH_ANCHORED || path->end == PATH_INVALID);
	ck_assert_int_eq(chain->leaf, paths[_i].leaf);
	ck_assert_ptr_eq(chain_leaf(chain), path->certs[0]);
}
END_TEST

START_TEST(test_chain_links_are_signatures)
{
	auto_pki pki = pki_open("root");
	const struct chain *chain = pki_take(&pki, "leaf root impostor policy issuing issuing");

	ck_assert_int_eq(chain->issuer_of[0], 4);
	ck_assert_int_eq(chain->issuer_of[1], 1);
	ck_assert_int_eq(chain->issuer_of[2], 3);
	ck_assert_int_eq(chain->issuer_of[3], 1);
	ck_assert_int_eq(chain->issuer_of[4], 3);
	ck_assert_int_eq(chain->same_as[4], CHAIN_NONE);
	ck_assert_int_eq(chain->same_as[5], 4);
}
END_TEST

START_TEST(test_chain_path_tells_its_shortest_end_and_source)
{
	auto_pki pki = pki_open("root");
	auto_pki public = pki_open_public("root");
	const struct chain *chain = pki_take(&pki, "leaf-brief brief policy");

	ck_assert_int_eq(chain->path.shortest_not_after, chain->certs[1]->not_after);
	ck_assert_int_eq(chain->path.source, ANCHOR_FILE);
	ck_assert_int_eq(pki_take(&public, "leaf issuing policy")->path.source, ANCHOR_SYSTEM);
}
END_TEST

START_TEST(test_chains_take_gives_the_same_chain_again)
{
	auto_pki pki = pki_open("root");
	const struct chain *one = pki_take(&pki, "leaf issuing policy");
	const struct chain *other = pki_take(&pki, "leaf policy issuing");

	ck_assert_ptr_eq(pki_take(&pki, "leaf issuing policy"), one);
	ck_assert_ptr_ne(other, one);
	ck_assert_ptr_eq(other->certs[0], one->certs[0]);
	for (int i = 0; i < 40; i++)
		ck_assert_ptr_nonnull(pki_take(&pki, i % 2 ? "issuing leaf" : "policy leaf"));
}
END_TEST

START_TEST(test_chains_parse_agrees_with_take)
{
	auto_pki pki = pki_open("root");
	const struct chain *one = pki_take(&pki, "leaf issuing");
	const unsigned char *der[] = { one->certs[0]->der, one->certs[1]->der };
	size_t len[] = { one->certs[0]->der_len, one->certs[1]->der_len };
	struct err err = { 0 };

	ck_assert_ptr_eq(chains_parse(pki.pool, der, len, 2, &err), one);
	len[1]--;
	ck_assert_ptr_null(chains_parse(pki.pool, der, len, 2, &err));
	ck_assert_int_eq(err.code, ERR_BUNDLE);
	ck_assert_ptr_nonnull(strstr(err.text, "certificate 2: it is cut off"));
	len[1] = CERT_MAX_BYTES + 1;
	ck_assert_ptr_null(chains_parse(pki.pool, der, len, 2, &err));
	ck_assert_int_eq(err.code, ERR_LIMIT);
}
END_TEST

START_TEST(test_chains_take_refuses_none_and_cuts_too_many)
{
	auto_pki pki = pki_open("root");
	STACK_OF(X509) *sent = sk_X509_new_null();
	X509 *leaf = pki_x509("leaf");
	const struct chain *cut, *whole;
	char difference[256];
	struct err err = { 0 };

	ck_assert_ptr_null(chains_take(pki.pool, NULL, &err));
	ck_assert_ptr_null(chains_take(pki.pool, sent, &err));
	ck_assert_int_eq(err.code, ERR_BUNDLE);
	for (int i = 0; i <= CHAIN_MAX_CERTS; i++)
		ck_assert(sk_X509_push(sent, leaf));
	cut = chains_take(pki.pool, sent, &err);
	ck_assert_uint_eq(cut->count, CHAIN_MAX_CERTS);
	ck_assert_uint_eq(cut->sent, CHAIN_MAX_CERTS + 1);
	sk_X509_pop(sent);
	whole = chains_take(pki.pool, sent, &err);
	ck_assert_ptr_ne(whole, cut);
	ck_assert_uint_eq(whole->sent, CHAIN_MAX_CERTS);
	ck_assert_int_eq(chain_compare(whole, whole, difference), CHAIN_EXACT);
	ck_assert_int_eq(chain_compare(whole, cut, difference), CHAIN_PARTIAL);
	sk_X509_free(sent);
	X509_free(leaf);
}
END_TEST

START_TEST(test_chains_trust_makes_an_anchor)
{
	auto_pki pki = pki_open(NULL);
	struct cert *root;
	const struct chain *chain;
	unsigned char *der = NULL;
	X509 *x509 = pki_x509("root");
	int len = i2d_X509(x509, &der);

	root = cert_parse(der, (size_t)len, NULL);
	chains_trust(pki.pool, root);
	cert_free(root);
	OPENSSL_free(der);
	X509_free(x509);
	chain = pki_take(&pki, "leaf issuing policy root");
	ck_assert_int_eq(chain->path.end, PATH_ANCHORED);
	ck_assert_int_eq(chain->path.source, ANCHOR_BUNDLE);
	/* The root left out on the wire changes nothing. */
	chain = pki_take(&pki, "leaf issuing policy");
	ck_assert_int_eq(chain->path.end, PATH_ANCHORED);
	ck_assert_int_eq(chain->path.source, ANCHOR_BUNDLE);
}
END_TEST

static const struct {
	const char *file, *word;
} bad_anchors[] = {
	{ "nowhere.pem", "No such file" },
	{ "leaf.key", "no certificate" },
	{ "leaf-locked-old.key", "no certificate" },
	{ "leaf-both.der", "no certificate" },
};

START_TEST(test_anchors_load_refuses_a_file_without_certificates)
{
	auto_free char *path = pki_path(bad_anchors[_i].file);
	struct err err = { 0 };

	ck_assert_ptr_null(anchors_load(path, false, &err));
	ck_assert_int_eq(err.code, ERR_CONFIG);
	ck_assert_msg(strstr(err.text, bad_anchors[_i].word), "%s", err.text);
	ck_assert_msg(strstr(err.text, bad_anchors[_i].file), "%s", err.text);
}
END_TEST

START_TEST(test_anchors_load_counts_and_takes_a_missing_store)
{
	unsigned before = anchors_loads();
	struct anchors *anchors;

	setenv("SSL_CERT_FILE", "/nonexistent", 1);
	setenv("SSL_CERT_DIR", "/nonexistent", 1);
	anchors = anchors_load(NULL, true, NULL);
	ck_assert_ptr_nonnull(anchors);
	ck_assert_uint_eq(anchors_loads(), before + 1);
	anchors_free(anchors);
}
END_TEST

START_TEST(test_anchors_hold_exactly_what_was_loaded)
{
	auto_pki pki = pki_open("yr");
	struct cert *yr = pki_cert("yr");
	struct cert *cross = pki_cert("yr-by-x1");

	ck_assert(anchors_hold(pki.anchors, yr));
	ck_assert(!anchors_hold(pki.anchors, cross));
	cert_free(yr);
	cert_free(cross);
}
END_TEST

/* clang-format off */
static const struct {
	const char *intended, *served;
	enum chain_match match;
	const char *word;
} comparisons[] = {
	{ "leaf issuing policy root", "leaf issuing policy root", CHAIN_EXACT, "" },
	{ "leaf issuing policy root", "leaf issuing policy", CHAIN_EXACT, "" },
	{ "leaf issuing policy", "leaf issuing policy", CHAIN_EXACT, "" },
	{ "lone", "lone", CHAIN_EXACT, "" },
	{ "leaf issuing policy", "leaf issuing policy root", CHAIN_PARTIAL,
	  "certificate 4 is not part of the chain: 'Example Root'" },
	{ "leaf issuing policy", "leaf issuing", CHAIN_PARTIAL,
	  "certificate 3 is missing: 'Example Policy CA'" },
	{ "leaf issuing policy root", "leaf", CHAIN_PARTIAL,
	  "certificate 2 is missing: 'Example Issuing CA'" },
	{ "leaf issuing policy root", "leaf policy issuing", CHAIN_PARTIAL, "another order" },
	{ "leaf issuing policy root", "issuing policy leaf", CHAIN_PARTIAL, "3, 1, 2" },
	{ "leaf issuing policy root", "leaf issuing policy policy", CHAIN_PARTIAL, "served twice" },
	{ "leaf issuing policy root", "leaf issuing stranger policy", CHAIN_PARTIAL,
	  "certificate 3 is not part" },
	{ "leaf issuing policy root", "leaf-both issuing policy", CHAIN_OTHER, "another leaf" },
	{ "leaf issuing policy root", "lone", CHAIN_OTHER, "box.example.com" },
	{ "leaf-yr yr1 yr", "leaf-yr yr1 yr-by-x1", CHAIN_PARTIAL, "not part of the chain" },
};
/* clang-format on */

START_TEST(test_chain_compare_says_what_differs)
{
	auto_pki pki = pki_open("root");
	const struct chain *intended = pki_take(&pki, comparisons[_i].intended);
	const struct chain *served = pki_take(&pki, comparisons[_i].served);
	char difference[256] = "untouched";

	ck_assert_int_eq(chain_compare(intended, served, difference), comparisons[_i].match);
	ck_assert_msg(strstr(difference, comparisons[_i].word), "%s", difference);
	ck_assert_int_eq(*difference == '\0', comparisons[_i].match == CHAIN_EXACT);
}
END_TEST

Suite *suite_chain(void)
{
	Suite *suite = suite_create("chain");
	TCase *path = tcase_create("path");
	TCase *pool = tcase_create("pool");
	TCase *anchors = tcase_create("anchors");
	TCase *compare = tcase_create("compare");

	tcase_add_loop_test(path, test_chain_path_ends_where_it_should, 0, COUNT(paths));
	tcase_add_test(path, test_chain_links_are_signatures);
	tcase_add_test(path, test_chain_path_tells_its_shortest_end_and_source);
	tcase_add_test(pool, test_chains_take_gives_the_same_chain_again);
	tcase_add_test(pool, test_chains_parse_agrees_with_take);
	tcase_add_test(pool, test_chains_take_refuses_none_and_cuts_too_many);
	tcase_add_test(pool, test_chains_trust_makes_an_anchor);
	tcase_add_loop_test(anchors, test_anchors_load_refuses_a_file_without_certificates, 0,
			    COUNT(bad_anchors));
	tcase_add_test(anchors, test_anchors_load_counts_and_takes_a_missing_store);
	tcase_add_test(anchors, test_anchors_hold_exactly_what_was_loaded);
	tcase_add_loop_test(compare, test_chain_compare_says_what_differs, 0, COUNT(comparisons));
	suite_add_tcase(suite, path);
	suite_add_tcase(suite, pool);
	suite_add_tcase(suite, anchors);
	suite_add_tcase(suite, compare);
	return suite;
}
