// SPDX-License-Identifier: GPL-2.0-or-later
/* The configuration as files: includes, secrets and their modes */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "config/conf.h"

static char dir[64];

static const char *in_dir(const char *name)
{
	static char paths[4][512];
	static unsigned int turn;
	char *p = paths[turn++ % 4];

	snprintf(p, sizeof(paths[0]), "%s/%s", dir, name);
	return p;
}

static void put(const char *name, mode_t mode, const char *text)
{
	FILE *f = fopen(in_dir(name), "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(in_dir(name), mode), 0);
}

#define TUNNEL(name, remote)						\
	"tunnel " name " { local { id = a.example } "			\
	"remote { id = b.example } path p { remote = " remote " } }\n"

static int setup(void **state)
{
	snprintf(dir, sizeof(dir), "%s", "/tmp/ikevti-conf-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	put("secrets.conf", 0600, "psk b.example = \"correct horse\"\n");
	put("good.conf", 0644, TUNNEL("a", "192.0.2.2"));
	return 0;
}

static int teardown(void **state)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command);
}

static void expect_good(const char *name, size_t tunnels)
{
	struct conf_errors errors;
	struct conf *c = conf_load(in_dir(name), &errors);

	if (!c)
		conf_errors_print(&errors, stderr);
	assert_non_null(c);
	assert_int_equal(c ? c->n_tunnels : 0, tunnels);
	conf_unref(c);
	conf_errors_free(&errors);
}

/* One error, at @line of @file, whose text has @part in it */
static void expect_error(const char *name, const char *file, unsigned int line,
			 const char *part)
{
	struct conf_errors errors;

	assert_null(conf_load(in_dir(name), &errors));
	if (errors.n != 1 || strcmp(errors.list[0].file, in_dir(file)) ||
	    errors.list[0].line != line ||
	    !strstr(errors.list[0].text, part)) {
		conf_errors_print(&errors, stderr);
		fail_msg("expected %s:%u: ... %s", file, line, part);
	}
	conf_errors_free(&errors);
}

static void test_load(void **state)
{
	expect_good("good.conf", 1);
	expect_error("none.conf", "none.conf", 0, "No such file or directory");
	mkdir(in_dir("folder"), 0755);
	expect_error("folder", "folder", 0, "is not a regular file");
	/* a FIFO without a writer must not block */
	assert_int_equal(mkfifo(in_dir("fifo"), 0600), 0);
	expect_error("fifo", "fifo", 0, "is not a regular file");
}

static void test_secrets_mode(void **state)
{
	put("open.conf", 0644, "psk b.example = \"correct horse\"\n");
	put("use-open.conf", 0644, "secrets = open.conf\n" TUNNEL("a", "192.0.2.2"));
	expect_error("use-open.conf", "open.conf", 0, "has mode 0644");
	assert_int_equal(chmod(in_dir("open.conf"), 0640), 0);
	expect_error("use-open.conf", "open.conf", 0, "chmod 600");
	assert_int_equal(chmod(in_dir("open.conf"), 0400), 0);
	expect_good("use-open.conf", 1);
	if (!geteuid()) {
		assert_int_equal(chown(in_dir("open.conf"), 12345, 0), 0);
		expect_error("use-open.conf", "open.conf", 0,
			     "belongs to user 12345; run: chown root:");
	}
	/* and what a secrets file includes */
	put("including.conf", 0600, "include more.conf\n");
	put("more.conf", 0666, "psk b.example = \"correct horse\"\n");
	put("use-more.conf", 0644, "secrets = including.conf\n" TUNNEL("a", "192.0.2.2"));
	expect_error("use-more.conf", "more.conf", 0, "has mode 0666");
	assert_int_equal(chmod(in_dir("more.conf"), 0600), 0);
	expect_good("use-more.conf", 1);
}

static void test_secrets_missing(void **state)
{
	put("named.conf", 0644, "\nsecrets = nowhere.conf\n" TUNNEL("a", "192.0.2.2"));
	expect_error("named.conf", "named.conf", 2, "No such file or directory");
	put("folder/bare.conf", 0644, TUNNEL("a", "192.0.2.2"));
	expect_error("folder/bare.conf", "folder/secrets.conf", 0,
		     "there is no such file, and tunnel 'a' needs a secret in it: psk b.example = \"…\"");
	put("folder/bare.conf", 0644, TUNNEL("a", "192.0.2.2")
	    "tunnel b { local { id = c.example } remote { id = b.example } path p { remote = 192.0.2.3 } }\n");
	/* once for all of them */
	expect_error("folder/bare.conf", "folder/secrets.conf", 0, "there is no such file");
	put("folder/none.conf", 0644, "daemon { port = 501 }\n");
	expect_good("folder/none.conf", 0);
}

static void test_include(void **state)
{
	mkdir(in_dir("conf.d"), 0755);
	put("conf.d/1.conf", 0644, "tunnel b { device = b local { id = c.example } remote { id = b.example } "
	    "path p { remote = 192.0.2.3 } }\n");
	put("conf.d/2.conf", 0644, "include deeper.inc\n");
	put("conf.d/deeper.inc", 0644, TUNNEL("c", "192.0.2.4"));
	put("all.conf", 0644, "include conf.d/*.conf include empty.d/*.conf\n"
	    TUNNEL("a", "192.0.2.2"));
	expect_good("all.conf", 3);
	put("conf.d/2.conf", 0644, "\n  include nothing.inc\n");
	expect_error("all.conf", "conf.d/2.conf", 2, "nothing.inc': No such file");
	put("conf.d/2.conf", 0644, "tunnel b { device = q local { id = q.example } remote { id = b.example } "
	    "path p { remote = 192.0.2.3 } }\n");
	expect_error("all.conf", "conf.d/2.conf", 1, "there is a tunnel 'b' already");
	unlink(in_dir("conf.d/2.conf"));
}

/* One line each, whatever the way round */
static void test_include_loop(void **state)
{
	put("loop.conf", 0644, "# again\ninclude loop.conf\n");
	expect_error("loop.conf", "loop.conf", 2, "'loop.conf' is this file itself");
	put("loop1.conf", 0644, "include loop2.conf\n");
	put("loop2.conf", 0644, "\n\ninclude loop1.conf\n");
	expect_error("loop1.conf", "loop2.conf", 3,
		     "loop1.conf' includes this file already: the files go round in a circle");
	mkdir(in_dir("glob"), 0755);
	put("glob/a.conf", 0644, "include *.conf\n");
	put("glob/b.conf", 0644, "daemon { port = 501 }\n");
	expect_error("glob/a.conf", "glob/a.conf", 1, "'*.conf' matches this file itself");
	put("glob/b.conf", 0644, "include a*.conf\n");
	expect_error("glob/b.conf", "glob/a.conf", 1, "'*.conf' matches this file itself");
	/* a name of its own does not hide it */
	assert_int_equal(symlink("../loop.conf", in_dir("glob/link")), 0);
	put("glob/a.conf", 0644, "include link\n");
	put("loop.conf", 0644, "include glob/a.conf\n");
	expect_error("loop.conf", "glob/a.conf", 1, "go round in a circle");
}

static void test_not_text(void **state)
{
	FILE *f = fopen(in_dir("binary.conf"), "w");

	assert_non_null(f);
	assert_int_equal(fwrite("tunnel\0x", 1, 8, f), 8);
	fclose(f);
	expect_error("binary.conf", "binary.conf", 0, "NUL at offset 6");
}

static void test_too_large(void **state)
{
	put("large.conf", 0644, "");
	assert_int_equal(truncate(in_dir("large.conf"), 17 << 20), 0);
	expect_error("large.conf", "large.conf", 0, "is too large");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_load),
		cmocka_unit_test(test_secrets_mode),
		cmocka_unit_test(test_secrets_missing),
		cmocka_unit_test(test_include),
		cmocka_unit_test(test_include_loop),
		cmocka_unit_test(test_not_text),
		cmocka_unit_test(test_too_large),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
