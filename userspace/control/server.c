// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The socket and its clients. A client has one request under way; the next is
 * read when the answer is written. What waits to be written is bounded: an
 * answer is continued when the client has read, events of a monitor are
 * dropped and counted.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>

#include "control/internal.h"

static void client_free(struct control_client *cl)
{
	struct control *c = cl->control;
	unsigned int i;

	for (i = 0; i < CONTROL_CLIENTS_MAX; i++)
		if (c->clients[i] == cl)
			c->clients[i] = NULL;
	c->n_clients--;
	if (cl->answering) {
		conf_unref(cl->answer.conf);
		conf_tunnel_unref(cl->answer.only);
	}
	bufferevent_free(cl->bev);
	free(cl);
}

static size_t waiting(const struct control_client *cl)
{
	return evbuffer_get_length(bufferevent_get_output(cl->bev));
}

void control_send(struct control_client *cl)
{
	struct json_out *o = &cl->control->line;

	json_newline(o);
	if (o->failed || bufferevent_write(cl->bev, o->buf, o->len))
		cl->closing = true;	/* a gap in the answer would be a lie */
}

/* Takes one request off the input; false when there is none yet */
static bool read_request(struct control_client *cl)
{
	struct evbuffer *in = bufferevent_get_input(cl->bev);
	size_t len;
	char *line = evbuffer_readln(in, &len, EVBUFFER_EOL_LF);

	if ((line ? len : evbuffer_get_length(in)) > CONTROL_REQUEST_MAX) {
		free(line);
		cl->has_id = false;
		control_error(cl, "too-long", NULL,
			      "a request is one line of at most %d octets",
			      CONTROL_REQUEST_MAX);
		cl->closing = true;
		return false;
	}
	if (!line)
		return false;
	if (len)
		control_command(cl, line, len);
	free(line);
	return true;
}

/* Does what can be done now; may free @cl */
static void client_run(struct control_client *cl)
{
	while (!cl->closing && waiting(cl) < CONTROL_OUTPUT_HIGH) {
		if (cl->answering) {
			control_answer_step(cl);
		} else if (!read_request(cl)) {
			if (cl->eof)
				cl->closing = true;
			break;
		}
	}
	if (!cl->closing)
		return;
	bufferevent_disable(cl->bev, EV_READ);
	if (!waiting(cl))
		client_free(cl);
}

static void on_read(struct bufferevent *bev, void *ctx)
{
	client_run(ctx);
}

static void on_write(struct bufferevent *bev, void *ctx)
{
	client_run(ctx);
}

static void on_event(struct bufferevent *bev, short what, void *ctx)
{
	struct control_client *cl = ctx;

	if ((what & BEV_EVENT_TIMEOUT) && (what & BEV_EVENT_READING) &&
	    (cl->answering || cl->monitor || waiting(cl))) {
		/* it is we who talk, and the write timeout watches over that */
		bufferevent_enable(bev, EV_READ);
		return;
	}
	if ((what & BEV_EVENT_EOF) && !cl->monitor) {
		/* a client may say its last and wait for the answer */
		cl->eof = true;
		client_run(cl);
		return;
	}
	client_free(cl);
}

static bool peer_allowed(struct control_client *cl, int fd)
{
	struct ucred cred = { .pid = 0, .uid = (uid_t)-1 };
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len))
		return false;
	cl->pid = cred.pid;
	cl->uid = cred.uid;
	return !cred.uid || cred.uid == geteuid();
}

int control_serve(struct control *c, int fd)
{
	const struct timeval idle = { .tv_sec = CONTROL_IDLE_SECONDS };
	const struct timeval stuck = { .tv_sec = CONTROL_WRITE_SECONDS };
	struct control_client *cl;
	unsigned int i;

	if (c->n_clients >= CONTROL_CLIENTS_MAX || evutil_make_socket_nonblocking(fd))
		goto fail;
	cl = calloc(1, sizeof(*cl));
	if (!cl)
		goto fail;
	cl->control = c;
	if (peer_allowed(cl, fd))
		cl->bev = bufferevent_socket_new(c->base, fd, BEV_OPT_CLOSE_ON_FREE |
						 BEV_OPT_DEFER_CALLBACKS);
	if (!cl->bev) {
		free(cl);
		goto fail;
	}
	for (i = 0; c->clients[i]; i++)
		;	/* there is room, see above */
	c->clients[i] = cl;
	c->n_clients++;
	bufferevent_setcb(cl->bev, on_read, on_write, on_event, cl);
	bufferevent_setwatermark(cl->bev, EV_READ, 0, 2 * CONTROL_REQUEST_MAX);
	bufferevent_setwatermark(cl->bev, EV_WRITE, CONTROL_OUTPUT_LOW, 0);
	bufferevent_set_timeouts(cl->bev, &idle, &stuck);
	bufferevent_enable(cl->bev, EV_READ | EV_WRITE);
	return 0;
fail:
	close(fd);
	return -1;
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd,
		      struct sockaddr *from, int len, void *ctx)
{
	struct control *c = ctx;

	if (control_serve(c, fd))
		c->ops.log(c->ops.ctx, IKE_LOG_WARN,
			   "control: a client was turned away: too many, or not root");
}

static void on_resume(evutil_socket_t fd, short what, void *ctx)
{
	struct control *c = ctx;

	evconnlistener_enable(c->listener);
}

/* Out of descriptors, most likely: trying again at once would never end */
static void on_accept_error(struct evconnlistener *listener, void *ctx)
{
	const struct timeval pause = { .tv_sec = 1 };
	struct control *c = ctx;
	char text[128];

	snprintf(text, sizeof(text), "control: cannot accept a client: %s",
		 strerror(errno));
	c->ops.log(c->ops.ctx, IKE_LOG_WARN, text);
	evconnlistener_disable(listener);
	event_add(c->resume, &pause);
}

struct control *control_new(struct event_base *base,
			    const struct control_ops *ops)
{
	struct control *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->base = base;
	c->ops = *ops;
	c->started = ops->now(ops->ctx);
	return c;
}

/* Is the socket at @sun one that a dead daemon left? Removes it if so. */
static bool remove_stale(const struct sockaddr_un *sun, char *err,
			 size_t err_len)
{
	struct stat st;
	int fd, error;

	if (lstat(sun->sun_path, &st))
		return true;
	if (!S_ISSOCK(st.st_mode)) {
		snprintf(err, err_len, "%s is there already and is no socket",
			 sun->sun_path);
		return false;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0) {
		snprintf(err, err_len, "socket: %s", strerror(errno));
		return false;
	}
	error = connect(fd, (const struct sockaddr *)sun, sizeof(*sun)) ?
		errno : 0;
	close(fd);
	if (error != ECONNREFUSED) {
		snprintf(err, err_len, "%s is in use; is another ikevtid running?",
			 sun->sun_path);
		return false;
	}
	unlink(sun->sun_path);
	return true;
}

int control_listen(struct control *c, const char *path, char *err,
		   size_t err_len)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	mode_t mask;
	int fd, r;

	if (strlen(path) >= sizeof(sun.sun_path)) {
		snprintf(err, err_len, "the path of the socket is longer than %zu octets: %s",
			 sizeof(sun.sun_path) - 1, path);
		return -1;
	}
	memcpy(sun.sun_path, path, strlen(path));
	if (!remove_stale(&sun, err, err_len))
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0) {
		snprintf(err, err_len, "socket: %s", strerror(errno));
		return -1;
	}
	/* never open to others, not even for a moment */
	mask = umask(0177);
	r = bind(fd, (struct sockaddr *)&sun, sizeof(sun));
	umask(mask);
	if (r) {
		snprintf(err, err_len, "%s: %s", path, strerror(errno));
		close(fd);
		return -1;
	}
	c->path = strdup(path);
	if (!c->resume)
		c->resume = evtimer_new(c->base, on_resume, c);
	if (c->path && c->resume)
		c->listener = evconnlistener_new(c->base, on_accept, c,
						 LEV_OPT_CLOSE_ON_FREE |
						 LEV_OPT_CLOSE_ON_EXEC,
						 16, fd);
	if (!c->listener) {
		snprintf(err, err_len, "%s: cannot listen", path);
		unlink(path);
		close(fd);
		free(c->path);
		c->path = NULL;
		return -1;
	}
	evconnlistener_set_error_cb(c->listener, on_accept_error);
	return 0;
}

void control_free(struct control *c)
{
	unsigned int i;

	if (!c)
		return;
	for (i = 0; i < CONTROL_CLIENTS_MAX; i++)
		if (c->clients[i])
			client_free(c->clients[i]);
	if (c->listener) {
		evconnlistener_free(c->listener);
		unlink(c->path);
	}
	if (c->resume)
		event_free(c->resume);
	free(c->path);
	json_out_free(&c->line);
	free(c);
}
