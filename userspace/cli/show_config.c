// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ikevtictl show config: what is in force, in the form of the configuration
 * file, so that it can be read, compared and used again. No secrets.
 */
#include <string.h>

#include "cli/cli.h"
#include "config/value.h"

static void put(const char *key, const char *value)
{
	char safe[512];

	cli_safe(value, safe, sizeof(safe));
	printf("%s = %s", key, safe);
}

/* An identity may have blanks or signs in it */
static void put_quoted(const char *key, const char *value)
{
	char safe[512];
	const char *p;

	if (!strpbrk(value, " \t,{};\"\\#")) {
		put(key, value);
		return;
	}
	cli_safe(value, safe, sizeof(safe));
	printf("%s = \"", key);
	for (p = safe; *p; p++)
		printf("%s%c", *p == '"' || *p == '\\' ? "\\" : "", *p);
	printf("\"");
}

static void put_list(const char *key, const json_t *list, const char *end)
{
	const json_t *v;
	char safe[256];
	size_t i;

	if (!json_array_size(list))
		return;
	printf("%s = ", key);
	json_array_foreach(list, i, v) {
		cli_safe(cli_text(v), safe, sizeof(safe));
		printf("%s%s", i ? ", " : "", safe);
	}
	printf("%s", end);
}

/* A number, or a word that stands for one */
static void put_value(const char *key, const json_t *object,
		      const char *member, const char *none)
{
	const json_t *v = json_object_get(object, member);

	if (json_is_integer(v))
		printf("%s = %" JSON_INTEGER_FORMAT, key, json_integer_value(v));
	else
		put(key, json_is_string(v) ? cli_text(v) : none);
}

static void put_duration(const char *key, const json_t *object,
			 const char *member, uint64_t unit_ms)
{
	char buf[32];

	put(key, conf_format_duration(cli_u64(object, member, 0) * unit_ms,
				      buf, sizeof(buf)));
}

static void put_side(const char *side, const json_t *v)
{
	printf("    %s {\n        ", side);
	put_quoted("id", cli_string(v, "id"));
	printf("\n        ");
	put_list("networks", json_object_get(v, "networks"), "\n");
	printf("    }\n");
}

static void put_path(const json_t *v)
{
	printf("    path %s { ", cli_string(v, "path"));
	put("local", cli_string(v, "local"));
	printf("  ");
	put("remote", cli_string(v, "remote"));
	printf("  ");
	put_value("port", v, "port", "500");
	printf("  ");
	put_value("priority", v, "priority", "0");
	printf("  ");
	put_value("weight", v, "weight", "1");
	printf(" }\n");
}

static void put_sas(const json_t *item)
{
	const json_t *ike = json_object_get(item, "ike");
	const json_t *esp = json_object_get(item, "esp");

	printf("    ike {\n        ");
	put_list("proposals", json_object_get(ike, "proposals"), "\n        ");
	put_duration("lifetime", ike, "lifetime_seconds", 1000);
	printf("\n    }\n    esp {\n        ");
	put_list("proposals", json_object_get(esp, "proposals"), "\n        ");
	put_duration("lifetime", esp, "lifetime_seconds", 1000);
	printf("  ");
	put_value("bytes", esp, "bytes", "none");
	printf("  ");
	put_value("packets", esp, "packets", "none");
	printf("\n        ");
	put_value("replay-window", esp, "replay_window", "1024");
	printf("  ");
	put("encap", cli_string(esp, "encap"));
	printf("\n    }\n");
}

static void put_tunnel(const json_t *item)
{
	const json_t *addresses = json_object_get(item, "addresses");
	const json_t *paths = json_object_get(item, "paths"), *v;
	size_t i;

	printf("tunnel %s {\n    ", cli_string(item, "tunnel"));
	put("device", cli_string(json_object_get(item, "device"), "name"));
	printf("\n");
	if (json_array_size(addresses)) {
		printf("    ");
		put_list("address", addresses, "\n");
	}
	put_side("local", json_object_get(item, "local"));
	put_side("remote", json_object_get(item, "remote"));
	json_array_foreach(paths, i, v) {
		put_path(v);
	}
	put_sas(item);
	printf("    ");
	put_duration("detect", item, "detect_ms", 1);
	printf("  ");
	put_duration("keepalive", item, "keepalive_seconds", 1000);
	printf("  ");
	put("start", cli_string(item, "start"));
	printf("\n    ");
	put_value("mtu", item, "mtu", "auto");
	printf("  ");
	put_value("mss-clamp", item, "mss_clamp", "auto");
	printf("  ");
	put_value("fwmark", item, "fwmark", "0");
	printf("  ");
	put_duration("hold-time", item, "hold_time_ms", 1);
	printf("\n}\n\n");
}

static void put_daemon(const json_t *item)
{
	json_t *d = json_object_get(item, "daemon"), *v;
	char name[64], *p;
	const char *key;

	printf("daemon {\n");
	json_object_foreach(d, key, v) {
		snprintf(name, sizeof(name), "%s", key);
		for (p = name; *p; p++)
			if (*p == '_')
				*p = '-';
		printf("    ");
		put_value(name, d, key, "");
		printf("\n");
	}
	printf("}\n");
}

static void print_config(void *ctx, const json_t *item, const json_t *last)
{
	if (last)
		return;
	if (json_object_get(item, "tunnel"))
		put_tunnel(item);
	else
		put_daemon(item);
}

int cli_show_config(const struct cli *cli)
{
	return cli_collect(cli, "config", cli->n_args ? cli->args[0] : NULL,
			   print_config, NULL);
}
