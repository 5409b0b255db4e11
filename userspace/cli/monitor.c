// SPDX-License-Identifier: GPL-2.0-or-later
/* ikevtictl monitor: events as they come, until interrupted */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/cli.h"

static void print_event(const json_t *v)
{
	const char *event = cli_string(v, "event");
	char subject[160], text[1024], level[32];
	const char *path = cli_string(v, "path"), *colour;
	char clock[16];
	time_t now = time(NULL);
	struct tm tm;

	localtime_r(&now, &tm);
	strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	snprintf(text, sizeof(text), "%s%s%s", cli_string(v, "tunnel"),
		 *path ? "/" : "", path);
	cli_safe(text, subject, sizeof(subject));
	printf("%s  %s%s", clock, subject, *subject ? ": " : "");
	if (!strcmp(event, "state")) {
		cli_safe(cli_string(v, *cli_string(v, "text") ? "text" : "what"),
			 text, sizeof(text));
		printf("%s\n", text);
	} else if (!strcmp(event, "log")) {
		cli_safe(cli_string(v, "text"), text, sizeof(text));
		cli_safe(cli_string(v, "level"), level, sizeof(level));
		colour = cli_state_colour(level);
		if (!strcmp(level, "info"))
			printf("%s\n", text);
		else
			printf("%s%s%s: %s\n", colour, level,
			       *colour ? "\033[0m" : "", text);
	} else if (!strcmp(event, "missed")) {
		printf("(%llu events were missed)\n",
		       (unsigned long long)cli_u64(v, "count", 0));
	} else {
		cli_safe(event, text, sizeof(text));
		printf("%s\n", text);
	}
}

int cli_monitor(const struct cli *cli)
{
	char *request = cli_request("monitor", cli->n_args ? cli->args[0] : NULL,
				    NULL, false);
	struct cli quiet = *cli;
	json_t *v = NULL;
	struct cli_client *client;
	int status = CLI_FAILED;

	client = request ? cli_open(cli, &status) : NULL;
	if (client)
		v = cli_ask(client, request, NULL, NULL);
	/* with --json there are events and nothing else */
	quiet.json = cli->json && !cli_bool(v, "ok");
	if (!v || !cli_answer_ok(&quiet, v))
		goto out;
	for (;;) {
		json_decref(v);
		v = cli_next(client);
		if (!v)
			break;
		if (cli->json)
			cli_print_json(v);
		else
			print_event(v);
		if (fflush(stdout))
			goto out;
	}
	cli_say("ikevtid ended");
	status = CLI_NO_DAEMON;
out:
	json_decref(v);
	cli_close(client);
	free(request);
	return status;
}
