// SPDX-License-Identifier: GPL-2.0-or-later
/* The configuration: what is read from it, and what is said of errors */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/conf.h"
#include "config/schema.h"
#include "linux/ikevti.h"
#include "wire/ikev2.h"

#define SECRETS "psk b.example = \"correct horse\"\n"

static struct conf *load(const char *text, const char *secrets,
			 struct conf_errors *errors)
{
	return conf_load_text("t", text, strlen(text), secrets,
			      secrets ? strlen(secrets) : 0, errors);
}

static struct conf *load_good(const char *text, const char *secrets)
{
	struct conf_errors errors;
	struct conf *c = load(text, secrets, &errors);

	if (!c)
		conf_errors_print(&errors, stderr);
	assert_non_null(c);
	assert_int_equal(errors.n, 0);
	conf_errors_free(&errors);
	return c;
}

static void test_everything_set(void **state)
{
	static const char text[] =
		"# a comment\n"
		"daemon { port = 1500 natt-port = 14500 workers = 3\n"
		"  cookie-threshold = 0 half-open-max = 2 half-open-per-address = 1 }\n"
		"tunnel dc2 {\n"
		"  device = vpn-dc2   # not part of it\n"
		"  address = 10.255.0.1/30, fd00::1/126\n"
		"  local { id = a.example networks = 10.1.0.0/16, 10.9.0.1-10.9.0.7 }\n"
		"  remote { id = b.example auth = psk networks = 10.2.0.0/16 }\n"
		"  path isp1 { local = 192.0.2.1 remote = 198.51.100.1 priority = 10 }\n"
		"  path isp2 { local = 2001:db8::1 remote = 2001:db8::2 weight = 2 port = 501 }\n"
		"  ike { proposals = aes256gcm16-prfsha384-x25519-ecp384, aes256-sha512-modp2048\n"
		"        lifetime = 4h }\n"
		"  esp { proposals = aes128gcm16-noesn lifetime = 30m bytes = 64G packets = 2G\n"
		"        replay-window = 4096 encap = udp }\n"
		"  detect = 1500ms keepalive = 0 start = listen mtu = 1400\n"
		"  mss-clamp = 1300 fwmark = 0x10 hold-time = 2s\n"
		"}\n";
	struct conf *c = load_good(text, SECRETS);
	struct conf_tunnel *t = conf_find_tunnel(c, "dc2");

	assert_int_equal(c->daemon.port, 1500);
	assert_int_equal(c->daemon.natt_port, 14500);
	assert_int_equal(c->daemon.workers, 3);
	assert_int_equal(c->daemon.cookie_threshold, 0);
	assert_int_equal(c->daemon.half_open_max, 2);
	assert_int_equal(c->daemon.half_open_per_address, 1);
	assert_ptr_equal(t, c->tunnels[0]);
	assert_int_equal(t->line, 4);
	assert_string_equal(t->device, "vpn-dc2");
	assert_int_equal(t->n_addresses, 2);
	assert_int_equal(t->addresses[0].len, 30);
	assert_int_equal(t->addresses[1].addr.family, AF_INET6);
	assert_int_equal(t->local.id.type, IKEV2_ID_FQDN);
	assert_int_equal(t->local.psk_len, 13);
	/* shared: it is kept once */
	assert_int_equal(t->remote.psk_len, 0);
	assert_int_equal(t->n_local_ts, 2);
	assert_memory_equal(t->local_ts[0].start.ip, "\x0a\x01\x00\x00", 4);
	assert_memory_equal(t->local_ts[0].end.ip, "\x0a\x01\xff\xff", 4);
	assert_memory_equal(t->local_ts[1].end.ip, "\x0a\x09\x00\x07", 4);
	assert_int_equal(t->n_remote_ts, 1);
	assert_int_equal(t->n_paths, 2);
	assert_int_equal(t->paths[0].id, 1);
	assert_int_equal(t->paths[0].priority, 10);
	assert_int_equal(t->paths[0].weight, 1);
	assert_int_equal(t->paths[0].remote_port, 500);
	assert_int_equal(t->paths[1].id, 2);
	assert_int_equal(t->paths[1].remote_port, 501);
	assert_int_equal(t->n_ike, 2);
	assert_int_equal(t->ike[0].encr, IKEV2_ENCR_AES_GCM_16);
	assert_int_equal(t->ike[0].prf, IKEV2_PRF_HMAC_SHA2_384);
	assert_int_equal(t->ike[0].integ, 0);
	assert_int_equal(t->ike[0].n_groups, 2);
	assert_int_equal(t->ike[0].groups[1], IKEV2_GROUP_ECP_384);
	assert_int_equal(t->ike[1].encr, IKEV2_ENCR_AES_CBC);
	assert_int_equal(t->ike[1].integ, IKEV2_INTEG_HMAC_SHA2_512_256);
	assert_int_equal(t->ike[1].prf, IKEV2_PRF_HMAC_SHA2_512);
	assert_int_equal(t->ike_lifetime, 4 * 3600);
	assert_int_equal(t->n_esp, 1);
	assert_int_equal(t->esp[0].key_bits, 128);
	assert_int_equal(t->esp[0].n_groups, 0);
	assert_false(t->esp[0].esn);
	assert_true(t->esp[0].no_esn);
	assert_int_equal(t->esp_lifetime, 1800);
	assert_true(t->esp_bytes == 64ULL << 30);
	assert_true(t->esp_packets == 2000000000ULL);
	assert_int_equal(t->replay_window, 4096);
	assert_int_equal(t->encap, CONF_ENCAP_UDP);
	assert_int_equal(t->detect_ms, 1500);
	assert_int_equal(t->keepalive, 0);
	assert_int_equal(t->start, CONF_START_LISTEN);
	assert_int_equal(t->mtu, 1400);
	assert_int_equal(t->mss_clamp, 1300);
	assert_int_equal(t->fwmark, 16);
	assert_int_equal(t->hold_ms, 2000);
	conf_unref(c);
}

static void test_defaults(void **state)
{
	struct conf *c = load_good("tunnel vpn0 { path a { local = 192.0.2.1 "
				   "remote = 192.0.2.2 } }",
				   "psk 192.0.2.2 = 0x00112233445566778899\n");
	struct conf_tunnel *t = c->tunnels[0];

	assert_int_equal(c->daemon.port, 500);
	assert_int_equal(c->daemon.natt_port, 4500);
	assert_int_equal(c->daemon.cookie_threshold, 30);
	assert_string_equal(t->device, "vpn0");
	assert_int_equal(t->local.id.type, IKEV2_ID_IPV4_ADDR);
	assert_memory_equal(t->local.id.data, "\xc0\x00\x02\x01", 4);
	assert_string_equal(t->remote.id.text, "192.0.2.2");
	assert_int_equal(t->local.psk_len, 10);
	assert_int_equal(t->local.psk[9], 0x99);
	assert_int_equal(t->n_ike, 2);
	assert_int_equal(t->n_esp, 1);
	assert_int_equal(t->esp[0].n_groups, 2);
	assert_true(t->esp[0].esn && t->esp[0].no_esn);
	assert_int_equal(t->ike_lifetime, 8 * 3600);
	assert_int_equal(t->esp_lifetime, 3600);
	assert_int_equal(t->mss_clamp, IKEVTI_MSS_AUTO);
	assert_int_equal(t->mtu, 0);
	assert_int_equal(t->start, CONF_START_ALWAYS);
	assert_int_equal(t->n_local_ts, 2);
	assert_memory_equal(t->local_ts[0].end.ip, "\xff\xff\xff\xff", 4);
	assert_int_equal(t->remote_ts[1].end.family, AF_INET6);
	assert_int_equal(t->remote_ts[1].end.ip[15], 0xff);
	conf_unref(c);
}

/* Every default in the table must be a value its own key takes */
static void test_schema(void **state)
{
	const struct conf_key *k, *other;
	struct conf_tunnel *t = calloc(1, sizeof(*t));
	struct conf_why why = { "" };

	assert_non_null(t);
	for (k = conf_keys; k->name; k++) {
		for (other = conf_keys; other != k; other++)
			assert_false(other->section == k->section &&
				     !strcmp(other->name, k->name));
		if (k->refused)
			continue;
		assert_non_null(k->type);
		assert_non_null(k->help);
		/* the largest object stands for all of them */
		if (k->def && k->set && !strchr(k->def, ',') &&
		    !k->set(t, k, k->def, 0, &why))
			fail_msg("%s: %s", k->name, why.text);
	}
	free(t);
}

#define T1(body) "tunnel a {\n" body "\n}\n"
#define P "path p { remote = 192.0.2.2 }"
#define IDS "local { id = a.example } remote { id = b.example } "
#define GOOD IDS P

/* What is said, from "t:" or "secrets:" on; the whole of it */
static const struct {
	const char *text;
	const char *secrets;
	const char *said;
} wrong[] = {
	/* syntax */
	{ "tunnel a {", SECRETS, "t:1:1: section 'tunnel' has no closing '}'" },
	{ "}", SECRETS, "t:1:1: this '}' closes nothing" },
	{ "foo", SECRETS, "t:1:1: 'foo' must be followed by '=' and a value, or by '{'" },
	{ "foo:\n", SECRETS, "t:1:1: 'foo:' should be 'foo ='" },
	{ "secrets =\n", SECRETS, "t:1:1: 'secrets =' has no value" },
	{ T1(GOOD "address = 10.0.0.1/24,"), SECRETS,
	  "t:3:1: a value of 'address' is missing after ','" },
	{ T1(GOOD " detect = 3 s"), SECRETS,
	  "t:2:91: '3' has no unit: write '3s' for seconds; units are ms, s, m, h, d\n"
	  "t:2:93: 's' follows a value: quote values with blanks in them, put commas between several"
	},
	{ T1(GOOD " detect = 3s;"), SECRETS,
	  "t:2:93: ';' has no place here: a blank or a new line ends a value; quote a value that has one"
	},
	{ T1(GOOD "\n device = \"abc"), SECRETS,
	  "t:3:11: this string has no closing '\"' on its line" },
	{ T1(GOOD "\n device = \"a\\bc\""), SECRETS,
	  "t:3:11: a backslash must be doubled" },
	{ T1(GOOD "\n \"device\" = x"), SECRETS,
	  "t:3:2: a quoted string cannot stand here; keys are not quoted, several values need commas"
	},
	{ T1(GOOD "\n = x"), SECRETS, "t:3:2: '=' cannot stand here" },
	{ T1(GOOD "\n device = a\001b"), SECRETS,
	  "t:3:12: there is a control character (0x01) here" },
	{ T1(GOOD "\n device auto = b"), SECRETS,
	  "t:3:9: 'auto' stands between 'device' and '='; was 'device = auto' meant?" },
	{ T1(GOOD "\n include x"), SECRETS,
	  "t:3:2: 'include' stands outside of sections only" },
	{ "include x", SECRETS, "t:1:9: files cannot be included here" },
	{ "include\n", SECRETS, "t:2:1: 'include' must be followed by a file name" },
	{ T1(GOOD "path q { x { y { remote = 1 } } }"), SECRETS,
	  "t:2:90: unknown section 'x' in section 'path'\n"
	  "t:2:94: sections are nested too deeply" },

	/* a brace that is missing */
	{ T1("local { id = a.example\nremote { id = b.example }\n" P), SECRETS,
	  "t:1:1: section 'tunnel' has no closing '}'\n"
	  "t:3:1: 'remote' has no place in section 'local'; it belongs into section 'tunnel'; is a '}' missing before it?"
	},
	{ T1(IDS "\npath p { remote = 192.0.2.2\n  detect = 3s start = always"), SECRETS,
	  "t:1:1: section 'tunnel' has no closing '}'\n"
	  "t:4:3: 'detect' has no place in section 'path'; it belongs into section 'tunnel'; is a '}' missing before it?"
	},
	{ "tunnel b {\n" IDS "\n" P "\n" T1(GOOD), SECRETS,
	  "t:1:1: section 'tunnel' has no closing '}'\n"
	  "t:4:1: 'tunnel' has no place in section 'tunnel'; it stands outside of sections; is a '}' missing before it?"
	},

	/* files of others */
	{ "# swanctl.conf\ninclude x\nconnections {\n  gw { remote_addrs = 192.0.2.2 }\n}\n"
	  "secrets {\n  ike { secret = topsecret1 }\n}\n", SECRETS,
	  "t:3:1: this is strongSwan's swanctl.conf, which has other words than ikevti.conf; see ikevti.conf(5) for 'tunnel NAME { … }'"
	},
	{ "config setup\n\nconn gw\n\tleft=192.0.2.1\n\tauto=start\n", SECRETS,
	  "t:1:1: this is an ipsec.conf, which has other words than ikevti.conf; see ikevti.conf(5) for 'tunnel NAME { … }'"
	},
	{ "\n[Interface]\nPrivateKey = topsecret1\n\n[Peer]\nAllowedIPs = 0.0.0.0/0\n", SECRETS,
	  "t:2:1: this is a file of wg-quick, which has other words than ikevti.conf; see ikevti.conf(5) for 'tunnel NAME { … }'"
	},

	/* keys and sections */
	{ "tunel a { }", SECRETS,
	  "t:1:1: unknown section 'tunel' outside of sections; did you mean 'tunnel'?" },
	{ T1(GOOD " xyzzy = 3"), SECRETS, "t:2:82: unknown key 'xyzzy' in section 'tunnel'" },
	{ T1(GOOD " dedect = 3s"), SECRETS,
	  "t:2:82: unknown key 'dedect' in section 'tunnel'; did you mean 'detect'?" },
	{ T1(GOOD " mss_clamp = off"), SECRETS,
	  "t:2:82: unknown key 'mss_clamp' in section 'tunnel'; did you mean 'mss-clamp'?" },
	{ T1(GOOD " lifetime = 3h"), SECRETS,
	  "t:2:82: 'lifetime' has no place in section 'tunnel'; it belongs into section 'ike' or 'esp'"
	},
	{ T1(GOOD " daemon { }"), SECRETS,
	  "t:2:82: 'daemon' has no place in section 'tunnel'; it stands outside of sections; is a '}' missing before it?"
	},
	{ "path a { }", SECRETS,
	  "t:1:1: 'path' has no place outside of sections; it belongs into section 'tunnel'" },
	{ T1(GOOD " ike = x"), SECRETS, "t:2:82: 'ike' is a section: 'ike {'" },
	{ T1(GOOD " path = x"), SECRETS, "t:2:82: 'path' is a section: 'path NAME {'" },
	{ T1(GOOD " ike x { }"), SECRETS, "t:2:86: section 'ike' has no name" },
	{ "tunnel { }", SECRETS, "t:1:1: section 'tunnel' needs a name: 'tunnel NAME {'" },
	{ T1(GOOD "\nike { }\nike { }"), SECRETS,
	  "t:4:1: there is a section 'ike' already, at line 3" },
	{ T1(GOOD "\ndetect = 3s\ndetect = 4s"), SECRETS,
	  "t:4:1: 'detect' is set already, at line 3" },
	{ T1(GOOD "\ndetect = 3s, 4s"), SECRETS, "t:3:14: 'detect' has one value, not several" },
	{ "authority corp { ca = x }", SECRETS,
	  "t:1:1: authority: certificates are not supported by this version; use auth = psk, with the secret in the secrets file"
	},
	{ T1(GOOD "\npsk = hello"), SECRETS,
	  "t:3:1: psk: a secret does not stand here; put 'psk ID = \"…\"' into the secrets file"
	},

	/* values */
	{ T1(GOOD "\ndetect = 10ms"), SECRETS,
	  "t:3:10: '10ms' is out of range: detect is 300ms to 1h" },
	{ T1(GOOD "\nkeepalive = 1500ms"), SECRETS,
	  "t:3:13: '1500ms' has a fraction of a second, which keepalive cannot have" },
	{ T1(GOOD "\ndetect = 10parsecs"), SECRETS,
	  "t:3:10: '10parsecs' is not a duration: write a number and one of ms, s, m, h, d, as in '90s'"
	},
	{ T1(GOOD "\ndetect = 99999999999999999999s"), SECRETS,
	  "t:3:10: '99999999999999999999s' is not a duration: write a number and one of ms, s, m, h, d, as in '90s'"
	},
	{ T1(GOOD "\nesp { bytes = 64X }"), SECRETS,
	  "t:3:15: '64X' is not a size: write octets, or a number and one of K, M, G, T, as in '64G'"
	},
	{ T1(GOOD "\nesp { bytes = 99999999T }"), SECRETS,
	  "t:3:15: '99999999T' is not a size: write octets, or a number and one of K, M, G, T, as in '64G'"
	},
	{ T1(GOOD "\nesp { packets = many }"), SECRETS,
	  "t:3:17: 'many' is not a count: write a number, or a number and one of K, M, G, as in '500M'"
	},
	{ T1(GOOD "\nesp { packets = 5 }"), SECRETS,
	  "t:3:17: '5' is out of range: packets is 1000 to 9223372036854775807" },
	{ T1(GOOD "\nmtu = big"), SECRETS, "t:3:7: 'big' is not a number" },
	{ T1(GOOD "\nfwmark = 0x"), SECRETS, "t:3:10: '0x' is not a number" },
	{ T1(GOOD "\nfwmark = 0x100000000"), SECRETS,
	  "t:3:10: '0x100000000' is out of range: fwmark is 0 to 4294967295" },
	{ T1(GOOD "\nstart = alwys"), SECRETS,
	  "t:3:9: 'alwys' is not a value of start, which is one of always, traffic, listen; did you mean 'always'?"
	},
	{ T1(GOOD "\ndevice = this-is-too-long"), SECRETS,
	  "t:3:10: 'this-is-too-long' is not a device name: Linux takes 1 to 15 characters" },
	{ T1(GOOD "\ndevice = a/b"), SECRETS,
	  "t:3:10: 'a/b' is not a device name: use letters, digits, '.', '_' and '-'" },
	{ T1(GOOD "\ndevice = lo"), SECRETS,
	  "t:3:10: 'lo' cannot be the name of a tunnel's device" },
	{ "tunnel a/b {" GOOD "}", SECRETS,
	  "t:1:8: the name 'a/b' may have letters, digits, '.', '_' and '-' only" },
	{ T1(GOOD "\naddress = 10.0.0.1"), SECRETS,
	  "t:3:11: '10.0.0.1' has no prefix length: write '10.0.0.1/32' for this one address, or the length of its network"
	},
	{ T1(GOOD "\naddress = 10.0.0.0/24"), SECRETS,
	  "t:3:11: '10.0.0.0/24' is the network itself; write a host's address in it, as '10.0.0.1/24'"
	},
	{ T1(GOOD "\naddress = 10.0.0.255/24"), SECRETS,
	  "t:3:11: '10.0.0.255/24' is the broadcast address of its network; write a host's address in it"
	},
	{ T1(GOOD "\naddress = 10.0.0.1/33"), SECRETS,
	  "t:3:11: '10.0.0.1/33' has no valid prefix length: it is 0 to 32" },
	{ T1(GOOD "\naddress = 10.0.0.1/24, 10.0.0.1/30"), SECRETS,
	  "t:3:24: '10.0.0.1/30' is given twice" },
	{ T1(GOOD "\naddress = \"10.0.0.1/24, 10.1.0.1/24\""), SECRETS,
	  "t:3:11: these are several values in one pair of quotes; write them without: address = 10.0.0.1/24, 10.1.0.1/24"
	},
	{ T1(GOOD "\ndevice = 'vpn 0'"), SECRETS,
	  "t:3:10: single quotes do not quote here; write \"…\"" },
	{ T1(GOOD "\naddress = fe80::1%eth0/64"), SECRETS,
	  "t:3:11: 'fe80::1%eth0/64' names a device behind '%'; the address is of the tunnel's own device, so leave that out"
	},
	{ T1(IDS "path p { remote = fe80::1%eth0 }"), SECRETS,
	  "t:2:70: 'fe80::1%eth0' is a link-local address, which this version cannot use as an outer one; use a global or unique local address"
	},
	{ T1(IDS "path p { remote = fe80::1 }"), SECRETS,
	  "t:2:70: 'fe80::1' is a link-local address, which this version cannot use as an outer one; use a global or unique local address"
	},
	{ T1(GOOD "\naddress = 224.0.0.1/24"), SECRETS,
	  "t:3:11: '224.0.0.1/24' is a multicast address; a host's own address is needed here" },
	{ T1(IDS "path p { remote = peer.example }"), SECRETS,
	  "t:2:70: 'peer.example' is not an IPv4 or IPv6 address; host names are not looked up" },
	{ T1(IDS "path p { remote = 10.0.0.1/24 }"), SECRETS,
	  "t:2:70: '10.0.0.1/24' is a network; one address is needed here" },
	{ T1(IDS "path p { remote = ::1 }"), SECRETS,
	  "t:2:70: '::1' is a loopback address; a host's own address is needed here" },
	{ T1(IDS "path p { remote = 0.0.0.0 }"), SECRETS,
	  "t:2:70: write 'any' instead of '0.0.0.0'" },
	{ T1("local { id = a.example networks = 10.1.2.3/16 } remote { id = b.example }" P),
	  SECRETS,
	  "t:2:35: '10.1.2.3/16' has bits set behind its prefix length; write '10.1.0.0/16'" },
	{ T1("local { id = a.example networks = 10.1.0.9-10.1.0.3 } remote { id = b.example }" P),
	  SECRETS,
	  "t:2:35: the range '10.1.0.9-10.1.0.3' ends before it begins" },
	{ T1("local { id = any } remote { id = b.example }" P), SECRETS,
	  "t:2:14: 'any' cannot be our own identity" },
	{ T1("local { id = a.example } remote { id = \"C=CH, CN=b\" }" P), SECRETS,
	  "t:2:40: 'C=CH, CN=b' looks like a distinguished name; these need certificates, which this version does not support"
	},
	{ T1("local { id = a..example } remote { id = b.example }" P), SECRETS,
	  "t:2:14: 'a..example' is not an identity: write a host name, an address, user@host, or 'keyid:' and anything else"
	},
	{ T1("local { id = @#abc } remote { id = b.example }" P), SECRETS,
	  "t:2:14: '@#abc' needs an even number of hexadecimal digits" },
	{ T1("local { id = me@ } remote { id = b.example }" P), SECRETS,
	  "t:2:14: 'me@' is not user@host" },
	{ T1("local { id = a.example auth = cert } remote { id = b.example }" P), SECRETS,
	  "t:2:31: auth = cert is not supported by this version; use auth = psk" },
	{ T1("local { id = a.example auth = magic } remote { id = b.example }" P), SECRETS,
	  "t:2:31: 'magic' is not a way to authenticate; use auth = psk" },

	/* proposals */
	{ T1(GOOD "\nike { proposals = aes256gcm16-prfsha256-modp1024 }"), SECRETS,
	  "t:3:19: 'modp1024' in 'aes256gcm16-prfsha256-modp1024' is too weak and refused; use x25519, ecp256 or modp2048"
	},
	{ T1(GOOD "\nike { proposals = 3des-sha256-x25519 }"), SECRETS,
	  "t:3:19: '3des' in '3des-sha256-x25519' is too weak and refused; use aes256gcm16" },
	{ T1(GOOD "\nike { proposals = aes256-md5-x25519, aes256-sha1-x25519 }"), SECRETS,
	  "t:3:19: 'md5' in 'aes256-md5-x25519' is too weak and refused; use sha256\n"
	  "t:3:38: 'sha1' in 'aes256-sha1-x25519' is too weak and refused; use sha256" },
	{ T1(GOOD "\nike { proposals = chacha20poly1305-prfsha256-x25519 }"), SECRETS,
	  "t:3:19: 'chacha20poly1305' in 'chacha20poly1305-prfsha256-x25519' is not supported by this version; use aes256gcm16"
	},
	{ T1(GOOD "\nike { proposals = aes256gcm16-x25519 }"), SECRETS,
	  "t:3:19: 'aes256gcm16-x25519' names no PRF; write it as in aes256gcm16-prfsha256-x25519"
	},
	{ T1(GOOD "\nike { proposals = aes256gcm16-sha256-x25519 }"), SECRETS,
	  "t:3:19: 'aes256gcm16-sha256-x25519' names a hash beside AES-GCM, which needs none; for the PRF write 'prfsha256'"
	},
	{ T1(GOOD "\nike { proposals = aes256-x25519 }"), SECRETS,
	  "t:3:19: 'aes256-x25519' names no hash for a cipher that needs one; write it as in aes256-sha256-x25519"
	},
	{ T1(GOOD "\nike { proposals = aes256-sha256 }"), SECRETS,
	  "t:3:19: 'aes256-sha256' names no key exchange group; add x25519, ecp256 or modp2048" },
	{ T1(GOOD "\nike { proposals = sha256-x25519 }"), SECRETS,
	  "t:3:19: 'sha256-x25519' names no cipher; begin it with aes256gcm16" },
	{ T1(GOOD "\nike { proposals = aes256-aes128-sha256-x25519 }"), SECRETS,
	  "t:3:19: 'aes256-aes128-sha256-x25519' names a cipher twice; write a proposal for each, with a comma between"
	},
	{ T1(GOOD "\nike { proposals = aes256-sha256-x25519-curve25519 }"), SECRETS,
	  "t:3:19: 'aes256-sha256-x25519-curve25519' names the group curve25519 twice" },
	{ T1(GOOD "\nike { proposals = aes256-sha256-x25519-esn }"), SECRETS,
	  "t:3:19: 'esn' has no place in 'aes256-sha256-x25519-esn': only ESP has sequence numbers to extend"
	},
	{ T1(GOOD "\nike { proposals = aes-sha256-x25519 }"), SECRETS,
	  "t:3:19: 'aes' in 'aes-sha256-x25519' has no key length: write aes256gcm16, or aes256 with a hash"
	},
	{ T1(GOOD "\nike { proposals = aes256--x25519 }"), SECRETS,
	  "t:3:19: 'aes256--x25519' is not a proposal; write one as aes256gcm16-prfsha256-x25519" },
	{ T1(GOOD "\nike { proposals = aes256gmc16-prfsha256-x25519 }"), SECRETS,
	  "t:3:19: unknown algorithm 'aes256gmc16' in 'aes256gmc16-prfsha256-x25519'; did you mean 'aes256gcm16'?"
	},
	{ T1(GOOD "\nesp { proposals = aes256-x25519 }"), SECRETS,
	  "t:3:19: 'aes256-x25519' names no hash for a cipher that needs one; write it as in aes256-sha256-x25519, or better aes256gcm16-x25519"
	},
	{ T1(GOOD "\nesp { proposals = aes192-sha256 }"), SECRETS,
	  "t:3:19: 'aes192-sha256': ESP has AES-CBC with 128 or 256 bits; use aes256"
	},
	{ T1(GOOD "\nesp { proposals = aes256gcm16-prfsha256 }"), SECRETS,
	  "t:3:19: 'prfsha256' has no place in 'aes256gcm16-prfsha256': only IKE proposals have a PRF"
	},

	/* what must hold between values */
	{ T1(IDS), SECRETS,
	  "t:1:1: tunnel 'a' needs at least one 'path NAME { remote = ADDRESS }'" },
	{ T1(IDS "path p { }"), SECRETS, "t:2:52: path 'p' has no 'remote = ADDRESS'" },
	{ T1(IDS "path p { remote = any }"), SECRETS,
	  "t:2:70: 'remote = any' goes with 'start = listen' only: there is nobody to call" },
	{ T1(IDS "path p { local = 192.0.2.1 remote = 2001:db8::1 }"), SECRETS,
	  "t:2:88: local and remote of path 'p' must both be IPv4 or both be IPv6" },
	{ T1(IDS "path p { local = 192.0.2.1 remote = 192.0.2.1 }"), SECRETS,
	  "t:2:88: local and remote of path 'p' are the same address" },
	{ T1(IDS P "\npath p { remote = 192.0.2.3 }"), SECRETS,
	  "t:3:6: there is a path 'p' already, at line 2" },
	{ T1(IDS P "\npath q { remote = 192.0.2.2 }"), SECRETS,
	  "t:3:19: paths 'p' and 'q' have the same addresses" },
	{ T1(GOOD "\nmtu = 1000 address = fd00::1/64"), SECRETS,
	  "t:3:7: IPv6, of which the device has an address, needs an MTU of 1280 at least" },
	{ "tunnel a-name-that-is-too-long-for-a-device {" GOOD "}", SECRETS,
	  "t:1:8: tunnel 'a-name-that-is-too-long-for-a-device' needs 'device = NAME', since its own name is none for a device (1 to 15 characters)"
	},
	{ T1("remote { id = b.example } " P), SECRETS,
	  "t:1:1: tunnel 'a' needs 'local { id = … }': its paths have no one local address to take for it"
	},
	{ T1("local { id = a.example }\nremote { }\n" P " path q { remote = 192.0.2.3 }"), SECRETS,
	  "t:3:1: tunnel 'a' needs 'remote { id = … }': its paths have no one remote address to take for it"
	},
	{ T1("local { id = B.example } remote { id = b.example }" P), SECRETS,
	  "t:2:40: local and remote have the same identity 'b.example'" },
	{ T1("local { id = a.example } remote { id = c.example }" P), SECRETS,
	  "t:2:40: no secret for tunnel 'a'; put 'psk c.example = \"…\"' into the secrets file" },
	{ T1(GOOD) "tunnel a { device = x local { id = c.example } remote { id = b.example } " P "}",
	  SECRETS,
	  "t:4:8: there is a tunnel 'a' already, at t:1" },
	{ T1(GOOD) T1(GOOD), SECRETS, "t:4:8: there is a tunnel 'a' already, at t:1" },
	{ "tunnel a/b { " IDS " path /p { } }", SECRETS,
	  "t:1:8: the name 'a/b' may have letters, digits, '.', '_' and '-' only\n"
	  "t:1:66: path '/p' has no 'remote = ADDRESS'\n"
	  "t:1:71: the name '/p' may have letters, digits, '.', '_' and '-' only" },
	{ "tunnel a/b { " IDS " }", SECRETS,
	  "t:1:1: tunnel 'a/b' needs at least one 'path NAME { remote = ADDRESS }'\n"
	  "t:1:8: the name 'a/b' may have letters, digits, '.', '_' and '-' only" },
	{ T1(GOOD) "tunnel b { device = a local { id = c.example } remote { id = b.example } " P "}",
	  SECRETS,
	  "t:4:21: tunnels 'a' and 'b' have the same device 'a'; each needs its own, several paths go into one tunnel"
	},
	{ T1(GOOD) "tunnel b {\n" GOOD "}", SECRETS,
	  "t:5:52: tunnels 'a' and 'b' have the same identities and addresses, so that nothing tells them apart; give them other identities"
	},
	{ "daemon { port = 4500 }", SECRETS, "t:1:1: port and natt-port must differ" },
	{ "daemon { port = 0 }", SECRETS, "t:1:17: '0' is out of range: port is 1 to 65535" },
	{ "secrets = x", SECRETS, "t:1:1: no file can be named here" },

	/* secrets, which no message may repeat */
	{ T1(GOOD), "psk b.example = topsecret1 topsecret2\n",
	  "secrets:1:28: this is not 'psk ID = SECRET'; quote a secret with blanks, commas or braces in it"
	},
	{ T1(GOOD), "psk b.example = short\n",
	  "secrets:1:17: this secret is shorter than 8 octets and easily guessed; make one with: openssl rand -base64 32"
	},
	{ T1(GOOD), "psk b.example = 0xtopsecret\n",
	  "secrets:1:17: this secret begins with 0x and is not an even number of hexadecimal digits, or is too long; text that begins so stands in quotes"
	},
	{ T1(GOOD), "psk b.example = 0stopsecret\n",
	  "secrets:1:17: this secret begins with 0s and is not base64, or is too long; text that begins so stands in quotes"
	},
	{ T1(GOOD), "psk b.example = 'topsecret1'\n",
	  "secrets:1:17: single quotes do not quote here; write \"…\"" },
	{ T1(GOOD), "psk b.example = 'topsecret1 topsecret2'\n",
	  "secrets:1:17: single quotes do not quote here; write \"…\"" },
	{ T1(GOOD), "psk b.example = topsecret1, topsecret2\n",
	  "secrets:1:29: one secret is needed; quote a secret with a comma in it" },
	{ T1(GOOD), "psk = topsecret1\n",
	  "secrets:1:1: 'psk' needs the identity the secret is for: 'psk ID = SECRET'" },
	{ T1(GOOD), "key b.example = topsecret1\n",
	  "secrets:1:1: only 'psk ID = SECRET' and 'psk ID ID = SECRET' stand in a secrets file" },
	{ T1(GOOD), SECRETS "psk B.EXAMPLE = topsecret2\n",
	  "secrets:2:1: there is a secret for the same identities already, at secrets:1" },
	{ T1(GOOD), "psk b.example a.example = topsecret1\npsk a.example b.example = topsecret2\n",
	  "secrets:2:1: there is a secret for the same identities already, at secrets:1" },
	{ T1(GOOD), "psk any = topsecret1\n", "secrets:1:5: 'any' cannot be our own identity" },
};

static char *said_of(const char *text, const char *secrets)
{
	struct conf_errors errors;
	struct conf *c = load(text, secrets, &errors);
	char *buf = NULL;
	size_t len;
	FILE *f;

	assert_null(c);
	f = open_memstream(&buf, &len);
	assert_non_null(f);
	conf_errors_print(&errors, f);
	fclose(f);
	conf_errors_free(&errors);
	if (len && buf[len - 1] == '\n')
		buf[len - 1] = 0;
	return buf;
}

static void test_errors(void **state)
{
	unsigned int failed = 0;
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char *said = said_of(wrong[i].text, wrong[i].secrets);

		if (strcmp(said, wrong[i].said)) {
			print_error("case %zu: %s\nexpected: %s\nsaid:     %s\n",
				    i, wrong[i].text, wrong[i].said, said);
			failed++;
		}
		assert_null(strstr(said, "topsecret"));
		free(said);
	}
	assert_int_equal(failed, 0);
}

/* What is allowed and said all the same; the whole of it */
static const struct {
	const char *text;
	const char *secrets;
	const char *said;
} odd[] = {
	{ T1(GOOD), "psk b.example = \"this-secret-is-an-example-replace-it\"\n",
	  "secrets:1:17: warning: this secret is known to everybody, it is an example of the documentation; make one with: openssl rand -base64 32"
	},
	{ T1(GOOD), "psk b.example = \"0x00112233445566778899\"\n",
	  "secrets:1:17: warning: this secret stands in quotes, so it is taken as text; without quotes it would be hexadecimal"
	},
	{ T1(GOOD), "psk b.example = \"0sAAECAwQFBgcICQ==\"\n",
	  "secrets:1:17: warning: this secret stands in quotes, so it is taken as text; without quotes it would be base64"
	},
	{ T1(GOOD), "psk b.example = \"0x not hexadecimal\"\n", "" },
	{ T1("local { id = a.example networks = 10.1.0.0/16 } remote { id = b.example networks = 10.2.0.0/16 }\n"
	     P "\naddress = 10.1.255.1/30, 10.255.0.1/30, 10.1.0.1/32, fe80::1/64"), SECRETS,
	  "t:4:11: warning: the network of '10.1.255.1/30' is in none of the 'networks' of 'remote': the peer's address in it cannot be reached\n"
	  "t:4:26: warning: '10.255.0.1/30' is in none of the 'networks' of 'local': what this host sends from it is dropped"
	},
	{ T1(GOOD "\naddress = 10.0.0.1/30, 10.9.0.1/32, fe80::1/64, 10.8.0.1/32")
	  T1("local { id = c.example } remote { id = b.example } " P
	     "\naddress = 10.0.0.1/30, 10.9.0.1/32, fe80::1/64, 10.8.0.1/24 device = b"), SECRETS,
	  "t:7:11: warning: tunnels 'a' and 'b' both have the address 10.0.0.1, so that its network is reached by one of them only; write '10.0.0.1/32' in both to share it\n"
	  "t:7:49: warning: tunnels 'a' and 'b' both have the address 10.8.0.1, so that its network is reached by one of them only; write '10.8.0.1/32' in both to share it"
	},
};

static void test_warnings(void **state)
{
	struct conf_errors errors;
	char *said = NULL, text[1024], *at;
	struct conf *c;
	size_t i, len;
	FILE *f;

	for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		snprintf(text, sizeof(text), "%s", odd[i].text);
		/* the second of two tunnels has another name */
		at = strstr(text + 1, "\ntunnel a ");
		if (at)
			at[8] = 'b';
		c = load(text, odd[i].secrets, &errors);
		f = open_memstream(&said, &len);
		assert_non_null(f);
		conf_errors_print(&errors, f);
		fclose(f);
		conf_errors_free(&errors);
		if (!c)
			fail_msg("%s", said);
		if (len)
			said[len - 1] = 0;
		assert_string_equal(said, odd[i].said);
		conf_unref(c);
		free(said);
	}
}

/* Tunnels that all have the same addresses */
static struct conf *many_addresses(const char *addresses, const char *more,
				   struct conf_errors *errors)
{
	char text[16384];
	size_t len;
	int i;

	len = (size_t)snprintf(text, sizeof(text), "%s", more);
	for (i = 0; i < 10; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
					"tunnel t%d { local { id = a%d.example } remote { id = b.example } "
					P " %s }\n", i, i, addresses);
	return load(text, SECRETS, errors);
}

static void test_many_errors_are_bounded(void **state)
{
	struct conf_errors errors;
	char text[4096] = "";
	struct conf *c;
	unsigned int i;

	for (i = 0; i < 500; i++)
		memcpy(text + 6 * i, "x = 1\n", sizeof("x = 1\n"));
	assert_null(load(text, NULL, &errors));
	assert_int_equal(errors.n, 100);
	assert_true(errors.more);
	conf_errors_free(&errors);
	/* many warnings are no error, and take no error's place */
	text[0] = 0;
	for (i = 0; i < 16; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s10.0.%u.1/30",
			 i ? ", " : "address = ", i);
	c = many_addresses(text, "", &errors);
	assert_non_null(c);
	assert_int_equal(errors.n_warnings, 100);
	assert_true(errors.more_warnings);
	assert_int_equal(errors.n, 0);
	conf_unref(c);
	conf_errors_free(&errors);
	assert_null(many_addresses(text, "nonsense = 1\n", &errors));
	assert_int_equal(errors.n, 1);
	conf_errors_free(&errors);
}

/* The kernel knows paths by number: one written above must not take it away */
static void test_path_ids_are_kept(void **state)
{
	static const char before[] = T1(IDS "path a { remote = 192.0.2.1 }\n"
					"path b { remote = 192.0.2.2 }");
	static const char now[] = T1(IDS "path c { remote = 192.0.2.3 }\n"
				     "path b { remote = 192.0.2.2 }\n"
				     "path d { remote = 192.0.2.4 }");
	struct conf *old = load_good(before, SECRETS);
	struct conf *new = load_good(now, SECRETS);

	conf_keep_path_ids(old, new);
	/* c is new, and 1 may still be in use */
	assert_int_equal(new->tunnels[0]->paths[0].id, 3);
	assert_int_equal(new->tunnels[0]->paths[1].id, 2);
	assert_int_equal(new->tunnels[0]->paths[2].id, 4);
	conf_unref(old);
	conf_unref(new);
}

static void test_identities(void **state)
{
	static const struct {
		const char *text;
		uint8_t type;
		const char *data;
		uint16_t len;
	} ids[] = {
		{ "gw.example.org", IKEV2_ID_FQDN, "gw.example.org", 14 },
		{ "gw", IKEV2_ID_FQDN, "gw", 2 },
		{ "@gw.example.org", IKEV2_ID_FQDN, "gw.example.org", 14 },
		{ "fqdn:192.0.2.1", IKEV2_ID_FQDN, "192.0.2.1", 9 },
		{ "me@example.org", IKEV2_ID_RFC822_ADDR, "me@example.org", 14 },
		{ "email:me@example.org", IKEV2_ID_RFC822_ADDR, "me@example.org", 14 },
		{ "192.0.2.1", IKEV2_ID_IPV4_ADDR, "\xc0\x00\x02\x01", 4 },
		{ "2001:db8::1", IKEV2_ID_IPV6_ADDR,
		  "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01", 16 },
		{ "keyid:any thing", IKEV2_ID_KEY_ID, "any thing", 9 },
		{ "keyid:0x00ff", IKEV2_ID_KEY_ID, "\x00\xff", 2 },
		{ "@#00FF", IKEV2_ID_KEY_ID, "\x00\xff", 2 },
		{ "any", 0, "", 0 },
		{ "%any", 0, "", 0 },
	};
	struct conf_why why = { "" };
	struct conf_id id;
	size_t i;

	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		assert_true(conf_parse_id(ids[i].text, true, &id, &why));
		assert_int_equal(id.type, ids[i].type);
		assert_int_equal(id.len, ids[i].len);
		assert_memory_equal(id.data, ids[i].data, ids[i].len);
		assert_string_equal(id.text, ids[i].text);
	}
}

/* The octets of the secret that a tunnel from a to @remote gets */
static void expect_secret(const char *secrets, const char *remote,
			  const char *octets, size_t len)
{
	char text[256];
	struct conf *c;

	snprintf(text, sizeof(text), "tunnel t { local { id = a.example } remote { id = %s } start = listen "
		 "path p { remote = any } }", remote);
	c = load_good(text, secrets);
	assert_int_equal(c->tunnels[0]->local.psk_len, len);
	assert_memory_equal(c->tunnels[0]->local.psk, octets, len);
	conf_unref(c);
}

static void test_secrets(void **state)
{
	static const char secrets[] =
		"psk b.example = \"for b from all\"\n"
		"psk c.example a.example = 0x000102030405060708\n"
		"psk c.example = not-this-one\n"
		"psk d.example=0sAAECAwQFBgcICQ==\n"
		"psk @e.example=\"quote \\\" and \\\\ \"\n"
		"psk a.example = for-any-peer\n"
		"psk f.example other.example = not-this-one-too\n"
		"psk f.example = 0s+/+/+/+/+/+/\n"
		"psk g.example = \"0x is not\"\n"
		"psk h.example = \"0ssoso soso\"\n";

	expect_secret(secrets, "b.example", "for b from all", 14);
	expect_secret(secrets, "B.Example", "for b from all", 14);
	expect_secret(secrets, "c.example", "\0\1\2\3\4\5\6\7\10", 9);
	expect_secret(secrets, "d.example", "\0\1\2\3\4\5\6\7\10\11", 10);
	expect_secret(secrets, "e.example", "quote \" and \\ ", 14);
	expect_secret(secrets, "any", "for-any-peer", 12);
	expect_secret(secrets, "f.example", "\xfb\xff\xbf\xfb\xff\xbf\xfb\xff\xbf", 9);
	/* what stands in quotes is text */
	expect_secret(secrets, "g.example", "0x is not", 9);
	expect_secret(secrets, "h.example", "0ssoso soso", 11);
	/* one for this very pair with a peer of any identity is preferred */
	expect_secret("psk a.example = for-any-peer\npsk any a.example = closer-one\n",
		      "any", "closer-one", 10);
}

static void test_find(void **state)
{
	struct conf_errors errors;
	char *text = calloc(1, 1 << 17);
	char name[16];
	struct conf *c;
	size_t len = 0;
	int i;

	assert_non_null(text);
	for (i = 0; i < 500; i++)
		len += (size_t)sprintf(text + len, "tunnel t%d { local { id = l%d } remote { id = b.example } "
				       "path p { remote = 192.0.2.2 } }\n",
				       i * 7919 % 500, i);
	c = conf_load_text("t", text, len, SECRETS, strlen(SECRETS), &errors);
	assert_non_null(c);
	assert_int_equal(c->n_tunnels, 500);
	for (i = 0; i < 500; i++) {
		snprintf(name, sizeof(name), "t%d", i);
		assert_non_null(conf_find_tunnel(c, name));
		assert_string_equal(conf_find_tunnel(c, name)->name, name);
	}
	assert_null(conf_find_tunnel(c, "t500"));
	assert_null(conf_find_tunnel(c, ""));
	conf_unref(c);
	conf_errors_free(&errors);
	free(text);
}

static void test_references(void **state)
{
	struct conf *c = load_good(T1(GOOD), SECRETS);
	struct conf_tunnel *t = conf_tunnel_ref(c->tunnels[0]);

	conf_ref(c);
	conf_unref(c);
	assert_int_equal(c->n_tunnels, 1);
	conf_unref(c);
	assert_string_equal(t->name, "a");
	conf_tunnel_unref(t);
	conf_tunnel_unref(NULL);
	conf_unref(NULL);
}

static void test_same(void **state)
{
	static const char *const changes[] = {
		"device = other", "address = 10.0.0.1/30", "detect = 3s",
		"keepalive = 3s", "start = traffic", "mtu = 1400",
		"mss-clamp = off", "fwmark = 7", "hold-time = 3s",
		"ike { lifetime = 1h }", "ike { proposals = aes128-sha256-x25519 }",
		"esp { lifetime = 2h }", "esp { proposals = aes128gcm16 }",
		"esp { bytes = 1G }", "esp { packets = 1G }",
		"esp { replay-window = 32 }", "esp { encap = udp }",
		"path q { remote = 192.0.2.9 }",
	};
	static const char *const others[] = {
		T1("local { id = a2.example } remote { id = b.example }" P),
		T1(IDS "path p { remote = 192.0.2.7 }"),
		T1(IDS "path q { remote = 192.0.2.2 }"),
		T1(IDS "path p { remote = 192.0.2.2 local = 192.0.2.1 }"),
		T1(IDS "path p { remote = 192.0.2.2 port = 501 }"),
		T1(IDS "path p { remote = 192.0.2.2 priority = 1 }"),
		T1(IDS "path p { remote = 192.0.2.2 weight = 2 }"),
		T1("local { id = a.example networks = 10.0.0.0/8 } remote { id = b.example }" P),
		T1("local { id = a.example } remote { id = b.example networks = 10.0.0.0/8 }" P),
	};
	struct conf *a = load_good(T1(GOOD), SECRETS), *b;
	char text[512];
	size_t i;

	b = load_good("# moved\n\n" T1("detect = 30s " P IDS), SECRETS);
	assert_true(conf_tunnel_same(a->tunnels[0], b->tunnels[0]));
	conf_unref(b);
	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		snprintf(text, sizeof(text), T1(GOOD "%s"), changes[i]);
		b = load_good(text, SECRETS);
		if (conf_tunnel_same(a->tunnels[0], b->tunnels[0]))
			fail_msg("%s makes no difference", changes[i]);
		conf_unref(b);
	}
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		b = load_good(others[i], SECRETS);
		if (conf_tunnel_same(a->tunnels[0], b->tunnels[0]))
			fail_msg("%s makes no difference", others[i]);
		conf_unref(b);
	}
	b = load_good(T1(GOOD), "psk b.example = \"other horse\"");
	assert_false(conf_tunnel_same(a->tunnels[0], b->tunnels[0]));
	conf_unref(b);
	conf_unref(a);
}

static void test_suggest(void **state)
{
	static const char *const words[] = { "address", "detect", "device",
		"encap", "ike", "id", "mtu", NULL };

	assert_string_equal(conf_suggest("ddress", words), "address");
	assert_string_equal(conf_suggest("ADDRESS", words), "address");
	assert_string_equal(conf_suggest("dveice", words), "device");
	assert_string_equal(conf_suggest("iek", words), "ike");
	assert_string_equal(conf_suggest("mtuu", words), "mtu");
	assert_null(conf_suggest("proposals", words));
	assert_null(conf_suggest("xx", words));
	assert_null(conf_suggest("", words));
}

static void test_format_proposal(void **state)
{
	static const struct {
		enum conf_protocol protocol;
		const char *text;
		const char *formatted;
	} cases[] = {
		{ CONF_PROTOCOL_IKE, "aes256gcm16-prfsha384-x25519-ecp384",
		  "aes256gcm16-prfsha384-x25519-ecp384" },
		{ CONF_PROTOCOL_IKE, "aes192-sha512-modp2048",
		  "aes192-sha512-modp2048" },
		{ CONF_PROTOCOL_IKE, "aes128-sha256-prfsha512-ecp521",
		  "aes128-sha256-prfsha512-ecp521" },
		{ CONF_PROTOCOL_IKE, "aes256-sha256-prfsha256-curve25519",
		  "aes256-sha256-x25519" },
		{ CONF_PROTOCOL_ESP, "aes128gcm16",
		  "aes128gcm16" },
		{ CONF_PROTOCOL_ESP, "aes256gcm16-ecp256-esn",
		  "aes256gcm16-ecp256-esn" },
		{ CONF_PROTOCOL_ESP, "aes256gcm128-noesn", "aes256gcm16-noesn" },
		{ CONF_PROTOCOL_ESP, "aes256gcm16-esn-noesn", "aes256gcm16" },
		{ CONF_PROTOCOL_ESP, "aes256-sha512-x25519-noesn",
		  "aes256-sha512-x25519-noesn" },
	};
	struct conf_proposal p;
	struct conf_why why = { "" };
	char buf[128];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_true(conf_parse_proposal(cases[i].text, cases[i].protocol,
						&p, &why));
		assert_string_equal(conf_format_proposal(&p, buf, sizeof(buf)),
				    cases[i].formatted);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_everything_set),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_schema),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_warnings),
		cmocka_unit_test(test_many_errors_are_bounded),
		cmocka_unit_test(test_path_ids_are_kept),
		cmocka_unit_test(test_identities),
		cmocka_unit_test(test_secrets),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_references),
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_suggest),
		cmocka_unit_test(test_format_proposal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
