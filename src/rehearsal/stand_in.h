/**
 * @file
 * stand_in: a mock device and the device it stands for, as fleet, roster and look-up share it.
 *
 * Layer: rehearsal, private.
 */
#ifndef REHEARSAL_STAND_IN_H
#define REHEARSAL_STAND_IN_H

#include "certroll/rehearsal.h"
#include "certroll/secret.h"
#include <sys/types.h>

/* The mock fleet knows the services of telephony boxes by these names. */
enum { STAND_IN_PORTS = 8, KEY_HASH = 32 };
extern const char *const stand_in_services[STAND_IN_PORTS];

struct stand_in {
	const struct device *device;     /* NULL: not chosen */
	uint16_t wanted[STAND_IN_PORTS]; /* ports of the device, by service of the mock; 0: none */
	uint16_t ports[STAND_IN_PORTS];  /* what listens for them */
	char address[16];
};

/* A running fleet. */
struct fleet {
	pid_t pid;
	int input, output; /* to and from it */
};

/* Which service of the mock stands for which port; -1: it has too few of them. */
int stand_in_assign(struct stand_in *stand_in, struct err *err) MUST_CHECK;

/* The line that tells the mock fleet about a device.  It holds the password. */
int roster_line(const struct stand_in *stand_in, const char *const *faults, size_t fault_count,
		struct secret *line, struct err *err) MUST_CHECK;

/* Start mock-fleet; where it is: beside this program, else in PATH. */
int fleet_start(struct fleet *fleet, struct err *err) MUST_CHECK;
int fleet_tell(struct fleet *fleet, const char *bytes, size_t len, struct err *err) MUST_CHECK;

/* Read lines until one of them says that all are ready; each goes to take() without its end. */
int fleet_await(struct fleet *fleet,
		int (*take)(void *arg, const char *line, bool *ready, struct err *err), void *arg,
		struct err *err) MUST_CHECK;
void fleet_stop(struct fleet *fleet);

#endif
