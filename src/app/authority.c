#include "certroll/authority.h"
#include "certroll/file.h"
#include "certroll/text.h"
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { DAY = 86400, FILES = 4 };

/* In this order, so that no certificate is ever there without its key. */
enum { ROOT_KEY, ROOT_CERT, INTERMEDIATE_KEY, INTERMEDIATE_CERT };

static const char *const files[FILES] = { "root.key", "root.pem", "intermediate.key",
					  "intermediate.pem" };

static char *path_of(const char *folder, int which)
{
	return text_format("%s/%s", folder, files[which]);
}

/* Inclusive: the last second of the last day belongs to it (BR 6.3.2). */
static struct span span_of(int64_t from, int64_t days)
{
	return (struct span){ from, from + days * DAY - 1 };
}

static int refuse_name(const char *name, struct err *err)
{
	size_t len = strlen(name);
	auto_free char *shown = text_printable(name, len, len + 1);

	if (!len || len > AUTHORITY_NAME_MAX || strcmp(shown, name) != 0)
		return err_set(err, ERR_USAGE,
			       "a CA's name is 1 to %d bytes of UTF-8 text, such as 'Example Ltd'",
			       AUTHORITY_NAME_MAX);
	return 0;
}

static int refuse_existing(const char *folder, struct err *err)
{
	struct stat status;

	for (int i = 0; i < FILES; i++) {
		auto_free char *path = path_of(folder, i);

		if (lstat(path, &status) == 0)
			return err_set(
				err, ERR_IO,
				"%s: there is a CA in this folder already (%s), and it is not "
				"overwritten; choose another folder",
				folder, files[i]);
	}
	return 0;
}

int authority_refuse(const struct authority_plan *plan, struct err *err)
{
	return refuse_name(plan->name, err) ? -1 : refuse_existing(plan->folder, err);
}

static int prepare_folder(const char *folder, struct err *err)
{
	struct stat status;

	if (file_make_folders(folder, err))
		return -1;
	if (mkdir(folder, 0700) && errno != EEXIST)
		return err_set(err, ERR_IO, "%s: %s", folder, strerror(errno));
	if (stat(folder, &status) || !S_ISDIR(status.st_mode))
		return err_set(err, ERR_IO, "%s: is no folder; choose another name", folder);
	if (status.st_mode & (S_IRWXG | S_IRWXO))
		return err_set(err, ERR_IO,
			       "%s: others may use this folder, and private keys are to lie in it; "
			       "choose another, or if it is there for that alone: chmod 700 it",
			       folder);
	return 0;
}

/* The year tells the CA from the one it replaces: two of one name confuse people and programs. */
static char *ca_name(const struct authority_plan *plan, const char *which)
{
	time_t now = (time_t)plan->now;
	struct tm parts;

	gmtime_r(&now, &parts);
	return text_format("%s %s CA %d", plan->name, which, parts.tm_year + 1900);
}

/* Certificates and keys, before anything is written. */
struct fresh {
	struct evp_pkey_st *keys[2];
	struct cert *certs[2];
};

static void fresh_free(struct fresh *fresh)
{
	for (int i = 0; i < 2; i++) {
		key_free(fresh->keys[i]);
		cert_free(fresh->certs[i]);
	}
}

static int make_all(const struct authority_plan *plan, struct fresh *fresh, struct err *err)
{
	int64_t from = plan->now - BACKDATED_SECONDS;
	struct span whole = span_of(from, plan->days), half = span_of(from, plan->days / 2);
	auto_free char *root = ca_name(plan, "Root");
	auto_free char *intermediate = ca_name(plan, "Intermediate");
	struct issuer issuer;

	for (int i = 0; i < 2; i++) {
		fresh->keys[i] = key_make(MAKE_CA_BITS, err);
		if (!fresh->keys[i])
			return -1;
	}
	fresh->certs[0] = cert_make_ca(NULL, fresh->keys[0], root, &whole, err);
	if (!fresh->certs[0])
		return -1;
	issuer = (struct issuer){ fresh->certs[0], fresh->keys[0] };
	fresh->certs[1] = cert_make_ca(&issuer, fresh->keys[1], intermediate, &half, err);
	return fresh->certs[1] ? 0 : -1;
}

static int write_one(const struct authority_plan *plan, const struct fresh *fresh, int which,
		     struct err *err)
{
	auto_free char *path = path_of(plan->folder, which);
	bool key = which == ROOT_KEY || which == INTERMEDIATE_KEY;
	int pair = which >= INTERMEDIATE_KEY;
	const struct cert *cert = fresh->certs[pair];
	auto_secret text = { 0 };

	if (make_pem(&cert, key ? 0 : 1, key ? fresh->keys[pair] : NULL, plan->password, &text,
		     err))
		return -1;
	return file_create(path, text.bytes, text.len, key ? FILE_PRIVATE : FILE_PUBLIC, err);
}

static int write_all(const struct authority_plan *plan, const struct fresh *fresh, struct err *err)
{
	for (int i = 0; i < FILES; i++) {
		if (write_one(plan, fresh, i, err) == 0)
			continue;
		while (i-- > 0) { /* half a CA would be in the way of the next attempt */
			auto_free char *path = path_of(plan->folder, i);

			unlink(path);
		}
		return -1;
	}
	return 0;
}

int authority_init(const struct authority_plan *plan, struct err *err)
{
	__attribute__((cleanup(fresh_free))) struct fresh fresh = { 0 };

	if (authority_refuse(plan, err) || prepare_folder(plan->folder, err) ||
	    make_all(plan, &fresh, err))
		return -1;
	return write_all(plan, &fresh, err);
}

static int refuse_pair(const struct authority *authority, const char *folder, int64_t now,
		       struct err *err)
{
	const struct cert *intermediate = authority->intermediate;
	char end[32];

	if (!authority->root->self_signed || !authority->root->is_ca || !intermediate->is_ca ||
	    !cert_signed_by(intermediate, authority->root))
		return err_set(err, ERR_BUNDLE,
			       "%s: root.pem and intermediate.pem do not belong together", folder);
	if (!key_owns(authority->key, intermediate))
		return err_set(err, ERR_BUNDLE,
			       "%s: intermediate.key is not the key of intermediate.pem", folder);
	if (now < intermediate->not_before)
		return err_set(err, ERR_BUNDLE,
			       "%s: the CA is not valid before %s; check the clock of this machine",
			       folder, text_time(intermediate->not_before, end));
	if (now + DAY > intermediate->not_after)
		return err_set(
			err, ERR_BUNDLE,
			"%s: the CA can sign no more, as its intermediate ends on %s; make a "
			"new one with 'certroll ca init'",
			folder, text_time(intermediate->not_after, end));
	return 0;
}

int authority_open(struct authority *authority, const char *folder, const struct secret *password,
		   int64_t now, struct err *err)
{
	auto_free char *root = path_of(folder, ROOT_CERT);
	auto_free char *cert = path_of(folder, INTERMEDIATE_CERT);
	auto_free char *key = path_of(folder, INTERMEDIATE_KEY);

	*authority = (struct authority){ 0 };
	authority->root = cert_load(root, err);
	if (!authority->root && err && err->code == ERR_IO)
		return err_wrap(err, "no CA here ('certroll ca init' makes one)");
	if (!authority->root)
		return -1;
	authority->intermediate = cert_load(cert, err);
	if (!authority->intermediate)
		return -1;
	authority->key = key_load(key, password, err);
	if (!authority->key)
		return -1;
	return refuse_pair(authority, folder, now, err);
}

void authority_close(struct authority *authority)
{
	cert_free(authority->root);
	cert_free(authority->intermediate);
	key_free(authority->key);
}

struct cert *authority_issue(const struct authority *authority, struct evp_pkey_st *key,
			     const struct name_list *names, int64_t days, int64_t now,
			     struct err *err)
{
	const struct cert *signer = authority->intermediate;
	struct issuer issuer = { signer, authority->key };
	int64_t from = now - BACKDATED_SECONDS;
	struct span span = span_of(from > signer->not_before ? from : signer->not_before, days);

	if (span.until > signer->not_after)
		span.until = signer->not_after;
	return cert_make_leaf(&issuer, key, names, &span, err);
}

int authority_pem(const struct authority *authority, const struct cert *leaf,
		  struct evp_pkey_st *key, struct secret *out, struct err *err)
{
	const struct cert *const chain[] = { leaf, authority->intermediate, authority->root };

	return make_pem(chain, COUNT(chain), key, NULL, out, err);
}
