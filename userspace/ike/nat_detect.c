// SPDX-License-Identifier: GPL-2.0-or-later
#include "ike/nat_detect.h"

#include <stdio.h>
#include <string.h>

static bool hash(struct ike_engine *e, uint64_t spi_i, uint64_t spi_r,
		 const struct net_addr *addr, uint8_t *out)
{
	return crypto_nat_hash(e->crypto, spi_i, spi_r,
			       wire_chunk(addr->ip, net_addr_len(addr)), addr->port,
			       out) == CRYPTO_OK;
}

void ike_nat_add(struct ike_engine *e, struct wire_builder *b, const struct ike_sa *sa,
		 bool claim)
{
	uint8_t digest[IKEV2_NAT_HASH_LEN];

	if (claim)
		ike_random(e, digest, sizeof(digest));
	else if (!hash(e, sa->spi_i, sa->spi_r, &sa->local, digest))
		return;
	wire_add_notify(b, IKEV2_N_NAT_DETECTION_SOURCE_IP,
			wire_chunk(digest, sizeof(digest)));
	if (hash(e, sa->spi_i, sa->spi_r, &sa->remote, digest))
		wire_add_notify(b, IKEV2_N_NAT_DETECTION_DESTINATION_IP,
				wire_chunk(digest, sizeof(digest)));
}

bool ike_nat_refused(const struct ike_sa *sa, char *buf, size_t size)
{
	if (sa->conf->encap != CONF_ENCAP_NONE || !(sa->nat_local || sa->nat_remote || sa->udp))
		return false;
	snprintf(buf, size,
		 "there is a NAT in front of %s, and the configuration says encap = none",
		 sa->nat_local ? "us" : "the peer");
	return true;
}

void ike_nat_check(struct ike_sa *sa, const struct ike_message *m)
{
	const struct wire_header *h = &m->raw->header;
	bool source_seen = false, source_ok = false;
	bool dest_seen = false, dest_ok = false;
	uint8_t from[IKEV2_NAT_HASH_LEN];
	uint8_t to[IKEV2_NAT_HASH_LEN];
	unsigned int pos = 0;
	struct wire_notify n;

	if (!hash(sa->engine, h->spi_i, h->spi_r, &m->remote, from) ||
	    !hash(sa->engine, h->spi_i, h->spi_r, &m->local, to))
		return;
	while (wire_next_notify(m->p, &pos, &n)) {
		bool full = n.data.len == IKEV2_NAT_HASH_LEN;

		/* A multi-homed sender names several sources: one must fit */
		if (n.type == IKEV2_N_NAT_DETECTION_SOURCE_IP) {
			source_seen = true;
			source_ok |= full && !memcmp(n.data.data, from, sizeof(from));
		} else if (n.type == IKEV2_N_NAT_DETECTION_DESTINATION_IP) {
			dest_seen = true;
			dest_ok |= full && !memcmp(n.data.data, to, sizeof(to));
		}
	}
	sa->nat_known = source_seen && dest_seen;
	sa->nat_remote = sa->nat_known && !source_ok;
	sa->nat_local = sa->nat_known && !dest_ok;
}
