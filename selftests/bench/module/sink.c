// SPDX-License-Identifier: GPL-2.0-only
/* The end of a packet's way: a receive handler that counts and frees */
#include <linux/rtnetlink.h>

#include "bench.h"

static struct net_device *sink_dev;
static netdevice_tracker sink_tracker;
static u64 sink_packets;
static u32 *sink_stamps;
static unsigned int sink_room, sink_stamped;

/* The packets' time stamps are cycles, of which the low 32 bits are enough */
static void stamp(const struct sk_buff *skb)
{
	u32 now = (u32)bench_cycles(), sent;

	if (sink_stamped >= sink_room ||
	    skb_copy_bits(skb, BENCH_STAMP, &sent, sizeof(sent)))
		return;
	sink_stamps[sink_stamped++] = now - sent;
}

static rx_handler_result_t take(struct sk_buff **pskb)
{
	struct sk_buff *skb = *pskb;

	if (skb->protocol != htons(ETH_P_IP))
		return RX_HANDLER_PASS;
	sink_packets += skb_is_gso(skb) ? skb_shinfo(skb)->gso_segs : 1;
	if (sink_room)
		stamp(skb);
	consume_skb(skb);
	return RX_HANDLER_CONSUMED;
}

/**
 * bench_sink_start() - count IPv4 packets that arrive at a device, from zero
 * @net: its namespace
 * @name: its name
 *
 * Context: process. One device at a time.
 * Return: 0 or an error.
 */
int bench_sink_start(struct net *net, const char *name)
{
	struct net_device *dev;
	int err;

	if (!net)
		return -EINVAL;
	bench_sink_stop();
	rtnl_lock();
	dev = __dev_get_by_name(net, name);
	err = dev ? netdev_rx_handler_register(dev, take, NULL) : -ENODEV;
	if (!err) {
		sink_packets = 0;
		sink_dev = dev;
		netdev_hold(dev, &sink_tracker, GFP_KERNEL);
	}
	rtnl_unlock();
	return err;
}

/* Give the device back to its namespace */
void bench_sink_stop(void)
{
	sink_room = 0;
	if (!sink_dev)
		return;
	rtnl_lock();
	netdev_rx_handler_unregister(sink_dev);
	rtnl_unlock();
	netdev_put(sink_dev, &sink_tracker);
	sink_dev = NULL;
}

/* Packets since the start */
u64 bench_sink_packets(void)
{
	return READ_ONCE(sink_packets);
}

/**
 * bench_sink_stamps() - from now on keep each packet's time on the way
 * @stamps: cycles of the time stamp counter
 * @room: of @stamps; what comes later is only counted
 */
void bench_sink_stamps(u32 *stamps, unsigned int room)
{
	sink_stamps = stamps;
	sink_stamped = 0;
	sink_room = room;
}

/* How many have been kept */
unsigned int bench_sink_stamped(void)
{
	return READ_ONCE(sink_stamped);
}
