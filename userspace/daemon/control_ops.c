// SPDX-License-Identifier: GPL-2.0-or-later
/* What the control socket asks of the daemon */
#include "daemon/control_ops.h"

#include <string.h>

#include "daemon/device_events.h"
#include "daemon/kernel_events.h"

static struct ike_engine *control_ops_engine(void *ctx)
{
	return ((struct daemon *)ctx)->engine;
}

static struct conf *control_ops_conf(void *ctx)
{
	return ((struct daemon *)ctx)->conf;
}

static const char *control_ops_conf_path(void *ctx)
{
	return ((struct daemon *)ctx)->options.conf_path;
}

static ike_time control_ops_now(void *ctx)
{
	return daemon_now();
}

static void control_ops_event(void *ctx, const struct ike_event *ev)
{
	struct daemon *d = ctx;
	struct device *dev = NULL;

	if (ev->type == IKE_EVENT_UP) {
		kernel_events_read(d);
		dev = devices_by_tunnel(&d->devices, ev->tunnel.tunnel);
	}
	if (dev) {
		devices_require(&d->devices, d->kernel, dev);
		device_events_tell(d, dev);
	}
	daemon_step(d, ev);
}

static int control_ops_reload(void *ctx, struct conf_errors *errors,
			      struct control_reload *done)
{
	return daemon_reload(ctx, errors, done);
}

static void control_ops_stats(const struct kernel_stats *from,
			      struct control_stats *to)
{
	to->have = from->have;
	memcpy(to->value, from->value, sizeof(to->value));
}

/* The device of a tunnel, 0 when it has none */
static uint32_t control_ops_ifindex(const struct daemon *d,
				    const struct conf_tunnel *tunnel)
{
	const struct device *dev = devices_by_tunnel(&d->devices, tunnel->name);

	return dev ? dev->ifindex : 0;
}

static bool control_ops_device(void *ctx, const struct conf_tunnel *tunnel,
			       struct control_device *out)
{
	struct daemon *d = ctx;
	uint32_t ifindex = control_ops_ifindex(d, tunnel);
	struct kernel_device dev;
	struct kernel_link link;

	if (!ifindex || d->kernel->ops->device_get(d->kernel, ifindex, &dev))
		return false;
	memcpy(out->ifname, dev.name[0] ? dev.name : tunnel->device,
	       sizeof(out->ifname));
	/* what it is in another network namespace, only that one's root knows */
	link.up = true;
	link.mtu = dev.mtu;
	if (dev.nsid < 0 &&
	    (d->kernel->ops->link_find(d->kernel, out->ifname, &link) ||
	     link.ifindex != ifindex))
		return false;
	out->ifindex = dev.index;
	out->nsid = dev.nsid;
	out->state = dev.state;
	out->up = link.up;
	out->mtu = link.mtu;
	out->auto_mtu = dev.mtu;
	control_ops_stats(&dev.stats, &out->stats);
	return true;
}

static bool control_ops_addresses(void *ctx, const struct conf_tunnel *tunnel,
				  struct conf_prefix **list, size_t *n)
{
	struct daemon *d = ctx;
	uint32_t ifindex = control_ops_ifindex(d, tunnel);

	return ifindex && !kernel_is_elsewhere(ifindex) &&
	       !d->kernel->ops->address_all(d->kernel, ifindex, list, n);
}

static bool control_ops_path(void *ctx, const struct conf_tunnel *tunnel,
			     uint32_t id, struct control_path *out)
{
	struct daemon *d = ctx;
	uint32_t ifindex = control_ops_ifindex(d, tunnel);
	struct kernel_path path;

	if (!ifindex || d->kernel->ops->path_get(d->kernel, ifindex, id, &path))
		return false;
	out->state = path.state;
	out->usable = path.usable;
	out->reason = path.reason;
	out->udp = path.udp;
	out->local = path.local;
	out->remote = path.remote;
	out->pmtu = path.pmtu;
	out->rx_age_ms = path.rx_age_ms;
	out->tx_age_ms = path.tx_age_ms;
	control_ops_stats(&path.stats, &out->stats);
	return true;
}

static bool control_ops_sa(void *ctx, const struct conf_tunnel *tunnel,
			   uint32_t path, uint32_t lane, uint32_t spi,
			   bool inbound, struct control_sa *out)
{
	struct daemon *d = ctx;
	uint32_t ifindex = control_ops_ifindex(d, tunnel);
	struct kernel_sa sa;

	if (!ifindex || d->kernel->ops->sa_get(d->kernel, ifindex, inbound, spi,
					       path, lane, &sa))
		return false;
	out->state = sa.state;
	out->age = sa.age;
	out->seq = sa.seq;
	out->replay_window = sa.replay_window;
	control_ops_stats(&sa.stats, &out->stats);
	return true;
}

static void control_ops_log(void *ctx, enum ike_log_level level,
			    const char *text)
{
	log_write(level, NULL, text);
}

static const char *control_ops_log_level(void *ctx, const char *set)
{
	enum ike_log_level level = log_level();

	if (set && !log_level_parse(set, &level))
		return NULL;
	log_set_level(level);
	return log_level_name(level);
}

void control_ops_fill(struct control_ops *ops, struct daemon *d)
{
	*ops = (struct control_ops){
		.ctx = d,
		.engine = control_ops_engine,
		.conf = control_ops_conf,
		.conf_path = control_ops_conf_path,
		.now = control_ops_now,
		.event = control_ops_event,
		.reload = control_ops_reload,
		.kernel_device = control_ops_device,
		.kernel_addresses = control_ops_addresses,
		.kernel_path = control_ops_path,
		.kernel_sa = control_ops_sa,
		.log = control_ops_log,
		.log_level = control_ops_log_level,
	};
}
