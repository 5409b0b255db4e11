// SPDX-License-Identifier: GPL-2.0-or-later
/* Carrying out what the engine decided */
#include "daemon/effects.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/control.h"
#include "crypto/job_pool.h"

/* ---- crypto jobs ---- */

struct effects_job {
	struct job job;
	struct daemon *d;
	void *ike;
};

static void effects_job_run(struct job *job)
{
	ike_job_run(((struct effects_job *)job)->ike);
}

/* In the thread of the loop again */
static void effects_job_done(struct job *job, bool cancelled)
{
	struct effects_job *j = (struct effects_job *)job;
	struct ike_event ev = { .type = IKE_EVENT_JOB, .job.job = j->ike };

	if (cancelled || !j->d->engine)
		ike_job_free(j->ike);
	else
		daemon_step(j->d, &ev);
	free(j);
}

static void effects_job(struct daemon *d, void *ike)
{
	struct ike_event ev = { .type = IKE_EVENT_JOB, .job.job = ike };
	struct effects_job *j = calloc(1, sizeof(*j));

	if (j) {
		j->job.run = effects_job_run;
		j->job.done = effects_job_done;
		j->d = d;
		j->ike = ike;
		if (d->pool && job_pool_submit(d->pool, &j->job))
			return;
		free(j);
	}
	/* the workers are far behind: do it here, which slows arrivals, too */
	ike_job_run(ike);
	daemon_post(d, &ev);
}

/* ---- kernel ---- */

static void effects_answer(struct daemon *d, uint64_t op, int err,
			   const char *why, uint32_t spi, uint32_t rx_age)
{
	struct ike_event ev = { .type = IKE_EVENT_KERNEL_DONE };

	if (!op)
		return;
	ev.kernel.op = op;
	ev.kernel.error = err;
	ev.kernel.spi = spi;
	ev.kernel.rx_age = rx_age;
	if (err)
		snprintf(ev.kernel.text, sizeof(ev.kernel.text), "%.*s",
			 (int)sizeof(ev.kernel.text) - 1, why);
	daemon_post(d, &ev);
}

/* What nobody is told of by an answer, is told by the log */
static void effects_refused(const struct ike_effect *e, const char *tunnel,
			    const char *what, int err, const char *why)
{
	char text[512];

	if (!err || e->op)
		return;
	snprintf(text, sizeof(text), "the kernel refused to %s: %s", what, why);
	log_write(IKE_LOG_WARN, tunnel, text);
}

static int effects_no_device(struct kernel *k, const char *tunnel,
			     const struct device *dev)
{
	snprintf(k->why, sizeof(k->why), "tunnel %s has no device%s%s", tunnel,
		 dev ? " " : "", dev ? dev->tunnel->device : "");
	return ENODEV;
}

static void effects_path_set(struct daemon *d, const struct ike_effect *e)
{
	const struct ike_kernel_path *p = &e->path;
	struct device *dev = devices_by_tunnel(&d->devices, p->tunnel);
	struct kernel *k = d->kernel;
	int err;

	if (!dev || !dev->ifindex)
		err = effects_no_device(k, p->tunnel, dev);
	else if (adopt_hold(&d->adopt, dev->ifindex, p, daemon_now()))
		err = 0;
	else
		err = k->ops->path_set(k, dev->ifindex, p);
	effects_refused(e, p->tunnel, "set up a path", err, kernel_why(k));
	effects_answer(d, e->op, err, kernel_why(k), 0, 0);
}

static void effects_path_del(struct daemon *d, const struct ike_effect *e)
{
	const struct ike_kernel_path *p = &e->path;
	struct device *dev = devices_by_tunnel(&d->devices, p->tunnel);
	struct kernel *k = d->kernel;
	int err = 0;

	if (dev && dev->ifindex) {
		err = k->ops->path_del(k, dev->ifindex, p->path);
		adopt_path_gone(&d->adopt, dev->ifindex, p->path);
	}
	if (err == ENOENT || err == ENODEV)
		err = 0;
	effects_refused(e, p->tunnel, "remove a path", err, kernel_why(k));
	effects_answer(d, e->op, err, kernel_why(k), 0, 0);
	if (!d->stopping)
		devices_await_traffic(&d->devices, k, p->tunnel);
}

static void effects_spi_alloc(struct daemon *d, const struct ike_effect *e)
{
	struct device *dev = devices_by_tunnel(&d->devices, e->sa.tunnel);
	struct kernel *k = d->kernel;
	uint32_t spi = 0;
	int err;

	if (!dev || !dev->ifindex)
		err = effects_no_device(k, e->sa.tunnel, dev);
	else
		err = k->ops->spi_alloc(k, dev->ifindex, &e->sa, &spi);
	effects_refused(e, e->sa.tunnel, "allocate an SPI", err, kernel_why(k));
	effects_answer(d, e->op, err, kernel_why(k), spi, 0);
}

static void effects_sa_add(struct daemon *d, const struct ike_effect *e)
{
	struct device *dev = devices_by_tunnel(&d->devices, e->sa.tunnel);
	struct kernel *k = d->kernel;
	int err;

	if (!dev || !dev->ifindex)
		err = effects_no_device(k, e->sa.tunnel, dev);
	else
		err = k->ops->sa_add(k, dev->ifindex, &e->sa);
	effects_refused(e, e->sa.tunnel, "install an SA", err, kernel_why(k));
	effects_answer(d, e->op, err, kernel_why(k), e->sa.spi, 0);
	if (!err && !e->sa.inbound)
		adopt_replaced(&d->adopt, k, dev->ifindex, e->sa.path,
			       e->sa.lane, daemon_now());
}

static void effects_sa_del(struct daemon *d, const struct ike_effect *e)
{
	struct device *dev = devices_by_tunnel(&d->devices, e->sa.tunnel);
	struct kernel *k = d->kernel;
	int err = 0;

	if (dev && dev->ifindex)
		err = k->ops->sa_del(k, dev->ifindex, e->sa.inbound, e->sa.spi,
				     e->sa.path, e->sa.lane);
	/* gone with its path, replaced, or never installed: as it should be */
	if (err == ENOENT || err == ENODEV)
		err = 0;
	effects_refused(e, e->sa.tunnel, "remove an SA", err, kernel_why(k));
	effects_answer(d, e->op, err, kernel_why(k), e->sa.spi, 0);
}

static void effects_rx_age(struct daemon *d, const struct ike_effect *e)
{
	struct device *dev = devices_by_tunnel(&d->devices, e->path.tunnel);
	struct kernel *k = d->kernel;
	struct kernel_path path = { .rx_age_ms = UINT32_MAX, .tx_age_ms = UINT32_MAX };
	struct ike_event ev = { .type = IKE_EVENT_KERNEL_DONE };
	int err;

	if (!dev || !dev->ifindex)
		err = effects_no_device(k, e->path.tunnel, dev);
	else
		err = k->ops->path_get(k, dev->ifindex, e->path.path, &path);
	ev.kernel.op = e->op;
	ev.kernel.error = err;
	ev.kernel.rx_age = path.rx_age_ms;
	ev.kernel.tx_age = path.tx_age_ms;
	if (err)
		snprintf(ev.kernel.text, sizeof(ev.kernel.text), "%.*s",
			 (int)sizeof(ev.kernel.text) - 1, kernel_why(k));
	daemon_post(d, &ev);
}

/* ---- the rest ---- */

/* What an administrator can look for */
static const char *effects_send_why(int err)
{
	switch (err) {
	case EPERM:
	case EACCES:
		return "a firewall of this host drops it";
	case ENETUNREACH:
	case EHOSTUNREACH:
		return "no route to there";
	case EINVAL:
	case EADDRNOTAVAIL:
		return "the local address is not of this host";
	default:
		return strerror(err);
	}
}

static void effects_send(struct daemon *d, const struct ike_effect *e)
{
	struct ike_event ev = { .type = IKE_EVENT_TROUBLE };
	char from[NET_ADDR_STRLEN], to[NET_ADDR_STRLEN];
	struct kernel_way way;
	struct udp_way by;
	int err;

	if (*e->send.tunnel)
		way = steer_tunnel(&d->devices, e->send.tunnel);
	else
		way = steer_address(&d->steer, &d->devices, &e->send.local,
				    &e->send.remote);
	by.fwmark = way.fwmark;
	by.device = way.under;
	err = udp_send(d->udp, &e->send.local, &e->send.remote, &by,
		       e->send.data, e->send.len);
	/* lost like on the way: retransmission is what makes up for it */
	if (!err)
		return;
	log_debug("cannot send from %s to %s: %s",
		  net_addr_format(&e->send.local, from),
		  net_addr_format(&e->send.remote, to), strerror(err));
	ev.trouble.spi = e->send.spi;
	snprintf(ev.trouble.text, sizeof(ev.trouble.text),
		 "cannot send to %s: %s", net_addr_format(&e->send.remote, to),
		 effects_send_why(err));
	if (ev.trouble.spi && err != EAGAIN && err != ENOBUFS)
		daemon_post(d, &ev);
}

static void effects_state(struct daemon *d, const struct ike_effect *e)
{
	const struct conf_tunnel *t = conf_find_tunnel(d->conf, e->state.tunnel);
	const char *path = t ? control_path_name(t, e->state.path) : "";
	char text[1024];

	if (!e->state.text)
		return;
	snprintf(text, sizeof(text), "%s%s%s%s", *path ? "path " : "", path,
		 *path ? ": " : "", e->state.text);
	log_write(IKE_LOG_INFO, e->state.tunnel, text);
}

static void effects_one(struct daemon *d, const struct ike_effect *e)
{
	switch (e->type) {
	case IKE_EFFECT_SEND:
		effects_send(d, e);
		break;
	case IKE_EFFECT_JOB:
		effects_job(d, e->job.job);
		break;
	case IKE_EFFECT_PATH_SET:
		effects_path_set(d, e);
		break;
	case IKE_EFFECT_PATH_DEL:
		effects_path_del(d, e);
		break;
	case IKE_EFFECT_SPI_ALLOC:
		effects_spi_alloc(d, e);
		break;
	case IKE_EFFECT_SA_ADD:
		effects_sa_add(d, e);
		break;
	case IKE_EFFECT_SA_DEL:
		effects_sa_del(d, e);
		break;
	case IKE_EFFECT_RX_AGE:
		effects_rx_age(d, e);
		break;
	case IKE_EFFECT_LOG:
		log_write(e->log.level, e->log.tunnel, e->log.text);
		break;
	case IKE_EFFECT_STATE:
		effects_state(d, e);
		break;
	case IKE_EFFECT_STOPPED:
		d->stopped = true;
		break;
	}
}

void effects_run(struct daemon *d)
{
	size_t i;

	for (i = 0; i < d->effects.n; i++) {
		const struct ike_effect *e = &d->effects.list[i];

		effects_one(d, e);
		if (d->control)
			control_effect(d->control, e);
	}
	ike_effects_clear(&d->effects);
}
