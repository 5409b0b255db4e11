// SPDX-License-Identifier: GPL-2.0-or-later
/* The control server over socket pairs, with a real engine behind it */
#include <errno.h>
#include <grp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "cli/cli.h"
#include "control/internal.h"
#include "ike_lab.h"

#define SECRET "correct horse"
#define TUNNELS_MANY 3000

/* A daemon as far as the control server can see */
struct fixture {
	struct event_base *base;
	struct control *control;
	struct ike_engine *engine;
	struct conf *conf;
	int client;
	char *got;		/* read and not yet looked at */
	size_t len;
	bool eof;
	unsigned int devices_asked;
	unsigned int events;
	struct ike_event last_event;
	bool reload_fails;
	char log[256];
	const char *level;	/* of the log */
	ike_time now;
	struct lab *lab;	/* an engine with a peer, when there is one */
	bool device_down;
	bool device_gone;
	bool has_path;
	struct control_path path;
};

static void counting_random(void *ctx, uint8_t *buf, size_t len)
{
	static uint32_t seed = 1;

	while (len--) {
		seed = seed * 1664525 + 1013904223;
		*buf++ = (uint8_t)(seed >> 24);
	}
}

static struct ike_engine *op_engine(void *ctx)
{
	struct fixture *f = ctx;

	return f->lab ? f->lab->nodes[0].engine : f->engine;
}

static struct conf *op_conf(void *ctx)
{
	struct fixture *f = ctx;

	return f->lab ? f->lab->nodes[0].conf : f->conf;
}

static const char *op_conf_path(void *ctx)
{
	return "/nowhere/ikevti.conf";
}

static ike_time op_now(void *ctx)
{
	struct fixture *f = ctx;

	return f->lab ? f->lab->now : 5000;
}

static void op_event(void *ctx, const struct ike_event *ev)
{
	struct fixture *f = ctx;

	f->events++;
	f->last_event = *ev;
}

static int op_reload(void *ctx, struct conf_errors *errors,
		     struct control_reload *done)
{
	struct fixture *f = ctx;

	if (f->reload_fails) {
		assert_null(conf_load_text("new.conf", "tunel", 5, NULL, 0,
					   errors));
		return -1;
	}
	*done = (struct control_reload){ .added = 1, .removed = 2, .changed = 3, .unchanged = 4 };
	return 0;
}

static bool op_device(void *ctx, const struct conf_tunnel *t,
		      struct control_device *out)
{
	struct fixture *f = ctx;

	f->devices_asked++;
	out->ifindex = 7;
	out->state = IKEVTI_DEV_RUNNING;
	out->up = !f->device_down;
	out->mtu = 1300;
	out->auto_mtu = 1438;
	out->stats.have = 1U << IKEVTI_STAT_A_RX_BYTES |
		1U << IKEVTI_STAT_A_TX_TOO_BIG;
	out->stats.value[IKEVTI_STAT_A_RX_BYTES] = INT64_MAX;
	out->stats.value[IKEVTI_STAT_A_TX_TOO_BIG] = 3;
	return !f->device_gone;
}

static bool op_addresses(void *ctx, const struct conf_tunnel *t,
			 struct conf_prefix **list, size_t *n)
{
	struct net_addr other = { .family = AF_INET, .ip = { 10, 0, 0, 9 } };

	*list = calloc(1, sizeof(**list));
	assert_non_null(*list);
	(*list)->addr = other;
	(*list)->len = 24;
	*n = 1;
	return true;
}

static bool op_path(void *ctx, const struct conf_tunnel *t, uint32_t path,
		    struct control_path *out)
{
	struct fixture *f = ctx;

	*out = f->path;
	return f->has_path;
}

static bool op_sa(void *ctx, const struct conf_tunnel *t, uint32_t path,
		  uint32_t lane, uint32_t spi, bool inbound,
		  struct control_sa *out)
{
	return false;
}

static void op_log(void *ctx, enum ike_log_level level, const char *text)
{
	struct fixture *f = ctx;

	snprintf(f->log, sizeof(f->log), "%s", text);
}

static const char *op_log_level(void *ctx, const char *set)
{
	struct fixture *f = ctx;

	if (set && strcmp(set, "info") && strcmp(set, "debug"))
		return NULL;
	if (set)
		f->level = set[0] == 'i' ? "info" : "debug";
	return f->level;
}

static struct conf *make_conf(unsigned int tunnels)
{
	static const char secrets[] = "psk b.example = \"" SECRET "\"\n";
	struct conf_errors errors;
	struct conf *c;
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	unsigned int i;

	assert_non_null(f);
	for (i = 1; i <= tunnels; i++)
		fprintf(f, "tunnel tun%u { local { id = a%u.example } remote { id = b.example } "
			"start = listen path isp1 { remote = 192.0.2.2 } path isp2 { remote = any } "
			"esp { bytes = 64G } address = 10.0.0.1/30 }\n", i, i);
	fclose(f);
	c = conf_load_text("t", text, len, secrets, strlen(secrets), &errors);
	if (!c)
		conf_errors_print(&errors, stderr);
	assert_non_null(c);
	conf_errors_free(&errors);
	free(text);
	return c;
}

static int connect_client(struct fixture *f)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
				    fds), 0);
	if (control_serve(f->control, fds[0])) {
		close(fds[1]);
		return -1;
	}
	return fds[1];
}

static struct fixture *fixture_new(unsigned int tunnels)
{
	const struct ike_env env = { .random = counting_random,
				     .sync_crypto = true };
	struct fixture *f = calloc(1, sizeof(*f));
	const struct control_ops ops = {
		.ctx = f,
		.engine = op_engine,
		.conf = op_conf,
		.conf_path = op_conf_path,
		.now = op_now,
		.event = op_event,
		.reload = op_reload,
		.kernel_device = op_device,
		.kernel_addresses = op_addresses,
		.kernel_path = op_path,
		.kernel_sa = op_sa,
		.log = op_log,
		.log_level = op_log_level,
	};
	struct ike_event ev = { .type = IKE_EVENT_CONFIG, .now = 1000 };
	struct ike_effects effects = { 0 };

	assert_non_null(f);
	f->level = "info";
	f->base = event_base_new();
	assert_non_null(f->base);
	f->conf = make_conf(tunnels);
	f->engine = ike_engine_new(&env);
	assert_non_null(f->engine);
	ev.config.conf = f->conf;
	ike_step(f->engine, &ev, &effects);
	ike_effects_free(&effects);
	f->control = control_new(f->base, &ops);
	assert_non_null(f->control);
	f->client = connect_client(f);
	assert_true(f->client >= 0);
	return f;
}

static void fixture_free(struct fixture *f)
{
	control_free(f->control);
	if (f->lab)
		lab_free(f->lab);
	ike_engine_free(f->engine);
	conf_unref(f->conf);
	event_base_free(f->base);
	close(f->client);
	free(f->got);
	free(f);
}

static int setup(void **state)
{
	*state = fixture_new(2);
	return 0;
}

static int setup_many(void **state)
{
	*state = fixture_new(TUNNELS_MANY);
	return 0;
}

static int teardown(void **state)
{
	fixture_free(*state);
	return 0;
}

/* Lets the server do all it can do now */
static void turn(struct fixture *f)
{
	int i;

	for (i = 0; i < 8; i++)
		event_base_loop(f->base, EVLOOP_NONBLOCK);
}

static void say_n(struct fixture *f, const char *text, size_t len)
{
	ssize_t n;

	while (len) {
		n = send(f->client, text, len, MSG_NOSIGNAL);
		if (n < 0) {
			/* the server went away or has its hands full */
			assert_true(errno == EPIPE || errno == EAGAIN ||
				    errno == ECONNRESET);
			if (errno != EAGAIN)
				return;
			n = 0;
		}
		text += n;
		len -= (size_t)n;
		turn(f);
	}
}

static void say(struct fixture *f, const char *text)
{
	say_n(f, text, strlen(text));
}

static void hear(struct fixture *f)
{
	char buf[65536];
	ssize_t n;

	for (;;) {
		turn(f);
		n = recv(f->client, buf, sizeof(buf), 0);
		if (!n)
			f->eof = true;
		if (n <= 0)
			return;
		f->got = realloc(f->got, f->len + (size_t)n);
		assert_non_null(f->got);
		memcpy(f->got + f->len, buf, (size_t)n);
		f->len += (size_t)n;
	}
}

static json_t *get_first(const json_t *v, const char *key)
{
	return json_array_get(json_object_get(v, key), 0);
}

/* The next line the server said, read; NULL when there is none */
static json_t *next(struct fixture *f)
{
	json_error_t error;
	json_t *v;
	char *end;

	hear(f);
	end = f->len ? memchr(f->got, '\n', f->len) : NULL;
	if (!end)
		return NULL;
	v = json_loadb(f->got, (size_t)(end - f->got), JSON_REJECT_DUPLICATES, &error);
	if (!v)
		fail_msg("no JSON: %s: %.*s", error.text, (int)(end - f->got), f->got);
	f->len -= (size_t)(end + 1 - f->got);
	memmove(f->got, end + 1, f->len);
	return v;
}

/* Skips the items; returns the last line of the answer */
static json_t *last(struct fixture *f, unsigned int *items)
{
	json_t *v;

	*items = 0;
	while ((v = next(f)) && json_object_get(v, "item")) {
		++*items;
		json_decref(v);
	}
	return v;
}

static void expect_error(struct fixture *f, const char *request,
			 const char *code, const char *part)
{
	json_t *v;

	say(f, request);
	v = next(f);
	assert_non_null(v);
	assert_false(cli_bool(v, "ok"));
	assert_string_equal(cli_string(v, "code"), code);
	if (!strstr(cli_string(v, "error"), part))
		fail_msg("%s: %s", request, cli_string(v, "error"));
	json_decref(v);
}

static void expect_ok(struct fixture *f, const char *request,
		      unsigned int items)
{
	json_t *v;
	unsigned int n;

	say(f, request);
	v = last(f, &n);
	assert_non_null(v);
	if (!cli_bool(v, "ok"))
		fail_msg("%s: %s", request, cli_string(v, "error"));
	assert_int_equal(n, items);
	json_decref(v);
}

static void test_commands(void **state)
{
	struct fixture *f = *state;

	expect_ok(f, "{\"command\":\"status\"}\n", 2);
	expect_ok(f, "{\"command\":\"status\",\"tunnel\":\"tun2\"}\n", 1);
	expect_ok(f, "{\"command\":\"sas\"}\n", 3);
	expect_ok(f, "{\"command\":\"sas\",\"tunnel\":\"tun1\"}\n", 1);
	expect_ok(f, "{\"command\":\"tunnels\"}\n", 2);
	expect_ok(f, "{\"command\":\"counters\"}\n", 3);
	expect_ok(f, "{\"command\":\"config\"}\n", 3);
	expect_ok(f, "{\"command\":\"version\"}\n", 0);
	assert_int_equal(f->events, 0);
	expect_ok(f, "{\"command\":\"up\",\"tunnel\":\"tun1\"}\n", 0);
	assert_int_equal(f->last_event.type, IKE_EVENT_UP);
	assert_string_equal(f->last_event.tunnel.tunnel, "tun1");
	assert_int_equal(f->last_event.tunnel.path, 0);
	assert_non_null(strstr(f->log, "up tun1 by process"));
	expect_ok(f, "{\"command\":\"down\",\"tunnel\":\"tun2\",\"path\":\"isp2\"}\n", 0);
	assert_int_equal(f->last_event.type, IKE_EVENT_DOWN);
	assert_int_equal(f->last_event.tunnel.path, 2);
	expect_error(f, "{\"command\":\"rekey\",\"tunnel\":\"tun1\"}\n", "not-up",
		     "tunnel 'tun1' is not up");
	expect_error(f, "{\"command\":\"rekey\",\"tunnel\":\"tun1\",\"ike\":true}\n",
		     "not-up", "nothing to rekey");
	assert_int_equal(f->events, 2);
}

static void test_status_fields(void **state)
{
	struct fixture *f = *state;
	json_t *v, *item, *path, *device;

	say(f, "{\"command\":\"status\",\"id\":9}\n");
	v = next(f);
	assert_int_equal(cli_u64(v, "id", 0), 9);
	item = json_object_get(v, "item");
	assert_string_equal(cli_string(item, "tunnel"), "tun1");
	device = json_object_get(item, "device");
	assert_string_equal(cli_string(device, "name"), "tun1");
	assert_string_equal(cli_string(device, "state"), "running");
	assert_int_equal(cli_u64(device, "mtu", 0), 1300);
	assert_int_equal(cli_u64(device, "auto_mtu", 0), 1438);
	assert_true(cli_u64(json_object_get(device, "counters"), "rx_bytes", 0) ==
		    INT64_MAX);
	assert_int_equal(cli_u64(json_object_get(device, "counters"), "tx_too_big", 0), 3);
	assert_null(json_object_get(json_object_get(device, "counters"), "tx_bytes"));
	path = get_first(item, "paths");
	assert_string_equal(cli_string(path, "path"), "isp1");
	assert_string_equal(cli_string(path, "state"), "listen");
	assert_string_equal(cli_string(path, "remote"), "192.0.2.2");
	assert_true(json_is_null(json_object_get(path, "last_error")));
	assert_true(json_is_null(json_object_get(path, "kernel")));
	path = json_array_get(json_object_get(item, "paths"), 1);
	assert_string_equal(cli_string(path, "path"), "isp2");
	assert_int_equal(json_array_size(json_object_get(item, "paths")), 2);
	json_decref(v);
	json_decref(next(f));
	v = next(f);
	assert_true(cli_bool(v, "ok"));
	assert_int_equal(cli_u64(json_object_get(v, "summary"), "tunnels", 0), 2);
	json_decref(v);
}

/* What status says of the only path of the lab's tunnel */
static void expect_status(struct fixture *f, const char *path_state,
			  const char *device_state, const char *problem)
{
	bool up = !strcmp(path_state, "up");
	json_t *item, *path;
	const char *said;
	json_t *v;

	say(f, "{\"command\":\"status\"}\n");
	v = next(f);
	item = json_object_get(v, "item");
	path = get_first(item, "paths");
	assert_string_equal(cli_string(path, "state"), path_state);
	assert_string_equal(cli_string(json_object_get(item, "device"), "state"),
			    device_state);
	said = cli_string(path, "problem");
	if (strcmp(said, problem ? problem : ""))
		fail_msg("said %s, expected %s", said, problem ? problem : "nothing");
	json_decref(v);
	v = next(f);
	assert_int_equal(cli_u64(json_object_get(v, "summary"), "paths_up", 9), up);
	json_decref(v);
}

/* A path is up only when the kernel can use it, and the reason is said */
static void test_status_and_kernel(void **state)
{
	static const struct {
		uint8_t reason;
		const char *problem;
	} reasons[] = {
		{ IKEVTI_REASON_LOOP,
		  "the route to the peer, 198.51.100.2, leads into the tunnel" },
		{ IKEVTI_REASON_ROUTE, "there is no route to 198.51.100.2" },
		{ IKEVTI_REASON_ADDRESS, "192.0.2.77 is not an address of this host" },
		{ IKEVTI_REASON_DEVICE, "the network device that leads to 198.51.100.2 is down" },
		{ IKEVTI_REASON_SOCKET, "the module has no UDP socket of ikevtid" },
		{ IKEVTI_REASON_HELD, "there is no sign of life of 198.51.100.2" },
		{ IKEVTI_REASON_LIMIT, "its ESP SA is at its end and was not replaced" },
		{ IKEVTI_REASON_NO_SA, "it has no ESP SA to send with" },
		{ 200, "the kernel has a reason that this version does not know: 200" },
	};
	struct fixture *f = *state;
	char text[128];
	size_t i;

	f->lab = lab_new();
	lab_up(f->lab);
	assert_true(lab_both_up(f->lab));
	assert_true(net_addr_parse(&f->path.local, "192.0.2.77"));
	assert_true(net_addr_parse(&f->path.remote, "198.51.100.2"));
	f->path.remote.port = 4500;
	f->has_path = true;
	f->path.usable = true;
	f->path.rx_age_ms = 100;
	f->path.tx_age_ms = 100;
	expect_status(f, "up", "running", NULL);

	f->path.usable = false;
	for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		f->path.reason = reasons[i].reason;
		expect_status(f, "unusable", "running", reasons[i].problem);
	}
	f->path.reason = IKEVTI_REASON_NONE;
	f->path.usable = true;
	f->has_path = false;
	expect_status(f, "unusable", "running", "the kernel does not have this path");
	f->has_path = true;
	f->device_down = true;
	snprintf(text, sizeof(text), "the device is set down; ip link set %s up",
		 lab_tunnel(f->lab, 0)->device);
	expect_status(f, "unusable", "disabled", text);
	f->device_gone = true;
	snprintf(text, sizeof(text), "there is no device %s",
		 lab_tunnel(f->lab, 0)->device);
	expect_status(f, "unusable", "absent", text);
	f->device_down = false;
	f->device_gone = false;

	/* ESP goes out and nothing comes in: another path is used, if there is one */
	lab_path(f->lab, 0)->silent = true;
	ike_complain(lab_path(f->lab, 0), "ESP is sent and none came for 40s");
	expect_status(f, "up", "running", "ESP is sent and none came for 40s");
	f->path.usable = false;
	f->path.reason = IKEVTI_REASON_STANDBY;
	expect_status(f, "unusable", "running", "ESP is sent and none came for 40s");
	lab_path(f->lab, 0)->silent = false;
	f->path.usable = true;
	f->path.reason = IKEVTI_REASON_NONE;
	/* what is over is no problem */
	expect_status(f, "up", "running", NULL);

	lab_admin(f->lab, 0, IKE_EVENT_DOWN, false);
	f->path.usable = false;
	f->path.reason = IKEVTI_REASON_ADMIN;
	expect_status(f, "down", "running", NULL);
}

static void expect_level(struct fixture *f, const char *request,
			 const char *level)
{
	json_t *v;

	say(f, request);
	v = next(f);
	assert_true(cli_bool(v, "ok"));
	assert_string_equal(cli_string(v, "level"), level);
	json_decref(v);
}

/* Connects as @uid with @gid and a supplementary group; what is said to @request */
static int ask_as(const char *path, uid_t uid, gid_t gid, gid_t more,
		  const char *request, const char *expected)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	char got[65536];
	size_t n = 0;
	ssize_t r;
	int fd;

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	if (setgroups(more ? 1 : 0, &more) || setgid(gid) || setuid(uid))
		return 90;
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)))
		return errno == EACCES && !strcmp(expected, "EACCES") ? 0 : 91;
	send(fd, request, strlen(request), MSG_NOSIGNAL);
	shutdown(fd, SHUT_WR);
	while (n < sizeof(got) - 1 && (r = recv(fd, got + n, sizeof(got) - 1 - n, 0)) > 0)
		n += (size_t)r;
	got[n] = 0;
	if (strstr(got, expected))
		return 0;
	print_error("%s: %s\n", request, got);
	return 92;
}

static void expect_as(struct fixture *f, const char *path, uid_t uid, gid_t gid,
		      gid_t more, const char *request, const char *expected)
{
	int status, i;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid)
		_exit(ask_as(path, uid, gid, more, request, expected));
	for (i = 0; i < 1000; i++) {
		turn(f);
		if (waitpid(pid, &status, WNOHANG) == pid)
			break;
		usleep(5000);
	}
	assert_true(i < 1000 && WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* Members of the group look, others do not, and nobody changes anything there */
static void test_status_socket(void **state)
{
	static const char *const look[] = { "status", "sas", "tunnels", "counters",
		"config", "version", "monitor" };
	static const char *const change[] = { "reload", "check", "log",
		"up\",\"tunnel\":\"tun1", "down\",\"tunnel\":\"tun1",
		"rekey\",\"tunnel\":\"tun1" };
	char dir[] = "/tmp/ikevti-status-XXXXXX", full[64], status[64], err[256];
	struct fixture *f = *state;
	char request[128];
	struct stat st;
	size_t i;

	if (geteuid())
		skip();
	assert_non_null(mkdtemp(dir));
	assert_int_equal(chmod(dir, 0755), 0);
	snprintf(full, sizeof(full), "%s/control.sock", dir);
	snprintf(status, sizeof(status), "%s/status.sock", dir);
	assert_int_equal(control_listen(f->control, full, err, sizeof(err)), 0);
	assert_int_equal(control_listen_status(f->control, status, 4711, err,
					       sizeof(err)), 0);
	assert_int_equal(stat(full, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);

	for (i = 0; i < sizeof(look) / sizeof(look[0]); i++) {
		snprintf(request, sizeof(request), "{\"command\":\"%s\"}\n", look[i]);
		/* a monitor goes on until the daemon ends it */
		if (strcmp(look[i], "monitor"))
			expect_as(f, status, 65534, 65534, 4711, request, "\"ok\":true");
	}
	for (i = 0; i < sizeof(change) / sizeof(change[0]); i++) {
		snprintf(request, sizeof(request), "{\"command\":\"%s\"}\n", change[i]);
		expect_as(f, status, 65534, 65534, 4711, request, "is for root only");
		/* not by root either: it is what the socket is for */
		expect_as(f, status, 0, 0, 0, request, "\"code\":\"not-permitted\"");
	}
	assert_int_equal(f->events, 0);
	expect_as(f, status, 65534, 4711, 0, "{\"command\":\"version\"}\n", "\"ok\":true");
	expect_as(f, status, 0, 0, 0, "{\"command\":\"version\"}\n", "\"ok\":true");
	expect_as(f, status, 65534, 65534, 4712, "{\"command\":\"version\"}\n",
		  "only root and members of the group ikevti may look here");
	expect_as(f, full, 65534, 65534, 4711, "{\"command\":\"version\"}\n", "EACCES");
	expect_as(f, full, 0, 0, 0, "{\"command\":\"log\"}\n", "\"level\":\"info\"");

	/* those who look leave room for root */
	f->control->n_lookers = CONTROL_LOOKERS_MAX;
	expect_as(f, status, 65534, 65534, 4711, "{\"command\":\"version\"}\n",
		  "only so many at a time");
	expect_as(f, full, 0, 0, 0, "{\"command\":\"version\"}\n", "\"ok\":true");
	f->control->n_lookers = 0;
	control_free(f->control);
	f->control = NULL;
	assert_int_not_equal(stat(status, &st), 0);
	assert_int_equal(rmdir(dir), 0);
}

static void test_log_level(void **state)
{
	struct fixture *f = *state;

	expect_level(f, "{\"command\":\"log\"}\n", "info");
	assert_string_equal(f->log, "");
	expect_level(f, "{\"command\":\"log\",\"level\":\"debug\"}\n", "debug");
	assert_non_null(strstr(f->log, "log level debug by process"));
	expect_level(f, "{\"command\":\"log\"}\n", "debug");
	expect_error(f, "{\"command\":\"log\",\"level\":\"loud\"}\n", "bad-request",
		     "error, warn, info or debug, not 'loud'");
	expect_error(f, "{\"command\":\"log\",\"level\":3}\n", "bad-request",
		     "wrong type");
	expect_error(f, "{\"command\":\"status\",\"level\":\"debug\"}\n", "bad-request",
		     "no member 'level'");
	expect_level(f, "{\"command\":\"log\"}\n", "debug");
}

/* `show tunnels`: what the device has beside what it should have */
static void test_device_addresses(void **state)
{
	json_t *item;
	struct fixture *f = *state;
	json_t *v;

	say(f, "{\"command\":\"tunnels\",\"tunnel\":\"tun1\"}\n");
	v = next(f);
	item = json_object_get(v, "item");
	assert_string_equal(json_string_value(get_first(item, "addresses")), "10.0.0.1/30");
	assert_string_equal(json_string_value(get_first(item, "device_addresses")),
			    "10.0.0.9/24");
	json_decref(v);
	json_decref(next(f));
}

static void test_no_secrets(void **state)
{
	struct fixture *f = *state;

	say(f, "{\"command\":\"config\"}\n{\"command\":\"tunnels\"}\n"
	    "{\"command\":\"sas\"}\n{\"command\":\"status\"}\n");
	hear(f);
	assert_true(f->len > 1000);
	assert_null(memmem(f->got, f->len, "horse", 5));
}

static void test_errors(void **state)
{
	struct fixture *f = *state;
	json_t *v;

	expect_error(f, "hello\n", "bad-request", "one JSON object on one line");
	expect_error(f, "[]\n", "bad-request", "member 'command'");
	expect_error(f, "{}\n", "bad-request", "member 'command'");
	expect_error(f, "{\"command\":1}\n", "bad-request", "member 'command'");
	expect_error(f, "{\"command\":\"status\",\"command\":\"up\"}\n", "bad-request",
		     "duplicate object key");
	expect_error(f, "{\"command\":\"status\",\"force\":true}\n", "bad-request",
		     "has no member 'force'");
	expect_error(f, "{\"command\":\"reload\",\"tunnel\":\"tun1\"}\n", "bad-request",
		     "has no member 'tunnel'");
	expect_error(f, "{\"command\":\"status\",\"tunnel\":5}\n", "bad-request",
		     "member 'tunnel' has the wrong type");
	expect_error(f, "{\"command\":\"rekey\",\"tunnel\":\"tun1\",\"ike\":1}\n",
		     "bad-request", "member 'ike' has the wrong type");
	expect_error(f, "{\"command\":\"up\"}\n", "bad-request", "needs a tunnel");
	expect_error(f, "{\"command\":\"up\",\"tunnel\":\"tun1\",\"path\":\"isp3\"}\n",
		     "unknown-path", "has no path 'isp3'");
	expect_error(f, "{\"command\":[[[[[]]]]]}\n", "bad-request", "member 'command'");
	say(f, "{\"command\":\"up\",\"tunnel\":\"tn1\",\"id\":3}\n");
	v = next(f);
	assert_string_equal(cli_string(v, "code"), "unknown-tunnel");
	assert_string_equal(cli_string(v, "suggestion"), "tun1");
	assert_int_equal(cli_u64(v, "id", 0), 3);
	json_decref(v);
	say(f, "{\"command\":\"statsu\"}\n");
	v = next(f);
	assert_string_equal(cli_string(v, "suggestion"), "status");
	assert_null(json_object_get(v, "id"));
	json_decref(v);
	assert_int_equal(f->events, 0);
	/* and it still serves */
	expect_ok(f, "{\"command\":\"version\"}\n", 0);
}

/* What jansson refuses, and that it does */
static void test_not_strict(void **state)
{
	static const struct {
		const char *request;
		const char *part;
	} cases[] = {
		{ "{\"command\":\"sas\"} x", "end of file expected" },
		{ "{\"command\":\"sas\\u0000\"}", "\\u0000 is not allowed" },
		{ "{\"command\":\"\xc0\x80\"}", "unable to decode byte 0xc0" },
		{ "{\"command\":\"\\ud800\"}", "invalid Unicode" },
		{ "{\"command\":\"sas\",\"id\":9223372036854775808}", "too big integer" },
		{ "{\"command\":\"sas\",\"id\":-1}", "member 'id' has the wrong type" },
		{ "{\"command\":\"sas\",\"id\":1.5}", "member 'id' has the wrong type" },
	};
	static const char nul[] = "{\"command\":\"sas\0\"}\n";
	struct fixture *f = *state;
	char line[CONTROL_REQUEST_MAX + 2];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(line, sizeof(line), "%s\n", cases[i].request);
		expect_error(f, line, "bad-request", cases[i].part);
	}
	say_n(f, nul, sizeof(nul) - 1);
	expect_error(f, "", "bad-request", "control character");
	/* as deep as a line can be */
	memset(line, '[', CONTROL_REQUEST_MAX);
	memcpy(line + CONTROL_REQUEST_MAX, "\n", 2);
	expect_error(f, line, "bad-request", "maximum parsing depth");
	/* as many values as a line can have */
	for (i = 1; i < CONTROL_REQUEST_MAX - 2; i++)
		line[i] = i % 2 ? '1' : ',';
	memcpy(line + i, "]\n", 3);
	expect_error(f, line, "bad-request", "member 'command'");
	expect_ok(f, "{\"command\":\"version\",\"id\":9223372036854775807}\n", 0);
}

static void test_reload(void **state)
{
	struct fixture *f = *state;
	json_t *e, *v;

	say(f, "{\"command\":\"reload\"}\n");
	v = next(f);
	assert_true(cli_bool(v, "ok"));
	assert_int_equal(cli_u64(v, "changed", 0), 3);
	json_decref(v);
	f->reload_fails = true;
	say(f, "{\"command\":\"reload\"}\n");
	v = next(f);
	assert_false(cli_bool(v, "ok"));
	assert_string_equal(cli_string(v, "code"), "bad-config");
	assert_non_null(strstr(cli_string(v, "error"), "in force stays"));
	e = get_first(v, "errors");
	assert_string_equal(cli_string(e, "file"), "new.conf");
	assert_int_equal(cli_u64(e, "line", 0), 1);
	json_decref(v);
	expect_error(f, "{\"command\":\"check\"}\n", "bad-config",
		     "1 error in /nowhere/ikevti.conf");
}

static void test_piecemeal(void **state)
{
	static const char request[] = "\n{\"command\":\"status\",\"tunnel\":\"tun1\"}\n";
	struct fixture *f = *state;
	json_t *v;
	unsigned int n;
	size_t i;

	for (i = 0; i < sizeof(request) - 1; i++) {
		assert_int_equal(f->len, 0);
		say_n(f, request + i, 1);
		turn(f);
	}
	v = last(f, &n);
	assert_true(cli_bool(v, "ok"));
	assert_int_equal(n, 1);
	json_decref(v);
}

static void test_pipelined(void **state)
{
	struct fixture *f = *state;
	json_t *v;
	char request[64];
	unsigned int i, n;

	for (i = 0; i < 300; i++) {
		snprintf(request, sizeof(request), "{\"id\":%u,\"command\":\"sas\"}\n", i);
		say(f, request);
	}
	for (i = 0; i < 300; i++) {
		v = last(f, &n);
		assert_non_null(v);
		assert_int_equal(n, 3);
		assert_int_equal(cli_u64(v, "id", 999), i);
		json_decref(v);
	}
}

static void test_half_closed(void **state)
{
	struct fixture *f = *state;
	json_t *v;
	unsigned int n;

	say(f, "{\"command\":\"status\"}\n{\"command\":\"unfin");
	shutdown(f->client, SHUT_WR);
	v = last(f, &n);
	assert_non_null(v);
	assert_int_equal(n, 2);
	json_decref(v);
	assert_null(next(f));
	assert_true(f->eof);
	assert_int_equal(f->control->n_clients, 0);
}

static void expect_too_long(struct fixture *f, const char *text, size_t len)
{
	json_t *v;

	say_n(f, text, len);
	v = next(f);
	assert_non_null(v);
	assert_string_equal(cli_string(v, "code"), "too-long");
	json_decref(v);
	assert_null(next(f));
	assert_true(f->eof);
	assert_int_equal(f->control->n_clients, 0);
}

static void test_giant_line(void **state)
{
	struct fixture *f = *state;
	char *giant = malloc(1 << 20);

	assert_non_null(giant);
	memset(giant, 'x', 1 << 20);
	expect_too_long(f, giant, 1 << 20);
	free(giant);
}

static void test_long_line(void **state)
{
	struct fixture *f = *state;
	char line[CONTROL_REQUEST_MAX + 2];

	memset(line, ' ', sizeof(line));
	line[sizeof(line) - 1] = '\n';
	expect_too_long(f, line, sizeof(line));
}

static void test_noise(void **state)
{
	struct fixture *f = *state;
	char line[200];
	int i, k;

	srand(7);
	for (i = 0; i < 2000; i++) {
		for (k = 0; k < 199; k++)
			line[k] = (char)(rand() % 255 + 1);
		line[k] = '\n';
		say_n(f, line, sizeof(line));
		hear(f);
		f->len = 0;
	}
	expect_ok(f, "{\"command\":\"version\"}\n", 0);
}

/* An answer is made as it is read, not before */
static void test_slow_reader(void **state)
{
	struct fixture *f = *state;
	json_t *v;
	unsigned int n;

	say(f, "{\"command\":\"config\"}\n");
	turn(f);
	turn(f);
	assert_true(f->devices_asked > 10);
	assert_true(f->devices_asked < TUNNELS_MANY / 2);
	v = last(f, &n);
	assert_non_null(v);
	assert_int_equal(n, TUNNELS_MANY + 1);
	json_decref(v);
}

/* A reload while an answer is under way must not pull it from under its feet */
static void test_reload_meanwhile(void **state)
{
	struct fixture *f = *state;
	json_t *v;
	unsigned int n;

	say(f, "{\"command\":\"status\"}\n");
	conf_unref(f->conf);
	f->conf = make_conf(1);
	v = last(f, &n);
	assert_non_null(v);
	assert_int_equal(n, TUNNELS_MANY);
	json_decref(v);
	expect_ok(f, "{\"command\":\"status\"}\n", 1);
}

/* A client that leaves in the middle of an answer */
static void test_gone_reader(void **state)
{
	struct fixture *f = *state;

	say(f, "{\"command\":\"config\"}\n");
	close(f->client);
	turn(f);
	f->client = -1;
	assert_int_equal(f->control->n_clients, 0);
}

static void emit(struct fixture *f, const char *tunnel, const char *what)
{
	struct ike_effect e = { .type = IKE_EFFECT_STATE };
	char text[] = "a sentence of it";

	e.state.text = strcmp(what, "before") ? text : NULL;
	snprintf(e.state.tunnel, sizeof(e.state.tunnel), "%s", tunnel);
	snprintf(e.state.what, sizeof(e.state.what), "%s", what);
	e.state.path = 1;
	control_effect(f->control, &e);
}

static void test_monitor(void **state)
{
	char text[] = "the peer says \"\x1b[2J\xff\"";
	struct ike_effect log = { .type = IKE_EFFECT_LOG,
				  .log = { .level = IKE_LOG_WARN, .text = text } };
	struct ike_effect other = { .type = IKE_EFFECT_SEND };
	struct fixture *f = *state;
	json_t *v;

	emit(f, "tun1", "before");
	expect_ok(f, "{\"command\":\"monitor\",\"tunnel\":\"tun1\"}\n", 0);
	emit(f, "tun2", "ike-up");
	control_effect(f->control, &other);
	emit(f, "tun1", "child-rekeyed");
	memcpy(log.log.tunnel, "tun1", 5);
	control_effect(f->control, &log);
	log.log.level = IKE_LOG_DEBUG;
	control_effect(f->control, &log);
	v = next(f);
	assert_string_equal(cli_string(v, "event"), "state");
	assert_string_equal(cli_string(v, "what"), "child-rekeyed");
	assert_string_equal(cli_string(v, "path"), "isp1");
	assert_string_equal(cli_string(v, "text"), "a sentence of it");
	assert_int_equal(strlen(cli_string(v, "time")), 24);
	json_decref(v);
	v = next(f);
	assert_string_equal(cli_string(v, "level"), "warn");
	assert_string_equal(cli_string(v, "text"),
			    "the peer says \"\x1b[2J\xef\xbf\xbd\"");
	json_decref(v);
	assert_null(next(f));
}

/* What a monitor misses is counted, and the daemon holds no more for it */
static void test_slow_monitor(void **state)
{
	struct fixture *f = *state;
	uint64_t seen = 0, missed = 0;
	json_t *v;
	int i;

	expect_ok(f, "{\"command\":\"monitor\"}\n", 0);
	for (i = 0; i < 30000; i++) {
		emit(f, "tun1", "child-rekeyed");
		if (!(i % 1000))
			turn(f);
	}
	assert_true(f->control->clients[0]->missed > 1000);
	assert_in_range(evbuffer_get_length(bufferevent_get_output(f->control->clients[0]->bev)),
			CONTROL_OUTPUT_HIGH / 2, CONTROL_OUTPUT_HIGH + 1024);
	hear(f);
	emit(f, "tun1", "down");
	while ((v = next(f))) {
		if (!strcmp(cli_string(v, "event"), "missed"))
			missed += cli_u64(v, "count", 0);
		else
			seen++;
		json_decref(v);
	}
	assert_true(missed > 1000);
	assert_int_equal(seen + missed, 30001);
}

static void test_too_many_clients(void **state)
{
	struct fixture *f = *state;
	int fds[CONTROL_CLIENTS_MAX];
	int i;

	for (i = 0; i < CONTROL_CLIENTS_MAX - 1; i++) {
		fds[i] = connect_client(f);
		assert_true(fds[i] >= 0);
	}
	assert_int_equal(connect_client(f), -1);
	close(fds[0]);
	turn(f);
	fds[0] = connect_client(f);
	assert_true(fds[0] >= 0);
	for (i = 0; i < CONTROL_CLIENTS_MAX - 1; i++)
		close(fds[i]);
	turn(f);
	assert_int_equal(f->control->n_clients, 1);
	expect_ok(f, "{\"command\":\"version\"}\n", 0);
}

static void test_listen(void **state)
{
	struct fixture *f = *state;
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	char dir[] = "/tmp/ikevti-control-XXXXXX", err[256];
	struct control *second;
	struct stat st;
	int fd;

	assert_non_null(mkdtemp(dir));
	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s/control.sock", dir);
	/* one that a daemon which died left behind */
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	close(fd);
	assert_int_equal(control_listen(f->control, sun.sun_path, err,
					sizeof(err)), 0);
	assert_int_equal(stat(sun.sun_path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	close(f->client);
	f->client = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	assert_int_equal(connect(f->client, (struct sockaddr *)&sun,
				 sizeof(sun)), 0);
	expect_ok(f, "{\"command\":\"version\"}\n", 0);
	/* one that is in use is not taken away */
	second = control_new(f->base, &f->control->ops);
	assert_int_equal(control_listen(second, sun.sun_path, err,
					sizeof(err)), -1);
	assert_non_null(strstr(err, "is another ikevtid running?"));
	/* nor what is no socket at all */
	assert_int_equal(control_listen(second, dir, err, sizeof(err)), -1);
	assert_non_null(strstr(err, "is no socket"));
	memset(err, 'a', sizeof(err));
	err[200] = 0;
	assert_int_equal(control_listen(second, err, err, sizeof(err)), -1);
	control_free(second);
	control_free(f->control);
	f->control = NULL;
	assert_int_equal(stat(sun.sun_path, &st), -1);
	assert_int_equal(rmdir(dir), 0);
}

/* A daemon out of descriptors must not spin, and must serve again later */
static void test_out_of_descriptors(void **state)
{
	struct fixture *f = *state;
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	char dir[] = "/tmp/ikevti-control-XXXXXX", err[256];
	struct rlimit before, tight;
	int i;

	assert_non_null(mkdtemp(dir));
	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s/control.sock", dir);
	assert_int_equal(control_listen(f->control, sun.sun_path, err,
					sizeof(err)), 0);
	close(f->client);
	f->client = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	assert_int_equal(connect(f->client, (struct sockaddr *)&sun,
				 sizeof(sun)), 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	tight = before;
	tight.rlim_cur = 3;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
	turn(f);
	assert_non_null(strstr(f->log, "cannot accept a client"));
	f->log[0] = 0;
	turn(f);
	assert_string_equal(f->log, "");
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	for (i = 0; i < 300 && f->control->n_clients < 1; i++) {
		usleep(10000);
		turn(f);
	}
	expect_ok(f, "{\"command\":\"version\"}\n", 0);
	control_free(f->control);
	f->control = NULL;
	assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define TEST_MANY(name) cmocka_unit_test_setup_teardown(name, setup_many, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_commands),
		TEST(test_status_fields),
		TEST(test_status_and_kernel),
		TEST(test_device_addresses),
		TEST(test_log_level),
		TEST(test_status_socket),
		TEST(test_no_secrets),
		TEST(test_errors),
		TEST(test_not_strict),
		TEST(test_reload),
		TEST(test_piecemeal),
		TEST(test_pipelined),
		TEST(test_half_closed),
		TEST(test_giant_line),
		TEST(test_long_line),
		TEST(test_noise),
		TEST_MANY(test_slow_reader),
		TEST_MANY(test_reload_meanwhile),
		TEST_MANY(test_gone_reader),
		TEST(test_monitor),
		TEST(test_slow_monitor),
		TEST(test_too_many_clients),
		TEST(test_listen),
		TEST(test_out_of_descriptors),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
