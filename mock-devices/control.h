/**
 * @file
 * control: a Unix socket that takes a command per line and answers each with a line of JSON.
 *
 *   stats [ADDRESS]            what was counted, in all or by one device
 *   state ADDRESS              what a device serves, trusts and wants
 *   fault ADDRESS|all FAULT    add a fault
 *   unfault ADDRESS|all        take its own, or all, faults away
 *   reject ADDRESS FILE        put the chain of a PEM file on the list of refused peers
 *   factory ADDRESS|all        as it left the works
 *   install ADDRESS FILE [PASSWORD]            a person installs it (person.h)
 *   regenerate ADDRESS DAYS PURPOSES NAMES     a person lets the box make one
 *   quit
 *
 * An answer is an object with "ok":true or "error":"...".  The socket has mode 0600.
 */
#ifndef MOCK_CONTROL_H
#define MOCK_CONTROL_H

struct control;
struct err;
struct event_base;
struct fleet;

#define CONTROL_LINE_MAX    4096
#define CONTROL_CLIENTS_MAX 16

/** Listen at a path, replacing a socket that is there.  Caller owns; NULL with the reason. */
struct control *control_open(const char *path, struct event_base *base, struct fleet *fleet,
			     struct err *err);

/** Removes the socket.  Accepts NULL. */
void control_close(struct control *control);

#endif
