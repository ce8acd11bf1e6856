#include "certroll/secret.h"
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

void secret_init(struct secret *secret, size_t max)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t room = (max + 1 + page - 1) / page * page;
	void *pages = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (pages == MAP_FAILED)
		mem_exhausted();
	/* All three are improvements, not conditions: locking may pass RLIMIT_MEMLOCK. */
	(void)mlock(pages, room);
	(void)madvise(pages, room, MADV_DONTDUMP);
	(void)madvise(pages, room, MADV_DONTFORK);
	/* From the first secret on glibc overwrites what code that does not wipe frees, stdio for one. */
	(void)mallopt(M_PERTURB, 0x5a);
	*secret = (struct secret){ .bytes = pages, .room = room };
}

void secret_set(struct secret *secret, const void *bytes, size_t len)
{
	secret_init(secret, len);
	memcpy(secret->bytes, bytes, len);
	secret->len = len;
}

int secret_read(struct secret *secret, int fd, size_t max, struct err *err)
{
	secret_init(secret, max + 1);
	while (secret->len <= max) {
		ssize_t got = read(fd, secret->bytes + secret->len, max + 1 - secret->len);

		if (got == 0)
			return 0;
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			int cause = errno;

			secret_free(secret);
			return err_set(err, ERR_IO, "%s", strerror(cause));
		}
		secret->len += (size_t)got;
	}
	secret_free(secret);
	return err_set(err, ERR_LIMIT, "longer than %zu bytes", max);
}

static void close_fd(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

int secret_load(struct secret *secret, const char *path, size_t max, bool *open_to_others,
		struct err *err)
{
	__attribute__((cleanup(close_fd))) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat status;

	if (fd < 0 || fstat(fd, &status))
		return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
	if (S_ISDIR(status.st_mode))
		return err_set(err, ERR_IO, "%s: is a folder, a file is needed", path);
	if (open_to_others)
		*open_to_others = S_ISREG(status.st_mode) && status.st_mode & (S_IRGRP | S_IROTH);
	/* The pages are locked, so there should not be more of them than the file needs. */
	if (S_ISREG(status.st_mode) && status.st_size > 0 && (size_t)status.st_size < max)
		max = (size_t)status.st_size;
	if (secret_read(secret, fd, max, err))
		return err_wrap(err, "%s", path);
	return 0;
}

void secret_chomp(struct secret *secret)
{
	if (secret->len && secret->bytes[secret->len - 1] == '\n')
		secret->bytes[--secret->len] = '\0';
	if (secret->len && secret->bytes[secret->len - 1] == '\r')
		secret->bytes[--secret->len] = '\0';
}

static char *find_secret(const struct secret *secret, char *text)
{
	if (!secret || secret->len < SECRET_HIDDEN || memchr(secret->bytes, '\0', secret->len))
		return NULL; /* no text has a NUL in it */
	return strstr(text, secret->bytes);
}

bool secret_is_in(const struct secret *secret, const char *text)
{
	return find_secret(secret, (char *)(uintptr_t)text) != NULL;
}

void secret_hide(const struct secret *secret, char *text)
{
	for (; (text = find_secret(secret, text)); text += secret->len)
		memset(text, '*', secret->len);
}

void secret_free(struct secret *secret)
{
	if (!secret->bytes)
		return;
	explicit_bzero(secret->bytes, secret->room);
	munmap(secret->bytes, secret->room);
	*secret = (struct secret){ 0 };
}

void secret_harden_process(void)
{
	struct rlimit no_core = { 0, 0 };

	/* Each is a further fence; none is needed for the program to work. */
	(void)setrlimit(RLIMIT_CORE, &no_core);
	(void)prctl(PR_SET_DUMPABLE, 0);
	(void)umask(077);
}
