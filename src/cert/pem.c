#include "pem.h"
#include "certroll/text.h"
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

/* A full line (RFC 7468 2): of DER, and of base64. */
enum { LINE_BYTES = 48, LINE_CHARS = 64 };

static const char begin_mark[] = "-----BEGIN ";
static const char end_mark[] = "-----END ";
static const char dashes[] = "-----";
static const char byte_order_mark[] = "\xef\xbb\xbf"; /* of UTF-8 */

/* One line, byte order mark, blanks and line end stripped. */
struct line {
	const char *text;
	size_t len;
	const char *start; /* with all of it */
	const char *next;
	bool marked, indented;
};

struct scan {
	struct pem *pem;
	const char *at, *end;
	int number;
	struct pem_block *block; /* the open one */
	bool in_headers, header_seen;
	bool in_text; /* behind a line of text, outside of a block */
};

static bool is_blank(char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

static struct line line_at(const char *at, const char *end)
{
	const char *stop = memchr(at, '\n', (size_t)(end - at));
	struct line line = { .start = at, .next = stop ? stop + 1 : end };
	const char *last = stop ? stop : end;

	/* Not only at the start: files of Windows are joined by "type a b > c". */
	line.marked = last - at >= 3 && memcmp(at, byte_order_mark, 3) == 0;
	at += line.marked ? 3 : 0;
	line.indented = at < last && is_blank(*at);
	while (at < last && is_blank(*at))
		at++;
	while (last > at && is_blank(last[-1]))
		last--;
	line.text = at;
	line.len = (size_t)(last - at);
	return line;
}

static bool starts(const struct line *line, const char *prefix)
{
	return line->len >= strlen(prefix) && memcmp(line->text, prefix, strlen(prefix)) == 0;
}

static bool ends(const struct line *line, const char *suffix)
{
	size_t len = strlen(suffix);

	return line->len >= len && memcmp(line->text + line->len - len, suffix, len) == 0;
}

static bool holds(const struct line *line, const char *word)
{
	return memmem(line->text, line->len, word, strlen(word)) != NULL;
}

/* The label of a BEGIN or END line; false when the line is not quite one. */
static bool label_of(const struct line *line, const char *mark, char label[48])
{
	size_t around = strlen(mark) + strlen(dashes);
	size_t len = line->len > around ? line->len - around : 0;
	auto_free char *printable = NULL;

	if (!starts(line, mark) || !ends(line, dashes) || !len || len > 47)
		return false;
	printable = text_printable(line->text + strlen(mark), len, 47);
	snprintf(label, 48, "%s", printable);
	return !strstr(label, dashes);
}

static void complain(struct pem_block *block, int line, const char *text)
{
	if (*block->complaint)
		return;
	snprintf(block->complaint, sizeof block->complaint, "%s", text);
	block->complaint_line = line;
}

static void note(struct scan *scan, enum pem_oddity oddity)
{
	struct pem_spot *spot = &scan->pem->odd[oddity];

	if (spot->count++)
		return;
	spot->line = scan->number;
	spot->block = scan->block ? (int)(scan->block - scan->pem->blocks) : -1;
}

/* What any line may have. */
static void note_line(struct scan *scan, const struct line *line)
{
	if (line->marked)
		note(scan, PEM_BYTE_ORDER_MARK);
	if (line->next - line->start >= 2 && line->next[-1] == '\n' && line->next[-2] == '\r')
		note(scan, PEM_CRLF);
	if (line->indented && line->len && scan->block)
		note(scan, PEM_INDENTED);
}

static void close_block(struct scan *scan, const char *body_end, int line)
{
	scan->block->body_end = body_end;
	scan->block->end_line = line;
	if (scan->block->body > body_end)
		scan->block->body = body_end;
	scan->block = NULL;
}

static int open_block(struct scan *scan, const struct line *line, const char *label,
		      struct err *err)
{
	if (scan->pem->count == BUNDLE_MAX_BLOCKS)
		return err_set(err, ERR_LIMIT,
			       "line %d: block %d begins, more than the %d a bundle may have; this "
			       "looks like a whole store of CA certificates",
			       scan->number, BUNDLE_MAX_BLOCKS + 1, BUNDLE_MAX_BLOCKS);
	scan->block = &scan->pem->blocks[scan->pem->count++];
	*scan->block = (struct pem_block){ .line = scan->number, .end_line = scan->number };
	snprintf(scan->block->label, sizeof scan->block->label, "%s", label);
	scan->block->body = line->next;
	scan->block->body_line = scan->number + 1;
	scan->in_headers = true;
	scan->header_seen = scan->in_text = false;
	return 0;
}

/* RFC 1421 4.6: "Proc-Type: 4,ENCRYPTED" and the like stand before the text. */
static void take_header(struct scan *scan, const struct line *line)
{
	scan->header_seen = true;
	if (starts(line, "Proc-Type:") && holds(line, "ENCRYPTED"))
		scan->block->encrypted = true;
	else if (!starts(line, "DEK-Info:"))
		note(scan, PEM_HEADER);
	scan->block->body = line->next;
	scan->block->body_line = scan->number + 1;
}

/* Only the last line of a block may have less than the others. */
static void take_text(struct scan *scan, const struct line *line)
{
	struct pem_block *block = scan->block;

	if (!block->uneven_line)
		block->uneven_line = block->partial_line;
	if (line->len == LINE_CHARS)
		block->full_lines = true;
	else
		block->partial_line = scan->number;
}

static void end_block(struct scan *scan, const struct line *line, const char *label)
{
	char text[128];

	snprintf(text, sizeof text, "it begins as '%.40s' and ends as '%.40s'", scan->block->label,
		 label);
	if (strcmp(label, scan->block->label) != 0)
		complain(scan->block, scan->number, text);
	close_block(scan, line->start, scan->number);
}

static void line_inside(struct scan *scan, const struct line *line)
{
	char label[48], text[128];

	if (label_of(line, end_mark, label)) {
		end_block(scan, line, label);
	} else if (line->len && line->text[0] == '-') {
		snprintf(text, sizeof text, "line %d is no proper END line; right would be: %s%s%s",
			 scan->number, end_mark, scan->block->label, dashes);
		complain(scan->block, scan->number, text);
		close_block(scan, line->start, scan->number);
	} else if (line->len) {
		scan->in_headers = scan->in_headers && memchr(line->text, ':', line->len);
		(scan->in_headers ? take_header : take_text)(scan, line);
	} else {
		/* The one between headers and text belongs there. */
		if (!(scan->in_headers && scan->header_seen))
			note(scan, PEM_BLANK_INSIDE);
		scan->in_headers = false;
	}
}

static void line_outside(struct scan *scan, const struct line *line)
{
	struct pem *pem = scan->pem;
	bool end = holds(line, "END ");

	if (!line->len) {
		if (!scan->in_text && !line->marked)
			note(scan, PEM_BLANK_OUTSIDE);
	} else if (holds(line, "--") && (end || holds(line, "BEGIN"))) {
		if (pem->stray_count < COUNT(pem->strays))
			pem->strays[pem->stray_count++] = (struct pem_stray){ scan->number, end };
	} else {
		note(scan, PEM_TEXT);
		scan->in_text = true;
		pem->bags |= starts(line, "Bag Attributes");
	}
}

static int scan_line(struct scan *scan, const struct line *line, struct err *err)
{
	char label[48], text[128];

	if (label_of(line, begin_mark, label)) {
		snprintf(text, sizeof text,
			 "its END line is missing: the next block begins at line %d", scan->number);
		if (scan->block) {
			complain(scan->block, scan->block->line, text);
			close_block(scan, line->start, scan->number - 1);
		}
		if (open_block(scan, line, label, err))
			return -1;
		note_line(scan, line);
		return 0;
	}
	note_line(scan, line);
	if (scan->block)
		line_inside(scan, line);
	else
		line_outside(scan, line);
	return 0;
}

int pem_scan(struct pem *pem, const char *text, size_t len, struct err *err)
{
	struct scan scan = { .pem = pem, .at = text, .end = text + len };

	*pem = (struct pem){ 0 };
	while (scan.at < scan.end) {
		struct line line = line_at(scan.at, scan.end);

		scan.number++;
		if (scan_line(&scan, &line, err))
			return -1;
		scan.at = line.next;
	}
	if (scan.block) {
		complain(scan.block, scan.block->line,
			 "its END line is missing: the file ends before it");
		close_block(&scan, scan.end, scan.number);
	}
	return 0;
}

size_t pem_room(const struct pem_block *block)
{
	return (size_t)(block->body_end - block->body) / 4 * 3 + 3;
}

static int value_of(unsigned char digit)
{
	if (digit >= 'A' && digit <= 'Z')
		return digit - 'A';
	if (digit >= 'a' && digit <= 'z')
		return digit - 'a' + 26;
	if (digit >= '0' && digit <= '9')
		return digit - '0' + 52;
	return digit == '+' ? 62 : digit == '/' ? 63 : -1;
}

struct decoder {
	unsigned char *out;
	size_t len;
	unsigned bits, digits, padding;
};

/* One character that is not blank; -1 with what is wrong with it. */
static int decode_digit(struct decoder *decoder, unsigned char digit, size_t column,
			struct err *err)
{
	int value = value_of(digit);

	if (digit == '=' && decoder->digits % 4 >= 2 && decoder->padding < 2) {
		decoder->padding++;
		return 0;
	}
	if (digit == '=')
		return err_set(
			err, ERR_BUNDLE,
			"the '=' in column %zu comes too early: characters are missing before it",
			column);
	if (value < 0 && digit > ' ' && digit < 0x7f)
		return err_set(err, ERR_BUNDLE, "'%c' in column %zu is not base64", digit, column);
	if (value < 0)
		return err_set(err, ERR_BUNDLE, "byte 0x%02x in column %zu is not base64", digit,
			       column);
	if (decoder->padding)
		return err_set(err, ERR_BUNDLE,
			       "text follows the '=' that ends base64 (column %zu)", column);
	decoder->bits = decoder->bits << 6 | (unsigned)value;
	if (decoder->digits++ % 4)
		decoder->out[decoder->len++] =
			(unsigned char)(decoder->bits >> (6 - 2 * ((decoder->digits - 1) % 4)));
	return 0;
}

static int decode_end(const struct decoder *decoder, struct err *err)
{
	if (!decoder->digits)
		return err_set(err, ERR_BUNDLE, "the block is empty");
	if ((decoder->digits + decoder->padding) % 4)
		return err_set(err, ERR_BUNDLE,
			       "the base64 text stops in the middle: characters are missing before "
			       "its end");
	return 0;
}

/* Characters are missing somewhere: the length of a line may tell in which. */
static int blame_line(const struct pem_block *block, int *line, struct err *err)
{
	int suspect = pem_suspect(block, 0);

	if (!suspect)
		return -1;
	*line = suspect;
	return err_set(err, ERR_BUNDLE,
		       "this line is not as long as the others: characters are missing, or too "
		       "many");
}

int pem_decode(const struct pem_block *block, unsigned char *out, size_t *len, int *line,
	       struct err *err)
{
	struct decoder decoder = { .out = out };
	const char *start = block->body;

	*line = block->body_line;
	for (const char *at = block->body; at < block->body_end; at++) {
		if (*at == '\n') {
			(*line)++;
			start = at + 1;
		} else if (!is_blank(*at) && decode_digit(&decoder, (unsigned char)*at,
							  (size_t)(at - start) + 1, err)) {
			return *at == '=' ? blame_line(block, line, err) : -1;
		}
	}
	*len = decoder.len;
	if (decode_end(&decoder, err) == 0)
		return 0;
	*line = block->end_line;
	return blame_line(block, line, err);
}

int pem_suspect(const struct pem_block *block, int otherwise)
{
	return block->full_lines && block->uneven_line ? block->uneven_line : otherwise;
}

size_t pem_text_room(const char *label, size_t len)
{
	size_t lines = (len + LINE_BYTES - 1) / LINE_BYTES;
	size_t frame = strlen(begin_mark) + strlen(end_mark) + 2 * strlen(dashes) + 2;

	return frame + 2 * strlen(label) + (len + 2) / 3 * 4 + lines;
}

static void append(struct secret *text, const char *bytes, size_t len)
{
	memcpy(text->bytes + text->len, bytes, len);
	text->len += len;
}

static void append_mark(struct secret *text, const char *mark, const char *label)
{
	append(text, mark, strlen(mark));
	append(text, label, strlen(label));
	append(text, dashes, strlen(dashes));
	append(text, "\n", 1);
}

void pem_append(struct secret *text, const char *label, const void *der, size_t len)
{
	const unsigned char *bytes = der;

	append_mark(text, begin_mark, label);
	while (len) {
		size_t piece = len < LINE_BYTES ? len : LINE_BYTES;
		unsigned char *out = (unsigned char *)text->bytes + text->len;

		text->len += (size_t)EVP_EncodeBlock(out, bytes, (int)piece);
		append(text, "\n", 1);
		bytes += piece;
		len -= piece;
	}
	append_mark(text, end_mark, label);
	text->bytes[text->len] = '\0';
}
