/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ikevtictl init, in parts: answers (init.c), texts (init_text.c), files (init_file.c) */
#ifndef CLI_INIT_H
#define CLI_INIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/conf.h"

#define INIT_TEXT_MAX	4096

enum init_peer {
	INIT_PEER_IKEVTI,
	INIT_PEER_STRONGSWAN,
	INIT_PEER_LIBRESWAN,
};

/**
 * struct init - what a tunnel's two ends are made from
 * @peer: what runs at the other end
 * @name: of the tunnel
 * @device: here, and there where it can have the same
 * @local, @remote: outer addresses; @remote may be "any"
 * @seen: @local as the other end reaches it, "any" when it cannot
 * @id, @remote_id: identities
 * @inner: the last octets of the inner addresses are 1 here and 2 there
 * @if_id: of an XFRM interface there
 * @secret: base64
 * @dir: of our configuration
 * @out: of the other side's files
 */
struct init {
	enum init_peer peer;
	char name[CONF_NAME_MAX];
	char device[CONF_IFNAME_MAX];
	char local[NET_ADDR_STRLEN];
	char remote[NET_ADDR_STRLEN];
	char seen[NET_ADDR_STRLEN];
	char id[CONF_ID_MAX];
	char remote_id[CONF_ID_MAX];
	char inner4[16];
	char inner6[32];
	uint16_t if_id;
	char secret[64];
	char dir[256];
	char out[256];
};

/* One file of the other side */
struct init_file {
	const char *name;
	const char *place;	/* where it belongs there */
	char text[INIT_TEXT_MAX];
};

/** init_ours() - our tunnel, and our secret, as text to be added to what is there */
void init_ours(const struct init *in, char *conf, char *secrets);

/**
 * init_theirs() - the files of the other side
 * @files: room for two
 * Return: how many there are
 */
size_t init_theirs(const struct init *in, struct init_file *files);

/** init_say_theirs() - what is to be run there, on stdout */
void init_say_theirs(const struct init *in);

/**
 * init_free_device() - the first vpnN that neither the kernel nor a tunnel has
 * Return: false when our configuration is not good as it is, which has been said
 */
bool init_free_device(struct init *in);

/**
 * init_save_ours() - add to ikevti.conf and secrets.conf, and see that both are good then
 *
 * Nothing is changed on failure, which has been said.
 */
bool init_save_ours(const struct init *in);

/** init_save_theirs() - write the other side's files, closed to others */
bool init_save_theirs(const struct init *in);

#endif
