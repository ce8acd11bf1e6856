/* The guide for people: lines for a terminal, sections in Markdown. */
#include "certroll/buf.h"
#include "certroll/guide.h"
#include <stdio.h>
#include <string.h>

enum { TERMINAL_WIDTH = 90, MARKDOWN_WIDTH = 110, SEVERITIES_MAX = 512, TITLE_WIDTH = 56 };

/* A paragraph in lines of at most this many columns, each further one indented; no word is cut. */
static void print_wrapped(const char *lead, const char *indent, size_t width, const char *text)
{
	size_t used = strlen(lead);
	const char *blank = "";

	fputs(lead, stdout);
	while (*text) {
		size_t word = strcspn(text, " ");

		if (*blank && used + 1 + word > width) {
			printf("\n%s", indent);
			used = strlen(indent);
			blank = "";
		}
		printf("%s%.*s", blank, (int)word, text);
		used += strlen(blank) + word;
		blank = " ";
		text += word + strspn(text + word, " ");
	}
	putchar('\n');
}

static void add(struct buf *out, const char *before, const char *text)
{
	if (buf_addf(out, "%s%s", before, text))
		mem_exhausted();
}

/* "error: innovaphone, strict": nothing when no profile has this severity. */
static void add_profiles(struct buf *out, const struct rule *rule, enum severity severity,
			 const char *title)
{
	bool first = true;

	for (int i = 0; i < PROFILE_COLUMNS; i++) {
		if (rule->severity[i] != severity)
			continue;
		if (first)
			add(out, out->len ? "; " : "", title);
		add(out, first ? ": " : ", ", profile_name((enum profile_column)i));
		first = false;
	}
}

char *guide_severities(const struct guide *guide)
{
	const struct rule *rule = guide->rule;
	auto_buf out = BUF_MAX(SEVERITIES_MAX);

	if (!rule)
		return NULL;
	for (int severity = SEVERITY_ERROR; severity > SEVERITY_NONE; severity--)
		add_profiles(&out, rule, (enum severity)severity,
			     severity_name((enum severity)severity));
	add_profiles(&out, rule, SEVERITY_NONE, "not looked at");
	return text_copy(buf_text(&out));
}

const char *guide_scope(const struct rule *rule)
{
	return !rule->served   ? "the bundle"
	       : !rule->bundle ? "what is served"
			       : "the bundle, and what is served";
}

/* Profiles by their first letters: seven names in full leave no room for the title. */
static void print_letters(const struct rule *rule)
{
	static const char letters[] = { '-', 'N', 'W', 'F' };

	for (size_t i = 0; i < PROFILE_COLUMNS; i++)
		printf("%-5c", letters[rule->severity[i]]);
}

static void print_head(void)
{
	printf("F error, W warning, N note, - not looked at, by profile:");
	for (int i = 0; i < PROFILE_COLUMNS; i++)
		printf("%s %s", i ? "," : "", profile_name((enum profile_column)i));
	printf("\n\n%-4s ", "id");
	for (int i = 0; i < PROFILE_COLUMNS; i++)
		printf("%-5.4s", profile_name((enum profile_column)i));
	printf("%-*s  basis\n", TITLE_WIDTH, "what is judged");
}

void guide_list(void)
{
	size_t count;
	const struct guide *all = guide_all(&count);

	print_head();
	for (size_t i = 0; i < count && all[i].rule; i++) {
		printf("%-4s ", all[i].id);
		print_letters(all[i].rule);
		printf("%-*s  %s\n", TITLE_WIDTH, all[i].title, all[i].rule->basis);
	}
	printf("\nfindings that are no rules\n\n");
	for (size_t i = 0; i < count; i++)
		if (!all[i].rule)
			printf("%-25s %s\n", all[i].id, all[i].title);
	printf("\n'certroll rules ID' says why it matters, on which device, and how to mend it.\n");
}

void guide_text(const struct guide *guide)
{
	auto_free char *by_profile = guide_severities(guide);

	printf("%s: %s\n\n", guide->id, guide->title);
	if (guide->rule) {
		print_wrapped("  basis      ", "             ", TERMINAL_WIDTH, guide->rule->basis);
		print_wrapped("  severity   ", "             ", TERMINAL_WIDTH, by_profile);
		print_wrapped("  looks at   ", "             ", TERMINAL_WIDTH,
			      guide_scope(guide->rule));
		putchar('\n');
	}
	print_wrapped("  ", "  ", TERMINAL_WIDTH, guide->why);
	putchar('\n');
	print_wrapped("  What to do: ", "  ", TERMINAL_WIDTH, guide->mend);
}

static void markdown_section(const struct guide *guide)
{
	auto_free char *by_profile = guide_severities(guide);

	printf("\n## %s\n\n**%s**\n\n", guide->id, guide->title);
	if (guide->rule) {
		print_wrapped("* Basis: ", "  ", MARKDOWN_WIDTH, guide->rule->basis);
		print_wrapped("* Severity: ", "  ", MARKDOWN_WIDTH, by_profile);
		print_wrapped("* Looks at: ", "  ", MARKDOWN_WIDTH, guide_scope(guide->rule));
		putchar('\n');
	}
	print_wrapped("", "", MARKDOWN_WIDTH, guide->why);
	putchar('\n');
	print_wrapped("**What to do:** ", "", MARKDOWN_WIDTH, guide->mend);
}

static void markdown_table(const struct guide *all, size_t count)
{
	printf("\n| rule |");
	for (int i = 0; i < PROFILE_COLUMNS; i++)
		printf(" %s |", profile_name((enum profile_column)i));
	printf(" what is judged |\n|---|");
	for (int i = 0; i < PROFILE_COLUMNS; i++)
		printf("---|");
	printf("---|\n");
	for (size_t i = 0; i < count && all[i].rule; i++) {
		printf("| [%s](#%c%s) |", all[i].id, all[i].id[0] | 0x20, all[i].id + 1);
		for (size_t j = 0; j < PROFILE_COLUMNS; j++) {
			enum severity severity = all[i].rule->severity[j];

			printf(" %s |", severity ? severity_name(severity) : "-");
		}
		printf(" %s |\n", all[i].title);
	}
}

void guide_markdown(void)
{
	static const char intro[] =
		"Every finding has an id. Those of rules are short, and their severity depends on "
		"the "
		"profile of the device; the others are words, and their severity depends on what "
		"happened. `certroll rules ID` prints a section of this page. A "
		"[policy](policy.md) "
		"changes severities. `-` in the table: the profile does not look at it.";
	size_t count;
	const struct guide *all = guide_all(&count);

	printf("<!-- Made by ./dev docs from src/cert/rules.c and src/app/guide.def. -->\n"
	       "# Findings\n\n");
	print_wrapped("", "", MARKDOWN_WIDTH, intro);
	markdown_table(all, count);
	for (size_t i = 0; i < count; i++)
		markdown_section(&all[i]);
}
