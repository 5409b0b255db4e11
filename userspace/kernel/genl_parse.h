/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages of the family "ikevti" into structs. Pure. Each returns false when
 * the message is malformed or lacks what names its subject.
 */
#ifndef KERNEL_GENL_PARSE_H
#define KERNEL_GENL_PARSE_H

#include "kernel/kernel.h"
#include "kernel/nl.h"

/*
 * Does the message speak of a device in another namespace? Then @nsid is that
 * one's id, and the ifindex is of there.
 */
bool genl_parse_elsewhere(const struct nlmsghdr *nlh, int32_t *nsid);

bool genl_parse_device(const struct nlmsghdr *nlh, struct kernel_device *d);
bool genl_parse_path(const struct nlmsghdr *nlh, struct kernel_path *p);
bool genl_parse_sa(const struct nlmsghdr *nlh, struct kernel_sa *sa);
bool genl_parse_fd(const struct nlmsghdr *nlh, int *fd);
/* False for commands that are not events, too */
bool genl_parse_event(const struct nlmsghdr *nlh, struct kernel_event *ev);

#endif
