// SPDX-License-Identifier: GPL-2.0-or-later
/* A node: an engine, its configuration, and what becomes of its effects */
#include <stdlib.h>
#include <string.h>

#include "linux/ikevti.h"
#include "tests/sim/sim.h"

/* ---- configuration ------------------------------------------------------ */

static void set_id(struct conf_id *id, unsigned int node, unsigned int tunnel,
		   unsigned int long_ids)
{
	static const uint8_t types[] = { IKEV2_ID_FQDN, IKEV2_ID_RFC822_ADDR, IKEV2_ID_KEY_ID };

	id->type = types[tunnel % 3];
	snprintf(id->text, sizeof(id->text), "gw-%c%s%.*s.example.org", 'a' + (int)node,
		 tunnel ? "2" : "", (int)long_ids,
		 "-with-a-very-long-name-that-goes-on-and-on-for-ever-and-ever-until-nobody-can-remember-how-it-began-or-what-it-was-meant-to-say-in-the-first-place-and-still-goes-on");
	id->len = (uint16_t)strlen(id->text);
	memcpy(id->data, id->text, id->len);
}

static void whole_range(struct conf_selector *s, sa_family_t family)
{
	memset(s, 0, sizeof(*s));
	s->start.family = family;
	s->end.family = family;
	memset(s->end.ip, 0xff, family == AF_INET ? 4 : 16);
}

static void proposals(const struct sim_world *w, struct conf_tunnel *t, unsigned int node)
{
	const struct sim_plan *p = &w->plan;
	struct conf_proposal *ike = &t->ike[0];
	struct conf_proposal *esp = &t->esp[0];

	ike->encr = p->gcm_ike ? IKEV2_ENCR_AES_GCM_16 : IKEV2_ENCR_AES_CBC;
	ike->key_bits = 256;
	ike->prf = IKEV2_PRF_HMAC_SHA2_256;
	ike->integ = p->gcm_ike ? 0 : IKEV2_INTEG_HMAC_SHA2_256_128;
	ike->groups[ike->n_groups++] = IKEV2_GROUP_X25519;
	if (p->other_group) {
		/* Each end prefers what the other has second */
		ike->groups[ike->n_groups++] = IKEV2_GROUP_ECP_256;
		if (node == 0) {
			ike->groups[0] = IKEV2_GROUP_ECP_256;
			ike->groups[1] = IKEV2_GROUP_X25519;
		} else {
			ike->n_groups = 1;
		}
	}
	t->n_ike = 1;
	esp->encr = IKEV2_ENCR_AES_GCM_16;
	esp->key_bits = 256;
	esp->esn = p->esn;
	esp->no_esn = !p->esn || node == 0;
	if (p->pfs) {
		memcpy(esp->groups, ike->groups, sizeof(esp->groups));
		esp->n_groups = ike->n_groups;
	}
	t->n_esp = 1;
}

static struct conf_tunnel *tunnel_make(const struct sim_world *w, unsigned int node,
				       unsigned int index, unsigned int variant)
{
	struct conf_tunnel *t = calloc(1, sizeof(*t));
	const struct sim_plan *p = &w->plan;
	unsigned int i;

	if (!t)
		abort();
	t->refs = 1;
	snprintf(t->name, sizeof(t->name), "t%u", index);
	snprintf(t->device, sizeof(t->device), "vpn%u", index);
	set_id(&t->local.id, node, index, p->long_ids);
	set_id(&t->remote.id, !node, index, p->long_ids);
	t->local.psk_len = (uint16_t)snprintf((char *)t->local.psk, sizeof(t->local.psk),
					      "secret of tunnel %u", index);
	for (i = 0; i < p->paths; i++) {
		struct conf_path *path = &t->paths[t->n_paths++];

		snprintf(path->name, sizeof(path->name), "p%u", i + 1);
		path->id = i + 1;
		path->local = sim_address(w, node, i);
		path->remote = sim_address(w, !node, i);
		/* A NAT hides node 0's address: node 1 waits for it */
		if (w->net.natted && node == 1)
			memset(&path->remote, 0, sizeof(path->remote));
		path->remote_port = IKEV2_PORT;
		path->weight = 1;
	}
	t->n_local_ts = 2;
	t->n_remote_ts = 2;
	whole_range(&t->local_ts[0], AF_INET);
	whole_range(&t->local_ts[1], AF_INET6);
	whole_range(&t->remote_ts[0], AF_INET);
	whole_range(&t->remote_ts[1], AF_INET6);
	proposals(w, t, node);
	t->ike_lifetime = p->ike_lifetime;
	t->esp_lifetime = p->esp_lifetime;
	t->esp_packets = p->esp_packets;
	/* What a reload changes must be negotiated anew without a gap */
	t->replay_window = 64 + variant;
	t->ike_lifetime += variant;
	if (variant % 3 == 1) {
		t->ike[1] = t->ike[0];
		t->ike[1].prf = IKEV2_PRF_HMAC_SHA2_384;
		t->n_ike = 2;
	}
	t->encap = p->encap;
	t->detect_ms = p->detect_ms;
	t->start = p->start[node];
	return t;
}

struct conf *sim_conf_make(const struct sim_world *w, unsigned int node, unsigned int variant)
{
	struct conf *c = calloc(1, sizeof(*c));
	unsigned int i;

	if (!c)
		abort();
	c->refs = 1;
	c->daemon.port = IKEV2_PORT;
	c->daemon.natt_port = IKEV2_NATT_PORT;
	c->daemon.cookie_threshold = w->plan.cookie_threshold;
	c->daemon.half_open_max = 1000;
	c->daemon.half_open_per_address = 5;
	c->tunnels = calloc(w->plan.tunnels, sizeof(struct conf_tunnel *));
	c->by_name = calloc(w->plan.tunnels, sizeof(struct conf_tunnel *));
	if (!c->tunnels || !c->by_name)
		abort();
	for (i = 0; i < w->plan.tunnels; i++) {
		c->tunnels[i] = tunnel_make(w, node, i, variant);
		c->by_name[i] = c->tunnels[i];
		c->n_tunnels++;
	}
	return c;
}

/* ---- life --------------------------------------------------------------- */

static void node_random(void *ctx, uint8_t *buf, size_t len)
{
	struct sim_node *n = ctx;

	sim_rng_fill(&n->rng, buf, len);
}

bool sim_node_start(struct sim_node *n)
{
	struct sim_world *w = n->world;
	struct ike_env env = {
		.random = node_random,
		.ctx = n,
		.crypto = w->crypto,
		.sync_crypto = !w->plan.async_jobs,
		.seeded_keys = true,
	};
	struct ike_event ev = { .type = IKE_EVENT_CONFIG };

	n->engine = ike_engine_new(&env);
	if (!n->engine)
		return false;
	n->stopped = false;
	if (!n->conf)
		n->conf = sim_conf_make(w, n->index, 0);
	ev.config.conf = n->conf;
	sim_node_step(n, &ev);
	return true;
}

/* The process is gone; the next one finds and removes what the kernel has */
void sim_node_crash(struct sim_node *n)
{
	sim_trace(n->world, n, "crashes");
	ike_engine_free(n->engine);
	n->engine = NULL;
	n->generation++;
	n->timer_at = 0;
	sim_kernel_flush(n);
}

static void trace_packet(struct sim_node *n, const char *what, const struct net_addr *from,
			 const struct net_addr *to, const uint8_t *data, size_t len)
{
	char f[NET_ADDR_STRLEN], t[NET_ADDR_STRLEN];
	struct wire_header h;

	if (!n->world->verbose || wire_parse_header(&h, data, len) != WIRE_OK)
		return;
	sim_trace(n->world, n, "%s %s>%s %016llx/%016llx %s %s %u len %zu%s", what,
		  net_addr_format(from, f), net_addr_format(to, t),
		  (unsigned long long)h.spi_i, (unsigned long long)h.spi_r,
		  ikev2_exchange_name(h.exchange),
		  h.flags & IKEV2_FLAG_RESPONSE ? "response" : "request", h.message_id, len,
		  h.next_payload == IKEV2_PL_SKF ? " fragment" : "");
}

static void run_job(struct sim_node *n, void *job)
{
	struct sim_world *w = n->world;
	struct sim_event *ev;

	ike_job_run(job);
	ev = sim_schedule(w, SIM_JOB, n->index, w->now + 1 + sim_rng_below(&w->rng, 30));
	ev->job = job;
	n->jobs++;
}

static void carry_out(struct sim_node *n, const struct ike_effect *f)
{
	switch (f->type) {
	case IKE_EFFECT_SEND:
		trace_packet(n, "send", &f->send.local, &f->send.remote, f->send.data,
			     f->send.len);
		n->world->ike_sent++;
		sim_net_send(n->world, &f->send.local, &f->send.remote, f->send.data,
			     f->send.len);
		break;
	case IKE_EFFECT_JOB:
		run_job(n, f->job.job);
		break;
	case IKE_EFFECT_LOG:
		sim_trace(n->world, n, "log %s: %s", f->log.tunnel, f->log.text);
		break;
	case IKE_EFFECT_STATE:
		sim_trace(n->world, n, "state %s/%u %s%s%s", f->state.tunnel, f->state.path,
			  f->state.what, f->state.text ? ": " : "",
			  f->state.text ? f->state.text : "");
		break;
	case IKE_EFFECT_STOPPED:
		sim_trace(n->world, n, "stopped");
		n->stopped = true;
		break;
	default:
		sim_kernel_effect(n, f);
	}
}

static void arm_timer(struct sim_node *n)
{
	ike_time at = ike_deadline(n->engine);

	if (at == UINT64_MAX)
		return;
	if (at < n->world->now)
		at = n->world->now;
	if (n->timer_at && n->timer_at <= at)
		return;
	n->timer_at = at;
	sim_schedule(n->world, SIM_TIMER, n->index, at);
}

void sim_node_step(struct sim_node *n, struct ike_event *ev)
{
	size_t i;

	ev->now = n->world->now;
	if (ev->type == IKE_EVENT_PACKET)
		trace_packet(n, "recv", &ev->packet.remote, &ev->packet.local,
			     ev->packet.data, ev->packet.len);
	ike_step(n->engine, ev, &n->effects);
	for (i = 0; i < n->effects.n; i++)
		carry_out(n, &n->effects.list[i]);
	ike_effects_clear(&n->effects);
	arm_timer(n);
	sim_check_step(n->world, n);
}

void sim_tunnel_event(struct sim_node *n, enum ike_event_type type, unsigned int tunnel,
		      uint32_t path, bool ike_sa)
{
	struct ike_event ev = { .type = type };

	if (!n->engine)
		return;
	snprintf(ev.tunnel.tunnel, sizeof(ev.tunnel.tunnel), "t%u", tunnel);
	ev.tunnel.path = path;
	ev.tunnel.ike_sa = ike_sa;
	sim_node_step(n, &ev);
}
