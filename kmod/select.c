// SPDX-License-Identifier: GPL-2.0-only
/*
 * A flow stays on its path and, unless lanes are chosen by CPU, on its lane.
 * Among the usable paths of the highest priority, each of 256 flow buckets
 * belongs to the path that wins a draw for it, where a path draws as many times
 * as its weight says. A draw depends on nothing but bucket, path and weight, so
 * a path that fails or returns moves only its own buckets.
 */
#include <linux/gcd.h>
#include <linux/jhash.h>
#include <linux/slab.h>

#include "dev.h"
#include "hash.h"
#include "net.h"
#include "path.h"
#include "peer.h"
#include "sa.h"
#include "select.h"

static u32 path_hash(const struct ikevti_dev *idev, const struct sk_buff *skb)
{
	return ikevti_hash(skb, READ_ONCE(idev->hash_policy));
}

/*
 * Of @n, by the flow's hash, of which other bits chose the path; or a CPU's own,
 * so that no other CPU counts in its SA. Context: BH disabled.
 */
static unsigned int first_lane(const struct ikevti_dev *idev,
			       const struct sk_buff *skb, unsigned int n)
{
	if (READ_ONCE(idev->lanes_by) == IKEVTI_LANES_BY_CPU)
		return smp_processor_id() % n;
	return reciprocal_scale(path_hash(idev, skb) * GOLDEN_RATIO_32, n);
}

static bool choose_lane(struct ikevti_path *path, struct sk_buff *skb,
			struct ikevti_choice *choice)
{
	struct ikevti_lanes *lanes = rcu_dereference(path->active);
	unsigned int i, at = 0;

	if (unlikely(!lanes || READ_ONCE(path->no_route)))
		return false;
	if (lanes->n > 1)
		at = first_lane(path->idev, skb, lanes->n);

	for (i = 0; i < lanes->n; i++, at++) {
		struct ikevti_lane *lane;
		struct ikevti_sa *sa;

		if (unlikely(at == lanes->n))
			at = 0;
		lane = lanes->lane[at];
		sa = rcu_dereference(lane->out);

		if (likely(sa && !ikevti_sa_expired(sa))) {
			choice->path = path;
			choice->lane = lane;
			choice->sa = sa;
			return true;
		}
	}
	return false;
}

/**
 * ikevti_select() - choose path, lane and SA for a packet
 * @peer: for whom it is
 * @skb: packet
 * @choice: result
 *
 * Paths that turned out to be unusable since the table was made are passed
 * over, so that no packet waits for the new table.
 *
 * Context: BH disabled, RCU read side, which must last while @choice is used.
 * Return: false if nothing can send.
 */
bool ikevti_select(struct ikevti_peer *peer, struct sk_buff *skb,
		   struct ikevti_choice *choice)
{
	struct ikevti_select *sel = rcu_dereference(peer->select);
	unsigned int i, first = 0;

	if (unlikely(!sel))
		return false;
	if (sel->n_best > 1)
		first = sel->bucket[reciprocal_scale(path_hash(peer->idev, skb),
						     IKEVTI_BUCKETS)];
	if (likely(choose_lane(sel->path[first], skb, choice)))
		return true;
	for (i = 0; i < sel->n; i++)
		if (i != first && choose_lane(sel->path[i], skb, choice))
			return true;
	return false;
}

/**
 * ikevti_select_same() - is this choice everybody's?
 * @idev: device
 * @choice: from ikevti_select(), in this RCU section
 *
 * Context: RCU read side.
 * Return: true if every packet of the device would get the same one now.
 */
bool ikevti_select_same(const struct ikevti_dev *idev,
			const struct ikevti_choice *choice)
{
	const struct ikevti_select *sel = rcu_dereference(idev->peer.select);
	const struct ikevti_lanes *lanes;

	/* A multipoint device's own peer has no path */
	if (unlikely(!sel || sel->n_best > 1 || sel->path[0] != choice->path))
		return false;
	lanes = rcu_dereference(choice->path->active);
	return lanes && lanes->n == 1;
}

static u32 best_draw(const struct ikevti_path *path, u32 bucket, u32 draws)
{
	u32 best = 0;

	while (draws--)
		best = max(best, jhash_3words(bucket, path->id, draws, 0));
	return best;
}

static void fill_buckets(struct ikevti_select *sel)
{
	u32 bucket, unit = 0, best, draw;
	unsigned int i;

	for (i = 0; i < sel->n_best; i++)
		unit = gcd(unit, sel->path[i]->weight);

	for (bucket = 0; bucket < IKEVTI_BUCKETS; bucket++) {
		best = 0;
		for (i = 0; i < sel->n_best; i++) {
			draw = best_draw(sel->path[i], bucket,
					 sel->path[i]->weight / unit);
			if (i && draw <= best)
				continue;
			best = draw;
			sel->bucket[bucket] = i;
		}
	}
}

/* Add the usable paths, highest priority first */
static void add_paths(struct ikevti_select *sel, struct ikevti_peer *peer)
{
	struct ikevti_path *path;
	unsigned int i;

	list_for_each_entry(path, &peer->paths, list) {
		if (!path->usable)
			continue;
		for (i = sel->n; i; i--) {
			if (sel->path[i - 1]->priority >= path->priority)
				break;
			sel->path[i] = sel->path[i - 1];
		}
		sel->path[i] = path;
		sel->n++;
	}
	for (i = 0; i < sel->n; i++)
		sel->weight[i] = sel->path[i]->weight;
	while (sel->n_best < sel->n &&
	       sel->path[sel->n_best]->priority == sel->path[0]->priority)
		sel->n_best++;
}

/* Would the draws end as they did? They are many, and refreshes frequent. */
static bool same_paths(const struct ikevti_select *a,
		       const struct ikevti_select *b)
{
	return a && a->n_best == b->n_best && a->n == b->n &&
	       !memcmp(a->weight, b->weight, sizeof(a->weight)) &&
	       !memcmp(a->path, b->path, a->n * sizeof(a->path[0]));
}

/**
 * ikevti_select_update() - make the table of usable paths anew
 * @peer: whose
 *
 * Context: ikevti_mutex, may sleep.
 */
void ikevti_select_update(struct ikevti_peer *peer)
{
	struct ikevti_select *old, *new = NULL;
	struct ikevti_path *path;
	unsigned int n = 0;
	size_t size;

	old = rcu_dereference_protected(peer->select,
					lockdep_is_held(&ikevti_mutex));
	list_for_each_entry(path, &peer->paths, list)
		n += path->usable;
	if (n) {
		size = struct_size(new, path, n);
		/* A failure to allocate would leave freed paths in use */
		new = kzalloc(size + (n > 1 ? IKEVTI_BUCKETS : 0),
			      GFP_KERNEL | __GFP_NOFAIL);
		new->bucket = (u8 *)new + size;
		add_paths(new, peer);
		if (same_paths(old, new)) {
			kfree(new);
			return;
		}
		if (new->n_best > 1)
			fill_buckets(new);
	}
	rcu_assign_pointer(peer->select, new);
	if (old)
		kfree_rcu(old, rcu);
}
