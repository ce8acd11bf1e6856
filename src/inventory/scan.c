#include "scan.h"
#include "report.h"
#include <stdint.h>
#include <string.h>

/* Enough to see that the whole file is affected. */
enum { SCAN_MAX_REPORTS = 10 };

/* Decode one character (RFC 3629); the bytes taken, or 0 when there is no valid one. */
static size_t utf8_decode(const unsigned char *text, size_t left, uint32_t *out)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t length = text[0] < 0x80 ? 1 : text[0] >= 0xf0 ? 4 : text[0] >= 0xe0 ? 3 : 2;
	uint32_t code;

	*out = text[0];
	if (length == 1)
		return 1;
	if (text[0] < 0xc2 || text[0] > 0xf4 || length > left)
		return 0;
	code = text[0] & (0xffu >> (length + 1));
	for (size_t i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (text[i] & 0x3fu);
	}
	if (code < least[length] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 0;
	*out = code;
	return length;
}

struct unwanted {
	uint32_t from, to;
	const char *what, *remedy;
};

/* The bidirectional marks can make a line look like another one (CVE-2021-42574). */
static const struct unwanted unwanted[] = {
	{ 0x00, 0x08, "a control character", "delete it, or write the line again" },
	{ 0x0b, 0x0c, "a control character", "delete it, or write the line again" },
	{ 0x0e, 0x1f, "a control character", "delete it, or write the line again" },
	{ 0x7f, 0x9f, "a control character", "delete it, or write the line again" },
	{ 0xa0, 0xa0, "a non-breaking space", "put an ordinary blank in its place" },
	{ 0xad, 0xad, "an invisible hyphen", "delete it, or write the line again" },
	{ 0x200b, 0x200f, "an invisible character", "delete it, or write the line again" },
	{ 0x2028, 0x202e, "an invisible character", "delete it, or write the line again" },
	{ 0x202f, 0x202f, "a non-breaking space", "put an ordinary blank in its place" },
	{ 0x2060, 0x206f, "an invisible character", "delete it, or write the line again" },
	{ 0xfeff, 0xfeff, "an invisible character", "delete it, or write the line again" },
	{ 0xfffe, 0xffff, "an invisible character", "delete it, or write the line again" },
};

static const struct unwanted *find_unwanted(uint32_t code)
{
	for (size_t i = 0; i < COUNT(unwanted); i++)
		if (code >= unwanted[i].from && code <= unwanted[i].to)
			return &unwanted[i];
	return NULL;
}

/* false when there is something to report about the character. */
static bool scan_char(size_t step, uint32_t code, const struct spot *spot,
		      struct findings *findings)
{
	const struct unwanted *bad = step ? find_unwanted(code) : NULL;

	if (!step)
		report(findings, SEVERITY_ERROR, spot,
		       "save the file in the encoding UTF-8, or write the line without umlauts",
		       "byte 0x%02x is not UTF-8 text", (unsigned)code);
	else if (bad)
		report(findings, SEVERITY_ERROR, spot, bad->remedy,
		       "%s (U+%04X) does not belong here", bad->what, (unsigned)code);
	return step && !bad;
}

static bool looks_like_utf16(const char *text, size_t len)
{
	return len >= 2 && (!memcmp(text, "\xff\xfe", 2) || !memcmp(text, "\xfe\xff", 2) ||
			    !text[0] || !text[1]);
}

bool scan_text(const char *text, size_t len, const char *file, struct findings *findings)
{
	struct spot spot = { file, "", 1, 1 };
	size_t reports = 0;
	uint32_t code;

	if (looks_like_utf16(text, len)) {
		report(findings, SEVERITY_ERROR, &(struct spot){ file, "", 0, 0 },
		       "save it in the encoding UTF-8 (Notepad: Save as, Encoding)",
		       "the file is UTF-16, not UTF-8 text");
		return false;
	}
	for (size_t at = 0; at < len && reports < SCAN_MAX_REPORTS;) {
		size_t step = utf8_decode((const unsigned char *)text + at, len - at, &code);

		reports += !scan_char(step, code, &spot, findings);
		at += step ? step : 1;
		spot.column++;
		/* A carriage return ends a line, unless a line feed does that behind it. */
		if (code == '\n' || (code == '\r' && (at == len || text[at] != '\n'))) {
			spot.line++;
			spot.column = 1;
		}
	}
	return reports == 0;
}
