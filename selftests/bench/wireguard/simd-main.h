/* SPDX-License-Identifier: GPL-2.0-only */
/* What was init_module() and cleanup_module() of each part; see Kbuild */
#ifndef IKEVTI_SIMD_MAIN_H
#define IKEVTI_SIMD_MAIN_H

int wg_simd_init_chacha_glue(void);
int wg_simd_init_poly1305_glue(void);
int wg_simd_init_chacha20poly1305(void);
int wg_simd_init_main(void);
void wg_simd_exit_chacha_glue(void);
void wg_simd_exit_poly1305_glue(void);
void wg_simd_exit_chacha20poly1305(void);
void wg_simd_exit_main(void);

#endif
