#include "certroll/cli.h"
#include "certroll/driver.h"
#include "certroll/exit.h"
#include "certroll/learn.h"
#include <stdio.h>
#include <string.h>

/* Before anything else, and also when the rest of the file cannot be read. */
static void warn_of_secrets(const struct lesson *lesson, const char *file)
{
	if (lesson->has_key)
		fprintf(stderr,
			"certroll: %s holds a private key. Delete the file as soon as you have the "
			"options, and treat the key as disclosed: where it is in use, make a new "
			"key "
			"and have a new certificate made for it\n",
			file);
	if (lesson->open)
		fprintf(stderr,
			"certroll: others may read %s, and a recording holds your log-on; chmod "
			"600 "
			"it, delete it afterwards\n",
			file);
}

static int learn(const struct learn_request *request)
{
	struct lesson lesson = { 0 };
	struct err err = { 0 };
	int failed = learn_file(&lesson, request, &err);
	bool complete = lesson.complete;

	warn_of_secrets(&lesson, request->file);
	if (lesson.over_http)
		fprintf(stderr,
			"certroll: the upload was recorded over http: password and key could be "
			"read on the way; record with https, and change the password if others "
			"share that network\n");
	if (lesson.refused)
		fprintf(stderr, "certroll: %s; nothing was learned\n", lesson.refused);
	if (!failed && lesson.text)
		fputs(lesson.text, stdout);
	lesson_free(&lesson);
	if (failed)
		return cli_fail(NULL, &err);
	return complete ? EXIT_WELL : EXIT_FINDINGS;
}

/* NULL: the device's, or what the recording tells. */
static int choose_driver(struct learn_request *request, const char *name, struct err *err)
{
	const struct driver *driver = name ? driver_find(name) : request->driver;

	if (name && !driver)
		return err_set(err, ERR_USAGE, "no driver '%.60s'; 'certroll drivers' lists them",
			       name);
	if (request->driver && request->driver != driver)
		return err_set(err, ERR_USAGE, "the device's driver is %s in the inventory, not %s",
			       request->driver->name, name);
	request->driver = driver;
	if (driver && !learn_knows(driver))
		return err_set(err, ERR_USAGE, "recordings for driver %s are not understood",
			       driver->name);
	return 0;
}

static int choose_device(struct learn_request *request, const struct site *site, struct err *err)
{
	const struct device *device = site->count == 1 ? site->results[0].device : NULL;

	if (!device)
		return err_set(err, ERR_USAGE,
			       "choose the one device that was recorded: -l DEVICE");
	request->host = device->host;
	request->driver = device->driver;
	return 0;
}

static int with_inventory(struct cli *cli, struct site *site, struct learn_request *request)
{
	struct err err = { 0 };

	if (cli->host) {
		err_set(&err, ERR_USAGE, "give --host or an inventory, not both");
		return cli_fail(NULL, &err);
	}
	if (site_load(site, &cli->request, SITE_INVENTORY, &err))
		return cli_fail(site, &err);
	if (choose_device(request, site, &err) || choose_driver(request, cli->driver, &err))
		return cli_fail(NULL, &err);
	return learn(request);
}

static int without_inventory(struct cli *cli, struct learn_request *request)
{
	static const struct field row = { .key = "host", .type = FIELD_HOST };
	auto_free char *why = cli->host ? schema_refuse(&row, cli->host) : NULL;
	struct err err = { 0 };

	request->host = cli->host;
	if (why)
		err_set(&err, ERR_USAGE, "--host %s", why);
	if (why || choose_driver(request, cli->driver, &err))
		return cli_fail(NULL, &err);
	return learn(request);
}

int cmd_learn(struct cli *cli)
{
	struct learn_request request = { 0 };
	struct site site = { 0 };
	struct err err = { 0 };
	int status;

	if (cli->word_count != 1) {
		err_set(&err, ERR_USAGE, "learn needs one recording: certroll learn FILE.har");
		return cli_fail(NULL, &err);
	}
	request.file = cli->words[0];
	if (cli->request.inventory)
		status = with_inventory(cli, &site, &request);
	else
		status = without_inventory(cli, &request);
	site_free(&site);
	return status;
}
