#include "upgrade.h"
#include "certroll/exchange.h"
#include "certroll/text.h"
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_BYTES = 16, KEY_TEXT = 25, NO_ANSWER = 500 };

/* RFC 6455 1.3. */
static const char magic[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

static void accept_of(const char *key, char accept[UPGRADE_ACCEPT])
{
	auto_free char *text = text_format("%s%s", key, magic);
	unsigned char digest[SHA_DIGEST_LENGTH];

	SHA1((const unsigned char *)text, strlen(text), digest);
	EVP_EncodeBlock((unsigned char *)accept, digest, sizeof digest);
}

void upgrade_request(struct buf *out, const struct device *device, const char *path,
		     char accept[UPGRADE_ACCEPT])
{
	bool v6 = strchr(device->host, ':');
	unsigned char random[KEY_BYTES];
	char key[KEY_TEXT];

	if (RAND_bytes(random, sizeof random) != 1)
		mem_exhausted();
	EVP_EncodeBlock((unsigned char *)key, random, sizeof random);
	accept_of(key, accept);
	buf_clear(out);
	if (buf_addf(out, "GET %s HTTP/1.1\r\nHost: %s%s%s:%u\r\n", path, v6 ? "[" : "",
		     device->host, v6 ? "]" : "", device->port) ||
	    buf_addf(out,
		     "Upgrade: websocket\r\nConnection: Upgrade\r\n"
		     "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n",
		     key) ||
	    buf_addf(out, "User-Agent: certroll/" CERTROLL_VERSION "\r\n\r\n"))
		buf_clear(out);
}

/* What was not asked for must not be answered (RFC 6455 4.1, points 5 and 6). */
static bool is_open(const struct reply *reply, const char *accept)
{
	auto_free char *upgrade = reply_header(reply, "Upgrade");
	auto_free char *proof = reply_header(reply, "Sec-WebSocket-Accept");
	auto_free char *extensions = reply_header(reply, "Sec-WebSocket-Extensions");
	auto_free char *protocol = reply_header(reply, "Sec-WebSocket-Protocol");

	return upgrade && text_same(upgrade, "websocket") && proof && !strcmp(proof, accept) &&
	       !extensions && !protocol;
}

int upgrade_answer(const struct buf *in, const char *accept, size_t *taken)
{
	const char *end = in->len ? memmem(in->data, in->len, "\r\n\r\n", 4) : NULL;
	auto_free char *head = end ? mem_copy(in->data, (size_t)(end - in->data)) : NULL;
	struct reply reply = { .head = head };
	int status;

	if (!end)
		return 0;
	if (!text_starts(head, "HTTP/1.1 "))
		return NO_ANSWER;
	status = atoi(head + strlen("HTTP/1.1 "));
	if (status != 101)
		return status >= 100 && status <= 599 ? status : NO_ANSWER;
	*taken = (size_t)(end - in->data) + 4;
	return is_open(&reply, accept) ? 101 : NO_ANSWER;
}
