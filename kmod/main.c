// SPDX-License-Identifier: GPL-2.0-only
/*
 * Beginning and end of the module and of namespaces.
 *
 * A namespace holds nothing alive here, and is held alive by nothing here but
 * attached UDP sockets, which hold it by themselves. When it goes, devices
 * created from it that live elsewhere lose their paths and their carrier.
 *
 * Unloading, in order: no new packets from protocol 50; no new requests; all
 * devices; all namespaces with their sockets and timers; then what was queued
 * behind grace periods; then the per-CPU memory of the cipher.
 */
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>

#include "crypt.h"
#include "dev.h"
#include "net.h"
#include "nl.h"
#include "path.h"
#include "proto.h"
#include "sa.h"
#include "sock.h"
#include "spread.h"
#include "stream.h"
#include "tx.h"
#include "version.h"
#include "watch.h"

unsigned int ikevti_net_id __read_mostly;
/* All configuration, of every namespace */
DEFINE_MUTEX(ikevti_mutex);
struct workqueue_struct *ikevti_wq;

static void reap(struct work_struct *work);
static DECLARE_DELAYED_WORK(reap_work, reap);

/**
 * ikevti_reap_soon() - have expired larval SAs and orphaned sockets removed
 * @delay: not before these jiffies have passed
 *
 * Context: ikevti_mutex.
 */
void ikevti_reap_soon(unsigned long delay)
{
	if (!delayed_work_pending(&reap_work) ||
	    time_after(reap_work.timer.expires, jiffies + delay))
		mod_delayed_work(ikevti_wq, &reap_work, delay);
}

/* Remove larval SAs that got no key in time; true if others wait */
static bool reap_larval(struct ikevti_net *in)
{
	struct ikevti_sa *sa, *next;

	list_for_each_entry_safe(sa, next, &in->larval, larval) {
		if (ikevti_seconds() - sa->since < IKEVTI_LARVAL_SECONDS)
			return true;
		ikevti_sa_remove(in, sa);
	}
	return false;
}

static void reap(struct work_struct *work)
{
	bool larval = false, orphans = false;
	struct ikevti_net *in;
	struct net *net;

	down_read(&net_rwsem);
	mutex_lock(&ikevti_mutex);
	for_each_net(net) {
		in = ikevti_pernet(net);
		/* A namespace may be on its way into or out of the list */
		if (!in || !in->net)
			continue;
		larval |= reap_larval(in);
		orphans |= ikevti_sock_reap(in);
	}
	if (orphans)
		ikevti_reap_soon(HZ);
	else if (larval)
		ikevti_reap_soon(10 * HZ);
	mutex_unlock(&ikevti_mutex);
	up_read(&net_rwsem);
}

static int __net_init net_init(struct net *net)
{
	struct ikevti_net *in = ikevti_pernet(net);

	INIT_LIST_HEAD(&in->devs);
	INIT_LIST_HEAD(&in->socks);
	INIT_LIST_HEAD(&in->larval);
	hash_init(in->out);
	ikevti_spi_init(&in->spi);
	ikevti_watch_setup(in);
	in->generation = 1;
	in->unknown_at = jiffies - HZ;
	mutex_lock(&ikevti_mutex);
	in->net = net;
	mutex_unlock(&ikevti_mutex);
	return 0;
}

/*
 * The namespace ends, or the module. After this and a grace period no packet
 * is inside anything of the namespace.
 */
static void __net_exit net_pre_exit(struct net *net)
{
	struct ikevti_net *in = ikevti_pernet(net);
	struct ikevti_dev *idev, *next;
	struct ikevti_sock *s, *s_next;

	rtnl_lock();
	list_for_each_entry_safe(idev, next, &in->devs, list)
		ikevti_dev_unlink(idev);
	rtnl_unlock();
	ikevti_watch_stop(in);

	mutex_lock(&ikevti_mutex);
	list_for_each_entry_safe(s, s_next, &in->socks, list)
		ikevti_sock_detach(s);
	in->net = NULL;
	mutex_unlock(&ikevti_mutex);
}

static void __net_exit net_exit(struct net *net)
{
	struct ikevti_net *in = ikevti_pernet(net);

	ikevti_paths_wait(in);
	ikevti_spi_destroy(&in->spi);
}

static struct pernet_operations net_ops = {
	.init		= net_init,
	.pre_exit	= net_pre_exit,
	.exit		= net_exit,
	.id		= &ikevti_net_id,
	.size		= sizeof(struct ikevti_net),
};

static int __init ikevti_init(void)
{
	int err;

	err = ikevti_crypt_init();
	if (err)
		return err;
	err = -ENOMEM;
	ikevti_wq = alloc_workqueue("ikevti", WQ_MEM_RECLAIM | WQ_UNBOUND, 0);
	if (!ikevti_wq)
		goto crypt;
	err = ikevti_spread_start();
	if (err)
		goto wq;
	err = register_pernet_device(&net_ops);
	if (err)
		goto spread;
	err = ikevti_watch_init();
	if (err)
		goto pernet;
	err = rtnl_link_register(&ikevti_link_ops);
	if (err)
		goto watch;
	err = ikevti_nl_init();
	if (err)
		goto link;
	err = ikevti_proto_init();
	if (err)
		goto nl;
	return 0;
nl:
	ikevti_nl_exit();
link:
	rtnl_link_unregister(&ikevti_link_ops);
watch:
	ikevti_watch_exit();
pernet:
	unregister_pernet_device(&net_ops);
spread:
	ikevti_spread_stop();
wq:
	destroy_workqueue(ikevti_wq);
crypt:
	ikevti_crypt_exit();
	return err;
}

static void __exit ikevti_exit(void)
{
	ikevti_proto_exit();
	ikevti_nl_exit();
	rtnl_link_unregister(&ikevti_link_ops);
	ikevti_watch_exit();
	/* Without devices and requests only the work itself starts it again */
	cancel_delayed_work_sync(&reap_work);
	unregister_pernet_device(&net_ops);
	/* RCU callbacks queue work, and work frees */
	rcu_barrier();
	ikevti_spread_stop();
	destroy_workqueue(ikevti_wq);
	ikevti_owner_exit();
	ikevti_stream_exit();
	ikevti_crypt_exit();
}

module_init(ikevti_init);
module_exit(ikevti_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Route-based IPsec ESP tunnel devices");
MODULE_AUTHOR("The ikevti authors");
MODULE_VERSION(IKEVTI_MODULE_VERSION);
MODULE_ALIAS_RTNL_LINK(IKEVTI_KIND);
MODULE_ALIAS_GENL_FAMILY(IKEVTI_GENL_NAME);
