// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Configurations shown in the documentation must load, and the manual must
 * know every key. Run from the top of the sources, or with IKEVTI_TOP set.
 */
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "config/schema.h"

/* Stands where a page shows a configuration and leaves the secrets out */
static const char stand_in[] =
	"psk gw-a.example.org gw-b.example.org = stand-in-secret\n"
	"psk any gw-a.example.org = stand-in-secret\n"
	"psk gw-b.example.org = stand-in-secret-for-b\n"
	"psk 198.51.100.10 = stand-in-secret\n";

static char *read_file(const char *name)
{
	FILE *f = fopen(name, "r");
	char *text;
	size_t n;

	if (!f)
		return NULL;
	text = calloc(1, 1 << 20);
	assert_non_null(text);
	n = fread(text, 1, (1 << 20) - 1, f);
	text[n] = 0;
	fclose(f);
	return text;
}

static char *must_read(const char *name)
{
	char *text = read_file(name);

	if (!text)
		fail_msg("%s cannot be read; is this the top of the sources?", name);
	return text;
}

/* Every secret that can be read here is known to everybody, which is said */
static void warns(const char *name, const char *secrets,
		  const struct conf_errors *errors)
{
	size_t i, n = 0, known = 0;
	const char *p;

	if (secrets == stand_in)
		return;
	for (p = secrets; p; p = strchr(p, '\n')) {
		p += *p == '\n';
		n += !strncmp(p, "psk ", 4);
	}
	for (i = 0; i < errors->n_warnings; i++)
		known += !!strstr(errors->warnings[i].text, "known to everybody");
	if (n != known)
		fail_msg("%s: %zu secrets, %zu of them known to be examples:\n%s",
			 name, n, known, secrets);
}

static void must_load(const char *name, const char *text, const char *secrets)
{
	struct conf_errors errors;
	struct conf *c;

	c = conf_load_text(name, text, strlen(text), secrets, strlen(secrets),
			   &errors);
	if (!c) {
		conf_errors_print(&errors, stderr);
		fail_msg("%s: does not load:\n%s", name, text);
	}
	warns(name, secrets, &errors);
	conf_unref(c);
	conf_errors_free(&errors);
}

/* ---- README.md: ```ikevti, with the next ```ikevti-secrets if one follows ---- */

static char *fence(const char *from, const char *label, const char **end)
{
	char open[64], *text;
	const char *start, *stop;

	snprintf(open, sizeof(open), "\n```%s\n", label);
	start = strstr(from, open);
	if (!start)
		return NULL;
	start += strlen(open);
	stop = strstr(start, "\n```");
	assert_non_null(stop);
	text = strndup(start, (size_t)(stop + 1 - start));
	assert_non_null(text);
	*end = stop;
	return text;
}

static void test_readme(void **state)
{
	char *readme = must_read("README.md"), *block, *secrets;
	const char *p = readme, *after;
	unsigned int n = 0;

	while ((block = fence(p, "ikevti", &p))) {
		const char *next = strstr(p, "\n```ikevti\n");

		secrets = fence(p, "ikevti-secrets", &after);
		if (secrets && next && next < after) {
			free(secrets);
			secrets = NULL;
		}
		must_load("README.md", block, secrets ? secrets : stand_in);
		free(secrets);
		free(block);
		n++;
	}
	assert_true(n >= 3);
	free(readme);
}

/* ---- manual pages and guides ------------------------------------------------- */

/* The text of a block, taken out of its page: no margin, no escapes */
static void plain(char *text, size_t margin)
{
	char *from = text, *to = text;
	size_t i;

	while (*from) {
		for (i = 0; i < margin && *from == ' '; i++)
			from++;
		while (*from && *from != '\n') {
			if (from[0] == '\\' && from[1] == '-') {
				from++;
			} else if (!strncmp(from, "\\&", 2)) {
				from += 2;
				continue;
			} else if (!strncmp(from, "\\(dq", 4)) {
				from += 4;
				*to++ = '"';
				continue;
			}
			*to++ = *from++;
		}
		if (*from)
			*to++ = *from++;
	}
	*to = 0;
}

/* The first line that begins at the margin, or the end of the page */
static char *next_unindented(char *p)
{
	while ((p = strchr(p, '\n')) && (p[1] == ' ' || p[1] == '\n'))
		p++;
	return p;
}

/* Blocks begin behind a line @mark, end at @stop, or where the margin is left */
static unsigned int load_blocks(const char *file, const char *mark,
				const char *stop, size_t margin)
{
	char *page = must_read(file), *p = page, *end, *block;
	unsigned int n = 0;

	while ((p = strstr(p, mark))) {
		p += strlen(mark);
		end = stop ? strstr(p, stop) : next_unindented(p);
		assert_non_null(end);
		block = strndup(p, (size_t)(end + 1 - p));
		assert_non_null(block);
		plain(block, margin);
		if (strstr(block, "\npsk ") || !strncmp(block, "psk ", 4))
			must_load(file, "", block);
		else
			must_load(file, block, stand_in);
		free(block);
		p = end;
		n++;
	}
	free(page);
	return n;
}

static void test_manual(void **state)
{
	assert_true(load_blocks("Documentation/man/ikevti.conf.5",
				"\n.\\\" a configuration\n.EX\n", "\n.EE", 0) >= 3);
	assert_true(load_blocks("Documentation/man/ikevti.7",
				"\n.\\\" a configuration\n.EX\n", "\n.EE", 0) >= 1);
	assert_true(load_blocks("Documentation/admin-guide.rst",
				"\n.. a configuration\n\n::\n\n", NULL, 4) >= 3);
}

/* Each key has its entry, with its default */
static void test_manual_is_complete(void **state)
{
	char *page = must_read("Documentation/man/ikevti.conf.5");
	char *text = strdup(page), entry[128];
	const struct conf_key *k;
	const char *at;

	assert_non_null(text);
	plain(text, 0);
	for (k = conf_keys; k->name; k++) {
		if (k->refused)
			continue;
		snprintf(entry, sizeof(entry), "\n.BR %s ", k->name);
		at = strstr(text, entry);
		if (!at) {
			snprintf(entry, sizeof(entry), "\n.B %s\n", k->name);
			at = strstr(text, entry);
		}
		if (!at)
			fail_msg("ikevti.conf(5) does not know the key '%s'",
				 k->name);
		if (k->def && !strchr(k->def, ',') && !strstr(text, k->def))
			fail_msg("ikevti.conf(5) does not know the default of '%s', %s",
				 k->name, k->def);
	}
	free(text);
	free(page);
}

/* Long options of getopt_long()'s tables in @source, and @more, are those that @page has */
static void same_options(const char *source, const char *more, const char *page)
{
	char *code = must_read(source), *text = must_read(page), word[80], *p;
	unsigned int n = 0;

	if (more) {
		char *second = must_read(more);

		/* what is read has room for far more */
		strcat(code, second);
		free(second);
	}
	plain(text, 0);
	for (p = code; (p = strstr(p, "\t\t{ \"")); n++) {
		p += strlen("\t\t{ \"");
		snprintf(word, sizeof(word), "--%.*s", (int)strcspn(p, "\""), p);
		if (!strstr(text, word))
			fail_msg("%s does not know the option %s", page, word);
	}
	assert_true(n >= 8);
	for (p = text; (p = strstr(p, "--")); p += 2) {
		snprintf(word, sizeof(word), "\t\t{ \"%.*s\",",
			 (int)strspn(p + 2, "abcdefghijklmnopqrstuvwxyz-"), p + 2);
		if (!strstr(code, word))
			fail_msg("%s has an option that %s does not: %s", page, source, word);
	}
	free(code);
	free(text);
}

static void test_options(void **state)
{
	same_options("userspace/cli/args.c", "userspace/cli/init.c", "Documentation/man/ikevtictl.8");
	same_options("userspace/daemon/main.c", NULL, "Documentation/man/ikevtid.8");
}

/* ---- examples ---------------------------------------------------------------- */

/* Each has a directory, whose files can be copied to where they belong */
static void test_examples(void **state)
{
	char secrets_name[256], *secrets, *text;
	glob_t found;
	size_t i;

	assert_int_equal(glob("packaging/examples/*/ikevti.conf", 0, NULL, &found), 0);
	for (i = 0; i < found.gl_pathc; i++) {
		const char *path = found.gl_pathv[i];

		snprintf(secrets_name, sizeof(secrets_name), "%.*ssecrets.conf",
			 (int)(strlen(path) - strlen("ikevti.conf")), path);
		secrets = must_read(secrets_name);
		text = must_read(path);
		must_load(path, text, secrets);
		free(secrets);
		free(text);
	}
	assert_true(found.gl_pathc >= 3);
	globfree(&found);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_readme),
		cmocka_unit_test(test_manual),
		cmocka_unit_test(test_manual_is_complete),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_examples),
	};
	const char *top = getenv("IKEVTI_TOP");

	if (top && chdir(top)) {
		perror(top);
		return 1;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
