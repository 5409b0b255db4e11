// SPDX-License-Identifier: GPL-2.0-only
/*
 * One SA's packets on all CPUs: bursts of them are jobs, which any CPU does,
 * several beside each other. When the oldest of a queue is done, it and those
 * done behind it are ended, one after the other, on the CPU they came from. So
 * flows keep their order, and their CPU.
 *
 * Other than with padata, what has to happen in the order of the queue before
 * the work (sequence numbers) is under the queue's lock, too, and kernels with
 * one CPU have it, where it is tested with all that looks for mistakes.
 */
#include <linux/bottom_half.h>
#include <linux/errno.h>

#include "spread.h"

/* Of its own: elsewhere work that frees an SA may wait for jobs */
static struct workqueue_struct *wq;

/**
 * ikevti_spread_init() - make a queue
 * @q: queue
 * @finish: is to end jobs with ikevti_spread_next() until there is none
 */
void ikevti_spread_init(struct ikevti_spread *q, struct work_struct *finish)
{
	spin_lock_init(&q->lock);
	INIT_LIST_HEAD(&q->jobs);
	q->finish = finish;
}

/* Have jobs ended if the oldest is done. Context: BH disabled, @q->lock. */
static void ask_to_finish(struct ikevti_spread *q)
{
	struct ikevti_spread_job *job;

	job = list_first_entry_or_null(&q->jobs, struct ikevti_spread_job, list);
	if (job && job->done && !q->passing)
		queue_work_on(q->cpu, system_highpri_wq, q->finish);
}

/*
 * The job may be freed as soon as the lock is released; and the queue, when
 * the last job has given back its device and who ends jobs was waited for.
 */
static void do_job(struct work_struct *work)
{
	struct ikevti_spread_job *job = container_of(work, struct ikevti_spread_job,
						     work);
	struct ikevti_spread *q = job->queue;

	local_bh_disable();
	job->run(job);
	spin_lock(&q->lock);
	job->done = true;
	if (list_first_entry(&q->jobs, struct ikevti_spread_job, list) == job)
		ask_to_finish(q);
	spin_unlock(&q->lock);
	local_bh_enable();
}

/**
 * ikevti_spread_add() - have a job done by some CPU
 * @q: queue
 * @job: holds a reference to the device until it was ended
 * @how: what to do
 *
 * Context: BH disabled, @q->lock.
 */
void ikevti_spread_add(struct ikevti_spread *q, struct ikevti_spread_job *job,
		       void (*how)(struct ikevti_spread_job *job))
{
	lockdep_assert_held(&q->lock);
	if (!q->n)
		q->cpu = smp_processor_id();
	WRITE_ONCE(q->n, q->n + 1);
	job->queue = q;
	job->run = how;
	job->done = false;
	INIT_WORK(&job->work, do_job);
	list_add_tail(&job->list, &q->jobs);
	queue_work(wq, &job->work);
}

/**
 * ikevti_spread_next() - take the oldest job, if it is done
 * @q: queue
 *
 * Context: BH disabled. One at a time for a queue.
 * Return: the job, to be freed, after which ikevti_spread_end() belongs; or
 * NULL.
 */
struct ikevti_spread_job *ikevti_spread_next(struct ikevti_spread *q)
{
	struct ikevti_spread_job *job;

	spin_lock(&q->lock);
	job = list_first_entry_or_null(&q->jobs, struct ikevti_spread_job, list);
	if (job && job->done && !q->passing)
		list_del(&job->list);
	else
		job = NULL;
	spin_unlock(&q->lock);
	return job;
}

/**
 * ikevti_spread_end() - what comes now may go its own way
 * @q: queue, of which the last job taken has been ended
 *
 * Context: BH disabled.
 */
void ikevti_spread_end(struct ikevti_spread *q)
{
	spin_lock(&q->lock);
	WRITE_ONCE(q->n, q->n - 1);
	spin_unlock(&q->lock);
}

/**
 * ikevti_spread_pass() - begin to do something without a job
 * @q: queue
 *
 * Jobs that come meanwhile end after it.
 *
 * Context: BH disabled, @q->lock.
 * Return: false if there are jobs that must not be overtaken; else
 * ikevti_spread_passed() belongs, soon.
 */
bool ikevti_spread_pass(struct ikevti_spread *q)
{
	lockdep_assert_held(&q->lock);
	if (q->n)
		return false;
	q->passing++;
	return true;
}

/**
 * ikevti_spread_passed() - counterpart of ikevti_spread_pass()
 * @q: queue
 *
 * Context: BH disabled.
 */
void ikevti_spread_passed(struct ikevti_spread *q)
{
	spin_lock(&q->lock);
	q->passing--;
	ask_to_finish(q);
	spin_unlock(&q->lock);
}

/**
 * ikevti_spread_start() - be ready for jobs
 *
 * Return: 0 or -ENOMEM.
 */
int ikevti_spread_start(void)
{
	wq = alloc_workqueue("ikevti_spread", WQ_UNBOUND, 0);
	return wq ? 0 : -ENOMEM;
}

/* Counterpart of ikevti_spread_start(), when all devices are gone */
void ikevti_spread_stop(void)
{
	destroy_workqueue(wq);
}
