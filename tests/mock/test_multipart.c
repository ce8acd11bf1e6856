/* multipart: the part that is asked for, and bodies that end too early. */
#include "multipart.h"
#include "suites.h"

#include <stdlib.h>
#include <string.h>

#define TYPE "multipart/form-data; boundary=xyz"
#define PART                                                                                       \
	"--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n"               \
	"Content-Type: application/x-pem-file\r\n\r\n"

/* clang-format off */
static const struct {
	const char *type, *body, *content; /* NULL: not found */
} cases[] = {
	{ TYPE, PART "data\r\n--xyz--\r\n", "data" },
	{ "multipart/form-data; boundary=\"xyz\"", PART "data\r\n--xyz--\r\n", "data" },
	{ TYPE, PART "\r\n--xyz--\r\n", "" },
	{ TYPE, PART "a\r\n\r\nb\r\n--xy\r\n--xyz--\r\n", "a\r\n\r\nb\r\n--xy" },
	{ TYPE, "preamble\r\n" PART "data\r\n--xyz--\r\n", "data" },
	{ TYPE, "--xyz\r\ncontent-disposition: form-data; name=\"other\"\r\n\r\n1\r\n"
		PART "2\r\n--xyz--\r\n", "2" },
	{ TYPE, "--xyz\r\nContent-Disposition: form-data; name=\"profile\"\r\n\r\n1\r\n--xyz--",
		NULL },
	{ TYPE, PART "data\r\n--xyz", "data" },
	{ TYPE, PART "data", NULL },
	{ TYPE, "--xyz\r\nContent-Disposition: form-data; name=\"file\"\r\n--xyz--", NULL },
	{ TYPE, "--xyz--\r\n", NULL },
	{ TYPE, "--xyz", NULL },
	{ TYPE, "", NULL },
	{ NULL, PART "data\r\n--xyz--\r\n", NULL },
	{ "text/plain; boundary=xyz", PART "data\r\n--xyz--\r\n", NULL },
	{ "multipart/form-data", PART "data\r\n--xyz--\r\n", NULL },
	{ "multipart/form-data; boundary=", PART "data\r\n--xyz--\r\n", NULL },
	{ "multipart/form-data; boundary=abc", PART "data\r\n--xyz--\r\n", NULL },
};
/* clang-format on */

START_TEST(test_find)
{
	struct multipart_part part = { 0 };
	size_t length = strlen(cases[_i].body);
	/* an exact copy, so that a sanitizer sees any byte read beyond it */
	char *body = malloc(length ? length : 1);

	memcpy(body, cases[_i].body, length);
	bool found = multipart_find(cases[_i].type, body, length, "file", &part);
	ck_assert_int_eq(found, cases[_i].content != NULL);
	if (found) {
		ck_assert_uint_eq(part.length, strlen(cases[_i].content));
		ck_assert_mem_eq(part.bytes, cases[_i].content, part.length);
		ck_assert_uint_eq(part.filename_length, 1);
		ck_assert_mem_eq(part.filename, "a", 1);
	}
	free(body);
}
END_TEST

START_TEST(test_find_survives_cuts)
{
	static const char body[] = PART "data\r\n--xyz--\r\n";
	struct multipart_part part;

	for (size_t length = 0; length < sizeof(body); length++) {
		char *cut = malloc(length ? length : 1);

		memcpy(cut, body, length);
		(void)multipart_find(TYPE, cut, length, "file", &part);
		free(cut);
	}
}
END_TEST

START_TEST(test_find_refuses_long_boundary)
{
	static const char form[] = "multipart/form-data; boundary=";
	char type[sizeof(form) + MULTIPART_BOUNDARY_MAX + 1] = { 0 };
	struct multipart_part part;

	memset(type, 'x', sizeof(type) - 1);
	memcpy(type, form, sizeof(form) - 1);
	ck_assert(!multipart_find(type, "", 0, "file", &part));
}
END_TEST

Suite *suite_multipart(void)
{
	Suite *suite = suite_create("multipart");
	TCase *tcase = tcase_create("find");

	tcase_add_loop_test(tcase, test_find, 0, sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(tcase, test_find_survives_cuts);
	tcase_add_test(tcase, test_find_refuses_long_boundary);
	suite_add_tcase(suite, tcase);
	return suite;
}
