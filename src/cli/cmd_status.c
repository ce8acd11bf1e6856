#include "certroll/cli.h"
#include "certroll/status.h"

int cmd_status(struct cli *cli)
{
	struct site site = { 0 };
	struct status status = { 0 };
	struct err err = { 0 };
	int result;

	if (site_load(&site, &cli->request, SITE_INVENTORY, &err) ||
	    status_load(&status, &site, &err)) {
		result = cli_fail(&site, &err);
	} else {
		status_print(&status, (enum report_format)cli->format);
		result = status_exit(&status);
	}
	status_free(&status);
	site_free(&site);
	return result;
}
