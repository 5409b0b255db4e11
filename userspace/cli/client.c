// SPDX-License-Identifier: GPL-2.0-or-later
/* A conversation with the daemon over its control socket */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli/cli.h"
#include "control/control.h"
#include "control/json_out.h"

#define ANSWER_SECONDS 30
#define LINE_MAX_OCTETS (16U << 20)

struct cli_client {
	int fd;
	char *buf;
	size_t len;
	size_t cap;
	size_t done;		/* octets of @buf that were used up */
};

static struct cli_client *open_path(const char *path, int *error)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	const struct timeval patience = { .tv_sec = ANSWER_SECONDS };
	struct cli_client *c;

	*error = ENAMETOOLONG;
	if (strlen(path) >= sizeof(sun.sun_path))
		return NULL;
	memcpy(sun.sun_path, path, strlen(path));
	*error = ENOMEM;
	c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&sun, sizeof(sun))) {
		*error = errno;
		cli_close(c);
		return NULL;
	}
	setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	*error = 0;
	return c;
}

/* Who may not use the control socket may still look, by the one beside it */
static struct cli_client *open_socket(const struct cli *cli, int *error)
{
	struct cli_client *c = open_path(cli->socket, error);
	size_t len = strlen(cli->socket), end = strlen(CONTROL_SOCKET_NAME);
	char path[PATH_MAX];
	int second;

	if (c || (*error != EACCES && *error != EPERM) || len < end ||
	    strcmp(cli->socket + len - end, CONTROL_SOCKET_NAME))
		return c;
	snprintf(path, sizeof(path), "%.*s" CONTROL_STATUS_NAME,
		 (int)(len - end), cli->socket);
	return open_path(path, &second);
}

struct cli_client *cli_try_open(const struct cli *cli, int *status)
{
	struct cli_client *c;
	int error;

	c = open_socket(cli, &error);
	if (c)
		return c;
	*status = CLI_FAILED;
	if (error == ENOENT || error == ECONNREFUSED)
		*status = CLI_NO_DAEMON;
	else if (error == EACCES || error == EPERM)
		cli_say("%s: permission denied; root may talk to ikevtid, members of the group %s may look if there is one",
			cli->socket, CONTROL_GROUP);
	else
		cli_say("%s: %s", cli->socket, strerror(error));
	return NULL;
}

struct cli_client *cli_open(const struct cli *cli, int *status)
{
	struct cli_client *c = cli_try_open(cli, status);

	if (!c && *status == CLI_NO_DAEMON)
		cli_say("ikevtid is not running (nobody answers at %s); start it with: systemctl start ikevtid",
			cli->socket);
	return c;
}

void cli_close(struct cli_client *c)
{
	if (!c)
		return;
	if (c->fd >= 0)
		close(c->fd);
	free(c->buf);
	free(c);
}

static bool send_all(struct cli_client *c, const char *text)
{
	size_t len = strlen(text), sent = 0;
	ssize_t n;

	while (sent < len) {
		n = send(c->fd, text + sent, len - sent, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		sent += (size_t)n;
	}
	return true;
}

/* Reads more; false at the end, with errno 0 when that was orderly */
static bool fill(struct cli_client *c)
{
	size_t cap;
	char *buf;
	ssize_t n;

	if (c->done) {
		memmove(c->buf, c->buf + c->done, c->len - c->done);
		c->len -= c->done;
		c->done = 0;
	}
	if (c->len == c->cap) {
		cap = c->cap ? c->cap * 2 : 65536;
		errno = EMSGSIZE;
		buf = cap > LINE_MAX_OCTETS ? NULL : realloc(c->buf, cap);
		if (!buf)
			return false;
		c->buf = buf;
		c->cap = cap;
	}
	do {
		n = recv(c->fd, c->buf + c->len, c->cap - c->len, 0);
	} while (n < 0 && errno == EINTR);
	if (!n)
		errno = 0;
	if (n <= 0)
		return false;
	c->len += (size_t)n;
	return true;
}

/* The next line, without its newline; valid until the next call */
static char *next_line(struct cli_client *c, size_t *len)
{
	size_t seen = c->done;
	char *start, *end;

	for (;;) {
		end = c->len > seen ? memchr(c->buf + seen, '\n',
					     c->len - seen) : NULL;
		if (end)
			break;
		seen = c->len - c->done;	/* fill() moves it to the front */
		if (!fill(c))
			return NULL;
	}
	start = c->buf + c->done;
	*len = (size_t)(end - start);
	c->done += *len + 1;
	return start;
}

/*
 * Integers of jansson end at 2^63 - 1. A line with one beyond is refused and
 * not rounded; a counter of octets takes 23 years at 100 Gbit/s to get there.
 */
static json_t *next_value(struct cli_client *c, bool quiet)
{
	json_error_t error;
	json_t *v;
	char why[256];
	size_t len;
	char *line = next_line(c, &len);

	if (!line) {
		if (errno == EAGAIN || errno == EWOULDBLOCK)
			cli_say("ikevtid did not answer within %d seconds",
				ANSWER_SECONDS);
		else if (errno)
			cli_say("reading from ikevtid: %s", strerror(errno));
		else if (!quiet)
			cli_say("ikevtid closed the connection; its log may say why");
		return NULL;
	}
	v = json_loadb(line, len, JSON_REJECT_DUPLICATES, &error);
	if (!v) {
		cli_safe(error.text, why, sizeof(why));
		cli_say("ikevtid sent what cannot be read: %s", why);
	}
	return v;
}

json_t *cli_next(struct cli_client *c)
{
	const struct timeval none = { 0 };

	setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &none, sizeof(none));
	return next_value(c, true);
}

json_t *cli_ask(struct cli_client *c, const char *request,
		void (*item)(void *ctx, json_t *v), void *ctx)
{
	json_t *i, *v;

	/* who is turned away was told why before */
	if (!send_all(c, request) && errno != EPIPE) {
		cli_say("writing to ikevtid: %s", strerror(errno));
		return NULL;
	}
	while ((v = next_value(c, false))) {
		i = json_object_get(v, "item");
		if (!i)
			return v;
		if (item)
			item(ctx, i);
		json_decref(v);
	}
	return NULL;
}

/* Ends the request that @o holds */
static char *request_text(struct json_out *o)
{
	char *text = NULL;

	json_out_object_end(o);
	json_out_newline(o);
	if (!o->failed)
		text = strndup(o->buf, o->len);
	if (!text)
		cli_say("out of memory");
	json_out_free(o);
	return text;
}

char *cli_request(const char *command, const char *tunnel, const char *path,
		  bool ike)
{
	struct json_out o = { 0 };

	json_out_object(&o, NULL);
	json_out_string(&o, "command", command);
	if (tunnel)
		json_out_string(&o, "tunnel", tunnel);
	if (path)
		json_out_string(&o, "path", path);
	if (ike)
		json_out_bool(&o, "ike", true);
	return request_text(&o);
}

char *cli_request_level(const char *level)
{
	struct json_out o = { 0 };

	json_out_object(&o, NULL);
	json_out_string(&o, "command", "log");
	if (level)
		json_out_string(&o, "level", level);
	return request_text(&o);
}

void cli_print_json(const json_t *v)
{
	json_dumpf(v, stdout, JSON_COMPACT);
	putchar('\n');
}

/* What was found in a configuration, one line each */
static void print_findings(const json_t *answer, const char *key,
			   const char *kind)
{
	const json_t *list = json_object_get(answer, key), *e;
	char file[512], text[1024];
	size_t i;

	json_array_foreach(list, i, e) {
		cli_safe(cli_string(e, "file"), file, sizeof(file));
		cli_safe(cli_string(e, "text"), text, sizeof(text));
		if (cli_u64(e, "line", 0))
			fprintf(stderr, "%s:%llu:%llu: %s%s\n", file,
				(unsigned long long)cli_u64(e, "line", 0),
				(unsigned long long)cli_u64(e, "column", 0),
				kind, text);
		else
			fprintf(stderr, "%s%s%s%s\n", file, *file ? ": " : "",
				kind, text);
	}
}

bool cli_answer_ok(const struct cli *cli, const json_t *answer)
{
	const char *near = cli_string(answer, "suggestion");
	bool ok = cli_bool(answer, "ok");
	char text[1024], suggestion[128];

	if (cli->json)
		cli_print_json(answer);
	print_findings(answer, "errors", "");
	print_findings(answer, "warnings", "warning: ");
	if (ok)
		return true;
	cli_safe(cli_string(answer, "error"), text, sizeof(text));
	cli_safe(near, suggestion, sizeof(suggestion));
	cli_say("%s%s%s%s", text, *near ? "; did you mean '" : "", suggestion,
		*near ? "'?" : "");
	return false;
}

const char *cli_text(const json_t *v)
{
	return json_is_string(v) ? json_string_value(v) : "";
}

const char *cli_string(const json_t *v, const char *key)
{
	return cli_text(json_object_get(v, key));
}

uint64_t cli_u64(const json_t *v, const char *key, uint64_t or_else)
{
	const json_t *n = json_object_get(v, key);

	if (!json_is_integer(n) || json_integer_value(n) < 0)
		return or_else;
	return (uint64_t)json_integer_value(n);
}

bool cli_bool(const json_t *v, const char *key)
{
	return json_is_true(json_object_get(v, key));
}
