#include "certroll/driver.h"
#include "certroll/text.h"
#include "owned.h"
#include "secret_ref.h"
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

enum { INVENTED_BYTES = 12 };

static int resolve_file(struct secret_ref *ref, struct err *err)
{
	auto_free char *path = text_shell(ref->argument);
	bool open_to_others = false;

	if (secret_load(&ref->value, ref->argument, SECRET_MAX_BYTES, &open_to_others, err))
		return -1;
	if (open_to_others)
		return err_set(err, ERR_SECRET, "others may read the file; run: chmod 600 %s",
			       path);
	return 0;
}

static int resolve_env(struct secret_ref *ref, struct err *err)
{
	char *value = getenv(ref->argument);

	if (!value)
		return err_set(err, ERR_SECRET, "there is no such environment variable");
	if (strlen(value) > SECRET_MAX_BYTES)
		return err_set(err, ERR_SECRET, "longer than %d bytes", SECRET_MAX_BYTES);
	secret_set(&ref->value, value, strlen(value));
	/* Others see the environment in /proc/PID/environ, and children inherit it. */
	explicit_bzero(value, strlen(value));
	unsetenv(ref->argument);
	return 0;
}

static int resolve_cred(struct secret_ref *ref, struct err *err)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	const struct secret *ours = secret_credential(ref->argument);
	auto_free char *path = NULL;

	if (ours) {
		secret_set(&ref->value, ours->bytes, ours->len);
		return 0;
	}
	if (!folder || !*folder)
		return err_set(err, ERR_SECRET,
			       "there is no such credential; put LoadCredential=%s:/path/of/file "
			       "into the systemd unit, or name its folder with --credentials",
			       ref->argument);
	/* Of a whole folder (LoadCredential=certroll:FOLDER) systemd makes "certroll_NAME". */
	path = text_format("%s/%s", folder, ref->argument);
	if (access(path, F_OK)) {
		mem_free(path);
		path = text_format("%s/certroll_%s", folder, ref->argument);
	}
	return secret_load(&ref->value, path, SECRET_MAX_BYTES, NULL, err);
}

static int resolve_command(struct secret_ref *ref, struct err *err)
{
	return secret_run(ref, SECRET_COMMAND_MS, &ref->value, err);
}

/* Files of a folder may ask for the password of the same user. */
static bool is_answered(struct secret_ref *ref, const struct inventory *inventory)
{
	for (const struct secret_ref *other = inventory->refs; other; other = other->next)
		if (other->value.bytes && secret_ref_compare(other, ref) == 0) {
			secret_set(&ref->value, other->value.bytes, other->value.len);
			return true;
		}
	return false;
}

static int resolve_prompt(struct secret_ref *ref, struct err *err)
{
	auto_free char *user = text_printable(ref->user, strlen(ref->user), 60);
	auto_free char *question =
		*user ? text_format("Password of %s: ", user) : text_copy("Password: ");

	return secret_ask(question, &ref->value, err);
}

/* A second line means that this is not a file with a password: a key, a script. */
static int check_value(struct secret *value, struct err *err)
{
	secret_chomp(value);
	if (!value->len)
		return err_set(err, ERR_SECRET, "the password is empty");
	for (size_t i = 0; i < value->len; i++)
		if ((unsigned char)value->bytes[i] < 0x20 || value->bytes[i] == 0x7f)
			return err_set(
				err, ERR_SECRET,
				"more than one line, or a control character in it; a password "
				"alone is needed");
	return 0;
}

int secret_ref_resolve(struct secret_ref *ref, bool run, struct err *err)
{
	static int (*const resolvers[])(struct secret_ref *, struct err *) = {
		[SECRET_FILE] = resolve_file,     [SECRET_ENV] = resolve_env,
		[SECRET_CRED] = resolve_cred,     [SECRET_CMD] = resolve_command,
		[SECRET_PROMPT] = resolve_prompt,
	};

	if (ref->value.bytes)
		return 0;
	if (ref->kind == SECRET_CMD && !run)
		return err_set(
			err, ERR_SECRET,
			"programs are not run as long as others may write the inventory or its "
			"folder; run: chmod go-w on both");
	if (resolvers[ref->kind](ref, err) || check_value(&ref->value, err)) {
		secret_free(&ref->value);
		return -1;
	}
	return 0;
}

/* Whatever failed, to the caller it is a secret that cannot be had; ctrl-C stays what it is. */
static int say_where(const struct device *device, const char *key, const struct secret_ref *ref,
		     struct err *err)
{
	auto_free char *shown = text_printable(ref->text, strlen(ref->text), 100);

	if (err && err->code != ERR_INTERRUPT)
		err->code = ERR_SECRET;
	return err_wrap(err, "device \"%s\": %s %s", device->name, key, shown);
}

struct resolving {
	const struct inventory *inventory;
	const struct device *device;
	struct err *err;
	int result;
	bool trial; /* ask nobody */
};

static void resolve_slot(const char *key, struct secret_ref **slot, void *arg)
{
	struct resolving *state = arg;

	bool run = !state->inventory->writable_by_others;

	if (state->result || !*slot || (state->trial && (*slot)->kind == SECRET_PROMPT))
		return;
	if (!(*slot)->value.bytes && (*slot)->kind == SECRET_PROMPT &&
	    is_answered(*slot, state->inventory))
		return;
	if (secret_ref_resolve(*slot, run, state->err))
		state->result = say_where(state->device, key, *slot, state->err);
}

static int resolve(struct inventory *inventory, const bool *chosen, bool trial, struct err *err)
{
	for (size_t i = 0; i < inventory->count; i++) {
		struct resolving state = { .inventory = inventory,
					   .device = &inventory->devices[i],
					   .err = err,
					   .trial = trial };

		if (!chosen || chosen[i])
			owned_each_secret(&inventory->devices[i], resolve_slot, &state);
		if (state.result)
			return -1;
	}
	return 0;
}

int secrets_resolve(struct inventory *inventory, const bool *chosen, struct err *err)
{
	return resolve(inventory, chosen, false, err);
}

int secrets_try(struct inventory *inventory, const bool *chosen, struct err *err)
{
	return resolve(inventory, chosen, true, err);
}

static void invent(const char *key, struct secret_ref **slot, void *arg)
{
	unsigned char random[INVENTED_BYTES];
	char text[2 * INVENTED_BYTES + 1];

	(void)key;
	(void)arg;
	if (!*slot)
		return;
	secret_free(&(*slot)->value);
	if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
		mem_exhausted();
	text_hex(random, sizeof random, text);
	secret_set(&(*slot)->value, text, sizeof text - 1);
}

void secrets_invent(struct inventory *inventory, const bool *chosen)
{
	for (size_t i = 0; i < inventory->count; i++)
		if (!chosen || chosen[i])
			owned_each_secret(&inventory->devices[i], invent, NULL);
}
