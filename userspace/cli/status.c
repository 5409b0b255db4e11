// SPDX-License-Identifier: GPL-2.0-or-later
/* ikevtictl status */
#include <string.h>

#include "cli/cli.h"

struct status {
	struct cli_table *table;
	struct cli_table *problems;
	uint64_t tunnels;
	uint64_t paths;
	uint64_t up;
};

static const char *or_dash(const char *s)
{
	return *s ? s : "-";
}

static void cell_counter(struct cli_table *t, const json_t *counters,
			 const char *name)
{
	char buf[32];

	if (json_object_get(counters, name))
		cli_cell(t, cli_bytes(cli_u64(counters, name, 0), buf,
				      sizeof(buf)));
	else
		cli_cell(t, "-");
}

/* An error that is over is history, which --json has */
static void note_problem(struct status *s, const char *tunnel,
			 const json_t *path)
{
	const char *problem = cli_string(path, "problem");
	const char *state = cli_string(path, "state");
	char age[32];

	if (!*problem)
		return;
	cli_cellf(s->problems, "%s/%s", tunnel, cli_string(path, "path"));
	if (!strcmp(state, "up") || !strcmp(state, "unusable")) {
		cli_cell(s->problems, "now");
		cli_cellf(s->problems, "%s%s", strcmp(state, "up") ?
			  "unusable: " : "", problem);
		return;
	}
	cli_duration(cli_u64(path, "last_error_ms", 0) / 1000, age,
		     sizeof(age));
	cli_cellf(s->problems, "%s ago", age);
	cli_cell(s->problems, problem);
}

static void cell_seconds(struct cli_table *t, const json_t *v,
			 const char *key)
{
	uint64_t n = cli_u64(v, key, UINT64_MAX);
	char buf[32];

	cli_cell(t, n == UINT64_MAX ? "-" : cli_duration(n, buf, sizeof(buf)));
}

static void add_path(struct status *s, const json_t *item,
		     const json_t *path, bool first)
{
	const json_t *device = json_object_get(item, "device");
	const json_t *counters = json_object_get(json_object_get(path, "kernel"),
						 "counters");
	const char *state = cli_string(path, "state");

	cli_cell(s->table, first ? cli_string(item, "tunnel") : "");
	cli_cell(s->table, first ? cli_string(device, "name") : "");
	cli_cell(s->table, or_dash(cli_string(path, "path")));
	cli_cell_state(s->table, or_dash(state));
	cell_seconds(s->table, path, "state_seconds");
	cell_seconds(s->table, path, "last_heard_seconds");
	cli_cell(s->table, or_dash(cli_string(path, "remote")));
	cli_cell(s->table, or_dash(cli_string(path, "ike_proposal")));
	cli_cell(s->table, or_dash(cli_string(path, "esp_proposal")));
	cell_counter(s->table, counters, "rx_bytes");
	cell_counter(s->table, counters, "tx_bytes");
	s->paths++;
	s->up += !strcmp(state, "up");
	note_problem(s, cli_string(item, "tunnel"), path);
}

static void print_end(struct status *s, const json_t *last)
{
	const json_t *sum = json_object_get(last, "summary");
	char age[32], version[32];

	if (!s->tunnels)
		printf("no tunnel is configured\n");
	if (cli_table_rows(s->table))
		cli_table_print(s->table, stdout, "");
	else
		cli_table_print(s->table, stderr, "");
	if (cli_table_rows(s->problems)) {
		printf("\n");
		cli_table_print(s->problems, stdout, "");
	}
	cli_safe(cli_string(sum, "version"), version, sizeof(version));
	printf("\n%llu of %llu path%s up; ikevtid %s, running for %s\n",
	       (unsigned long long)s->up, (unsigned long long)s->paths,
	       s->paths == 1 ? "" : "s", version,
	       cli_duration(cli_u64(sum, "uptime_seconds", 0), age,
			    sizeof(age)));
}

static void print(void *ctx, const json_t *item, const json_t *last)
{
	const json_t *p, *paths = json_object_get(item, "paths");
	struct status *s = ctx;
	size_t i;

	if (last) {
		print_end(s, last);
		return;
	}
	s->tunnels++;
	json_array_foreach(paths, i, p) {
		add_path(s, item, p, !i);
	}
}

int cli_status(const struct cli *cli)
{
	static const char *const heads[] = {
		"TUNNEL", "DEVICE", "PATH", "STATE", ">SINCE", ">HEARD", "REMOTE",
		"IKE", "ESP", ">IN", ">OUT", NULL,
	};
	static const char *const problem_heads[] = {
		"PATH", "WHEN", "PROBLEM", NULL,
	};
	struct status s = { 0 };

	if (!cli->json) {
		s.table = cli_table_new(heads);
		s.problems = cli_table_new(problem_heads);
	}
	/* printing frees the tables; a process that failed is about to end */
	return cli_collect(cli, "status", cli->n_args ? cli->args[0] : NULL,
			   print, &s);
}
