#include "certroll/buf.h"
#include "certroll/xml.h"
#include <check.h>

Suite *suite_xml(void);

static const char *const refused[] = {
	"",
	"log in, please",
	"<a>",
	"<a></b>",
	"<a/><b/>",
	"<a b='1' b='2'/>",
	"<!DOCTYPE a><a/>",
	"<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>",
	"<!DOCTYPE a [<!ENTITY x \"y\">]><a b='&x;'/>",
	"<!DOCTYPE html><html/>",
	"<a b='&unknown;'/>",
	"<a b='\xff'/>",
};

START_TEST(refuses)
{
	auto_xml xml = xml_parse(refused[_i]);

	ck_assert_msg(!xml, "%s", refused[_i]);
}
END_TEST

/* The same element nested or repeated; both ends of the limit. */
static struct xml *nested(unsigned depth)
{
	auto_buf text = BUF_MAX(1 << 16);

	for (unsigned i = 0; i < depth; i++)
		ck_assert_int_eq(buf_add(&text, "<a>", 3), 0);
	for (unsigned i = 0; i < depth; i++)
		ck_assert_int_eq(buf_add(&text, "</a>", 4), 0);
	return xml_parse(buf_text(&text));
}

static struct xml *repeated(unsigned nodes, const char *element)
{
	auto_buf text = BUF_MAX(1 << 20);

	ck_assert_int_eq(buf_add(&text, "<r>", 3), 0);
	for (unsigned i = 1; i < nodes; i++)
		ck_assert_int_eq(buf_addf(&text, "%s", element), 0);
	ck_assert_int_eq(buf_add(&text, "</r>", 4), 0);
	return xml_parse(buf_text(&text));
}

START_TEST(limits)
{
	auto_xml deep = nested(XML_MAX_DEPTH);
	auto_xml deeper = nested(XML_MAX_DEPTH + 1);
	auto_xml large = repeated(XML_MAX_NODES, "<a/>");
	auto_xml larger = repeated(XML_MAX_NODES + 1, "<a/>");
	auto_xml larger_yet = repeated(XML_MAX_NODES + 5, "<a></a>");

	ck_assert_ptr_nonnull(deep);
	ck_assert_ptr_null(deeper);
	ck_assert_ptr_nonnull(large);
	ck_assert_ptr_null(larger);
	ck_assert_ptr_null(larger_yet);
	ck_assert_ptr_nonnull(xml_find(large, "a", XML_MAX_NODES - 2));
	ck_assert_ptr_null(xml_find(large, "a", XML_MAX_NODES - 1));
}
END_TEST

static const char tree[] = "<?xml version='1.0'?>\n"
			   "<info n='root'><!-- a comment -->\n"
			   "<cert n='c1'><c n='1'/><c n='2'/><sub><c n='deep'/></sub></cert>\n"
			   "<other n='o'><c n='3'/></other>\n"
			   "<cert n='c2'>text<c n='4'/><certificate n='5'/></cert></info>";

static const struct {
	const char *path;
	unsigned n;
	const char *value; /* of the attribute n; NULL: nothing there */
} paths[] = {
	{ "", 0, "root" },     { "", 1, NULL },         { "info", 0, NULL },
	{ "cert", 0, "c1" },   { "cert", 1, "c2" },     { "cert", 2, NULL },
	{ "cert/c", 0, "1" },  { "cert/c", 1, "2" },    { "cert/c", 2, "4" },
	{ "cert/c", 3, NULL }, { "*/c", 2, "3" },       { "*/c", 3, "4" },
	{ "*", 2, "c2" },      { "*/*", 5, "5" },       { "cert/*/c", 0, "deep" },
	{ "cer", 0, NULL },    { "certi", 0, NULL },    { "cert/", 0, NULL },
	{ "/cert", 0, NULL },  { "cert/sub", 0, NULL }, /* there, without the attribute */
};

START_TEST(finds)
{
	auto_xml xml = xml_parse(tree);

	ck_assert_ptr_nonnull(xml);
	ck_assert_pstr_eq(xml_attr(xml_find(xml, paths[_i].path, paths[_i].n), "n"),
			  paths[_i].value);
}
END_TEST

START_TEST(nothing_to_look_at)
{
	ck_assert_ptr_null(xml_find(NULL, "a", 0));
	ck_assert_ptr_null(xml_attr(NULL, "n"));
	xml_free(NULL);
}
END_TEST

START_TEST(decodes)
{
	auto_xml xml = xml_parse("<a b='&lt;&quot;&#252;'/>");

	ck_assert_str_eq(xml_attr(xml, "b"), "<\"\xc3\xbc");
}
END_TEST

Suite *suite_xml(void)
{
	Suite *suite = suite_create("xml");
	TCase *tcase = tcase_create("xml");

	tcase_add_loop_test(tcase, refuses, 0, (int)COUNT(refused));
	tcase_add_test(tcase, limits);
	tcase_add_loop_test(tcase, finds, 0, (int)COUNT(paths));
	tcase_add_test(tcase, nothing_to_look_at);
	tcase_add_test(tcase, decodes);
	suite_add_tcase(suite, tcase);
	return suite;
}
