/*
 * Text for mdoc(7).  A line of text ends with its sentence: mandoc -T lint asks for that, and the
 * space between sentences comes out right.
 */
#include "certroll/text.h"
#include "docs.h"
#include <ctype.h>
#include <string.h>

enum { LINE_MAX_COLUMNS = 80 };

static const char closing[] = ".,:;)]?!";

struct line {
	FILE *out;
	size_t used; /* columns of the line that is not ended yet */
};

static void line_end(struct line *line)
{
	if (line->used)
		fputc('\n', line->out);
	line->used = 0;
}

static void put_escaped(FILE *out, const char *text, size_t length, bool code)
{
	for (size_t i = 0; i < length; i++) {
		bool dash = text[i] == '-' && (code || i == 0 || text[i - 1] == '-');

		if (text[i] == '\\')
			fputs("\\e", out);
		else if (code && text[i] == '"')
			fputs("\\(dq", out);
		else if (dash)
			fputs("\\-", out);
		else
			fputc(text[i], out);
	}
}

static void put_arg(FILE *out, const char *text, size_t length)
{
	/* Short words may be names of macros, or punctuation. */
	fprintf(out, "\"%s", length < 4 ? "\\&" : "");
	put_escaped(out, text, length, true);
	fputs(length && strchr(closing, text[length - 1]) ? "\\&\"" : "\"", out);
}

void mdoc_arg(FILE *out, const char *text)
{
	put_arg(out, text, strlen(text));
}

void mdoc_verbatim(FILE *out, const char *line)
{
	fputs(strchr(".'", line[0]) ? "\\&" : "", out);
	put_escaped(out, line, strlen(line), true);
}

void mdoc_line(FILE *out, const char *macro, const char *argument)
{
	fprintf(out, ".%s ", macro);
	mdoc_arg(out, argument);
	fputc('\n', out);
}

static bool ends_sentence(const char *word, size_t length)
{
	while (length && strchr(")\"'", word[length - 1]))
		length--;
	return length > 1 && strchr(".?!", word[length - 1]);
}

static void put_word(struct line *line, const char *word, size_t length)
{
	if (line->used && line->used + 1 + length > LINE_MAX_COLUMNS)
		line_end(line);
	if (line->used)
		fputc(' ', line->out);
	else if (strchr(".'", word[0]))
		fputs("\\&", line->out);
	put_escaped(line->out, word, length, false);
	line->used += length + 1;
	if (ends_sentence(word, length))
		line_end(line);
}

/* before`code`behind, without blanks in before and behind */
static void put_code(struct line *line, const char *word, const char *code, const char *end)
{
	const char *behind = end + 1;
	size_t length = strcspn(behind, " "), marks = strspn(behind, closing);

	if (code - 1 > word && word[0] != '(') {
		put_word(line, word, (size_t)(code - 1 - word));
		line_end(line);
		fputs(".Ns Ql ", line->out);
	} else {
		line_end(line);
		fprintf(line->out, ".Ql %s", code - 1 > word ? "( " : "");
	}
	put_arg(line->out, code, (size_t)(end - code));
	for (size_t i = 0; i < marks && i < length; i++)
		fprintf(line->out, " %c", behind[i]);
	if (marks < length) {
		fputs(" Ns ", line->out);
		put_arg(line->out, behind + marks, length - marks);
	}
	fputc('\n', line->out);
}

void mdoc_text(FILE *out, const char *markdown)
{
	struct line line = { out, 0 };

	for (const char *at = markdown + strspn(markdown, " "); *at; at += strspn(at, " ")) {
		size_t length = strcspn(at, " ");
		const char *code = memchr(at, '`', length);
		const char *end = code ? strchr(code + 1, '`') : NULL;

		if (end) {
			put_code(&line, at, code + 1, end);
			at = end + 1 + strcspn(end + 1, " ");
		} else {
			put_word(&line, at, length);
			at += length;
		}
	}
	line_end(&line);
}

void mdoc_sentence(FILE *out, const char *text)
{
	auto_free char *sentence =
		text_format("%s%s", text, ends_sentence(text, strlen(text)) ? "" : ".");

	sentence[0] = (char)toupper((unsigned char)sentence[0]);
	mdoc_text(out, sentence);
}
