// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Slow cryptography and kernel operations: begun by an effect, answered by an
 * event that may come after whoever waited for it is gone.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ike/sa.h"

/**
 * struct ike_job - a key exchange on its way through a worker
 * @make: make a pair of ours first
 * @derive: then the shared secret
 */
struct ike_job {
	uint64_t op;
	const struct crypto_lib *crypto;
	uint16_t group;
	bool make;
	bool derive;
	bool seeded;
	uint8_t seed[CRYPTO_KE_SEED_LEN];
	struct crypto_ke *ke;
	uint8_t peer[CRYPTO_KE_PUBLIC_MAX];
	size_t peer_len;
	struct crypto_shared shared;
	enum crypto_status status;
};

static struct ike_op *op_new(struct ike_engine *e, enum ike_op_kind kind)
{
	struct ike_op *op = calloc(1, sizeof(*op));

	if (!op)
		return NULL;
	op->kind = kind;
	table_add(&e->ops, &op->node, ++e->next_op);
	return op;
}

static void op_free(struct ike_engine *e, struct ike_op *op)
{
	table_remove(&e->ops, &op->node);
	free(op);
}

static void op_name(struct ike_op *op, const struct ike_path *path)
{
	memcpy(op->tunnel, path->tunnel->conf->name, sizeof(op->tunnel));
	op->path = path->conf->id;
}

static struct ike_op *find(struct ike_engine *e, uint64_t id)
{
	struct table_node *node = table_find(&e->ops, id);

	return node ? container_of(node, struct ike_op, node) : NULL;
}

/* Begin an effect for @op; without memory the operation does not happen */
static struct ike_effect *begin(struct ike_engine *e, struct ike_op *op,
				enum ike_effect_type type)
{
	struct ike_effect *f = ike_emit(e, type);

	if (f)
		f->op = op->node.key;
	else
		op_free(e, op);
	return f;
}

void ike_op_spi(struct ike_task *t, void (*resume)(struct ike_task *t, int error))
{
	struct ike_engine *e = t->sa->engine;
	struct ike_op *op = op_new(e, IKE_OP_SPI);
	struct ike_effect *f;

	/* An address that changed has time until the SA is installed */
	if (!t->child->path->in_kernel)
		ike_path_sync(t->child->path, t->sa);
	f = op ? begin(e, op, IKE_EFFECT_SPI_ALLOC) : NULL;
	if (!f) {
		resume(t, ENOMEM);
		return;
	}
	op_name(op, t->child->path);
	op->task = t;
	memcpy(f->sa.tunnel, op->tunnel, sizeof(f->sa.tunnel));
	f->sa.path = op->path;
	f->sa.lane = t->child->lane;
	f->sa.inbound = true;
	t->op = op;
	t->resume = resume;
}

void ike_op_sa_in(struct ike_task *t, void (*resume)(struct ike_task *t, int error))
{
	struct ike_engine *e = t->sa->engine;
	struct ike_op *op = op_new(e, IKE_OP_SA_IN);
	struct ike_effect *f;

	ike_path_sync(t->child->path, t->sa);
	f = op ? begin(e, op, IKE_EFFECT_SA_ADD) : NULL;
	if (!f) {
		resume(t, ENOMEM);
		return;
	}
	op_name(op, t->child->path);
	op->task = t;
	ike_child_kernel_sa(t->child, true, &f->sa);
	crypto_secret_clear(&t->child->in_key);
	crypto_secret_clear(&t->child->in_auth);
	t->child->in_kernel = true;
	t->op = op;
	t->resume = resume;
}

void ike_op_sa_out(struct ike_child *child)
{
	struct ike_engine *e = child->engine;
	struct ike_op *op = op_new(e, IKE_OP_SA_OUT);
	struct ike_effect *f = op ? begin(e, op, IKE_EFFECT_SA_ADD) : NULL;

	if (!f) {
		child->want_delete = true;
		ike_sa_kick(child->sa);
		return;
	}
	op_name(op, child->path);
	op->child = child;
	ike_child_kernel_sa(child, false, &f->sa);
	child->op = op;
}

void ike_op_rx_age(struct ike_sa *sa)
{
	struct ike_engine *e = sa->engine;
	struct ike_op *op = op_new(e, IKE_OP_RX_AGE);
	struct ike_effect *f = op ? begin(e, op, IKE_EFFECT_RX_AGE) : NULL;

	if (!f) {
		ike_sa_rx_age(sa, ENOMEM, 0, 0);
		return;
	}
	op_name(op, sa->path);
	op->sa = sa;
	sa->rx_age = op;
	f->path = sa->path->kernel;
	memcpy(f->path.tunnel, op->tunnel, sizeof(f->path.tunnel));
	f->path.path = op->path;
}

void ike_op_cancel(struct ike_op **op)
{
	if (!*op)
		return;
	(*op)->task = NULL;
	(*op)->child = NULL;
	(*op)->sa = NULL;
	*op = NULL;
}

/* An SPI nobody wants any more goes back */
static void give_back_spi(struct ike_engine *e, const struct ike_op *op, uint32_t spi)
{
	struct ike_effect *f = ike_emit(e, IKE_EFFECT_SA_DEL);

	if (!f)
		return;
	memcpy(f->sa.tunnel, op->tunnel, sizeof(f->sa.tunnel));
	f->sa.path = op->path;
	f->sa.spi = spi;
	f->sa.inbound = true;
}

static void resume_task(struct ike_task *t, int error)
{
	t->op = NULL;
	t->resume(t, error);
}

static void spi_done(struct ike_engine *e, struct ike_op *op, const struct ike_event *ev)
{
	struct ike_task *t = op->task;
	int error = ev->kernel.error;

	if (!error && ev->kernel.spi < 256)
		error = EINVAL;
	if (!t) {
		if (!error)
			give_back_spi(e, op, ev->kernel.spi);
		return;
	}
	if (!error)
		ike_child_set_spi(t->child, ev->kernel.spi);
	else
		ike_path_lost(t->child->path, error);
	resume_task(t, error);
}

void ike_op_kernel_done(struct ike_engine *e, const struct ike_event *ev)
{
	struct ike_op *op = find(e, ev->kernel.op);
	int error = ev->kernel.error;

	if (!op || op->kind == IKE_OP_JOB)
		return;
	table_remove(&e->ops, &op->node);
	memcpy(e->kernel_text, ev->kernel.text, sizeof(e->kernel_text));
	e->kernel_text[sizeof(e->kernel_text) - 1] = '\0';
	if (error && op->kind != IKE_OP_RX_AGE)
		e->counters.kernel_errors++;
	switch (op->kind) {
	case IKE_OP_SPI:
		spi_done(e, op, ev);
		break;
	case IKE_OP_SA_IN:
		if (op->task)
			resume_task(op->task, error);
		break;
	case IKE_OP_SA_OUT:
		if (op->child) {
			op->child->op = NULL;
			if (error) {
				ike_complain(op->child->path,
					     "kernel refused the outbound SA: %s",
					     ike_kernel_why(e, error));
				op->child->want_delete = true;
				ike_sa_kick(op->child->sa);
			}
		}
		break;
	case IKE_OP_RX_AGE:
		if (op->sa) {
			op->sa->rx_age = NULL;
			if (op->sa->path)
				ike_path_lost(op->sa->path, error);
			ike_sa_rx_age(op->sa, error, ev->kernel.rx_age,
				      ev->kernel.tx_age);
		}
		break;
	case IKE_OP_JOB:
		break;
	}
	free(op);
}

/* ---- key exchange ------------------------------------------------------- */

void ike_job_run(void *job)
{
	struct ike_job *j = job;

	j->status = CRYPTO_OK;
	if (j->make) {
		j->ke = crypto_ke_generate(j->crypto, j->group, j->seeded ? j->seed : NULL,
					   &j->status);
		if (!j->ke)
			return;
	}
	if (j->derive)
		j->status = crypto_ke_derive(j->crypto, j->ke,
					     wire_chunk(j->peer, j->peer_len), &j->shared);
}

void ike_job_free(void *job)
{
	struct ike_job *j = job;

	if (!j)
		return;
	crypto_ke_free(j->ke);
	crypto_shared_clear(&j->shared);
	crypto_cleanse(j->seed, sizeof(j->seed));
	free(j);
}

static struct ike_job *job_new(struct ike_task *t, bool derive)
{
	struct ike_engine *e = t->sa->engine;
	struct ike_job *j = calloc(1, sizeof(*j));

	if (!j)
		return NULL;
	j->crypto = e->crypto;
	j->group = t->group;
	j->make = !t->ke;
	j->derive = derive;
	j->seeded = e->env.seeded_keys;
	if (j->make && j->seeded)
		ike_random(e, j->seed, sizeof(j->seed));
	j->ke = t->ke;
	t->ke = NULL;
	memcpy(j->peer, t->peer_ke, t->peer_ke_len);
	j->peer_len = t->peer_ke_len;
	return j;
}

static int job_collect(struct ike_task *t, struct ike_job *j)
{
	t->ke = j->ke;
	j->ke = NULL;
	t->shared = j->shared;
	t->ke_status = j->status;
	return j->status == CRYPTO_OK ? 0 : EINVAL;
}

void ike_op_ke(struct ike_task *t, bool derive, void (*resume)(struct ike_task *t, int error))
{
	struct ike_engine *e = t->sa->engine;
	struct ike_job *j = job_new(t, derive);
	struct ike_effect *f;
	struct ike_op *op;
	int error;

	t->ke_status = CRYPTO_NO_MEMORY;
	if (!j) {
		resume(t, ENOMEM);
		return;
	}
	if (e->env.sync_crypto) {
		ike_job_run(j);
		error = job_collect(t, j);
		ike_job_free(j);
		resume(t, error);
		return;
	}
	op = op_new(e, IKE_OP_JOB);
	f = op ? begin(e, op, IKE_EFFECT_JOB) : NULL;
	if (!f) {
		ike_job_free(j);
		resume(t, ENOMEM);
		return;
	}
	j->op = op->node.key;
	op->task = t;
	f->job.job = j;
	t->op = op;
	t->resume = resume;
}

void ike_op_job_done(struct ike_engine *e, void *job)
{
	struct ike_job *j = job;
	struct ike_op *op = find(e, j->op);
	struct ike_task *t;
	int error;

	if (op && op->kind == IKE_OP_JOB) {
		t = op->task;
		op_free(e, op);
		if (t) {
			error = job_collect(t, j);
			resume_task(t, error);
		}
	}
	ike_job_free(j);
}

void ike_ops_free(struct ike_engine *e)
{
	size_t i;

	for (i = 0; i < e->ops.n_buckets; i++) {
		while (e->ops.bucket[i]) {
			struct table_node *node = e->ops.bucket[i];

			e->ops.bucket[i] = node->next;
			free(container_of(node, struct ike_op, node));
		}
	}
	e->ops.n = 0;
}
