#include "certroll/cli.h"
#include "certroll/driver.h"
#include "certroll/exit.h"
#include "certroll/export.h"
#include <stdio.h>

static void list(const struct site *site)
{
	for (size_t i = 0; i < site->count; i++) {
		const struct device *device = site->results[i].device;

		printf("%-20s %-12s %-12s %s:%u ", device->name, role_name(device->role),
		       device->driver->name, device->host, device->port);
		for (size_t j = 0; j < device->service_count; j++)
			printf("%s%s", j ? "," : " ", device->services[j].name);
		for (size_t j = 0; j < device->all_names.count; j++)
			printf("%s%s", j ? "," : "  ", device->all_names.items[j]);
		printf("\n");
	}
}

static int inventory(struct cli *cli, struct site *site)
{
	struct err err = { 0 };

	if (site_load(site, &cli->request, SITE_INVENTORY, &err))
		return cli_fail(site, &err);
	report_findings(&site->findings, cli->request.quiet);
	if (cli->export == EXPORT_CSV)
		export_csv(site);
	else if (cli->export == EXPORT_ANSIBLE)
		export_ansible(site);
	else if (cli->format == REPORT_JSON || cli->export == EXPORT_JSON)
		report_print(site, REPORT_PLAN, REPORT_JSON);
	else if (!cli->request.quiet)
		list(site);
	return EXIT_WELL;
}

int cmd_inventory(struct cli *cli)
{
	struct site site = { 0 };
	int status;

	status = inventory(cli, &site);
	site_free(&site);
	return status;
}
