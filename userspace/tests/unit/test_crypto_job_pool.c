// SPDX-License-Identifier: GPL-2.0-or-later
/* Worker threads: every job comes back once, bounds hold, shutdown cancels the rest */
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "crypto/job_pool.h"
#include "crypto/ke.h"
#include "hex.h"

struct count_job {
	struct job job;
	unsigned int runs;
	unsigned int done;
	bool cancelled;
	pthread_t ran_in;
	pthread_t done_in;
};

static void count_run(struct job *job)
{
	struct count_job *c = (struct count_job *)job;

	c->runs++;
	c->ran_in = pthread_self();
}

static void count_done(struct job *job, bool cancelled)
{
	struct count_job *c = (struct count_job *)job;

	c->done++;
	c->cancelled = cancelled;
	c->done_in = pthread_self();
}

/* Wait for the descriptor as the daemon's loop does */
static void reap_all(struct job_pool *pool)
{
	struct pollfd p = { .fd = job_pool_fd(pool), .events = POLLIN };

	while (job_pool_pending(pool)) {
		assert_int_equal(poll(&p, 1, 10000), 1);
		job_pool_reap(pool);
	}
}

static void every_job_comes_back(void **state)
{
	enum { JOBS = 1000 };
	struct count_job *jobs = calloc(JOBS, sizeof(*jobs));
	struct job_pool *pool = job_pool_new(4, JOBS);
	unsigned int i;

	assert_non_null(jobs);
	assert_non_null(pool);
	for (i = 0; i < JOBS; i++) {
		jobs[i].job.run = count_run;
		jobs[i].job.done = count_done;
		assert_true(job_pool_submit(pool, &jobs[i].job));
	}
	reap_all(pool);
	for (i = 0; i < JOBS; i++) {
		assert_int_equal(jobs[i].runs, 1);
		assert_int_equal(jobs[i].done, 1);
		assert_false(jobs[i].cancelled);
		assert_false(pthread_equal(jobs[i].ran_in, pthread_self()));
		assert_true(pthread_equal(jobs[i].done_in, pthread_self()));
	}
	assert_int_equal(job_pool_reap(pool), 0);
	job_pool_free(pool);
	free(jobs);
}

/* A job that waits until the test lets it go */
struct gate_job {
	struct count_job count;
	sem_t *gate;
};

static void gate_run(struct job *job)
{
	struct gate_job *g = (struct gate_job *)job;

	sem_wait(g->gate);
	sem_post(g->gate);
	count_run(job);
}

static void queue_is_bounded(void **state)
{
	struct job_pool *pool = job_pool_new(1, 3);
	struct gate_job jobs[4];
	unsigned int i;
	sem_t gate;

	assert_non_null(pool);
	memset(jobs, 0, sizeof(jobs));
	sem_init(&gate, 0, 0);
	for (i = 0; i < 4; i++) {
		jobs[i].count.job.run = gate_run;
		jobs[i].count.job.done = count_done;
		jobs[i].gate = &gate;
		assert_int_equal(job_pool_submit(pool, &jobs[i].count.job), i < 3);
	}
	assert_int_equal(job_pool_pending(pool), 3);
	sem_post(&gate);
	reap_all(pool);
	assert_int_equal(jobs[3].count.runs, 0);
	assert_true(job_pool_submit(pool, &jobs[3].count.job));
	reap_all(pool);
	assert_int_equal(jobs[3].count.runs, 1);
	job_pool_free(pool);
}

static void *open_gate_later(void *arg)
{
	struct timespec t = { .tv_nsec = 50000000 };

	nanosleep(&t, NULL);
	sem_post(arg);
	return NULL;
}

static void shutdown_cancels_the_waiting(void **state)
{
	struct job_pool *pool = job_pool_new(1, 10);
	struct timespec t = { .tv_nsec = 20000000 };
	struct gate_job jobs[10];
	pthread_t opener;
	unsigned int i;
	sem_t gate;

	assert_non_null(pool);
	memset(jobs, 0, sizeof(jobs));
	sem_init(&gate, 0, 0);
	for (i = 0; i < 10; i++) {
		jobs[i].count.job.run = gate_run;
		jobs[i].count.job.done = count_done;
		jobs[i].gate = &gate;
		assert_true(job_pool_submit(pool, &jobs[i].count.job));
	}
	/* the worker takes the first one and waits at the gate */
	nanosleep(&t, NULL);
	assert_int_equal(pthread_create(&opener, NULL, open_gate_later, &gate), 0);
	job_pool_free(pool);
	pthread_join(opener, NULL);

	assert_int_equal(jobs[0].count.runs, 1);
	assert_false(jobs[0].count.cancelled);
	for (i = 0; i < 10; i++)
		assert_int_equal(jobs[i].count.done, 1);
	for (i = 1; i < 10; i++) {
		assert_int_equal(jobs[i].count.runs, 0);
		assert_true(jobs[i].count.cancelled);
	}
}

/* A completion that submits its successor, as an exchange with two key exchanges would */
struct chain_job {
	struct job job;
	struct job_pool *pool;
	unsigned int left;
};

static void chain_run(struct job *job)
{
	((struct chain_job *)job)->left--;
}

static void chain_done(struct job *job, bool cancelled)
{
	struct chain_job *c = (struct chain_job *)job;

	assert_false(cancelled);
	if (c->left)
		assert_true(job_pool_submit(c->pool, job));
}

static void completion_may_submit(void **state)
{
	struct chain_job c = { { chain_run, chain_done, NULL }, job_pool_new(2, 1), 100 };

	assert_non_null(c.pool);
	assert_true(job_pool_submit(c.pool, &c.job));
	reap_all(c.pool);
	assert_int_equal(c.left, 0);
	job_pool_free(c.pool);
}

/* Key exchange in workers: the constant half of the handle is all they share */
struct ke_job {
	struct job job;
	const struct crypto_lib *lib;
	uint16_t group;
	bool agreed;
};

static void ke_run(struct job *job)
{
	struct ke_job *k = (struct ke_job *)job;
	struct crypto_ke *a = crypto_ke_generate(k->lib, k->group, NULL, NULL);
	struct crypto_ke *b = crypto_ke_generate(k->lib, k->group, NULL, NULL);
	struct crypto_shared sa, sb;

	if (a && b && !crypto_ke_derive(k->lib, a, crypto_ke_public(b), &sa) &&
	    !crypto_ke_derive(k->lib, b, crypto_ke_public(a), &sb))
		k->agreed = sa.len == sb.len && crypto_equal(sa.data, sb.data, sa.len);
	crypto_ke_free(a);
	crypto_ke_free(b);
}

static void ke_done(struct job *job, bool cancelled)
{
	assert_false(cancelled);
}

static void key_exchange_in_workers(void **state)
{
	static const uint16_t groups[] = { 14, 19, 20, 21, 31 };
	enum { JOBS = 50 };
	struct crypto_lib *lib = crypto_init();
	struct job_pool *pool = job_pool_new(4, JOBS);
	struct ke_job jobs[JOBS];
	unsigned int i;

	assert_non_null(lib);
	assert_non_null(pool);
	for (i = 0; i < JOBS; i++) {
		jobs[i] = (struct ke_job){ { ke_run, ke_done, NULL }, lib, groups[i % 5], false };
		assert_true(job_pool_submit(pool, &jobs[i].job));
	}
	reap_all(pool);
	for (i = 0; i < JOBS; i++)
		assert_true(jobs[i].agreed);
	job_pool_free(pool);
	crypto_free(lib);
}

static void refuses_nonsense(void **state)
{
	assert_null(job_pool_new(0, 1));
	assert_null(job_pool_new(65, 1));
	assert_null(job_pool_new(1, 0));
	job_pool_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_job_comes_back),
		cmocka_unit_test(queue_is_bounded),
		cmocka_unit_test(shutdown_cancels_the_waiting),
		cmocka_unit_test(completion_may_submit),
		cmocka_unit_test(key_exchange_in_workers),
		cmocka_unit_test(refuses_nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
