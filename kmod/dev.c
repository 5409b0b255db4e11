// SPDX-License-Identifier: GPL-2.0-only
/*
 * State of a device and its peers: which paths are usable, carrier, MTU.
 *
 * Whoever changes something that a peer's state depends on calls
 * ikevti_peer_refresh(), or from where that cannot be, ikevti_peer_schedule().
 * Both end in the same place, so the state never depends on the order of
 * events. What concerns all peers of a device goes to ikevti_dev_schedule().
 *
 * The carrier of a point-to-point device is its peer's state. A multipoint
 * device always has one, since its routes lead to many: for a packet whose
 * peer cannot be reached its sender gets an ICMP error.
 *
 * Teardown of a device, in the order it happens:
 *   1. the core closes it and makes it invisible (RTNL);
 *   2. link_uninit(): timers stop; peers, paths and SAs become unreachable and
 *      their memory is queued behind a grace period (ikevti_mutex);
 *   3. the core waits for a grace period and all references: packets that had
 *      found an SA have left, the update work has run or dropped out;
 *   4. link_destroy(): queues are purged, per-CPU memory freed.
 * A dying underlay namespace does step 2 for devices that live elsewhere.
 */
#include <linux/ipv6.h>
#include <linux/rtnetlink.h>

#include "crypt.h"
#include "dev.h"
#include "esp.h"
#include "event.h"
#include "net.h"
#include "path.h"
#include "path_state.h"
#include "route.h"
#include "sa.h"
#include "select.h"
#include "watch.h"

/* How soon a path that lost its route is looked at again */
#define ROUTE_RETRY	HZ
/* How often all peers of a multipoint device are looked at */
#define WALK_INTERVAL	HZ

/*
 * The work holds a reference to the device, and takes RTNL, so it must never
 * be waited for under RTNL: the core waits for the reference instead.
 */
static void queue_update(struct ikevti_dev *idev)
{
	dev_hold(idev->dev);
	if (!queue_work(ikevti_wq, &idev->update))
		dev_put(idev->dev);
}

static void dev_timer(struct timer_list *timer)
{
	struct ikevti_dev *idev = from_timer(idev, timer, timer);

	queue_update(idev);
}

static void mark_dirty(struct ikevti_peer *peer)
{
	struct ikevti_dev *idev = peer->idev;
	unsigned long flags;

	spin_lock_irqsave(&idev->dirty_lock, flags);
	if (!peer->gone && list_empty(&peer->dirty))
		list_add_tail(&peer->dirty, &idev->dirty);
	spin_unlock_irqrestore(&idev->dirty_lock, flags);
}

/**
 * ikevti_peer_schedule() - have a peer's state looked at soon
 * @peer: found under RCU, or linked
 *
 * Context: any where the device cannot be freed.
 */
void ikevti_peer_schedule(struct ikevti_peer *peer)
{
	mark_dirty(peer);
	queue_update(peer->idev);
}

static void peer_timer(struct timer_list *timer)
{
	struct ikevti_peer *peer = from_timer(peer, timer, timer);

	ikevti_peer_schedule(peer);
}

/**
 * ikevti_dev_schedule() - have the state of all peers looked at soon
 * @idev: device
 *
 * Many peers take their time, so that is not done more often than once in a
 * while. A packet that finds its path gone does not wait for it.
 *
 * Context: any where the device cannot be freed.
 */
void ikevti_dev_schedule(struct ikevti_dev *idev)
{
	unsigned long next = READ_ONCE(idev->walked_at) + WALK_INTERVAL;

	WRITE_ONCE(idev->look_at_all, true);
	if (idev->multipoint && time_before(jiffies, next))
		mod_timer(&idev->timer, next);
	else
		queue_update(idev);
}

/* Is there a way for outer packets, and how wide is it? */
static int probe_route(struct ikevti_dev *idev, struct ikevti_path *path)
{
	const struct ikevti_endpoint *ep;
	struct net *net;
	int ret;

	net = rcu_dereference_protected(idev->underlay,
					lockdep_is_held(&ikevti_mutex));
	ep = ikevti_path_endpoint(path);
	/* Before the lookup: a sender that fails after it must be heard */
	WRITE_ONCE(path->no_route, false);
	if (ep->encap == IKEVTI_ENCAP_UDP && !rcu_access_pointer(path->sock))
		ret = -ENOTCONN;
	else
		ret = ikevti_route_probe(idev, net, ep, path->id, &path->oif);
	if (ret < 0) {
		WRITE_ONCE(path->no_route, true);
		return ret;
	}
	if (path->pmtu != ret) {
		bool known = path->pmtu;

		path->pmtu = ret;
		if (known)
			ikevti_event_pmtu(path);
	}
	return 0;
}

/* Look at one path. Returns whether it only lacks a route. */
static bool refresh_path(struct ikevti_dev *idev, struct ikevti_path *path)
{
	int lanes = ikevti_path_update_lanes(path);
	int route = probe_route(idev, path);
	enum ikevti_reason reason;

	reason = ikevti_path_judge(path, lanes, route);
	if (reason != path->reason) {
		path->reason = reason;
		path->usable = reason == IKEVTI_REASON_NONE;
		ikevti_event_path_state(path);
	}
	return route && path->state != IKEVTI_PATH_DOWN;
}

/* At least 1, where no packet fits: 0 means that nothing is known */
static u32 format_mtu(const struct ikevti_path *path,
		      const struct ikevti_format *format)
{
	const struct ikevti_endpoint *ep = ikevti_path_endpoint(path);

	return ikevti_esp_mtu(format, path->pmtu, ep->family,
			      ep->encap == IKEVTI_ENCAP_UDP) ?: 1;
}

/* Of its lanes the one with the longest packets decides */
static u32 path_mtu(const struct ikevti_path *path)
{
	const struct ikevti_sa *sa;
	u32 mtu = 0, this;
	unsigned int i;

	for (i = 0; i < path->n_lanes; i++) {
		if (!path->lane[i])
			continue;
		sa = rcu_dereference_protected(path->lane[i]->out,
					       lockdep_is_held(&ikevti_mutex));
		if (!sa)
			continue;
		this = format_mtu(path, &sa->format);
		if (!mtu || this < mtu)
			mtu = this;
	}
	if (mtu)
		return mtu;
	/* It has no SA yet */
	return format_mtu(path, &ikevti_cipher_find(IKEVTI_AEAD_AES_GCM_16)->format);
}

/* The narrowest path decides, so that failover finds packets that fit */
static u32 compute_mtu(struct ikevti_peer *peer)
{
	struct ikevti_path *path;
	u32 mtu = 0, this;

	list_for_each_entry(path, &peer->paths, list) {
		if (!path->pmtu)
			continue;
		this = path_mtu(path);
		if (!mtu || this < mtu)
			mtu = this;
	}
	return mtu;
}

/* Find out anew how large the largest inner MTU is */
static void find_widest(struct ikevti_dev *idev)
{
	struct ikevti_peer *peer;
	unsigned int n = 0;
	u32 mtu = 0;

	ikevti_for_each_peer(peer, idev) {
		if (peer->mtu > mtu) {
			mtu = peer->mtu;
			n = 0;
		}
		n += peer->mtu == mtu;
	}
	WRITE_ONCE(idev->mtu, mtu);
	idev->n_widest = n;
}

/*
 * The widest peer decides for the device, and each packet is held against what
 * its own peer takes. Others are looked at only when the last of the widest
 * becomes narrower.
 */
static void set_mtu(struct ikevti_peer *peer, u32 mtu)
{
	struct ikevti_dev *idev = peer->idev;
	u32 old = peer->mtu;

	if (mtu == old)
		return;
	peer->mtu = mtu;
	if (mtu > idev->mtu) {
		WRITE_ONCE(idev->mtu, mtu);
		idev->n_widest = 1;
	} else if (mtu == idev->mtu) {
		idev->n_widest++;
	} else if (old == idev->mtu && !--idev->n_widest) {
		find_widest(idev);
	}
}

static void set_carrier(struct net_device *dev, enum ikevti_dev_state state)
{
	switch (state) {
	case IKEVTI_DEV_RUNNING:
		netif_dormant_off(dev);
		netif_carrier_on(dev);
		break;
	case IKEVTI_DEV_DORMANT:
		netif_dormant_on(dev);
		netif_carrier_on(dev);
		break;
	case IKEVTI_DEV_DOWN:
		netif_carrier_off(dev);
		netif_dormant_off(dev);
		break;
	}
}

static void set_state(struct ikevti_peer *peer, enum ikevti_dev_state state)
{
	if (state == IKEVTI_DEV_DORMANT)
		peer->gap_since = get_jiffies_64();
	peer->state = state;
	if (!peer->idev->multipoint)
		set_carrier(peer->idev->dev, state);
}

/*
 * Usable, so running. A short gap while paths are configured is dormant: next
 * hops that point here survive that. Returns jiffies until the gap is over, 0
 * if there is none to wait for.
 */
static unsigned long update_state(struct ikevti_peer *peer, bool usable)
{
	bool forever = peer->idev->hold_time == IKEVTI_HOLD_FOREVER;
	u64 gap, hold;

	if (usable) {
		if (peer->state != IKEVTI_DEV_RUNNING)
			set_state(peer, IKEVTI_DEV_RUNNING);
		return 0;
	}
	if (peer->n_paths && forever) {
		if (peer->state != IKEVTI_DEV_DORMANT)
			set_state(peer, IKEVTI_DEV_DORMANT);
		return 0;
	}
	if (peer->state == IKEVTI_DEV_DOWN)
		return 0;
	if (peer->state == IKEVTI_DEV_RUNNING && peer->n_paths)
		set_state(peer, IKEVTI_DEV_DORMANT);
	gap = get_jiffies_64() - peer->gap_since;
	hold = msecs_to_jiffies(peer->idev->hold_time);
	if (peer->n_paths && gap < hold)
		return hold - gap;
	set_state(peer, IKEVTI_DEV_DOWN);
	return 0;
}

/**
 * ikevti_peer_refresh() - bring all of a peer but the device's MTU up to date
 * @peer: the peer
 *
 * Context: ikevti_mutex, may sleep. ikevti_dev_sync_mtu() belongs after it,
 * when the lock is released.
 */
void ikevti_peer_refresh(struct ikevti_peer *peer)
{
	bool usable = false, again = false, expired = false;
	struct ikevti_dev *idev = peer->idev;
	struct ikevti_path *path;
	unsigned long wait;

	if (!rcu_access_pointer(idev->underlay))
		return;
	list_for_each_entry(path, &peer->paths, list) {
		again |= refresh_path(idev, path);
		usable |= path->usable;
		expired |= path->state == IKEVTI_PATH_UP &&
			   ikevti_path_expired(path);
	}
	WRITE_ONCE(peer->expired, expired && !usable);
	ikevti_select_update(peer);
	set_mtu(peer, compute_mtu(peer));

	wait = update_state(peer, usable);
	if (again && (!wait || wait > ROUTE_RETRY))
		wait = ROUTE_RETRY;
	if (wait)
		mod_timer(&peer->timer, jiffies + wait);
}

/**
 * ikevti_peer_retire() - nothing is to be kept up to date any more
 * @peer: of a multipoint device, without paths
 *
 * Context: ikevti_mutex.
 */
void ikevti_peer_retire(struct ikevti_peer *peer)
{
	unsigned long flags;

	spin_lock_irqsave(&peer->idev->dirty_lock, flags);
	peer->gone = true;
	list_del_init(&peer->dirty);
	spin_unlock_irqrestore(&peer->idev->dirty_lock, flags);
	ikevti_timer_stop(&peer->timer);
	set_mtu(peer, 0);
}

/**
 * ikevti_dev_state() - what the carrier says
 * @idev: device
 *
 * Context: ikevti_mutex.
 */
enum ikevti_dev_state ikevti_dev_state(const struct ikevti_dev *idev)
{
	if (!idev->multipoint)
		return idev->peer.state;
	return rcu_access_pointer(idev->underlay) ? IKEVTI_DEV_RUNNING :
						    IKEVTI_DEV_DOWN;
}

/**
 * ikevti_dev_sync_mtu() - let the device's MTU follow the computed one
 * @idev: device with a reference or otherwise kept
 *
 * Never below what IPv6 needs, or the stack would take IPv6 off the device.
 *
 * Context: process, neither RTNL nor ikevti_mutex held.
 */
void ikevti_dev_sync_mtu(struct ikevti_dev *idev)
{
	struct net_device *dev = idev->dev;
	u32 mtu = READ_ONCE(idev->mtu);

	if (!mtu || READ_ONCE(idev->mtu_fixed))
		return;
	mtu = clamp_t(u32, mtu, IPV6_MIN_MTU, dev->max_mtu);
	if (mtu == READ_ONCE(dev->mtu))
		return;
	rtnl_lock();
	if (dev->reg_state == NETREG_REGISTERED && !idev->mtu_fixed) {
		idev->mtu_ours = true;
		dev_set_mtu(dev, mtu);
		idev->mtu_ours = false;
	}
	rtnl_unlock();
}

static void mark_all(struct ikevti_dev *idev)
{
	struct ikevti_peer *peer;

	mutex_lock(&ikevti_mutex);
	WRITE_ONCE(idev->walked_at, jiffies);
	ikevti_for_each_peer(peer, idev)
		mark_dirty(peer);
	mutex_unlock(&ikevti_mutex);
}

/* Look at one peer of those that need it; false if there is none */
static bool update_one(struct ikevti_dev *idev)
{
	struct ikevti_peer *peer;

	mutex_lock(&ikevti_mutex);
	spin_lock_irq(&idev->dirty_lock);
	peer = list_first_entry_or_null(&idev->dirty, struct ikevti_peer, dirty);
	if (peer)
		list_del_init(&peer->dirty);
	spin_unlock_irq(&idev->dirty_lock);
	if (peer)
		ikevti_peer_refresh(peer);
	mutex_unlock(&ikevti_mutex);
	return peer;
}

static void dev_update(struct work_struct *work)
{
	struct ikevti_dev *idev = container_of(work, struct ikevti_dev, update);

	if (xchg(&idev->look_at_all, false))
		mark_all(idev);
	while (update_one(idev))
		cond_resched();
	ikevti_dev_sync_mtu(idev);
	dev_put(idev->dev);
}

/**
 * ikevti_peer_setup() - make lists and timer of a new peer
 * @peer: zeroed
 * @idev: its device
 * @id: its number
 */
void ikevti_peer_setup(struct ikevti_peer *peer, struct ikevti_dev *idev,
		       u32 id)
{
	peer->idev = idev;
	peer->id = id;
	peer->acquire_at = jiffies - HZ;
	INIT_LIST_HEAD(&peer->paths);
	INIT_LIST_HEAD(&peer->sas);
	INIT_LIST_HEAD(&peer->dirty);
	timer_setup(&peer->timer, peer_timer, 0);
}

/* Make lists, work and timer of a new device */
void ikevti_dev_setup(struct ikevti_dev *idev)
{
	INIT_LIST_HEAD(&idev->list);
	INIT_LIST_HEAD(&idev->dirty);
	spin_lock_init(&idev->dirty_lock);
	xa_init_flags(&idev->peers, XA_FLAGS_ACCOUNT);
	ikevti_peer_setup(&idev->peer, idev, 0);
	INIT_WORK(&idev->update, dev_update);
	timer_setup(&idev->timer, dev_timer, 0);
	idev->walked_at = jiffies - WALK_INTERVAL;
	idev->acquire_at = jiffies - HZ;
}

/**
 * ikevti_dev_link() - make a registered device controllable
 * @in: underlay namespace
 * @idev: device
 *
 * Context: RTNL.
 */
void ikevti_dev_link(struct ikevti_net *in, struct ikevti_dev *idev)
{
	mutex_lock(&ikevti_mutex);
	rcu_assign_pointer(idev->underlay, in->net);
	list_add_tail(&idev->list, &in->devs);
	if (idev->multipoint)
		set_carrier(idev->dev, IKEVTI_DEV_RUNNING);
	ikevti_net_changed(in);
	mutex_unlock(&ikevti_mutex);
	ikevti_watch_start(in);
}

/**
 * ikevti_dev_flush() - remove all peers, paths and SAs
 * @in: underlay namespace
 * @idev: device
 *
 * Context: ikevti_mutex.
 */
void ikevti_dev_flush(struct ikevti_net *in, struct ikevti_dev *idev)
{
	struct ikevti_peer *peer;

	while ((peer = ikevti_peer_from(idev, 1)))
		ikevti_peer_remove(in, peer);
	ikevti_peer_flush(in, &idev->peer);
}

/**
 * ikevti_dev_unlink() - undo ikevti_dev_link()
 * @idev: device, or one whose underlay is gone already
 *
 * Context: RTNL.
 */
void ikevti_dev_unlink(struct ikevti_dev *idev)
{
	struct ikevti_net *in;
	struct net *net;

	mutex_lock(&ikevti_mutex);
	net = rcu_dereference_protected(idev->underlay,
					lockdep_is_held(&ikevti_mutex));
	if (net) {
		in = ikevti_pernet(net);
		ikevti_dev_flush(in, idev);
		list_del(&idev->list);
		RCU_INIT_POINTER(idev->underlay, NULL);
		set_state(&idev->peer, IKEVTI_DEV_DOWN);
		set_carrier(idev->dev, IKEVTI_DEV_DOWN);
		ikevti_net_changed(in);
	}
	mutex_unlock(&ikevti_mutex);

	/* Nothing arms them without an underlay */
	ikevti_timer_stop(&idev->timer);
	ikevti_timer_stop(&idev->peer.timer);
	if (cancel_work(&idev->update))
		dev_put(idev->dev);
}
