#include "certroll/bundling.h"
#include "certroll/clock.h"
#include "certroll/fetch.h"
#include "certroll/text.h"
#include <string.h>

static int read_all(struct bundling *bundling, const struct bundling_request *request,
		    struct err *err)
{
	bundling->given.skip_keys = request->keyless;
	bundling->fetched.skip_keys = true;
	bundling->system = anchors_load(NULL, true, err);
	if (!bundling->system)
		return -1;
	if (request->ca_file) {
		bundling->file = anchors_load(request->ca_file, false, err);
		if (!bundling->file)
			return -1;
	}
	bundling->pool = chains_new(bundling->system, clock_wall());
	for (size_t i = 0; i < request->file_count; i++)
		if (gather_file(&bundling->given, request->files[i], request->password,
				bundling->pool, &bundling->findings, err))
			return -1;
	return request->lineage
		       ? lineage_gather(request->lineage, &bundling->given, request->password,
					bundling->pool, &bundling->findings, err)
		       : 0;
}

static const struct cert *last_of(const struct assembly *assembly)
{
	return assembly->certs[assembly->count - 1];
}

/* The issuer's name, but not the key that signed. */
static const struct gathered_cert *namesake(const struct bundling *bundling)
{
	const struct gathered *given = &bundling->given;

	for (size_t i = 0; i < given->cert_count; i++)
		if (strcmp(given->certs[i].cert->subject, last_of(&bundling->assembly)->issuer) ==
		    0)
			return &given->certs[i];
	return NULL;
}

static int refuse_incomplete(const struct bundling *bundling,
			     const struct bundling_request *request, struct err *err)
{
	const struct cert *last = last_of(&bundling->assembly);
	const struct gathered_cert *other = namesake(bundling);
	bool offer = !request->fetch && *last->issuer_url;
	auto_free char *confused =
		other ? text_format(" (%s has that name, but another key)", other->place) : NULL;

	return err_set(err, ERR_BUNDLE,
		       "the certificate of '%s', which signed '%s', is missing: it is not among "
		       "the files%s%s nor among the trust anchors of this machine; get it from "
		       "your CA and name it, too%s%s",
		       *last->issuer_cn ? last->issuer_cn : last->issuer, last->display,
		       confused ? confused : "", request->ca_file ? ", not in --ca-file" : "",
		       request->fetch ? " (the certificate does not say where it is published)"
		       : offer        ? "; --fetch gets it from "
				      : "",
		       offer ? last->issuer_url : "");
}

static bool progressed(const struct bundling *bundling, size_t had, const struct cert *last)
{
	for (size_t i = had; i < bundling->fetched.cert_count; i++)
		if (cert_signed_by(last, bundling->fetched.certs[i].cert))
			return true;
	return false;
}

/* What an address gives is checked like everything else: by signature. */
static int fetch_issuer(struct bundling *bundling, const struct bundling_request *request,
			int64_t deadline, struct err *err)
{
	const struct cert *last = last_of(&bundling->assembly);
	size_t had = bundling->fetched.cert_count;
	auto_secret body = { 0 };
	struct err why = { 0 };

	if (request->fetching)
		request->fetching(last->issuer_url);
	if (fetch_url(last->issuer_url, deadline - clock_mono_ms(), &body, &why))
		return err_set(err, ERR_BUNDLE,
			       "%s: %s; the certificate of '%s' was to be fetched there: get it "
			       "from your CA and name it, too",
			       last->issuer_url, why.text, last->issuer_cn);
	if (gather_bytes(&bundling->fetched, &body, last->issuer_url, bundling->pool,
			 &bundling->findings, &why))
		return err_set(err, ERR_BUNDLE, "fetched from %s", why.text);
	if (!progressed(bundling, had, last))
		return err_set(err, ERR_BUNDLE,
			       "%s: what is published there did not sign '%s'; get the certificate "
			       "of '%s' from your CA and name it, too",
			       last->issuer_url, last->display, last->issuer_cn);
	return 0;
}

static int complete(struct bundling *bundling, const struct bundling_request *request,
		    struct err *err)
{
	int64_t deadline = clock_mono_ms() + BUNDLING_FETCH_MS;

	for (int fetches = 0;; fetches++) {
		if (assemble_chain(&bundling->assembly, &bundling->given, &bundling->fetched,
				   bundling->file, bundling->pool, err))
			return -1;
		if (bundling->assembly.rooted)
			return 0;
		if (!request->fetch || !*last_of(&bundling->assembly)->issuer_url)
			return refuse_incomplete(bundling, request, err);
		if (fetches == BUNDLING_FETCHES)
			return err_set(err, ERR_BUNDLE,
				       "no root after fetching %d certificates, one above the "
				       "other; no honest chain is as long",
				       fetches);
		if (fetch_issuer(bundling, request, deadline, err))
			return -1;
	}
}

static bool is_used(const struct assembly *assembly, const struct cert *cert)
{
	for (size_t i = 0; i < assembly->count; i++)
		if (assembly->certs[i] == cert)
			return true;
	return false;
}

static void note(struct bundling *bundling, const char *place, const char *sentence)
{
	findings_add(&bundling->findings, "gather", SEVERITY_NOTE, place, NULL, "%s", sentence);
}

/* Repetitions go without a word: whoever names cert.pem and fullchain.pem means it. */
static void note_dropped(struct bundling *bundling)
{
	const struct gathered *given = &bundling->given;

	for (size_t i = 0; i < given->cert_count; i++) {
		const struct gathered_cert *one = &given->certs[i];
		auto_free char *sentence = text_format(
			"the certificate of '%s', issued by '%s', has no part in the chain of "
			"'%s'; left out",
			one->cert->display, one->cert->issuer_cn,
			bundling->assembly.certs[0]->display);

		if (!is_used(&bundling->assembly, one->cert))
			note(bundling, one->place, sentence);
	}
	for (size_t i = 0; i < given->key_count; i++)
		if (!assembly_owns(&bundling->assembly, &given->keys[i]))
			note(bundling, given->keys[i].place,
			     "this private key is not the leaf's; left out");
}

/* A signature shows that it is the right root; not that anybody ought to trust it. */
static void note_fetched_root(struct bundling *bundling)
{
	const struct cert *root = last_of(&bundling->assembly);
	char print[2 * CERT_HASH + 1];
	auto_free char *sentence = NULL;

	for (size_t i = 0; i < bundling->given.cert_count; i++)
		if (bundling->given.certs[i].cert == root)
			return;
	for (size_t i = 0; i < bundling->fetched.cert_count; i++) {
		if (bundling->fetched.certs[i].cert != root || sentence)
			continue;
		text_hex(root->sha256, CERT_HASH, print);
		sentence = text_format("the root '%s' was fetched, and this machine does not know "
				       "it; compare its SHA-256 with what your CA says: %s",
				       root->display, print);
		note(bundling, bundling->fetched.certs[i].place, sentence);
	}
}

int bundling_run(struct bundling *bundling, const struct bundling_request *request, struct err *err)
{
	if (read_all(bundling, request, err) ||
	    assemble_leaf(&bundling->assembly, &bundling->given, request->keyless, err) ||
	    complete(bundling, request, err))
		return -1;
	note_dropped(bundling);
	note_fetched_root(bundling);
	return 0;
}

void bundling_free(struct bundling *bundling)
{
	gather_free(&bundling->given);
	gather_free(&bundling->fetched);
	findings_free(&bundling->findings);
	chains_free(bundling->pool);
	anchors_free(bundling->file);
	anchors_free(bundling->system);
}

const char *bundling_origin(const struct bundling *bundling, const struct cert *cert)
{
	for (size_t i = 0; i < bundling->given.cert_count; i++)
		if (bundling->given.certs[i].cert == cert)
			return bundling->given.certs[i].place;
	for (size_t i = 0; i < bundling->fetched.cert_count; i++)
		if (bundling->fetched.certs[i].cert == cert)
			return bundling->fetched.certs[i].place;
	if (anchors_hold(bundling->file, cert))
		return "--ca-file";
	return "trust anchors of this machine";
}
