// SPDX-License-Identifier: GPL-2.0-or-later
/* Effects, log sentences and randomness */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike/engine.h"

#define LOG_BURST	20	/* sentences strangers can provoke, per second */

struct ike_effect *ike_emit(struct ike_engine *e, enum ike_effect_type type)
{
	struct ike_effects *out = e->out;
	struct ike_effect *f;

	if (!out)
		return NULL;
	if (out->n == out->cap) {
		size_t cap = out->cap ? out->cap * 2 : 8;

		f = malloc(cap * sizeof(*f));
		if (!f)
			return NULL;
		/* Not realloc(): keys must not stay behind in freed memory */
		if (out->n)
			memcpy(f, out->list, out->n * sizeof(*f));
		if (out->list)
			crypto_cleanse(out->list, out->n * sizeof(*f));
		free(out->list);
		out->list = f;
		out->cap = cap;
	}
	f = &out->list[out->n++];
	memset(f, 0, sizeof(*f));
	f->type = type;
	return f;
}

void ike_effects_clear(struct ike_effects *out)
{
	size_t i;

	for (i = 0; i < out->n; i++) {
		struct ike_effect *f = &out->list[i];

		if (f->type == IKE_EFFECT_SEND)
			free(f->send.data);
		else if (f->type == IKE_EFFECT_LOG)
			free(f->log.text);
		else if (f->type == IKE_EFFECT_STATE)
			free(f->state.text);
		crypto_cleanse(f, sizeof(*f));
	}
	out->n = 0;
}

void ike_effects_free(struct ike_effects *out)
{
	ike_effects_clear(out);
	free(out->list);
	out->list = NULL;
	out->cap = 0;
}

void ike_emit_state(struct ike_engine *e, const struct ike_path *path, const char *what,
		    const char *format, ...)
{
	struct ike_effect *f = ike_emit(e, IKE_EFFECT_STATE);
	va_list args;

	if (!f)
		return;
	va_start(args, format);
	if (format && vasprintf(&f->state.text, format, args) < 0)
		f->state.text = NULL;
	va_end(args);
	memcpy(f->state.tunnel, path->tunnel->conf->name, sizeof(f->state.tunnel));
	f->state.path = path->conf->id;
	snprintf(f->state.what, sizeof(f->state.what), "%s", what);
}

struct ike_effect *ike_emit_send(struct ike_engine *e, const struct net_addr *local,
				 const struct net_addr *remote,
				 const struct conf_tunnel *conf, const uint8_t *data,
				 size_t len)
{
	uint8_t *copy = malloc(len);
	struct ike_effect *f = copy ? ike_emit(e, IKE_EFFECT_SEND) : NULL;

	if (!f) {
		free(copy);
		return NULL;
	}
	memcpy(copy, data, len);
	f->send.local = *local;
	f->send.remote = *remote;
	f->send.data = copy;
	f->send.len = len;
	if (conf)
		memcpy(f->send.tunnel, conf->name, sizeof(f->send.tunnel));
	e->counters.packets_sent++;
	return f;
}

__attribute__((format(printf, 4, 0)))
static void log_args(struct ike_engine *e, enum ike_log_level level, const char *tunnel,
		     const char *format, va_list args)
{
	struct ike_effect *f;
	char *text;

	if (vasprintf(&text, format, args) < 0)
		return;
	f = ike_emit(e, IKE_EFFECT_LOG);
	if (!f) {
		free(text);
		return;
	}
	f->log.level = level;
	f->log.text = text;
	snprintf(f->log.tunnel, sizeof(f->log.tunnel), "%s", tunnel ? tunnel : "");
}

void ike_log(struct ike_engine *e, enum ike_log_level level, const char *tunnel,
	     const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_args(e, level, tunnel, format, args);
	va_end(args);
}

void ike_complain(struct ike_path *path, const char *format, ...)
{
	struct ike_engine *e = path->engine;
	va_list args;

	va_start(args, format);
	vsnprintf(path->last_error, sizeof(path->last_error), format, args);
	va_end(args);
	path->last_error_at = e->now ? e->now : 1;
	ike_log(e, IKE_LOG_WARN, path->tunnel->conf->name, "path %s: %s", path->conf->name,
		path->last_error);
}

const char *ike_kernel_why(const struct ike_engine *e, int error)
{
	return e->kernel_text[0] ? e->kernel_text : strerror(error);
}

bool ike_log_allowed(struct ike_engine *e)
{
	if (e->now - e->log_refill >= 1000) {
		e->log_tokens = LOG_BURST;
		e->log_refill = e->now;
	}
	if (!e->log_tokens)
		return false;
	e->log_tokens--;
	return true;
}

void ike_random(struct ike_engine *e, void *buf, size_t len)
{
	e->env.random(e->env.ctx, buf, len);
}

uint32_t ike_random_below(struct ike_engine *e, uint32_t limit)
{
	uint64_t r;

	ike_random(e, &r, sizeof(r));
	return limit ? (uint32_t)(r % limit) : 0;
}

uint64_t ike_jitter(struct ike_engine *e, uint64_t from, uint64_t to)
{
	uint64_t r;

	ike_random(e, &r, sizeof(r));
	return from < to ? from + r % (to - from + 1) : from;
}

void ike_nonce_make(struct ike_engine *e, struct ike_nonce *nonce)
{
	ike_random(e, nonce->data, IKE_NONCE_LEN);
	nonce->len = IKE_NONCE_LEN;
}

bool ike_nonce_set(struct ike_nonce *nonce, struct wire_chunk data)
{
	if (data.len < IKEV2_NONCE_MIN || data.len > sizeof(nonce->data))
		return false;
	memcpy(nonce->data, data.data, data.len);
	nonce->len = (uint16_t)data.len;
	return true;
}
