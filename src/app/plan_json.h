/*
 * plan_json: the member "plan" of the report for programs.
 */
#ifndef APP_PLAN_JSON_H
#define APP_PLAN_JSON_H

#include "certroll/site.h"
#include <jansson.h>

/* Owned by the caller. */
json_t *plan_json(const struct site *site);

#endif
