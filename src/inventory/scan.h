/**
 * @file
 * scan: is this text fit to be read as YAML?  Bytes only, before any parser sees them.
 *
 * Layer: inventory, internal.
 */
#ifndef INVENTORY_SCAN_H
#define INVENTORY_SCAN_H

#include "certroll/finding.h"
#include <stdbool.h>

/**
 * Report what is not plain UTF-8 text: broken encoding, control characters, and characters nobody
 * can see, which come along when text is copied from a web page or a chat.
 *
 * @return true when there was nothing to report
 */
bool scan_text(const char *text, size_t len, const char *file, struct findings *findings);

#endif
