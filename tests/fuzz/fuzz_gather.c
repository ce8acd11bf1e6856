/* Certificates and keys in any form (PEM, DER, PKCS#7, PKCS#12), and the chain made of them. */
#include "certroll/assemble.h"
#include "findings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct anchors *anchors;
	struct err err = { 0 };
	auto_findings findings = { 0 };
	auto_gathered all = { 0 };
	auto_secret bytes = { 0 }, out = { 0 };
	struct assembly assembly = { 0 };
	struct chains *pool;

	if (!anchors)
		anchors = anchors_load(NULL, false, &err);
	pool = chains_new(anchors, FUZZ_NOW);
	secret_set(&bytes, data, size);
	if (gather_bytes(&all, &bytes, "fuzz", pool, &findings, &err) == 0 &&
	    assemble_leaf(&assembly, &all, true, &err) == 0 &&
	    assemble_chain(&assembly, &all, &all, NULL, pool, &err) == 0) {
		demand(assembly.count >= 1);
		if (assembly_pem(&assembly, &out, &err) == 0)
			demand(out.len);
	}
	demand_printable(err.text);
	demand_findings(&findings);
	gather_free(&all);
	chains_free(pool);
	return 0;
}
