#include "certroll/notice.h"
#include "certroll/audit_log.h"
#include "certroll/report.h"
#include "certroll/table.h"
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { IDS_MAX = 16, SENTENCE_MAX = 400 };

/* Certificates are anybody's text, and long if they like. */
static json_t *text(const char *value)
{
	auto_free char *shown =
		text_printable(value ? value : "", strlen(value ? value : ""), SENTENCE_MAX);
	json_t *string = json_string(shown);

	return string ? string : json_string("");
}

static json_t *time_json(int64_t seconds)
{
	char when[32];

	return seconds ? json_string(text_time(seconds, when)) : json_null();
}

static json_t *host_json(void)
{
	char name[256] = "";

	(void)!gethostname(name, sizeof name - 1);
	return text(name);
}

/* --- one endpoint ----------------------------------------------------------------------------- */

/* Warnings and errors: notes are nobody's trouble. */
static json_t *ids_json(const struct row *row)
{
	json_t *list = json_array();

	for (size_t i = 0; row && i < row->finding_count && json_array_size(list) < IDS_MAX; i++)
		if (row->findings[i].severity >= SEVERITY_WARNING)
			json_array_append_new(list, text(row->findings[i].id));
	return list;
}

static const char *remedy(const struct row *row)
{
	const struct finding *worst = NULL;

	for (size_t i = 0; row && i < row->finding_count; i++)
		if (row->findings[i].severity >= SEVERITY_WARNING &&
		    (!worst || row->findings[i].severity > worst->severity))
			worst = &row->findings[i];
	return worst ? worst->remedy : "";
}

static json_t *words_json(char *words)
{
	json_t *list = json_array();

	for (char *word; (word = strsep(&words, " "));)
		if (*word)
			json_array_append_new(list, text(word));
	return list;
}

/* @row NULL: it has vanished from the inventory. */
static json_t *change_json(const struct audit_change *change, const struct row *row,
			   const char *what, const char *sentence)
{
	auto_free char *words = text_copy(what);
	auto_free char *address = row && row->endpoint ? endpoint_address(row->endpoint) : NULL;
	const struct device *device = row ? row->result->device : NULL;

	return json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:b,s:b,s:o,s:o,s:o}", "site",
			 text(device ? device->site : ""), "device",
			 text(device ? device->name : change->device), "service",
			 text(row ? row->endpoint->service->name : change->service), "name",
			 text(row ? row->name : change->name), "address", text(address), "what",
			 words_json(words), "standing",
			 text(row ? standing_name(row->standing) : "unknown"), "worse",
			 change ? (int)change->worse : 1, "crossed",
			 change ? (int)change->crossed : 0, "sentence", text(sentence), "findings",
			 ids_json(row), "remedy", text(remedy(row)));
}

/* --- all -------------------------------------------------------------------------------------- */

struct telling {
	json_t *changes;
	size_t count; /* also of those there is no room for */
	const struct table *table;
};

static void tell(struct telling *telling, const struct audit_change *change, const struct row *row,
		 const char *what, const char *sentence)
{
	if (telling->count++ < NOTICE_CHANGES)
		json_array_append_new(telling->changes, change_json(change, row, what, sentence));
}

static const struct row *find_row(const struct table *table, const struct endpoint *endpoint)
{
	for (size_t i = 0; endpoint && i < table->count; i++)
		if (table->rows[i].endpoint == endpoint)
			return &table->rows[i];
	return NULL;
}

/* Those that got worse first: there may be more than fit. */
static void tell_changes(struct telling *telling, const struct audit_change *const *changes,
			 size_t count)
{
	for (int worse = 1; worse >= 0; worse--)
		for (size_t i = 0; i < count; i++) {
			auto_free char *what = changed_words(changes[i]->what);
			const struct row *row;

			if (changes[i]->worse != worse)
				continue;
			row = telling->count < NOTICE_CHANGES
				      ? find_row(telling->table, changes[i]->endpoint)
				      : NULL;
			tell(telling, changes[i], row, what, changes[i]->sentence);
		}
}

/* With nothing to compare, trouble is news, and what is well is not. */
static void tell_first(struct telling *telling)
{
	for (size_t i = 0; i < telling->table->count; i++) {
		const struct row *row = &telling->table->rows[i];

		if (row->first && row->endpoint &&
		    (row->standing == STANDING_WARNING || row->standing == STANDING_ERROR))
			tell(telling, NULL, row, "first", row_sentence(row));
	}
}

static json_t *counts_json(const struct table *table)
{
	json_t *counts = json_object();

	for (int i = STANDING_WELL; i <= STANDING_UNKNOWN; i++)
		json_object_set_new(counts, standing_name((enum standing)i),
				    json_integer((json_int_t)table->standings[i]));
	return counts;
}

static const char *verdict(const struct site *site, const struct table *table)
{
	if (table->standings[STANDING_ERROR])
		return standing_name(STANDING_ERROR);
	if (site->interrupted || table->standings[STANDING_UNKNOWN])
		return standing_name(STANDING_UNKNOWN);
	return standing_name(table->standings[STANDING_WARNING] ? STANDING_WARNING : STANDING_WELL);
}

char *notice_make(const struct site *site)
{
	auto_table table = table_make(site);
	struct telling telling = { .changes = json_array(), .table = &table };
	int64_t before = site->log ? site->log->before : 0;
	size_t count = 0;
	auto_free const struct audit_change **changes = audit_changes(site, &count);
	json_t *notice;
	char *made = NULL, *copy;

	if (before)
		tell_changes(&telling, changes, count);
	else
		tell_first(&telling);
	notice = json_pack("{s:i,s:s,s:s,s:o,s:o,s:o,s:o,s:s,s:o,s:I,s:o}", "schema", 1, "kind",
			   "notice", "program", "certroll/" CERTROLL_VERSION, "inventory",
			   text(site->inventory ? site->inventory->path : ""), "host", host_json(),
			   "time", time_json(site->now), "before", time_json(before), "verdict",
			   verdict(site, &table), "endpoints", counts_json(&table), "changed",
			   (json_int_t)telling.count, "changes", telling.changes);
	if (telling.count)
		made = json_dumps(notice, JSON_COMPACT);
	json_decref(notice);
	copy = text_copy(made);
	free(made);
	return copy;
}
