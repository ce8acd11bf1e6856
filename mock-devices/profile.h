/**
 * @file
 * profile: what boxes of one make and set-up have in common; many devices share one.
 */
#ifndef MOCK_PROFILE_H
#define MOCK_PROFILE_H

#include "bundle.h"
#include "family.h"

#include <stdbool.h>
#include <stddef.h>

struct err;

/** All strings are borrowed and outlive the profile. */
struct profile {
	const struct family *family;
	const char *user;
	const char *password, *firmware;           /**< NULL: the family's */
	const char *settings[FAMILY_SETTINGS_MAX]; /**< NULL: the family's preset */
	struct bundle_limits limits;
	bool protect_all;
};

/** What a box is like when nobody says anything about it. */
void profile_init(struct profile *profile);

/** Take on another family: the settings of the one before mean nothing to it. */
void profile_become(struct profile *profile, const struct family *family);

/** Change a habit by name; -1 with the reason when the family has no such setting. */
int profile_set(struct profile *profile, const char *name, const char *value, struct err *err);

/** Value of one of the family's settings; borrowed, like the next two. */
const char *profile_setting(const struct profile *profile, size_t setting);

const char *profile_password(const struct profile *profile);
const char *profile_firmware(const struct profile *profile);

/** Whether boxes of both are the same in every respect. */
bool profile_equal(const struct profile *one, const struct profile *other);

#endif
