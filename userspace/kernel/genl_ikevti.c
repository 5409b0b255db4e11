// SPDX-License-Identifier: GPL-2.0-or-later
/* Commands and events of the generic netlink family "ikevti" */
#include "kernel/genl_ikevti.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "kernel/absent.h"
#include "kernel/genl_parse.h"

#define GENL_DUMP_TRIES		8
#define GENL_EVENT_BURST	64

/* IANA transform ids of types 1 and 3 that the module can do */
#define GENL_ENCR_AES_CBC	12
#define GENL_ENCR_AES_GCM_16	20
#define GENL_INTEG_SHA2_256_128	12
#define GENL_INTEG_SHA2_384_192	13
#define GENL_INTEG_SHA2_512_256	14

struct genl_request {
	uint8_t buf[NL_REQUEST_MAX];
	struct nlmsghdr *nlh;
};

static void genl_begin(const struct genl_ikevti *g, struct genl_request *r,
		       uint8_t cmd, uint32_t ifindex)
{
	const struct elsewhere_place *place;
	struct genlmsghdr *genl;

	memset(r->buf, 0, NLMSG_HDRLEN + GENL_HDRLEN);
	r->nlh = mnl_nlmsg_put_header(r->buf);
	r->nlh->nlmsg_type = g->family;
	genl = mnl_nlmsg_put_extra_header(r->nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = IKEVTI_GENL_VERSION;
	place = elsewhere_place(g->elsewhere, ifindex);
	if (place)
		mnl_attr_put_u32(r->nlh, IKEVTI_A_NETNSID,
				 (uint32_t)place->nsid);
	if (ifindex)
		mnl_attr_put_u32(r->nlh, IKEVTI_A_IFINDEX,
				 place ? place->ifindex : ifindex);
}

/* The number of the device that the kernel speaks of, 0: not to be had */
static uint32_t genl_number(struct genl_ikevti *g, const struct nlmsghdr *nlh,
			    uint32_t ifindex)
{
	int32_t nsid;

	if (!ifindex || !genl_parse_elsewhere(nlh, &nsid))
		return ifindex;
	return elsewhere_number(g->elsewhere, nsid, ifindex);
}

/*
 * Without the module there is nobody to ask: the number that its family had
 * may be another one's by now.
 */
static int genl_talk(struct genl_ikevti *g, struct genl_request *r, nl_cb cb,
		     void *ctx)
{
	if (g->family)
		return nl_talk(&g->ask, r->nlh, cb, ctx);
	snprintf(g->why, KERNEL_WHY_LEN, "the kernel module ikevti is not loaded");
	return ENODEV;
}

/* ---- the family ---- */

struct genl_find {
	uint16_t family;
	uint32_t group;
};

static int genl_find_groups(const struct nlattr *groups, struct genl_find *f)
{
	const struct nlattr *one;

	mnl_attr_for_each_nested(one, groups) {
		struct nl_attrs wrap = { .tb = { [1] = one } };
		char name[GENL_NAMSIZ];
		struct nl_attrs a;

		nl_attrs_nest(&a, &wrap, 1);
		if (nl_string(&a, CTRL_ATTR_MCAST_GRP_NAME, name, sizeof(name)) &&
		    !strcmp(name, IKEVTI_MCGRP_EVENTS))
			f->group = nl_u32(&a, CTRL_ATTR_MCAST_GRP_ID, 0);
		if (a.bad)
			return EBADMSG;
	}
	return 0;
}

static int genl_find_cb(const struct nlmsghdr *nlh, void *ctx)
{
	struct genl_find *f = ctx;
	struct nl_attrs a;

	nl_attrs_msg(&a, nlh, sizeof(struct genlmsghdr));
	f->family = nl_u16(&a, CTRL_ATTR_FAMILY_ID, 0);
	if (a.bad)
		return EBADMSG;
	if (!nl_has(&a, CTRL_ATTR_MCAST_GROUPS))
		return 0;
	return genl_find_groups(a.tb[CTRL_ATTR_MCAST_GROUPS], f);
}

static int genl_find_family(struct genl_ikevti *g)
{
	struct genl_request r;
	struct genl_find f = { 0 };
	struct utsname u;
	int err;

	g->family = GENL_ID_CTRL;
	genl_begin(g, &r, CTRL_CMD_GETFAMILY, 0);
	mnl_attr_put_strz(r.nlh, CTRL_ATTR_FAMILY_NAME, IKEVTI_GENL_NAME);
	err = nl_talk(&g->ask, r.nlh, genl_find_cb, &f);
	if (err == ENOENT) {
		g->family = 0;
		uname(&u);
		absent_why("", u.release, g->why, KERNEL_WHY_LEN);
		return err;
	}
	g->family = err ? 0 : f.family;
	if (!err && (!f.family || !f.group)) {
		snprintf(g->why, KERNEL_WHY_LEN,
			 "the kernel's family \"%s\" lacks its group \"%s\"",
			 IKEVTI_GENL_NAME, IKEVTI_MCGRP_EVENTS);
		return EPROTO;
	}
	g->group = f.group;
	return err;
}

static int genl_join(struct genl_ikevti *g)
{
	int err = genl_find_family(g);

	if (err)
		return err;
	err = nl_join(&g->events, g->group);
	if (err)
		snprintf(g->why, KERNEL_WHY_LEN,
			 "cannot listen to the events of the kernel module: %s",
			 strerror(err));
	return err;
}

int genl_ikevti_open(struct genl_ikevti *g, struct elsewhere *elsewhere,
		     char *why)
{
	int err;

	memset(g, 0, sizeof(*g));
	g->elsewhere = elsewhere;
	g->why = why;
	err = nl_open(&g->ask, NETLINK_GENERIC, false, why);
	if (err)
		return err;
	err = nl_open(&g->events, NETLINK_GENERIC, true, why);
	if (err)
		goto fail;
	err = genl_join(g);
	if (err)
		goto fail;
	/* families that come and go; without it a module that does is not noticed */
	nl_join(&g->events, GENL_ID_CTRL);
	return 0;
fail:
	genl_ikevti_close(g);
	return err;
}

void genl_ikevti_close(struct genl_ikevti *g)
{
	nl_close(&g->ask);
	nl_close(&g->events);
}

/* ---- lists ---- */

/**
 * struct genl_list - a dump being collected
 * @parse: fills one element, which begins with the number of its device;
 *         false when the message is malformed
 */
struct genl_list {
	struct genl_ikevti *g;
	bool (*parse)(const struct nlmsghdr *nlh, void *element);
	size_t size;
	char *list;
	size_t n;
	size_t cap;
	uint32_t ifindex;
};

static int genl_list_cb(const struct nlmsghdr *nlh, void *ctx)
{
	struct genl_list *l = ctx;
	uint32_t *ifindex;

	if (l->n == l->cap) {
		size_t cap = l->cap ? l->cap * 2 : 16;
		void *list = reallocarray(l->list, cap, l->size);

		if (!list)
			return ENOMEM;
		l->list = list;
		l->cap = cap;
	}
	ifindex = (uint32_t *)(void *)(l->list + l->n * l->size);
	if (!l->parse(nlh, ifindex))
		return EBADMSG;
	*ifindex = genl_number(l->g, nlh, *ifindex);
	if (!*ifindex)
		return ENOMEM;
	l->n++;
	return 0;
}

/* Dump until one was not disturbed; the caller frees the list */
static int genl_dump(struct genl_ikevti *g, uint8_t cmd, struct genl_list *l)
{
	struct genl_request r;
	int tries = GENL_DUMP_TRIES;
	int err;

	do {
		l->n = 0;
		genl_begin(g, &r, cmd, l->ifindex);
		r.nlh->nlmsg_flags |= NLM_F_DUMP;
		err = genl_talk(g, &r, genl_list_cb, l);
	} while (err == EINTR && --tries);

	if (err == EINTR)
		err = 0;	/* changing all the time: as good as it gets */
	if (err || !l->n) {
		free(l->list);
		l->list = NULL;
		l->n = 0;
	}
	return err;
}

/* ---- devices ---- */

static bool genl_parse_device_any(const struct nlmsghdr *nlh, void *element)
{
	return genl_parse_device(nlh, element);
}

static bool genl_parse_path_any(const struct nlmsghdr *nlh, void *element)
{
	return genl_parse_path(nlh, element);
}

static bool genl_parse_sa_any(const struct nlmsghdr *nlh, void *element)
{
	return genl_parse_sa(nlh, element);
}

static int genl_device_cb(const struct nlmsghdr *nlh, void *ctx)
{
	return genl_parse_device(nlh, ctx) ? 0 : EBADMSG;
}

int genl_device_get(struct genl_ikevti *g, uint32_t ifindex,
		    struct kernel_device *out)
{
	struct genl_request r;
	int err;

	genl_begin(g, &r, IKEVTI_CMD_DEV_GET, ifindex);
	err = genl_talk(g, &r, genl_device_cb, out);
	out->ifindex = ifindex;
	return err;
}

int genl_device_list(struct genl_ikevti *g, struct kernel_device **list,
		     size_t *n)
{
	struct genl_list l = {
		.g = g,
		.parse = genl_parse_device_any,
		.size = sizeof(**list),
	};
	int err = genl_dump(g, IKEVTI_CMD_DEV_GET, &l);

	*list = (struct kernel_device *)l.list;
	*n = l.n;
	return err;
}

/* ---- paths ---- */

static void genl_put_address(struct nlmsghdr *nlh, const struct net_addr *a,
			     uint16_t type4, uint16_t type6)
{
	if (a->family == AF_INET)
		mnl_attr_put(nlh, type4, 4, a->ip);
	else if (a->family == AF_INET6)
		mnl_attr_put(nlh, type6, 16, a->ip);
}

int genl_path_set(struct genl_ikevti *g, uint32_t ifindex,
		  const struct ike_kernel_path *p)
{
	struct genl_request r;
	struct nlattr *nest;

	genl_begin(g, &r, IKEVTI_CMD_PATH_SET, ifindex);
	nest = mnl_attr_nest_start(r.nlh, IKEVTI_A_PATH);
	mnl_attr_put_u32(r.nlh, IKEVTI_PATH_A_ID, p->path);
	genl_put_address(r.nlh, &p->local, IKEVTI_PATH_A_LOCAL4,
			 IKEVTI_PATH_A_LOCAL6);
	genl_put_address(r.nlh, &p->remote, IKEVTI_PATH_A_REMOTE4,
			 IKEVTI_PATH_A_REMOTE6);
	mnl_attr_put_u8(r.nlh, IKEVTI_PATH_A_ENCAP,
			p->udp ? IKEVTI_ENCAP_UDP : IKEVTI_ENCAP_NONE);
	if (p->udp) {
		mnl_attr_put_u16(r.nlh, IKEVTI_PATH_A_LOCAL_PORT, p->local.port);
		mnl_attr_put_u16(r.nlh, IKEVTI_PATH_A_REMOTE_PORT,
				 p->remote.port);
		mnl_attr_put_u32(r.nlh, IKEVTI_PATH_A_KEEPALIVE, p->keepalive);
	}
	mnl_attr_put_u8(r.nlh, IKEVTI_PATH_A_STATE, p->state);
	mnl_attr_put_u32(r.nlh, IKEVTI_PATH_A_PRIORITY, p->priority);
	mnl_attr_put_u32(r.nlh, IKEVTI_PATH_A_WEIGHT, p->weight ? p->weight : 1);
	mnl_attr_nest_end(r.nlh, nest);
	return genl_talk(g, &r, NULL, NULL);
}

static void genl_begin_path(const struct genl_ikevti *g, struct genl_request *r,
			    uint8_t cmd, uint32_t ifindex, uint32_t id)
{
	struct nlattr *nest;

	genl_begin(g, r, cmd, ifindex);
	nest = mnl_attr_nest_start(r->nlh, IKEVTI_A_PATH);
	mnl_attr_put_u32(r->nlh, IKEVTI_PATH_A_ID, id);
	mnl_attr_nest_end(r->nlh, nest);
}

int genl_path_del(struct genl_ikevti *g, uint32_t ifindex, uint32_t id)
{
	struct genl_request r;

	genl_begin_path(g, &r, IKEVTI_CMD_PATH_DEL, ifindex, id);
	return genl_talk(g, &r, NULL, NULL);
}

static int genl_path_cb(const struct nlmsghdr *nlh, void *ctx)
{
	return genl_parse_path(nlh, ctx) ? 0 : EBADMSG;
}

int genl_path_get(struct genl_ikevti *g, uint32_t ifindex, uint32_t id,
		  struct kernel_path *out)
{
	struct genl_request r;
	int err;

	memset(out, 0, sizeof(*out));
	genl_begin_path(g, &r, IKEVTI_CMD_PATH_GET, ifindex, id);
	err = genl_talk(g, &r, genl_path_cb, out);
	out->ifindex = ifindex;
	return err;
}

int genl_path_list(struct genl_ikevti *g, uint32_t ifindex,
		   struct kernel_path **list, size_t *n)
{
	struct genl_list l = {
		.g = g,
		.parse = genl_parse_path_any,
		.size = sizeof(**list),
		.ifindex = ifindex,
	};
	int err = genl_dump(g, IKEVTI_CMD_PATH_GET, &l);

	*list = (struct kernel_path *)l.list;
	*n = l.n;
	return err;
}

/* ---- SAs ---- */

static int genl_sa_cb(const struct nlmsghdr *nlh, void *ctx)
{
	return genl_parse_sa(nlh, ctx) ? 0 : EBADMSG;
}

int genl_spi_alloc(struct genl_ikevti *g, uint32_t ifindex,
		   const struct ike_kernel_sa *sa, uint32_t *spi)
{
	struct kernel_sa got = { 0 };
	struct genl_request r;
	struct nlattr *nest;
	int err;

	genl_begin(g, &r, IKEVTI_CMD_SPI_ALLOC, ifindex);
	nest = mnl_attr_nest_start(r.nlh, IKEVTI_A_SA);
	mnl_attr_put_u32(r.nlh, IKEVTI_SA_A_PATH, sa->path);
	mnl_attr_put_u32(r.nlh, IKEVTI_SA_A_LANE, sa->lane);
	mnl_attr_nest_end(r.nlh, nest);
	err = genl_talk(g, &r, genl_sa_cb, &got);
	if (!err && !got.spi) {
		snprintf(g->why, KERNEL_WHY_LEN, "the kernel gave no SPI");
		return EPROTO;
	}
	*spi = got.spi;
	return err;
}

static void genl_put_selector(struct nlmsghdr *nlh, enum ikevti_side side,
			      const struct conf_selector *s)
{
	size_t len = net_addr_len(&s->start);
	struct nlattr *nest;

	nest = mnl_attr_nest_start(nlh, IKEVTI_SELS_A_SELECTOR);
	mnl_attr_put_u8(nlh, IKEVTI_SEL_A_SIDE, side);
	mnl_attr_put(nlh, IKEVTI_SEL_A_START, len, s->start.ip);
	mnl_attr_put(nlh, IKEVTI_SEL_A_END, len, s->end.ip);
	mnl_attr_nest_end(nlh, nest);
}

static void genl_put_selectors(struct nlmsghdr *nlh,
			       const struct ike_kernel_sa *sa)
{
	struct nlattr *nest;
	unsigned int i;

	if (!sa->n_local_ts && !sa->n_remote_ts)
		return;
	nest = mnl_attr_nest_start(nlh, IKEVTI_SA_A_SELECTORS);
	for (i = 0; i < sa->n_local_ts && i < CONF_SELECTORS_MAX; i++)
		genl_put_selector(nlh, IKEVTI_SIDE_LOCAL, &sa->local_ts[i]);
	for (i = 0; i < sa->n_remote_ts && i < CONF_SELECTORS_MAX; i++)
		genl_put_selector(nlh, IKEVTI_SIDE_REMOTE, &sa->remote_ts[i]);
	mnl_attr_nest_end(nlh, nest);
}

static void genl_put_limit64(struct nlmsghdr *nlh, uint16_t type, uint64_t v)
{
	if (v)
		mnl_attr_put_u64(nlh, type, v);
}

static void genl_put_limits(struct nlmsghdr *nlh,
			    const struct ike_kernel_sa *sa)
{
	genl_put_limit64(nlh, IKEVTI_SA_A_SOFT_BYTES, sa->soft_bytes);
	genl_put_limit64(nlh, IKEVTI_SA_A_HARD_BYTES, sa->hard_bytes);
	genl_put_limit64(nlh, IKEVTI_SA_A_SOFT_PACKETS, sa->soft_packets);
	genl_put_limit64(nlh, IKEVTI_SA_A_HARD_PACKETS, sa->hard_packets);
	if (sa->soft_seconds)
		mnl_attr_put_u32(nlh, IKEVTI_SA_A_SOFT_SECONDS, sa->soft_seconds);
	if (sa->hard_seconds)
		mnl_attr_put_u32(nlh, IKEVTI_SA_A_HARD_SECONDS, sa->hard_seconds);
}

static void genl_put_sa_name(struct nlmsghdr *nlh, bool inbound, uint32_t spi,
			     uint32_t path, uint32_t lane)
{
	mnl_attr_put_u8(nlh, IKEVTI_SA_A_DIR,
			inbound ? IKEVTI_SA_IN : IKEVTI_SA_OUT);
	mnl_attr_put_u32(nlh, IKEVTI_SA_A_SPI, spi);
	mnl_attr_put_u32(nlh, IKEVTI_SA_A_PATH, path);
	mnl_attr_put_u32(nlh, IKEVTI_SA_A_LANE, lane);
}

/* The module's number for what was negotiated, 0 when it has none */
static uint32_t genl_aead(const struct ike_kernel_sa *sa)
{
	if (sa->key_len != 16 && sa->key_len != 32)
		return 0;
	if (sa->encr == GENL_ENCR_AES_GCM_16)
		return IKEVTI_AEAD_AES_GCM_16;
	if (sa->encr != GENL_ENCR_AES_CBC)
		return 0;
	switch (sa->integ) {
	case GENL_INTEG_SHA2_256_128:
		return IKEVTI_AEAD_AES_CBC_HMAC_SHA256_128;
	case GENL_INTEG_SHA2_384_192:
		return IKEVTI_AEAD_AES_CBC_HMAC_SHA384_192;
	case GENL_INTEG_SHA2_512_256:
		return IKEVTI_AEAD_AES_CBC_HMAC_SHA512_256;
	default:
		return 0;
	}
}

int genl_sa_add(struct genl_ikevti *g, uint32_t ifindex,
		const struct ike_kernel_sa *sa)
{
	uint32_t aead = genl_aead(sa);
	struct genl_request r;
	struct nlattr *nest;
	int err;

	if (!aead) {
		snprintf(g->why, KERNEL_WHY_LEN,
			 "the kernel does AES-GCM-16, or AES-CBC with HMAC-SHA-2, with 128 or 256 bits, not transforms %u and %u with %u bits",
			 sa->encr, sa->integ, sa->key_len * 8u);
		return EPROTONOSUPPORT;
	}
	genl_begin(g, &r, IKEVTI_CMD_SA_SET, ifindex);
	nest = mnl_attr_nest_start(r.nlh, IKEVTI_A_SA);
	genl_put_sa_name(r.nlh, sa->inbound, sa->spi, sa->path, sa->lane);
	mnl_attr_put_u32(r.nlh, IKEVTI_SA_A_AEAD, aead);
	mnl_attr_put(r.nlh, IKEVTI_SA_A_KEY, sa->key_len, sa->key);
	if (sa->auth_key_len)
		mnl_attr_put(r.nlh, IKEVTI_SA_A_AUTH_KEY, sa->auth_key_len, sa->auth_key);
	else
		mnl_attr_put(r.nlh, IKEVTI_SA_A_SALT, sizeof(sa->salt), sa->salt);
	if (sa->esn)
		mnl_attr_put(r.nlh, IKEVTI_SA_A_ESN, 0, NULL);
	if (sa->inbound) {
		mnl_attr_put_u32(r.nlh, IKEVTI_SA_A_REPLAY_WINDOW,
				 sa->replay_window);
		if (sa->peer_spi)
			mnl_attr_put_u32(r.nlh, IKEVTI_SA_A_PEER_SPI,
					 sa->peer_spi);
	}
	genl_put_limits(r.nlh, sa);
	genl_put_selectors(r.nlh, sa);
	mnl_attr_nest_end(r.nlh, nest);
	err = genl_talk(g, &r, NULL, NULL);
	OPENSSL_cleanse(r.buf, sizeof(r.buf));
	return err;
}

int genl_sa_del(struct genl_ikevti *g, uint32_t ifindex, bool inbound,
		uint32_t spi, uint32_t path, uint32_t lane)
{
	struct genl_request r;
	struct nlattr *nest;

	genl_begin(g, &r, IKEVTI_CMD_SA_DEL, ifindex);
	nest = mnl_attr_nest_start(r.nlh, IKEVTI_A_SA);
	genl_put_sa_name(r.nlh, inbound, spi, path, lane);
	mnl_attr_nest_end(r.nlh, nest);
	return genl_talk(g, &r, NULL, NULL);
}

int genl_sa_get(struct genl_ikevti *g, uint32_t ifindex, bool inbound,
		uint32_t spi, uint32_t path, uint32_t lane,
		struct kernel_sa *out)
{
	struct genl_request r;
	struct nlattr *nest;
	int err;

	memset(out, 0, sizeof(*out));
	genl_begin(g, &r, IKEVTI_CMD_SA_GET, ifindex);
	nest = mnl_attr_nest_start(r.nlh, IKEVTI_A_SA);
	genl_put_sa_name(r.nlh, inbound, spi, path, lane);
	mnl_attr_nest_end(r.nlh, nest);
	err = genl_talk(g, &r, genl_sa_cb, out);
	out->ifindex = ifindex;
	return err;
}

int genl_sa_list(struct genl_ikevti *g, uint32_t ifindex,
		 struct kernel_sa **list, size_t *n)
{
	struct genl_list l = {
		.g = g,
		.parse = genl_parse_sa_any,
		.size = sizeof(**list),
		.ifindex = ifindex,
	};
	int err = genl_dump(g, IKEVTI_CMD_SA_GET, &l);

	*list = (struct kernel_sa *)l.list;
	*n = l.n;
	return err;
}

int genl_flush(struct genl_ikevti *g, uint32_t ifindex)
{
	struct genl_request r;

	genl_begin(g, &r, IKEVTI_CMD_FLUSH, ifindex);
	return genl_talk(g, &r, NULL, NULL);
}

/* ---- sockets ---- */

int genl_socket_attach(struct genl_ikevti *g, int fd)
{
	struct genl_request r;
	struct nlattr *nest;

	genl_begin(g, &r, IKEVTI_CMD_SOCKET_ATTACH, 0);
	nest = mnl_attr_nest_start(r.nlh, IKEVTI_A_SOCKET);
	mnl_attr_put_u32(r.nlh, IKEVTI_SOCKET_A_FD, (uint32_t)fd);
	mnl_attr_nest_end(r.nlh, nest);
	return genl_talk(g, &r, NULL, NULL);
}

static int genl_fd_cb(const struct nlmsghdr *nlh, void *ctx)
{
	return genl_parse_fd(nlh, ctx) ? 0 : EBADMSG;
}

static void genl_begin_socket(const struct genl_ikevti *g,
			      struct genl_request *r, uint8_t cmd,
			      sa_family_t family, uint16_t port)
{
	struct nlattr *nest;

	genl_begin(g, r, cmd, 0);
	nest = mnl_attr_nest_start(r->nlh, IKEVTI_A_SOCKET);
	mnl_attr_put_u16(r->nlh, IKEVTI_SOCKET_A_FAMILY, family);
	mnl_attr_put_u16(r->nlh, IKEVTI_SOCKET_A_LOCAL_PORT, port);
	mnl_attr_nest_end(r->nlh, nest);
}

int genl_socket_detach(struct genl_ikevti *g, sa_family_t family,
		       uint16_t port)
{
	struct genl_request r;

	genl_begin_socket(g, &r, IKEVTI_CMD_SOCKET_DETACH, family, port);
	return genl_talk(g, &r, NULL, NULL);
}

int genl_socket_take(struct genl_ikevti *g, sa_family_t family, uint16_t port,
		     int *fd)
{
	struct genl_request r;
	int err;

	*fd = -1;
	genl_begin_socket(g, &r, IKEVTI_CMD_SOCKET_TAKE, family, port);
	err = genl_talk(g, &r, genl_fd_cb, fd);
	return !err && *fd < 0 ? EPROTO : err;
}

/* ---- events ---- */

struct genl_event_ctx {
	struct genl_ikevti *g;
	kernel_event_cb cb;
	void *ctx;
};

/* Some family came or went: was it ours? */
static void genl_family_event(struct genl_event_ctx *c,
			      const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);
	struct kernel_event ev = { .type = KERNEL_EVENT_MODULE };
	char name[GENL_NAMSIZ];
	struct nl_attrs a;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*genl))
		return;
	nl_attrs_msg(&a, nlh, sizeof(*genl));
	if (!nl_string(&a, CTRL_ATTR_FAMILY_NAME, name, sizeof(name)) ||
	    strcmp(name, IKEVTI_GENL_NAME))
		return;
	if (genl->cmd == CTRL_CMD_DELFAMILY)
		c->g->family = 0;
	else if (genl->cmd == CTRL_CMD_NEWFAMILY && !genl_join(c->g))
		ev.loaded = true;
	else
		return;
	c->cb(c->ctx, &ev);
}

static int genl_event_cb(const struct nlmsghdr *nlh, void *ctx)
{
	struct genl_event_ctx *c = ctx;
	struct kernel_event ev;

	if (nlh->nlmsg_type == GENL_ID_CTRL) {
		genl_family_event(c, nlh);
		return 0;
	}
	if (nlh->nlmsg_type != c->g->family || !genl_parse_event(nlh, &ev))
		return 0;
	if (ev.ifindex) {
		ev.ifindex = genl_number(c->g, nlh, ev.ifindex);
		if (!ev.ifindex)
			return 0;
	}
	c->cb(c->ctx, &ev);
	return 0;
}

void genl_events(struct genl_ikevti *g, kernel_event_cb cb, void *ctx)
{
	struct genl_event_ctx c = {
		.g = g,
		.cb = cb,
		.ctx = ctx,
	};

	if (nl_read(&g->events, GENL_EVENT_BURST, genl_event_cb, &c)) {
		struct kernel_event lost = { .type = KERNEL_EVENT_LOST };

		cb(ctx, &lost);
	}
}
