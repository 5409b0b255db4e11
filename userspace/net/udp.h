/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The UDP sockets of IKE: port 500, and port 4500 shared with ESP (RFC 3948),
 * each for IPv4 and IPv6. The kernel module takes ESP out of the second pair;
 * what is left there is IKE behind a non-ESP marker.
 */
#ifndef NET_UDP_H
#define NET_UDP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/addr.h"

#define UDP_SOCKETS	4
#define UDP_WHY_LEN	192

struct udp;

/**
 * struct udp_socket - one of the four
 * @fd: -1 when the host does not have the address family
 * @natt: on the port shared with ESP, messages have a marker
 * @kept: the socket was there before this process
 */
struct udp_socket {
	int fd;
	sa_family_t family;
	uint16_t port;
	bool natt;
	bool kept;
};

/* How a message is routed: its mark, and the device or VRF it leaves by; 0: any */
struct udp_way {
	uint32_t fwmark;
	uint32_t device;
};

struct udp_counters {
	uint64_t received;	/* datagrams given to the callback */
	uint64_t sent;
	uint64_t send_failed;
	uint64_t no_marker;	/* ESP, keepalives and noise on the shared port */
	uint64_t malformed;	/* truncated, empty or to a group address */
};

/**
 * typedef udp_error_cb - an ICMP error came back about a message
 * @remote: who it was for
 * @error: an errno: ECONNREFUSED, EHOSTUNREACH, ...
 * @data: the beginning of the message, as much of it as was quoted
 *
 * Anybody can forge one who knows what it quotes.
 */
typedef void (*udp_error_cb)(void *ctx, const struct net_addr *remote, int error,
			     const uint8_t *data, size_t len);

typedef void (*udp_packet_cb)(void *ctx, const struct net_addr *local,
			      const struct net_addr *remote,
			      const uint8_t *data, size_t len);

/**
 * udp_new() - no sockets yet
 * @port: of IKE, 500
 * @natt_port: shared with ESP, 4500
 */
struct udp *udp_new(uint16_t port, uint16_t natt_port);

/** udp_free() - close the sockets; what the module attached it may keep */
void udp_free(struct udp *u);

/**
 * udp_offer() - a socket that was kept for this daemon
 * @fd: taken over: used where it fits, closed otherwise
 *
 * Return: true when it is used
 */
bool udp_offer(struct udp *u, int fd);

/**
 * udp_open() - open those sockets that nobody offered
 * @why: a sentence when it fails, UDP_WHY_LEN octets
 *
 * Return: 0 or a positive errno. A missing address family is no failure as
 * long as there is the other.
 */
int udp_open(struct udp *u, char *why);

/** udp_socket() - the socket @i of UDP_SOCKETS */
const struct udp_socket *udp_socket(const struct udp *u, unsigned int i);

/**
 * udp_read() - read what waits on a socket, a bounded number of datagrams
 * @cb: called with each IKE message, its marker taken off
 */
void udp_read(struct udp *u, unsigned int i, udp_packet_cb cb, void *ctx);

/**
 * udp_read_errors() - read ICMP errors that came back, a bounded number
 *
 * On the ports not shared with ESP: there the module takes them.
 */
void udp_read_errors(struct udp *u, unsigned int i, udp_error_cb cb, void *ctx);

/**
 * udp_send() - send an IKE message
 * @local: its port chooses the socket, its address the source (any: the route)
 * @way: what decides on the route beside the addresses, NULL nothing
 *
 * Never blocks: a full socket loses the message, as a network would.
 * Return: 0 or a positive errno
 */
int udp_send(struct udp *u, const struct net_addr *local,
	     const struct net_addr *remote, const struct udp_way *way,
	     const uint8_t *data, size_t len);

const struct udp_counters *udp_counters(const struct udp *u);

#endif
