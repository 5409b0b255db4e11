// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/reason.h"

#include <stdio.h>

#include "linux/ikevti.h"

const char *kernel_reason_name(uint8_t reason)
{
	static const char *const names[] = {
		[IKEVTI_REASON_NONE] = "none",
		[IKEVTI_REASON_ADMIN] = "admin",
		[IKEVTI_REASON_STANDBY] = "standby",
		[IKEVTI_REASON_HELD] = "held",
		[IKEVTI_REASON_SOCKET] = "socket",
		[IKEVTI_REASON_DEVICE] = "device",
		[IKEVTI_REASON_ADDRESS] = "address",
		[IKEVTI_REASON_ROUTE] = "route",
		[IKEVTI_REASON_LIMIT] = "limit",
		[IKEVTI_REASON_NO_SA] = "no-sa",
		[IKEVTI_REASON_LOOP] = "loop",
	};

	return reason < sizeof(names) / sizeof(names[0]) ? names[reason] :
							   "unknown";
}

static const char *bare(const struct net_addr *a, char *buf)
{
	struct net_addr ip = *a;

	ip.port = 0;
	return net_addr_format(&ip, buf);
}

const char *kernel_reason_text(uint8_t reason, const struct net_addr *local,
			       const struct net_addr *remote, char *buf,
			       size_t size)
{
	char from[NET_ADDR_STRLEN], to[NET_ADDR_STRLEN];

	bare(local, from);
	bare(remote, to);
	switch (reason) {
	case IKEVTI_REASON_NONE:
		snprintf(buf, size, "it is usable");
		break;
	case IKEVTI_REASON_ADMIN:
		snprintf(buf, size, "it is down in the kernel");
		break;
	case IKEVTI_REASON_STANDBY:
		snprintf(buf, size, "it is on standby: it receives and does not send");
		break;
	case IKEVTI_REASON_HELD:
		snprintf(buf, size, "there is no sign of life of %s", to);
		break;
	case IKEVTI_REASON_SOCKET:
		snprintf(buf, size, "the module has no UDP socket of ikevtid");
		break;
	case IKEVTI_REASON_DEVICE:
		snprintf(buf, size, "the network device that leads to %s is down", to);
		break;
	case IKEVTI_REASON_ADDRESS:
		snprintf(buf, size, "%s is not an address of this host", from);
		break;
	case IKEVTI_REASON_ROUTE:
		snprintf(buf, size, "there is no route to %s", to);
		break;
	case IKEVTI_REASON_LOOP:
		snprintf(buf, size, "the route to the peer, %s, leads into the tunnel", to);
		break;
	case IKEVTI_REASON_LIMIT:
		snprintf(buf, size, "its ESP SA is at its end and was not replaced");
		break;
	case IKEVTI_REASON_NO_SA:
		snprintf(buf, size, "it has no ESP SA to send with");
		break;
	default:
		snprintf(buf, size, "the kernel has a reason that this version does not know: %u",
			 reason);
		break;
	}
	return buf;
}
