#include "certroll/engine.h"
#include "carrier.h"
#include "certroll/clock.h"
#include "certroll/inventory.h"
#include "certroll/log.h"
#include "crowd.h"
#include "http.h"
#include "loop.h"
#include "resolve.h"
#include "stop.h"
#include "tls.h"
#include <stdio.h>
#include <string.h>

enum { TURN_MS = 1000 };

/* What the engine keeps for a job, from its first run to the end of the engine. */
struct line {
	struct engine *engine;
	struct job *job;
	struct carrier *carrier;
	struct addresses addresses;
	char host[256], asked_for[256]; /* whose addresses these are; whose are looked up */
	bool running, queued;
	bool asked, awaits;        /* the resolver; is its answer still wanted? */
	struct exchange *exchange; /* large, so only while it is being carried */
	struct reply reply; /* to be handed to the job; texts in it are in the buffers below */
	bool has_reply;
	bool changing; /* an exchange that alters the device is under way */
	struct buf body, head;
	struct timer wake, limit;
	struct line *next_line, **link, *next_ready, *next_held;
};

struct engine {
	struct engine_config config;
	struct loop *loop;
	struct resolver *resolver;
	struct carriers *carriers;
	struct line *lines;
	struct line *ready, **ready_end; /* jobs that can move now */
	struct line *held;               /* about to alter a device: see send_held() */
	bool unflushed;                  /* somebody was told what he may have written down */
	const struct engine_work *work;  /* of this run */
	struct crowd crowd;              /* running now */
	struct stop stop;
};

int engine_global_init(struct err *err)
{
	return tls_global_init(err) ? -1 : http_global_init(err);
}

static int limit_or(int value, int otherwise)
{
	return value > 0 ? value : otherwise;
}

static void set_defaults(struct engine_config *config)
{
	config->jobs = config->jobs ? config->jobs : ENGINE_JOBS;
	if (config->jobs > ENGINE_JOBS_MAX)
		config->jobs = ENGINE_JOBS_MAX;
	config->per_address = config->per_address ? config->per_address : 1;
	config->connect_ms = limit_or(config->connect_ms, ENGINE_CONNECT_MS);
	config->exchange_ms = limit_or(config->exchange_ms, ENGINE_EXCHANGE_MS);
	config->job_ms = limit_or(config->job_ms, ENGINE_JOB_MS);
}

static int engine_parts(struct engine *engine, struct err *err)
{
	const struct engine_config *config = &engine->config;
	struct carriers_config carriers = {
		.chains = config->chains,
		.connect_ms = config->connect_ms,
		.exchange_ms = config->exchange_ms,
		/* libcurl goes through all that it keeps whenever it gives one up. */
		.connections = config->devices > ENGINE_JOBS_MAX ? config->jobs : ENGINE_JOBS_MAX,
		.loopback_only = config->detour,
	};

	engine->loop = carriers.loop = loop_new(err);
	engine->resolver = engine->loop ? resolver_new(engine->loop, err) : NULL;
	engine->carriers = engine->resolver ? carriers_new(&carriers, err) : NULL;
	return engine->carriers ? 0 : -1;
}

struct engine *engine_new(const struct engine_config *config, struct err *err)
{
	struct engine *engine = mem_alloc(sizeof *engine);

	engine->config = *config;
	engine->ready_end = &engine->ready;
	set_defaults(&engine->config);
	if (engine_parts(engine, err)) {
		engine_free(engine);
		return NULL;
	}
	return engine;
}

static void line_free(struct line *line)
{
	timer_stop(line->engine->loop, &line->wake);
	timer_stop(line->engine->loop, &line->limit);
	carrier_free(line->carrier);
	mem_free(line->exchange);
	buf_free(&line->body);
	buf_free(&line->head);
	if (line->job)
		line->job->line = NULL;
	*line->link = line->next_line;
	if (line->next_line)
		line->next_line->link = line->link;
	mem_free(line);
}

void engine_free(struct engine *engine)
{
	if (!engine)
		return;
	resolver_free(engine->resolver); /* calls open questions back: before the lines go */
	while (engine->lines)
		line_free(engine->lines);
	carriers_free(engine->carriers);
	loop_free(engine->loop);
	mem_free(engine);
	mem_trim();
}

static void make_ready(struct line *line)
{
	if (line->queued)
		return;
	line->queued = true;
	*line->engine->ready_end = line;
	line->engine->ready_end = &line->next_ready;
}

/* Keep what the reply says until the job moves: jobs move from the loop, not inside callbacks. */
static void on_reply(void *arg, const struct reply *reply)
{
	struct line *line = arg;

	line->reply = *reply;
	buf_clear(&line->body);
	buf_clear(&line->head);
	if ((reply->body && buf_addf(&line->body, "%s", reply->body)) ||
	    (reply->head && buf_addf(&line->head, "%s", reply->head)))
		line->reply.net = NET_LIMIT;
	line->reply.body = buf_text(&line->body);
	line->reply.head = buf_text(&line->head);
	line->has_reply = true;
	make_ready(line);
}

static void fail_exchange(struct line *line, enum net net, const char *detail)
{
	struct reply reply = { .kind = line->exchange->kind, .net = net };

	snprintf(reply.detail, sizeof reply.detail, "%s", detail);
	on_reply(line, &reply);
}

static void on_wake(void *arg)
{
	make_ready(arg);
}

/* Cut off whatever is under way: the job ends when it is moved next, which is now. */
static void cut(struct line *line, enum net why)
{
	if (!line->running)
		return;
	line->job->cut = why;
	line->awaits = false;
	carrier_stop(line->carrier);
	timer_stop(line->engine->loop, &line->wake);
	make_ready(line);
}

static void on_limit(void *arg)
{
	struct line *line = arg;

	log_warn(line->job->device->name, "its time is used up");
	cut(line, NET_TIMEOUT);
}

static bool accept_identity(void *arg, const struct chain *chain, char reason[200])
{
	struct line *line = arg;
	const struct engine_config *config = &line->engine->config;

	return !config->identity || config->identity(line->job, chain, reason, config->arg);
}

static struct line *line_of(struct engine *engine, struct job *job)
{
	struct line *line = job->line;

	if (line)
		return line;
	line = mem_alloc(sizeof *line);
	line->engine = engine;
	line->job = job;
	job->password = job->device->password ? secret_ref_value(job->device->password) : NULL;
	line->carrier = carrier_new(engine->carriers, job->device, accept_identity, line);
	line->body = BUF_MAX(REPLY_MAX_BODY);
	line->head = BUF_MAX(REPLY_MAX_HEAD);
	line->wake = (struct timer){ .fire = on_wake, .arg = line };
	line->limit = (struct timer){ .fire = on_limit, .arg = line };
	line->next_line = engine->lines;
	line->link = &engine->lines;
	if (engine->lines)
		engine->lines->link = &line->next_line;
	engine->lines = line;
	job->line = line;
	return line;
}

static void transmit(struct line *line, uint16_t port)
{
	carrier_send(line->carrier, line->exchange, &line->addresses, port, on_reply, line);
	if (line->exchange->kind == EXCHANGE_HANDSHAKE)
		mem_free(take(line->exchange)); /* a probe keeps what it needs */
}

static void send_exchange(struct line *line);

static void on_resolved(void *arg, const struct addresses *addresses, const char *reason)
{
	struct line *line = arg;
	char detail[200];

	line->asked = false;
	if (!line->awaits)
		return;
	line->awaits = false;
	line->addresses = *addresses;
	strcpy(line->host, line->asked_for);
	if (addresses->count) {
		send_exchange(line);
		return;
	}
	snprintf(detail, sizeof detail, "the name '%.80s' has no address (%s)", line->host, reason);
	fail_exchange(line, NET_RESOLVE, detail);
}

static void ask(struct line *line, const char *host)
{
	line->awaits = true;
	if (line->asked)
		return;
	line->asked = true;
	snprintf(line->asked_for, sizeof line->asked_for, "%s", host);
	resolve_start(line->engine->resolver, line->asked_for, on_resolved, line);
}

/* In a rehearsal: to what stands for the device. */
static void send_aside(struct line *line)
{
	const struct engine_config *config = &line->engine->config;
	uint16_t port = carrier_port(line->carrier, line->exchange);
	struct detour detour = config->detour(line->job->device, port, config->arg);

	if (detour.port && resolve_literal(detour.address, &line->addresses))
		transmit(line, detour.port);
	else
		fail_exchange(line, NET_CLOSED, "nothing stands for this port in the rehearsal");
}

static void send_exchange(struct line *line)
{
	uint16_t port = carrier_port(line->carrier, line->exchange);
	char room[sizeof line->host];
	const char *host = carrier_host(line->carrier, line->exchange, room);

	if (line->engine->config.detour && host) {
		send_aside(line);
		return;
	}
	if (!host || (line->addresses.count && strcmp(host, line->host) == 0)) {
		transmit(line, port);
	} else if (resolve_literal(host, &line->addresses)) {
		snprintf(line->host, sizeof line->host, "%s", host);
		transmit(line, port);
	} else {
		ask(line, host);
	}
}

static void tell(struct engine *engine, const struct job *job, enum engine_event event)
{
	engine->unflushed = engine->unflushed || event == ENGINE_ENDS;
	if (engine->config.progress)
		engine->config.progress(job, event, engine->config.arg);
}

/* To the journal: what was begun got its answer, or will never get one. */
static void end_change(struct line *line)
{
	const struct engine_config *config = &line->engine->config;
	bool answered = line->has_reply && line->reply.net == NET_OK;

	if (!line->changing)
		return;
	config->change(line->job, answered ? CHANGE_ANSWERED : CHANGE_LOST, NULL, config->arg);
	line->engine->unflushed = true;
	line->changing = false;
}

/* What alters the device and cannot be noted before is not sent. */
static bool may_send(struct line *line)
{
	const struct engine_config *config = &line->engine->config;
	char reason[CHANGE_REASON] = "";

	if (!line->job->changing || !config->change)
		return true;
	line->changing = config->change(line->job, CHANGE_BEGUN, reason, config->arg);
	if (!line->changing)
		job_withhold(line->job, reason);
	return line->changing;
}

static enum job_want advance(struct line *line, const struct reply *reply)
{
	enum job_want want;

	if (!line->exchange)
		line->exchange = mem_alloc(sizeof *line->exchange);
	want = job_advance(line->job, reply, line->exchange, clock_mono_ms());
	while (want == JOB_SEND && !may_send(line))
		want = job_advance(line->job, NULL, line->exchange, clock_mono_ms());
	return want;
}

/* Lines are kept for the next run, unless the job goes: its owner takes it back. */
static void part(struct line *line)
{
	struct engine *engine = line->engine;
	struct job *job = line->job;

	timer_stop(engine->loop, &line->limit);
	mem_free(take(line->exchange));
	line->running = false;
	crowd_leave(&engine->crowd, job->device);
	tell(engine, job, ENGINE_ENDS);
	if (!engine->work->end)
		return;
	if (line->asked)
		line->job = NULL; /* the resolver still calls back: the line stays until it does */
	else
		line_free(line);
	job->line = NULL;
	engine->work->end(job, engine->work->arg);
}

static void go(struct line *line)
{
	tell(line->engine, line->job, ENGINE_STEP);
	log_debug(line->job->device->name, "%s", job_step(line->job));
	send_exchange(line);
}

static void hold(struct line *line)
{
	line->next_held = line->engine->held;
	line->engine->held = line;
}

static void proceed(struct line *line, const struct reply *reply)
{
	switch (advance(line, reply)) {
	case JOB_SEND:
		if (line->changing)
			hold(line);
		else
			go(line);
		break;
	case JOB_WAKE:
		timer_set(line->engine->loop, &line->wake, line->job->wake_ms);
		break;
	case JOB_ENDED:
		part(line);
		break;
	}
}

/* What alters devices goes out when it is written down: once for all that got so far together. */
static void send_held(struct engine *engine)
{
	const struct engine_config *config = &engine->config;
	char reason[CHANGE_REASON] = "";
	bool safe = !config->flush || config->flush(reason, config->arg);
	struct line *line = take(engine->held), *next;

	engine->unflushed = false; /* those below that are not sent may end, and be told */

	for (; line; line = next) {
		next = line->next_held;
		if (safe) {
			go(line);
		} else {
			line->changing = false;
			job_withhold(line->job, reason);
			proceed(line, NULL);
		}
	}
}

static void move(struct line *line)
{
	struct job *job = line->job;
	const struct reply *reply = line->has_reply ? &line->reply : NULL;

	end_change(line);
	job->stopped = job->stopped || line->engine->stop.signals;
	job->wall = clock_wall();
	job->connected = carrier_connected(line->carrier);
	line->has_reply = false;
	proceed(line, reply);
}

static void admit(struct engine *engine)
{
	const struct engine_work *work = engine->work;
	size_t at;

	while (!engine->stop.signals && crowd_next(&engine->crowd, &at)) {
		struct line *line = line_of(engine, work->begin(at, work->arg));

		line->running = true;
		line->has_reply = false;
		timer_set(engine->loop, &line->limit, clock_mono_ms() + engine->config.job_ms);
		tell(engine, line->job, ENGINE_BEGINS);
		make_ready(line);
	}
}

static void move_ready(struct engine *engine)
{
	while (engine->ready) {
		struct line *line = engine->ready;

		engine->ready = line->next_ready;
		line->next_ready = NULL;
		line->queued = false;
		if (!engine->ready)
			engine->ready_end = &engine->ready;
		move(line);
	}
}

/* A second signal. */
static void cut_all(void *arg)
{
	struct engine *engine = arg;

	for (struct line *line = engine->lines; line; line = line->next_line)
		cut(line, NET_STOPPED);
}

static void run_to_the_end(struct engine *engine)
{
	for (;;) {
		admit(engine);
		if (engine->ready || engine->held || engine->unflushed) {
			move_ready(engine);
			send_held(engine);
			continue; /* what has just ended makes room: admit before waiting */
		}
		if (!engine->crowd.count)
			return;
		loop_turn(engine->loop, TURN_MS);
	}
}

int engine_work(struct engine *engine, const struct engine_work *work, struct err *err)
{
	engine->stop = (struct stop){ .loop = engine->loop, .again = cut_all, .arg = engine };
	if (stop_begin(&engine->stop, err))
		return -1;
	engine->work = work;
	crowd_begin(&engine->crowd, work, &engine->config);
	run_to_the_end(engine);
	stop_end(&engine->stop);
	for (size_t i = 0; i < work->count && work->skip; i++)
		if (!engine->crowd.admitted[i])
			work->skip(i, work->arg);
	crowd_end(&engine->crowd);
	if (engine->stop.signals)
		return err_set(err, ERR_INTERRUPT, "stopped by a signal");
	return 0;
}
