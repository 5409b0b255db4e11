// SPDX-License-Identifier: GPL-2.0-or-later
/* A datagram from anywhere: header, outer chain, every body, and the way back */
#include <stdlib.h>
#include <string.h>

#include "chain.h"
#include "wire/dump.h"

/* The same payloads built again must parse as before */
static void rebuild(const struct wire_message *msg)
{
	static uint8_t buf[WIRE_MESSAGE_MAX];
	struct wire_message again;
	struct wire_builder b;
	unsigned int i;
	size_t len;

	wire_build_message(&b, &msg->header, buf, sizeof(buf));
	for (i = 0; i < msg->payloads.n; i++)
		wire_add(&b, msg->payloads.at[i].type,
			 wire_chunk(msg->payloads.at[i].body, msg->payloads.at[i].len));
	FUZZ_REQUIRE(wire_build_end(&b, &len) == WIRE_OK && len == msg->len);
	FUZZ_REQUIRE(wire_parse(&again, buf, len) == WIRE_OK);
	FUZZ_REQUIRE(again.payloads.n == msg->payloads.n);
	FUZZ_REQUIRE(again.header.spi_i == msg->header.spi_i);
	FUZZ_REQUIRE(again.header.message_id == msg->header.message_id);
	for (i = 0; i < msg->payloads.n; i++) {
		const struct wire_payload *p = &msg->payloads.at[i], *q = &again.payloads.at[i];

		FUZZ_REQUIRE(p->type == q->type && p->offset == q->offset && p->len == q->len);
		FUZZ_REQUIRE(!memcmp(p->body, q->body, p->len));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wire_payloads inner;
	struct wire_message msg;
	char text[256];

	if (wire_parse(&msg, data, size) == WIRE_OK) {
		fuzz_chain(&msg.payloads);
		wire_dump(text, sizeof(text), &msg, &msg.payloads);
		rebuild(&msg);
	}
	/* the octets once more as an inner chain, whose first type nobody checked */
	if (size && wire_parse_payloads(&inner, data[0], data + 1, size - 1) == WIRE_OK)
		fuzz_chain(&inner);
	return 0;
}
