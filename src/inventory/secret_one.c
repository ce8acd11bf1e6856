#include "certroll/text.h"
#include "secret_ref.h"
#include <string.h>

/* Whatever failed, to the caller it is a secret that cannot be had; ctrl-C stays what it is. */
static int say_which(const struct secret_ref *ref, struct err *err)
{
	auto_free char *shown = text_printable(ref->text, strlen(ref->text), 100);

	if (err && err->code != ERR_INTERRUPT)
		err->code = ERR_SECRET;
	return err_wrap(err, "password %s", shown);
}

int secret_resolve_one(const char *text, const char *owner, struct secret *out, struct err *err)
{
	auto_problem problem = { 0 };
	struct secret_ref *ref = secret_ref_parse(text, NULL, &problem);
	int result;

	if (!ref)
		return err_set(err, ERR_SECRET, "password: %s; %s", problem.sentence,
			       problem.remedy ? problem.remedy : "see docs/inventory.md");
	ref->user = text_copy(owner);
	result = secret_ref_resolve(ref, true, err);
	if (result) {
		result = say_which(ref, err);
	} else {
		*out = ref->value;
		ref->value = (struct secret){ 0 };
	}
	secret_ref_free(ref);
	return result;
}
