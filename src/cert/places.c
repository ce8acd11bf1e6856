#include "places.h"

const char pem_id[] = "pem";

char *place_at(const struct bundle *bundle, int block, int line)
{
	if (block < 0)
		return text_format("%s: line %d", bundle->path, line);
	return text_format("%s: block %d, line %d", bundle->path, block + 1, line);
}

char *place_span(const struct bundle *bundle, size_t block)
{
	const struct block *its = &bundle->blocks[block];

	return text_format("block %zu (lines %d-%d)", block + 1, its->line, its->end_line);
}

/*
 * What stumbles over it.  OpenSSL: PEM_read_bio() of 3.0, tried; 3.0 was the first to skip a byte
 * order mark.  Go: encoding/pem looks for BEGIN at the start of lines only.  HAProxy: an empty line
 * ends the payload of "set ssl cert" (management guide, "<<"), tried with 2.6.
 */
/* clang-format off */
static const struct manner {
	const char *what, *harm, *cure;
} manners[PEM_ODDITIES] = {
	[PEM_BYTE_ORDER_MARK] = { "a byte order mark, three bytes that editors do not show",
		"OpenSSL before 3.0 and programs written in Go, such as Caddy, do not see the "
		"block behind it", "Save the file as UTF-8 without a byte order mark" },
	[PEM_CRLF] = { "a line that ends as on Windows, with CR and LF",
		"OpenSSL, HAProxy and Caddy take it, of innovaphone boxes nothing is known",
		"Save the file with the line ends of Unix (LF)" },
	[PEM_INDENTED] = { "a line that begins with blanks",
		"OpenSSL does not see a block whose BEGIN line does",
		"Remove the blanks before the lines" },
	[PEM_HEADER] = { "a header line in a block",
		"OpenSSL, and with it nginx and HAProxy, refuses such a block",
		"Remove these lines" },
	[PEM_BLANK_INSIDE] = { "a blank line in a block",
		"OpenSSL, and with it nginx and HAProxy, refuses such a block, and HAProxy's "
		"runtime interface runs what follows as commands",
		"Remove the blank lines" },
	[PEM_BLANK_OUTSIDE] = { "a blank line outside of the blocks",
		"HAProxy's runtime interface takes it for the end of the certificate and runs "
		"what follows as commands", "Remove the blank lines" },
	[PEM_TEXT] = { "a line of text outside of the blocks",
		"OpenSSL, HAProxy and Caddy pass over it, of innovaphone boxes nothing is known",
		"Remove what stands outside of BEGIN and END" },
};
/* clang-format on */

static void say_oddity(const struct bundle *bundle, const struct pem *pem, enum pem_oddity oddity,
		       struct findings *findings)
{
	const struct manner *manner = &manners[oddity];
	const struct pem_spot *spot = &pem->odd[oddity];
	bool bags = oddity == PEM_TEXT && pem->bags;
	auto_free char *place = place_at(bundle, spot->block, spot->line);
	auto_free char *count =
		spot->count > 1 ? text_format(" (the first of %d)", spot->count) : text_copy("");
	auto_free char *remedy =
		text_format("%s, or have a clean file written: certroll bundle -o clean.pem %s",
			    manner->cure, bundle->path);

	findings_add(findings, pem_id, SEVERITY_NOTE, place, remedy,
		     "%s%s%s; %s; certroll leaves that out of what it uploads", manner->what, count,
		     bags ? ", as openssl pkcs12 writes it (Bag Attributes and the like)" : "",
		     manner->harm);
}

static void say_stray(const struct bundle *bundle, const struct pem_stray *stray,
		      struct findings *findings)
{
	auto_free char *place = place_at(bundle, -1, stray->line);

	findings_add(
		findings, pem_id, SEVERITY_ERROR, place,
		stray->end ? "Put the missing BEGIN line before the block, or copy the block again."
			   : "Write it as -----BEGIN CERTIFICATE----- (or PRIVATE KEY) on a line "
			     "of its own, five dashes at each end.",
		stray->end ? "an END line without a BEGIN line before it"
			   : "this is meant to begin a block, but is no proper BEGIN line");
}

void places_say(const struct bundle *bundle, const struct pem *pem, struct findings *findings)
{
	for (size_t i = 0; i < pem->stray_count; i++)
		say_stray(bundle, &pem->strays[i], findings);
	for (int i = 0; i < PEM_ODDITIES; i++)
		if (pem->odd[i].count)
			say_oddity(bundle, pem, (enum pem_oddity)i, findings);
}
