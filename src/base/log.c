#include "certroll/log.h"
#include "certroll/text.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_MAX_BYTES = 2048 };

static enum log_level threshold = LOG_LEVEL_WARN;
static void (*log_sink)(enum log_level, const char *, void *);
static void *log_sink_arg;

void log_set_level(enum log_level level)
{
	threshold = level;
}

int log_shows(enum log_level level)
{
	return level <= threshold;
}

void log_set_sink(void (*sink)(enum log_level, const char *, void *), void *arg)
{
	log_sink = sink;
	log_sink_arg = arg;
}

static void log_write(enum log_level level, const char *line)
{
	/* syslog(3) numbers: err, warning, info, debug, debug */
	static const int priority[] = { 3, 4, 6, 7, 7 };

	if (log_sink)
		log_sink(level, line, log_sink_arg);
	else if (getenv("JOURNAL_STREAM"))
		fprintf(stderr, "<%d>%s\n", priority[level], line);
	else
		fprintf(stderr, "%s\n", line);
}

void log_line(enum log_level level, const char *subject, const char *format, ...)
{
	static const char *const names[] = { "error", "warning", "info", "debug", "trace" };
	char message[LINE_MAX_BYTES];
	auto_free char *printable = NULL, *line = NULL;
	va_list values;

	if (!log_shows(level))
		return;
	va_start(values, format);
	vsnprintf(message, sizeof message, format, values);
	va_end(values);
	printable = text_printable(message, strlen(message), sizeof message);
	line = text_format("%s %s: %s", names[level], subject ? subject : "certroll", printable);
	log_write(level, line);
}
