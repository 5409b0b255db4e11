// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Proposal tokens: a cipher, with what goes with it, joined by '-'. The names
 * are those strongSwan's users know.
 */
#include <string.h>

#include "config/tree.h"
#include "config/value.h"
#include "wire/ikev2.h"

enum token_kind {
	TOKEN_ENCR,
	TOKEN_INTEG,
	TOKEN_PRF,
	TOKEN_GROUP,
	TOKEN_ESN,
	TOKEN_NO_ESN,
	TOKEN_WEAK,		/* @cure instead */
	TOKEN_MISSING,		/* sound, but not in this version */
};

struct token {
	const char *name;
	enum token_kind kind;
	uint16_t id;
	uint16_t bits;
	const char *cure;
};

#define GROUP_CURE "x25519, ecp256 or modp2048"
#define CIPHER_CURE "aes256gcm16"
#define HASH_CURE "sha256"
#define PRF_CURE "prfsha256"

static const struct token tokens[] = {
	{ "aes128gcm16", TOKEN_ENCR, IKEV2_ENCR_AES_GCM_16, 128, NULL },
	{ "aes256gcm16", TOKEN_ENCR, IKEV2_ENCR_AES_GCM_16, 256, NULL },
	{ "aes128gcm128", TOKEN_ENCR, IKEV2_ENCR_AES_GCM_16, 128, NULL },
	{ "aes256gcm128", TOKEN_ENCR, IKEV2_ENCR_AES_GCM_16, 256, NULL },
	{ "aes128", TOKEN_ENCR, IKEV2_ENCR_AES_CBC, 128, NULL },
	{ "aes192", TOKEN_ENCR, IKEV2_ENCR_AES_CBC, 192, NULL },
	{ "aes256", TOKEN_ENCR, IKEV2_ENCR_AES_CBC, 256, NULL },
	{ "sha256", TOKEN_INTEG, IKEV2_INTEG_HMAC_SHA2_256_128, IKEV2_PRF_HMAC_SHA2_256, NULL },
	{ "sha384", TOKEN_INTEG, IKEV2_INTEG_HMAC_SHA2_384_192, IKEV2_PRF_HMAC_SHA2_384, NULL },
	{ "sha512", TOKEN_INTEG, IKEV2_INTEG_HMAC_SHA2_512_256, IKEV2_PRF_HMAC_SHA2_512, NULL },
	{ "prfsha256", TOKEN_PRF, IKEV2_PRF_HMAC_SHA2_256, 0, NULL },
	{ "prfsha384", TOKEN_PRF, IKEV2_PRF_HMAC_SHA2_384, 0, NULL },
	{ "prfsha512", TOKEN_PRF, IKEV2_PRF_HMAC_SHA2_512, 0, NULL },
	{ "x25519", TOKEN_GROUP, IKEV2_GROUP_X25519, 0, NULL },
	{ "curve25519", TOKEN_GROUP, IKEV2_GROUP_X25519, 0, NULL },
	{ "ecp256", TOKEN_GROUP, IKEV2_GROUP_ECP_256, 0, NULL },
	{ "ecp384", TOKEN_GROUP, IKEV2_GROUP_ECP_384, 0, NULL },
	{ "ecp521", TOKEN_GROUP, IKEV2_GROUP_ECP_521, 0, NULL },
	{ "modp2048", TOKEN_GROUP, IKEV2_GROUP_MODP_2048, 0, NULL },
	{ "esn", TOKEN_ESN, 0, 0, NULL },
	{ "noesn", TOKEN_NO_ESN, 0, 0, NULL },
	/* RFC 8247 and RFC 8221: MUST NOT or SHOULD NOT */
	{ "modp768", TOKEN_WEAK, 0, 0, GROUP_CURE },
	{ "modp1024", TOKEN_WEAK, 0, 0, GROUP_CURE },
	{ "modp1536", TOKEN_WEAK, 0, 0, GROUP_CURE },
	{ "modp1024s160", TOKEN_WEAK, 0, 0, GROUP_CURE },
	{ "modp2048s224", TOKEN_WEAK, 0, 0, GROUP_CURE },
	{ "modp2048s256", TOKEN_WEAK, 0, 0, GROUP_CURE },
	{ "ecp192", TOKEN_WEAK, 0, 0, GROUP_CURE },
	{ "ecp224", TOKEN_WEAK, 0, 0, GROUP_CURE },
	{ "md5", TOKEN_WEAK, 0, 0, HASH_CURE },
	{ "sha", TOKEN_WEAK, 0, 0, HASH_CURE },
	{ "sha1", TOKEN_WEAK, 0, 0, HASH_CURE },
	{ "prfmd5", TOKEN_WEAK, 0, 0, PRF_CURE },
	{ "prfsha1", TOKEN_WEAK, 0, 0, PRF_CURE },
	{ "des", TOKEN_WEAK, 0, 0, CIPHER_CURE },
	{ "3des", TOKEN_WEAK, 0, 0, CIPHER_CURE },
	{ "blowfish", TOKEN_WEAK, 0, 0, CIPHER_CURE },
	{ "cast128", TOKEN_WEAK, 0, 0, CIPHER_CURE },
	{ "null", TOKEN_WEAK, 0, 0, CIPHER_CURE },
	{ "aes128gcm8", TOKEN_WEAK, 0, 0, CIPHER_CURE },
	{ "aes256gcm8", TOKEN_WEAK, 0, 0, CIPHER_CURE },
	{ "modp3072", TOKEN_MISSING, 0, 0, GROUP_CURE },
	{ "modp4096", TOKEN_MISSING, 0, 0, GROUP_CURE },
	{ "modp6144", TOKEN_MISSING, 0, 0, GROUP_CURE },
	{ "modp8192", TOKEN_MISSING, 0, 0, GROUP_CURE },
	{ "x448", TOKEN_MISSING, 0, 0, GROUP_CURE },
	{ "curve448", TOKEN_MISSING, 0, 0, GROUP_CURE },
	{ "mlkem768", TOKEN_MISSING, 0, 0, GROUP_CURE },
	{ "aesxcbc", TOKEN_MISSING, 0, 0, HASH_CURE },
	{ "aescmac", TOKEN_MISSING, 0, 0, HASH_CURE },
	{ "prfaesxcbc", TOKEN_MISSING, 0, 0, PRF_CURE },
	{ "prfaescmac", TOKEN_MISSING, 0, 0, PRF_CURE },
	{ "aes192gcm16", TOKEN_MISSING, 0, 0, CIPHER_CURE },
	{ "aes128gcm12", TOKEN_MISSING, 0, 0, CIPHER_CURE },
	{ "aes256gcm12", TOKEN_MISSING, 0, 0, CIPHER_CURE },
	{ "aes128ccm16", TOKEN_MISSING, 0, 0, CIPHER_CURE },
	{ "aes256ccm16", TOKEN_MISSING, 0, 0, CIPHER_CURE },
	{ "aes128ctr", TOKEN_MISSING, 0, 0, CIPHER_CURE },
	{ "aes256ctr", TOKEN_MISSING, 0, 0, CIPHER_CURE },
	{ "chacha20poly1305", TOKEN_MISSING, 0, 0, CIPHER_CURE },
	{ "camellia256", TOKEN_MISSING, 0, 0, CIPHER_CURE },
};

#define N_TOKENS (sizeof(tokens) / sizeof(tokens[0]))

static const struct token *find_token(const char *name)
{
	size_t i;

	for (i = 0; i < N_TOKENS; i++)
		if (!strcmp(tokens[i].name, name))
			return &tokens[i];
	return NULL;
}

static bool unknown_token(const char *text, const char *name,
			  struct conf_why *why)
{
	const char *words[N_TOKENS + 1], *near;
	size_t i, n = 0;

	if (!strcmp(name, "aes"))
		return conf_why(why, "'aes' in '%s' has no key length: write aes256gcm16, or aes256 with a hash",
				text);
	for (i = 0; i < N_TOKENS; i++)
		if (tokens[i].kind < TOKEN_WEAK)
			words[n++] = tokens[i].name;
	words[n] = NULL;
	near = conf_suggest(name, words);
	if (near)
		return conf_why(why, "unknown algorithm '%s' in '%s'; did you mean '%s'?",
				name, text, near);
	return conf_why(why, "unknown algorithm '%s' in '%s'; ikevti.conf(5) lists those there are",
			name, text);
}

struct builder {
	const char *text;
	enum conf_protocol protocol;
	struct conf_proposal *p;
	uint16_t implied_prf;
	struct conf_why *why;
};

static bool add_group(struct builder *b, const struct token *t)
{
	struct conf_proposal *p = b->p;
	unsigned int i;

	for (i = 0; i < p->n_groups; i++)
		if (p->groups[i] == t->id)
			return conf_why(b->why, "'%s' names the group %s twice",
					b->text, t->name);
	if (p->n_groups == sizeof(p->groups) / sizeof(p->groups[0]))
		return conf_why(b->why, "'%s' names too many groups", b->text);
	p->groups[p->n_groups++] = t->id;
	return true;
}

static bool once(struct builder *b, bool taken, const char *what)
{
	if (taken)
		return conf_why(b->why, "'%s' names %s twice; write a proposal for each, with a comma between",
				b->text, what);
	return true;
}

static bool add_token(struct builder *b, const struct token *t)
{
	struct conf_proposal *p = b->p;
	bool esp = b->protocol == CONF_PROTOCOL_ESP;

	switch (t->kind) {
	case TOKEN_ENCR:
		if (!once(b, p->encr, "a cipher"))
			return false;
		p->encr = t->id;
		p->key_bits = t->bits;
		return true;
	case TOKEN_INTEG:
		if (!once(b, p->integ, "a hash"))
			return false;
		p->integ = t->id;
		b->implied_prf = t->bits;
		return true;
	case TOKEN_PRF:
		if (esp)
			return conf_why(b->why, "'%s' has no place in '%s': only IKE proposals have a PRF",
					t->name, b->text);
		if (!once(b, p->prf, "a PRF"))
			return false;
		p->prf = t->id;
		return true;
	case TOKEN_GROUP:
		return add_group(b, t);
	case TOKEN_ESN:
	case TOKEN_NO_ESN:
		if (!esp)
			return conf_why(b->why, "'%s' has no place in '%s': only ESP has sequence numbers to extend",
					t->name, b->text);
		if (t->kind == TOKEN_ESN)
			p->esn = true;
		else
			p->no_esn = true;
		return true;
	case TOKEN_WEAK:
		return conf_why(b->why, "'%s' in '%s' is too weak and refused; use %s",
				t->name, b->text, t->cure);
	case TOKEN_MISSING:
	default:
		return conf_why(b->why, "'%s' in '%s' is not supported by this version; use %s",
				t->name, b->text, t->cure);
	}
}

static bool finish_ike(struct builder *b)
{
	struct conf_proposal *p = b->p;

	if (p->encr == IKEV2_ENCR_AES_GCM_16) {
		if (p->integ)
			return conf_why(b->why, "'%s' names a hash beside AES-GCM, which needs none; for the PRF write 'prfsha256'",
					b->text);
		if (!p->prf)
			return conf_why(b->why, "'%s' names no PRF; write it as in aes256gcm16-prfsha256-x25519",
					b->text);
	} else {
		if (!p->integ)
			return conf_why(b->why, "'%s' names no hash for a cipher that needs one; write it as in aes256-sha256-x25519",
					b->text);
		if (!p->prf)
			p->prf = b->implied_prf;
	}
	if (!p->n_groups)
		return conf_why(b->why, "'%s' names no key exchange group; add %s",
				b->text, GROUP_CURE);
	return true;
}

static bool finish_esp(struct builder *b)
{
	struct conf_proposal *p = b->p;

	if (p->encr == IKEV2_ENCR_AES_GCM_16) {
		if (p->integ)
			return conf_why(b->why, "'%s' names a hash beside AES-GCM, which needs none",
					b->text);
	} else {
		if (p->key_bits == 192)
			return conf_why(b->why, "'%s': ESP has AES-CBC with 128 or 256 bits; use aes256",
					b->text);
		if (!p->integ)
			return conf_why(b->why, "'%s' names no hash for a cipher that needs one; write it as in aes256-sha256-x25519, or better aes256gcm16-x25519",
					b->text);
	}
	if (!p->esn && !p->no_esn) {
		p->esn = true;
		p->no_esn = true;
	}
	return true;
}

bool conf_parse_proposal(const char *text, enum conf_protocol protocol,
			 struct conf_proposal *out, struct conf_why *why)
{
	struct builder b = { .text = text, .protocol = protocol, .p = out,
			     .why = why };
	const struct token *t;
	char name[32];
	const char *p;
	size_t len;

	memset(out, 0, sizeof(*out));
	if (strlen(text) > 128)
		return conf_why(why, "'%.40s...' is too long for a proposal",
				text);
	for (p = text; ; p += len + 1) {
		len = strcspn(p, "-");
		if (!len || len >= sizeof(name))
			return conf_why(why, "'%s' is not a proposal; write one as aes256gcm16-prfsha256-x25519",
					text);
		memcpy(name, p, len);
		name[len] = 0;
		t = find_token(name);
		if (!t)
			return unknown_token(text, name, why);
		if (!add_token(&b, t))
			return false;
		if (!p[len])
			break;
	}
	if (!out->encr)
		return conf_why(why, "'%s' names no cipher; begin it with aes256gcm16",
				text);
	return protocol == CONF_PROTOCOL_IKE ? finish_ike(&b) : finish_esp(&b);
}

static const struct token *token_of(enum token_kind kind, uint16_t id,
				    uint16_t bits)
{
	size_t i;

	for (i = 0; i < N_TOKENS; i++)
		if (tokens[i].kind == kind && tokens[i].id == id &&
		    (kind != TOKEN_ENCR || tokens[i].bits == bits))
			return &tokens[i];
	return NULL;
}

static void append(char *buf, size_t size, const struct token *t)
{
	size_t len = strlen(buf);

	snprintf(buf + len, size - len, "%s%s", len ? "-" : "",
		 t ? t->name : "unknown");
}

const char *conf_format_proposal(const struct conf_proposal *p, char *buf,
				 size_t size)
{
	const struct token *integ = NULL;
	unsigned int i;

	*buf = 0;
	append(buf, size, token_of(TOKEN_ENCR, p->encr, p->key_bits));
	if (p->integ) {
		integ = token_of(TOKEN_INTEG, p->integ, 0);
		append(buf, size, integ);
	}
	/* the PRF that a hash implies is left out */
	if (p->prf && !(integ && integ->bits == p->prf))
		append(buf, size, token_of(TOKEN_PRF, p->prf, 0));
	for (i = 0; i < p->n_groups; i++)
		append(buf, size, token_of(TOKEN_GROUP, p->groups[i], 0));
	if (p->esn != p->no_esn)
		append(buf, size, token_of(p->esn ? TOKEN_ESN : TOKEN_NO_ESN,
					   0, 0));
	return buf;
}
