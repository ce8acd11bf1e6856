/* Any box that only a person can give a certificate: its TLS ports. */
#include "../family.h"
#include "../service.h"

#include <stdio.h>

enum { SET_LOGIN_PAGE, SET_DIGEST };

/* No page is known; these are what the core asks for with --protect-all. */
static const struct setting settings[] = {
	[SET_LOGIN_PAGE] = { "login-page", "/" },
	[SET_DIGEST] = { "digest", "MD5" },
	{ 0 },
};
static const struct route routes[] = { { 0 } };

static void make_hardware_id(uint32_t address, char text[FAMILY_HWID_MAX])
{
	(void)snprintf(text, FAMILY_HWID_MAX, "box-%08x", address);
}

const struct family family_manual = {
	.name = "manual",
	.summary = "any box whose certificate a person installs",
	.password = "admin",
	.firmware = "1",
	.settings = settings,
	.login_page = SET_LOGIN_PAGE,
	.digest_algorithm = SET_DIGEST,
	.routes = routes,
	.services = 1U << SERVICE_HTTPS | 1U << SERVICE_SIPS,
	.self_signed = true,
	.hardware_id = make_hardware_id,
};
