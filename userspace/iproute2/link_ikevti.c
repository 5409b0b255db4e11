// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The words of "ip link ... type ikevti", as a plugin of iproute2: ip loads
 * link_KIND.so from its directory and looks for KIND_link_util in it.
 *
 * A keyword is a line of the table below.
 */
#include "ip.h"

#include <linux/if_link.h>
#include <linux/ikevti.h>
#include <linux/rtnetlink.h>

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- keywords ------------------------------------------------------------ */

/* A value that has a name */
struct word {
	const char *name;
	uint32_t value;
};

enum width { FLAG, U8 = 1, U32 = 4 };

/**
 * struct keyword - a word of the command line and its attribute
 * @name: word
 * @json: its key in JSON
 * @value: what follows it, for the help; NULL for a flag
 * @type: attribute
 * @width: of it; a flag is followed by no value
 * @words: values that have names, the last one without; or NULL
 * @min: least number
 * @max: greatest
 * @parse: instead of numbers and @words; Return: 0, or -1 for what it does not know
 * @print: likewise
 */
struct keyword {
	const char *name;
	const char *json;
	const char *value;
	uint16_t type;
	enum width width;
	const struct word *words;
	uint32_t min;
	uint32_t max;
	int (*parse)(const char *text, uint32_t *value);
	void (*print)(const struct keyword *kw, uint32_t value);
};

static const struct word ttl_words[] = {
	{ "inherit", IKEVTI_TTL_INHERIT }, { "default", IKEVTI_TTL_DEFAULT }, { NULL, 0 }
};

static const struct word dscp_words[] = { { "copy", IKEVTI_DSCP_COPY }, { NULL, 0 } };

static const struct word df_words[] = {
	{ "set", IKEVTI_DF_SET }, { "clear", IKEVTI_DF_CLEAR }, { "inherit", IKEVTI_DF_INHERIT },
	{ NULL, 0 }
};

static const struct word mss_words[] = {
	{ "off", IKEVTI_MSS_OFF }, { "auto", IKEVTI_MSS_AUTO }, { NULL, 0 }
};

static const struct word hash_words[] = {
	{ "l4", IKEVTI_HASH_L4 }, { "l3", IKEVTI_HASH_L3 }, { "inner-l3", IKEVTI_HASH_INNER_L3 },
	{ NULL, 0 }
};

static const struct word lanes_words[] = {
	{ "flow", IKEVTI_LANES_BY_FLOW }, { "cpu", IKEVTI_LANES_BY_CPU }, { NULL, 0 }
};

static const struct word tfc_words[] = {
	{ "off", IKEVTI_TFC_OFF }, { "pmtu", IKEVTI_TFC_PMTU }, { NULL, 0 }
};

static const struct word switch_words[] = { { "off", 0 }, { "on", 1 }, { NULL, 0 } };

static int parse_number(const char *text, uint32_t *value, char **end)
{
	unsigned long long n;

	/* strtoull() would take a sign, and blanks */
	if (*text < '0' || *text > '9')
		return -1;
	errno = 0;
	n = strtoull(text, end, 0);
	if (errno || n > UINT32_MAX)
		return -1;
	*value = (uint32_t)n;
	return 0;
}

static void print_hex(const struct keyword *kw, uint32_t value)
{
	print_color_0xhex(PRINT_ANY, COLOR_NONE, kw->json, "fwmark 0x%llx ", value);
}

static int parse_dev(const char *text, uint32_t *value)
{
	*value = strcmp(text, "none") ? ll_name_to_index(text) : 0;
	return *value || !strcmp(text, "none") ? 0 : -1;
}

static void print_dev(const struct keyword *kw, uint32_t value)
{
	if (value)
		print_color_string(PRINT_ANY, COLOR_IFNAME, kw->json, "dev %s ",
				   ll_index_to_name(value));
}

/* Milliseconds, where nothing else is said */
static int parse_hold(const char *text, uint32_t *value)
{
	char *end;

	if (!strcmp(text, "never")) {
		*value = UINT32_MAX;
		return 0;
	}
	if (parse_number(text, value, &end))
		return -1;
	if (!strcmp(end, "s") && *value < UINT32_MAX / 1000)
		*value *= 1000;
	else if (*end && strcmp(end, "ms"))
		return -1;
	return 0;
}

static void print_hold(const struct keyword *kw, uint32_t value)
{
	if (value == UINT32_MAX)
		print_color_string(PRINT_ANY, COLOR_NONE, kw->json, "hold %s ", "never");
	else
		print_color_uint(PRINT_ANY, COLOR_NONE, kw->json, "hold %ums ", value);
}

static const struct keyword keywords[] = {
	{ "multipoint", "multipoint", NULL, IFLA_IKEVTI_MULTIPOINT, FLAG, NULL, 0, 0, NULL, NULL },
	{ "fwmark", "fwmark", "MARK", IFLA_IKEVTI_FWMARK, U32, NULL, 0, UINT32_MAX,
	  NULL, print_hex },
	{ "dev", "dev", "DEVICE|none", IFLA_IKEVTI_LINK, U32, NULL, 0, 0, parse_dev, print_dev },
	{ "ttl", "ttl", "1..255|inherit|default", IFLA_IKEVTI_TTL, U32, ttl_words, 1, 255,
	  NULL, NULL },
	{ "dscp", "dscp", "0..63|copy", IFLA_IKEVTI_DSCP, U32, dscp_words, 0, 63, NULL, NULL },
	{ "df", "df", "set|clear|inherit", IFLA_IKEVTI_DF, U32, df_words, 1, 0, NULL, NULL },
	{ "mss-clamp", "mss_clamp", "off|auto|536..65495", IFLA_IKEVTI_MSS_CLAMP, U32, mss_words,
	  536, 65495, NULL, NULL },
	{ "hash-policy", "hash_policy", "l4|l3|inner-l3", IFLA_IKEVTI_HASH_POLICY, U32, hash_words,
	  1, 0, NULL, NULL },
	{ "lanes", "lanes", "flow|cpu", IFLA_IKEVTI_LANES, U32, lanes_words, 1, 0, NULL, NULL },
	{ "spread", "spread", "off|on", IFLA_IKEVTI_SPREAD, U32, switch_words, 1, 0, NULL, NULL },
	{ "source-check", "source_check", "off|on", IFLA_IKEVTI_SOURCE_CHECK, U32, switch_words,
	  1, 0, NULL, NULL },
	{ "hold", "hold", "TIME|never", IFLA_IKEVTI_HOLD_TIME, U32, NULL, 0, 0,
	  parse_hold, print_hold },
	{ "tfc", "tfc", "off|pmtu|20..65535", IFLA_IKEVTI_TFC, U32, tfc_words, 20, 65535,
	  NULL, NULL },
};

#define N_KEYWORDS (sizeof(keywords) / sizeof(keywords[0]))

static void help(FILE *f)
{
	const struct keyword *kw;
	size_t i;

	fputs("Usage: ... ikevti", f);
	for (i = 0; i < N_KEYWORDS; i++) {
		kw = &keywords[i];
		fprintf(f, i ? "\n                  [ %s" : " [ %s", kw->name);
		fprintf(f, kw->value ? " { %s } ]" : " ]", kw->value);
	}
	fputs("\n\nWhere: TIME := NUMBER[ms|s], without a usable path before carrier off\n"
	      "Paths and security associations are for ikevtid(8); see ikevti(7).\n", f);
}

static void print_help(struct link_util *lu, int argc, char **argv, FILE *f)
{
	help(f);
}

static const struct keyword *find_keyword(const char *name)
{
	size_t i;

	for (i = 0; i < N_KEYWORDS; i++)
		if (!strcmp(keywords[i].name, name))
			return &keywords[i];
	return NULL;
}

/* Return: 0, or -1 for a text that is no value of this keyword */
static int parse_value(const struct keyword *kw, const char *text, uint32_t *value)
{
	const struct word *word;
	char *end;

	if (kw->parse)
		return kw->parse(text, value);
	for (word = kw->words; word && word->name; word++) {
		if (!strcmp(word->name, text)) {
			*value = word->value;
			return 0;
		}
	}
	if (parse_number(text, value, &end) || *end)
		return -1;
	return *value >= kw->min && *value <= kw->max ? 0 : -1;
}

static int put(struct nlmsghdr *n, const struct keyword *kw, uint32_t value)
{
	uint8_t octet = (uint8_t)value;

	return addattr_l(n, REQUEST_MAX, kw->type, kw->width == U8 ? (void *)&octet : &value,
			 (int)kw->width);
}

static int parse_opt(struct link_util *lu, int argc, char **argv, struct nlmsghdr *n)
{
	const struct keyword *kw;
	uint32_t value = 0;

	for (; argc > 0; argc--, argv++) {
		kw = find_keyword(*argv);
		if (!kw) {
			if (strcmp(*argv, "help"))
				fprintf(stderr, "ikevti: unknown option \"%s\"\n", *argv);
			help(stderr);
			return -1;
		}
		if (kw->width != FLAG) {
			if (argc < 2) {
				fprintf(stderr, "ikevti: \"%s\" wants %s\n", kw->name, kw->value);
				return -1;
			}
			argc--;
			argv++;
			if (parse_value(kw, *argv, &value)) {
				fprintf(stderr, "ikevti: %s \"%s\" is not %s\n", kw->name, *argv,
					kw->value);
				return -1;
			}
		}
		if (put(n, kw, value))
			return -1;
	}
	return 0;
}

static void print_value(const struct keyword *kw, uint32_t value)
{
	const struct word *word;

	if (kw->print) {
		kw->print(kw, value);
		return;
	}
	print_color_string(PRINT_TEXT, COLOR_NONE, NULL, "%s ", kw->name);
	for (word = kw->words; word && word->name; word++) {
		if (word->value == value) {
			print_color_string(PRINT_ANY, COLOR_NONE, kw->json, "%s ", word->name);
			return;
		}
	}
	print_color_uint(PRINT_ANY, COLOR_NONE, kw->json, "%u ", value);
}

static void print_flag(const struct keyword *kw)
{
	print_color_string(PRINT_TEXT, COLOR_NONE, NULL, "%s ", kw->name);
	print_color_bool(PRINT_JSON, COLOR_NONE, kw->json, NULL, true);
}

static void print_opt(struct link_util *lu, FILE *f, struct rtattr *tb[])
{
	const struct keyword *kw;
	uint32_t value;
	uint8_t octet;
	size_t i;

	if (!tb)
		return;
	for (i = 0; i < N_KEYWORDS; i++) {
		kw = &keywords[i];
		if (!tb[kw->type] || RTA_PAYLOAD(tb[kw->type]) < kw->width)
			continue;
		if (kw->width == FLAG) {
			print_flag(kw);
			continue;
		}
		memcpy(&octet, RTA_DATA(tb[kw->type]), sizeof(octet));
		value = octet;
		if (kw->width == U32)
			memcpy(&value, RTA_DATA(tb[kw->type]), sizeof(value));
		print_value(kw, value);
	}
}

/* ---- counters ------------------------------------------------------------ */

static const char *const counters[] = {
	[IKEVTI_STAT_A_RX_PACKETS] = "rx_packets",
	[IKEVTI_STAT_A_RX_BYTES] = "rx_bytes",
	[IKEVTI_STAT_A_TX_PACKETS] = "tx_packets",
	[IKEVTI_STAT_A_TX_BYTES] = "tx_bytes",
	[IKEVTI_STAT_A_RX_REPLAY] = "rx_replay",
	[IKEVTI_STAT_A_RX_AUTH_FAILED] = "rx_auth_failed",
	[IKEVTI_STAT_A_RX_MALFORMED] = "rx_malformed",
	[IKEVTI_STAT_A_RX_SELECTOR] = "rx_selector",
	[IKEVTI_STAT_A_RX_EXPIRED] = "rx_expired",
	[IKEVTI_STAT_A_RX_DUMMY] = "rx_dummy",
	[IKEVTI_STAT_A_RX_WRONG_ADDRESS] = "rx_wrong_address",
	[IKEVTI_STAT_A_RX_ECN] = "rx_ecn",
	[IKEVTI_STAT_A_RX_NO_MEMORY] = "rx_no_memory",
	[IKEVTI_STAT_A_TX_NO_SA] = "tx_no_sa",
	[IKEVTI_STAT_A_TX_SELECTOR] = "tx_selector",
	[IKEVTI_STAT_A_TX_SEQ_END] = "tx_seq_end",
	[IKEVTI_STAT_A_TX_EXPIRED] = "tx_expired",
	[IKEVTI_STAT_A_TX_TOO_BIG] = "tx_too_big",
	[IKEVTI_STAT_A_TX_NO_ROUTE] = "tx_no_route",
	[IKEVTI_STAT_A_TX_NO_MEMORY] = "tx_no_memory",
	[IKEVTI_STAT_A_TX_CRYPTO] = "tx_crypto",
	[IKEVTI_STAT_A_RX_NO_KEY] = "rx_no_key",
	[IKEVTI_STAT_A_RX_SOURCE] = "rx_source",
};

#define N_COUNTERS (sizeof(counters) / sizeof(counters[0]))

static unsigned int xstats_index;	/* of the device asked for, 0 all */

static int parse_xstats(struct link_util *lu, int argc, char **argv)
{
	xstats_index = 0;
	for (; argc > 0; argc--, argv++) {
		if (argc > 1 && !strcmp(*argv, "dev")) {
			argc--;
			argv++;
			xstats_index = ll_name_to_index(*argv);
			if (xstats_index)
				continue;
			fprintf(stderr, "ikevti: there is no device \"%s\"\n", *argv);
			return -1;
		}
		fputs("Usage: ... ikevti [ dev DEVICE ]\n", stderr);
		return -1;
	}
	return 0;
}

static void print_counters(struct rtattr *nest)
{
	struct rtattr *tb[N_COUNTERS] = { NULL };
	uint64_t value;
	size_t i;

	parse_rtattr(tb, N_COUNTERS - 1, RTA_DATA(nest), (int)RTA_PAYLOAD(nest));
	for (i = 0; i < N_COUNTERS; i++) {
		if (!counters[i] || !tb[i] || RTA_PAYLOAD(tb[i]) < sizeof(value))
			continue;
		memcpy(&value, RTA_DATA(tb[i]), sizeof(value));
		print_color_string(PRINT_TEXT, COLOR_NONE, NULL, "    %-17s", counters[i]);
		print_color_u64(PRINT_ANY, COLOR_NONE, counters[i], "%llu\n", value);
	}
}

static int print_xstats(struct nlmsghdr *n, void *arg)
{
	struct rtattr *tb[IFLA_STATS_MAX + 1] = { NULL };
	struct if_stats_msg *msg = NLMSG_DATA(n);
	struct rtattr *rta;
	int len;

	len = (int)n->nlmsg_len - (int)NLMSG_LENGTH(sizeof(*msg));
	if (n->nlmsg_type != RTM_NEWSTATS || len < 0 ||
	    (xstats_index && msg->ifindex != xstats_index))
		return 0;
	parse_rtattr(tb, IFLA_STATS_MAX,
		     (struct rtattr *)((char *)msg + NLMSG_ALIGN(sizeof(*msg))), len);
	if (!tb[IFLA_STATS_LINK_XSTATS])
		return 0;
	len = (int)RTA_PAYLOAD(tb[IFLA_STATS_LINK_XSTATS]);
	for (rta = RTA_DATA(tb[IFLA_STATS_LINK_XSTATS]); RTA_OK(rta, len);
	     rta = RTA_NEXT(rta, len)) {
		if ((rta->rta_type & NLA_TYPE_MASK) != IKEVTI_LINK_XSTATS)
			continue;
		open_json_object(NULL);
		print_color_string(PRINT_ANY, COLOR_IFNAME, "ifname", "%s\n",
				   ll_index_to_name(msg->ifindex));
		open_json_object("ikevti");
		print_counters(rta);
		close_json_object();
		close_json_object();
	}
	return 0;
}

struct link_util ikevti_link_util = {
	.id = IKEVTI_KIND,
	.maxattr = IFLA_IKEVTI_MAX,
	.parse_opt = parse_opt,
	.print_opt = print_opt,
	.print_help = print_help,
	.parse_ifla_xstats = parse_xstats,
	.print_ifla_xstats = print_xstats,
};
