#include "opt.h"
#include "certroll/clock.h"
#include "certroll/text.h"
#include <string.h>
#include <time.h>

bool cli_takes(const struct command *command, const char *name)
{
	size_t length = strlen(name);

	for (const char *at = command->options; (at = strstr(at, name)); at += length) {
		bool begins = at == command->options || at[-1] == ' ';

		if (begins && (at[length] == ' ' || at[length] == '\0'))
			return true;
	}
	return false;
}

static const struct opt *opt_long(const struct command *command, const char *name, size_t length)
{
	for (size_t i = 0; opts[i].name; i++)
		if (strlen(opts[i].name) == length && !memcmp(opts[i].name, name, length) &&
		    cli_takes(command, opts[i].name))
			return &opts[i];
	return NULL;
}

static const struct opt *opt_short(const struct command *command, char letter)
{
	for (size_t i = 0; opts[i].name; i++)
		if (opts[i].letter && opts[i].letter == letter && cli_takes(command, opts[i].name))
			return &opts[i];
	return NULL;
}

static int unknown(const struct command *command, const char *word, struct err *err)
{
	const char *names[OPT_MAX];
	const char *nearest;
	size_t count = 0;

	for (size_t i = 0; opts[i].name; i++)
		if (cli_takes(command, opts[i].name))
			names[count++] = opts[i].name;
	nearest = text_starts(word, "--") ? text_nearest(word + 2, names, count) : NULL;
	if (nearest)
		return err_set(err, ERR_USAGE, "%s takes no option '%.60s'; did you mean --%s?",
			       command->name, word, nearest);
	return err_set(err, ERR_USAGE, "%s takes no option '%.60s'; see 'certroll help %s'",
		       command->name, word, command->name);
}

/* February 30 is no day and 12:00:60 no second, though strptime() and timegm() take both. */
static bool parse_time(const char *text, int64_t *out)
{
	struct tm parts = { 0 }, again;
	const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &parts);
	time_t time;

	if (!end) {
		parts = (struct tm){ 0 };
		end = strptime(text, "%Y-%m-%d", &parts);
	}
	if (!end || *end)
		return false;
	again = parts;
	time = timegm(&again);
	*out = (int64_t)time;
	return time > 0 && again.tm_mday == parts.tm_mday && again.tm_sec == parts.tm_sec;
}

static bool set_choice(const struct opt *opt, int *slot, const char *value)
{
	for (int i = 0; opt->choices[i]; i++)
		if (strcmp(opt->choices[i], value) == 0) {
			*slot = i;
			return true;
		}
	return false;
}

static bool set_profile(struct cli *cli, const char *value)
{
	cli->request.profile_given = profile_find(value, &cli->request.profile);
	return cli->request.profile_given;
}

static bool add_fault(struct cli *cli, const char *value)
{
	if (cli->fault_count == REHEARSAL_MAX_FAULTS)
		return false;
	cli->faults[cli->fault_count++] = value;
	return true;
}

static bool add_report(struct cli *cli, const char *value)
{
	const char *equals = strchr(value, '=');
	size_t len = equals ? (size_t)(equals - value) : 0;
	int format = 0;

	while (report_words[format] && (strlen(report_words[format]) != len ||
					memcmp(report_words[format], value, len) != 0))
		format++;
	if (!equals || !report_words[format] || !equals[1] || cli->also_count == CLI_REPORTS)
		return false;
	cli->also[cli->also_count++] = (struct cli_report_file){ format, equals + 1 };
	return true;
}

static bool add_notify(struct cli *cli, const char *value)
{
	if (!*value || cli->request.notify_count == NOTIFIERS_MAX)
		return false;
	cli->request.notify[cli->request.notify_count++] = value;
	return true;
}

static bool add_lineage(struct cli *cli, const char *value)
{
	if (cli->lineage_count == COUNT(cli->lineage) || !*value)
		return false;
	cli->lineage[cli->lineage_count++] = value;
	return true;
}

static bool set_value(struct cli *cli, const struct opt *opt, const char *value)
{
	void *slot = (char *)cli + opt->offset;
	int64_t number;

	switch (opt->kind) {
	case OPT_TEXT:
		*(const char **)slot = value;
		return *value;
	case OPT_FAULT:
		return add_fault(cli, value);
	case OPT_REPORT:
		return add_report(cli, value);
	case OPT_NOTIFY:
		return add_notify(cli, value);
	case OPT_LINEAGE:
		return add_lineage(cli, value);
	case OPT_DURATION:
		if (!text_duration(value, &number) || number < 1 || number > opt->max)
			return false;
		*(int64_t *)slot = number;
		return true;
	case OPT_NUMBER:
		return text_number(value, 1, opt->max, slot);
	case OPT_CHOICE:
		return set_choice(opt, slot, value);
	case OPT_PROFILE:
		return set_profile(cli, value);
	case OPT_LIFE:
		return life_limit_parse(value, slot);
	case OPT_TIME:
		return parse_time(value, slot);
	default:
		return false;
	}
}

/* One option; *used says whether the value was the next word. */
static int take_option(struct cli *cli, const struct opt *opt, const char *value, bool *used,
		       struct err *err)
{
	*used = false;
	if (opt->kind == OPT_HELP) {
		cli->help = true;
		return 0;
	}
	if (opt->kind == OPT_FLAG) {
		*((bool *)((char *)cli + opt->offset)) = true;
		return 0;
	}
	*used = true;
	if (!value)
		return err_set(err, ERR_USAGE, "--%s needs %s: %s", opt->name, opt->value,
			       opt->help);
	if (!set_value(cli, opt, value))
		return err_set(err, ERR_USAGE, "--%s cannot be '%.80s': %s", opt->name, value,
			       opt->help);
	return 0;
}

static int parse_long(struct cli *cli, const struct command *command, const char *word,
		      const char *next, bool *used, struct err *err)
{
	const char *equals = strchr(word, '=');
	size_t length = equals ? (size_t)(equals - word) - 2 : strlen(word) - 2;
	const struct opt *opt = opt_long(command, word + 2, length);
	int status;

	if (!opt)
		return unknown(command, word, err);
	if (equals && !opt->value)
		return err_set(err, ERR_USAGE, "--%s takes no value", opt->name);
	status = take_option(cli, opt, equals ? equals + 1 : next, used, err);
	*used = *used && !equals;
	return status;
}

int cli_set(struct cli *cli, const struct command *command, const char *word, struct err *err)
{
	bool used;

	return parse_long(cli, command, word, NULL, &used, err);
}

static int parse_short(struct cli *cli, const struct command *command, const char *word,
		       const char *next, bool *used, struct err *err)
{
	for (const char *at = word + 1; *at; at++) {
		const struct opt *opt = opt_short(command, *at);
		bool last = at[1] == '\0';

		if (!opt)
			return unknown(command, word, err);
		if (take_option(cli, opt, last ? next : at + 1, used, err))
			return -1;
		if (*used) {
			*used = last;
			return 0;
		}
	}
	return 0;
}

/* As its usage has it: "FILE..." any number, "[FILE]" one, "" none. */
static size_t most_words(const struct command *command)
{
	return strstr(command->words, "...") ? SIZE_MAX : *command->words ? 1 : 0;
}

/* What would have no effect is more likely a mistake than meant. */
static int refuse_idle(const struct cli *cli, const struct command *command, struct err *err)
{
	size_t most = most_words(command);

	if (cli->help)
		return 0;
	if (cli->word_count > most)
		return err_set(err, ERR_USAGE, "'%.80s' is too much: certroll %s takes %s%s",
			       cli->words[most], command->name, most ? "one " : "no words",
			       command->words);
	if (cli->request.limit && !cli->request.inventory && !cli->config)
		return err_set(err, ERR_USAGE, "-l chooses devices of an inventory; add -i FILE");
	if (cli->out && strcmp(cli->out, "-") == 0)
		return err_set(err, ERR_USAGE,
			       "--out needs a name: nothing is written to standard output");
	return 0;
}

/* Only commands that look at endpoints have a table of them to report. */
static const char *const *format_words(const struct command *command)
{
	static const char *const few[] = { "text", "json", NULL };
	static const char *const lines[] = { "text", "json", "jsonl", NULL };

	if (!command || cli_takes(command, "reports"))
		return report_words;
	return cli_takes(command, "jsonl") ? lines : few;
}

static int refuse_format(const struct cli *cli, const struct command *command, struct err *err)
{
	const char *word = report_words[cli->format];
	const char *const *words = format_words(command);

	for (size_t i = 0; words[i]; i++)
		if (strcmp(words[i], word) == 0)
			return 0;
	return err_set(err, ERR_USAGE, "%s has no report of form %s: text%s", command->name, word,
		       cli_takes(command, "jsonl") ? ", json or jsonl" : " or json");
}

/* The names of profiles are told by the table of rules. */
static const char *const *profile_words(void)
{
	static const char *words[PROFILE_COLUMNS + 1];

	for (int i = 0; i < PROFILE_COLUMNS; i++)
		words[i] = profile_name((enum profile_column)i);
	return words;
}

static const char *const *words_of(const struct opt *opt, const struct command *command)
{
	if (opt->kind == OPT_PROFILE)
		return profile_words();
	return opt->choices == report_words ? format_words(command) : opt->choices;
}

int cli_parse(struct cli *cli, const struct command *command, int argc, char **argv,
	      struct err *err)
{
	bool options = true;

	cli->words = argv;
	for (int i = 0; i < argc; i++) {
		const char *next = i + 1 < argc ? argv[i + 1] : NULL;
		bool used = false;

		if (options && strcmp(argv[i], "--") == 0)
			options = false;
		else if (!options || argv[i][0] != '-' || !argv[i][1])
			cli->words[cli->word_count++] = argv[i];
		else if (argv[i][1] == '-' ? parse_long(cli, command, argv[i], next, &used, err)
					   : parse_short(cli, command, argv[i], next, &used, err))
			return -1;
		i += used;
	}
	if (cli->at)
		clock_fix(cli->at);
	return refuse_idle(cli, command, err) ? -1 : refuse_format(cli, command, err);
}

bool cli_option(const struct command *command, size_t at, struct cli_option *out)
{
	for (size_t i = 0; opts[i].name; i++) {
		const struct opt *opt = &opts[i];

		if ((command && !cli_takes(command, opt->name)) || at--)
			continue;
		*out = (struct cli_option){ .name = opt->name,
					    .value = opt->value,
					    .help = opt->help,
					    .words = words_of(opt, command) };
		if (opt->letter && (!command || opt_short(command, opt->letter) == opt))
			out->letter = opt->letter;
		return true;
	}
	return false;
}
