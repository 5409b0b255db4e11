// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ESP goes out and none comes in, while the peer answers IKE. Something on the
 * way may drop ESP, the peer may have lost the child SA, or the traffic may
 * really go one way only: only the last is harmless. So the child is rekeyed,
 * which a peer that does not have it says (CHILD_SA_NOT_FOUND, RFC 7296 section
 * 2.25), and another path of the tunnel that is not silent is used instead.
 * When all are silent, all count as before.
 */
#include "config/value.h"
#include "ike/sa.h"

#define FOLLOWS		6	/* times as long, for the peer to notice, too */
#define AGAIN_MS	60000	/* then it may be tried again */
#define AGAIN_DOUBLED	2	/* and later, when it was silent again, so often */

bool ike_path_stands_by(const struct ike_path *path)
{
	const struct ike_tunnel *t = path->tunnel;
	unsigned int i;

	if (!path->silent)
		return false;
	for (i = 0; i < t->n_paths; i++)
		if (t->paths[i] && t->paths[i]->sending && !t->paths[i]->silent)
			return true;
	return false;
}

static void complain(struct ike_path *path, uint32_t rx_age)
{
	uint64_t silence = path->engine->now - path->silent_since;
	char time[32];

	if (rx_age != UINT32_MAX && rx_age > silence)
		silence = rx_age;
	conf_format_duration((silence + 500) / 1000 * 1000, time, sizeof(time));
	ike_complain(path, "ESP is sent and none came for %s, while the peer answers IKE: %s, or it has nothing to send",
		     time,
		     path->kernel.udp ? "it is dropped on the way, or the peer has no route back" :
		     "protocol 50 is filtered on the way (\"encap = udp\" helps), or the peer has no route back");
}

static void fell_silent(struct ike_path *path, uint32_t rx_age)
{
	struct ike_engine *e = path->engine;

	path->silent = true;
	path->silent_at = e->now;
	path->silences++;
	complain(path, rx_age);
	path->sending->want_rekey = true;
	ike_sa_kick(path->sending->sa);
	ike_path_update(path);
	if (ike_path_stands_by(path))
		ike_log(e, IKE_LOG_INFO, path->tunnel->conf->name,
			"path %s: stands by, another path is used", path->conf->name);
}

static void trusted_again(struct ike_path *path)
{
	bool was = path->silent;

	path->silent = false;
	path->silent_since = 0;
	if (was)
		ike_path_update(path);
}

static bool try_again(const struct ike_path *path)
{
	unsigned int shift = path->silences - 1;

	if (shift > AGAIN_DOUBLED)
		shift = AGAIN_DOUBLED;
	return path->engine->now - path->silent_at >= (uint64_t)AGAIN_MS << shift;
}

/*
 * When this path is used in place of a silent one, nothing comes by it before
 * the peer has noticed as well: until then it sends on that one.
 */
static uint32_t patience(const struct ike_path *path, uint32_t half)
{
	const struct ike_tunnel *t = path->tunnel;
	unsigned int i;

	for (i = 0; i < t->n_paths; i++)
		if (t->paths[i] && t->paths[i] != path && ike_path_stands_by(t->paths[i]))
			return half * FOLLOWS;
	return half;
}

void ike_path_silence(struct ike_path *path, uint32_t half, uint32_t rx_age, uint32_t tx_age)
{
	struct ike_engine *e = path->engine;

	if (!path->sending)
		return;
	if (rx_age < half) {
		path->silences = 0;
		trusted_again(path);
	} else if (path->silent) {
		if (try_again(path))
			trusted_again(path);
	} else if (tx_age >= half) {
		path->silent_since = 0;
	} else if (!path->silent_since || rx_age <= e->now - path->silent_since) {
		/* Perhaps there was just nothing to answer yet */
		path->silent_since = e->now;
	} else if (e->now - path->silent_since >= patience(path, half)) {
		fell_silent(path, rx_age);
	}
}

void ike_path_forget_silence(struct ike_path *path)
{
	path->silent = false;
	path->silent_since = 0;
	path->silences = 0;
}
