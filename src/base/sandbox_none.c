/*
 * No sandbox: sanitizers, coverage and the like open files and start processes of their own.  For
 * builds with CERTROLL_SANDBOX=OFF.
 */
#include "certroll/sandbox.h"
#include <stdio.h>

void sandbox_allow(struct sandbox *sandbox, enum sandbox_right right, const char *path)
{
	(void)sandbox, (void)right, (void)path;
}

void sandbox_allow_system(struct sandbox *sandbox)
{
	(void)sandbox;
}

void sandbox_free(struct sandbox *sandbox)
{
	(void)sandbox;
}

int sandbox_enter(const struct sandbox *sandbox, struct err *err)
{
	(void)sandbox, (void)err;
	return 0;
}

void sandbox_words(char out[SANDBOX_WORDS])
{
	snprintf(out, SANDBOX_WORDS, "none in this build");
}
