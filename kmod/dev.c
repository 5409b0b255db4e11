// SPDX-License-Identifier: GPL-2.0-only
/*
 * State of a device: which paths are usable, carrier, MTU.
 *
 * Whoever changes something it depends on calls ikevti_dev_refresh(), or from
 * where that cannot be, ikevti_dev_schedule(). Both end in the same place, so
 * the state never depends on the order of events.
 *
 * Teardown of a device, in the order it happens:
 *   1. the core closes it and makes it invisible (RTNL);
 *   2. link_uninit(): timers stop; paths and SAs become unreachable and their
 *      memory is queued behind a grace period (ikevti_mutex);
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
#include "route.h"
#include "sa.h"
#include "select.h"

/* How soon a path that lost its route is looked at again */
#define ROUTE_RETRY	HZ

static void dev_timer(struct timer_list *timer)
{
	struct ikevti_dev *idev = from_timer(idev, timer, timer);

	ikevti_dev_schedule(idev);
}

/**
 * ikevti_dev_schedule() - have the state looked at soon
 * @idev: device
 *
 * The work holds a reference to the device, and takes RTNL, so it must never
 * be waited for under RTNL: the core waits for the reference instead.
 *
 * Context: any where the device cannot be freed.
 */
void ikevti_dev_schedule(struct ikevti_dev *idev)
{
	dev_hold(idev->dev);
	if (!queue_work(ikevti_wq, &idev->update))
		dev_put(idev->dev);
}

/* Is there a way for outer packets, and how wide is it? */
static bool probe_route(struct ikevti_dev *idev, struct ikevti_path *path)
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
		ret = ikevti_route_probe(idev, net, ep, path->id);
	if (ret < 0) {
		WRITE_ONCE(path->no_route, true);
		return false;
	}
	if (path->pmtu != ret) {
		bool known = path->pmtu;

		path->pmtu = ret;
		if (known)
			ikevti_event_pmtu(path);
	}
	return true;
}

/* Look at one path. Returns whether it only lacks a route. */
static bool refresh_path(struct ikevti_dev *idev, struct ikevti_path *path)
{
	bool routed, usable;
	int lanes;

	lanes = ikevti_path_update_lanes(path);
	routed = probe_route(idev, path);
	usable = path->state == IKEVTI_PATH_UP && lanes && routed;
	if (usable != path->usable) {
		path->usable = usable;
		ikevti_event_path_state(path);
	}
	return !routed && path->state != IKEVTI_PATH_DOWN;
}

/* Of its lanes the one with the longest packets decides */
static u32 path_mtu(const struct ikevti_path *path)
{
	const struct ikevti_endpoint *ep = ikevti_path_endpoint(path);
	bool udp = ep->encap == IKEVTI_ENCAP_UDP;
	const struct ikevti_cipher *usual;
	const struct ikevti_sa *sa;
	u32 mtu = 0, this;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(path->lane); i++) {
		if (!path->lane[i])
			continue;
		sa = rcu_dereference_protected(path->lane[i]->out,
					       lockdep_is_held(&ikevti_mutex));
		if (!sa)
			continue;
		this = ikevti_esp_mtu(&sa->format, path->pmtu, ep->family, udp);
		if (!mtu || this < mtu)
			mtu = this;
	}
	if (mtu)
		return mtu;
	/* It has no SA yet */
	usual = ikevti_cipher_find(IKEVTI_AEAD_AES_GCM_16);
	return ikevti_esp_mtu(&usual->format, path->pmtu, ep->family, udp);
}

/* The narrowest path decides, so that failover finds packets that fit */
static u32 compute_mtu(struct ikevti_dev *idev)
{
	struct ikevti_path *path;
	u32 mtu = 0, this;

	list_for_each_entry(path, &idev->paths, list) {
		if (!path->pmtu)
			continue;
		this = path_mtu(path);
		if (!mtu || this < mtu)
			mtu = this;
	}
	return mtu;
}

static void set_state(struct ikevti_dev *idev, enum ikevti_dev_state state)
{
	struct net_device *dev = idev->dev;

	if (state == IKEVTI_DEV_DORMANT)
		idev->gap_since = get_jiffies_64();
	idev->state = state;
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

/*
 * Usable, so running. A short gap while paths are configured is dormant: next
 * hops that point here survive that. Returns jiffies until the gap is over, 0
 * if there is none to wait for.
 */
static unsigned long update_state(struct ikevti_dev *idev, bool usable)
{
	bool forever = idev->hold_time == IKEVTI_HOLD_FOREVER;
	u64 gap, hold;

	if (usable) {
		if (idev->state != IKEVTI_DEV_RUNNING)
			set_state(idev, IKEVTI_DEV_RUNNING);
		return 0;
	}
	if (idev->n_paths && forever) {
		if (idev->state != IKEVTI_DEV_DORMANT)
			set_state(idev, IKEVTI_DEV_DORMANT);
		return 0;
	}
	if (idev->state == IKEVTI_DEV_DOWN)
		return 0;
	if (idev->state == IKEVTI_DEV_RUNNING && idev->n_paths)
		set_state(idev, IKEVTI_DEV_DORMANT);
	gap = get_jiffies_64() - idev->gap_since;
	hold = msecs_to_jiffies(idev->hold_time);
	if (idev->n_paths && gap < hold)
		return hold - gap;
	set_state(idev, IKEVTI_DEV_DOWN);
	return 0;
}

/**
 * ikevti_dev_refresh() - bring everything but the MTU up to date
 * @idev: device
 *
 * Context: ikevti_mutex, may sleep. ikevti_dev_sync_mtu() belongs after it,
 * when the lock is released.
 */
void ikevti_dev_refresh(struct ikevti_dev *idev)
{
	bool usable = false, again = false, expired = false;
	unsigned long wait;
	struct ikevti_path *path;

	if (!rcu_access_pointer(idev->underlay))
		return;
	list_for_each_entry(path, &idev->paths, list) {
		again |= refresh_path(idev, path);
		usable |= path->usable;
		expired |= path->state == IKEVTI_PATH_UP &&
			   ikevti_path_expired(path);
	}
	WRITE_ONCE(idev->expired, expired && !usable);
	ikevti_select_update(idev);
	WRITE_ONCE(idev->mtu, compute_mtu(idev));

	wait = update_state(idev, usable);
	if (again && (!wait || wait > ROUTE_RETRY))
		wait = ROUTE_RETRY;
	if (wait)
		mod_timer(&idev->timer, jiffies + wait);
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

static void dev_update(struct work_struct *work)
{
	struct ikevti_dev *idev = container_of(work, struct ikevti_dev, update);

	mutex_lock(&ikevti_mutex);
	ikevti_dev_refresh(idev);
	mutex_unlock(&ikevti_mutex);
	ikevti_dev_sync_mtu(idev);
	dev_put(idev->dev);
}

/* Make lists, work and timer of a new device */
void ikevti_dev_setup(struct ikevti_dev *idev)
{
	INIT_LIST_HEAD(&idev->list);
	INIT_LIST_HEAD(&idev->paths);
	INIT_LIST_HEAD(&idev->sas);
	INIT_WORK(&idev->update, dev_update);
	timer_setup(&idev->timer, dev_timer, 0);
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
	ikevti_net_changed(in);
	mutex_unlock(&ikevti_mutex);
}

/**
 * ikevti_dev_flush() - remove all paths and SAs
 * @in: underlay namespace
 * @idev: device
 *
 * Context: ikevti_mutex.
 */
void ikevti_dev_flush(struct ikevti_net *in, struct ikevti_dev *idev)
{
	struct ikevti_path *path, *next;
	struct ikevti_sa *sa, *next_sa;

	list_for_each_entry_safe(path, next, &idev->paths, list)
		ikevti_path_remove(in, path);
	/* Larval ones belong to no path yet */
	list_for_each_entry_safe(sa, next_sa, &idev->sas, list)
		ikevti_sa_remove(in, sa);
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
		set_state(idev, IKEVTI_DEV_DOWN);
		ikevti_net_changed(in);
	}
	mutex_unlock(&ikevti_mutex);

	/* Nothing arms it without an underlay */
	ikevti_timer_stop(&idev->timer);
	if (cancel_work(&idev->update))
		dev_put(idev->dev);
}
