/* journal: events as JSON lines. */
#include "journal.h"

#include "cleanup.h"
#include "range.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct journal {
	int fd; /* -1: nobody listens */
	struct evbuffer *line;
};

struct journal *journal_open(const char *path, struct err *err)
{
	int fd = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;

	if (path && fd < 0) {
		(void)err_set(err, "cannot open %.128s: %s", path, strerror(errno));
		return NULL;
	}
	struct journal *journal = mem_alloc(sizeof(*journal));
	journal->fd = fd;
	journal->line = mem_must(evbuffer_new());
	return journal;
}

static void add_time(struct evbuffer *line)
{
	struct timespec now = { 0 };
	struct tm utc = { 0 };
	char text[sizeof("YYYY-MM-DDTHH:MM:SS")];

	(void)clock_gettime(CLOCK_REALTIME, &now);
	(void)gmtime_r(&now.tv_sec, &utc);
	(void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &utc);
	evbuffer_add_printf(line, "{\"time\":\"%s.%03ldZ\"", text, now.tv_nsec / 1000000);
}

static void add_member(struct evbuffer *line, const char *name, const char *value)
{
	if (!value)
		return;
	evbuffer_add_printf(line, ",\"%s\":", name);
	text_json(line, value);
}

void journal_write(struct journal *journal, const struct journal_event *event)
{
	char address[RANGE_TEXT_MAX];

	if (journal->fd < 0)
		return;
	range_format(event->address, address);
	add_time(journal->line);
	add_member(journal->line, "device", address);
	add_member(journal->line, "service", event->service);
	add_member(journal->line, "event", event->event);
	add_member(journal->line, "tls", event->tls);
	add_member(journal->line, "sni", event->sni);
	add_member(journal->line, "method", event->method);
	add_member(journal->line, "path", event->path);
	add_member(journal->line, "step", event->step);
	if (event->status)
		evbuffer_add_printf(journal->line, ",\"status\":%d", event->status);
	add_member(journal->line, "auth", event->auth);
	add_member(journal->line, "leaf_sha256", event->leaf_sha256);
	add_member(journal->line, "fault", event->fault);
	add_member(journal->line, "detail", event->detail);
	evbuffer_add(journal->line, "}\n", 2);
	/* a full disk must not stop the devices; the tests notice missing lines */
	(void)evbuffer_write(journal->line, journal->fd);
	evbuffer_drain(journal->line, evbuffer_get_length(journal->line));
}

void journal_close(struct journal *journal)
{
	if (!journal)
		return;
	if (journal->fd >= 0)
		(void)close(journal->fd);
	evbuffer_free(journal->line);
	free(journal);
}
