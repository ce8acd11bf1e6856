#include "certroll/webhook.h"
#include "certroll/clock.h"
#include "certroll/text.h"
#include <curl/curl.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { ANSWER_MAX = 512, QUOTE_MAX = 80 };

struct post {
	CURL *easy;
	struct curl_slist *headers;
	char answer[ANSWER_MAX]; /* its beginning */
	size_t answer_len;
	char error[CURL_ERROR_SIZE];
};

static void post_cleanup(struct post *post)
{
	curl_slist_free_all(post->headers);
	curl_easy_cleanup(post->easy);
}

void webhook_sign(const struct secret *key, int64_t timestamp, const char *body,
		  char out[WEBHOOK_SIGNATURE + 1])
{
	auto_free char *text = text_format("%" PRId64 ".%s", timestamp, body);
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	if (!HMAC(EVP_sha256(), key->bytes, (int)key->len, (const unsigned char *)text,
		  strlen(text), mac, &len))
		mem_exhausted();
	memcpy(out, "v1=", 3);
	text_hex(mac, len, out + 3);
}

/* Enough was read to know; what is more goes no further. */
static size_t on_body(char *bytes, size_t size, size_t count, void *arg)
{
	struct post *post = arg;
	size_t len = size * count, room = sizeof post->answer - post->answer_len;

	if (len > room)
		len = room;
	memcpy(post->answer + post->answer_len, bytes, len);
	post->answer_len += len;
	return len;
}

static void add_header(struct post *post, const char *header)
{
	struct curl_slist *longer = curl_slist_append(post->headers, header);

	if (!longer)
		mem_exhausted();
	post->headers = longer;
}

static void set_headers(struct post *post, const struct webhook *webhook, const char *json)
{
	int64_t now = clock_real();
	char signature[WEBHOOK_SIGNATURE + 1];
	auto_free char *stamp = NULL, *signed_by = NULL;

	add_header(post, "Content-Type: application/json");
	add_header(post, "Expect:");
	if (webhook->key) {
		webhook_sign(webhook->key, now, json, signature);
		stamp = text_format("X-Certroll-Timestamp: %" PRId64, now);
		signed_by = text_format("X-Certroll-Signature: %s", signature);
		add_header(post, stamp);
		add_header(post, signed_by);
	}
	curl_easy_setopt(post->easy, CURLOPT_HTTPHEADER, post->headers);
}

static void set_options(struct post *post, const struct webhook *webhook, const char *json,
			long within_ms)
{
	CURL *easy = post->easy;

	curl_easy_setopt(easy, CURLOPT_URL, webhook->url);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, post->error);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, webhook->plain ? "http" : "https");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
	curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (webhook->ca_file) /* the system's folder of trust anchors counts beside it */
		curl_easy_setopt(easy, CURLOPT_CAINFO, webhook->ca_file);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "certroll/" CERTROLL_VERSION);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, within_ms);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)strlen(json));
	curl_easy_setopt(easy, CURLOPT_POSTFIELDS, json);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, post);
}

enum verdict { VERDICT_DONE, VERDICT_AGAIN, VERDICT_FINAL };

static enum verdict say_status(const struct post *post, long status, struct err *err)
{
	auto_free char *said = text_printable(post->answer, post->answer_len, QUOTE_MAX);

	if (status >= 200 && status < 300)
		return VERDICT_DONE;
	if (status >= 300 && status < 400) {
		err_set(err, ERR_NET,
			"it answers with status %ld, a redirect, which is not followed; give the "
			"address that it leads to",
			status);
		return VERDICT_FINAL;
	}
	if (status == 408 || status == 429 || status >= 500) {
		err_set(err, ERR_NET, "it answers with status %ld; look at that service: %s",
			status, said);
		return VERDICT_AGAIN;
	}
	err_set(err, ERR_NET,
		"it answers with status %ld; compare address and key with what it wants: %s",
		status, said);
	return VERDICT_FINAL;
}

static enum verdict say_failure(const struct post *post, CURLcode code, struct err *err)
{
	const char *why = *post->error ? post->error : curl_easy_strerror(code);
	auto_free char *shown = text_printable(why, strlen(why), 200);

	switch (code) {
	case CURLE_PEER_FAILED_VERIFICATION:
		err_set(err, ERR_NET,
			"its certificate is not trusted (%s); if a CA of your own issued it, name "
			"its root with --ca-file",
			shown);
		return VERDICT_FINAL;
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_URL_MALFORMAT:
	case CURLE_UNSUPPORTED_PROTOCOL:
		err_set(err, ERR_NET, "%s", shown);
		return VERDICT_FINAL;
	case CURLE_OPERATION_TIMEDOUT:
		err_set(err, ERR_NET, "no answer in time; can this machine reach it?");
		return VERDICT_AGAIN;
	default:
		err_set(err, ERR_NET, "%s; can this machine reach it?", shown);
		return VERDICT_AGAIN;
	}
}

/* A status says all; that its text was too long or too slow is of no interest. */
static enum verdict try_once(const struct webhook *webhook, const char *json, long within_ms,
			     struct err *err)
{
	__attribute__((cleanup(post_cleanup))) struct post post = { .easy = curl_easy_init() };
	CURLcode code;
	long status = 0;

	if (!post.easy)
		mem_exhausted();
	set_options(&post, webhook, json, within_ms);
	set_headers(&post, webhook, json);
	code = curl_easy_perform(post.easy);
	curl_easy_getinfo(post.easy, CURLINFO_RESPONSE_CODE, &status);
	return status >= 200 ? say_status(&post, status, err) : say_failure(&post, code, err);
}

static void pause_ms(int64_t ms)
{
	struct timespec time = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	nanosleep(&time, NULL);
}

int webhook_send(const struct webhook *webhook, const char *json, struct err *err)
{
	int64_t deadline = clock_mono_ms() + WEBHOOK_TOTAL_MS, wait = WEBHOOK_PAUSE_MS;
	int64_t one = webhook->within_ms ? webhook->within_ms : WEBHOOK_ONE_MS;

	for (int i = 1;; i++) {
		int64_t until = deadline - clock_mono_ms();
		int64_t left = until > 1 ? until : 1; /* 0 would be no limit */
		enum verdict verdict =
			try_once(webhook, json, (long)(left < one ? left : one), err);

		if (verdict == VERDICT_DONE)
			return 0;
		if (verdict == VERDICT_FINAL)
			return -1;
		if (i == WEBHOOK_TRIES || deadline - clock_mono_ms() <= wait)
			return err_wrap(err, "tried %d times", i);
		pause_ms(wait);
		wait *= 4;
	}
}
