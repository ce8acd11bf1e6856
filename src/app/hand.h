/*
 * hand: devices that get their certificate by a person's hand.  hand_sheet.c writes the checklist,
 * hand_files.c the folder, hand.c takes part in the roll-out.
 */
#ifndef APP_HAND_H
#define APP_HAND_H

#include "certroll/by_hand.h"
#include "certroll/site.h"

/* A file for the person; in secret pages, because some of them hold keys. */
struct hand_item {
	char *name;
	struct secret bytes;
};

enum { HAND_ITEMS = 10 + CHAIN_MAX_CERTS };

struct hand_folder {
	char *path;    /* of the device's own folder */
	char *command; /* how it goes on afterwards: "certroll resume 12" */
	const struct bundle *bundle;
	struct hand_item items[HAND_ITEMS];
	size_t count;
};

void hand_folder_free(struct hand_folder *folder);

#define auto_hand_folder __attribute__((cleanup(hand_folder_free))) struct hand_folder

/* Where the files of a device are or will be; owned. */
char *hand_path(const struct site *site, const struct device *device) MUST_CHECK;

/* What the device makes its own certificate for, as its form takes it: "DNS:a, IP:b"; owned. */
char *hand_san(const struct device *device, const struct by_hand *hand) MUST_CHECK;

/* The checklist; owned. */
char *hand_text(const struct device *device, const struct hand_folder *folder) MUST_CHECK;
char *hand_html(const struct device *device, const struct hand_folder *folder) MUST_CHECK;

/* Make all files for a device in memory.  folder->path, command and bundle are set before. */
int hand_make(const struct device *device, struct hand_folder *folder, struct err *err) MUST_CHECK;

/* Write them: a folder with mode 0700, files with mode 0600.  What an earlier bundle left goes. */
int hand_write(const struct hand_folder *folder, struct err *err) MUST_CHECK;

/* The container that was made, or NULL. */
const struct hand_item *hand_pkcs12(const struct hand_folder *folder);

/* It is proved: overwrite and unlink what holds the key.  Is there nothing to wipe? */
int hand_wipe(const struct site *site, const struct device *device, struct err *err) MUST_CHECK;

/* Does the inventory say all that the files need?  0, or -1 with ERR_CONFIG. */
int hand_check(const struct site *site, struct err *err) MUST_CHECK;

/* After the look: may what is served be wrong by what the journal knows?  Adjusts the proofs. */
void hand_looked(const struct site *site, struct result *result);

/* What to know before a person begins; appended to its warnings. */
void hand_warn(struct result *result);

/* Its turn has come: files into the folder, and the device is due. */
void hand_begin(struct site *site, struct result *result);

/* Look until all that are due are proved, or the time of --wait is over. */
int hand_wait(struct site *site, struct result *const *order, size_t count,
	      struct err *err) MUST_CHECK;

/* Devices that were found well: files with keys in their folders are not needed any more. */
void hand_tidy(const struct site *site);

/* A rehearsal plays the person: the files are made, and handed to the mock device. */
int hand_play(struct site *site, struct result *result, struct err *err) MUST_CHECK;

#endif
