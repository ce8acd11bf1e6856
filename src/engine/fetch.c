#include "certroll/fetch.h"
#include "certroll/text.h"
#include <curl/curl.h>
#include <string.h>
#include <strings.h>

struct fetch {
	CURL *easy;
	struct secret *out;
	bool full;
	char error[CURL_ERROR_SIZE];
};

static void fetch_cleanup(struct fetch *fetch)
{
	curl_easy_cleanup(fetch->easy);
}

static size_t on_body(char *bytes, size_t size, size_t count, void *arg)
{
	struct fetch *fetch = arg;
	size_t len = size * count;

	fetch->full = len > FETCH_MAX_BYTES - fetch->out->len;
	if (fetch->full)
		return 0;
	memcpy(fetch->out->bytes + fetch->out->len, bytes, len);
	fetch->out->len += len;
	return len;
}

static void set_options(struct fetch *fetch, const char *url, long within_ms)
{
	CURL *easy = fetch->easy;

	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, fetch->error);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
	curl_easy_setopt(easy, CURLOPT_MAXREDIRS, (long)FETCH_REDIRECTS);
	curl_easy_setopt(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
	curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_FAILONERROR, 1L);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "certroll/" CERTROLL_VERSION);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, within_ms);
	curl_easy_setopt(easy, CURLOPT_MAXFILESIZE, (long)FETCH_MAX_BYTES);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, fetch);
}

static int say_why(const struct fetch *fetch, CURLcode code, struct err *err)
{
	const char *why = *fetch->error ? fetch->error : curl_easy_strerror(code);
	auto_free char *shown = text_printable(why, strlen(why), 200);
	long status = 0;

	curl_easy_getinfo(fetch->easy, CURLINFO_RESPONSE_CODE, &status);
	if (fetch->full || code == CURLE_FILESIZE_EXCEEDED)
		return err_set(err, ERR_LIMIT, "more than %d bytes, which is no certificate",
			       FETCH_MAX_BYTES);
	if (code == CURLE_TOO_MANY_REDIRECTS)
		return err_set(err, ERR_LIMIT, "more than %d redirects", FETCH_REDIRECTS);
	if (code == CURLE_OPERATION_TIMEDOUT)
		return err_set(err, ERR_NET, "no complete answer in time");
	if (code == CURLE_UNSUPPORTED_PROTOCOL)
		return err_set(err, ERR_NET, "it redirects to what is neither http nor https");
	if (code == CURLE_HTTP_RETURNED_ERROR)
		return err_set(err, ERR_NET, "the server answers with status %ld", status);
	return err_set(err, ERR_NET, "%s", shown);
}

int fetch_url(const char *url, int64_t within_ms, struct secret *out, struct err *err)
{
	__attribute__((cleanup(fetch_cleanup))) struct fetch fetch = { .easy = curl_easy_init(),
								       .out = out };
	CURLcode code;

	if (!fetch.easy)
		mem_exhausted();
	if (strncasecmp(url, "http://", 7) != 0 && strncasecmp(url, "https://", 8) != 0)
		return err_set(err, ERR_NET, "the address is neither http nor https");
	if (within_ms < 1)
		return err_set(err, ERR_LIMIT, "no time is left for it");
	secret_init(out, FETCH_MAX_BYTES);
	set_options(&fetch, url, within_ms < FETCH_ONE_MS ? (long)within_ms : FETCH_ONE_MS);
	code = curl_easy_perform(fetch.easy);
	if (code == CURLE_OK)
		return 0;
	secret_free(out);
	return say_why(&fetch, code, err);
}
