// SPDX-License-Identifier: GPL-2.0-or-later
#include "ike/cookie.h"

#include <string.h>

#define COOKIE_LIFETIME_MS 60000	/* then a new secret; the old one stays as long */

static void rotate(struct ike_engine *e)
{
	struct ike_cookie_state *c = &e->cookies;
	uint64_t age = e->now - c->made;
	unsigned int slot;

	if (c->valid[c->version & 1] && age < COOKIE_LIFETIME_MS)
		return;
	if (age >= 2 * COOKIE_LIFETIME_MS)
		c->valid[c->version & 1] = false;
	c->version++;
	slot = c->version & 1;
	ike_random(e, c->secret[slot], sizeof(c->secret[slot]));
	c->valid[slot] = true;
	c->made = e->now;
}

static bool compute(struct ike_engine *e, uint32_t version, const struct ike_message *m,
		    struct wire_chunk ni, uint8_t out[IKE_COOKIE_LEN])
{
	const struct ike_cookie_state *c = &e->cookies;
	uint8_t mac[CRYPTO_HASH_MAX];
	struct wire_chunk in[4];
	uint8_t spi[8], port[2];

	if (!c->valid[version & 1])
		return false;
	wire_store_u64(spi, m->raw->header.spi_i);
	wire_store_u16(port, m->remote.port);
	in[0] = ni;
	in[1] = wire_chunk(m->remote.ip, sizeof(m->remote.ip));
	in[2] = wire_chunk(port, sizeof(port));
	in[3] = wire_chunk(spi, sizeof(spi));
	if (crypto_prf(e->crypto, IKEV2_PRF_HMAC_SHA2_256,
		       wire_chunk(c->secret[version & 1], sizeof(c->secret[0])),
		       in, 4, mac) != CRYPTO_OK)
		return false;
	wire_store_u32(out, version);
	memcpy(out + 4, mac, IKE_COOKIE_LEN - 4);
	return true;
}

bool ike_cookie_make(struct ike_engine *e, const struct ike_message *m,
		     struct wire_chunk ni, uint8_t out[IKE_COOKIE_LEN])
{
	rotate(e);
	return compute(e, e->cookies.version, m, ni, out);
}

bool ike_cookie_valid(struct ike_engine *e, const struct ike_message *m,
		      struct wire_chunk ni, struct wire_chunk cookie)
{
	uint8_t expect[IKE_COOKIE_LEN];
	uint32_t version;

	if (cookie.len != IKE_COOKIE_LEN)
		return false;
	rotate(e);
	version = wire_load_u32(cookie.data);
	if (version != e->cookies.version && version + 1 != e->cookies.version)
		return false;
	return compute(e, version, m, ni, expect) &&
	       crypto_equal(expect, cookie.data, sizeof(expect));
}
