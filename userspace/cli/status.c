// SPDX-License-Identifier: GPL-2.0-or-later
/* ikevtictl status */
#include <string.h>

#include "cli/cli.h"

struct status {
	struct cli_table *table;
	struct cli_table *errors;
	uint64_t tunnels;
	uint64_t paths;
	uint64_t up;
};

static const char *or_dash(const char *s)
{
	return *s ? s : "-";
}

static void cell_counter(struct cli_table *t, const struct json_value *counters,
			 const char *name)
{
	char buf[32];

	if (json_get(counters, name))
		cli_cell(t, cli_bytes(json_get_u64(counters, name, 0), buf,
				      sizeof(buf)));
	else
		cli_cell(t, "-");
}

static void note_error(struct status *s, const char *tunnel,
		       const struct json_value *path)
{
	const char *error = json_get_string(path, "last_error");
	char age[32];

	if (!error || !*error)
		return;
	cli_cellf(s->errors, "%s/%s", tunnel, cli_string(path, "path"));
	cli_duration(json_get_u64(path, "last_error_ms", 0) / 1000, age,
		     sizeof(age));
	cli_cellf(s->errors, "%s ago", age);
	cli_cell(s->errors, error);
}

static void add_path(struct status *s, const struct json_value *item,
		     const struct json_value *path, bool first)
{
	const struct json_value *device = json_get(item, "device");
	const struct json_value *counters = json_get(device, "counters");
	const char *state = cli_string(path, "state");
	const struct json_value *none = NULL;
	char since[32];

	cli_cell(s->table, first ? cli_string(item, "tunnel") : "");
	cli_cell(s->table, first ? cli_string(device, "name") : "");
	cli_cell(s->table, or_dash(cli_string(path, "path")));
	cli_cell_state(s->table, or_dash(state));
	if (json_get_u64(path, "state_seconds", UINT64_MAX) == UINT64_MAX)
		cli_cell(s->table, "-");
	else
		cli_cell(s->table, cli_duration(json_get_u64(path,
							     "state_seconds", 0),
						since, sizeof(since)));
	cli_cell(s->table, or_dash(cli_string(path, "remote")));
	cli_cell(s->table, or_dash(cli_string(path, "ike_proposal")));
	cli_cell(s->table, or_dash(cli_string(path, "esp_proposal")));
	/* the kernel counts by device, so there is one number for all paths */
	cell_counter(s->table, first ? counters : none, "rx_bytes");
	cell_counter(s->table, first ? counters : none, "tx_bytes");
	s->paths++;
	s->up += !strcmp(state, "up");
	note_error(s, cli_string(item, "tunnel"), path);
}

static void print_end(struct status *s, const struct json_value *last)
{
	const struct json_value *sum = json_get(last, "summary");
	char age[32], version[32];

	if (!s->tunnels)
		printf("no tunnel is configured\n");
	if (cli_table_rows(s->table))
		cli_table_print(s->table, stdout, "");
	else
		cli_table_print(s->table, stderr, "");
	if (cli_table_rows(s->errors)) {
		printf("\n");
		cli_table_print(s->errors, stdout, "");
	}
	cli_safe(cli_string(sum, "version"), version, sizeof(version));
	printf("\n%llu of %llu path%s up; ikevtid %s, running for %s\n",
	       (unsigned long long)s->up, (unsigned long long)s->paths,
	       s->paths == 1 ? "" : "s", version,
	       cli_duration(json_get_u64(sum, "uptime_seconds", 0), age,
			    sizeof(age)));
}

static void print(void *ctx, const struct json_value *item,
		  const struct json_value *last)
{
	const struct json_value *p, *paths = json_get(item, "paths");
	struct status *s = ctx;
	bool first = true;

	if (last) {
		print_end(s, last);
		return;
	}
	s->tunnels++;
	for (p = paths ? paths->first : NULL; p; p = p->next) {
		add_path(s, item, p, first);
		first = false;
	}
}

int cli_status(const struct cli *cli)
{
	static const char *const heads[] = {
		"TUNNEL", "DEVICE", "PATH", "STATE", ">SINCE", "REMOTE", "IKE",
		"ESP", ">IN", ">OUT", NULL,
	};
	static const char *const error_heads[] = {
		"PATH", "WHEN", "LAST ERROR", NULL,
	};
	struct status s = { 0 };

	if (!cli->json) {
		s.table = cli_table_new(heads);
		s.errors = cli_table_new(error_heads);
	}
	/* printing frees the tables; a process that failed is about to end */
	return cli_collect(cli, "status", cli->n_args ? cli->args[0] : NULL,
			   print, &s);
}
