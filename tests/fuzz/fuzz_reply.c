/* What readers of replies make of anything: XML, JSON, lines and header fields. */
#include "certroll/exchange.h"
#include "certroll/mem.h"
#include "certroll/xml.h"
#include "fuzz.h"
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = mem_copy(data, size);
	const char *rest = text + strlen(text);
	struct reply reply = { .status = 200, .body = text, .head = text };
	auto_free char *attr = NULL, *member = NULL, *said = NULL, *value = NULL, *realm = NULL;
	auto_xml xml = xml_parse(text);

	rest = rest < text + size ? rest + 1 : "";
	attr = reply_attr(&reply, "info/sys", "version");
	member = reply_member(&reply, "mt");
	value = reply_value(&reply, "Status");
	realm = reply_realm(&reply);
	said = reply_said(&reply);
	demand_printable(said);
	reply_has_line(&reply, rest);
	for (unsigned i = 0; xml && i < 5; i++)
		xml_attr(xml_find(xml, "*/*", i), "x");
	return 0;
}
