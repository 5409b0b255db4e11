// SPDX-License-Identifier: GPL-2.0-or-later
/* ikevtictl up|down|rekey|reload|check|version */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"
#include "config/conf.h"
#include "control/control.h"
#include "control/json_out.h"

#define POLL_MS 100
#define DOUBT_MS 3000	/* until an unauthenticated error is believed */

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/*
 * Sends one command and says what came of it; the answer is NULL on failure.
 * @request is freed.
 */
static json_t *command(const struct cli *cli, char *request, int *status)
{
	json_t *answer = NULL;
	struct cli_client *client;

	*status = CLI_FAILED;
	client = request ? cli_open(cli, status) : NULL;
	if (client)
		answer = cli_ask(client, request, NULL, NULL);
	if (answer && !cli_answer_ok(cli, answer)) {
		json_decref(answer);
		answer = NULL;
	}
	if (answer)
		*status = CLI_OK;
	cli_close(client);
	free(request);
	return answer;
}

/* ---- waiting ------------------------------------------------------------- */

/* What is waited for, and what was seen of it */
struct waiting {
	const struct cli *cli;
	const char *tunnel;
	const char *path;	/* NULL: all */
	bool up;
	uint64_t since;		/* when the command was given */
	unsigned int paths;
	unsigned int good;
	unsigned int failed;
	bool report;
};

/*
 * A path that failed since has an error younger than the command. One that is
 * still connecting may have an error that nobody vouches for (RFC 7296 section
 * 2.21.1): the daemon goes on, but an administrator need not wait for that.
 * One that waits for the peer or for traffic does so as long as it takes.
 */
static bool has_failed(const struct waiting *w, const json_t *p)
{
	uint64_t age = cli_u64(p, "last_error_ms", UINT64_MAX);
	uint64_t waited = now_ms() - w->since;
	const char *state = cli_string(p, "state");

	if (!strcmp(state, "listen") || !strcmp(state, "traffic"))
		return true;
	if (!strcmp(state, "unusable"))
		return waited >= DOUBT_MS;
	if (age == UINT64_MAX)
		return false;
	if (!strcmp(state, "wait") || !strcmp(state, "no-child"))
		return age <= waited;
	/* the attempt under way may have begun before the command */
	return !strcmp(state, "connect") && waited >= DOUBT_MS &&
		age < (cli_u64(p, "state_seconds", 0) + 1) * 1000;
}

static void report(const struct waiting *w, const json_t *p, bool good)
{
	char name[128], state[64], problem[1024], remote[80], retry[32];
	uint64_t seconds = cli_u64(p, "retry_seconds", 0);

	cli_safe(cli_string(p, "path"), name, sizeof(name));
	cli_safe(cli_string(p, "state"), state, sizeof(state));
	cli_safe(cli_string(p, "problem"), problem, sizeof(problem));
	cli_safe(cli_string(p, "remote"), remote, sizeof(remote));
	if (good) {
		printf("%s/%s: %s\n", w->tunnel, name, state);
		return;
	}
	fflush(stdout);
	fprintf(stderr, "%s/%s: %s", w->tunnel, name, state);
	if (*problem)
		fprintf(stderr, ": %s", problem);
	else if (!strcmp(state, "connect"))
		fprintf(stderr, ": %s has not answered yet", remote);
	else if (!strcmp(state, "listen"))
		fprintf(stderr, ": the peer has not called yet");
	else if (!strcmp(state, "traffic"))
		fprintf(stderr, ": there is no traffic for it yet");
	if (seconds)
		fprintf(stderr, "; the next try is in %s",
			cli_duration(seconds, retry, sizeof(retry)));
	fputc('\n', stderr);
}

static void look(void *ctx, json_t *item)
{
	const json_t *list = json_object_get(item, "paths"), *p;
	struct waiting *w = ctx;
	size_t i;

	json_array_foreach(list, i, p) {
		bool good = !strcmp(cli_string(p, "state"), w->up ? "up" : "down");

		if (w->path && strcmp(cli_string(p, "path"), w->path))
			continue;
		w->paths++;
		w->good += good;
		w->failed += w->up && !good && has_failed(w, p);
		if (w->report && !w->cli->json)
			report(w, p, good);
	}
}

/* One look at all paths; false when the conversation broke */
static bool look_once(struct waiting *w, struct cli_client *client,
		      const char *request)
{
	json_t *last;
	bool ok;

	w->paths = 0;
	w->good = 0;
	w->failed = 0;
	last = cli_ask(client, request, look, w);
	ok = last && cli_bool(last, "ok");
	if (last && !ok)
		cli_answer_ok(w->cli, last);
	json_decref(last);
	return ok;
}

static int wait_for(struct waiting *w)
{
	const struct timespec pause = { .tv_nsec = POLL_MS * 1000000L };
	uint64_t end = w->since + (uint64_t)w->cli->timeout * 1000;
	char *request = cli_request("status", w->tunnel, NULL, false);
	struct cli_client *client;
	int status = CLI_FAILED;
	bool timeout = false;

	client = request ? cli_open(w->cli, &status) : NULL;
	if (!client)
		goto out;
	while (look_once(w, client, request)) {
		if (w->good + w->failed >= w->paths || timeout) {
			w->report = true;
			look_once(w, client, request);
			status = w->paths && w->good == w->paths ? CLI_OK :
								   CLI_FAILED;
			if (timeout && status)
				cli_say("not %s after %u seconds",
					w->up ? "up" : "down", w->cli->timeout);
			break;
		}
		nanosleep(&pause, NULL);
		timeout = now_ms() >= end;
	}
out:
	cli_close(client);
	free(request);
	return status;
}

static int up_or_down(const struct cli *cli, bool up)
{
	const char *tunnel = cli->args[0];
	const char *path = cli->n_args > 1 ? cli->args[1] : NULL;
	struct waiting w = {
		.cli = cli,
		.tunnel = tunnel,
		.path = path,
		.up = up,
		.since = now_ms(),
	};
	json_t *answer;
	int status;

	answer = command(cli, cli_request(up ? "up" : "down", tunnel, path, false),
			 &status);
	if (!answer)
		return status;
	json_decref(answer);
	if (cli->wait)
		return wait_for(&w);
	if (!cli->json)
		printf("%s%s%s is going %s; see: ikevtictl status %s\n", tunnel,
		       path ? "/" : "", path ? path : "", up ? "up" : "down",
		       tunnel);
	return CLI_OK;
}

int cli_up(const struct cli *cli)
{
	return up_or_down(cli, true);
}

int cli_down(const struct cli *cli)
{
	return up_or_down(cli, false);
}

/* ---- others -------------------------------------------------------------- */

int cli_rekey(const struct cli *cli)
{
	const char *path = cli->n_args > 1 ? cli->args[1] : NULL;
	json_t *answer;
	int status;

	answer = command(cli, cli_request("rekey", cli->args[0], path, cli->ike),
			 &status);
	if (answer && !cli->json)
		printf("%s: rekeying %s\n", cli->args[0],
		       cli->ike ? "the IKE SA" : "the ESP SAs");
	json_decref(answer);
	return status;
}

static unsigned long long count(const json_t *v, const char *key)
{
	return cli_u64(v, key, 0);
}

static void say_left(const json_t *list)
{
	const json_t *v;
	char name[64];
	size_t i;

	json_array_foreach(list, i, v) {
		cli_safe(cli_text(v), name, sizeof(name));
		printf("device %s has no tunnel any more and stays; ip link del %s removes it\n",
		       name, name);
	}
}

int cli_reload(const struct cli *cli)
{
	json_t *answer;
	int status;

	answer = command(cli, cli_request("reload", NULL, NULL, false), &status);
	if (answer && !cli->json) {
		printf("reloaded: %llu added, %llu removed, %llu changed, %llu unchanged\n",
		       count(answer, "added"), count(answer, "removed"),
		       count(answer, "changed"), count(answer, "unchanged"));
		say_left(json_object_get(answer, "devices_left"));
	}
	json_decref(answer);
	return status;
}

static void print_check_json(const char *file, const struct conf *conf,
			     const struct conf_errors *errors)
{
	struct json_out o = { 0 };

	json_out_object(&o, NULL);
	json_out_bool(&o, "ok", conf);
	json_out_string(&o, "file", file);
	if (conf)
		json_out_u64(&o, "tunnels", conf->n_tunnels);
	if (!conf)
		control_show_findings(&o, "errors", errors->list, errors->n);
	control_show_findings(&o, "warnings", errors->warnings,
			      errors->n_warnings);
	json_out_object_end(&o);
	json_out_newline(&o);
	if (!o.failed)
		fwrite(o.buf, 1, o.len, stdout);
	json_out_free(&o);
}

static void say_good(const char *file, unsigned long long warnings,
		     unsigned long long tunnels)
{
	printf("%s: no errors, ", file);
	if (warnings)
		printf("%llu warning%s, ", warnings, warnings == 1 ? "" : "s");
	printf("%llu tunnel%s\n", tunnels, tunnels == 1 ? "" : "s");
}

static int check_file(const struct cli *cli, const char *file)
{
	struct conf_errors errors;
	struct conf *conf = conf_load(file, &errors);
	int status = conf ? CLI_OK : CLI_FAILED;

	if (cli->json)
		print_check_json(file, conf, &errors);
	else
		conf_errors_print(&errors, stderr);
	if (conf && !cli->json)
		say_good(file, errors.n_warnings, conf->n_tunnels);
	conf_unref(conf);
	conf_errors_free(&errors);
	return status;
}

/* Without a file: the daemon's, or where it would look for one */
int cli_check(const struct cli *cli)
{
	json_t *answer;
	struct cli_client *client;
	int status;

	if (cli->n_args)
		return check_file(cli, cli->args[0]);
	client = cli_try_open(cli, &status);
	if (!client && status == CLI_NO_DAEMON)
		return check_file(cli, IKEVTI_CONFDIR "/ikevti.conf");
	if (!client)
		return status;
	answer = cli_ask(client, "{\"command\":\"check\"}\n", NULL, NULL);
	status = answer && cli_answer_ok(cli, answer) ? CLI_OK : CLI_FAILED;
	if (!status && !cli->json)
		say_good(cli_string(answer, "file"),
			 json_array_size(json_object_get(answer, "warnings")),
			 count(answer, "tunnels"));
	json_decref(answer);
	cli_close(client);
	return status;
}

int cli_log_level(const struct cli *cli)
{
	char *request = cli_request_level(cli->n_args ? cli->args[0] : NULL);
	json_t *answer;
	int status;

	answer = command(cli, request, &status);
	if (answer && !cli->json)
		printf("%s\n", cli_string(answer, "level"));
	json_decref(answer);
	return status;
}

int cli_version(const struct cli *cli)
{
	json_t *answer = NULL;
	struct cli_client *client;
	struct json_out o = { 0 };
	int status = CLI_OK;

	client = cli_try_open(cli, &status);
	if (client)
		answer = cli_ask(client, "{\"command\":\"version\"}\n", NULL,
				 NULL);
	if (cli->json) {
		json_out_object(&o, NULL);
		json_out_string(&o, "ikevtictl", IKEVTI_VERSION);
		if (answer)
			json_out_string(&o, "ikevtid", cli_string(answer, "version"));
		else
			json_out_null(&o, "ikevtid");
		json_out_object_end(&o);
		json_out_newline(&o);
		fwrite(o.buf, 1, o.len, stdout);
		json_out_free(&o);
	} else {
		printf("ikevtictl %s\n", IKEVTI_VERSION);
		if (answer)
			printf("ikevtid %s, process %llu\n",
			       cli_string(answer, "version"),
			       count(answer, "pid"));
		else
			printf("ikevtid is not running\n");
	}
	json_decref(answer);
	cli_close(client);
	return CLI_OK;
}
