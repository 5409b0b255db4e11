// SPDX-License-Identifier: GPL-2.0-or-later
/* Addresses, prefixes and ranges */
#include <string.h>
#include <strings.h>

#include "config/value.h"

#define TEXT_MAX 128

/* The host part of @a, @len octets of prefix, set to zeros or ones */
static void fill_host(struct net_addr *a, unsigned int prefix, bool ones)
{
	size_t octets = net_addr_len(a), i;

	for (i = 0; i < octets; i++) {
		unsigned int bits = prefix > i * 8 ? prefix - (unsigned int)i * 8 : 0;
		uint8_t mask = bits >= 8 ? 0xff : (uint8_t)(0xff00 >> bits);

		if (ones)
			a->ip[i] |= (uint8_t)~mask;
		else
			a->ip[i] &= mask;
	}
}

static bool is_multicast(const struct net_addr *a)
{
	return a->family == AF_INET ? (a->ip[0] & 0xf0) == 0xe0 :
				      a->ip[0] == 0xff;
}

static bool is_loopback(const struct net_addr *a)
{
	static const uint8_t one[16] = { [15] = 1 };

	return a->family == AF_INET ? a->ip[0] == 127 :
				      !memcmp(a->ip, one, sizeof(one));
}

static bool is_broadcast(const struct net_addr *a)
{
	return a->family == AF_INET && !memcmp(a->ip, "\xff\xff\xff\xff", 4);
}

static bool is_link_local(const struct net_addr *a)
{
	return a->family == AF_INET6 && a->ip[0] == 0xfe &&
	       (a->ip[1] & 0xc0) == 0x80;
}

static bool check_unicast(const char *text, const struct net_addr *a,
			  struct conf_why *why)
{
	const char *what = NULL;

	if (net_addr_is_any(a))
		what = "the unspecified address";
	else if (is_multicast(a))
		what = "a multicast address";
	else if (is_loopback(a))
		what = "a loopback address";
	else if (is_broadcast(a))
		what = "the broadcast address";
	if (what)
		return conf_why(why, "'%s' is %s; a host's own address is needed here",
				text, what);
	return true;
}

/* Splits "address/length"; @given tells whether there was a length */
static bool parse_prefix(const char *text, struct net_addr *a,
			 unsigned int *len, bool *given, struct conf_why *why)
{
	const char *slash = strchr(text, '/');
	char address[TEXT_MAX];
	size_t n = slash ? (size_t)(slash - text) : strlen(text);
	unsigned int bits;
	uint64_t l;

	if (n >= sizeof(address))
		return conf_why(why, "'%.40s...' is not an address", text);
	memcpy(address, text, n);
	address[n] = 0;
	if (!net_addr_parse(a, address))
		return conf_why(why, "'%s' is not an IPv4 or IPv6 address%s",
				address, strpbrk(address, "ghijklmnopqrstuvwxyz") ?
				"; host names are not looked up" : "");
	bits = a->family == AF_INET ? 32 : 128;
	*given = slash;
	*len = bits;
	if (!slash)
		return true;
	if (!conf_parse_number(slash + 1, &l, why) || l > bits)
		return conf_why(why, "'%s' has no valid prefix length: it is 0 to %u",
				text, bits);
	*len = (unsigned int)l;
	return true;
}

bool conf_parse_interface_address(const char *text, struct conf_prefix *out,
				  struct conf_why *why)
{
	char buf[NET_ADDR_STRLEN];
	struct net_addr edge;
	unsigned int len = 0;
	bool given = false;

	memset(out, 0, sizeof(*out));
	if (strchr(text, '%'))
		return conf_why(why, "'%s' names a device behind '%%'; the address is of the tunnel's own device, so leave that out",
				text);
	if (!parse_prefix(text, &out->addr, &len, &given, why))
		return false;
	if (!given)
		return conf_why(why, "'%s' has no prefix length: write '%s/%u' for this one address, or the length of its network",
				text, text, len);
	if (!check_unicast(text, &out->addr, why))
		return false;
	out->len = (uint8_t)len;
	if (out->addr.family == AF_INET && len < 31) {
		edge = out->addr;
		fill_host(&edge, len, false);
		if (net_addr_same_ip(&edge, &out->addr)) {
			edge.ip[3] |= 1;
			return conf_why(why, "'%s' is the network itself; write a host's address in it, as '%s/%u'",
					text, net_addr_format(&edge, buf), len);
		}
		fill_host(&edge, len, true);
		if (net_addr_same_ip(&edge, &out->addr))
			return conf_why(why, "'%s' is the broadcast address of its network; write a host's address in it",
					text);
	}
	return true;
}

/*
 * Such an address means something only together with a device, which neither
 * the engine nor the module's paths have beside it.
 */
static bool refuse_link_local(const char *text, struct conf_why *why)
{
	return conf_why(why, "'%s' is a link-local address, which this version cannot use as an outer one; use a global or unique local address",
			text);
}

bool conf_parse_endpoint(const char *text, struct net_addr *out,
			 struct conf_why *why)
{
	unsigned int len = 0;
	bool given = false;

	memset(out, 0, sizeof(*out));
	if (!strcmp(text, "any") || !strcmp(text, "%any"))
		return true;
	if (strchr(text, '%') && !strncasecmp(text, "fe80:", 5))
		return refuse_link_local(text, why);
	if (!parse_prefix(text, out, &len, &given, why))
		return false;
	if (given)
		return conf_why(why, "'%s' is a network; one address is needed here",
				text);
	if (net_addr_is_any(out))
		return conf_why(why, "write 'any' instead of '%s'", text);
	if (is_link_local(out))
		return refuse_link_local(text, why);
	return check_unicast(text, out, why);
}

static bool parse_range(const char *text, const char *dash,
			struct conf_selector *out, struct conf_why *why)
{
	char start[TEXT_MAX];
	size_t n = (size_t)(dash - text);

	if (n >= sizeof(start))
		return conf_why(why, "'%.40s...' is not a range", text);
	memcpy(start, text, n);
	start[n] = 0;
	if (!net_addr_parse(&out->start, start) ||
	    !net_addr_parse(&out->end, dash + 1) ||
	    out->start.family != out->end.family)
		return conf_why(why, "'%s' is not a range of addresses", text);
	if (memcmp(out->start.ip, out->end.ip, sizeof(out->start.ip)) > 0)
		return conf_why(why, "the range '%s' ends before it begins",
				text);
	return true;
}

bool conf_parse_selector(const char *text, struct conf_selector *out,
			 struct conf_why *why)
{
	const char *dash = strchr(text, '-');
	char buf[NET_ADDR_STRLEN];
	unsigned int len = 0;
	bool given = false;

	memset(out, 0, sizeof(*out));
	if (dash)
		return parse_range(text, dash, out, why);
	if (!parse_prefix(text, &out->start, &len, &given, why))
		return false;
	out->end = out->start;
	fill_host(&out->start, len, false);
	if (!net_addr_same_ip(&out->start, &out->end))
		return conf_why(why, "'%s' has bits set behind its prefix length; write '%s/%u'",
				text, net_addr_format(&out->start, buf), len);
	fill_host(&out->end, len, true);
	return true;
}

void conf_selector_of(struct conf_selector *out, const struct conf_prefix *p)
{
	memset(out, 0, sizeof(*out));
	out->start = p->addr;
	out->end = p->addr;
	fill_host(&out->start, p->len, false);
	fill_host(&out->end, p->len, true);
}

void conf_selector_all(struct conf_selector *out, sa_family_t family)
{
	memset(out, 0, sizeof(*out));
	out->start.family = family;
	out->end.family = family;
	fill_host(&out->end, 0, true);
}
