/*
 * What a run still needs once everything is loaded: the fences of sandbox.h around the rest of it.
 */
#include "certroll/driver.h"
#include "certroll/file.h"
#include "certroll/log.h"
#include "certroll/sandbox.h"
#include "certroll/site.h"
#include <string.h>

/* The certificate and key by which we log on are read for each connection. */
static void allow_client(const char *key, const struct field *row, void *arg)
{
	const struct device *device = ((void **)arg)[0];
	char *const *file = (void *)((char *)device->options + row->offset);

	if (row->type == FIELD_FILE && *file && strcmp(key, "client") == 0)
		sandbox_allow(((void **)arg)[1], SANDBOX_READ, *file);
}

/* What a person is to install is put there. */
static void allow_hand(const struct device *device, struct sandbox *sandbox)
{
	struct by_hand hand = { 0 };
	auto_free char *inside = NULL;

	if (!device_by_hand(device, &hand) || !hand.folder || !*hand.folder)
		return;
	inside = text_format("%s/", hand.folder);
	if (file_make_folders(inside, NULL) == 0)
		sandbox_allow(sandbox, SANDBOX_WRITE, hand.folder);
}

static void allow_inventory(const struct site *site, struct sandbox *sandbox)
{
	const struct inventory *inventory = site->inventory;

	for (size_t i = 0; i < inventory->files.count; i++) /* their hash goes into the journal */
		sandbox_allow(sandbox, SANDBOX_READ, inventory->files.items[i]);
	for (size_t i = 0; i < inventory->count; i++) {
		struct device *device = &inventory->devices[i];
		void *both[] = { device, sandbox };

		if (!site->chosen[i])
			continue;
		if (device->factory_ca) /* read in the handshake */
			sandbox_allow(sandbox, SANDBOX_READ, device->factory_ca);
		allow_hand(device, sandbox);
		schema_each(device->driver->options, allow_client, both);
	}
}

static void allow_state(const struct site *site, bool notes, struct sandbox *sandbox)
{
	auto_free char *state = site_state(site->request->state);
	auto_free char *inside = text_format("%s/", state);

	/* What is not there now cannot be made later.  If it cannot be made, who needs it says so. */
	if (notes && file_make_folders(inside, NULL))
		return;
	sandbox_allow(sandbox, SANDBOX_WRITE, state);
}

static void allow_output(const char *path, struct sandbox *sandbox)
{
	const char *slash = strrchr(path, '/');
	auto_free char *folder =
		slash ? mem_copy(path, (size_t)(slash - path) + 1) : text_copy(".");

	sandbox_allow(sandbox, SANDBOX_PUT, folder);
}

int site_confine(struct site *site, bool notes, const char *const *outputs, size_t count,
		 struct err *err)
{
	auto_sandbox sandbox = { 0 };
	char words[SANDBOX_WORDS];

	notifiers_read_keys(&site->notifiers);
	if (site->inventory) {
		notifiers_read_keys(&site->inventory->notify);
		allow_inventory(site, &sandbox);
	}
	sandbox_allow_system(&sandbox);
	if (site->request->ca_file)
		sandbox_allow(&sandbox, SANDBOX_READ, site->request->ca_file);
	allow_state(site, notes, &sandbox);
	for (size_t i = 0; i < count; i++)
		allow_output(outputs[i], &sandbox);
	sandbox_words(words); /* inside it could not ask any more */
	if (sandbox_enter(&sandbox, err))
		return err_wrap(err, "the sandbox cannot be entered; nothing was contacted");
	log_info(NULL, "sandbox: %s", words);
	return 0;
}
