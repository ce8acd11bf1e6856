/**
 * @file
 * exit: what the exit status of the program means.
 *
 * Layer: base.
 */
#ifndef CERTROLL_EXIT_H
#define CERTROLL_EXIT_H

enum exit_status {
	EXIT_WELL = 0,     /**< all well, warnings included */
	EXIT_FINDINGS = 1, /**< a finding is an error, a device failed, or nobody got the report */
	EXIT_USAGE = 2,    /**< the command line */
	EXIT_UNUSABLE = 3, /**< inventory or bundle unusable; nothing was contacted */
	EXIT_UNREACHABLE = 4,   /**< some devices unreachable, all others well */
	EXIT_TRY_AGAIN = 75,    /**< locked, or outside the window (EX_TEMPFAIL of sysexits) */
	EXIT_INTERRUPTED = 130, /**< ctrl-C, as a shell would report it */
};

/** With -o nagios, as the Monitoring Plugins Development Guidelines say. */
enum nagios_status { NAGIOS_OK, NAGIOS_WARNING, NAGIOS_CRITICAL, NAGIOS_UNKNOWN };

#endif
