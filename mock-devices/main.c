/* main: start the fleet, say where it is, run until told to stop. */
#include "cleanup.h"
#include "command.h"
#include "control.h"
#include "factory.h"
#include "fleet.h"
#include "network.h"
#include "options.h"
#include "text.h"

#include <err.h>
#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define IDLE_LOOKS_S 1
#define COMMANDS_MAX (256 * 1024)

/* All that lives as long as the process. */
struct mock {
	struct options options;
	struct event_base *base;
	struct fleet *fleet;
	struct network network;
	struct control *control;
	struct event *terminate, *interrupt, *standard_input, *idle;
	struct evbuffer *input; /* commands that are not whole yet */
};

static void stop(evutil_socket_t fd, short what, void *argument)
{
	struct mock *mock = argument;

	(void)fd;
	(void)what;
	(void)event_base_loopexit(mock->base, NULL);
}

static void look_at_stdin(evutil_socket_t fd, short what, void *argument)
{
	char ignored[256];
	ssize_t got = read(fd, ignored, sizeof(ignored));

	if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
		stop(fd, what, argument);
}

/* Behind the roster: commands as of the control socket, each answered with a line. */
static void read_commands(evutil_socket_t fd, short what, void *argument)
{
	struct mock *mock = argument;
	auto_buffer struct evbuffer *answers = mem_must(evbuffer_new());

	if (evbuffer_read(mock->input, fd, COMMANDS_MAX) <= 0 ||
	    evbuffer_get_length(mock->input) >= COMMANDS_MAX) {
		(void)event_del(mock->standard_input);
		if (mock->options.with_stdin)
			stop(fd, what, argument);
		return;
	}
	for (;;) {
		auto_free char *line = evbuffer_readln(mock->input, NULL, EVBUFFER_EOL_LF);

		if (!line)
			break;
		if (command_run(mock->fleet, line, answers) == COMMAND_QUIT)
			stop(fd, what, argument);
	}
	while (evbuffer_get_length(answers) && evbuffer_write(answers, STDOUT_FILENO) > 0)
		;
}

static bool is_told_by_stdin(const struct mock *mock)
{
	return mock->options.fleet && strcmp(mock->options.fleet, "-") == 0;
}

static void look_whether_idle(evutil_socket_t fd, short what, void *argument)
{
	struct mock *mock = argument;
	int64_t idle_ms = fleet_now_ms() - mock->network.active_ms;

	if (!mock->network.session_count && idle_ms >= mock->options.idle_exit_s * 1000)
		stop(fd, what, argument);
}

static int add_events(struct mock *mock, struct err *err)
{
	struct timeval period = { .tv_sec = IDLE_LOOKS_S };

	mock->terminate = mem_must(evsignal_new(mock->base, SIGTERM, stop, mock));
	mock->interrupt = mem_must(evsignal_new(mock->base, SIGINT, stop, mock));
	if (event_add(mock->terminate, NULL) || event_add(mock->interrupt, NULL))
		return err_set(err, "cannot catch signals");
	if (mock->options.with_stdin || is_told_by_stdin(mock)) {
		mock->input = mem_must(evbuffer_new());
		mock->standard_input = mem_must(
			event_new(mock->base, STDIN_FILENO, EV_READ | EV_PERSIST,
				  is_told_by_stdin(mock) ? read_commands : look_at_stdin, mock));
		if (event_add(mock->standard_input, NULL) && mock->options.with_stdin)
			return err_set(err, "--with-stdin: standard input must be a pipe");
	}
	if (mock->options.idle_exit_s) {
		mock->idle =
			mem_must(event_new(mock->base, -1, EV_PERSIST, look_whether_idle, mock));
		(void)event_add(mock->idle, &period);
	}
	return 0;
}

/* Readers wait for the file to appear, so it appears whole. */
static int write_port_file(const struct mock *mock, struct err *err)
{
	const char *path = mock->options.port_file;
	auto_free char *draft = mem_format("%s.%ld", path, (long)getpid());
	FILE *file = fopen(draft, "we");

	if (!file)
		return err_set(err, "cannot write %.128s: %s", draft, strerror(errno));
	for (size_t i = 0; i < mock->network.listener_count; i++)
		(void)fprintf(file, "%s %u\n", service_name(mock->network.listeners[i].service),
			      mock->network.listeners[i].port);
	if (fclose(file) || rename(draft, path)) {
		(void)unlink(draft);
		return err_set(err, "cannot write %.128s: %s", path, strerror(errno));
	}
	return 0;
}

/* One line per box of a roster: what it is called, and where. */
static void announce_box(const struct mock *mock, size_t index, struct evbuffer *line)
{
	char name[FLEET_NAME_MAX], address[RANGE_TEXT_MAX];
	const char *comma = "";

	fleet_name(mock->fleet, index, name);
	range_format(mock->fleet->range.first + (uint32_t)index, address);
	evbuffer_add_printf(line, "{\"name\":");
	text_json(line, name);
	evbuffer_add_printf(line, ",\"address\":\"%s\",\"ports\":{", address);
	for (int i = 0; i < SERVICE_COUNT; i++) {
		unsigned port = network_port(&mock->network, index, (enum service)i);

		if (!port)
			continue;
		evbuffer_add_printf(line, "%s\"%s\":%u", comma, service_name((enum service)i),
				    port);
		comma = ",";
	}
	evbuffer_add_printf(line, "}}\n");
}

static void announce_roster(const struct mock *mock)
{
	auto_buffer struct evbuffer *lines = mem_must(evbuffer_new());

	for (size_t i = 0; i < mock->fleet->range.count; i++) {
		announce_box(mock, i, lines);
		while (evbuffer_get_length(lines) && evbuffer_write(lines, STDOUT_FILENO) > 0)
			;
	}
	char key[IDENTITY_HEX];

	identity_key_fingerprint(factory_leaf_key(mock->fleet->factory), key);
	(void)printf("{\"ready\":true,\"devices\":%zu,\"connections_max\":%zu,\"key\":\"%s\"}\n",
		     mock->fleet->range.count, mock->network.sessions_max, key);
	(void)fflush(stdout);
}

static void announce(const struct mock *mock)
{
	char first[RANGE_TEXT_MAX];

	range_format(mock->fleet->range.first, first);
	(void)printf("ready: %zu devices at %s ...", mock->fleet->range.count, first);
	for (size_t i = 0; i < mock->network.listener_count; i++)
		(void)printf(", %s %u", service_name(mock->network.listeners[i].service),
			     mock->network.listeners[i].port);
	(void)printf("\n");
	(void)fflush(stdout);
}

static int start(struct mock *mock, struct err *err)
{
	mock->base = mem_must(event_base_new());
	mock->fleet = fleet_new(&mock->options, err);
	if (!mock->fleet || network_open(&mock->network, mock->base, mock->fleet, err))
		return -1;
	if (mock->options.control) {
		mock->control = control_open(mock->options.control, mock->base, mock->fleet, err);
		if (!mock->control)
			return -1;
	}
	if (add_events(mock, err))
		return -1;
	return mock->options.port_file ? write_port_file(mock, err) : 0;
}

static void free_event(struct event *event)
{
	if (event)
		event_free(event);
}

static void end(struct mock *mock)
{
	free_event(mock->terminate);
	free_event(mock->interrupt);
	free_event(mock->standard_input);
	free_event(mock->idle);
	if (mock->input)
		evbuffer_free(mock->input);
	control_close(mock->control);
	network_close(&mock->network);
	fleet_free(mock->fleet);
	if (mock->base)
		event_base_free(mock->base);
	options_clear(&mock->options);
	libevent_global_shutdown();
}

int main(int argc, char **argv)
{
	struct mock mock = { 0 };
	struct err err = { "" };
	int status = EXIT_SUCCESS;

	(void)signal(SIGPIPE, SIG_IGN);
	if (options_parse(&mock.options, argc, argv, &err)) {
		warnx("%s (--help lists the options)", err.text);
		status = 2;
	} else if (mock.options.help) {
		options_help();
	} else if (start(&mock, &err)) {
		warnx("%s", err.text);
		status = EXIT_FAILURE;
	} else {
		if (mock.network.sessions_max < NETWORK_SESSIONS_MAX)
			warnx("only %zu connections at a time: raise the hard limit of open files "
			      "(ulimit -Hn) to %d for all %d",
			      mock.network.sessions_max, NETWORK_DESCRIPTORS, NETWORK_SESSIONS_MAX);
		(mock.options.fleet ? announce_roster : announce)(&mock);
		(void)event_base_dispatch(mock.base);
	}
	end(&mock);
	return status;
}
