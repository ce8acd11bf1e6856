/*
 * The page of steps: its words, and its rendering as plain text.
 */
#include "sheet.h"
#include "certroll/text.h"
#include <string.h>

enum { LABEL = 13 };

const char sheet_heading[] = "Trust '{title}'";

const char sheet_intro[] =
	"The telephony system shows who it is with certificates of its own CA. Phones and "
	"computers "
	"do not know this CA by themselves, so each has to be told once to trust its root.";

const char sheet_warning[] =
	"Whoever trusts a wrong root can be deceived about any website. Compare the fingerprint "
	"with what your administrator reads out to you, not with what came along with this page.";

static const struct sheet_step iphone[] = {
	{ SHEET_DO, "Open {profile} on the device: from a mail, by AirDrop, or from a web page. "
		    "It says that a profile was downloaded." },
	{ SHEET_DO, "Settings > Profile Downloaded (or General > VPN & Device Management): choose "
		    "'{title}', compare the fingerprint under More Details, and install it." },
	{ SHEET_DO, "Settings > General > About > Certificate Trust Settings: switch '{name}' on. "
		    "Until then apps go on refusing the connection." },
	{ SHEET_NOTE, "Devices that get the profile from a device management (MDM) or Apple "
		      "Configurator trust it at once; the last step is not needed there." },
	{ SHEET_DO, NULL },
};

static const struct sheet_step mac[] = {
	{ SHEET_DO,
	  "Open {profile}, then System Settings > Privacy & Security > Profiles (General > "
	  "Device Management in newer versions): install '{title}'." },
	{ SHEET_DO,
	  "Keychain Access: open '{name}'. If it is not marked as trusted, set Trust > When "
	  "using this certificate to Always Trust." },
	{ SHEET_DO, NULL },
};

static const struct sheet_step windows[] = {
	{ SHEET_DO, "In the folder of root.cer, see that the file has the fingerprint above:" },
	{ SHEET_TYPE, "certutil -hashfile root.cer SHA256" },
	{ SHEET_DO, "In a terminal opened as administrator:" },
	{ SHEET_TYPE, "certutil -addstore -f Root root.cer" },
	{ SHEET_NOTE, "For a whole domain: group policy, Public Key Policies, Trusted Root "
		      "Certification Authorities, Import." },
	{ SHEET_DO, NULL },
};

static const struct sheet_step android[] = {
	{ SHEET_DO, "Save root.cer on the phone." },
	{ SHEET_DO, "Settings > Security > Encryption & credentials > Install a certificate > CA "
		    "certificate; where the menu is another one, search the settings for "
		    "\"CA certificate\". Go on in spite of the warning and choose root.cer." },
	{ SHEET_NOTE, "The browser uses it from then on; an app only if its maker allows CAs added "
		      "by the user." },
	{ SHEET_DO, NULL },
};

static const struct sheet_step innovaphone[] = {
	{ SHEET_DO, "Advanced UI, General > Certificates: upload root.pem to the trust list." },
	{ SHEET_NOTE, "For all boxes of an inventory: certroll deploy --trust-only." },
	{ SHEET_DO, NULL },
};

static const struct sheet_step ip_office[] = {
	{ SHEET_DO, "Security settings > Certificates of each system: add WebRootCA.pem to the "
		    "trusted certificate store." },
	{ SHEET_DO, "Put WebRootCA.pem where the phones get their files, and name it in their "
		    "settings file:" },
	{ SHEET_TYPE, "SET TRUSTCERTS WebRootCA.pem" },
	{ SHEET_NOTE, "Phones need it before the systems get certificates of this CA. A phone "
		      "outside starts once in the office, or from an HTTP server with this file." },
	{ SHEET_DO, NULL },
};

const struct sheet_section guides[] = {
	{ "iPhone and iPad", "{profile}", iphone },
	{ "Mac", "{profile}", mac },
	{ "Windows", "root.cer", windows },
	{ "Android", "root.cer", android },
	{ "innovaphone boxes", "root.pem", innovaphone },
	{ "Avaya IP Office and its phones", "WebRootCA.pem", ip_office },
	{ NULL, NULL, NULL },
};

void sheet_words(const struct handout *handout, struct word words[SHEET_WORDS])
{
	words[0] = (struct word){ "title", handout->title };
	words[1] = (struct word){ "profile", handout->profile_name };
	words[2] = (struct word){ "name", handout->root->display };
}

void sheet_facts(const struct handout *handout, struct sheet_facts *facts)
{
	const struct cert *root = handout->root;

	facts->key = cert_key_text(root);
	facts->rows[0] = (struct word){ "Root", root->subject };
	facts->rows[1] = (struct word){ "Valid until", text_time(root->not_after, facts->until) };
	facts->rows[2] = (struct word){ "Key", facts->key };
}

/* Columns that a UTF-8 text takes, one for each character. */
static size_t columns(const char *text, size_t len)
{
	size_t count = 0;

	for (size_t i = 0; i < len; i++)
		count += ((unsigned char)text[i] & 0xc0) != 0x80;
	return count;
}

static void put_blanks(struct buf *out, size_t count)
{
	while (count--)
		put(out, " ");
}

/* The first word goes where the line stands, the next ones below it. */
void sheet_wrapped(struct buf *out, size_t margin, const char *text)
{
	size_t column = margin;

	while (*text) {
		size_t len = strcspn(text, " "), wide = columns(text, len);
		auto_free char *word = mem_copy(text, len);

		if (column > margin && column + 1 + wide > SHEET_WIDTH) {
			put(out, "\n");
			put_blanks(out, margin);
			column = margin;
		} else if (column > margin) {
			put(out, " ");
			column++;
		}
		put(out, word);
		column += wide;
		text += len;
		text += strspn(text, " ");
	}
	put(out, "\n");
}

static void put_filled(struct buf *out, size_t margin, const char *text, const struct words *words)
{
	auto_free char *filled = fill_words(text, words->items, words->count);

	sheet_wrapped(out, margin, filled);
}

/* What is to be typed must not be broken, however long it is. */
static void put_typed(struct buf *out, size_t margin, const char *text, const struct words *words)
{
	auto_free char *filled = fill_words(text, words->items, words->count);

	put_blanks(out, margin);
	put(out, filled);
	put(out, "\n");
}

static void put_marked(struct buf *out, const char *mark, const char *text,
		       const struct words *words)
{
	put(out, mark);
	put_filled(out, strlen(mark), text, words);
}

void sheet_steps(struct buf *out, const struct sheet_step *steps, const struct words *words,
		 const char *box)
{
	size_t margin = strlen(box) + 5;
	int number = 0;

	for (const struct sheet_step *step = steps; step->text; step++)
		if (step->kind == SHEET_WARN)
			put_marked(out, "  !! ", step->text, words);
	for (const struct sheet_step *step = steps; step->text; step++) {
		auto_free char *lead = text_format("  %s%d. ", box, number + 1);
		auto_free char *blank = text_format("%*s", (int)margin, "");

		number += step->kind == SHEET_DO;
		if (step->kind == SHEET_TYPE)
			put_typed(out, margin + 4, step->text, words);
		else if (step->kind != SHEET_WARN)
			put_marked(out, step->kind == SHEET_DO ? lead : blank, step->text, words);
	}
}

static void put_guide(struct buf *out, const struct sheet_section *guide, const struct words *words)
{
	auto_free char *file = fill_words(guide->file, words->items, words->count);
	auto_free char *heading = text_format("\n%s (%s)\n", guide->heading, file);

	put(out, heading);
	sheet_steps(out, guide->steps, words, "");
}

static void put_facts(struct buf *out, const struct handout *handout)
{
	auto_free char *fingerprint = handout_fingerprint(handout->root);
	struct sheet_facts facts;
	char *rest = fingerprint;
	const char *label = "SHA-256";

	sheet_facts(handout, &facts);
	for (size_t i = 0; i < SHEET_FACTS; i++) {
		put(out, facts.rows[i].name);
		put_blanks(out, LABEL - strlen(facts.rows[i].name));
		sheet_wrapped(out, LABEL, facts.rows[i].value);
	}
	for (char *line; (line = strsep(&rest, "\n")); label = "") {
		put(out, label);
		put_blanks(out, LABEL - strlen(label));
		put(out, line);
		put(out, "\n");
	}
	mem_free(facts.key);
}

char *handout_text(const struct handout *handout)
{
	auto_buf out = BUF_MAX(HANDOUT_FILE_MAX);
	struct word items[SHEET_WORDS];
	const struct words list = { items, SHEET_WORDS }, *words = &list;

	sheet_words(handout, items);
	put_filled(&out, 0, sheet_heading, words);
	put(&out, "\n");
	put_filled(&out, 0, sheet_intro, words);
	put(&out, "\n");
	put_facts(&out, handout);
	put(&out, "\n");
	put_filled(&out, 0, sheet_warning, words);
	for (const struct sheet_section *guide = guides; guide->heading; guide++)
		put_guide(&out, guide, words);
	return text_copy(buf_text(&out));
}
