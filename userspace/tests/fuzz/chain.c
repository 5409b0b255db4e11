// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "chain.h"
#include "wire/dump.h"
#include "wire/fragment.h"
#include "wire/payload.h"
#include "wire/sa_payload.h"
#include "wire/ts_payload.h"

static uint8_t rebuilt[2 * WIRE_MESSAGE_MAX];
static char text[4096];

/* What has just been built, as the one payload of a chain */
static const struct wire_payload *reparse(struct wire_builder *b, struct wire_payloads *again)
{
	size_t len;

	FUZZ_REQUIRE(wire_build_end(b, &len) == WIRE_OK);
	FUZZ_REQUIRE(wire_parse_payloads(again, b->first, rebuilt, len) == WIRE_OK);
	FUZZ_REQUIRE(again->n == 1);
	return &again->at[0];
}

static void same_transform(const struct wire_transform *a, const struct wire_transform *b)
{
	FUZZ_REQUIRE(a->type == b->type && a->id == b->id && a->keylen == b->keylen);
}

static void same_proposal(const struct wire_proposal *a, const struct wire_proposal *b)
{
	unsigned int i;

	FUZZ_REQUIRE(a->num == b->num && a->protocol == b->protocol && a->n == b->n);
	FUZZ_REQUIRE(a->spi_len == b->spi_len && !memcmp(a->spi, b->spi, sizeof(a->spi)));
	/* an SPI too long to be kept is not written again */
	FUZZ_REQUIRE(a->unusable || !b->unusable);
	for (i = 0; i < a->n; i++)
		same_transform(&a->transforms[i], &b->transforms[i]);
}

static void check_sa(const struct wire_payload *p)
{
	static struct wire_sa first, second;
	struct wire_payloads again;
	struct wire_builder b;
	unsigned int i;

	if (wire_parse_sa(&first, p))
		return;
	FUZZ_REQUIRE(first.n && first.n <= WIRE_PROPOSALS_MAX);
	wire_dump_sa(text, sizeof(text), &first);
	wire_build_inner(&b, rebuilt, sizeof(rebuilt));
	wire_add_sa(&b, &first);
	FUZZ_REQUIRE(wire_parse_sa(&second, reparse(&b, &again)) == WIRE_OK);
	FUZZ_REQUIRE(first.n == second.n && !second.skipped);
	for (i = 0; i < first.n; i++)
		same_proposal(&first.proposals[i], &second.proposals[i]);
}

static void check_ts(const struct wire_payload *p)
{
	struct wire_ts_list first, second;
	struct wire_payloads again;
	struct wire_builder b;

	if (wire_parse_ts(&first, p))
		return;
	FUZZ_REQUIRE(first.n <= WIRE_TS_MAX && first.n + first.skipped);
	wire_dump_ts(text, sizeof(text), &first);
	if (!first.n)
		return;
	wire_build_inner(&b, rebuilt, sizeof(rebuilt));
	wire_add_ts(&b, p->type, &first);
	FUZZ_REQUIRE(wire_parse_ts(&second, reparse(&b, &again)) == WIRE_OK);
	FUZZ_REQUIRE(first.n == second.n && !second.skipped);
	FUZZ_REQUIRE(!memcmp(first.ts, second.ts, first.n * sizeof(first.ts[0])));
}

static void check_delete(const struct wire_payload *p)
{
	uint32_t spis[WIRE_MESSAGE_MAX / 4];
	struct wire_delete first, second;
	struct wire_payloads again;
	struct wire_builder b;
	unsigned int i;

	if (wire_parse_delete(&first, p))
		return;
	for (i = 0; i < first.n; i++)
		spis[i] = wire_delete_spi(&first, i);
	if (first.protocol != IKEV2_PROTO_IKE && !first.n)
		return;
	wire_build_inner(&b, rebuilt, sizeof(rebuilt));
	if (first.protocol == IKEV2_PROTO_IKE)
		wire_add_delete_ike(&b);
	else
		wire_add_delete_child(&b, first.protocol, spis, first.n);
	FUZZ_REQUIRE(wire_parse_delete(&second, reparse(&b, &again)) == WIRE_OK);
	FUZZ_REQUIRE(first.protocol == second.protocol && first.n == second.n);
	for (i = 0; i < first.n; i++)
		FUZZ_REQUIRE(wire_delete_spi(&second, i) == spis[i]);
}

static void check_notify(const struct wire_payload *p)
{
	struct wire_notify first, second;
	struct wire_payloads again;
	struct wire_builder b;

	if (wire_parse_notify(&first, p) || (first.spi.len && first.spi.len != 4) ||
	    (!first.spi.len && first.protocol))
		return;
	wire_build_inner(&b, rebuilt, sizeof(rebuilt));
	if (first.spi.len)
		wire_add_notify_spi(&b, first.type, first.protocol, wire_notify_spi(&first),
				    first.data);
	else
		wire_add_notify(&b, first.type, first.data);
	FUZZ_REQUIRE(wire_parse_notify(&second, reparse(&b, &again)) == WIRE_OK);
	FUZZ_REQUIRE(first.type == second.type && first.protocol == second.protocol);
	FUZZ_REQUIRE(wire_chunk_equal(first.spi, second.spi));
	FUZZ_REQUIRE(wire_chunk_equal(first.data, second.data));
}

static void check_rest(const struct wire_payload *p)
{
	struct wire_chunk nonce;
	struct wire_fragment f;
	struct wire_cert cert;
	struct wire_auth auth;
	struct wire_id id;
	struct wire_ke ke;

	if (p->type == IKEV2_PL_KE && !wire_parse_ke(&ke, p))
		FUZZ_REQUIRE(ke.data.len == p->len - 4);
	if (p->type == IKEV2_PL_NONCE && !wire_parse_nonce(&nonce, p))
		FUZZ_REQUIRE(nonce.len >= 16 && nonce.len <= 256);
	if ((p->type == IKEV2_PL_IDI || p->type == IKEV2_PL_IDR) && !wire_parse_id(&id, p))
		wire_dump_id(text, sizeof(text), id.type, id.data);
	if (p->type == IKEV2_PL_AUTH && !wire_parse_auth(&auth, p))
		FUZZ_REQUIRE(auth.data.len == p->len - 4);
	if (p->type == IKEV2_PL_CERT && !wire_parse_cert(&cert, p))
		FUZZ_REQUIRE(cert.data.len == p->len - 1);
	if (p->type == IKEV2_PL_SKF && !wire_parse_fragment(&f, p))
		FUZZ_REQUIRE(f.number && f.number <= f.total && f.total <= WIRE_FRAGMENTS_MAX);
}

void fuzz_chain(const struct wire_payloads *p)
{
	unsigned int i;
	uint8_t bad;

	FUZZ_REQUIRE(p->n <= WIRE_PAYLOADS_MAX);
	wire_check_payloads(p, &bad);
	for (i = 0; i < p->n; i++) {
		const struct wire_payload *pl = &p->at[i];

		if (pl->type == IKEV2_PL_SA)
			check_sa(pl);
		else if (pl->type == IKEV2_PL_TSI || pl->type == IKEV2_PL_TSR)
			check_ts(pl);
		else if (pl->type == IKEV2_PL_DELETE)
			check_delete(pl);
		else if (pl->type == IKEV2_PL_NOTIFY)
			check_notify(pl);
		else
			check_rest(pl);
	}
}
