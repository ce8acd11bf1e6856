#include "certroll/notifier.h"
#include "certroll/doc.h"
#include "certroll/inventory.h"
#include "certroll/text.h"
#include "report.h"
#include "secret_ref.h"
#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { SHOWN_MAX = 120, ADDRESS_MAX = 254 }; /* RFC 5321 4.5.3.1.3, without its brackets */

/* --- cmd: ------------------------------------------------------------------------------------- */

/* There is a NULL behind the last one at any time. */
static void add_word(struct notifier *out, size_t *count, const char *word, size_t len)
{
	out->argv = mem_grow(out->argv, *count, sizeof *out->argv);
	out->argv[(*count)++] = mem_copy(word, len);
	out->argv = mem_grow(out->argv, *count, sizeof *out->argv);
}

static size_t split_words(const char *text, struct notifier *out)
{
	size_t count = 0;

	while (*(text += strspn(text, " "))) {
		size_t len = strcspn(text, " ");

		add_word(out, &count, text, len);
		text += len;
	}
	return count;
}

/* 0: no list of texts. */
static size_t read_list(const char *text, struct notifier *out)
{
	auto_findings findings = { 0 };
	struct doc *doc = doc_parse(text, strlen(text), "", &findings);
	size_t count = 0;
	bool fine = doc && doc->root.kind == NODE_LIST;

	for (size_t i = 0; fine && i < doc->root.count; i++) {
		const struct node *word = &doc->root.values[i];

		fine = word->kind == NODE_SCALAR;
		if (fine)
			add_word(out, &count, word->text, strlen(word->text));
	}
	doc_free(doc);
	return fine ? count : 0;
}

static char *take_cmd(const char *text, struct notifier *out)
{
	size_t count = *text == '[' ? read_list(text, out) : split_words(text, out);

	if (!count)
		return text_copy("needs a program behind cmd:, and may have arguments behind that: "
				 "cmd:/usr/local/bin/tell --room pbx");
	if (count > NOTIFIER_MAX_ARGUMENTS)
		return text_format("has more than %d arguments", NOTIFIER_MAX_ARGUMENTS);
	if (out->argv[0][0] != '/')
		return text_copy("needs the whole path of the program, as nothing searches for it");
	out->shown = text_format("cmd %s", out->argv[0]);
	return NULL;
}

/* --- webhook: --------------------------------------------------------------------------------- */

static char *take_url(const char *url, struct notifier *out)
{
	const char *scheme = out->plain ? "http://" : "https://";
	size_t begin = strlen(scheme), len;

	if (!out->plain && strncasecmp(url, "http:", 5) == 0)
		return text_copy("would go without TLS, so that everybody on the way can read and "
				 "change it; use https, or say webhook+http: if that is meant");
	if (strncasecmp(url, scheme, begin) != 0)
		return text_format("needs an address that begins with %s", scheme);
	len = strcspn(url + begin, "/?#");
	for (const char *at = url; *at; at++)
		if (*at <= ' ' || *at >= 0x7f)
			return text_copy("holds a blank or a character that is no ASCII; write it "
					 "as %XX");
	if (!len)
		return text_copy("needs a host in its address");
	if (memchr(url + begin, '@', len))
		return text_copy("holds a user name or password; leave that out, and give the "
				 "webhook a key that signs");
	out->url = text_copy(url);
	out->shown = text_format("webhook %.*s", (int)(begin + len), url);
	return NULL;
}

static char *take_https(const char *url, struct notifier *out)
{
	return take_url(url, out);
}

static char *take_http(const char *url, struct notifier *out)
{
	out->plain = true;
	return take_url(url, out);
}

/* --- mail: ------------------------------------------------------------------------------------ */

/* The plain part of RFC 5321 4.1.2: quotes, comments and lists of addresses are nobody's mailbox. */
static char *take_address(const char *text, struct notifier *out)
{
	const char *at = strchr(text, '@');
	bool fine = at && at > text && at[1] && !strchr(at + 1, '@') && *text != '-' &&
		    strlen(text) <= ADDRESS_MAX;

	for (const char *next = text; fine && *next; next++)
		fine = !(*next & 0x80) &&
		       (isalnum((unsigned char)*next) || strchr("@.!#$%&'*+-/=?^_`{|}~", *next));
	for (const char *next = at; fine && *next; next++)
		fine = isalnum((unsigned char)*next) || strchr("@.-", *next);
	if (!fine)
		return text_copy("needs one mail address behind mail:, such as "
				 "mail:pbx-team@example.com");
	out->address = text_copy(text);
	out->shown = text_format("mail %s", text);
	return NULL;
}

/* --- all -------------------------------------------------------------------------------------- */

static void notifier_free(struct notifier *notifier)
{
	for (size_t i = 0; notifier->argv && notifier->argv[i]; i++)
		mem_free(notifier->argv[i]);
	mem_free(notifier->argv);
	mem_free(notifier->text);
	mem_free(notifier->shown);
	mem_free(notifier->url);
	mem_free(notifier->address);
	mem_free(notifier->keyless);
	secret_ref_free(notifier->key);
	*notifier = (struct notifier){ 0 };
}

char *notifier_parse(const char *text, struct notifier *out)
{
	static const struct {
		const char *prefix;
		enum notifier_kind kind;
		char *(*take_rest)(const char *, struct notifier *);
	} kinds[] = {
		{ "cmd:", NOTIFIER_CMD, take_cmd },
		{ "webhook:", NOTIFIER_WEBHOOK, take_https },
		{ "webhook+http:", NOTIFIER_WEBHOOK, take_http },
		{ "mail:", NOTIFIER_MAIL, take_address },
	};

	*out = (struct notifier){ .run = true };
	if (strlen(text) > NOTIFIER_MAX_BYTES)
		return text_format("has more than %d bytes", NOTIFIER_MAX_BYTES);
	for (size_t i = 0; i < COUNT(kinds); i++) {
		char *why;

		if (!text_starts(text, kinds[i].prefix))
			continue;
		out->kind = kinds[i].kind;
		out->text = text_copy(text);
		why = kinds[i].take_rest(text + strlen(kinds[i].prefix), out);
		if (why)
			notifier_free(out);
		return why;
	}
	return text_copy("must begin with cmd:, webhook: or mail:");
}

static char *refuse_notifier(const char *text)
{
	struct notifier notifier;
	char *why = notifier_parse(text, &notifier);

	if (!why)
		notifier_free(&notifier);
	return why;
}

static struct notifier *add(struct notifiers *notifiers, const struct notifier *notifier)
{
	notifiers->items = mem_grow(notifiers->items, notifiers->count, sizeof *notifiers->items);
	notifiers->items[notifiers->count] = *notifier;
	return &notifiers->items[notifiers->count++];
}

int notifiers_add(struct notifiers *notifiers, const char *text, const char *key, struct err *err)
{
	auto_problem problem = { 0 };
	struct notifier notifier;
	auto_free char *why = notifier_parse(text, &notifier);

	if (why)
		return err_set(err, ERR_USAGE, "--notify '%.100s' %s", text, why);
	if (key && notifier.kind == NOTIFIER_WEBHOOK)
		notifier.key = secret_ref_parse(key, NULL, &problem);
	add(notifiers, &notifier);
	if (problem.sentence)
		return err_set(err, ERR_USAGE, "--notify-key: %s; %s", problem.sentence,
			       problem.remedy ? problem.remedy : "see docs/unattended.md");
	return 0;
}

struct entry {
	char *to;
	struct secret_ref *key;
};

static const struct field rows[] = {
	{ .key = "to",
	  .type = FIELD_TEXT,
	  .offset = offsetof(struct entry, to),
	  .min = 1,
	  .max = NOTIFIER_MAX_BYTES,
	  .required = true,
	  .refuse = refuse_notifier,
	  .help = "who is told: cmd:/path, webhook:https://..., mail:address" },
	{ .key = "key",
	  .type = FIELD_SECRET,
	  .offset = offsetof(struct entry, key),
	  .help = "where the key is that signs what goes to a webhook: cred:NAME, file:NAME ..." },
	FIELD_END,
};

const struct field *notifier_rows(void)
{
	return rows;
}

static void read_entry(struct notifiers *notifiers, const struct node *node, const char *path,
		       const char *file, bool run, struct findings *findings)
{
	struct schema_place place = { file, path };
	struct spot spot = { file, path, node->line, node->column };
	struct entry entry = { 0 };
	struct notifier notifier = { 0 };

	if (node->kind != NODE_MAP) {
		report(findings, SEVERITY_ERROR, &spot, "write - to: mail:pbx-team@example.com",
		       "must be a mapping with the key to");
	} else if (schema_parse(node, rows, &entry, &place, findings)) {
		mem_free(notifier_parse(entry.to, &notifier)); /* the row has judged it */
		notifier.key = take(entry.key);
		notifier.run = run;
		if (notifier.key && notifier.kind != NOTIFIER_WEBHOOK)
			report(findings, SEVERITY_ERROR, &spot, "leave the key out",
			       "only what goes to a webhook is signed");
	}
	schema_free(rows, &entry);
	if (notifier.text)
		add(notifiers, &notifier);
}

void notifiers_read(struct notifiers *notifiers, const struct node *list, const char *file,
		    bool run, struct findings *findings)
{
	if (!list || list->kind == NODE_NULL)
		return;
	if (list->kind != NODE_LIST || list->count > NOTIFIERS_MAX) {
		struct spot spot = { file, "notify", list->line, list->column };

		report(findings, SEVERITY_ERROR, &spot,
		       "begin each entry with '- to: ...': docs/unattended.md",
		       "must be a list of at most %d who are told of changes", NOTIFIERS_MAX);
		return;
	}
	for (size_t i = 0; i < list->count; i++) {
		auto_free char *path = text_format("notify[%zu]", i);

		read_entry(notifiers, &list->values[i], path, file, run, findings);
	}
}

static bool is_there(const struct notifiers *notifiers, const char *text)
{
	for (size_t i = 0; i < notifiers->count; i++)
		if (strcmp(notifiers->items[i].text, text) == 0)
			return true;
	return false;
}

void notifiers_move(struct notifiers *to, struct notifiers *from)
{
	for (size_t i = 0; i < from->count; i++) {
		if (is_there(to, from->items[i].text))
			notifier_free(&from->items[i]);
		else
			add(to, &from->items[i]);
	}
	from->count = 0;
	notifiers_free(from);
}

void notifiers_read_keys(struct notifiers *notifiers)
{
	for (size_t i = 0; i < notifiers->count; i++) {
		struct notifier *notifier = &notifiers->items[i];
		const struct secret *key;
		struct err err = { 0 };

		if (notifier_key(notifier, &key, &err))
			notifier->keyless = text_copy(err.text);
	}
}

int notifier_key(const struct notifier *notifier, const struct secret **out, struct err *err)
{
	auto_free char *shown = NULL;

	*out = NULL;
	if (notifier->keyless)
		return err_set(err, ERR_SECRET, "%s", notifier->keyless);
	if (!notifier->key)
		return 0;
	shown = text_printable(secret_ref_text(notifier->key),
			       strlen(secret_ref_text(notifier->key)), SHOWN_MAX);
	if (secret_ref_resolve(notifier->key, notifier->run, err)) {
		if (err && err->code != ERR_INTERRUPT)
			err->code = ERR_SECRET;
		return err_wrap(err, "its key %s", shown);
	}
	*out = secret_ref_value(notifier->key);
	if ((*out)->len >= NOTIFIER_MIN_KEY)
		return 0;
	return err_set(
		err, ERR_SECRET,
		"its key %s has only %zu bytes, so it can be guessed; make one of at least %d: "
		"openssl rand -hex 32",
		shown, (*out)->len, NOTIFIER_MIN_KEY);
}

void notifiers_free(struct notifiers *notifiers)
{
	for (size_t i = 0; i < notifiers->count; i++)
		notifier_free(&notifiers->items[i]);
	mem_free(notifiers->items);
	*notifiers = (struct notifiers){ 0 };
}
