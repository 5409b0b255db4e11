// SPDX-License-Identifier: GPL-2.0-or-later
/* Descriptions for logs: what they say, what they hide, that they are cut in time */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hex.h"
#include "wire/dump.h"
#include "wire/payload.h"

static size_t build_request(uint8_t *buf, size_t cap)
{
	struct wire_header h = {
		.spi_i = 1, .exchange = IKEV2_CREATE_CHILD_SA, .message_id = 4294967295u,
		.flags = IKEV2_FLAG_RESPONSE,
	};
	static const uint32_t spis[] = { 0x1000 };
	struct wire_builder b;
	size_t len;

	wire_build_message(&b, &h, buf, cap);
	wire_add_nonce(&b, unit_hex("deadbeefdeadbeefdeadbeefdeadbeef"));
	wire_add_ke(&b, IKEV2_GROUP_X25519, unit_hex("cafebabe"));
	wire_add_ke(&b, 999, unit_hex("cafebabe"));
	wire_add_notify_spi(&b, IKEV2_N_REKEY_SA, IKEV2_PROTO_ESP, 0xc0ffee01,
			    wire_chunk(NULL, 0));
	wire_add_notify(&b, IKEV2_N_INVALID_KE_PAYLOAD, unit_hex("0013"));
	wire_add_notify(&b, 40000, unit_hex("cafebabe"));
	wire_add_delete_child(&b, IKEV2_PROTO_ESP, spis, 1);
	wire_add(&b, 200, unit_hex("cafebabe"));
	wire_add(&b, IKEV2_PL_DELETE, unit_hex("ff"));
	wire_add(&b, IKEV2_PL_SKF, unit_hex("0002 0003"));
	assert_int_equal(wire_build_end(&b, &len), WIRE_OK);
	return len;
}

static const char description[] =
	"CREATE_CHILD_SA response 4294967295 [No KE(X25519) KE(group_999) "
	"N(REKEY_SA ESP c0ffee01) N(INVALID_KE_PAYLOAD ECP_256) N(type_40000) "
	"D(ESP 00001000) payload_200 D(malformed) SKF(2/3){V}]";

static void describes_messages(void **state)
{
	struct wire_chunk vendor = unit_hex("00 00 0005 aa");
	struct wire_payloads inner;
	struct wire_message msg;
	uint8_t buf[512];
	char text[512];
	size_t cap, len;

	len = build_request(buf, sizeof(buf));
	assert_int_equal(wire_parse(&msg, buf, len), WIRE_OK);
	assert_int_equal(wire_parse_payloads(&inner, IKEV2_PL_VENDOR, vendor.data, vendor.len),
			 WIRE_OK);
	assert_string_equal(wire_dump(text, sizeof(text), &msg, &inner), description);
	assert_null(strstr(text, "dead"));
	assert_null(strstr(text, "cafe"));

	for (cap = 1; cap < sizeof(description); cap++) {
		char *exact = malloc(cap);

		assert_non_null(exact);
		wire_dump(exact, cap, &msg, &inner);
		assert_int_equal(strlen(exact), cap - 1);
		assert_memory_equal(exact, description, cap - 1);
		free(exact);
	}
	/* no room, not even for the end of the text: nothing is touched */
	text[0] = 'x';
	wire_dump(text, 0, &msg, &inner);
	assert_int_equal(text[0], 'x');
}

static void describes_proposals(void **state)
{
	static struct wire_sa sa;
	char text[256];

	sa.n = 2;
	sa.proposals[0].protocol = IKEV2_PROTO_ESP;
	sa.proposals[0].n = 0;
	wire_proposal_transform(&sa.proposals[0], IKEV2_TRANSFORM_ENCR, IKEV2_ENCR_AES_GCM_16, 256);
	wire_proposal_transform(&sa.proposals[0], IKEV2_TRANSFORM_ESN, IKEV2_ESN_NO, 0);
	assert_string_equal(wire_dump_proposal(text, sizeof(text), &sa.proposals[0]),
			    "ESP:AES_GCM_16-256/NO_ESN");
	sa.proposals[1].protocol = 9;
	sa.proposals[1].n = 0;
	wire_proposal_transform(&sa.proposals[1], IKEV2_TRANSFORM_ENCR, 4000, 0);
	sa.proposals[1].transforms[0].unusable = true;
	assert_string_equal(wire_dump_sa(text, sizeof(text), &sa),
			    "ESP:AES_GCM_16-256/NO_ESN, protocol_9:ENCR_4000(?)");
}

static void describes_selectors(void **state)
{
	struct wire_ts_list list = {
		.n = 4,
		.ts = {
			{ IKEV2_TS_IPV4_ADDR_RANGE, 0, 0, 65535, { 0 }, { 255, 255, 255, 255 } },
			{ IKEV2_TS_IPV4_ADDR_RANGE, 6, 443, 443, { 10, 0, 0, 3 }, { 10, 0, 0, 9 } },
			{ IKEV2_TS_IPV4_ADDR_RANGE, 0, 65535, 0, { 10, 1 }, { 10, 1, 255, 255 } },
			{ IKEV2_TS_IPV6_ADDR_RANGE, 17, 1, 2, { 0x20, 1 }, { 0x20, 1 } },
		},
	};
	char text[256];

	assert_string_equal(wire_dump_ts(text, sizeof(text), &list),
			    "0.0.0.0/0, 10.0.0.3-10.0.0.9 proto 6 port 443, "
			    "10.1.0.0/16 port opaque, 2001::/128 proto 17 port 1-2");
}

static void describes_identities(void **state)
{
	char text[64];

	assert_string_equal(wire_dump_id(text, sizeof(text), IKEV2_ID_IPV4_ADDR,
					 unit_hex("c0000201")), "192.0.2.1");
	assert_string_equal(wire_dump_id(text, sizeof(text), IKEV2_ID_IPV6_ADDR,
					 unit_hex("20010db8000000000000000000000001")),
			    "2001:db8::1");
	assert_string_equal(wire_dump_id(text, sizeof(text), IKEV2_ID_FQDN, unit_hex("676120")),
			    "ga ");
	/* escape sequences do not reach a terminal */
	assert_string_equal(wire_dump_id(text, sizeof(text), IKEV2_ID_FQDN, unit_hex("1b5b")),
			    "ID_FQDN:1b5b");
	assert_string_equal(wire_dump_id(text, sizeof(text), IKEV2_ID_KEY_ID, unit_hex("00")),
			    "ID_KEY_ID:00");
	assert_string_equal(wire_dump_id(text, sizeof(text), 77, wire_chunk(NULL, 0)), "unknown:");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(describes_messages),
		cmocka_unit_test(describes_proposals),
		cmocka_unit_test(describes_selectors),
		cmocka_unit_test(describes_identities),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
