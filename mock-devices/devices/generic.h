/**
 * @file
 * generic: the parts of a box whose every word is a setting.
 */
#ifndef MOCK_GENERIC_H
#define MOCK_GENERIC_H

#include <stdbool.h>
#include <stddef.h>

struct evbuffer;
struct exchange;

/** Settings; those of a form come in the same order for log-on and upload. */
enum {
	GENERIC_AUTH,
	GENERIC_DIGEST,
	GENERIC_TOKEN,
	GENERIC_TOKEN_ARGUMENT,
	GENERIC_LOOK_PATH,
	GENERIC_LOOK_OK,
	GENERIC_LOGOUT_PATH,
	GENERIC_REFUSAL_STATUS,
	GENERIC_SESSION_REQUESTS,
	GENERIC_CONTAINER_PASSWORD,
	GENERIC_LOGIN,
	GENERIC_UPLOAD = GENERIC_LOGIN + 10,
	GENERIC_SETTINGS = GENERIC_UPLOAD + 10,
};

/** Behind GENERIC_LOGIN and GENERIC_UPLOAD. */
enum {
	FORM_PAGE,
	FORM_METHOD,
	FORM_PATH,
	FORM_KIND,   /**< multipart, urlencoded, json, raw */
	FORM_FIELDS, /**< a line each: NAME=PATTERN or NAME@FILENAME=PATTERN */
	FORM_BODY,   /**< json, raw: a pattern */
	FORM_HEADER,
	FORM_STATUS,
	FORM_OK,
	FORM_ERROR,
};

/** What was found where the patterns have {chain}, {key} and so on. */
struct material {
	struct evbuffer *bytes; /**< owned by the caller: PEM, or a PKCS#12 container */
	char password[128];     /**< of a container, "" when none was sent */
};

/**
 * Compare a request with the form a box expects.
 *
 * @param form  GENERIC_LOGIN or GENERIC_UPLOAD
 * @return NULL, or what is wrong (static)
 */
const char *generic_form(const struct exchange *exchange, int form, struct material *material);

/** A token of the box, as its pages show it. */
const char *generic_token(const struct exchange *exchange);

/**
 * What was uploaded as one PEM text with the key at its end, whatever came in which order.
 *
 * @return false when it cannot be read
 */
bool generic_material(struct material *material, struct evbuffer *pem);

#endif
