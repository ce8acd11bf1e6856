#include "certroll/order.h"
#include "certroll/text.h"
#include <string.h>

int order_rank(enum role role)
{
	/* Masters last: everything else hangs on them; the RP after the boxes it stands for. */
	static const int ranks[] = {
		[ROLE_AP] = 0,         [ROLE_PBX_STANDBY] = 1, [ROLE_PBX_SLAVE] = 1,
		[ROLE_OTHER] = 2,      [ROLE_IP_OFFICE] = 2,   [ROLE_RP] = 3,
		[ROLE_PBX_MASTER] = 4,
	};

	return ranks[role];
}

/* "3" or "20%"; @p word is cut up. */
static bool parse_share(char *word, struct share *share)
{
	size_t length = strlen(word);

	share->percent = length && word[length - 1] == '%';
	if (share->percent)
		word[length - 1] = '\0';
	return text_number(word, 1, share->percent ? 100 : INT32_MAX, &share->number);
}

static int parse_serial(struct order *order, const char *serial, struct err *err)
{
	auto_free char *words = text_copy(serial);
	char *rest = words, *word;

	while ((word = strsep(&rest, ","))) {
		if (order->serial_count == ORDER_MAX_SERIAL)
			return err_set(err, ERR_USAGE, "--serial takes at most %d waves",
				       ORDER_MAX_SERIAL);
		if (!parse_share(word, &order->serial[order->serial_count++]))
			return err_set(err, ERR_USAGE,
				       "--serial cannot be '%.80s'; give the sizes of the waves as "
				       "numbers or percentages, such as 1,10%%,100%%",
				       serial);
	}
	return 0;
}

int order_parse(struct order *order, const char *serial, const char *max_fail, struct err *err)
{
	auto_free char *word = text_copy(max_fail);

	order->serial_count = 0;
	order->max_fail = (struct share){ 0 };
	if (serial && parse_serial(order, serial, err))
		return -1;
	if (word && !parse_share(word, &order->max_fail))
		return err_set(
			err, ERR_USAGE,
			"--max-fail cannot be '%.80s'; give a number of devices from 1, or a "
			"percentage such as 20%%",
			max_fail);
	return 0;
}

size_t share_of(const struct share *share, size_t total)
{
	size_t number = (size_t)share->number;

	if (share->percent)
		number = (total * number + 99) / 100;
	return number ? number : 1;
}

/* The first turn with its driver, when there are others. */
static bool is_canary(const struct turn *turns, size_t count, size_t at)
{
	const struct driver *driver = turns[at].device->driver;

	if (turns[at].by_hand)
		return false;
	for (size_t i = 0; i < at; i++)
		if (turns[i].device->driver == driver)
			return false;
	for (size_t i = at + 1; i < count; i++)
		if (turns[i].device->driver == driver)
			return true;
	return false;
}

/* The room in wave number @p wave. */
static size_t room_of(const struct order *order, size_t wave, size_t total)
{
	size_t at = wave - 1;

	if (!order->serial_count)
		return total;
	return share_of(&order->serial[at < order->serial_count ? at : order->serial_count - 1],
			total);
}

/* Waves for these turns of one rank, or its canaries; gives the number of the last one. */
static size_t fill_waves(const struct order *order, struct turn *turns, size_t count, bool canaries,
			 size_t wave, size_t total)
{
	size_t room = 0;

	for (size_t i = 0; i < count; i++) {
		if (turns[i].canary != canaries)
			continue;
		if (!room)
			room = room_of(order, ++wave, total);
		turns[i].wave = wave;
		room--;
	}
	return wave;
}

size_t order_waves(const struct order *order, struct turn *turns, size_t count)
{
	size_t wave = 0;

	for (size_t i = 0; i < count; i++)
		turns[i].canary = !order->no_canary && is_canary(turns, count, i);
	for (size_t from = 0, to; from < count; from = to) {
		for (to = from; to < count && order_rank(turns[to].device->role) ==
						      order_rank(turns[from].device->role);)
			to++;
		wave = fill_waves(order, turns + from, to - from, true, wave, count);
		wave = fill_waves(order, turns + from, to - from, false, wave, count);
	}
	return wave;
}

bool order_stops(const struct order *order, size_t failed, size_t total)
{
	return order->max_fail.number && failed >= share_of(&order->max_fail, total);
}
