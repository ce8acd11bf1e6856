/**
 * @file
 * who: who runs this, and where, for the journal and the lock.
 *
 * Layer: base.
 */
#ifndef CERTROLL_WHO_H
#define CERTROLL_WHO_H

struct who {
	char user[100]; /**< "anna", "anna (as root)" under sudo, "uid 1000" without a name */
	char host[100];
};

/** What the system says; printable. */
struct who who_is_this(void);

#endif
