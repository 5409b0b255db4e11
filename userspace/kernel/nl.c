// SPDX-License-Identifier: GPL-2.0-or-later
/* Netlink requests, answers and attributes */
#include "kernel/nl.h"

#include <errno.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#define NL_BUFFER	65536		/* one datagram of a dump is 32 KiB */
#define NL_EVENT_RCVBUF	(8 << 20)	/* what many SAs say when they rekey */
#define NL_TIMEOUT	5		/* seconds; the kernel answers at once */

static void nl_set_options(struct nl *nl, bool events)
{
	struct timeval timeout = { .tv_sec = NL_TIMEOUT };
	int fd = mnl_socket_get_fd(nl->sock);
	int size = NL_EVENT_RCVBUF;
	int on = 1;

	mnl_socket_setsockopt(nl->sock, NETLINK_EXT_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(nl->sock, NETLINK_CAP_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(nl->sock, NETLINK_GET_STRICT_CHK, &on,
			      sizeof(on));
	if (!events) {
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout,
			   sizeof(timeout));
		return;
	}
	/* the second works without CAP_NET_ADMIN, up to the sysctl's limit */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
}

int nl_open(struct nl *nl, int bus, bool events, char *why)
{
	int flags = SOCK_CLOEXEC | (events ? SOCK_NONBLOCK : 0);
	int err;

	memset(nl, 0, sizeof(*nl));
	nl->why = why;
	nl->buf_len = NL_BUFFER;
	nl->buf = malloc(nl->buf_len);
	if (!nl->buf) {
		snprintf(why, KERNEL_WHY_LEN, "out of memory");
		return ENOMEM;
	}
	nl->sock = mnl_socket_open2(bus, flags);
	if (!nl->sock || mnl_socket_bind(nl->sock, 0, MNL_SOCKET_AUTOPID)) {
		err = errno;
		snprintf(why, KERNEL_WHY_LEN, "cannot open a netlink socket: %s",
			 strerror(err));
		nl_close(nl);
		return err;
	}
	nl->portid = mnl_socket_get_portid(nl->sock);
	nl_set_options(nl, events);
	return 0;
}

void nl_close(struct nl *nl)
{
	if (nl->sock)
		mnl_socket_close(nl->sock);
	free(nl->buf);
	nl->sock = NULL;
	nl->buf = NULL;
}

int nl_join(struct nl *nl, unsigned int group)
{
	int value = (int)group;

	if (mnl_socket_setsockopt(nl->sock, NETLINK_ADD_MEMBERSHIP, &value,
				  sizeof(value)))
		return errno;
	return 0;
}

/* One datagram from the kernel; others may not speak to us */
static ssize_t nl_receive(struct nl *nl)
{
	struct iovec iov = { .iov_base = nl->buf, .iov_len = nl->buf_len };
	struct sockaddr_nl from = { 0 };
	struct msghdr msg = {
		.msg_name = &from,
		.msg_iov = &iov,
		.msg_iovlen = 1,
	};
	ssize_t n;

	do {
		msg.msg_namelen = sizeof(from);
		n = recvmsg(mnl_socket_get_fd(nl->sock), &msg, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
	} while (n < 0 || msg.msg_namelen != sizeof(from) || from.nl_pid);
	if (msg.msg_flags & MSG_TRUNC) {
		errno = ENOBUFS;
		return -1;
	}
	return n;
}

/* What the kernel says about a request it refused: text, or an attribute */
static void nl_extack(struct nl *nl, const struct nlmsghdr *nlh, int err)
{
	const struct nlmsgerr *e = mnl_nlmsg_get_payload(nlh);
	size_t hlen = sizeof(*e);
	const struct nlattr *text;
	struct nl_attrs a;

	snprintf(nl->why, KERNEL_WHY_LEN, "%s", strerror(err));
	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED)) {
		if (e->msg.nlmsg_len < sizeof(e->msg) ||
		    e->msg.nlmsg_len > nlh->nlmsg_len)
			return;
		hlen += MNL_ALIGN(e->msg.nlmsg_len) - sizeof(e->msg);
	}
	nl_attrs_msg(&a, nlh, hlen);
	text = a.tb[NLMSGERR_ATTR_MSG];
	if (text)
		snprintf(nl->why, KERNEL_WHY_LEN, "%.*s (%s)",
			 (int)strnlen(mnl_attr_get_payload(text),
				      mnl_attr_get_payload_len(text)),
			 (const char *)mnl_attr_get_payload(text),
			 strerror(err));
	else if (nl_has(&a, NLMSGERR_ATTR_MISS_TYPE))
		snprintf(nl->why, KERNEL_WHY_LEN, "attribute %u is missing (%s)",
			 nl_u32(&a, NLMSGERR_ATTR_MISS_TYPE, 0), strerror(err));
}

/* The end of an answer: NLMSG_ERROR, or NLMSG_DONE of a dump */
static int nl_result(struct nl *nl, const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *e = mnl_nlmsg_get_payload(nlh);
	size_t want = nlh->nlmsg_type == NLMSG_ERROR ? sizeof(*e) : sizeof(int);
	int err;

	if (mnl_nlmsg_get_payload_len(nlh) < want) {
		if (nlh->nlmsg_type == NLMSG_DONE)
			return 0;
		snprintf(nl->why, KERNEL_WHY_LEN, "malformed answer");
		return EBADMSG;
	}
	err = e->error < 0 ? -e->error : 0;
	if (err && nlh->nlmsg_type == NLMSG_ERROR)
		nl_extack(nl, nlh, err);
	else if (err)
		snprintf(nl->why, KERNEL_WHY_LEN, "%s", strerror(err));
	return err;
}

static int nl_send(struct nl *nl, struct nlmsghdr *nlh)
{
	int err;

	nlh->nlmsg_flags |= NLM_F_REQUEST;
	/* NLM_F_DUMP is two bits, each with other meanings elsewhere */
	if ((nlh->nlmsg_flags & NLM_F_DUMP) != NLM_F_DUMP)
		nlh->nlmsg_flags |= NLM_F_ACK;
	nlh->nlmsg_seq = ++nl->seq;
	nl->why[0] = '\0';
	if (mnl_socket_sendto(nl->sock, nlh, nlh->nlmsg_len) >= 0)
		return 0;
	err = errno;
	snprintf(nl->why, KERNEL_WHY_LEN, "cannot ask the kernel: %s",
		 strerror(err));
	return err;
}

/* What the caller's callback made of the answer */
static int nl_first(struct nl *nl, int err)
{
	if (err)
		snprintf(nl->why, KERNEL_WHY_LEN,
			 "cannot make use of the kernel's answer: %s",
			 strerror(err));
	return err;
}

int nl_talk(struct nl *nl, struct nlmsghdr *req, nl_cb cb, void *ctx)
{
	bool torn = false;
	int first = 0;
	int err;

	err = nl_send(nl, req);
	if (err)
		return err;

	for (;;) {
		const struct nlmsghdr *nlh = (const struct nlmsghdr *)nl->buf;
		ssize_t n = nl_receive(nl);
		int left = (int)n;

		if (n < 0) {
			err = errno == EAGAIN ? ETIMEDOUT : errno;
			snprintf(nl->why, KERNEL_WHY_LEN,
				 "no answer from the kernel: %s", strerror(err));
			return err;
		}
		for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
			/* the answer to a request that was given up */
			if (nlh->nlmsg_seq != nl->seq)
				continue;
			if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
				torn = true;
			if (nlh->nlmsg_type == NLMSG_ERROR ||
			    nlh->nlmsg_type == NLMSG_DONE) {
				err = nl_result(nl, nlh);
				if (!err && torn)
					err = EINTR;
				return err ? err : nl_first(nl, first);
			}
			if (nlh->nlmsg_type < NLMSG_MIN_TYPE || !cb)
				continue;
			err = cb(nlh, ctx);
			if (err && !first)
				first = err;
		}
	}
}

int nl_read(struct nl *nl, unsigned int burst, nl_cb cb, void *ctx)
{
	int lost = 0;

	while (burst--) {
		const struct nlmsghdr *nlh = (const struct nlmsghdr *)nl->buf;
		ssize_t n = nl_receive(nl);
		int left = (int)n;

		if (n < 0 && errno == ENOBUFS) {
			lost = ENOBUFS;
			continue;
		}
		if (n < 0)
			break;
		for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left))
			if (nlh->nlmsg_type >= NLMSG_MIN_TYPE)
				cb(nlh, ctx);
	}
	return lost;
}

static void nl_attrs_range(struct nl_attrs *a, const void *p, size_t len)
{
	const struct nlattr *attr = p;
	const uint8_t *end = (const uint8_t *)p + len;

	memset(a, 0, sizeof(*a));
	while (mnl_attr_ok(attr, (int)(end - (const uint8_t *)attr))) {
		unsigned int type = mnl_attr_get_type(attr);

		if (type < NL_ATTRS)
			a->tb[type] = attr;
		attr = mnl_attr_next(attr);
	}
	/* what is left over may be padding only */
	if ((const uint8_t *)attr < end)
		a->bad = true;
}

void nl_attrs_msg(struct nl_attrs *a, const struct nlmsghdr *nlh,
		  size_t family_header)
{
	size_t skip = MNL_ALIGN(family_header);
	size_t len = mnl_nlmsg_get_payload_len(nlh);

	if (len < skip) {
		memset(a, 0, sizeof(*a));
		a->bad = len < family_header;
		return;
	}
	nl_attrs_range(a, mnl_nlmsg_get_payload_offset(nlh, family_header),
		       len - skip);
}

bool nl_attrs_nest(struct nl_attrs *a, struct nl_attrs *parent,
		   unsigned int type)
{
	const struct nlattr *nest = type < NL_ATTRS ? parent->tb[type] : NULL;

	if (!nest) {
		memset(a, 0, sizeof(*a));
		return false;
	}
	nl_attrs_range(a, mnl_attr_get_payload(nest),
		       mnl_attr_get_payload_len(nest));
	if (a->bad)
		parent->bad = true;
	return true;
}

bool nl_has(const struct nl_attrs *a, unsigned int type)
{
	return type < NL_ATTRS && a->tb[type];
}

/* Copy an attribute of exactly @len octets; false when there is none */
static bool nl_exact(struct nl_attrs *a, unsigned int type, void *out,
		     size_t len)
{
	if (!nl_has(a, type))
		return false;
	if (mnl_attr_get_payload_len(a->tb[type]) != len) {
		a->bad = true;
		return false;
	}
	memcpy(out, mnl_attr_get_payload(a->tb[type]), len);
	return true;
}

uint8_t nl_u8(struct nl_attrs *a, unsigned int type, uint8_t otherwise)
{
	uint8_t v;

	return nl_exact(a, type, &v, sizeof(v)) ? v : otherwise;
}

uint16_t nl_u16(struct nl_attrs *a, unsigned int type, uint16_t otherwise)
{
	uint16_t v;

	return nl_exact(a, type, &v, sizeof(v)) ? v : otherwise;
}

uint32_t nl_u32(struct nl_attrs *a, unsigned int type, uint32_t otherwise)
{
	uint32_t v;

	return nl_exact(a, type, &v, sizeof(v)) ? v : otherwise;
}

uint64_t nl_u64(struct nl_attrs *a, unsigned int type, uint64_t otherwise)
{
	uint64_t v;

	return nl_exact(a, type, &v, sizeof(v)) ? v : otherwise;
}

bool nl_string(struct nl_attrs *a, unsigned int type, char *buf, size_t len)
{
	size_t n;

	buf[0] = '\0';
	if (!nl_has(a, type))
		return false;
	n = strnlen(mnl_attr_get_payload(a->tb[type]),
		    mnl_attr_get_payload_len(a->tb[type]));
	if (n >= len) {
		a->bad = true;
		return false;
	}
	memcpy(buf, mnl_attr_get_payload(a->tb[type]), n);
	buf[n] = '\0';
	return true;
}

void nl_address(struct nl_attrs *a, unsigned int type4, unsigned int type6,
		struct net_addr *out)
{
	memset(out, 0, sizeof(*out));
	if (nl_exact(a, type4, out->ip, 4))
		out->family = AF_INET;
	else if (nl_exact(a, type6, out->ip, 16))
		out->family = AF_INET6;
}
