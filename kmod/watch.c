// SPDX-License-Identifier: GPL-2.0-only
/*
 * What happens to an underlay without a packet of ours being in it: devices,
 * addresses, routes, rules and next hops come and go. Whatever it was, all
 * devices over the namespace are looked at again.
 *
 * Notifiers may be called a moment before what they tell of is done, and for
 * each of the thousands of routes that a routing daemon brings. So the first
 * call starts a look at once, and every look that was asked for is followed by
 * another one INTERVAL later; those in between wait for it.
 *
 * Routes are watched only where devices have their underlay: every change of
 * a route would cost a little there, and the end of a namespace a grace period.
 */
#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <net/addrconf.h>
#include <net/fib_notifier.h>

#include "dev.h"
#include "net.h"
#include "watch.h"

#define INTERVAL	(HZ / 10)

/* Context: ikevti_mutex */
static void look(struct ikevti_net *in)
{
	struct ikevti_dev *idev;

	list_for_each_entry(idev, &in->devs, list)
		ikevti_dev_schedule(idev);
}

/* Something changed. Context: any. */
static void changed(struct ikevti_net *in)
{
	if (list_empty(&in->devs))
		return;
	WRITE_ONCE(in->look_again, true);
	queue_delayed_work(ikevti_wq, &in->refresh, 0);
}

static int fib_event(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct ikevti_net *in = container_of(nb, struct ikevti_net, fib_nb);

	/* What is told at registration is there already */
	if (READ_ONCE(in->fib_watched))
		changed(in);
	return NOTIFY_DONE;
}

/* Takes RTNL on older kernels, which who makes a device has */
static void watch_fib(struct ikevti_net *in)
{
	int err;

	if (in->fib_watched)
		return;
	in->fib_nb.notifier_call = fib_event;
	err = register_fib_notifier(in->net, &in->fib_nb, NULL, NULL);
	/* Routes change too fast to be listed: later then */
	if (err)
		WRITE_ONCE(in->look_again, true);
	else
		WRITE_ONCE(in->fib_watched, true);
}

static void refresh(struct work_struct *work)
{
	struct ikevti_net *in = container_of(to_delayed_work(work),
					     struct ikevti_net, refresh);
	bool again = READ_ONCE(in->look_again);

	WRITE_ONCE(in->look_again, false);
	watch_fib(in);
	mutex_lock(&ikevti_mutex);
	look(in);
	mutex_unlock(&ikevti_mutex);
	if (again || READ_ONCE(in->look_again))
		queue_delayed_work(ikevti_wq, &in->refresh, INTERVAL);
}

static int netdev_event(struct notifier_block *nb, unsigned long event,
			void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);

	switch (event) {
	case NETDEV_UP:
	case NETDEV_DOWN:
	case NETDEV_CHANGE:
	case NETDEV_CHANGEMTU:
		if (dev->rtnl_link_ops != &ikevti_link_ops)
			changed(ikevti_pernet(dev_net(dev)));
	}
	return NOTIFY_DONE;
}

static int address4_event(struct notifier_block *nb, unsigned long event,
			  void *ptr)
{
	const struct in_ifaddr *ifa = ptr;

	changed(ikevti_pernet(dev_net(ifa->ifa_dev->dev)));
	return NOTIFY_DONE;
}

static int address6_event(struct notifier_block *nb, unsigned long event,
			  void *ptr)
{
	const struct inet6_ifaddr *ifa = ptr;

	changed(ikevti_pernet(dev_net(ifa->idev->dev)));
	return NOTIFY_DONE;
}

static struct notifier_block netdev_nb = { .notifier_call = netdev_event };
static struct notifier_block address4_nb = { .notifier_call = address4_event };
static struct notifier_block address6_nb = { .notifier_call = address6_event };

/**
 * ikevti_watch_setup() - prepare a namespace
 * @in: new namespace
 */
void ikevti_watch_setup(struct ikevti_net *in)
{
	INIT_DELAYED_WORK(&in->refresh, refresh);
}

/**
 * ikevti_watch_start() - look at routes of a namespace from now on
 * @in: underlay namespace, with a device in its list
 *
 * Context: any.
 */
void ikevti_watch_start(struct ikevti_net *in)
{
	if (!READ_ONCE(in->fib_watched))
		queue_delayed_work(ikevti_wq, &in->refresh, 0);
}

/**
 * ikevti_watch_stop() - counterpart of ikevti_watch_start()
 * @in: namespace without devices, which gets none any more
 *
 * Context: process, no locks.
 */
void ikevti_watch_stop(struct ikevti_net *in)
{
	cancel_delayed_work_sync(&in->refresh);
	if (in->fib_watched)
		unregister_fib_notifier(in->net, &in->fib_nb);
	in->fib_watched = false;
}

/**
 * ikevti_watch_init() - have changes told
 *
 * Context: process; namespaces are prepared.
 * Return: 0 or an error.
 */
int ikevti_watch_init(void)
{
	int err = register_netdevice_notifier(&netdev_nb);

	if (err)
		return err;
	err = register_inetaddr_notifier(&address4_nb);
	if (err)
		goto netdev;
	err = register_inet6addr_notifier(&address6_nb);
	if (err)
		goto address4;
	return 0;
address4:
	unregister_inetaddr_notifier(&address4_nb);
netdev:
	unregister_netdevice_notifier(&netdev_nb);
	return err;
}

/* Counterpart of ikevti_watch_init() */
void ikevti_watch_exit(void)
{
	unregister_inet6addr_notifier(&address6_nb);
	unregister_inetaddr_notifier(&address4_nb);
	unregister_netdevice_notifier(&netdev_nb);
}
