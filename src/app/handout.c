#include "certroll/handout.h"
#include "certroll/file.h"
#include "certroll/secret.h"
#include "certroll/sign.h"
#include "certroll/text.h"
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SLUG_MAX = 40, PRINT_LINE = 8 };

/* "Example Root (2026)" as "example-root-2026": for file names and identifiers everywhere. */
static char *slug_of(const char *text)
{
	char *slug = mem_alloc(SLUG_MAX + 1);
	size_t len = 0;

	for (; *text && len < SLUG_MAX; text++) {
		if (!((unsigned char)*text & 0x80) && isalnum((unsigned char)*text))
			slug[len++] = (char)tolower((unsigned char)*text);
		else if (len && slug[len - 1] != '-')
			slug[len++] = '-';
	}
	while (len && slug[len - 1] == '-')
		len--;
	slug[len] = '\0';
	if (!len)
		memcpy(slug, "root", sizeof "root");
	return slug;
}

static bool is_identifier(const char *text)
{
	char before = '.';

	if (strlen(text) > HANDOUT_IDENTIFIER_MAX || !strchr(text, '.'))
		return false;
	for (; *text; before = *text++) {
		bool letter = !((unsigned char)*text & 0x80) &&
			      (isalnum((unsigned char)*text) || *text == '-');

		if (!letter && (*text != '.' || before == '.'))
			return false;
	}
	return before != '.';
}

static char *derive_identifier(const struct cert *root)
{
	auto_free char *slug = slug_of(root->display);
	char hex[13];

	text_hex(root->sha256, 6, hex);
	return text_format("certroll.%s.%s", slug, hex);
}

int handout_init(struct handout *handout, const struct cert *root, const char *title,
		 const char *identifier, struct err *err)
{
	auto_free char *slug = NULL;

	*handout = (struct handout){ .root = root };
	if (identifier && !is_identifier(identifier))
		return err_set(err, ERR_USAGE,
			       "'%.80s' is no identifier of a profile; write your domain backwards "
			       "and a word of your own, as in com.example.telephony",
			       identifier);
	if (!title || !*title)
		title = root->display;
	handout->title = text_printable(title, strlen(title), HANDOUT_TITLE_MAX);
	handout->identifier = identifier ? text_copy(identifier) : derive_identifier(root);
	slug = slug_of(handout->title);
	handout->profile_name = text_format("%s.mobileconfig", slug);
	return 0;
}

void handout_free(struct handout *handout)
{
	mem_free(handout->title);
	mem_free(handout->identifier);
	mem_free(handout->profile_name);
	*handout = (struct handout){ 0 };
}

char *handout_fingerprint(const struct cert *root)
{
	char *text = mem_alloc(4 * CERT_HASH);
	char *at = text;

	for (size_t i = 0; i < CERT_HASH; i++) {
		const char *before = i % PRINT_LINE == 0 ? "\n" : i % 4 == 0 ? "  " : " ";

		at += sprintf(at, "%s%02X", i ? before : "", root->sha256[i]);
	}
	return text;
}

static int make_folder(const char *folder, struct err *err)
{
	struct stat about;

	if (mkdir(folder, 0755) == 0) {
		/* Ours, and nobody but us knows of it yet; umask had taken bits away. */
		if (chmod(folder, 0755))
			return err_set(err, ERR_IO, "%s: %s", folder, strerror(errno));
		return 0;
	}
	if (errno != EEXIST)
		return err_set(err, ERR_IO, "%s: %s%s", folder, strerror(errno),
			       errno == ENOENT ? "; make the folder above it first" : "");
	if (stat(folder, &about) || !S_ISDIR(about.st_mode))
		return err_set(err, ERR_IO, "%s: is no folder; name one with -o", folder);
	return 0;
}

/* The folder of a CA, or what people were told to trust before: two roots would get mixed up. */
static int refuse_other_root(const char *folder, const char *pem, struct err *err)
{
	auto_free char *path = text_format("%s/root.pem", folder);
	auto_secret there = { 0 };
	bool same;

	if (access(path, F_OK))
		return 0;
	same = secret_load(&there, path, HANDOUT_FILE_MAX, NULL, NULL) == 0 &&
	       there.len == strlen(pem) && memcmp(there.bytes, pem, there.len) == 0;
	if (same)
		return 0;
	return err_set(err, ERR_IO,
		       "%s: another root.pem lies there already and is not overwritten; choose "
		       "another folder, or remove what is in this one",
		       folder);
}

static int write_one(const char *folder, const char *name, const void *bytes, size_t len,
		     struct err *err)
{
	auto_free char *path = text_format("%s/%s", folder, name);

	return file_write(path, bytes, len, FILE_PUBLIC, err);
}

static int write_text(const char *folder, const char *name, const char *text, struct err *err)
{
	return write_one(folder, name, text, strlen(text), err);
}

static int write_profile(const struct handout *handout, const char *folder,
			 const struct bundle *signer, struct err *err)
{
	auto_free char *profile = handout_profile(handout);
	auto_buf signed_profile = BUF_MAX(2 * HANDOUT_FILE_MAX);

	if (!signer)
		return write_text(folder, handout->profile_name, profile, err);
	if (cms_sign(signer, profile, strlen(profile), &signed_profile, err))
		return -1;
	return write_one(folder, handout->profile_name, signed_profile.data, signed_profile.len,
			 err);
}

int handout_write(const struct handout *handout, const char *folder, const struct bundle *signer,
		  struct err *err)
{
	const struct cert *root = handout->root;
	auto_free char *pem = cert_pem(root), *html = handout_html(handout);
	auto_free char *text = handout_text(handout);

	if (make_folder(folder, err) || refuse_other_root(folder, pem, err) ||
	    write_profile(handout, folder, signer, err) ||
	    write_text(folder, "root.pem", pem, err) ||
	    write_one(folder, "root.cer", root->der, root->der_len, err) ||
	    write_text(folder, "WebRootCA.pem", pem, err) ||
	    write_text(folder, "sheet.html", html, err) ||
	    write_text(folder, "sheet.txt", text, err))
		return -1;
	return 0;
}

void handout_files(const struct handout *handout, struct handout_file files[HANDOUT_FILES])
{
	files[0] =
		(struct handout_file){ "root.pem", "the root as text (PEM): innovaphone, Linux" };
	files[1] = (struct handout_file){ "root.cer", "the root as bytes (DER): Windows, Android" };
	files[2] = (struct handout_file){ "WebRootCA.pem", "the root for phones of an IP Office" };
	files[3] = (struct handout_file){ handout->profile_name, "profile: iPhone, iPad, Mac" };
	files[4] = (struct handout_file){ "sheet.html", "one page of steps for people" };
	files[5] = (struct handout_file){ "sheet.txt", "the same as plain text" };
}
