/**
 * @file
 * syntax: libyaml's complaints in words for people who do not write YAML every day.
 *
 * Layer: inventory, internal.
 */
#ifndef INVENTORY_SYNTAX_H
#define INVENTORY_SYNTAX_H

#include "certroll/finding.h"
#include <yaml.h>

/** What `*.example.com` without quotes is told: for YAML it is the use of an anchor. */
#define SYNTAX_STAR "a value that starts with * must be in quotes"

#define SYNTAX_BANG "a value that starts with ! must be in quotes"

/** Report why the parser stopped. */
void syntax_report(const yaml_parser_t *parser, const char *text, size_t len, const char *file,
		   struct findings *findings);

#endif
