#include "certroll/inventory.h"
#include "certroll/notice.h"
#include "certroll/text.h"
#include "certroll/webhook.h"
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

Suite *suite_notify(void);

/* --- who is told ------------------------------------------------------------------------------ */

static const struct {
	const char *text;
	const char *shown; /* NULL: refused ... */
	const char *why;   /* ... with these words */
} targets[] = {
	{ "cmd:/usr/local/bin/tell", "cmd /usr/local/bin/tell", NULL },
	{ "cmd:/bin/tell  a  b ", "cmd /bin/tell", NULL },
	{ "cmd:[\"/opt/my tools/tell\", \"\"]", "cmd /opt/my tools/tell", NULL },
	{ "cmd:tell", NULL, "whole path" },
	{ "cmd:./tell", NULL, "whole path" },
	{ "cmd:", NULL, "needs a program" },
	{ "cmd:   ", NULL, "needs a program" },
	{ "cmd:[]", NULL, "needs a program" },
	{ "cmd:[/bin/tell, [x]]", NULL, "needs a program" },
	{ "cmd:[\"/bin/tell\"", NULL, "needs a program" },
	{ "webhook:https://hooks.example.com/a/b?token=x", "webhook https://hooks.example.com",
	  NULL },
	{ "webhook:https://hooks.example.com:8443", "webhook https://hooks.example.com:8443",
	  NULL },
	{ "webhook:https://[2001:db8::1]/", "webhook https://[2001:db8::1]", NULL },
	{ "webhook:HTTPS://hooks.example.com/", "webhook HTTPS://hooks.example.com", NULL },
	{ "webhook+http:http://127.0.0.1:8080/x", "webhook http://127.0.0.1:8080", NULL },
	{ "webhook:http://hooks.example.com/", NULL, "without TLS" },
	{ "webhook+http:https://hooks.example.com/", NULL, "begins with http://" },
	{ "webhook:ftp://hooks.example.com/", NULL, "begins with https://" },
	{ "webhook:file:///etc/passwd", NULL, "begins with https://" },
	{ "webhook:https:///x", NULL, "needs a host" },
	{ "webhook:https://user:word@hooks.example.com/", NULL, "user name or password" },
	{ "webhook:https://hooks.example.com/a b", NULL, "blank" },
	{ "webhook:https://hooks.example.com/\r\nX: y", NULL, "blank" },
	{ "webhook:https://h\xc3\xb6lle.example.com/", NULL, "no ASCII" },
	{ "mail:pbx-team@example.com", "mail pbx-team@example.com", NULL },
	{ "mail:a.b+c=d@x.example.com", "mail a.b+c=d@x.example.com", NULL },
	{ "mail:", NULL, "one mail address" },
	{ "mail:root", NULL, "one mail address" },
	{ "mail:a@b,c@d", NULL, "one mail address" },
	{ "mail:a@b c", NULL, "one mail address" },
	{ "mail:a@b\nBcc: c@d", NULL, "one mail address" },
	{ "mail:-oQ/tmp@b", NULL, "one mail address" },
	{ "mail:a@b@c", NULL, "one mail address" },
	{ "mail:<a@b>", NULL, "one mail address" },
	{ "mail:\"a b\"@c", NULL, "one mail address" },
	{ "mail:a@b/c", NULL, "one mail address" },
	{ "fax:1", NULL, "must begin with" },
	{ "", NULL, "must begin with" },
};

START_TEST(test_notifier_parse_cases)
{
	struct notifiers list = { 0 };
	struct err err = { 0 };
	int status = notifiers_add(&list, targets[_i].text, NULL, &err);

	ck_assert_int_eq(status, targets[_i].shown ? 0 : -1);
	if (targets[_i].shown)
		ck_assert_str_eq(list.items[0].shown, targets[_i].shown);
	else
		ck_assert_msg(strstr(err.text, targets[_i].why) && err.code == ERR_USAGE, "%s",
			      err.text);
	notifiers_free(&list);
}
END_TEST

START_TEST(test_notifier_parse_limits)
{
	struct notifiers list = { 0 };
	struct err err = { 0 };
	char text[NOTIFIER_MAX_BYTES + 2] = "cmd:/bin/tell";

	for (size_t i = 0; i < NOTIFIER_MAX_ARGUMENTS - 1; i++)
		strcat(text, " x");
	ck_assert_int_eq(notifiers_add(&list, text, NULL, &err), 0);
	ck_assert_ptr_null(list.items[0].argv[NOTIFIER_MAX_ARGUMENTS]);
	strcat(text, " x");
	ck_assert_int_eq(notifiers_add(&list, text, NULL, &err), -1);
	memset(text, 'x', sizeof text - 1);
	memcpy(text, "cmd:/", 5);
	ck_assert_int_eq(notifiers_add(&list, text, NULL, &err), -1);
	text[sizeof text - 2] = '\0';
	ck_assert_int_eq(notifiers_add(&list, text, NULL, &err), 0);
	notifiers_free(&list);
}
END_TEST

/* A key that was typed instead of its place is not repeated, one that is a word is refused. */
START_TEST(test_notifier_key_cases)
{
	static const struct {
		const char *key, *value;
		const char *why; /* NULL: fine */
	} keys[] = {
		{ "env:CERTROLL_TEST_KEY", "0123456789abcdef", NULL },
		{ "env:CERTROLL_TEST_KEY", "0123456789abcde", "only 15 bytes" },
		{ "env:CERTROLL_TEST_KEY", NULL, "no such environment variable" },
	};

	for (size_t i = 0; i < COUNT(keys); i++) {
		struct notifiers list = { 0 };
		struct err err = { 0 };
		const struct secret *key = NULL;

		if (keys[i].value)
			setenv("CERTROLL_TEST_KEY", keys[i].value, 1);
		ck_assert_int_eq(notifiers_add(&list, "webhook:https://h/", keys[i].key, &err), 0);
		ck_assert_int_eq(notifier_key(&list.items[0], &key, &err), keys[i].why ? -1 : 0);
		ck_assert_msg(!keys[i].why || strstr(err.text, keys[i].why), "%s", err.text);
		ck_assert_msg(keys[i].why || strcmp(key->bytes, keys[i].value) == 0, "the key");
		notifiers_free(&list);
	}
}
END_TEST

START_TEST(test_notifiers_add_open_key)
{
	struct notifiers list = { 0 };
	struct err err = { 0 };

	ck_assert_int_eq(notifiers_add(&list, "webhook:https://h/", "0123456789abcdef", &err), -1);
	ck_assert_ptr_null(strstr(err.text, "0123456789abcdef"));
	notifiers_free(&list);
}
END_TEST

/* --- how it is signed ------------------------------------------------------------------------- */

/* The value is that of another implementation (hmac of Python). */
START_TEST(test_webhook_sign_known)
{
	auto_secret key = { 0 };
	char signature[WEBHOOK_SIGNATURE + 1];

	secret_set(&key, "0123456789abcdef0123456789abcdef", 32);
	webhook_sign(&key, 1795348800, "{\"schema\":1}", signature);
	ck_assert_str_eq(signature,
			 "v1=3b5d12442edc146352bca666d407b6385976469c2456cdad2195812beec03ef9");
	webhook_sign(&key, 1795348801, "{\"schema\":1}", signature);
	ck_assert_str_ne(signature,
			 "v1=3b5d12442edc146352bca666d407b6385976469c2456cdad2195812beec03ef9");
}
END_TEST

/* --- mail ------------------------------------------------------------------------------------- */

static const struct {
	const char *inventory; /* as JSON has it */
	const char *subject;
} subjects[] = {
	{ "/etc/site.yaml", "\nSubject: certroll: well, 2 changes, site.yaml\n" },
	{ "/etc/=?site.yaml",
	  "\nSubject: =?UTF-8?B?Y2VydHJvbGw6IHdlbGwsIDIgY2hhbmdlcywgPT9zaXRlLnlh"
	  "?=\n =?UTF-8?B?bWw=?=\n" },
	{ "/x\\r\\nBcc: a@b",
	  "\nSubject: =?UTF-8?B?Y2VydHJvbGw6IHdlbGwsIDIgY2hhbmdlcywgeA0KQmNjOiBh"
	  "?=\n =?UTF-8?B?QGI=?=\n" },
	{ "/\\u00fc.yaml",
	  "\nSubject: =?UTF-8?B?Y2VydHJvbGw6IHdlbGwsIDIgY2hhbmdlcywgw7wueWFtbA==?=\n" },
};

START_TEST(test_notice_mail_subject)
{
	auto_free char *json =
		text_format("{\"verdict\":\"well\",\"changed\":2,\"inventory\":\"%s\"}",
			    subjects[_i].inventory);
	auto_free char *mail = notice_mail(json, "a@example.com");

	ck_assert_msg(strstr(mail, subjects[_i].subject) != NULL, "%s", mail);
	ck_assert_int_eq(strncmp(mail, "To: a@example.com\n", 18), 0);
	ck_assert_ptr_null(strstr(mail, "\nBcc"));
	for (const char *line = mail; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		ck_assert_msg(strcspn(line, "\n") <= 76, "%s", line);
	}
}
END_TEST

START_TEST(test_notice_mail_no_notice)
{
	ck_assert_ptr_null(notice_mail("{", "a@example.com"));
	ck_assert_ptr_null(notice_mail("", "a@example.com"));
}
END_TEST

/* --- what could not be sent ------------------------------------------------------------------- */

START_TEST(test_unsent_order)
{
	char folder[] = "/tmp/unsent.XXXXXX";
	const char *state = mkdtemp(folder);
	auto_free char *clean = text_format("rm -r %s", folder);
	struct err err = { 0 };
	auto_free char *other = NULL;

	for (int64_t at = 0; at < UNSENT_MAX + 5; at++) {
		auto_free char *json = text_format("{\"at\":%d}", (int)at);

		ck_assert_int_eq(unsent_keep(state, "one", json, 1000 * at, &err), 0);
	}
	ck_assert_int_eq(unsent_keep(state, "two", "{}", 5, &err), 0);
	for (int at = 5; at < UNSENT_MAX + 5; at++) { /* the oldest five were dropped */
		auto_free char *path = NULL;
		auto_free char *json = unsent_next(state, "one", &path);
		auto_free char *wanted = text_format("{\"at\":%d}", at);

		ck_assert_str_eq(json, wanted);
		ck_assert_int_eq(unlink(path), 0);
	}
	ck_assert_ptr_null(unsent_next(state, "one", &other));
	ck_assert_int_eq(system(clean), 0);
}
END_TEST

Suite *suite_notify(void)
{
	Suite *suite = suite_create("notify");
	TCase *all = tcase_create("all");

	tcase_add_loop_test(all, test_notifier_parse_cases, 0, COUNT(targets));
	tcase_add_test(all, test_notifier_parse_limits);
	tcase_add_test(all, test_notifier_key_cases);
	tcase_add_test(all, test_notifiers_add_open_key);
	tcase_add_test(all, test_webhook_sign_known);
	tcase_add_loop_test(all, test_notice_mail_subject, 0, COUNT(subjects));
	tcase_add_test(all, test_notice_mail_no_notice);
	tcase_add_test(all, test_unsent_order);
	suite_add_tcase(suite, all);
	return suite;
}
