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
	c->n_lookers -= cl->look;
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

	json_out_newline(o);
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

/* Is the client a member of @group? The kernel knows, as of its connect() */
static bool in_group(int fd, gid_t primary, gid_t group)
{
	socklen_t len = 0, i;
	gid_t *groups;
	bool found;

	if (primary == group)
		return true;
	/* how many there are, by the error */
	if (!getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, NULL, &len) ||
	    errno != ERANGE)
		return false;
	groups = malloc(len);
	if (!groups)
		return false;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len))
		len = 0;
	for (i = 0, found = false; i < len / sizeof(*groups); i++)
		found |= groups[i] == group;
	free(groups);
	return found;
}

static bool peer_allowed(struct control_client *cl, int fd,
			 const struct control_listener *l)
{
	struct ucred cred = { .pid = 0, .uid = (uid_t)-1, .gid = (gid_t)-1 };
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len))
		return false;
	cl->pid = cred.pid;
	cl->uid = cred.uid;
	return !cred.uid || cred.uid == geteuid() ||
	       (l->look && in_group(fd, cred.gid, l->group));
}

/* Who is turned away is told; nobody waits for it to be read */
static void refuse(int fd, const struct control_listener *l)
{
	struct json_out *o = &l->control->line;

	json_out_reset(o);
	json_out_object(o, NULL);
	json_out_bool(o, "ok", false);
	json_out_string(o, "code", "not-permitted");
	if (l->look)
		json_out_string(o, "error",
				"only root and members of the group ikevti may look here, and only so many at a time");
	else
		json_out_string(o, "error",
				"only root may talk to ikevtid here, and only so many at a time");
	json_out_object_end(o);
	json_out_newline(o);
	if (!o->failed)
		send(fd, o->buf, o->len, MSG_DONTWAIT | MSG_NOSIGNAL);
	close(fd);
}

static int serve(struct control_listener *l, int fd)
{
	const struct timeval idle = { .tv_sec = CONTROL_IDLE_SECONDS };
	const struct timeval stuck = { .tv_sec = CONTROL_WRITE_SECONDS };
	struct control *c = l->control;
	struct control_client *cl;
	unsigned int i;

	if (c->n_clients >= CONTROL_CLIENTS_MAX ||
	    (l->look && c->n_lookers >= CONTROL_LOOKERS_MAX) ||
	    evutil_make_socket_nonblocking(fd))
		goto fail;
	cl = calloc(1, sizeof(*cl));
	if (!cl)
		goto fail;
	cl->control = c;
	cl->look = l->look;
	if (peer_allowed(cl, fd, l))
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
	c->n_lookers += cl->look;
	bufferevent_setcb(cl->bev, on_read, on_write, on_event, cl);
	bufferevent_setwatermark(cl->bev, EV_READ, 0, 2 * CONTROL_REQUEST_MAX);
	bufferevent_setwatermark(cl->bev, EV_WRITE, CONTROL_OUTPUT_LOW, 0);
	bufferevent_set_timeouts(cl->bev, &idle, &stuck);
	bufferevent_enable(cl->bev, EV_READ | EV_WRITE);
	return 0;
fail:
	refuse(fd, l);
	return -1;
}

int control_serve(struct control *c, int fd)
{
	return serve(&c->full, fd);
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd,
		      struct sockaddr *from, int len, void *ctx)
{
	struct control_listener *l = ctx;
	struct control *c = l->control;

	/* anybody on this host can have himself turned away there */
	if (serve(l, fd))
		c->ops.log(c->ops.ctx, l->look ? IKE_LOG_DEBUG : IKE_LOG_WARN,
			   "control: a client was turned away: too many, or not permitted");
}

static void on_resume(evutil_socket_t fd, short what, void *ctx)
{
	struct control_listener *l = ctx;

	evconnlistener_enable(l->listener);
}

/* Out of descriptors, most likely: trying again at once would never end */
static void on_accept_error(struct evconnlistener *listener, void *ctx)
{
	const struct timeval pause = { .tv_sec = 1 };
	struct control_listener *l = ctx;
	struct control *c = l->control;
	char text[128];

	snprintf(text, sizeof(text), "control: cannot accept a client: %s",
		 strerror(errno));
	c->ops.log(c->ops.ctx, IKE_LOG_WARN, text);
	evconnlistener_disable(listener);
	event_add(l->resume, &pause);
}

struct control *control_new(struct event_base *base,
			    const struct control_ops *ops)
{
	struct control *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->base = base;
	c->ops = *ops;
	c->full.control = c;
	c->status.control = c;
	c->status.look = true;
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

static int start_listening(struct control_listener *l, const char *path,
			   char *err, size_t err_len)
{
	struct control *c = l->control;
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
	/* root's is never open to others, not even for a moment */
	mask = umask(l->look ? 0111 : 0177);
	r = bind(fd, (struct sockaddr *)&sun, sizeof(sun));
	umask(mask);
	if (r) {
		snprintf(err, err_len, "%s: %s", path, strerror(errno));
		close(fd);
		return -1;
	}
	l->path = strdup(path);
	if (!l->resume)
		l->resume = evtimer_new(c->base, on_resume, l);
	if (l->path && l->resume)
		l->listener = evconnlistener_new(c->base, on_accept, l,
						 LEV_OPT_CLOSE_ON_FREE |
						 LEV_OPT_CLOSE_ON_EXEC,
						 16, fd);
	if (!l->listener) {
		snprintf(err, err_len, "%s: cannot listen", path);
		unlink(path);
		close(fd);
		free(l->path);
		l->path = NULL;
		return -1;
	}
	evconnlistener_set_error_cb(l->listener, on_accept_error);
	return 0;
}

int control_listen(struct control *c, const char *path, char *err,
		   size_t err_len)
{
	return start_listening(&c->full, path, err, err_len);
}

int control_listen_status(struct control *c, const char *path, gid_t group,
			  char *err, size_t err_len)
{
	c->status.group = group;
	return start_listening(&c->status, path, err, err_len);
}

static void stop_listening(struct control_listener *l)
{
	if (l->listener) {
		evconnlistener_free(l->listener);
		unlink(l->path);
	}
	if (l->resume)
		event_free(l->resume);
	free(l->path);
}

void control_free(struct control *c)
{
	unsigned int i;

	if (!c)
		return;
	for (i = 0; i < CONTROL_CLIENTS_MAX; i++)
		if (c->clients[i])
			client_free(c->clients[i]);
	stop_listening(&c->full);
	stop_listening(&c->status);
	json_out_free(&c->line);
	free(c);
}
