// SPDX-License-Identifier: GPL-2.0-or-later
/* The UDP sockets of IKE */
#include "net/udp.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <linux/in6.h>
#include <linux/ipv6.h>
#include <linux/xfrm.h>
#include <netinet/ip.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define UDP_DATAGRAM_MAX	65536
#define UDP_BURST		32	/* datagrams read before others have a turn */
#define UDP_ERROR_BURST		8	/* ICMP errors, of which one says enough */
#define UDP_RCVBUF		(2 << 20)
#define UDP_MARKER_LEN		4	/* RFC 3948 section 2.2 */

#ifndef IP_XFRM_POLICY
#define IP_XFRM_POLICY		17
#endif
#ifndef IPV6_XFRM_POLICY
#define IPV6_XFRM_POLICY	35
#endif

struct udp {
	struct udp_socket sockets[UDP_SOCKETS];
	struct udp_counters counters;
	uint8_t buf[UDP_DATAGRAM_MAX];
};

/* Room for the one control message there is, in either family */
union udp_control {
	struct cmsghdr align;
	uint8_t buf[CMSG_SPACE(sizeof(struct in6_pktinfo)) +
		    CMSG_SPACE(sizeof(uint32_t))];
};

struct udp *udp_new(uint16_t port, uint16_t natt_port)
{
	struct udp *u = calloc(1, sizeof(*u));
	unsigned int i;

	if (!u)
		return NULL;
	for (i = 0; i < UDP_SOCKETS; i++) {
		u->sockets[i].fd = -1;
		u->sockets[i].family = i & 1 ? AF_INET6 : AF_INET;
		u->sockets[i].natt = i >= 2;
		u->sockets[i].port = i >= 2 ? natt_port : port;
	}
	return u;
}

void udp_free(struct udp *u)
{
	unsigned int i;

	if (!u)
		return;
	for (i = 0; i < UDP_SOCKETS; i++)
		if (u->sockets[i].fd >= 0)
			close(u->sockets[i].fd);
	free(u);
}

const struct udp_socket *udp_socket(const struct udp *u, unsigned int i)
{
	return &u->sockets[i];
}

const struct udp_counters *udp_counters(const struct udp *u)
{
	return &u->counters;
}

/*
 * Let IKE past the IPsec policies of other programs on this host, as every
 * IKE daemon does. A kernel without xfrm has none and refuses the option.
 */
static void udp_bypass_xfrm(const struct udp_socket *s)
{
	int level = s->family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;
	int name = s->family == AF_INET ? IP_XFRM_POLICY : IPV6_XFRM_POLICY;
	struct xfrm_userpolicy_info policy = {
		.sel.family = s->family,
		.action = XFRM_POLICY_ALLOW,
	};

	policy.dir = XFRM_POLICY_OUT;
	setsockopt(s->fd, level, name, &policy, sizeof(policy));
	policy.dir = XFRM_POLICY_IN;
	setsockopt(s->fd, level, name, &policy, sizeof(policy));
}

static int udp_set_options(const struct udp_socket *s)
{
	/* IKE may be fragmented by IP: a message must arrive to be answered */
	int pmtu4 = IP_PMTUDISC_DONT, pmtu6 = IPV6_PMTUDISC_DONT;
	int size = UDP_RCVBUF;
	int on = 1;
	int err;

	if (s->family == AF_INET) {
		err = setsockopt(s->fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on));
		setsockopt(s->fd, IPPROTO_IP, IP_MTU_DISCOVER, &pmtu4,
			   sizeof(pmtu4));
	} else {
		err = setsockopt(s->fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on,
				 sizeof(on));
		setsockopt(s->fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &pmtu6,
			   sizeof(pmtu6));
	}
	if (err)
		return errno;
	/* the second works without CAP_NET_ADMIN, up to the sysctl's limit */
	if (setsockopt(s->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(s->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (!s->natt)
		setsockopt(s->fd, s->family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6,
			   s->family == AF_INET ? IP_RECVERR : IPV6_RECVERR,
			   &on, sizeof(on));
	udp_bypass_xfrm(s);
	return 0;
}

static int udp_open_one(struct udp_socket *s)
{
	struct net_addr any = { .family = s->family, .port = s->port };
	struct sockaddr_storage ss;
	socklen_t len = net_addr_to_sockaddr(&any, &ss);
	int on = 1;
	int err;

	s->fd = socket(s->family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
		       IPPROTO_UDP);
	if (s->fd < 0)
		return errno;
	if (s->family == AF_INET6 &&
	    setsockopt(s->fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)))
		err = errno;
	else
		err = udp_set_options(s);
	if (!err && bind(s->fd, (struct sockaddr *)&ss, len))
		err = errno;
	if (err) {
		close(s->fd);
		s->fd = -1;
	}
	return err;
}

static bool udp_int_option(int fd, int name, int want)
{
	socklen_t len = sizeof(int);
	int value;

	return !getsockopt(fd, SOL_SOCKET, name, &value, &len) && value == want;
}

bool udp_offer(struct udp *u, int fd)
{
	struct sockaddr_storage ss = { 0 };
	socklen_t len = sizeof(ss);
	struct net_addr addr;
	unsigned int i;

	if (!udp_int_option(fd, SO_PROTOCOL, IPPROTO_UDP) ||
	    getsockname(fd, (struct sockaddr *)&ss, &len))
		goto close;
	net_addr_from_sockaddr(&addr, &ss);
	for (i = 0; i < UDP_SOCKETS; i++) {
		struct udp_socket *s = &u->sockets[i];

		if (s->fd >= 0 || s->family != addr.family ||
		    s->port != addr.port || !net_addr_is_any(&addr))
			continue;
		s->fd = fd;
		if (udp_set_options(s)) {
			s->fd = -1;
			break;
		}
		s->kept = true;
		return true;
	}
close:
	close(fd);
	return false;
}

int udp_open(struct udp *u, char *why)
{
	bool have[2] = { false, false };
	unsigned int i;
	int err;

	for (i = 0; i < UDP_SOCKETS; i++) {
		struct udp_socket *s = &u->sockets[i];
		struct net_addr any = { .family = s->family, .port = s->port };
		char text[NET_ADDR_STRLEN];

		err = s->fd >= 0 ? 0 : udp_open_one(s);
		if (!err) {
			have[s->natt] = true;
			continue;
		}
		/* no IPv6 on this host, compiled out or switched off */
		if (err == EAFNOSUPPORT || err == EADDRNOTAVAIL)
			continue;
		snprintf(why, UDP_WHY_LEN, "cannot open UDP socket %s: %s",
			 net_addr_format(&any, text), strerror(err));
		return err;
	}
	if (have[0] && have[1])
		return 0;
	snprintf(why, UDP_WHY_LEN, "this host has neither IPv4 nor IPv6");
	return EAFNOSUPPORT;
}

/* ---- receive ---- */

/* The address a datagram was sent to; AF_UNSPEC when it is not one of ours */
static void udp_destination(struct msghdr *msg, uint16_t port,
			    struct net_addr *local)
{
	struct cmsghdr *c;

	memset(local, 0, sizeof(*local));
	for (c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo info;

			memcpy(&info, CMSG_DATA(c), sizeof(info));
			if (IN_MULTICAST(ntohl(info.ipi_addr.s_addr)) ||
			    info.ipi_addr.s_addr != info.ipi_spec_dst.s_addr)
				return;
			local->family = AF_INET;
			memcpy(local->ip, &info.ipi_addr, 4);
		} else if (c->cmsg_level == IPPROTO_IPV6 &&
			   c->cmsg_type == IPV6_PKTINFO) {
			struct in6_pktinfo info;

			memcpy(&info, CMSG_DATA(c), sizeof(info));
			if (IN6_IS_ADDR_MULTICAST(&info.ipi6_addr))
				return;
			local->family = AF_INET6;
			memcpy(local->ip, &info.ipi6_addr, 16);
		}
	}
	local->port = port;
}

/* Return: false when nothing waits */
static bool udp_read_one(struct udp *u, const struct udp_socket *s,
			 udp_packet_cb cb, void *ctx)
{
	static const uint8_t marker[UDP_MARKER_LEN];
	union udp_control control;
	struct sockaddr_storage from = { 0 };
	struct iovec iov = { .iov_base = u->buf, .iov_len = sizeof(u->buf) };
	struct msghdr msg = {
		.msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct net_addr local, remote;
	const uint8_t *data = u->buf;
	ssize_t n;

	n = recvmsg(s->fd, &msg, 0);
	if (n < 0)	/* an ICMP error that came in is read like this, too */
		return errno != EAGAIN && errno != EBADF;

	net_addr_from_sockaddr(&remote, &from);
	udp_destination(&msg, s->port, &local);
	if (!n || msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC) || !local.family ||
	    local.family != remote.family || !remote.port) {
		u->counters.malformed++;
		return true;
	}
	if (s->natt) {
		if (n < UDP_MARKER_LEN || memcmp(data, marker, sizeof(marker))) {
			u->counters.no_marker++;
			return true;
		}
		data += UDP_MARKER_LEN;
		n -= UDP_MARKER_LEN;
	}
	u->counters.received++;
	cb(ctx, &local, &remote, data, (size_t)n);
	return true;
}

void udp_read(struct udp *u, unsigned int i, udp_packet_cb cb, void *ctx)
{
	unsigned int burst = UDP_BURST;

	while (burst-- && udp_read_one(u, &u->sockets[i], cb, ctx))
		;
}

/* ---- ICMP errors ---- */

static bool udp_read_error(struct udp *u, const struct udp_socket *s,
			   udp_error_cb cb, void *ctx)
{
	uint8_t control[CMSG_SPACE(sizeof(struct sock_extended_err) +
				   sizeof(struct sockaddr_in6)) + 128];
	struct iovec iov = { .iov_base = u->buf, .iov_len = sizeof(u->buf) };
	struct sockaddr_storage to = { 0 };
	struct msghdr msg = {
		.msg_name = &to,
		.msg_namelen = sizeof(to),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct sock_extended_err err = { 0 };
	struct net_addr remote;
	struct cmsghdr *c;
	ssize_t n;

	n = recvmsg(s->fd, &msg, MSG_ERRQUEUE);
	if (n < 0)
		return false;
	for (c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c))
		if ((c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) ||
		    (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR))
			memcpy(&err, CMSG_DATA(c), sizeof(err));
	net_addr_from_sockaddr(&remote, &to);
	/* what the host itself finds, sendmsg() has told already */
	if (remote.family && (err.ee_origin == SO_EE_ORIGIN_ICMP ||
			      err.ee_origin == SO_EE_ORIGIN_ICMP6))
		cb(ctx, &remote, (int)err.ee_errno, u->buf, (size_t)n);
	return true;
}

void udp_read_errors(struct udp *u, unsigned int i, udp_error_cb cb, void *ctx)
{
	unsigned int burst = UDP_ERROR_BURST;

	if (u->sockets[i].natt)
		return;
	while (burst-- && udp_read_error(u, &u->sockets[i], cb, ctx))
		;
}

/* ---- send ---- */

static struct cmsghdr *udp_put_control(struct msghdr *msg, size_t *used,
				       int level, int type, const void *data,
				       size_t len)
{
	struct cmsghdr *c = (struct cmsghdr *)((uint8_t *)msg->msg_control + *used);

	c->cmsg_level = level;
	c->cmsg_type = type;
	c->cmsg_len = CMSG_LEN(len);
	memcpy(CMSG_DATA(c), data, len);
	*used += CMSG_SPACE(len);
	return c;
}

static void udp_set_control(struct msghdr *msg, union udp_control *control,
			    const struct net_addr *local, sa_family_t family,
			    const struct udp_way *way)
{
	size_t used = 0;

	memset(control, 0, sizeof(*control));
	msg->msg_control = control;
	if (family == AF_INET && (way->device || !net_addr_is_any(local))) {
		struct in_pktinfo info = { .ipi_ifindex = (int)way->device };

		memcpy(&info.ipi_spec_dst, local->ip, 4);
		udp_put_control(msg, &used, IPPROTO_IP, IP_PKTINFO, &info,
				sizeof(info));
	} else if (way->device || !net_addr_is_any(local)) {
		struct in6_pktinfo info = { .ipi6_ifindex = (int)way->device };

		memcpy(&info.ipi6_addr, local->ip, 16);
		udp_put_control(msg, &used, IPPROTO_IPV6, IPV6_PKTINFO, &info,
				sizeof(info));
	}
	if (way->fwmark)
		udp_put_control(msg, &used, SOL_SOCKET, SO_MARK, &way->fwmark,
				sizeof(way->fwmark));
	msg->msg_controllen = used;
	if (!used)
		msg->msg_control = NULL;
}

static const struct udp_socket *udp_choose(const struct udp *u,
					   const struct net_addr *local,
					   sa_family_t family)
{
	unsigned int i;

	for (i = 0; i < UDP_SOCKETS; i++) {
		const struct udp_socket *s = &u->sockets[i];

		if (s->fd >= 0 && s->family == family && s->port == local->port)
			return s;
	}
	return NULL;
}

static bool udp_icmp_errno(int err)
{
	return err == ECONNREFUSED || err == EHOSTUNREACH || err == ENETUNREACH ||
	       err == EACCES || err == EPROTO || err == EMSGSIZE ||
	       err == ENOPROTOOPT || err == EOPNOTSUPP || err == EHOSTDOWN;
}

int udp_send(struct udp *u, const struct net_addr *local,
	     const struct net_addr *remote, const struct udp_way *way,
	     const uint8_t *data, size_t len)
{
	const struct udp_socket *s = udp_choose(u, local, remote->family);
	static const struct udp_way none;
	uint8_t marker[UDP_MARKER_LEN] = { 0 };
	union udp_control control;
	struct sockaddr_storage to;
	struct iovec iov[2] = {
		{ .iov_base = marker, .iov_len = sizeof(marker) },
		{ .iov_base = (void *)(uintptr_t)data, .iov_len = len },
	};
	struct msghdr msg = { .msg_name = &to };
	int err;

	if (!s || (local->family && local->family != remote->family)) {
		u->counters.send_failed++;
		return EAFNOSUPPORT;
	}
	msg.msg_namelen = net_addr_to_sockaddr(remote, &to);
	msg.msg_iov = s->natt ? iov : iov + 1;
	msg.msg_iovlen = s->natt ? 2 : 1;
	udp_set_control(&msg, &control, local, remote->family, way ? way : &none);
	if (sendmsg(s->fd, &msg, MSG_NOSIGNAL) >= 0 ||
	    /* perhaps an ICMP error about another message, which it ends with */
	    (!s->natt && udp_icmp_errno(errno) &&
	     sendmsg(s->fd, &msg, MSG_NOSIGNAL) >= 0)) {
		u->counters.sent++;
		return 0;
	}
	err = errno;
	u->counters.send_failed++;
	return err;
}
