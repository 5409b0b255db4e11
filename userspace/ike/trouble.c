// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Signs that packets do not even leave this host, or are refused on the way.
 * They are hints: an ICMP error may be forged, and a firewall here may be about
 * to change. So they end nothing, but tell why an answer is missing.
 */
#include <stdio.h>
#include <string.h>

#include "ike/trouble.h"

void ike_trouble(struct ike_engine *e, const struct ike_event *ev)
{
	struct table_node *node = ev->trouble.spi ? table_find(&e->by_spi, ev->trouble.spi) :
						  NULL;
	struct ike_sa *sa = node ? container_of(node, struct ike_sa, by_spi) : NULL;
	struct ike_path *path = sa ? sa->path : NULL;
	bool again;

	/* Nobody waits for an answer to answers */
	if (!path || !sa->win.outstanding)
		return;
	again = ike_trouble_of(sa) && !strcmp(path->trouble, ev->trouble.text);
	path->trouble_at = e->now;
	if (again)
		return;
	snprintf(path->trouble, sizeof(path->trouble), "%s", ev->trouble.text);
	ike_complain(path, "%s", path->trouble);
}

uint64_t ike_own_spi(const uint8_t *data, size_t len)
{
	if (len < 8)
		return 0;
	if (len < 20 || data[19] & IKEV2_FLAG_INITIATOR)
		return wire_load_u64(data);
	return wire_load_u64(data + 8);
}

const char *ike_trouble_of(const struct ike_sa *sa)
{
	const struct ike_path *path = sa->path;

	return path && *path->trouble && path->trouble_at >= sa->win.first_sent ?
	       path->trouble : NULL;
}

/* Behind a NAT, IKE goes on where UDP may be filtered although it began well */
static bool port_lost(const struct ike_sa *sa)
{
	return sa->win.exchange == IKEV2_IKE_AUTH && sa->path && sa->initiator &&
	       sa->path->conf->remote_port != sa->remote.port && sa->remote.port != IKEV2_PORT;
}

const char *ike_trouble_hint(const struct ike_sa *sa, char *buf, size_t size)
{
	const char *trouble = ike_trouble_of(sa);

	*buf = '\0';
	if (trouble)
		snprintf(buf, size, ": %s", trouble);
	else if (port_lost(sa))
		snprintf(buf, size, ": it answered on UDP port %d, not on %u, which may be filtered on the way",
			 IKEV2_PORT, sa->remote.port);
	return buf;
}
