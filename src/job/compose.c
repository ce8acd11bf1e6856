/* Bodies with keys and passwords in them: built in secret pages, and wiped by their owner. */
#include "certroll/compose.h"
#include "certroll/base64.h"
#include "certroll/job.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum origin {
	FROM_BUNDLE,
	FROM_CONTAINER,
	FROM_CONTAINER_PASSWORD,
	FROM_USER,
	FROM_PASSWORD,
	FROM_TOKEN
};

static const struct mark {
	const char *name;
	enum origin origin;
	enum bundle_form form;
} marks[] = {
	{ "leaf", FROM_BUNDLE, BUNDLE_PEM_LEAF },
	{ "chain", FROM_BUNDLE, BUNDLE_PEM_CHAIN },
	{ "intermediates", FROM_BUNDLE, BUNDLE_PEM_INTERMEDIATES },
	{ "issuers", FROM_BUNDLE, BUNDLE_PEM_ISSUERS },
	{ "root", FROM_BUNDLE, BUNDLE_PEM_ROOT },
	{ "key", FROM_BUNDLE, BUNDLE_PEM_KEY },
	{ "bundle", FROM_BUNDLE, BUNDLE_PEM_CHAIN_KEY },
	{ .name = "pkcs12", .origin = FROM_CONTAINER },
	{ .name = "pkcs12-password", .origin = FROM_CONTAINER_PASSWORD },
	{ .name = "user", .origin = FROM_USER },
	{ .name = "password", .origin = FROM_PASSWORD },
	{ .name = "token", .origin = FROM_TOKEN },
};

static const char CODED[] = ":base64";

/* "{chain:base64}" taken apart. */
struct placeholder {
	const struct mark *mark; /* NULL: no such word */
	bool coded;
	size_t name_len, len; /* len: with both braces; 0: no word in braces at all */
};

static struct placeholder placeholder_at(const char *text)
{
	struct placeholder found = { 0 };
	const char *end = text + 1;

	if (*text != '{')
		return found;
	while (islower((unsigned char)*end) || isdigit((unsigned char)*end) || *end == '-')
		end++;
	found.name_len = (size_t)(end - text - 1);
	found.coded = text_starts(end, CODED);
	end += found.coded ? sizeof CODED - 1 : 0;
	if (!found.name_len || *end != '}')
		return (struct placeholder){ 0 };
	found.len = (size_t)(end + 1 - text);
	for (size_t i = 0; i < COUNT(marks); i++)
		if (strlen(marks[i].name) == found.name_len &&
		    strncmp(marks[i].name, text + 1, found.name_len) == 0)
			found.mark = &marks[i];
	return found;
}

bool compose_uses(const char *pattern, const char *name)
{
	for (; *pattern; pattern++) {
		struct placeholder found = placeholder_at(pattern);

		if (found.mark && strcmp(found.mark->name, name) == 0)
			return true;
	}
	return false;
}

static char *refuse(const char *pattern, bool in_path)
{
	for (; *pattern; pattern++) {
		struct placeholder found = placeholder_at(pattern);
		bool open = found.mark &&
			    (found.mark->origin == FROM_USER || found.mark->origin == FROM_TOKEN);

		if (found.len && !found.mark)
			return text_format(
				"holds {%.*s}, which is no placeholder: there are {leaf}, "
				"{chain}, {intermediates}, {issuers}, {root}, {key}, "
				"{bundle}, {pkcs12}, {pkcs12-password}, {user}, "
				"{password} and {token}",
				found.name_len < 40 ? (int)found.name_len : 40, pattern + 1);
		if (in_path && found.mark && (!open || found.coded))
			return text_format("holds {%s}: addresses are written into logs, so only "
					   "{user} and {token} may stand there",
					   found.mark->name);
	}
	return NULL;
}

char *compose_refuse(const char *pattern)
{
	return refuse(pattern, false);
}

char *compose_refuse_path(const char *pattern)
{
	return refuse(pattern, true);
}

struct filling {
	const struct compose *with;
	enum compose_as as;
	struct secret container; /* made at the first use */
	char *out;               /* NULL: only counts */
	size_t len;
};

static void put(struct filling *filling, const char *bytes, size_t count)
{
	if (filling->out)
		memcpy(filling->out + filling->len, bytes, count);
	filling->len += count;
}

/* RFC 8259 7: the quote, the backslash and controls. */
static void put_json(struct filling *filling, char byte)
{
	char escape[8];

	if (byte == '\n')
		strcpy(escape, "\\n");
	else if ((unsigned char)byte < 0x20)
		snprintf(escape, sizeof escape, "\\u%04x", (unsigned char)byte);
	else
		snprintf(escape, sizeof escape, byte == '"' || byte == '\\' ? "\\%c" : "%c", byte);
	put(filling, escape, strlen(escape));
	explicit_bzero(escape, sizeof escape);
}

/* WHATWG URL 5.2, which is what browsers send. */
static void put_form(struct filling *filling, char byte)
{
	bool plain =
		!(byte & 0x80) && byte && (isalnum((unsigned char)byte) || strchr("-._*", byte));
	char escape[4] = { byte == ' ' ? '+' : byte };

	if (!plain && byte != ' ')
		snprintf(escape, sizeof escape, "%%%02X", (unsigned char)byte);
	put(filling, escape, strlen(escape));
	explicit_bzero(escape, sizeof escape);
}

static void put_value(struct filling *filling, struct bytes bytes)
{
	for (size_t i = 0; i < bytes.len; i++)
		if (filling->as == COMPOSE_JSON)
			put_json(filling, bytes.data[i]);
		else if (filling->as == COMPOSE_FORM)
			put_form(filling, bytes.data[i]);
		else
			put(filling, bytes.data + i, 1);
}

static int secret_bytes(const struct secret *secret, const char *what, struct bytes *out,
			struct err *err)
{
	if (!secret)
		return err_set(err, ERR_CONFIG, "the inventory has no %s for this device", what);
	*out = (struct bytes){ secret->bytes, secret->len };
	return 0;
}

static int container(struct filling *filling, struct bytes *out, struct err *err)
{
	const struct compose *with = filling->with;

	if (!with->bundle)
		return 0;
	if (secret_bytes(with->container_password, "password of the PKCS#12 container", out, err))
		return -1;
	if (!filling->container.len && bundle_pkcs12(with->bundle, with->container_password,
						     with->old_container, &filling->container, err))
		return -1;
	return secret_bytes(&filling->container, "container", out, err);
}

static struct bytes text_bytes(const char *text)
{
	return (struct bytes){ text ? text : "", text ? strlen(text) : 0 };
}

static int value_of(struct filling *filling, const struct mark *mark, struct bytes *out,
		    struct err *err)
{
	const struct compose *with = filling->with;

	*out = (struct bytes){ "", 0 };
	switch (mark->origin) {
	case FROM_BUNDLE:
		*out = with->bundle ? bundle_bytes(with->bundle, mark->form) : *out;
		return 0;
	case FROM_CONTAINER:
		return container(filling, out, err);
	case FROM_CONTAINER_PASSWORD:
		return secret_bytes(with->container_password, "password of the PKCS#12 container",
				    out, err);
	case FROM_PASSWORD:
		return secret_bytes(with->password, "password", out, err);
	case FROM_USER:
		*out = text_bytes(with->user);
		return 0;
	case FROM_TOKEN:
		*out = text_bytes(with->token);
		return 0;
	}
	return 0;
}

static int put_placeholder(struct filling *filling, const struct placeholder *found,
			   struct err *err)
{
	auto_secret coded = { 0 };
	struct bytes bytes;

	if (value_of(filling, found->mark, &bytes, err))
		return -1;
	if (found->coded) {
		base64_encode(&coded, bytes.data, bytes.len);
		bytes = (struct bytes){ coded.bytes, coded.len };
	}
	put_value(filling, bytes);
	return 0;
}

static int walk(struct filling *filling, const char *pattern, struct err *err)
{
	filling->len = 0;
	while (*pattern) {
		struct placeholder found = placeholder_at(pattern);

		if (found.mark && put_placeholder(filling, &found, err))
			return -1;
		if (!found.mark && filling->as == COMPOSE_FORM)
			put_form(filling, *pattern);
		else if (!found.mark)
			put(filling, pattern, 1);
		pattern += found.mark ? found.len : 1;
	}
	if (filling->len > COMPOSE_MAX_BYTES)
		return err_set(err, ERR_LIMIT, "the request would be larger than %d bytes",
			       COMPOSE_MAX_BYTES);
	return 0;
}

static void filling_cleanup(struct filling *filling)
{
	secret_free(&filling->container);
}

/* Counted first, so that the pages never move. */
int compose(struct secret *out, const char *pattern, const struct compose *with, enum compose_as as,
	    struct err *err)
{
	__attribute__((cleanup(filling_cleanup))) struct filling filling = { .with = with,
									     .as = as };

	if (walk(&filling, pattern, err))
		return -1;
	secret_init(out, filling.len);
	filling.out = out->bytes;
	if (walk(&filling, pattern, err))
		return -1;
	out->len = filling.len;
	return 0;
}

struct bytes job_json(struct job *job, const char *pattern)
{
	struct compose with = { .bundle = job->bundle };
	struct err err = { 0 };

	secret_free(&job->composed);
	if (compose(&job->composed, pattern, &with, COMPOSE_JSON, &err))
		step_fail(job, "%s", err.text);
	return (struct bytes){ job->composed.bytes, job->composed.len };
}
