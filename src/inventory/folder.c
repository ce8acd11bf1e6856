/*
 * A folder of inventories as one: each file stands for itself, with its own defaults and groups, and
 * defaults.yaml has what is common to all.
 */
#include "certroll/text.h"
#include "loader.h"
#include "secret_ref.h"
#include "sheet.h"
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct folder {
	const char *path;
	const struct driver_table *drivers;
	struct findings *findings;
	struct doc *common;
	struct text_list names; /* of the files, sorted, without defaults.yaml */
	struct inventory **parts;
	struct inventory *whole;
};

static void say(struct folder *folder, const char *remedy, const char *sentence)
{
	findings_add(folder->findings, "inventory", SEVERITY_ERROR, folder->path, remedy, "%s",
		     sentence);
}

static bool is_common(const char *name)
{
	return strcmp(name, "defaults.yaml") == 0 || strcmp(name, "defaults.yml") == 0;
}

static int is_inventory(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return entry->d_name[0] != '.' && dot &&
	       (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0 || sheet_is(dot));
}

/* In bytewise order, whatever the locale. */
static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void read_common(struct folder *folder, const char *name)
{
	auto_free char *path = text_format("%s/%s", folder->path, name);

	if (folder->common) {
		say(folder, "keep one of them", "holds defaults.yaml and defaults.yml");
		return;
	}
	folder->common = doc_load(path, folder->findings);
}

static void list_files(struct folder *folder)
{
	struct dirent **entries = NULL;
	int count = scandir(folder->path, &entries, is_inventory, by_bytes);

	if (count < 0)
		say(folder, "check the name and who may read it", strerror(errno));
	if (count > INVENTORY_MAX_FILES)
		say(folder, "divide the folder", "more than 2000 files");
	for (int i = 0; i < count; i++) {
		if (is_common(entries[i]->d_name))
			read_common(folder, entries[i]->d_name);
		else if (i < INVENTORY_MAX_FILES)
			owned_list_add(&folder->names, text_copy(entries[i]->d_name));
		free(entries[i]);
	}
	free(entries);
	if (count >= 0 && !folder->names.count)
		say(folder, "'certroll init > site.yaml' writes a first one",
		    "holds no inventory (*.yaml, *.csv)");
}

/* All of them, so that all mistakes are told at once. */
static void load_parts(struct folder *folder)
{
	const struct node *common = NULL;

	if (folder->common)
		common = inventory_common(folder->common, folder->drivers, folder->findings);
	folder->parts = mem_alloc(folder->names.count * sizeof *folder->parts);
	for (size_t i = 0; i < folder->names.count; i++) {
		auto_free char *path = text_format("%s/%s", folder->path, folder->names.items[i]);

		folder->parts[i] =
			inventory_load_file(path, common, folder->drivers, folder->findings);
	}
}

static void move_devices(struct inventory *whole, struct inventory *part)
{
	struct device *to = whole->devices + whole->count;

	for (size_t i = 0; i < part->count; i++) {
		to[i] = part->devices[i];
		for (const struct device **front = to[i].fronts; front && *front; front++)
			*front = to + (*front - part->devices);
	}
}

static void move_groups(struct inventory *whole, struct inventory *part)
{
	for (size_t i = 0; i < part->group_count; i++) {
		struct group group = part->groups[i];

		if (group.outer != GROUP_NONE)
			group.outer += (int)whole->group_count;
		for (size_t j = 0; j < group.member_count; j++)
			group.members[j] += whole->count;
		whole->groups = mem_grow(whole->groups, whole->group_count + i, sizeof group);
		whole->groups[whole->group_count + i] = group;
	}
}

/* What it owned belongs to the whole then. */
static void join(struct inventory *whole, struct inventory *part)
{
	struct secret_ref **last = &whole->refs;

	move_devices(whole, part);
	move_groups(whole, part);
	whole->count += part->count;
	whole->group_count += part->group_count;
	while (*last)
		last = &(*last)->next;
	*last = part->refs;
	whole->writable_by_others = whole->writable_by_others || part->writable_by_others;
	notifiers_move(&whole->notify, &part->notify);
	part->refs = NULL;
	part->count = part->group_count = 0;
}

/* The file of a device of the whole. */
static const char *file_of(const struct folder *folder, const size_t *firsts,
			   const struct device *device)
{
	size_t index = (size_t)(device - folder->whole->devices), at = 0;

	while (at + 1 < folder->names.count && firsts[at + 1] <= index)
		at++;
	return folder->names.items[at];
}

static void check_twins(struct folder *folder, const size_t *firsts)
{
	const struct inventory *whole = folder->whole;

	for (size_t i = 1; i < whole->count; i++) {
		const struct device *one = whole->by_name[i - 1], *other = whole->by_name[i];
		auto_free char *place = NULL;

		if (strcasecmp(one->name, other->name))
			continue;
		place = text_format("%s/%s:%d:%d", folder->path, file_of(folder, firsts, other),
				    other->line, other->column);
		findings_add(folder->findings, "inventory", SEVERITY_ERROR, place,
			     "give the two different names",
			     "the device on line %d of %s is called \"%s\" already", one->line,
			     file_of(folder, firsts, one), one->name);
	}
}

static void join_parts(struct folder *folder)
{
	size_t devices = 0, groups = 0;
	auto_free size_t *firsts = mem_alloc(folder->names.count * sizeof *firsts);

	for (size_t i = 0; i < folder->names.count; i++) {
		firsts[i] = devices;
		devices += folder->parts[i]->count;
		groups += folder->parts[i]->group_count;
	}
	if (devices > INVENTORY_MAX_DEVICES || groups > INVENTORY_MAX_GROUPS) {
		say(folder, "divide the folder", "more than 20000 devices or 2000 groups");
		return;
	}
	folder->whole->devices = mem_alloc(devices * sizeof *folder->whole->devices);
	for (size_t i = 0; i < folder->names.count; i++)
		join(folder->whole, folder->parts[i]);
	inventory_sort(folder->whole);
	check_twins(folder, firsts);
}

static void name_files(struct folder *folder)
{
	if (folder->common)
		owned_list_add(&folder->whole->files, text_copy(folder->common->path));
	for (size_t i = 0; i < folder->names.count; i++)
		owned_list_add(&folder->whole->files,
			       text_format("%s/%s", folder->path, folder->names.items[i]));
}

static void folder_free(struct folder *folder)
{
	for (size_t i = 0; folder->parts && i < folder->names.count; i++)
		inventory_free(folder->parts[i]);
	mem_free(folder->parts);
	inventory_free(folder->whole);
	owned_list_free(&folder->names);
	doc_free(folder->common);
}

struct inventory *inventory_load_folder(const char *path, const struct driver_table *drivers,
					struct findings *findings)
{
	__attribute__((cleanup(folder_free))) struct folder folder = { .path = path,
								       .drivers = drivers,
								       .findings = findings };
	size_t before = findings_count(findings, SEVERITY_ERROR);

	folder.whole = mem_alloc(sizeof *folder.whole);
	folder.whole->path = text_copy(path);
	list_files(&folder);
	if (findings_count(findings, SEVERITY_ERROR) > before)
		return NULL;
	load_parts(&folder);
	if (findings_count(findings, SEVERITY_ERROR) > before)
		return NULL;
	join_parts(&folder);
	name_files(&folder);
	return findings_count(findings, SEVERITY_ERROR) > before ? NULL : take(folder.whole);
}
