// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/ikevti_bench: write one command, read its result. The command runs in
 * the writer's context and ends before write() does:
 *
 *	tcp from=FD to=FD daddr=A [mss=N] cpu=MS
 *	forward from=FD dev=NAME to=FD sink=NAME saddr=A daddr=A [peers=N row=N] [size=N]
 *		burst=N cpu=MS
 *	latency from=FD dev=NAME to=FD sink=NAME saddr=A daddr=A size=N gap=NS packets=N
 *	aead size=N cpu=MS
 *	cipher packets=N	memory that one of N takes
 *	count to=FD sink=NAME	from now on, until "cpu" or the next command
 *	cpu			CPU time of the machine, packets counted
 *
 * FD names a network namespace among the writer's files. Results are
 * "unit value value2 lost".
 */
#include <linux/inet.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/parser.h>
#include <linux/proc_fs.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "bench.h"

#define HOST_CLOCK_MONOTONIC		1
#define HOST_CLOCK_PROCESS_CPUTIME_ID	2
#define HOST_NR_CLOCK_GETTIME		228

static DEFINE_MUTEX(bench_lock);

#ifdef CONFIG_UML

/* User-Mode Linux is a process of the host, whose system calls it may use */
static u64 host_clock(long which)
{
	struct __kernel_timespec ts = {};
	long ret;

	asm volatile("syscall"
		     : "=a" (ret)
		     : "a" ((long)HOST_NR_CLOCK_GETTIME), "D" (which), "S" (&ts)
		     : "rcx", "r11", "memory");
	return ret ? 0 : (u64)ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

/**
 * bench_cpu_ns() - CPU time that the whole machine has used
 *
 * Idle time and other load of the host are not in it; programs inside are
 * processes of their own for the host and are not in it either. Emulated by
 * QEMU: instructions executed, and what passed while it was idle.
 *
 * Return: nanoseconds.
 */
u64 bench_cpu_ns(void)
{
	return host_clock(HOST_CLOCK_PROCESS_CPUTIME_ID);
}

/* Time of the wall, ns */
u64 bench_wall_ns(void)
{
	return host_clock(HOST_CLOCK_MONOTONIC);
}

#else /* QEMU with -icount shift=0, whose time stamp counter counts instructions */

u64 bench_cpu_ns(void)
{
	return bench_cycles();
}

u64 bench_wall_ns(void)
{
	return bench_cycles();
}

#endif

static int count(const struct bench_args *args, struct bench_result *res)
{
	res->unit = "ok";
	return bench_sink_start(args->to, args->sink);
}

static int cpu(const struct bench_args *args, struct bench_result *res)
{
	res->unit = "ns";
	res->value = bench_cpu_ns();
	res->value2 = bench_sink_packets();
	return 0;
}

static const struct command {
	const char *name;
	int (*run)(const struct bench_args *args, struct bench_result *res);
	bool keeps_sink;
} commands[] = {
	{ "tcp", bench_tcp },
	{ "forward", bench_forward },
	{ "latency", bench_latency },
	{ "aead", bench_aead },
	{ "cipher", bench_cipher },
	{ "count", count, true },
	{ "cpu", cpu, true },
};

enum {
	OPT_FROM, OPT_TO, OPT_DEV, OPT_SINK, OPT_SADDR, OPT_DADDR, OPT_PEERS, OPT_ROW,
	OPT_MSS, OPT_SIZE, OPT_BURST, OPT_PACKETS, OPT_GAP, OPT_CPU, OPT_BAD
};

static const match_table_t words = {
	{ OPT_FROM, "from=%d" },
	{ OPT_TO, "to=%d" },
	{ OPT_DEV, "dev=%s" },
	{ OPT_SINK, "sink=%s" },
	{ OPT_SADDR, "saddr=%s" },
	{ OPT_DADDR, "daddr=%s" },
	{ OPT_PEERS, "peers=%d" },
	{ OPT_ROW, "row=%d" },
	{ OPT_MSS, "mss=%d" },
	{ OPT_SIZE, "size=%d" },
	{ OPT_BURST, "burst=%d" },
	{ OPT_PACKETS, "packets=%d" },
	{ OPT_GAP, "gap=%d" },
	{ OPT_CPU, "cpu=%d" },
	{ OPT_BAD, NULL },
};

static int parse_net(substring_t *word, struct net **to)
{
	struct net *net;
	int fd;

	if (match_int(word, &fd) || *to)
		return -EINVAL;
	net = get_net_ns_by_fd(fd);
	if (IS_ERR(net))
		return PTR_ERR(net);
	*to = net;
	return 0;
}

static int parse_addr(substring_t *word, __be32 *to)
{
	char text[16];

	match_strlcpy(text, word, sizeof(text));
	*to = in_aton(text);
	return 0;
}

static int parse_number(substring_t *word, unsigned int *to)
{
	int n;

	if (match_int(word, &n) || n < 0)
		return -EINVAL;
	*to = n;
	return 0;
}

static int parse_word(char *word, struct bench_args *args)
{
	substring_t arg[MAX_OPT_ARGS];

	switch (match_token(word, words, arg)) {
	case OPT_FROM:
		return parse_net(&arg[0], &args->from);
	case OPT_TO:
		return parse_net(&arg[0], &args->to);
	case OPT_DEV:
		match_strlcpy(args->dev, &arg[0], sizeof(args->dev));
		return 0;
	case OPT_SINK:
		match_strlcpy(args->sink, &arg[0], sizeof(args->sink));
		return 0;
	case OPT_SADDR:
		return parse_addr(&arg[0], &args->saddr);
	case OPT_DADDR:
		return parse_addr(&arg[0], &args->daddr);
	case OPT_PEERS:
		return parse_number(&arg[0], &args->peers);
	case OPT_ROW:
		return parse_number(&arg[0], &args->row);
	case OPT_MSS:
		return parse_number(&arg[0], &args->mss);
	case OPT_SIZE:
		return parse_number(&arg[0], &args->size);
	case OPT_BURST:
		return parse_number(&arg[0], &args->burst);
	case OPT_PACKETS:
		return parse_number(&arg[0], &args->packets);
	case OPT_GAP:
		return parse_number(&arg[0], &args->gap);
	case OPT_CPU:
		return parse_number(&arg[0], &args->cpu_ms);
	}
	return -EINVAL;
}

static int run(char *line, struct bench_result *res)
{
	struct bench_args args = {};
	const struct command *c;
	char *word, *name;
	int err = 0;

	name = strsep(&line, " ");
	for (c = commands; c < commands + ARRAY_SIZE(commands); c++)
		if (!strcmp(c->name, name))
			break;
	if (c == commands + ARRAY_SIZE(commands))
		return -ENOENT;

	while (!err && (word = strsep(&line, " ")))
		if (*word)
			err = parse_word(word, &args);
	if (!err) {
		mutex_lock(&bench_lock);
		if (!c->keeps_sink)
			bench_sink_stop();
		err = c->run(&args, res);
		if (!c->keeps_sink)
			bench_sink_stop();
		mutex_unlock(&bench_lock);
	}
	if (args.from)
		put_net(args.from);
	if (args.to)
		put_net(args.to);
	return err;
}

static ssize_t bench_write(struct file *file, const char __user *buf, size_t len, loff_t *pos)
{
	struct bench_result res = {};
	char *line, *answer;
	int err;

	line = memdup_user_nul(buf, min_t(size_t, len, PAGE_SIZE));
	if (IS_ERR(line))
		return PTR_ERR(line);
	err = run(strim(line), &res);
	kfree(line);
	if (err)
		return err;

	answer = kasprintf(GFP_KERNEL, "%s %llu %llu %llu\n", res.unit, res.value, res.value2,
			   res.lost);
	if (!answer)
		return -ENOMEM;
	kfree(xchg((char **)&file->private_data, answer));
	*pos = 0;
	return len;
}

static ssize_t bench_read(struct file *file, char __user *buf, size_t len, loff_t *pos)
{
	const char *answer = file->private_data;

	return answer ? simple_read_from_buffer(buf, len, pos, answer, strlen(answer)) : 0;
}

static int bench_open(struct inode *inode, struct file *file)
{
	file->private_data = NULL;
	return 0;
}

static int bench_release(struct inode *inode, struct file *file)
{
	kfree(file->private_data);
	return 0;
}

static const struct proc_ops bench_ops = {
	.proc_open = bench_open,
	.proc_release = bench_release,
	.proc_read = bench_read,
	.proc_write = bench_write,
};

static int __init bench_init(void)
{
	return proc_create("ikevti_bench", 0600, NULL, &bench_ops) ? 0 : -ENOMEM;
}

static void __exit bench_exit(void)
{
	remove_proc_entry("ikevti_bench", NULL);
	bench_sink_stop();
}

module_init(bench_init);
module_exit(bench_exit);
MODULE_DESCRIPTION("Traffic for the benchmarks of ikevti");
MODULE_LICENSE("GPL");
