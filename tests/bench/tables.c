/*
 * tables: what a roll-out must cost by the tables of the drivers, without asking anybody:
 *
 *     tables INVENTORY BUNDLE
 *     handshakes 5 requests 9
 *
 * One admin connection per box carries every exchange of `identify`, `trust` and `install`, and its
 * own handshake is the look at that port.  Each other endpoint has one look before, and each endpoint
 * one proof after.  A box that has not been asked anything without credentials challenges once more.
 * For boxes that are well, and drivers over HTTP.
 */
#include "certroll/bundle.h"
#include "certroll/inventory.h"
#include "certroll/job.h"
#include <stdio.h>
#include <time.h>

struct cost {
	size_t handshakes, requests;
};

/* Are credentials asked for by an exchange of the table itself? */
static bool has_open_step(const struct step *step)
{
	while (step->name && !step->open)
		step++;
	return step->name;
}

static size_t exchanges(struct job *job, const struct step *step)
{
	size_t count = 0;

	for (; step && step->name; step++) {
		struct exchange exchange = { 0 };

		count += !step->build || step->build(job, &exchange) != STEP_SKIP;
	}
	return count;
}

static void add_device(struct cost *cost, const struct device *device, const struct bundle *bundle)
{
	const struct driver *driver = device->driver;
	struct job *job = job_new(device, bundle);

	cost->handshakes++;
	cost->requests += exchanges(job, driver->identify) + exchanges(job, driver->trust) +
			  exchanges(job, driver->install) + !has_open_step(driver->identify);
	for (size_t i = 0; i < job->endpoint_count; i++) {
		const struct endpoint *endpoint = &job->endpoints[i];
		bool admin = endpoint->service->port == device->port && !driver->by_name;

		cost->handshakes += !admin && !endpoint->after_only;
		cost->handshakes++;
	}
	job_free(job);
}

static int print_cost(const char *inventory_path, const char *bundle_path, struct chains *chains)
{
	static const char *const names[] = { "innovaphone", NULL };
	const struct driver_table drivers = { .find = driver_find, .names = names };
	auto_findings findings = { 0 };
	struct err err = { 0 };
	struct inventory *inventory = inventory_load(inventory_path, &drivers, &findings);
	struct bundle *bundle = bundle_load(bundle_path, chains, &findings, &err);
	struct cost cost = { 0 };

	for (size_t i = 0; inventory && bundle && i < inventory->count; i++)
		add_device(&cost, &inventory->devices[i], bundle);
	printf("handshakes %zu requests %zu\n", cost.handshakes, cost.requests);
	bundle_free(bundle);
	inventory_free(inventory);
	return cost.handshakes ? 0 : 1;
}

int main(int argc, char **argv)
{
	struct chains *chains = chains_new(NULL, time(NULL));
	int status = argc == 3 ? print_cost(argv[1], argv[2], chains) : 2;

	chains_free(chains);
	return status;
}
