/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What ip offers its plugins, and wants of them. iproute2 has no header for
 * that; this is what its version 6.1 expects (Debian 12), and a plugin must fit
 * the ip that loads it. The functions are those of the program ip, which
 * exports its symbols.
 */
#ifndef IKEVTI_IPROUTE2_IP_H
#define IKEVTI_IPROUTE2_IP_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct nlmsghdr;
struct rtattr;

/**
 * struct link_util - how ip calls a plugin
 * @next: ip's list
 * @id: kind
 * @maxattr: highest attribute that @print_opt takes
 * @parse_opt: puts the words behind "type KIND" into a request
 * @print_opt: prints the attributes of a link, by type
 * @print_xstats: unused here
 * @print_help: for "ip link help KIND"
 * @parse_ifla_xstats: takes the words behind "ip link xstats type KIND"
 * @print_ifla_xstats: prints an answer to it
 */
struct link_util {
	struct link_util *next;
	const char *id;
	int maxattr;
	int (*parse_opt)(struct link_util *lu, int argc, char **argv, struct nlmsghdr *n);
	void (*print_opt)(struct link_util *lu, FILE *f, struct rtattr *tb[]);
	void (*print_xstats)(struct link_util *lu, FILE *f, struct rtattr *xstats);
	void (*print_help)(struct link_util *lu, int argc, char **argv, FILE *f);
	int (*parse_ifla_xstats)(struct link_util *lu, int argc, char **argv);
	int (*print_ifla_xstats)(struct nlmsghdr *n, void *arg);
};

#define REQUEST_MAX	1024	/* octets of ip's request */
#define PRINT_ANY	4	/* as text or as JSON, whichever is asked for */
#define PRINT_JSON	2
#define PRINT_TEXT	1
#define COLOR_IFNAME	0
#define COLOR_NONE	6

int addattr_l(struct nlmsghdr *n, int maxlen, int type, const void *data, int len);
int parse_rtattr(struct rtattr *tb[], int max, struct rtattr *rta, int len);
unsigned int ll_name_to_index(const char *name);
const char *ll_index_to_name(unsigned int index);
void open_json_object(const char *name);
void close_json_object(void);
int print_color_string(int type, int color, const char *key, const char *fmt, const char *value);
int print_color_uint(int type, int color, const char *key, const char *fmt, unsigned int value);
int print_color_u64(int type, int color, const char *key, const char *fmt, uint64_t value);
int print_color_bool(int type, int color, const char *key, const char *fmt, bool value);
int print_color_0xhex(int type, int color, const char *key, const char *fmt,
		      unsigned long long value);

/* ip looks for this name in link_ikevti.so */
extern struct link_util ikevti_link_util;

#endif
