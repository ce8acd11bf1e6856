#include "certroll/who.h"
#include "certroll/text.h"
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void copy(char *out, size_t size, const char *text)
{
	auto_free char *shown = text_printable(text, strlen(text), size - 1);

	snprintf(out, size, "%s", shown);
}

static struct who find_out(void)
{
	struct who who = { .host = "unknown" };
	const struct passwd *entry = getpwuid(getuid());
	const char *sudo = getuid() ? NULL : getenv("SUDO_USER");
	auto_free char *user =
		entry ? text_copy(entry->pw_name) : text_format("uid %ld", (long)getuid());
	auto_free char *both = sudo && *sudo ? text_format("%.60s (as %s)", sudo, user) : NULL;
	char host[sizeof who.host] = "";

	copy(who.user, sizeof who.user, both ? both : user);
	if (gethostname(host, sizeof host - 1) == 0 && *host)
		copy(who.host, sizeof who.host, host);
	return who;
}

struct who who_is_this(void)
{
	static struct who known;

	if (!*known.user)
		known = find_out();
	return known;
}
