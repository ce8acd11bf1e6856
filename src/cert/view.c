/* How rules name things and complain. */
#include "certroll/buf.h"
#include "certroll/text.h"
#include "places.h"
#include "rule.h"
#include <stdarg.h>
#include <stdio.h>

enum { SENTENCE_MAX = 1024 };

enum profile_column view_column(const struct view *view)
{
	return view->column;
}

enum severity at_most_warning(const struct view *view)
{
	return view->severity < SEVERITY_WARNING ? view->severity : SEVERITY_WARNING;
}

bool view_public(const struct view *view)
{
	if (view->judgement->root_kind != ROOT_DETECT)
		return view->judgement->root_kind == ROOT_PUBLIC;
	return view->path->source == ANCHOR_SYSTEM;
}

int view_index(const struct view *view, const struct cert *cert)
{
	for (size_t i = 0; i < view->given->count; i++)
		if (view->given->certs[i] == cert)
			return (int)i;
	return CHAIN_NONE;
}

/* The block that holds the certificate at this index of the file's chain. */
static size_t block_of(const struct bundle *bundle, size_t index)
{
	for (size_t i = 0; i < bundle->block_count; i++)
		if (bundle->blocks[i].cert && index-- == 0)
			return i;
	return 0;
}

size_t view_number(const struct view *view, size_t index)
{
	return (view->bundle ? block_of(view->bundle, index) : index) + 1;
}

const char *view_noun(const struct view *view)
{
	return view->bundle ? "block" : "certificate";
}

char *view_span(const struct view *view, size_t index)
{
	if (view->bundle)
		return place_span(view->bundle, block_of(view->bundle, index));
	return text_format("certificate %zu", index + 1);
}

static char *name_of(const struct view *view, const struct cert *cert)
{
	int index = view_index(view, cert);

	if (index < 0)
		return text_format("'%s' (trust anchor)", cert->display);
	return text_format("'%s' (%s %zu)", cert->display, view_noun(view),
			   view_number(view, (size_t)index));
}

char *view_name(const struct view *view, const struct cert *cert)
{
	struct spoken *last = view->spoken;

	if (last->cert != cert) {
		mem_free(last->name);
		*last = (struct spoken){ cert, name_of(view, cert) };
	}
	return text_copy(last->name);
}

char *view_order(const struct view *view)
{
	auto_buf order = BUF_MAX(1024);
	auto_free char *file = NULL;
	bool fits = true;

	for (size_t i = 0; i < view->path->count; i++) {
		int index = view_index(view, view->path->certs[i]);

		if (index >= 0)
			fits &= buf_addf(&order, "%s%zu", order.len ? ", " : "",
					 view_number(view, (size_t)index)) == 0;
	}
	if (view->bundle && view->bundle->key_block >= 0)
		fits &= buf_addf(&order, ", then the key (block %d)",
				 view->bundle->key_block + 1) == 0;
	file = text_shell(view->place);
	if (!view->bundle)
		return text_format("Put the certificates in this order: %s%s.", buf_text(&order),
				   fits ? "" : " ...");
	return text_format("Put the blocks in this order: %s%s. This does it: certroll bundle -o "
			   "sorted.pem %s",
			   buf_text(&order), fits ? "" : " ...", file);
}

static char *block_place(const struct view *view, size_t block)
{
	return place_at(view->bundle, (int)block, view->bundle->blocks[block].line);
}

static char *index_place(const struct view *view, size_t index)
{
	if (view->bundle)
		return block_place(view, block_of(view->bundle, index));
	return text_format("%s%scertificate %zu", view->place, *view->place ? ": " : "", index + 1);
}

static char *cert_place(const struct view *view, const struct cert *cert)
{
	int index = cert ? view_index(view, cert) : CHAIN_NONE;

	if (index >= 0)
		return index_place(view, (size_t)index);
	if (!cert)
		return text_copy(view->place);
	return text_format("%s%strust anchor", view->place, *view->place ? ": " : "");
}

PRINTF_LIKE(5, 0)
static void add(const struct view *view, enum severity severity, const char *place,
		const char *remedy, const char *format, va_list values)
{
	char sentence[SENTENCE_MAX];

	if (view->adjusted && severity != SEVERITY_NONE)
		severity = view->severity;
	vsnprintf(sentence, sizeof sentence, format, values);
	findings_add(view->findings, view->rule->id, severity, place, remedy, "%s", sentence);
}

void complain(const struct view *view, const struct cert *cert, const char *remedy,
	      const char *format, ...)
{
	auto_free char *place = cert_place(view, cert);
	va_list values;

	va_start(values, format);
	add(view, view->severity, place, remedy, format, values);
	va_end(values);
}

void complain_index(const struct view *view, size_t index, const char *remedy, const char *format,
		    ...)
{
	auto_free char *place = index_place(view, index);
	va_list values;

	va_start(values, format);
	add(view, view->severity, place, remedy, format, values);
	va_end(values);
}

void complain_block(const struct view *view, size_t block, const char *remedy, const char *format,
		    ...)
{
	auto_free char *place = block_place(view, block);
	va_list values;

	va_start(values, format);
	add(view, view->severity, place, remedy, format, values);
	va_end(values);
}

void complain_as(const struct view *view, enum severity severity, const struct cert *cert,
		 const char *remedy, const char *format, ...)
{
	auto_free char *place = cert_place(view, cert);
	va_list values;

	va_start(values, format);
	add(view, severity, place, remedy, format, values);
	va_end(values);
}
