// SPDX-License-Identifier: GPL-2.0-or-later
/* ikevtictl init: a few answers become the configurations of both ends of a tunnel */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/init.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

static const char *const peers[] = { "ikevti", "strongswan", "libreswan" };

/* What can be said by an option; its name is in options[] */
enum {
	PEER,
	NAME,
	LOCAL,
	REMOTE,
	SEEN_AS,
	ID,
	REMOTE_ID,
	DIR,
	OUTPUT,
	N_SAID,
};

struct answers {
	const char *said[N_SAID];
	bool ask;
};

static int usage(FILE *to)
{
	fputs("usage: ikevtictl init [OPTIONS]\n\n"
	      "Writes a new tunnel's configuration and secret for this host and for the other\n"
	      "side, and says what to run there. What no option says is asked for.\n\n"
	      "      --peer KIND          ikevti, strongswan or libreswan: what runs there\n"
	      "      --name NAME          of the tunnel (office)\n"
	      "      --remote ADDRESS     of the other side; any: it calls, from anywhere\n"
	      "      --local ADDRESS      of this host (the one that packets to it leave with)\n"
	      "      --seen-as ADDRESS    this host as the other side reaches it; any: it cannot\n"
	      "      --id IDENTITY        of this host (its name)\n"
	      "      --remote-id IDENTITY of the other side\n"
	      "      --dir DIRECTORY      of ikevti.conf and secrets.conf (" IKEVTI_CONFDIR ")\n"
	      "      --output DIRECTORY   for the other side's files (ikevti-NAME-peer)\n"
	      "  -y, --yes                ask nothing\n", to);
	return to == stdout ? CLI_OK : CLI_USAGE;
}

/* ---- defaults ------------------------------------------------------------- */

/* The address that packets to @remote leave with; to anywhere, when that is "any" */
static bool source_to(const char *remote, char *local)
{
	const char *to = strcmp(remote, "any") ? remote : "192.0.2.1";
	struct sockaddr_storage ss;
	struct net_addr a;
	socklen_t len;
	bool ok;
	int fd;

	if (!net_addr_parse(&a, to))
		return false;
	a.port = 500;
	len = net_addr_to_sockaddr(&a, &ss);
	fd = socket(a.family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	ok = !connect(fd, (struct sockaddr *)&ss, len);
	len = sizeof(ss);
	ok = ok && !getsockname(fd, (struct sockaddr *)&ss, &len);
	close(fd);
	if (!ok)
		return false;
	net_addr_from_sockaddr(&a, &ss);
	a.port = 0;
	net_addr_format(&a, local);
	return true;
}

/* RFC 1918, 6598, 4193: nobody outside reaches it */
static bool is_private(const char *text)
{
	struct net_addr a;

	if (!net_addr_parse(&a, text))
		return false;
	if (a.family == AF_INET6)
		return (a.ip[0] & 0xfe) == 0xfc;
	return a.ip[0] == 10 || (a.ip[0] == 172 && (a.ip[1] & 0xf0) == 16) ||
	       (a.ip[0] == 192 && a.ip[1] == 168) || (a.ip[0] == 100 && (a.ip[1] & 0xc0) == 64);
}

/* A pair of addresses that other tunnels hardly have, and the secret */
static bool make_random(struct init *in)
{
	uint8_t r[12], secret[32];

	if (getrandom(r, sizeof(r), 0) != sizeof(r) ||
	    getrandom(secret, sizeof(secret), 0) != sizeof(secret)) {
		cli_say("the kernel gives no random numbers");
		return false;
	}
	/* 10.192.0.0/10 in pieces of four; RFC 4193 */
	snprintf(in->inner4, sizeof(in->inner4), "10.%d.%d", 192 | (r[0] & 0x3f), r[1]);
	snprintf(in->inner6, sizeof(in->inner6), "fd%02x:%x:%x:%x:", r[2],
		 r[3] << 8 | r[4], r[5] << 8 | r[6], r[7] << 8 | r[8]);
	in->if_id = (uint16_t)(1 + (r[9] << 8 | r[10]) % 65000);
	EVP_EncodeBlock((unsigned char *)in->secret, secret, sizeof(secret));
	OPENSSL_cleanse(secret, sizeof(secret));
	return true;
}

/* ---- answers -------------------------------------------------------------- */

static bool is_address(const char *text)
{
	struct net_addr a;

	return net_addr_parse(&a, text) && !net_addr_is_any(&a);
}

static bool is_address_or_any(const char *text)
{
	return !strcmp(text, "any") || is_address(text);
}

static bool is_word(const char *text)
{
	size_t len = strlen(text);

	return len && len < CONF_NAME_MAX && isalpha((unsigned char)*text) &&
	       strspn(text, LETTERS "-_") == len;
}

static bool is_identity(const char *text)
{
	size_t len = strlen(text);

	return len && len < CONF_ID_MAX && strcmp(text, "any") &&
	       strspn(text, LETTERS "-_.:@") == len;
}

static bool is_peer(const char *text)
{
	size_t i;

	for (i = 0; i < sizeof(peers) / sizeof(peers[0]); i++)
		if (!strcmp(text, peers[i]))
			return true;
	return false;
}

/**
 * struct question - one thing to know
 * @option: by which it can be said; it names the thing in errors, too
 * @good: whether an answer will do; @wanted says what would
 */
struct question {
	const char *option;
	const char *text;
	bool (*good)(const char *text);
	const char *wanted;
};

static bool read_answer(char *to, size_t size)
{
	char line[512];
	size_t len;

	if (!fgets(line, sizeof(line), stdin))
		return false;
	len = strcspn(line, "\n");
	if (len >= size) {
		*to = 0;	/* no answer, so that it is asked again */
		return true;
	}
	while (len && isspace((unsigned char)line[len - 1]))
		len--;
	line[len] = 0;
	if (len)
		snprintf(to, size, "%s", line + strspn(line, " \t"));
	return true;
}

/* What would be cut short is refused, or other things would be done than were said */
static bool copy(char *to, size_t size, const char *text)
{
	if (strlen(text) < size) {
		strcpy(to, text);
		return true;
	}
	cli_say("'%.20s...' is too long", text);
	return false;
}

/* @to holds what is taken when nothing is said, "" when there is none such */
static bool settle(const struct answers *a, const struct question *q, const char *said, char *to,
		   size_t size)
{
	if (said) {
		if (!copy(to, size, said))
			return false;
	} else if (a->ask) {
		do {
			printf("%s%s%s%s: ", q->text, *to ? " [" : "", to, *to ? "]" : "");
			fflush(stdout);
			if (!read_answer(to, size))
				break;
			if (q->good(to))
				return true;
			printf("  %s\n", q->wanted);
			*to = 0;
		} while (1);
	}
	if (q->good(to))
		return true;
	if (*to)
		cli_say("%s '%s': %s", q->option, to, q->wanted);
	else
		cli_say("%s is missing: %s", q->option, q->wanted);
	return false;
}

static void host_name(char *to, size_t size)
{
	size_t i;

	if (gethostname(to, size))
		*to = 0;
	to[size - 1] = 0;
	for (i = 0; to[i]; i++)
		to[i] = (char)tolower((unsigned char)to[i]);
	if (!is_identity(to))
		*to = 0;
}

static bool take_addresses(const struct answers *a, struct init *in)
{
	static const struct question remote = {
		"--remote", "Address of the other side, or any", is_address_or_any,
		"an IP address is wanted, or any when the other side calls from anywhere",
	}, local = {
		"--local", "Address of this host", is_address, "an IP address of this host is wanted",
	}, seen = {
		"--seen-as", "This host as the other side reaches it, or any", is_address_or_any,
		"an IP address is wanted, or any when this host cannot be reached",
	};

	if (!settle(a, &remote, a->said[REMOTE], in->remote, sizeof(in->remote)))
		return false;
	source_to(in->remote, in->local);
	if (!settle(a, &local, a->said[LOCAL], in->local, sizeof(in->local)))
		return false;
	snprintf(in->seen, sizeof(in->seen), "%s",
		 is_private(in->local) && !is_private(in->remote) && strcmp(in->remote, "any") ?
			 "any" : in->local);
	if (!settle(a, &seen, a->said[SEEN_AS], in->seen, sizeof(in->seen)))
		return false;
	if (strcmp(in->seen, "any") || strcmp(in->remote, "any"))
		return true;
	cli_say("one side must be reachable: --remote and --seen-as cannot both be any");
	return false;
}

static bool take_answers(const struct answers *a, struct init *in)
{
	static const struct question peer = {
		"--peer", "The other side runs (ikevti, strongswan, libreswan)", is_peer,
		"one of ikevti, strongswan, libreswan is wanted",
	}, name = {
		"--name", "Name of the tunnel", is_word, "a word of letters, digits, - and _ is wanted",
	}, id = {
		"--id", "Identity of this host", is_identity,
		"a host name, an e-mail address or an IP address is wanted",
	}, remote_id = {
		"--remote-id", "Identity of the other side", is_identity,
		"a host name, an e-mail address or an IP address is wanted",
	};
	char kind[16] = "ikevti";

	strcpy(in->name, "office");
	if (!settle(a, &peer, a->said[PEER], kind, sizeof(kind)) ||
	    !settle(a, &name, a->said[NAME], in->name, sizeof(in->name)) || !take_addresses(a, in))
		return false;
	while (strcmp(kind, peers[in->peer]))
		in->peer++;
	host_name(in->id, sizeof(in->id));
	if (!settle(a, &id, a->said[ID], in->id, sizeof(in->id)))
		return false;
	snprintf(in->remote_id, sizeof(in->remote_id), "%.60s-peer", in->name);
	return settle(a, &remote_id, a->said[REMOTE_ID], in->remote_id, sizeof(in->remote_id));
}

/* ---- what comes of it ------------------------------------------------------ */

static void say_done(const struct init *in)
{
	printf("\nWritten for this host:\n"
	       "  %s/ikevti.conf    tunnel %s, device %s\n"
	       "  %s/secrets.conf   its secret\n"
	       "Written for the other side, %s, into %s/, which holds the secret, too:\n"
	       "bring it there by a safe way (scp -pr), then remove it here.\n"
	       "\nRun there, in that directory, as root:\n",
	       in->dir, in->name, in->device, in->dir, peers[in->peer], in->out);
	init_say_theirs(in);
	printf("\nRun here:\n"
	       "  systemctl enable --now ikevtid    # where it runs already: ikevtictl reload\n"
	       "  ikevtictl up %s --wait\n"
	       "  ping %s.2\n"
	       "  ip route add NETWORK dev %s    # for each network there; there, for those here\n"
	       "\nFirewalls must let pass UDP 500 and 4500, and IP protocol 50 (ESP).\n",
	       in->name, in->inner4, in->device);
}

static int make(struct init *in)
{
	if (!make_random(in))
		return CLI_FAILED;
	if (mkdir(in->out, 0700)) {
		cli_say("%s: %s; --output names another directory", in->out, strerror(errno));
		return CLI_FAILED;
	}
	if (!init_save_ours(in)) {
		rmdir(in->out);
		return CLI_FAILED;
	}
	if (!init_save_theirs(in))
		return CLI_FAILED;
	say_done(in);
	return CLI_OK;
}

int cli_init(int argc, char **argv)
{
	static const struct option options[] = {
		{ "peer", required_argument, NULL, PEER },
		{ "name", required_argument, NULL, NAME },
		{ "local", required_argument, NULL, LOCAL },
		{ "remote", required_argument, NULL, REMOTE },
		{ "seen-as", required_argument, NULL, SEEN_AS },
		{ "id", required_argument, NULL, ID },
		{ "remote-id", required_argument, NULL, REMOTE_ID },
		{ "dir", required_argument, NULL, DIR },
		{ "output", required_argument, NULL, OUTPUT },
		{ "yes", no_argument, NULL, 'y' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct answers a = { .ask = isatty(STDIN_FILENO) };
	struct init in = { 0 };
	int opt, status;

	while ((opt = getopt_long(argc, argv, "yh", options, NULL)) != -1) {
		if (opt >= 0 && opt < N_SAID)
			a.said[opt] = optarg;
		else if (opt == 'y')
			a.ask = false;
		else
			return opt == 'h' ? usage(stdout) : CLI_USAGE;
	}
	if (optind < argc)
		return usage(stderr);
	if (!take_answers(&a, &in))
		return CLI_USAGE;
	snprintf(in.out, sizeof(in.out), "ikevti-%s-peer", in.name);
	if (!copy(in.dir, sizeof(in.dir), a.said[DIR] ? a.said[DIR] : IKEVTI_CONFDIR) ||
	    (a.said[OUTPUT] && !copy(in.out, sizeof(in.out), a.said[OUTPUT])))
		return CLI_USAGE;
	status = init_free_device(&in) ? make(&in) : CLI_FAILED;
	OPENSSL_cleanse(&in, sizeof(in));
	return status;
}
