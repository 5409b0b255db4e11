/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One request to the ikevti family and its answer. */
#ifndef IKEVTI_TEST_NL_TALK_H
#define IKEVTI_TEST_NL_TALK_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <libmnl/libmnl.h>

#define TALK_ROOM 16384

struct talk {
	struct mnl_socket *nl;
	uint32_t portid;
	uint32_t seq;
	uint16_t family;
	uint32_t events_group;
	bool echo;	/* print the request that an error brings back, as the kernel left it */
	union {
		struct nlmsghdr nlh;
		uint8_t buf[TALK_ROOM];
	} req;	/* the request under construction */
};

/** talk_open() - bind a socket and resolve the family; Return: 0 or errno */
int talk_open(struct talk *t);

/** talk_close() - close the socket */
void talk_close(struct talk *t);

/** talk_start() - begin a request in @t->req */
void talk_start(struct talk *t, uint8_t cmd, uint16_t flags);

/**
 * talk_run() - send @t->req and hand every answer to @cb until done
 *
 * Prints the kernel's extended ack on stderr when it refuses.
 * Return: 0 or the errno the kernel answered.
 */
int talk_run(struct talk *t, mnl_cb_t cb, void *data);

/** talk_send() - send @t->req only; Return: 0 or errno */
int talk_send(struct talk *t);

/** talk_error() - print what an NLMSG_ERROR says; Return: its errno, 0 for an ack */
int talk_error(const struct talk *t, const struct nlmsghdr *nlh);

/**
 * enter_netns() - go to a network namespace by name or path
 *
 * Like "ip -n": nothing is mounted. Return: 0 or errno.
 */
int enter_netns(const char *name);

/* commands living in files of their own; all return an exit status */
int cmd_socket(struct talk *t, const char *name, int argc, char **argv);
int cmd_udp_encap(int argc, char **argv);
int cmd_raw(struct talk *t, int argc, char **argv);
int cmd_fuzz(struct talk *t, int argc, char **argv);
int cmd_bulk(struct talk *t, int argc, char **argv);

/** print_reply() - mnl callback: one line for a reply or an event; @data is a FILE */
int print_reply(const struct nlmsghdr *nlh, void *data);

/** cmd_number() - command by name, "dev-get", or number; Return: -1 if unknown */
int cmd_number(const char *name);

/* exit status of a usage error; the kernel's are errno values, far below */
#define EXIT_USAGE 250

#endif
