/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NET_ADDR_H
#define NET_ADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/**
 * struct net_addr - an IP address with an optional UDP port
 * @family: AF_INET, AF_INET6, or AF_UNSPEC for "none given"
 * @port: host byte order, 0 when the port is of no matter
 * @ip: 4 or 16 octets in network order; what is beyond is zero, so that two
 *      of the same family compare by memcmp()
 */
struct net_addr {
	sa_family_t family;
	uint16_t port;
	uint8_t ip[16];
};

/* "[2001:db8::1]:4500", "192.0.2.1:500", without port when that is 0 */
#define NET_ADDR_STRLEN 56

/** net_addr_len() - octets of the address: 4, 16, or 0 when there is none */
size_t net_addr_len(const struct net_addr *a);

/** net_addr_same_ip() - the same family and address, ports ignored */
bool net_addr_same_ip(const struct net_addr *a, const struct net_addr *b);

/** net_addr_equal() - the same family, address and port */
bool net_addr_equal(const struct net_addr *a, const struct net_addr *b);

/** net_addr_is_any() - no address given, or 0.0.0.0, or :: */
bool net_addr_is_any(const struct net_addr *a);

/**
 * net_addr_parse() - read a numeric IPv4 or IPv6 address without a port
 * Return: false when @text is neither
 */
bool net_addr_parse(struct net_addr *a, const char *text);

/** net_addr_format() - write @a into @buf of NET_ADDR_STRLEN; returns @buf */
const char *net_addr_format(const struct net_addr *a, char *buf);

/** net_addr_to_sockaddr() - fill @ss; returns its length, 0 when none given */
socklen_t net_addr_to_sockaddr(const struct net_addr *a,
			       struct sockaddr_storage *ss);

/** net_addr_from_sockaddr() - AF_UNSPEC in @a for any other family */
void net_addr_from_sockaddr(struct net_addr *a,
			    const struct sockaddr_storage *ss);

#endif
