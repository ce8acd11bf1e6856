/*
 * files: a server of this machine that loads its certificate from files and is told to read them
 * again: nginx, Apache, Postfix, Kamailio, whatever there is.  Certroll runs on its machine.
 */
#include "certroll/driver.h"
#include <stdlib.h>
#include <string.h>

struct files {
	char *certificate, *leaf, *issuers, *root, *key, *bundle;
	char *owner, *mode;
	struct text_list reload;
	int64_t within_ms;
};

static char *refuse_mode(const char *text)
{
	if (!*text || (strlen(text) <= 4 && text[strspn(text, "01234567")] == '\0' && atoi(text)))
		return NULL;
	return text_copy("is no mode: three or four octal digits are needed, such as \"0640\"");
}

static const char SHEET[] = "docs/devices/files.md";

#define OPTION(key, type, member, value, ...)                                                      \
	DRIVER_OPTION(files, key, type, member, value, TESTED, SHEET, __VA_ARGS__)

/* clang-format off */
static const struct field options[] = {
	OPTION("certificate", FILE, certificate, NULL,
	       .help = "the chain from the leaf on: nginx ssl_certificate, Apache SSLCertificateFile"),
	OPTION("leaf", FILE, leaf, NULL, .help = "the leaf alone"),
	OPTION("issuers", FILE, issuers, NULL, .help = "the chain without the leaf: Apache SSLCertificateChainFile"),
	OPTION("root", FILE, root, NULL, .help = "the root alone"),
	OPTION("key", FILE, key, NULL, .help = "the private key: nginx ssl_certificate_key"),
	OPTION("bundle", FILE, bundle, NULL, .help = "chain and key in one file"),
	OPTION("owner", TEXT, owner, "", .max = 65,
	       .help = "user:group of the files; without it that of the old files"),
	OPTION("mode", TEXT, mode, "", .max = 4, .refuse = refuse_mode,
	       .help = "of the files; without it that of the old ones, else 0644, and 0600 with a key in it"),
	OPTION("reload", LIST, reload, NULL, .max = 16,
	       .help = "program and arguments, run without a shell: [/usr/sbin/nginx, -s, reload]"),
	OPTION("within", DURATION, within_ms, "30s", .min = 1000, .max = 300000,
	       .help = "how long the program may take"),
	FIELD_END };
/* clang-format on */

static enum verdict write_build(struct job *job, struct exchange *exchange)
{
	const struct files *set = job_options(job);
	const struct text_list *reload = &set->reload;
	const struct row {
		const char *path;
		enum bundle_form form;
		bool secret;
	} rows[] = {
		{ set->key, BUNDLE_PEM_KEY, true },
		{ set->bundle, BUNDLE_PEM_CHAIN_KEY, true },
		{ set->certificate, BUNDLE_PEM_CHAIN, false },
		{ set->leaf, BUNDLE_PEM_LEAF, false },
		{ set->issuers, BUNDLE_PEM_ISSUERS, false },
		{ set->root, BUNDLE_PEM_ROOT, false },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		if (rows[i].path)
			exchange_file(exchange, rows[i].path, job_bundle(job, rows[i].form),
				      rows[i].secret);
	if (!exchange->file_count)
		return step_fail(job, "the options name no file to write: certificate and key, or "
				      "bundle");
	if (reload->count && reload->items[0][0] != '/')
		return step_fail(job, "reload: '%.80s' must be the whole path of a program",
				 reload->items[0]);
	exchange->owner = set->owner;
	exchange->mode = strtol(set->mode, NULL, 8);
	exchange->command = reload;
	exchange->within_ms = (int)set->within_ms;
	return STEP_OK;
}

static enum verdict look_build(struct job *job, struct exchange *exchange)
{
	const struct files *set = job_options(job);

	if (!set->reload.count)
		job_note(job, SEVERITY_WARNING,
			 "no option reload: somebody must tell the server to read its files again");
	exchange->look = true;
	return write_build(job, exchange);
}

/* clang-format off */
static const struct step identify[] = {
	{ .name = "look", .build = look_build, .evidence = EVIDENCE_TESTED, .source = SHEET }, { 0 } };
static const struct step install[] = {
	{ .name = "write", .build = write_build, .changes = true, .evidence = EVIDENCE_TESTED, .source = SHEET },
	{ 0 } };
/* clang-format on */

const struct driver driver_files = {
	.name = "files",
	.summary = "a server of this machine: its files, and a command that makes it read them",
	.port = 443,
	.by_name = true,
	.options = options,
	.options_size = sizeof(struct files),
	.profile = driver_profile_server,
	.factory = driver_factory_self_signed,
	.identify = identify,
	.install = install,
};
