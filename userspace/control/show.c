// SPDX-License-Identifier: GPL-2.0-or-later
/* Pieces of the objects that are shown */
#include <stdio.h>
#include <string.h>

#include "control/internal.h"

/* Stable names, documented in ikevtictl(8); index: enum ikevti_stat_attr */
static const char *const stat_names[IKEVTI_STAT_A_MAX + 1] = {
	[IKEVTI_STAT_A_RX_PACKETS] = "rx_packets",
	[IKEVTI_STAT_A_RX_BYTES] = "rx_bytes",
	[IKEVTI_STAT_A_TX_PACKETS] = "tx_packets",
	[IKEVTI_STAT_A_TX_BYTES] = "tx_bytes",
	[IKEVTI_STAT_A_RX_REPLAY] = "rx_replay",
	[IKEVTI_STAT_A_RX_AUTH_FAILED] = "rx_auth_failed",
	[IKEVTI_STAT_A_RX_MALFORMED] = "rx_malformed",
	[IKEVTI_STAT_A_RX_SELECTOR] = "rx_selector",
	[IKEVTI_STAT_A_RX_EXPIRED] = "rx_expired",
	[IKEVTI_STAT_A_RX_DUMMY] = "rx_dummy",
	[IKEVTI_STAT_A_RX_WRONG_ADDRESS] = "rx_wrong_address",
	[IKEVTI_STAT_A_RX_ECN] = "rx_ecn",
	[IKEVTI_STAT_A_RX_NO_MEMORY] = "rx_no_memory",
	[IKEVTI_STAT_A_TX_NO_SA] = "tx_no_sa",
	[IKEVTI_STAT_A_TX_SELECTOR] = "tx_selector",
	[IKEVTI_STAT_A_TX_SEQ_END] = "tx_seq_end",
	[IKEVTI_STAT_A_TX_EXPIRED] = "tx_expired",
	[IKEVTI_STAT_A_TX_TOO_BIG] = "tx_too_big",
	[IKEVTI_STAT_A_TX_NO_ROUTE] = "tx_no_route",
	[IKEVTI_STAT_A_TX_NO_MEMORY] = "tx_no_memory",
	[IKEVTI_STAT_A_TX_CRYPTO] = "tx_crypto",
	[IKEVTI_STAT_A_RX_NO_KEY] = "rx_no_key",
	[IKEVTI_STAT_A_RX_SOURCE] = "rx_source",
};

void control_show_stats(struct json_out *o, const char *key,
			const struct control_stats *stats)
{
	unsigned int i;

	json_out_object(o, key);
	for (i = 0; i <= IKEVTI_STAT_A_MAX; i++)
		if ((stats->have & 1U << i) && stat_names[i])
			json_out_u64(o, stat_names[i], stats->value[i]);
	json_out_object_end(o);
}

void control_show_address(struct json_out *o, const char *key,
			  const struct net_addr *a)
{
	char buf[NET_ADDR_STRLEN];

	if (a->family)
		json_out_string(o, key, net_addr_format(a, buf));
	else
		json_out_string(o, key, "any");
}

void control_show_age(struct json_out *o, const char *key, ike_time now,
		      ike_time then)
{
	if (then)
		json_out_u64(o, key, now > then ? (now - then) / 1000 : 0);
	else
		json_out_null(o, key);
}

void control_show_until(struct json_out *o, const char *key, ike_time now,
			ike_time then)
{
	if (then)
		json_out_u64(o, key, then > now ? (then - now) / 1000 : 0);
	else
		json_out_null(o, key);
}

/* The length of the prefix that @s is, -1 when it is none */
static int prefix_length(const struct conf_selector *s)
{
	size_t octets = net_addr_len(&s->start), i;
	bool host = false;
	int len = 0, bit;

	for (i = 0; i < octets; i++) {
		for (bit = 7; bit >= 0; bit--) {
			bool a = s->start.ip[i] >> bit & 1;
			bool b = s->end.ip[i] >> bit & 1;

			if (a == b && host)
				return -1;
			if (a != b && a)
				return -1;
			host |= a != b;
			len += !host;
		}
	}
	return len;
}

void control_show_selectors(struct json_out *o, const char *key,
			    const struct conf_selector *list, unsigned int n)
{
	char start[NET_ADDR_STRLEN], end[NET_ADDR_STRLEN];
	char text[2 * NET_ADDR_STRLEN + 8];
	unsigned int i;
	int len;

	json_out_array(o, key);
	for (i = 0; i < n; i++) {
		len = prefix_length(&list[i]);
		net_addr_format(&list[i].start, start);
		net_addr_format(&list[i].end, end);
		if (len >= 0)
			snprintf(text, sizeof(text), "%s/%d", start, len);
		else
			snprintf(text, sizeof(text), "%s-%s", start, end);
		json_out_string(o, NULL, text);
	}
	json_out_array_end(o);
}

void control_show_findings(struct json_out *o, const char *key,
			   const struct conf_error *list, size_t n)
{
	size_t i;

	json_out_array(o, key);
	for (i = 0; i < n; i++) {
		json_out_object(o, NULL);
		json_out_string(o, "file", list[i].file);
		json_out_u64(o, "line", list[i].line);
		json_out_u64(o, "column", list[i].column);
		json_out_string(o, "text", list[i].text);
		json_out_object_end(o);
	}
	json_out_array_end(o);
}

const char *control_path_name(const struct conf_tunnel *t, uint32_t id)
{
	unsigned int i;

	for (i = 0; i < t->n_paths; i++)
		if (t->paths[i].id == id)
			return t->paths[i].name;
	return "";
}

static const char *device_state(const struct control_device *dev)
{
	if (!dev->up)
		return "disabled";
	switch (dev->state) {
	case IKEVTI_DEV_RUNNING:
		return "running";
	case IKEVTI_DEV_DORMANT:
		return "dormant";
	default:
		return "down";
	}
}

static void show_mtu(struct json_out *o, const char *key, uint32_t mtu)
{
	if (mtu)
		json_out_u64(o, key, mtu);
	else
		json_out_null(o, key);
}

void control_show_device_as(const struct control_device *dev,
			    const struct conf_tunnel *t, struct json_out *o)
{
	json_out_object(o, "device");
	json_out_string(o, "name", t->device);
	if (dev) {
		json_out_u64(o, "ifindex", dev->ifindex);
		if (dev->nsid >= 0)
			json_out_u64(o, "netnsid", (uint64_t)dev->nsid);
		else
			json_out_null(o, "netnsid");
		json_out_string(o, "state", device_state(dev));
		show_mtu(o, "mtu", dev->mtu);
		show_mtu(o, "auto_mtu", dev->auto_mtu);
		control_show_stats(o, "counters", &dev->stats);
	} else {
		json_out_string(o, "state", "absent");
	}
	json_out_object_end(o);
}

void control_show_device(struct control *c, const struct conf_tunnel *t,
			 struct json_out *o)
{
	struct control_device dev;

	memset(&dev, 0, sizeof(dev));
	control_show_device_as(c->ops.kernel_device(c->ops.ctx, t, &dev) ?
			       &dev : NULL, t, o);
}

void control_show_summary(struct control *c, size_t usable, struct json_out *o)
{
	struct ike_gauges g;

	memset(&g, 0, sizeof(g));
	ike_gauges(c->ops.engine(c->ops.ctx), &g);
	json_out_object(o, "summary");
	json_out_string(o, "version", IKEVTI_VERSION);
	json_out_u64(o, "uptime_seconds",
		     (c->ops.now(c->ops.ctx) - c->started) / 1000);
	json_out_u64(o, "tunnels", g.tunnels);
	json_out_u64(o, "paths_up", usable == SIZE_MAX ? g.paths_up : usable);
	json_out_u64(o, "ike_sas", g.ike_sas);
	json_out_u64(o, "half_open", g.half_open);
	json_out_u64(o, "child_sas", g.child_sas);
	json_out_object_end(o);
}

void control_show_counters(struct control *c, const struct conf_tunnel *t,
			   struct json_out *o)
{
	control_show_device(c, t, o);
}

void control_show_engine_counters(struct control *c, struct json_out *o)
{
	static const struct {
		const char *name;
		size_t offset;
	} counters[] = {
#define IKE_OFFSET(name, help) { #name, offsetof(struct ike_counters, name) },
		IKE_COUNTERS(IKE_OFFSET)
#undef IKE_OFFSET
	};
	const struct ike_counters *n = ike_counters(c->ops.engine(c->ops.ctx));
	size_t i;

	json_out_object(o, "ike");
	for (i = 0; i < sizeof(counters) / sizeof(counters[0]); i++)
		json_out_u64(o, counters[i].name,
			     *(const uint64_t *)((const char *)n + counters[i].offset));
	json_out_object_end(o);
}
