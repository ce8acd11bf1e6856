#include "report_page.h"
#include "certroll/text.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { FORMAT_MAX = 1024, SHOWN_MAX = 1000 };

void put_format(struct buf *out, const char *format, ...)
{
	char text[FORMAT_MAX];
	va_list values;

	va_start(values, format);
	vsnprintf(text, sizeof text, format, values);
	va_end(values);
	put(out, text);
}

void put_attribute(struct buf *out, const char *text)
{
	auto_free char *shown = text_printable(text, strlen(text), SHOWN_MAX);

	put_escaped(out, shown);
}

void put_text(struct buf *out, const char *text)
{
	put(out, "<bdi>");
	put_attribute(out, text);
	put(out, "</bdi>");
}

const char *tone_class(enum tone tone)
{
	static const char *const classes[TONES] = {
		[TONE_BAD] = "bad",   [TONE_WARN] = "warn", [TONE_NOTE] = "note",
		[TONE_CALM] = "calm", [TONE_GOOD] = "good",
	};

	return classes[tone];
}

const char *tone_sign(enum tone tone)
{
	static const char *const signs[TONES] = {
		[TONE_BAD] = "\xe2\x9c\x95",
		[TONE_WARN] = "!",
		[TONE_NOTE] = "i",
		[TONE_CALM] = "\xe2\x80\x93",
		[TONE_GOOD] = "\xe2\x9c\x93",
	};

	return signs[tone];
}

void put_badge(struct buf *out, enum tone tone, const char *word)
{
	put_format(out, "<span class=\"badge %s\"><span aria-hidden=\"true\">%s</span> %s</span>",
		   tone_class(tone), tone_sign(tone), word);
}

void put_day(struct buf *out, int64_t when)
{
	char text[32];

	text_time(when, text);
	put_format(out, "<time datetime=\"%.10s\">%.10s</time>", text, text);
}

void put_left(struct buf *out, const char *element, const struct site *site,
	      const struct cert *cert)
{
	auto_free char *left = text_remaining(cert->not_after - site->now);

	put_format(out, "<%s class=\"left %s\">%s%s</%s>", element,
		   tone_class(life_tone(cert, site->now)), left,
		   cert->not_after < site->now ? "" : " left", element);
}

enum tone severity_tone(enum severity severity)
{
	return severity == SEVERITY_ERROR     ? TONE_BAD
	       : severity == SEVERITY_WARNING ? TONE_WARN
					      : TONE_NOTE;
}

enum tone outcome_tone(enum outcome outcome)
{
	switch (outcome) {
	case OUTCOME_FAILED:
	case OUTCOME_UNREACHABLE:
		return TONE_BAD;
	case OUTCOME_RESET:
	case OUTCOME_STOPPED:
	case OUTCOME_WOULD:
	case OUTCOME_DUE:
		return TONE_WARN;
	case OUTCOME_NONE:
	case OUTCOME_HELD:
		return TONE_CALM;
	default:
		return TONE_GOOD;
	}
}

/* As rule V2: a third of the lifetime is when to renew, a tenth (at most a week) is late. */
enum tone life_tone(const struct cert *cert, int64_t now)
{
	const int64_t week = INT64_C(7) * 86400;
	int64_t left = cert->not_after - now, life = cert_lifetime(cert);

	if (left < (life / 10 < week ? life / 10 : week))
		return TONE_BAD;
	return left < life / 3 ? TONE_WARN : TONE_GOOD;
}
