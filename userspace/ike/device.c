// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the kernel had of a path is gone: with its device, or because somebody
 * removed it. The IKE SA goes on; child SAs are deleted with the peer, and made
 * anew as soon as there is something to put them into.
 */
#include <errno.h>

#include "ike/sa.h"

static void lose_child(struct ike_child *c)
{
	/* One under way finds out by itself: the kernel knows its SPI no more */
	if (c->state == IKE_CHILD_NEGOTIATING)
		return;
	c->sending = false;
	c->spent = true;
	c->want_rekey = false;
	c->want_delete = true;
}

static void lose(struct ike_path *path)
{
	struct ike_child *c;
	struct ike_sa *sa;

	path->in_kernel = false;
	path->sending = NULL;
	while (!TAILQ_EMPTY(&path->lingers))
		ike_linger_end(TAILQ_FIRST(&path->lingers));
	TAILQ_FOREACH(sa, &path->sas, on_path) {
		TAILQ_FOREACH(c, &sa->children, link)
			lose_child(c);
		ike_sa_kick(sa);
	}
}

/* Whoever began: that there was an IKE SA is reason enough for a child */
static void make_again(struct ike_path *path)
{
	if (ike_path_sa(path) || ike_path_may_run(path))
		ike_path_want(path, true);
	else
		ike_path_update(path);
}

void ike_path_device(struct ike_path *path, bool there)
{
	if (path->gone || path->no_device == !there)
		return;
	path->no_device = !there;
	if (there) {
		ike_log(path->engine, IKE_LOG_INFO, path->tunnel->conf->name,
			"path %s: device %s is there", path->conf->name,
			path->tunnel->conf->device);
		make_again(path);
		return;
	}
	ike_complain(path, "there is no device %s", path->tunnel->conf->device);
	lose(path);
	ike_path_update(path);
}

void ike_path_lost(struct ike_path *path, int error)
{
	if (error != ENOENT)
		return;
	path->in_kernel = false;
	/* Refused when it was to be made: the next attempt makes it again */
	if (!path->sending)
		return;
	ike_complain(path, "somebody removed the path from the kernel");
	lose(path);
	make_again(path);
}
