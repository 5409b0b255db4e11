// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/payload.h"
#include "wire/fragment.h"
#include "wire/sa_payload.h"
#include "wire/ts_payload.h"

/* What is left of a reader as a chunk */
static struct wire_chunk rest(struct wire_reader *r)
{
	size_t len = r->left;

	return wire_chunk(wire_get(r, len), len);
}

enum wire_status wire_parse_ke(struct wire_ke *ke, const struct wire_payload *p)
{
	struct wire_reader r;

	wire_reader_init(&r, p->body, p->len);
	ke->group = wire_get_u16(&r);
	wire_get_u16(&r);
	if (r.error || !r.left)
		return WIRE_TRUNCATED;
	ke->data = rest(&r);
	return WIRE_OK;
}

enum wire_status wire_parse_nonce(struct wire_chunk *nonce, const struct wire_payload *p)
{
	if (p->len < IKEV2_NONCE_MIN || p->len > IKEV2_NONCE_MAX)
		return WIRE_BAD_LENGTH;
	*nonce = wire_chunk(p->body, p->len);
	return WIRE_OK;
}

enum wire_status wire_parse_id(struct wire_id *id, const struct wire_payload *p)
{
	struct wire_reader r;

	wire_reader_init(&r, p->body, p->len);
	id->type = wire_get_u8(&r);
	wire_get(&r, 3);
	if (r.error)
		return WIRE_TRUNCATED;
	id->data = rest(&r);
	switch (id->type) {
	case IKEV2_ID_IPV4_ADDR:
		return id->data.len == 4 ? WIRE_OK : WIRE_BAD_LENGTH;
	case IKEV2_ID_IPV6_ADDR:
		return id->data.len == 16 ? WIRE_OK : WIRE_BAD_LENGTH;
	}
	return WIRE_OK;
}

enum wire_status wire_parse_auth(struct wire_auth *auth, const struct wire_payload *p)
{
	struct wire_reader r;

	wire_reader_init(&r, p->body, p->len);
	auth->method = wire_get_u8(&r);
	wire_get(&r, 3);
	if (r.error)
		return WIRE_TRUNCATED;
	auth->data = rest(&r);
	return WIRE_OK;
}

enum wire_status wire_parse_cert(struct wire_cert *cert, const struct wire_payload *p)
{
	struct wire_reader r;

	wire_reader_init(&r, p->body, p->len);
	cert->encoding = wire_get_u8(&r);
	if (r.error)
		return WIRE_TRUNCATED;
	cert->data = rest(&r);
	return WIRE_OK;
}

enum wire_status wire_parse_notify(struct wire_notify *n, const struct wire_payload *p)
{
	struct wire_reader r;
	size_t spi_len;

	wire_reader_init(&r, p->body, p->len);
	n->protocol = wire_get_u8(&r);
	spi_len = wire_get_u8(&r);
	n->type = wire_get_u16(&r);
	n->spi = wire_chunk(wire_get(&r, spi_len), spi_len);
	if (r.error)
		return WIRE_TRUNCATED;
	n->data = rest(&r);
	return WIRE_OK;
}

enum wire_status wire_parse_delete(struct wire_delete *d, const struct wire_payload *p)
{
	struct wire_reader r;
	size_t spi_len;

	wire_reader_init(&r, p->body, p->len);
	d->protocol = wire_get_u8(&r);
	spi_len = wire_get_u8(&r);
	d->n = wire_get_u16(&r);
	if (r.error)
		return WIRE_TRUNCATED;
	switch (d->protocol) {
	case IKEV2_PROTO_IKE:
		if (spi_len || d->n)
			return WIRE_BAD_VALUE;
		break;
	case IKEV2_PROTO_AH:
	case IKEV2_PROTO_ESP:
		if (spi_len != 4)
			return WIRE_BAD_LENGTH;
		break;
	default:
		return WIRE_BAD_VALUE;
	}
	if (r.left != spi_len * d->n)
		return WIRE_BAD_LENGTH;
	d->spis = wire_get(&r, r.left);
	return WIRE_OK;
}

uint32_t wire_notify_spi(const struct wire_notify *n)
{
	return n->spi.len == 4 ? wire_load_u32(n->spi.data) : 0;
}

uint32_t wire_delete_spi(const struct wire_delete *d, unsigned int i)
{
	return i < d->n ? wire_load_u32(d->spis + 4 * (size_t)i) : 0;
}

/* The decoders' results, one at a time: the largest is 25 KiB */
union decoded {
	struct wire_ke ke;
	struct wire_chunk nonce;
	struct wire_id id;
	struct wire_auth auth;
	struct wire_cert cert;
	struct wire_notify notify;
	struct wire_delete delete;
	struct wire_sa sa;
	struct wire_ts_list ts;
	struct wire_fragment fragment;
};

static enum wire_status check_payload(const struct wire_payload *p)
{
	union decoded d;

	switch (p->type) {
	case IKEV2_PL_SA:
		return wire_parse_sa(&d.sa, p);
	case IKEV2_PL_KE:
		return wire_parse_ke(&d.ke, p);
	case IKEV2_PL_IDI:
	case IKEV2_PL_IDR:
		return wire_parse_id(&d.id, p);
	case IKEV2_PL_CERT:
	case IKEV2_PL_CERTREQ:
		return wire_parse_cert(&d.cert, p);
	case IKEV2_PL_AUTH:
		return wire_parse_auth(&d.auth, p);
	case IKEV2_PL_NONCE:
		return wire_parse_nonce(&d.nonce, p);
	case IKEV2_PL_NOTIFY:
		return wire_parse_notify(&d.notify, p);
	case IKEV2_PL_DELETE:
		return wire_parse_delete(&d.delete, p);
	case IKEV2_PL_TSI:
	case IKEV2_PL_TSR:
		return wire_parse_ts(&d.ts, p);
	case IKEV2_PL_SKF:
		return wire_parse_fragment(&d.fragment, p);
	}
	return WIRE_OK;
}

enum wire_status wire_check_payloads(const struct wire_payloads *p, uint8_t *bad_type)
{
	unsigned int i;

	for (i = 0; i < p->n; i++) {
		enum wire_status status = check_payload(&p->at[i]);

		if (status) {
			if (bad_type)
				*bad_type = p->at[i].type;
			return status;
		}
	}
	return WIRE_OK;
}

bool wire_next_notify(const struct wire_payloads *p, unsigned int *pos, struct wire_notify *n)
{
	while (*pos < p->n) {
		const struct wire_payload *pl = &p->at[(*pos)++];

		if (pl->type == IKEV2_PL_NOTIFY && !wire_parse_notify(n, pl))
			return true;
	}
	return false;
}

bool wire_find_notify(const struct wire_payloads *p, uint16_t type, struct wire_notify *n)
{
	struct wire_notify found;
	unsigned int pos = 0;

	while (wire_next_notify(p, &pos, &found)) {
		if (found.type != type)
			continue;
		if (n)
			*n = found;
		return true;
	}
	return false;
}

void wire_add_ke(struct wire_builder *b, uint16_t group, struct wire_chunk data)
{
	wire_begin_payload(b, IKEV2_PL_KE);
	wire_put_u16(&b->w, group);
	wire_put_u16(&b->w, 0);
	wire_put(&b->w, data.data, data.len);
	wire_end_payload(b);
}

void wire_add_nonce(struct wire_builder *b, struct wire_chunk nonce)
{
	wire_add(b, IKEV2_PL_NONCE, nonce);
}

/* ID and AUTH share a layout: a type, three reserved octets, data */
static void put_typed(struct wire_writer *w, uint8_t type, struct wire_chunk data)
{
	wire_put_u8(w, type);
	wire_put_zero(w, 3);
	wire_put(w, data.data, data.len);
}

void wire_add_auth(struct wire_builder *b, uint8_t method, struct wire_chunk data)
{
	wire_begin_payload(b, IKEV2_PL_AUTH);
	put_typed(&b->w, method, data);
	wire_end_payload(b);
}

void wire_add_id(struct wire_builder *b, uint8_t payload, uint8_t type,
		 struct wire_chunk data)
{
	wire_begin_payload(b, payload);
	put_typed(&b->w, type, data);
	wire_end_payload(b);
}

enum wire_status wire_id_body(uint8_t *out, size_t cap, uint8_t type,
			      struct wire_chunk data, size_t *len)
{
	struct wire_writer w;

	wire_writer_init(&w, out, cap);
	put_typed(&w, type, data);
	if (w.overflow)
		return WIRE_NO_SPACE;
	*len = w.len;
	return WIRE_OK;
}

void wire_add_vendor(struct wire_builder *b, struct wire_chunk data)
{
	wire_add(b, IKEV2_PL_VENDOR, data);
}

void wire_add_notify(struct wire_builder *b, uint16_t type, struct wire_chunk data)
{
	wire_begin_payload(b, IKEV2_PL_NOTIFY);
	wire_put_u8(&b->w, IKEV2_PROTO_NONE);
	wire_put_u8(&b->w, 0);
	wire_put_u16(&b->w, type);
	wire_put(&b->w, data.data, data.len);
	wire_end_payload(b);
}

void wire_add_notify_spi(struct wire_builder *b, uint16_t type, uint8_t protocol,
			 uint32_t spi, struct wire_chunk data)
{
	wire_begin_payload(b, IKEV2_PL_NOTIFY);
	wire_put_u8(&b->w, protocol);
	wire_put_u8(&b->w, sizeof(spi));
	wire_put_u16(&b->w, type);
	wire_put_u32(&b->w, spi);
	wire_put(&b->w, data.data, data.len);
	wire_end_payload(b);
}

void wire_add_delete_ike(struct wire_builder *b)
{
	wire_begin_payload(b, IKEV2_PL_DELETE);
	wire_put_u8(&b->w, IKEV2_PROTO_IKE);
	wire_put_zero(&b->w, 3);
	wire_end_payload(b);
}

void wire_add_delete_child(struct wire_builder *b, uint8_t protocol,
			   const uint32_t *spis, unsigned int n)
{
	unsigned int i;

	if (!n || n > UINT16_MAX) {
		b->w.overflow = true;
		return;
	}
	wire_begin_payload(b, IKEV2_PL_DELETE);
	wire_put_u8(&b->w, protocol);
	wire_put_u8(&b->w, sizeof(*spis));
	wire_put_u16(&b->w, (uint16_t)n);
	for (i = 0; i < n; i++)
		wire_put_u32(&b->w, spis[i]);
	wire_end_payload(b);
}
