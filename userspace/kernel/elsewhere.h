/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers for devices that were moved into other network namespaces. The
 * module goes on to serve them from the namespace where they were created,
 * under an ifindex that is unique only together with the namespace's id. In
 * the daemon each has one number, which no ifindex can be.
 */
#ifndef KERNEL_ELSEWHERE_H
#define KERNEL_ELSEWHERE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An ifindex is a positive int */
#define ELSEWHERE	0x80000000u

struct elsewhere_place {
	int32_t nsid;
	uint32_t ifindex;
};

/* Zeroed is empty. It only grows, by a device that is moved. */
struct elsewhere {
	struct elsewhere_place *list;
	uint32_t n;
	uint32_t cap;
};

/**
 * elsewhere_number() - the number of a device, always the same for a place
 * Return: 0 when memory is short
 */
uint32_t elsewhere_number(struct elsewhere *e, int32_t nsid, uint32_t ifindex);

/** elsewhere_place() - where that is; NULL when @number is an ifindex of here */
const struct elsewhere_place *elsewhere_place(const struct elsewhere *e,
					      uint32_t number);

void elsewhere_free(struct elsewhere *e);

#endif
