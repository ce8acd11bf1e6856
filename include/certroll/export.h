/**
 * @file
 * export: the chosen devices of an inventory for other programs, on standard output.  Without
 * passwords: of these only the reference is there, as written.
 *
 * Layer: app.
 */
#ifndef CERTROLL_EXPORT_H
#define CERTROLL_EXPORT_H

#include "certroll/site.h"

/** What `certroll inventory --format` takes. */
enum export_format { EXPORT_TEXT, EXPORT_JSON, EXPORT_CSV, EXPORT_ANSIBLE };
extern const char *const export_words[];

/**
 * A table that can be read again as an inventory; all but the `options:` of drivers is in it, values
 * inherited from groups and defaults included.
 */
void export_csv(const struct site *site);

/** As Ansible wants it of an inventory plugin: groups by site, role and group, and host variables. */
void export_ansible(const struct site *site);

#endif
