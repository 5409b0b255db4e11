// SPDX-License-Identifier: GPL-2.0-or-later
/* `show sas`: IKE SAs and their children, with the kernel's counters */
#include <string.h>

#include "control/internal.h"

struct sas_walk {
	struct control *c;
	const struct conf_tunnel *t;	/* NULL: those of no tunnel */
	struct json_out *o;
	ike_time now;
	bool open;		/* the object of an IKE SA is being written */
};

static const char *kernel_state(uint8_t state)
{
	switch (state) {
	case IKEVTI_SA_ACTIVE:
		return "active";
	case IKEVTI_SA_EXPIRED:
		return "expired";
	default:
		return "larval";
	}
}

static void close_sa(struct sas_walk *w)
{
	if (!w->open)
		return;
	json_out_array_end(w->o);
	json_out_object_end(w->o);
	w->open = false;
}

static void on_sa(void *ctx, const struct ike_status_sa *sa)
{
	struct sas_walk *w = ctx;
	struct json_out *o = w->o;

	close_sa(w);
	if (!w->t && *sa->tunnel)
		return;
	w->open = true;
	json_out_object(o, NULL);
	if (w->t)
		json_out_string(o, "path", control_path_name(w->t, sa->path));
	json_out_hex(o, "spi_i", sa->spi_i, 16);
	json_out_hex(o, "spi_r", sa->spi_r, 16);
	json_out_string(o, "state", ike_sa_state_name(sa->state));
	json_out_bool(o, "initiator", sa->initiator);
	control_show_address(o, "local", &sa->local);
	control_show_address(o, "remote", &sa->remote);
	json_out_string(o, "local_id", sa->local_id ? sa->local_id : "");
	json_out_string(o, "remote_id", sa->remote_id ? sa->remote_id : "");
	json_out_bool(o, "nat_local", sa->nat_local);
	json_out_bool(o, "nat_remote", sa->nat_remote);
	json_out_bool(o, "fragmentation", sa->fragmentation);
	json_out_string(o, "proposal", sa->proposal ? sa->proposal : "");
	control_show_age(o, "age_seconds", w->now, sa->created);
	control_show_age(o, "established_seconds", w->now, sa->established);
	control_show_until(o, "rekey_seconds", w->now, sa->rekey_at);
	control_show_age(o, "last_heard_seconds", w->now, sa->last_heard);
	json_out_u64(o, "next_request", sa->next_request);
	json_out_u64(o, "expected_request", sa->expected_request);
	json_out_string(o, "task", sa->task ? sa->task : "");
	json_out_u64(o, "retransmits", sa->retransmits);
	json_out_array(o, "children");
}

static void show_kernel_sa(struct sas_walk *w,
			   const struct ike_status_child *child, bool inbound)
{
	uint32_t spi = inbound ? child->spi_in : child->spi_out;
	struct json_out *o = w->o;
	struct control_sa k;

	memset(&k, 0, sizeof(k));
	json_out_object(o, inbound ? "in" : "out");
	json_out_hex(o, "spi", spi, 8);
	if (w->t && spi &&
	    w->c->ops.kernel_sa(w->c->ops.ctx, w->t, child->path, child->lane,
				spi, inbound, &k)) {
		json_out_string(o, "state", kernel_state(k.state));
		json_out_u64(o, "age_seconds", k.age);
		json_out_u64(o, "seq", k.seq);
		if (inbound)
			json_out_u64(o, "replay_window", k.replay_window);
		control_show_stats(o, "counters", &k.stats);
	} else {
		json_out_string(o, "state", "absent");
	}
	json_out_object_end(o);
}

static void on_child(void *ctx, const struct ike_status_child *child)
{
	struct sas_walk *w = ctx;
	struct json_out *o = w->o;

	if (!w->open)
		return;
	json_out_object(o, NULL);
	json_out_u64(o, "lane", child->lane);
	json_out_string(o, "state", ike_child_state_name(child->state));
	json_out_bool(o, "sending", child->sending);
	json_out_string(o, "proposal", child->proposal ? child->proposal : "");
	json_out_bool(o, "esn", child->esn);
	control_show_age(o, "established_seconds", w->now, child->established);
	control_show_until(o, "rekey_seconds", w->now, child->rekey_at);
	json_out_u64(o, "rekeys", child->rekeys);
	control_show_selectors(o, "local_networks", child->local_ts,
			       child->n_local_ts);
	control_show_selectors(o, "remote_networks", child->remote_ts,
			       child->n_remote_ts);
	show_kernel_sa(w, child, true);
	show_kernel_sa(w, child, false);
	json_out_object_end(o);
}

static void show(struct control *c, const struct conf_tunnel *t,
		 struct json_out *o)
{
	static const struct ike_status_visitor visitor = {
		.sa = on_sa,
		.child = on_child,
	};
	struct sas_walk w = {
		.c = c,
		.t = t,
		.o = o,
		.now = c->ops.now(c->ops.ctx),
	};

	json_out_array(o, "ike_sas");
	ike_status_walk(c->ops.engine(c->ops.ctx), t ? t->name : NULL, &visitor,
			&w);
	close_sa(&w);
	json_out_array_end(o);
}

void control_show_sas(struct control *c, const struct conf_tunnel *t,
		      struct json_out *o)
{
	show(c, t, o);
}

void control_show_half_open(struct control *c, struct json_out *o)
{
	show(c, NULL, o);
}
