// SPDX-License-Identifier: GPL-2.0-or-later
/* Requests, answers and extended acks of generic netlink. */
#include "nl-talk.h"
#include "nl-attrs.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <linux/genetlink.h>
#include <linux/ikevti.h>

/* Kernel-only numbers (524, ENOTSUPP) have no name in libc. */
static const char *errno_name(int err)
{
	const char *name = strerrorname_np(err);

	return name ? name : "unknown errno";
}

static void read_groups(struct talk *t, const struct nlattr *groups)
{
	const struct nlattr *group, *attr;
	const char *name;
	uint32_t id;

	mnl_attr_for_each_nested(group, groups) {
		name = NULL;
		id = 0;
		mnl_attr_for_each_nested(attr, group) {
			if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GRP_NAME)
				name = mnl_attr_get_str(attr);
			if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GRP_ID)
				id = mnl_attr_get_u32(attr);
		}
		if (name && !strcmp(name, IKEVTI_MCGRP_EVENTS))
			t->events_group = id;
	}
}

static int family_cb(const struct nlmsghdr *nlh, void *data)
{
	struct talk *t = data;
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID)
			t->family = mnl_attr_get_u16(attr);
		if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GROUPS)
			read_groups(t, attr);
	}
	return MNL_CB_OK;
}

int talk_open(struct talk *t)
{
	int on = 1;
	int ret;

	t->nl = mnl_socket_open(NETLINK_GENERIC);
	if (!t->nl)
		return errno;
	if (mnl_socket_bind(t->nl, 0, MNL_SOCKET_AUTOPID) < 0)
		return errno;
	(void)mnl_socket_setsockopt(t->nl, NETLINK_EXT_ACK, &on, sizeof(on));
	(void)mnl_socket_setsockopt(t->nl, NETLINK_CAP_ACK, &on, sizeof(on));
	t->portid = mnl_socket_get_portid(t->nl);
	t->seq = (uint32_t)time(NULL);

	t->family = GENL_ID_CTRL;
	talk_start(t, CTRL_CMD_GETFAMILY, NLM_F_ACK);
	mnl_attr_put_strz(&t->req.nlh, CTRL_ATTR_FAMILY_NAME, IKEVTI_GENL_NAME);
	ret = talk_run(t, family_cb, t);
	if (ret)
		fprintf(stderr, "no generic netlink family %s\n", IKEVTI_GENL_NAME);
	return ret;
}

void talk_close(struct talk *t)
{
	if (t->nl)
		mnl_socket_close(t->nl);
	t->nl = NULL;
}

void talk_start(struct talk *t, uint8_t cmd, uint16_t flags)
{
	struct genlmsghdr *genl;

	memset(&t->req, 0, sizeof(t->req));
	mnl_nlmsg_put_header(&t->req);
	t->req.nlh.nlmsg_type = t->family;
	t->req.nlh.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	t->req.nlh.nlmsg_seq = ++t->seq;
	genl = mnl_nlmsg_put_extra_header(&t->req.nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = IKEVTI_GENL_VERSION;
}

int talk_error(const struct talk *t, const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;
	char where[128] = "";
	const char *msg = "";
	size_t skip = sizeof(*err);
	int miss = -1;

	if (nlh->nlmsg_len < mnl_nlmsg_size(sizeof(*err)))
		return EBADMSG;
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		skip += mnl_nlmsg_get_payload_len(&err->msg);
	if (nlh->nlmsg_flags & NLM_F_ACK_TLVS) {
		mnl_attr_for_each(attr, nlh, skip) {
			switch (mnl_attr_get_type(attr)) {
			case NLMSGERR_ATTR_MSG:
				msg = mnl_attr_get_str(attr);
				break;
			case NLMSGERR_ATTR_OFFS:
				attrs_locate(&t->req.nlh, mnl_attr_get_u32(attr), where,
					     sizeof(where));
				break;
			case 5: /* NLMSGERR_ATTR_MISS_TYPE, not in older headers */
				miss = (int)mnl_attr_get_u32(attr);
				break;
			}
		}
	}
	if (!err->error)
		return 0;
	if (t->echo && !(nlh->nlmsg_flags & NLM_F_CAPPED)) {
		const uint8_t *p = mnl_nlmsg_get_payload(&err->msg);
		size_t i;

		for (i = 0; i < mnl_nlmsg_get_payload_len(&err->msg); i++)
			printf("%02x", p[i]);
		putchar('\n');
		fflush(stdout);
	}
	fprintf(stderr, "error: %s", errno_name(-err->error));
	if (*msg)
		fprintf(stderr, ": %s", msg);
	if (*where)
		fprintf(stderr, " [at %s]", where);
	if (miss >= 0)
		fprintf(stderr, " [missing %d]", miss);
	fputc('\n', stderr);
	return -err->error;
}

int talk_send(struct talk *t)
{
	return mnl_socket_sendto(t->nl, &t->req, t->req.nlh.nlmsg_len) < 0 ? errno : 0;
}

/* Walk one buffer of messages. Return: -1 to go on, else 0 or errno. */
static int walk(struct talk *t, const void *buf, int len, mnl_cb_t cb, void *data)
{
	const struct nlmsghdr *nlh = buf;

	for (; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len)) {
		if (nlh->nlmsg_seq != t->seq || nlh->nlmsg_pid != t->portid)
			continue;
		if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
			fprintf(stderr, "dump interrupted\n");
		switch (nlh->nlmsg_type) {
		case NLMSG_ERROR:
			return talk_error(t, nlh);
		case NLMSG_DONE:
			if (mnl_nlmsg_get_payload_len(nlh) >= sizeof(int)) {
				int err;

				memcpy(&err, mnl_nlmsg_get_payload(nlh), sizeof(err));
				if (err < 0) {
					fprintf(stderr, "error: %s in dump\n",
						errno_name(-err));
					return -err;
				}
			}
			return 0;
		default:
			if (cb)
				cb(nlh, data);
		}
	}
	return -1;
}

int talk_run(struct talk *t, mnl_cb_t cb, void *data)
{
	static union {
		struct nlmsghdr nlh;
		uint8_t octets[TALK_ROOM];
	} answer;
	ssize_t len;
	int ret;

	ret = talk_send(t);
	while (!ret) {
		len = mnl_socket_recvfrom(t->nl, &answer, sizeof(answer));
		if (len < 0)
			return errno;
		ret = walk(t, &answer, (int)len, cb, data);
		if (ret < 0) {
			ret = 0;
			continue;
		}
		return ret;
	}
	fprintf(stderr, "send: %s\n", errno_name(ret));
	return ret;
}

int enter_netns(const char *name)
{
	char path[256];
	int fd, ret = 0;

	snprintf(path, sizeof(path), "%s%s", strchr(name, '/') ? "" : "/run/netns/", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		ret = errno;
	if (fd >= 0)
		close(fd);
	return ret;
}
