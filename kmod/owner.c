// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a packet takes over from the one it was made of: some of its metadata,
 * and who pays for it. The socket that sent the inner packet pays for what is
 * made of it until the device below has sent that, so that TCP small queues
 * and socket buffers see it. Other destructors (packet rings, AF_XDP) keep
 * state in the skb that a new one lacks.
 */
#include <linux/skbuff.h>
#include <linux/wait_bit.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "tx.h"

/* Packets that will call release(), wherever in the system they are */
static atomic_t kept;

static void release(struct sk_buff *skb)
{
	rcu_read_lock();
	consume_skb(skb_shinfo(skb)->destructor_arg);
	if (atomic_dec_and_test(&kept))
		wake_up_var(&kept);
	rcu_read_unlock();
}

static bool can_pay(const struct sk_buff *skb)
{
	struct sock *sk = skb->sk;

	if (!sk || !skb->destructor || !sk_fullsock(sk) ||
	    skb->destructor == sock_efree || skb->destructor == sock_edemux)
		return false;
	/* From a device of ours within this one */
	if (skb->destructor == release)
		return false;
	return skb->destructor == sock_wfree || sk_is_tcp(sk);
}

/**
 * ikevti_share_owner() - let the socket that pays for a packet pay for another
 * @to: fresh
 * @from: remains paid for
 */
void ikevti_share_owner(struct sk_buff *to, struct sk_buff *from)
{
	if (!can_pay(from))
		return;
	to->sk = from->sk;
	to->destructor = from->destructor;
	refcount_add(to->truesize, &to->sk->sk_wmem_alloc);
}

/**
 * ikevti_move_owner() - let the socket that pays for a packet pay for another
 * @to: fresh
 * @from: no longer paid for
 */
void ikevti_move_owner(struct sk_buff *to, struct sk_buff *from)
{
	struct sock *sk = from->sk;
	int delta;

	if (!can_pay(from))
		return;
	to->sk = sk;
	to->destructor = from->destructor;
	from->sk = NULL;
	from->destructor = NULL;
	delta = to->truesize - from->truesize;
	if (delta >= 0)
		refcount_add(delta, &sk->sk_wmem_alloc);
	else
		WARN_ON_ONCE(refcount_sub_and_test(-delta, &sk->sk_wmem_alloc));
}

/**
 * ikevti_keep_owner() - let the socket that pays for a packet pay on
 * @to: fresh; as long as it lives, @from is paid for
 * @from: the packet it was made of
 *
 * Instead of paying for @to, which may be the first of a list: kernels do not
 * agree on whether that counts the others in, or not, when it is taken apart.
 */
void ikevti_keep_owner(struct sk_buff *to, struct sk_buff *from)
{
	if (!can_pay(from))
		return;
	/* It may live long, and must not hold a device or namespace back */
	skb_dst_drop(from);
	nf_reset_ct(from);
	skb_ext_reset(from);
	atomic_inc(&kept);
	skb_shinfo(to)->destructor_arg = skb_get(from);
	to->sk = from->sk;
	to->destructor = release;
}

/**
 * ikevti_owner_exit() - wait until no packet calls into the module
 *
 * For a queue below that is slow or stands still this takes as long as it
 * holds packets.
 *
 * Context: process, sleeps, without RTNL: a queue may have to be emptied by
 * hand. No packet is sent any more.
 */
void ikevti_owner_exit(void)
{
	while (!wait_var_event_timeout(&kept, !atomic_read(&kept), 10 * HZ))
		pr_info(KBUILD_MODNAME ": waiting for %d packets that are queued below\n",
			atomic_read(&kept));
	/* The last release() returns */
	synchronize_rcu();
}

/**
 * ikevti_inherit() - what of an inner packet's metadata is the outer's, too
 * @to: fresh
 * @from: inner packet
 * @xnet: they are in different namespaces
 *
 * What skb_scrub_packet() would leave of it.
 */
void ikevti_inherit(struct sk_buff *to, const struct sk_buff *from, bool xnet)
{
	to->protocol = from->protocol;
	to->priority = from->priority;
	skb_copy_hash(to, from);
	skb_copy_queue_mapping(to, from);
	skb_copy_secmark(to, from);
	if (!xnet)
		ikevti_copy_tstamp(to, from);
}
