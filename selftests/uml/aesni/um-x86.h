/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What arch/x86's AES code asks of arch/x86, answered inside User-Mode Linux,
 * where it is not offered although the instructions work: UML is a process of
 * the host. Included before everything else in each file of the module.
 */
#ifndef IKEVTI_UM_X86_H
#define IKEVTI_UM_X86_H

#include <linux/bits.h>
#include <linux/types.h>
#include <asm/cpufeatures.h>

enum {
	X86_VENDOR_INTEL = 0,
	X86_VENDOR_AMD = 2,
};

#define XFEATURE_MASK_SSE	BIT(1)
#define XFEATURE_MASK_YMM	BIT(2)
#define XFEATURE_MASK_AVX512	GENMASK(7, 5)

static inline void um_cpuid(u32 leaf, u32 out[4])
{
	asm volatile("cpuid" : "=a" (out[0]), "=b" (out[1]), "=c" (out[2]), "=d" (out[3])
		     : "a" (leaf), "c" (0));
}

/* bits are numbered as in asm/cpufeatures.h: word * 32 + bit */
static inline bool um_cpu_has(unsigned int feature)
{
	u32 r[4];

	switch (feature / 32) {
	case 4:
		um_cpuid(1, r);
		return r[2] & (1u << (feature & 31));
	case 9:
		um_cpuid(7, r);
		return r[1] & (1u << (feature & 31));
	case 16:
		um_cpuid(7, r);
		return r[2] & (1u << (feature & 31));
	}
	return false;
}

#define boot_cpu_has(feature) um_cpu_has(feature)

static inline int um_has_xfeatures(u64 wanted)
{
	u32 lo, hi, r[4];

	um_cpuid(1, r);
	if (!(r[2] & (1u << 27)))
		return 0;
	asm volatile("xgetbv" : "=a" (lo), "=d" (hi) : "c" (0));
	return (lo & wanted) == wanted;
}

#define cpu_has_xfeatures(wanted, name) um_has_xfeatures(wanted)

/* defined in um-x86.c, where the structure is complete */
struct x86_cpu_id;
const struct x86_cpu_id *um_match_cpu(const struct x86_cpu_id *table);
#define x86_match_cpu(table) um_match_cpu(table)

#endif
