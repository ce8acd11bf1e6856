/* What an audit without inventory looks at: words of the command line, and lists of them. */
#include "certroll/site.h"
#include "certroll/text.h"
#include <errno.h>
#include <search.h>
#include <stdio.h>
#include <string.h>

enum { LINE_MOST = 600 };

struct list {
	struct site *site;
	void *known; /* tree of the words */
};

/* "host:port=name", "host", "[v6]:port": a stand-in device without a driver. */
static int make_target(struct device *device, const char *word, struct err *err)
{
	auto_free char *text = text_copy(word);
	char *name = strchr(text, '='), *colon, *host = text;
	int64_t port = 443;

	if (name)
		*name++ = '\0';
	colon = strrchr(text, ':');
	if (text[0] == '[') {
		char *end = strchr(text, ']');

		if (!end || (end[1] && end[1] != ':'))
			return err_set(err, ERR_USAGE, "'%.80s': HOST:PORT[=NAME] is needed", word);
		host++;
		*end = '\0';
		colon = end[1] ? end + 1 : NULL;
	} else if (colon && strchr(text, ':') != colon) {
		colon = NULL; /* a bare IPv6 address */
	}
	if (colon && colon > host) {
		*colon = '\0';
		if (!text_number(colon + 1, 1, 65535, &port))
			return err_set(err, ERR_USAGE, "'%.80s': HOST:PORT[=NAME] is needed", word);
	}
	if (!*host || (name && !*name) || strpbrk(host, " []/@"))
		return err_set(err, ERR_USAGE, "'%.80s': HOST:PORT[=NAME] is needed", word);
	*device = (struct device){ .name = text_copy(word),
				   .host = text_copy(host),
				   .port = (uint16_t)port,
				   .services = mem_alloc(sizeof *device->services),
				   .service_count = 1 };
	device->services[0].port = (uint16_t)port;
	memcpy(device->services[0].name, "tls", 4);
	device->all_names.items = mem_alloc(sizeof(char *));
	device->all_names.items[0] = text_copy(name ? name : host);
	device->all_names.count = 1;
	return 0;
}

static int by_word(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void keep(void *word)
{
	(void)word;
}

/* What goes into reports is text that everybody can print. */
static bool is_plain(const char *word)
{
	for (; *word; word++)
		if (*word <= ' ' || *word > '~')
			return false;
	return true;
}

/* The same word twice is one target. */
static int add_target(struct list *list, const char *word, struct err *err)
{
	struct site *site = list->site;
	struct device *device;

	if (tfind(word, &list->known, by_word))
		return 0;
	if (!is_plain(word))
		return err_set(err, ERR_USAGE, "a target holds bytes that no HOST:PORT[=NAME] has");
	if (site->target_count == INVENTORY_MAX_DEVICES)
		return err_set(err, ERR_USAGE, "more than %d targets; split them into several runs",
			       INVENTORY_MAX_DEVICES);
	site->targets = mem_grow(site->targets, site->target_count, sizeof *site->targets);
	device = &site->targets[site->target_count];
	if (make_target(device, word, err))
		return -1;
	site->target_count++;
	if (!tsearch(device->name, &list->known, by_word))
		mem_exhausted();
	return 0;
}

/* The words of a line, until '#'. */
static int add_line(struct list *list, char *line, struct err *err)
{
	char *rest = NULL;

	line[strcspn(line, "#")] = '\0';
	for (char *word = strtok_r(line, " \t\r\n", &rest); word;
	     word = strtok_r(NULL, " \t\r\n", &rest))
		if (add_target(list, word, err))
			return -1;
	return 0;
}

static int add_lines(struct list *list, struct err *err)
{
	char line[LINE_MOST];

	for (unsigned number = 1; fgets(line, sizeof line, stdin); number++) {
		size_t len = strlen(line);

		if (len + 1 == sizeof line && line[len - 1] != '\n')
			return err_set(err, ERR_USAGE,
				       "standard input, line %u: longer than %d characters, or not "
				       "text; one HOST:PORT[=NAME] a line is expected",
				       number, LINE_MOST - 2);
		if (add_line(list, line, err))
			return err_wrap(err, "standard input, line %u", number);
	}
	if (ferror(stdin))
		return err_set(err, ERR_IO, "standard input: %s", strerror(errno));
	return 0;
}

static int add_words(struct list *list, struct err *err)
{
	const struct site_request *request = list->site->request;

	for (size_t i = 0; i < request->target_count; i++) {
		const char *word = request->targets[i];

		if (strcmp(word, "-") == 0 ? add_lines(list, err) : add_target(list, word, err))
			return -1;
	}
	return 0;
}

int site_add_targets(struct site *site, struct err *err)
{
	struct list list = { .site = site };
	int status = add_words(&list, err);

	tdestroy(list.known, keep);
	if (status)
		return -1;
	if (!site->target_count)
		return err_set(err, ERR_USAGE, "standard input names no HOST:PORT[=NAME]");
	for (size_t i = 0; i < site->target_count; i++) {
		site->results = mem_grow(site->results, site->count, sizeof *site->results);
		site->results[site->count++] = (struct result){ .device = &site->targets[i] };
	}
	return 0;
}

void site_free_targets(struct site *site)
{
	for (size_t i = 0; i < site->target_count; i++) {
		struct device *device = &site->targets[i];

		mem_free(device->services);
		mem_free(device->all_names.items[0]);
		mem_free(device->all_names.items);
		mem_free(device->name);
		mem_free(device->host);
	}
	mem_free(site->targets);
}
