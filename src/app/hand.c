#include "hand.h"
#include "certroll/clock.h"
#include "certroll/driver.h"
#include "certroll/journaling.h"
#include "certroll/log.h"
#include "certroll/report.h"
#include "rollout.h"
#include <string.h>

enum { LOOK_EVERY_MS = 3000, SERVED_MAX = 400 };

int hand_check(const struct site *site, struct err *err)
{
	struct by_hand hand;

	for (size_t i = 0; i < site->count; i++) {
		const struct device *device = site->results[i].device;

		if (device->state != DEVICE_HOLD && device_by_hand(device, &hand) &&
		    hand.files & HAND_PKCS12 && !hand.password)
			return err_set(
				err, ERR_CONFIG,
				"device \"%s\": the PKCS#12 container for the person needs a "
				"password of its own; add it to its options: password: "
				"file:NAME (or prompt, env:NAME, cred:NAME)",
				device->name);
	}
	return 0;
}

static bool is_leaf(const struct served *served, const struct journal_hash *hash)
{
	return hash->set && memcmp(chain_leaf(served->chain)->sha256, hash->bytes, CERT_HASH) == 0;
}

static bool ends_soon(const struct site *site, const struct device *device, const struct cert *leaf)
{
	struct judgement judgement = { 0 };
	int64_t warn, fail;

	site_set_life(site, device, &judgement);
	rules_life(&judgement, cert_lifetime(leaf), &warn, &fail);
	return leaf->not_after - site->now < warn;
}

/*
 * Served from before this run or the one that left the device due is what was to be replaced: the
 * same certificate is no success, and nobody needs to be told what it is.
 */
static enum proof proof_looked(const struct site *site, const struct result *result,
			       const struct endpoint *endpoint)
{
	const struct journal_device *before = journaling_before(site, result->device);
	const struct served *served = &endpoint->before;
	bool due = before && !strcmp(before->outcome, outcome_name(OUTCOME_DUE));
	bool own = device_makes_own(result->device);

	if (!served->chain || endpoint->proof == PROOF_PARTIAL)
		return endpoint->proof;
	if (endpoint->proof == PROOF_EXACT)
		return own && ((due && is_leaf(served, &before->before)) ||
			       ends_soon(site, result->device, chain_leaf(served->chain)))
			       ? PROOF_OLD
			       : PROOF_EXACT;
	if (own)
		return endpoint->proof;
	return due && before->before.set && !is_leaf(served, &before->before) ? PROOF_OTHER
									      : PROOF_OLD;
}

void hand_looked(const struct site *site, struct result *result)
{
	for (size_t i = 0; i < result->endpoint_count; i++)
		if (!result->endpoints[i].after_only)
			result->endpoints[i].proof =
				proof_looked(site, result, &result->endpoints[i]);
}

void hand_warn(struct result *result)
{
	struct by_hand hand;

	if (!device_by_hand(result->device, &hand))
		return;
	for (const char *const *warning = hand.warnings; warning && *warning; warning++)
		findings_add(&result->warnings, "plan-by-hand", SEVERITY_WARNING, NULL, NULL, "%s",
			     *warning);
}

/* Something is there that is neither wanted nor known: somebody took the wrong file. */
static void describe_strange(const struct result *result, char *out, size_t size)
{
	for (size_t i = 0; i < result->endpoint_count; i++) {
		enum proof proof = result->endpoints[i].proof;

		if (proof == PROOF_OTHER || proof == PROOF_PARTIAL) {
			describe_endpoint(&result->endpoints[i], out, size);
			return;
		}
	}
	out[0] = '\0';
}

static void conclude_due(struct result *result, const struct hand_folder *folder)
{
	char strange[SERVED_MAX];
	struct by_hand hand;

	device_by_hand(result->device, &hand);
	describe_strange(result, strange, sizeof strange);
	conclude(result, OUTCOME_DUE, "%s%sa person must %s; files in %s; then run '%s'", strange,
		 *strange ? "; " : "", hand.task, folder->path, folder->command);
}

/* A roll-out is resumed; what a rollback left to a person is only looked at again. */
static char *command_of(const struct site *site)
{
	const struct journaling *journaling = site->journaling;
	bool rollback = journaling && strcmp(journaling->command, "rollback") == 0;

	if (!journaling || !journaling->run)
		return text_copy("certroll resume");
	if (rollback)
		return text_copy("certroll verify BUNDLE");
	return text_format("certroll resume %lld",
			   (long long)(journaling->of ? journaling->of : journaling->run));
}

static void describe_folder(const struct site *site, const struct result *result,
			    struct hand_folder *folder)
{
	folder->path = hand_path(site, result->device);
	folder->command = command_of(site);
	folder->bundle = result->bundle ? result->bundle : site->bundle;
}

void hand_begin(struct site *site, struct result *result)
{
	auto_hand_folder folder = { 0 };
	struct err err = { 0 };

	describe_folder(site, result, &folder);
	if (hand_make(result->device, &folder, &err) || hand_write(&folder, &err) ||
	    journaling_by_hand(site, result, &err)) {
		conclude(result, OUTCOME_FAILED, "nothing was prepared for the person: %s",
			 err.text);
		return;
	}
	conclude_due(result, &folder);
	if (site->request->wait_ms)
		log_warn(result->device->name, "%s", result->sentence);
}

static void wipe(const struct site *site, const struct device *device)
{
	struct err err = { 0 };

	if (hand_wipe(site, device, &err))
		log_error(device->name, "%s", err.text);
}

static void conclude_look(struct site *site, struct result *result)
{
	auto_hand_folder folder = { 0 };

	if (result->job->err.code == ERR_INTERRUPT)
		return;
	if (!all_exact(result)) {
		describe_folder(site, result, &folder);
		conclude_due(result, &folder);
		return;
	}
	journaling_by_hand_proved(site, result);
	conclude_proved(site, result);
	log_info(result->device->name, "%s", result->sentence);
	wipe(site, result->device);
}

static size_t list_due(struct result *const *order, size_t count, struct result **due)
{
	size_t found = 0;

	for (size_t i = 0; i < count; i++)
		if (order[i]->outcome == OUTCOME_DUE)
			due[found++] = order[i];
	return found;
}

static int look_again(struct site *site, struct result *const *due, size_t count, struct err *err)
{
	for (size_t i = 0; i < count; i++)
		queue_look(due[i]);
	if (run_jobs(site, due, count, err))
		return -1;
	for (size_t i = 0; i < count; i++)
		conclude_look(site, due[i]);
	return 0;
}

int hand_wait(struct site *site, struct result *const *order, size_t count, struct err *err)
{
	auto_free struct result **due = mem_alloc((count + 1) * sizeof *due);
	int64_t deadline = clock_mono_ms() + site->request->wait_ms, left;
	size_t waiting;

	while ((waiting = list_due(order, count, due)) && !site->interrupted) {
		left = deadline - clock_mono_ms();
		if (left <= 0)
			break;
		site->interrupted = signals_wait(left < LOOK_EVERY_MS ? left : LOOK_EVERY_MS);
		if (!site->interrupted && look_again(site, due, waiting, err))
			return -1;
	}
	return 0;
}

void hand_tidy(const struct site *site)
{
	for (size_t i = 0; i < site->count; i++)
		if (site->results[i].outcome == OUTCOME_UNCHANGED && !site->rehearsal &&
		    !site->request->trust_only && device_by_hand(site->results[i].device, NULL))
			wipe(site, site->results[i].device);
}

int hand_play(struct site *site, struct result *result, struct err *err)
{
	const struct device *device = result->device;
	auto_hand_folder folder = { 0 };
	auto_free char *san = NULL;
	const struct hand_item *pkcs12;
	struct by_hand hand;

	device_by_hand(device, &hand);
	describe_folder(site, result, &folder);
	if (hand_make(device, &folder, err))
		return -1;
	if (hand.own) {
		san = hand_san(device, &hand);
		return rehearsal_regenerate(site->rehearsal, device, san, hand.most_days, err);
	}
	pkcs12 = hand_pkcs12(&folder);
	if (pkcs12)
		return rehearsal_install(site->rehearsal, device, &pkcs12->bytes,
					 secret_ref_value(hand.password), err);
	return rehearsal_install_pem(site->rehearsal, device,
				     bundle_bytes(folder.bundle, BUNDLE_PEM_CHAIN_KEY), err);
}
