// SPDX-License-Identifier: GPL-2.0-or-later
/* `status`: a tunnel, its device, its paths and how each is doing */
#include <stdio.h>
#include <string.h>

#include "control/internal.h"
#include "kernel/reason.h"

#define PROBLEM_MAX	512

struct status_walk {
	struct control *c;
	const struct conf_tunnel *t;
	struct json_out *o;
	ike_time now;
	const struct control_device *device;	/* NULL: there is none */
	bool open;		/* the object of a path is being written */
	ike_time heard;		/* of the path's peer, by IKE; 0: never */
	uint32_t esp_age_ms;	/* UINT32_MAX: no ESP came in */
	char ike[IKE_PROPOSAL_TEXT_MAX];
	char esp[IKE_PROPOSAL_TEXT_MAX];
};

static const char *kernel_state(uint8_t state)
{
	switch (state) {
	case IKEVTI_PATH_UP:
		return "up";
	case IKEVTI_PATH_STANDBY:
		return "standby";
	default:
		return "down";
	}
}

static void show_ms(struct json_out *o, const char *key, uint32_t ms)
{
	if (ms == UINT32_MAX)
		json_out_null(o, key);
	else
		json_out_u64(o, key, ms);
}

static void show_kernel(struct status_walk *w, const struct control_path *k)
{
	if (!k) {
		json_out_null(w->o, "kernel");
		return;
	}
	json_out_object(w->o, "kernel");
	json_out_string(w->o, "state", kernel_state(k->state));
	json_out_bool(w->o, "usable", k->usable);
	json_out_string(w->o, "reason", kernel_reason_name(k->reason));
	json_out_string(w->o, "encap", k->udp ? "udp" : "none");
	control_show_address(w->o, "local", &k->local);
	control_show_address(w->o, "remote", &k->remote);
	if (k->pmtu)
		json_out_u64(w->o, "pmtu", k->pmtu);
	else
		json_out_null(w->o, "pmtu");
	show_ms(w->o, "rx_age_ms", k->rx_age_ms);
	show_ms(w->o, "tx_age_ms", k->tx_age_ms);
	control_show_stats(w->o, "counters", &k->stats);
	json_out_object_end(w->o);
}

/* Why a path that IKE has brought up carries nothing; NULL when it can */
static const char *unusable(const struct status_walk *w,
			    const struct control_path *k, char *buf, size_t size)
{
	const char *device = w->t->device;

	if (!w->device)
		snprintf(buf, size, "there is no device %s", device);
	else if (!w->device->up)
		snprintf(buf, size, "the device is set down; ip link set %s up",
			 device);
	else if (!k)
		snprintf(buf, size, "the kernel does not have this path");
	else if (!k->usable)
		kernel_reason_text(k->reason, &k->local, &k->remote, buf, size);
	else
		return NULL;
	return buf;
}

/* What keeps the path from carrying traffic, or makes that doubtful */
static const char *problem(const struct status_walk *w,
			   const struct ike_status_path *p,
			   const struct control_path *k, bool *usable,
			   char *buf, size_t size)
{
	const char *why;

	*usable = p->state == IKE_PATH_UP;
	if (p->state == IKE_PATH_DOWN)
		return NULL;
	if (p->state != IKE_PATH_UP)
		return p->last_error && *p->last_error ? p->last_error : NULL;
	why = unusable(w, k, buf, size);
	*usable = !why;
	/* one that stands by does so for that, which says more */
	return p->silent && p->last_error && *p->last_error ? p->last_error : why;
}

/* What was learned of the path's SAs comes last */
static void close_path(struct status_walk *w)
{
	uint64_t heard = w->heard && w->now > w->heard ? w->now - w->heard : 0;

	if (!w->open)
		return;
	if (w->esp_age_ms != UINT32_MAX && (!w->heard || w->esp_age_ms < heard))
		json_out_u64(w->o, "last_heard_seconds", w->esp_age_ms / 1000);
	else if (w->heard)
		json_out_u64(w->o, "last_heard_seconds", heard / 1000);
	else
		json_out_null(w->o, "last_heard_seconds");
	json_out_string(w->o, "ike_proposal", w->ike);
	json_out_string(w->o, "esp_proposal", w->esp);
	json_out_object_end(w->o);
	w->open = false;
}

static void on_path(void *ctx, const struct ike_status_path *p)
{
	struct status_walk *w = ctx;
	struct control_path kernel, *k = NULL;
	struct json_out *o = w->o;
	char text[PROBLEM_MAX];
	const char *why;
	bool usable;

	close_path(w);
	w->open = true;
	*w->ike = 0;
	*w->esp = 0;
	w->heard = 0;
	memset(&kernel, 0, sizeof(kernel));
	if (w->c->ops.kernel_path(w->c->ops.ctx, w->t, p->path, &kernel))
		k = &kernel;
	w->esp_age_ms = k ? k->rx_age_ms : UINT32_MAX;
	why = problem(w, p, k, &usable, text, sizeof(text));
	w->c->usable += usable;
	json_out_object(o, NULL);
	json_out_string(o, "path", p->name ? p->name : "");
	json_out_u64(o, "id", p->path);
	json_out_string(o, "state", p->state == IKE_PATH_UP && !usable ?
			"unusable" : ike_path_state_name(p->state));
	if (why)
		json_out_string(o, "problem", why);
	else
		json_out_null(o, "problem");
	control_show_age(o, "state_seconds", w->now, p->since);
	control_show_until(o, "retry_seconds", w->now, p->retry_at);
	json_out_u64(o, "attempts", p->attempts);
	control_show_address(o, "local", &p->local);
	control_show_address(o, "remote", &p->remote);
	json_out_string(o, "encap", p->udp ? "udp" : "none");
	json_out_u64(o, "ups", p->ups);
	json_out_u64(o, "retransmits", p->retransmits);
	if (p->last_error && *p->last_error) {
		json_out_string(o, "last_error", p->last_error);
		json_out_u64(o, "last_error_ms", w->now > p->last_error_at ?
			     w->now - p->last_error_at : 0);
	} else {
		json_out_null(o, "last_error");
		json_out_null(o, "last_error_ms");
	}
	show_kernel(w, k);
}

static void on_sa(void *ctx, const struct ike_status_sa *sa)
{
	struct status_walk *w = ctx;

	if (sa->established && sa->last_heard > w->heard)
		w->heard = sa->last_heard;
	if (sa->state == IKE_SA_ESTABLISHED && sa->proposal)
		snprintf(w->ike, sizeof(w->ike), "%s", sa->proposal);
}

static void on_child(void *ctx, const struct ike_status_child *child)
{
	struct status_walk *w = ctx;

	if (child->sending && child->proposal)
		snprintf(w->esp, sizeof(w->esp), "%s", child->proposal);
}

void control_show_status(struct control *c, const struct conf_tunnel *t,
			 struct json_out *o)
{
	static const struct ike_status_visitor visitor = {
		.path = on_path,
		.sa = on_sa,
		.child = on_child,
	};
	struct status_walk w = {
		.c = c,
		.t = t,
		.o = o,
		.now = c->ops.now(c->ops.ctx),
	};
	struct control_device dev;

	memset(&dev, 0, sizeof(dev));
	if (c->ops.kernel_device(c->ops.ctx, t, &dev))
		w.device = &dev;
	control_show_device_as(w.device, t, o);
	json_out_array(o, "paths");
	ike_status_walk(c->ops.engine(c->ops.ctx), t->name, &visitor, &w);
	close_path(&w);
	json_out_array_end(o);
}
