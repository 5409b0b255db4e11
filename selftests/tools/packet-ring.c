// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * packet-ring: sends IPv4 packets out of a PACKET_TX_RING, as packet generators
 * do, and sees that the kernel gives every slot of the ring back.
 *
 *   packet-ring netns=NAME dev= from= to= [size=1000] [rounds=4]
 *
 * Each round fills all slots. Prints sent= and free=, the slots that came back
 * within two seconds of each round; the exit status is 0 when all did.
 */
#include "lib/nl-talk.h"
#include "lib/words.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/if_ether.h>
#include <linux/if_packet.h>

#define SLOTS		8
#define SLOT_SIZE	4096
#define BLOCK_SIZE	(2 * SLOT_SIZE)
#define HEAD		TPACKET_ALIGN(sizeof(struct tpacket2_hdr))

struct ring {
	int fd;
	uint8_t *map;
};

static struct tpacket2_hdr *slot(const struct ring *r, unsigned int i)
{
	return (struct tpacket2_hdr *)(void *)(r->map + (size_t)i * SLOT_SIZE);
}

static uint32_t status(const struct ring *r, unsigned int i)
{
	return __atomic_load_n(&slot(r, i)->tp_status, __ATOMIC_ACQUIRE);
}

static int ring_open(struct ring *r, const char *dev)
{
	struct tpacket_req req = {
		.tp_block_size = BLOCK_SIZE,
		.tp_block_nr = SLOTS * SLOT_SIZE / BLOCK_SIZE,
		.tp_frame_size = SLOT_SIZE,
		.tp_frame_nr = SLOTS,
	};
	struct sockaddr_ll addr = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_IP),
		.sll_ifindex = (int)if_nametoindex(dev),
	};
	int version = TPACKET_V2;

	r->fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (r->fd < 0 ||
	    setsockopt(r->fd, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)) ||
	    setsockopt(r->fd, SOL_PACKET, PACKET_TX_RING, &req, sizeof(req)) ||
	    bind(r->fd, (struct sockaddr *)&addr, sizeof(addr)))
		return -1;
	r->map = mmap(NULL, SLOTS * SLOT_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, r->fd, 0);
	return r->map == MAP_FAILED ? -1 : 0;
}

static void fill(const struct ring *r, unsigned int i, const char *from, const char *to,
		 uint16_t size)
{
	/* protocol 253 is for experiments: nobody answers */
	uint8_t packet[SLOT_SIZE] = { 0x45, 0, (uint8_t)(size >> 8), (uint8_t)size, 0, 0, 0, 0,
				      64, 253 };
	uint32_t sum = 0;
	int k;

	inet_pton(AF_INET, from, packet + 12);
	inet_pton(AF_INET, to, packet + 16);
	for (k = 0; k < 20; k += 2)
		sum += (uint32_t)packet[k] << 8 | packet[k + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	sum = ~(sum + (sum >> 16));
	packet[10] = (uint8_t)(sum >> 8);
	packet[11] = (uint8_t)sum;
	memcpy((uint8_t *)slot(r, i) + HEAD, packet, size);
	slot(r, i)->tp_len = size;
	__atomic_store_n(&slot(r, i)->tp_status, TP_STATUS_SEND_REQUEST, __ATOMIC_RELEASE);
}

static unsigned int available(const struct ring *r)
{
	unsigned int i, n = 0, tries;

	for (tries = 0; tries < 200 && n < SLOTS; tries++) {
		n = 0;
		for (i = 0; i < SLOTS; i++)
			n += status(r, i) == TP_STATUS_AVAILABLE;
		if (n < SLOTS)
			usleep(10000);
	}
	return n;
}

int main(int argc, char **argv)
{
	const char *netns = word(argc, argv, "netns", NULL);
	const char *dev = word(argc, argv, "dev", "vpn0");
	const char *from = word(argc, argv, "from", "10.9.0.1");
	const char *to = word(argc, argv, "to", "10.9.0.2");
	int size = atoi(word(argc, argv, "size", "1000"));
	int rounds = atoi(word(argc, argv, "rounds", "4"));
	unsigned int i, sent = 0, back = 0;
	struct ring r;

	if (size < 20 || size > (int)(SLOT_SIZE - HEAD)) {
		fprintf(stderr, "size is 20 to %d\n", (int)(SLOT_SIZE - HEAD));
		return EXIT_USAGE;
	}
	if (netns && enter_netns(netns)) {
		fprintf(stderr, "no namespace %s\n", netns);
		return EXIT_USAGE;
	}
	if (ring_open(&r, dev)) {
		perror("packet-ring");
		return EXIT_USAGE;
	}
	for (; rounds > 0; rounds--) {
		for (i = 0; i < SLOTS; i++)
			fill(&r, i, from, to, (uint16_t)size);
		if (send(r.fd, NULL, 0, MSG_DONTWAIT) < 0)
			perror("packet-ring: send");
		sent += SLOTS;
		i = available(&r);
		back += i;
		if (i < SLOTS)
			break;
	}
	printf("sent=%u free=%u\n", sent, back);
	return sent != back;
}
