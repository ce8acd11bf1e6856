#include "certroll/cli.h"
#include "certroll/clock.h"
#include "certroll/export.h"
#include "certroll/text.h"
#include <stddef.h>
#include <string.h>
#include <time.h>

enum opt_kind {
	OPT_FLAG,
	OPT_TEXT,
	OPT_FAULT,
	OPT_NOTIFY,
	OPT_REPORT,
	OPT_LINEAGE,
	OPT_DURATION,
	OPT_NUMBER,
	OPT_CHOICE,
	OPT_PROFILE,
	OPT_TIME,
	OPT_LIFE,
	OPT_HELP
};

struct opt {
	const char *name;
	char letter;
	enum opt_kind kind;
	size_t offset;
	const char *value; /* how help calls the value */
	const char *help;
	const char *const *choices;
	int64_t max;
};

static const char *const root_words[] = { "detect", "public", "private", NULL };

#define AT(member)  offsetof(struct cli, member)
#define ASK(member) offsetof(struct cli, request.member)

static const struct opt opts[] = {
	{ "inventory", 'i', OPT_TEXT, ASK(inventory), "FILE", "the inventory (YAML)", NULL, 0 },
	{ "limit", 'l', OPT_TEXT, ASK(limit), "PATTERNS",
	  "only these devices, groups, sites or roles: a,b  a:&b  a:!b  globs", NULL, 0 },
	{ "bundle", 'b', OPT_TEXT, ASK(bundle), "FILE", "the bundle every endpoint should serve",
	  NULL, 0 },
	{ "from-lineage", 0, OPT_LINEAGE, 0, "PATH",
	  "instead of BUNDLE: what an ACME client left, a folder or a file; may be repeated", NULL,
	  0 },
	{ "config", 0, OPT_TEXT, AT(config), "FILE",
	  "inventories and options for hooks and timers (docs/hooks.md)", NULL, 0 },
	{ "ca-file", 0, OPT_TEXT, ASK(ca_file), "FILE", "trust anchors (PEM) beside the system's",
	  NULL, 0 },
	{ "root-kind", 0, OPT_CHOICE, ASK(root_kind), "KIND",
	  "is the root one that clients bring along: detect, public, private", root_words, 0 },
	{ "profile", 'p', OPT_PROFILE, 0, "NAME",
	  "judge by: innovaphone, apple, cabf, ip-office, strict, server, path", NULL, 0 },
	{ "policy", 0, OPT_TEXT, ASK(policy), "FILE",
	  "severities of your own (YAML: docs/policy.md)", NULL, 0 },
	{ "markdown", 0, OPT_FLAG, AT(markdown), NULL,
	  "all findings, as the text of docs/findings.md", NULL, 0 },
	{ "dry-run", 'n', OPT_FLAG, ASK(dry_run), NULL,
	  "ask every device, change none, print the plan", NULL, 0 },
	{ "yes", 'y', OPT_FLAG, ASK(yes), NULL, "go ahead without asking", NULL, 0 },
	{ "trust-only", 0, OPT_FLAG, ASK(trust_only), NULL,
	  "only bring the root to the trust lists", NULL, 0 },
	{ "accept-new", 0, OPT_FLAG, ASK(accept_new), NULL,
	  "note the keys of devices not known yet (trust: pin)", NULL, 0 },
	{ "allow-open-key", 0, OPT_FLAG, ASK(allow_open_key), NULL,
	  "deploy although others may read the bundle", NULL, 0 },
	{ "due", 0, OPT_FLAG, AT(due), NULL,
	  "all that earlier runs have left to do; nothing to do is well", NULL, 0 },
	{ "only-failed", 0, OPT_FLAG, ASK(only_failed), NULL,
	  "only devices whose last run did not end well", NULL, 0 },
	{ "rollback-on-failure", 0, OPT_FLAG, ASK(rollback_on_failure), NULL,
	  "put a device that fails after a change back to the bundle before", NULL, 0 },
	{ "no-archive", 0, OPT_FLAG, ASK(no_archive), NULL,
	  "keep no copy of the bundle for the way back", NULL, 0 },
	{ "compromised", 0, OPT_FLAG, ASK(compromised), NULL,
	  "the key served now has leaked: it must never come back", NULL, 0 },
	{ "device", 0, OPT_TEXT, AT(device), "NAME", "undo the last change of this device", NULL,
	  0 },
	{ "clear", 0, OPT_FLAG, ASK(clear), NULL,
	  "where there is no earlier bundle: back to the factory certificate", NULL, 0 },
	{ "settle", 0, OPT_DURATION, ASK(settle_ms), "TIME",
	  "how long a device may take to serve what was installed (10s)", NULL, 3600000 },
	{ "timeout", 't', OPT_DURATION, ASK(timeout_ms), "TIME",
	  "limit of a connect and of an exchange (10s, 30s)", NULL, 3600000 },
	{ "time-limit", 0, OPT_DURATION, ASK(time_limit_ms), "TIME",
	  "limit of a whole device (10m)", NULL, 86400000 },
	{ "jobs", 'j', OPT_NUMBER, ASK(jobs), "N", "devices at once (256)", NULL, ENGINE_JOBS_MAX },
	{ "serial", 0, OPT_TEXT, ASK(serial), "SIZES",
	  "most devices of the first, second ... wave: 1,10%,100%", NULL, 0 },
	{ "max-fail", 0, OPT_TEXT, ASK(max_fail), "N",
	  "begin no further wave once N devices (or N%) have failed", NULL, 0 },
	{ "no-canary", 0, OPT_FLAG, ASK(no_canary), NULL,
	  "do not prove the first device of each driver before the others", NULL, 0 },
	{ "per-site", 0, OPT_NUMBER, ASK(per_site), "N", "devices of one site at once", NULL,
	  ENGINE_JOBS_MAX },
	{ "now", 0, OPT_FLAG, ASK(now), NULL, "also devices whose window is closed", NULL, 0 },
	{ "wait", 0, OPT_DURATION, ASK(wait_ms), "TIME",
	  "wait so long for another run of this inventory to end", NULL, 86400000 },
	{ "recheck", 0, OPT_DURATION, ASK(recheck_ms), "TIME",
	  "look again so long after the last proof", NULL, 86400000 },
	{ "plan", 0, OPT_TEXT, AT(plan), "FILE",
	  "carry out this saved plan (plan -o json), if nothing has moved since", NULL, 0 },
	{ "fault", 0, OPT_FAULT, 0, "DEVICE=KIND",
	  "what shall go wrong there (docs/rehearsal.md); may be repeated", NULL, 0 },
	{ "driver", 0, OPT_TEXT, AT(driver), "NAME",
	  "of the recorded device (else told by the recording)", NULL, 0 },
	{ "host", 0, OPT_TEXT, AT(host), "HOST", "the device that was recorded", NULL, 0 },
	{ "state", 0, OPT_TEXT, ASK(state), "DIR", "where pins, journal and archive are kept", NULL,
	  0 },
	{ "user", 0, OPT_TEXT, AT(user), "NAME",
	  "started by root: become this user before anything is parsed or contacted", NULL, 0 },
	{ "credentials", 0, OPT_TEXT, AT(credentials), "DIR",
	  "where cred:NAME is when systemd says no other place; read before --user", NULL, 0 },
	{ "replace", 0, OPT_TEXT, AT(replace), "NAME",
	  "this box was exchanged: note the key it shows now", NULL, 0 },
	{ "forget", 0, OPT_TEXT, AT(forget), "NAME", "forget the pins of this device", NULL, 0 },
	{ "at", 0, OPT_TIME, AT(at), "TIME", "judge as of 2026-11-22 or 2026-11-22T12:00:00Z", NULL,
	  0 },
	{ "output", 'o', OPT_CHOICE, AT(format), "FORMAT",
	  "text or json; check also jsonl; "
	  "audit, verify, deploy, resume and rollback also jsonl, csv, nagios, prometheus, junit, "
	  "html",
	  report_words, 0 },
	{ "format", 0, OPT_CHOICE, AT(export), "FORMAT",
	  "for other programs: text, json, csv (a table to edit and read again) or ansible",
	  export_words, 0 },
	{ "warn", 'w', OPT_LIFE, ASK(warn), "LIMIT",
	  "warn when less is left of the leaf: 30d, or a share of its life: 33%", NULL, 0 },
	{ "fail", 0, OPT_LIFE, ASK(fail), "LIMIT", "an error when less is left: 7d, 10%", NULL, 0 },
	{ "diff", 0, OPT_FLAG, ASK(diff), NULL,
	  "only what changed since the audit before; nothing when nothing did", NULL, 0 },
	{ "keep", 0, OPT_DURATION, AT(keep_ms), "TIME",
	  "how long audits and runs stay in the history (400d)", NULL, 3650LL * 86400000 },
	{ "no-note", 0, OPT_FLAG, AT(no_note), NULL,
	  "leave the history of audits as it is: of one with other options than usual", NULL, 0 },
	{ "audits", 0, OPT_FLAG, AT(audits), NULL, "the audits, and not the runs", NULL, 0 },
	{ "endpoint", 0, OPT_TEXT, AT(endpoint), "DEVICE",
	  "what its endpoints served, since when and until when", NULL, 0 },
	{ "summary", 0, OPT_FLAG, ASK(summary), NULL, "the recap alone, not each device", NULL, 0 },
	{ "out", 'o', OPT_TEXT, AT(out), "PATH", "the file (root: the folder) to write", NULL, 0 },
	{ "key", 'k', OPT_TEXT, AT(key), "FILE",
	  "the private key (OUT.key); made when it is not there", NULL, 0 },
	{ "name", 0, OPT_TEXT, AT(name), "TEXT", "how people call the CA: what their phones show",
	  NULL, 0 },
	{ "days", 0, OPT_NUMBER, AT(days), "N",
	  "how long it is valid (820; the root of a CA: 3650)", NULL, 36500 },
	{ "private", 0, OPT_FLAG, AT(private_ca), NULL,
	  "your own CA will sign: addresses and names of closed networks, too", NULL, 0 },
	{ "exact", 0, OPT_FLAG, AT(exact), NULL,
	  "names as they are: make no wildcard, add no domain", NULL, 0 },
	{ "password", 0, OPT_TEXT, AT(password), "REF",
	  "where the password of private keys and files read is: prompt, file:NAME, env:NAME, "
	  "cred:NAME, cmd:[...]",
	  NULL, 0 },
	{ "form", 0, OPT_TEXT, AT(form), "FORM",
	  "pem, pkcs12, or root (DER of the root alone); usually told by the name", NULL, 0 },
	{ "out-password", 0, OPT_TEXT, AT(out_password), "REF",
	  "where the password of a PKCS#12 container that is written is", NULL, 0 },
	{ "no-key", 0, OPT_FLAG, AT(no_key), NULL, "the certificates alone", NULL, 0 },
	{ "fetch", 0, OPT_FLAG, AT(fetch), NULL,
	  "fetch missing certificates from the address their CA names in them", NULL, 0 },
	{ "legacy", 0, OPT_FLAG, AT(legacy), NULL, "PKCS#12 with 3DES and SHA-1, for old readers",
	  NULL, 0 },
	{ "from", 0, OPT_TEXT, AT(from), "HOST:PORT", "take the root that this server sends", NULL,
	  0 },
	{ "fingerprint", 0, OPT_TEXT, AT(fingerprint), "SHA256", "the root must have this one",
	  NULL, 0 },
	{ "identifier", 0, OPT_TEXT, AT(identifier), "ID",
	  "of the profile (com.example.telephony); the same one replaces an older profile", NULL,
	  0 },
	{ "sign", 0, OPT_TEXT, AT(sign), "FILE",
	  "sign the profile: PEM file with certificate, chain and private key", NULL, 0 },
	{ "also", 0, OPT_REPORT, 0, "FORMAT=FILE",
	  "write this report, too, from the same look: prometheus=x.prom; may be repeated", NULL,
	  0 },
	{ "notify", 0, OPT_NOTIFY, 0, "WHOM",
	  "tell of changes: cmd:/path, webhook:https://..., mail:address; may be repeated", NULL,
	  0 },
	{ "notify-key", 0, OPT_TEXT, ASK(notify_key), "REF",
	  "where the key is that signs what goes to webhooks: cred:NAME, file:NAME, env:NAME", NULL,
	  0 },
	{ "sendmail", 0, OPT_TEXT, ASK(sendmail), "FILE",
	  "the program that takes mail (/usr/sbin/sendmail)", NULL, 0 },
	{ "verbose", 'v', OPT_FLAG, ASK(verbose), NULL, "say more", NULL, 0 },
	{ "quiet", 'q', OPT_FLAG, ASK(quiet), NULL, "say only what is not well", NULL, 0 },
	{ "help", 'h', OPT_HELP, 0, NULL, "this text", NULL, 0 },
};

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
	for (size_t i = 0; i < COUNT(opts); i++)
		if (strlen(opts[i].name) == length && !memcmp(opts[i].name, name, length) &&
		    cli_takes(command, opts[i].name))
			return &opts[i];
	return NULL;
}

static const struct opt *opt_short(const struct command *command, char letter)
{
	for (size_t i = 0; i < COUNT(opts); i++)
		if (opts[i].letter && opts[i].letter == letter && cli_takes(command, opts[i].name))
			return &opts[i];
	return NULL;
}

static int unknown(const struct command *command, const char *word, struct err *err)
{
	const char *names[COUNT(opts)];
	const char *nearest;
	size_t count = 0;

	for (size_t i = 0; i < COUNT(opts); i++)
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
	if (!report_words[format] || !equals[1] || cli->also_count == CLI_REPORTS)
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
	for (size_t i = 0; i < COUNT(opts); i++) {
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
