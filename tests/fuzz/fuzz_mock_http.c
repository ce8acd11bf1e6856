/* The mock devices' own parsers: a request's head, its arguments, a multipart body. */
#include "fuzz.h"
#include "http.h"
#include "multipart.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data;
	size_t head = http_head_length(bytes, size);
	struct http_request request = { 0 };
	struct multipart_part part;
	char value[64];

	if (!head || head > HTTP_HEAD_MAX)
		return 0;
	if (http_parse(&request, bytes, head) == 0) {
		http_argument(&request, "mod", value, sizeof value);
		http_field_lists(&request, "Connection", "close");
		if (multipart_find(http_field(&request, "Content-Type"), bytes + head, size - head,
				   "cert", &part)) {
			demand(part.bytes >= bytes + head);
			demand(part.bytes + part.length <= bytes + size);
		}
	}
	http_clear(&request);
	return 0;
}
