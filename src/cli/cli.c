#include "certroll/cli.h"
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
