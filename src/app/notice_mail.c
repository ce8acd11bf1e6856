#include "certroll/notice.h"
#include <jansson.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

/* A line with an encoded word has at most 76 characters (RFC 2047 2), "Subject: " among them: 45 bytes
 * are 60 of base64, 36 are 48. */
enum { FIRST_BYTES = 36, WORD_BYTES = 45, LINE_BYTES = 57 };

/* --- base64 ----------------------------------------------------------------------------------- */

static void base64(const char *bytes, size_t len, struct buf *out)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < len; i += 3) {
		uint32_t group = (uint32_t)(unsigned char)bytes[i] << 16;
		char text[5];

		if (i + 1 < len)
			group |= (uint32_t)(unsigned char)bytes[i + 1] << 8;
		if (i + 2 < len)
			group |= (unsigned char)bytes[i + 2];
		for (int digit = 0; digit < 4; digit++)
			text[digit] = digits[group >> (18 - 6 * digit) & 63];
		if (i + 1 >= len)
			text[2] = '=';
		if (i + 2 >= len)
			text[3] = '=';
		(void)!buf_add(out, text, 4);
	}
}

static void put_body(const struct buf *text, struct buf *out)
{
	for (size_t at = 0; at < text->len; at += LINE_BYTES) {
		size_t left = text->len - at;

		base64(text->data + at, left < LINE_BYTES ? left : LINE_BYTES, out);
		(void)!buf_add(out, "\n", 1);
	}
}

/* --- the subject ------------------------------------------------------------------------------ */

static bool is_plain(const char *text)
{
	for (const char *at = text; *at; at++)
		if (*at < ' ' || *at > '~')
			return false;
	return !strstr(text, "=?") && strlen(text) < 78; /* RFC 5322 2.1.1 */
}

/* Encoded words, each with whole characters (RFC 2047 5), a line for each. */
static void put_subject(const char *subject, struct buf *out)
{
	(void)!buf_addf(out, "Subject: %s", is_plain(subject) ? subject : "");
	for (const char *at = subject; *at && !is_plain(subject);) {
		size_t len = strnlen(at, at == subject ? FIRST_BYTES : WORD_BYTES);

		while (len > 1 && (at[len] & 0xc0) == 0x80)
			len--;
		(void)!buf_addf(out, "%s=?UTF-8?B?", at == subject ? "" : "\n ");
		base64(at, len, out);
		(void)!buf_addf(out, "?=");
		at += len;
	}
	(void)!buf_addf(out, "\n");
}

/* --- the text --------------------------------------------------------------------------------- */

static const char *get(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static long long number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

/* "leaf findings" */
static void put_list(const json_t *list, struct buf *out)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *word = json_string_value(json_array_get(list, i));

		(void)!buf_addf(out, "%s%s", i ? " " : "", word ? word : "");
	}
}

static void put_change(const json_t *change, struct buf *out)
{
	const json_t *ids = json_object_get(change, "findings");

	(void)!buf_addf(out, "\n%s: %s %s", get(change, "standing"), get(change, "device"),
			get(change, "service"));
	if (*get(change, "name"))
		(void)!buf_addf(out, " %s", get(change, "name"));
	if (*get(change, "site"))
		(void)!buf_addf(out, ", %s", get(change, "site"));
	if (*get(change, "address"))
		(void)!buf_addf(out, " (%s)", get(change, "address"));
	(void)!buf_addf(out, "\n  changed: ");
	put_list(json_object_get(change, "what"), out);
	if (*get(change, "sentence"))
		(void)!buf_addf(out, "\n  %s", get(change, "sentence"));
	if (*get(change, "remedy"))
		(void)!buf_addf(out, "\n  What to do: %s", get(change, "remedy"));
	if (json_array_size(ids)) {
		(void)!buf_addf(out, "\n  Explained by: certroll rules ");
		put_list(ids, out);
	}
	(void)!buf_addf(out, "\n");
}

static void put_text(const json_t *notice, struct buf *out)
{
	const json_t *counts = json_object_get(notice, "endpoints");
	const json_t *changes = json_object_get(notice, "changes");
	long long more = number(notice, "changed") - (long long)json_array_size(changes);

	(void)!buf_addf(
		out,
		"certroll on %s looked at %s\nat %s.\n\n"
		"Verdict: %s. Endpoints: %lld well, %lld warning, %lld error, %lld unknown.\n",
		get(notice, "host"), get(notice, "inventory"), get(notice, "time"),
		get(notice, "verdict"), number(counts, "well"), number(counts, "warning"),
		number(counts, "error"), number(counts, "unknown"));
	if (*get(notice, "before"))
		(void)!buf_addf(out, "Different since %s: %lld.\n", get(notice, "before"),
				number(notice, "changed"));
	else
		(void)!buf_addf(out, "The first audit of these boxes; not well: %lld.\n",
				number(notice, "changed"));
	for (size_t i = 0; i < json_array_size(changes); i++)
		put_change(json_array_get(changes, i), out);
	if (more > 0)
		(void)!buf_addf(out, "\nand %lld more: certroll audit lists all.\n", more);
}

static char *subject_of(const json_t *notice)
{
	const char *path = get(notice, "inventory"), *slash = strrchr(path, '/');
	long long changed = number(notice, "changed");

	return text_format("certroll: %s, %lld change%s, %s", get(notice, "verdict"), changed,
			   changed == 1 ? "" : "s", slash ? slash + 1 : path);
}

char *notice_mail(const char *json, const char *address)
{
	json_t *notice = json_loads(json, 0, NULL);
	auto_buf text = BUF_MAX(NOTICE_MAX), mail = BUF_MAX(2 * NOTICE_MAX);
	auto_free char *subject = notice ? subject_of(notice) : NULL;

	if (!notice)
		return NULL;
	put_text(notice, &text);
	(void)!buf_addf(&mail, "To: %s\n", address);
	put_subject(subject, &mail);
	/* RFC 3834: no holiday replies. */
	(void)!buf_addf(&mail,
			"Auto-Submitted: auto-generated\nX-Certroll-Verdict: %s\n"
			"MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
			"Content-Transfer-Encoding: base64\n\n",
			get(notice, "verdict"));
	put_body(&text, &mail);
	json_decref(notice);
	return text_copy(buf_text(&mail));
}
