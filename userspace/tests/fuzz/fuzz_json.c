// SPDX-License-Identifier: GPL-2.0-or-later
/* Any octets as a string: what is written of them, jansson reads */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "control/json_out.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json_out o = { 0 };
	const char *text;
	json_t *v;

	json_out_array(&o, NULL);
	json_out_string_n(&o, NULL, (const char *)data, size);
	json_out_array_end(&o);
	v = json_loadb(o.buf, o.len, JSON_ALLOW_NUL, NULL);
	text = json_string_value(json_array_get(v, 0));
	if (!text)
		abort();
	/* ASCII comes out as it was */
	while (size && *data < 0x80 && (uint8_t)*text == *data) {
		size--;
		data++;
		text++;
	}
	if (size && *data < 0x80)
		abort();
	json_decref(v);
	json_out_free(&o);
	return 0;
}
