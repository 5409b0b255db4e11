/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables of the ikevti netlink attributes, used both to build requests from
 * name=value words and to print what the kernel answers.
 */
#ifndef IKEVTI_TEST_NL_ATTRS_H
#define IKEVTI_TEST_NL_ATTRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <libmnl/libmnl.h>

enum attr_kind {
	KIND_U8,
	KIND_U16,
	KIND_U32,
	KIND_U64,
	KIND_SPI,	/* u32 shown in hex */
	KIND_FLAG,
	KIND_IP4,
	KIND_IP6,
	KIND_HEX,
	KIND_STR,
	KIND_ENUM8,
	KIND_ENUM16,
	KIND_ENUM32,
	KIND_SELS,	/* the selectors of an SA */
	KIND_HOPS,	/* the next hops of a peer */
	KIND_NEST,
};

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

struct attr_set;

struct attr_def {
	uint16_t type;
	const char *name;
	enum attr_kind kind;
	const char *const *names;	/* of an enum, ends in NULL */
	const struct attr_set *nest;
};

struct attr_set {
	const struct attr_def *defs;
	size_t n_defs;
};

extern const struct attr_set attrs_top;
extern const struct attr_set attrs_dev;
extern const struct attr_set attrs_socket;
extern const struct attr_set attrs_path;
extern const struct attr_set attrs_peer;
extern const struct attr_set attrs_sa;
extern const struct attr_set attrs_event;

/**
 * attrs_put() - append one attribute given as words
 * @nlh: message under construction, of @room octets
 * @set: the nest the attribute belongs to
 * @key: name from the table
 * @value: text, decimal or 0x for numbers, hex octets for keys
 *
 * Return: 0, or -1 after a message on stderr.
 */
int attrs_put(struct nlmsghdr *nlh, size_t room, const struct attr_set *set,
	      const char *key, const char *value);

/** attrs_print() - " name=value" for every attribute in @len octets at @data */
void attrs_print(FILE *out, const struct attr_set *set, const void *data, size_t len);

/**
 * attrs_locate() - name the attribute at an offset of a request
 * @nlh: the request
 * @offset: from the start of @nlh, as NLMSGERR_ATTR_OFFS has it
 * @buf: receives for example "sa.selectors.selector.end", or ""
 * @size: of @buf
 */
void attrs_locate(const struct nlmsghdr *nlh, uint32_t offset, char *buf, size_t size);

/** parse_hex() - octets of @hex into @out; Return: their number or -1 */
int parse_hex(const char *hex, uint8_t *out, size_t size);

/** parse_number() - the whole of @text as a number; Return: 0 or -1 */
int parse_number(const char *text, uint64_t *value);

#endif
