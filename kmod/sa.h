/* SPDX-License-Identifier: GPL-2.0-only */
/* Security associations: RFC 4301 section 4.4.2 */
#ifndef _IKEVTI_SA_H
#define _IKEVTI_SA_H

#include <crypto/aead.h>
#include <linux/atomic.h>
#include <linux/in6.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include <linux/workqueue.h>
#include <linux/ikevti.h>

#include "esp.h"
#include "replay.h"

struct ikevti_dev;
struct ikevti_held;
struct ikevti_net;
struct ikevti_path;
struct ikevti_lane;
struct netlink_ext_ack;

/**
 * struct ikevti_range - addresses from @start to @end, both included
 * @family: AF_INET or AF_INET6
 * @start: first, network byte order; IPv4 in the first four octets
 * @end: last
 */
struct ikevti_range {
	u16 family;
	struct in6_addr start;
	struct in6_addr end;
};

/**
 * struct ikevti_selectors - which inner packets an SA carries
 * @n: ranges of each enum ikevti_side
 * @range: local ones first
 */
struct ikevti_selectors {
	unsigned int n[2];
	struct ikevti_range range[];
};

/* Bits of ikevti_sa.flags */
enum {
	IKEVTI_SA_F_EXPIRED,	/* at a hard limit: carries nothing any more */
	IKEVTI_SA_F_HOLDS,	/* in: holds what comes, held.c */
	IKEVTI_SA_F_SAID,	/* + 2 * enum ikevti_limit + hard: event sent */
};

#define IKEVTI_SA_SAID_BIT(limit, hard)	\
	(IKEVTI_SA_F_SAID + 2 * (limit) + !!(hard))

/**
 * struct ikevti_limits - when an SA asks for its successor and when it ends
 * @soft: by enum ikevti_limit, 0 none
 * @hard: by enum ikevti_limit, 0 none
 *
 * Bytes and packets as such, time in seconds after installation. The entry
 * for sequence numbers, of outbound SAs, follows from their width.
 */
struct ikevti_limits {
	u64 soft[IKEVTI_LIMIT_SEQUENCE + 1];
	u64 hard[IKEVTI_LIMIT_SEQUENCE + 1];
};

/* Kinds of drops inbound, in two pieces; there are fewer outbound */
#define IKEVTI_SA_DROPS_1	(IKEVTI_STAT_A_TX_NO_SA - IKEVTI_STAT_A_RX_REPLAY)
#define IKEVTI_SA_DROPS_2	(IKEVTI_STAT_A_MAX - IKEVTI_STAT_A_TX_CRYPTO)
#define IKEVTI_SA_DROPS		(IKEVTI_SA_DROPS_1 + IKEVTI_SA_DROPS_2)

/**
 * struct ikevti_sa - one security association
 * @tfm: cipher with its key, NULL while larval
 * @spi: as on the wire
 * @dir: enum ikevti_sa_dir
 * @esn: extended sequence numbers
 * @async: the cipher is asynchronous
 * @batches: packets are encrypted and leave together, and may be decrypted to
 *	other memory
 * @salt: first octets of the nonce
 * @format: what its packets look like
 * @flags: IKEVTI_SA_F_*, atomic
 * @idev: device, outlives the SA by RCU
 * @path: path, NULL only while larval
 * @selectors: admitted packets, NULL everything, fixed after installation
 * @limits: single fields change by WRITE_ONCE
 * @seq_base: out: sequence number it was installed with, used elsewhere
 * @seq: out: last sequence number used
 * @cpu: out: the last to send, -1 none
 * @shared: out: jiffies until when several CPUs are said to send
 * @bytes: octets of inner packets carried
 * @packets: in: inner packets carried
 * @lock: in: protects @replay
 * @replay: in: window
 * @jobs: what ends later: packets of an asynchronous cipher, bursts on other CPUs
 * @drops: those of its direction, ikevti_sa_counter()
 * @auth_said: jiffies of the last authentication failure event
 * @list: in ikevti_peer.sas of the peer whose path it is, ikevti_mutex
 * @of_path: in ikevti_path.sas if there is a @path, ikevti_mutex
 * @larval: in ikevti_net.larval while there is no key, ikevti_mutex
 * @held: in: what came before the key, only while IKEVTI_SA_F_HOLDS; RCU
 * @out: in ikevti_net.out, RCU
 * @lane_id: which lane of the path
 * @peer_spi: in: SPI of the pair's outbound SA, for userspace
 * @aead: enum ikevti_aead
 * @keylen: octets of key
 * @since: seconds since boot at SPI allocation, then at installation
 * @timer: next time limit
 * @rwork: frees after a grace period
 *
 * Found under RCU, changed under ikevti_mutex, freed after a grace period.
 */
struct ikevti_sa {
	struct crypto_aead *tfm;
	u32 spi;
	u8 dir;
	bool esn;
	bool async;
	bool batches;
	u8 salt[IKEVTI_SALT_LEN];
	struct ikevti_format format;
	unsigned long flags;
	struct ikevti_dev *idev;
	struct ikevti_path *path;
	struct ikevti_selectors *selectors;
	struct ikevti_limits limits;
	u64 seq_base;

	atomic64_t seq ____cacheline_aligned_in_smp;
	int cpu;
	unsigned long shared;
	atomic64_t bytes;
	atomic64_t packets;
	spinlock_t lock;	/* protects *replay */
	struct ikevti_replay *replay;

	atomic_t jobs;
	atomic64_t drops[IKEVTI_SA_DROPS];
	unsigned long auth_said;

	struct list_head list;
	struct list_head of_path;
	struct list_head larval;
	struct ikevti_held *held;
	struct hlist_node out;
	u32 lane_id;
	u32 peer_spi;
	u32 aead;
	u32 keylen;
	u32 since;
	struct timer_list timer;
	struct rcu_work rwork;
};

/* Packets numbered at once, by one CPU that sends alone or by several */
#define IKEVTI_RUN_MAX		32
#define IKEVTI_RUN_SHARED	8

static inline bool ikevti_sa_expired(const struct ikevti_sa *sa)
{
	return test_bit(IKEVTI_SA_F_EXPIRED, &sa->flags);
}

/* Inbound: has it a key, nothing that waited for it, and not expired? */
static inline bool ikevti_sa_ready(const struct ikevti_sa *sa)
{
	return !(READ_ONCE(sa->flags) & (BIT(IKEVTI_SA_F_EXPIRED) |
					 BIT(IKEVTI_SA_F_HOLDS)));
}

/*
 * The last sequence number, RFC 4303 section 2.2. With 64 bits the end is put
 * a little before them, where no arithmetic with numbers wraps.
 */
static inline u64 ikevti_sa_seq_end(bool esn)
{
	return esn ? U64_MAX - U32_MAX : U32_MAX;
}

/* Seconds since boot, suspended time included */
static inline u32 ikevti_seconds(void)
{
	return ktime_get_boottime_seconds();
}

struct ikevti_sa *ikevti_sa_alloc(struct ikevti_dev *idev, u8 dir);
void ikevti_sa_free(struct ikevti_sa *sa);
bool ikevti_sa_room(const struct ikevti_net *in);
int ikevti_sa_link_larval(struct ikevti_net *in, struct ikevti_sa *sa);
void ikevti_sa_install_in(struct ikevti_net *in, struct ikevti_sa *sa);
void ikevti_sa_install_out(struct ikevti_net *in, struct ikevti_sa *sa,
			   struct ikevti_lane *lane);
void ikevti_sa_remove(struct ikevti_net *in, struct ikevti_sa *sa);
void ikevti_sa_arm(struct ikevti_sa *sa);
void ikevti_sa_expire(struct ikevti_sa *sa, enum ikevti_limit limit);
void ikevti_sa_received(struct ikevti_sa *sa, u64 bytes, u64 packets);
u64 ikevti_sa_next(struct ikevti_sa *sa, unsigned int bytes,
		   enum ikevti_stat_attr *why);
u64 ikevti_sa_run(struct ikevti_sa *sa, unsigned int n, unsigned int bytes);
unsigned int ikevti_sa_run_max(struct ikevti_sa *sa);
bool ikevti_sa_job_begin(struct ikevti_sa *sa);
void ikevti_sa_job_end(struct ikevti_sa *sa);
u64 ikevti_sa_packets(const struct ikevti_sa *sa);
bool ikevti_sa_admits(const struct ikevti_sa *sa, const struct sk_buff *skb);
u64 ikevti_sa_seq(struct ikevti_sa *sa);
u64 ikevti_sa_export(struct ikevti_sa *sa, u8 *map);
bool ikevti_sa_import(struct ikevti_sa *sa, u64 seq, const u8 *map, u32 len);

#endif /* _IKEVTI_SA_H */
