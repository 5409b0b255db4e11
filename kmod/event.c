// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events. Whoever is not listening costs nothing but a test. What packets can
 * cause is limited to about one a second and object.
 */
#include <linux/jhash.h>
#include <linux/udp.h>
#include <net/genetlink.h>
#include <net/ip.h>
#include <net/xfrm.h>

#include "burst.h"
#include "dev.h"
#include "event.h"
#include "net.h"
#include "nl.h"
#include "path.h"
#include "peer.h"
#include "sa.h"

#define INTERVAL	HZ
/* Between two different source addresses of a path */
#define INTERVAL_MOVE	(HZ / 8)
/* Between two different next hops of a device */
#define INTERVAL_HOP	(HZ / 32)

/**
 * struct message - an event under construction
 * @net: underlay namespace
 * @skb: message
 * @hdr: its header
 */
struct message {
	struct net *net;
	struct sk_buff *skb;
	void *hdr;
};

/* One caller per interval gets true, whatever the number of CPUs */
static bool may_say(unsigned long *last, unsigned long interval)
{
	unsigned long then = READ_ONCE(*last), now = jiffies;

	return time_after_eq(now, then + interval) &&
	       cmpxchg(last, then, now) == then;
}

static bool begin_net(struct message *m, struct net *net, u8 cmd)
{
	if (!genl_has_listeners(&ikevti_genl, net, 0))
		return false;
	m->net = net;
	m->skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_ATOMIC);
	if (!m->skb)
		return false;
	m->hdr = genlmsg_put(m->skb, 0, 0, &ikevti_genl, 0, cmd);
	if (m->hdr)
		return true;
	nlmsg_free(m->skb);
	return false;
}

/* Begin an event about a device. Context: RCU read side until it is sent. */
static bool begin(struct message *m, struct ikevti_dev *idev, u8 cmd)
{
	struct net *net = rcu_dereference(idev->underlay);

	if (!net || !begin_net(m, net, cmd))
		return false;
	if (!ikevti_nl_put_dev_name(m->skb, net, idev))
		return true;
	nlmsg_free(m->skb);
	return false;
}

static void send(struct message *m, int err)
{
	if (err) {
		nlmsg_free(m->skb);
		return;
	}
	genlmsg_end(m->skb, m->hdr);
	genlmsg_multicast_netns(&ikevti_genl, m->net, m->skb, 0, 0, GFP_ATOMIC);
}

/* Which SA, and of which peer and path */
static int put_sa(struct sk_buff *skb, const struct ikevti_sa *sa)
{
	struct nlattr *nest;

	if (sa->path && ikevti_nl_put_peer_id(skb, sa->path->peer))
		return -EMSGSIZE;
	nest = nla_nest_start(skb, IKEVTI_A_SA);
	if (!nest || nla_put_u8(skb, IKEVTI_SA_A_DIR, sa->dir) ||
	    nla_put_u32(skb, IKEVTI_SA_A_SPI, sa->spi) ||
	    nla_put_u32(skb, IKEVTI_SA_A_LANE, sa->lane_id) ||
	    (sa->path && nla_put_u32(skb, IKEVTI_SA_A_PATH, sa->path->id)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_count(struct sk_buff *skb, u64 count)
{
	struct nlattr *nest = nla_nest_start(skb, IKEVTI_A_EVENT);

	if (!nest || nla_put_u64_64bit(skb, IKEVTI_EVENT_A_COUNT, count,
				       IKEVTI_EVENT_A_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * ikevti_event_sa_limit() - an SA reached a limit
 * @sa: the SA
 * @limit: which
 * @hard: it has expired
 *
 * Context: any, RCU read side or ikevti_mutex; once per limit.
 */
void ikevti_event_sa_limit(struct ikevti_sa *sa, enum ikevti_limit limit,
			   bool hard)
{
	struct nlattr *nest;
	struct message m;
	int err;

	rcu_read_lock();
	if (!begin(&m, sa->idev, IKEVTI_CMD_EVENT_SA_LIMIT))
		goto unlock;
	err = put_sa(m.skb, sa);
	nest = nla_nest_start(m.skb, IKEVTI_A_EVENT);
	if (!nest || nla_put_u32(m.skb, IKEVTI_EVENT_A_LIMIT, limit) ||
	    (hard && nla_put_flag(m.skb, IKEVTI_EVENT_A_HARD)))
		err = -EMSGSIZE;
	else
		nla_nest_end(m.skb, nest);
	send(&m, err);
unlock:
	rcu_read_unlock();
}

/* The path that would be preferred; nothing if there is none */
static int put_best_path(struct sk_buff *skb, const struct ikevti_peer *peer)
{
	const struct ikevti_path *path, *best = NULL;
	struct nlattr *nest;

	list_for_each_entry_rcu(path, &peer->paths, list)
		if (!best || READ_ONCE(path->priority) > READ_ONCE(best->priority))
			best = path;
	if (!best)
		return 0;
	nest = nla_nest_start(skb, IKEVTI_A_PATH);
	if (!nest || nla_put_u32(skb, IKEVTI_PATH_A_ID, best->id))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static bool is_unicast(const struct ikevti_nexthop *nexthop)
{
	__be32 ip4 = nexthop->addr.s6_addr32[0];

	if (nexthop->family == AF_INET)
		return !ipv4_is_multicast(ip4) && !ipv4_is_lbcast(ip4);
	return !ipv6_addr_is_multicast(&nexthop->addr);
}

/*
 * A multipoint device says the same next hop once a second, and others soon
 * after, so that many that wait for an SA all get their turn.
 */
static bool may_say_hop(struct ikevti_dev *idev, struct ikevti_peer *peer,
			const struct ikevti_nexthop *nexthop)
{
	u32 key = jhash2((const u32 *)nexthop, sizeof(*nexthop) / 4, 0);

	if (!is_unicast(nexthop))
		return false;
	if (peer && time_before(jiffies, READ_ONCE(peer->acquire_at) + INTERVAL))
		return false;
	if (!may_say(&idev->acquire_at, READ_ONCE(idev->acquire_key) == key ?
					INTERVAL : INTERVAL_HOP))
		return false;
	WRITE_ONCE(idev->acquire_key, key);
	if (peer)
		WRITE_ONCE(peer->acquire_at, jiffies);
	return true;
}

/**
 * ikevti_event_acquire() - a packet found no SA
 * @idev: device
 * @peer: for whom it was, NULL if nobody is known at its next hop
 * @skb: the packet
 *
 * Context: BH disabled, RCU read side.
 */
void ikevti_event_acquire(struct ikevti_dev *idev, struct ikevti_peer *peer,
			  const struct sk_buff *skb)
{
	const struct ikevti_nexthop *nexthop = NULL;
	struct message m;
	int err = 0;

	if (idev->multipoint)
		nexthop = ikevti_nexthop_of(skb);
	if (nexthop ? !may_say_hop(idev, peer, nexthop) :
		      !may_say(&peer->acquire_at, INTERVAL))
		return;
	if (!begin(&m, idev, IKEVTI_CMD_EVENT_ACQUIRE))
		return;
	if (nexthop)
		err = ikevti_nl_put_nexthop(m.skb, peer, nexthop);
	if (!err && peer)
		err = put_best_path(m.skb, peer);
	send(&m, err);
}

/**
 * ikevti_source_of() - where an outer packet came from
 * @source: result
 * @skb: with outer network and, if @udp, transport header
 * @udp: UDP encapsulated
 *
 * Context: any.
 */
void ikevti_source_of(struct ikevti_source *source, const struct sk_buff *skb,
		      bool udp)
{
	memset(source, 0, sizeof(*source));
	if (ip_hdr(skb)->version == 4) {
		source->family = AF_INET;
		source->addr.ip4 = ip_hdr(skb)->saddr;
	} else {
		source->family = AF_INET6;
		source->addr.ip6 = ipv6_hdr(skb)->saddr;
	}
	source->udp = udp;
	if (udp)
		source->port = udp_hdr(skb)->source;
}

static int put_source(struct sk_buff *msg, const struct ikevti_source *source)
{
	int err;

	if (source->family == AF_INET)
		err = nla_put_in_addr(msg, IKEVTI_PATH_A_REMOTE4,
				      source->addr.ip4);
	else
		err = nla_put_in6_addr(msg, IKEVTI_PATH_A_REMOTE6,
				       &source->addr.ip6);
	if (err || !source->udp)
		return err;
	return nla_put_u16(msg, IKEVTI_PATH_A_REMOTE_PORT,
			   ntohs(source->port));
}

/* Tells sources apart, well enough for a rate limit */
static u32 source_key(const struct ikevti_source *source)
{
	return jhash(&source->addr, sizeof(source->addr),
		     (__force u16)source->port);
}

/**
 * ikevti_event_address() - the newest authenticated packet came from elsewhere
 * @sa: its SA
 * @source: where from
 *
 * Context: softirq, RCU read side.
 */
void ikevti_event_address(struct ikevti_sa *sa,
			  const struct ikevti_source *source)
{
	u32 key = source_key(source);
	struct ikevti_path *path = sa->path;
	struct nlattr *nest;
	struct message m;
	int err;

	/* Another move is news sooner than the same again */
	if (!may_say(&path->address_at, READ_ONCE(path->address_key) == key ?
					INTERVAL : INTERVAL_MOVE))
		return;
	WRITE_ONCE(path->address_key, key);
	if (!begin(&m, sa->idev, IKEVTI_CMD_EVENT_ADDRESS))
		return;
	err = put_sa(m.skb, sa);
	nest = nla_nest_start(m.skb, IKEVTI_A_PATH);
	if (!nest || nla_put_u32(m.skb, IKEVTI_PATH_A_ID, path->id) ||
	    put_source(m.skb, source))
		err = -EMSGSIZE;
	else
		nla_nest_end(m.skb, nest);
	send(&m, err);
}

static bool belongs_to_xfrm(struct net *net, const struct sk_buff *skb,
			    __be32 spi)
{
	const xfrm_address_t *daddr;
	struct xfrm_state *x;
	u16 family;

	if (ip_hdr(skb)->version == 4) {
		daddr = (const xfrm_address_t *)&ip_hdr(skb)->daddr;
		family = AF_INET;
	} else {
		daddr = (const xfrm_address_t *)&ipv6_hdr(skb)->daddr;
		family = AF_INET6;
	}
	x = xfrm_state_lookup(net, skb->mark, daddr, spi, IPPROTO_ESP, family);
	if (!x)
		return false;
	xfrm_state_put(x);
	return true;
}

/**
 * ikevti_event_unknown_spi() - ESP for no SA here
 * @net: underlay namespace
 * @skb: packet or batch, data at the (first) ESP header
 *
 * Only namespaces with devices of ours say anything, and only about packets
 * that are not for xfrm either.
 *
 * Context: softirq.
 */
void ikevti_event_unknown_spi(struct net *net, struct sk_buff *skb)
{
	struct ikevti_net *in = ikevti_pernet(net);
	struct ikevti_source source;
	struct nlattr *nest;
	struct message m;
	__be32 spi;
	int err;

	if (list_empty(&in->devs) || !genl_has_listeners(&ikevti_genl, net, 0) ||
	    skb_copy_bits(skb, 0, &spi, sizeof(spi)) ||
	    belongs_to_xfrm(net, skb, spi))
		return;
	atomic64_add(ikevti_rx_packets(skb), &in->unknown);
	if (!may_say(&in->unknown_at, INTERVAL) ||
	    !begin_net(&m, net, IKEVTI_CMD_EVENT_UNKNOWN_SPI))
		return;
	err = put_count(m.skb, atomic64_xchg(&in->unknown, 0));
	nest = nla_nest_start(m.skb, IKEVTI_A_SA);
	if (!nest || nla_put_u32(m.skb, IKEVTI_SA_A_SPI, ntohl(spi)))
		err = -EMSGSIZE;
	else
		nla_nest_end(m.skb, nest);
	ikevti_source_of(&source, skb, ip_hdr(skb)->version == 4 ?
				       ip_hdr(skb)->protocol == IPPROTO_UDP :
				       ipv6_hdr(skb)->nexthdr == IPPROTO_UDP);
	nest = nla_nest_start(m.skb, IKEVTI_A_PATH);
	if (!nest || put_source(m.skb, &source))
		err = -EMSGSIZE;
	else
		nla_nest_end(m.skb, nest);
	send(&m, err);
}

static void path_event(struct ikevti_path *path, u8 cmd)
{
	struct message m;

	rcu_read_lock();
	if (begin(&m, path->idev, cmd))
		send(&m, ikevti_nl_put_path(m.skb, path));
	rcu_read_unlock();
}

/**
 * ikevti_event_path_state() - a path became usable, or ceased to be
 * @path: the path
 *
 * Context: ikevti_mutex.
 */
void ikevti_event_path_state(struct ikevti_path *path)
{
	path_event(path, IKEVTI_CMD_EVENT_PATH_STATE);
}

/**
 * ikevti_event_pmtu() - a path's MTU changed
 * @path: the path
 *
 * Context: ikevti_mutex.
 */
void ikevti_event_pmtu(struct ikevti_path *path)
{
	path_event(path, IKEVTI_CMD_EVENT_PMTU);
}

/**
 * ikevti_event_auth_failure() - a packet failed its integrity check
 * @sa: the SA, which has counted it
 *
 * Context: softirq, RCU read side.
 */
void ikevti_event_auth_failure(struct ikevti_sa *sa)
{
	struct message m;
	u64 count = 0;

	if (!may_say(&sa->auth_said, INTERVAL) ||
	    !begin(&m, sa->idev, IKEVTI_CMD_EVENT_AUTH_FAILURES))
		return;
	ikevti_sa_counter(sa, IKEVTI_STAT_A_RX_AUTH_FAILED, &count);
	send(&m, put_sa(m.skb, sa) ?: put_count(m.skb, count));
}
