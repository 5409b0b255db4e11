// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The daemon between engine and kernel, with a kernel in memory: devices,
 * effects and their answers, kernel events, taking over after a crash.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/daemon.h"
#include "daemon/effects.h"
#include "daemon/kernel_events.h"
#include "kernel/fake.h"

static const char secrets[] = "psk b.example = \"correct horse\"\n";

#define TUNNEL(name, more)						\
	"tunnel " name " { device = d-" name " local { id = " name ".example }\n" \
	" remote { id = b.example auth = psk }\n"			\
	" path isp1 { local = 192.0.2.1 remote = 198.51.100.1 }\n" more "}\n"

static const char two_tunnels[] =
	TUNNEL("one", "address = 10.0.0.1/30, fd00::1/126\n")
	TUNNEL("two", "address = 10.0.1.1/30\n");

static struct conf *load(const char *text)
{
	struct conf_errors errors = { 0 };
	struct conf *c = conf_load_text("t", text, strlen(text), secrets,
					strlen(secrets), &errors);

	if (!c && errors.n)
		print_error("%s\n", errors.list[0].text);
	conf_errors_free(&errors);
	assert_non_null(c);
	return c;
}

static struct fake *fake_of(struct daemon *d)
{
	return (struct fake *)d->kernel;
}

static uint32_t ifindex_of(struct daemon *d, const char *tunnel)
{
	const struct device *dev = devices_by_tunnel(&d->devices, tunnel);

	assert_non_null(dev);
	return dev->ifindex;
}

static int setup(void **state)
{
	struct daemon *d = calloc(1, sizeof(*d));

	assert_non_null(d);
	d->kernel = fake_new();
	assert_non_null(d->kernel);
	d->udp = udp_new(500, 4500);
	assert_non_null(d->udp);
	d->conf = load(two_tunnels);
	*state = d;
	return 0;
}

static int setup_devices(void **state)
{
	struct daemon *d;

	setup(state);
	d = *state;
	assert_int_equal(devices_apply(&d->devices, d->kernel, d->conf), 0);
	return 0;
}

static int teardown(void **state)
{
	struct daemon *d = *state;

	ike_effects_free(&d->effects);
	adopt_free(&d->adopt);
	host_free(&d->host);
	steer_free(&d->steer);
	devices_free(&d->devices);
	free(d->queue.list);
	udp_free(d->udp);
	d->kernel->ops->free(d->kernel);
	conf_unref(d->conf);
	free(d);
	return 0;
}

/* ---- devices ---- */

static void apply(struct daemon *d, const char *text)
{
	struct conf *c = load(text);

	assert_int_equal(devices_apply(&d->devices, d->kernel, c), 0);
	conf_unref(d->conf);
	d->conf = c;
}

static void test_devices_created_once(void **state)
{
	struct daemon *d = *state;
	struct fake *f = fake_of(d);
	uint32_t one;

	assert_int_equal(f->n_links, 2);
	one = ifindex_of(d, "one");
	assert_int_not_equal(one, 0);
	assert_string_equal(f->links[0].link.name, "d-one");
	assert_true(f->links[0].link.up);
	assert_int_equal(f->links[0].n_addresses, 2);
	assert_ptr_equal(devices_by_ifindex(&d->devices, one),
			 devices_by_tunnel(&d->devices, "one"));

	/* the same again: not one operation that changes anything */
	f->calls = 0;
	apply(d, two_tunnels);
	assert_int_equal(f->calls, 0);
	assert_int_equal(f->n_links, 2);
	assert_int_equal(ifindex_of(d, "one"), one);
}

static void test_devices_change(void **state)
{
	struct daemon *d = *state;
	struct fake *f = fake_of(d);
	uint32_t one = ifindex_of(d, "one"), two = ifindex_of(d, "two");

	apply(d, TUNNEL("one", "address = 10.0.0.1/30, 10.0.7.1/30 fwmark = 9\n"));
	assert_int_equal(ifindex_of(d, "one"), one);
	assert_int_equal(f->links[0].n_addresses, 2);
	assert_int_equal(f->links[0].params.fwmark, 9);
	/* the device stays, without what the daemon had put there */
	assert_int_equal(f->n_links, 2);
	assert_int_equal(f->links[1].n_addresses, 0);
	assert_true(devices_by_tunnel(&d->devices, "two")->leaving);
	devices_sweep(&d->devices, d->kernel);
	assert_null(devices_by_tunnel(&d->devices, "two"));
	assert_null(devices_by_ifindex(&d->devices, two));

	/* and is found again */
	apply(d, two_tunnels);
	assert_int_equal(ifindex_of(d, "two"), two);
	assert_int_equal(f->n_links, 2);
	assert_int_equal(f->links[1].n_addresses, 1);
}

static void test_devices_name_taken(void **state)
{
	struct daemon *d = *state;

	fake_link(fake_of(d), "d-one", false);
	assert_int_equal(devices_apply(&d->devices, d->kernel, d->conf), 0);
	assert_int_equal(ifindex_of(d, "one"), 0);
	assert_int_not_equal(ifindex_of(d, "two"), 0);
}

static void test_devices_renamed_tunnel(void **state)
{
	struct daemon *d = *state;
	uint32_t one = ifindex_of(d, "one");

	/* another tunnel takes the device: the old one must not reach it */
	apply(d, "tunnel new { device = d-one local { id = a.example }\n"
		 " remote { id = b.example auth = psk }\n"
		 " path p { local = 192.0.2.1 remote = 198.51.100.1 } }\n");
	assert_int_equal(ifindex_of(d, "new"), one);
	assert_int_equal(ifindex_of(d, "one"), 0);
	assert_ptr_equal(devices_by_ifindex(&d->devices, one),
			 devices_by_tunnel(&d->devices, "new"));
}

static void test_devices_lost_and_found(void **state)
{
	struct daemon *d = *state;
	struct fake *f = fake_of(d);
	struct kernel_link link = { .ikevti = true, .name = "d-one" };
	uint32_t one = ifindex_of(d, "one");
	bool appeared;

	assert_ptr_equal(devices_link_gone(&d->devices, one),
			 devices_by_tunnel(&d->devices, "one"));
	d->kernel->ops->link_delete(d->kernel, one);
	assert_int_equal(ifindex_of(d, "one"), 0);

	link.ifindex = fake_link(f, "d-one", true);
	assert_non_null(devices_link(&d->devices, d->kernel, &link, &appeared));
	assert_true(appeared);
	assert_int_equal(ifindex_of(d, "one"), link.ifindex);
	/* said twice is no news */
	devices_link(&d->devices, d->kernel, &link, &appeared);
	assert_false(appeared);
}

static void test_devices_await_traffic(void **state)
{
	struct daemon *d = *state;
	struct fake *f = fake_of(d);

	devices_await_traffic(&d->devices, d->kernel, NULL);
	assert_int_equal(f->n_paths, 0);

	apply(d, TUNNEL("one", "start = traffic\n") TUNNEL("two", ""));
	devices_await_traffic(&d->devices, d->kernel, NULL);
	assert_int_equal(f->links[0].params.hold_ms, UINT32_MAX);
	assert_int_equal(f->n_paths, 1);
	assert_int_equal(f->paths[0].ifindex, ifindex_of(d, "one"));
	assert_int_equal(f->paths[0].state, IKEVTI_PATH_DOWN);
	/* what the engine has put there is left alone */
	f->paths[0].state = IKEVTI_PATH_UP;
	devices_await_traffic(&d->devices, d->kernel, "one");
	assert_int_equal(f->n_paths, 1);
	assert_int_equal(f->paths[0].state, IKEVTI_PATH_UP);
}

/* ---- effects ---- */

static struct ike_effect *effect(struct daemon *d, enum ike_effect_type type)
{
	struct ike_effect *e;

	if (d->effects.n == d->effects.cap) {
		d->effects.cap += 8;
		d->effects.list = realloc(d->effects.list,
					  d->effects.cap * sizeof(*e));
		assert_non_null(d->effects.list);
	}
	e = &d->effects.list[d->effects.n++];
	memset(e, 0, sizeof(*e));
	e->type = type;
	return e;
}

static void name(char *to, const char *tunnel)
{
	snprintf(to, CONF_NAME_MAX, "%s", tunnel);
}

static void path_effect(struct daemon *d, enum ike_effect_type type,
			const char *tunnel, uint8_t state)
{
	struct ike_effect *e = effect(d, type);

	name(e->path.tunnel, tunnel);
	e->path.path = 1;
	e->path.state = state;
	e->path.weight = 1;
	assert_true(net_addr_parse(&e->path.local, "192.0.2.1"));
	assert_true(net_addr_parse(&e->path.remote, "198.51.100.1"));
}

static void sa_effect(struct daemon *d, enum ike_effect_type type,
		      const char *tunnel, bool inbound, uint32_t spi,
		      uint64_t op)
{
	struct ike_effect *e = effect(d, type);

	name(e->sa.tunnel, tunnel);
	e->sa.path = 1;
	e->sa.inbound = inbound;
	e->sa.spi = spi;
	e->op = op;
}

/* The answer that waits for the engine, taken out */
static struct ike_event answer(struct daemon *d)
{
	struct ike_event ev;

	assert_int_not_equal(d->queue.n, 0);
	ev = d->queue.list[d->queue.first++];
	if (!--d->queue.n)
		d->queue.first = 0;
	assert_int_equal(ev.type, IKE_EVENT_KERNEL_DONE);
	return ev;
}

/* A pair of SAs as the engine installs it; returns the inbound SPI */
static uint32_t install_pair(struct daemon *d, const char *tunnel,
			     uint32_t spi_out)
{
	struct ike_event ev;
	uint32_t spi;

	sa_effect(d, IKE_EFFECT_SPI_ALLOC, tunnel, true, 0, 11);
	effects_run(d);
	ev = answer(d);
	assert_int_equal(ev.kernel.op, 11);
	assert_int_equal(ev.kernel.error, 0);
	spi = ev.kernel.spi;
	sa_effect(d, IKE_EFFECT_SA_ADD, tunnel, true, spi, 12);
	sa_effect(d, IKE_EFFECT_SA_ADD, tunnel, false, spi_out, 13);
	path_effect(d, IKE_EFFECT_PATH_SET, tunnel, IKEVTI_PATH_UP);
	effects_run(d);
	ev = answer(d);
	assert_int_equal(ev.kernel.op, 12);
	assert_int_equal(ev.kernel.error, 0);
	ev = answer(d);
	assert_int_equal(ev.kernel.op, 13);
	assert_int_equal(ev.kernel.error, 0);
	assert_int_equal(d->queue.n, 0);
	return spi;
}

static void test_effects_install(void **state)
{
	struct daemon *d = *state;
	uint32_t one = ifindex_of(d, "one");
	uint32_t spi;

	path_effect(d, IKE_EFFECT_PATH_SET, "one", IKEVTI_PATH_DOWN);
	spi = install_pair(d, "one", 0x51);
	assert_int_equal(fake_count_sas(fake_of(d), one), 2);
	assert_int_equal(fake_find_sa(fake_of(d), one, true, spi)->state,
			 IKEVTI_SA_ACTIVE);
	assert_non_null(fake_find_sa(fake_of(d), one, false, 0x51));

	/* the path takes its SAs with it; deleting them again is no error */
	path_effect(d, IKE_EFFECT_PATH_DEL, "one", 0);
	sa_effect(d, IKE_EFFECT_SA_DEL, "one", true, spi, 21);
	effects_run(d);
	assert_int_equal(fake_count_sas(fake_of(d), one), 0);
	assert_int_equal(answer(d).kernel.error, 0);
}

static void test_effects_refused(void **state)
{
	struct daemon *d = *state;
	struct ike_event ev;

	path_effect(d, IKE_EFFECT_PATH_SET, "one", IKEVTI_PATH_DOWN);
	fake_of(d)->fail_op = "spi_alloc";
	fake_of(d)->fail = ENOSPC;
	sa_effect(d, IKE_EFFECT_SPI_ALLOC, "one", true, 0, 31);
	/* an SPI that was never allocated */
	sa_effect(d, IKE_EFFECT_SA_ADD, "one", true, 0x999, 32);
	sa_effect(d, IKE_EFFECT_SPI_ALLOC, "unknown", true, 0, 33);
	effects_run(d);
	ev = answer(d);
	assert_int_equal(ev.kernel.op, 31);
	assert_int_equal(ev.kernel.error, ENOSPC);
	assert_string_equal(ev.kernel.text, strerror(ENOSPC));
	ev = answer(d);
	assert_int_equal(ev.kernel.op, 32);
	assert_int_equal(ev.kernel.error, ENOENT);
	ev = answer(d);
	assert_int_equal(ev.kernel.op, 33);
	assert_int_equal(ev.kernel.error, ENODEV);
	assert_non_null(strstr(ev.kernel.text, "no device"));
}

static void test_effects_rx_age(void **state)
{
	struct daemon *d = *state;
	struct ike_effect *e;
	struct ike_event ev;

	path_effect(d, IKE_EFFECT_PATH_SET, "one", IKEVTI_PATH_UP);
	effects_run(d);
	fake_of(d)->paths[0].rx_age_ms = 1234;
	e = effect(d, IKE_EFFECT_RX_AGE);
	name(e->path.tunnel, "one");
	e->path.path = 1;
	e->op = 5;
	e = effect(d, IKE_EFFECT_RX_AGE);
	name(e->path.tunnel, "two");
	e->path.path = 1;
	e->op = 6;
	effects_run(d);
	ev = answer(d);
	assert_int_equal(ev.kernel.error, 0);
	assert_int_equal(ev.kernel.rx_age, 1234);
	ev = answer(d);
	assert_int_equal(ev.kernel.error, ENOENT);
}

/* ---- what the log says ---- */

static char logged[8192];
static int log_pipe[2];
static int log_stderr;

static void log_catch(void)
{
	assert_int_equal(pipe2(log_pipe, O_CLOEXEC | O_NONBLOCK), 0);
	log_stderr = dup(STDERR_FILENO);
	assert_true(log_stderr >= 0 && dup2(log_pipe[1], STDERR_FILENO) >= 0);
	close(log_pipe[1]);
}

/* What was logged since, in logged[] */
static void log_release(void)
{
	ssize_t n;

	assert_true(dup2(log_stderr, STDERR_FILENO) >= 0);
	close(log_stderr);
	n = read(log_pipe[0], logged, sizeof(logged) - 1);
	logged[n > 0 ? n : 0] = 0;
	close(log_pipe[0]);
}

static void path_state(struct daemon *d, uint8_t path, uint8_t state, uint8_t reason)
{
	struct kernel_event kev = { .type = KERNEL_EVENT_PATH_STATE,
				    .ifindex = ifindex_of(d, "one"), .path = path,
				    .state = state, .reason = reason };

	kev.usable = reason == IKEVTI_REASON_NONE;
	assert_true(net_addr_parse(&kev.local, "192.0.2.1"));
	assert_true(net_addr_parse(&kev.remote, "198.51.100.1"));
	fake_event(fake_of(d), &kev);
	kernel_events_read(d);
}

/* The kernel's word counts where it contradicts the engine; names, not numbers */
static void test_path_events(void **state)
{
	struct daemon *d = *state;
	char line[256];

	snprintf(line, sizeof(line),
		 "one: path %s: unusable: the route to the peer, 198.51.100.1, leads into the tunnel\n",
		 d->conf->tunnels[0]->paths[0].name);
	log_catch();
	/* as a path comes up, and is taken down */
	path_state(d, 1, IKEVTI_PATH_UP, IKEVTI_REASON_NO_SA);
	path_state(d, 1, IKEVTI_PATH_UP, IKEVTI_REASON_NONE);
	path_state(d, 1, IKEVTI_PATH_DOWN, IKEVTI_REASON_ADMIN);
	log_release();
	assert_string_equal(logged, "");

	log_catch();
	path_state(d, 1, IKEVTI_PATH_UP, IKEVTI_REASON_LOOP);
	log_release();
	if (!strstr(logged, line) || !strstr(logged, " warn "))
		fail_msg("%s", logged);
	log_catch();
	path_state(d, 1, IKEVTI_PATH_UP, IKEVTI_REASON_NONE);
	log_release();
	if (!strstr(logged, ": usable again\n"))
		fail_msg("%s", logged);
	/* of a path that nobody knows, and of many */
	log_catch();
	path_state(d, 200, IKEVTI_PATH_UP, IKEVTI_REASON_ADDRESS);
	log_release();
	if (!strstr(logged, "path number 200: unusable: 192.0.2.1 is not an address of this host"))
		fail_msg("%s", logged);
}

/* A state is one line of the log, with the path's name */
static void test_states_are_logged(void **state)
{
	struct daemon *d = *state;
	struct ike_effect *e = effect(d, IKE_EFFECT_STATE);
	char line[128];

	name(e->state.tunnel, "one");
	e->state.path = 1;
	snprintf(e->state.what, sizeof(e->state.what), "up");
	e->state.text = strdup("up with 'b.example' at 198.51.100.1:500");
	e = effect(d, IKE_EFFECT_STATE);
	name(e->state.tunnel, "one");
	e->state.path = 1;
	snprintf(e->state.what, sizeof(e->state.what), "waiting");
	snprintf(line, sizeof(line), "one: path %s: up with 'b.example' at 198.51.100.1:500\n",
		 d->conf->tunnels[0]->paths[0].name);
	log_catch();
	effects_run(d);
	log_release();
	if (!strstr(logged, line) || strstr(logged, "waiting"))
		fail_msg("%s", logged);
}

/* ---- kernel events ---- */

static void test_events_map(void **state)
{
	struct daemon *d = *state;
	struct kernel_event kev = { .type = KERNEL_EVENT_ACQUIRE };
	struct ike_event ev;

	kev.ifindex = 4711;
	assert_false(kernel_events_map(&d->devices, &kev, &ev));
	kev.ifindex = ifindex_of(d, "two");
	assert_true(kernel_events_map(&d->devices, &kev, &ev));
	assert_int_equal(ev.type, IKE_EVENT_ACQUIRE);
	assert_string_equal(ev.tunnel.tunnel, "two");

	kev.type = KERNEL_EVENT_SA_LIMIT;
	assert_false(kernel_events_map(&d->devices, &kev, &ev));
	kev.spi = 0x1234;
	kev.inbound = true;
	kev.hard = true;
	kev.path = 3;
	kev.limit = IKEVTI_LIMIT_BYTES;
	assert_true(kernel_events_map(&d->devices, &kev, &ev));
	assert_int_equal(ev.type, IKE_EVENT_SA_LIMIT);
	assert_string_equal(ev.limit.tunnel, "two");
	assert_int_equal(ev.limit.spi, 0x1234);
	assert_int_equal(ev.limit.path, 3);
	assert_true(ev.limit.inbound);
	assert_true(ev.limit.hard);

	kev.type = KERNEL_EVENT_ADDRESS;
	assert_false(kernel_events_map(&d->devices, &kev, &ev));
	assert_true(net_addr_parse(&kev.remote, "203.0.113.1"));
	kev.remote.port = 1027;
	assert_true(kernel_events_map(&d->devices, &kev, &ev));
	assert_int_equal(ev.type, IKE_EVENT_ADDRESS);
	assert_true(net_addr_equal(&ev.address.remote, &kev.remote));
}

/* ---- taking over ---- */

/* What the process before leaves: everything but the kernel is forgotten */
static void crash(struct daemon *d)
{
	struct conf *c = load(two_tunnels);

	adopt_free(&d->adopt);
	devices_free(&d->devices);
	d->queue.n = 0;
	d->queue.first = 0;
	conf_unref(d->conf);
	d->conf = c;
	assert_int_equal(devices_apply(&d->devices, d->kernel, c), 0);
}

static struct adopt_found take_over(struct daemon *d)
{
	struct adopt_found found;

	assert_int_equal(adopt_start(&d->adopt, d->kernel, &d->devices,
				     daemon_now(), &found), 0);
	return found;
}

static uint32_t establish(struct daemon *d, const char *tunnel, uint32_t spi)
{
	path_effect(d, IKE_EFFECT_PATH_SET, tunnel, IKEVTI_PATH_DOWN);
	return install_pair(d, tunnel, spi);
}

static void test_adopt_replace(void **state)
{
	struct daemon *d = *state;
	struct fake *f = fake_of(d);
	uint32_t one = ifindex_of(d, "one");
	uint32_t old = establish(d, "one", 0x51);
	struct adopt_found found;
	uint32_t spi;

	crash(d);
	found = take_over(d);
	assert_int_equal(found.sas, 2);
	assert_int_equal(found.paths, 1);
	assert_int_equal(found.removed, 0);

	/* the engine begins anew: nothing of the path changes yet */
	path_effect(d, IKE_EFFECT_PATH_SET, "one", IKEVTI_PATH_DOWN);
	effects_run(d);
	assert_int_equal(f->paths[0].state, IKEVTI_PATH_UP);
	assert_non_null(fake_find_sa(f, one, false, 0x51));

	spi = install_pair(d, "one", 0x52);
	assert_null(fake_find_sa(f, one, false, 0x51));
	assert_non_null(fake_find_sa(f, one, false, 0x52));
	assert_non_null(fake_find_sa(f, one, true, old));

	/* the old inbound goes after its grace, not before */
	adopt_timer(&d->adopt, d->kernel, daemon_now() + ADOPT_GRACE_MS / 2);
	assert_non_null(fake_find_sa(f, one, true, old));
	adopt_timer(&d->adopt, d->kernel, daemon_now() + ADOPT_GRACE_MS + 1);
	assert_null(fake_find_sa(f, one, true, old));
	assert_non_null(fake_find_sa(f, one, true, spi));
	assert_int_equal(fake_count_sas(f, one), 2);
	assert_false(adopt_busy(&d->adopt));
}

/* Dying again, at the worst moments, leaves no more behind */
static void test_adopt_twice(void **state)
{
	struct daemon *d = *state;
	struct fake *f = fake_of(d);
	uint32_t one = ifindex_of(d, "one");
	struct adopt_found found;

	establish(d, "one", 0x51);
	crash(d);
	take_over(d);
	path_effect(d, IKE_EFFECT_PATH_SET, "one", IKEVTI_PATH_DOWN);
	sa_effect(d, IKE_EFFECT_SPI_ALLOC, "one", true, 0, 11);
	effects_run(d);
	assert_int_equal(fake_count_sas(f, one), 3);

	/* the larval one is of no use to anybody */
	crash(d);
	found = take_over(d);
	assert_int_equal(found.sas, 2);
	assert_int_equal(found.removed, 1);
	assert_int_equal(fake_count_sas(f, one), 2);

	/* dead between the new pair and the end of the old one's grace */
	path_effect(d, IKE_EFFECT_PATH_SET, "one", IKEVTI_PATH_DOWN);
	install_pair(d, "one", 0x52);
	assert_int_equal(fake_count_sas(f, one), 3);
	crash(d);
	take_over(d);
	path_effect(d, IKE_EFFECT_PATH_SET, "one", IKEVTI_PATH_DOWN);
	install_pair(d, "one", 0x53);
	adopt_timer(&d->adopt, d->kernel, daemon_now() + ADOPT_GRACE_MS + 1);
	assert_int_equal(fake_count_sas(f, one), 2);
	assert_false(adopt_busy(&d->adopt));
}

static void test_adopt_not_configured(void **state)
{
	struct daemon *d = *state;
	struct fake *f = fake_of(d);
	uint32_t two = ifindex_of(d, "two");
	struct ike_kernel_path p = { .path = 9 };
	struct adopt_found found;

	establish(d, "two", 0x61);
	/* a path that the configuration does not have */
	assert_int_equal(f->k.ops->path_set(&f->k, two, &p), 0);
	establish(d, "one", 0x51);

	/* a process that starts without tunnel "one" */
	conf_unref(d->conf);
	d->conf = load(TUNNEL("two", ""));
	devices_free(&d->devices);
	assert_int_equal(devices_apply(&d->devices, d->kernel, d->conf), 0);
	found = take_over(d);
	assert_int_equal(found.paths, 1);
	assert_int_equal(found.sas, 2);
	assert_int_equal(found.removed, 2);
	assert_int_equal(f->n_paths, 1);
	assert_int_equal(f->n_sas, 2);
	assert_int_equal(f->paths[0].ifindex, two);
	assert_int_equal(f->paths[0].id, 1);
}

/* A peer that is gone for good is not kept as a black hole */
static void test_adopt_give_up(void **state)
{
	struct daemon *d = *state;
	struct fake *f = fake_of(d);
	uint32_t one = ifindex_of(d, "one");

	establish(d, "one", 0x51);
	crash(d);
	take_over(d);
	path_effect(d, IKE_EFFECT_PATH_SET, "one", IKEVTI_PATH_DOWN);
	effects_run(d);

	/* heard a moment ago: patience is renewed */
	f->paths[0].rx_age_ms = 100;
	adopt_timer(&d->adopt, d->kernel, daemon_now() + ADOPT_PATIENCE_MS + 9);
	assert_int_equal(fake_count_sas(f, one), 2);
	f->paths[0].rx_age_ms = UINT32_MAX;
	adopt_timer(&d->adopt, d->kernel, daemon_now() + ADOPT_PATIENCE_MS +
		    ADOPT_SILENCE_MS + 99);
	assert_int_equal(fake_count_sas(f, one), 0);
	assert_int_equal(f->paths[0].state, IKEVTI_PATH_DOWN);
	assert_false(adopt_busy(&d->adopt));
}

static void test_adopt_limit(void **state)
{
	struct daemon *d = *state;
	struct kernel_event kev = {
		.type = KERNEL_EVENT_SA_LIMIT,
		.hard = true,
		.spi = 0x51,
	};
	uint32_t one = ifindex_of(d, "one");

	establish(d, "one", 0x51);
	crash(d);
	take_over(d);
	kev.ifindex = one;
	fake_event(fake_of(d), &kev);
	kernel_events_read(d);
	assert_null(fake_find_sa(fake_of(d), one, false, 0x51));
	assert_int_equal(fake_count_sas(fake_of(d), one), 1);

	/* and nothing lives longer than its lifetime */
	adopt_timer(&d->adopt, d->kernel, daemon_now() + 3ull * 3600 * 1000);
	assert_int_equal(fake_count_sas(fake_of(d), one), 0);
	assert_false(adopt_busy(&d->adopt));
}

/* Nobody asks for it any more, and the engine never knew of it */
static void test_adopt_release(void **state)
{
	struct daemon *d = *state;
	struct fake *f = fake_of(d);
	uint32_t one = ifindex_of(d, "one");

	establish(d, "one", 0x51);
	crash(d);
	take_over(d);
	adopt_release(&d->adopt, d->kernel, one);
	assert_int_equal(f->n_sas, 0);
	assert_int_equal(f->n_paths, 0);
	assert_false(adopt_busy(&d->adopt));

	/* nor does a path stay behind when its SAs have expired */
	establish(d, "one", 0x51);
	crash(d);
	take_over(d);
	adopt_timer(&d->adopt, d->kernel, daemon_now() + 3ull * 3600 * 1000);
	assert_int_equal(f->n_paths, 0);
}

static void test_host(void **state)
{
	struct daemon *d = *state;
	struct conf *c = load(TUNNEL("one", ""));

	assert_int_equal(host_paths(d->conf), 2);
	assert_true(host_changed(&d->host, d->kernel, &d->devices, d->conf));
	assert_false(host_changed(&d->host, d->kernel, &d->devices, d->conf));
	assert_true(host_changed(&d->host, d->kernel, &d->devices, c));
	assert_false(host_changed(&d->host, d->kernel, &d->devices, c));
	d->host.sources[0].ip[3] ^= 1;
	assert_true(host_changed(&d->host, d->kernel, &d->devices, c));
	conf_unref(c);
}

/* ---- log ---- */

static void test_log_escape(void **state)
{
	static const struct {
		const char *in;
		const char *text;
		const char *json;
	} cases[] = {
		{ "plain", "plain", "plain" },
		{ "a\nb\x1b[0m", "a\\x0ab\\x1b[0m", "a\\u000ab\\u001b[0m" },
		{ "say \"x\\y\"", "say \"x\\y\"", "say \\\"x\\\\y\\\"" },
		{ "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f" },
		{ "\xc3(\xff\xc2\x85", "\\xc3(\\xff\\xc2\\x85",
		  "\\u00c3(\\u00ff\\u00c2\\u0085" },
	};
	char buf[64];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		log_escape(buf, sizeof(buf), cases[i].in, false);
		assert_string_equal(buf, cases[i].text);
		log_escape(buf, sizeof(buf), cases[i].in, true);
		assert_string_equal(buf, cases[i].json);
	}
	for (i = 1; i < 16; i++) {
		size_t n = log_escape(buf, i, "\n\n\n\n\n\n", true);

		assert_true(n < i);
		assert_int_equal(buf[n], '\0');
	}
}

int main(void)
{
#define WITH(test, how) cmocka_unit_test_setup_teardown(test, how, teardown)
	const struct CMUnitTest tests[] = {
		WITH(test_devices_created_once, setup_devices),
		WITH(test_devices_change, setup_devices),
		WITH(test_devices_name_taken, setup),
		WITH(test_devices_renamed_tunnel, setup_devices),
		WITH(test_devices_lost_and_found, setup_devices),
		WITH(test_devices_await_traffic, setup_devices),
		WITH(test_effects_install, setup_devices),
		WITH(test_effects_refused, setup_devices),
		WITH(test_effects_rx_age, setup_devices),
		WITH(test_path_events, setup_devices),
		WITH(test_states_are_logged, setup_devices),
		WITH(test_events_map, setup_devices),
		WITH(test_adopt_replace, setup_devices),
		WITH(test_adopt_twice, setup_devices),
		WITH(test_adopt_not_configured, setup_devices),
		WITH(test_adopt_give_up, setup_devices),
		WITH(test_adopt_limit, setup_devices),
		WITH(test_adopt_release, setup_devices),
		WITH(test_host, setup_devices),
		cmocka_unit_test(test_log_escape),
	};

	return cmocka_run_group_tests_name("daemon", tests, NULL, NULL);
}
