/*
 * The checklist for the person: a driver's steps, filled in for one device and one bundle.
 */
#include "certroll/driver.h"
#include "certroll/text.h"
#include "hand.h"
#include "sheet.h"
#include <stdio.h>
#include <string.h>

enum { FACTS = 5, LABEL = 14, WORDS = 16, PATH_MOST = 4096, TEXT_MOST = 4 << 20 };

/* All texts that the words stand for; owned. */
struct filling {
	struct word items[WORDS];
	size_t count;
	struct words words;
	struct word facts[FACTS];
	size_t fact_count;
};

static void filling_free(struct filling *filling)
{
	for (size_t i = 0; i < filling->count; i++)
		mem_free((char *)(uintptr_t)filling->items[i].value);
}

#define auto_filling __attribute__((cleanup(filling_free))) struct filling

/* Takes the value. */
static void add(struct filling *filling, const char *name, char *value)
{
	filling->items[filling->count++] = (struct word){ name, value };
	filling->words = (struct words){ filling->items, filling->count };
}

static void add_fact(struct filling *filling, const char *label, const char *word)
{
	for (size_t i = 0; i < filling->count; i++)
		if (strcmp(filling->items[i].name, word) == 0)
			filling->facts[filling->fact_count++] =
				(struct word){ label, filling->items[i].value };
}

static void append(struct buf *out, const char *separator, const char *prefix, const char *text)
{
	put(out, out->len ? separator : "");
	put(out, prefix);
	put(out, text);
}

static void add_names(struct buf *out, const struct text_list *names)
{
	for (size_t i = 0; names && i < names->count; i++)
		append(out, ", ",
		       host_is_address(names->items[i]) ? "IP:" : "DNS:", names->items[i]);
}

char *hand_san(const struct device *device, const struct by_hand *hand)
{
	auto_buf out = BUF_MAX(TEXT_MOST);

	add_names(&out, &device->all_names);
	add_names(&out, hand->domains);
	if (host_is_address(device->host))
		append(&out, ", ", "IP:", device->host);
	return text_copy(buf_text(&out));
}

static char *list_names(const struct device *device)
{
	auto_buf out = BUF_MAX(TEXT_MOST);

	for (size_t i = 0; i < device->all_names.count; i++)
		append(&out, ", ", "", device->all_names.items[i]);
	return text_copy(buf_text(&out));
}

/* "tcs-1.pem ('Issuing CA'), tcs-2.pem ('Root')". */
static char *list_signers(const struct chain *chain)
{
	auto_buf out = BUF_MAX(TEXT_MOST);

	for (size_t i = 1; i < chain->count; i++) {
		auto_free char *item =
			text_format("tcs-%zu.pem ('%s')", i, chain->certs[i]->display);

		append(&out, ", ", "", item);
	}
	return text_copy(buf_text(&out));
}

static char *list_services(const struct device *device)
{
	auto_buf out = BUF_MAX(TEXT_MOST);

	for (size_t i = 0; i < device->service_count; i++) {
		const struct service *service = &device->services[i];
		auto_free char *item = text_format("%s (%u)", service->name, service->port);

		append(&out, ", ", "", item);
	}
	return text_copy(buf_text(&out));
}

static char *window_of(const struct device *device)
{
	const struct window *window = &device->window;

	if (!window->set)
		return text_copy("when nobody needs the telephones");
	return text_format("between %02d:%02d and %02d:%02d", window->from_minute / 60,
			   window->from_minute % 60, window->to_minute / 60,
			   window->to_minute % 60);
}

static void fill(struct filling *filling, const struct device *device, const struct by_hand *hand,
		 const struct hand_folder *folder)
{
	const struct chain *chain = folder->bundle->chain;
	const struct cert *leaf = chain_leaf(chain), *root = bundle_root(folder->bundle);
	const struct text_list *names = &device->all_names;
	char until[32];

	add(filling, "device", text_copy(device->name));
	add(filling, "host", text_copy(device->host));
	add(filling, "folder", text_printable(folder->path, strlen(folder->path), PATH_MOST));
	add(filling, "p12", text_format("%s.p12", device->name));
	add(filling, "leaf", text_copy(leaf->display));
	add(filling, "until", text_copy(text_time(leaf->not_after, until)));
	add(filling, "root", text_copy(root ? root->display : "?"));
	add(filling, "signers", list_signers(chain));
	add(filling, "names", list_names(device));
	add(filling, "name", text_copy(names->count ? names->items[0] : device->host));
	add(filling, "san", hand_san(device, hand));
	add(filling, "days", text_format("%d", hand->most_days));
	add(filling, "services", list_services(device));
	add(filling, "window", window_of(device));
	add(filling, "command", text_copy(folder->command));
	add_fact(filling, "Device", "device");
	add_fact(filling, "Address", "host");
	if (!hand->own) {
		add_fact(filling, "Certificate", "leaf");
		add_fact(filling, "Valid until", "until");
	} else {
		add_fact(filling, "Names", "names");
	}
	add_fact(filling, "Files", "folder");
}

static const char heading[] = "Certificate of {device}: checklist";
static const char intro[] =
	"certroll cannot give this device its certificate; you do, with the steps below, {window}. "
	"Tick each one when it is done. Nothing counts as done until certroll has seen the new "
	"certificate by a connection of its own.";

char *hand_text(const struct device *device, const struct hand_folder *folder)
{
	auto_buf out = BUF_MAX(TEXT_MOST);
	auto_filling filling = { 0 };
	auto_free char *title = NULL, *opening = NULL;
	struct by_hand hand;

	device_by_hand(device, &hand);
	fill(&filling, device, &hand, folder);
	title = fill_words(heading, filling.items, filling.count);
	opening = fill_words(intro, filling.items, filling.count);
	sheet_wrapped(&out, 0, title);
	put(&out, "\n");
	sheet_wrapped(&out, 0, opening);
	put(&out, "\n");
	for (size_t i = 0; i < filling.fact_count; i++) {
		auto_free char *label = text_format("%-*s", LABEL, filling.facts[i].name);

		put(&out, label);
		sheet_wrapped(&out, LABEL, filling.facts[i].value);
	}
	for (const struct sheet_section *part = hand.sections; part->heading; part++) {
		auto_free char *line = fill_words(part->heading, filling.items, filling.count);

		put(&out, "\n");
		sheet_wrapped(&out, 0, line);
		sheet_steps(&out, part->steps, &filling.words, "[ ] ");
	}
	return text_copy(buf_text(&out));
}

static void put_facts(struct buf *out, const struct filling *filling)
{
	put(out, "<div class=\"root\">\n<dl>\n");
	for (size_t i = 0; i < filling->fact_count; i++) {
		put(out, "<dt>");
		put_escaped(out, filling->facts[i].name);
		put(out, "</dt><dd>");
		put_escaped(out, filling->facts[i].value);
		put(out, "</dd>\n");
	}
	put(out, "</dl>\n</div>\n");
}

static void put_filled(struct buf *out, const char *before, const char *text,
		       const struct filling *filling, const char *after)
{
	auto_free char *filled = fill_words(text, filling->items, filling->count);

	put(out, before);
	put_escaped(out, filled);
	put(out, after);
}

char *hand_html(const struct device *device, const struct hand_folder *folder)
{
	auto_buf out = BUF_MAX(TEXT_MOST);
	auto_filling filling = { 0 };
	struct by_hand hand;

	device_by_hand(device, &hand);
	fill(&filling, device, &hand, folder);
	put(&out, sheet_head);
	put_filled(&out, "<title>", heading, &filling, "</title>\n");
	put(&out, sheet_style);
	put_filled(&out, "</head>\n<body class=\"list\">\n<h1>", heading, &filling, "</h1>\n");
	put_filled(&out, "<p>", intro, &filling, "</p>\n");
	put_facts(&out, &filling);
	for (const struct sheet_section *part = hand.sections; part->heading; part++) {
		put_filled(&out, "<section>\n<h2>", part->heading, &filling, "</h2>\n");
		sheet_steps_html(&out, part->steps, &filling.words, true);
		put(&out, "</section>\n");
	}
	put(&out, "</body>\n</html>\n");
	return text_copy(buf_text(&out));
}
