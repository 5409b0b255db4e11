// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * xfrm-expire: says that an SA of the kernel's own IPsec came to its soft limit, so that the
 * daemon it belongs to rekeys it. OpenIKED has no command for that.
 *
 *   netns=NAME       network namespace
 *   dst=ADDRESS      where the SA sends to; the newest one is meant
 *   hard=1           its hard limit instead, which also deletes it
 */
#include "lib/nl-talk.h"
#include "lib/words.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>

#include <linux/xfrm.h>

struct found {
	struct xfrm_usersa_info sa;
	xfrm_address_t dst;
	sa_family_t family;
	bool any;
};

static int look(const struct nlmsghdr *nlh, void *data)
{
	const struct xfrm_usersa_info *sa = mnl_nlmsg_get_payload(nlh);
	struct found *f = data;

	if (nlh->nlmsg_type != XFRM_MSG_NEWSA || mnl_nlmsg_get_payload_len(nlh) < sizeof(*sa))
		return MNL_CB_OK;
	if (sa->family != f->family || sa->id.proto != IPPROTO_ESP ||
	    memcmp(&sa->id.daddr, &f->dst, f->family == AF_INET ? 4 : 16))
		return MNL_CB_OK;
	/* of two from one second the later comes first */
	if (f->any && sa->curlft.add_time <= f->sa.curlft.add_time)
		return MNL_CB_OK;
	f->sa = *sa;
	f->any = true;
	return MNL_CB_OK;
}

static int find(struct mnl_socket *nl, struct found *f)
{
	char buf[TALK_ROOM];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	ssize_t len;
	int ret;

	nlh->nlmsg_type = XFRM_MSG_GETSA;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	nlh->nlmsg_seq = 1;
	if (mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
		return errno;
	do {
		len = mnl_socket_recvfrom(nl, buf, sizeof(buf));
		if (len < 0)
			return errno;
		ret = mnl_cb_run(buf, (size_t)len, 1, 0, look, f);
	} while (ret > MNL_CB_STOP);
	if (ret < 0)
		return errno;
	return f->any ? 0 : ENOENT;
}

static int expire(struct mnl_socket *nl, const struct found *f, bool hard)
{
	char buf[TALK_ROOM];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct xfrm_user_expire *e;
	ssize_t len;

	nlh->nlmsg_type = XFRM_MSG_EXPIRE;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	nlh->nlmsg_seq = 2;
	e = mnl_nlmsg_put_extra_header(nlh, sizeof(*e));
	e->state = f->sa;
	e->hard = hard;
	if (mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
		return errno;
	len = mnl_socket_recvfrom(nl, buf, sizeof(buf));
	if (len < 0 || mnl_cb_run(buf, (size_t)len, 2, 0, NULL, NULL) < 0)
		return errno;
	return 0;
}

int main(int argc, char **argv)
{
	const char *netns = word(argc, argv, "netns", NULL);
	const char *dst = word(argc, argv, "dst", "");
	struct found f = { .family = strchr(dst, ':') ? AF_INET6 : AF_INET };
	struct mnl_socket *nl;
	int err;

	if (inet_pton(f.family, dst, &f.dst) != 1) {
		fprintf(stderr, "usage: xfrm-expire [netns=] dst= [hard=1]\n");
		return EXIT_USAGE;
	}
	err = netns ? enter_netns(netns) : 0;
	nl = err ? NULL : mnl_socket_open(NETLINK_XFRM);
	if (!err && (!nl || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0))
		err = errno;
	if (!err)
		err = find(nl, &f);
	if (!err)
		err = expire(nl, &f, *word(argc, argv, "hard", "") == '1');
	if (nl)
		mnl_socket_close(nl);
	if (err)
		fprintf(stderr, "xfrm-expire: %s\n", strerror(err));
	return err;
}
