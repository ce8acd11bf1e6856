/*
 * twice: the smallest roll-out there can be, carried by certroll's engine: upload with Digest, then
 * prove by a handshake.  No real driver is like that, they ask before they act; it is the job that the
 * roll-out's bounds are about: exactly two handshakes and two requests per box.
 *
 *     twice INVENTORY BUNDLE IN-FLIGHT
 *
 * The devices of the inventory have the driver `twice`.  Says how many were proved; status 0 if all.
 */
#include "certroll/bundle.h"
#include "certroll/driver.h"
#include "certroll/engine.h"
#include "certroll/inventory.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct bench {
	struct inventory *inventory;
	struct bundle *bundle;
	size_t proved;
};

static enum verdict upload_build(struct job *job, struct exchange *exchange)
{
	return exchange_upload(exchange, "/X509/mod_cmd.xml?cmd=servercert-upload", "file",
			       "certificate.pem", "application/x-pem-file",
			       job_bundle(job, BUNDLE_PEM_CHAIN_KEY));
}

static enum verdict upload_check(struct job *job, const struct reply *reply)
{
	return step_accept(job, reply, "state=\"ok\"", NULL);
}

static const struct step upload[] = {
	{ .name = "upload", .build = upload_build, .check = upload_check, .changes = true },
	{ 0 },
};
static const struct driver twice = { .name = "twice", .install = upload };

static const struct driver *find(const char *name)
{
	return strcmp(name, twice.name) == 0 ? &twice : NULL;
}

static const struct device *device_at(size_t at, void *arg)
{
	const struct bench *bench = arg;

	return &bench->inventory->devices[at];
}

static struct job *begin(size_t at, void *arg)
{
	const struct bench *bench = arg;
	struct job *job = job_new(device_at(at, arg), bench->bundle);

	job_queue(job, twice.install, false);
	job_queue(job, verify_proof, true);
	return job;
}

static void end(struct job *job, void *arg)
{
	struct bench *bench = arg;

	if (job->err.code)
		fprintf(stderr, "%s: %s\n", job->device->name, job->err.text);
	bench->proved += job->endpoints[0].proof == PROOF_EXACT;
	job_free(job);
}

static int run(struct bench *bench, char **words, struct chains *chains, struct err *err)
{
	static const char *const names[] = { "twice", NULL };
	const struct driver_table drivers = { .find = find, .names = names };
	struct engine_config config = { .jobs = (unsigned)atoi(words[2]), .chains = chains };
	struct engine_work work = { .device = device_at, .begin = begin, .end = end, .arg = bench };
	auto_findings findings = { 0 };
	struct engine *engine;
	int status;

	bench->inventory = inventory_load(words[0], &drivers, &findings);
	bench->bundle = bundle_load(words[1], chains, &findings, err);
	if (!bench->inventory || !bench->bundle)
		return err_set(err, ERR_CONFIG, "inventory or bundle cannot be used");
	if (secrets_resolve(bench->inventory, NULL, err))
		return -1;
	engine = engine_new(&config, err);
	if (!engine)
		return -1;
	work.count = bench->inventory->count;
	status = engine_work(engine, &work, err);
	engine_free(engine);
	return status;
}

int main(int argc, char **argv)
{
	struct bench bench = { 0 };
	struct err err = { 0 };
	struct chains *chains;
	bool all;

	if (argc != 4) {
		fprintf(stderr, "usage: twice INVENTORY BUNDLE IN-FLIGHT\n");
		return 2;
	}
	if (engine_global_init(&err))
		return 3;
	chains = chains_new(NULL, time(NULL));
	if (run(&bench, argv + 1, chains, &err))
		fprintf(stderr, "twice: %s\n", err.text);
	else
		printf("%zu proved\n", bench.proved);
	all = bench.inventory && bench.proved == bench.inventory->count;
	bundle_free(bench.bundle);
	chains_free(chains);
	inventory_free(bench.inventory);
	return all ? 0 : 1;
}
