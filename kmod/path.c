// SPDX-License-Identifier: GPL-2.0-only
#include <linux/slab.h>
#include <linux/wait_bit.h>

#include "dev.h"
#include "net.h"
#include "path.h"
#include "peer.h"
#include "sa.h"
#include "select.h"
#include "sock.h"

/**
 * ikevti_path_find() - a path by number
 * @peer: peer
 * @id: chosen by userspace
 *
 * Context: ikevti_mutex.
 * Return: the path or NULL.
 */
struct ikevti_path *ikevti_path_find(struct ikevti_peer *peer, u32 id)
{
	struct ikevti_path *path;

	list_for_each_entry(path, &peer->paths, list)
		if (path->id == id)
			return path;
	return NULL;
}

/**
 * ikevti_path_alloc() - memory for a path
 * @peer: peer
 * @id: chosen by userspace
 *
 * Return: the path, to be freed with ikevti_path_free() until it is linked, or
 * NULL.
 */
struct ikevti_path *ikevti_path_alloc(struct ikevti_peer *peer, u32 id)
{
	struct ikevti_path *path = kzalloc(sizeof(*path), GFP_KERNEL_ACCOUNT);

	if (!path)
		return NULL;
	path->idev = peer->idev;
	path->peer = peer;
	path->id = id;
	path->weight = 1;
	path->address_at = jiffies - HZ;
	path->reason = IKEVTI_REASON_NO_SA;
	INIT_LIST_HEAD(&path->list);
	INIT_LIST_HEAD(&path->sas);
	ikevti_keepalive_init(path);
	return path;
}

/**
 * ikevti_path_free() - free a path that nobody can reach
 * @path: the path
 */
void ikevti_path_free(struct ikevti_path *path)
{
	unsigned int i;

	for (i = 0; i < path->n_lanes; i++) {
		if (!path->lane[i])
			continue;
		dst_cache_destroy(&path->lane[i]->dst);
		kfree(path->lane[i]);
	}
	kfree(path->lane);
	kfree(rcu_dereference_protected(path->active, true));
	kfree(rcu_dereference_protected(path->endpoint, true));
	kfree(path);
}

static void path_free_work(struct work_struct *work)
{
	struct ikevti_path *path = container_of(to_rcu_work(work),
						struct ikevti_path, rwork);
	struct ikevti_net *in = path->in;

	ikevti_path_free(path);
	/* The namespace may be gone right after this: its address is a key only */
	if (atomic_dec_and_test(&in->freeing))
		wake_up_var(&in->freeing);
}

/**
 * ikevti_paths_wait() - wait until the paths that were removed are freed
 * @in: underlay namespace that ends, in which no path is made any more
 *
 * Their caches hold routes, and IPv6's must be gone before IPv6 has left the
 * namespace.
 *
 * Context: process, sleeps for a grace period if there are any.
 */
void ikevti_paths_wait(struct ikevti_net *in)
{
	wait_var_event(&in->freeing, !atomic_read(&in->freeing));
}

/**
 * ikevti_path_link() - make a path part of its peer
 * @in: underlay namespace
 * @path: with an endpoint
 *
 * Context: ikevti_mutex. The caller refreshes the device afterwards.
 */
void ikevti_path_link(struct ikevti_net *in, struct ikevti_path *path)
{
	list_add_tail_rcu(&path->list, &path->peer->paths);
	path->peer->n_paths++;
	ikevti_net_changed(in);
}

/**
 * ikevti_path_remove() - take a path and its SAs from its peer
 * @in: underlay namespace
 * @path: linked
 *
 * Context: ikevti_mutex, may sleep. The caller refreshes the device afterwards.
 */
void ikevti_path_remove(struct ikevti_net *in, struct ikevti_path *path)
{
	struct ikevti_sa *sa, *next;

	list_for_each_entry_safe(sa, next, &path->sas, of_path)
		ikevti_sa_remove(in, sa);

	WRITE_ONCE(path->keepalive_ms, 0);
	ikevti_timer_stop(&path->keepalive);
	RCU_INIT_POINTER(path->sock, NULL);
	list_del_rcu(&path->list);
	path->peer->n_paths--;
	ikevti_net_changed(in);
	/* The grace period must begin when no new sender can find the path */
	ikevti_select_update(path->peer);
	path->in = in;
	atomic_inc(&in->freeing);
	INIT_RCU_WORK(&path->rwork, path_free_work);
	queue_rcu_work(ikevti_wq, &path->rwork);
}

/**
 * ikevti_path_set_endpoint() - give a path its outer addresses
 * @in: underlay namespace
 * @path: the path
 * @ep: its new endpoint, owned by the path from here on
 *
 * Context: ikevti_mutex.
 */
void ikevti_path_set_endpoint(struct ikevti_net *in, struct ikevti_path *path,
			      struct ikevti_endpoint *ep)
{
	struct ikevti_endpoint *old;
	struct ikevti_sock *sock = NULL;

	if (ep->encap == IKEVTI_ENCAP_UDP)
		sock = ikevti_sock_find(in, ep->family, ep->local_port);
	old = rcu_replace_pointer(path->endpoint, ep,
				  lockdep_is_held(&ikevti_mutex));
	rcu_assign_pointer(path->sock, sock);
	path->oif = 0;
	ikevti_path_reset_routes(path);
	if (old)
		kfree_rcu(old, rcu);
}

/**
 * ikevti_path_reset_routes() - forget the cached outer routes
 * @path: the path
 *
 * And what fitted through them: the next packet has the path looked at.
 *
 * Context: ikevti_mutex.
 */
void ikevti_path_reset_routes(struct ikevti_path *path)
{
	unsigned int i;

	for (i = 0; i < path->n_lanes; i++)
		if (path->lane[i]) {
			dst_cache_reset(&path->lane[i]->dst);
			WRITE_ONCE(path->lane[i]->mtu, 0);
		}
}

/* Most paths have a single lane, others get room for all when it is needed */
static int make_room(struct ikevti_path *path, u32 id)
{
	unsigned int n = id ? IKEVTI_LANES_MAX : 1;
	struct ikevti_lane **lane;

	if (id < path->n_lanes)
		return 0;
	lane = kcalloc(n, sizeof(*lane), GFP_KERNEL_ACCOUNT);
	if (!lane)
		return -ENOMEM;
	if (path->n_lanes)
		memcpy(lane, path->lane, path->n_lanes * sizeof(*lane));
	kfree(path->lane);
	path->lane = lane;
	path->n_lanes = n;
	return 0;
}

/**
 * ikevti_path_lane() - a lane by number, made if it does not exist
 * @path: the path
 * @id: below IKEVTI_LANES_MAX
 *
 * Context: ikevti_mutex, may sleep.
 * Return: the lane or an error pointer.
 */
struct ikevti_lane *ikevti_path_lane(struct ikevti_path *path, u32 id)
{
	struct ikevti_lane *lane;
	int err;

	err = make_room(path, id);
	if (err)
		return ERR_PTR(err);
	if (path->lane[id])
		return path->lane[id];
	lane = kzalloc(sizeof(*lane), GFP_KERNEL_ACCOUNT);
	if (!lane)
		return ERR_PTR(-ENOMEM);
	lane->id = id;
	err = dst_cache_init(&lane->dst, GFP_KERNEL_ACCOUNT);
	if (err) {
		kfree(lane);
		return ERR_PTR(err);
	}
	path->lane[id] = lane;
	return lane;
}

static bool lane_can_send(const struct ikevti_lane *lane)
{
	struct ikevti_sa *sa;

	if (!lane)
		return false;
	sa = rcu_dereference_protected(lane->out,
				       lockdep_is_held(&ikevti_mutex));
	return sa && !ikevti_sa_expired(sa);
}

/**
 * ikevti_path_expired() - has an outbound SA of the path reached its end?
 * @path: the path
 *
 * Context: ikevti_mutex.
 */
bool ikevti_path_expired(const struct ikevti_path *path)
{
	unsigned int i;

	for (i = 0; i < path->n_lanes; i++)
		if (path->lane[i] && rcu_access_pointer(path->lane[i]->out) &&
		    !lane_can_send(path->lane[i]))
			return true;
	return false;
}

/**
 * ikevti_path_update_lanes() - list the lanes that can send
 * @path: the path
 *
 * Context: ikevti_mutex, may sleep.
 * Return: their number, or -ENOMEM, where the old list stays.
 */
int ikevti_path_update_lanes(struct ikevti_path *path)
{
	struct ikevti_lanes *old, *new = NULL;
	unsigned int i, n = 0;
	bool same;

	for (i = 0; i < path->n_lanes; i++)
		n += lane_can_send(path->lane[i]);

	if (n) {
		new = kmalloc(struct_size(new, lane, n), GFP_KERNEL_ACCOUNT);
		if (!new)
			return -ENOMEM;
		new->n = 0;
		for (i = 0; i < path->n_lanes; i++)
			if (lane_can_send(path->lane[i]))
				new->lane[new->n++] = path->lane[i];
		/* An SA may have expired in between */
		n = new->n;
	}

	old = rcu_dereference_protected(path->active,
					lockdep_is_held(&ikevti_mutex));
	same = old && new && old->n == new->n &&
	       !memcmp(old->lane, new->lane, n * sizeof(new->lane[0]));
	if (same) {
		kfree(new);
		return n;
	}
	if (new && !n) {
		kfree(new);
		new = NULL;
	}
	rcu_assign_pointer(path->active, new);
	if (old)
		kfree_rcu(old, rcu);
	return n;
}
