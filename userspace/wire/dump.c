// SPDX-License-Identifier: GPL-2.0-or-later
#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "wire/dump.h"
#include "wire/fragment.h"
#include "wire/payload.h"

/* Text that grows up to a limit and is always terminated */
struct text {
	char *out;
	size_t cap;
	size_t len;
};

static void text_init(struct text *t, char *out, size_t cap)
{
	t->out = out;
	t->cap = cap;
	t->len = 0;
	if (cap)
		out[0] = '\0';
}

static void __attribute__((format(printf, 2, 3))) add(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (t->len + 1 >= t->cap)
		return;
	va_start(ap, fmt);
	n = vsnprintf(t->out + t->len, t->cap - t->len, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	if ((size_t)n >= t->cap - t->len)
		t->len = t->cap - 1;
	else
		t->len += (size_t)n;
}

/* A name where there is one, else the kind of thing and its number */
static void add_name(struct text *t, const char *name, const char *kind, unsigned int number)
{
	if (!strcmp(name, "unknown"))
		add(t, "%s_%u", kind, number);
	else
		add(t, "%s", name);
}

static void add_notify(struct text *t, const struct wire_payload *p)
{
	struct wire_notify n;

	if (wire_parse_notify(&n, p)) {
		add(t, "N(malformed)");
		return;
	}
	add(t, "N(");
	add_name(t, ikev2_notify_name(n.type), "type", n.type);
	if (n.spi.len == 4)
		add(t, " %s %08x", ikev2_protocol_name(n.protocol), wire_notify_spi(&n));
	if (n.type == IKEV2_N_INVALID_KE_PAYLOAD && n.data.len == 2) {
		uint16_t group = wire_load_u16(n.data.data);

		add(t, " ");
		add_name(t, ikev2_transform_name(IKEV2_TRANSFORM_KE, group), "group", group);
	}
	add(t, ")");
}

static void add_delete(struct text *t, const struct wire_payload *p)
{
	struct wire_delete d;
	unsigned int i;

	if (wire_parse_delete(&d, p)) {
		add(t, "D(malformed)");
		return;
	}
	add(t, "D(%s", ikev2_protocol_name(d.protocol));
	for (i = 0; i < d.n && i < 8; i++)
		add(t, " %08x", wire_delete_spi(&d, i));
	add(t, d.n > 8 ? " ...)" : ")");
}

static void add_chain(struct text *t, const struct wire_payloads *p);

static void add_payload(struct text *t, const struct wire_payload *p,
			const struct wire_payloads *inner)
{
	struct wire_fragment f;
	struct wire_ke ke;

	switch (p->type) {
	case IKEV2_PL_NOTIFY:
		add_notify(t, p);
		return;
	case IKEV2_PL_DELETE:
		add_delete(t, p);
		return;
	}
	add_name(t, ikev2_payload_name(p->type), "payload", p->type);
	if (p->type == IKEV2_PL_KE && !wire_parse_ke(&ke, p)) {
		add(t, "(");
		add_name(t, ikev2_transform_name(IKEV2_TRANSFORM_KE, ke.group), "group", ke.group);
		add(t, ")");
	}
	if (p->type == IKEV2_PL_SKF && !wire_parse_fragment(&f, p))
		add(t, "(%u/%u)", f.number, f.total);
	if (inner && (p->type == IKEV2_PL_SK || p->type == IKEV2_PL_SKF)) {
		add(t, "{");
		add_chain(t, inner);
		add(t, "}");
	}
}

static void add_chain(struct text *t, const struct wire_payloads *p)
{
	unsigned int i;

	for (i = 0; i < p->n; i++) {
		if (i)
			add(t, " ");
		add_payload(t, &p->at[i], NULL);
	}
}

const char *wire_dump(char *out, size_t cap, const struct wire_message *msg,
		      const struct wire_payloads *inner)
{
	const struct wire_header *h = &msg->header;
	struct text t;
	unsigned int i;

	text_init(&t, out, cap);
	add_name(&t, ikev2_exchange_name(h->exchange), "exchange", h->exchange);
	add(&t, " %s %u [", h->flags & IKEV2_FLAG_RESPONSE ? "response" : "request",
	    h->message_id);
	for (i = 0; i < msg->payloads.n; i++) {
		if (i)
			add(&t, " ");
		add_payload(&t, &msg->payloads.at[i], inner);
	}
	add(&t, "]");
	return out;
}

static void add_proposal(struct text *t, const struct wire_proposal *prop)
{
	unsigned int i;

	add_name(t, ikev2_protocol_name(prop->protocol), "protocol", prop->protocol);
	for (i = 0; i < prop->n && i < WIRE_TRANSFORMS_MAX; i++) {
		const struct wire_transform *tr = &prop->transforms[i];

		add(t, i ? "/" : ":");
		add_name(t, ikev2_transform_name(tr->type, tr->id),
			 ikev2_transform_type_name(tr->type), tr->id);
		if (tr->keylen)
			add(t, "-%u", tr->keylen);
		if (tr->unusable)
			add(t, "(?)");
	}
}

const char *wire_dump_proposal(char *out, size_t cap, const struct wire_proposal *prop)
{
	struct text t;

	text_init(&t, out, cap);
	add_proposal(&t, prop);
	return out;
}

const char *wire_dump_sa(char *out, size_t cap, const struct wire_sa *sa)
{
	struct text t;
	unsigned int i;

	text_init(&t, out, cap);
	for (i = 0; i < sa->n; i++) {
		if (i)
			add(&t, ", ");
		add_proposal(&t, &sa->proposals[i]);
	}
	return out;
}

static unsigned int bit(const uint8_t *addr, unsigned int i)
{
	return addr[i / 8] >> (7 - i % 8) & 1;
}

/* Prefix length of a range, or -1 when it is not a prefix */
static int range_prefix(const struct wire_ts *ts)
{
	unsigned int bits = (unsigned int)wire_ts_addr_len(ts->type) * 8;
	unsigned int prefix = 0;
	unsigned int i;

	while (prefix < bits && bit(ts->start, prefix) == bit(ts->end, prefix))
		prefix++;
	for (i = prefix; i < bits; i++)
		if (bit(ts->start, i) || !bit(ts->end, i))
			return -1;
	return (int)prefix;
}

static void add_selector(struct text *t, const struct wire_ts *ts)
{
	int family = ts->type == IKEV2_TS_IPV6_ADDR_RANGE ? AF_INET6 : AF_INET;
	char start[INET6_ADDRSTRLEN] = "?";
	char end[INET6_ADDRSTRLEN] = "?";
	int prefix = range_prefix(ts);

	if (!inet_ntop(family, ts->start, start, sizeof(start)) ||
	    !inet_ntop(family, ts->end, end, sizeof(end)))
		return;
	if (prefix >= 0)
		add(t, "%s/%d", start, prefix);
	else
		add(t, "%s-%s", start, end);

	if (ts->protocol)
		add(t, " proto %u", ts->protocol);
	if (ts->start_port > ts->end_port)
		add(t, " port opaque");
	else if (ts->start_port == ts->end_port)
		add(t, " port %u", ts->start_port);
	else if (ts->start_port || ts->end_port != 65535)
		add(t, " port %u-%u", ts->start_port, ts->end_port);
}

const char *wire_dump_ts(char *out, size_t cap, const struct wire_ts_list *list)
{
	struct text t;
	unsigned int i;

	text_init(&t, out, cap);
	for (i = 0; i < list->n; i++) {
		if (i)
			add(&t, ", ");
		add_selector(&t, &list->ts[i]);
	}
	return out;
}

static bool printable(struct wire_chunk data)
{
	size_t i;

	for (i = 0; i < data.len; i++)
		if (data.data[i] < 0x20 || data.data[i] > 0x7e)
			return false;
	return data.len > 0;
}

const char *wire_dump_id(char *out, size_t cap, uint8_t type, struct wire_chunk data)
{
	char addr[INET6_ADDRSTRLEN];
	struct text t;
	size_t i;

	text_init(&t, out, cap);
	if (type == IKEV2_ID_IPV4_ADDR && data.len == 4 &&
	    inet_ntop(AF_INET, data.data, addr, sizeof(addr))) {
		add(&t, "%s", addr);
		return out;
	}
	if (type == IKEV2_ID_IPV6_ADDR && data.len == 16 &&
	    inet_ntop(AF_INET6, data.data, addr, sizeof(addr))) {
		add(&t, "%s", addr);
		return out;
	}
	if ((type == IKEV2_ID_FQDN || type == IKEV2_ID_RFC822_ADDR || type == IKEV2_ID_KEY_ID) &&
	    printable(data)) {
		add(&t, "%.*s", (int)data.len, (const char *)data.data);
		return out;
	}
	add(&t, "%s:", ikev2_id_type_name(type));
	for (i = 0; i < data.len; i++)
		add(&t, "%02x", data.data[i]);
	return out;
}
