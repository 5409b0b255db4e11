// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * udp-stream: flows of numbered datagrams, and what became of them.
 *
 *   udp-stream send from= to= [port=5004] [flows=1] [us=1000]
 *   udp-stream receive at= [port=5004]
 *
 * Every "us" microseconds a datagram of each flow is sent, flow i from port
 * 20000 + i, until SIGTERM. The receiver says "ready"; at SIGTERM it takes what
 * is still on its way, until nothing has come for half a second. Then both say,
 * for each flow, how many there were:
 *
 *   flow=0 sent=1234            flow=0 received=1230 late=0 twice=0
 *
 * "late" came after one with a higher number. Addresses are IPv4 or IPv6.
 */
#include "lib/words.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define FLOWS_MAX	64
#define PORT_FIRST	20000
#define NUMBERS		(1U << 20)
#define BUFFER		(8 << 20)
#define SILENCE_MS	500

struct message {
	uint32_t flow;
	uint32_t number;
	uint8_t filler[92];
};

static volatile sig_atomic_t stop;

static void on_term(int sig)
{
	(void)sig;
	stop = 1;
}

static socklen_t address(const char *text, int port, struct sockaddr_storage *to)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)to;
	struct sockaddr_in *in = (struct sockaddr_in *)to;

	memset(to, 0, sizeof(*to));
	if (inet_pton(AF_INET, text, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = htons((uint16_t)port);
		return sizeof(*in);
	}
	if (inet_pton(AF_INET6, text, &in6->sin6_addr) == 1) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons((uint16_t)port);
		return sizeof(*in6);
	}
	return 0;
}

/* A socket bound to an address; never connected, so that errors are nobody's */
static int bound(const char *text, int port)
{
	struct sockaddr_storage ss;
	socklen_t len = address(text, port, &ss);
	int fd, size = BUFFER;

	if (!len)
		return -1;
	fd = socket(ss.ss_family, SOCK_DGRAM, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&ss, len)) {
		perror(text);
		return -1;
	}
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		perror("SO_RCVBUFFORCE");
	return fd;
}

static int send_flows(const char *from, const char *to, int port, unsigned int flows,
		      unsigned int us)
{
	struct timespec pause = { .tv_nsec = (long)us * 1000 };
	struct message message = { 0 };
	uint32_t sent[FLOWS_MAX] = { 0 };
	struct sockaddr_storage ss;
	int fd[FLOWS_MAX];
	socklen_t len;
	unsigned int i;

	len = address(to, port, &ss);
	for (i = 0; i < flows; i++) {
		fd[i] = bound(from, PORT_FIRST + (int)i);
		if (fd[i] < 0 || !len)
			return 1;
	}
	while (!stop) {
		for (i = 0; i < flows; i++) {
			message.flow = i;
			message.number = sent[i];
			/* what the stack refuses was not on its way */
			if (sent[i] < NUMBERS - 1 &&
			    sendto(fd[i], &message, sizeof(message), 0,
				   (struct sockaddr *)&ss, len) == sizeof(message))
				sent[i]++;
		}
		nanosleep(&pause, NULL);
	}
	for (i = 0; i < flows; i++)
		printf("flow=%u sent=%u\n", i, sent[i]);
	return 0;
}

struct flow {
	uint32_t next;
	uint32_t received;
	uint32_t late;
	uint32_t twice;
	uint8_t *seen;
};

static void note(struct flow *flow, uint32_t number)
{
	if (number >= NUMBERS)
		return;
	if (!flow->seen)
		flow->seen = calloc(NUMBERS, 1);
	if (!flow->seen)
		return;
	if (flow->seen[number]++) {
		flow->twice++;
		return;
	}
	flow->received++;
	if (number < flow->next)
		flow->late++;
	else
		flow->next = number + 1;
}

static int receive_flows(const char *at, int port)
{
	static struct flow flow[FLOWS_MAX];
	struct message message;
	struct pollfd pfd;
	unsigned int i;
	int ready;

	pfd.fd = bound(at, port);
	pfd.events = POLLIN;
	if (pfd.fd < 0)
		return 1;
	puts("ready");
	fflush(stdout);
	do {
		ready = poll(&pfd, 1, SILENCE_MS);
		if (recv(pfd.fd, &message, sizeof(message), MSG_DONTWAIT) == sizeof(message) &&
		    message.flow < FLOWS_MAX)
			note(&flow[message.flow], message.number);
	} while (ready || !stop);
	for (i = 0; i < FLOWS_MAX; i++)
		if (flow[i].seen)
			printf("flow=%u received=%u late=%u twice=%u\n", i, flow[i].received,
			       flow[i].late, flow[i].twice);
	return 0;
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";
	int port = atoi(word(argc, argv, "port", "5004"));
	unsigned int flows = (unsigned int)atoi(word(argc, argv, "flows", "1"));
	struct sigaction sa = { .sa_handler = on_term };

	sigaction(SIGTERM, &sa, NULL);
	if (!strcmp(verb, "send") && flows >= 1 && flows <= FLOWS_MAX)
		return send_flows(word(argc, argv, "from", ""), word(argc, argv, "to", ""), port,
				  flows, (unsigned int)atoi(word(argc, argv, "us", "1000")));
	if (!strcmp(verb, "receive"))
		return receive_flows(word(argc, argv, "at", ""), port);
	fputs("usage: udp-stream send|receive [name=value...]\n", stderr);
	return 250;
}
