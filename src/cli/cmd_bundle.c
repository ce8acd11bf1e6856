/*
 * Everything is read, put together, judged and encoded before the file is written in one go.
 */
#include "certroll/bundling.h"
#include "certroll/cli.h"
#include "certroll/exit.h"
#include "certroll/file.h"
#include "certroll/text.h"
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum form { FORM_PEM, FORM_PKCS12, FORM_ROOT, FORM_COUNT };

struct making {
	const struct cli *cli;
	enum form form;
	bool keyless;
	struct secret password, out_password;
	struct bundling bundling;
	struct site site;
	struct secret pem, pkcs12;
};

static void making_cleanup(struct making *making)
{
	bundling_free(&making->bundling);
	site_free(&making->site);
	secret_free(&making->password);
	secret_free(&making->out_password);
	secret_free(&making->pem);
	secret_free(&making->pkcs12);
}

static int choose_form(struct making *making, struct err *err)
{
	static const struct {
		const char *word;
		const char *suffixes[2];
	} forms[FORM_COUNT] = {
		[FORM_PEM] = { "pem", { ".pem", ".pem" } },
		[FORM_PKCS12] = { "pkcs12", { ".p12", ".pfx" } },
		[FORM_ROOT] = { "root", { ".der", ".der" } },
	};
	const char *word = making->cli->form, *out = making->cli->out;

	for (int i = 0; i < FORM_COUNT; i++) {
		making->form = (enum form)i;
		if (word ? strcmp(word, forms[i].word) == 0
			 : text_ends(out, forms[i].suffixes[0]) ||
				    text_ends(out, forms[i].suffixes[1]))
			return 0;
	}
	if (word)
		return err_set(err, ERR_USAGE, "--form cannot be '%.40s': pem, pkcs12 or root",
			       word);
	return err_set(err, ERR_USAGE,
		       "%s: the name does not tell the form; end it in .pem, .p12, .pfx or .der "
		       "(the root alone), or add --form",
		       out);
}

static int check_options(struct making *making, struct err *err)
{
	const struct cli *cli = making->cli;

	if (!cli->word_count)
		return err_set(err, ERR_USAGE,
			       "no files; name those with the certificate, the key and whatever "
			       "else the CA gave you");
	if (!cli->out)
		return err_set(err, ERR_USAGE, "-o FILE is needed: where the bundle is written");
	if (choose_form(making, err))
		return -1;
	making->keyless = cli->no_key || making->form == FORM_ROOT;
	if (making->form == FORM_PKCS12 && !cli->out_password)
		return err_set(err, ERR_USAGE,
			       "a PKCS#12 container needs a password; say where it is: "
			       "--out-password prompt, file:NAME or env:NAME");
	if (making->form != FORM_PKCS12 && (cli->out_password || cli->legacy))
		return err_set(err, ERR_USAGE, "--%s is for PKCS#12 (.p12, .pfx) only",
			       cli->legacy ? "legacy" : "out-password");
	return 0;
}

static int read_passwords(struct making *making, struct err *err)
{
	const char *in = making->cli->password, *out = making->cli->out_password;

	if (in && secret_resolve_one(in, "the files that are read", &making->password, err))
		return err_wrap(err, "--password");
	if (!out)
		return 0;
	/* env: gives its value only once. */
	if (in && strcmp(in, out) == 0 && strcmp(out, "prompt") != 0)
		secret_set(&making->out_password, making->password.bytes, making->password.len);
	else if (cli_new_password(out, "the new file", &making->out_password, err))
		return err_wrap(err, "--out-password");
	return 0;
}

static void say_fetching(const char *url)
{
	fprintf(stderr, "fetching %s\n", url);
}

static int put_together(struct making *making, struct err *err)
{
	const struct cli *cli = making->cli;
	const struct bundling_request request = {
		.files = cli->words,
		.file_count = cli->word_count,
		.ca_file = cli->request.ca_file,
		.password = making->password.bytes ? &making->password : NULL,
		.keyless = making->keyless,
		.fetch = cli->fetch,
		.fetching = say_fetching,
	};
	int status = bundling_run(&making->bundling, &request, err);

	findings_append(&making->site.findings, &making->bundling.findings);
	return status;
}

/* As `certroll check` would judge the file, in a pool that knows nothing of where it came from. */
static int judge(struct making *making, struct err *err)
{
	struct site *site = &making->site;

	if (assembly_pem(&making->bundling.assembly, &making->pem, err))
		return -1;
	if (making->form == FORM_ROOT)
		return 0;
	site->bundle =
		bundle_parse(&making->pem, making->cli->out, site->chains, &site->findings, err);
	if (!site->bundle)
		return -1;
	site_judge_bundle(site);
	return 0;
}

static int encode(struct making *making, struct bytes *bytes, struct err *err)
{
	const struct assembly *assembly = &making->bundling.assembly;
	const struct cert *root = assembly->certs[assembly->count - 1];

	*bytes = (struct bytes){ making->pem.bytes, making->pem.len };
	if (making->form == FORM_ROOT)
		*bytes = (struct bytes){ (const char *)root->der, root->der_len };
	if (making->form != FORM_PKCS12)
		return 0;
	if (assembly_pkcs12(assembly, &making->out_password, making->cli->legacy, &making->pkcs12,
			    err))
		return -1;
	*bytes = (struct bytes){ making->pkcs12.bytes, making->pkcs12.len };
	return 0;
}

static bool is_file(const struct stat *file, const char *path)
{
	struct stat other;

	return stat(path, &other) == 0 && other.st_dev == file->st_dev &&
	       other.st_ino == file->st_ino;
}

/* Also a file of a folder that was read. */
static bool is_input(const struct cli *cli, const struct stat *out)
{
	static const char *const parts[] = { "cert.pem", "chain.pem", "fullchain.pem",
					     "privkey.pem" };

	for (size_t i = 0; i < cli->word_count; i++) {
		if (is_file(out, cli->words[i]))
			return true;
		for (size_t j = 0; j < COUNT(parts); j++) {
			auto_free char *path = text_format("%s/%s", cli->words[i], parts[j]);

			if (is_file(out, path))
				return true;
		}
	}
	return cli->request.ca_file && is_file(out, cli->request.ca_file);
}

static bool holds_already(const char *path, struct bytes bytes)
{
	auto_secret now = { 0 };

	return secret_load(&now, path, GATHER_MAX_BYTES, NULL, NULL) == 0 && now.len == bytes.len &&
	       memcmp(now.bytes, bytes.data, now.len) == 0;
}

/* An old bundle is replaced, as renewals want it; what we were given is not. */
static int write_out(const struct making *making, struct bytes bytes, struct err *err)
{
	const char *out = making->cli->out;
	struct stat status;

	if (stat(out, &status) == 0) {
		if (!S_ISREG(status.st_mode))
			return err_set(err, ERR_USAGE, "%s: is no file that could be replaced",
				       out);
		if (is_input(making->cli, &status) && holds_already(out, bytes))
			return 0;
		if (is_input(making->cli, &status))
			return err_set(err, ERR_USAGE,
				       "%s: is one of the files that were read, and would be lost; "
				       "choose another name behind -o",
				       out);
	}
	return file_write(out, bytes.data, bytes.len, making->keyless ? FILE_PUBLIC : FILE_PRIVATE,
			  err);
}

static const char *part_name(const struct assembly *assembly, size_t index)
{
	if (index + 1 == assembly->count && assembly->certs[index]->is_ca)
		return "root";
	return index ? "intermediate" : "leaf";
}

static void print_parts(const struct making *making)
{
	const struct assembly *assembly = &making->bundling.assembly;

	printf("%s:\n", making->cli->out);
	for (size_t i = 0; i < assembly->count; i++) {
		const struct cert *cert = assembly->certs[i];
		auto_free char *key = cert_key_text(cert);
		char until[32];

		if (making->form != FORM_ROOT || i + 1 == assembly->count)
			printf("  %-12s  '%s', %s, until %s (%s)\n", part_name(assembly, i),
			       cert->display, key, text_time(cert->not_after, until),
			       bundling_origin(&making->bundling, cert));
	}
	if (assembly->key)
		printf("  %-12s  (%s)\n", "key", assembly->key->place);
}

static int report(const struct making *making)
{
	const struct findings *findings = &making->site.findings;
	bool bad = findings_worst(findings) == SEVERITY_ERROR, quiet = making->cli->request.quiet;
	const char *out = making->cli->out;

	if (!quiet)
		print_parts(making);
	report_findings(findings, quiet);
	if (bad)
		printf("%s: written, but not fit to be installed; the errors above are in the "
		       "certificates themselves\n",
		       out);
	else if (!quiet && making->form != FORM_ROOT)
		printf("%s: written, fit to be installed\n", out);
	else if (!quiet)
		printf("%s: written\n", out);
	return bad ? EXIT_FINDINGS : EXIT_WELL;
}

int cmd_bundle(struct cli *cli)
{
	__attribute__((cleanup(making_cleanup))) struct making making = { .cli = cli };
	unsigned needs = cli->request.inventory ? (unsigned)SITE_INVENTORY : 0;
	struct bytes bytes;
	struct err err = { 0 };

	if (check_options(&making, &err))
		return cli_fail(NULL, &err);
	cli->request.keyless = making.keyless;
	if (site_load(&making.site, &cli->request, needs, &err) || read_passwords(&making, &err) ||
	    put_together(&making, &err) || judge(&making, &err) || encode(&making, &bytes, &err))
		return cli_fail(err.code == ERR_USAGE ? NULL : &making.site, &err);
	if (write_out(&making, bytes, &err)) /* the findings are not why */
		return cli_fail(NULL, &err);
	return report(&making);
}
