/* The mock devices' own reader of frames. */
#include "fuzz.h"
#include "websocket.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct websocket reader = { 0 };
	size_t at = 0, used = 0;
	enum websocket_event event;

	do {
		event = websocket_read(&reader, (const char *)data + at, size - at, &used);
		demand(used <= size - at);
		at += used;
	} while (event != WEBSOCKET_MORE && event != WEBSOCKET_FAILED);
	websocket_clear(&reader);
	return 0;
}
