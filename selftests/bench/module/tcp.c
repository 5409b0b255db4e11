// SPDX-License-Identifier: GPL-2.0-only
/*
 * TCP, one stream: the writer sends, a thread receives, both copy, as programs
 * would, but without the system calls, which are slow in User-Mode Linux.
 */
#include <linux/completion.h>
#include <linux/in.h>
#include <linux/kthread.h>
#include <linux/math64.h>
#include <linux/net.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/tcp.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "bench.h"

#define CHUNK		65536
#define PORT		5001
#define WARM_UP_NS	(60 * NSEC_PER_MSEC)
#define PATIENCE	(5 * HZ)

struct stream {
	struct socket *listener;
	struct socket *tx;
	struct socket *rx;
	struct task_struct *reader;
	struct completion done;
	void *out;
	void *in;
	u64 received;
};

static int receive(void *data)
{
	struct stream *s = data;
	int n;

	do {
		struct kvec vec = { .iov_base = s->in, .iov_len = CHUNK };
		struct msghdr msg = {};

		n = kernel_recvmsg(s->rx, &msg, &vec, 1, CHUNK, 0);
		if (n > 0)
			WRITE_ONCE(s->received, s->received + n);
	} while (n > 0);
	complete_all(&s->done);
	/* kthread_stop() wants to find the thread */
	while (!kthread_should_stop())
		schedule_timeout_interruptible(HZ / 10);
	return 0;
}

static int new_socket(struct net *net, unsigned int mss, struct socket **sock)
{
	int err = sock_create_kern(net, AF_INET, SOCK_STREAM, IPPROTO_TCP, sock);
	int value = mss;

	if (err)
		return err;
	(*sock)->sk->sk_sndtimeo = PATIENCE;
	(*sock)->sk->sk_rcvtimeo = PATIENCE;
	sock_set_reuseaddr((*sock)->sk);
	if (!mss)
		return 0;
	return (*sock)->ops->setsockopt(*sock, SOL_TCP, TCP_MAXSEG, KERNEL_SOCKPTR(&value),
					sizeof(value));
}

static int join(struct stream *s, const struct bench_args *args)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	int err;

	s->out = kzalloc(CHUNK, GFP_KERNEL);
	s->in = kzalloc(CHUNK, GFP_KERNEL);
	if (!s->out || !s->in)
		return -ENOMEM;
	err = new_socket(args->to, args->mss, &s->listener);
	if (!err)
		err = kernel_bind(s->listener, (struct sockaddr *)&addr, sizeof(addr));
	if (!err)
		err = kernel_listen(s->listener, 1);
	if (!err)
		err = new_socket(args->from, args->mss, &s->tx);
	addr.sin_addr.s_addr = args->daddr;
	if (!err)
		err = kernel_connect(s->tx, (struct sockaddr *)&addr, sizeof(addr), 0);
	if (!err)
		err = kernel_accept(s->listener, &s->rx, 0);
	if (err)
		return err;
	s->rx->sk->sk_rcvtimeo = PATIENCE;
	init_completion(&s->done);
	s->reader = kthread_run(receive, s, "ikevti_bench_rx");
	return PTR_ERR_OR_ZERO(s->reader);
}

static void leave(struct stream *s)
{
	if (s->tx)
		kernel_sock_shutdown(s->tx, SHUT_RDWR);
	if (!IS_ERR_OR_NULL(s->reader)) {
		wait_for_completion_timeout(&s->done, PATIENCE);
		kernel_sock_shutdown(s->rx, SHUT_RDWR);
		wait_for_completion(&s->done);
		kthread_stop(s->reader);
	}
	if (s->rx)
		sock_release(s->rx);
	if (s->tx)
		sock_release(s->tx);
	if (s->listener)
		sock_release(s->listener);
	kfree(s->out);
	kfree(s->in);
}

static int until(struct stream *s, u64 cpu_end)
{
	u64 give_up = bench_wall_ns() + 20 * NSEC_PER_SEC;
	int n;

	while (bench_cpu_ns() < cpu_end) {
		struct kvec vec = { .iov_base = s->out, .iov_len = CHUNK };
		struct msghdr msg = {};

		n = kernel_sendmsg(s->tx, &msg, &vec, 1, CHUNK);
		if (n < 0)
			return n;
		if (fatal_signal_pending(current))
			return -EINTR;
		if (bench_wall_ns() > give_up)
			return -ETIMEDOUT;
	}
	return 0;
}

/**
 * bench_tcp() - payload received per second of CPU time, both ends together
 * @args: command
 * @res: result, bit/s; lost are segments sent again
 *
 * Return: 0 or an error.
 */
int bench_tcp(const struct bench_args *args, struct bench_result *res)
{
	struct stream s = {};
	u64 cpu, received;
	u32 again;
	int err;

	if (!args->from || !args->to)
		return -EINVAL;
	err = join(&s, args);
	if (!err)
		err = until(&s, bench_cpu_ns() + WARM_UP_NS);
	if (err)
		goto out;

	received = READ_ONCE(s.received);
	again = tcp_sk(s.tx->sk)->total_retrans;
	cpu = bench_cpu_ns();
	err = until(&s, cpu + args->cpu_ms * NSEC_PER_MSEC);
	cpu = bench_cpu_ns() - cpu;
	received = READ_ONCE(s.received) - received;

	res->unit = "Mbit";
	res->value = mul_u64_u64_div_u64(received * 8, NSEC_PER_SEC, cpu);
	res->value2 = received;
	res->lost = tcp_sk(s.tx->sk)->total_retrans - again;
out:
	leave(&s);
	return err;
}
