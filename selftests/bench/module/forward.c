// SPDX-License-Identifier: GPL-2.0-only
/*
 * Forwarding: packets arrive at a gateway's device in bursts as a NIC's driver
 * hands them up, cross the tunnel and end in the sink behind the other one.
 */
#include <linux/etherdevice.h>
#include <linux/ip.h>
#include <linux/sched/signal.h>
#include <linux/udp.h>
#include <net/ip.h>

#include "bench.h"

#define WARM_UP_NS	(30 * NSEC_PER_MSEC)
#define BUFFER		1536	/* as NICs' drivers allocate, whatever arrives */
#define IN_FLIGHT	256	/* packets */
#define PATIENCE	200	/* times the CPU is given away for one burst */
#define STRIDE		7919	/* a prime: all destinations come, none after its neighbour */

/* 7 x 64, 4 x 512, 1 x 1400, well mixed */
const unsigned int bench_mix[BENCH_MIX_LEN] = {
	64, 512, 64, 64, 512, 64, 1400, 64, 512, 64, 512, 64
};

/**
 * bench_packet() - a UDP packet as it comes from a NIC
 * @dev: where it arrives
 * @saddr: source address
 * @daddr: destination address
 * @size: IP packet, octets
 *
 * The payload is whatever was in the memory.
 *
 * Return: the packet or NULL.
 */
struct sk_buff *bench_packet(struct net_device *dev, __be32 saddr, __be32 daddr,
			     unsigned int size)
{
	struct sk_buff *skb = netdev_alloc_skb_ip_align(dev, ETH_HLEN + BUFFER);
	struct ethhdr *eth;
	struct udphdr *uh;
	struct iphdr *iph;

	if (!skb)
		return NULL;
	eth = skb_put(skb, ETH_HLEN);
	ether_addr_copy(eth->h_dest, dev->dev_addr);
	ether_addr_copy(eth->h_source, dev->dev_addr);
	eth->h_proto = htons(ETH_P_IP);

	iph = skb_put(skb, size);
	*iph = (struct iphdr) {
		.version = 4,
		.ihl = 5,
		.tot_len = htons(size),
		.frag_off = htons(IP_DF),
		.ttl = 64,
		.protocol = IPPROTO_UDP,
		.saddr = saddr,
		.daddr = daddr,
	};
	ip_send_check(iph);
	uh = (struct udphdr *)(iph + 1);
	*uh = (struct udphdr) {
		.source = htons(9000),
		.dest = htons(9001),
		.len = htons(size - sizeof(*iph)),
	};
	skb->protocol = eth_type_trans(skb, dev);
	return skb;
}

/* Hand packets up as a driver's poll function does */
void bench_inject(struct list_head *list)
{
	local_bh_disable();
	netif_receive_skb_list(list);
	local_bh_enable();
}

struct run {
	const struct bench_args *args;
	struct net_device *dev;
	unsigned int mix;	/* place in the mix of sizes */
	unsigned int in_row;	/* packets to the present destination */
	u64 sent;
	u64 lost;		/* given up waiting for */
};

static __be32 destination(struct run *run)
{
	/* Goes on where the last run ended: those it began with may still be in a cache */
	static unsigned int place;
	const struct bench_args *args = run->args;

	if (!args->peers)
		return args->daddr;
	if (run->in_row++ == args->row) {
		run->in_row = 1;
		place += STRIDE;
	}
	place %= args->peers;
	return htonl(ntohl(args->daddr) + place);
}

static int one_burst(struct run *run)
{
	const struct bench_args *args = run->args;
	unsigned int size = args->size, i;
	struct sk_buff *skb;
	LIST_HEAD(list);

	for (i = 0; i < args->burst; i++) {
		if (!args->size) {
			size = bench_mix[run->mix++];
			if (run->mix == BENCH_MIX_LEN)
				run->mix = 0;
		}
		skb = bench_packet(run->dev, args->saddr, destination(run), size);
		if (!skb)
			return -ENOMEM;
		list_add_tail(&skb->list, &list);
	}
	bench_inject(&list);
	run->sent += i;
	return 0;
}

/*
 * Threads do a part of some tunnels' work: let them; the writer should be a
 * task that gives way to any other (SCHED_IDLE). What does not arrive
 * however long one waits is lost.
 */
static void let_arrive(struct run *run, unsigned int in_flight)
{
	unsigned int tries = 0;
	u64 missing;

	cond_resched();
	for (;;) {
		missing = run->sent - run->lost - bench_sink_packets();
		if ((s64)missing <= in_flight)
			return;
		if (tries++ == PATIENCE) {
			run->lost += missing;
			return;
		}
		if (tries < PATIENCE / 2)
			schedule();
		else
			schedule_timeout_uninterruptible(1);
	}
}

static int until(struct run *run, u64 cpu_end)
{
	u64 give_up = bench_wall_ns() + 20 * NSEC_PER_SEC;
	int err = 0, i;

	while (!err && bench_cpu_ns() < cpu_end) {
		for (i = 0; !err && i < 256; i += run->args->burst) {
			err = one_burst(run);
			let_arrive(run, IN_FLIGHT);
		}
		if (fatal_signal_pending(current))
			err = -EINTR;
		if (bench_wall_ns() > give_up)
			err = -ETIMEDOUT;
	}
	let_arrive(run, 0);
	return err;
}

/**
 * bench_forward() - packets per second of CPU time through two gateways
 * @args: command
 * @res: result
 *
 * Return: 0 or an error.
 */
int bench_forward(const struct bench_args *args, struct bench_result *res)
{
	struct run run = { .args = args };
	u64 cpu, sent, arrived;
	int err;

	if (!args->from || !args->burst || args->burst > 256 || (args->peers && !args->row) ||
	    (args->size && args->size < BENCH_STAMP) || args->size > 1500)
		return -EINVAL;
	err = bench_sink_start(args->to, args->sink);
	if (err)
		return err;
	run.dev = dev_get_by_name(args->from, args->dev);
	if (!run.dev)
		return -ENODEV;

	err = until(&run, bench_cpu_ns() + WARM_UP_NS);
	if (err)
		goto out;
	sent = run.sent;
	arrived = bench_sink_packets();
	cpu = bench_cpu_ns();
	err = until(&run, cpu + args->cpu_ms * NSEC_PER_MSEC);
	cpu = bench_cpu_ns() - cpu;

	arrived = bench_sink_packets() - arrived;
	sent = run.sent - sent;
	res->unit = "kpps";
	/* in thousandths */
	res->value = div64_u64(arrived * NSEC_PER_SEC, cpu);
	res->value2 = arrived;
	res->lost = sent > arrived ? sent - arrived : 0;
out:
	dev_put(run.dev);
	return err;
}
