/* A report into a file: reports print, so standard output is the file for as long as that takes. */
#include "certroll/file.h"
#include "certroll/report.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

/* What was printed, to the file; -1 with errno. */
static int print_into(int fd, const struct site *site, enum report_kind kind,
		      enum report_format format)
{
	int old = dup(STDOUT_FILENO), failed;

	if (old < 0)
		return -1;
	fflush(stdout);
	if (dup2(fd, STDOUT_FILENO) < 0) {
		close(old);
		return -1;
	}
	report_print(site, kind, format);
	failed = fflush(stdout) || ferror(stdout) ? errno : 0;
	__fpurge(stdout); /* what did not fit must not go to the real one, nor be told twice */
	clearerr(stdout);
	dup2(old, STDOUT_FILENO);
	close(old);
	errno = failed;
	return failed ? -1 : 0;
}

/*
 * A fresh file beside it, to be written only: where reports go, the sandbox lets nothing be read, which
 * mkstemp(3) would ask for.
 */
static int make_beside(const char *path, char **fresh)
{
	enum { TRIES = 100 };
	unsigned chance;

	for (int i = 0; i < TRIES; i++) {
		int fd;

		if (getrandom(&chance, sizeof chance, 0) != (ssize_t)sizeof chance)
			return -1;
		mem_free(*fresh);
		*fresh = text_format("%s.%06x", path, chance & 0xffffff);
		fd = open(*fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd >= 0 || errno != EEXIST)
			return fd;
	}
	return -1;
}

int report_file(const struct site *site, enum report_kind kind, enum report_format format,
		const char *path, bool always, struct err *err)
{
	struct site_request request = *site->request;
	struct site told = *site; /* borrows all */
	auto_free char *fresh = NULL;
	int fd = make_beside(path, &fresh), failed, cause;

	if (fd < 0)
		return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
	request.quiet = request.quiet && !always;
	told.request = &request;
	failed = print_into(fd, &told, kind, format) || fchmod(fd, FILE_PUBLIC) || fsync(fd);
	cause = errno;
	if (close(fd) == 0 && !failed && rename(fresh, path) == 0)
		return 0;
	cause = failed ? cause : errno;
	unlink(fresh);
	return err_set(err, ERR_IO, "%s: %s", path, strerror(cause));
}
