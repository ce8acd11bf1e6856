#include "certroll/clock.h"
#include "certroll/driver.h"
#include "certroll/inventory.h"
#include <check.h>
#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utmp.h>

/* A driver with a secret of its own, beside the password. */
struct token_options {
	struct secret_ref *token;
};

static const struct field token_rows[] = { { .key = "token",
					     .type = FIELD_SECRET,
					     .offset = offsetof(struct token_options, token),
					     .help = "a second secret" },
					   FIELD_END };

static const struct driver token_driver = { .name = "box",
					    .options = token_rows,
					    .options_size = sizeof(struct token_options) };

static const struct driver *find_driver(const char *name)
{
	return strcmp(name, "box") ? NULL : &token_driver;
}

static const char *const driver_words[] = { "box", NULL };
static const struct driver_table table = { find_driver, driver_words, NULL };

/* A folder of our own, since the safety of cmd: depends on it. */
static char folder[64];

static void make_folder(void)
{
	snprintf(folder, sizeof folder, "/tmp/certroll-secret-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	umask(022);
}

static void remove_folder(void)
{
	auto_free char *command = text_format("rm -rf '%s'", folder);

	ck_assert_int_eq(system(command), 0);
}

static char *put_file(const char *name, const char *text, mode_t mode)
{
	char *path = text_format("%s/%s", folder, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	ck_assert_int_eq(fchmod(fd, mode), 0);
	close(fd);
	return path;
}

/* An inventory of one device with this password, already quoted for YAML. */
static struct inventory *load_with(const char *password)
{
	auto_free char *text = text_format("devices:\n  - {name: pbx1, role: ap, driver: box, "
					   "host: h, names: [n], user: admin, password: %s}\n",
					   password);
	auto_free char *path = put_file("inventory.yaml", text, 0644);
	auto_findings findings = { 0 };
	struct inventory *inventory = inventory_load(path, &table, &findings);

	ck_assert_msg(inventory != NULL, "%s", findings.count ? findings.items[0].sentence : "");
	return inventory;
}

static void expect_value(const char *password, const char *value)
{
	struct inventory *inventory = load_with(password);
	struct err err = { 0 };

	ck_assert_msg(secrets_resolve(inventory, NULL, &err) == 0, "%s", err.text);
	ck_assert_str_eq(secret_ref_value(inventory->devices[0].password)->bytes, value);
	inventory_free(inventory);
}

static void expect_error(const char *password, const char *sentence)
{
	struct inventory *inventory = load_with(password);
	auto_free char *wanted = NULL;
	struct err err = { 0 };

	ck_assert_int_eq(secrets_resolve(inventory, NULL, &err), -1);
	wanted = text_format("device \"pbx1\": password %s: %s",
			     secret_ref_text(inventory->devices[0].password), sentence);
	ck_assert_str_eq(err.text, wanted);
	ck_assert_int_eq(err.code, ERR_SECRET);
	ck_assert_ptr_null(secret_ref_value(inventory->devices[0].password));
	ck_assert_ptr_null(strstr(err.text, "S3cret"));
	inventory_free(inventory);
}

START_TEST(test_secrets_resolve_file_beside_the_inventory)
{
	mem_free(put_file("pw", "S3cret\n", 0600));
	expect_value("file:pw", "S3cret");
	mem_free(put_file("pw", "S3cret \r\n", 0400));
	expect_value("file:pw", "S3cret ");
}
END_TEST

START_TEST(test_secrets_resolve_file_refuses)
{
	auto_free char *path = put_file("pw", "S3cret\n", 0640);
	auto_free char *open_file =
		text_format("others may read the file; run: chmod 600 %s", path);
	auto_free char *missing = text_format("%s/none: No such file or directory", folder);

	expect_error("file:pw", open_file);
	expect_error("file:none", missing);
	mem_free(put_file("pw", "\n", 0600));
	expect_error("file:pw", "the password is empty");
	mem_free(put_file("pw", "S3cret\nmore\n", 0600));
	expect_error("file:pw",
		     "more than one line, or a control character in it; a password alone "
		     "is needed");
}
END_TEST

START_TEST(test_secrets_resolve_env_overwrites_the_variable)
{
	static char variable[] = "CERTROLL_TEST=S3cret";
	struct inventory *inventory = load_with("env:CERTROLL_TEST");
	struct err err = { 0 };

	ck_assert_int_eq(putenv(variable), 0);
	ck_assert_int_eq(secrets_resolve(inventory, NULL, &err), 0);
	ck_assert_str_eq(secret_ref_value(inventory->devices[0].password)->bytes, "S3cret");
	ck_assert_str_eq(variable, "CERTROLL_TEST=");
	ck_assert_ptr_null(getenv("CERTROLL_TEST"));
	/* A second time nothing is read again. */
	ck_assert_int_eq(secrets_resolve(inventory, NULL, &err), 0);
	inventory_free(inventory);
	expect_error("env:CERTROLL_TEST", "there is no such environment variable");
}
END_TEST

START_TEST(test_secrets_resolve_cred_of_systemd)
{
	unsetenv("CREDENTIALS_DIRECTORY");
	expect_error("cred:pbx",
		     "there is no such credential; put LoadCredential=pbx:/path/of/file into the "
		     "systemd unit, or name its folder with --credentials");
	mem_free(put_file("pbx", "S3cret", 0440));
	setenv("CREDENTIALS_DIRECTORY", folder, 1);
	expect_value("cred:pbx", "S3cret");
	unsetenv("CREDENTIALS_DIRECTORY");
}
END_TEST

START_TEST(test_secrets_resolve_cmd_runs_a_program)
{
	expect_value("'cmd:[\"printf\", \"%s\", \"S3cret $HOME\"]'", "S3cret $HOME");
	expect_value("'cmd:[/bin/echo, a b]'", "a b");
	mem_free(put_file("give", "#!/bin/sh\necho from-script\n", 0700));
	expect_value("'cmd:[./give]'", "from-script");
	setenv("CERTROLL_TEST", "S3cret", 1);
	setenv("LANG", "C", 1);
	expect_value("'cmd:[sh, -c, \"printf %s:%s [$CERTROLL_TEST] $LANG\"]'", "[]:C");
	expect_value("'cmd:[sh, -c, \"read x || echo no input\"]'", "no input");
	unsetenv("CERTROLL_TEST");
}
END_TEST

START_TEST(test_secrets_resolve_cmd_refuses)
{
	expect_error("'cmd:[\"false\"]'", "ended with status 1");
	mem_free(put_file("give", "#!/bin/sh\necho S3cret; exit 3\n", 0700));
	expect_error("'cmd:[./give]'", "ended with status 3");
	expect_error("'cmd:[no-such-program]'", "there is no program \"no-such-program\"");
	expect_error("'cmd:[./none]'", "there is no program \"./none\"");
	expect_error("'cmd:[\"true\"]'", "the password is empty");
	expect_error("'cmd:[sh, -c, kill -9 $$]'", "was ended by signal 9");
	expect_error("'cmd:[head, -c, \"5000\", /dev/zero]'", "wrote more than 4096 bytes");
	mem_free(put_file("text", "echo a shell would run this\n", 0700));
	expect_error("'cmd:[./text]'", "could not be started, or ended with status 127");
}
END_TEST

START_TEST(test_secrets_resolve_cmd_is_stopped_in_time)
{
	int64_t start = clock_mono_ms();

	expect_error("'cmd:[sh, -c, sleep 60 & sleep 60]'", "did not finish within its time");
	ck_assert_int_lt(clock_mono_ms() - start, 45000);
}
END_TEST

START_TEST(test_secrets_resolve_cmd_refuses_writable_inventories)
{
	static const char sentence[] = "programs are not run as long as others may write the "
				       "inventory or its folder; run: chmod go-w on both";

	ck_assert_int_eq(chmod(folder, 0770), 0);
	expect_error("'cmd:[echo, x]'", sentence);
	ck_assert_int_eq(chmod(folder, 01777), 0);
	expect_error("'cmd:[echo, x]'", sentence);
	ck_assert_int_eq(chmod(folder, 0755), 0);
	expect_value("'cmd:[echo, x]'", "x");
}
END_TEST

START_TEST(test_inventory_load_sees_a_writable_file)
{
	auto_free char *path = put_file(
		"i.yaml", "devices:\n  - {name: a, role: ap, driver: box, host: h, names: [n]}\n",
		0664);
	auto_findings findings = { 0 };
	struct inventory *inventory = inventory_load(path, &table, &findings);

	ck_assert(inventory->writable_by_others);
	inventory_free(inventory);
}
END_TEST

START_TEST(test_secrets_resolve_only_the_chosen)
{
	auto_free char *path = put_file(
		"i.yaml",
		"defaults: {role: ap, driver: box}\ndevices:\n"
		"  - {name: a, host: a, names: [n], password: file:a}\n"
		"  - {name: b, host: b, names: [n], password: file:b, options: {token: file:t}}\n",
		0600);
	auto_findings findings = { 0 };
	struct inventory *inventory = inventory_load(path, &table, &findings);
	const bool first[] = { true, false };
	const struct token_options *options;
	struct err err = { 0 };

	mem_free(put_file("a", "1", 0600));
	ck_assert_int_eq(secrets_resolve(inventory, first, &err), 0);
	ck_assert_int_eq(secrets_resolve(inventory, NULL, &err), -1);
	mem_free(put_file("b", "2", 0600));
	ck_assert_int_eq(secrets_resolve(inventory, NULL, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "device \"b\": token file:t: "));
	mem_free(put_file("t", "3", 0600));
	ck_assert_int_eq(secrets_resolve(inventory, NULL, &err), 0);
	options = inventory->devices[1].options;
	ck_assert_str_eq(secret_ref_value(options->token)->bytes, "3");
	inventory_free(inventory);
}
END_TEST

/* In a child with a terminal of its own, or with none; the exit status tells. */
static int resolve_prompts(void)
{
	auto_free char *path =
		put_file("p.yaml",
			 "defaults: {role: ap, driver: box, password: prompt}\ndevices:\n"
			 "  - {name: a, host: a, names: [n], user: admin}\n"
			 "  - {name: b, host: b, names: [n], user: admin}\n"
			 "  - {name: c, host: c, names: [n], user: root}\n",
			 0600);
	auto_findings findings = { 0 };
	struct inventory *inventory = inventory_load(path, &table, &findings);
	struct err err = { 0 };
	int result = secrets_resolve(inventory, NULL, &err);

	if (result)
		fprintf(stderr, "[%s]", err.text);
	else
		result =
			strcmp(secret_ref_value(inventory->devices[1].password)->bytes, "S3cret") ||
			strcmp(secret_ref_value(inventory->devices[2].password)->bytes, "other");
	inventory_free(inventory);
	return result ? 1 : 0;
}

/* Read what the child shows until it holds the text. */
static void await_text(int fd, char *shown, size_t room, const char *wanted)
{
	size_t used = strlen(shown);

	while (!strstr(shown, wanted)) {
		ssize_t got = read(fd, shown + used, room - used - 1);

		ck_assert_msg(got > 0, "waited for \"%s\", got \"%s\"", wanted, shown);
		used += (size_t)got;
		shown[used] = '\0';
	}
}

START_TEST(test_secrets_resolve_prompt_asks_once_per_user)
{
	char shown[4096] = "";
	int terminal, status;
	pid_t child = forkpty(&terminal, NULL, NULL, NULL);

	ck_assert_int_ge(child, 0);
	if (child == 0)
		_exit(resolve_prompts());
	await_text(terminal, shown, sizeof shown, "Password of admin: ");
	ck_assert_int_eq(write(terminal, "S3cret\n", 7), 7);
	await_text(terminal, shown, sizeof shown, "Password of root: ");
	ck_assert_int_eq(write(terminal, "other\n", 6), 6);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	ck_assert_ptr_null(strstr(shown, "S3cret"));
	close(terminal);
}
END_TEST

START_TEST(test_secrets_resolve_prompt_restores_the_terminal)
{
	char shown[4096] = "";
	struct termios before, after;
	int terminal, other, status;
	pid_t child;

	ck_assert_int_eq(openpty(&terminal, &other, NULL, NULL, NULL), 0);
	ck_assert_int_eq(tcgetattr(other, &before), 0);
	child = fork();
	if (child == 0) {
		signal(SIGINT, SIG_DFL);
		_exit(login_tty(other) || resolve_prompts());
	}
	await_text(terminal, shown, sizeof shown, "Password of admin: ");
	ck_assert_int_eq(write(terminal, "\x03", 1), 1); /* ctrl-C */
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
	ck_assert_int_eq(tcgetattr(other, &after), 0);
	ck_assert_int_eq(before.c_lflag, after.c_lflag);
	close(other);
	close(terminal);
}
END_TEST

START_TEST(test_secrets_resolve_prompt_needs_a_terminal)
{
	char said[1024] = "";
	int ends[2], status;
	pid_t child;

	ck_assert_int_eq(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		setsid();
		dup2(ends[1], STDERR_FILENO);
		_exit(resolve_prompts());
	}
	close(ends[1]);
	await_text(ends[0], said, sizeof said, "]");
	ck_assert_str_eq(
		said, "[device \"a\": password prompt: there is no terminal to ask on; use file:, "
		      "env:, cred: or cmd: when nobody is there to answer]");
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(WEXITSTATUS(status), 1);
	close(ends[0]);
}
END_TEST

/* Those of the command line. */
START_TEST(test_secret_resolve_one)
{
	auto_secret value = { 0 }, other = { 0 };
	struct err err = { 0 };

	ck_assert_int_eq(chdir(folder), 0);
	mem_free(put_file("pw", "S3cret\n", 0600));
	ck_assert_msg(secret_resolve_one("file:pw", "", &value, &err) == 0, "%s", err.text);
	ck_assert_str_eq(value.bytes, "S3cret");
	setenv("CERTROLL_TEST", "from-env", 1);
	ck_assert_int_eq(secret_resolve_one("env:CERTROLL_TEST", "", &other, &err), 0);
	ck_assert_str_eq(other.bytes, "from-env");
}
END_TEST

START_TEST(test_secret_resolve_one_refuses)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{ "S3cret", "password: a password itself does not belong here" },
		{ "", "password: a password itself" },
		{ "file:", "needs the name of a file" },
		{ "env:CERTROLL_NONE", "password env:CERTROLL_NONE: there is no such" },
		{ "file:open", "password file:open: others may read the file" },
		{ "file:none", "password file:none: none: No such file" },
	};
	struct err err = { 0 };

	ck_assert_int_eq(chdir(folder), 0);
	mem_free(put_file("open", "S3cret\n", 0644));
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct secret value = { 0 };

		ck_assert_int_eq(secret_resolve_one(cases[i].text, "", &value, &err), -1);
		ck_assert_int_eq(err.code, ERR_SECRET);
		ck_assert_msg(strstr(err.text, cases[i].message), "%s", err.text);
		ck_assert_ptr_null(strstr(err.text, "S3cret"));
		ck_assert_ptr_null(value.bytes);
	}
}
END_TEST

Suite *suite_secret_ref(void);

Suite *suite_secret_ref(void)
{
	Suite *suite = suite_create("secret_ref");
	TCase *sources = tcase_create("sources");
	TCase *terminal = tcase_create("terminal");

	tcase_add_checked_fixture(sources, make_folder, remove_folder);
	tcase_set_timeout(sources, 60);
	tcase_add_test(sources, test_secrets_resolve_file_beside_the_inventory);
	tcase_add_test(sources, test_secrets_resolve_file_refuses);
	tcase_add_test(sources, test_secrets_resolve_env_overwrites_the_variable);
	tcase_add_test(sources, test_secrets_resolve_cred_of_systemd);
	tcase_add_test(sources, test_secrets_resolve_cmd_runs_a_program);
	tcase_add_test(sources, test_secrets_resolve_cmd_refuses);
	tcase_add_test(sources, test_secrets_resolve_cmd_is_stopped_in_time);
	tcase_add_test(sources, test_secrets_resolve_cmd_refuses_writable_inventories);
	tcase_add_test(sources, test_inventory_load_sees_a_writable_file);
	tcase_add_test(sources, test_secrets_resolve_only_the_chosen);
	tcase_add_test(sources, test_secret_resolve_one);
	tcase_add_test(sources, test_secret_resolve_one_refuses);
	suite_add_tcase(suite, sources);
	tcase_add_checked_fixture(terminal, make_folder, remove_folder);
	tcase_add_test(terminal, test_secrets_resolve_prompt_asks_once_per_user);
	tcase_add_test(terminal, test_secrets_resolve_prompt_restores_the_terminal);
	tcase_add_test(terminal, test_secrets_resolve_prompt_needs_a_terminal);
	suite_add_tcase(suite, terminal);
	return suite;
}
