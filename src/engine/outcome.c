#include "outcome.h"
#include "certroll/mem.h"
#include "fence.h"
#include "tls.h"
#include <string.h>

static enum net handshake_net(const char *error)
{
	if (strstr(error, "unsupported protocol") || strstr(error, "protocol version"))
		return NET_VERSION;
	if (strstr(error, "wrong version number") || strstr(error, "packet length too long"))
		return NET_PLAINTEXT;
	return strstr(error, "SYSCALL") || strstr(error, "unexpected eof") ? NET_RESET : NET_TLS;
}

/* libcurl has limits of its own below ours: 100 KB for a line of a head, 300 KB for all heads. */
static bool is_limit(CURLcode code, const char *error)
{
	return code == CURLE_OUT_OF_MEMORY || strstr(error, "Too large response headers");
}

enum net curl_net(CURLcode code, const char *error)
{
	if (is_limit(code, error))
		return NET_LIMIT;
	switch (code) {
	case CURLE_OK:
		return NET_OK;
	case CURLE_COULDNT_RESOLVE_HOST:
		return NET_RESOLVE;
	case CURLE_COULDNT_CONNECT:
		return NET_CLOSED;
	case CURLE_OPERATION_TIMEDOUT:
		return NET_TIMEOUT;
	case CURLE_SSL_CONNECT_ERROR:
		return handshake_net(error);
	case CURLE_WRITE_ERROR:
	case CURLE_GOT_NOTHING:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_PARTIAL_FILE:
		return NET_RESET;
	default:
		return NET_TLS;
	}
}

const char *curl_words(enum net net, int cause, bool demanded)
{
	static const char *const words[] = {
		[NET_RESOLVE] = "the name has no address",
		[NET_CLOSED] = "the admin port is closed or not reachable",
		[NET_TIMEOUT] = "no answer in time",
		[NET_RESET] = "the box cut the connection before its answer was complete",
		[NET_PLAINTEXT] = "the admin port answers, but not with TLS",
		[NET_VERSION] =
			"speaks no TLS version newer than 1.1, over which no password is sent; "
			"update the box or its TLS profile",
		[NET_LIMIT] = "the answer is too large",
	};

	if (demanded && (net == NET_RESET || net == NET_TLS))
		return TLS_WANTS_CLIENT;
	if (net == NET_CLOSED && fence_words(cause))
		return fence_words(cause);
	return (size_t)net < COUNT(words) ? words[net] : NULL;
}

int64_t curl_date(const struct reply *reply)
{
	auto_free char *date = reply_header(reply, "Date");
	int64_t seconds = date ? (int64_t)curl_getdate(date, NULL) : 0;

	return seconds > 0 ? seconds : 0;
}
