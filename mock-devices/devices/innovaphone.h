/**
 * @file
 * innovaphone: the habits of a gateway, and its page for people.
 */
#ifndef MOCK_INNOVAPHONE_H
#define MOCK_INNOVAPHONE_H

struct exchange;

/** Settings: all the fact sheet marks ASSUMPTION or INF; xsl= only picks a style sheet (1.1). */
enum {
	SET_INFO_PATH,
	SET_LOGIN_PATH,
	SET_STATE_PATH,
	SET_DOWNLOAD_PATH,
	SET_UPLOAD_PATH,
	SET_UPLOAD_FIELD,
	SET_TRUST_PATH,
	SET_TRUST_FIELD,
	SET_TRUSTED_PATH,
	SET_TICK_PATH,
	SET_UNTRUST_PATH,
	SET_UNTRUST_ALL_PATH,
	SET_CLEAR_PATH,
	SET_RESET_PATH,
	SET_REJECTED_TRUST_PATH,
	SET_REJECTED_CLEAR_PATH,
	SET_PAGE_PATH,
	SET_LOGIN_PAGE,
	SET_DIGEST,
	SET_COUNT,
};

/** General/Certificates, for a person with a browser; every button does what a client would. */
void innovaphone_page(struct exchange *exchange);

#endif
