#include "certroll/cli.h"
#include "certroll/text.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int cli_fail(const struct site *site, const struct err *err)
{
	fflush(stdout);
	if (site)
		for (size_t i = 0; i < site->findings.count; i++) {
			const struct finding *finding = &site->findings.items[i];

			fprintf(stderr, "%s: %s: %s\n%s%s%s", finding->place,
				severity_name(finding->severity), finding->sentence,
				*finding->remedy ? "    " : "", finding->remedy,
				*finding->remedy ? "\n" : "");
		}
	fprintf(stderr, "certroll: %s\n", err->text);
	return err_exit_status(err->code);
}

int cli_fail_as(const struct cli *cli, const struct site *site, const struct err *err)
{
	int status = cli_fail(site, err);

	return cli->format == REPORT_NAGIOS ? report_nagios_unknown(err) : status;
}

int cli_confine(const struct cli *cli, struct site *site, bool notes, struct err *err)
{
	const char *outputs[CLI_REPORTS + 1];
	size_t count = 0;

	if (cli->out)
		outputs[count++] = cli->out;
	for (size_t i = 0; i < cli->also_count; i++)
		outputs[count++] = cli->also[i].path;
	return site_confine(site, notes, outputs, count, err);
}

int cli_report(const struct cli *cli, const struct site *site, enum report_kind kind)
{
	enum report_format format = (enum report_format)cli->format;
	int status = report_status(site, format);
	struct err err = { 0 };

	if (!cli->out)
		report_print(site, kind, format);
	else if (report_file(site, kind, format, cli->out, false, &err))
		status = cli_fail_as(cli, NULL, &err);
	for (size_t i = 0; i < cli->also_count; i++) {
		const struct cli_report_file *also = &cli->also[i];

		if (report_file(site, kind, (enum report_format)also->format, also->path, true,
				&err))
			status = cli_fail_as(cli, NULL, &err);
	}
	return status;
}

int cli_judge(const struct cli *cli, struct site *site, struct err *err)
{
	const char *path = cli->request.bundle;

	site_judge_bundle(site);
	if (findings_worst(&site->findings) == SEVERITY_ERROR)
		return err_set(err, ERR_BUNDLE,
			       "%s is not fit to be installed; nothing was contacted", path);
	if (!site->bundle->key_matches && !cli->request.trust_only)
		return err_set(err, ERR_BUNDLE,
			       "%s holds no private key of its leaf, and no policy makes up for "
			       "that; nothing was contacted",
			       path);
	if (site->bundle->open && !cli->request.allow_open_key)
		return err_set(err, ERR_BUNDLE,
			       "%s: others may read this private key; chmod 600 it (or add "
			       "--allow-open-key); nothing was contacted",
			       path);
	return 0;
}

static int confirm_password(const char *what, const struct secret *first, struct err *err)
{
	auto_free char *once_more = text_format("%s, once more", what);
	auto_secret again = { 0 };

	if (secret_resolve_one("prompt", once_more, &again, err))
		return -1;
	if (again.len != first->len || memcmp(again.bytes, first->bytes, again.len) != 0)
		return err_set(err, ERR_SECRET, "the two passwords differ; nothing was written");
	return 0;
}

int cli_new_password(const char *reference, const char *what, struct secret *out, struct err *err)
{
	if (secret_resolve_one(reference, what, out, err))
		return -1;
	return strcmp(reference, "prompt") == 0 ? confirm_password(what, out, err) : 0;
}

bool cli_confirm(const struct cli *cli, const char *question)
{
	char answer[16];

	if (cli->request.yes)
		return true;
	if (!isatty(STDIN_FILENO)) {
		fprintf(stderr,
			"certroll: nobody is there to ask; add --yes to go ahead without\n");
		return false;
	}
	fprintf(stderr, "%s [y/N] ", question);
	return fgets(answer, sizeof answer, stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

int cli_run_number(const struct cli *cli, int64_t *run, struct err *err)
{
	if (!cli->word_count || text_number(cli->words[0], 1, INT64_MAX, run))
		return 0;
	return err_set(err, ERR_USAGE,
		       "'%.40s' is not the number of a run; 'certroll history' lists them",
		       cli->words[0]);
}
