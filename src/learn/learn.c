#include "certroll/learn.h"
#include "certroll/driver.h"
#include "certroll/secret.h"
#include "found.h"
#include "key.h"
#include <string.h>

static const struct recipe *const recipes[] = { &recipe_gateway, &recipe_platform, &recipe_form };

static const struct recipe *recipe_of(const struct driver *driver)
{
	for (size_t i = 0; i < COUNT(recipes); i++)
		if (strcmp(recipes[i]->driver, driver->name) == 0)
			return recipes[i];
	return NULL;
}

bool learn_knows(const struct driver *driver)
{
	return recipe_of(driver) != NULL;
}

/* An AP is spoken to over a WebSocket, a gateway never is. */
static const struct driver *guess_driver(const struct har *har)
{
	for (size_t i = 0; i < har->count; i++)
		for (size_t j = 0; j < har->entries[i].frame_count; j++)
			if (strcmp(har->entries[i].frames[j].mt, "AppLogin") == 0)
				return driver_find(recipe_platform.driver);
	return driver_find(recipe_gateway.driver);
}

static char *shown(const char *host)
{
	return text_printable(host, strlen(host), 100);
}

/* A page of one host may send its form to another. */
static bool is_elsewhere(struct learner *learner, const struct entry *upload, const char *page)
{
	struct url url = { 0 };
	bool elsewhere = url_read(&url, page) && !url_same_host(url.host, upload->url.host);

	if (elsewhere) {
		auto_free char *host = shown(url.host);

		learner->lesson->refused =
			text_format("the upload went to another host than its page came from, "
				    "which is '%s'; if you know why, name the device: --host HOST",
				    host);
	}
	url_free(&url);
	return elsewhere;
}

static const struct entry *other_host(const struct har *har, const char *host)
{
	for (size_t i = 0; i < har->count; i++)
		if (!url_same_host(har->entries[i].url.host, host))
			return &har->entries[i];
	return NULL;
}

static bool is_wanted(struct learner *learner, const struct entry *upload)
{
	auto_free char *host = shown(upload->url.host);

	if (url_same_host(learner->request->host, upload->url.host))
		return true;
	learner->lesson->refused =
		text_format("the upload was recorded at '%s', which is another host; record at the "
			    "device itself, or name the host it was recorded at",
			    host);
	return false;
}

/* What is learned decides where a private key goes: it has to come from the device itself. */
static bool host_is_right(struct learner *learner, const struct entry *upload)
{
	const struct entry *other = other_host(learner->har, upload->url.host);

	if (learner->request->host)
		return is_wanted(learner, upload);
	if (is_elsewhere(learner, upload, upload->from) ||
	    is_elsewhere(learner, upload, har_page_title(learner->har, upload->page)))
		return false;
	if (other) {
		auto_free char *host = shown(other->url.host);

		learner->lesson->refused =
			text_format("the recording is of several hosts, '%s' among them; record "
				    "only the device, or name it: --host HOST",
				    host);
	}
	return !other;
}

static void tell_host(struct learner *learner, const struct entry *upload)
{
	auto_free char *host = shown(upload->url.host);

	found_line(learner, "host: %s, port %u%s", host, upload->url.port,
		   learner->request->host ? "" : "; check that this is your device");
	learner->lesson->over_http = !url_encrypted(&upload->url);
}

static void free_learner(struct learner *learner)
{
	for (size_t i = 0; i < learner->count; i++) {
		mem_free(learner->options[i].key);
		mem_free(learner->options[i].value);
	}
	buf_free(&learner->lines);
}

static int learn(struct learner *learner, struct err *err)
{
	const struct recipe *recipe = recipe_of(learner->driver);
	const struct entry *upload;

	if (!recipe)
		return err_set(
			err, ERR_USAGE,
			"recordings are understood for the drivers %s, %s and %s, not for %s",
			recipe_gateway.driver, recipe_platform.driver, recipe_form.driver,
			learner->driver->name);
	upload = recipe->find(learner);
	if (upload && !host_is_right(learner, upload))
		return 0;
	learner->whole = upload != NULL;
	if (upload) {
		tell_host(learner, upload);
		recipe->learn(learner, upload);
	}
	learner->lesson->complete = learner->whole;
	options_print(learner);
	return 0;
}

int learn_bytes(struct lesson *lesson, const struct learn_request *request, const char *bytes,
		size_t len, struct err *err)
{
	struct learner learner = { .request = request,
				   .driver = request->driver,
				   .lesson = lesson,
				   .lines = BUF_MAX(LEARN_MAX_TEXT / 2) };
	auto_har har = NULL;
	int status;

	lesson->has_key = pem_has_key(bytes, len);
	har = har_read(bytes, len, err);
	if (!har)
		return err_wrap(err, "%s", request->file);
	lesson->has_key |= key_in_recording(har);
	learner.har = har;
	learner.driver = request->driver ? request->driver : guess_driver(har);
	status = learn(&learner, err);
	free_learner(&learner);
	return status;
}

int learn_file(struct lesson *lesson, const struct learn_request *request, struct err *err)
{
	auto_secret secret = { 0 };

	if (secret_load(&secret, request->file, LEARN_MAX_BYTES, &lesson->open, err))
		return -1;
	return learn_bytes(lesson, request, secret.bytes, secret.len, err);
}

void lesson_free(struct lesson *lesson)
{
	mem_free(lesson->text);
	mem_free(lesson->refused);
	*lesson = (struct lesson){ 0 };
}
