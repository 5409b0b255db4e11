// SPDX-License-Identifier: GPL-2.0-or-later
/* ikevtid: options, background, exit status */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config/conf.h"
#include "daemon/daemon.h"
#include "daemon/loop.h"
#include "daemon/runtime.h"
#include "daemon/sd_notify.h"
#include "daemon/start.h"

#define MAIN_CONF IKEVTI_CONFDIR "/ikevti.conf"

enum main_exit {
	MAIN_OK = 0,
	MAIN_FAILED = 1,
	MAIN_USAGE = 2,
	MAIN_CONFIG = 3,	/* it cannot start: a service manager need not try again */
};

static void main_usage(FILE *out)
{
	fputs("usage: ikevtid [OPTION]...\n"
	      "Negotiate IPsec tunnels by IKEv2 and carry them on ikevti devices.\n"
	      "\n"
	      "  -c, --config FILE       configuration (" MAIN_CONF ")\n"
	      "      --runtime-dir DIR   control socket and lock (" IKEVTI_RUNDIR ")\n"
	      "  -f, --foreground        stay in the foreground and log to stderr\n"
	      "      --log-format FORMAT text or json\n"
	      "      --log-level LEVEL   error, warn, info or debug\n"
	      "      --check [FILE]      say what is wrong in FILE, and end; without it, in\n"
	      "                          that of -c\n"
	      "      --no-sandbox        start although system calls cannot be filtered\n"
	      "  -V, --version\n"
	      "  -h, --help\n"
	      "\n"
	      "Signals: HUP reloads the configuration, TERM and INT delete all SAs and end.\n"
	      "Devices stay when it ends, so that routes do. See ikevtid(8).\n",
	      out);
}

/* ---- configuration ---- */

static struct conf *main_load(const char *path)
{
	struct conf_errors errors = { 0 };
	struct conf *conf = conf_load(path, &errors);

	if (conf)
		log_findings(&errors);
	else
		conf_errors_print(&errors, stderr);
	conf_errors_free(&errors);
	return conf;
}

/* As "ikevtictl check" does, with the same exit statuses */
static int main_check(const char *path)
{
	struct conf_errors errors = { 0 };
	struct conf *conf = conf_load(path, &errors);

	conf_errors_print(&errors, stderr);
	if (conf) {
		printf("%s: no errors, ", path);
		if (errors.n_warnings)
			printf("%zu warning%s, ", errors.n_warnings,
			       errors.n_warnings == 1 ? "" : "s");
		printf("%zu tunnel%s\n", conf->n_tunnels,
		       conf->n_tunnels == 1 ? "" : "s");
	}
	conf_errors_free(&errors);
	if (!conf)
		return MAIN_FAILED;
	conf_unref(conf);
	return MAIN_OK;
}

/* ---- background ---- */

/* The parent: wait for a word from the child, end with its status */
static int main_wait(int ready, pid_t child)
{
	char status = MAIN_FAILED;
	ssize_t n;

	do {
		n = read(ready, &status, 1);
	} while (n < 0 && errno == EINTR);
	if (n != 1) {
		int code;

		if (waitpid(child, &code, 0) == child && WIFEXITED(code))
			return WEXITSTATUS(code);
		return MAIN_FAILED;
	}
	return status;
}

/**
 * main_background() - go on in a child
 * @ready: where to tell the parent that all is well
 *
 * Return: only in the child; -1 when there is none
 */
static int main_background(int *ready)
{
	int fds[2];
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC))
		return -1;
	pid = fork();
	if (pid < 0)
		return -1;
	if (pid) {
		close(fds[1]);
		_exit(main_wait(fds[0], pid));
	}
	close(fds[0]);
	setsid();
	*ready = fds[1];
	return 0;
}

/* Leave terminal and directory of who started this */
static void main_detach(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int fd;

	log_to_syslog();
	if (chdir("/"))
		log_warn("cannot change to /: %s", strerror(errno));
	for (fd = 0; fd < 3 && null >= 0; fd++)
		dup2(null, fd);
	if (null > 2)
		close(null);
}

/* Everything works: who started this may go on */
static void main_tell(int ready)
{
	char status = MAIN_OK;

	sd_notify_send("READY=1");
	if (ready < 0)
		return;
	if (write(ready, &status, 1) != 1)
		log_warn("nobody waits for this daemon");
	close(ready);
}

/* ---- options ---- */

static int main_level(const char *name, enum ike_log_level *level)
{
	if (log_level_parse(name, level))
		return 0;
	fprintf(stderr, "ikevtid: --log-level is error, warn, info or debug, not \"%s\"\n",
		name);
	return -1;
}

static int main_format(const char *name, enum log_format *format)
{
	if (!strcmp(name, "text")) {
		*format = LOG_FORMAT_TEXT;
		return 0;
	}
	if (!strcmp(name, "json")) {
		*format = LOG_FORMAT_JSON;
		return 0;
	}
	fprintf(stderr, "ikevtid: --log-format is text or json, not \"%s\"\n",
		name);
	return -1;
}

/* Return: -1 to go on, an exit status otherwise */
static int main_options(struct daemon_options *o, int argc, char **argv)
{
	enum { OPT_RUNTIME = 256, OPT_FORMAT, OPT_LEVEL, OPT_CHECK,
	       OPT_NO_SANDBOX };
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "runtime-dir", required_argument, NULL, OPT_RUNTIME },
		{ "foreground", no_argument, NULL, 'f' },
		{ "log-format", required_argument, NULL, OPT_FORMAT },
		{ "log-level", required_argument, NULL, OPT_LEVEL },
		{ "check", no_argument, NULL, OPT_CHECK },
		{ "no-sandbox", no_argument, NULL, OPT_NO_SANDBOX },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	bool check = false;
	int c;

	while ((c = getopt_long(argc, argv, "c:fVh", options, NULL)) != -1) {
		switch (c) {
		case 'c':
			o->conf_path = optarg;
			break;
		case OPT_RUNTIME:
			o->runtime_dir = optarg;
			break;
		case 'f':
			o->foreground = true;
			break;
		case OPT_FORMAT:
			if (main_format(optarg, &o->log_format))
				return MAIN_USAGE;
			break;
		case OPT_LEVEL:
			if (main_level(optarg, &o->log_level))
				return MAIN_USAGE;
			break;
		case OPT_NO_SANDBOX:
			o->no_sandbox = true;
			break;
		case OPT_CHECK:
			check = true;
			break;
		case 'V':
			puts("ikevtid " IKEVTI_VERSION);
			return MAIN_OK;
		case 'h':
			main_usage(stdout);
			return MAIN_OK;
		default:
			main_usage(stderr);
			return MAIN_USAGE;
		}
	}
	if (check && optind < argc)
		o->conf_path = argv[optind++];
	if (optind < argc) {
		fprintf(stderr, "ikevtid: \"%s\" is too much\n", argv[optind]);
		main_usage(stderr);
		return MAIN_USAGE;
	}
	return check ? main_check(o->conf_path) : -1;
}

/* A path that still means the same after chdir("/") */
static const char *main_absolute(const char *path)
{
	char *real = realpath(path, NULL);

	return real ? real : path;
}

/* The runtime directory need not be there yet */
static int main_runtime(struct daemon_options *o, char *buf, size_t len)
{
	char here[PATH_MAX];
	int n;

	if (o->runtime_dir[0] == '/')
		return 0;
	if (!getcwd(here, sizeof(here)))
		here[0] = '\0';
	n = snprintf(buf, len, "%s/%s", here, o->runtime_dir);
	if (!here[0] || n >= (int)len) {
		fprintf(stderr, "ikevtid: --runtime-dir wants an absolute path here\n");
		return -1;
	}
	o->runtime_dir = buf;
	return 0;
}

int main(int argc, char **argv)
{
	struct daemon d = {
		.options = {
			.conf_path = MAIN_CONF,
			.runtime_dir = IKEVTI_RUNDIR,
			.log_level = IKE_LOG_INFO,
		},
		.lock_fd = -1,
	};
	int kept = sd_notify_fds();
	char runtime[PATH_MAX];
	int ready = -1;
	int status;

	status = main_options(&d.options, argc, argv);
	if (status >= 0)
		return status;
	log_open(d.options.log_format, d.options.log_level);
	if (main_runtime(&d.options, runtime, sizeof(runtime)))
		return MAIN_USAGE;
	d.conf = main_load(d.options.conf_path);
	if (!d.conf)
		return MAIN_CONFIG;
	if (!d.options.foreground) {
		d.options.conf_path = main_absolute(d.options.conf_path);
		if (main_background(&ready)) {
			log_error("cannot go to the background: %s",
				  strerror(errno));
			return MAIN_FAILED;
		}
	}
	status = MAIN_FAILED;
	if (!start(&d, kept)) {
		if (!d.options.foreground)
			main_detach();
		if (!start_ready(&d)) {
			main_tell(ready);
			loop_run(&d);
			status = MAIN_OK;
			log_info("ended");
		}
	}
	stop(&d);
	return status;
}
