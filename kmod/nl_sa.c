// SPDX-License-Identifier: GPL-2.0-only
/* Commands about security associations */
#include <linux/mm.h>
#include <linux/slab.h>
#include <net/ipv6.h>

#include "crypt.h"
#include "dev.h"
#include "net.h"
#include "nl.h"
#include "path.h"
#include "peer.h"
#include "sa.h"
#include "spi.h"

#define SPI_MIN			256	/* RFC 4303 section 2.1 */
#define REPLAY_DEFAULT		64

static struct netlink_range_validation spi_range = {
	.min = SPI_MIN,
	.max = U32_MAX,
};

static struct netlink_range_validation window_range = {
	.min = IKEVTI_REPLAY_MIN,
	.max = IKEVTI_REPLAY_MAX,
};

static const struct nla_policy selector_policy[IKEVTI_SEL_A_MAX + 1] = {
	[IKEVTI_SEL_A_SIDE]	= NLA_POLICY_MAX(NLA_U8, IKEVTI_SIDE_REMOTE),
	[IKEVTI_SEL_A_START]	= NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[IKEVTI_SEL_A_END]	= NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
};

static const struct nla_policy selectors_policy[IKEVTI_SELS_A_MAX + 1] = {
	[IKEVTI_SELS_A_SELECTOR] = NLA_POLICY_NESTED(selector_policy),
};

static const struct nla_policy spi_policy[IKEVTI_SA_A_MAX + 1] = {
	[IKEVTI_SA_A_PATH]	= { .type = NLA_U32 },
	[IKEVTI_SA_A_LANE]	= NLA_POLICY_MAX(NLA_U32, IKEVTI_LANES_MAX - 1),
};

static const struct nla_policy set_policy[IKEVTI_SA_A_MAX + 1] = {
	[IKEVTI_SA_A_DIR]	= NLA_POLICY_MAX(NLA_U8, IKEVTI_SA_OUT),
	[IKEVTI_SA_A_SPI]	= NLA_POLICY_FULL_RANGE(NLA_U32, &spi_range),
	[IKEVTI_SA_A_PATH]	= { .type = NLA_U32 },
	[IKEVTI_SA_A_LANE]	= NLA_POLICY_MAX(NLA_U32, IKEVTI_LANES_MAX - 1),
	[IKEVTI_SA_A_AEAD]	= NLA_POLICY_RANGE(NLA_U32,
						   IKEVTI_AEAD_AES_GCM_16,
						   IKEVTI_AEAD_AES_CBC_HMAC_SHA512_256),
	[IKEVTI_SA_A_KEY]	= NLA_POLICY_RANGE(NLA_BINARY, 16,
						   IKEVTI_KEY_MAX),
	[IKEVTI_SA_A_SALT]	= NLA_POLICY_EXACT_LEN(IKEVTI_SALT_LEN),
	[IKEVTI_SA_A_ESN]	= { .type = NLA_FLAG },
	[IKEVTI_SA_A_REPLAY_WINDOW] = NLA_POLICY_FULL_RANGE(NLA_U32,
							    &window_range),
	[IKEVTI_SA_A_SEQ]	= { .type = NLA_U64 },
	[IKEVTI_SA_A_SOFT_BYTES]	= { .type = NLA_U64 },
	[IKEVTI_SA_A_HARD_BYTES]	= { .type = NLA_U64 },
	[IKEVTI_SA_A_SOFT_PACKETS]	= { .type = NLA_U64 },
	[IKEVTI_SA_A_HARD_PACKETS]	= { .type = NLA_U64 },
	[IKEVTI_SA_A_SOFT_SECONDS]	= { .type = NLA_U32 },
	[IKEVTI_SA_A_HARD_SECONDS]	= { .type = NLA_U32 },
	[IKEVTI_SA_A_SELECTORS]	= NLA_POLICY_NESTED(selectors_policy),
	[IKEVTI_SA_A_PEER_SPI]	= { .type = NLA_U32 },
	[IKEVTI_SA_A_REPLAY_MAP] = NLA_POLICY_RANGE(NLA_BINARY, 0,
						    IKEVTI_REPLAY_MAP_MAX),
	[IKEVTI_SA_A_AUTH_KEY]	= NLA_POLICY_RANGE(NLA_BINARY, 32,
						   IKEVTI_AUTH_KEY_MAX),
};

static const struct nla_policy key_policy[IKEVTI_SA_A_MAX + 1] = {
	[IKEVTI_SA_A_DIR]	= NLA_POLICY_MAX(NLA_U8, IKEVTI_SA_OUT),
	[IKEVTI_SA_A_SPI]	= NLA_POLICY_FULL_RANGE(NLA_U32, &spi_range),
	[IKEVTI_SA_A_PATH]	= { .type = NLA_U32 },
	[IKEVTI_SA_A_LANE]	= NLA_POLICY_MAX(NLA_U32, IKEVTI_LANES_MAX - 1),
	[IKEVTI_SA_A_REPLAY_MAP] = NLA_POLICY_RANGE(NLA_BINARY, 0,
						    IKEVTI_REPLAY_MAP_MAX),
};

const struct nla_policy ikevti_nl_spi_policy[IKEVTI_A_MAX + 1] = {
	[IKEVTI_A_IFINDEX]	= NLA_POLICY_MIN(NLA_U32, 1),
	[IKEVTI_A_SA]		= NLA_POLICY_NESTED(spi_policy),
	[IKEVTI_A_NETNSID]	= { .type = NLA_S32 },
	[IKEVTI_A_PEER]		= NLA_POLICY_NESTED(ikevti_nl_peer_name),
};

const struct nla_policy ikevti_nl_sa_set_policy[IKEVTI_A_MAX + 1] = {
	[IKEVTI_A_IFINDEX]	= NLA_POLICY_MIN(NLA_U32, 1),
	[IKEVTI_A_SA]		= NLA_POLICY_NESTED(set_policy),
	[IKEVTI_A_NETNSID]	= { .type = NLA_S32 },
	[IKEVTI_A_PEER]		= NLA_POLICY_NESTED(ikevti_nl_peer_name),
};

const struct nla_policy ikevti_nl_sa_key_policy[IKEVTI_A_MAX + 1] = {
	[IKEVTI_A_IFINDEX]	= NLA_POLICY_MIN(NLA_U32, 1),
	[IKEVTI_A_SA]		= NLA_POLICY_NESTED(key_policy),
	[IKEVTI_A_NETNSID]	= { .type = NLA_S32 },
	[IKEVTI_A_PEER]		= NLA_POLICY_NESTED(ikevti_nl_peer_name),
};

static int parse(struct genl_info *info, struct nlattr **tb,
		 const struct nla_policy *policy)
{
	int err;

	if (!info->attrs[IKEVTI_A_SA])
		return ikevti_nl_miss(info, "SA");
	err = nla_parse_nested(tb, IKEVTI_SA_A_MAX, info->attrs[IKEVTI_A_SA],
			       policy, info->extack);
	if (err)
		return err;
	if (!tb[IKEVTI_SA_A_DIR])
		return ikevti_nl_miss(info, "SA_DIR");
	if (!tb[IKEVTI_SA_A_SPI])
		return ikevti_nl_miss(info, "SA_SPI");
	return 0;
}

/* The path an SA attribute names. Context: ikevti_mutex. */
static struct ikevti_path *named_path(struct genl_info *info,
				      struct nlattr **tb,
				      struct ikevti_dev *idev)
{
	struct ikevti_peer *peer;
	struct ikevti_path *path;

	if (!tb[IKEVTI_SA_A_PATH])
		return ERR_PTR(ikevti_nl_miss(info, "SA_PATH"));
	peer = ikevti_nl_find_peer(info, idev);
	if (IS_ERR(peer))
		return ERR_CAST(peer);
	path = ikevti_path_find(peer, nla_get_u32(tb[IKEVTI_SA_A_PATH]));
	if (!path)
		return ERR_PTR(ikevti_nl_bad(info, tb[IKEVTI_SA_A_PATH],
					     -ENOENT,
					     "SA_PATH: the peer has no such path"));
	return path;
}

/*
 * The SA that DIR and SPI name. The SPIs of outbound ones were chosen by the
 * peers, so the peer must be known, and may be the same on two paths or lanes:
 * these narrow it down. Context: ikevti_mutex.
 */
static struct ikevti_sa *find_sa(struct genl_info *info, struct nlattr **tb,
				 struct ikevti_dev *idev)
{
	u8 dir = nla_get_u8(tb[IKEVTI_SA_A_DIR]);
	u32 spi = nla_get_u32(tb[IKEVTI_SA_A_SPI]);
	struct ikevti_path *path = NULL;
	struct ikevti_peer *peer;
	struct ikevti_sa *sa;

	if (tb[IKEVTI_SA_A_PATH]) {
		path = named_path(info, tb, idev);
		if (IS_ERR(path))
			return ERR_CAST(path);
	}
	if (dir == IKEVTI_SA_IN) {
		struct net *net = genl_info_net(info);

		sa = ikevti_spi_lookup(&ikevti_pernet(net)->spi, spi);
		if (sa && sa->idev == idev &&
		    (!path || !sa->path || sa->path == path))
			return sa;
	} else {
		peer = ikevti_nl_find_peer(info, idev);
		if (IS_ERR(peer))
			return ERR_CAST(peer);
		list_for_each_entry(sa, &peer->sas, list)
			if (sa->dir == dir && sa->spi == spi &&
			    (!path || sa->path == path) &&
			    (!tb[IKEVTI_SA_A_LANE] || sa->lane_id ==
			     nla_get_u32(tb[IKEVTI_SA_A_LANE])))
				return sa;
	}
	return ERR_PTR(ikevti_nl_bad(info, tb[IKEVTI_SA_A_SPI], -ENOENT,
				     "SA_SPI: there is no such SA"));
}

static int reply_spi(struct genl_info *info, const struct ikevti_sa *sa)
{
	struct nlattr *nest;
	struct sk_buff *msg;
	void *hdr;

	msg = ikevti_nl_reply(info, &hdr);
	if (!msg)
		return -ENOMEM;
	if (ikevti_nl_put_dev_name(msg, genl_info_net(info), sa->idev))
		goto free;
	nest = nla_nest_start(msg, IKEVTI_A_SA);
	if (!nest || nla_put_u8(msg, IKEVTI_SA_A_DIR, sa->dir) ||
	    nla_put_u32(msg, IKEVTI_SA_A_SPI, sa->spi))
		goto free;
	nla_nest_end(msg, nest);
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);
free:
	nlmsg_free(msg);
	return -EMSGSIZE;
}

static int no_room(struct genl_info *info)
{
	GENL_SET_ERR_MSG(info, "the namespace has its maximum of SAs (module parameter userns_max_sas)");
	return -ENOSPC;
}

/* Context: ikevti_mutex */
static int alloc_spi(struct genl_info *info, struct nlattr **tb,
		     struct ikevti_dev *idev)
{
	struct ikevti_net *in = ikevti_pernet(genl_info_net(info));
	struct ikevti_path *path = NULL;
	struct ikevti_sa *sa;
	int err;

	if (tb[IKEVTI_SA_A_PATH]) {
		path = named_path(info, tb, idev);
		if (IS_ERR(path))
			return PTR_ERR(path);
	}
	if (!ikevti_sa_room(in))
		return no_room(info);
	sa = ikevti_sa_alloc(idev, IKEVTI_SA_IN);
	if (!sa)
		return -ENOMEM;
	sa->path = path;
	if (tb[IKEVTI_SA_A_LANE])
		sa->lane_id = nla_get_u32(tb[IKEVTI_SA_A_LANE]);
	err = ikevti_sa_link_larval(in, sa);
	if (err) {
		ikevti_sa_free(sa);
		GENL_SET_ERR_MSG(info, "no SPI is free");
		return err;
	}
	err = reply_spi(info, sa);
	if (err)
		ikevti_sa_remove(in, sa);
	return err;
}

int ikevti_nl_spi_alloc(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[IKEVTI_SA_A_MAX + 1] = {};
	struct ikevti_dev *idev;
	int err = 0;

	if (info->attrs[IKEVTI_A_SA])
		err = nla_parse_nested(tb, IKEVTI_SA_A_MAX,
				       info->attrs[IKEVTI_A_SA], spi_policy,
				       info->extack);
	if (err)
		return err;
	idev = ikevti_nl_lock_dev(info);
	if (IS_ERR(idev))
		return PTR_ERR(idev);
	err = alloc_spi(info, tb, idev);
	ikevti_nl_unlock_dev(idev, NULL);
	return err;
}

static int parse_selector(struct genl_info *info, struct nlattr *attr,
			  u8 *side, struct ikevti_range *range)
{
	struct nlattr *tb[IKEVTI_SEL_A_MAX + 1];
	int len, err;

	err = nla_parse_nested(tb, IKEVTI_SEL_A_MAX, attr, selector_policy,
			       info->extack);
	if (err)
		return err;
	if (!tb[IKEVTI_SEL_A_SIDE])
		return ikevti_nl_miss(info, "SEL_SIDE");
	if (!tb[IKEVTI_SEL_A_START])
		return ikevti_nl_miss(info, "SEL_START");
	if (!tb[IKEVTI_SEL_A_END])
		return ikevti_nl_miss(info, "SEL_END");
	len = nla_len(tb[IKEVTI_SEL_A_START]);
	if (len != 4 && len != 16)
		return ikevti_nl_bad(info, tb[IKEVTI_SEL_A_START], -EINVAL,
				     "SEL_START is neither IPv4 nor IPv6");
	if (nla_len(tb[IKEVTI_SEL_A_END]) != len)
		return ikevti_nl_bad(info, tb[IKEVTI_SEL_A_END], -EINVAL,
				     "SEL_END is of another length than SEL_START");
	if (memcmp(nla_data(tb[IKEVTI_SEL_A_START]),
		   nla_data(tb[IKEVTI_SEL_A_END]), len) > 0)
		return ikevti_nl_bad(info, tb[IKEVTI_SEL_A_END], -EINVAL,
				     "SEL_END is before SEL_START");
	*side = nla_get_u8(tb[IKEVTI_SEL_A_SIDE]);
	range->family = len == 4 ? AF_INET : AF_INET6;
	memcpy(&range->start, nla_data(tb[IKEVTI_SEL_A_START]), len);
	memcpy(&range->end, nla_data(tb[IKEVTI_SEL_A_END]), len);
	return 0;
}

/* Local ranges to the front, so that both sides stay in the order given */
static void insert_range(struct ikevti_selectors *sel, u8 side,
			 const struct ikevti_range *range)
{
	unsigned int local = sel->n[IKEVTI_SIDE_LOCAL];
	unsigned int n = local + sel->n[IKEVTI_SIDE_REMOTE];

	if (side == IKEVTI_SIDE_LOCAL) {
		memmove(&sel->range[local + 1], &sel->range[local],
			(n - local) * sizeof(*range));
		sel->range[local] = *range;
	} else {
		sel->range[n] = *range;
	}
	sel->n[side]++;
}

static int parse_selectors(struct genl_info *info, struct nlattr *nest,
			   struct ikevti_sa *sa)
{
	struct ikevti_range range = {};
	struct ikevti_selectors *sel;
	struct nlattr *attr;
	int left, err;
	u8 side;

	sel = kzalloc(struct_size(sel, range, 2 * IKEVTI_SELECTORS_MAX),
		      GFP_KERNEL_ACCOUNT);
	if (!sel)
		return -ENOMEM;
	sa->selectors = sel;
	nla_for_each_nested(attr, nest, left) {
		err = parse_selector(info, attr, &side, &range);
		if (err)
			return err;
		if (sel->n[side] == IKEVTI_SELECTORS_MAX)
			return ikevti_nl_bad(info, attr, -E2BIG,
					     "SA_SELECTORS: too many for one side");
		insert_range(sel, side, &range);
	}
	if (!sel->n[0] || !sel->n[1])
		return ikevti_nl_bad(info, nest, -EINVAL,
				     "SA_SELECTORS needs both sides");
	return 0;
}

/* Which attributes are a limit */
static const struct {
	u16 soft;
	u16 hard;
	bool is_u32;
} limits[] = {
	[IKEVTI_LIMIT_BYTES] = {
		IKEVTI_SA_A_SOFT_BYTES, IKEVTI_SA_A_HARD_BYTES, false,
	},
	[IKEVTI_LIMIT_PACKETS] = {
		IKEVTI_SA_A_SOFT_PACKETS, IKEVTI_SA_A_HARD_PACKETS, false,
	},
	[IKEVTI_LIMIT_SECONDS] = {
		IKEVTI_SA_A_SOFT_SECONDS, IKEVTI_SA_A_HARD_SECONDS, true,
	},
};

static void parse_limit(struct nlattr *attr, bool is_u32, u64 *limit)
{
	if (attr)
		*limit = is_u32 ? nla_get_u32(attr) : nla_get_u64(attr);
}

static int parse_limits(struct genl_info *info, struct nlattr **tb,
			struct ikevti_limits *lim)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(limits); i++) {
		parse_limit(tb[limits[i].soft], limits[i].is_u32, &lim->soft[i]);
		parse_limit(tb[limits[i].hard], limits[i].is_u32, &lim->hard[i]);
		if (lim->soft[i] && lim->hard[i] && lim->soft[i] > lim->hard[i])
			return ikevti_nl_bad(info, tb[limits[i].soft] ?:
					     tb[limits[i].hard], -EINVAL,
					     "a soft limit above the hard limit");
	}
	return 0;
}

/* The number an SA goes on with, and what was received before */
static int check_seq(struct genl_info *info, struct nlattr **tb,
		     const struct ikevti_sa *sa)
{
	struct nlattr *seq = tb[IKEVTI_SA_A_SEQ];
	struct nlattr *map = tb[IKEVTI_SA_A_REPLAY_MAP];

	if (map && sa->dir == IKEVTI_SA_OUT)
		return ikevti_nl_bad(info, map, -EINVAL,
				     "SA_REPLAY_MAP is for inbound SAs");
	if (map && !seq)
		return ikevti_nl_miss(info, "SA_SEQ");
	if (seq && nla_get_u64(seq) > ikevti_sa_seq_end(sa->esn))
		return ikevti_nl_bad(info, seq, -ERANGE,
				     "SA_SEQ is beyond the end of the sequence");
	return 0;
}

/* Sequence numbers and window of a new SA */
static int parse_seq(struct genl_info *info, struct nlattr **tb,
		     struct ikevti_sa *sa)
{
	u64 seq = 0, end = ikevti_sa_seq_end(sa->esn);
	struct nlattr *map = tb[IKEVTI_SA_A_REPLAY_MAP];
	u32 window = REPLAY_DEFAULT;
	int err;

	err = check_seq(info, tb, sa);
	if (err)
		return err;
	if (tb[IKEVTI_SA_A_SEQ])
		seq = nla_get_u64(tb[IKEVTI_SA_A_SEQ]);

	if (sa->dir == IKEVTI_SA_OUT) {
		if (tb[IKEVTI_SA_A_REPLAY_WINDOW])
			return ikevti_nl_bad(info,
					     tb[IKEVTI_SA_A_REPLAY_WINDOW],
					     -EINVAL,
					     "SA_REPLAY_WINDOW is for inbound SAs");
		if (tb[IKEVTI_SA_A_PEER_SPI])
			return ikevti_nl_bad(info, tb[IKEVTI_SA_A_PEER_SPI],
					     -EINVAL,
					     "SA_PEER_SPI is for inbound SAs");
		sa->limits.soft[IKEVTI_LIMIT_SEQUENCE] = end - (end >> 3);
		sa->limits.hard[IKEVTI_LIMIT_SEQUENCE] = end;
		sa->seq_base = seq;
		atomic64_set(&sa->seq, seq);
		return 0;
	}
	if (tb[IKEVTI_SA_A_REPLAY_WINDOW])
		window = nla_get_u32(tb[IKEVTI_SA_A_REPLAY_WINDOW]);
	if (tb[IKEVTI_SA_A_PEER_SPI])
		sa->peer_spi = nla_get_u32(tb[IKEVTI_SA_A_PEER_SPI]);
	sa->replay = kvzalloc(ikevti_replay_size(window), GFP_KERNEL_ACCOUNT);
	if (!sa->replay)
		return -ENOMEM;
	ikevti_replay_init(sa->replay, window, sa->esn, map ? 0 : seq);
	if (map)
		ikevti_replay_import(sa->replay, seq, nla_data(map),
				     nla_len(map));
	return 0;
}

/* What a cipher needs besides its key: a salt, or a key for integrity */
static int parse_secrets(struct genl_info *info, struct nlattr **tb,
			 const struct ikevti_cipher *cipher,
			 struct ikevti_sa *sa)
{
	struct nlattr *auth_key = tb[IKEVTI_SA_A_AUTH_KEY];
	struct nlattr *salt = tb[IKEVTI_SA_A_SALT];

	if (!cipher->auth_key) {
		if (!salt)
			return ikevti_nl_miss(info, "SA_SALT");
		if (auth_key)
			return ikevti_nl_bad(info, auth_key, -EINVAL,
					     "SA_AUTH_KEY: SA_AEAD has none");
		memcpy(sa->salt, nla_data(salt), IKEVTI_SALT_LEN);
		return 0;
	}
	if (salt)
		return ikevti_nl_bad(info, salt, -EINVAL,
				     "SA_SALT: SA_AEAD has none");
	if (!auth_key)
		return ikevti_nl_miss(info, "SA_AUTH_KEY");
	if (nla_len(auth_key) != cipher->auth_key)
		return ikevti_nl_bad(info, auth_key, -EINVAL,
				     "SA_AUTH_KEY has not the length that SA_AEAD wants");
	return 0;
}

static int parse_cipher(struct genl_info *info, struct nlattr **tb,
			struct ikevti_sa *sa)
{
	const struct ikevti_cipher *cipher;
	const struct nlattr *auth_key;
	struct crypto_aead *tfm;
	int err;

	if (!tb[IKEVTI_SA_A_AEAD])
		return ikevti_nl_miss(info, "SA_AEAD");
	sa->aead = nla_get_u32(tb[IKEVTI_SA_A_AEAD]);
	cipher = ikevti_cipher_find(sa->aead);
	if (!cipher)
		return ikevti_nl_bad(info, tb[IKEVTI_SA_A_AEAD], -EINVAL,
				     "SA_AEAD: no such algorithm");
	sa->keylen = nla_len(tb[IKEVTI_SA_A_KEY]);
	if (!ikevti_cipher_takes(cipher, sa->keylen))
		return ikevti_nl_bad(info, tb[IKEVTI_SA_A_KEY], -EINVAL,
				     "SA_KEY has not the length that SA_AEAD wants");
	err = parse_secrets(info, tb, cipher, sa);
	if (err)
		return err;
	auth_key = tb[IKEVTI_SA_A_AUTH_KEY];
	tfm = ikevti_crypt_alloc(cipher, sa->esn, nla_data(tb[IKEVTI_SA_A_KEY]),
				 sa->keylen,
				 auth_key ? nla_data(auth_key) : NULL,
				 info->extack);
	if (IS_ERR(tfm))
		return PTR_ERR(tfm);
	sa->tfm = tfm;
	sa->async = ikevti_crypt_is_async(tfm);
	sa->format = cipher->format;
	sa->batches = !sa->async && !cipher->auth_key;
	return 0;
}

/* A complete SA out of a request, apart from its device */
static struct ikevti_sa *parse_sa(struct genl_info *info, struct nlattr **tb)
{
	struct ikevti_sa *sa = ikevti_sa_alloc(NULL,
					nla_get_u8(tb[IKEVTI_SA_A_DIR]));
	int err;

	if (!sa)
		return ERR_PTR(-ENOMEM);
	sa->spi = nla_get_u32(tb[IKEVTI_SA_A_SPI]);
	sa->esn = nla_get_flag(tb[IKEVTI_SA_A_ESN]);
	if (tb[IKEVTI_SA_A_LANE])
		sa->lane_id = nla_get_u32(tb[IKEVTI_SA_A_LANE]);
	err = parse_seq(info, tb, sa);
	if (!err)
		err = parse_limits(info, tb, &sa->limits);
	if (!err && tb[IKEVTI_SA_A_SELECTORS])
		err = parse_selectors(info, tb[IKEVTI_SA_A_SELECTORS], sa);
	if (!err)
		err = parse_cipher(info, tb, sa);
	if (!err)
		return sa;
	ikevti_sa_free(sa);
	return ERR_PTR(err);
}

/* Context: ikevti_mutex. On success @sa is linked. */
static int install_sa(struct genl_info *info, struct nlattr **tb,
		      struct ikevti_dev *idev, struct ikevti_sa *sa)
{
	struct ikevti_net *in = ikevti_pernet(genl_info_net(info));
	struct ikevti_sa *there;
	struct ikevti_lane *lane;
	struct ikevti_path *path;

	sa->idev = idev;
	path = named_path(info, tb, idev);
	if (IS_ERR(path))
		return PTR_ERR(path);
	sa->path = path;

	if (sa->dir == IKEVTI_SA_IN) {
		there = find_sa(info, tb, idev);
		if (IS_ERR(there))
			return PTR_ERR(there);
		if (there->tfm)
			return ikevti_nl_bad(info, tb[IKEVTI_SA_A_SPI], -EEXIST,
					     "SA_SPI: this SA has its key already");
		ikevti_sa_install_in(in, sa);
		return 0;
	}

	lane = ikevti_path_lane(path, sa->lane_id);
	if (IS_ERR(lane))
		return PTR_ERR(lane);
	there = rcu_dereference_protected(lane->out,
					  lockdep_is_held(&ikevti_mutex));
	/* Once more with the same key would repeat sequence numbers */
	if (there && there->spi == sa->spi)
		return ikevti_nl_bad(info, tb[IKEVTI_SA_A_SPI], -EEXIST,
				     "SA_SPI: this SA is installed already");
	if (!there && !ikevti_sa_room(in))
		return no_room(info);
	ikevti_sa_install_out(in, sa, lane);
	return 0;
}

static int do_install(struct genl_info *info, struct nlattr **tb)
{
	struct ikevti_dev *idev;
	struct ikevti_sa *sa;
	int err;

	/* The cipher may sleep for long: not under the lock */
	sa = parse_sa(info, tb);
	if (IS_ERR(sa))
		return PTR_ERR(sa);
	idev = ikevti_nl_lock_dev(info);
	if (IS_ERR(idev)) {
		ikevti_sa_free(sa);
		return PTR_ERR(idev);
	}
	err = install_sa(info, tb, idev, sa);
	ikevti_nl_unlock_dev(idev, err ? NULL : sa->path->peer);
	if (err)
		ikevti_sa_free(sa);
	return err;
}

static int modify_seq(struct genl_info *info, struct nlattr **tb,
		      struct ikevti_sa *sa)
{
	struct nlattr *seq = tb[IKEVTI_SA_A_SEQ];
	struct nlattr *map = tb[IKEVTI_SA_A_REPLAY_MAP];
	int err;

	err = check_seq(info, tb, sa);
	if (err || !seq)
		return err;
	if (ikevti_sa_import(sa, nla_get_u64(seq), map ? nla_data(map) : NULL,
			     map ? nla_len(map) : 0))
		return 0;
	return ikevti_nl_bad(info, seq, -ERANGE,
			     "SA_SEQ: sequence numbers never go back");
}

/* Context: ikevti_mutex */
static int modify_sa(struct genl_info *info, struct nlattr **tb,
		     struct ikevti_sa *sa)
{
	struct ikevti_limits lim = sa->limits;
	unsigned int i;
	int err;

	if (!sa->tfm)
		return ikevti_nl_miss(info, "SA_KEY");
	err = parse_limits(info, tb, &lim);
	if (!err)
		err = modify_seq(info, tb, sa);
	if (err)
		return err;
	for (i = 0; i < ARRAY_SIZE(limits); i++) {
		/* A new limit is announced anew */
		if (lim.soft[i] != sa->limits.soft[i])
			clear_bit(IKEVTI_SA_SAID_BIT(i, false), &sa->flags);
		WRITE_ONCE(sa->limits.soft[i], lim.soft[i]);
		WRITE_ONCE(sa->limits.hard[i], lim.hard[i]);
	}
	if (tb[IKEVTI_SA_A_PEER_SPI])
		sa->peer_spi = nla_get_u32(tb[IKEVTI_SA_A_PEER_SPI]);
	ikevti_sa_arm(sa);
	return 0;
}

static int do_modify(struct genl_info *info, struct nlattr **tb)
{
	static const u16 fixed[] = {
		IKEVTI_SA_A_AEAD, IKEVTI_SA_A_SALT, IKEVTI_SA_A_ESN,
		IKEVTI_SA_A_REPLAY_WINDOW, IKEVTI_SA_A_SELECTORS,
		IKEVTI_SA_A_AUTH_KEY,
	};
	struct ikevti_dev *idev;
	struct ikevti_sa *sa;
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(fixed); i++)
		if (tb[fixed[i]])
			return ikevti_nl_bad(info, tb[fixed[i]], -EINVAL,
					     "without SA_KEY only limits, SA_SEQ, SA_REPLAY_MAP and SA_PEER_SPI can be set");
	idev = ikevti_nl_lock_dev(info);
	if (IS_ERR(idev))
		return PTR_ERR(idev);
	sa = find_sa(info, tb, idev);
	err = IS_ERR(sa) ? PTR_ERR(sa) : modify_sa(info, tb, sa);
	ikevti_nl_unlock_dev(idev, NULL);
	return err;
}

/*
 * Secrets do not stay in the memory of the message. An attribute that came
 * before another of its kind was not used, and is a secret nevertheless.
 */
static void wipe(struct genl_info *info)
{
	struct nlattr *nest, *attr;
	int left, inner;

	nla_for_each_attr(nest, genlmsg_data(info->genlhdr),
			  genlmsg_len(info->genlhdr), left) {
		if (nla_type(nest) != IKEVTI_A_SA)
			continue;
		nla_for_each_nested(attr, nest, inner)
			switch (nla_type(attr)) {
			case IKEVTI_SA_A_KEY:
			case IKEVTI_SA_A_SALT:
			case IKEVTI_SA_A_AUTH_KEY:
				memzero_explicit(nla_data(attr), nla_len(attr));
			}
	}
}

int ikevti_nl_sa_set(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[IKEVTI_SA_A_MAX + 1];
	int err;

	err = parse(info, tb, set_policy);
	if (!err)
		err = tb[IKEVTI_SA_A_KEY] ? do_install(info, tb) :
					    do_modify(info, tb);
	wipe(info);
	return err;
}

int ikevti_nl_sa_del(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[IKEVTI_SA_A_MAX + 1];
	struct ikevti_peer *peer = NULL;
	struct ikevti_dev *idev;
	struct ikevti_sa *sa;
	int err;

	err = parse(info, tb, key_policy);
	if (err)
		return err;
	if (tb[IKEVTI_SA_A_REPLAY_MAP])
		return ikevti_nl_bad(info, tb[IKEVTI_SA_A_REPLAY_MAP], -EINVAL,
				     "SA_REPLAY_MAP does not name an SA");
	idev = ikevti_nl_lock_dev(info);
	if (IS_ERR(idev))
		return PTR_ERR(idev);
	sa = find_sa(info, tb, idev);
	if (!IS_ERR(sa)) {
		if (sa->path)
			peer = sa->path->peer;
		ikevti_sa_remove(ikevti_pernet(genl_info_net(info)), sa);
	}
	ikevti_nl_unlock_dev(idev, peer);
	return PTR_ERR_OR_ZERO(sa);
}

static int put_range(struct sk_buff *skb, u8 side,
		     const struct ikevti_range *range)
{
	struct nlattr *nest = nla_nest_start(skb, IKEVTI_SELS_A_SELECTOR);
	int len = range->family == AF_INET ? 4 : 16;

	if (!nest || nla_put_u8(skb, IKEVTI_SEL_A_SIDE, side) ||
	    nla_put(skb, IKEVTI_SEL_A_START, len, &range->start) ||
	    nla_put(skb, IKEVTI_SEL_A_END, len, &range->end))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_selectors(struct sk_buff *skb, const struct ikevti_selectors *sel)
{
	struct nlattr *nest;
	unsigned int i;

	if (!sel)
		return 0;
	nest = nla_nest_start(skb, IKEVTI_SA_A_SELECTORS);
	if (!nest)
		return -EMSGSIZE;
	for (i = 0; i < sel->n[0] + sel->n[1]; i++)
		if (put_range(skb, i < sel->n[0] ? IKEVTI_SIDE_LOCAL :
						   IKEVTI_SIDE_REMOTE,
			      &sel->range[i]))
			return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_limits(struct sk_buff *skb, const struct ikevti_limits *lim)
{
	unsigned int i, hard;
	u64 value;
	u16 attr;
	int err;

	for (i = 0; i < ARRAY_SIZE(limits); i++) {
		for (hard = 0; hard < 2; hard++) {
			value = hard ? lim->hard[i] : lim->soft[i];
			attr = hard ? limits[i].hard : limits[i].soft;
			if (!value)
				continue;
			err = limits[i].is_u32 ?
			      nla_put_u32(skb, attr, value) :
			      nla_put_u64_64bit(skb, attr, value,
						IKEVTI_SA_A_PAD);
			if (err)
				return err;
		}
	}
	return 0;
}

static int put_sa_stats(struct sk_buff *skb, struct ikevti_sa *sa)
{
	DECLARE_BITMAP(have, __IKEVTI_STAT_A_MAX) = {};
	u64 count[__IKEVTI_STAT_A_MAX] = {};
	unsigned int i;

	for (i = IKEVTI_STAT_FIRST; i < __IKEVTI_STAT_A_MAX; i++)
		if (ikevti_sa_counter(sa, i, &count[i]))
			__set_bit(i, have);
	return ikevti_nl_put_stats(skb, IKEVTI_SA_A_STATS, count, have);
}

static u8 sa_state(const struct ikevti_sa *sa)
{
	if (!sa->tfm)
		return IKEVTI_SA_LARVAL;
	return ikevti_sa_expired(sa) ? IKEVTI_SA_EXPIRED : IKEVTI_SA_ACTIVE;
}

/* The window's map is of the number that comes with it */
static int put_seq(struct sk_buff *skb, struct ikevti_sa *sa, bool with_map)
{
	struct nlattr *map;
	u64 seq;

	if (with_map && sa->replay) {
		map = nla_reserve(skb, IKEVTI_SA_A_REPLAY_MAP,
				  ikevti_replay_map_len(sa->replay->window));
		if (!map)
			return -EMSGSIZE;
		seq = ikevti_sa_export(sa, nla_data(map));
	} else {
		seq = ikevti_sa_seq(sa);
	}
	return nla_put_u64_64bit(skb, IKEVTI_SA_A_SEQ, seq, IKEVTI_SA_A_PAD);
}

/* What only an SA with a key has; never the key */
static int put_installed(struct sk_buff *skb, struct ikevti_sa *sa,
			 bool with_map)
{
	if (nla_put_u32(skb, IKEVTI_SA_A_AEAD, sa->aead) ||
	    put_seq(skb, sa, with_map) ||
	    (sa->esn && nla_put_flag(skb, IKEVTI_SA_A_ESN)) ||
	    (sa->replay && nla_put_u32(skb, IKEVTI_SA_A_REPLAY_WINDOW,
				       sa->replay->window)) ||
	    (sa->peer_spi && nla_put_u32(skb, IKEVTI_SA_A_PEER_SPI,
					 sa->peer_spi)))
		return -EMSGSIZE;
	return 0;
}

/* Context: ikevti_mutex */
static int put_sa(struct sk_buff *skb, struct ikevti_sa *sa, bool with_map)
{
	struct nlattr *nest;

	if (sa->path && ikevti_nl_put_peer_id(skb, sa->path->peer))
		return -EMSGSIZE;
	nest = nla_nest_start(skb, IKEVTI_A_SA);
	if (!nest || nla_put_u8(skb, IKEVTI_SA_A_DIR, sa->dir) ||
	    nla_put_u32(skb, IKEVTI_SA_A_SPI, sa->spi) ||
	    (sa->path && nla_put_u32(skb, IKEVTI_SA_A_PATH, sa->path->id)) ||
	    nla_put_u32(skb, IKEVTI_SA_A_LANE, sa->lane_id) ||
	    nla_put_u8(skb, IKEVTI_SA_A_STATE, sa_state(sa)) ||
	    nla_put_u32(skb, IKEVTI_SA_A_AGE, ikevti_seconds() - sa->since) ||
	    (sa->tfm && put_installed(skb, sa, with_map)) ||
	    put_limits(skb, &sa->limits) || put_selectors(skb, sa->selectors) ||
	    put_sa_stats(skb, sa))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int answer(struct sk_buff *msg, struct genl_info *info,
		  struct ikevti_dev *idev)
{
	struct nlattr *tb[IKEVTI_SA_A_MAX + 1];
	struct ikevti_sa *sa;
	int err;

	err = parse(info, tb, key_policy);
	if (err)
		return err;
	sa = find_sa(info, tb, idev);
	if (IS_ERR(sa))
		return PTR_ERR(sa);
	return put_sa(msg, sa, tb[IKEVTI_SA_A_REPLAY_MAP]);
}

int ikevti_nl_sa_get(struct sk_buff *skb, struct genl_info *info)
{
	return ikevti_nl_answer(info, answer);
}

static int dump_peer(struct sk_buff *skb, struct netlink_callback *cb,
		     struct ikevti_peer *peer)
{
	struct ikevti_nl_place *place = ikevti_nl_place(cb);
	struct ikevti_sa *sa;
	unsigned long i = 0;
	void *hdr;

	list_for_each_entry(sa, &peer->sas, list) {
		if (i++ < place->item)
			continue;
		hdr = ikevti_nl_item_begin(skb, cb, peer->idev, IKEVTI_CMD_SA_GET);
		if (!hdr ||
		    ikevti_nl_item_end(skb, cb, hdr, put_sa(skb, sa, false)))
			return -EMSGSIZE;
		place->item = i;
	}
	return 0;
}

static int dump_dev(struct sk_buff *skb, struct netlink_callback *cb,
		    struct ikevti_dev *idev)
{
	return ikevti_nl_dump_peers(skb, cb, idev, dump_peer);
}

/* Readers with small buffers get one SA at a time */
int ikevti_nl_sa_dump_start(struct netlink_callback *cb)
{
	cb->min_dump_alloc = IKEVTI_NL_SIZE;
	return 0;
}

int ikevti_nl_sa_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	return ikevti_nl_dump(skb, cb, dump_dev);
}
