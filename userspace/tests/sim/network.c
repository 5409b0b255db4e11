// SPDX-License-Identifier: GPL-2.0-or-later
/* The network: it loses, repeats, delays, reorders, corrupts and rebinds */
#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim.h"
#include "util/fnv1a.h"

struct net_addr sim_address(const struct sim_world *w, unsigned int node, unsigned int path)
{
	struct net_addr a;

	memset(&a, 0, sizeof(a));
	a.family = w->plan.v6 ? AF_INET6 : AF_INET;
	a.ip[0] = w->plan.v6 ? 0x20 : 10;
	a.ip[1] = 1;
	a.ip[w->plan.v6 ? 8 : 2] = (uint8_t)(path + 1);
	a.ip[w->plan.v6 ? 15 : 3] = (uint8_t)(node + 1);
	return a;
}

int sim_node_of(const struct sim_world *w, const struct net_addr *addr)
{
	unsigned int i, j;

	for (i = 0; i < SIM_NODES; i++) {
		for (j = 0; j < SIM_PATHS; j++) {
			struct net_addr a = sim_address(w, i, j);

			if (net_addr_same_ip(&a, addr))
				return (int)i;
		}
	}
	return -1;
}

/* ---- a NAT in front of node 0 ------------------------------------------- */

#define PUBLIC_OCTET 99		/* last octet of its outer address */

static size_t last_octet(const struct sim_world *w)
{
	return w->plan.v6 ? 15 : 3;
}

void sim_nat_out(const struct sim_world *w, struct net_addr *from)
{
	if (!w->net.natted || sim_node_of(w, from) != 0)
		return;
	from->ip[last_octet(w)] = PUBLIC_OCTET;
	from->port = (uint16_t)(w->net.mapping + from->port);
}

bool sim_nat_in(const struct sim_world *w, struct net_addr *to)
{
	if (!w->net.natted)
		return true;
	if (to->ip[last_octet(w)] != PUBLIC_OCTET)
		return sim_node_of(w, to) == 1;
	/* Packets to a mapping that is gone are dropped */
	to->port = (uint16_t)(to->port - w->net.mapping);
	if (to->port != IKEV2_PORT && to->port != IKEV2_NATT_PORT)
		return false;
	to->ip[last_octet(w)] = 1;
	return true;
}

void sim_net_rebind(struct sim_world *w)
{
	w->net.mapping = (uint16_t)(10000 + 5000 * sim_rng_below(&w->rng, 8));
	sim_trace(w, NULL, "NAT rebinds to base %u", w->net.mapping);
}

/* ---- IKE packets -------------------------------------------------------- */

static void deliver_later(struct sim_world *w, const struct net_addr *from,
			  const struct net_addr *to, const uint8_t *data, size_t len,
			  bool corrupt)
{
	unsigned int spread = w->net.delay_max - w->net.delay_min + 1;
	struct sim_event *ev;

	ev = sim_schedule(w, SIM_PACKET, 0,
			  w->now + w->net.delay_min + sim_rng_below(&w->rng, spread));
	ev->from = *from;
	ev->to = *to;
	ev->data = malloc(len);
	if (!ev->data)
		abort();
	memcpy(ev->data, data, len);
	ev->len = len;
	if (corrupt)
		ev->data[sim_rng_below(&w->rng, (uint32_t)len)] ^=
			(uint8_t)(1 + sim_rng_below(&w->rng, 255));
}

static void keep_for_replay(struct sim_world *w, const struct net_addr *from,
			    const struct net_addr *to, const uint8_t *data, size_t len)
{
	unsigned int i = w->n_old % 4;

	if (len > sizeof(w->old[0]) || !sim_rng_percent(&w->rng, 20))
		return;
	memcpy(w->old[i], data, len);
	w->old_len[i] = len;
	w->old_from[i] = *from;
	w->old_to[i] = *to;
	w->n_old++;
}

/* --break: an engine that forgets its answers, or never repeats a request */
static bool broken_repeat(struct sim_world *w, const uint8_t *data, size_t len)
{
	bool responses = sim_broken(w, "response-cache");
	bool requests = sim_broken(w, "retransmission");
	unsigned int i;
	uint64_t h;

	if ((!responses && !requests) || len < IKEV2_HEADER_LEN ||
	    !(data[19] & IKEV2_FLAG_RESPONSE) != requests)
		return false;
	h = fnv1a(FNV1A_BASIS, data, len);
	for (i = 0; i < 64; i++)
		if (w->seen[i] == h)
			return true;
	w->seen[w->n_seen++ % 64] = h;
	return false;
}

void sim_net_send(struct sim_world *w, const struct net_addr *from, const struct net_addr *to,
		  const uint8_t *data, size_t len)
{
	struct net_addr source = *from;

	if (broken_repeat(w, data, len))
		return;
	sim_nat_out(w, &source);
	keep_for_replay(w, &source, to, data, len);
	if (w->net.black_hole || sim_rng_percent(&w->rng, w->net.loss)) {
		sim_trace(w, NULL, "lost");
		return;
	}
	deliver_later(w, &source, to, data, len, sim_rng_percent(&w->rng, w->net.corrupt));
	if (sim_rng_percent(&w->rng, w->net.duplicate))
		deliver_later(w, &source, to, data, len, false);
}

void sim_net_deliver(struct sim_world *w, struct sim_event *ev)
{
	struct ike_event ike = { .type = IKE_EVENT_PACKET };
	struct net_addr to = ev->to;
	int node;

	if (!sim_nat_in(w, &to))
		return;
	node = sim_node_of(w, &to);
	if (node < 0 || !w->nodes[node].engine ||
	    (to.port != IKEV2_PORT && to.port != IKEV2_NATT_PORT))
		return;
	ike.packet.local = to;
	ike.packet.remote = ev->from;
	ike.packet.data = ev->data;
	ike.packet.len = ev->len;
	sim_node_step(&w->nodes[node], &ike);
}

/* Somebody on the way who knows the SPIs sends errors that nobody signed */
void sim_net_forge(struct sim_world *w)
{
	static const uint16_t notifies[] = {
		IKEV2_N_NO_PROPOSAL_CHOSEN, IKEV2_N_AUTHENTICATION_FAILED,
		IKEV2_N_INVALID_SYNTAX, IKEV2_N_INVALID_IKE_SPI, IKEV2_N_INVALID_KE_PAYLOAD,
	};
	unsigned int i = w->n_old ? sim_rng_below(&w->rng, w->n_old < 4 ? w->n_old : 4) : 0;
	struct wire_builder b;
	struct wire_header h;
	uint8_t out[128];
	size_t len;

	if (!w->n_old || wire_parse_header(&h, w->old[i], w->old_len[i]) != WIRE_OK)
		return;
	h.flags = (uint8_t)((h.flags ^ IKEV2_FLAG_INITIATOR) | IKEV2_FLAG_RESPONSE);
	h.next_payload = 0;
	wire_build_message(&b, &h, out, sizeof(out));
	wire_add_notify(&b, notifies[sim_rng_below(&w->rng, 5)], wire_chunk(NULL, 0));
	if (wire_build_end(&b, &len) == WIRE_OK)
		deliver_later(w, &w->old_to[i], &w->old_from[i], out, len, false);
}

void sim_net_replay(struct sim_world *w)
{
	unsigned int i = w->n_old ? sim_rng_below(&w->rng, w->n_old < 4 ? w->n_old : 4) : 0;
	struct net_addr from;

	if (!w->n_old)
		return;
	from = w->old_from[i];
	/* Half of them from somewhere else: nobody may be led there */
	if (sim_rng_percent(&w->rng, 50))
		from.port ^= 0x100;
	deliver_later(w, &from, &w->old_to[i], w->old[i], w->old_len[i], false);
}
