#include "secret_ref.h"
#include "certroll/doc.h"
#include "certroll/text.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HOW_TO_REFER                                                                               \
	"put it into a file that only you can read and write file:NAME, or use env:NAME, "         \
	"cred:NAME, cmd:[...] or prompt"

static bool refuse(struct problem *problem, const char *sentence, const char *remedy)
{
	problem->sentence = text_copy(sentence);
	problem->remedy = text_copy(remedy);
	return false;
}

/* Names of variables and of systemd credentials; no '/' could leave the folder of the latter. */
static bool is_plain_name(const char *name)
{
	for (const char *at = name; *at; at++)
		if ((*at & 0x80) || !(isalnum((unsigned char)*at) || strchr("._-", *at)))
			return false;
	return *name && *name != '.' && strlen(name) < 256;
}

static bool take_file(struct secret_ref *ref, const char *name, const char *file,
		      struct problem *problem)
{
	if (!*name)
		return refuse(problem, "file: needs the name of a file behind it", NULL);
	if (*name == '~')
		return refuse(problem,
			      "the file name starts with '~', which only a shell understands",
			      "write the whole path");
	ref->argument = value_beside(file, name);
	return true;
}

static bool take_name(struct secret_ref *ref, const char *name, const char *file,
		      struct problem *problem)
{
	(void)file;
	if (!is_plain_name(name))
		return refuse(problem,
			      ref->kind == SECRET_ENV
				      ? "env: needs the name of an environment variable behind it"
				      : "cred: needs the name of a systemd credential behind it",
			      "letters, digits, '.', '_' and '-'");
	ref->argument = text_copy(name);
	return true;
}

static bool is_argument_list(const struct node *root)
{
	if (root->kind != NODE_LIST || !root->count || root->count > SECRET_MAX_ARGUMENTS)
		return false;
	for (size_t i = 0; i < root->count; i++)
		if (root->values[i].kind != NODE_SCALAR)
			return false;
	return root->values[0].text[0] != '\0';
}

static bool take_command(struct secret_ref *ref, const char *list, const char *file,
			 struct problem *problem)
{
	auto_findings findings = { 0 };
	struct doc *doc = doc_parse(list, strlen(list), "", &findings);
	const char *slash = file ? strrchr(file, '/') : NULL;
	bool fine = doc && is_argument_list(&doc->root);

	for (size_t i = 0; fine && i < doc->root.count; i++) {
		if (i == 0)
			ref->argv = mem_alloc((doc->root.count + 1) * sizeof *ref->argv);
		ref->argv[i] = text_copy(doc->root.values[i].text);
	}
	doc_free(doc);
	ref->folder = slash ? mem_copy(file, (size_t)(slash - file)) : text_copy(".");
	if (!fine)
		return refuse(problem, "cmd: needs a program and its arguments as a list behind it",
			      "'cmd:[\"pass\", \"show\", \"pbx\"]', with the single quotes");
	return true;
}

static bool take_prompt(struct secret_ref *ref, const char *rest, const char *file,
			struct problem *problem)
{
	(void)ref;
	(void)file;
	return !*rest || refuse(problem, "nothing may stand behind prompt", "write prompt alone");
}

static void ref_cleanup(struct secret_ref **ref)
{
	secret_ref_free(*ref);
}

struct secret_ref *secret_ref_parse(const char *text, const char *file, struct problem *problem)
{
	static const struct {
		const char *prefix;
		enum secret_kind kind;
		bool (*take_rest)(struct secret_ref *, const char *, const char *,
				  struct problem *);
	} kinds[] = {
		{ "file:", SECRET_FILE, take_file },      { "env:", SECRET_ENV, take_name },
		{ "cred:", SECRET_CRED, take_name },      { "cmd:", SECRET_CMD, take_command },
		{ "prompt", SECRET_PROMPT, take_prompt },
	};
	__attribute__((cleanup(ref_cleanup))) struct secret_ref *ref = mem_alloc(sizeof *ref);

	for (size_t i = 0; i < COUNT(kinds); i++) {
		if (!text_starts(text, kinds[i].prefix))
			continue;
		ref->kind = kinds[i].kind;
		ref->text = text_copy(text);
		if (!kinds[i].take_rest(ref, text + strlen(kinds[i].prefix), file, problem))
			return NULL;
		return take(ref);
	}
	refuse(problem, "a password itself does not belong here, only where to find it",
	       HOW_TO_REFER);
	return NULL;
}

int secret_ref_compare(const void *a, const void *b)
{
	const struct secret_ref *one = a, *other = b;
	int order = strcmp(one->text, other->text);

	if (order || !one->user || !other->user)
		return order;
	return strcmp(one->user, other->user);
}

void secret_ref_free(struct secret_ref *ref)
{
	if (!ref)
		return;
	for (size_t i = 0; ref->argv && ref->argv[i]; i++)
		mem_free(ref->argv[i]);
	mem_free(ref->argv);
	mem_free(ref->text);
	mem_free(ref->argument);
	mem_free(ref->folder);
	mem_free(ref->user);
	secret_free(&ref->value);
	mem_free(ref);
}

const char *secret_ref_text(const struct secret_ref *ref)
{
	return ref->text;
}

const struct secret *secret_ref_value(const struct secret_ref *ref)
{
	return ref->value.bytes ? &ref->value : NULL;
}

/* Also unsafe: what belongs to somebody else, who may write it whatever its mode says. */
static bool unsafe_path(const char *path)
{
	struct stat status;

	if (stat(path, &status))
		return true;
	return (status.st_mode & (S_IWGRP | S_IWOTH)) ||
	       (status.st_uid != 0 && status.st_uid != geteuid());
}

/* A sticky folder such as /tmp is no exception: others may put a file there first. */
static bool unsafe_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	auto_free char *folder = NULL;

	if (!slash)
		return unsafe_path(".");
	folder = slash == path ? text_copy("/") : mem_copy(path, (size_t)(slash - path));
	return unsafe_path(folder);
}

bool secret_unsafe_file(const char *path)
{
	char *real = realpath(path, NULL);
	bool unsafe = !real || unsafe_path(real) || unsafe_folder(real) || unsafe_folder(path);

	free(real);
	return unsafe;
}
