/*
 * The files for the person: made in memory, written into a folder that nobody else can open.
 */
#include "certroll/assemble.h"
#include "certroll/driver.h"
#include "certroll/file.h"
#include "certroll/sign.h"
#include "certroll/text.h"
#include "hand.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void hand_folder_free(struct hand_folder *folder)
{
	for (size_t i = 0; i < folder->count; i++) {
		mem_free(folder->items[i].name);
		secret_free(&folder->items[i].bytes);
	}
	mem_free(folder->path);
	mem_free(folder->command);
}

char *hand_path(const struct site *site, const struct device *device)
{
	struct by_hand hand = { 0 };
	auto_free char *state = NULL;

	if (device_by_hand(device, &hand) && hand.folder && *hand.folder)
		return text_format("%s/%s", hand.folder, device->name);
	state = site_state(site->request->state);
	return text_format("%s/by-hand/%s", state, device->name);
}

/* Takes the name; the bytes are set by the caller. */
static struct secret *add(struct hand_folder *folder, char *name)
{
	struct hand_item *item = &folder->items[folder->count++];

	item->name = name;
	return &item->bytes;
}

static void add_bytes(struct hand_folder *folder, const char *name, const void *bytes, size_t len)
{
	if (len)
		secret_set(add(folder, text_copy(name)), bytes, len);
}

/* The parts of the bundle that are files as they are. */
static const struct part {
	unsigned bit;
	const char *name;
	enum bundle_form form;
	bool secret;
} parts[] = {
	{ HAND_BUNDLE, "bundle.pem", BUNDLE_PEM_CHAIN_KEY, true },
	{ HAND_CHAIN, "chain.pem", BUNDLE_PEM_CHAIN, false },
	{ HAND_LEAF, "leaf.pem", BUNDLE_PEM_LEAF, false },
	{ HAND_KEY, "key.pem", BUNDLE_PEM_KEY, true },
	{ HAND_ROOT, "root.pem", BUNDLE_PEM_ROOT, false },
	{ HAND_WEB_ROOT, "WebRootCA.pem", BUNDLE_PEM_ROOT, false },
};

static void add_parts(struct hand_folder *folder, unsigned files)
{
	for (size_t i = 0; i < COUNT(parts); i++) {
		struct bytes bytes = bundle_bytes(folder->bundle, parts[i].form);

		if (files & parts[i].bit)
			add_bytes(folder, parts[i].name, bytes.data, bytes.len);
	}
}

static void add_signers(struct hand_folder *folder)
{
	const struct chain *chain = folder->bundle->chain;

	for (size_t i = 1; i < chain->count; i++) {
		auto_free char *name = text_format("tcs-%zu.pem", i);
		auto_free char *pem = cert_pem(chain->certs[i]);

		add_bytes(folder, name, pem, strlen(pem));
	}
}

static int add_pkcs12(struct hand_folder *folder, const struct device *device,
		      const struct by_hand *hand, struct err *err)
{
	const struct secret *password = hand->password ? secret_ref_value(hand->password) : NULL;

	if (!password || !password->len)
		return err_set(err, ERR_SECRET,
			       "the password of the PKCS#12 container is missing or empty (option "
			       "password); readers would refuse the file");
	return bundle_pkcs12(folder->bundle, password, hand->old_pkcs12,
			     add(folder, text_format("%s.p12", device->name)), err);
}

int hand_make(const struct device *device, struct hand_folder *folder, struct err *err)
{
	auto_free char *text = hand_text(device, folder), *html = hand_html(device, folder);
	struct by_hand hand;

	device_by_hand(device, &hand);
	if (hand.files & HAND_PKCS12 && add_pkcs12(folder, device, &hand, err))
		return -1;
	add_parts(folder, hand.files);
	if (hand.files & HAND_SIGNERS)
		add_signers(folder);
	add_bytes(folder, "checklist.txt", text, strlen(text));
	add_bytes(folder, "checklist.html", html, strlen(html));
	return 0;
}

const struct hand_item *hand_pkcs12(const struct hand_folder *folder)
{
	for (size_t i = 0; i < folder->count; i++)
		if (text_ends(folder->items[i].name, ".p12"))
			return &folder->items[i];
	return NULL;
}

/* It holds private keys: not a folder that was prepared by others, or left open. */
static int make_folder(const char *path, struct err *err)
{
	auto_free char *inside = text_format("%s/x", path);
	struct stat status;

	if (file_make_folders(inside, err))
		return -1;
	if (lstat(path, &status))
		return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
	if (!S_ISDIR(status.st_mode) || status.st_uid != geteuid() || status.st_mode & 077)
		return err_set(err, ERR_CONFIG,
			       "%s: must be a folder of yours that nobody else can open; chown and "
			       "chmod 700 it",
			       path);
	return 0;
}

static const struct hand_item *find_item(const struct hand_folder *folder, const char *name)
{
	for (size_t i = 0; i < folder->count; i++)
		if (strcmp(folder->items[i].name, name) == 0)
			return &folder->items[i];
	return NULL;
}

/* Somebody may be copying it this very moment: what is right already is not touched. */
static bool lies_there(const struct hand_folder *folder, const struct hand_item *item)
{
	auto_free char *path = text_format("%s/%s", folder->path, item->name);
	auto_secret there = { 0 };

	return secret_load(&there, path, item->bytes.len, NULL, NULL) == 0 &&
	       there.len == item->bytes.len &&
	       memcmp(there.bytes, item->bytes.bytes, there.len) == 0;
}

/*
 * A longer chain, or other options, had more files: nobody shall upload those of yesterday.  And a
 * key that is only renamed over would stay on the disk; in a container it is encrypted.
 */
static int remove_stale(const struct hand_folder *folder, const char *name, bool open_key,
			struct err *err)
{
	auto_free char *path = text_format("%s/%s", folder->path, name);
	const struct hand_item *item = find_item(folder, name);

	return item && (!open_key || lies_there(folder, item)) ? 0 : file_wipe(path, err);
}

static int remove_all_stale(const struct hand_folder *folder, struct err *err)
{
	const char *slash = strrchr(folder->path, '/');
	auto_free char *pkcs12 = text_format("%s.p12", slash ? slash + 1 : folder->path);

	if (remove_stale(folder, pkcs12, false, err))
		return -1;
	for (size_t i = 0; i < COUNT(parts); i++)
		if (remove_stale(folder, parts[i].name, parts[i].secret, err))
			return -1;
	for (size_t i = 1; i < CHAIN_MAX_CERTS; i++) {
		auto_free char *name = text_format("tcs-%zu.pem", i);

		if (remove_stale(folder, name, false, err))
			return -1;
	}
	return 0;
}

int hand_write(const struct hand_folder *folder, struct err *err)
{
	if (make_folder(folder->path, err) || remove_all_stale(folder, err))
		return -1;
	for (size_t i = 0; i < folder->count; i++) {
		const struct hand_item *item = &folder->items[i];
		auto_free char *path = text_format("%s/%s", folder->path, item->name);

		if (!lies_there(folder, item) &&
		    file_write(path, item->bytes.bytes, item->bytes.len, FILE_PRIVATE, err))
			return -1;
	}
	return 0;
}

int hand_wipe(const struct site *site, const struct device *device, struct err *err)
{
	auto_free char *folder = hand_path(site, device);
	auto_free char *pkcs12 = text_format("%s/%s.p12", folder, device->name);

	if (file_wipe(pkcs12, err))
		return -1;
	for (size_t i = 0; i < COUNT(parts); i++) {
		auto_free char *path = text_format("%s/%s", folder, parts[i].name);

		if (parts[i].secret && file_wipe(path, err))
			return -1;
	}
	return 0;
}
