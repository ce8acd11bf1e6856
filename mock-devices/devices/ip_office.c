/*
 * Avaya IP Office, docs/devices/ip-office.md: TLS ports and nothing to upload to.  A person changes its
 * certificate: commands install and regenerate of the control socket.
 *
 * What an IP500 V2 leaves the works with: 825 days, serverAuth and clientAuth, its own name, signed by
 * itself, and a CA at the same time.
 */
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

/* ASSUMPTION: the prefix is Avaya's; what follows differs from address to address. */
static void make_hardware_id(uint32_t address, char text[FAMILY_HWID_MAX])
{
	(void)snprintf(text, FAMILY_HWID_MAX, "ipoffice-00e007%06x.avaya.com", address & 0xffffffU);
}

const struct family family_ip_office = {
	.name = "ip-office",
	.summary = "Avaya IP Office: no upload, a person installs",
	.password = "Administrator",
	.firmware = "12.1",
	.settings = settings,
	.login_page = SET_LOGIN_PAGE,
	.digest_algorithm = SET_DIGEST,
	.routes = routes,
	.services = 1U << SERVICE_HTTPS | 1U << SERVICE_SIPS | 1U << SERVICE_TLS1,
	.self_signed = true,
	.first = { .days = 825,
		   .purposes = "serverAuth,clientAuth",
		   .own_name = true,
		   .is_ca = true },
	.hardware_id = make_hardware_id,
};
