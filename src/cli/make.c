#include "make.h"
#include <stdarg.h>
#include <stdio.h>

enum { OWNERS_SHOWN = 5 };

int make_names(const struct cli *cli, size_t first, bool private_ca, struct site *site,
	       struct sans *sans, struct err *err)
{
	struct sans_terms terms = { .private_ca = private_ca, .exact = cli->exact };

	if (cli->word_count <= first && !cli->request.inventory)
		return err_set(err, ERR_USAGE,
			       "no names; name some, such as '*.example.com', or give an inventory "
			       "with -i FILE");
	if (cli->request.inventory && site_load(site, &cli->request, SITE_INVENTORY, err))
		return -1;
	if (sans_of_site(sans, site, cli->words + first, cli->word_count - first, &terms, err) == 0)
		return 0;
	findings_append(&site->findings, &sans->left_out); /* they are part of the reason */
	return -1;
}

static void print_owners(const struct san *san)
{
	size_t shown = san->owner_count < OWNERS_SHOWN ? san->owner_count : OWNERS_SHOWN;

	if (san->added)
		printf("comes with its wildcard; --exact leaves it out");
	if (san->named)
		printf("you%s", shown ? ", " : "");
	for (size_t i = 0; i < shown; i++)
		printf("%s%s", i ? ", " : "", san->owners[i]);
	if (san->owner_count > shown)
		printf(" and %zu more", san->owner_count - shown);
	printf("\n");
}

void print_sans(const struct sans *sans)
{
	printf("\nnames, and for whom\n");
	for (size_t i = 0; i < sans->count; i++) {
		printf("  %-30s ", sans->items[i].name);
		print_owners(&sans->items[i]);
	}
	printf("\n");
	report_findings(&sans->left_out, false);
	if (sans->left_out.count)
		printf("\n");
}

void print_file(const char *path, const char *format, ...)
{
	va_list values;

	printf("%-32s ", path);
	va_start(values, format);
	vprintf(format, values);
	va_end(values);
	printf("\n");
}

int make_password(const struct cli *cli, const char *what, bool anew, struct secret *out,
		  struct err *err)
{
	int status = 0;

	if (cli->password && anew)
		status = cli_new_password(cli->password, what, out, err);
	else if (cli->password)
		status = secret_resolve_one(cli->password, what, out, err);
	return status ? err_wrap(err, "--password") : 0;
}
