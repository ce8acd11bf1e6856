/* Names that go into certificates: stricter than those that devices may have. */
#include "certroll/make.h"
#include "certroll/text.h"
#include <arpa/inet.h>
#include <ctype.h>
#include <libpsl.h>
#include <string.h>

enum { NAME_MAX_BYTES = 253 }; /* RFC 1035 2.3.4 */

bool name_is_address(const char *name)
{
	unsigned char address[16];

	return inet_pton(AF_INET, name, address) == 1 || inet_pton(AF_INET6, name, address) == 1;
}

static bool in_list(const char *word, size_t len, const char *const *list)
{
	for (; *list; list++)
		if (strlen(*list) == len && strncasecmp(word, *list, len) == 0)
			return true;
	return false;
}

/* As it was when libpsl was built: one that is missed here the CA refuses. */
bool name_is_registry(const char *domain)
{
	auto_free char *lower = text_copy(domain);

	for (char *at = lower; *at; at++)
		*at = (char)tolower((unsigned char)*at);
	/* A top level that the list does not know counts as one of its own (the rule "*"). */
	return psl_is_public_suffix2(psl_builtin(), lower, PSL_TYPE_ICANN);
}

static char *refuse_labels(const char *name)
{
	const char *last = name;

	for (const char *at = name;; at = last) {
		size_t len = strcspn(at, ".");
		char *problem = text_refuse_label(at, len);

		if (problem)
			return problem;
		if (!at[len])
			break;
		last = at + len + 1;
	}
	if (strspn(last, "0123456789") == strlen(last))
		return text_copy("ends in a number, and is no address either");
	return NULL;
}

/* RFC 9525 6.3, and BR 3.2.2.6 for what the star may stand above. */
static char *refuse_wildcard(const char *name)
{
	const char *domain = name + 2;

	if (!text_starts(name, "*.") || strchr(domain, '*'))
		return text_copy("covers nothing: the star must be the whole first part and the "
				 "only one, as in *.example.com");
	if (name_is_address(domain))
		return text_copy("covers nothing: addresses have no wildcards");
	if (name_is_registry(domain))
		return text_copy("would cover domains of everybody, which no CA issues and no "
				 "client accepts");
	return NULL;
}

char *name_refuse(const char *name)
{
	bool wildcard = strchr(name, '*');
	char *problem = wildcard ? refuse_wildcard(name) : NULL;

	if (problem || name_is_address(name))
		return problem;
	if (!*name)
		return text_copy("is empty");
	if (strlen(name) > NAME_MAX_BYTES)
		return text_copy("is longer than 253 characters");
	return refuse_labels(wildcard ? name + 2 : name);
}

/* RFC 6761, RFC 6762, RFC 8375 and what people made up: no public CA can validate them (BR 4.2.2). */
static bool is_closed(const char *name)
{
	static const char *const tops[] = { "corp",     "domain",  "example",     "home",
					    "internal", "intern",  "intranet",    "invalid",
					    "lan",      "local",   "localdomain", "localhost",
					    "loc",      "private", "test",        NULL };
	const char *dot = strrchr(name, '.');

	return text_ends(name, ".home.arpa") || (dot && in_list(dot + 1, strlen(dot + 1), tops));
}

char *name_refuse_public(const char *name)
{
	if (name_is_address(name))
		return text_copy("is an address, and public CAs issue for names");
	if (strchr(name, '_'))
		return text_copy("holds a '_', which public CAs do not issue");
	if (!strchr(name, '.'))
		return text_copy("is a name without a domain, which public CAs do not issue");
	if (is_closed(name))
		return text_copy("is in a domain that only exists inside of networks, which public "
				 "CAs do not issue");
	return NULL;
}

const char *name_common(const struct name_list *names)
{
	for (size_t i = 0; i < names->count; i++)
		if (strlen(names->items[i]) <= MAKE_CN_MAX)
			return names->items[i];
	return NULL;
}
