// SPDX-License-Identifier: GPL-2.0-or-later
/* Events for those who monitor */
#include <string.h>
#include <time.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include "control/internal.h"

static void show_time(struct json_out *o)
{
	struct timespec ts;
	char buf[48], out[64];
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &ts);
	gmtime_r(&ts.tv_sec, &tm);
	strftime(buf, sizeof(buf), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out, sizeof(out), "%s.%03ldZ", buf, ts.tv_nsec / 1000000);
	json_out_string(o, "time", out);
}

static const char *level_name(enum ike_log_level level)
{
	switch (level) {
	case IKE_LOG_ERROR:
		return "error";
	case IKE_LOG_WARN:
		return "warn";
	case IKE_LOG_INFO:
		return "info";
	case IKE_LOG_DEBUG:
	default:
		return "debug";
	}
}

static const char *tunnel_of(const struct ike_effect *e)
{
	return e->type == IKE_EFFECT_STATE ? e->state.tunnel : e->log.tunnel;
}

static void show_event(struct control *c, const struct ike_effect *e,
		       struct json_out *o)
{
	const char *tunnel = tunnel_of(e);
	const struct conf_tunnel *t;

	json_out_reset(o);
	json_out_object(o, NULL);
	json_out_string(o, "event", e->type == IKE_EFFECT_STATE ? "state" : "log");
	show_time(o);
	if (*tunnel)
		json_out_string(o, "tunnel", tunnel);
	if (e->type == IKE_EFFECT_STATE) {
		t = conf_find_tunnel(c->ops.conf(c->ops.ctx), tunnel);
		if (e->state.path)
			json_out_string(o, "path",
					t ? control_path_name(t, e->state.path) : "");
		json_out_string(o, "what", e->state.what);
		if (e->state.text)
			json_out_string(o, "text", e->state.text);
	} else {
		json_out_string(o, "level", level_name(e->log.level));
		json_out_string(o, "text", e->log.text ? e->log.text : "");
	}
	json_out_object_end(o);
	json_out_newline(o);
}

static void tell_missed(struct control_client *cl)
{
	struct json_out o = { 0 };

	json_out_object(&o, NULL);
	json_out_string(&o, "event", "missed");
	show_time(&o);
	json_out_u64(&o, "count", cl->missed);
	json_out_object_end(&o);
	json_out_newline(&o);
	if (!o.failed && !bufferevent_write(cl->bev, o.buf, o.len))
		cl->missed = 0;
	json_out_free(&o);
}

void control_effect(struct control *c, const struct ike_effect *effect)
{
	struct control_client *cl;
	struct json_out o = { 0 };
	unsigned int i;

	if (effect->type != IKE_EFFECT_STATE && effect->type != IKE_EFFECT_LOG)
		return;
	if (effect->type == IKE_EFFECT_LOG &&
	    effect->log.level == IKE_LOG_DEBUG)
		return;
	for (i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		cl = c->clients[i];
		if (!cl || !cl->monitor || cl->closing ||
		    (*cl->monitor_tunnel &&
		     strcmp(cl->monitor_tunnel, tunnel_of(effect))))
			continue;
		if (evbuffer_get_length(bufferevent_get_output(cl->bev)) >=
		    CONTROL_OUTPUT_HIGH) {
			cl->missed++;
			continue;
		}
		if (cl->missed)
			tell_missed(cl);
		if (!o.len)
			show_event(c, effect, &o);
		if (o.failed || bufferevent_write(cl->bev, o.buf, o.len))
			cl->missed++;
	}
	json_out_free(&o);
}
