/*
 * A private key and a request for a certificate.  The key is written first: a request whose key was
 * lost would cost a certificate.
 */
#include "certroll/exit.h"
#include "certroll/file.h"
#include "make.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct asking {
	struct site site;
	struct sans sans;
	const char *out;
	char *key_path;
	struct evp_pkey_st *key;
	bool made;              /* the key is new */
	struct secret password; /* of the key; empty: none */
};

static void asking_free(struct asking *asking)
{
	secret_free(&asking->password);
	key_free(asking->key);
	mem_free(asking->key_path);
	sans_free(&asking->sans);
	site_free(&asking->site);
}

/* "site.csr" has its key in "site.key". */
static char *beside(const char *out)
{
	const char *slash = strrchr(out, '/'), *base = slash ? slash + 1 : out;
	const char *dot = strrchr(base, '.');
	size_t stem = dot && dot > base ? (size_t)(dot - out) : strlen(out);

	return text_format("%.*s.key", (int)stem, out);
}

static const struct secret *password_of(const struct asking *asking)
{
	return asking->password.bytes ? &asking->password : NULL;
}

static int get_password(const struct cli *cli, struct asking *asking, struct err *err)
{
	const char *what = asking->made ? "the new private key" : asking->key_path;

	return make_password(cli, what, asking->made, &asking->password, err);
}

static int get_key(struct asking *asking, struct err *err)
{
	asking->key = asking->made ? key_make(MAKE_LEAF_BITS, err)
				   : key_load(asking->key_path, password_of(asking), err);
	return asking->key ? 0 : -1;
}

static int write_key(const struct asking *asking, struct err *err)
{
	auto_secret text = { 0 };

	if (make_pem(NULL, 0, asking->key, password_of(asking), &text, err))
		return -1;
	return file_create(asking->key_path, text.bytes, text.len, FILE_PRIVATE, err);
}

static int write_files(const struct asking *asking, struct err *err)
{
	struct name_list names = sans_names(&asking->sans);
	auto_secret text = { 0 };
	int result = request_make(asking->key, &names, &text, err);

	mem_free(names.items);
	if (result)
		return err_wrap(err, "%s", asking->key_path);
	if (asking->made && write_key(asking, err))
		return -1;
	return file_create(asking->out, text.bytes, text.len, FILE_PUBLIC, err);
}

static void print(const struct asking *asking)
{
	auto_free char *key_path = text_shell(asking->key_path);
	int bits = key_bits(asking->key);

	if (asking->made)
		print_file(asking->key_path,
			   "a new private key (RSA %d)%s, for you alone; do not lose it", bits,
			   password_of(asking) ? ", encrypted" : "");
	else
		print_file(asking->key_path, "the private key, used again (RSA %d)%s", bits,
			   bits > MAKE_LEAF_BITS
				   ? "; innovaphone boxes are made for 2048 bits at most"
				   : "");
	print_file(asking->out, "the request");
	print_sans(&asking->sans);
	printf("Send %s to your CA.  When its reply is here:\n"
	       "  certroll bundle -o bundle.pem REPLY %s\n",
	       asking->out, key_path);
}

static int request(const struct cli *cli, struct asking *asking, struct err *err)
{
	if (!cli->out)
		return err_set(err, ERR_USAGE, "where shall the request go?  Add -o FILE.csr");
	asking->out = cli->out;
	asking->key_path = cli->key ? text_copy(cli->key) : beside(cli->out);
	asking->made = access(asking->key_path, F_OK) != 0;
	if (strcmp(asking->key_path, asking->out) == 0)
		return err_set(err, ERR_USAGE,
			       "request and private key cannot be the same file (%s)", asking->out);
	if (make_names(cli, 0, cli->private_ca, &asking->site, &asking->sans, err) ||
	    file_refuse_existing(asking->out, err) || get_password(cli, asking, err) ||
	    get_key(asking, err))
		return -1;
	return write_files(asking, err);
}

int cmd_request(struct cli *cli)
{
	__attribute__((cleanup(asking_free))) struct asking asking = { 0 };
	struct err err = { 0 };

	if (request(cli, &asking, &err))
		return cli_fail(&asking.site, &err);
	if (cli->request.quiet)
		report_findings(&asking.sans.left_out, false);
	else
		print(&asking);
	return EXIT_WELL;
}
