/**
 * @file
 * cli: the commands, and the options they share.
 *
 * One table of options serves parsing, usage and help; each command names those it takes.
 *
 * Layer: cli.
 */
#ifndef CERTROLL_CLI_H
#define CERTROLL_CLI_H

#include "certroll/err.h"
#include "certroll/lineage.h"
#include "certroll/report.h"
#include "certroll/site.h"

enum { CLI_REPORTS = 8 };

/** Everything the command line can say; zero is "not said". */
struct cli {
	struct site_request request;
	int export;                               /**< enum export_format */
	int format;                               /**< enum report_format */
	const char *faults[REHEARSAL_MAX_FAULTS]; /**< of a rehearsal */
	size_t fault_count;
	struct cli_report_file {
		int format; /**< enum report_format */
		const char *path;
	} also[CLI_REPORTS]; /**< further reports, always whole */
	size_t also_count;
	bool help;                /**< explain the command and do nothing */
	const char *out;          /**< where the result goes */
	const char *password;     /**< reference of what opens the input */
	const char *form;         /**< of the output */
	const char *out_password; /**< reference of what protects the output */
	bool markdown;            /**< rules: the text of docs/findings.md */
	const char *key;          /**< file of the private key */
	const char *name;         /**< of a CA */
	int64_t days;             /**< of a certificate */
	bool private_ca;          /**< also names that public CAs do not issue */
	bool exact;               /**< names as they are */
	bool no_key;              /**< bundle: the certificates alone */
	bool fetch;               /**< bundle: contact the addresses in certificates */
	bool legacy;              /**< bundle: PKCS#12 for old readers */
	const char *from;         /**< host:port whose root is wanted */
	const char *fingerprint;  /**< SHA-256 the root must have */
	const char *identifier;   /**< of the profile */
	const char *sign;         /**< file of whoever signs the profile */
	const char *driver;       /**< by name */
	const char *host;         /**< that a recording must be of */
	const char *plan;         /**< file of a saved plan */
	const char *device;       /**< rollback: of its last change */
	const char *replace;      /**< device whose box was exchanged */
	const char *forget;       /**< device whose pins shall go */
	int64_t keep_ms;          /**< how long the history of audits is kept; 0: not said */
	bool no_note;             /**< audit: leave the history as it is */
	bool audits;              /**< history: of audits */
	const char *endpoint;     /**< history: of this device's endpoints */
	const char *config;       /**< file with options and inventories */
	const char *user;         /**< whom to become after reading what only root may read */
	const char *credentials;  /**< folder of what "cred:" names */
	const char *lineage[LINEAGE_MAX_FILES]; /**< files or folders that the bundle is made of */
	size_t lineage_count;
	bool due;     /**< resume: whatever runs have left */
	int64_t at;   /**< pretend that it is this time */
	char **words; /**< what is not an option; borrowed from argv */
	size_t word_count;
};

struct command {
	const char *name;
	const char *words;        /**< "BUNDLE", "[HOST:PORT[=NAME] ...]" */
	const char *summary;      /**< one line */
	const char *options;      /**< long names of the options it takes, blank-separated */
	int (*run)(struct cli *); /**< gives the exit status */
};

/** All commands, ended by an empty row. */
extern const struct command commands[];

const struct command *command_find(const char *name);

/** Read argv behind the command's name. */
int cli_parse(struct cli *cli, const struct command *command, int argc, char **argv,
	      struct err *err) MUST_CHECK;

/**
 * Set one option that stands somewhere else than on the command line.
 *
 * @param word  "--name" or "--name=value"; borrowed for as long as @p cli is used
 */
int cli_set(struct cli *cli, const struct command *command, const char *word,
	    struct err *err) MUST_CHECK;

/**
 * Carry out what was parsed: read what only root may read, become --user, and run the command, with
 * --config once for each inventory of the file.  The exit status; of several the worst.
 */
int cli_run(struct cli *cli, const struct command *command, int argc, char **argv);

/** Of two exit statuses the one that needs a person first. */
int cli_worse(int a, int b);

/** An option as help, manuals and completion show it.  The texts live as long as the program. */
struct cli_option {
	const char *name;
	char letter;              /**< 0: none */
	const char *value;        /**< how its value is called; NULL: it takes none */
	const char *help;         /**< one line */
	const char *const *words; /**< all that the value can be, NULL-terminated; NULL: more */
};

/**
 * Option number @p at of a command, or of all commands (NULL), in the order of help.
 *
 * @return false: there are no more
 */
bool cli_option(const struct command *command, size_t at, struct cli_option *out);

/** An exit status of the program. */
struct cli_exit {
	int status;
	const char *option; /**< only of commands that take this option; NULL: of all */
	const char *text;   /**< one line */
};

/** All of them, ended by a row without text. */
extern const struct cli_exit cli_exits[];

/** Does the command take an option of this name (or have this mark in its list)? */
bool cli_takes(const struct command *command, const char *name);

/** Usage, options and exit statuses of a command, on standard output. */
void cli_help(const struct command *command);

/** The list of commands. */
void cli_overview(void);

/** Print the error (and what stands in the site's findings) and give the exit status. */
int cli_fail(const struct site *site, const struct err *err);

/** Is the bundle one that every device can be given?  Judged before anything is contacted. */
int cli_judge(const struct cli *cli, struct site *site, struct err *err) MUST_CHECK;

/** site_confine() with the outputs of the command line; @p notes: see there. */
int cli_confine(const struct cli *cli, struct site *site, bool notes, struct err *err) MUST_CHECK;

/** Print the report, or write it to --out, write the further ones, and give the exit status. */
int cli_report(const struct cli *cli, const struct site *site, enum report_kind kind);

/** As cli_fail(), in the form that was asked for. */
int cli_fail_as(const struct cli *cli, const struct site *site, const struct err *err);

/** Ask a yes-or-no question on the terminal.  Without one, and without --yes: false, and said why. */
bool cli_confirm(const struct cli *cli, const char *question);

/**
 * The password of something new, by reference.  One that is typed without being seen is asked for
 * twice: nobody could open the result with what he did not mean to type.
 *
 * @param what  "the new file"
 */
int cli_new_password(const char *reference, const char *what, struct secret *out,
		     struct err *err) MUST_CHECK;

/** The first word as the number of a run; @p run stays as it is where there is no word. */
int cli_run_number(const struct cli *cli, int64_t *run, struct err *err) MUST_CHECK;

/** Look at the devices of a loaded site, show the plan, ask, carry it out, report; the exit status. */
int cli_roll_out(struct cli *cli, struct site *site);

int cmd_bundle(struct cli *cli);
int cmd_request(struct cli *cli);
int cmd_ca(struct cli *cli);
int cmd_root(struct cli *cli);
int cmd_rules(struct cli *cli);
int cmd_check(struct cli *cli);
int cmd_plan(struct cli *cli);
int cmd_deploy(struct cli *cli);
int cmd_pin(struct cli *cli);
int cmd_verify(struct cli *cli);
int cmd_audit(struct cli *cli);
int cmd_clear(struct cli *cli);
int cmd_resume(struct cli *cli);
int cmd_rollback(struct cli *cli);
int cmd_history(struct cli *cli);
int cmd_status(struct cli *cli);
int cmd_rehearse(struct cli *cli);
int cmd_inventory(struct cli *cli);
int cmd_learn(struct cli *cli);
int cmd_init(struct cli *cli);
int cmd_drivers(struct cli *cli);
int cmd_help(struct cli *cli);

#endif
