/* certroll-docs FRAMES OUT: everything that is written from tables, into the folder OUT. */
#include "docs.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES = 4096 };

static const char *folder; /* where everything is written */

static const char *const pages[] = {
	"certroll.1",        "mock-fleet.1",        "certroll-inventory.5",
	"certroll-policy.5", "certroll-findings.7", "certroll-drivers.7",
};

static const struct {
	const char *name;
	void (*write)(FILE *out);
} tables[] = {
	{ "certroll.bash", complete_bash },
	{ "_certroll", complete_zsh },
	{ "certroll.fish", complete_fish },
	{ "inventory.json", schema_inventory },
};

static _Noreturn void stop(const char *place, const char *problem)
{
	fprintf(stderr, "certroll-docs: %s: %s\n", place, problem);
	exit(1);
}

static FILE *open_file(const char *path, const char *mode)
{
	FILE *file = fopen(path, mode);

	if (!file)
		stop(path, strerror(errno));
	return file;
}

static void close_file(FILE *file, const char *path)
{
	if (ferror(file) || fclose(file))
		stop(path, strerror(errno));
}

/* A file that was written there before. */
static bool frame_verbatim(FILE *out, const char *name)
{
	auto_free char *path = text_format("%s/%s", folder, name);
	FILE *in = open_file(path, "r");
	char line[LINE_BYTES];

	while (fgets(line, sizeof line, in))
		mdoc_verbatim(out, line);
	close_file(in, path);
	return true;
}

static const struct {
	const char *name;
	bool (*write)(FILE *out, const char *argument);
} directives[] = {
	{ "date", frame_date },         { "command", frame_command },
	{ "commands", frame_commands }, { "options", frame_options },
	{ "exits", frame_exits },       { "keys", frame_keys },
	{ "rules", frame_rules },       { "findings", frame_findings },
	{ "drivers", frame_drivers },   { "profiles", frame_profiles },
	{ "verbatim", frame_verbatim },
};

/* "@name argument@"; the line is taken apart. */
static bool obey(FILE *out, char *line)
{
	char *end = strchr(line, '\0') - 1, *argument;

	if (end == line || *end != '@')
		return false;
	*end = '\0';
	argument = line + strcspn(line, " ");
	if (*argument)
		*argument++ = '\0';
	for (size_t i = 0; i < COUNT(directives); i++)
		if (strcmp(directives[i].name, line + 1) == 0)
			return directives[i].write(out, argument);
	return false;
}

static void write_page(const char *frames, const char *name)
{
	auto_free char *from = text_format("%s/%s.in", frames, name);
	auto_free char *to = text_format("%s/%s", folder, name);
	FILE *in = open_file(from, "r"), *out = open_file(to, "w");
	char line[LINE_BYTES];

	while (fgets(line, sizeof line, in)) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] != '@')
			fprintf(out, "%s\n", line);
		else if (!obey(out, line))
			stop(from, line);
	}
	close_file(in, from);
	close_file(out, to);
}

static void write_tables(const char *frames)
{
	auto_free char *frame = text_format("%s/report.json.in", frames);
	auto_free char *report = text_format("%s/report.json", folder);
	FILE *out = open_file(report, "w");

	schema_report(out, frame);
	close_file(out, report);
	for (size_t i = 0; i < COUNT(tables); i++) {
		auto_free char *path = text_format("%s/%s", folder, tables[i].name);

		out = open_file(path, "w");
		tables[i].write(out);
		close_file(out, path);
	}
}

int main(int argc, char **argv)
{
	if (argc != 3)
		stop("usage", "certroll-docs FRAMES OUT");
	folder = argv[2];
	for (size_t i = 0; i < COUNT(pages); i++)
		write_page(argv[1], pages[i]);
	write_tables(argv[1]);
	return 0;
}
