#include "report.h"
#include <stdarg.h>
#include <stdio.h>

enum { SENTENCE_MAX = 1024 };

void report(struct findings *findings, enum severity severity, const struct spot *spot,
	    const char *remedy, const char *format, ...)
{
	auto_free char *place = NULL;
	const char *colon = spot->path[0] ? ": " : "";
	char sentence[SENTENCE_MAX];
	va_list values;

	va_start(values, format);
	vsnprintf(sentence, sizeof sentence, format, values);
	va_end(values);
	if (spot->line)
		place = text_format("%s:%d:%d%s%s", spot->file, spot->line, spot->column, colon,
				    spot->path);
	else
		place = text_format("%s%s%s", spot->file, colon, spot->path);
	findings_add(findings, "inventory", severity, place, remedy, "%s", sentence);
}
