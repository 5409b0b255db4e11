// SPDX-License-Identifier: GPL-2.0-or-later
/* What both ends of a tunnel have to be told, each in its own words */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/init.h"

static bool is_any(const char *address)
{
	return !strcmp(address, "any");
}

static bool is_address(const char *id)
{
	struct net_addr a;

	return net_addr_parse(&a, id);
}

__attribute__((format(printf, 2, 3)))
static void add(char *text, const char *format, ...)
{
	size_t len = strlen(text);
	va_list ap;

	va_start(ap, format);
	vsnprintf(text + len, INIT_TEXT_MAX - len, format, ap);
	va_end(ap);
}

/* One end of ikevti's; the other must be able to begin where this cannot */
static void ikevti_tunnel(const struct init *in, char *text, bool here)
{
	const char *local = here ? in->local : in->remote;
	const char *remote = here ? in->remote : in->seen;

	add(text, "tunnel %s {\n", in->name);
	add(text, "    device  = %s\n", in->device);
	add(text, "    address = %s.%d/30, %s:%d/126\n", in->inner4, here ? 1 : 2, in->inner6,
	    here ? 1 : 2);
	add(text, "    local  { id = %s }\n", here ? in->id : in->remote_id);
	add(text, "    remote { id = %s }\n", here ? in->remote_id : in->id);
	add(text, "    path main { local = %s  remote = %s }\n", local, remote);
	/* what strongSwan is told, too: its defaults and ours differ */
	if (in->peer == INIT_PEER_STRONGSWAN) {
		add(text, "    ike { proposals = aes256gcm16-prfsha256-x25519 }\n");
		add(text, "    esp { proposals = aes256gcm16-x25519 }\n");
	}
	if (is_any(remote))
		add(text, "    start = listen               # the other side begins\n");
	add(text, "}\n");
}

static void ikevti_secret(const struct init *in, char *text)
{
	add(text, "psk %s %s = \"%s\"\n", in->id, in->remote_id, in->secret);
}

void init_ours(const struct init *in, char *conf, char *secrets)
{
	*conf = 0;
	*secrets = 0;
	ikevti_tunnel(in, conf, true);
	ikevti_secret(in, secrets);
}

/* ---- the other side ------------------------------------------------------- */

static size_t ikevti_files(const struct init *in, struct init_file *files)
{
	files[0].name = "ikevti.conf";
	files[0].place = "/etc/ikevti/ikevti.conf";
	ikevti_tunnel(in, files[0].text, false);
	files[1].name = "secrets.conf";
	files[1].place = "/etc/ikevti/secrets.conf";
	ikevti_secret(in, files[1].text);
	return 2;
}

static size_t strongswan_files(const struct init *in, struct init_file *files)
{
	char *text = files->text;

	files->name = "swanctl.conf";
	files->place = "/etc/swanctl/conf.d";
	add(text, "connections {\n    %s {\n", in->name);
	add(text, "        version = 2\n");
	add(text, "        remote_addrs = %s\n", is_any(in->seen) ? "%any" : in->seen);
	add(text, "        proposals = aes256gcm16-prfsha256-x25519\n");
	add(text, "        dpd_delay = 30s\n");
	add(text, "        local {\n            auth = psk\n            id = %s\n        }\n",
	    in->remote_id);
	add(text, "        remote {\n            auth = psk\n            id = %s\n        }\n",
	    in->id);
	add(text, "        children {\n            %s {\n", in->name);
	add(text, "                local_ts = 0.0.0.0/0,::/0\n");
	add(text, "                remote_ts = 0.0.0.0/0,::/0\n");
	add(text, "                esp_proposals = aes256gcm16-x25519\n");
	add(text, "                if_id_in = %u\n                if_id_out = %u\n", in->if_id,
	    in->if_id);
	if (is_any(in->remote))
		add(text, "                start_action = start\n"
		    "                close_action = start\n                dpd_action = restart\n");
	add(text, "            }\n        }\n    }\n}\n");
	add(text, "secrets {\n    ike-%s {\n        id = %s\n        secret = \"%s\"\n    }\n}\n",
	    in->name, in->id, in->secret);
	return 1;
}

/* A name has an "@" there, or it would be looked up */
static const char *at(const char *id)
{
	return is_address(id) ? "" : "@";
}

static size_t libreswan_files(const struct init *in, struct init_file *files)
{
	char *text = files->text;

	files->name = "ipsec.conf";
	files->place = "/etc/ipsec.d";
	add(text, "conn %s\n", in->name);
	add(text, "    left=%s\n", is_any(in->remote) ? "%defaultroute" : in->remote);
	add(text, "    leftid=%s%s\n", at(in->remote_id), in->remote_id);
	add(text, "    right=%s\n", is_any(in->seen) ? "%any" : in->seen);
	add(text, "    rightid=%s%s\n", at(in->id), in->id);
	add(text, "    authby=secret\n    mobike=no\n");
	add(text, "    leftsubnet=0.0.0.0/0\n    rightsubnet=0.0.0.0/0\n");
	add(text, "    ipsec-interface=%u\n    leftupdown=/bin/true\n", in->if_id);
	add(text, "    auto=%s\n", is_any(in->remote) ? "start" : "add");
	files[1].name = "ipsec.secrets";
	files[1].place = "/etc/ipsec.d";
	add(files[1].text, "%s%s %s%s : PSK \"%s\"\n", at(in->remote_id), in->remote_id,
	    at(in->id), in->id, in->secret);
	return 2;
}

size_t init_theirs(const struct init *in, struct init_file *files)
{
	*files[0].text = 0;
	*files[1].text = 0;
	switch (in->peer) {
	case INIT_PEER_STRONGSWAN:
		return strongswan_files(in, files);
	case INIT_PEER_LIBRESWAN:
		return libreswan_files(in, files);
	default:
		return ikevti_files(in, files);
	}
}

/* Before the daemon there starts, which would make one only with the first SA */
static void say_interface(const struct init *in, const char *device, bool both)
{
	printf("  ip link add %s type xfrm dev lo if_id %u    # at each boot, as what follows\n",
	       device, in->if_id);
	printf("  ip address add %s.2/30 dev %s\n", in->inner4, device);
	if (both)
		printf("  ip address add %s:2/126 dev %s nodad\n", in->inner6, device);
	printf("  ip link set %s up\n", device);
}

void init_say_theirs(const struct init *in)
{
	char device[32];

	switch (in->peer) {
	case INIT_PEER_STRONGSWAN:
		printf("  install -m 600 swanctl.conf /etc/swanctl/conf.d/%s.conf\n", in->name);
		printf("  echo 'charon { install_routes = no }' >/etc/strongswan.d/%s.conf; "
		       "systemctl restart strongswan\n", in->name);
		say_interface(in, in->device, true);
		printf("  swanctl --load-all\n");
		break;
	case INIT_PEER_LIBRESWAN:
		snprintf(device, sizeof(device), "ipsec%u", in->if_id);
		printf("  install -m 600 ipsec.conf /etc/ipsec.d/%s.conf\n", in->name);
		printf("  install -m 600 ipsec.secrets /etc/ipsec.d/%s.secrets\n", in->name);
		say_interface(in, device, false);
		printf("  systemctl restart ipsec\n");
		break;
	default:
		printf("  install -d /etc/ikevti\n");
		printf("  install -m 644 ikevti.conf /etc/ikevti/    # or add it to the one there\n");
		printf("  install -m 600 secrets.conf /etc/ikevti/\n");
		printf("  systemctl enable --now ikevtid\n");
		break;
	}
}
