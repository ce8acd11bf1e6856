/**
 * @file
 * innovaphone_ap: the parts of the App Platform manager.
 */
#ifndef MOCK_INNOVAPHONE_AP_H
#define MOCK_INNOVAPHONE_AP_H

#include <jansson.h>
#include <openssl/sha.h>
#include <stdbool.h>

struct channel;
struct evbuffer;
struct exchange;
struct profile;

#define AP_DIGEST_MAX (2 * SHA256_DIGEST_LENGTH + 1)

/** Settings; all that is not documented by the maker can be changed. */
enum {
	AP_WS_PATH,
	AP_PAGE_PATH,
	AP_UPLOAD_PATH,
	AP_UPLOAD_KEY,
	AP_UPLOAD_PASSWORD,
	AP_UPLOAD_TYPE,
	AP_APP,
	AP_CHALLENGE_MT,
	AP_CHALLENGE_RESULT_MT,
	AP_LOGIN_MT,
	AP_LOGIN_RESULT_MT,
	AP_LOGIN_REFUSAL,
	AP_INFO_MT,
	AP_INFO_RESULT_MT,
	AP_KEY_MT,
	AP_KEY_RESULT_MT,
	AP_STATE_MT,
	AP_STATE_RESULT_MT,
	AP_DELETE_MT,
	AP_DELETE_RESULT_MT,
	AP_RESULT_MT,
	AP_RESULT_SRC,
	AP_ERROR_FIELD,
	AP_NOISE_MT,
	AP_KEEP_ALIVE,
	AP_PICKY,
	AP_SETTINGS,
};

/** Answer a message of the manager's WebSocket. */
void innovaphone_ap_hear(struct channel *channel, const char *text);

/** Tell the client on the socket how its upload went; NULL error: well. */
void innovaphone_ap_tell(struct channel *channel, const char *error);

/**
 * The digest a client must send (section 3.1 of the fact sheet).
 *
 * @param login  the AppLogin message; its `info`, if any, is hashed as it is written compactly
 * @return false when a member it needs is missing or no string
 */
bool innovaphone_ap_digest(const json_t *login, const char *challenge, const char *password,
			   char hex[AP_DIGEST_MAX]);

/** Whether this version refuses a chain that ends below its root. */
bool innovaphone_ap_is_picky(const struct profile *profile);

/** The manager's page, for a person with a browser. */
void innovaphone_ap_page(struct exchange *exchange);

#endif
