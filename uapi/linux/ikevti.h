/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note OR MIT */
/*
 * ikevti: route-based ESP tunnel devices. The contract between the kernel
 * module and userspace: rtnetlink attributes of link kind "ikevti" and the
 * generic netlink family of the same name. The family is described in
 * Documentation/netlink/specs/ikevti.yaml; a test holds the three (spec,
 * this header, the kernel's policies) against each other.
 *
 * Byte order: addresses are in network byte order, every number (SPIs and
 * ports too) is in host byte order.
 */
#ifndef _UAPI_LINUX_IKEVTI_H
#define _UAPI_LINUX_IKEVTI_H

#define IKEVTI_KIND		"ikevti"

/* rtnetlink: IFLA_LINKINFO / IFLA_INFO_DATA of kind "ikevti" */
enum {
	IFLA_IKEVTI_UNSPEC,
	IFLA_IKEVTI_FWMARK,	/* u32, mark of outer packets, default 0 */
	IFLA_IKEVTI_MSS_CLAMP,	/* u32, one of IKEVTI_MSS_* or 536..65495 */
	/*
	 * u32, ms without a usable path before carrier off, default 5000;
	 * 0xffffffff: never, but dormant as long as there is a path, usable
	 * or not, so that traffic can ask for an SA (IKEVTI_CMD_EVENT_ACQUIRE)
	 */
	IFLA_IKEVTI_HOLD_TIME,
	/*
	 * flag, at creation only: many peers, found by the next hops of routes
	 * (IKEVTI_CMD_PEER_SET). Not point-to-point, and always with a carrier.
	 */
	IFLA_IKEVTI_MULTIPOINT,
	IFLA_IKEVTI_HASH_POLICY,	/* u32, enum ikevti_hash */
	IFLA_IKEVTI_TTL,	/* u32, of outer packets, one of IKEVTI_TTL_* or 1..255 */
	IFLA_IKEVTI_DSCP,	/* u32, of outer packets, 0..63 or IKEVTI_DSCP_COPY */
	IFLA_IKEVTI_DF,		/* u32, enum ikevti_df */
	/*
	 * u32, index of the device in the underlay namespace by which outer
	 * packets leave, which may be a VRF; 0 any. IFLA_LINK does the same.
	 */
	IFLA_IKEVTI_LINK,
	/*
	 * u32, octets that inner packets are padded to as far as they fit the
	 * path MTU (RFC 4303 section 2.7), 20..65535 or one of IKEVTI_TFC_*
	 */
	IFLA_IKEVTI_TFC,
	IFLA_IKEVTI_LANES,	/* u32, enum ikevti_lanes_by */
	IFLA_IKEVTI_SPREAD,	/* u32, 1: the packets of an SA are for all CPUs */
	/*
	 * u32, multipoint devices only, default 1: what came from a peer is
	 * dropped unless packets to its inner source would go to that peer
	 */
	IFLA_IKEVTI_SOURCE_CHECK,
	__IFLA_IKEVTI_MAX
};

#define IFLA_IKEVTI_MAX		(__IFLA_IKEVTI_MAX - 1)

/* What makes packets one flow, which stays on a path: see ikevti(7) */
enum ikevti_hash {
	IKEVTI_HASH_L4,		/* addresses, protocol and ports, or SPI */
	IKEVTI_HASH_L3,		/* addresses */
	IKEVTI_HASH_INNER_L3,	/* addresses inside an IP or GRE tunnel */
};

/* What chooses among several lanes of a path, RFC 9611 section 2 */
enum ikevti_lanes_by {
	IKEVTI_LANES_BY_FLOW,	/* what is one flow by IFLA_IKEVTI_HASH_POLICY */
	IKEVTI_LANES_BY_CPU,	/* the CPU that sends, whatever the flow */
};

/*
 * rtnetlink: RTM_GETSTATS. What is in IFLA_STATS_LINK_XSTATS of such a device,
 * far from the kernel's own LINK_XSTATS_TYPE_*: a nest, enum ikevti_stat_attr
 */
#define IKEVTI_LINK_XSTATS	0x296b

#define IKEVTI_MSS_OFF		0
#define IKEVTI_MSS_AUTO		1

#define IKEVTI_TTL_INHERIT	0	/* the inner packet's */
#define IKEVTI_TTL_DEFAULT	256	/* the underlay namespace's or its route's */

#define IKEVTI_DSCP_COPY	64	/* the inner packet's */

#define IKEVTI_TFC_OFF		0
#define IKEVTI_TFC_PMTU		1	/* as large as the path MTU admits */

/*
 * "Don't fragment" of outer IPv4 packets. With CLEAR the packets that the
 * device's MTU admits may be larger than the path's: then the outer packet,
 * of IPv6 too, is fragmented.
 */
enum ikevti_df {
	IKEVTI_DF_SET,
	IKEVTI_DF_CLEAR,
	IKEVTI_DF_INHERIT,	/* the inner packet's; set for IPv6 */
};

/* Generic netlink */
#define IKEVTI_GENL_NAME	"ikevti"
#define IKEVTI_GENL_VERSION	1
#define IKEVTI_MCGRP_EVENTS	"events"

#define IKEVTI_KEY_MAX		32	/* octets of key, salt apart */
#define IKEVTI_AUTH_KEY_MAX	64	/* octets of integrity key */
#define IKEVTI_SALT_LEN		4	/* RFC 4106 section 8.1 */
#define IKEVTI_REPLAY_MIN	32
#define IKEVTI_REPLAY_MAX	65536
#define IKEVTI_REPLAY_MAP_MAX	8193	/* octets of SA_A_REPLAY_MAP */
#define IKEVTI_SELECTORS_MAX	32	/* per SA and side */
#define IKEVTI_SOCKETS_MAX	64	/* attached, per network namespace */
#define IKEVTI_PATHS_MAX	16	/* per peer */
#define IKEVTI_LANES_MAX	64	/* per path */
#define IKEVTI_PEERS_MAX	65535	/* per multipoint device */
#define IKEVTI_NEXTHOPS_MAX	4	/* per peer */
#define IKEVTI_LARVAL_SECONDS	600	/* an allocated SPI not used is freed */
#define IKEVTI_SOCKET_GRACE	60	/* seconds a socket outlives its owner, at least */

enum ikevti_cmd {
	IKEVTI_CMD_UNSPEC,
	IKEVTI_CMD_DEV_GET,	/* do, dump */
	IKEVTI_CMD_SOCKET_ATTACH,	/* fd; the module keeps the socket alive */
	IKEVTI_CMD_SOCKET_DETACH,	/* family, local port */
	IKEVTI_CMD_SOCKET_TAKE,	/* family, local port -> fd of an orphaned one */
	IKEVTI_CMD_PATH_SET,	/* create or modify */
	IKEVTI_CMD_PATH_DEL,	/* and all its SAs */
	IKEVTI_CMD_PATH_GET,	/* do, dump */
	IKEVTI_CMD_SPI_ALLOC,	/* [path] -> SPI, larval inbound SA */
	IKEVTI_CMD_SA_SET,	/* with KEY install, without modify limits or go on */
	IKEVTI_CMD_SA_DEL,
	IKEVTI_CMD_SA_GET,	/* do, dump */
	IKEVTI_CMD_FLUSH,	/* all of one device, or paths and SAs of one peer */
	/* events, multicast only */
	IKEVTI_CMD_EVENT_SA_LIMIT,
	IKEVTI_CMD_EVENT_ACQUIRE,
	IKEVTI_CMD_EVENT_ADDRESS,	/* authenticated packet from a new address */
	IKEVTI_CMD_EVENT_UNKNOWN_SPI,
	IKEVTI_CMD_EVENT_PATH_STATE,
	IKEVTI_CMD_EVENT_PMTU,
	IKEVTI_CMD_EVENT_AUTH_FAILURES,
	/* multipoint devices only, but for PEER_GET */
	IKEVTI_CMD_PEER_SET,	/* create or modify */
	IKEVTI_CMD_PEER_DEL,	/* and all its paths and SAs */
	IKEVTI_CMD_PEER_GET,	/* do, dump */
	__IKEVTI_CMD_MAX
};

#define IKEVTI_CMD_MAX		(__IKEVTI_CMD_MAX - 1)

/*
 * Top level attributes of every command
 *
 * The family acts on devices whose underlay (the namespace they were created
 * from, IFLA_LINK_NETNSID) is the caller's namespace: SPIs, sockets and outer
 * addresses belong there. A device that lives in another namespace is named by
 * IFINDEX and NETNSID, the id of that namespace as the caller's knows it;
 * replies and events carry NETNSID for such devices. Inside, the device is an
 * ordinary link.
 */
enum ikevti_attr {
	IKEVTI_A_UNSPEC,
	IKEVTI_A_IFINDEX,	/* u32 */
	IKEVTI_A_IFNAME,	/* string, reply and events only */
	IKEVTI_A_DEV,		/* nest, enum ikevti_dev_attr */
	IKEVTI_A_SOCKET,	/* nest, enum ikevti_socket_attr */
	IKEVTI_A_PATH,		/* nest, enum ikevti_path_attr */
	IKEVTI_A_SA,		/* nest, enum ikevti_sa_attr */
	IKEVTI_A_EVENT,		/* nest, enum ikevti_event_attr */
	IKEVTI_A_PAD,
	IKEVTI_A_NETNSID,	/* s32, where IFINDEX is, see below */
	/*
	 * nest, enum ikevti_peer_attr. In commands about paths and SAs it has
	 * only an ID, and says whose they are. Without it they are those of the
	 * only peer of a point-to-point device, whose ID is 0.
	 */
	IKEVTI_A_PEER,
	__IKEVTI_A_MAX
};

#define IKEVTI_A_MAX		(__IKEVTI_A_MAX - 1)

enum ikevti_dev_state {
	IKEVTI_DEV_DOWN,	/* no carrier */
	IKEVTI_DEV_DORMANT,	/* paths configured, none usable, within hold time */
	IKEVTI_DEV_RUNNING,	/* at least one usable path */
};

/* All read-only */
enum ikevti_dev_attr {
	IKEVTI_DEV_A_UNSPEC,
	IKEVTI_DEV_A_STATE,	/* u32, enum ikevti_dev_state */
	IKEVTI_DEV_A_MTU,	/* u32, computed inner MTU, 0 while unknown */
	IKEVTI_DEV_A_FWMARK,	/* u32 */
	IKEVTI_DEV_A_MSS_CLAMP,	/* u32 */
	IKEVTI_DEV_A_HOLD_TIME,	/* u32 ms */
	IKEVTI_DEV_A_STATS,	/* nest, enum ikevti_stat_attr, device sums */
	IKEVTI_DEV_A_PAD,
	IKEVTI_DEV_A_PEERS,	/* u32, how many; multipoint devices only */
	IKEVTI_DEV_A_HASH_POLICY,	/* u32, enum ikevti_hash */
	IKEVTI_DEV_A_TTL,	/* u32 */
	IKEVTI_DEV_A_DSCP,	/* u32 */
	IKEVTI_DEV_A_DF,	/* u32, enum ikevti_df */
	IKEVTI_DEV_A_LINK,	/* u32, index in the underlay namespace, 0 any */
	IKEVTI_DEV_A_TFC,	/* u32 */
	__IKEVTI_DEV_A_MAX
};

#define IKEVTI_DEV_A_MAX	(__IKEVTI_DEV_A_MAX - 1)

/*
 * Who is at the other end of a multipoint device: whom routes with one of its
 * next hops lead to. A route without a gateway has the destination as next hop.
 */
enum ikevti_peer_attr {
	IKEVTI_PEER_A_UNSPEC,
	IKEVTI_PEER_A_ID,	/* u32, not 0, chosen by userspace, unique on the device */
	IKEVTI_PEER_A_NEXTHOPS,	/* nest, enum ikevti_nexthops_attr, replaces all */
	IKEVTI_PEER_A_STATE,	/* u32, reply only, enum ikevti_dev_state */
	IKEVTI_PEER_A_MTU,	/* u32, reply only, computed inner MTU, 0 unknown */
	__IKEVTI_PEER_A_MAX
};

#define IKEVTI_PEER_A_MAX	(__IKEVTI_PEER_A_MAX - 1)

/* PEER_A_NEXTHOPS holds up to IKEVTI_NEXTHOPS_MAX of these, in any order */
enum ikevti_nexthops_attr {
	IKEVTI_NEXTHOPS_A_UNSPEC,
	IKEVTI_NEXTHOPS_A_IP4,	/* 4 octets, repeated */
	IKEVTI_NEXTHOPS_A_IP6,	/* 16 octets, repeated; link-local too */
	__IKEVTI_NEXTHOPS_A_MAX
};

#define IKEVTI_NEXTHOPS_A_MAX	(__IKEVTI_NEXTHOPS_A_MAX - 1)

enum ikevti_socket_attr {
	IKEVTI_SOCKET_A_UNSPEC,
	IKEVTI_SOCKET_A_FD,	/* u32 */
	IKEVTI_SOCKET_A_FAMILY,	/* u16, AF_INET or AF_INET6 */
	IKEVTI_SOCKET_A_LOCAL_PORT,	/* u16 */
	__IKEVTI_SOCKET_A_MAX
};

#define IKEVTI_SOCKET_A_MAX	(__IKEVTI_SOCKET_A_MAX - 1)

enum ikevti_encap {
	IKEVTI_ENCAP_NONE,	/* IP protocol 50 */
	IKEVTI_ENCAP_UDP,	/* RFC 3948 through an attached socket */
};

enum ikevti_path_state {
	IKEVTI_PATH_DOWN,
	IKEVTI_PATH_STANDBY,	/* receives, never chosen for sending */
	IKEVTI_PATH_UP,
	IKEVTI_PATH_HELD,	/* as STANDBY, for want of signs of life */
};

/* Why a path is not usable. Of several reasons the first of this order. */
enum ikevti_reason {
	IKEVTI_REASON_NONE,	/* it is usable */
	IKEVTI_REASON_ADMIN,	/* PATH_DOWN */
	IKEVTI_REASON_STANDBY,	/* PATH_STANDBY */
	IKEVTI_REASON_HELD,	/* PATH_HELD */
	IKEVTI_REASON_SOCKET,	/* UDP encapsulation, and no attached socket */
	IKEVTI_REASON_DEVICE,	/* device of the outer route down or gone */
	IKEVTI_REASON_ADDRESS,	/* LOCAL4 or LOCAL6 is no address of this host */
	IKEVTI_REASON_ROUTE,	/* none to the remote address */
	IKEVTI_REASON_LIMIT,	/* outbound SA at a hard limit */
	IKEVTI_REASON_NO_SA,	/* no outbound SA */
	IKEVTI_REASON_LOOP,	/* beside ROUTE: the route leads into the device itself */
};

/*
 * A path is one pair of outer endpoints, one IKE SA. It is usable while it is
 * UP, has an outbound SA that is not at its end, and a way for its packets; or
 * else REASON says why it is not.
 */
enum ikevti_path_attr {
	IKEVTI_PATH_A_UNSPEC,
	IKEVTI_PATH_A_ID,	/* u32, chosen by userspace, unique with the peer */
	IKEVTI_PATH_A_LOCAL4,	/* 4 octets */
	IKEVTI_PATH_A_LOCAL6,	/* 16 octets */
	IKEVTI_PATH_A_REMOTE4,
	IKEVTI_PATH_A_REMOTE6,
	IKEVTI_PATH_A_ENCAP,	/* u8, enum ikevti_encap */
	IKEVTI_PATH_A_LOCAL_PORT,	/* u16, of the attached socket */
	IKEVTI_PATH_A_REMOTE_PORT,	/* u16 */
	IKEVTI_PATH_A_STATE,	/* u8, enum ikevti_path_state */
	IKEVTI_PATH_A_PRIORITY,	/* u32, higher wins, default 0 */
	IKEVTI_PATH_A_WEIGHT,	/* u32, 1..255, default 1 */
	IKEVTI_PATH_A_KEEPALIVE,	/* u32, seconds of silence, 0 off; UDP only */
	IKEVTI_PATH_A_PMTU,	/* u32, reply only, outer path MTU */
	IKEVTI_PATH_A_USABLE,	/* u8, reply only */
	IKEVTI_PATH_A_RX_AGE,	/* u32, ms since the last authenticated packet */
	IKEVTI_PATH_A_TX_AGE,	/* u32, ms since the last packet sent */
	IKEVTI_PATH_A_PAD,
	IKEVTI_PATH_A_REASON,	/* u8, reply only, enum ikevti_reason */
	IKEVTI_PATH_A_STATS,	/* nest, enum ikevti_stat_attr, reply only */
	__IKEVTI_PATH_A_MAX
};

#define IKEVTI_PATH_A_MAX	(__IKEVTI_PATH_A_MAX - 1)

enum ikevti_sa_dir {
	IKEVTI_SA_IN,
	IKEVTI_SA_OUT,
};

enum ikevti_sa_state {
	IKEVTI_SA_LARVAL,	/* SPI allocated, no key yet: what comes waits for it */
	IKEVTI_SA_ACTIVE,	/* in: receives; out: the lane's current SA */
	IKEVTI_SA_EXPIRED,	/* hit a hard limit, counted and silent */
};

/* IKEv2 transform type 1 numbers would do, but one of ours says it all */
enum ikevti_aead {
	IKEVTI_AEAD_AES_GCM_16 = 1,	/* RFC 4106, 128 to 256 bits by key length */
	IKEVTI_AEAD_CHACHA20_POLY1305,	/* RFC 7634 */
	IKEVTI_AEAD_AES_GCM_16_IIV,	/* RFC 8750: the IV is not sent */
	IKEVTI_AEAD_CHACHA20_POLY1305_IIV,
	/* RFC 3602 with 128 or 256 bits, RFC 4868, for peers without an AEAD */
	IKEVTI_AEAD_AES_CBC_HMAC_SHA256_128,
	IKEVTI_AEAD_AES_CBC_HMAC_SHA384_192,
	IKEVTI_AEAD_AES_CBC_HMAC_SHA512_256,
};

/*
 * Inbound SAs are found by SPI alone and must have been allocated. SA_SET of
 * an outbound SA makes it the lane's current one (one pointer is switched) and
 * frees the one before it. Keys go in and never come out.
 *
 * SEQ, and REPLAY_MAP with it, is where an SA goes on, at its installation or
 * later, for takeover and restart. It never goes back: a number below what the
 * SA has come to is refused. Numbers that an outbound SA skips count as packets.
 * Without a map all numbers up to an inbound SA's SEQ count as received, with
 * one those that it says, those before it, and those received here.
 */
enum ikevti_sa_attr {
	IKEVTI_SA_A_UNSPEC,
	IKEVTI_SA_A_DIR,	/* u8, enum ikevti_sa_dir */
	IKEVTI_SA_A_SPI,	/* u32, host order */
	IKEVTI_SA_A_PATH,	/* u32, path id */
	IKEVTI_SA_A_LANE,	/* u32, default 0 */
	IKEVTI_SA_A_STATE,	/* u8, reply only, enum ikevti_sa_state */
	IKEVTI_SA_A_AEAD,	/* u32, enum ikevti_aead */
	IKEVTI_SA_A_KEY,	/* 16, 24 or 32 octets, request only */
	IKEVTI_SA_A_SALT,	/* 4 octets, request only, not for AES-CBC */
	IKEVTI_SA_A_ESN,	/* flag */
	IKEVTI_SA_A_REPLAY_WINDOW,	/* u32 packets, in only */
	IKEVTI_SA_A_SEQ,	/* u64, out: last used; in: highest seen */
	IKEVTI_SA_A_SOFT_BYTES,	/* u64, 0 or absent: none */
	IKEVTI_SA_A_HARD_BYTES,	/* u64 */
	IKEVTI_SA_A_SOFT_PACKETS,	/* u64 */
	IKEVTI_SA_A_HARD_PACKETS,	/* u64 */
	IKEVTI_SA_A_SOFT_SECONDS,	/* u32, after installation */
	IKEVTI_SA_A_HARD_SECONDS,	/* u32 */
	IKEVTI_SA_A_SELECTORS,	/* nest, enum ikevti_selectors_attr */
	IKEVTI_SA_A_AGE,	/* u32 seconds, reply only */
	IKEVTI_SA_A_STATS,	/* nest, enum ikevti_stat_attr, reply only */
	IKEVTI_SA_A_PEER_SPI,	/* u32, in only: the pair's outbound SPI, 0 none */
	IKEVTI_SA_A_PAD,
	/*
	 * octets, in only: a bit for each number, received or not, eight to an
	 * octet, the lowest in the lowest bit, SEQ in the last octet. In a
	 * reply if the request has one, of any length; not in dumps.
	 */
	IKEVTI_SA_A_REPLAY_MAP,
	IKEVTI_SA_A_AUTH_KEY,	/* 32, 48 or 64 octets, request only, AES-CBC */
	__IKEVTI_SA_A_MAX
};

#define IKEVTI_SA_A_MAX		(__IKEVTI_SA_A_MAX - 1)

/* SA_A_SELECTORS holds SELECTOR nests only */
enum ikevti_selectors_attr {
	IKEVTI_SELS_A_UNSPEC,
	IKEVTI_SELS_A_SELECTOR,	/* nest, enum ikevti_selector_attr, repeated */
	__IKEVTI_SELS_A_MAX
};

#define IKEVTI_SELS_A_MAX	(__IKEVTI_SELS_A_MAX - 1)

enum ikevti_side {
	IKEVTI_SIDE_LOCAL,	/* addresses behind this host */
	IKEVTI_SIDE_REMOTE,	/* addresses behind the peer */
};

/*
 * A packet is admitted when its local address is in one LOCAL range and its
 * remote address in one REMOTE range of its family. No selectors: everything.
 * An ICMP error is also admitted if the packet it quotes, turned round, is.
 */
enum ikevti_selector_attr {
	IKEVTI_SEL_A_UNSPEC,
	IKEVTI_SEL_A_SIDE,	/* u8, enum ikevti_side */
	IKEVTI_SEL_A_START,	/* 4 or 16 octets */
	IKEVTI_SEL_A_END,	/* same length, inclusive */
	__IKEVTI_SEL_A_MAX
};

#define IKEVTI_SEL_A_MAX	(__IKEVTI_SEL_A_MAX - 1)

/* Counters, all u64. Those a device or SA cannot have are left out. */
enum ikevti_stat_attr {
	IKEVTI_STAT_A_UNSPEC,
	IKEVTI_STAT_A_PAD,
	IKEVTI_STAT_A_RX_PACKETS,	/* inner, delivered */
	IKEVTI_STAT_A_RX_BYTES,
	IKEVTI_STAT_A_TX_PACKETS,	/* inner, sent */
	IKEVTI_STAT_A_TX_BYTES,
	IKEVTI_STAT_A_RX_REPLAY,	/* outside the window or seen before */
	IKEVTI_STAT_A_RX_AUTH_FAILED,	/* integrity check failed */
	IKEVTI_STAT_A_RX_MALFORMED,	/* too short, bad padding or trailer */
	IKEVTI_STAT_A_RX_SELECTOR,	/* inner packet not admitted */
	IKEVTI_STAT_A_RX_EXPIRED,	/* SA at its hard limit */
	IKEVTI_STAT_A_RX_DUMMY,	/* next header 59 */
	IKEVTI_STAT_A_RX_WRONG_ADDRESS,	/* destination not the path's */
	IKEVTI_STAT_A_RX_ECN,	/* dropped by RFC 6040 */
	IKEVTI_STAT_A_RX_NO_MEMORY,
	IKEVTI_STAT_A_TX_NO_SA,	/* no usable path or SA */
	IKEVTI_STAT_A_TX_SELECTOR,
	IKEVTI_STAT_A_TX_SEQ_END,	/* sequence numbers used up */
	IKEVTI_STAT_A_TX_EXPIRED,
	IKEVTI_STAT_A_TX_TOO_BIG,	/* answered with an ICMP error */
	IKEVTI_STAT_A_TX_NO_ROUTE,	/* outer route missing or looping */
	IKEVTI_STAT_A_TX_NO_MEMORY,
	IKEVTI_STAT_A_TX_CRYPTO,	/* encryption failed or unavailable */
	IKEVTI_STAT_A_RX_NO_KEY,	/* larval SA: too many, too long, or no key came */
	IKEVTI_STAT_A_RX_SOURCE,	/* inner source not the peer's (SOURCE_CHECK) */
	__IKEVTI_STAT_A_MAX
};

#define IKEVTI_STAT_A_MAX	(__IKEVTI_STAT_A_MAX - 1)

enum ikevti_limit {
	IKEVTI_LIMIT_BYTES,
	IKEVTI_LIMIT_PACKETS,
	IKEVTI_LIMIT_SECONDS,
	IKEVTI_LIMIT_SEQUENCE,
};

/* What an event adds to the IFINDEX, PATH and SA nests that name its subject */
enum ikevti_event_attr {
	IKEVTI_EVENT_A_UNSPEC,
	IKEVTI_EVENT_A_LIMIT,	/* u32, enum ikevti_limit */
	IKEVTI_EVENT_A_HARD,	/* flag */
	IKEVTI_EVENT_A_COUNT,	/* u64: auth failures; unknown SPI: drops since the last */
	IKEVTI_EVENT_A_PAD,
	__IKEVTI_EVENT_A_MAX
};

#define IKEVTI_EVENT_A_MAX	(__IKEVTI_EVENT_A_MAX - 1)

#endif /* _UAPI_LINUX_IKEVTI_H */
