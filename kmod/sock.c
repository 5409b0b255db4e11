// SPDX-License-Identifier: GPL-2.0-only
/*
 * The daemon's UDP sockets carry IKE and ESP (RFC 3948). The daemon opens and
 * binds them; attached, they give ESP to this module and pass IKE, marked by
 * four zero octets, to userspace.
 *
 * The module holds the socket's file, so that tunnels go on when the daemon
 * dies: when its netlink socket closes, the socket becomes an orphan that the
 * next daemon may take. It is let go when IKEVTI_SOCKET_GRACE seconds are over
 * and no SA uses it, since what sends goes on as long as its SAs do. Since
 * a socket keeps its namespace alive, orphans that are the only thing to do so
 * are let go at once.
 */
#include <linux/file.h>
#include <linux/slab.h>
#include <net/sock.h>
#include <net/udp.h>
#include <net/udp_tunnel.h>

#include "batch.h"
#include "dev.h"
#include "event.h"
#include "gro.h"
#include "icmp.h"
#include "net.h"
#include "path.h"
#include "peer.h"
#include "rx.h"
#include "sa.h"
#include "sock.h"

/* None of udp.h's: setsockopt() does special things to those it knows */
#define ENCAP_TYPE	0x69
#define KEEPALIVE	0xff	/* RFC 3948 section 2.3 */
/* Seconds until an orphan that is in use is looked at again */
#define LOOK_AGAIN	10

static int take_esp(const struct sock *sk, struct sk_buff *skb)
{
	struct net *net = sock_net(sk);

	skb_mark_not_on_list(skb);
	__skb_pull(skb, sizeof(struct udphdr));
	if (ikevti_rx(net, skb, IKEVTI_ENCAP_UDP) == IKEVTI_RX_FOREIGN) {
		ikevti_event_unknown_spi(net, skb);
		kfree_skb_reason(skb, SKB_DROP_REASON_NO_SOCKET);
	}
	return 0;
}

/*
 * What to do with a datagram, or with a batch of ESP packets of one SA. Other
 * batches were cut into datagrams, which may still be linked to each other.
 * Context: softirq, RCU read side, data at the UDP header.
 * Return: 0 consumed, 1 for the socket's reader.
 */
static int sock_rcv(struct sock *sk, struct sk_buff *skb)
{
	unsigned int len;
	const u8 *payload;
	u8 buf[4];

	if (skb_is_gso(skb)) {
		if (likely(ikevti_batch_is_ours(skb)))
			return take_esp(sk, skb);
		goto drop;
	}
	len = skb->len - sizeof(struct udphdr);
	payload = skb_header_pointer(skb, sizeof(struct udphdr),
				     min_t(unsigned int, len, sizeof(buf)),
				     buf);
	if (unlikely(!payload || !len))
		goto drop;
	if (len == 1 && payload[0] == KEEPALIVE) {
		consume_skb(skb);
		return 0;
	}
	if (len < 4)
		goto drop;
	if (!get_unaligned((u32 *)payload))
		return 1;

	if (likely(pskb_may_pull(skb, sizeof(struct udphdr) +
				      sizeof(struct ip_esp_hdr))))
		return take_esp(sk, skb);
drop:
	kfree_skb_reason(skb, SKB_DROP_REASON_PKT_TOO_SMALL);
	return 0;
}

/**
 * ikevti_sock_find() - an attached socket by its name
 * @in: underlay namespace
 * @family: AF_INET or AF_INET6
 * @port: local port
 *
 * Context: ikevti_mutex.
 * Return: the socket or NULL.
 */
struct ikevti_sock *ikevti_sock_find(struct ikevti_net *in, u16 family,
				     __be16 port)
{
	struct ikevti_sock *s;

	list_for_each_entry(s, &in->socks, list)
		if (s->family == family && s->port == port)
			return s;
	return NULL;
}

/* Give a peer's paths of the socket's name the socket, or take it from them */
static void update_peer(struct ikevti_sock *s, struct ikevti_peer *peer,
			bool attach)
{
	const struct ikevti_endpoint *ep;
	struct ikevti_path *path;

	list_for_each_entry(path, &peer->paths, list) {
		ep = ikevti_path_endpoint(path);
		if (ep->encap != IKEVTI_ENCAP_UDP || ep->family != s->family ||
		    ep->local_port != s->port)
			continue;
		rcu_assign_pointer(path->sock, attach ? s : NULL);
		ikevti_peer_schedule(peer);
	}
}

static void update_paths(struct ikevti_sock *s, bool attach)
{
	struct ikevti_peer *peer;
	struct ikevti_dev *idev;

	list_for_each_entry(idev, &s->in->devs, list)
		ikevti_for_each_peer(peer, idev)
			update_peer(s, peer, attach);
}

static int check_socket(struct ikevti_net *in, struct socket *sock,
			struct netlink_ext_ack *extack)
{
	struct sock *sk = sock->sk;

	if (sk->sk_type != SOCK_DGRAM || sk->sk_protocol != IPPROTO_UDP ||
	    (sk->sk_family != AF_INET && sk->sk_family != AF_INET6)) {
		NL_SET_ERR_MSG(extack, "fd is not a UDP socket");
		return -EINVAL;
	}
	if (!net_eq(sock_net(sk), in->net)) {
		NL_SET_ERR_MSG(extack, "the socket belongs to another network namespace");
		return -EXDEV;
	}
	return 0;
}

/* Is the socket attached already? Then it gets a new owner. */
static struct ikevti_sock *attached(struct ikevti_net *in, const struct sock *sk)
{
	struct ikevti_sock *s;

	list_for_each_entry(s, &in->socks, list)
		if (s->sk == sk)
			return s;
	return NULL;
}

/* Context: ikevti_mutex, sk locked */
static int take_over(struct ikevti_sock *s, struct socket *sock,
		     struct netlink_ext_ack *extack)
{
	struct udp_tunnel_sock_cfg cfg = {
		.sk_user_data = s,
		.encap_type = ENCAP_TYPE,
		.encap_rcv = sock_rcv,
		.encap_err_lookup = ikevti_icmp_udp,
		.gro_receive = ikevti_gro_receive,
	};
	struct sock *sk = sock->sk;

	if (s->in->n_socks >= IKEVTI_SOCKETS_MAX) {
		NL_SET_ERR_MSG(extack, "the namespace has its maximum of attached sockets");
		return -ENOSPC;
	}
	if (udp_sk(sk)->encap_type || sk->sk_user_data) {
		NL_SET_ERR_MSG(extack, "the socket is encapsulating already");
		return -EBUSY;
	}
	s->port = inet_sk(sk)->inet_sport;
	if (!s->port) {
		NL_SET_ERR_MSG(extack, "the socket is not bound to a port");
		return -EINVAL;
	}
	if (ikevti_sock_find(s->in, s->family, s->port)) {
		NL_SET_ERR_MSG(extack, "a socket of this family and port is attached already");
		return -EEXIST;
	}
	if (!s->in->n_socks) {
		int err = ikevti_batch_hook(s->in);

		if (err) {
			NL_SET_ERR_MSG(extack, "no netfilter hook to be had");
			return err;
		}
	}
	ikevti_setup_udp_sock(s->in->net, sk, &cfg);
	/* Outer checksums say nothing about what is inside */
	inet_dec_convert_csum(sk);
	udp_allow_gso(sk);
	list_add_tail_rcu(&s->list, &s->in->socks);
	s->in->n_socks++;
	update_paths(s, true);
	return 0;
}

/**
 * ikevti_sock_attach() - take over a socket of userspace
 * @in: underlay namespace
 * @fd: in the calling process
 * @owner: netlink port that the socket's life is tied to
 * @extack: says what failed
 *
 * Attaching one that is attached makes the caller its owner.
 *
 * A user can keep his socket locked for as long as he likes, in a sendmsg()
 * that sleeps. So its lock comes before the mutex, which all tunnels and, with
 * it, RTNL wait for.
 *
 * Context: the calling process, without ikevti_mutex; may sleep.
 * Return: 0 or an error.
 */
int ikevti_sock_attach(struct ikevti_net *in, int fd, u32 owner,
		       struct netlink_ext_ack *extack)
{
	struct ikevti_sock *s, *there;
	struct socket *sock;
	int err;

	sock = sockfd_lookup(fd, &err);
	if (!sock) {
		NL_SET_ERR_MSG(extack, "fd is not a socket");
		return err;
	}
	err = check_socket(in, sock, extack);
	if (err)
		goto put;
	err = -ENOMEM;
	s = kzalloc(sizeof(*s), GFP_KERNEL_ACCOUNT);
	if (!s)
		goto put;
	s->in = in;
	s->sk = sock->sk;
	s->file = sock->file;
	s->family = sock->sk->sk_family;
	s->owner = owner;

	lock_sock(sock->sk);
	mutex_lock(&ikevti_mutex);
	there = attached(in, sock->sk);
	if (there)
		there->owner = owner;
	err = there ? 0 : take_over(s, sock, extack);
	mutex_unlock(&ikevti_mutex);
	release_sock(sock->sk);
	if (!there && !err)
		return 0;
	kfree(s);
put:
	sockfd_put(sock);
	return err;
}

/*
 * Make it an ordinary socket again. Not under its lock, for which nothing that
 * concerns other users may wait. These are single words, which receivers read
 * without the lock too, and which nobody but the socket's own user changes as
 * long as sk_user_data is ours.
 */
static void give_back(const struct ikevti_sock *s)
{
	struct sock *sk = s->sk;

	/* By its gro_receive GRO counts and finds it */
	ikevti_udp_forget(sk);
	WRITE_ONCE(udp_sk(sk)->gro_receive, NULL);
	WRITE_ONCE(udp_sk(sk)->encap_err_lookup, NULL);
	WRITE_ONCE(udp_sk(sk)->encap_rcv, NULL);
	WRITE_ONCE(udp_sk(sk)->encap_type, 0);
	/* Its reader, if he did not ask for more, wants single datagrams */
	if (!udp_test_bit(GRO_ENABLED, sk)) {
		udp_clear_bit(ACCEPT_L4, sk);
		udp_clear_bit(ACCEPT_FRAGLIST, sk);
	}
	rcu_assign_sk_user_data(sk, NULL);
}

/**
 * ikevti_sock_detach() - give a socket back to itself
 * @s: attached, freed
 *
 * Context: ikevti_mutex. Packets being received may still be inside its
 * callback for a grace period.
 */
void ikevti_sock_detach(struct ikevti_sock *s)
{
	list_del_rcu(&s->list);
	if (!--s->in->n_socks)
		ikevti_batch_unhook(s->in);
	update_paths(s, false);
	give_back(s);
	fput(s->file);
	kfree_rcu(s, rcu);
}

/**
 * ikevti_sock_orphan() - the owner of sockets is gone
 * @in: underlay namespace
 * @owner: its netlink port
 *
 * Context: ikevti_mutex.
 */
void ikevti_sock_orphan(struct ikevti_net *in, u32 owner)
{
	struct ikevti_sock *s;

	list_for_each_entry(s, &in->socks, list) {
		if (s->owner != owner)
			continue;
		s->owner = 0;
		s->orphan_until = ikevti_seconds() + IKEVTI_SOCKET_GRACE;
		ikevti_reap_soon(HZ);
	}
}

static bool path_uses(const struct ikevti_path *path,
		      const struct ikevti_sock *s)
{
	const struct ikevti_sa *sa;

	if (rcu_access_pointer(path->sock) != s)
		return false;
	list_for_each_entry(sa, &path->sas, of_path)
		if (sa->tfm && !ikevti_sa_expired(sa))
			return true;
	return false;
}

/* Is there an SA with a key, and not at its end, whose packets it carries? */
static bool in_use(const struct ikevti_sock *s)
{
	const struct ikevti_path *path;
	struct ikevti_peer *peer;
	struct ikevti_dev *idev;

	list_for_each_entry(idev, &s->in->devs, list)
		ikevti_for_each_peer(peer, idev)
			list_for_each_entry(path, &peer->paths, list)
				if (path_uses(path, s))
					return true;
	return false;
}

static bool may_go(struct ikevti_sock *s)
{
	if ((s32)(s->orphan_until - ikevti_seconds()) > 0)
		return false;
	if (!in_use(s))
		return true;
	s->orphan_until = ikevti_seconds() + LOOK_AGAIN;
	return false;
}

/**
 * ikevti_sock_reap() - let go orphans whose time is over
 * @in: underlay namespace
 *
 * Context: ikevti_mutex.
 * Return: true if orphans remain.
 */
bool ikevti_sock_reap(struct ikevti_net *in)
{
	struct ikevti_sock *s, *next;
	unsigned int orphans = 0;
	bool dying;

	list_for_each_entry(s, &in->socks, list)
		orphans += !s->owner;
	if (!orphans)
		return false;
	/* Each socket counts for one: is anybody else in this namespace? */
	dying = ikevti_net_users(in->net) <= orphans;

	list_for_each_entry_safe(s, next, &in->socks, list) {
		if (s->owner || (!dying && !may_go(s)))
			continue;
		ikevti_sock_detach(s);
		orphans--;
	}
	return orphans;
}
