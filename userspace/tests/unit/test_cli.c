// SPDX-License-Identifier: GPL-2.0-or-later
/* ikevtictl: how it writes, and the whole of it against a control server */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <getopt.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <event2/event.h>

#include "cli/cli.h"
#include "config/conf.h"
#include "control/control.h"
#include "ike_lab.h"

static const char conf_text[] =
	"daemon { port = 501 workers = 2 }\n"
	"tunnel dc2 { device = vpn-dc2 address = 10.255.0.1/30, fd00::1/126\n"
	"  local { id = a.example networks = 10.1.0.0/16, 10.9.0.1-10.9.0.7 }\n"
	"  remote { id = \"keyid:some, \\\"thing\\\"\" networks = 0.0.0.0/0 }\n"
	"  path isp1 { local = 192.0.2.1 remote = 198.51.100.1 priority = 10 }\n"
	"  path isp2 { remote = 2001:db8::2 weight = 2 port = 501 }\n"
	"  ike { proposals = aes256gcm16-prfsha384-x25519-ecp384, aes256-sha512-modp2048 }\n"
	"  esp { proposals = aes128gcm16-noesn lifetime = 90s bytes = 64G encap = udp }\n"
	"  detect = 1500ms start = listen mtu = 1400 mss-clamp = 1300 fwmark = 16 }\n"
	"tunnel dc3 { local { id = a.example } remote { id = any } start = listen path p { remote = any }\n"
	"  mss-clamp = off keepalive = 0 hold-time = 0 }\n";
static const char secrets_text[] =
	"psk \"keyid:some, \\\"thing\\\"\" = \"correct horse\"\n"
	"psk a.example any = \"correct horse\"\n";

static char dir[64];
static char sock[128];
static char live_sock[sizeof(sock)];	/* of a daemon whose tunnel is up */
static char outfile[128];
static pid_t server;

/* ---- a daemon without a kernel ------------------------------------------- */

static struct conf *conf;
static struct ike_engine *engine;

static void fixed_random(void *ctx, uint8_t *buf, size_t len)
{
	memset(buf, 7, len);
}

static struct conf *load_conf(const char *text, size_t len)
{
	struct conf_errors errors;
	struct conf *c = conf_load_text("t", text, len, secrets_text,
					strlen(secrets_text), &errors);

	if (!c)
		conf_errors_print(&errors, stderr);
	conf_errors_free(&errors);
	return c;
}

/* @ctx: the lab whose first engine it is, NULL: one without a peer */
static const char *op_log_level(void *ctx, const char *set)
{
	return set && strcmp(set, "debug") ? NULL : set ? "debug" : "info";
}

static struct ike_engine *op_engine(void *ctx)
{
	return ctx ? ((struct lab *)ctx)->nodes[0].engine : engine;
}

static struct conf *op_conf(void *ctx)
{
	return ctx ? ((struct lab *)ctx)->nodes[0].conf : conf;
}

static const char *op_conf_path(void *ctx)
{
	return "/nowhere/ikevti.conf";
}

static ike_time op_now(void *ctx)
{
	return ctx ? ((struct lab *)ctx)->now : 65000;
}

static void op_event(void *ctx, const struct ike_event *ev)
{
	struct ike_event copy = *ev;

	if (!ctx)
		return;
	lab_step(ctx, 0, &copy);
	lab_settle(ctx);
}

static int op_reload(void *ctx, struct conf_errors *errors,
		     struct control_reload *done)
{
	*done = (struct control_reload){ .unchanged = 2, .removed = 1, .n_left = 1,
					 .left = { "vpn7" } };
	return 0;
}

static bool op_device(void *ctx, const struct conf_tunnel *t,
		      struct control_device *out)
{
	out->state = IKEVTI_DEV_DORMANT;
	out->up = true;
	out->mtu = 1300;
	out->auto_mtu = 1446;
	out->stats.have = 1U << IKEVTI_STAT_A_RX_BYTES |
		1U << IKEVTI_STAT_A_TX_BYTES | 1U << IKEVTI_STAT_A_TX_NO_SA;
	out->stats.value[IKEVTI_STAT_A_RX_BYTES] = 3 << 20;
	out->stats.value[IKEVTI_STAT_A_TX_NO_SA] = 77;
	return true;
}

static bool op_addresses(void *ctx, const struct conf_tunnel *t,
			 struct conf_prefix **list, size_t *n)
{
	*list = calloc(1, sizeof(**list));
	if (!*list)
		return false;
	(*list)->addr = (struct net_addr){ .family = AF_INET, .ip = { 10, 255, 0, 1 } };
	(*list)->len = 30;
	*n = 1;
	return true;
}

static bool op_path(void *ctx, const struct conf_tunnel *t, uint32_t path,
		    struct control_path *out)
{
	if (!ctx)
		return false;
	out->reason = IKEVTI_REASON_LOOP;
	net_addr_parse(&out->remote, "198.51.100.2");
	out->rx_age_ms = 3000;
	out->stats.have = 1U << IKEVTI_STAT_A_RX_BYTES;
	out->stats.value[IKEVTI_STAT_A_RX_BYTES] = 3 << 20;
	return true;
}

static bool op_sa(void *ctx, const struct conf_tunnel *t, uint32_t path,
		  uint32_t lane, uint32_t spi, bool inbound,
		  struct control_sa *out)
{
	return false;
}

static void op_log(void *ctx, enum ike_log_level level, const char *text)
{
}

/* The daemon of a tunnel that IKE has brought up and the kernel cannot use */
static void serve_live(struct event_base *base, struct control_ops ops)
{
	struct control *control;
	struct lab *lab = lab_new();
	char err[256];

	lab_tunnel(lab, 0)->start = CONF_START_LISTEN;
	lab_start(lab);
	lab_admin(lab, 0, IKE_EVENT_UP, false);
	lab_settle(lab);
	/* an error of before, which is over */
	ike_complain(lab_path(lab, 0), "an old error");
	ops.ctx = lab;
	control = control_new(base, &ops);
	if (!control || control_listen(control, live_sock, err, sizeof(err)))
		_exit(1);
}

static void serve(void)
{
	const struct ike_env env = { .random = fixed_random, .sync_crypto = true };
	const struct control_ops ops = {
		.engine = op_engine, .conf = op_conf,
		.conf_path = op_conf_path, .now = op_now, .event = op_event,
		.reload = op_reload, .kernel_device = op_device,
		.kernel_addresses = op_addresses,
		.kernel_path = op_path, .kernel_sa = op_sa, .log = op_log,
		.log_level = op_log_level,
	};
	struct ike_event ev = { .type = IKE_EVENT_CONFIG, .now = 1000 };
	struct event_base *base = event_base_new();
	struct ike_effects effects = { 0 };
	struct control *control;
	char err[256], status[128];

	signal(SIGPIPE, SIG_IGN);
	conf = load_conf(conf_text, strlen(conf_text));
	engine = ike_engine_new(&env);
	control = control_new(base, &ops);
	if (!conf || !engine || !control)
		_exit(1);
	ev.config.conf = conf;
	ike_step(engine, &ev, &effects);
	ike_effects_free(&effects);
	serve_live(base, ops);
	snprintf(status, sizeof(status), "%s/status.sock", dir);
	if (control_listen(control, sock, err, sizeof(err)) ||
	    control_listen_status(control, status, 4711, err, sizeof(err)))
		_exit(1);
	event_base_dispatch(base);
	_exit(1);
}

/* The socket's file is there before anybody listens */
static bool answers(void)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	bool ok;

	snprintf(to.sun_path, sizeof(to.sun_path), "%.100s", sock);
	ok = fd >= 0 && !connect(fd, (struct sockaddr *)&to, sizeof(to));
	close(fd);
	return ok;
}

static int setup(void **state)
{
	int i;

	snprintf(dir, sizeof(dir), "%s", "/tmp/ikevti-cli-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(sock, sizeof(sock), "%s/control.sock", dir);
	snprintf(live_sock, sizeof(live_sock), "%s/live.sock", dir);
	snprintf(outfile, sizeof(outfile), "%s/out", dir);
	server = fork();
	if (!server)
		serve();
	for (i = 0; i < 500; i++) {
		if (answers())
			return 0;
		usleep(10000);
	}
	return -1;
}

static int teardown(void **state)
{
	char command[128];

	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command);
}

/* ---- running it ------------------------------------------------------------ */

static char said[65536];

/* Runs "ikevtictl -s SOCKET ARGS"; what it says, errors too, is in said[] */
static int run(const char *args)
{
	char copy[512], *argv[32], *save = NULL, *word;
	int argc = 3, status;
	size_t n;
	pid_t pid;
	FILE *f;

	snprintf(copy, sizeof(copy), "%s", args);
	argv[0] = strdup("ikevtictl");
	argv[1] = strdup("-s");
	argv[2] = strdup(sock);
	for (word = strtok_r(copy, " ", &save); word && argc < 31;
	     word = strtok_r(NULL, " ", &save))
		argv[argc++] = word;
	argv[argc] = NULL;
	fflush(NULL);
	pid = fork();
	if (!pid) {
		if (!freopen(outfile, "w", stdout) || dup2(1, 2) < 0)
			_exit(99);
		optind = 0;
		status = cli_main(argc, argv);
		fflush(NULL);
		_exit(status);
	}
	free(argv[0]);
	free(argv[1]);
	free(argv[2]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	f = fopen(outfile, "r");
	assert_non_null(f);
	n = fread(said, 1, sizeof(said) - 1, f);
	said[n] = 0;
	fclose(f);
	return WEXITSTATUS(status);
}

static void expect(const char *args, int status, const char *part)
{
	int got = run(args);

	if (got != status || !strstr(said, part))
		fail_msg("%s: exit %d, said:\n%s\nexpected exit %d and: %s", args,
			 got, said, status, part);
}

static void test_tables(void **state)
{
	expect("status", 0, "TUNNEL  DEVICE   PATH  STATE   SINCE  HEARD  REMOTE");
	expect("status", 0, "\ndc2     vpn-dc2  isp1  listen   1m4s      -  198.51.100.1");
	expect("status", 0, "\n                 isp2  listen");
	expect("status", 0, "\n0 of 3 paths up; ikevtid ");
	expect("status dc3", 0, "\n0 of 1 path up; ");
	/* the device's own MTU, and which address it lacks */
	expect("show tunnels", 0, "  1300  10.255.0.1/30, fd00::1/126 (missing)  a.example");
	expect("show tunnels", 0, "isp1: 192.0.2.1 -> 198.51.100.1; isp2: any -> 2001:db8::2");
	expect("show sas", 0, "there is no SA");
	expect("show counters", 0, "dc2     tx_no_sa       77  no usable path or SA");
	expect("show counters", 0, "counters that are zero are not shown");
	expect("show counters --all", 0, "\nike_rekeys ");
	assert_null(strchr(said, '\033'));
}

/* The same commands for the daemon whose tunnel is up */
static void expect_live(const char *args, int status, const char *part)
{
	char keep[sizeof(sock)];

	snprintf(keep, sizeof(keep), "%s", sock);
	snprintf(sock, sizeof(sock), "%s", live_sock);
	expect(args, status, part);
	snprintf(sock, sizeof(sock), "%s", keep);
}

/* Up for IKE and not for the kernel: that is not up, and the reason is said */
static void test_unusable(void **state)
{
	expect_live("status", 0, "  unusable  ");
	expect_live("status", 0, "  3.0 MiB  ");
	expect_live("status", 0, "now   unusable: the route to the peer, 198.51.100.2, leads into the tunnel\n");
	expect_live("status", 0, "\n0 of 1 path up; ");
	/* what is over is no problem now */
	assert_null(strstr(said, "an old error"));
	expect_live("-j status", 0, "\"last_error\":\"an old error\"");
	expect_live("-j status", 0, "\"reason\":\"loop\"");
	expect_live("-j status", 0, "\"paths_up\":0");
	/* long before the thirty seconds are over */
	expect_live("up t --wait -t 30", 1,
		    "t/p: unusable: the route to the peer, 198.51.100.2, leads into the tunnel\n");
}

/* up --wait ends at once where there is nothing to wait for */
static void test_wait(void **state)
{
	time_t began = time(NULL);

	expect("up dc3 --wait", 1, "dc3/p: listen: the peer has not called yet\n");
	assert_true(time(NULL) - began < 10);
}

static void test_json(void **state)
{
	static const char *const commands[] = {
		"-j status", "-j show sas", "show tunnels --json",
		"-j show counters", "-j show config", "-j status dc3",
		"-j version", "-j reload", "-j up dc2", "-j down dc9",
	};
	json_error_t error;
	size_t i, len;
	json_t *v;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		run(commands[i]);
		/* one document on one line; what stands behind it is for people */
		len = strcspn(said, "\n");
		v = json_loadb(said, len, JSON_REJECT_DUPLICATES, &error);
		if (!v)
			fail_msg("%s: %s: %s", commands[i], error.text, said);
		json_decref(v);
	}
	expect("-j status", 0, "{\"tunnels\":[{\"tunnel\":\"dc2\"");
	expect("-j status", 0, "\"summary\":{");
	expect("-j show config", 0, "\"daemon\":{\"port\":501");
	expect("-j down dc9", 1, "\"code\":\"unknown-tunnel\"");
}

/* Is @key a word of the manual page? */
static bool in_manual(const char *page, const char *key)
{
	size_t len = strlen(key);
	const char *p = page;

	while ((p = strstr(p, key))) {
		bool starts = p == page || !strchr("abcdefghijklmnopqrstuvwxyz_", p[-1]);

		p += len;
		if (starts && !strchr("abcdefghijklmnopqrstuvwxyz_", *p))
			return true;
	}
	return false;
}

static void look_up(const char *page, json_t *v)
{
	const char *key;
	json_t *m;
	size_t i;

	json_array_foreach(v, i, m) {
		look_up(page, m);
	}
	json_object_foreach(v, key, m) {
		if (!in_manual(page, key))
			fail_msg("ikevtictl(8) does not know '%s'", key);
		/* the names of counters are shown by a command of their own */
		if (strcmp(key, "counters") &&
		    !(!strcmp(key, "ike") && json_object_get(m, "packets_sent")))
			look_up(page, m);
	}
}

/* Every field of the answers is documented */
static void test_json_is_documented(void **state)
{
	static const char *const commands[] = {
		"-j status", "-j show sas", "-j show tunnels",
		"-j show counters", "-j show config",
	};
	const char *top = getenv("IKEVTI_TOP");
	static char page[65536];
	char name[512];
	json_t *v;
	size_t i;
	FILE *f;

	snprintf(name, sizeof(name), "%s/Documentation/man/ikevtictl.8",
		 top ? top : ".");
	f = fopen(name, "r");
	if (!f)
		fail_msg("%s cannot be read; is this the top of the sources?",
			 name);
	page[fread(page, 1, sizeof(page) - 1, f)] = 0;
	fclose(f);
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		assert_int_equal(run(commands[i]), 0);
		v = json_loads(said, 0, NULL);
		assert_non_null(v);
		look_up(page, v);
		json_decref(v);
	}
}

/* What show config says can be loaded, and means the same */
static void test_config_round_trip(void **state)
{
	struct conf *a, *b;
	size_t i;

	assert_int_equal(run("show config"), 0);
	assert_null(strstr(said, "horse"));
	a = load_conf(conf_text, strlen(conf_text));
	b = load_conf(said, strlen(said));
	if (!b)
		fail_msg("%s", said);
	assert_int_equal(a->n_tunnels, b->n_tunnels);
	for (i = 0; i < a->n_tunnels; i++)
		if (!conf_tunnel_same(a->tunnels[i], b->tunnels[i]))
			fail_msg("%s", said);
	assert_int_equal(b->daemon.port, 501);
	assert_int_equal(b->daemon.workers, 2);
	conf_unref(a);
	conf_unref(b);
}

static void test_commands(void **state)
{
	expect("up dc2", 0, "dc2 is going up");
	expect("down dc2 isp1", 0, "dc2/isp1 is going down");
	expect("reload", 0, "0 added, 1 removed, 0 changed, 2 unchanged\n"
	       "device vpn7 has no tunnel any more and stays; ip link del vpn7 removes it\n");
	expect("-j reload", 0, "\"devices_left\":[\"vpn7\"]");
	expect("rekey dc2", 1, "tunnel 'dc2' is not up");
	expect("up dc", 1, "there is no tunnel 'dc'; did you mean 'dc2'?");
	expect("up dc2 isp3", 1, "has no path 'isp3'; did you mean 'isp1'?");
	expect("down dc2 --timeout 0", 1, "not down after 0 seconds");
	expect("version", 0, "ikevtid ");
	expect("log level", 0, "info\n");
	expect("log level debug", 0, "debug\n");
	expect("-j log level debug", 0, "{\"ok\":true,\"level\":\"debug\"}\n");
	expect("log level loud", 1, "error, warn, info or debug, not 'loud'");
	expect("check", 1, "1 error in /nowhere/ikevti.conf");
	expect("check /nowhere/else.conf", 1, "/nowhere/else.conf: cannot be read");
}

static void test_usage(void **state)
{
	expect("", 2, "usage: ikevtictl");
	expect("help", 0, "exit status: 0 done");
	expect("--help", 0, "exit status: 0 done");
	expect("stauts", 2, "did you mean 'status'?");
	expect("show", 2, "show what? one of: sas, tunnels, counters, config");
	expect("log", 2, "log what? one of: level");
	expect("log levle", 2, "there is no command 'log levle'; did you mean 'level'?");
	expect("shwo", 2, "did you mean 'show'?");
	expect("show sa", 2, "there is no command 'show sa'; did you mean 'sas'?");
	expect("up", 2, "usage: ikevtictl up TUNNEL [PATH]");
	expect("up a b c", 2, "usage: ikevtictl up");
	expect("up --ike a", 2, "--ike goes with rekey only");
	expect("rekey --wait a", 2, "--wait and --timeout go with up and down only");
	expect("status -t 5", 2, "--wait and --timeout go with up and down only");
	expect("show sas --all", 2, "--all goes with show counters only");
	expect("up --timeout soon a", 2, "needs a number of seconds");
	expect("--nonsense", 2, "unrecognized option");
}

static void test_no_daemon(void **state)
{
	char keep[sizeof(sock)];

	snprintf(keep, sizeof(keep), "%s", sock);
	snprintf(sock, sizeof(sock), "%s", "/nowhere/control.sock");
	expect("status", 3, "ikevtid is not running (nobody answers at /nowhere/control.sock)");
	expect("monitor", 3, "ikevtid is not running");
	expect("version", 0, "ikevtid is not running");
	snprintf(sock, sizeof(sock), "%s", keep);
}

/* Runs ikevtictl as nobody, a member of @group or of none, in a child */
static void expect_nobody(gid_t group, const char *args, int status, const char *part)
{
	int code;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		if (setgroups(group ? 1 : 0, &group) || setgid(65534) || setuid(65534))
			_exit(9);
		snprintf(outfile, sizeof(outfile), "%s", "/tmp/ikevti-cli-nobody");
		code = run(args);
		if (code == status && strstr(said, part))
			_exit(0);
		print_error("%s: exit %d, said: %s", args, code, said);
		_exit(1);
	}
	assert_int_equal(waitpid(pid, &code, 0), pid);
	unlink("/tmp/ikevti-cli-nobody");
	assert_int_equal(code, 0);
}

static void test_no_permission(void **state)
{
	char keep[sizeof(sock)];

	if (geteuid())
		skip();
	assert_int_equal(chmod(dir, 0755), 0);
	/* the group looks by the socket beside the other, and does nothing more */
	expect_nobody(4711, "status", 0, "\n0 of 3 paths up; ");
	expect_nobody(4711, "reload", 1, "'reload' is for root only");
	expect_nobody(0, "status", 1, "only root and members of the group ikevti may look here");
	/* where there is none */
	snprintf(keep, sizeof(keep), "%s", sock);
	snprintf(sock, sizeof(sock), "%s", live_sock);
	expect_nobody(4711, "status", 1,
		      "permission denied; root may talk to ikevtid, members of the group ikevti may look");
	snprintf(sock, sizeof(sock), "%s", keep);
}

/* ---- pieces ---------------------------------------------------------------- */

static void test_numbers(void **state)
{
	static const struct {
		uint64_t n;
		const char *duration;
		const char *bytes;
	} cases[] = {
		{ 0, "0s", "0 B" },
		{ 59, "59s", "59 B" },
		{ 60, "1m", "60 B" },
		{ 192, "3m12s", "192 B" },
		{ 1023, "17m3s", "1023 B" },
		{ 1024, "17m4s", "1.0 KiB" },
		{ 3600, "1h", "3.5 KiB" },
		{ 86399, "23h59m", "84.3 KiB" },
		{ 86400 * 2 + 3600 * 4, "2d4h", "182.8 KiB" },
		{ (1ULL << 20) - 1, "12d3h", "1023.9 KiB" },
		{ 1ULL << 20, "12d3h", "1.0 MiB" },
		{ 64ULL << 30, "795364d7h", "64.0 GiB" },
		{ UINT64_MAX, "213503982334601d7h", "15.9 EiB" },
	};
	char buf[64];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_string_equal(cli_duration(cases[i].n, buf, sizeof(buf)),
				    cases[i].duration);
		assert_string_equal(cli_bytes(cases[i].n, buf, sizeof(buf)),
				    cases[i].bytes);
	}
}

static void test_safe(void **state)
{
	char buf[32], small[4];

	cli_safe("a\x1b[2J\n\x7f\xff\xc2\x9b\xc3\xa4z", buf, sizeof(buf));
	assert_string_equal(buf, "a?[2J????\xc3\xa4z");
	cli_safe("ab\xc3\xa4", small, sizeof(small));
	assert_string_equal(small, "ab");
	assert_int_equal(cli_width("\xc3\xa4z"), 2);
}

static void test_table(void **state)
{
	static const char *const heads[] = { "A", ">NUM", "LAST", NULL };
	struct cli_table *t = cli_table_new(heads);
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	cli_cell(t, "b\xc3\xa4r");
	cli_cellf(t, "%d", 7);
	cli_cell(t, "x");
	cli_cell(t, "longer");
	cli_cell(t, "123456");
	cli_cell(t, "\x1b[2J");
	assert_int_equal(cli_table_rows(t), 2);
	assert_true(cli_table_print(t, f, "  "));
	fclose(f);
	assert_string_equal(text, "  A          NUM  LAST\n"
				  "  b\xc3\xa4r          7  x\n"
				  "  longer  123456  ?[2J\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tables),
		cmocka_unit_test(test_unusable),
		cmocka_unit_test(test_wait),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_json_is_documented),
		cmocka_unit_test(test_config_round_trip),
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_usage),
		cmocka_unit_test(test_no_daemon),
		cmocka_unit_test(test_no_permission),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_safe),
		cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
