// SPDX-License-Identifier: GPL-2.0-or-later
#include "ike/proposal_select.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "crypto/prf.h"
#include "ike/status.h"

static void put_spi(struct wire_proposal *p, uint8_t protocol, uint64_t spi)
{
	if (protocol == IKEV2_PROTO_ESP)
		wire_proposal_set_spi32(p, (uint32_t)spi);
	else if (spi)
		wire_proposal_set_spi64(p, spi);
}

static bool has_group(const struct conf_proposal *c, uint16_t group)
{
	unsigned int i;

	for (i = 0; i < c->n_groups; i++)
		if (c->groups[i] == group)
			return true;
	return false;
}

static void put_groups(struct wire_proposal *p, const struct conf_proposal *c,
		       uint16_t first)
{
	unsigned int i;

	if (first && has_group(c, first))
		wire_proposal_transform(p, IKEV2_TRANSFORM_KE, first, 0);
	for (i = 0; i < c->n_groups; i++)
		if (c->groups[i] != first)
			wire_proposal_transform(p, IKEV2_TRANSFORM_KE, c->groups[i], 0);
}

void ike_offer_build(struct wire_sa *sa, const struct ike_offer *offer, uint64_t spi,
		     uint16_t group_first)
{
	unsigned int i;

	sa->n = 0;
	for (i = 0; i < offer->n && sa->n < WIRE_PROPOSALS_MAX; i++) {
		const struct conf_proposal *c = &offer->list[i];
		struct wire_proposal *p = &sa->proposals[sa->n++];

		memset(p, 0, sizeof(*p));
		p->num = (uint8_t)sa->n;
		p->protocol = offer->protocol;
		put_spi(p, offer->protocol, spi);
		wire_proposal_transform(p, IKEV2_TRANSFORM_ENCR, c->encr, c->key_bits);
		if (c->prf && offer->protocol == IKEV2_PROTO_IKE)
			wire_proposal_transform(p, IKEV2_TRANSFORM_PRF, c->prf, 0);
		if (c->integ)
			wire_proposal_transform(p, IKEV2_TRANSFORM_INTEG, c->integ, 0);
		if (offer->with_ke)
			put_groups(p, c, group_first);
		if (offer->protocol != IKEV2_PROTO_ESP)
			continue;
		if (c->esn)
			wire_proposal_transform(p, IKEV2_TRANSFORM_ESN, IKEV2_ESN_YES, 0);
		if (c->no_esn || !c->esn)
			wire_proposal_transform(p, IKEV2_TRANSFORM_ESN, IKEV2_ESN_NO, 0);
	}
}

/* What a peer's proposal says about one transform type */
struct offered {
	bool listed;		/* the type occurs at all */
	bool found;		/* with the value looked for */
	bool none;		/* as optional: the value 0 is among them */
};

static struct offered offered(const struct wire_proposal *p, uint8_t type, uint16_t id,
			      uint16_t keylen)
{
	struct offered o = { false, false, false };
	unsigned int i;

	for (i = 0; i < p->n; i++) {
		const struct wire_transform *t = &p->transforms[i];

		if (t->type != type)
			continue;
		o.listed = true;
		if (t->unusable)
			continue;
		if (t->id == id && t->keylen == keylen)
			o.found = true;
		if (t->id == 0)
			o.none = true;
	}
	return o;
}

static bool match_group(uint16_t *group, const struct ike_offer *offer,
			const struct conf_proposal *c, const struct wire_proposal *p,
			uint16_t ke_group)
{
	unsigned int i;

	*group = 0;
	if (!offer->with_ke)
		return true;
	if (!c->n_groups) {
		struct offered o = offered(p, IKEV2_TRANSFORM_KE, 0, 0);

		return !o.listed || o.none;
	}
	if (ke_group && has_group(c, ke_group) &&
	    offered(p, IKEV2_TRANSFORM_KE, ke_group, 0).found) {
		*group = ke_group;
		return true;
	}
	for (i = 0; i < c->n_groups; i++) {
		if (!offered(p, IKEV2_TRANSFORM_KE, c->groups[i], 0).found)
			continue;
		*group = c->groups[i];
		return true;
	}
	return false;
}

static bool match_esn(bool *esn, const struct conf_proposal *c, const struct wire_proposal *p)
{
	struct offered yes = offered(p, IKEV2_TRANSFORM_ESN, IKEV2_ESN_YES, 0);
	struct offered no = offered(p, IKEV2_TRANSFORM_ESN, IKEV2_ESN_NO, 0);

	*esn = c->esn && yes.found;
	if (*esn)
		return true;
	/* A proposal without the transform means plain sequence numbers */
	return (c->no_esn || !c->esn) && (no.found || !no.listed);
}

static bool match(struct ike_choice *choice, const struct ike_offer *offer,
		  const struct conf_proposal *c, const struct wire_proposal *p,
		  uint16_t ke_group)
{
	struct crypto_suite *s = &choice->suite;
	struct offered integ;

	memset(choice, 0, sizeof(*choice));
	/* One with a type of transform we do not know is unusable (section 3.3.6) */
	if (p->unusable || p->protocol != offer->protocol)
		return false;
	if (!offered(p, IKEV2_TRANSFORM_ENCR, c->encr, c->key_bits).found)
		return false;
	integ = offered(p, IKEV2_TRANSFORM_INTEG, c->integ, 0);
	if (c->integ ? !integ.found : integ.listed && !integ.none)
		return false;
	if (offer->protocol == IKEV2_PROTO_IKE) {
		if (!offered(p, IKEV2_TRANSFORM_PRF, c->prf, 0).found)
			return false;
		s->prf = c->prf;
		choice->spi = wire_proposal_spi64(p);
	} else {
		if (!match_esn(&choice->esn, c, p))
			return false;
		choice->spi = wire_proposal_spi32(p);
	}
	if (!match_group(&s->group, offer, c, p, ke_group))
		return false;
	s->encr = c->encr;
	s->encr_bits = c->key_bits;
	s->integ = c->integ;
	choice->num = p->num;
	return true;
}

static bool select_pass(struct ike_choice *choice, const struct ike_offer *offer,
			const struct wire_sa *theirs, uint16_t ke_group, bool exact)
{
	unsigned int i, j;

	for (i = 0; i < offer->n; i++) {
		for (j = 0; j < theirs->n; j++) {
			if (!match(choice, offer, &offer->list[i],
				   &theirs->proposals[j], ke_group))
				continue;
			if (!exact || choice->suite.group == ke_group)
				return true;
		}
	}
	return false;
}

bool ike_offer_select(struct ike_choice *choice, const struct ike_offer *offer,
		      const struct wire_sa *theirs, uint16_t ke_group)
{
	/* A round trip is worth more than our order of preference */
	if (select_pass(choice, offer, theirs, ke_group, true))
		return true;
	return select_pass(choice, offer, theirs, ke_group, false);
}

/* An answer holds at most one transform of each type (section 3.3.6) */
static bool unambiguous(const struct wire_proposal *p)
{
	unsigned int seen = 0;
	unsigned int i;

	for (i = 0; i < p->n; i++) {
		uint8_t type = p->transforms[i].type;

		if (type > 31 || seen & 1u << type)
			return false;
		seen |= 1u << type;
	}
	return true;
}

bool ike_offer_verify(struct ike_choice *choice, const struct ike_offer *offer,
		      const struct wire_sa *answer)
{
	const struct wire_proposal *p = &answer->proposals[0];

	if (answer->n != 1 || !unambiguous(p) || !p->num || p->num > offer->n)
		return false;
	return match(choice, offer, &offer->list[p->num - 1], p, 0);
}

unsigned int ike_offer_groups(const struct ike_offer *offer, uint16_t *groups,
			      unsigned int max)
{
	unsigned int n = 0;
	unsigned int i, j, k;

	for (i = 0; i < offer->n; i++) {
		for (j = 0; j < offer->list[i].n_groups && n < max; j++) {
			for (k = 0; k < n; k++)
				if (groups[k] == offer->list[i].groups[j])
					break;
			if (k == n)
				groups[n++] = offer->list[i].groups[j];
		}
	}
	return n;
}

void ike_choice_proposal(struct wire_proposal *p, const struct ike_choice *choice,
			 uint8_t protocol, uint64_t spi)
{
	const struct crypto_suite *s = &choice->suite;

	memset(p, 0, sizeof(*p));
	p->num = choice->num;
	p->protocol = protocol;
	put_spi(p, protocol, spi);
	wire_proposal_transform(p, IKEV2_TRANSFORM_ENCR, s->encr, s->encr_bits);
	if (s->prf)
		wire_proposal_transform(p, IKEV2_TRANSFORM_PRF, s->prf, 0);
	if (s->integ)
		wire_proposal_transform(p, IKEV2_TRANSFORM_INTEG, s->integ, 0);
	if (s->group)
		wire_proposal_transform(p, IKEV2_TRANSFORM_KE, s->group, 0);
	if (protocol == IKEV2_PROTO_ESP)
		wire_proposal_transform(p, IKEV2_TRANSFORM_ESN,
					choice->esn ? IKEV2_ESN_YES : IKEV2_ESN_NO, 0);
}

/* ---- names, as the configuration writes them ---------------------------- */

static const char *sha2_name(uint16_t index)
{
	static const char *const names[] = { "sha256", "sha384", "sha512" };

	return index < 3 ? names[index] : "unknown";
}

static const char *group_name(uint16_t group)
{
	switch (group) {
	case IKEV2_GROUP_MODP_2048:
		return "modp2048";
	case IKEV2_GROUP_MODP_3072:
		return "modp3072";
	case IKEV2_GROUP_MODP_4096:
		return "modp4096";
	case IKEV2_GROUP_ECP_256:
		return "ecp256";
	case IKEV2_GROUP_ECP_384:
		return "ecp384";
	case IKEV2_GROUP_ECP_521:
		return "ecp521";
	case IKEV2_GROUP_X25519:
		return "x25519";
	default:
		return "unknown";
	}
}

struct text {
	char *buf;
	size_t size;
	size_t len;
};

__attribute__((format(printf, 2, 3)))
static void add(struct text *t, const char *format, ...)
{
	va_list args;
	int n;

	if (t->len + 1 >= t->size)
		return;
	va_start(args, format);
	n = vsnprintf(t->buf + t->len, t->size - t->len, format, args);
	va_end(args);
	if (n > 0)
		t->len += (size_t)n;
	if (t->len >= t->size)
		t->len = t->size - 1;
}

static void add_ciphers(struct text *t, uint16_t encr, uint16_t bits, uint16_t integ,
			uint16_t prf)
{
	if (encr == IKEV2_ENCR_AES_GCM_16)
		add(t, "aes%ugcm16", bits);
	else if (encr == IKEV2_ENCR_AES_CBC)
		add(t, "aes%u", bits);
	else if (bits)
		add(t, "%s-%u", ikev2_transform_name(IKEV2_TRANSFORM_ENCR, encr), bits);
	else
		add(t, "%s", ikev2_transform_name(IKEV2_TRANSFORM_ENCR, encr));
	if (integ)
		add(t, "-%s", sha2_name(integ - IKEV2_INTEG_HMAC_SHA2_256_128));
	if (prf)
		add(t, "-prf%s", sha2_name(prf - IKEV2_PRF_HMAC_SHA2_256));
}

const char *ike_suite_text(const struct crypto_suite *suite, bool esn, char *buf,
			   size_t size)
{
	struct text t = { buf, size, 0 };

	buf[0] = '\0';
	add_ciphers(&t, suite->encr, suite->encr_bits, suite->integ, suite->prf);
	if (suite->group)
		add(&t, "-%s", group_name(suite->group));
	if (esn)
		add(&t, "-esn");
	return buf;
}

static void add_proposal(struct text *t, const struct conf_proposal *p, bool with_ke)
{
	unsigned int i;

	add_ciphers(t, p->encr, p->key_bits, p->integ, p->prf);
	for (i = 0; with_ke && i < p->n_groups; i++)
		add(t, "-%s", group_name(p->groups[i]));
	if (p->esn)
		add(t, p->no_esn ? "-esn-noesn" : "-esn");
}

const char *ike_proposal_text(const struct conf_proposal *p, char *buf, size_t size)
{
	struct text t = { buf, size, 0 };

	buf[0] = '\0';
	add_proposal(&t, p, true);
	return buf;
}

const char *ike_offer_text(const struct ike_offer *offer, char *buf, size_t size)
{
	struct text t = { buf, size, 0 };
	unsigned int i;

	buf[0] = '\0';
	for (i = 0; i < offer->n; i++) {
		add(&t, "%s", i ? ", " : "");
		add_proposal(&t, &offer->list[i], offer->with_ke);
	}
	return buf;
}

static void add_transform(struct text *t, const struct wire_transform *f)
{
	switch (f->type) {
	case IKEV2_TRANSFORM_ENCR:
		add_ciphers(t, f->id, f->keylen, 0, 0);
		break;
	case IKEV2_TRANSFORM_PRF:
		if (crypto_prf_len(f->id))
			add(t, "-prf%s", sha2_name(f->id - IKEV2_PRF_HMAC_SHA2_256));
		else
			add(t, "-prf(%s)", ikev2_transform_name(f->type, f->id));
		break;
	case IKEV2_TRANSFORM_INTEG:
		if (crypto_integ_key_len(f->id))
			add(t, "-%s", sha2_name(f->id - IKEV2_INTEG_HMAC_SHA2_256_128));
		else if (f->id)
			add(t, "-(%s)", ikev2_transform_name(f->type, f->id));
		break;
	case IKEV2_TRANSFORM_KE:
		if (strcmp(group_name(f->id), "unknown"))
			add(t, "-%s", group_name(f->id));
		else if (f->id)
			add(t, "-group%u", f->id);
		break;
	case IKEV2_TRANSFORM_ESN:
		if (f->id)
			add(t, "-esn");
		break;
	default:
		add(t, "-transform%u/%u", f->type, f->id);
	}
}

const char *ike_theirs_text(const struct wire_sa *sa, char *buf, size_t size)
{
	struct text t = { buf, size, 0 };
	unsigned int i, j;

	buf[0] = '\0';
	for (i = 0; i < sa->n; i++) {
		const struct wire_proposal *p = &sa->proposals[i];

		add(&t, "%s", i ? ", " : "");
		for (j = 0; j < p->n; j++) {
			if (j && p->transforms[j].type == IKEV2_TRANSFORM_ENCR)
				add(&t, "/");
			add_transform(&t, &p->transforms[j]);
		}
	}
	return buf;
}
