/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Single values of the configuration: numbers with units, addresses,
 * identities, proposals, secrets. All take text and say in words what is wrong
 * with it; none knows of files or keys.
 */
#ifndef CONFIG_VALUE_H
#define CONFIG_VALUE_H

#include "config/conf.h"

#define CONF_WHY_MAX 320

/* Why a value was refused, with the cure */
struct conf_why {
	char text[CONF_WHY_MAX];
};

/** conf_why() - set @why; returns false, for `return conf_why(…)` */
__attribute__((format(printf, 2, 3)))
bool conf_why(struct conf_why *why, const char *format, ...);

/** conf_parse_number() - decimal or 0x…, nothing else */
bool conf_parse_number(const char *text, uint64_t *out, struct conf_why *why);

/** conf_parse_duration() - "300ms", "10s", "5m", "8h", "1d" in milliseconds */
bool conf_parse_duration(const char *text, uint64_t *ms, struct conf_why *why);

/** conf_parse_size() - octets: "1048576", "512M", "64G" (powers of 1024) */
bool conf_parse_size(const char *text, uint64_t *out, struct conf_why *why);

/** conf_parse_count() - things: "1000000", "500K", "4G" (powers of 1000) */
bool conf_parse_count(const char *text, uint64_t *out, struct conf_why *why);

/** conf_format_duration() - the shortest exact form: "8h", "90s", "300ms" */
const char *conf_format_duration(uint64_t ms, char *buf, size_t size);

/** conf_parse_name() - names of tunnels and paths */
bool conf_parse_name(const char *text, char *out, struct conf_why *why);

/** conf_parse_ifname() - a name that Linux takes for a network device */
bool conf_parse_ifname(const char *text, char *out, struct conf_why *why);

/** conf_parse_interface_address() - "10.0.0.1/30", an address to be had */
bool conf_parse_interface_address(const char *text, struct conf_prefix *out,
				  struct conf_why *why);

/** conf_parse_endpoint() - a unicast address, or "any" for none */
bool conf_parse_endpoint(const char *text, struct net_addr *out,
			 struct conf_why *why);

/** conf_parse_selector() - "10.1.0.0/16", "10.1.0.1-10.1.0.9", "10.1.0.7" */
bool conf_parse_selector(const char *text, struct conf_selector *out,
			 struct conf_why *why);

/** conf_selector_of() - the network that an address with its length is in */
void conf_selector_of(struct conf_selector *out, const struct conf_prefix *p);

/** conf_selector_all() - all addresses of a family */
void conf_selector_all(struct conf_selector *out, sa_family_t family);

/**
 * conf_parse_id() - an identity, see ikevti.conf(5)
 * @any: "any" is allowed
 */
bool conf_parse_id(const char *text, bool any, struct conf_id *out,
		   struct conf_why *why);

/** conf_id_from_address() - the identity that stands for an address */
void conf_id_from_address(const struct net_addr *a, struct conf_id *out);

/** conf_id_same() - the same identity, however it is written */
bool conf_id_same(const struct conf_id *a, const struct conf_id *b);

/** conf_id_hash() - FNV-1a going on from @h; what is the same has the same */
uint64_t conf_id_hash(uint64_t h, const struct conf_id *id);

/**
 * conf_parse_secret() - text, 0x… or 0s… to octets
 * @quoted: it stands in quotes, and is text whatever it begins with
 */
bool conf_parse_secret(const char *text, bool quoted, uint8_t *out,
		       uint16_t *len, struct conf_why *why);

enum conf_protocol { CONF_PROTOCOL_IKE, CONF_PROTOCOL_ESP };

/** conf_parse_proposal() - one "aes256gcm16-prfsha256-x25519" */
bool conf_parse_proposal(const char *text, enum conf_protocol protocol,
			 struct conf_proposal *out, struct conf_why *why);

/** conf_format_proposal() - what conf_parse_proposal() reads as the same */
const char *conf_format_proposal(const struct conf_proposal *p, char *buf,
				 size_t size);

#endif
