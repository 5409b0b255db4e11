// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzzes ike_step(): the input is a script of events for one of two engines
 * that negotiate with each other. Octets become packets as they are, packets
 * that were changed on their way, and plaintext sealed under the real keys, so
 * that what lies behind decryption is reached as well.
 */
#include <stdlib.h>
#include <string.h>

#include "ike/engine.h"
#include "ike/ike.h"
#include "ike/status.h"

#define QUEUE 32
#define HELD 32

struct packet {
	unsigned int to;
	struct net_addr source;
	struct net_addr dest;
	uint8_t data[4096];
	size_t len;
};

struct node {
	struct ike_engine *engine;
	struct ike_effects effects;
	struct conf *conf;
	uint64_t random;
	uint32_t next_spi;
	struct ike_event held[HELD];
	unsigned int n_held;
	void *jobs[HELD];
	unsigned int n_jobs;
};

static struct node nodes[2];
static struct packet queue[QUEUE];
static unsigned int head, count;
static ike_time now;
static struct crypto_lib *crypto;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fill(void *ctx, uint8_t *buf, size_t len)
{
	struct node *n = ctx;

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

static void set_id(struct conf_id *id, char c)
{
	id->type = IKEV2_ID_FQDN;
	id->len = 1;
	id->data[0] = (uint8_t)c;
	id->text[0] = c;
}

static void whole_range(struct conf_selector *s)
{
	s->start.family = AF_INET;
	s->end.family = AF_INET;
	memset(s->end.ip, 0xff, 4);
}

static void fill_tunnel(struct conf_tunnel *t, unsigned int node, bool async)
{
	t->refs = 1;
	strcpy(t->name, "t");
	set_id(&t->local.id, node ? 'b' : 'a');
	set_id(&t->remote.id, node ? 'a' : 'b');
	t->local.psk_len = 1;
	t->remote.psk_len = 1;
	t->n_paths = 1;
	t->paths[0].id = 1;
	t->paths[0].remote_port = 500;
	t->paths[0].local = address(node);
	t->paths[0].remote = address(!node);
	t->n_local_ts = 1;
	t->n_remote_ts = 1;
	whole_range(&t->local_ts[0]);
	whole_range(&t->remote_ts[0]);
	t->n_ike = 1;
	t->ike[0].encr = IKEV2_ENCR_AES_GCM_16;
	t->ike[0].key_bits = 128;
	t->ike[0].prf = IKEV2_PRF_HMAC_SHA2_256;
	t->ike[0].groups[0] = IKEV2_GROUP_X25519;
	t->ike[0].n_groups = 1;
	t->n_esp = 1;
	t->esp[0].encr = IKEV2_ENCR_AES_GCM_16;
	t->esp[0].key_bits = 128;
	t->esp[0].no_esn = true;
	if (async) {
		t->esp[0].groups[0] = IKEV2_GROUP_X25519;
		t->esp[0].n_groups = 1;
	}
	t->esp_lifetime = 100;
	t->ike_lifetime = 300;
	t->detect_ms = 10000;
	t->encap = async ? CONF_ENCAP_UDP : CONF_ENCAP_AUTO;
	t->start = node ? CONF_START_LISTEN : CONF_START_ALWAYS;
}

static struct conf *make_conf(unsigned int node, bool async)
{
	struct conf *c = calloc(1, sizeof(*c));

	if (!c)
		abort();
	c->refs = 1;
	c->daemon.port = 500;
	c->daemon.natt_port = 4500;
	c->daemon.cookie_threshold = 2;
	c->daemon.half_open_max = 4;
	c->daemon.half_open_per_address = 4;
	c->tunnels = calloc(1, sizeof(struct conf_tunnel *));
	c->by_name = calloc(1, sizeof(struct conf_tunnel *));
	if (!c->tunnels || !c->by_name)
		abort();
	c->tunnels[0] = calloc(1, sizeof(struct conf_tunnel));
	if (!c->tunnels[0])
		abort();
	c->by_name[0] = c->tunnels[0];
	c->n_tunnels = 1;
	fill_tunnel(c->tunnels[0], node, async);
	return c;
}

/* ---- effects ------------------------------------------------------------ */

static void enqueue(unsigned int from, const struct ike_effect *f)
{
	struct packet *p = &queue[(head + count) % QUEUE];

	if (count == QUEUE || f->send.len > sizeof(p->data))
		return;
	count++;
	p->to = !from;
	p->source = f->send.local;
	p->dest = f->send.remote;
	memcpy(p->data, f->send.data, f->send.len);
	p->len = f->send.len;
}

static void hold(struct node *n, const struct ike_effect *f)
{
	struct ike_event *ev;

	if (n->n_held == HELD)
		return;
	ev = &n->held[n->n_held++];
	memset(ev, 0, sizeof(*ev));
	ev->type = IKE_EVENT_KERNEL_DONE;
	ev->kernel.op = f->op;
	if (f->type == IKE_EFFECT_SPI_ALLOC)
		ev->kernel.spi = ++n->next_spi;
}

static void step(unsigned int node, struct ike_event *ev)
{
	struct node *n = &nodes[node];
	size_t i;

	ev->now = now;
	ike_step(n->engine, ev, &n->effects);
	for (i = 0; i < n->effects.n; i++) {
		const struct ike_effect *f = &n->effects.list[i];

		if (f->type == IKE_EFFECT_SEND)
			enqueue(node, f);
		else if (f->type == IKE_EFFECT_JOB && n->n_jobs < HELD)
			n->jobs[n->n_jobs++] = f->job.job;
		else if (f->type == IKE_EFFECT_JOB)
			ike_job_free(f->job.job);
		else if (f->op)
			hold(n, f);
	}
	ike_effects_clear(&n->effects);
}

static void answer(unsigned int node, int error)
{
	struct node *n = &nodes[node];
	struct ike_event ev;

	if (n->n_jobs) {
		memset(&ev, 0, sizeof(ev));
		ev.type = IKE_EVENT_JOB;
		ev.job.job = n->jobs[--n->n_jobs];
		ike_job_run(ev.job.job);
		step(node, &ev);
	}
	if (!n->n_held)
		return;
	ev = n->held[0];
	n->n_held--;
	memmove(n->held, n->held + 1, n->n_held * sizeof(n->held[0]));
	if (error) {
		ev.kernel.error = error;
		ev.kernel.spi = 0;
	}
	step(node, &ev);
}

/* ---- packets ------------------------------------------------------------ */

static void deliver(const struct packet *p)
{
	struct ike_event ev = { .type = IKE_EVENT_PACKET };

	ev.packet.local = p->dest;
	ev.packet.remote = p->source;
	ev.packet.data = p->data;
	ev.packet.len = p->len;
	step(p->to, &ev);
}

/* The next packet, changed at one place or not */
static void pass_on(uint8_t at, uint8_t bits, bool keep)
{
	struct packet p;

	if (!count)
		return;
	p = queue[head];
	if (!keep) {
		head = (head + 1) % QUEUE;
		count--;
	}
	if (bits && p.len)
		p.data[at % p.len] ^= bits;
	deliver(&p);
}

static bool random_fill(void *ctx, uint8_t *out, size_t len)
{
	fill(ctx, out, len);
	return true;
}

/* Octets under the other end's keys: authentic, and still hostile */
static void sealed(unsigned int from, const uint8_t *data, size_t len)
{
	struct crypto_random rnd = { .fill = random_fill, .ctx = &nodes[from] };
	struct ike_sa *sa = TAILQ_FIRST(&nodes[from].engine->sas);
	struct wire_header h = { .exchange = IKEV2_INFORMATIONAL };
	static struct packet p;
	struct ike_sa *theirs;

	theirs = TAILQ_FIRST(&nodes[!from].engine->sas);
	if (!sa || !theirs || !sa->sk_out || len < 2)
		return;
	h.exchange = (uint8_t)(IKEV2_IKE_SA_INIT + (data[0] & 3));
	h.flags = (uint8_t)((data[0] & 4 ? IKEV2_FLAG_RESPONSE : 0) |
			    (sa->initiator ? IKEV2_FLAG_INITIATOR : 0));
	h.message_id = data[0] & 4 ? theirs->win.next : theirs->win.expected;
	h.spi_i = sa->spi_i;
	h.spi_r = sa->spi_r;
	p.to = !from;
	p.source = sa->local;
	p.dest = sa->remote;
	if (crypto_sk_seal(sa->sk_out, &rnd, &h, data[1], wire_chunk(data + 2, len - 2),
			   p.data, sizeof(p.data), &p.len) == CRYPTO_OK)
		deliver(&p);
}

static void raw(unsigned int to, const uint8_t *data, size_t len)
{
	static struct packet p;
	struct ike_sa *sa = TAILQ_FIRST(&nodes[to].engine->sas);

	p.to = to;
	p.source = address(!to);
	p.dest = address(to);
	p.source.port = 500;
	p.dest.port = 500;
	p.len = len;
	if (len)
		memcpy(p.data, data, len);
	/* Let it find an SA and have the right length */
	if (sa && len >= IKEV2_HEADER_LEN && data[0] & 1) {
		wire_store_u64(p.data, sa->spi_i);
		wire_store_u64(p.data + 8, sa->spi_r);
		wire_store_u32(p.data + 24, (uint32_t)len);
	}
	deliver(&p);
}

/* ---- the script --------------------------------------------------------- */

static void admin(unsigned int node, uint8_t what)
{
	static const enum ike_event_type types[] = {
		IKE_EVENT_UP, IKE_EVENT_DOWN, IKE_EVENT_REKEY, IKE_EVENT_REKEY,
		IKE_EVENT_ACQUIRE, IKE_EVENT_LOCAL_ADDRESS, IKE_EVENT_CONFIG,
	};
	struct ike_event ev = { .type = types[what % 7] };

	if (ev.type == IKE_EVENT_CONFIG) {
		ev.config.conf = nodes[node].conf;
	} else {
		strcpy(ev.tunnel.tunnel, "t");
		ev.tunnel.ike_sa = what % 7 == 3;
	}
	step(node, &ev);
}

static void timers(uint8_t jump)
{
	struct ike_event ev = { .type = IKE_EVENT_TIMER };
	unsigned int i;

	now += (ike_time)jump * jump;
	for (i = 0; i < 2; i++)
		if (ike_deadline(nodes[i].engine) <= now)
			step(i, &ev);
}

static void begin(bool async)
{
	unsigned int i;

	now = 1000;
	head = 0;
	count = 0;
	for (i = 0; i < 2; i++) {
		struct ike_env env = { .random = fill, .ctx = &nodes[i], .crypto = crypto,
				       .sync_crypto = !async, .seeded_keys = true };
		struct ike_event ev = { .type = IKE_EVENT_CONFIG };

		memset(&nodes[i], 0, sizeof(nodes[i]));
		nodes[i].random = i;
		nodes[i].next_spi = 0x1000 * (i + 1);
		nodes[i].conf = make_conf(i, async);
		nodes[i].engine = ike_engine_new(&env);
		if (!nodes[i].engine)
			abort();
		ev.config.conf = nodes[i].conf;
		step(i, &ev);
	}
	timers(0);
}

static void end(void)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		struct ike_event ev = { .type = IKE_EVENT_STOP };

		step(i, &ev);
		now += 5000;
		timers(0);
		if (!TAILQ_EMPTY(&nodes[i].engine->sas) || nodes[i].engine->children.n)
			abort();
		while (nodes[i].n_jobs)
			ike_job_free(nodes[i].jobs[--nodes[i].n_jobs]);
		ike_engine_free(nodes[i].engine);
		ike_effects_free(&nodes[i].effects);
		conf_unref(nodes[i].conf);
	}
}

/* Return: octets used */
static size_t one(const uint8_t *data, size_t size)
{
	unsigned int node = data[0] >> 7;
	size_t len = data[1];

	if (len > size - 2)
		len = size - 2;
	switch (data[0] & 7) {
	case 0:
	case 1:
		pass_on(data[1], data[0] & 8 ? data[0] : 0, data[0] & 16);
		answer(0, 0);
		answer(1, 0);
		return 2;
	case 2:
		answer(node, data[0] & 8 ? 12 : 0);
		return 2;
	case 3:
		timers(data[1]);
		return 2;
	case 4:
		admin(node, data[1]);
		return 2;
	case 5:
		raw(node, data + 2, len);
		return 2 + len;
	default:
		sealed(node, data + 2, len);
		return 2 + len;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t i;

	if (!crypto)
		crypto = crypto_init();
	if (size < 1 || size > 4096)
		return 0;
	begin(data[0] & 1);
	/* A start that random input would not find: both ends with keys or up */
	for (i = 0; i < (data[0] >> 1) % 12; i++) {
		pass_on(0, 0, false);
		answer(0, 0);
		answer(0, 0);
		answer(1, 0);
		answer(1, 0);
	}
	data++;
	size--;
	while (size >= 2) {
		size_t used = one(data, size);

		data += used;
		size -= used;
	}
	end();
	return 0;
}
