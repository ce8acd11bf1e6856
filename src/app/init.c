#include "certroll/init.h"
#include "certroll/buf.h"
#include "certroll/text.h"
#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { INVENTORY_MAX = 256 * 1024, MAX_HOSTS = 100, MAX_DOMAIN = 200 };

#define AT(member) .offset = offsetof(struct init_answers, member)

/* Names are made of it, as in "pbx.example.com". */
static char *refuse_domain(const char *text)
{
	struct in6_addr address;

	if (inet_pton(AF_INET, text, &address) == 1 || strchr(text, ':'))
		return text_copy("is an address; a domain such as example.com is needed");
	if (strchr(text, '_') || strlen(text) > MAX_DOMAIN)
		return text_copy("holds an underscore or is longer than 200 characters, so "
				 "certificates cannot cover it");
	return NULL;
}

const struct field init_questions[] = {
	{ .key = "domain",
	  .type = FIELD_HOST,
	  AT(domain),
	  .required = true,
	  .refuse = refuse_domain,
	  .help = "Your domain, the part behind the first dot of your names (example.com)" },
	{ .key = "pbx-master",
	  .type = FIELD_HOST,
	  .max = 1,
	  AT(pbx_master),
	  .required = true,
	  .help = "Address or name of the master PBX (192.0.2.10)" },
	{ .key = "pbx-standby",
	  .type = FIELD_HOST,
	  .max = 1,
	  AT(pbx_standby),
	  .help = "Address or name of its standby PBX, empty if there is none" },
	{ .key = "pbx-slaves",
	  .type = FIELD_LIST,
	  AT(pbx_slaves),
	  .help = "Addresses or names of slave PBXs with commas between them, empty if none" },
	{ .key = "aps",
	  .type = FIELD_LIST,
	  AT(aps),
	  .help = "Addresses or names of application platforms (AP), empty if none" },
	{ .key = "rps",
	  .type = FIELD_LIST,
	  AT(rps),
	  .help = "Addresses or names of reverse proxies (RP), empty if none" },
	{ .key = "user",
	  .type = FIELD_TEXT,
	  .min = 1,
	  .max = 128,
	  AT(user),
	  .fallback = "admin",
	  .help = "User who logs on to the boxes" },
	{ .key = "password",
	  .type = FIELD_SECRET,
	  AT(password),
	  .fallback = "prompt",
	  .help = "Where the password is, not the password itself: prompt (ask me each time), "
		  "file:NAME, env:NAME" },
	FIELD_END
};

/* Entries of a list are hosts, whatever the list. */
static char *refuse_text(const struct field *question, const char *text)
{
	static const struct field host = { .key = "host", .type = FIELD_HOST, .max = 1 };

	return schema_refuse(question->type == FIELD_LIST ? &host : question, text);
}

static void free_list(struct text_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		mem_free(list->items[i]);
	mem_free(list->items);
	*list = (struct text_list){ 0 };
}

static char *take_hosts(struct text_list *list, const struct field *question, const char *text)
{
	__attribute__((cleanup(free_list))) struct text_list hosts = { 0 };
	auto_free char *copy = text_copy(text);
	char *rest = copy;

	for (char *host; (host = strsep(&rest, ", \t"));) {
		char *problem;

		if (!*host)
			continue;
		problem = refuse_text(question, host);
		if (problem)
			return problem;
		if (hosts.count == MAX_HOSTS)
			return text_format("more than %d; add the others to the file later",
					   MAX_HOSTS);
		hosts.items = mem_grow(hosts.items, hosts.count, sizeof *hosts.items);
		hosts.items[hosts.count++] = text_copy(host);
	}
	free_list(list);
	*list = hosts;
	hosts = (struct text_list){ 0 };
	return NULL;
}

char *init_answer(struct init_answers *answers, const struct field *question, const char *text)
{
	void *slot = (char *)answers + question->offset;
	char *problem;

	if (question->type == FIELD_LIST)
		return take_hosts(slot, question, text);
	if (!*text && question->fallback)
		text = question->fallback;
	if (!*text && question->required)
		return text_copy("an answer is needed");
	problem = *text ? refuse_text(question, text) : NULL;
	if (problem)
		return problem;
	mem_free(*(char **)slot);
	*(char **)slot = *text ? text_copy(text) : NULL;
	return NULL;
}

void init_answers_free(struct init_answers *answers)
{
	mem_free(answers->domain);
	mem_free(answers->pbx_master);
	mem_free(answers->pbx_standby);
	mem_free(answers->user);
	mem_free(answers->password);
	free_list(&answers->pbx_slaves);
	free_list(&answers->aps);
	free_list(&answers->rps);
	*answers = (struct init_answers){ 0 };
}

/* Single quotes unless the text is harmless: YAML gives too many characters a meaning. */
static char *quote(const char *text)
{
	char *out = mem_alloc(2 * strlen(text) + 3), *at = out;
	bool harmless = isalpha((unsigned char)text[0]) || isdigit((unsigned char)text[0]);

	for (const char *from = text; *from; from++)
		harmless = harmless && !(*from & 0x80) &&
			   (isalnum((unsigned char)*from) || strchr("._-/", *from));
	if (harmless && !text_same(text, "null"))
		return strcpy(out, text);
	*at++ = '\'';
	for (; *text; text++) {
		if (*text == '\'')
			*at++ = '\'';
		*at++ = *text;
	}
	*at = '\'';
	return out;
}

/* The text is ours and the answers were limited, so it fits. */
static void put(struct buf *out, const char *text)
{
	if (buf_add(out, text, strlen(text)))
		mem_exhausted();
}

static void put_key(struct buf *out, const char *key, const char *value)
{
	auto_free char *quoted = quote(value);

	put(out, "    ");
	put(out, key);
	put(out, ": ");
	put(out, quoted);
	put(out, "\n");
}

/* The name that clients use, when the host tells it: "pbx.example.com:8443" does. */
static char *name_of_host(const char *host)
{
	struct in6_addr address;
	auto_free char *name = mem_copy(host, strcspn(host, ":"));

	if (host[0] == '[' || strchr(host, ':') != strrchr(host, ':'))
		return NULL;
	if (inet_pton(AF_INET, name, &address) == 1 || !strchr(name, '.') || strchr(name, '_'))
		return NULL;
	return take(name);
}

/* One kind of box, and what is written for it. */
struct kind {
	const char *role, *driver, *client; /* client: first part of the invented name */
};

static void put_device(struct buf *out, const struct kind *kind, const char *name,
		       const char *client, const char *host, const char *domain)
{
	auto_free char *known = name_of_host(host);
	auto_free char *invented = text_format("%s.%s", client, domain);
	auto_free char *names = quote(known ? known : invented);

	put(out, "  - name: ");
	put(out, name);
	put(out, "\n");
	put_key(out, "role", kind->role);
	put_key(out, "driver", kind->driver);
	put_key(out, "host", host);
	put(out, "    names: [");
	put(out, names);
	put(out, "]");
	put(out, known ? "\n" : "   # check: the name your users and phones use\n");
}

static void put_devices(struct buf *out, const struct kind *kind, const struct text_list *hosts,
			const char *domain)
{
	for (size_t i = 0; i < hosts->count; i++) {
		auto_free char *name = text_format("%s%zu", kind->role, i + 1);
		auto_free char *client =
			i ? text_format("%s%zu", kind->client, i + 1) : text_copy(kind->client);

		put_device(out, kind, name, client, hosts->items[i], domain);
	}
}

static void put_fronts(struct buf *out, const struct init_answers *answers)
{
	put(out, "    fronts: [pbx-master");
	if (answers->pbx_standby)
		put(out, ", pbx-standby");
	for (size_t i = 0; i < answers->pbx_slaves.count; i++)
		if (buf_addf(out, ", pbx-slave%zu", i + 1))
			mem_exhausted();
	for (size_t i = 0; i < answers->aps.count; i++)
		if (buf_addf(out, ", ap%zu", i + 1))
			mem_exhausted();
	put(out, "]\n");
}

static void put_aps(struct buf *out, const struct init_answers *answers)
{
	static const struct kind ap = { "ap", "innovaphone-ap", "apps" };

	if (answers->aps.count)
		put(out, "\n  # Application platforms. The password is that of the manager.\n");
	put_devices(out, &ap, &answers->aps, answers->domain);
}

static void put_rps(struct buf *out, const struct init_answers *answers)
{
	static const struct kind rp = { "rp", "innovaphone", "rp" };

	if (answers->rps.count)
		put(out,
		    "\n  # Reverse proxies. Clients reach the other boxes through them, so the\n"
		    "  # certificate has to cover the names of the boxes in \"fronts\" there, "
		    "too.\n");
	for (size_t i = 0; i < answers->rps.count; i++) {
		struct text_list one = { &answers->rps.items[i], 1 };
		auto_free char *name = text_format("rp%zu", i + 1);

		put(out, "  - name: ");
		put(out, name);
		put(out, "\n");
		put_key(out, "role", rp.role);
		put_key(out, "driver", rp.driver);
		put_key(out, "host", one.items[0]);
		put_fronts(out, answers);
	}
}

static const char head[] =
	"# Inventory for certroll: which boxes get the certificate, and how to reach them.\n"
	"#\n"
	"# How to write this file: a key, a colon, a blank, a value. What belongs together is\n"
	"# indented by the same number of blanks (no tabs). Lines with # are remarks. A value "
	"that\n"
	"# starts with * or holds special characters goes into 'single quotes'.\n"
	"#\n"
	"# certroll check tells you what is wrong with this file, with line numbers.\n"
	"\n"
	"# What is the same for all boxes. A box may say otherwise in its own entry.\n"
	"defaults:\n";

static const char after_defaults[] =
	"\n"
	"    # The password itself never stands in this file, only where to find it:\n"
	"    #   prompt              ask me on the terminal\n"
	"    #   file:pbx.pw         first line of this file; only you may read it (chmod 600)\n"
	"    #   env:PBX_PASSWORD    an environment variable\n"
	"    #   cred:pbx            a systemd credential (LoadCredential=)\n"
	"    #   'cmd:[\"pass\", \"show\", \"pbx\"]'   what this program writes\n"
	"\n"
	"    # How a box is recognised before it gets the password:\n"
	"    #   pin      as certroll has seen it the first time (as ssh does)\n"
	"    #   ca       by a certificate of a CA this computer trusts\n"
	"    #   factory  by the vendor's certificate; needs factory-ca: and the mac: of the box\n"
	"    #   none     not at all\n"
	"    trust: pin\n"
	"\n"
	"    # When boxes may be changed and reset (local time). Without it: any time, no reset.\n"
	"    # window: \"22:00-05:00\"\n"
	"\n"
	"    # Audits warn, or fail, when less of a certificate's life is left: days, or a share.\n"
	"    # warn: 33%\n"
	"    # fail: 7d\n"
	"\n"
	"    # Who connects, for their demands on certificates.\n"
	"    # clients: [apple, android, phones, browsers]\n"
	"\n"
	"# Groups of boxes, to choose them (--limit berlin) and to give them values in common.\n"
	"# groups:\n"
	"#   berlin:\n"
	"#     devices: [pbx-master]\n"
	"#     site: berlin\n"
	"\n"
	"# The boxes. Further keys of a box, all optional:\n"
	"#   port: 8443                      port of its admin interface, if it is not the usual "
	"one\n"
	"#   services: [https, sips, h323s, ldaps, 'turn:5349']   TLS ports to verify; usual: "
	"[https]\n"
	"#   site: berlin                    where it stands\n"
	"#   firmware: 14r1                  its version, a hint\n"
	"#   mac: 00-90-33-01-02-03          from its label; needed by trust: factory\n"
	"#   factory-ca: vendor-ca.pem       certificate of the vendor's CA; needed by trust: "
	"factory\n"
	"#   state: hold                     leave it alone for now (usual: up)\n"
	"#   options: {}                     of the driver; certroll drivers innovaphone lists "
	"them\n"
	"devices:\n";

char *init_inventory(const struct init_answers *answers, const char *schema)
{
	static const struct kind master = { "pbx-master", "innovaphone", "pbx" };
	static const struct kind standby = { "pbx-standby", "innovaphone", "pbx-standby" };
	static const struct kind slave = { "pbx-slave", "innovaphone", "pbx-slave" };
	auto_buf out = BUF_MAX(INVENTORY_MAX);

	if (schema && buf_addf(&out, "# yaml-language-server: $schema=%s\n", schema))
		mem_exhausted();
	put(&out, head);
	put_key(&out, "user", answers->user ? answers->user : "admin");
	put_key(&out, "password", answers->password ? answers->password : "prompt");
	put(&out, after_defaults);
	put_device(&out, &master, "pbx-master", master.client, answers->pbx_master,
		   answers->domain);
	if (answers->pbx_standby)
		put_device(&out, &standby, "pbx-standby", standby.client, answers->pbx_standby,
			   answers->domain);
	put_devices(&out, &slave, &answers->pbx_slaves, answers->domain);
	put_aps(&out, answers);
	put_rps(&out, answers);
	return text_copy(buf_text(&out));
}
