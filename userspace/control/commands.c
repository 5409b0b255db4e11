// SPDX-License-Identifier: GPL-2.0-or-later
/* What a request asks for, and the answer to it */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "config/tree.h"
#include "control/internal.h"

/* A request while it is carried out */
struct request {
	struct control_client *cl;
	struct control *c;
	json_t *json;
	struct conf *conf;
	struct conf_tunnel *tunnel;	/* NULL: none was named */
	uint32_t path;			/* 0: all */
};

struct json_out *control_line(struct control_client *cl)
{
	struct json_out *o = &cl->control->line;

	json_out_reset(o);
	json_out_object(o, NULL);
	if (cl->has_id)
		json_out_u64(o, "id", cl->id);
	return o;
}

static struct json_out *begin_ok(struct control_client *cl)
{
	struct json_out *o = control_line(cl);

	json_out_bool(o, "ok", true);
	return o;
}

static void end(struct control_client *cl)
{
	json_out_object_end(&cl->control->line);
	control_send(cl);
}

void control_error(struct control_client *cl, const char *code,
		   const char *suggestion, const char *format, ...)
{
	struct json_out *o = control_line(cl);
	char text[512];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	json_out_bool(o, "ok", false);
	json_out_string(o, "code", code);
	json_out_string(o, "error", text);
	if (suggestion)
		json_out_string(o, "suggestion", suggestion);
	end(cl);
}

/* ---- answers of many lines ----------------------------------------------- */

static void start_answer(struct request *r, control_show show,
			 void (*rest)(struct control *c, struct json_out *o))
{
	struct control_client *cl = r->cl;

	cl->answer = (struct control_answer){
		.show = show,
		.rest = r->tunnel ? NULL : rest,
		.conf = conf_ref(r->conf),
		.only = conf_tunnel_ref(r->tunnel),
	};
	cl->answering = true;
}

static void end_answer(struct control_client *cl)
{
	struct json_out *o = begin_ok(cl);

	control_show_summary(cl->control, cl->answer.show == control_show_status &&
			     !cl->answer.only ? cl->answer.usable : SIZE_MAX, o);
	end(cl);
	conf_unref(cl->answer.conf);
	conf_tunnel_unref(cl->answer.only);
	cl->answering = false;
}

void control_answer_step(struct control_client *cl)
{
	struct control_answer *a = &cl->answer;
	const struct conf_tunnel *t = NULL;
	struct json_out *o;

	if (a->only)
		t = a->next ? NULL : a->only;
	else if (a->next < a->conf->n_tunnels)
		t = a->conf->tunnels[a->next];
	a->next++;
	if (!t && !a->rest) {
		end_answer(cl);
		return;
	}
	o = control_line(cl);
	json_out_object(o, "item");
	if (t) {
		json_out_string(o, "tunnel", t->name);
		cl->control->usable = 0;
		a->show(cl->control, t, o);
		a->usable += cl->control->usable;
	} else {
		a->rest(cl->control, o);
		a->rest = NULL;
	}
	json_out_object_end(o);
	end(cl);
}

/* ---- commands ------------------------------------------------------------- */

static void cmd_status(struct request *r)
{
	start_answer(r, control_show_status, NULL);
}

static void cmd_sas(struct request *r)
{
	start_answer(r, control_show_sas, control_show_half_open);
}

static void cmd_tunnels(struct request *r)
{
	start_answer(r, control_show_tunnel, NULL);
}

static void cmd_counters(struct request *r)
{
	start_answer(r, control_show_counters, control_show_engine_counters);
}

static void show_daemon(struct control *c, struct json_out *o)
{
	json_out_string(o, "file", c->ops.conf_path(c->ops.ctx));
	control_show_daemon(c->ops.conf(c->ops.ctx), o);
}

static void cmd_config(struct request *r)
{
	start_answer(r, control_show_tunnel, show_daemon);
}

static void note(const struct request *r, const char *what, const char *tunnel)
{
	char text[256];

	snprintf(text, sizeof(text), "control: %s%s by process %ld of user %lu",
		 what, tunnel, (long)r->cl->pid, (unsigned long)r->cl->uid);
	r->c->ops.log(r->c->ops.ctx, IKE_LOG_INFO, text);
}

static void send_event(struct request *r, enum ike_event_type type, bool ike_sa)
{
	struct ike_event ev = { .type = type,
				.now = r->c->ops.now(r->c->ops.ctx) };

	snprintf(ev.tunnel.tunnel, sizeof(ev.tunnel.tunnel), "%s",
		 r->tunnel->name);
	ev.tunnel.path = r->path;
	ev.tunnel.ike_sa = ike_sa;
	r->c->ops.event(r->c->ops.ctx, &ev);
	begin_ok(r->cl);
	end(r->cl);
}

static void cmd_up(struct request *r)
{
	note(r, "up ", r->tunnel->name);
	send_event(r, IKE_EVENT_UP, false);
}

static void cmd_down(struct request *r)
{
	note(r, "down ", r->tunnel->name);
	send_event(r, IKE_EVENT_DOWN, false);
}

struct readiness {
	uint32_t path;
	bool ike;
	bool child;
};

static void look_at_path(void *ctx, const struct ike_status_path *p)
{
	struct readiness *ready = ctx;

	if (ready->path && ready->path != p->path)
		return;
	if (p->state == IKE_PATH_UP || p->state == IKE_PATH_NO_CHILD)
		ready->ike = true;
	if (p->state == IKE_PATH_UP)
		ready->child = true;
}

static void cmd_rekey(struct request *r)
{
	const struct ike_status_visitor look = { .path = look_at_path };
	struct readiness ready = { .path = r->path };
	bool ike = json_is_true(json_object_get(r->json, "ike"));

	ike_status_walk(r->c->ops.engine(r->c->ops.ctx), r->tunnel->name, &look,
			&ready);
	if (ike ? !ready.ike : !ready.child) {
		control_error(r->cl, "not-up", NULL,
			      "tunnel '%s' is not up, so there is nothing to rekey",
			      r->tunnel->name);
		return;
	}
	note(r, ike ? "rekey of the IKE SA of " : "rekey of ", r->tunnel->name);
	send_event(r, IKE_EVENT_REKEY, ike);
}

static void show_errors(struct json_out *o, const struct conf_errors *errors)
{
	control_show_findings(o, "errors", errors->list, errors->n);
	control_show_findings(o, "warnings", errors->warnings, errors->n_warnings);
	if (errors->more || errors->more_warnings)
		json_out_bool(o, "more", true);
}

static void refuse_conf(struct request *r, const struct conf_errors *errors,
			const char *what)
{
	struct json_out *o = control_line(r->cl);
	char text[512];

	snprintf(text, sizeof(text), "%zu error%s in %s%s", errors->n,
		 errors->n == 1 ? "" : "s", r->c->ops.conf_path(r->c->ops.ctx),
		 what);
	json_out_bool(o, "ok", false);
	json_out_string(o, "code", "bad-config");
	json_out_string(o, "error", text);
	show_errors(o, errors);
	end(r->cl);
}

static void cmd_reload(struct request *r)
{
	struct control_reload done = { 0 };
	struct conf_errors errors = { 0 };
	struct json_out *o;
	unsigned int i;

	note(r, "reload", "");
	if (r->c->ops.reload(r->c->ops.ctx, &errors, &done)) {
		refuse_conf(r, &errors,
			    "; the configuration in force stays as it was");
	} else {
		o = begin_ok(r->cl);
		json_out_u64(o, "added", done.added);
		json_out_u64(o, "removed", done.removed);
		json_out_u64(o, "changed", done.changed);
		json_out_u64(o, "unchanged", done.unchanged);
		json_out_array(o, "devices_left");
		for (i = 0; i < done.n_left; i++)
			json_out_string(o, NULL, done.left[i]);
		json_out_array_end(o);
		control_show_findings(o, "warnings", errors.warnings,
				      errors.n_warnings);
		end(r->cl);
	}
	conf_errors_free(&errors);
}

static void cmd_check(struct request *r)
{
	struct conf_errors errors;
	struct json_out *o;
	struct conf *conf;

	conf = conf_load(r->c->ops.conf_path(r->c->ops.ctx), &errors);
	if (!conf) {
		refuse_conf(r, &errors, "");
	} else {
		o = begin_ok(r->cl);
		json_out_string(o, "file", r->c->ops.conf_path(r->c->ops.ctx));
		json_out_u64(o, "tunnels", conf->n_tunnels);
		control_show_findings(o, "warnings", errors.warnings,
				      errors.n_warnings);
		end(r->cl);
	}
	conf_unref(conf);
	conf_errors_free(&errors);
}

static void cmd_monitor(struct request *r)
{
	r->cl->monitor = true;
	if (r->tunnel)
		snprintf(r->cl->monitor_tunnel, sizeof(r->cl->monitor_tunnel), "%s",
			 r->tunnel->name);
	begin_ok(r->cl);
	end(r->cl);
}

static void cmd_log(struct request *r)
{
	const char *want = json_string_value(json_object_get(r->json, "level"));
	const char *level;
	struct json_out *o;

	level = r->c->ops.log_level(r->c->ops.ctx, want);
	if (!level) {
		control_error(r->cl, "bad-request", NULL,
			      "a level of the log is error, warn, info or debug, not '%.64s'",
			      want);
		return;
	}
	if (want)
		note(r, "log level ", level);
	o = begin_ok(r->cl);
	json_out_string(o, "level", level);
	end(r->cl);
}

static void cmd_version(struct request *r)
{
	struct json_out *o = begin_ok(r->cl);
	ike_time now = r->c->ops.now(r->c->ops.ctx);

	json_out_string(o, "version", IKEVTI_VERSION);
	json_out_u64(o, "pid", (uint64_t)getpid());
	json_out_u64(o, "uptime_seconds", (now - r->c->started) / 1000);
	end(r->cl);
}

/* Which of its arguments a command has */
#define WITH_TUNNEL	1U	/* may name one */
#define NEEDS_TUNNEL	2U
#define WITH_PATH	4U
#define WITH_IKE	8U
#define WITH_LEVEL	16U
#define LOOKS		32U	/* changes nothing, and costs little */

static const struct command {
	const char *name;
	void (*run)(struct request *r);
	unsigned int arguments;
} commands[] = {
	{ "status", cmd_status, WITH_TUNNEL | LOOKS },
	{ "sas", cmd_sas, WITH_TUNNEL | LOOKS },
	{ "tunnels", cmd_tunnels, WITH_TUNNEL | LOOKS },
	{ "counters", cmd_counters, WITH_TUNNEL | LOOKS },
	{ "config", cmd_config, WITH_TUNNEL | LOOKS },
	{ "up", cmd_up, WITH_TUNNEL | NEEDS_TUNNEL | WITH_PATH },
	{ "down", cmd_down, WITH_TUNNEL | NEEDS_TUNNEL | WITH_PATH },
	{ "rekey", cmd_rekey, WITH_TUNNEL | NEEDS_TUNNEL | WITH_PATH | WITH_IKE },
	{ "reload", cmd_reload, 0 },
	{ "check", cmd_check, 0 },
	{ "monitor", cmd_monitor, WITH_TUNNEL | LOOKS },
	{ "log", cmd_log, WITH_LEVEL },
	{ "version", cmd_version, LOOKS },
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static const struct command *find_command(struct control_client *cl,
					  const char *name)
{
	const char *words[N_COMMANDS + 1];
	size_t i;

	for (i = 0; i < N_COMMANDS; i++) {
		if (!strcmp(commands[i].name, name))
			return &commands[i];
		words[i] = commands[i].name;
	}
	words[i] = NULL;
	control_error(cl, "unknown-command", conf_suggest(name, words),
		      "there is no command '%.64s'", name);
	return NULL;
}

/* The nearest of the tunnels' names; only the first are looked through */
static const char *suggest_tunnel(const struct conf *conf, const char *name)
{
	const char *words[1025];
	size_t i;

	for (i = 0; i < conf->n_tunnels && i < 1024; i++)
		words[i] = conf->tunnels[i]->name;
	words[i] = NULL;
	return conf_suggest(name, words);
}

static bool find_tunnel(struct request *r, const char *name)
{
	r->tunnel = conf_find_tunnel(r->conf, name);
	if (!r->tunnel)
		control_error(r->cl, "unknown-tunnel",
			      suggest_tunnel(r->conf, name),
			      "there is no tunnel '%.64s'", name);
	return r->tunnel;
}

static bool find_path(struct request *r, const char *name)
{
	const char *words[CONF_PATHS_MAX + 1];
	unsigned int i;

	for (i = 0; i < r->tunnel->n_paths; i++) {
		words[i] = r->tunnel->paths[i].name;
		if (strcmp(words[i], name))
			continue;
		r->path = r->tunnel->paths[i].id;
		return true;
	}
	words[i] = NULL;
	control_error(r->cl, "unknown-path", conf_suggest(name, words),
		      "tunnel '%s' has no path '%.64s'", r->tunnel->name, name);
	return false;
}

/* Members that a command does not have are errors, not silently ignored */
static bool check_members(struct request *r, const struct command *cmd)
{
	const char *key;
	bool fits;
	json_t *v;

	json_object_foreach(r->json, key, v) {
		if (!strcmp(key, "id")) {
			fits = r->cl->has_id;
		} else if (!strcmp(key, "command") ||
			   (!strcmp(key, "tunnel") && cmd->arguments & WITH_TUNNEL) ||
			   (!strcmp(key, "path") && cmd->arguments & WITH_PATH) ||
			   (!strcmp(key, "level") && cmd->arguments & WITH_LEVEL)) {
			fits = json_is_string(v);
		} else if (!strcmp(key, "ike") && cmd->arguments & WITH_IKE) {
			fits = json_is_boolean(v);
		} else {
			control_error(r->cl, "bad-request", NULL,
				      "command '%s' has no member '%.64s'",
				      cmd->name, key);
			return false;
		}
		if (!fits) {
			control_error(r->cl, "bad-request", NULL,
				      "member '%s' has the wrong type", key);
			return false;
		}
	}
	return true;
}

static void run(struct request *r)
{
	const char *name = json_string_value(json_object_get(r->json, "command"));
	const char *tunnel, *path;
	const struct command *cmd;

	if (!name) {
		control_error(r->cl, "bad-request", NULL,
			      "a request is an object with a member 'command'");
		return;
	}
	cmd = find_command(r->cl, name);
	if (!cmd)
		return;
	if (r->cl->look && !(cmd->arguments & LOOKS)) {
		control_error(r->cl, "not-permitted", NULL,
			      "'%s' is for root only; members of the group " CONTROL_GROUP " may look, and change nothing",
			      cmd->name);
		return;
	}
	if (!check_members(r, cmd))
		return;
	tunnel = json_string_value(json_object_get(r->json, "tunnel"));
	path = json_string_value(json_object_get(r->json, "path"));
	if (tunnel && !find_tunnel(r, tunnel))
		return;
	if (!r->tunnel && (path || (cmd->arguments & NEEDS_TUNNEL))) {
		control_error(r->cl, "bad-request", NULL,
			      "command '%s' needs a tunnel", cmd->name);
		return;
	}
	if (path && !find_path(r, path))
		return;
	cmd->run(r);
}

/*
 * The limits on what a client can make of a line: its length is that of
 * server.c, CONTROL_REQUEST_MAX, so there are at most half as many values; the
 * depth is jansson's, 2048. jansson itself refuses what is not UTF-8, a NUL in
 * a string, and integers beyond 2^63 - 1, which no member has.
 */
void control_command(struct control_client *cl, const char *line, size_t len)
{
	struct request r = { .cl = cl, .c = cl->control };
	json_error_t error;
	const json_t *id;

	cl->has_id = false;
	r.json = json_loadb(line, len, JSON_REJECT_DUPLICATES, &error);
	if (!r.json) {
		control_error(cl, "bad-request", NULL,
			      "a request is one JSON object on one line: %s",
			      error.text);
		return;
	}
	id = json_object_get(r.json, "id");
	cl->has_id = json_is_integer(id) && json_integer_value(id) >= 0;
	cl->id = cl->has_id ? (uint64_t)json_integer_value(id) : 0;
	/* a reload must not take away what the request points to */
	r.conf = conf_ref(r.c->ops.conf(r.c->ops.ctx));
	run(&r);
	conf_unref(r.conf);
	json_decref(r.json);
}
