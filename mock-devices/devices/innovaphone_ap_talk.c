/* innovaphone_ap_talk: what the manager says over its WebSocket, one JSON object per message. */
#include "innovaphone_ap.h"

#include "../channel.h"
#include "../cleanup.h"
#include "../family.h"
#include "../fleet.h"
#include "../profile.h"
#include "../text.h"

#include <openssl/crypto.h>
#include <openssl/x509.h>
#include <string.h>
#include <time.h>

#define MS_PER_S 1000

/* A message and the answer to it, which has its type and `src` already. */
struct talk {
	struct channel *channel;
	const json_t *message;
	json_t *answer;
};

static const char *setting(const struct talk *talk, size_t which)
{
	return device_setting(talk->channel->device, which);
}

static void set_text(json_t *object, const char *name, const char *text)
{
	(void)json_object_set_new(object, name, json_string(text));
}

/* Send an object, which is consumed. */
static void send_object(struct channel *channel, enum step step, json_t *consumed)
{
	char *text = mem_must(json_dumps(consumed, JSON_COMPACT));

	channel_send(channel, step, text);
	free(text);
	json_decref(consumed);
}

bool innovaphone_ap_digest(const json_t *login, const char *challenge, const char *password,
			   char hex[AP_DIGEST_MAX])
{
	const char *app = NULL, *domain = NULL, *sip = NULL, *guid = NULL, *dn = NULL;
	json_t *info = json_object_get(login, "info");
	unsigned char digest[SHA256_DIGEST_LENGTH];

	if (json_unpack((json_t *)login, "{s:s, s:s, s:s, s:s, s:s}", "app", &app, "domain",
			&domain, "sip", &sip, "guid", &guid, "dn", &dn))
		return false;
	/* as it was sent, if it was sent minified: members keep their order, nothing is escaped */
	char *written = info ? mem_must(json_dumps(info, JSON_COMPACT | JSON_ENCODE_ANY)) : NULL;
	char *hashed = mem_format("%s:%s:%s:%s:%s:%s%s%s:%s", app, domain, sip, guid, dn,
				  written ? written : "", written ? ":" : "", challenge, password);

	SHA256((const unsigned char *)hashed, strlen(hashed), digest);
	text_hex(digest, sizeof(digest), hex);
	OPENSSL_cleanse(hashed, strlen(hashed));
	free(hashed);
	free(written);
	return true;
}

static void answer_challenge(const struct talk *talk)
{
	channel_make_challenge(talk->channel);
	set_text(talk->answer, "challenge", talk->channel->challenge);
}

static bool login_is_right(const struct talk *talk)
{
	const struct channel *channel = talk->channel;
	const char *app = json_string_value(json_object_get(talk->message, "app"));
	const char *digest = json_string_value(json_object_get(talk->message, "digest"));
	char wanted[AP_DIGEST_MAX];

	return *channel->challenge && app && digest && strcmp(app, setting(talk, AP_APP)) == 0 &&
	       innovaphone_ap_digest(talk->message, channel->challenge,
				     profile_password(channel->device->profile), wanted) &&
	       strlen(digest) == strlen(wanted) &&
	       CRYPTO_memcmp(digest, wanted, sizeof(wanted)) == 0 &&
	       !device_fault(channel->device, FAULT_REFUSE_LOGIN, STEP_LOGIN);
}

/* A message nobody asked for comes first: clients have to wait for the one they want. */
static void make_noise(const struct talk *talk)
{
	const char *type = setting(talk, AP_NOISE_MT);

	if (*type)
		send_object(talk->channel, STEP_OTHER,
			    json_pack("{s:s, s:s}", "mt", type, "instance", "manager"));
}

static void answer_login(const struct talk *talk)
{
	struct channel *channel = talk->channel;
	struct device *device = channel->device;

	channel->logged_in = login_is_right(talk);
	OPENSSL_cleanse(channel->challenge, sizeof(channel->challenge)); /* good for one try */
	make_noise(talk);
	if (channel->logged_in) {
		(void)json_object_set_new(talk->answer, "ok", json_true());
		return;
	}
	device->counts.logins_refused++;
	device->fleet->counts.logins_refused++;
	if (strcmp(setting(talk, AP_LOGIN_REFUSAL), "false") == 0)
		(void)json_object_set_new(talk->answer, "ok", json_false());
	if (device_blame(device)) {
		channel->end = CHANNEL_RESET;
		channel->wake(channel);
	}
}

static void answer_info(const struct talk *talk)
{
	set_text(talk->answer, "version", profile_firmware(talk->channel->device->profile));
}

static void answer_key(const struct talk *talk)
{
	channel_make_key(talk->channel);
	set_text(talk->answer, "key", talk->channel->key);
}

static json_t *name_text(const X509_NAME *name)
{
	auto_bio BIO *out = mem_must(BIO_new(BIO_s_mem()));
	char *bytes = NULL;

	X509_NAME_print_ex(out, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
	long length = BIO_get_mem_data(out, &bytes);
	json_t *text = json_stringn(bytes, (size_t)length);
	return text ? text : json_string("?"); /* not UTF-8 */
}

static json_t *time_number(const ASN1_TIME *time)
{
	struct tm utc = { 0 };

	(void)ASN1_TIME_to_tm(time, &utc);
	return json_integer((json_int_t)timegm(&utc) * MS_PER_S);
}

static json_t *describe(X509 *certificate)
{
	char fingerprint[IDENTITY_HEX];

	identity_fingerprint(certificate, fingerprint);
	return json_pack("{s:o, s:o, s:o, s:o, s:s}", "subject",
			 name_text(X509_get_subject_name(certificate)), "issuer",
			 name_text(X509_get_issuer_name(certificate)), "notBefore",
			 time_number(X509_get0_notBefore(certificate)), "notAfter",
			 time_number(X509_get0_notAfter(certificate)), "fingerprint", fingerprint);
}

static void answer_state(const struct talk *talk)
{
	auto_identity struct identity *stored = device_stored(talk->channel->device);
	json_t *list = json_array();

	for (int i = 0; i < sk_X509_num(stored->chain); i++)
		(void)json_array_append_new(list, describe(sk_X509_value(stored->chain, i)));
	(void)json_object_set_new(talk->answer, "certs", list);
}

static void answer_delete(const struct talk *talk)
{
	device_install(talk->channel->device, NULL, STEP_CLEAR);
}

static const struct message {
	enum step step;
	size_t type, result; /* settings */
	bool locked;         /* wants a login */
	void (*answer)(const struct talk *talk);
} messages[] = {
	{ STEP_CHALLENGE, AP_CHALLENGE_MT, AP_CHALLENGE_RESULT_MT, false, answer_challenge },
	{ STEP_LOGIN, AP_LOGIN_MT, AP_LOGIN_RESULT_MT, false, answer_login },
	{ STEP_INFO, AP_INFO_MT, AP_INFO_RESULT_MT, true, answer_info },
	{ STEP_KEY, AP_KEY_MT, AP_KEY_RESULT_MT, true, answer_key },
	{ STEP_STATE, AP_STATE_MT, AP_STATE_RESULT_MT, true, answer_state },
	{ STEP_CLEAR, AP_DELETE_MT, AP_DELETE_RESULT_MT, true, answer_delete },
};

static const struct message *find_message(const struct talk *talk, const char *type)
{
	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++)
		if (strcmp(setting(talk, messages[i].type), type) == 0)
			return &messages[i];
	return NULL;
}

static void begin_answer(struct talk *talk, const char *type)
{
	json_t *src = json_object_get(talk->message, "src");

	talk->answer = json_pack("{s:s}", "mt", type);
	if (src)
		(void)json_object_set(talk->answer, "src", src);
}

static void answer_message(struct talk *talk, const struct message *message, const char *type)
{
	enum channel_verdict verdict = channel_begin(talk->channel, message->step, type);

	if (verdict == CHANNEL_IGNORE)
		return;
	begin_answer(talk, setting(talk, message->result));
	if (verdict == CHANNEL_BUSY)
		set_text(talk->answer, setting(talk, AP_ERROR_FIELD), "BUSY");
	else if (message->locked && !talk->channel->logged_in)
		set_text(talk->answer, setting(talk, AP_ERROR_FIELD), "NOT_LOGGED_IN");
	else
		message->answer(talk);
	send_object(talk->channel, message->step, talk->answer);
}

static void answer_keep_alive(struct talk *talk)
{
	if (strcmp(setting(talk, AP_KEEP_ALIVE), "answer") != 0)
		return;
	begin_answer(talk, "KeepAliveResult");
	send_object(talk->channel, STEP_OTHER, talk->answer);
}

void innovaphone_ap_hear(struct channel *channel, const char *text)
{
	json_t *object = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	const char *type = json_string_value(json_object_get(object, "mt"));
	struct talk talk = { .channel = channel, .message = object };
	const struct message *message = type ? find_message(&talk, type) : NULL;

	if (message)
		answer_message(&talk, message, type);
	else if (type && strcmp(type, "KeepAlive") == 0)
		answer_keep_alive(&talk);
	else if (!type)
		channel_refuse(channel, WEBSOCKET_BAD_TEXT);
	json_decref(object); /* an unknown type is no mistake */
}

void innovaphone_ap_tell(struct channel *channel, const char *error)
{
	struct talk talk = { .channel = channel };
	const char *src = setting(&talk, AP_RESULT_SRC);
	json_t *result = json_pack("{s:s}", "mt", setting(&talk, AP_RESULT_MT));

	if (*src)
		set_text(result, "src", src);
	if (error)
		set_text(result, setting(&talk, AP_ERROR_FIELD), error);
	else
		(void)json_object_set_new(result, "ok", json_true());
	send_object(channel, STEP_RESULT, result);
}
