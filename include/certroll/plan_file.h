/**
 * @file
 * plan_file: a plan that was saved (`certroll plan -o json`), to be carried out only if nothing has
 * moved since: same inventory, same bundle, same devices, each with the same firmware and the same
 * certificates.
 *
 * The file is the report of `plan`; what is read of it is its member "plan".  It holds no secret.
 *
 * Layer: app.
 */
#ifndef CERTROLL_PLAN_FILE_H
#define CERTROLL_PLAN_FILE_H

#include "certroll/site.h"

enum { PLAN_MAX_BYTES = 256 * 1024 * 1024 };

struct plan_file;

/**
 * Read a plan.
 *
 * @return owned by the caller, or NULL with ERR_IO, ERR_LIMIT, or ERR_CONFIG: it is no plan
 */
struct plan_file *plan_load(const char *path, struct err *err) MUST_CHECK;

/** The same of a text that is here already; @p path is how messages call it. */
struct plan_file *plan_parse(const char *text, size_t len, const char *path,
			     struct err *err) MUST_CHECK;

/** NULL is fine. */
void plan_free(struct plan_file *plan);

/**
 * Take over what the plan was made with: which devices, in what waves, whether only roots.  Texts
 * are borrowed from the plan.
 *
 * @return 0, or -1 with ERR_USAGE when the request says otherwise
 */
int plan_adopt(const struct plan_file *plan, struct site_request *request,
	       struct err *err) MUST_CHECK;

/** Before anything is contacted: 0, or -1 with ERR_CONFIG and what has changed. */
int plan_same_files(const struct plan_file *plan, const struct site *site,
		    struct err *err) MUST_CHECK;

/** After the look: 0, or -1 with ERR_DEVICE and the first thing that has moved. */
int plan_same_devices(const struct plan_file *plan, const struct site *site,
		      struct err *err) MUST_CHECK;

/** The plan of a site after the look, as a file with nothing else in it.  Owned. */
char *plan_text(const struct site *site) MUST_CHECK;

#endif
