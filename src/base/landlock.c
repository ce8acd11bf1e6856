/*
 * Landlock by its system calls: the C library has no functions for it.  Each version of the kernel's
 * interface (ABI) can refuse more; what an older one does not know must not be asked of it.
 * linux/landlock.h of Debian 12 knows ABI 2, so what came later has its numbers here.
 */
#include "fences.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { ABI_KNOWN = 6, ABI_TRUNCATE = 3, ABI_NET = 4, ABI_DEVICES = 5, ABI_SCOPE = 6 };

static const uint64_t TRUNCATE = 1 << 14, DEVICES = 1 << 15; /* FS_TRUNCATE, FS_IOCTL_DEV */
static const uint64_t BIND_TCP = 1 << 0;
static const uint64_t ABSTRACT_SOCKETS = 1 << 0, SIGNALS = 1 << 1;

/* struct landlock_ruleset_attr of ABI 6; older kernels take it as long as what is new in it is 0. */
struct ruleset {
	uint64_t files, net, scope;
};

enum {
	READ = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
	WRITE = READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE |
		LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
		LANDLOCK_ACCESS_FS_MAKE_DIR,
	PUT = WRITE & ~(READ | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_DIR),
	USE = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE,
	/* What a rule on a file, not a folder, may have. */
	OF_FILES = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE,
	OF_ABI_1 = LANDLOCK_ACCESS_FS_MAKE_SYM * 2 - 1, /* the lowest 13 */
};

int landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	return abi < 0 ? 0 : abi < ABI_KNOWN ? (int)abi : ABI_KNOWN;
}

/* All that can be refused.  To move files between folders (REFER) is refused where it is not known. */
static struct ruleset all(int abi)
{
	struct ruleset all = { .files = OF_ABI_1 };

	if (abi >= 2)
		all.files |= LANDLOCK_ACCESS_FS_REFER;
	if (abi >= ABI_TRUNCATE)
		all.files |= TRUNCATE;
	if (abi >= ABI_NET)
		all.net = BIND_TCP; /* nobody connects to us */
	if (abi >= ABI_DEVICES)
		all.files |= DEVICES;
	if (abi >= ABI_SCOPE)
		all.scope = ABSTRACT_SOCKETS | SIGNALS;
	return all;
}

static uint64_t rights(enum sandbox_right right)
{
	static const uint64_t rights[] = { [SANDBOX_READ] = READ,
					   [SANDBOX_WRITE] = WRITE,
					   [SANDBOX_PUT] = PUT,
					   [SANDBOX_USE] = USE };
	bool truncates = right == SANDBOX_WRITE || right == SANDBOX_PUT;

	return truncates ? rights[right] | TRUNCATE : rights[right];
}

static int allow(int ruleset, const struct sandbox_path *path, const struct ruleset *all)
{
	struct landlock_path_beneath_attr rule = { .allowed_access = rights(path->right) };
	struct stat status;
	int failed;

	rule.parent_fd = open(path->path, O_PATH | O_CLOEXEC);
	if (rule.parent_fd < 0)
		return 0; /* nothing there to be allowed */
	if (fstat(rule.parent_fd, &status) || !S_ISDIR(status.st_mode))
		rule.allowed_access &= OF_FILES;
	rule.allowed_access &= all->files;
	failed = (int)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	close(rule.parent_fd);
	return failed;
}

static int fill_and_raise(int ruleset, const struct sandbox *sandbox, const struct ruleset *all)
{
	for (size_t i = 0; i < sandbox->count; i++)
		if (allow(ruleset, &sandbox->paths[i], all))
			return -1;
	return (int)syscall(SYS_landlock_restrict_self, ruleset, 0);
}

int landlock_raise(const struct sandbox *sandbox, int abi, struct err *err)
{
	struct ruleset refused = all(abi);
	/* An older kernel takes a longer struct, if the rest of it is zero (E2BIG else). */
	int ruleset = (int)syscall(SYS_landlock_create_ruleset, &refused, sizeof refused, 0);
	int failed, cause;

	if (ruleset < 0)
		return err_set(err, ERR_IO, "landlock: %s", strerror(errno));
	failed = fill_and_raise(ruleset, sandbox, &refused);
	cause = errno;
	close(ruleset);
	return failed ? err_set(err, ERR_IO, "landlock: %s", strerror(cause)) : 0;
}
