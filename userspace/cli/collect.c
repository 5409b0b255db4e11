// SPDX-License-Identifier: GPL-2.0-or-later
/* Answers that come tunnel by tunnel */
#include <stdlib.h>

#include "cli/cli.h"

struct collection {
	const struct cli *cli;
	void (*print)(void *ctx, const json_t *item, const json_t *last);
	void *ctx;
	FILE *tunnels;		/* into @text: as a value they take five times as much */
	char *text;
	size_t len;
	const char *comma;
	json_t *rest;		/* other members of the document */
	bool failed;		/* memory was short */
};

static void collect_item(void *ctx, json_t *v)
{
	struct collection *c = ctx;

	if (!c->cli->json) {
		c->print(c->ctx, v, NULL);
	} else if (json_object_get(v, "tunnel")) {
		fputs(c->comma, c->tunnels);
		c->comma = ",";
		c->failed |= json_dumpf(v, c->tunnels, JSON_COMPACT) < 0;
	} else {
		c->failed |= json_object_update(c->rest, v) < 0;
	}
}

static bool print_document(struct collection *c, const json_t *last)
{
	json_t *summary = json_object_get(last, "summary");

	if (summary)
		c->failed |= json_object_set(c->rest, "summary", summary) < 0;
	if (fflush(c->tunnels) || c->failed) {
		cli_say("out of memory");
		return false;
	}
	printf("{\"tunnels\":[%s]%s", c->text, json_object_size(c->rest) ? "," : "");
	json_dumpf(c->rest, stdout, JSON_COMPACT | JSON_EMBED);
	puts("}");
	return true;
}

int cli_collect(const struct cli *cli, const char *command, const char *tunnel,
		void (*print)(void *ctx, const json_t *item,
			      const json_t *last),
		void *ctx)
{
	struct collection c = {
		.cli = cli,
		.print = print,
		.ctx = ctx,
		.comma = "",
		.rest = json_object(),
	};
	char *request = cli_request(command, tunnel, NULL, false);
	struct cli_client *client = NULL;
	int status = CLI_FAILED;
	json_t *last = NULL;

	c.tunnels = open_memstream(&c.text, &c.len);
	if (!c.tunnels || !c.rest)
		cli_say("out of memory");
	else if (request)
		client = cli_open(cli, &status);
	if (client)
		last = cli_ask(client, request, collect_item, &c);
	if (last && !cli_bool(last, "ok")) {
		cli_answer_ok(cli, last);
	} else if (last && cli->json) {
		status = print_document(&c, last) ? CLI_OK : CLI_FAILED;
	} else if (last) {
		print(ctx, NULL, last);
		status = CLI_OK;
	}
	json_decref(last);
	json_decref(c.rest);
	cli_close(client);
	if (c.tunnels)
		fclose(c.tunnels);
	free(c.text);
	free(request);
	return status;
}
