/**
 * @file
 * by_hand: what a person needs to give a device its certificate, where no interface takes one.
 *
 * A driver fills it in; the roll-out writes the files into a folder, says that the device is due, and
 * proves it by handshake once somebody has done the steps.
 *
 * Layer: contract between drivers and app.
 */
#ifndef CERTROLL_BY_HAND_H
#define CERTROLL_BY_HAND_H

#include "certroll/sheet.h"
#include <stdbool.h>

struct secret_ref;
struct text_list;

/** Files for the person, a set of bits. */
enum hand_file {
	HAND_PKCS12 = 1 << 0,   /**< DEVICE.p12: leaf, key and all signers, under a password */
	HAND_BUNDLE = 1 << 1,   /**< bundle.pem: chain and key, the key not encrypted */
	HAND_CHAIN = 1 << 2,    /**< chain.pem: leaf, intermediates, root */
	HAND_LEAF = 1 << 3,     /**< leaf.pem */
	HAND_KEY = 1 << 4,      /**< key.pem, not encrypted */
	HAND_ROOT = 1 << 5,     /**< root.pem */
	HAND_WEB_ROOT = 1 << 6, /**< WebRootCA.pem: the root as IP Office's phones ask for it */
	HAND_SIGNERS =
		1 << 7, /**< tcs-1.pem ...: each signer alone, from the leaf's issuer to the root */
};

/**
 * Steps know these words: {device}, {host}, {folder}, {p12}, {leaf} and {until} of the bundle, {root},
 * {signers}, {names} (of the device), {name} (the first of them), {san} ("DNS:..., IP:..."), {days},
 * {services}, {window} and {command}.
 */
struct by_hand {
	const char *task; /**< completes "a person must": "install it" */
	unsigned files;   /**< enum hand_file bits */
	const char
		*folder; /**< the device's folder is made in it; NULL or "": in the state folder */
	const struct secret_ref *password; /**< of HAND_PKCS12; borrowed */
	bool old_pkcs12;                   /**< 3DES and SHA-1, for old readers */
	/**
	 * The device makes its certificate itself, and nothing of the bundle goes there: proved is a
	 * leaf other than before, for all names, for servers (serverAuth), valid for most_days at most.
	 */
	bool own;
	int most_days;
	const struct text_list *domains;      /**< own: names it must have besides; NULL: none */
	const char *const *warnings;          /**< sentences for the plan; ended by NULL */
	const struct sheet_section *sections; /**< the checklist */
};

#endif
