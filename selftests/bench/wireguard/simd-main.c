// SPDX-License-Identifier: GPL-2.0-only
/* One module of what are four in the kernel: starts and ends them in order */
#include <linux/module.h>

#include "simd-main.h"

/* not __init: it calls what is __exit, which is there in a module */
static int __ref wg_simd_init(void)
{
	int err;

	err = wg_simd_init_chacha_glue();
	if (err)
		return err;
	err = wg_simd_init_poly1305_glue();
	if (err)
		goto chacha;
	err = wg_simd_init_chacha20poly1305();
	if (err)
		goto poly1305;
	err = wg_simd_init_main();
	if (!err)
		return 0;

	wg_simd_exit_chacha20poly1305();
poly1305:
	wg_simd_exit_poly1305_glue();
chacha:
	wg_simd_exit_chacha_glue();
	return err;
}

static void __exit wg_simd_exit(void)
{
	wg_simd_exit_main();
	wg_simd_exit_chacha20poly1305();
	wg_simd_exit_poly1305_glue();
	wg_simd_exit_chacha_glue();
}

module_init(wg_simd_init);
module_exit(wg_simd_exit);
MODULE_DESCRIPTION("WireGuard with SIMD ChaCha20-Poly1305 under User-Mode Linux");
MODULE_LICENSE("GPL");
