/*
 * Instead of libFuzzer: run a harness once over every file named, and over the files of every folder
 * named.  Status 1: nothing was there to run, so nothing was tested.
 */
#include "fuzz.h"
#include <dirent.h>
#include <limits.h>
#include <string.h>

enum { MOST = 4 << 20 };

static unsigned runs;

static void run_file(const char *path)
{
	static uint8_t room[MOST];
	FILE *file = fopen(path, "rb");
	uint8_t *exact;
	size_t len;

	if (!file)
		return;
	len = fread(room, 1, sizeof room, file);
	fclose(file);
	exact = malloc(len ? len : 1); /* so that a byte too much is seen */
	memcpy(exact, room, len);
	LLVMFuzzerTestOneInput(exact, len);
	free(exact);
	runs++;
}

static void run(const char *path)
{
	DIR *folder = opendir(path);

	if (!folder) {
		run_file(path);
		return;
	}
	for (struct dirent *entry; (entry = readdir(folder));) {
		char inside[PATH_MAX];

		snprintf(inside, sizeof inside, "%s/%s", path, entry->d_name);
		if (entry->d_name[0] != '.')
			run_file(inside);
	}
	closedir(folder);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		run(argv[i]);
	printf("%u inputs\n", runs);
	return runs ? EXIT_SUCCESS : EXIT_FAILURE;
}
