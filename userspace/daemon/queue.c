// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Steps of the engine, one at a time. An effect may have an answer and the
 * answer more effects: answers wait in a queue until the list they came from
 * is done.
 */
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#include "daemon/daemon.h"
#include "daemon/effects.h"

ike_time daemon_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (ike_time)ts.tv_sec * 1000 + (ike_time)ts.tv_nsec / 1000000;
}

void daemon_post(struct daemon *d, const struct ike_event *ev)
{
	struct daemon_queue *q = &d->queue;

	if (q->first + q->n == q->cap) {
		size_t cap = q->n + 64;
		struct ike_event *list;

		if (q->first) {
			memmove(q->list, q->list + q->first,
				q->n * sizeof(*q->list));
			q->first = 0;
		}
		if (cap > q->cap) {
			list = reallocarray(q->list, cap, sizeof(*list));
			/* the engine's own timeouts make up for what is lost */
			if (!list) {
				log_error("out of memory, an answer is lost");
				return;
			}
			q->list = list;
			q->cap = cap;
		}
	}
	q->list[q->first + q->n++] = *ev;
}

/* When the engine wants to be woken next */
static void daemon_arm(struct daemon *d)
{
	ike_time at = ike_deadline(d->engine);
	ike_time now = daemon_now();
	struct timeval tv;

	if (!d->ev_timer)
		return;
	if (at == UINT64_MAX) {
		event_del(d->ev_timer);
		return;
	}
	at = at > now ? at - now : 0;
	tv.tv_sec = (time_t)(at / 1000);
	tv.tv_usec = (suseconds_t)(at % 1000) * 1000;
	event_add(d->ev_timer, &tv);
}

static void daemon_step_one(struct daemon *d, const struct ike_event *ev)
{
	struct ike_event now = *ev;

	now.now = daemon_now();
	ike_step(d->engine, &now, &d->effects);
	effects_run(d);
}

void daemon_step(struct daemon *d, const struct ike_event *ev)
{
	if (d->stepping) {
		if (ev->type != IKE_EVENT_PACKET)
			daemon_post(d, ev);
		return;
	}
	d->stepping = true;
	daemon_step_one(d, ev);
	while (d->queue.n) {
		struct ike_event next = d->queue.list[d->queue.first++];

		if (!--d->queue.n)
			d->queue.first = 0;
		daemon_step_one(d, &next);
	}
	d->stepping = false;
	daemon_arm(d);
	/* seen by the loop when this callback returns */
	if (d->stopped && d->base)
		event_base_loopexit(d->base, NULL);
}
