/*
 * object: bodies that are JSON objects, with the device's password in them where a box wants to be told it that way.
 * Private to the engine.
 */
#ifndef ENGINE_OBJECT_H
#define ENGINE_OBJECT_H

#include "certroll/device.h"
#include "certroll/exchange.h"
#include "certroll/secret.h"

/*
 * Make the text of a request, which is not "", its body.  With the password in it the body is in *pages, which the
 * caller frees when the request is over; else it stays empty.
 *
 * NULL, or why the request must not go out (static)
 */
const char *object_fill(struct exchange *exchange, const struct device *device,
			struct secret *pages);

#endif
