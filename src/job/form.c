/* Forms as options describe them, and replies as options judge them. */
#include "certroll/job.h"
#include "certroll/text.h"
#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

/* The longest token that is told apart from rubbish. */
enum { SHOWN_MAX = 100 };

const char *form_split(const char *field, char name[EXCHANGE_MAX_FIELD],
		       char filename[EXCHANGE_MAX_FIELD])
{
	size_t head = strcspn(field, "="), length = strcspn(field, "@=");
	size_t rest = head > length ? head - length - 1 : 0;

	if (!field[head] || !length || length >= EXCHANGE_MAX_FIELD || rest >= EXCHANGE_MAX_FIELD ||
	    (head > length && !rest))
		return NULL;
	memcpy(name, field, length);
	name[length] = '\0';
	memcpy(filename, field + length + (rest != 0), rest);
	filename[rest] = '\0';
	return field + head + 1;
}

char *form_refuse_field(const char *text)
{
	char name[EXCHANGE_MAX_FIELD], filename[EXCHANGE_MAX_FIELD];
	const char *value = form_split(text, name, filename);

	if (!value)
		return text_format("is no field of a form: NAME=VALUE is needed, or "
				   "NAME@FILENAME=VALUE for a file, names below %d bytes",
				   EXCHANGE_MAX_FIELD);
	return compose_refuse(value);
}

static bool is_status(const char *text)
{
	return strlen(text) == 3 && text[0] >= '1' && text[0] <= '5' &&
	       (strcmp(text + 1, "xx") == 0 ||
		(isdigit((unsigned char)text[1]) && isdigit((unsigned char)text[2])));
}

char *form_refuse_status(const char *text)
{
	return is_status(text) ? NULL
			       : text_copy("is no HTTP status: 200, or 2xx for all of a kind");
}

/* RFC 9110 5.6.2; what frames the request is libcurl's. */
char *form_refuse_header(const char *text)
{
	static const char *const ours[] = { "Host:", "Content-Length:", "Transfer-Encoding:",
					    "Connection:" };
	size_t name = strspn(text, "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "abcdefghijklmnopqrstuvwxyz");

	if (!*text)
		return NULL;
	if (!name || text[name] != ':' || text[name + 1] != ' ' || !text[name + 2])
		return text_copy("is no header: \"NAME: VALUE\" is needed");
	for (size_t i = 0; i < COUNT(ours); i++)
		if (strncasecmp(text, ours[i], strlen(ours[i])) == 0)
			return text_copy("is a header that certroll writes itself");
	return compose_refuse(text);
}

static const char NO_TOKEN[] = "{token} was in no page and no answer; look at the options token, "
			       "login.page and upload.page";

static enum verdict refuse_form(struct job *job, const struct exchange_form *form, const char *text)
{
	bool container = compose_uses(text, "pkcs12") || compose_uses(text, "pkcs12-password");

	if (compose_uses(text, "password") && !job->device->password)
		return step_fail(job, "the inventory has no password for this device");
	if (compose_uses(text, "token") && !*form->token)
		return step_fail(job, "%s", NO_TOKEN);
	if (container && !form->container_password)
		return step_fail(job, "{pkcs12} needs the option pkcs12.password");
	return STEP_OK;
}

static enum verdict refuse_json(struct job *job, const char *body)
{
	json_error_t error;
	json_t *json = json_loads(body, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &error);

	json_decref(json);
	return json ? STEP_OK
		    : step_fail(job, "the body in the options is no JSON: line %d, column %d",
				error.line, error.column);
}

static enum verdict check_form(struct job *job, const struct exchange_form *form)
{
	bool listed = form->kind == FORM_MULTIPART || form->kind == FORM_URLENCODED;
	enum verdict verdict = refuse_form(job, form, form->header);

	if (listed ? !form->fields->count : !*form->body)
		return step_fail(job, "nothing would be sent: the option %s is empty",
				 listed ? "fields" : "body");

	if (listed ? *form->body != '\0' : form->fields->count != 0)
		return step_fail(job,
				 "the options have %s, which this form does not send: fields are "
				 "for multipart and urlencoded, a body is for json and raw",
				 listed ? "a body" : "fields");
	for (size_t i = 0; listed && verdict == STEP_OK && i < form->fields->count; i++)
		verdict = refuse_form(job, form, form->fields->items[i]);
	if (!listed && verdict == STEP_OK)
		verdict = refuse_form(job, form, form->body);
	if (form->kind == FORM_JSON && verdict == STEP_OK)
		verdict = refuse_json(job, form->body);
	return verdict;
}

static void fill_path(struct exchange *exchange, const char *name, const char *value)
{
	auto_free char *mark = text_format("{%s}", name);

	/* A value is percent-encoded, so it brings no new braces. */
	while (strstr(exchange->path, mark))
		exchange_fill(exchange, name, value);
}

enum verdict job_get(struct job *job, struct exchange *exchange, const char *path,
		     const char *token)
{
	exchange_get(exchange, path);
	fill_path(exchange, "user", job->device->user);
	if (strstr(path, "{token}") && !*token)
		return step_fail(job, "%s", NO_TOKEN);
	fill_path(exchange, "token", token);
	return STEP_OK;
}

enum verdict job_form(struct job *job, struct exchange *exchange, const char *method,
		      const char *path, const struct exchange_form *form)
{
	enum verdict verdict = job_get(job, exchange, path, form->token);

	exchange->method = method;
	exchange->form = *form;
	exchange->form.bundle = job->bundle;
	return verdict == STEP_OK ? check_form(job, form) : verdict;
}

static bool is_wanted(const struct text_list *statuses, int status)
{
	for (size_t i = 0; i < statuses->count; i++) {
		const char *one = statuses->items[i];
		bool kind = one[1] == 'x';

		if (kind ? one[0] - '0' == status / 100 : atoi(one) == status)
			return true;
	}
	return false;
}

static enum verdict refuse_status(struct job *job, const struct reply *reply,
				  const struct demands *demands)
{
	auto_free char *where = reply_header(reply, "Location");
	auto_free char *shown = NULL;

	if (where) { /* behind '?' and '#' may be what is nobody's business */
		where[strcspn(where, "?#")] = '\0';
		shown = job_quote(job, where, SHOWN_MAX);
	}

	if (shown)
		return step_fail(
			job,
			"the box sends certroll elsewhere (HTTP %d, to '%s'): has the "
			"log-on failed or ended? If that is well here, add %d to the option "
			"%s.status",
			reply->status, shown, reply->status, demands->option);
	return step_fail(job,
			 "the box answers HTTP %d, which is not in the option %s.status; do path "
			 "and fields fit this box?",
			 reply->status, demands->option);
}

enum verdict step_judge(struct job *job, const struct reply *reply, const struct demands *demands)
{
	const char *option = demands->option;

	if (demands->error && text_match(demands->error, reply->body))
		return step_fail(job,
				 "the box refuses (HTTP %d): its answer holds '%.60s', the option "
				 "%s.error",
				 reply->status, demands->error, option);
	if (!is_wanted(demands->statuses, reply->status))
		return refuse_status(job, reply, demands);
	if (demands->ok && !text_match(demands->ok, reply->body))
		return step_fail(job,
				 "HTTP %d, but the answer does not hold '%.60s', which the option "
				 "%s.ok demands: refused, or other words than expected",
				 reply->status, demands->ok, option);
	return STEP_OK;
}

static bool pick(const char *text, const char *pattern, char *out, size_t size)
{
	size_t before = strcspn(pattern, "*");
	const char *after = pattern + before + (pattern[before] == '*');
	auto_free char *lead = mem_copy(pattern, before);

	for (const char *at = text; (at = strstr(at, lead)); at++) {
		const char *from = at + before;
		const char *end =
			*after ? strstr(from, after) : from + strcspn(from, " \t\r\n\"'<>,;");
		size_t length = end ? (size_t)(end - from) : 0;

		if (!length || length >= size || memchr(from, '\n', length))
			continue;
		memcpy(out, from, length);
		out[length] = '\0';
		return true;
	}
	return false;
}

bool reply_pick(const struct reply *reply, const char *pattern, char *out, size_t size)
{
	return pick(reply->body, pattern, out, size) || pick(reply->head, pattern, out, size);
}
