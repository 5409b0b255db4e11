// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any text as configuration and secrets. What loads must compare equal to
 * itself and be found by name; what does not must say why, in text a terminal
 * can show.
 */
#include <stdlib.h>
#include <string.h>

#include "config/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct conf *c)
{
	size_t i;

	for (i = 0; i < c->n_tunnels; i++) {
		const struct conf_tunnel *t = c->tunnels[i];

		if (conf_find_tunnel(c, t->name) != t ||
		    !conf_tunnel_same(t, t) || !t->n_paths || !t->n_ike ||
		    !t->n_esp || !t->local.psk_len || !*t->device)
			abort();
	}
}

static void check_errors(const struct conf_errors *errors)
{
	const char *p;
	size_t i;

	if (!errors->n)
		abort();
	for (i = 0; i < errors->n; i++)
		for (p = errors->list[i].text; *p; p++)
			if ((unsigned char)*p < 0x20)
				abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char secret[] = "psk any = 0123456789\npsk b = 0123456789\n"
		"psk 192.0.2.2 = 0123456789\n";
	const char *text = (const char *)data;
	const char *cut = memchr(text, 0xff, size);
	const char *secrets = secret;
	size_t len = size, secrets_len = sizeof(secret) - 1;
	struct conf_errors errors;
	struct conf *c;

	/* what stands behind an octet that no UTF-8 has is the secrets file */
	if (cut) {
		len = (size_t)(cut - text);
		secrets = cut + 1;
		secrets_len = size - len - 1;
	}
	c = conf_load_text("fuzz", text, len, secrets, secrets_len, &errors);
	if (c)
		check(c);
	else
		check_errors(&errors);
	conf_unref(c);
	conf_errors_free(&errors);
	return 0;
}
