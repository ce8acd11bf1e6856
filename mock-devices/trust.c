/* trust: the trust list of one box. */
#include "trust.h"

#include "cleanup.h"
#include "fleet.h"

/* DOC: only currently valid certificates can be trusted; the box's clock decides. */
static bool is_valid_now(const struct device *device, const X509 *certificate)
{
	time_t now = (time_t)device_clock(device);

	return X509_cmp_time(X509_get0_notBefore(certificate), &now) < 0 &&
	       X509_cmp_time(X509_get0_notAfter(certificate), &now) > 0;
}

static bool is_listed(const struct device *device, const X509 *certificate)
{
	for (int i = 0; i < sk_X509_num(device->trusted); i++)
		if (X509_cmp(sk_X509_value(device->trusted, i), certificate) == 0)
			return true;
	return false;
}

const char *trust_add(struct device *device, X509 *certificate)
{
	if (!is_valid_now(device, certificate))
		return "not valid";
	/* F6a: a second time is fine and changes nothing */
	if (is_listed(device, certificate))
		return NULL;
	if (sk_X509_num(device->trusted) >= TRUST_MAX)
		return "trust list full";
	X509_up_ref(certificate);
	mem_must(sk_X509_push(device->trusted, certificate) ? device : NULL);
	return NULL;
}

void trust_remove(struct device *device, int place)
{
	X509_free(sk_X509_delete(device->trusted, place));
}

void trust_clear(struct device *device)
{
	while (sk_X509_num(device->trusted) > 0)
		X509_free(sk_X509_pop(device->trusted));
}
