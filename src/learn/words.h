/**
 * @file
 * words: what the address of a request, or the type of a message, seems to be about.
 */
#ifndef LEARN_WORDS_H
#define LEARN_WORDS_H

#include <stdbool.h>

enum words { WORDS_TRUST, WORDS_CLEAR, WORDS_REJECT };

/**
 * Does one of the kind stand in this text?  Words are what is between other characters, and what
 * begins with a capital letter ("DeleteServerCertificate").
 */
bool words_in(const char *text, enum words kind);

#endif
