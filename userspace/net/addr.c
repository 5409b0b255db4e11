// SPDX-License-Identifier: GPL-2.0-or-later
/* IP addresses with an optional port, the one form the whole userspace uses */
#include "net/addr.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

size_t net_addr_len(const struct net_addr *a)
{
	switch (a->family) {
	case AF_INET:
		return 4;
	case AF_INET6:
		return 16;
	default:
		return 0;
	}
}

bool net_addr_same_ip(const struct net_addr *a, const struct net_addr *b)
{
	return a->family == b->family &&
	       !memcmp(a->ip, b->ip, net_addr_len(a));
}

bool net_addr_equal(const struct net_addr *a, const struct net_addr *b)
{
	return net_addr_same_ip(a, b) && a->port == b->port;
}

bool net_addr_is_any(const struct net_addr *a)
{
	static const uint8_t zero[16];

	return !memcmp(a->ip, zero, net_addr_len(a));
}

bool net_addr_parse(struct net_addr *a, const char *text)
{
	struct net_addr out = { .family = AF_INET };

	if (inet_pton(AF_INET, text, out.ip) == 1) {
		*a = out;
		return true;
	}
	memset(&out, 0, sizeof(out));
	out.family = AF_INET6;
	if (inet_pton(AF_INET6, text, out.ip) == 1) {
		*a = out;
		return true;
	}
	return false;
}

const char *net_addr_format(const struct net_addr *a, char *buf)
{
	char ip[INET6_ADDRSTRLEN];

	if (!net_addr_len(a) ||
	    !inet_ntop(a->family, a->ip, ip, sizeof(ip))) {
		snprintf(buf, NET_ADDR_STRLEN, "any");
		return buf;
	}
	if (!a->port)
		snprintf(buf, NET_ADDR_STRLEN, "%s", ip);
	else if (a->family == AF_INET6)
		snprintf(buf, NET_ADDR_STRLEN, "[%s]:%u", ip, a->port);
	else
		snprintf(buf, NET_ADDR_STRLEN, "%s:%u", ip, a->port);
	return buf;
}

socklen_t net_addr_to_sockaddr(const struct net_addr *a,
			       struct sockaddr_storage *ss)
{
	struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)ss;
	struct sockaddr_in *sin = (struct sockaddr_in *)ss;

	memset(ss, 0, sizeof(*ss));
	switch (a->family) {
	case AF_INET:
		sin->sin_family = AF_INET;
		sin->sin_port = htons(a->port);
		memcpy(&sin->sin_addr, a->ip, 4);
		return sizeof(*sin);
	case AF_INET6:
		sin6->sin6_family = AF_INET6;
		sin6->sin6_port = htons(a->port);
		memcpy(&sin6->sin6_addr, a->ip, 16);
		return sizeof(*sin6);
	default:
		return 0;
	}
}

void net_addr_from_sockaddr(struct net_addr *a,
			    const struct sockaddr_storage *ss)
{
	const struct sockaddr_in6 *sin6 = (const struct sockaddr_in6 *)ss;
	const struct sockaddr_in *sin = (const struct sockaddr_in *)ss;

	memset(a, 0, sizeof(*a));
	switch (ss->ss_family) {
	case AF_INET:
		a->family = AF_INET;
		a->port = ntohs(sin->sin_port);
		memcpy(a->ip, &sin->sin_addr, 4);
		break;
	case AF_INET6:
		a->family = AF_INET6;
		a->port = ntohs(sin6->sin6_port);
		memcpy(a->ip, &sin6->sin6_addr, 16);
		break;
	default:
		break;
	}
}
