// SPDX-License-Identifier: GPL-2.0-or-later
/* Answers that come tunnel by tunnel */
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

struct collection {
	const struct cli *cli;
	void (*print)(void *ctx, const struct json_value *item,
		      const struct json_value *last);
	void *ctx;
	struct json_out tunnels;	/* members of the array */
	struct json_out rest;		/* members of the document */
};

static void collect_item(void *ctx, const struct json_value *v)
{
	struct collection *c = ctx;
	const struct json_value *m;

	if (!c->cli->json) {
		c->print(c->ctx, v, NULL);
		return;
	}
	if (json_get(v, "tunnel")) {
		json_write(&c->tunnels, NULL, v);
		return;
	}
	for (m = v->first; m; m = m->next)
		json_write(&c->rest, m->key, m);
}

static void write_text(const struct json_out *o, bool *comma)
{
	if (!o->len)
		return;
	if (*comma)
		fputc(',', stdout);
	fwrite(o->buf, 1, o->len, stdout);
	*comma = true;
}

static bool print_document(struct collection *c, const struct json_value *last)
{
	const struct json_value *summary = json_get(last, "summary");
	bool comma = false;

	if (summary)
		json_write(&c->rest, "summary", summary);
	if (c->tunnels.failed || c->rest.failed) {
		cli_say("out of memory");
		return false;
	}
	fputs("{\"tunnels\":[", stdout);
	write_text(&c->tunnels, &comma);
	fputc(']', stdout);
	comma = true;
	write_text(&c->rest, &comma);
	fputs("}\n", stdout);
	return true;
}

int cli_collect(const struct cli *cli, const char *command, const char *tunnel,
		void (*print)(void *ctx, const struct json_value *item,
			      const struct json_value *last),
		void *ctx)
{
	struct collection c = { .cli = cli, .print = print, .ctx = ctx };
	char *request = cli_request(command, tunnel, NULL, false);
	struct json_value *last = NULL;
	struct cli_client *client;
	int status = CLI_FAILED;

	client = request ? cli_open(cli, &status) : NULL;
	if (client)
		last = cli_ask(client, request, collect_item, &c);
	if (last && !json_get_bool(last, "ok")) {
		cli_answer_ok(cli, last);
	} else if (last && cli->json) {
		status = print_document(&c, last) ? CLI_OK : CLI_FAILED;
	} else if (last) {
		print(ctx, NULL, last);
		status = CLI_OK;
	}
	json_free(last);
	cli_close(client);
	json_out_free(&c.tunnels);
	json_out_free(&c.rest);
	free(request);
	return status;
}
