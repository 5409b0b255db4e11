// SPDX-License-Identifier: GPL-2.0-only
/*
 * Latency: single packets at a steady, low rate, each with the time it was
 * handed up in it. The writer should be a task that gives way to any other
 * (SCHED_IDLE), since it waits by turning in a circle.
 */
#include <linux/math64.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sort.h>
#include <linux/vmalloc.h>

#include "bench.h"

#define PACKETS_MAX	1000000
#define WARM_UP		1000	/* packets */

static int compare(const void *a, const void *b)
{
	u32 x = *(const u32 *)a, y = *(const u32 *)b;

	return x < y ? -1 : x > y;
}

/* One packet, and nothing else than its way until the next */
static int one(struct net_device *dev, const struct bench_args *args)
{
	struct sk_buff *skb = bench_packet(dev, args->saddr, args->daddr, args->size);
	LIST_HEAD(list);
	u32 now;

	if (!skb)
		return -ENOMEM;
	list_add(&skb->list, &list);
	now = (u32)bench_cycles();
	memcpy(skb->data + BENCH_STAMP, &now, sizeof(now));
	bench_inject(&list);
	return 0;
}

static int send(struct net_device *dev, const struct bench_args *args, unsigned int n)
{
	u64 next = bench_wall_ns();
	int err = 0;

	while (!err && n--) {
		err = one(dev, args);
		next += args->gap;
		do {
			cond_resched();
		} while (bench_wall_ns() < next);
		if (fatal_signal_pending(current))
			err = -EINTR;
	}
	return err;
}

static void wait_for(u64 packets)
{
	int i;

	for (i = 0; i < 100 && bench_sink_packets() < packets; i++)
		schedule_timeout_uninterruptible(1);
}

/**
 * bench_latency() - time from one end to the other at a steady rate
 * @args: command
 * @res: median and 99th percentile, ns
 *
 * Return: 0 or an error.
 */
int bench_latency(const struct bench_args *args, struct bench_result *res)
{
	u64 wall, cycles, first;
	struct net_device *dev;
	unsigned int n;
	u32 *stamps;
	int err;

	if (!args->from || !args->packets || args->packets > PACKETS_MAX || args->size < 64 ||
	    args->size > 1500)
		return -EINVAL;
	err = bench_sink_start(args->to, args->sink);
	if (err)
		return err;
	dev = dev_get_by_name(args->from, args->dev);
	stamps = vcalloc(args->packets, sizeof(*stamps));
	err = !dev ? -ENODEV : !stamps ? -ENOMEM : send(dev, args, WARM_UP);
	if (err)
		goto out;
	wait_for(WARM_UP);

	first = bench_sink_packets();
	bench_sink_stamps(stamps, args->packets);
	wall = bench_wall_ns();
	cycles = bench_cycles();
	err = send(dev, args, args->packets);
	cycles = bench_cycles() - cycles;
	wall = bench_wall_ns() - wall;
	wait_for(first + args->packets);
	bench_sink_stop();

	n = bench_sink_stamped();
	res->unit = "ns";
	res->lost = args->packets - n;
	if (!n || !cycles) {
		err = err ?: -EIO;
		goto out;
	}
	sort(stamps, n, sizeof(*stamps), compare, NULL);
	/* cycles have 32 bits, nanoseconds of a run below 34 */
	res->value = mul_u64_u64_div_u64(stamps[n / 2], wall, cycles);
	res->value2 = mul_u64_u64_div_u64(stamps[n - 1 - n / 100], wall, cycles);
out:
	bench_sink_stop();
	vfree(stamps);
	dev_put(dev);
	return err;
}
