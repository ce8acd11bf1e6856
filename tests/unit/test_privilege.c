#include "certroll/privilege.h"
#include <check.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

Suite *suite_privilege(void);

START_TEST(test_refuses)
{
	static const struct {
		const char *user, *words;
	} cases[] = {
		{ "no-such-user", "there is no user 'no-such-user'" },
		{ "", "there is no user ''" },
		{ "root", "is root, or of its group" },
	};
	struct err err = { 0 };

	ck_assert_int_eq(privilege_drop(cases[_i].user, &err), -1);
	ck_assert_int_eq(err.code, ERR_CONFIG);
	ck_assert_msg(strstr(err.text, cases[_i].words), "%s", err.text);
}
END_TEST

START_TEST(test_only_root_can)
{
	struct err err = { 0 };
	const struct passwd *me;

	if (geteuid() == 0) /* a child that is somebody else */
		ck_assert_int_eq(setuid(65534), 0);
	me = getpwuid(geteuid());
	ck_assert_int_eq(privilege_drop("daemon", &err), -1);
	ck_assert_int_eq(err.code, ERR_IO);
	ck_assert_ptr_nonnull(strstr(err.text, "only root can become user daemon"));
	if (me && getgid() == me->pw_gid && me->pw_gid)
		ck_assert_int_eq(privilege_drop(me->pw_name, &err), 0);
}
END_TEST

START_TEST(test_no_way_back)
{
	const struct passwd *nobody = getpwnam("nobody");
	struct err err = { 0 };

	if (geteuid() != 0 || !nobody)
		return;
	setenv("XDG_STATE_HOME", "/nowhere", 1);
	ck_assert_msg(privilege_drop("nobody", &err) == 0, "%s", err.text);
	ck_assert_uint_eq(getuid(), nobody->pw_uid);
	ck_assert_uint_eq(getegid(), nobody->pw_gid);
	ck_assert_int_eq(setuid(0), -1);
	ck_assert_int_eq(seteuid(0), -1);
	ck_assert_int_eq(setgid(0), -1);
	ck_assert_int_eq(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
	ck_assert_int_eq(prctl(PR_GET_DUMPABLE), 0);
	ck_assert_str_eq(getenv("USER"), "nobody");
	ck_assert_ptr_null(getenv("XDG_STATE_HOME"));
	ck_assert_int_eq(privilege_drop("nobody", &err), 0); /* is so already */
	ck_assert_int_eq(privilege_drop("daemon", &err), -1);
}
END_TEST

Suite *suite_privilege(void)
{
	Suite *suite = suite_create("privilege");
	TCase *tcase = tcase_create("privilege");

	tcase_add_loop_test(tcase, test_refuses, 0, 3);
	tcase_add_test(tcase, test_only_root_can);
	tcase_add_test(tcase, test_no_way_back);
	suite_add_tcase(suite, tcase);
	return suite;
}
