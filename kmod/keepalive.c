// SPDX-License-Identifier: GPL-2.0-only
/*
 * NAT keepalives, RFC 3948 section 4: one octet, sent only after silence. The
 * timer looks when the path was last used and sleeps for what is left.
 */
#include <linux/udp.h>
#include <net/ip6_route.h>
#include <net/route.h>

#include "dev.h"
#include "esp.h"
#include "net.h"
#include "path.h"
#include "route.h"
#include "sock.h"

/* Context: softirq, RCU read side */
static void send_keepalive(struct ikevti_path *path)
{
	const struct ikevti_endpoint *ep = rcu_dereference(path->endpoint);
	struct ikevti_sock *sock = rcu_dereference(path->sock);
	struct net *net = rcu_dereference(path->idev->underlay);
	u32 ttl = READ_ONCE(path->idev->ttl);
	struct dst_entry *dst;
	struct sk_buff *skb;

	if (!sock || !net)
		return;
	dst = ikevti_route_once(path->idev, net, ep, path->id);
	if (IS_ERR(dst))
		return;
	skb = alloc_skb(LL_RESERVED_SPACE(dst->dev) + IKEVTI_OUTER_MAX + 1,
			GFP_ATOMIC);
	if (!skb) {
		dst_release(dst);
		return;
	}
	skb_reserve(skb, LL_RESERVED_SPACE(dst->dev) + IKEVTI_OUTER_MAX);
	skb_put_u8(skb, 0xff);
	skb_reset_inner_headers(skb);
	skb->mark = READ_ONCE(path->idev->fwmark);
	if (ttl == IKEVTI_TTL_INHERIT || ttl == IKEVTI_TTL_DEFAULT)
		ttl = ep->family == AF_INET ? ip4_dst_hoplimit(dst) :
					      ip6_dst_hoplimit(dst);
	if (ep->family == AF_INET)
		ikevti_udp4_xmit(container_of(dst, struct rtable, dst),
				 sock->sk, skb, ep->local.ip4, ep->remote.ip4,
				 0, ttl, htons(IP_DF),
				 ep->local_port, ep->remote_port, false);
	else
		ikevti_udp6_xmit(dst, sock->sk, skb, &ep->local.ip6,
				 &ep->remote.ip6, 0, ttl, 0,
				 ep->local_port, ep->remote_port);
	ikevti_path_sent(path);
}

static void keepalive_timer(struct timer_list *timer)
{
	struct ikevti_path *path = from_timer(path, timer, keepalive);
	u32 ms = READ_ONCE(path->keepalive_ms);
	unsigned long period, idle;

	if (!ms)
		return;
	period = msecs_to_jiffies(ms);
	idle = READ_ONCE(path->tx_ever) ? jiffies - READ_ONCE(path->tx_at) :
					  period;
	if (idle >= period) {
		rcu_read_lock();
		send_keepalive(path);
		rcu_read_unlock();
		idle = 0;
	}
	mod_timer(&path->keepalive, jiffies + period - idle);
}

/* Make the timer. Context: process. */
void ikevti_keepalive_init(struct ikevti_path *path)
{
	timer_setup(&path->keepalive, keepalive_timer, 0);
}

/**
 * ikevti_keepalive_update() - follow a change of the interval or endpoint
 * @path: linked
 *
 * Context: ikevti_mutex.
 */
void ikevti_keepalive_update(struct ikevti_path *path)
{
	const struct ikevti_endpoint *ep;

	ep = ikevti_path_endpoint(path);
	if (READ_ONCE(path->keepalive_ms) && ep->encap == IKEVTI_ENCAP_UDP)
		mod_timer(&path->keepalive, jiffies + 1);
	else
		ikevti_timer_stop(&path->keepalive);
}
