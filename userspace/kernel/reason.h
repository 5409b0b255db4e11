/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why the kernel does not use a path: its numbers as words and sentences */
#ifndef KERNEL_REASON_H
#define KERNEL_REASON_H

#include <stddef.h>
#include <stdint.h>

#include "net/addr.h"

/** kernel_reason_name() - "device", "loop", …; as the netlink specification has it */
const char *kernel_reason_name(uint8_t reason);

/**
 * kernel_reason_text() - the reason as a sentence
 * @reason: enum ikevti_reason
 * @local, @remote: the endpoints of the path
 *
 * Return: @buf
 */
const char *kernel_reason_text(uint8_t reason, const struct net_addr *local,
			       const struct net_addr *remote, char *buf,
			       size_t size);

#endif
