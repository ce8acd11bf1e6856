/*
 * From a bundle, a file or a box to a folder that brings its root to clients.  Nothing is written
 * before the root is known to be private, fit, and the right one.
 */
#include "certroll/cli.h"
#include "certroll/exit.h"
#include "certroll/handout.h"
#include "certroll/root.h"
#include "certroll/sign.h"
#include "certroll/text.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int refuse_words(const struct cli *cli, struct err *err)
{
	if (!cli->out)
		return err_set(err, ERR_USAGE, "no folder; name one to write to with -o FOLDER");
	if (!cli->word_count == !cli->from)
		return err_set(err, ERR_USAGE,
			       "name a file (bundle or root), or --from HOST:PORT, not both");
	return 0;
}

static void print_root(FILE *out, const struct cert *root)
{
	auto_free char *key = cert_key_text(root), *print = handout_fingerprint(root);
	char until[32], *rest = print;
	const char *label = "SHA-256";

	fprintf(out, "  %-12s %s\n", "root", root->subject);
	fprintf(out, "  %-12s %s\n", "valid until", text_time(root->not_after, until));
	fprintf(out, "  %-12s %s\n", "key", key);
	for (char *line; (line = strsep(&rest, "\n")); label = "")
		fprintf(out, "  %-12s %s\n", label, line);
}

/* Whoever answered on the network may have made that root a minute ago. */
static int confirm(const struct cli *cli, const struct cert *root, struct err *err)
{
	if (cli->fingerprint || !cli->from)
		return 0;
	if (!isatty(STDIN_FILENO))
		return err_set(err, ERR_USAGE,
			       "nobody is there to compare the fingerprint of the root; give it "
			       "with --fingerprint, as the box or its administrator shows it");
	fprintf(stderr, "%s sends this root:\n", cli->from);
	print_root(stderr, root);
	fprintf(stderr,
		"Compare the fingerprint with the one the box shows in its own administration.\n");
	if (!cli_confirm(cli, "Is it the same?"))
		return err_set(err, ERR_USAGE, "not confirmed; nothing was written");
	return 0;
}

static int say_public(const struct cli *cli, const struct cert *root)
{
	if (!cli->request.quiet)
		printf("'%s' is a public root: phones and computers bring it along, so nothing is "
		       "needed and nothing was written.\nIf it is your own and only this computer "
		       "knows it: --root-kind private\n",
		       root->display);
	return EXIT_WELL;
}

static void report(const struct cli *cli, const struct handout *handout,
		   const struct bundle *signer)
{
	struct handout_file files[HANDOUT_FILES];
	int width = 0;

	if (cli->request.quiet)
		return;
	handout_files(handout, files);
	for (size_t i = 0; i < HANDOUT_FILES; i++)
		if ((int)strlen(files[i].name) > width)
			width = (int)strlen(files[i].name);
	print_root(stdout, handout->root);
	printf("written to %s:\n", cli->out);
	for (size_t i = 0; i < HANDOUT_FILES; i++)
		printf("  %-*s  %s\n", width, files[i].name, files[i].purpose);
	if (signer)
		printf("profile signed by '%s'\n", chain_leaf(signer->chain)->display);
}

/* The signer's own root is trusted in a pool of its own. */
static int write_out(const struct cli *cli, const struct site *site, const struct handout *handout,
		     struct err *err)
{
	struct chains *chains = chains_new(site->anchors, site->now);
	struct bundle *signer = cli->sign ? signer_load(cli->sign, chains, err) : NULL;
	int status = -1;

	if (signer || !cli->sign)
		status = handout_write(handout, cli->out, signer, err);
	if (!status)
		report(cli, handout, signer);
	bundle_free(signer);
	chains_free(chains);
	return status;
}

static int root(struct cli *cli, struct site *site)
{
	auto_handout handout = { 0 };
	const struct cert *found;
	struct err err = { 0 };

	if (refuse_words(cli, &err) ||
	    site_load(site, &cli->request, cli->from ? (unsigned)SITE_NETWORK : 0, &err))
		return cli_fail(site, &err);
	found = cli->from ? root_served(site, &err) : root_in_file(site, cli->words[0], &err);
	if (!found || (cli->fingerprint && root_compare(found, cli->fingerprint, &err)))
		return cli_fail(site, &err);
	if (root_is_public(site, found))
		return say_public(cli, found);
	if (root_judge(site, found, &err) ||
	    handout_init(&handout, found, cli->name, cli->identifier, &err) ||
	    confirm(cli, found, &err) || write_out(cli, site, &handout, &err))
		return cli_fail(site, &err);
	report_findings(&site->findings, cli->request.quiet);
	return EXIT_WELL;
}

int cmd_root(struct cli *cli)
{
	struct site site = { 0 };
	int status;

	if (cli->from) {
		cli->request.targets = (char **)&cli->from;
		cli->request.target_count = 1;
	}
	status = root(cli, &site);
	site_free(&site);
	return status;
}
