/*
 * drift: who serves something else than the bundle, by what it is.  Private to the app.
 */
#ifndef APP_DRIFT_H
#define APP_DRIFT_H

#include "certroll/site.h"

/* Append a note "drift" to site->findings for each chain that is served instead of the bundle's. */
void drift_find(struct site *site);

#endif
