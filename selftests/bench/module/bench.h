/* SPDX-License-Identifier: GPL-2.0-only */
/* Traffic and measurements inside the kernel of the UML lab */
#ifndef _IKEVTI_BENCH_H
#define _IKEVTI_BENCH_H

#include <linux/netdevice.h>
#include <linux/types.h>
#include <net/net_namespace.h>

struct seq_file;

/**
 * struct bench_args - the words of a command, with what is left out as zero
 * @from: namespace that traffic enters, held
 * @to: namespace where it arrives, held
 * @dev: device in @from it arrives at
 * @sink: device in @to where it ends
 * @saddr: inner source address
 * @daddr: inner destination address, of several the first
 * @peers: how many destinations take turns, 0 for one
 * @row: packets in a row to the same of them
 * @mss: MSS, 0 for that of the path
 * @size: IP packet, octets; 0 for the mix of sizes
 * @burst: packets in a burst
 * @packets: how many in all
 * @gap: nanoseconds between two
 * @cpu_ms: CPU time to measure for
 */
struct bench_args {
	struct net *from;
	struct net *to;
	char dev[IFNAMSIZ];
	char sink[IFNAMSIZ];
	__be32 saddr;
	__be32 daddr;
	unsigned int peers;
	unsigned int row;
	unsigned int mss;
	unsigned int size;
	unsigned int burst;
	unsigned int packets;
	unsigned int gap;
	unsigned int cpu_ms;
};

/**
 * struct bench_result - what a command answers
 * @unit: of @value
 * @value: the figure
 * @value2: a second one, where there are two
 * @lost: packets or segments that did not arrive or were sent again
 */
struct bench_result {
	const char *unit;
	u64 value;
	u64 value2;
	u64 lost;
};

/* Cycles of the time stamp counter, not before what stands above has happened */
static inline u64 bench_cycles(void)
{
	u32 lo, hi;

	asm volatile("lfence; rdtsc" : "=a" (lo), "=d" (hi) : : "memory");
	return (u64)hi << 32 | lo;
}

/* main.c */
u64 bench_cpu_ns(void);
u64 bench_wall_ns(void);

/* sink.c: what arrives at a device is counted and freed */
int bench_sink_start(struct net *net, const char *name);
void bench_sink_stop(void);
u64 bench_sink_packets(void);
void bench_sink_stamps(u32 *stamps, unsigned int room);
unsigned int bench_sink_stamped(void);

/* forward.c */
#define BENCH_MIX_LEN	12
extern const unsigned int bench_mix[BENCH_MIX_LEN];

struct sk_buff *bench_packet(struct net_device *dev, __be32 saddr, __be32 daddr,
			     unsigned int size);
void bench_inject(struct list_head *list);
int bench_forward(const struct bench_args *args, struct bench_result *res);

/* the others */
int bench_aead(const struct bench_args *args, struct bench_result *res);
int bench_cipher(const struct bench_args *args, struct bench_result *res);
int bench_latency(const struct bench_args *args, struct bench_result *res);
int bench_tcp(const struct bench_args *args, struct bench_result *res);

/* where the time stamp of a packet lies: after IP and UDP header */
#define BENCH_STAMP	28

#endif /* _IKEVTI_BENCH_H */
