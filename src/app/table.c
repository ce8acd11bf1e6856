#include "certroll/table.h"
#include "certroll/report.h"
#include "life.h"

const char *standing_name(enum standing standing)
{
	static const char *const names[] = { "well", "warning", "error", "unknown" };

	return names[standing];
}

int64_t row_days(const struct row *row, const struct cert *cert)
{
	int64_t left = cert->not_after - row->now, days = left / 86400;

	return days - (left % 86400 < 0);
}

static enum standing device_standing(const struct result *result)
{
	switch (result->outcome) {
	case OUTCOME_FAILED:
	case OUTCOME_UNREACHABLE:
	case OUTCOME_REVERTED:
	case OUTCOME_NOT_BEGUN:
		return STANDING_ERROR;
	case OUTCOME_RESET:
	case OUTCOME_DUE:
		return STANDING_WARNING;
	case OUTCOME_STOPPED:
	case OUTCOME_NONE:
		return STANDING_UNKNOWN;
	default:
		return STANDING_WELL;
	}
}

static enum standing finding_standing(const struct row *row)
{
	enum standing worst = STANDING_WELL;

	for (size_t i = 0; i < row->finding_count; i++) {
		enum severity severity = row->findings[i].severity;

		if (severity == SEVERITY_ERROR)
			return STANDING_ERROR;
		if (severity == SEVERITY_WARNING)
			worst = STANDING_WARNING;
	}
	return worst;
}

/* An audit judges each endpoint; where a device was worked on, its outcome counts. */
static enum standing standing_of(const struct row *row)
{
	if (row->endpoint && !row->result->job)
		return row->served->looked ? finding_standing(row) : STANDING_UNKNOWN;
	return device_standing(row->result);
}

const char *row_sentence(const struct row *row)
{
	enum severity worst = row->standing == STANDING_ERROR ? SEVERITY_ERROR : SEVERITY_WARNING;

	for (size_t i = 0; i < row->finding_count; i++)
		if (row->findings[i].severity >= worst)
			return row->findings[i].sentence;
	return row->result->sentence ? row->result->sentence : "";
}

static struct row *add_row(struct table *table, const struct site *site,
			   const struct result *result)
{
	struct row *row;

	table->rows = mem_grow(table->rows, table->count, sizeof *table->rows);
	row = &table->rows[table->count++];
	row->result = result;
	row->name = "";
	row->first = true;
	row->now = site->now;
	return row;
}

static void fill_chain(struct row *row, const struct chain *chain)
{
	if (!chain)
		return;
	row->leaf = chain_leaf(chain);
	row->chain_end = chain_first_end(chain);
	row->path_end = path_first_end(chain);
}

static void add_endpoint(struct table *table, const struct site *site, const struct result *result,
			 const struct endpoint *endpoint)
{
	size_t count = endpoint->name_count ? endpoint->name_count : 1;

	for (size_t i = 0; i < count; i++) {
		struct row *row = add_row(table, site, result);

		row->endpoint = endpoint;
		row->served = endpoint_look(endpoint);
		row->name = endpoint->name_count ? endpoint->names[i] : "";
		row->first = i == 0;
		row->findings = result->findings.items + endpoint->finding_first;
		row->finding_count = endpoint->finding_count;
		row->change = audit_log_of(site, result, endpoint);
		fill_chain(row, row->served->chain);
		row->standing = standing_of(row);
		table->standings[row->standing]++;
	}
}

/* A device of which nothing was seen must not be missing from a report. */
static void add_device(struct table *table, const struct site *site, const struct result *result)
{
	struct row *row = add_row(table, site, result);

	row->standing = standing_of(row);
	table->standings[row->standing]++;
}

static bool is_row(const struct site *site, const struct result *result,
		   const struct endpoint *endpoint)
{
	const struct audit_change *change = audit_log_of(site, result, endpoint);

	if (site->request->diff)
		return change && change->what;
	return endpoint_look(endpoint)->looked;
}

struct table table_make(const struct site *site)
{
	struct table table = { 0 };

	for (size_t i = 0; i < site->count; i++) {
		const struct result *result = &site->results[i];
		size_t before = table.count;

		for (size_t j = 0; j < result->endpoint_count; j++)
			if (is_row(site, result, &result->endpoints[j]))
				add_endpoint(&table, site, result, &result->endpoints[j]);
		if (table.count == before && !site->request->diff)
			add_device(&table, site, result);
	}
	return table;
}

void table_free(struct table *table)
{
	mem_free(table->rows);
}
