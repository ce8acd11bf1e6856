/**
 * @file
 * token: is this a word that comes back, or a key of one session?
 */
#ifndef LEARN_TOKEN_H
#define LEARN_TOKEN_H

#include <stdbool.h>

/**
 * Is the value of an argument one that must not be repeated: by its name, because it is one of
 * @p secrets (NULL-terminated; may be NULL), or because nobody calls a page like that?
 */
bool token_suspected(const char *name, const char *value, const char *const *secrets);

/** Is it what a field with a password is called? */
bool token_names_password(const char *name);

/** Is it what a header with a token is called: "X-CSRF-Token"? */
bool token_names_header(const char *name);

#endif
