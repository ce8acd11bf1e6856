#include "certroll/evidence.h"
#include "certroll/mem.h"

const char *evidence_name(enum evidence evidence)
{
	static const char *const names[] = { "assumed", "recorded", "seen", "documented",
					     "tested" };

	return (size_t)evidence < COUNT(names) ? names[evidence] : "unknown";
}
