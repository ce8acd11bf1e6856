#include "config.h"
#include "certroll/text.h"
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct line {
	const char *path;
	int number;
	char *name, *value; /* value NULL: none */
};

static int refuse(const struct line *line, struct err *err, const char *sentence)
{
	return err_set(err, ERR_CONFIG, "%s:%d: %.60s: %s", line->path, line->number, line->name,
		       sentence);
}

/* It says what root does before it is somebody else: nobody else may have written it. */
static int check_owner(const char *path, struct err *err)
{
	struct stat status;

	if (stat(path, &status))
		return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
	if (status.st_mode & (S_IWGRP | S_IWOTH) ||
	    (status.st_uid != 0 && status.st_uid != geteuid()))
		return err_set(err, ERR_CONFIG,
			       "%s: others may write it; chown it to root (or to you) and chmod "
			       "go-w it",
			       path);
	return 0;
}

static char *trim(char *text)
{
	size_t length;

	text += strspn(text, " \t\r");
	length = strlen(text);
	while (length && strchr(" \t\r", text[length - 1]))
		text[--length] = '\0';
	return text;
}

/* False: nothing is on it. */
static bool split(char *text, struct line *line)
{
	char *equals;

	text = trim(text);
	if (!*text || *text == '#')
		return false;
	equals = strchr(text, '=');
	if (equals)
		*equals = '\0';
	line->name = trim(text);
	line->value = equals ? trim(equals + 1) : NULL;
	return true;
}

static bool is_one_of(const char *name, const char *const *names)
{
	for (; *names; names++)
		if (strcmp(name, *names) == 0)
			return true;
	return false;
}

static int check_line(const struct config *config, const struct line *line, struct err *err)
{
	static const char *const elsewhere[] = { "config", "from-lineage", "due",
						 "plan",   "help",         NULL };
	static const char *const of_all[] = { "user", "credentials", NULL };
	static const char *const paths[] = { "inventory", "ca-file", "state",       "policy",
					     "out",       "bundle",  "credentials", NULL };

	if (is_one_of(line->name, elsewhere))
		return refuse(line, err, "this belongs on the command line, not in here");
	if (config->count && is_one_of(line->name, of_all))
		return refuse(line, err, "put it above the first inventory; it is for all of them");
	if (line->value && *line->value != '/' && is_one_of(line->name, paths))
		return refuse(line, err,
			      "write the whole path, from '/' on: a hook may run in any folder");
	return 0;
}

/* An option that the other command takes says nothing to this one. */
static bool is_for(const struct command *command, const char *name)
{
	bool shared =
		cli_takes(command_find("deploy"), name) || cli_takes(command_find("resume"), name);

	return cli_takes(command, name) || !shared;
}

static int take_line(struct config *config, const struct command *command, const struct line *line,
		     struct err *err)
{
	bool inventory = strcmp(line->name, "inventory") == 0;
	struct cli *into;
	char *word;

	if (check_line(config, line, err))
		return -1;
	if (!is_for(command, line->name))
		return 0;
	if (inventory && config->count == CONFIG_MAX_SITES)
		return refuse(line, err, "there are too many inventories; the limit is 64");
	if (inventory)
		config->sites[config->count++] = config->common;
	word = line->value ? text_format("--%s=%s", line->name, line->value)
			   : text_format("--%s", line->name);
	config->words[config->word_count++] = word;
	into = config->count ? &config->sites[config->count - 1] : &config->common;
	if (cli_set(into, command, word, err)) {
		err_wrap(err, "%s:%d", line->path, line->number);
		err->code = ERR_CONFIG;
		return -1;
	}
	return 0;
}

static int take_lines(struct config *config, const char *path, const struct command *command,
		      char *text, struct err *err)
{
	struct line line = { .path = path };

	for (char *rest = text, *one; (one = strsep(&rest, "\n"));) {
		if (++line.number > CONFIG_MAX_LINES)
			return err_set(err, ERR_LIMIT, "%s: more than %d lines", path,
				       CONFIG_MAX_LINES);
		if (split(one, &line) && take_line(config, command, &line, err))
			return -1;
	}
	if (!config->count)
		return err_set(err, ERR_CONFIG,
			       "%s: names no inventory; add a line such as: inventory = "
			       "/etc/certroll/inventory.yaml",
			       path);
	return 0;
}

int config_load(struct config *config, const char *path, const struct command *command,
		struct err *err)
{
	auto_secret text = { 0 };

	if (check_owner(path, err) || secret_load(&text, path, CONFIG_MAX_BYTES, NULL, err))
		return -1;
	if (memchr(text.bytes, '\0', text.len))
		return err_set(err, ERR_CONFIG, "%s: is no text", path);
	return take_lines(config, path, command, text.bytes, err);
}

void config_free(struct config *config)
{
	while (config->word_count)
		mem_free(config->words[--config->word_count]);
	config->count = 0;
}
