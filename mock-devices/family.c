/* family: the list.  A new kind of box adds its file to CMakeLists.txt, its name to family.h and a
 * row here. */
#include "family.h"

#include <string.h>

static const struct family *const families[] = {
	&family_innovaphone, &family_innovaphone_ap, &family_audiocodes, &family_yeastar,
	&family_generic,     &family_ip_office,      &family_manual,
};

const struct family *family_at(size_t index)
{
	return index < sizeof(families) / sizeof(families[0]) ? families[index] : NULL;
}

const struct family *family_find(const char *name)
{
	for (size_t i = 0; family_at(i); i++)
		if (strcmp(families[i]->name, name) == 0)
			return families[i];
	return NULL;
}
