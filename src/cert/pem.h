/**
 * @file
 * pem: the blocks of a PEM text, each with its lines; and base64 in both directions.
 *
 * Works on the text where it is, in secret pages: nothing is copied but what the caller decodes.
 *
 * Layer: cert, private.
 */
#ifndef CERTROLL_CERT_PEM_H
#define CERTROLL_CERT_PEM_H

#include "certroll/bundle.h"
#include "certroll/err.h"

struct pem_block {
	char label[48];
	int line,
		end_line; /**< of BEGIN and END (or of the last line that belongs to it), from 1 */
	const char *body, *body_end; /**< the base64 text, headers left out; borrowed */
	int body_line;
	bool encrypted;      /**< Proc-Type: 4,ENCRYPTED (RFC 1421) */
	char complaint[128]; /**< what is wrong with the frame, "" when it is fine */
	int complaint_line;
	/**
	 * The first line that is no full one (RFC 7468 2: 64 characters) though full ones and more
	 * text stand around it: where something was lost; 0: none.
	 */
	int uneven_line;
	int partial_line; /**< the last one that is not full, so far; 0: none */
	bool full_lines;  /**< there is a full one */
};

/** What is odd about the text but does no harm here. */
enum pem_oddity {
	PEM_BYTE_ORDER_MARK,
	PEM_CRLF,
	PEM_INDENTED,      /**< a line that begins with blanks, in a block */
	PEM_HEADER,        /**< a line "Name: value" in a block, other than those of RFC 1421 */
	PEM_BLANK_INSIDE,  /**< a blank line in a block */
	PEM_BLANK_OUTSIDE, /**< one that does not follow text */
	PEM_TEXT,          /**< text outside of the blocks */
	PEM_ODDITIES
};

/** Where an oddity is. */
struct pem_spot {
	int count; /**< of lines that have it; 0: none, the rest is then unset */
	int line;  /**< the first of them */
	int block; /**< index of the block it is in, or -1 */
};

/** A line outside of the blocks that must have been meant as BEGIN or END. */
struct pem_stray {
	int line;
	bool end; /**< an END */
};

struct pem {
	struct pem_block blocks[BUNDLE_MAX_BLOCKS];
	size_t count;
	struct pem_spot odd[PEM_ODDITIES];
	bool bags; /**< PEM_TEXT is what "openssl pkcs12" writes between the blocks */
	struct pem_stray strays[8];
	size_t stray_count;
};

/** Find the blocks; -1 with ERR_LIMIT when there are more than BUNDLE_MAX_BLOCKS. */
int pem_scan(struct pem *pem, const char *text, size_t len, struct err *err) MUST_CHECK;

/** Bytes that suffice for decoding the block. */
size_t pem_room(const struct pem_block *block);

/**
 * Decode the base64 text.
 *
 * @param out        pem_room() bytes
 * @param[out] line  where the fault is
 * @return 0, or -1 with ERR_BUNDLE and what is wrong with that line
 */
int pem_decode(const struct pem_block *block, unsigned char *out, size_t *len, int *line,
	       struct err *err) MUST_CHECK;

/** The line where characters were lost, as its length tells; else @p otherwise. */
int pem_suspect(const struct pem_block *block, int otherwise);

/** Bytes of the PEM text of @p len bytes of DER, without a NUL. */
size_t pem_text_room(const char *label, size_t len);

/** Append a block in lines of 64 with LF; there must be room. */
void pem_append(struct secret *text, const char *label, const void *der, size_t len);

#endif
