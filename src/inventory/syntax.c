#include "syntax.h"
#include "certroll/text.h"
#include "report.h"
#include <stdbool.h>
#include <string.h>

/* In the sentence, %d is the line where the thing that was being read starts. */
struct phrase {
	const char *problem; /* of libyaml 0.2.5, its start */
	const char *context; /* part of libyaml's; NULL: any */
	const char *sentence, *remedy;
	bool at_start; /* the place is where the thing starts, not where it went wrong */
};

/* clang-format off */
static const struct phrase phrases[] = {
	{ "found unexpected end of stream", "quoted", "the quote that opens here never closes",
	  "add the same quote at the end of the value", true },
	{ "found unexpected document indicator", NULL, "the quote that opens here never closes",
	  "add the same quote at the end of the value", true },
	{ "found unknown escape character", NULL, "a backslash means something else in \"...\"",
	  "use single quotes around values with a backslash", false },
	{ "mapping values are not allowed", NULL, "a ':' is not expected here",
	  "indent it as its neighbours, write 'key: value' with a blank, quote a value "
	  "with ': ' in it", false },
	{ "block sequence entries are not", NULL, "a list item '-' is not expected here",
	  "put each item on a line of its own, below the key", false },
	{ "block mapping keys are not", NULL, "a key is not expected here",
	  "put it on a line of its own", false },
	{ "mapping keys are not", NULL, "a key is not expected here",
	  "put it on a line of its own", false },
	{ "did not find expected key", NULL,
	  "this line does not fit the mapping that starts on line %d",
	  "indent it as its neighbours, and check the quotes and brackets above it", false },
	{ "did not find expected '-'", NULL,
	  "this line does not fit the list that starts on line %d",
	  "indent it as its neighbours; each item starts with '- '", false },
	{ "did not find expected ',' or ']'", NULL,
	  "',' or ']' is missing in the list that starts on line %d",
	  "separate items by ',' and close the list with ']'", false },
	{ "did not find expected ',' or '}'", NULL,
	  "',' or '}' is missing in the mapping that starts on line %d",
	  "separate pairs by ',' and close the mapping with '}'", false },
	{ "could not find expected ':'", NULL, "the ':' behind the key on line %d is missing",
	  "write key: value, with a blank behind the ':'", false },
	{ "did not find expected <document", NULL, "something stands behind the end",
	  "check the indentation of this line", false },
	{ "did not find expected node", NULL, "a value is missing here",
	  "write the value, or remove the ',' before", false },
	{ "found undefined tag handle", NULL, SYNTAX_BANG, NULL, true },
	{ "did not find expected whitespace", "tag", SYNTAX_BANG, NULL, true },
	{ "did not find expected alphabetic", "alias", SYNTAX_STAR, NULL, true },
	{ "did not find expected alphabetic", "anchor",
	  "a value that starts with & must be in quotes", NULL, true },
	{ "did not find expected comment", "block scalar",
	  "a value that starts with | or > must be in quotes", NULL, true },
};
/* clang-format on */

static bool phrase_fits(const struct phrase *phrase, const yaml_parser_t *parser)
{
	if (!parser->problem || !text_starts(parser->problem, phrase->problem))
		return false;
	return !phrase->context || (parser->context && strstr(parser->context, phrase->context));
}

/* Start of a line (from 0) in a text; NULL when there is none. */
static const char *find_line(const char *text, size_t len, size_t line)
{
	const char *end = text + len;

	while (line-- && text) {
		text = memchr(text, '\n', (size_t)(end - text));
		if (text)
			text++;
	}
	return text;
}

/* Column (from 1) of a tab among the blanks a line starts with, or 0. */
static int find_tab(const char *line, const char *end)
{
	for (const char *at = line; line && at < end && (*at == ' ' || *at == '\t'); at++)
		if (*at == '\t')
			return (int)(at - line) + 1;
	return 0;
}

/* libyaml's columns count characters; before the first odd one of a line they are bytes. */
static char odd_char(const char *line, const char *end, size_t column)
{
	for (size_t i = 0; line && i <= column && line + i < end; i++)
		if (i == column)
			return line[i];
	return '\0';
}

static void report_phrase(const yaml_parser_t *parser, const struct phrase *phrase,
			  const struct spot *spot, struct findings *findings)
{
	const yaml_mark_t *start = parser->context ? &parser->context_mark : &parser->problem_mark;
	const char *number = strstr(phrase->sentence, "%d");
	struct spot opening = { spot->file, "", (int)start->line + 1, (int)start->column + 1 };

	if (!number)
		report(findings, SEVERITY_ERROR, phrase->at_start ? &opening : spot, phrase->remedy,
		       "%s", phrase->sentence);
	else
		report(findings, SEVERITY_ERROR, spot, phrase->remedy, "%.*s%d%s",
		       (int)(number - phrase->sentence), phrase->sentence, opening.line,
		       number + 2);
}

static void report_other(const yaml_parser_t *parser, char odd, const struct spot *spot,
			 struct findings *findings)
{
	if (odd && strchr("@`%", odd))
		report(findings, SEVERITY_ERROR, spot, NULL,
		       "a value that starts with %c must be in quotes", odd);
	else
		report(findings, SEVERITY_ERROR, spot, NULL, "not valid YAML: %s",
		       parser->problem ? parser->problem : "no reason given");
}

void syntax_report(const yaml_parser_t *parser, const char *text, size_t len, const char *file,
		   struct findings *findings)
{
	const yaml_mark_t *mark = &parser->problem_mark;
	const char *line = find_line(text, len, mark->line);
	struct spot spot = { file, "", (int)mark->line + 1, (int)mark->column + 1 };
	int tab = find_tab(line, text + len);

	if (tab || odd_char(line, text + len, mark->column) == '\t') {
		spot.column = tab ? tab : spot.column;
		report(findings, SEVERITY_ERROR, &spot, "replace the tab by blanks",
		       "YAML does not allow tabs for indentation; use blanks");
		return;
	}
	if (parser->error == YAML_MEMORY_ERROR)
		mem_exhausted();
	for (size_t i = 0; i < COUNT(phrases); i++) {
		if (!phrase_fits(&phrases[i], parser))
			continue;
		report_phrase(parser, &phrases[i], &spot, findings);
		return;
	}
	report_other(parser, odd_char(line, text + len, mark->column), &spot, findings);
}
