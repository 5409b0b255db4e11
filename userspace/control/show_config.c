// SPDX-License-Identifier: GPL-2.0-or-later
/* `show tunnels` and `show config`: the configuration in force, no secrets */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/value.h"
#include "control/internal.h"

static const char *encap_name(enum conf_encap encap)
{
	switch (encap) {
	case CONF_ENCAP_UDP:
		return "udp";
	case CONF_ENCAP_NONE:
		return "none";
	case CONF_ENCAP_AUTO:
	default:
		return "auto";
	}
}

static const char *start_name(enum conf_start start)
{
	switch (start) {
	case CONF_START_TRAFFIC:
		return "traffic";
	case CONF_START_LISTEN:
		return "listen";
	case CONF_START_ALWAYS:
	default:
		return "always";
	}
}

static void show_proposals(struct json_out *o, const struct conf_proposal *list,
			   unsigned int n)
{
	char buf[128];
	unsigned int i;

	json_out_array(o, "proposals");
	for (i = 0; i < n; i++)
		json_out_string(o, NULL, conf_format_proposal(&list[i], buf,
							      sizeof(buf)));
	json_out_array_end(o);
}

static void show_auth(struct json_out *o, const char *key,
		      const struct conf_auth *auth,
		      const struct conf_selector *ts, unsigned int n)
{
	json_out_object(o, key);
	json_out_string(o, "id", auth->id.text);
	json_out_string(o, "auth", "psk");
	control_show_selectors(o, "networks", ts, n);
	json_out_object_end(o);
}

static void show_paths(struct json_out *o, const struct conf_tunnel *t)
{
	const struct conf_path *p;
	unsigned int i;

	json_out_array(o, "paths");
	for (i = 0; i < t->n_paths; i++) {
		p = &t->paths[i];
		json_out_object(o, NULL);
		json_out_string(o, "path", p->name);
		json_out_u64(o, "id", p->id);
		control_show_address(o, "local", &p->local);
		control_show_address(o, "remote", &p->remote);
		json_out_u64(o, "port", p->remote_port);
		json_out_u64(o, "priority", p->priority);
		json_out_u64(o, "weight", p->weight);
		json_out_object_end(o);
	}
	json_out_array_end(o);
}

static void show_limit(struct json_out *o, const char *key, uint64_t n)
{
	if (n)
		json_out_u64(o, key, n);
	else
		json_out_null(o, key);
}

static void show_prefixes(struct json_out *o, const char *key,
			  const struct conf_prefix *list, size_t n)
{
	char address[NET_ADDR_STRLEN], text[NET_ADDR_STRLEN + 8];
	size_t i;

	json_out_array(o, key);
	for (i = 0; i < n; i++) {
		net_addr_format(&list[i].addr, address);
		snprintf(text, sizeof(text), "%s/%u", address,
			 (unsigned int)list[i].len);
		json_out_string(o, NULL, text);
	}
	json_out_array_end(o);
}

/* Those of the configuration, and those that the device really has */
static void show_addresses(struct control *c, const struct conf_tunnel *t,
			   struct json_out *o)
{
	struct conf_prefix *list = NULL;
	size_t n = 0;

	show_prefixes(o, "addresses", t->addresses, t->n_addresses);
	if (c->ops.kernel_addresses(c->ops.ctx, t, &list, &n))
		show_prefixes(o, "device_addresses", list, n);
	else
		json_out_null(o, "device_addresses");
	free(list);
}

static void show_mss(struct json_out *o, uint32_t mss)
{
	if (mss == IKEVTI_MSS_OFF)
		json_out_string(o, "mss_clamp", "off");
	else if (mss == IKEVTI_MSS_AUTO)
		json_out_string(o, "mss_clamp", "auto");
	else
		json_out_u64(o, "mss_clamp", mss);
}

void control_show_tunnel(struct control *c, const struct conf_tunnel *t,
			 struct json_out *o)
{
	control_show_device(c, t, o);
	show_addresses(c, t, o);
	show_auth(o, "local", &t->local, t->local_ts, t->n_local_ts);
	show_auth(o, "remote", &t->remote, t->remote_ts, t->n_remote_ts);
	show_paths(o, t);
	json_out_object(o, "ike");
	show_proposals(o, t->ike, t->n_ike);
	json_out_u64(o, "lifetime_seconds", t->ike_lifetime);
	json_out_object_end(o);
	json_out_object(o, "esp");
	show_proposals(o, t->esp, t->n_esp);
	json_out_u64(o, "lifetime_seconds", t->esp_lifetime);
	show_limit(o, "bytes", t->esp_bytes);
	show_limit(o, "packets", t->esp_packets);
	json_out_u64(o, "replay_window", t->replay_window);
	json_out_string(o, "encap", encap_name(t->encap));
	json_out_object_end(o);
	json_out_u64(o, "detect_ms", t->detect_ms);
	json_out_u64(o, "keepalive_seconds", t->keepalive);
	json_out_string(o, "start", start_name(t->start));
	if (t->mtu)
		json_out_u64(o, "mtu", t->mtu);
	else
		json_out_string(o, "mtu", "auto");
	show_mss(o, t->mss_clamp);
	json_out_u64(o, "fwmark", t->fwmark);
	json_out_u64(o, "hold_time_ms", t->hold_ms);
}

void control_show_daemon(const struct conf *conf, struct json_out *o)
{
	const struct conf_daemon *d = &conf->daemon;

	json_out_object(o, "daemon");
	json_out_u64(o, "port", d->port);
	json_out_u64(o, "natt_port", d->natt_port);
	json_out_u64(o, "cookie_threshold", d->cookie_threshold);
	json_out_u64(o, "half_open_max", d->half_open_max);
	json_out_u64(o, "half_open_per_address", d->half_open_per_address);
	json_out_u64(o, "workers", d->workers);
	json_out_object_end(o);
}
