/**
 * @file
 * findings: what every harness demands of them.
 */
#ifndef CERTROLL_FUZZ_FINDINGS_H
#define CERTROLL_FUZZ_FINDINGS_H

#include "certroll/finding.h"
#include "fuzz.h"

static inline void demand_findings(const struct findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		demand_printable(findings->items[i].place);
		demand_printable(findings->items[i].sentence);
		demand_printable(findings->items[i].remedy);
	}
}

#endif
