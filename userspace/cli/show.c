// SPDX-License-Identifier: GPL-2.0-or-later
/* ikevtictl show sas|tunnels|counters */
#include <string.h>

#include "cli/cli.h"
#include "ike/counters.h"

static const char *only(const struct cli *cli)
{
	return cli->n_args ? cli->args[0] : NULL;
}

/* "a, b, c" of an array of strings */
static void join(const json_t *list, char *buf, size_t size)
{
	const json_t *v;
	size_t len = 0, i;

	*buf = 0;
	json_array_foreach(list, i, v) {
		if (len < size)
			len += (size_t)snprintf(buf + len, size - len, "%s%s",
						len ? ", " : "", cli_text(v));
	}
}

/* ---- sas ----------------------------------------------------------------- */

struct sas {
	uint64_t shown;
};

/* All that was dropped in one direction */
static uint64_t drops(json_t *counters, const char *prefix)
{
	const char *key;
	uint64_t sum = 0;
	json_t *v;

	json_object_foreach(counters, key, v) {
		if (!strncmp(key, prefix, 3) && strcmp(key + 3, "packets") &&
		    strcmp(key + 3, "bytes") && strcmp(key + 3, "dummy"))
			sum += cli_u64(counters, key, 0);
	}
	return sum;
}

static void add_direction(struct cli_table *t, const json_t *child,
			  const char *direction)
{
	const json_t *sa = json_object_get(child, direction);
	json_t *counters = json_object_get(sa, "counters");
	bool in = !strcmp(direction, "in");
	char buf[32];

	cli_cell(t, in ? cli_string(child, "proposal") : "");
	cli_cell_state(t, in ? cli_string(child, "state") : "");
	cli_cell(t, direction);
	cli_cell(t, cli_string(sa, "spi"));
	cli_cell_state(t, cli_string(sa, "state"));
	if (json_object_get(sa, "age_seconds"))
		cli_cell(t, cli_duration(cli_u64(sa, "age_seconds", 0), buf,
					 sizeof(buf)));
	else
		cli_cell(t, "-");
	if (cli_u64(child, "rekey_seconds", UINT64_MAX) == UINT64_MAX || !in)
		cli_cell(t, in ? "never" : "");
	else
		cli_cell(t, cli_duration(cli_u64(child, "rekey_seconds", 0),
					 buf, sizeof(buf)));
	cli_cellf(t, "%llu", (unsigned long long)
		  cli_u64(counters, in ? "rx_packets" : "tx_packets", 0));
	cli_cell(t, cli_bytes(cli_u64(counters, in ? "rx_bytes" :
					   "tx_bytes", 0), buf, sizeof(buf)));
	cli_cellf(t, "%llu", (unsigned long long)cli_u64(sa, "seq", 0));
	cli_cellf(t, "%llu", (unsigned long long)drops(counters,
						       in ? "rx_" : "tx_"));
}

static void print_children(const json_t *sa)
{
	static const char *const heads[] = {
		"ESP", "STATE", "DIR", "SPI", "KERNEL", ">AGE", ">REKEY IN",
		">PACKETS", ">BYTES", ">SEQ", ">DROPS", NULL,
	};
	const json_t *list = json_object_get(sa, "children"), *v;
	char local[1024], remote[1024], safe[1024];
	struct cli_table *t;
	size_t i;

	if (!json_array_size(list))
		return;
	t = cli_table_new(heads);
	json_array_foreach(list, i, v) {
		add_direction(t, v, "in");
		add_direction(t, v, "out");
	}
	cli_table_print(t, stdout, "    ");
	json_array_foreach(list, i, v) {
		if (!cli_bool(v, "sending"))
			continue;
		join(json_object_get(v, "local_networks"), local, sizeof(local));
		join(json_object_get(v, "remote_networks"), remote, sizeof(remote));
		cli_safe(local, safe, sizeof(safe));
		printf("    networks: %s", safe);
		cli_safe(remote, safe, sizeof(safe));
		printf(" <-> %s\n", safe);
	}
}

static void print_times(const json_t *sa)
{
	char buf[32];
	uint64_t n;

	n = cli_u64(sa, "established_seconds", UINT64_MAX);
	if (n != UINT64_MAX)
		printf(", for %s", cli_duration(n, buf, sizeof(buf)));
	n = cli_u64(sa, "rekey_seconds", UINT64_MAX);
	if (n != UINT64_MAX)
		printf(", rekey in %s", cli_duration(n, buf, sizeof(buf)));
	n = cli_u64(sa, "last_heard_seconds", UINT64_MAX);
	if (n != UINT64_MAX)
		printf(", last heard of %s ago", cli_duration(n, buf,
							      sizeof(buf)));
}

static void print_sa(const json_t *sa, const char *tunnel)
{
	const char *state = cli_string(sa, "state");
	const char *colour = cli_state_colour(state);
	char a[300], b[300], c[300], d[300];

	cli_safe(tunnel, a, sizeof(a));
	cli_safe(cli_string(sa, "path"), b, sizeof(b));
	cli_safe(state, c, sizeof(c));
	printf("%s%s%s: %s%s%s", a, *b ? "/" : "", b, colour, c,
	       *colour ? "\033[0m" : "");
	print_times(sa);
	cli_safe(cli_string(sa, "local"), a, sizeof(a));
	cli_safe(cli_string(sa, "local_id"), b, sizeof(b));
	cli_safe(cli_string(sa, "remote"), c, sizeof(c));
	cli_safe(cli_string(sa, "remote_id"), d, sizeof(d));
	printf("\n  %s [%s] %s %s [%s]%s%s\n", a, b,
	       cli_bool(sa, "initiator") ? "->" : "<-", c, d,
	       cli_bool(sa, "nat_local") ? ", we are behind a NAT" : "",
	       cli_bool(sa, "nat_remote") ? ", the peer is behind a NAT" : "");
	cli_safe(cli_string(sa, "proposal"), a, sizeof(a));
	cli_safe(cli_string(sa, "task"), d, sizeof(d));
	printf("  IKE %s  %s_i %s_r%s%s\n", *a ? a : "(not agreed yet)",
	       cli_string(sa, "spi_i"), cli_string(sa, "spi_r"),
	       *d ? "  now: " : "", d);
	print_children(sa);
	printf("\n");
}

static void print_sas(void *ctx, const json_t *item, const json_t *last)
{
	const json_t *list = json_object_get(item, "ike_sas"), *v;
	struct sas *s = ctx;
	size_t i;

	if (last) {
		if (!s->shown)
			printf("there is no SA\n");
		return;
	}
	json_array_foreach(list, i, v) {
		print_sa(v, json_object_get(item, "tunnel") ?
			 cli_string(item, "tunnel") : "(half-open)");
		s->shown++;
	}
}

int cli_show_sas(const struct cli *cli)
{
	struct sas s = { 0 };

	return cli_collect(cli, "sas", only(cli), print_sas, &s);
}

/* ---- tunnels ------------------------------------------------------------- */

static bool contains(const json_t *list, const char *text)
{
	const json_t *v;
	size_t i;

	json_array_foreach(list, i, v) {
		if (!strcmp(cli_text(v), text))
			return true;
	}
	return false;
}

/* Those that the device has, and those of the configuration that it has not */
static void addresses(const json_t *item, char *buf, size_t size)
{
	const json_t *want = json_object_get(item, "addresses"), *v;
	const json_t *have = json_object_get(item, "device_addresses");
	size_t len, i;

	join(have, buf, size);
	json_array_foreach(want, i, v) {
		len = strlen(buf);
		if (!contains(have, cli_text(v)))
			snprintf(buf + len, size - len, "%s%s (missing)",
				 len ? ", " : "", cli_text(v));
	}
}

static void print_tunnels(void *ctx, const json_t *item, const json_t *last)
{
	const json_t *device = json_object_get(item, "device");
	const json_t *list, *v;
	struct cli_table *t = ctx;
	char text[1024];
	size_t len = 0, i;

	if (last) {
		if (cli_table_rows(t))
			cli_table_print(t, stdout, "");
		else
			printf("no tunnel is configured\n");
		return;
	}
	cli_cell(t, cli_string(item, "tunnel"));
	cli_cell(t, cli_string(device, "name"));
	cli_cell_state(t, cli_string(device, "state"));
	if (cli_u64(device, "mtu", 0))
		cli_cellf(t, "%llu", (unsigned long long)
			  cli_u64(device, "mtu", 0));
	else
		cli_cell(t, "-");
	addresses(item, text, sizeof(text));
	cli_cell(t, *text ? text : "-");
	cli_cell(t, cli_string(json_object_get(item, "local"), "id"));
	cli_cell(t, cli_string(json_object_get(item, "remote"), "id"));
	cli_cell(t, cli_string(item, "start"));
	list = json_object_get(item, "paths");
	*text = 0;
	json_array_foreach(list, i, v) {
		if (len < sizeof(text))
			len += (size_t)snprintf(text + len, sizeof(text) - len,
						"%s%s: %s -> %s", len ? "; " : "",
						cli_string(v, "path"),
						cli_string(v, "local"),
						cli_string(v, "remote"));
	}
	cli_cell(t, text);
}

int cli_show_tunnels(const struct cli *cli)
{
	static const char *const heads[] = {
		"TUNNEL", "DEVICE", "STATE", ">MTU", "ADDRESSES", "LOCAL ID",
		"REMOTE ID", "START", "PATHS", NULL,
	};

	return cli_collect(cli, "tunnels", only(cli), print_tunnels,
			   cli->json ? NULL : cli_table_new(heads));
}

/* ---- counters ------------------------------------------------------------ */

struct counters {
	const struct cli *cli;
	struct cli_table *devices;
	struct cli_table *ike;
};

static const char *ike_help(const char *name)
{
	static const char *const help[][2] = {
#define IKE_HELP(counter, meaning) { #counter, meaning },
		IKE_COUNTERS(IKE_HELP)
#undef IKE_HELP
	};
	size_t i;

	for (i = 0; i < sizeof(help) / sizeof(help[0]); i++)
		if (!strcmp(help[i][0], name))
			return help[i][1];
	return "";
}

static const char *kernel_help(const char *name)
{
	static const char *const help[][2] = {
		{ "rx_packets", "inner packets received" },
		{ "rx_bytes", "octets of them" },
		{ "tx_packets", "inner packets sent" },
		{ "tx_bytes", "octets of them" },
		{ "rx_replay", "outside the replay window, or seen before" },
		{ "rx_auth_failed", "integrity check failed" },
		{ "rx_malformed", "too short, bad padding or trailer" },
		{ "rx_selector", "inner packet not admitted by the SA's networks" },
		{ "rx_expired", "SA at its hard limit" },
		{ "rx_dummy", "dummy packets (next header 59)" },
		{ "rx_wrong_address", "destination not the path's" },
		{ "rx_ecn", "dropped by the rules of RFC 6040" },
		{ "rx_no_memory", "memory was short" },
		{ "tx_no_sa", "no usable path or SA" },
		{ "tx_selector", "inner packet not admitted by the SA's networks" },
		{ "tx_seq_end", "sequence numbers used up" },
		{ "tx_expired", "SA at its hard limit" },
		{ "tx_too_big", "larger than the path's MTU, answered by ICMP" },
		{ "tx_no_route", "no route to the peer, or one into a loop" },
		{ "tx_no_memory", "memory was short" },
		{ "tx_crypto", "encryption failed or was not available" },
		{ "rx_no_key", "came before the SA's key, and could not wait for it" },
		{ "rx_source", "inner source address that is not this peer's" },
	};
	size_t i;

	for (i = 0; i < sizeof(help) / sizeof(help[0]); i++)
		if (!strcmp(help[i][0], name))
			return help[i][1];
	return "";
}

static void add_counters(const struct counters *c, struct cli_table *t,
			 const char *tunnel, json_t *list)
{
	const char *key;
	uint64_t n;
	json_t *v;

	json_object_foreach(list, key, v) {
		n = cli_u64(list, key, 0);
		if (!n && !c->cli->all)
			continue;
		if (tunnel)
			cli_cell(t, tunnel);
		cli_cell(t, key);
		cli_cellf(t, "%llu", (unsigned long long)n);
		cli_cell(t, tunnel ? kernel_help(key) : ike_help(key));
	}
}

static void print_counters(void *ctx, const json_t *item, const json_t *last)
{
	struct counters *c = ctx;

	if (!last) {
		if (json_object_get(item, "tunnel"))
			add_counters(c, c->devices, cli_string(item, "tunnel"),
				     json_object_get(json_object_get(item, "device"),
						     "counters"));
		else
			add_counters(c, c->ike, NULL, json_object_get(item, "ike"));
		return;
	}
	if (cli_table_rows(c->ike)) {
		cli_table_print(c->ike, stdout, "");
		if (cli_table_rows(c->devices))
			printf("\n");
	}
	if (cli_table_rows(c->devices))
		cli_table_print(c->devices, stdout, "");
	if (!c->cli->all)
		printf("\ncounters that are zero are not shown; --all shows them\n");
}

int cli_show_counters(const struct cli *cli)
{
	static const char *const ike[] = { "IKE", ">COUNT", "MEANING", NULL };
	static const char *const devices[] = {
		"TUNNEL", "KERNEL", ">COUNT", "MEANING", NULL,
	};
	struct counters c = { .cli = cli };

	if (!cli->json) {
		c.ike = cli_table_new(ike);
		c.devices = cli_table_new(devices);
	}
	return cli_collect(cli, "counters", only(cli), print_counters, &c);
}
