/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IKEVTI_VERSION_H
#define _IKEVTI_VERSION_H

/* Of the module and of userspace: the Makefile takes it from here */
#define IKEVTI_MODULE_VERSION	"0.1.0"

#endif /* _IKEVTI_VERSION_H */
