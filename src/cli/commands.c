#include "certroll/cli.h"
#include <string.h>

#define COMMON "output verbose quiet at help"
#define SITE   "inventory limit ca-file root-kind profile " COMMON
#define TURNS  "serial max-fail no-canary per-site recheck "
#define AUDIT  "reports out also warn fail summary policy "
#define WIRE   "state timeout time-limit jobs user "
#define HOOK   "config credentials queue "

const struct command commands[] = {
	{ "init", "", "write a first inventory from a few questions", "help", cmd_init },
	{ "inventory", "", "check an inventory and list its devices",
	  "inventory limit format " COMMON, cmd_inventory },
	{ "check", "BUNDLE", "say what is wrong with a certificate bundle", "jsonl policy " SITE,
	  cmd_check },
	{ "bundle", "FILE...", "make the file that works of what the CA gave you",
	  "out form password out-password ca-file fetch no-key legacy inventory limit root-kind "
	  "profile policy verbose quiet at help",
	  cmd_bundle },
	{ "request", "[NAME...]", "make a key and a certificate request",
	  "out key password inventory limit private exact quiet help", cmd_request },
	{ "ca", "init|sign|bundle DIR ...", "be a CA of your own",
	  "out name days password inventory limit exact quiet at help", cmd_ca },
	{ "root", "[FILE]", "bring a private root to phones and computers",
	  "out from fingerprint name identifier sign root-kind timeout verbose quiet at help",
	  cmd_root },
	{ "rules", "[ID...]", "list what a chain is judged by", "markdown output help", cmd_rules },
	{ "plan", "BUNDLE", "ask every device and say what deploy would do",
	  WIRE TURNS HOOK "from-lineage policy trust-only accept-new allow-open-key settle " SITE,
	  cmd_plan },
	{ "deploy", "BUNDLE", "install the bundle on every device and prove it",
	  WIRE TURNS HOOK "from-lineage reports out policy plan dry-run yes now wait trust-only "
			  "accept-new allow-open-key "
			  "settle only-failed rollback-on-failure no-archive compromised " SITE,
	  cmd_deploy },
	{ "resume", "[RUN]", "finish what a deploy left undone",
	  WIRE TURNS HOOK
	  "due reports out bundle policy dry-run yes now wait accept-new allow-open-key "
	  "settle rollback-on-failure no-archive " SITE,
	  cmd_resume },
	{ "rollback", "[RUN]", "put devices back to the bundle before",
	  WIRE TURNS "reports out credentials device clear policy dry-run yes now wait accept-new "
		     "settle " SITE,
	  cmd_rollback },
	{ "history", "[RUN]", "what was done to which device, when and by whom",
	  "inventory state user audits endpoint output verbose quiet help", cmd_history },
	{ "status", "", "the last audit, the last roll-out, and what to do next",
	  "inventory state user " COMMON, cmd_status },
	{ "rehearse", "BUNDLE", "the whole roll-out on mock devices of this machine",
	  "fault settle timeout time-limit jobs policy " TURNS SITE, cmd_rehearse },
	{ "pin", "", "show the keys devices are known by, and note new ones",
	  "inventory limit replace forget yes " WIRE COMMON, cmd_pin },
	{ "verify", "BUNDLE", "prove by handshake that every endpoint serves the bundle",
	  WIRE AUDIT SITE, cmd_verify },
	{ "audit", "[HOST:PORT[=NAME] ...|-]", "look at every endpoint and judge what it serves",
	  WIRE "bundle diff keep no-note notify notify-key sendmail " AUDIT SITE, cmd_audit },
	{ "clear", "", "put devices back to their factory certificate",
	  WIRE "credentials yes accept-new settle " SITE, cmd_clear },
	{ "learn", "FILE.har", "make driver options of a browser's recording of one upload",
	  "driver host inventory limit help", cmd_learn },
	{ "drivers", "[NAME]", "list the drivers, or one driver's options and their evidence",
	  "help", cmd_drivers },
	{ "help", "[COMMAND]", "explain a command", "help", cmd_help },
	{ 0 },
};

const struct command *command_find(const char *name)
{
	for (const struct command *command = commands; command->name; command++)
		if (strcmp(command->name, name) == 0)
			return command;
	return NULL;
}
