/**
 * @file
 * fuzz: what the harnesses share.  A harness is one LLVMFuzzerTestOneInput(): libFuzzer drives it
 * (`./dev fuzz`), or replay.c runs it over files (CTest).  Whatever a harness demands beyond "it does
 * not crash, leak or hang" is said with demand().
 */
#ifndef CERTROLL_FUZZ_H
#define CERTROLL_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/** The time of all judgements, for which the tests' PKI is made: 2026-11-22 12:00:00 UTC. */
#define FUZZ_NOW INT64_C(1795348800)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** A property that must hold for every input. */
#define demand(condition)                                                                          \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);    \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

/** What people and terminals get to see: one line, no control characters.  NULL is fine. */
static inline void demand_printable(const char *text)
{
	for (; text && *text; text++)
		demand((unsigned char)*text >= ' ' && *text != 0x7f);
}

/** Bytes of an input, taken from its start; zeros when there are no more. */
struct input {
	const uint8_t *at;
	size_t left;
};

static inline unsigned input_byte(struct input *input)
{
	if (!input->left)
		return 0;
	input->left--;
	return *input->at++;
}

/** The next @p most bytes, or what is left of them. */
static inline const uint8_t *input_bytes(struct input *input, size_t most, size_t *len)
{
	const uint8_t *bytes = input->at;

	*len = most < input->left ? most : input->left;
	input->at += *len;
	input->left -= *len;
	return bytes;
}

/** A line without its end; false at the end of the input. */
static inline bool input_line(struct input *input, const uint8_t **line, size_t *len)
{
	if (!input->left)
		return false;
	*line = input->at;
	for (*len = 0; *len < input->left && input->at[*len] != '\n';)
		++*len;
	input->at += *len;
	input->left -= *len;
	input_byte(input);
	return true;
}

#endif
