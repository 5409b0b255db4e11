// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "wire/sa_payload.h"

#define PROPOSAL_HEADER_LEN	8
#define TRANSFORM_HEADER_LEN	8
#define LAST_SUBSTRUCTURE	0
#define MORE_PROPOSALS		2
#define MORE_TRANSFORMS		3
#define ATTRIBUTE_SHORT		0x8000	/* the value follows the type at once */

/*
 * The common head of proposals and transforms: "more" marker, reserved octet,
 * length. The marker has to agree with whether anything follows.
 */
static enum wire_status get_substructure(struct wire_reader *in, uint8_t more_marker,
					 size_t min_len, struct wire_reader *out)
{
	const uint8_t *p = in->p;
	bool more, follows;
	size_t len;

	if (in->left < min_len)
		return WIRE_TRUNCATED;
	len = wire_load_u16(p + 2);
	if (len < min_len)
		return WIRE_BAD_LENGTH;
	if (len > in->left)
		return WIRE_TRUNCATED;
	if (p[0] != LAST_SUBSTRUCTURE && p[0] != more_marker)
		return WIRE_BAD_VALUE;
	more = p[0] == more_marker;
	follows = in->left > len;
	if (more != follows)
		return WIRE_BAD_LENGTH;
	wire_reader_init(out, wire_get(in, len), len);
	wire_get(out, 4);
	return WIRE_OK;
}

static enum wire_status parse_attributes(struct wire_transform *t, struct wire_reader *r)
{
	while (r->left) {
		uint16_t type = wire_get_u16(r);
		uint16_t value = wire_get_u16(r);

		if (!(type & ATTRIBUTE_SHORT)) {
			/* none of this format is defined: a stranger */
			wire_get(r, value);
			t->unusable = true;
		} else if ((type & ~ATTRIBUTE_SHORT) != IKEV2_ATTR_KEY_LENGTH ||
			   t->keylen || !value) {
			t->unusable = true;
		} else {
			t->keylen = value;
		}
		if (r->error)
			return WIRE_TRUNCATED;
	}
	return WIRE_OK;
}

static enum wire_status parse_transform(struct wire_transform *t, struct wire_reader *r)
{
	t->type = wire_get_u8(r);
	wire_get_u8(r);
	t->id = wire_get_u16(r);
	t->keylen = 0;
	t->unusable = false;
	return parse_attributes(t, r);
}

static bool transform_type_known(uint8_t type)
{
	return type >= IKEV2_TRANSFORM_ENCR && type <= IKEV2_TRANSFORM_ESN;
}

static enum wire_status parse_transforms(struct wire_proposal *prop, struct wire_reader *r,
					 unsigned int expected)
{
	unsigned int i;

	prop->n = 0;
	for (i = 0; r->left; i++) {
		struct wire_transform t;
		struct wire_reader body;
		enum wire_status status;

		status = get_substructure(r, MORE_TRANSFORMS, TRANSFORM_HEADER_LEN, &body);
		if (status)
			return status;
		status = parse_transform(&t, &body);
		if (status)
			return status;
		/* leaving out a transform could leave out a type: give up all */
		if (!transform_type_known(t.type) || prop->n == WIRE_TRANSFORMS_MAX)
			prop->unusable = true;
		if (prop->n < WIRE_TRANSFORMS_MAX)
			prop->transforms[prop->n++] = t;
	}
	return i == expected ? WIRE_OK : WIRE_BAD_VALUE;
}

static bool spi_len_fits(uint8_t protocol, size_t spi_len)
{
	switch (protocol) {
	case IKEV2_PROTO_IKE:
		return spi_len == 0 || spi_len == 8;
	case IKEV2_PROTO_AH:
	case IKEV2_PROTO_ESP:
		return spi_len == 4;
	}
	return false;
}

static enum wire_status parse_proposal(struct wire_proposal *prop, struct wire_reader *r)
{
	unsigned int expected;
	const uint8_t *spi;
	size_t spi_len;

	prop->num = wire_get_u8(r);
	prop->protocol = wire_get_u8(r);
	spi_len = wire_get_u8(r);
	expected = wire_get_u8(r);
	spi = wire_get(r, spi_len);
	if (r->error)
		return WIRE_TRUNCATED;

	prop->unusable = !spi_len_fits(prop->protocol, spi_len);
	prop->spi_len = 0;
	memset(prop->spi, 0, sizeof(prop->spi));
	if (spi_len && spi_len <= sizeof(prop->spi)) {
		prop->spi_len = (uint8_t)spi_len;
		memcpy(prop->spi, spi, spi_len);
	}
	return parse_transforms(prop, r, expected);
}

enum wire_status wire_parse_sa(struct wire_sa *sa, const struct wire_payload *p)
{
	struct wire_proposal surplus;
	struct wire_reader r;
	unsigned int num = 0;

	sa->n = 0;
	sa->skipped = 0;
	wire_reader_init(&r, p->body, p->len);
	if (!r.left)
		return WIRE_TRUNCATED;
	while (r.left) {
		bool fits = sa->n < WIRE_PROPOSALS_MAX;
		struct wire_proposal *prop = fits ? &sa->proposals[sa->n] : &surplus;
		struct wire_reader body;
		enum wire_status status;

		status = get_substructure(&r, MORE_PROPOSALS, PROPOSAL_HEADER_LEN, &body);
		if (status)
			return status;
		status = parse_proposal(prop, &body);
		if (status)
			return status;
		if (prop->num <= num)
			return WIRE_BAD_VALUE;
		num = prop->num;
		if (fits)
			sa->n++;
		else
			sa->skipped++;
	}
	return WIRE_OK;
}

static void put_transform(struct wire_writer *w, const struct wire_transform *t, bool last)
{
	size_t at = w->len;

	wire_put_u8(w, last ? LAST_SUBSTRUCTURE : MORE_TRANSFORMS);
	wire_put_zero(w, 3);
	wire_put_u8(w, t->type);
	wire_put_u8(w, 0);
	wire_put_u16(w, t->id);
	if (t->keylen) {
		wire_put_u16(w, ATTRIBUTE_SHORT | IKEV2_ATTR_KEY_LENGTH);
		wire_put_u16(w, t->keylen);
	}
	wire_patch_u16(w, at + 2, w->len - at);
}

static void put_proposal(struct wire_writer *w, const struct wire_proposal *prop, bool last)
{
	size_t at = w->len;
	unsigned int i;

	if (prop->n > WIRE_TRANSFORMS_MAX || prop->spi_len > WIRE_SPI_MAX) {
		w->overflow = true;
		return;
	}
	wire_put_u8(w, last ? LAST_SUBSTRUCTURE : MORE_PROPOSALS);
	wire_put_zero(w, 3);
	wire_put_u8(w, prop->num);
	wire_put_u8(w, prop->protocol);
	wire_put_u8(w, prop->spi_len);
	wire_put_u8(w, (uint8_t)prop->n);
	wire_put(w, prop->spi, prop->spi_len);
	for (i = 0; i < prop->n; i++)
		put_transform(w, &prop->transforms[i], i + 1 == prop->n);
	wire_patch_u16(w, at + 2, w->len - at);
}

void wire_add_sa(struct wire_builder *b, const struct wire_sa *sa)
{
	unsigned int i;

	if (!sa->n || sa->n > WIRE_PROPOSALS_MAX) {
		b->w.overflow = true;
		return;
	}
	wire_begin_payload(b, IKEV2_PL_SA);
	for (i = 0; i < sa->n; i++)
		put_proposal(&b->w, &sa->proposals[i], i + 1 == sa->n);
	wire_end_payload(b);
}

void wire_add_proposal(struct wire_builder *b, const struct wire_proposal *prop)
{
	wire_begin_payload(b, IKEV2_PL_SA);
	put_proposal(&b->w, prop, true);
	wire_end_payload(b);
}

bool wire_proposal_transform(struct wire_proposal *prop, uint8_t type, uint16_t id,
			     uint16_t keylen)
{
	struct wire_transform *t;

	if (prop->n >= WIRE_TRANSFORMS_MAX)
		return false;
	t = &prop->transforms[prop->n++];
	t->type = type;
	t->unusable = false;
	t->id = id;
	t->keylen = keylen;
	return true;
}

uint32_t wire_proposal_spi32(const struct wire_proposal *prop)
{
	return prop->spi_len == 4 ? wire_load_u32(prop->spi) : 0;
}

uint64_t wire_proposal_spi64(const struct wire_proposal *prop)
{
	return prop->spi_len == 8 ? wire_load_u64(prop->spi) : 0;
}

void wire_proposal_set_spi32(struct wire_proposal *prop, uint32_t spi)
{
	prop->spi_len = 4;
	wire_store_u32(prop->spi, spi);
}

void wire_proposal_set_spi64(struct wire_proposal *prop, uint64_t spi)
{
	prop->spi_len = 8;
	wire_store_u64(prop->spi, spi);
}
