/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The lab's kernel has a WireGuard already. This one takes its name of link
 * kind from the module, and this name on generic netlink.
 */
#ifndef IKEVTI_UM_WIREGUARD_H
#define IKEVTI_UM_WIREGUARD_H

#ifndef __ASSEMBLY__
#include <uapi/linux/wireguard.h>
#include <asm/cpu_device_id.h>

#undef WG_GENL_NAME
#define WG_GENL_NAME "wg_simd"

/* of boot_cpu_data the code wants this: is it a Skylake, where AVX-512 slows the clock? */
struct um_boot_cpu {
	u32 x86_vfm;
};

static inline struct um_boot_cpu um_boot_cpu(void)
{
	u32 r[4];

	um_cpuid(1, r);
	return (struct um_boot_cpu) {
		.x86_vfm = VFM_MAKE(X86_VENDOR_INTEL, (r[0] >> 8) & 0xf,
				    ((r[0] >> 4) & 0xf) | ((r[0] >> 12) & 0xf0)),
	};
}

#define boot_cpu_data um_boot_cpu()

#endif /* __ASSEMBLY__ */
#endif
