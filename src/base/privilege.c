#include "certroll/privilege.h"
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static int find_user(const char *name, const struct passwd **out, struct err *err)
{
	errno = 0;
	*out = getpwnam(name);
	if (!*out && errno)
		return err_set(err, ERR_IO, "user %.60s: %s", name, strerror(errno));
	if (!*out)
		return err_set(err, ERR_CONFIG, "there is no user '%.60s' on this machine", name);
	if ((*out)->pw_uid == 0 || (*out)->pw_gid == 0)
		return err_set(err, ERR_CONFIG,
			       "user '%.60s' is root, or of its group; name one without rights, "
			       "such as certroll",
			       name);
	return 0;
}

/* All three ids of each kind: one that was left could be taken up again. */
static bool is_user(uid_t uid, gid_t gid)
{
	uid_t uids[3];
	gid_t gids[3];

	return getresuid(&uids[0], &uids[1], &uids[2]) == 0 &&
	       getresgid(&gids[0], &gids[1], &gids[2]) == 0 && uids[0] == uid && uids[1] == uid &&
	       uids[2] == uid && gids[0] == gid && gids[1] == gid && gids[2] == gid;
}

static bool has_group_of_root(void)
{
	gid_t groups[256];
	int count = getgroups((int)COUNT(groups), groups);

	for (int i = 0; i < count; i++)
		if (groups[i] == 0)
			return true;
	return count < 0;
}

/* Groups first: afterwards nobody may set them.  Capabilities go with the last id of root. */
static int become(const struct passwd *user, struct err *err)
{
	if (prctl(PR_SET_KEEPCAPS, 0) || initgroups(user->pw_name, user->pw_gid) ||
	    setresgid(user->pw_gid, user->pw_gid, user->pw_gid) ||
	    setresuid(user->pw_uid, user->pw_uid, user->pw_uid))
		return err_set(err, ERR_IO, "this process cannot become user %.60s: %s",
			       user->pw_name, strerror(errno));
	/* Programs with set-user-id, sudo for one, are no way back either. */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return err_set(err, ERR_IO, "no_new_privs: %s", strerror(errno));
	return 0;
}

static int check_no_way_back(const struct passwd *user, struct err *err)
{
	if (has_group_of_root())
		return err_set(err, ERR_CONFIG, "user %.60s is in the group of root; take it out",
			       user->pw_name);
	if (!is_user(user->pw_uid, user->pw_gid))
		return err_set(err, ERR_IO, "this process did not become user %.60s altogether",
			       user->pw_name);
	if (setuid(0) == 0 || seteuid(0) == 0 || setgid(0) == 0)
		return err_set(err, ERR_IO,
			       "this process could become root again: it was started with "
			       "capabilities that outlive the change to user %.60s",
			       user->pw_name);
	return 0;
}

static void follow(const struct passwd *user)
{
	static const char *const of_root[] = { "XDG_STATE_HOME", "XDG_CONFIG_HOME",
					       "XDG_CACHE_HOME", "XDG_DATA_HOME",
					       "XDG_RUNTIME_DIR" };

	for (size_t i = 0; i < COUNT(of_root); i++)
		unsetenv(of_root[i]);
	setenv("HOME", user->pw_dir, 1);
	setenv("USER", user->pw_name, 1);
	setenv("LOGNAME", user->pw_name, 1);
}

int privilege_drop(const char *name, struct err *err)
{
	const struct passwd *user;

	if (find_user(name, &user, err))
		return -1;
	if (is_user(user->pw_uid, user->pw_gid))
		return 0;
	if (geteuid() != 0)
		return err_set(err, ERR_IO,
			       "only root can become user %.60s; start it as root or as that user",
			       name);
	if (become(user, err) || check_no_way_back(user, err))
		return -1;
	follow(user);
	/* The change of ids may have set it again (prctl(2)): keys of ours are nobody's to trace. */
	(void)prctl(PR_SET_DUMPABLE, 0);
	return 0;
}
