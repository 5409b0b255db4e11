// SPDX-License-Identifier: GPL-2.0-or-later
/* Attribute tables: words to netlink attributes and back. */
#include "nl-attrs.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <linux/genetlink.h>
#include <linux/ikevti.h>

static const char *const names_dev_state[] = { "down", "dormant", "running", NULL };
static const char *const names_hash_policy[] = { "l4", "l3", "inner-l3", NULL };
static const char *const names_df[] = { "set", "clear", "inherit", NULL };
static const char *const names_encap[] = { "none", "udp", NULL };
static const char *const names_path_state[] = { "down", "standby", "up", "held", NULL };
static const char *const names_reason[] = {
	"none", "admin", "standby", "held", "socket", "device", "address", "route", "limit",
	"no-sa", "loop", NULL
};
static const char *const names_dir[] = { "in", "out", NULL };
static const char *const names_sa_state[] = { "larval", "active", "expired", NULL };
static const char *const names_aead[] = {
	"none", "gcm", "chacha", "gcm-iiv", "chacha-iiv", "cbc-sha256", "cbc-sha384", "cbc-sha512",
	NULL
};
static const char *const names_limit[] = { "bytes", "packets", "seconds", "sequence", NULL };
static const char *const names_side[] = { "local", "remote", NULL };
static const char *const names_family[] = {
	[2] = "4", [10] = "6", [0] = "0", [1] = "1", [3] = "3", [4] = "x4", [5] = "5",
	[6] = "x6", [7] = "7", [8] = "8", [9] = "9", [11] = NULL
};

static const struct attr_def stat_defs[] = {
	{ IKEVTI_STAT_A_RX_PACKETS, "rx_packets", KIND_U64, NULL, NULL },
	{ IKEVTI_STAT_A_RX_BYTES, "rx_bytes", KIND_U64, NULL, NULL },
	{ IKEVTI_STAT_A_TX_PACKETS, "tx_packets", KIND_U64, NULL, NULL },
	{ IKEVTI_STAT_A_TX_BYTES, "tx_bytes", KIND_U64, NULL, NULL },
	{ IKEVTI_STAT_A_RX_REPLAY, "rx_replay", KIND_U64, NULL, NULL },
	{ IKEVTI_STAT_A_RX_AUTH_FAILED, "rx_auth_failed", KIND_U64, NULL, NULL },
	{ IKEVTI_STAT_A_RX_MALFORMED, "rx_malformed", KIND_U64, NULL, NULL },
	{ IKEVTI_STAT_A_RX_SELECTOR, "rx_selector", KIND_U64, NULL, NULL },
	{ IKEVTI_STAT_A_RX_EXPIRED, "rx_expired", KIND_U64, NULL, NULL },
	{ IKEVTI_STAT_A_RX_DUMMY, "rx_dummy", KIND_U64, NULL, NULL },
	{ IKEVTI_STAT_A_RX_WRONG_ADDRESS, "rx_wrong_address", KIND_U64, NULL, NULL },
	{ IKEVTI_STAT_A_RX_ECN, "rx_ecn", KIND_U64, NULL, NULL },
	{ IKEVTI_STAT_A_RX_NO_MEMORY, "rx_no_memory", KIND_U64, NULL, NULL },
	{ IKEVTI_STAT_A_TX_NO_SA, "tx_no_sa", KIND_U64, NULL, NULL },
	{ IKEVTI_STAT_A_TX_SELECTOR, "tx_selector", KIND_U64, NULL, NULL },
	{ IKEVTI_STAT_A_TX_SEQ_END, "tx_seq_end", KIND_U64, NULL, NULL },
	{ IKEVTI_STAT_A_TX_EXPIRED, "tx_expired", KIND_U64, NULL, NULL },
	{ IKEVTI_STAT_A_TX_TOO_BIG, "tx_too_big", KIND_U64, NULL, NULL },
	{ IKEVTI_STAT_A_TX_NO_ROUTE, "tx_no_route", KIND_U64, NULL, NULL },
	{ IKEVTI_STAT_A_TX_NO_MEMORY, "tx_no_memory", KIND_U64, NULL, NULL },
	{ IKEVTI_STAT_A_TX_CRYPTO, "tx_crypto", KIND_U64, NULL, NULL },
	{ IKEVTI_STAT_A_RX_NO_KEY, "rx_no_key", KIND_U64, NULL, NULL },
	{ IKEVTI_STAT_A_RX_SOURCE, "rx_source", KIND_U64, NULL, NULL },
};

static const struct attr_set attrs_stat = { stat_defs, ARRAY_SIZE(stat_defs) };

static const struct attr_def dev_defs[] = {
	{ IKEVTI_DEV_A_STATE, "state", KIND_ENUM32, names_dev_state, NULL },
	{ IKEVTI_DEV_A_MTU, "mtu", KIND_U32, NULL, NULL },
	{ IKEVTI_DEV_A_FWMARK, "fwmark", KIND_U32, NULL, NULL },
	{ IKEVTI_DEV_A_MSS_CLAMP, "mss_clamp", KIND_U32, NULL, NULL },
	{ IKEVTI_DEV_A_HOLD_TIME, "hold_time", KIND_U32, NULL, NULL },
	{ IKEVTI_DEV_A_TTL, "ttl", KIND_U32, NULL, NULL },
	{ IKEVTI_DEV_A_DSCP, "dscp", KIND_U32, NULL, NULL },
	{ IKEVTI_DEV_A_DF, "df", KIND_ENUM32, names_df, NULL },
	{ IKEVTI_DEV_A_LINK, "link", KIND_U32, NULL, NULL },
	{ IKEVTI_DEV_A_TFC, "tfc", KIND_U32, NULL, NULL },
	{ IKEVTI_DEV_A_STATS, "stats", KIND_NEST, NULL, &attrs_stat },
	{ IKEVTI_DEV_A_PEERS, "peers", KIND_U32, NULL, NULL },
	{ IKEVTI_DEV_A_HASH_POLICY, "hash_policy", KIND_ENUM32, names_hash_policy, NULL },
};

const struct attr_set attrs_dev = { dev_defs, ARRAY_SIZE(dev_defs) };

static const struct attr_def peer_defs[] = {
	{ IKEVTI_PEER_A_ID, "peer", KIND_U32, NULL, NULL },
	{ IKEVTI_PEER_A_NEXTHOPS, "via", KIND_HOPS, NULL, NULL },
	{ IKEVTI_PEER_A_STATE, "state", KIND_ENUM32, names_dev_state, NULL },
	{ IKEVTI_PEER_A_MTU, "mtu", KIND_U32, NULL, NULL },
};

const struct attr_set attrs_peer = { peer_defs, ARRAY_SIZE(peer_defs) };

static const struct attr_def socket_defs[] = {
	{ IKEVTI_SOCKET_A_FD, "fd", KIND_U32, NULL, NULL },
	{ IKEVTI_SOCKET_A_FAMILY, "family", KIND_ENUM16, names_family, NULL },
	{ IKEVTI_SOCKET_A_LOCAL_PORT, "port", KIND_U16, NULL, NULL },
};

const struct attr_set attrs_socket = { socket_defs, ARRAY_SIZE(socket_defs) };

static const struct attr_def path_defs[] = {
	{ IKEVTI_PATH_A_ID, "id", KIND_U32, NULL, NULL },
	{ IKEVTI_PATH_A_LOCAL4, "local", KIND_IP4, NULL, NULL },
	{ IKEVTI_PATH_A_LOCAL6, "local", KIND_IP6, NULL, NULL },
	{ IKEVTI_PATH_A_REMOTE4, "remote", KIND_IP4, NULL, NULL },
	{ IKEVTI_PATH_A_REMOTE6, "remote", KIND_IP6, NULL, NULL },
	{ IKEVTI_PATH_A_ENCAP, "encap", KIND_ENUM8, names_encap, NULL },
	{ IKEVTI_PATH_A_LOCAL_PORT, "lport", KIND_U16, NULL, NULL },
	{ IKEVTI_PATH_A_REMOTE_PORT, "rport", KIND_U16, NULL, NULL },
	{ IKEVTI_PATH_A_STATE, "state", KIND_ENUM8, names_path_state, NULL },
	{ IKEVTI_PATH_A_PRIORITY, "prio", KIND_U32, NULL, NULL },
	{ IKEVTI_PATH_A_WEIGHT, "weight", KIND_U32, NULL, NULL },
	{ IKEVTI_PATH_A_KEEPALIVE, "keepalive", KIND_U32, NULL, NULL },
	{ IKEVTI_PATH_A_PMTU, "pmtu", KIND_U32, NULL, NULL },
	{ IKEVTI_PATH_A_USABLE, "usable", KIND_U8, NULL, NULL },
	{ IKEVTI_PATH_A_RX_AGE, "rx_age", KIND_U32, NULL, NULL },
	{ IKEVTI_PATH_A_TX_AGE, "tx_age", KIND_U32, NULL, NULL },
	{ IKEVTI_PATH_A_REASON, "reason", KIND_ENUM8, names_reason, NULL },
	{ IKEVTI_PATH_A_STATS, "stats", KIND_NEST, NULL, &attrs_stat },
};

const struct attr_set attrs_path = { path_defs, ARRAY_SIZE(path_defs) };

static const struct attr_def selector_defs[] = {
	{ IKEVTI_SEL_A_SIDE, "side", KIND_ENUM8, names_side, NULL },
	{ IKEVTI_SEL_A_START, "start", KIND_HEX, NULL, NULL },
	{ IKEVTI_SEL_A_END, "end", KIND_HEX, NULL, NULL },
};

static const struct attr_set attrs_selector = { selector_defs, ARRAY_SIZE(selector_defs) };

static const struct attr_def selectors_defs[] = {
	{ IKEVTI_SELS_A_SELECTOR, "selector", KIND_NEST, NULL, &attrs_selector },
};

static const struct attr_set attrs_selectors = { selectors_defs, ARRAY_SIZE(selectors_defs) };

static const struct attr_def sa_defs[] = {
	{ IKEVTI_SA_A_DIR, "dir", KIND_ENUM8, names_dir, NULL },
	{ IKEVTI_SA_A_SPI, "spi", KIND_SPI, NULL, NULL },
	{ IKEVTI_SA_A_PATH, "path", KIND_U32, NULL, NULL },
	{ IKEVTI_SA_A_LANE, "lane", KIND_U32, NULL, NULL },
	{ IKEVTI_SA_A_STATE, "state", KIND_ENUM8, names_sa_state, NULL },
	{ IKEVTI_SA_A_AEAD, "aead", KIND_ENUM32, names_aead, NULL },
	{ IKEVTI_SA_A_KEY, "key", KIND_HEX, NULL, NULL },
	{ IKEVTI_SA_A_SALT, "salt", KIND_HEX, NULL, NULL },
	{ IKEVTI_SA_A_ESN, "esn", KIND_FLAG, NULL, NULL },
	{ IKEVTI_SA_A_REPLAY_WINDOW, "window", KIND_U32, NULL, NULL },
	{ IKEVTI_SA_A_SEQ, "seq", KIND_U64, NULL, NULL },
	{ IKEVTI_SA_A_SOFT_BYTES, "soft_bytes", KIND_U64, NULL, NULL },
	{ IKEVTI_SA_A_HARD_BYTES, "hard_bytes", KIND_U64, NULL, NULL },
	{ IKEVTI_SA_A_SOFT_PACKETS, "soft_packets", KIND_U64, NULL, NULL },
	{ IKEVTI_SA_A_HARD_PACKETS, "hard_packets", KIND_U64, NULL, NULL },
	{ IKEVTI_SA_A_SOFT_SECONDS, "soft_seconds", KIND_U32, NULL, NULL },
	{ IKEVTI_SA_A_HARD_SECONDS, "hard_seconds", KIND_U32, NULL, NULL },
	{ IKEVTI_SA_A_SELECTORS, "sel", KIND_SELS, NULL, &attrs_selectors },
	{ IKEVTI_SA_A_AGE, "age", KIND_U32, NULL, NULL },
	{ IKEVTI_SA_A_STATS, "stats", KIND_NEST, NULL, &attrs_stat },
	{ IKEVTI_SA_A_PEER_SPI, "peer_spi", KIND_SPI, NULL, NULL },
	{ IKEVTI_SA_A_REPLAY_MAP, "map", KIND_HEX, NULL, NULL },
	{ IKEVTI_SA_A_AUTH_KEY, "auth_key", KIND_HEX, NULL, NULL },
};

const struct attr_set attrs_sa = { sa_defs, ARRAY_SIZE(sa_defs) };

static const struct attr_def event_defs[] = {
	{ IKEVTI_EVENT_A_LIMIT, "limit", KIND_ENUM32, names_limit, NULL },
	{ IKEVTI_EVENT_A_HARD, "hard", KIND_FLAG, NULL, NULL },
	{ IKEVTI_EVENT_A_COUNT, "count", KIND_U64, NULL, NULL },
};

const struct attr_set attrs_event = { event_defs, ARRAY_SIZE(event_defs) };

static const struct attr_def top_defs[] = {
	{ IKEVTI_A_IFINDEX, "ifindex", KIND_U32, NULL, NULL },
	{ IKEVTI_A_NETNSID, "netnsid", KIND_U32, NULL, NULL },
	{ IKEVTI_A_IFNAME, "dev", KIND_STR, NULL, NULL },
	{ IKEVTI_A_DEV, "device", KIND_NEST, NULL, &attrs_dev },
	{ IKEVTI_A_SOCKET, "socket", KIND_NEST, NULL, &attrs_socket },
	{ IKEVTI_A_PATH, "path", KIND_NEST, NULL, &attrs_path },
	{ IKEVTI_A_PEER, "peer", KIND_NEST, NULL, &attrs_peer },
	{ IKEVTI_A_SA, "sa", KIND_NEST, NULL, &attrs_sa },
	{ IKEVTI_A_EVENT, "event", KIND_NEST, NULL, &attrs_event },
};

const struct attr_set attrs_top = { top_defs, ARRAY_SIZE(top_defs) };

int parse_hex(const char *hex, uint8_t *out, size_t size)
{
	size_t len = strlen(hex);
	unsigned int octet;
	char pair[3] = "";
	size_t i;

	if (len % 2 || len / 2 > size)
		return -1;
	for (i = 0; i < len / 2; i++) {
		memcpy(pair, hex + 2 * i, 2);
		if (strspn(pair, "0123456789abcdefABCDEF") != 2)
			return -1;
		octet = (unsigned int)strtoul(pair, NULL, 16);
		out[i] = (uint8_t)octet;
	}
	return (int)(len / 2);
}

int parse_number(const char *text, uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 0);
	return errno || end == text || *end ? -1 : 0;
}

static int enum_value(const char *const *names, const char *text, uint64_t *value)
{
	size_t i;

	for (i = 0; names[i]; i++) {
		if (!strcmp(names[i], text)) {
			*value = i;
			return 0;
		}
	}
	return parse_number(text, value);
}

/* START or END of a selector, in the family it is written in */
static bool put_address(struct nlmsghdr *nlh, size_t room, uint16_t type, const char *text)
{
	uint8_t addr[16];

	if (inet_pton(AF_INET, text, addr) == 1)
		return mnl_attr_put_check(nlh, room, type, 4, addr);
	if (inet_pton(AF_INET6, text, addr) == 1)
		return mnl_attr_put_check(nlh, room, type, 16, addr);
	return false;
}

/* side:start-end, several joined by commas */
static int put_selectors(struct nlmsghdr *nlh, size_t room, const char *value)
{
	struct nlattr *sels, *sel;
	char *copy, *word, *save;
	char *start, *end;
	uint64_t side;
	int ret = 0;

	copy = strdup(value);
	if (!copy)
		return -1;
	sels = mnl_attr_nest_start_check(nlh, room, IKEVTI_SA_A_SELECTORS);
	for (word = strtok_r(copy, ",", &save); sels && word && !ret;
	     word = strtok_r(NULL, ",", &save)) {
		ret = -1;
		start = strchr(word, ':');
		end = strchr(word, '-');
		if (!start || !end)
			break;
		*start++ = '\0';
		*end++ = '\0';
		sel = mnl_attr_nest_start_check(nlh, room, IKEVTI_SELS_A_SELECTOR);
		if (!sel || enum_value(names_side, word, &side) ||
		    !mnl_attr_put_u8_check(nlh, room, IKEVTI_SEL_A_SIDE, (uint8_t)side) ||
		    !put_address(nlh, room, IKEVTI_SEL_A_START, start) ||
		    !put_address(nlh, room, IKEVTI_SEL_A_END, end))
			break;
		mnl_attr_nest_end(nlh, sel);
		ret = 0;
	}
	if (sels)
		mnl_attr_nest_end(nlh, sels);
	free(copy);
	return sels ? ret : -1;
}

/* addresses joined by commas, "" for none */
static int put_hops(struct nlmsghdr *nlh, size_t room, const char *value)
{
	struct nlattr *nest;
	char *copy, *word, *save;
	uint8_t addr[16];
	bool good = true;

	copy = strdup(value);
	if (!copy)
		return -1;
	nest = mnl_attr_nest_start_check(nlh, room, IKEVTI_PEER_A_NEXTHOPS);
	for (word = strtok_r(copy, ",", &save); nest && word && good;
	     word = strtok_r(NULL, ",", &save)) {
		if (inet_pton(AF_INET, word, addr) == 1)
			good = mnl_attr_put_check(nlh, room, IKEVTI_NEXTHOPS_A_IP4, 4, addr);
		else
			good = inet_pton(AF_INET6, word, addr) == 1 &&
			       mnl_attr_put_check(nlh, room, IKEVTI_NEXTHOPS_A_IP6, 16, addr);
	}
	if (nest)
		mnl_attr_nest_end(nlh, nest);
	free(copy);
	return nest && good ? 0 : -1;
}

static int put_octets(struct nlmsghdr *nlh, size_t room, const struct attr_def *def,
		      const char *value)
{
	uint8_t buf[10000];
	int len = -1;

	if (def->kind == KIND_HEX)
		len = parse_hex(value, buf, sizeof(buf));
	else if (def->kind == KIND_IP4 && inet_pton(AF_INET, value, buf) == 1)
		len = 4;
	else if (def->kind == KIND_IP6 && inet_pton(AF_INET6, value, buf) == 1)
		len = 16;
	if (len < 0)
		return -1;
	return mnl_attr_put_check(nlh, room, def->type, (size_t)len, buf) ? 0 : -1;
}

static int put_one(struct nlmsghdr *nlh, size_t room, const struct attr_def *def,
		   const char *value)
{
	uint64_t n;

	switch (def->kind) {
	case KIND_IP4:
	case KIND_IP6:
	case KIND_HEX:
		return put_octets(nlh, room, def, value);
	case KIND_STR:
		return mnl_attr_put_strz_check(nlh, room, def->type, value) ? 0 : -1;
	case KIND_SELS:
		return put_selectors(nlh, room, value);
	case KIND_HOPS:
		return put_hops(nlh, room, value);
	case KIND_NEST:
		return -1;
	default:
		break;
	}
	if (def->names ? enum_value(def->names, value, &n) : parse_number(value, &n))
		return -1;
	switch (def->kind) {
	case KIND_U8:
	case KIND_ENUM8:
		return mnl_attr_put_u8_check(nlh, room, def->type, (uint8_t)n) ? 0 : -1;
	case KIND_U16:
	case KIND_ENUM16:
		return mnl_attr_put_u16_check(nlh, room, def->type, (uint16_t)n) ? 0 : -1;
	case KIND_U64:
		return mnl_attr_put_u64_check(nlh, room, def->type, n) ? 0 : -1;
	case KIND_FLAG:
		return !n || mnl_attr_put_check(nlh, room, def->type, 0, NULL) ? 0 : -1;
	default:
		return mnl_attr_put_u32_check(nlh, room, def->type, (uint32_t)n) ? 0 : -1;
	}
}

int attrs_put(struct nlmsghdr *nlh, size_t room, const struct attr_set *set,
	      const char *key, const char *value)
{
	bool known = false;
	size_t i;

	for (i = 0; i < set->n_defs; i++) {
		if (strcmp(set->defs[i].name, key))
			continue;
		known = true;
		if (!put_one(nlh, room, &set->defs[i], value))
			return 0;
	}
	fprintf(stderr, known ? "bad value in %s=%s\n" : "unknown word %s=%s\n", key, value);
	return -1;
}

static const struct attr_def *find_def(const struct attr_set *set, uint16_t type)
{
	size_t i;

	for (i = 0; set && i < set->n_defs; i++)
		if (set->defs[i].type == type)
			return &set->defs[i];
	return NULL;
}

static uint64_t number_of(const struct nlattr *attr)
{
	uint64_t u64 = 0;
	uint32_t u32 = 0;
	uint16_t u16 = 0;

	switch (mnl_attr_get_payload_len(attr)) {
	case 1:
		return mnl_attr_get_u8(attr);
	case 2:
		memcpy(&u16, mnl_attr_get_payload(attr), 2);
		return u16;
	case 4:
		memcpy(&u32, mnl_attr_get_payload(attr), 4);
		return u32;
	case 8:
		memcpy(&u64, mnl_attr_get_payload(attr), 8);
		return u64;
	default:
		return 0;
	}
}

static void print_address(FILE *out, const struct nlattr *attr)
{
	uint16_t len = mnl_attr_get_payload_len(attr);
	char text[INET6_ADDRSTRLEN] = "?";

	if (len == 4)
		inet_ntop(AF_INET, mnl_attr_get_payload(attr), text, sizeof(text));
	else if (len == 16)
		inet_ntop(AF_INET6, mnl_attr_get_payload(attr), text, sizeof(text));
	fputs(text, out);
}

static void print_selectors(FILE *out, const struct nlattr *sels)
{
	const char *sep = " sel=";
	struct nlattr *sel, *attr;

	mnl_attr_for_each_nested(sel, sels) {
		fputs(sep, out);
		sep = ",";
		mnl_attr_for_each_nested(attr, sel) {
			if (mnl_attr_get_type(attr) == IKEVTI_SEL_A_SIDE) {
				fprintf(out, "%s:", number_of(attr) ? "remote" : "local");
			} else {
				if (mnl_attr_get_type(attr) == IKEVTI_SEL_A_END)
					fputc('-', out);
				print_address(out, attr);
			}
		}
	}
}

static void print_hops(FILE *out, const struct nlattr *hops)
{
	const char *sep = " via=";
	struct nlattr *attr;

	mnl_attr_for_each_nested(attr, hops) {
		fputs(sep, out);
		sep = ",";
		print_address(out, attr);
	}
}

static void print_enum(FILE *out, const struct attr_def *def, uint64_t n)
{
	size_t i;

	for (i = 0; def->names[i]; i++) {
		if (i == n) {
			fputs(def->names[i], out);
			return;
		}
	}
	fprintf(out, "%" PRIu64, n);
}

static void print_one(FILE *out, const struct attr_def *def, const struct nlattr *attr)
{
	const uint8_t *octets = mnl_attr_get_payload(attr);
	uint16_t len = mnl_attr_get_payload_len(attr);
	uint16_t i;

	if (def->kind == KIND_SELS) {
		print_selectors(out, attr);
		return;
	}
	if (def->kind == KIND_HOPS) {
		print_hops(out, attr);
		return;
	}
	fprintf(out, " %s=", def->name);
	switch (def->kind) {
	case KIND_FLAG:
		fputc('1', out);
		break;
	case KIND_SPI:
		fprintf(out, "0x%08x", (unsigned int)number_of(attr));
		break;
	case KIND_IP4:
	case KIND_IP6:
		print_address(out, attr);
		break;
	case KIND_STR:
		fprintf(out, "%.*s", (int)strnlen((const char *)octets, len), octets);
		break;
	case KIND_HEX:
		for (i = 0; i < len; i++)
			fprintf(out, "%02x", octets[i]);
		break;
	default:
		if (def->names)
			print_enum(out, def, number_of(attr));
		else
			fprintf(out, "%" PRIu64, number_of(attr));
	}
}

void attrs_print(FILE *out, const struct attr_set *set, const void *data, size_t len)
{
	const struct attr_def *def;
	const struct nlattr *attr;

	mnl_attr_for_each_payload(data, len) {
		def = find_def(set, mnl_attr_get_type(attr));
		if (!def)
			continue;
		if (def->kind == KIND_NEST)
			attrs_print(out, def->nest, mnl_attr_get_payload(attr),
				    mnl_attr_get_payload_len(attr));
		else
			print_one(out, def, attr);
	}
}

void attrs_locate(const struct nlmsghdr *nlh, uint32_t offset, char *buf, size_t size)
{
	const struct attr_set *set = &attrs_top;
	const uint8_t *base = (const uint8_t *)nlh;
	uint32_t pos = NLMSG_HDRLEN + GENL_HDRLEN;
	uint32_t end = nlh->nlmsg_len;
	const struct attr_def *def;
	struct nlattr attr;
	size_t used = 0;

	buf[0] = '\0';
	while (pos + sizeof(attr) <= end && pos <= offset) {
		memcpy(&attr, base + pos, sizeof(attr));
		if (attr.nla_len < sizeof(attr))
			break;
		if (offset >= pos + MNL_ALIGN(attr.nla_len)) {
			pos += MNL_ALIGN(attr.nla_len);
			continue;
		}
		def = find_def(set, attr.nla_type & NLA_TYPE_MASK);
		if (used >= size)
			break;
		if (def)
			used += (size_t)snprintf(buf + used, size - used, "%s%s",
						 used ? "." : "", def->name);
		else
			used += (size_t)snprintf(buf + used, size - used, "%s#%u",
						 used ? "." : "",
						 (unsigned int)(attr.nla_type & NLA_TYPE_MASK));
		if (offset == pos)
			break;
		set = def ? def->nest : NULL;
		end = pos + attr.nla_len;
		pos += sizeof(attr);
	}
}
