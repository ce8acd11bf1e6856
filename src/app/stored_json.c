#include "stored_json.h"
#include "certroll/text.h"
#include "changes.h"

json_t *stored_text(const char *value)
{
	json_t *string = json_string(value);

	return string ? string : json_string("");
}

json_t *stored_hash(const struct journal_hash *value)
{
	char hex[2 * JOURNAL_HASH + 1];

	if (!value->set)
		return json_null();
	text_hex(value->bytes, JOURNAL_HASH, hex);
	return json_string(hex);
}

json_t *stored_moment(int64_t seconds)
{
	char when[32];

	return seconds ? json_string(text_time(seconds, when)) : json_null();
}

json_t *stored_findings(const char *findings)
{
	json_t *list = json_array();
	enum severity severity;
	char id[CHANGES_ID];

	while (changes_next(&findings, &severity, id))
		json_array_append_new(list, json_pack("{s:o,s:s}", "id", stored_text(id),
						      "severity", severity_name(severity)));
	return list;
}
