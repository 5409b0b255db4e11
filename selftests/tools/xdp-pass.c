// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * xdp-pass: attaches a program to a device that passes every packet. It is a
 * generic one, for which the kernel makes packets linear, lists of packets too.
 *
 *   netns=NAME dev=NAME
 *
 * "ready" is printed when it is attached; it is until the process ends.
 */
#include "lib/nl-attrs.h"
#include "lib/nl-talk.h"

#include <linux/bpf.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int bpf(int cmd, union bpf_attr *attr)
{
	return (int)syscall(__NR_bpf, cmd, attr, sizeof(*attr));
}

/* Return: file descriptor of what keeps the program attached, or -1 */
static int attach(unsigned int ifindex)
{
	static const struct bpf_insn program[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr load = {
		.prog_type = BPF_PROG_TYPE_XDP,
		.insns = (uintptr_t)program,
		.insn_cnt = sizeof(program) / sizeof(program[0]),
		.license = (uintptr_t)"GPL",
	};
	union bpf_attr link = {
		.link_create = {
			.target_ifindex = ifindex,
			.attach_type = BPF_XDP,
			.flags = XDP_FLAGS_SKB_MODE,
		},
	};
	int fd = bpf(BPF_PROG_LOAD, &load);

	if (fd < 0)
		return -1;
	link.link_create.prog_fd = (uint32_t)fd;
	return bpf(BPF_LINK_CREATE, &link);
}

int main(int argc, char **argv)
{
	unsigned int ifindex;

	if (argc != 3 || strncmp(argv[1], "netns=", 6) || strncmp(argv[2], "dev=", 4)) {
		fputs("xdp-pass netns=NAME dev=NAME\n", stderr);
		return 2;
	}
	if (enter_netns(argv[1] + 6)) {
		perror(argv[1]);
		return 1;
	}
	ifindex = if_nametoindex(argv[2] + 4);
	if (!ifindex || attach(ifindex) < 0) {
		perror("xdp-pass");
		return 1;
	}
	puts("ready");
	fflush(stdout);
	pause();
	return 0;
}
