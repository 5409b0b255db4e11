// SPDX-License-Identifier: GPL-2.0-or-later
#include "ike_lab.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ike/sa.h"

static void lab_random(void *ctx, uint8_t *buf, size_t len)
{
	struct lab_node *n = ctx;

	while (len--) {
		n->random = n->random * 6364136223846793005u + 1442695040888963407u;
		*buf++ = (uint8_t)(n->random >> 56);
	}
}

static struct net_addr address(unsigned int node)
{
	struct net_addr a = { .family = AF_INET, .ip = { 192, 0, 2, (uint8_t)(node + 1) } };

	return a;
}

static bool lab_source(void *ctx, const struct conf_tunnel *tunnel,
		       const struct net_addr *remote, struct net_addr *local, char *why,
		       size_t len)
{
	const struct lab_node *n = ctx;

	snprintf(why, len, "no way");
	if (n->no_way >> (remote->ip[3] % 64) & 1)
		return false;
	if (net_addr_is_any(local))
		*local = address(n->index);
	return true;
}

static void set_id(struct conf_id *id, const char *text)
{
	memset(id, 0, sizeof(*id));
	id->type = IKEV2_ID_FQDN;
	id->len = (uint16_t)strlen(text);
	memcpy(id->data, text, id->len);
	memcpy(id->text, text, id->len);
}

static void whole_range(struct conf_selector *s, sa_family_t family)
{
	s->start.family = family;
	s->end.family = family;
	memset(s->end.ip, 0xff, family == AF_INET ? 4 : 16);
}

static struct conf *make_conf(unsigned int node)
{
	struct conf *c = calloc(1, sizeof(*c));
	struct conf_tunnel *t = calloc(1, sizeof(*t));

	assert_non_null(c);
	assert_non_null(t);
	c->refs = 1;
	c->daemon = (struct conf_daemon){ .port = 500, .natt_port = 4500,
					  .cookie_threshold = 30, .half_open_max = 100,
					  .half_open_per_address = 20 };
	c->tunnels = calloc(1, sizeof(struct conf_tunnel *));
	c->by_name = calloc(1, sizeof(struct conf_tunnel *));
	assert_non_null(c->tunnels);
	assert_non_null(c->by_name);
	c->tunnels[0] = t;
	c->by_name[0] = t;
	c->n_tunnels = 1;
	t->refs = 1;
	strcpy(t->name, "t");
	set_id(&t->local.id, node ? "b.example.org" : "a.example.org");
	set_id(&t->remote.id, node ? "a.example.org" : "b.example.org");
	t->local.psk_len = 6;
	memcpy(t->local.psk, "secret", sizeof("secret"));
	t->remote.psk_len = 6;
	memcpy(t->remote.psk, "secret", sizeof("secret"));
	t->n_paths = 1;
	t->paths[0] = (struct conf_path){ .name = "p", .id = 1, .remote_port = 500,
					  .weight = 1 };
	t->paths[0].local = address(node);
	t->paths[0].remote = address(!node);
	t->n_local_ts = 2;
	t->n_remote_ts = 2;
	whole_range(&t->local_ts[0], AF_INET);
	whole_range(&t->local_ts[1], AF_INET6);
	whole_range(&t->remote_ts[0], AF_INET);
	whole_range(&t->remote_ts[1], AF_INET6);
	t->n_ike = 1;
	t->ike[0] = (struct conf_proposal){ .encr = IKEV2_ENCR_AES_GCM_16, .key_bits = 256,
					    .prf = IKEV2_PRF_HMAC_SHA2_256,
					    .groups = { IKEV2_GROUP_X25519 }, .n_groups = 1 };
	t->n_esp = 1;
	t->esp[0] = (struct conf_proposal){ .encr = IKEV2_ENCR_AES_GCM_16, .key_bits = 256,
					    .no_esn = true };
	t->replay_window = 64;
	t->detect_ms = 10000;
	t->start = node ? CONF_START_LISTEN : CONF_START_ALWAYS;
	return c;
}

struct lab *lab_new(void)
{
	struct lab *lab = calloc(1, sizeof(*lab));
	unsigned int i;

	assert_non_null(lab);
	lab->crypto = crypto_init();
	assert_non_null(lab->crypto);
	lab->now = 1000;
	for (i = 0; i < 2; i++) {
		lab->nodes[i].lab = lab;
		lab->nodes[i].index = i;
		lab->nodes[i].random = i + 1;
		lab->nodes[i].next_spi = 0x1000 * (i + 1);
		lab->nodes[i].conf = make_conf(i);
		memset(lab->nodes[i].rx_age, 0xff, sizeof(lab->nodes[i].rx_age));
		memset(lab->nodes[i].tx_age, 0xff, sizeof(lab->nodes[i].tx_age));
	}
	return lab;
}

void lab_free(struct lab *lab)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		struct lab_node *n = &lab->nodes[i];

		while (n->n_jobs)
			ike_job_free(n->jobs[--n->n_jobs]);
		ike_engine_free(n->engine);
		ike_effects_free(&n->effects);
		conf_unref(n->conf);
	}
	crypto_free(lab->crypto);
	free(lab);
}

struct conf_tunnel *lab_tunnel(struct lab *lab, unsigned int node)
{
	return lab->nodes[node].conf->tunnels[0];
}

/* ---- effects ------------------------------------------------------------ */

static void enqueue(struct lab *lab, unsigned int from, const struct ike_effect *f)
{
	struct lab_packet *p;

	if (lab->quiet)
		return;
	assert_true(lab->count < LAB_QUEUE);
	assert_true(f->send.len <= sizeof(p->data));
	p = &lab->queue[(lab->head + lab->count++) % LAB_QUEUE];
	p->from = from;
	p->source = f->send.local;
	p->dest = f->send.remote;
	p->len = f->send.len;
	memcpy(p->data, f->send.data, f->send.len);
}

static void kernel_answer(struct lab_node *n, const struct ike_effect *f)
{
	struct ike_event *ev;

	assert_true(n->n_held < 16);
	ev = &n->held[n->n_held++];
	memset(ev, 0, sizeof(*ev));
	ev->type = IKE_EVENT_KERNEL_DONE;
	ev->kernel.op = f->op;
	if (f->type == IKE_EFFECT_SPI_ALLOC) {
		ev->kernel.error = n->fail_spi;
		ev->kernel.spi = n->fail_spi ? 0 : ++n->next_spi;
	} else if (f->type == IKE_EFFECT_RX_AGE) {
		ev->kernel.rx_age = n->rx_age[f->path.path % 4];
		ev->kernel.tx_age = n->tx_age[f->path.path % 4];
	} else if (f->sa.inbound) {
		ev->kernel.error = n->fail_in;
	}
}

static void carry_out(struct lab_node *n, const struct ike_effect *f)
{
	switch (f->type) {
	case IKE_EFFECT_SEND:
		enqueue(n->lab, n->index, f);
		break;
	case IKE_EFFECT_JOB:
		assert_true(n->n_jobs < 16);
		n->jobs[n->n_jobs++] = f->job.job;
		break;
	case IKE_EFFECT_SA_ADD:
		n->sas_added++;
		if (f->sa.inbound)
			n->last_in = f->sa;
		else
			n->last_out = f->sa;
		kernel_answer(n, f);
		break;
	case IKE_EFFECT_SPI_ALLOC:
	case IKE_EFFECT_RX_AGE:
		kernel_answer(n, f);
		break;
	case IKE_EFFECT_SA_DEL:
		n->sas_deleted++;
		break;
	case IKE_EFFECT_PATH_SET:
		n->last_path = f->path;
		n->path_state[f->path.path % 4] = f->path.state;
		break;
	case IKE_EFFECT_PATH_DEL:
		n->paths_deleted++;
		break;
	case IKE_EFFECT_LOG:
		snprintf(n->logs[n->n_logs++ % LAB_LOGS], sizeof(n->logs[0]), "%s",
			 f->log.text);
		break;
	case IKE_EFFECT_STOPPED:
		n->stopped = true;
		break;
	case IKE_EFFECT_STATE:
		snprintf(n->logs[n->n_logs++ % LAB_LOGS], sizeof(n->logs[0]), "[%s] %s",
			 f->state.what, f->state.text ? f->state.text : "");
		break;
	}
}

void lab_kernel(struct lab *lab, unsigned int node)
{
	struct lab_node *n = &lab->nodes[node];
	struct ike_event held[16];
	unsigned int i, n_held;

	while (n->n_held) {
		n_held = n->n_held;
		memcpy(held, n->held, sizeof(held));
		n->n_held = 0;
		for (i = 0; i < n_held; i++)
			lab_step(lab, node, &held[i]);
	}
}

void lab_jobs(struct lab *lab, unsigned int node)
{
	struct lab_node *n = &lab->nodes[node];

	while (n->n_jobs) {
		struct ike_event ev = { .type = IKE_EVENT_JOB };

		ev.job.job = n->jobs[--n->n_jobs];
		ike_job_run(ev.job.job);
		lab_step(lab, node, &ev);
	}
}

void lab_step(struct lab *lab, unsigned int node, struct ike_event *ev)
{
	struct lab_node *n = &lab->nodes[node];
	struct ike_effects effects = n->effects;
	size_t i;

	ev->now = lab->now;
	memset(&n->effects, 0, sizeof(n->effects));
	ike_step(n->engine, ev, &effects);
	if (effects.n > n->most_effects)
		n->most_effects = effects.n;
	for (i = 0; i < effects.n; i++)
		carry_out(n, &effects.list[i]);
	ike_effects_clear(&effects);
	ike_effects_free(&n->effects);
	n->effects = effects;
	if (!n->hold_kernel)
		lab_kernel(lab, node);
}

/* ---- running ------------------------------------------------------------ */

void lab_second_path(struct lab *lab, unsigned int node)
{
	struct conf_tunnel *t = lab_tunnel(lab, node);
	struct conf_path *p = &t->paths[1];

	*p = t->paths[0];
	strcpy(p->name, "q");
	p->id = 2;
	p->local.ip[3] += 10;
	p->remote.ip[3] += 10;
	t->n_paths = 2;
}

void lab_start(struct lab *lab)
{
	unsigned int i;

	for (i = 2; i-- > 0;) {
		struct lab_node *n = &lab->nodes[i];
		struct ike_env env = { .random = lab_random, .ctx = n, .crypto = lab->crypto,
				       .sync_crypto = !n->async, .seeded_keys = true };
		struct ike_event ev = { .type = IKE_EVENT_CONFIG };

		if (n->routed)
			env.source = lab_source;
		n->engine = ike_engine_new(&env);
		assert_non_null(n->engine);
		ev.config.conf = n->conf;
		lab_step(lab, i, &ev);
	}
}

static void run_timers(struct lab *lab)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		struct ike_event ev = { .type = IKE_EVENT_TIMER };

		if (ike_deadline(lab->nodes[i].engine) <= lab->now)
			lab_step(lab, i, &ev);
	}
}

void lab_up(struct lab *lab)
{
	lab_start(lab);
	run_timers(lab);
	lab_settle(lab);
}

bool lab_take(struct lab *lab, struct lab_packet *p)
{
	if (!lab->count)
		return false;
	*p = lab->queue[lab->head];
	lab->head = (lab->head + 1) % LAB_QUEUE;
	lab->count--;
	return true;
}

void lab_deliver(struct lab *lab, const struct lab_packet *p)
{
	struct ike_event ev = { .type = IKE_EVENT_PACKET };

	ev.packet.local = p->dest;
	ev.packet.remote = p->source;
	ev.packet.data = p->data;
	ev.packet.len = p->len;
	lab_step(lab, !p->from, &ev);
}

void lab_drop(struct lab *lab)
{
	lab->count = 0;
}

void lab_settle(struct lab *lab)
{
	struct lab_packet p;
	unsigned int i;

	for (i = 0; i < 1000 && lab_take(lab, &p); i++)
		lab_deliver(lab, &p);
	assert_true(i < 1000);
}

void lab_advance(struct lab *lab, uint32_t ms)
{
	ike_time end = lab->now + ms;

	for (;;) {
		ike_time next = ike_deadline(lab->nodes[0].engine);

		lab_settle(lab);
		if (ike_deadline(lab->nodes[1].engine) < next)
			next = ike_deadline(lab->nodes[1].engine);
		if (next > end)
			break;
		if (next > lab->now)
			lab->now = next;
		run_timers(lab);
	}
	lab->now = end;
}

void lab_rekeyed(struct lab *lab)
{
	lab_settle(lab);
	lab_advance(lab, 2 * IKE_SETTLE_MS);
}

void lab_admin(struct lab *lab, unsigned int node, enum ike_event_type type, bool ike_sa)
{
	struct ike_event ev = { .type = type };

	strcpy(ev.tunnel.tunnel, "t");
	ev.tunnel.ike_sa = ike_sa;
	lab_step(lab, node, &ev);
	run_timers(lab);
}

/* ---- looking ------------------------------------------------------------ */

struct ike_sa *lab_sa(struct lab *lab, unsigned int node)
{
	return TAILQ_FIRST(&lab->nodes[node].engine->sas);
}

struct ike_path *lab_path(struct lab *lab, unsigned int node)
{
	return lab->nodes[node].engine->tunnels[0]->paths[0];
}

const struct ike_counters *lab_counters(struct lab *lab, unsigned int node)
{
	return ike_counters(lab->nodes[node].engine);
}

bool lab_logged(struct lab *lab, unsigned int node, const char *part)
{
	const struct lab_node *n = &lab->nodes[node];
	unsigned int i;

	for (i = 0; i < LAB_LOGS && i < n->n_logs; i++)
		if (strstr(n->logs[i], part))
			return true;
	return false;
}

bool lab_both_up(struct lab *lab)
{
	struct lab_node *a = &lab->nodes[0], *b = &lab->nodes[1];
	struct ike_path *pa = lab_path(lab, 0), *pb = lab_path(lab, 1);
	struct ike_sa *sa = ike_path_sa(pa), *sb = ike_path_sa(pb);

	return pa->state == IKE_PATH_UP && pb->state == IKE_PATH_UP && sa && sb &&
	       sa->spi_i == sb->spi_i && sa->spi_r == sb->spi_r &&
	       a->last_out.spi == b->last_in.spi && b->last_out.spi == a->last_in.spi &&
	       !memcmp(a->last_out.key, b->last_in.key, 32) &&
	       !memcmp(a->last_out.salt, b->last_in.salt, 4) &&
	       !memcmp(b->last_out.key, a->last_in.key, 32) &&
	       a->last_out.auth_key_len == b->last_in.auth_key_len &&
	       !memcmp(a->last_out.auth_key, b->last_in.auth_key, 64) &&
	       !memcmp(b->last_out.auth_key, a->last_in.auth_key, 64);
}

/* ---- forging ------------------------------------------------------------ */

static bool fill(void *ctx, uint8_t *out, size_t len)
{
	lab_random(ctx, out, len);
	return true;
}

static void route(struct lab *lab, unsigned int node, struct lab_packet *p)
{
	struct ike_sa *sa = lab_sa(lab, node);

	p->from = node;
	p->source = address(node);
	p->dest = address(!node);
	p->source.port = sa ? sa->local.port : 500;
	p->dest.port = sa ? sa->remote.port : 500;
}

void lab_seal(struct lab *lab, unsigned int node, struct lab_packet *p, uint8_t exchange,
	      uint8_t flags, uint32_t id, uint8_t first, const uint8_t *plain, size_t len)
{
	struct crypto_random rnd = { .fill = fill, .ctx = &lab->nodes[node] };
	struct ike_sa *sa = lab_sa(lab, node);
	struct wire_header h = { .spi_i = sa->spi_i, .spi_r = sa->spi_r,
				 .exchange = exchange, .message_id = id };

	h.flags = (uint8_t)(flags | (sa->initiator ? IKEV2_FLAG_INITIATOR : 0));
	route(lab, node, p);
	assert_int_equal(crypto_sk_seal(sa->sk_out, &rnd, &h, first, wire_chunk(plain, len),
					p->data, sizeof(p->data), &p->len), CRYPTO_OK);
}

void lab_clear(struct lab *lab, unsigned int node, struct lab_packet *p,
	       const struct wire_header *h, uint16_t notify, struct wire_chunk data)
{
	struct wire_builder b;

	route(lab, node, p);
	wire_build_message(&b, h, p->data, sizeof(p->data));
	wire_add_notify(&b, notify, data);
	assert_int_equal(wire_build_end(&b, &p->len), WIRE_OK);
}
