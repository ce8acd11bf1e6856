/* Bodies with the key in them: built in secret pages of the job, and wiped with the step. */
#include "certroll/job.h"
#include <stdio.h>
#include <string.h>

static const struct part {
	const char *mark;
	enum bundle_form form;
} parts[] = {
	{ "{leaf}", BUNDLE_PEM_LEAF }, { "{chain}", BUNDLE_PEM_CHAIN },
	{ "{root}", BUNDLE_PEM_ROOT }, { "{issuers}", BUNDLE_PEM_ISSUERS },
	{ "{key}", BUNDLE_PEM_KEY },   { "{bundle}", BUNDLE_PEM_CHAIN_KEY },
};

static const struct part *part_at(const char *text)
{
	for (size_t i = 0; i < COUNT(parts); i++)
		if (strncmp(text, parts[i].mark, strlen(parts[i].mark)) == 0)
			return &parts[i];
	return NULL;
}

/* PEM is ASCII; its line ends are all that JSON wants escaped (RFC 8259 7). */
static size_t json_size(struct bytes bytes)
{
	size_t size = bytes.len;

	for (size_t i = 0; i < bytes.len; i++)
		size += bytes.data[i] == '\n';
	return size;
}

static void add_json(struct secret *out, struct bytes bytes)
{
	for (size_t i = 0; i < bytes.len; i++) {
		bool end = bytes.data[i] == '\n';

		out->bytes[out->len++] = end ? '\\' : bytes.data[i];
		if (end)
			out->bytes[out->len++] = 'n';
	}
}

static size_t size_of(const struct job *job, const char *pattern)
{
	size_t size = 0;

	while (*pattern) {
		const struct part *part = part_at(pattern);

		size += part ? json_size(job_bundle(job, part->form)) : 1;
		pattern += part ? strlen(part->mark) : 1;
	}
	return size;
}

struct bytes job_json(struct job *job, const char *pattern)
{
	struct secret *out = &job->composed;

	secret_free(out);
	secret_init(out, size_of(job, pattern));
	while (*pattern) {
		const struct part *part = part_at(pattern);

		if (part)
			add_json(out, job_bundle(job, part->form));
		else
			out->bytes[out->len++] = *pattern;
		pattern += part ? strlen(part->mark) : 1;
	}
	return (struct bytes){ out->bytes, out->len };
}
