// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of everything that may stand in a configuration */
#include <stdlib.h>
#include <string.h>

#include "config/schema.h"
#include "linux/ikevti.h"

static void *field(void *object, const struct conf_key *key)
{
	return (char *)object + key->offset;
}

static bool in_range(const struct conf_key *key, const char *text, uint64_t n,
		     struct conf_why *why)
{
	if (n >= key->min && n <= key->max)
		return true;
	return conf_why(why, "'%s' is out of range: %s is %llu to %llu", text,
			key->name, (unsigned long long)key->min,
			(unsigned long long)key->max);
}

static bool duration_in_range(const struct conf_key *key, const char *text,
			      uint64_t ms, uint64_t unit, struct conf_why *why)
{
	char low[32], high[32];

	if (ms % unit)
		return conf_why(why, "'%s' has a fraction of a second, which %s cannot have",
				text, key->name);
	if (ms / unit >= key->min && ms / unit <= key->max)
		return true;
	return conf_why(why, "'%s' is out of range: %s is %s to %s", text,
			key->name,
			conf_format_duration(key->min * unit, low, sizeof(low)),
			conf_format_duration(key->max * unit, high, sizeof(high)));
}

static bool set_seconds(void *object, const struct conf_key *key,
			const char *text, unsigned int index,
			struct conf_why *why)
{
	uint64_t ms;

	if (!conf_parse_duration(text, &ms, why) ||
	    !duration_in_range(key, text, ms, 1000, why))
		return false;
	*(uint32_t *)field(object, key) = (uint32_t)(ms / 1000);
	return true;
}

static bool set_ms(void *object, const struct conf_key *key, const char *text,
		   unsigned int index, struct conf_why *why)
{
	uint64_t ms;

	if (!conf_parse_duration(text, &ms, why) ||
	    !duration_in_range(key, text, ms, 1, why))
		return false;
	*(uint32_t *)field(object, key) = (uint32_t)ms;
	return true;
}

static bool set_u32(void *object, const struct conf_key *key, const char *text,
		    unsigned int index, struct conf_why *why)
{
	uint64_t n;

	if (!conf_parse_number(text, &n, why) || !in_range(key, text, n, why))
		return false;
	*(uint32_t *)field(object, key) = (uint32_t)n;
	return true;
}

static bool set_u16(void *object, const struct conf_key *key, const char *text,
		    unsigned int index, struct conf_why *why)
{
	uint64_t n;

	if (!conf_parse_number(text, &n, why) || !in_range(key, text, n, why))
		return false;
	*(uint16_t *)field(object, key) = (uint16_t)n;
	return true;
}

static bool is_none(const char *text)
{
	return !strcmp(text, "none") || !strcmp(text, "off");
}

static bool set_size(void *object, const struct conf_key *key,
		     const char *text, unsigned int index, struct conf_why *why)
{
	uint64_t n = 0;

	if (!is_none(text) && (!conf_parse_size(text, &n, why) ||
			       !in_range(key, text, n, why)))
		return false;
	*(uint64_t *)field(object, key) = n;
	return true;
}

static bool set_count(void *object, const struct conf_key *key,
		      const char *text, unsigned int index,
		      struct conf_why *why)
{
	uint64_t n = 0;

	if (!is_none(text) && (!conf_parse_count(text, &n, why) ||
			       !in_range(key, text, n, why)))
		return false;
	*(uint64_t *)field(object, key) = n;
	return true;
}

static bool find_choice(const struct conf_key *key, const char *text,
			unsigned int *out, struct conf_why *why)
{
	const char *near;
	char all[128];
	size_t len = 0;
	unsigned int i;

	for (i = 0; key->choices[i]; i++) {
		if (!strcmp(key->choices[i], text)) {
			*out = i;
			return true;
		}
		len += (size_t)snprintf(all + len, sizeof(all) - len, "%s%s",
					i ? ", " : "", key->choices[i]);
	}
	near = conf_suggest(text, key->choices);
	return conf_why(why, "'%s' is not a value of %s, which is one of %s%s%s%s",
			text, key->name, all, near ? "; did you mean '" : "",
			near ? near : "", near ? "'?" : "");
}

static bool set_encap(void *object, const struct conf_key *key,
		      const char *text, unsigned int index,
		      struct conf_why *why)
{
	unsigned int n = 0;

	if (!find_choice(key, text, &n, why))
		return false;
	*(enum conf_encap *)field(object, key) = (enum conf_encap)n;
	return true;
}

static bool set_start(void *object, const struct conf_key *key,
		      const char *text, unsigned int index,
		      struct conf_why *why)
{
	unsigned int n = 0;

	if (!find_choice(key, text, &n, why))
		return false;
	*(enum conf_start *)field(object, key) = (enum conf_start)n;
	return true;
}

static bool set_auth(void *object, const struct conf_key *key,
		     const char *text, unsigned int index, struct conf_why *why)
{
	if (!strcmp(text, "psk"))
		return true;
	if (!strcmp(text, "cert") || !strcmp(text, "eap") ||
	    !strcmp(text, "rawkey") || !strcmp(text, "pubkey"))
		return conf_why(why, "auth = %s is not supported by this version; use auth = psk",
				text);
	return conf_why(why, "'%s' is not a way to authenticate; use auth = psk",
			text);
}

static bool set_mtu(void *object, const struct conf_key *key, const char *text,
		    unsigned int index, struct conf_why *why)
{
	if (!strcmp(text, "auto")) {
		*(uint32_t *)field(object, key) = 0;
		return true;
	}
	return set_u32(object, key, text, index, why);
}

static bool set_mss(void *object, const struct conf_key *key, const char *text,
		    unsigned int index, struct conf_why *why)
{
	uint32_t *to = field(object, key);

	if (!strcmp(text, "auto"))
		*to = IKEVTI_MSS_AUTO;
	else if (is_none(text))
		*to = IKEVTI_MSS_OFF;
	else
		return set_u32(object, key, text, index, why);
	return true;
}

static bool set_device(void *object, const struct conf_key *key,
		       const char *text, unsigned int index,
		       struct conf_why *why)
{
	return conf_parse_ifname(text, field(object, key), why);
}

static bool set_address(void *object, const struct conf_key *key,
			const char *text, unsigned int index,
			struct conf_why *why)
{
	struct conf_tunnel *t = object;
	struct conf_prefix *p = &t->addresses[index];
	unsigned int i;

	if (!conf_parse_interface_address(text, p, why))
		return false;
	for (i = 0; i < index; i++)
		if (net_addr_same_ip(&t->addresses[i].addr, &p->addr))
			return conf_why(why, "'%s' is given twice", text);
	t->n_addresses = index + 1;
	return true;
}

static bool set_selector(void *object, const struct conf_key *key,
			 const char *text, unsigned int index,
			 struct conf_why *why)
{
	struct conf_tunnel *t = object;

	if (key->section == CONF_SECTION_LOCAL) {
		t->n_local_ts = index + 1;
		return conf_parse_selector(text, &t->local_ts[index], why);
	}
	t->n_remote_ts = index + 1;
	return conf_parse_selector(text, &t->remote_ts[index], why);
}

static bool set_id(void *object, const struct conf_key *key, const char *text,
		   unsigned int index, struct conf_why *why)
{
	struct conf_id *id = field(object, key);

	if (conf_parse_id(text, key->section == CONF_SECTION_REMOTE, id, why))
		return true;
	memset(id, 0, sizeof(*id));
	return false;
}

static bool set_endpoint(void *object, const struct conf_key *key,
			 const char *text, unsigned int index,
			 struct conf_why *why)
{
	return conf_parse_endpoint(text, field(object, key), why);
}

static bool set_ike_proposal(void *object, const struct conf_key *key,
			     const char *text, unsigned int index,
			     struct conf_why *why)
{
	struct conf_tunnel *t = object;

	t->n_ike = index + 1;
	return conf_parse_proposal(text, CONF_PROTOCOL_IKE, &t->ike[index],
				   why);
}

static bool set_esp_proposal(void *object, const struct conf_key *key,
			     const char *text, unsigned int index,
			     struct conf_why *why)
{
	struct conf_tunnel *t = object;

	t->n_esp = index + 1;
	return conf_parse_proposal(text, CONF_PROTOCOL_ESP, &t->esp[index],
				   why);
}

#define CERTIFICATES "certificates are not supported by this version; use auth = psk, with the secret in the secrets file"

#define SECRET_HERE "a secret does not stand here; put 'psk ID = \"…\"' into the secrets file"

const struct conf_section conf_sections[CONF_SECTIONS] = {
	[CONF_SECTION_TOP] = { CONF_SECTION_TOP, CONF_SECTION_TOP, "", false, false, NULL },
	[CONF_SECTION_DAEMON] = { CONF_SECTION_DAEMON, CONF_SECTION_TOP,
		"daemon", false, false, NULL },
	[CONF_SECTION_TUNNEL] = { CONF_SECTION_TUNNEL, CONF_SECTION_TOP,
		"tunnel", true, true, NULL },
	[CONF_SECTION_LOCAL] = { CONF_SECTION_LOCAL, CONF_SECTION_TUNNEL,
		"local", false, false, NULL },
	[CONF_SECTION_REMOTE] = { CONF_SECTION_REMOTE, CONF_SECTION_TUNNEL,
		"remote", false, false, NULL },
	[CONF_SECTION_PATH] = { CONF_SECTION_PATH, CONF_SECTION_TUNNEL, "path", true, true, NULL },
	[CONF_SECTION_IKE] = { CONF_SECTION_IKE, CONF_SECTION_TUNNEL, "ike", false, false, NULL },
	[CONF_SECTION_ESP] = { CONF_SECTION_ESP, CONF_SECTION_TUNNEL, "esp", false, false, NULL },
	[CONF_SECTION_AUTHORITY] = { CONF_SECTION_AUTHORITY, CONF_SECTION_TOP,
		"authority", true, true,
		CERTIFICATES },
};

static const char *const encaps[] = { "auto", "udp", "none", NULL };
static const char *const starts[] = { "always", "traffic", "listen", NULL };

#define TUNNEL(f) offsetof(struct conf_tunnel, f)
#define PATH(f) offsetof(struct conf_path, f)
#define DAEMON(f) offsetof(struct conf_daemon, f)
#define HOURS(n) ((uint64_t)(n) * 3600)

const struct conf_key conf_keys[] = {
	{ .section = CONF_SECTION_TOP, .name = "secrets", .type = "file", .def = "secrets.conf",
	  .help = "file with the shared secrets, mode 0600; relative to this file" },

	{ .section = CONF_SECTION_DAEMON, .name = "port", .type = "number", .def = "500",
	  .help = "UDP port of IKE",
	  .set = set_u16, .offset = DAEMON(port), .min = 1, .max = 65535 },
	{ .section = CONF_SECTION_DAEMON, .name = "natt-port", .type = "number", .def = "4500",
	  .help = "UDP port of IKE and ESP behind NATs",
	  .set = set_u16, .offset = DAEMON(natt_port), .min = 1, .max = 65535 },
	{ .section = CONF_SECTION_DAEMON, .name = "cookie-threshold", .type = "number", .def = "30",
	  .help = "half-open IKE SAs from which on initiators must return a cookie",
	  .set = set_u32, .offset = DAEMON(cookie_threshold), .min = 0, .max = 1000000 },
	{ .section = CONF_SECTION_DAEMON, .name = "half-open-max", .type = "number", .def = "1000",
	  .help = "half-open IKE SAs from which on new requests are dropped",
	  .set = set_u32, .offset = DAEMON(half_open_max), .min = 1, .max = 1000000 },
	{ .section = CONF_SECTION_DAEMON, .name = "half-open-per-address", .type = "number",
	  .def = "5",
	  .help = "half-open IKE SAs an unknown address, or IPv6 /64, may have",
	  .set = set_u32, .offset = DAEMON(half_open_per_address), .min = 1, .max = 1000000 },
	{ .section = CONF_SECTION_DAEMON, .name = "workers", .type = "number", .def = "0",
	  .help = "threads for key exchange; 0: one per CPU",
	  .set = set_u32, .offset = DAEMON(workers), .min = 0, .max = 256 },

	{ .section = CONF_SECTION_TUNNEL, .name = "device", .type = "device name", .def = NULL,
	  .help = "network device of the tunnel, created if absent; default: the tunnel's name",
	  .set = set_device, .offset = TUNNEL(device) },
	{ .section = CONF_SECTION_TUNNEL, .name = "address", .type = "list of address/length",
	  .def = NULL,
	  .help = "addresses of the device", .set = set_address, .list_max = CONF_ADDRESSES_MAX },
	{ .section = CONF_SECTION_TUNNEL, .name = "detect", .type = "duration", .def = "30s",
	  .help = "time in which a dead peer is noticed; liveness checks and retransmissions follow from it",
	  .set = set_ms, .offset = TUNNEL(detect_ms), .min = 300, .max = 3600000 },
	{ .section = CONF_SECTION_TUNNEL, .name = "keepalive", .type = "duration", .def = "20s",
	  .help = "silence after which a NAT is kept open; 0 for never",
	  .set = set_seconds, .offset = TUNNEL(keepalive), .min = 0, .max = 3600 },
	{ .section = CONF_SECTION_TUNNEL, .name = "start", .type = "always, traffic or listen",
	  .def = "always",
	  .help = "bring the tunnel up at once and keep it up, when traffic wants it, or wait for the peer",
	  .set = set_start, .offset = TUNNEL(start), .choices = starts },
	{ .section = CONF_SECTION_TUNNEL, .name = "mtu", .type = "auto or number", .def = "auto",
	  .help = "MTU of the device; auto: computed from the path",
	  .set = set_mtu, .offset = TUNNEL(mtu), .min = 576, .max = 65535 },
	{ .section = CONF_SECTION_TUNNEL, .name = "mss-clamp", .type = "auto, off or number",
	  .def = "auto",
	  .help = "limit of the TCP segment size of connections through the tunnel",
	  .set = set_mss, .offset = TUNNEL(mss_clamp), .min = 536, .max = 65495 },
	{ .section = CONF_SECTION_TUNNEL, .name = "fwmark", .type = "number", .def = "0",
	  .help = "mark of the outer packets",
	  .set = set_u32, .offset = TUNNEL(fwmark), .min = 0, .max = UINT32_MAX },
	{ .section = CONF_SECTION_TUNNEL, .name = "hold-time", .type = "duration", .def = "1s",
	  .help = "time without a usable path after which the device loses its carrier",
	  .set = set_ms, .offset = TUNNEL(hold_ms), .min = 0, .max = 3600000 },
	{ .section = CONF_SECTION_TUNNEL, .name = "psk",
	  .refused = SECRET_HERE },

	{ .section = CONF_SECTION_LOCAL, .name = "id", .type = "identity", .def = NULL,
	  .help = "who we say we are; default: the local address of the paths",
	  .set = set_id, .offset = TUNNEL(local.id) },
	{ .section = CONF_SECTION_LOCAL, .name = "auth", .type = "psk", .def = "psk",
	  .help = "how we prove it", .set = set_auth },
	{ .section = CONF_SECTION_LOCAL, .name = "networks", .type = "list of networks",
	  .def = NULL,
	  .help = "inner addresses on our side; default: all",
	  .set = set_selector, .list_max = CONF_SELECTORS_MAX },
	{ .section = CONF_SECTION_LOCAL, .name = "cert", .refused = CERTIFICATES },
	{ .section = CONF_SECTION_LOCAL, .name = "key", .refused = CERTIFICATES },
	{ .section = CONF_SECTION_LOCAL, .name = "psk",
	  .refused = SECRET_HERE },

	{ .section = CONF_SECTION_REMOTE, .name = "id", .type = "identity or any", .def = NULL,
	  .help = "who the peer must say it is; default: the remote address of the paths",
	  .set = set_id, .offset = TUNNEL(remote.id) },
	{ .section = CONF_SECTION_REMOTE, .name = "auth", .type = "psk", .def = "psk",
	  .help = "how the peer must prove it", .set = set_auth },
	{ .section = CONF_SECTION_REMOTE, .name = "networks", .type = "list of networks",
	  .def = NULL,
	  .help = "inner addresses on the peer's side; default: all",
	  .set = set_selector, .list_max = CONF_SELECTORS_MAX },
	{ .section = CONF_SECTION_REMOTE, .name = "authority", .refused = CERTIFICATES },
	{ .section = CONF_SECTION_REMOTE, .name = "cert", .refused = CERTIFICATES },
	{ .section = CONF_SECTION_REMOTE, .name = "psk",
	  .refused = SECRET_HERE },

	{ .section = CONF_SECTION_PATH, .name = "local", .type = "address or any", .def = "any",
	  .help = "our outer address; any: the one the route to the peer has",
	  .set = set_endpoint, .offset = PATH(local) },
	{ .section = CONF_SECTION_PATH, .name = "remote", .type = "address or any", .def = NULL,
	  .help = "the peer's outer address; any with start = listen only",
	  .set = set_endpoint, .offset = PATH(remote) },
	{ .section = CONF_SECTION_PATH, .name = "port", .type = "number", .def = "500",
	  .help = "the peer's IKE port",
	  .set = set_u16, .offset = PATH(remote_port), .min = 1, .max = 65535 },
	{ .section = CONF_SECTION_PATH, .name = "priority", .type = "number", .def = "0",
	  .help = "the usable paths with the highest priority carry the traffic",
	  .set = set_u32, .offset = PATH(priority), .min = 0, .max = UINT32_MAX },
	{ .section = CONF_SECTION_PATH, .name = "weight", .type = "number", .def = "1",
	  .help = "share of the flows among paths of one priority",
	  .set = set_u32, .offset = PATH(weight), .min = 1, .max = 255 },

	{ .section = CONF_SECTION_IKE, .name = "proposals", .type = "list of proposals",
	  .def = "aes256gcm16-prfsha256-x25519-ecp256, aes256-sha256-x25519-ecp256",
	  .help = "algorithms of the IKE SA, best first",
	  .set = set_ike_proposal, .list_max = CONF_PROPOSALS_MAX },
	{ .section = CONF_SECTION_IKE, .name = "lifetime", .type = "duration", .def = "8h",
	  .help = "age at which the IKE SA is rekeyed",
	  .set = set_seconds, .offset = TUNNEL(ike_lifetime), .min = 10, .max = HOURS(24 * 30) },

	{ .section = CONF_SECTION_ESP, .name = "proposals", .type = "list of proposals",
	  .def = "aes256gcm16-x25519-ecp256",
	  .help = "algorithms of ESP, best first; with a group: perfect forward secrecy",
	  .set = set_esp_proposal, .list_max = CONF_PROPOSALS_MAX },
	{ .section = CONF_SECTION_ESP, .name = "lifetime", .type = "duration", .def = "1h",
	  .help = "age at which an ESP SA is rekeyed",
	  .set = set_seconds, .offset = TUNNEL(esp_lifetime), .min = 10, .max = HOURS(24 * 30) },
	{ .section = CONF_SECTION_ESP, .name = "bytes", .type = "size or none", .def = "none",
	  .help = "octets after which an ESP SA is rekeyed",
	  .set = set_size, .offset = TUNNEL(esp_bytes), .min = 1 << 20, .max = UINT64_MAX / 2 },
	{ .section = CONF_SECTION_ESP, .name = "packets", .type = "count or none", .def = "none",
	  .help = "packets after which an ESP SA is rekeyed",
	  .set = set_count, .offset = TUNNEL(esp_packets), .min = 1000, .max = UINT64_MAX / 2 },
	{ .section = CONF_SECTION_ESP, .name = "replay-window", .type = "number", .def = "1024",
	  .help = "packets that may come late",
	  .set = set_u32, .offset = TUNNEL(replay_window),
	  .min = IKEVTI_REPLAY_MIN, .max = IKEVTI_REPLAY_MAX },
	{ .section = CONF_SECTION_ESP, .name = "encap", .type = "auto, udp or none", .def = "auto",
	  .help = "ESP in UDP: when a NAT is found, always, or never",
	  .set = set_encap, .offset = TUNNEL(encap), .choices = encaps },
	{ .name = NULL }
};

const struct conf_key *conf_find_key(enum conf_section_id section,
				     const char *name)
{
	const struct conf_key *k;

	for (k = conf_keys; k->name; k++)
		if (k->section == section && !strcmp(k->name, name))
			return k;
	return NULL;
}

const struct conf_section *conf_find_section(enum conf_section_id parent,
					     const char *name)
{
	unsigned int i;

	for (i = CONF_SECTION_TOP + 1; i < CONF_SECTIONS; i++)
		if (conf_sections[i].parent == parent &&
		    !strcmp(conf_sections[i].name, name))
			return &conf_sections[i];
	return NULL;
}
