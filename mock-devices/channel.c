/* channel: messages and their faults. */
#include "channel.h"

#include "cleanup.h"
#include "fleet.h"
#include "journal.h"
#include "options.h"
#include "text.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <string.h>

struct channel *channel_open(struct device *device, void (*wake)(struct channel *channel),
			     void *owner)
{
	struct channel *channel = mem_alloc(sizeof(*channel));

	channel->device = device;
	channel->wake = wake;
	channel->owner = owner;
	channel->out = mem_must(evbuffer_new());
	LIST_INSERT_HEAD(&device->channels, channel, link);
	return channel;
}

void channel_close(struct channel *channel)
{
	if (!channel)
		return;
	LIST_REMOVE(channel, link);
	websocket_clear(&channel->reader);
	evbuffer_free(channel->out);
	free(channel);
}

static void end(struct channel *channel, enum channel_end how)
{
	channel->end = how;
	channel->wake(channel);
}

static void note(const struct channel *channel, const char *event, enum step step,
		 const char *detail)
{
	const struct device *device = channel->device;
	const struct fault *drawn = fault_draw(&device->fleet->options->lot, device->address, step);

	journal_write(device->fleet->journal,
		      &(struct journal_event){
			      .event = event,
			      .address = device->address,
			      .step = step_name(step),
			      .fault = drawn ? fault_name(drawn->kind) : NULL,
			      .detail = detail,
		      });
}

static void close_back(struct channel *channel, unsigned status)
{
	websocket_write_close(channel->out, status);
	end(channel, CHANNEL_LINGER);
}

void channel_refuse(struct channel *channel, enum websocket_status status)
{
	note(channel, "bad-message", STEP_OTHER, NULL);
	if (device_blame(channel->device))
		end(channel, CHANNEL_RESET);
	else
		close_back(channel, status);
}

static void hear(struct channel *channel)
{
	channel->device->counts.messages++;
	channel->device->fleet->counts.messages++;
	channel->device->profile->family->hear(channel, channel->reader.message);
}

static void handle(struct channel *channel, enum websocket_event event)
{
	struct websocket *reader = &channel->reader;

	switch (event) {
	case WEBSOCKET_MESSAGE:
		hear(channel);
		break;
	case WEBSOCKET_PINGED:
		websocket_write(channel->out, WEBSOCKET_PONG, reader->control,
				reader->control_length);
		channel->wake(channel);
		break;
	case WEBSOCKET_CLOSED:
		close_back(channel, reader->status);
		break;
	case WEBSOCKET_FAILED:
		channel_refuse(channel, (enum websocket_status)reader->status);
		break;
	default:
		break;
	}
}

void channel_feed(struct channel *channel, struct evbuffer *input)
{
	enum websocket_event event = WEBSOCKET_NOTHING;

	while (event != WEBSOCKET_MORE && channel->end == CHANNEL_OPEN &&
	       evbuffer_get_length(input)) {
		size_t length = evbuffer_get_length(input), used = 0;
		const char *bytes = (const char *)evbuffer_pullup(input, -1);

		event = websocket_read(&channel->reader, bytes, length, &used);
		evbuffer_drain(input, used);
		handle(channel, event);
	}
	if (channel->end != CHANNEL_OPEN)
		evbuffer_drain(input, evbuffer_get_length(input));
}

enum channel_verdict channel_begin(struct channel *channel, enum step step, const char *type)
{
	struct device *device = channel->device;

	note(channel, "message", step, type);
	if (device_fault(device, FAULT_NEVER_ANSWER, step)) {
		end(channel, CHANNEL_HANG);
		return CHANNEL_IGNORE;
	}
	return device_is_busy(device, step) ? CHANNEL_BUSY : CHANNEL_ANSWER;
}

/* Half a frame, then nothing. */
static void cut(struct channel *channel)
{
	size_t length = evbuffer_get_length(channel->out);
	auto_buffer struct evbuffer *whole = channel->out;

	channel->out = mem_must(evbuffer_new());
	(void)evbuffer_remove_buffer(whole, channel->out, length - (length + 1) / 2);
	end(channel, CHANNEL_CUT);
}

void channel_send(struct channel *channel, enum step step, const char *text)
{
	const struct device *device = channel->device;
	const struct fault *slow = device_fault(device, FAULT_SLOW, step);

	if (channel->end != CHANNEL_OPEN || device_fault(device, FAULT_NEVER_ANSWER, step))
		return;
	websocket_write(channel->out, WEBSOCKET_TEXT, text, strlen(text));
	if (slow)
		channel->delay_ms = slow->argument;
	if (device_fault(device, FAULT_RESET_CONNECTION, step))
		end(channel, CHANNEL_RESET);
	else if (device_fault(device, FAULT_CUT_BODY, step))
		cut(channel);
	else
		channel->wake(channel);
}

static void make_random(void *bytes, int length)
{
	if (RAND_bytes(bytes, length) != 1)
		abort();
}

void channel_make_challenge(struct channel *channel)
{
	unsigned char random[CHANNEL_CHALLENGE_DIGITS];

	make_random(random, sizeof(random));
	for (size_t i = 0; i < sizeof(random); i++)
		channel->challenge[i] = (char)('0' + random[i] % 10);
}

void channel_make_key(struct channel *channel)
{
	unsigned char random[CHANNEL_KEY_CHARS / 2];

	make_random(random, sizeof(random));
	text_hex(random, sizeof(random), channel->key);
}

struct channel *channel_find(const struct device *device, const char *key)
{
	struct channel *channel;

	LIST_FOREACH(channel, &device->channels, link)
	if (*channel->key && strlen(key) == CHANNEL_KEY_CHARS &&
	    CRYPTO_memcmp(key, channel->key, CHANNEL_KEY_CHARS) == 0)
		return channel;
	return NULL;
}
