// SPDX-License-Identifier: GPL-2.0-only
/* x86_match_cpu() for User-Mode Linux, from CPUID */
#include <linux/mod_devicetable.h>
#include <asm/cpu_device_id.h>

static bool same_model(const struct x86_cpu_id *id)
{
	unsigned int family, model;
	u32 r[4];

	um_cpuid(0, r);
	/* "Genu", "Auth" */
	if (id->vendor != X86_VENDOR_ANY &&
	    r[1] != (id->vendor == X86_VENDOR_INTEL ? 0x756e6547 : 0x68747541))
		return false;
	um_cpuid(1, r);
	family = (r[0] >> 8) & 0xf;
	model = (r[0] >> 4) & 0xf;
	if (family == 6 || family == 15)
		model |= (r[0] >> 12) & 0xf0;
	if (family == 15)
		family += (r[0] >> 20) & 0xff;
	return (id->family == X86_FAMILY_ANY || id->family == family) &&
	       (id->model == X86_MODEL_ANY || id->model == model);
}

const struct x86_cpu_id *um_match_cpu(const struct x86_cpu_id *table)
{
	const struct x86_cpu_id *id;

	for (id = table; id->vendor | id->family | id->model | id->steppings | id->feature; id++) {
		if (same_model(id) && (!id->feature || um_cpu_has(id->feature)))
			return id;
	}
	return NULL;
}
