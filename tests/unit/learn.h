/**
 * @file
 * learn: small recordings as text, and what is true of every lesson.
 */
#ifndef CERTROLL_TEST_LEARN_H
#define CERTROLL_TEST_LEARN_H

#include "certroll/doc.h"
#include "certroll/driver.h"
#include "certroll/learn.h"
#include <check.h>
#include <string.h>

#define HAR(entries) "{\"log\":{\"entries\":[" entries "]}}"
#define WHEN         "\"startedDateTime\":\"2026-11-22T12:00:00Z\","
#define TYPE(value)  "{\"name\":\"content-type\",\"value\":\"" value "\"}"
#define ANSWER(status, text)                                                                       \
	"\"response\":{\"status\":" status                                                         \
	",\"content\":{\"mimeType\":\"text/xml\",\"text\":\"" text "\"}}"
#define OK ANSWER("200", "<info state=\\\"ok\\\"/>")
#define SEND(method, url, headers, post, answer)                                                   \
	"{" WHEN "\"request\":{\"method\":\"" method "\",\"url\":\"" url                           \
	"\",\"headers\":[" headers "],\"postData\":{" post "}}," answer "}"
#define GET(url)                                                                                   \
	"{" WHEN "\"request\":{\"method\":\"GET\",\"url\":\"" url "\",\"headers\":[]}," OK "}"
#define KEY  "-----BEGIN PRIVATE KEY-----\\nS3CRET\\n-----END PRIVATE KEY-----\\n"
#define CERT "-----BEGIN CERTIFICATE-----\\nS3CRET\\n-----END CERTIFICATE-----\\n"
#define PART(head, content)                                                                        \
	"--b\\r\\nContent-Disposition: form-data; " head                                           \
	"\\r\\nContent-Type: application/x-pem-file\\r\\n\\r\\n" content "\\r\\n"
#define FORM(parts)     "\"text\":\"" parts "--b--\\r\\n\""
#define MULTI           TYPE("multipart/form-data; boundary=b")
#define FILE_PART       PART("name=\\\"up\\\"; filename=\\\"a.pem\\\"", CERT KEY)
#define UPLOAD(url)     SEND("POST", url, MULTI, FORM(FILE_PART), OK)
#define UPLOAD_AS(head) SEND("POST", "https://pbx/put", MULTI, FORM(PART(head, CERT KEY)), OK)

/* Nothing of what must stay in the recording. */
static inline void check_secrets(const struct lesson *lesson, const struct err *err)
{
	static const char *const never[] = { "S3CRET", "-----", "MII", "Digest", "Basic" };

	for (size_t i = 0; i < COUNT(never); i++) {
		ck_assert_msg(!lesson->text || !strstr(lesson->text, never[i]), "%s in\n%s",
			      never[i], lesson->text);
		ck_assert_msg(!strstr(err->text, never[i]), "%s", err->text);
		ck_assert(!lesson->refused || !strstr(lesson->refused, never[i]));
	}
}

/* The text is an inventory's options, and the driver takes them. */
static inline void check_loads(const char *text, const struct driver *driver)
{
	struct schema_place place = { "learned", "options" };
	auto_findings findings = { 0 };
	void *out = mem_alloc(driver->options_size);
	struct doc *doc = doc_parse(text, strlen(text), "learned", &findings);

	ck_assert_msg(doc, "%s\n%s", findings.count ? findings.items[0].sentence : "", text);
	ck_assert_msg(schema_check(doc_find(&doc->root, "options"), driver->options, out, &place,
				   &findings),
		      "%s: %s", findings.items[0].place, findings.items[0].sentence);
	schema_free(driver->options, out);
	mem_free(out);
	doc_free(doc);
}

static inline int learn_text(struct lesson *lesson, const char *text, size_t len,
			     const char *driver, const char *host, struct err *err)
{
	struct learn_request request = { "x.har", driver ? driver_find(driver) : NULL, host };
	int status = learn_bytes(lesson, &request, text, len, err);

	check_secrets(lesson, err);
	return status;
}

static inline void expect_lines(const char *text, const char *const *lines, bool wanted)
{
	for (; *lines; lines++)
		ck_assert_msg((strstr(text, *lines) != NULL) == wanted, "%s: %s\n%s",
			      wanted ? "missing" : "there", *lines, text);
}

#endif
