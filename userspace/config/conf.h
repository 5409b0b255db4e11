/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the configuration file says, checked and with defaults filled in. Pure
 * data: the engine, the kernel side and the control socket read it; nobody
 * changes it after conf_load(). Reference counted, so that an SA keeps the
 * tunnel it was made from while a reload brings another.
 */
#ifndef CONFIG_CONF_H
#define CONFIG_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "net/addr.h"

#define CONF_NAME_MAX		64
#define CONF_IFNAME_MAX		16
#define CONF_ADDRESSES_MAX	16
#define CONF_PATHS_MAX		16
#define CONF_PROPOSALS_MAX	16
#define CONF_SELECTORS_MAX	32
#define CONF_ID_MAX		256
#define CONF_SECRET_MAX		512
#define CONF_TUNNELS_MAX	65536

/**
 * struct conf_id - an IKE identity (RFC 7296 section 3.5)
 * @type: ID type number: ID_IPV4_ADDR 1, ID_FQDN 2, ID_RFC822_ADDR 3,
 *        ID_IPV6_ADDR 5, ID_KEY_ID 11; 0 stands for "any" (remote only)
 * @len: octets in @data
 * @text: as the admin wrote it, for people
 */
struct conf_id {
	uint8_t type;
	uint16_t len;
	uint8_t data[CONF_ID_MAX];
	char text[CONF_ID_MAX];
};

/* What one proposal token, say aes256gcm16-prfsha256-x25519, stands for */
struct conf_proposal {
	uint16_t encr;		/* transform type 1 id */
	uint16_t key_bits;
	uint16_t prf;		/* transform type 2, 0 for ESP */
	uint16_t integ;		/* transform type 3, 0 with AEAD */
	uint16_t groups[8];	/* transform type 4; for ESP: PFS, may be none */
	uint8_t n_groups;
	bool esn;		/* ESP: offer and accept ESN */
	bool no_esn;		/* ESP: offer and accept plain sequence numbers */
};

struct conf_prefix {
	struct net_addr addr;
	uint8_t len;
};

/**
 * struct conf_selector - a range of inner addresses (RFC 7296 section 3.13.1)
 *
 * Protocol and ports are always "any": the kernel admits by address.
 */
struct conf_selector {
	struct net_addr start;
	struct net_addr end;
};

enum conf_encap {
	CONF_ENCAP_AUTO,	/* UDP when a NAT is found */
	CONF_ENCAP_UDP,		/* always: claim a NAT in NAT detection */
	CONF_ENCAP_NONE,	/* native ESP; behind a NAT the tunnel is refused */
};

enum conf_start {
	CONF_START_ALWAYS,
	CONF_START_TRAFFIC,	/* on the kernel's acquire event */
	CONF_START_LISTEN,
};

struct conf_path {
	char name[CONF_NAME_MAX];
	uint32_t id;		/* unique within the tunnel, from 1, by order */
	struct net_addr local;	/* may be "any": the route decides */
	struct net_addr remote;	/* may be "any" with start = listen */
	uint16_t remote_port;	/* IKE port of the peer, default 500 */
	uint32_t priority;
	uint32_t weight;
};

struct conf_auth {
	struct conf_id id;
	/* auth = psk is the only method so far */
	uint8_t psk[CONF_SECRET_MAX];
	uint16_t psk_len;
};

struct conf_tunnel {
	unsigned int refs;
	char name[CONF_NAME_MAX];
	unsigned int line;	/* where it stands in its file */
	char device[CONF_IFNAME_MAX];
	struct conf_prefix addresses[CONF_ADDRESSES_MAX];
	unsigned int n_addresses;
	struct conf_auth local;
	struct conf_auth remote;	/* psk: what the peer must know, none: the same */
	struct conf_path paths[CONF_PATHS_MAX];
	unsigned int n_paths;
	struct conf_selector local_ts[CONF_SELECTORS_MAX];
	unsigned int n_local_ts;	/* default 0.0.0.0/0 and ::/0 */
	struct conf_selector remote_ts[CONF_SELECTORS_MAX];
	unsigned int n_remote_ts;

	struct conf_proposal ike[CONF_PROPOSALS_MAX];
	unsigned int n_ike;
	uint32_t ike_lifetime;		/* seconds until rekey */

	struct conf_proposal esp[CONF_PROPOSALS_MAX];
	unsigned int n_esp;
	uint32_t esp_lifetime;		/* seconds until rekey */
	uint64_t esp_bytes;		/* 0: none */
	uint64_t esp_packets;
	uint32_t replay_window;		/* packets */
	enum conf_encap encap;

	uint32_t detect_ms;		/* failure detection time */
	uint32_t keepalive;		/* seconds, NAT keepalive */
	enum conf_start start;
	uint32_t mtu;			/* 0: auto */
	uint32_t mss_clamp;		/* IKEVTI_MSS_* or a number */
	uint32_t fwmark;
	uint32_t hold_ms;
};

/* The daemon's own section, "daemon { … }" */
struct conf_daemon {
	uint16_t port;			/* 500 */
	uint16_t natt_port;		/* 4500 */
	uint32_t cookie_threshold;	/* half-open SAs before COOKIE, 30 */
	uint32_t half_open_max;		/* after which INITs are dropped, 1000 */
	uint32_t half_open_per_address;	/* 5 */
	unsigned int workers;		/* crypto threads, 0: by CPU */
};

struct conf {
	unsigned int refs;
	struct conf_daemon daemon;
	struct conf_tunnel **tunnels;	/* in file order */
	struct conf_tunnel **by_name;	/* the same, sorted by name */
	size_t n_tunnels;
};

/* One thing wrong in a file, with its cure */
struct conf_error {
	char file[256];
	unsigned int line;
	unsigned int column;
	char text[512];
};

struct conf_errors {
	struct conf_error *list;
	size_t n;
	size_t cap;
	bool more;		/* there were more than are kept */
	/* what is allowed, and most likely not meant */
	struct conf_error *warnings;
	size_t n_warnings;
	size_t cap_warnings;
	bool more_warnings;
};

/**
 * conf_load() - read @path, what it includes, and the secrets it names
 * @errors: filled with everything wrong, never only the first; what it held
 *          before is overwritten, not freed. Warnings may be in it when
 *          nothing is wrong, too.
 *
 * Return: the configuration with one reference, NULL when anything is wrong
 */
struct conf *conf_load(const char *path, struct conf_errors *errors);

/**
 * conf_load_text() - the same from memory, without any file: for tests
 * @name: what errors call @text; the secrets are called "secrets"
 *
 * `include` and `secrets =` are errors in it.
 */
struct conf *conf_load_text(const char *name, const char *text, size_t len,
			    const char *secrets, size_t secrets_len,
			    struct conf_errors *errors);

struct conf *conf_ref(struct conf *c);
void conf_unref(struct conf *c);	/* cleanses secrets with the last one */
struct conf_tunnel *conf_tunnel_ref(struct conf_tunnel *t);
void conf_tunnel_unref(struct conf_tunnel *t);
struct conf_tunnel *conf_find_tunnel(const struct conf *c, const char *name);

/**
 * conf_tunnel_same() - would @a and @b make the same SAs and device?
 * Used by a reload to leave untouched what did not change.
 */
bool conf_tunnel_same(const struct conf_tunnel *a, const struct conf_tunnel *b);

/**
 * conf_keep_path_ids() - give paths of @now the numbers they have in @before
 *
 * By tunnel and name: a path written above another must not change what the
 * kernel has of that one. New paths get numbers that are free. For a
 * configuration nobody else has seen yet.
 */
void conf_keep_path_ids(const struct conf *before, struct conf *now);

/* A file, two numbers and a text */
#define CONF_ERROR_LINE	(sizeof(struct conf_error) + 32)

/** conf_error_line() - "file:line:column: text", less what it has not; returns @buf */
const char *conf_error_line(const struct conf_error *e, char *buf, size_t size);

/** conf_warning_line() - the same of a warning, "file:line:column: warning: text" */
const char *conf_warning_line(const struct conf_error *e, char *buf, size_t size);

/** conf_errors_print() - one line each, "file:line:column: text"; warnings say so */
void conf_errors_print(const struct conf_errors *errors, FILE *to);

/** conf_errors_free() - free the list and leave @errors empty */
void conf_errors_free(struct conf_errors *errors);

#endif
