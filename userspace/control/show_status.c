// SPDX-License-Identifier: GPL-2.0-or-later
/* `status`: a tunnel, its device, its paths and how each is doing */
#include <string.h>

#include "control/internal.h"

struct status_walk {
	struct control *c;
	const struct conf_tunnel *t;
	struct json_out *o;
	ike_time now;
	bool open;		/* the object of a path is being written */
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
		json_null(o, key);
	else
		json_u64(o, key, ms);
}

static void show_kernel(struct status_walk *w, uint32_t path)
{
	struct control_path k;

	memset(&k, 0, sizeof(k));
	if (!w->c->ops.kernel_path(w->c->ops.ctx, w->t, path, &k)) {
		json_null(w->o, "kernel");
		return;
	}
	json_object(w->o, "kernel");
	json_string(w->o, "state", kernel_state(k.state));
	json_bool(w->o, "usable", k.usable);
	json_string(w->o, "encap", k.udp ? "udp" : "none");
	control_show_address(w->o, "local", &k.local);
	control_show_address(w->o, "remote", &k.remote);
	if (k.pmtu)
		json_u64(w->o, "pmtu", k.pmtu);
	else
		json_null(w->o, "pmtu");
	show_ms(w->o, "rx_age_ms", k.rx_age_ms);
	show_ms(w->o, "tx_age_ms", k.tx_age_ms);
	json_object_end(w->o);
}

/* What was learned of the path's SAs comes last */
static void close_path(struct status_walk *w)
{
	if (!w->open)
		return;
	json_string(w->o, "ike_proposal", w->ike);
	json_string(w->o, "esp_proposal", w->esp);
	json_object_end(w->o);
	w->open = false;
}

static void on_path(void *ctx, const struct ike_status_path *p)
{
	struct status_walk *w = ctx;
	struct json_out *o = w->o;

	close_path(w);
	w->open = true;
	*w->ike = 0;
	*w->esp = 0;
	json_object(o, NULL);
	json_string(o, "path", p->name ? p->name : "");
	json_u64(o, "id", p->path);
	json_string(o, "state", ike_path_state_name(p->state));
	control_show_age(o, "state_seconds", w->now, p->since);
	control_show_until(o, "retry_seconds", w->now, p->retry_at);
	json_u64(o, "attempts", p->attempts);
	control_show_address(o, "local", &p->local);
	control_show_address(o, "remote", &p->remote);
	json_string(o, "encap", p->udp ? "udp" : "none");
	json_u64(o, "ups", p->ups);
	json_u64(o, "retransmits", p->retransmits);
	if (p->last_error && *p->last_error) {
		json_string(o, "last_error", p->last_error);
		json_u64(o, "last_error_ms", w->now > p->last_error_at ?
			 w->now - p->last_error_at : 0);
	} else {
		json_null(o, "last_error");
		json_null(o, "last_error_ms");
	}
	show_kernel(w, p->path);
}

static void on_sa(void *ctx, const struct ike_status_sa *sa)
{
	struct status_walk *w = ctx;

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

	control_show_device(c, t, o);
	json_array(o, "paths");
	ike_status_walk(c->ops.engine(c->ops.ctx), t->name, &visitor, &w);
	close_path(&w);
	json_array_end(o);
}
