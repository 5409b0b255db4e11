/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One netlink socket: requests with their answers, and reading of attributes
 * that trusts nothing about their lengths.
 */
#ifndef KERNEL_NL_H
#define KERNEL_NL_H

#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/kernel.h"

#define NL_REQUEST_MAX	16384	/* an SA with 64 selectors is under 4 KiB */
#define NL_ATTRS	128

/**
 * struct nl - a socket for requests, or for events
 * @buf: what was received last
 * @why: where a failure is put into words, borrowed
 */
struct nl {
	struct mnl_socket *sock;
	unsigned int seq;
	unsigned int portid;
	uint8_t *buf;
	size_t buf_len;
	char *why;
};

typedef int (*nl_cb)(const struct nlmsghdr *nlh, void *ctx);

/**
 * nl_open() - open and bind a socket of netlink protocol @bus
 * @events: non-blocking, with a large receive buffer
 * Return: 0 or a positive errno
 */
int nl_open(struct nl *nl, int bus, bool events, char *why);
void nl_close(struct nl *nl);

/** nl_join() - hear a multicast group; 0 or a positive errno */
int nl_join(struct nl *nl, unsigned int group);

/**
 * nl_talk() - send @nlh and take in the answers until the last
 * @cb: called with each message of the answer; an errno it returns is
 *      returned when the answer is complete. May be NULL.
 *
 * Return: 0, or a positive errno with nl->why filled; EINTR when a dump was
 * not consistent and should be asked for again
 */
int nl_talk(struct nl *nl, struct nlmsghdr *nlh, nl_cb cb, void *ctx);

/**
 * nl_read() - read what waits on an event socket, at most @burst datagrams
 * @cb: called with each message
 * Return: 0, or ENOBUFS when events were lost
 */
int nl_read(struct nl *nl, unsigned int burst, nl_cb cb, void *ctx);

/**
 * struct nl_attrs - the attributes of one message or nest
 * @bad: something was malformed or of a wrong length; sticky
 */
struct nl_attrs {
	const struct nlattr *tb[NL_ATTRS];
	bool bad;
};

/** nl_attrs_msg() - the attributes after a message's family header */
void nl_attrs_msg(struct nl_attrs *a, const struct nlmsghdr *nlh,
		  size_t family_header);

/** nl_attrs_nest() - the attributes inside nest @type; false when absent */
bool nl_attrs_nest(struct nl_attrs *a, struct nl_attrs *parent,
		   unsigned int type);

bool nl_has(const struct nl_attrs *a, unsigned int type);

/* The value, @otherwise when absent; of a wrong length it sets a->bad */
uint8_t nl_u8(struct nl_attrs *a, unsigned int type, uint8_t otherwise);
uint16_t nl_u16(struct nl_attrs *a, unsigned int type, uint16_t otherwise);
uint32_t nl_u32(struct nl_attrs *a, unsigned int type, uint32_t otherwise);
uint64_t nl_u64(struct nl_attrs *a, unsigned int type, uint64_t otherwise);
/* Copies a string that ends within the attribute and fits into @buf */
bool nl_string(struct nl_attrs *a, unsigned int type, char *buf, size_t len);
/* An address from the first of two attributes that is there */
void nl_address(struct nl_attrs *a, unsigned int type4, unsigned int type6,
		struct net_addr *out);

#endif
