// SPDX-License-Identifier: GPL-2.0-or-later
/* Bodies of KE, Nonce, ID, AUTH, CERT, Notify and Delete payloads */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hex.h"
#include "wire/payload.h"

/* A payload whose body is this text, in memory of exactly that length */
static struct wire_payload body(uint8_t type, const char *text)
{
	struct wire_chunk c = unit_hex(text);

	return (struct wire_payload){ .type = type, .body = c.data, .len = c.len };
}

static void key_exchange(void **state)
{
	struct wire_payload p = body(IKEV2_PL_KE, "001f ffff aabb");
	struct wire_ke ke;

	assert_int_equal(wire_parse_ke(&ke, &p), WIRE_OK);
	assert_int_equal(ke.group, IKEV2_GROUP_X25519);
	unit_assert_hex(ke.data.data, ke.data.len, "aabb");
	for (p.len = 0; p.len <= 4; p.len++)
		assert_int_equal(wire_parse_ke(&ke, &p), WIRE_TRUNCATED);
}

static void nonces(void **state)
{
	static const uint8_t octets[300];
	struct wire_chunk nonce;
	size_t len;

	for (len = 0; len <= sizeof(octets); len++) {
		struct wire_payload p = { .type = IKEV2_PL_NONCE, .body = octets, .len = len };
		bool valid = len >= 16 && len <= 256;

		assert_int_equal(wire_parse_nonce(&nonce, &p), valid ? WIRE_OK : WIRE_BAD_LENGTH);
	}
}

static void identities(void **state)
{
	struct wire_payload fqdn = body(IKEV2_PL_IDI, "02 000000 61 62");
	struct wire_payload v4 = body(IKEV2_PL_IDI, "01 000000 c0000201");
	struct wire_payload v6 = body(IKEV2_PL_IDI, "05 000000 20010db8000000000000000000000001");
	struct wire_payload odd = body(IKEV2_PL_IDI, "01 000000 c000020100");
	struct wire_id id;

	assert_int_equal(wire_parse_id(&id, &fqdn), WIRE_OK);
	assert_int_equal(id.type, IKEV2_ID_FQDN);
	unit_assert_hex(id.data.data, id.data.len, "6162");
	assert_int_equal(wire_parse_id(&id, &v4), WIRE_OK);
	assert_int_equal(wire_parse_id(&id, &v6), WIRE_OK);
	assert_int_equal(wire_parse_id(&id, &odd), WIRE_BAD_LENGTH);
	for (v6.len = 4; v6.len < 20; v6.len++)
		assert_int_equal(wire_parse_id(&id, &v6), WIRE_BAD_LENGTH);
	for (fqdn.len = 0; fqdn.len < 4; fqdn.len++)
		assert_int_equal(wire_parse_id(&id, &fqdn), WIRE_TRUNCATED);
}

static void authentication(void **state)
{
	struct wire_payload p = body(IKEV2_PL_AUTH, "02 000000 0102");
	struct wire_auth auth;

	assert_int_equal(wire_parse_auth(&auth, &p), WIRE_OK);
	assert_int_equal(auth.method, IKEV2_AUTH_PSK);
	unit_assert_hex(auth.data.data, auth.data.len, "0102");
	for (p.len = 0; p.len < 4; p.len++)
		assert_int_equal(wire_parse_auth(&auth, &p), WIRE_TRUNCATED);
}

static void certificates(void **state)
{
	struct wire_payload p = body(IKEV2_PL_CERT, "04 3082");
	struct wire_cert cert;

	assert_int_equal(wire_parse_cert(&cert, &p), WIRE_OK);
	assert_int_equal(cert.encoding, 4);
	assert_int_equal(cert.data.len, 2);
	p.len = 0;
	assert_int_equal(wire_parse_cert(&cert, &p), WIRE_TRUNCATED);
}

static void notifications(void **state)
{
	struct wire_payload rekey = body(IKEV2_PL_NOTIFY, "03 04 4009 c0ffee01");
	struct wire_payload ke = body(IKEV2_PL_NOTIFY, "00 00 0011 0013");
	struct wire_payload beyond = body(IKEV2_PL_NOTIFY, "03 05 4009 c0ffee01");
	struct wire_notify n;

	assert_int_equal(wire_parse_notify(&n, &rekey), WIRE_OK);
	assert_int_equal(n.protocol, IKEV2_PROTO_ESP);
	assert_int_equal(n.type, IKEV2_N_REKEY_SA);
	assert_int_equal(wire_notify_spi(&n), 0xc0ffee01);
	assert_int_equal(n.data.len, 0);
	assert_false(wire_notify_is_error(n.type));

	assert_int_equal(wire_parse_notify(&n, &ke), WIRE_OK);
	assert_int_equal(n.type, IKEV2_N_INVALID_KE_PAYLOAD);
	assert_int_equal(wire_notify_spi(&n), 0);
	unit_assert_hex(n.data.data, n.data.len, "0013");
	assert_true(wire_notify_is_error(n.type));

	assert_int_equal(wire_parse_notify(&n, &beyond), WIRE_TRUNCATED);
	for (rekey.len = 0; rekey.len < 8; rekey.len++)
		assert_int_equal(wire_parse_notify(&n, &rekey), WIRE_TRUNCATED);
}

static void deletes(void **state)
{
	struct wire_payload ike = body(IKEV2_PL_DELETE, "01 00 0000");
	struct wire_payload esp = body(IKEV2_PL_DELETE, "03 04 0002 00001000 ffffffff");
	struct wire_delete d;
	size_t len;

	assert_int_equal(wire_parse_delete(&d, &ike), WIRE_OK);
	assert_int_equal(d.protocol, IKEV2_PROTO_IKE);
	assert_int_equal(d.n, 0);
	assert_int_equal(wire_parse_delete(&d, &esp), WIRE_OK);
	assert_int_equal(d.n, 2);
	assert_int_equal(wire_delete_spi(&d, 0), 0x1000);
	assert_int_equal(wire_delete_spi(&d, 1), 0xffffffff);
	assert_int_equal(wire_delete_spi(&d, 2), 0);
	for (len = 0; len < 12; len++) {
		esp.len = len;
		assert_int_not_equal(wire_parse_delete(&d, &esp), WIRE_OK);
	}
}

static void refuses_wrong_deletes(void **state)
{
	static const char *const wrong[] = {
		"01 08 0001 0102030405060708",	/* an SPI of an IKE SA */
		"01 00 0001",			/* a count of them */
		"03 08 0001 0102030405060708",	/* SPI size of another protocol */
		"03 00 0001",
		"03 04 0003 00001000 ffffffff",	/* more than there are */
		"03 04 0001 00001000 ffffffff",	/* fewer */
		"03 04 4000",			/* 4 * 0x4000 is 0 in 16 bits */
		"03 04 ffff 00001000",
		"07 04 0001 00001000",		/* unknown protocol */
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct wire_payload p = body(IKEV2_PL_DELETE, wrong[i]);
		struct wire_delete d;

		assert_int_not_equal(wire_parse_delete(&d, &p), WIRE_OK);
	}
}

static void builds_bodies(void **state)
{
	static const uint32_t spis[] = { 0x1000, 0xffffffff };
	struct wire_chunk data = unit_hex("aabb");
	struct wire_builder b;
	uint8_t buf[256];
	size_t len;

	wire_build_inner(&b, buf, sizeof(buf));
	wire_add_ke(&b, IKEV2_GROUP_ECP_256, data);
	wire_add_id(&b, IKEV2_PL_IDI, IKEV2_ID_FQDN, data);
	wire_add_auth(&b, IKEV2_AUTH_PSK, data);
	wire_add_notify(&b, IKEV2_N_COOKIE, data);
	wire_add_notify_spi(&b, IKEV2_N_REKEY_SA, IKEV2_PROTO_ESP, 0xc0ffee01,
			    wire_chunk(NULL, 0));
	wire_add_delete_ike(&b);
	wire_add_delete_child(&b, IKEV2_PROTO_ESP, spis, 2);
	wire_add_vendor(&b, data);
	assert_int_equal(wire_build_end(&b, &len), WIRE_OK);
	assert_int_equal(b.first, IKEV2_PL_KE);
	unit_assert_hex(buf, len,
			"23 00 000a 0013 0000 aabb"
			"27 00 000a 02 000000 aabb"
			"29 00 000a 02 000000 aabb"
			"29 00 000a 00 00 4006 aabb"
			"2a 00 000c 03 04 4009 c0ffee01"
			"2a 00 0008 01 00 0000"
			"2b 00 0010 03 04 0002 00001000 ffffffff"
			"00 00 0006 aabb");

	wire_build_inner(&b, buf, sizeof(buf));
	wire_add_delete_child(&b, IKEV2_PROTO_ESP, spis, 0);
	assert_int_equal(wire_build_end(&b, &len), WIRE_NO_SPACE);
}

static void id_body_is_the_payload_body(void **state)
{
	struct wire_chunk data = unit_hex("aabb");
	uint8_t out[6];
	size_t len;

	assert_int_equal(wire_id_body(out, sizeof(out), IKEV2_ID_KEY_ID, data, &len), WIRE_OK);
	unit_assert_hex(out, len, "0b 000000 aabb");
	assert_int_equal(wire_id_body(out, 5, IKEV2_ID_KEY_ID, data, &len), WIRE_NO_SPACE);
}

static void checks_every_body(void **state)
{
	struct wire_chunk c = unit_hex("29 00 000a 0013 0000 aabb  00 00 0007 00 00 40");
	struct wire_payloads p;
	struct wire_notify n;
	unsigned int pos = 0;
	uint8_t bad = 0;

	assert_int_equal(wire_parse_payloads(&p, IKEV2_PL_KE, c.data, c.len), WIRE_OK);
	assert_int_equal(wire_check_payloads(&p, &bad), WIRE_TRUNCATED);
	assert_int_equal(bad, IKEV2_PL_NOTIFY);
	assert_false(wire_next_notify(&p, &pos, &n));
}

/* One of each kind; every prefix of each body is parsed without reading beyond it */
static void every_truncated_body(void **state)
{
	static const struct {
		uint8_t type;
		const char *text;
	} bodies[] = {
		{ IKEV2_PL_SA, "02 000028 01 01 08 03 0102030405060708"
			       "03 00000c 01 000014 800e0100  00 000008 02 000005" },
		{ IKEV2_PL_KE, "001f 0000 aabbccdd" },
		{ IKEV2_PL_IDI, "05 000000 20010db8000000000000000000000001" },
		{ IKEV2_PL_IDR, "01 000000 c0000201" },
		{ IKEV2_PL_CERT, "04 30820000" },
		{ IKEV2_PL_CERTREQ, "04 0102" },
		{ IKEV2_PL_AUTH, "02 000000 0102" },
		{ IKEV2_PL_NONCE, "000102030405060708090a0b0c0d0e0f10" },
		{ IKEV2_PL_NOTIFY, "03 04 4009 c0ffee01 aabb" },
		{ IKEV2_PL_DELETE, "03 04 0002 00001000 ffffffff" },
		{ IKEV2_PL_TSI, "02 000000 07 00 0010 0000 ffff 00000000 ffffffff"
				"08 00 0028 0000 ffff 00000000000000000000000000000000"
				"ffffffffffffffffffffffffffffffff" },
		{ IKEV2_PL_SKF, "0001 0002 aabb" },
	};
	unsigned int i;
	size_t len;

	for (i = 0; i < ARRAY_SIZE(bodies); i++) {
		struct wire_chunk c = unit_hex(bodies[i].text);

		for (len = 0; len <= c.len; len++) {
			struct wire_payloads p = { .n = 1 };
			uint8_t *copy = unit_copy(c.data, len);

			p.at[0].type = bodies[i].type;
			p.at[0].body = copy;
			p.at[0].len = len;
			wire_check_payloads(&p, NULL);
			free(copy);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(key_exchange),
		cmocka_unit_test(nonces),
		cmocka_unit_test(identities),
		cmocka_unit_test(authentication),
		cmocka_unit_test(certificates),
		cmocka_unit_test(notifications),
		cmocka_unit_test(deletes),
		cmocka_unit_test(refuses_wrong_deletes),
		cmocka_unit_test(builds_bodies),
		cmocka_unit_test(id_body_is_the_payload_body),
		cmocka_unit_test(checks_every_body),
		cmocka_unit_test(every_truncated_body),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
