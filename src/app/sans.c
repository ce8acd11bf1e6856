#include "certroll/sans.h"
#include "certroll/text.h"
#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* One name on its way into the set. */
struct wish {
	char *name;        /* in its one form; owned */
	char *san;         /* the entry that covers it; owned */
	const char *owner; /* NULL: the user */
	bool added;        /* the domain of a wildcard that was named */
	size_t order;
};

struct making {
	struct wish *wishes;
	size_t count;
	const char **domains; /* sorted: those in which names are; borrowed from the names */
	size_t domain_count;
	const char **wildcards; /* sorted, borrowed from the wishes */
	size_t wildcard_count;
};

static void making_free(struct making *making)
{
	for (size_t i = 0; i < making->count; i++) {
		mem_free(making->wishes[i].name);
		mem_free(making->wishes[i].san);
	}
	mem_free(making->wishes);
	mem_free(making->domains);
	mem_free(making->wildcards);
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool holds(const char *const *sorted, size_t count, const char *text)
{
	return count && bsearch(&text, sorted, count, sizeof *sorted, compare_texts);
}

/* Lower case, no dot at the end, addresses as inet_ntop(3) writes them. */
static char *one_form(const char *name)
{
	auto_free char *text = text_copy(name);
	char out[INET6_ADDRSTRLEN];
	struct in6_addr address;
	size_t len = strlen(text);

	if (inet_pton(AF_INET6, text, &address) == 1 &&
	    inet_ntop(AF_INET6, &address, out, sizeof out))
		return text_copy(out);
	for (char *at = text; *at; at++)
		*at = (char)tolower((unsigned char)*at);
	if (len && text[len - 1] == '.')
		text[len - 1] = '\0';
	return take(text);
}

static bool is_wildcard(const char *name)
{
	return text_starts(name, "*.");
}

/*
 * The domain a wildcard may stand above to cover the name, or NULL.  Borrowed.  OpenSSL, and so many
 * a client, does not let a star stand for a label with '_'; as they are it takes such names.
 */
static const char *domain_of(const char *name)
{
	bool alone = name_is_address(name) || strpbrk(name, "*_");
	const char *dot = alone ? NULL : strchr(name, '.');

	return dot && !name_is_registry(dot + 1) ? dot + 1 : NULL;
}

static struct wish *add_wish(struct making *making, const char *name, const char *owner)
{
	struct wish wish = { .name = one_form(name), .owner = owner, .order = 2 * making->count };

	making->wishes = mem_grow(making->wishes, making->count, sizeof *making->wishes);
	making->wishes[making->count] = wish;
	return &making->wishes[making->count++];
}

static void leave_out(struct sans *sans, const char *name, const char *for_whom,
		      const char *problem, const char *remedy)
{
	findings_add(&sans->left_out, "left-out", SEVERITY_WARNING, for_whom, remedy,
		     "'%s' is left out: it %s", name, problem);
}

/* A name of the user's own is an error, one of a device is left out. */
static int take_wishes(struct sans *sans, struct making *making, const struct wanted_name *wanted,
		       size_t count, struct err *err)
{
	for (size_t i = 0; i < count; i++) {
		auto_free char *form = one_form(wanted[i].name);
		auto_free char *shown = text_printable(form, strlen(form), 80);
		auto_free char *problem = name_refuse(form);

		if (!problem)
			add_wish(making, form, wanted[i].owner);
		else if (!wanted[i].owner)
			return err_set(err, ERR_USAGE, "'%s' %s", shown, problem);
		else
			leave_out(sans, shown, wanted[i].owner, problem, "");
	}
	return 0;
}

/* "*.example.com" says nothing of "example.com", and who asks for one mostly wants both. */
static void add_domains(struct making *making)
{
	size_t count = making->count;

	for (size_t i = 0; i < count; i++) {
		struct wish *domain;

		if (!is_wildcard(making->wishes[i].name) || making->wishes[i].owner)
			continue;
		domain = add_wish(making, making->wishes[i].name + 2, NULL);
		domain->added = true;
		domain->order = making->wishes[i].order + 1; /* right behind it */
	}
}

static void find_domains(struct making *making)
{
	making->domains = mem_alloc((making->count + 1) * sizeof *making->domains);
	for (size_t i = 0; i < making->count; i++) {
		const char *domain = domain_of(making->wishes[i].name);

		if (domain && making->wishes[i].owner)
			making->domains[making->domain_count++] = domain;
	}
	qsort(making->domains, making->domain_count, sizeof *making->domains, compare_texts);
}

/* A name that is the domain of others stays: a wildcard for it would reach one level higher. */
static void choose(struct making *making, bool exact)
{
	for (size_t i = 0; i < making->count; i++) {
		struct wish *wish = &making->wishes[i];
		const char *domain = domain_of(wish->name);

		if (domain && wish->owner && !exact &&
		    !holds(making->domains, making->domain_count, wish->name))
			wish->san = text_format("*.%s", domain);
		else
			wish->san = text_copy(wish->name);
	}
}

static void find_wildcards(struct making *making)
{
	making->wildcards = mem_alloc((making->count + 1) * sizeof *making->wildcards);
	for (size_t i = 0; i < making->count; i++)
		if (is_wildcard(making->wishes[i].san))
			making->wildcards[making->wildcard_count++] = making->wishes[i].san;
	qsort(making->wildcards, making->wildcard_count, sizeof *making->wildcards, compare_texts);
}

static void merge_covered(struct making *making)
{
	for (size_t i = 0; i < making->count; i++) {
		struct wish *wish = &making->wishes[i];
		const char *domain = is_wildcard(wish->san) ? NULL : domain_of(wish->san);
		auto_free char *wildcard = domain ? text_format("*.%s", domain) : NULL;

		if (!wildcard || !holds(making->wildcards, making->wildcard_count, wildcard))
			continue;
		mem_free(wish->san);
		wish->san = take(wildcard);
	}
}

/* By entry, then in the order of wishing. */
static int compare_wishes(const void *a, const void *b)
{
	const struct wish *one = a, *other = b;
	int order = strcmp(one->san, other->san);

	return order ? order : (one->order > other->order) - (one->order < other->order);
}

/* What a set needs while it is put in order: where each entry was first wished for. */
struct placed {
	struct san san;
	size_t order;
};

static int compare_placed(const void *a, const void *b)
{
	const struct placed *one = a, *other = b;

	return (one->order > other->order) - (one->order < other->order);
}

static void add_owner(struct san *san, const struct wish *wish)
{
	const char *last = san->owner_count ? san->owners[san->owner_count - 1] : NULL;

	if (!wish->owner) {
		san->named |= !wish->added;
		return;
	}
	/* Those of one device follow each other. */
	if (last && strcmp(last, wish->owner) == 0)
		return;
	san->owners = mem_grow(san->owners, san->owner_count, sizeof(char *));
	san->owners[san->owner_count++] = wish->owner;
}

static struct placed *group(struct making *making, size_t *count)
{
	struct placed *all = NULL;

	if (making->count)
		qsort(making->wishes, making->count, sizeof *making->wishes, compare_wishes);
	*count = 0;
	for (size_t i = 0; i < making->count; i++) {
		const struct wish *wish = &making->wishes[i];

		if (i == 0 || strcmp(wish->san, wish[-1].san) != 0) {
			all = mem_grow(all, *count, sizeof *all);
			all[(*count)++] =
				(struct placed){ { .name = text_copy(wish->san) }, wish->order };
		}
		add_owner(&all[*count - 1].san, wish);
	}
	return all;
}

static void collect(struct sans *sans, struct making *making)
{
	auto_free struct placed *all = group(making, &sans->count);

	sans->items = mem_alloc((sans->count + 1) * sizeof *sans->items);
	if (!all)
		return;
	qsort(all, sans->count, sizeof *all, compare_placed);
	for (size_t i = 0; i < sans->count; i++) {
		sans->items[i] = all[i].san;
		sans->items[i].added = !all[i].san.named && !all[i].san.owner_count;
	}
}

static void san_free(struct san *san)
{
	mem_free(san->name);
	mem_free(san->owners);
}

static char *for_whom(const struct san *san)
{
	const char *first = san->owner_count ? san->owners[0] : "";

	return san->owner_count > 1 ? text_format("%s and %zu more", first, san->owner_count - 1)
				    : text_copy(first);
}

static int refuse_named(const struct sans *sans, struct err *err)
{
	for (size_t i = 0; i < sans->count; i++) {
		const struct san *san = &sans->items[i];
		auto_free char *problem = san->named ? name_refuse_public(san->name) : NULL;

		if (problem)
			return err_set(err, ERR_USAGE,
				       "'%s' %s; add --private if your own CA signs it", san->name,
				       problem);
	}
	return 0;
}

static void drop_private(struct sans *sans)
{
	size_t kept = 0;

	for (size_t i = 0; i < sans->count; i++) {
		struct san san = sans->items[i];
		auto_free char *problem = name_refuse_public(san.name);
		auto_free char *owners = for_whom(&san);

		if (!problem) {
			sans->items[kept++] = san;
			continue;
		}
		leave_out(sans, san.name, owners, problem,
			  "Add --private if your own CA signs it; else have the clients use "
			  "another name.");
		san_free(&san);
	}
	sans->count = kept;
}

static int check_count(const struct sans *sans, struct err *err)
{
	if (!sans->count)
		return err_set(err, ERR_CONFIG,
			       "no name is left that a certificate could be for; name some on the "
			       "command line, or under names: in the inventory");
	if (sans->count > MAKE_MAX_NAMES)
		return err_set(
			err, ERR_LIMIT,
			"%zu names, and CAs take at most %d in one certificate; choose fewer "
			"devices with -l and make several",
			sans->count, MAKE_MAX_NAMES);
	return 0;
}

int sans_make(struct sans *sans, const struct wanted_name *wanted, size_t count,
	      const struct sans_terms *terms, struct err *err)
{
	__attribute__((cleanup(making_free))) struct making making = { 0 };

	*sans = (struct sans){ 0 };
	if (take_wishes(sans, &making, wanted, count, err))
		return -1;
	if (!terms->exact)
		add_domains(&making);
	find_domains(&making);
	choose(&making, terms->exact);
	if (!terms->exact) {
		find_wildcards(&making);
		merge_covered(&making);
	}
	collect(sans, &making);
	if (!terms->private_ca && refuse_named(sans, err))
		return -1;
	if (!terms->private_ca)
		drop_private(sans);
	return check_count(sans, err);
}

int sans_of_site(struct sans *sans, const struct site *site, char *const *words, size_t word_count,
		 const struct sans_terms *terms, struct err *err)
{
	auto_free struct wanted_name *wanted = NULL;
	size_t count = 0;

	for (size_t i = 0; i < word_count; i++) {
		wanted = mem_grow(wanted, count, sizeof *wanted);
		wanted[count++] = (struct wanted_name){ .name = words[i] };
	}
	for (size_t i = 0; i < site->count; i++) {
		const struct device *device = site->results[i].device;

		for (size_t j = 0; j < device->all_names.count; j++) {
			wanted = mem_grow(wanted, count, sizeof *wanted);
			wanted[count++] =
				(struct wanted_name){ device->all_names.items[j], device->name };
		}
	}
	return sans_make(sans, wanted, count, terms, err);
}

struct name_list sans_names(const struct sans *sans)
{
	struct name_list list = { mem_alloc((sans->count + 1) * sizeof *list.items), sans->count };

	for (size_t i = 0; i < sans->count; i++)
		list.items[i] = sans->items[i].name;
	return list;
}

void sans_free(struct sans *sans)
{
	for (size_t i = 0; i < sans->count; i++)
		san_free(&sans->items[i]);
	mem_free(sans->items);
	findings_free(&sans->left_out);
}
