// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "crypto/job_pool.h"

#define THREADS_MAX	64

struct queue {
	struct job *head;
	struct job **tail;
};

/**
 * struct job_pool - workers and the two queues between them and the owner
 * @lock: protects @waiting, @finished and @stopping
 * @wake: signalled when @waiting grows or @stopping is set
 * @waiting: submitted, not begun
 * @finished: run, not reaped
 * @stopping: workers leave; set once
 * @event: eventfd, counts up whenever @finished grows
 * @max_jobs: bound of @pending
 * @pending: submitted and not reaped; the owner's alone
 * @n_threads: started
 * @threads: workers
 */
struct job_pool {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct queue waiting;
	struct queue finished;
	bool stopping;
	int event;
	unsigned int max_jobs;
	unsigned int pending;
	unsigned int n_threads;
	pthread_t threads[THREADS_MAX];
};

static void queue_init(struct queue *q)
{
	q->head = NULL;
	q->tail = &q->head;
}

static void queue_add(struct queue *q, struct job *job)
{
	job->next = NULL;
	*q->tail = job;
	q->tail = &job->next;
}

static struct job *queue_take(struct queue *q)
{
	struct job *job = q->head;

	if (!job)
		return NULL;
	q->head = job->next;
	if (!q->head)
		q->tail = &q->head;
	return job;
}

/* Called with the lock held; returns with it held */
static struct job *wait_for_job(struct job_pool *pool)
{
	while (!pool->stopping && !pool->waiting.head)
		pthread_cond_wait(&pool->wake, &pool->lock);
	return pool->stopping ? NULL : queue_take(&pool->waiting);
}

static void *worker(void *arg)
{
	struct job_pool *pool = arg;
	static const uint64_t one = 1;
	struct job *job;

	pthread_mutex_lock(&pool->lock);
	while ((job = wait_for_job(pool))) {
		pthread_mutex_unlock(&pool->lock);
		job->run(job);
		pthread_mutex_lock(&pool->lock);
		queue_add(&pool->finished, job);
		/* cannot block: the counter would need 2^64 - 1 unread events */
		while (write(pool->event, &one, sizeof(one)) < 0 && errno == EINTR)
			;
	}
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

static int start_workers(struct job_pool *pool, unsigned int threads)
{
	sigset_t all, before;
	int err = 0;

	/* signals are for the owner's loop: workers inherit a full mask */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (pool->n_threads < threads && !err) {
		err = pthread_create(&pool->threads[pool->n_threads], NULL, worker, pool);
		if (!err)
			pool->n_threads++;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return err;
}

struct job_pool *job_pool_new(unsigned int threads, unsigned int max_jobs)
{
	struct job_pool *pool;
	int err;

	if (!threads || threads > THREADS_MAX || !max_jobs) {
		errno = EINVAL;
		return NULL;
	}
	pool = calloc(1, sizeof(*pool));
	if (!pool)
		return NULL;
	pool->max_jobs = max_jobs;
	queue_init(&pool->waiting);
	queue_init(&pool->finished);
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->wake, NULL);
	pool->event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	err = pool->event < 0 ? errno : start_workers(pool, threads);
	if (err) {
		job_pool_free(pool);
		errno = err;
		return NULL;
	}
	return pool;
}

int job_pool_fd(const struct job_pool *pool)
{
	return pool->event;
}

unsigned int job_pool_pending(const struct job_pool *pool)
{
	return pool->pending;
}

bool job_pool_submit(struct job_pool *pool, struct job *job)
{
	bool taken;

	if (pool->pending >= pool->max_jobs)
		return false;
	pthread_mutex_lock(&pool->lock);
	taken = !pool->stopping;
	if (taken) {
		queue_add(&pool->waiting, job);
		pthread_cond_signal(&pool->wake);
	}
	pthread_mutex_unlock(&pool->lock);
	if (taken)
		pool->pending++;
	return taken;
}

/* Hand jobs back; their owner may free them or submit others meanwhile */
static unsigned int complete(struct job_pool *pool, struct job *job, bool cancelled)
{
	unsigned int n = 0;

	while (job) {
		struct job *next = job->next;

		pool->pending--;
		job->done(job, cancelled);
		job = next;
		n++;
	}
	return n;
}

unsigned int job_pool_reap(struct job_pool *pool)
{
	struct job *list;
	uint64_t count;

	/* the event first: what finishes after this raises it again */
	while (read(pool->event, &count, sizeof(count)) < 0 && errno == EINTR)
		;
	pthread_mutex_lock(&pool->lock);
	list = pool->finished.head;
	queue_init(&pool->finished);
	pthread_mutex_unlock(&pool->lock);
	return complete(pool, list, false);
}

void job_pool_free(struct job_pool *pool)
{
	unsigned int i;

	if (!pool)
		return;
	pthread_mutex_lock(&pool->lock);
	pool->stopping = true;
	pthread_cond_broadcast(&pool->wake);
	pthread_mutex_unlock(&pool->lock);
	for (i = 0; i < pool->n_threads; i++)
		pthread_join(pool->threads[i], NULL);

	complete(pool, pool->finished.head, false);
	complete(pool, pool->waiting.head, true);
	if (pool->event >= 0)
		close(pool->event);
	pthread_cond_destroy(&pool->wake);
	pthread_mutex_destroy(&pool->lock);
	free(pool);
}
