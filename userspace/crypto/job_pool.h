/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Worker threads for slow jobs. One thread, the owner, submits and collects;
 * a job's work runs in a worker, its completion in the owner again, out of
 * job_pool_reap(), when job_pool_fd() has become readable.
 */
#ifndef CRYPTO_JOB_POOL_H
#define CRYPTO_JOB_POOL_H

#include <stdbool.h>

struct job_pool;

/**
 * struct job - one piece of work, embedded in the caller's structure
 * @run: called once in a worker thread; touches only what belongs to the job
 * @done: called once in the owner's thread; @cancelled tells that @run was
 *	never called because the pool is shutting down. Frees the job, cleansing
 *	what is secret
 * @next: private
 */
struct job {
	void (*run)(struct job *job);
	void (*done)(struct job *job, bool cancelled);
	struct job *next;
};

/**
 * job_pool_new() - start workers
 * @threads: how many, 1..64
 * @max_jobs: jobs waiting, running or not yet reaped, at least 1
 *
 * Workers block all signals. Return: the pool; NULL with errno set.
 */
struct job_pool *job_pool_new(unsigned int threads, unsigned int max_jobs);

/**
 * job_pool_fd() - descriptor that polls readable while job_pool_reap() has work
 * @pool: pool, which keeps owning the descriptor
 */
int job_pool_fd(const struct job_pool *pool);

/**
 * job_pool_submit() - queue a job
 * @pool: pool
 * @job: owned by the pool until its @done is called
 *
 * Context: owner. Never blocks on work.
 * Return: false when the pool is full; the job stays the caller's.
 */
bool job_pool_submit(struct job_pool *pool, struct job *job);

/**
 * job_pool_reap() - call @done of every job finished so far, in that order
 * @pool: pool
 *
 * Context: owner. @done may submit further jobs, but not free the pool.
 * Return: how many.
 */
unsigned int job_pool_reap(struct job_pool *pool);

/**
 * job_pool_pending() - jobs submitted and not yet reaped
 * @pool: pool
 *
 * Context: owner.
 */
unsigned int job_pool_pending(const struct job_pool *pool);

/**
 * job_pool_free() - shut down
 * @pool: pool or NULL
 *
 * Jobs not begun are cancelled, running ones are waited for; @done is called
 * for each. Context: owner.
 */
void job_pool_free(struct job_pool *pool);

#endif /* CRYPTO_JOB_POOL_H */
