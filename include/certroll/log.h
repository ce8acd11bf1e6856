/**
 * @file
 * log: what happens, for the person watching.  Lines `level subject: message` on standard error.
 *
 * Results go to standard output and are not the log's business.  Under systemd (JOURNAL_STREAM set)
 * each line starts with the priority as `<N>`, see sd-daemon(3).  Control characters in a message
 * are replaced by '?', so a device cannot write to the administrator's terminal.
 *
 * Layer: base.
 */
#ifndef CERTROLL_LOG_H
#define CERTROLL_LOG_H

#include "certroll/mem.h"

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARN,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
	LOG_LEVEL_TRACE
};

/** Show lines up to @p level; the default is LOG_LEVEL_WARN. */
void log_set_level(enum log_level level);

/** Would a line of this level be shown? */
int log_shows(enum log_level level);

/** Send lines elsewhere (tests); NULL restores standard error. */
void log_set_sink(void (*sink)(enum log_level, const char *line, void *arg), void *arg);

/** One line.  @p subject is who speaks ("pbx-master/upload"), NULL for the program itself. */
void log_line(enum log_level level, const char *subject, const char *format, ...) PRINTF_LIKE(3, 4);

#define log_error(subject, ...) log_line(LOG_LEVEL_ERROR, subject, __VA_ARGS__)
#define log_warn(subject, ...)  log_line(LOG_LEVEL_WARN, subject, __VA_ARGS__)
#define log_info(subject, ...)  log_line(LOG_LEVEL_INFO, subject, __VA_ARGS__)
#define log_debug(subject, ...) log_line(LOG_LEVEL_DEBUG, subject, __VA_ARGS__)
#define log_trace(subject, ...) log_line(LOG_LEVEL_TRACE, subject, __VA_ARGS__)

#endif
