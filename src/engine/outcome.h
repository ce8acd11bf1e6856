/*
 * outcome: what libcurl says became of a connection, in our words.  Private to the engine.
 */
#ifndef ENGINE_OUTCOME_H
#define ENGINE_OUTCOME_H

#include "certroll/exchange.h"
#include <curl/curl.h>

/* error: the text of CURLOPT_ERRORBUFFER. */
enum net curl_net(CURLcode code, const char *error);

/*
 * For people, or NULL: libcurl's own text is the best there is.  cause: why there was no socket, 0:
 * there was; demanded: the box asked for a certificate of ours and has not answered since.
 */
const char *curl_words(enum net net, int cause, bool demanded);

/* The Date header in seconds since 1970; 0: none. */
int64_t curl_date(const struct reply *reply);

#endif
