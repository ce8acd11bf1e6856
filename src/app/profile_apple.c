/*
 * A configuration profile for iPhone, iPad and Mac: an XML property list with one payload of type
 * com.apple.security.root.  Keys and types are those of the schema in apple/device-management
 * (mdm/profiles/TopLevel.yaml, com.apple.security.root.yaml).
 */
#include "certroll/handout.h"
#include "certroll/sha256.h"
#include "certroll/sign.h"
#include "certroll/text.h"
#include "markup.h"
#include <stdio.h>
#include <string.h>

enum { UUID_TEXT = 37 };

static void indent(struct buf *out, int depth)
{
	while (depth-- > 0)
		put(out, "\t");
}

static void put_key(struct buf *out, int depth, const char *key)
{
	indent(out, depth);
	put(out, "<key>");
	put(out, key);
	put(out, "</key>\n");
	indent(out, depth);
}

static void put_string(struct buf *out, int depth, const char *key, const char *value)
{
	put_key(out, depth, key);
	put(out, "<string>");
	put_escaped(out, value);
	put(out, "</string>\n");
}

static void put_version(struct buf *out, int depth)
{
	put_key(out, depth, "PayloadVersion");
	put(out, "<integer>1</integer>\n");
}

/* The base64 lines of the certificate's PEM text, without its first and last line. */
static void put_data(struct buf *out, int depth, const char *key, const struct cert *root)
{
	auto_free char *pem = cert_pem(root);
	char *rest = pem;

	put_key(out, depth, key);
	put(out, "<data>\n");
	for (char *line; (line = strsep(&rest, "\n"));) {
		if (!*line || text_starts(line, "-----"))
			continue;
		indent(out, depth);
		put(out, line);
		put(out, "\n");
	}
	indent(out, depth);
	put(out, "</data>\n");
}

static void put_payload(struct buf *out, const struct handout *handout, const char *uuid)
{
	auto_free char *identifier = text_format("%s.root", handout->identifier);

	put(out, "\t\t<dict>\n");
	put_string(out, 3, "PayloadCertificateFileName", "root.cer");
	put_data(out, 3, "PayloadContent", handout->root);
	put_string(out, 3, "PayloadDisplayName", handout->root->display);
	put_string(out, 3, "PayloadIdentifier", identifier);
	put_string(out, 3, "PayloadType", "com.apple.security.root");
	put_string(out, 3, "PayloadUUID", uuid);
	put_version(out, 3);
	put(out, "\t\t</dict>\n");
}

static char *render(const struct handout *handout, const char *uuid, const char *payload_uuid)
{
	auto_buf out = BUF_MAX(HANDOUT_FILE_MAX);
	auto_free char *about = text_format("Makes this device trust the certificates of '%s'. It "
					    "contains no password and no private key.",
					    handout->root->display);

	put(&out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		  "<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" "
		  "\"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n"
		  "<plist version=\"1.0\">\n<dict>\n");
	put_key(&out, 1, "PayloadContent");
	put(&out, "<array>\n");
	put_payload(&out, handout, payload_uuid);
	put(&out, "\t</array>\n");
	put_string(&out, 1, "PayloadDescription", about);
	put_string(&out, 1, "PayloadDisplayName", handout->title);
	put_string(&out, 1, "PayloadIdentifier", handout->identifier);
	put_string(&out, 1, "PayloadType", "Configuration");
	put_string(&out, 1, "PayloadUUID", uuid);
	put_version(&out, 1);
	put(&out, "</dict>\n</plist>\n");
	return text_copy(buf_text(&out));
}

/* RFC 9562 5.8: version 8 leaves the other bits to us. */
static void uuid_of(const unsigned char bytes[16], char text[UUID_TEXT])
{
	unsigned char uuid[16];
	char hex[2 * sizeof uuid + 1];

	memcpy(uuid, bytes, sizeof uuid);
	uuid[6] = (unsigned char)((uuid[6] & 0x0f) | 0x80);
	uuid[8] = (unsigned char)((uuid[8] & 0x3f) | 0x80);
	text_hex(uuid, sizeof uuid, hex);
	for (char *at = hex; *at; at++)
		if (*at >= 'a')
			*at = (char)(*at - 'a' + 'A');
	snprintf(text, UUID_TEXT, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16,
		 hex + 20);
}

/* A UUID names one version of a profile, so it is a digest of all the rest. */
char *handout_profile(const struct handout *handout)
{
	auto_free char *nameless = render(handout, "", "");
	unsigned char digest[CERT_HASH];
	char uuid[UUID_TEXT], payload_uuid[UUID_TEXT];

	sha256(nameless, strlen(nameless), digest);
	uuid_of(digest, uuid);
	uuid_of(digest + 16, payload_uuid);
	return render(handout, uuid, payload_uuid);
}
