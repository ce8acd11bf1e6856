/* A CA of one's own: three verbs behind one command. */
#include "certroll/authority.h"
#include "certroll/clock.h"
#include "certroll/exit.h"
#include "certroll/file.h"
#include "certroll/text.h"
#include "make.h"
#include <stdio.h>
#include <string.h>

/* What a verb works with; all is freed when it ends. */
struct work {
	const struct cli *cli;
	const char *folder;
	struct authority authority;
	struct site site;
	struct sans sans;
	struct request *request;
	struct evp_pkey_st *key; /* of a new bundle */
	struct cert *leaf;
	struct findings findings;
	bool refused; /* the findings say why */
};

static void work_free(struct work *work)
{
	authority_close(&work->authority);
	sans_free(&work->sans);
	site_free(&work->site);
	request_free(work->request);
	key_free(work->key);
	cert_free(work->leaf);
	findings_free(&work->findings);
}

static int open_authority(struct work *work, struct err *err)
{
	auto_secret password = { 0 };

	if (make_password(work->cli, "the CA's private key", false, &password, err))
		return -1;
	return authority_open(&work->authority, work->folder,
			      work->cli->password ? &password : NULL, clock_wall(), err);
}

/* Before anybody is asked for a password or a key is made. */
static int check_out(const struct cli *cli, struct err *err)
{
	if (!cli->out)
		return err_set(err, ERR_USAGE, "where shall the certificate go?  Add -o FILE.pem");
	if (cli->days > LEAF_MAX_DAYS)
		return err_set(
			err, ERR_USAGE,
			"--days %lld: iPhones and Macs refuse a server's certificate of more "
			"than %d days, also that of a private CA; without --days it is %d",
			(long long)cli->days, LEAF_MAX_DAYS, LEAF_DAYS);
	return file_refuse_existing(cli->out, err);
}

static int issue(struct work *work, struct evp_pkey_st *key, const struct name_list *names,
		 struct err *err)
{
	int64_t days = work->cli->days ? work->cli->days : LEAF_DAYS;

	work->leaf = authority_issue(&work->authority, key, names, days, clock_wall(), err);
	return work->leaf ? 0 : -1;
}

static void print_leaf(const struct work *work, const char *what)
{
	const struct cert *leaf = work->leaf;
	long long days = cert_lifetime(leaf) / 86400;
	bool cut = leaf->not_after == work->authority.intermediate->not_after;
	char end[32];

	print_file(work->cli->out, "%s; valid until %s (%lld day%s%s)", what,
		   text_time(leaf->not_after, end), days, days == 1 ? "" : "s",
		   cut ? ", as it ends with the CA" : "");
}

static void print_ca(const char *folder, const char *name, const char *what)
{
	auto_free char *path = text_format("%s/%s.pem", folder, name);
	struct cert *cert = cert_load(path, NULL);
	char end[32];

	if (cert)
		print_file(path, "%s, valid until %s; %s", cert->display,
			   text_time(cert->not_after, end), what);
	cert_free(cert);
}

static int run_init(struct work *work, struct err *err)
{
	const struct cli *cli = work->cli;
	auto_free char *folder = text_shell(work->folder);
	auto_secret password = { 0 };
	struct authority_plan plan = { .folder = work->folder,
				       .name = cli->name ? cli->name : "Telephony",
				       .days = cli->days ? cli->days : AUTHORITY_DAYS,
				       .password = cli->password ? &password : NULL,
				       .now = clock_wall() };

	if (plan.days < AUTHORITY_MIN_DAYS || plan.days > AUTHORITY_MAX_DAYS)
		return err_set(err, ERR_USAGE, "--days of a root is %d to %d", AUTHORITY_MIN_DAYS,
			       AUTHORITY_MAX_DAYS);
	if (authority_refuse(&plan, err) ||
	    make_password(cli, "the new CA's private keys", true, &password, err) ||
	    authority_init(&plan, err))
		return -1;
	if (cli->request.quiet)
		return 0;
	print_ca(plan.folder, "root", "for all clients");
	print_ca(plan.folder, "intermediate", "signs for servers");
	printf("\nThe private keys lie beside them%s.  Signing does not need %s/root.key: move it "
	       "to a safe place.\nNext, the clients must get the root ('certroll help root'), and "
	       "the "
	       "boxes a certificate:\n  certroll ca bundle %s -o bundle.pem NAME...\n",
	       cli->password ? ", encrypted" : "", plan.folder, folder);
	return 0;
}

static int write_pem(struct work *work, struct err *err)
{
	enum file_mode mode = work->key ? FILE_PRIVATE : FILE_PUBLIC;
	auto_secret text = { 0 };

	if (authority_pem(&work->authority, work->leaf, work->key, &text, err))
		return -1;
	return file_create(work->cli->out, text.bytes, text.len, mode, err);
}

static void print_names(const struct name_list *names)
{
	printf("\nnames\n");
	for (size_t i = 0; i < names->count; i++)
		printf("  %s\n", names->items[i]);
	printf("\n");
}

static int run_sign(struct work *work, struct err *err)
{
	const struct cli *cli = work->cli;
	const char *path = cli->word_count > 2 ? cli->words[2] : NULL;
	auto_free char *out = text_shell(cli->out ? cli->out : "");

	if (cli->word_count != 3)
		return err_set(
			err, ERR_USAGE,
			"certroll ca sign DIR REQUEST.csr -o OUT.pem: one request is needed");
	if (check_out(cli, err))
		return -1;
	work->request = request_load(path, &work->findings, err);
	if (!work->request)
		return -1;
	work->refused = work->findings.count;
	if (work->refused)
		return err_set(err, ERR_BUNDLE, "%s is not signed", path);
	if (open_authority(work, err) ||
	    issue(work, work->request->key, &work->request->names, err) || write_pem(work, err))
		return -1;
	if (cli->request.quiet)
		return 0;
	print_leaf(work, "certificate, intermediate and root");
	print_names(&work->request->names);
	printf("Next, with the private key the request was made with:\n"
	       "  certroll bundle -o bundle.pem %s KEY\n",
	       out);
	return 0;
}

static void print_next(const struct cli *cli)
{
	const char *inventory = cli->request.inventory;
	auto_free char *bundle = text_shell(cli->out),
		       *list = inventory ? text_shell(inventory) : NULL;

	printf("Next:\n  certroll check %s%s%s\n", bundle, list ? " -i " : "", list ? list : "");
}

static int run_bundle(struct work *work, struct err *err)
{
	const struct cli *cli = work->cli;
	struct name_list names = { 0 };
	int result;

	if (check_out(cli, err) || make_names(cli, 2, true, &work->site, &work->sans, err) ||
	    open_authority(work, err))
		return -1;
	work->key = key_make(MAKE_LEAF_BITS, err);
	if (!work->key)
		return -1;
	names = sans_names(&work->sans);
	result = issue(work, work->key, &names, err);
	mem_free(names.items);
	if (result || write_pem(work, err))
		return -1;
	if (cli->request.quiet) {
		report_findings(&work->sans.left_out, false);
		return 0;
	}
	print_leaf(work, "certificate, intermediate, root and a new private key");
	print_sans(&work->sans);
	print_next(cli);
	return 0;
}

static const struct verb {
	const char *name;
	const char *options; /* of those that not all verbs take */
	int (*run)(struct work *work, struct err *err);
} verbs[] = {
	{ "init", "name", run_init },
	{ "sign", "out", run_sign },
	{ "bundle", "out inventory limit exact", run_bundle },
};

static const struct verb *find_verb(const char *word, struct err *err)
{
	const char *words[COUNT(verbs)];
	const char *nearest;

	for (size_t i = 0; i < COUNT(verbs); i++) {
		words[i] = verbs[i].name;
		if (strcmp(verbs[i].name, word) == 0)
			return &verbs[i];
	}
	nearest = text_nearest(word, words, COUNT(words));
	err_set(err, ERR_USAGE, "ca has no verb '%.60s'; %s%s%s", word,
		nearest ? "did you mean " : "there are init, sign and bundle",
		nearest ? nearest : "", nearest ? "?" : "");
	return NULL;
}

static int refuse_options(const struct cli *cli, const struct verb *verb, struct err *err)
{
	const struct {
		const char *name;
		bool given;
	} given[] = {
		{ "out", cli->out },
		{ "name", cli->name },
		{ "inventory", cli->request.inventory },
		{ "limit", cli->request.limit },
		{ "exact", cli->exact },
	};

	for (size_t i = 0; i < COUNT(given); i++)
		if (given[i].given && !strstr(verb->options, given[i].name))
			return err_set(err, ERR_USAGE, "ca %s takes no option --%s", verb->name,
				       given[i].name);
	return 0;
}

static int run(struct work *work, struct err *err)
{
	const struct cli *cli = work->cli;
	const struct verb *verb;

	if (!cli->word_count)
		return err_set(
			err, ERR_USAGE,
			"ca needs a verb and a folder: init DIR, sign DIR REQUEST -o OUT, or "
			"bundle DIR -o OUT NAME...");
	verb = find_verb(cli->words[0], err);
	if (!verb)
		return -1;
	if (cli->word_count < 2)
		return err_set(err, ERR_USAGE, "ca %s needs the folder of the CA", verb->name);
	if (verb->run == run_init && cli->word_count > 2)
		return err_set(err, ERR_USAGE, "ca init takes one folder, and '%.60s' is too much",
			       cli->words[2]);
	work->folder = cli->words[1];
	return refuse_options(cli, verb, err) ? -1 : verb->run(work, err);
}

int cmd_ca(struct cli *cli)
{
	__attribute__((cleanup(work_free))) struct work work = { .cli = cli };
	struct err err = { 0 };

	if (run(&work, &err) == 0)
		return EXIT_WELL;
	report_findings(&work.findings, false);
	if (!work.refused)
		return cli_fail(&work.site, &err);
	fflush(stdout);
	fprintf(stderr, "certroll: %s\n", err.text);
	return EXIT_FINDINGS;
}
