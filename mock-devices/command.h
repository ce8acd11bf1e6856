/**
 * @file
 * command: what the lines of the control socket mean (control.h lists them).
 */
#ifndef MOCK_COMMAND_H
#define MOCK_COMMAND_H

struct evbuffer;
struct fleet;

enum command_result { COMMAND_DONE, COMMAND_QUIT };

/** Run a line (cut up in place) and append the answer, a line of JSON. */
enum command_result command_run(struct fleet *fleet, char *line, struct evbuffer *out);

#endif
