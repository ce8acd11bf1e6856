/* Whatever the order of the blocks: the same bundle comes out, and the right blocks are blamed. */
#include "certroll/text.h"
#include "pki.h"

Suite *suite_shuffle(void);

enum { MOST_PARTS = 6 };

/* The chain, leaf first; its key; and what is too much: of two copies the one behind the other. */
static const struct run {
	const char *parts;
	size_t chain_len;
	const char *anchor;
	bool crlf;
	const char *also; /* the rules that are broken in any order */
} runs[] = {
	{ "leaf-both issuing policy root leaf.key", 4, "root", false, "" },
	{ "leaf-both issuing policy root leaf.key", 4, "root", true, "" },
	{ "leaf-both issuing policy root leaf.key", 4, NULL, false, "P2" },
	{ "leaf-both issuing policy root leaf.key issuing", 4, "root", false, "O4" },
	{ "leaf-both issuing policy root leaf.key stranger", 4, "root", false, "O4" },
	{ "leaf-both issuing policy root leaf.key leaf-next", 4, "root", false, "O4" },
	{ "leaf-yr yr1 yr-by-x1 x1 leaf.key yr", 4, "x1", false, "O4" },
	{ "leaf-both issuing policy root leaf.key other.key", 4, "root", false, "K1" },
};

/* One permutation: which part is which block, and the other way round. */
struct deal {
	const struct run *run;
	char parts[MOST_PARTS + 1][64]; /* and the end of the list */
	char *texts[MOST_PARTS];
	size_t count;
	size_t part_at[MOST_PARTS];
	size_t block_of[MOST_PARTS];
	char text[1 << 16];
};

static bool is_key(const struct deal *deal, size_t part)
{
	return text_ends(deal->parts[part], ".key");
}

static void deal_parts(struct deal *deal, const struct run *run)
{
	const char *list = run->parts;

	*deal = (struct deal){ .run = run };
	while (pki_word(&list, deal->parts[deal->count])) {
		size_t len;

		deal->texts[deal->count] = pki_text(deal->parts[deal->count], &len);
		deal->count++;
	}
}

/* Two copies the other way round. */
static bool same_text(const struct deal *deal)
{
	size_t last = deal->count - 1;

	for (size_t i = 0; i < last; i++)
		if (strcmp(deal->parts[i], deal->parts[last]) == 0)
			return deal->block_of[last] < deal->block_of[i];
	return false;
}

static void free_parts(struct deal *deal)
{
	for (size_t i = 0; i < deal->count; i++)
		mem_free(deal->texts[i]);
}

static size_t permutations(size_t count)
{
	return count < 2 ? 1 : count * permutations(count - 1);
}

static void shuffle(struct deal *deal, size_t number)
{
	size_t left[MOST_PARTS], count = deal->count;

	for (size_t i = 0; i < count; i++)
		left[i] = i;
	for (size_t at = 0; count > 0; at++) {
		size_t pick = number % count;

		number /= count;
		deal->part_at[at] = left[pick];
		deal->block_of[left[pick]] = at;
		left[pick] = left[--count];
	}
}

static void write_text(struct deal *deal)
{
	char *out = deal->text;

	for (size_t i = 0; i < deal->count; i++)
		for (const char *at = deal->texts[deal->part_at[i]]; *at; at++) {
			if (*at == '\n' && deal->run->crlf)
				*out++ = '\r';
			*out++ = *at;
		}
	*out = '\0';
}

static size_t first_cert(const struct deal *deal)
{
	size_t block = 0;

	while (is_key(deal, deal->part_at[block]))
		block++;
	return block;
}

static size_t last_cert(const struct deal *deal)
{
	size_t block = deal->count - 1;

	while (is_key(deal, deal->part_at[block]))
		block--;
	return block;
}

static void expect(struct buf *out, const struct deal *deal, const char *id, size_t block)
{
	ck_assert_int_eq(buf_addf(out, "%s bundle.pem: block %zu, line %d\n", id, block + 1,
				  pki_line(deal->text, "-----BEGIN", (int)block + 1)),
			 0);
}

static void expect_order(struct buf *out, const struct deal *deal)
{
	if (deal->block_of[0] != first_cert(deal)) {
		expect(out, deal, "O1", first_cert(deal));
		return;
	}
	for (size_t i = 1; i < deal->run->chain_len; i++) {
		if (deal->block_of[i] > deal->block_of[i - 1])
			continue;
		expect(out, deal, "O2", deal->block_of[i]);
		return;
	}
}

/* In the order of the table of rules. */
static void expect_all(struct buf *out, const struct deal *deal)
{
	const char *also = deal->run->also;
	size_t key = deal->block_of[deal->run->chain_len];

	if (deal->run->crlf)
		expect(out, deal, "pem", 0);
	if (strstr(also, "K1"))
		expect(out, deal, "K1", deal->block_of[deal->count - 1]);
	expect_order(out, deal);
	if (strstr(also, "O4"))
		expect(out, deal, "O4", deal->block_of[deal->count - 1]);
	if (key < last_cert(deal))
		expect(out, deal, "O5", key);
	if (strstr(also, "P2"))
		expect(out, deal, "P2", deal->block_of[deal->run->chain_len - 1]);
}

/* A second key is told with both of its blocks. */
static void check_both_named(const struct deal *deal, const struct findings *findings)
{
	const struct finding *found = findings_find(findings, "K1");
	size_t one = deal->block_of[deal->run->chain_len], two = deal->block_of[deal->count - 1];
	auto_free char *first = text_format("block %zu, line ", one + 1);
	auto_free char *second = text_format("block %zu, line ", two + 1);

	if (found)
		ck_assert_msg(strstr(found->sentence, first) && strstr(found->sentence, second),
			      "%s", found->sentence);
}

static void check_deal(struct pki *pki, const struct deal *deal, const struct buf *repaired)
{
	auto_findings findings = { 0 };
	auto_buf wanted = BUF_MAX(4096);
	auto_buf got = BUF_MAX(4096);
	struct err err = { 0 };
	auto_bundle *bundle = pki_bundle_text(pki, deal->text, strlen(deal->text), &findings, &err);
	struct profile profile = profile_default(PROFILE_INNOVAPHONE);
	struct judgement judgement = { .profile = &profile,
				       .now = PKI_NOW,
				       .root_kind = deal->run->anchor ? ROOT_PUBLIC : ROOT_DETECT };
	struct bytes bytes;

	ck_assert_msg(bundle, "%s", err.text);
	bytes = bundle_bytes(bundle, BUNDLE_PEM_CHAIN_KEY);
	ck_assert_uint_eq(bytes.len, repaired->len);
	ck_assert_mem_eq(bytes.data, repaired->data, bytes.len);
	rules_judge_bundle(bundle, &judgement, &findings);
	for (size_t i = 0; i < findings.count; i++)
		ck_assert_int_eq(
			buf_addf(&got, "%s %s\n", findings.items[i].id, findings.items[i].place),
			0);
	expect_all(&wanted, deal);
	ck_assert_str_eq(buf_text(&got), buf_text(&wanted));
	check_both_named(deal, &findings);
}

START_TEST(test_bundle_load_is_the_same_for_every_permutation)
{
	static struct deal deal;
	auto_pki pki = pki_open(runs[_i].anchor);
	auto_buf repaired = BUF_MAX(1 << 16);

	deal_parts(&deal, &runs[_i]);
	for (size_t i = 0; i <= deal.run->chain_len; i++)
		pki_join(&repaired, deal.parts[i]);
	for (size_t number = 0; number < permutations(deal.count); number++) {
		shuffle(&deal, number);
		if (same_text(&deal))
			continue;
		write_text(&deal);
		check_deal(&pki, &deal, &repaired);
	}
	free_parts(&deal);
}
END_TEST

Suite *suite_shuffle(void)
{
	Suite *suite = suite_create("shuffle");
	TCase *shuffles = tcase_create("shuffle");

	tcase_set_timeout(shuffles, 60);
	tcase_add_loop_test(shuffles, test_bundle_load_is_the_same_for_every_permutation, 0,
			    COUNT(runs));
	suite_add_tcase(suite, shuffles);
	return suite;
}
