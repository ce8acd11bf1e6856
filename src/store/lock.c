#include "certroll/lock.h"
#include "certroll/clock.h"
#include "certroll/file.h"
#include "certroll/text.h"
#include "certroll/who.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MAX_HOLDER = 400 };

struct lock {
	int fd;
};

/* FNV-1a tells inventories of one name apart; should two ever collide, one waits for the other. */
static char *lock_path(const char *folder, const char *what)
{
	const char *slash = strrchr(what, '/');
	uint64_t hash = 0xcbf29ce484222325;

	for (const char *at = what; *at; at++)
		hash = (hash ^ (unsigned char)*at) * 0x100000001b3;
	return text_format("%s/lock-%.60s-%016llx", folder, slash ? slash + 1 : what,
			   (unsigned long long)hash);
}

static struct flock whole_file(void)
{
	return (struct flock){ .l_type = F_WRLCK, .l_whence = SEEK_SET };
}

static void read_holder(int fd, char out[MAX_HOLDER])
{
	char raw[MAX_HOLDER];
	ssize_t count = pread(fd, raw, sizeof raw - 1, 0);
	auto_free char *shown = NULL;

	raw[count > 0 ? count : 0] = '\0';
	raw[strcspn(raw, "\n")] = '\0';
	shown = text_printable(raw, strlen(raw), MAX_HOLDER - 1);
	snprintf(out, MAX_HOLDER, "%s", *shown ? shown : "another certroll");
}

/* Only for people: should it not be written, the lock holds all the same. */
static void write_holder(int fd, const char *command)
{
	struct who who = who_is_this();
	char when[32];
	auto_free char *line =
		text_format("'certroll %s' of %s on %s (process %ld) since %s\n", command, who.user,
			    who.host, (long)getpid(), text_time(clock_real(), when));

	if (ftruncate(fd, 0) || pwrite(fd, line, strlen(line), 0) < 0)
		return;
}

struct lock *lock_take(const char *folder, const char *what, const char *command, struct err *err)
{
	auto_free char *path = lock_path(folder, what);
	struct flock flock = whole_file();
	char holder[MAX_HOLDER];
	struct lock *lock;
	int fd;

	if (file_make_folders(path, err))
		return NULL;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0) {
		err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
		return NULL;
	}
	if (fcntl(fd, F_OFD_SETLK, &flock)) {
		bool busy = errno == EAGAIN || errno == EACCES;
		int cause = errno;

		read_holder(fd, holder);
		close(fd);
		err_set(err, busy ? ERR_BUSY : ERR_IO,
			busy ? "%s is in use by %s; try again when it has ended"
			     : "%s: it cannot be locked: %s",
			busy ? what : path, busy ? holder : strerror(cause));
		return NULL;
	}
	write_holder(fd, command);
	lock = mem_alloc(sizeof *lock);
	lock->fd = fd;
	return lock;
}

bool lock_is_held(const char *folder, const char *what)
{
	auto_free char *path = lock_path(folder, what);
	struct flock flock = whole_file();
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	bool held;

	if (fd < 0)
		return false;
	held = fcntl(fd, F_OFD_GETLK, &flock) == 0 && flock.l_type != F_UNLCK;
	close(fd);
	return held;
}

void lock_free(struct lock *lock)
{
	if (!lock)
		return;
	/* If it fails, the name stays in the file, which is not locked any more. */
	(void)!ftruncate(lock->fd, 0);
	close(lock->fd);
	mem_free(lock);
}
