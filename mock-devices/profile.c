/* profile: values and presets. */
#include "profile.h"

#include "text.h"

#include <string.h>

#define RSA_BITS_USUAL 2048

void profile_init(struct profile *profile)
{
	*profile = (struct profile){
		.family = family_at(0),
		.user = "admin",
		.limits = { .max_rsa_bits = RSA_BITS_USUAL },
	};
}

void profile_become(struct profile *profile, const struct family *family)
{
	if (profile->family == family)
		return;
	profile->family = family;
	memset(profile->settings, 0, sizeof(profile->settings));
}

int profile_set(struct profile *profile, const char *name, const char *value, struct err *err)
{
	const struct setting *rows = profile->family->settings;

	for (size_t i = 0; rows[i].name; i++) {
		if (strcmp(rows[i].name, name) == 0) {
			profile->settings[i] = value;
			return 0;
		}
	}
	return err_set(err, "%s has no setting \"%.64s\"", profile->family->name, name);
}

const char *profile_setting(const struct profile *profile, size_t setting)
{
	const char *value = profile->settings[setting];

	return value ? value : profile->family->settings[setting].preset;
}

const char *profile_password(const struct profile *profile)
{
	return profile->password ? profile->password : profile->family->password;
}

const char *profile_firmware(const struct profile *profile)
{
	return profile->firmware ? profile->firmware : profile->family->firmware;
}

static bool limits_equal(const struct bundle_limits *one, const struct bundle_limits *other)
{
	return one->max_rsa_bits == other->max_rsa_bits && one->allow_ec == other->allow_ec &&
	       one->allow_incomplete == other->allow_incomplete;
}

bool profile_equal(const struct profile *one, const struct profile *other)
{
	if (one->family != other->family || one->protect_all != other->protect_all ||
	    !limits_equal(&one->limits, &other->limits) || strcmp(one->user, other->user) != 0 ||
	    strcmp(profile_password(one), profile_password(other)) != 0 ||
	    strcmp(profile_firmware(one), profile_firmware(other)) != 0)
		return false;
	for (size_t i = 0; one->family->settings[i].name; i++)
		if (strcmp(profile_setting(one, i), profile_setting(other, i)) != 0)
			return false;
	return true;
}
