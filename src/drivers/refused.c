/*
 * Boxes that no driver can serve, by the name somebody would give as driver:.  Better a sentence while
 * the inventory is read than an upload that cannot work.
 */
#include "certroll/driver.h"
#include <string.h>

static const struct refusal refusals[] = {
	{ .name = "cucm",
	  .summary = "Cisco Unified Communications Manager",
	  .reason =
		  "it does not support wildcard certificates, and its certificate must be made for "
		  "the CSR that it writes itself, so that the key never leaves it",
	  .remedy = "take it out of the inventory and give it a certificate of its own: Cisco "
		    "Unified "
		    "OS Administration writes the CSR and takes the certificate; 'certroll audit "
		    "HOST:PORT' watches that one, too",
	  .evidence = EVIDENCE_DOCUMENTED,
	  .source = "security guide of CUCM, cisco.com" },
	{ .name = "oracle-sbc",
	  .summary = "Oracle Session Border Controller",
	  .reason = "it takes certificates only for a CSR that it writes itself, so that the key "
		    "never "
		    "leaves it and a certificate shared by several boxes cannot be brought to it",
	  .remedy =
		  "take it out of the inventory and give it a certificate of its own for its CSR; "
		  "'certroll audit HOST:PORT' watches that one, too",
	  .evidence = EVIDENCE_DOCUMENTED,
	  .source = "REST API of the Oracle SBC, certificates/import" },
};

const struct refusal *driver_refusals(size_t *count)
{
	*count = COUNT(refusals);
	return refusals;
}

const struct refusal *driver_refusal(const char *name)
{
	for (size_t i = 0; i < COUNT(refusals); i++)
		if (text_same(refusals[i].name, name))
			return &refusals[i];
	return NULL;
}
