// SPDX-License-Identifier: GPL-2.0-or-later
/* What the command line says */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "config/tree.h"

#define TIMEOUT_DEFAULT 30

static const struct {
	const char *name;
	const char *sub;	/* "show sas" */
	int (*run)(const struct cli *cli);
	int min_args;
	int max_args;
	const char *arguments;
	const char *options;	/* letters of special[] */
	const char *help;
} commands[] = {
	{ "status", NULL, cli_status, 0, 1, "[TUNNEL]", "",
	  "tunnels and their paths, and why one is down" },
	{ "show", "sas", cli_show_sas, 0, 1, "[TUNNEL]", "",
	  "IKE SAs and ESP SAs with the kernel's counters" },
	{ "show", "tunnels", cli_show_tunnels, 0, 1, "[TUNNEL]", "",
	  "devices, addresses, identities, paths" },
	{ "show", "counters", cli_show_counters, 0, 1, "[TUNNEL]", "a",
	  "what IKE and the kernel count" },
	{ "show", "config", cli_show_config, 0, 1, "[TUNNEL]", "",
	  "the configuration in force, without secrets" },
	{ "up", NULL, cli_up, 1, 2, "TUNNEL [PATH]", "w",
	  "bring up; --wait for it" },
	{ "down", NULL, cli_down, 1, 2, "TUNNEL [PATH]", "w",
	  "take down, and keep it down; --wait for it" },
	{ "rekey", NULL, cli_rekey, 1, 2, "TUNNEL [PATH]", "i",
	  "fresh ESP keys; --ike: a fresh IKE SA" },
	{ "reload", NULL, cli_reload, 0, 0, "", "",
	  "read the configuration again" },
	{ "check", NULL, cli_check, 0, 1, "[FILE]", "",
	  "say all that is wrong in a configuration" },
	{ "monitor", NULL, cli_monitor, 0, 1, "[TUNNEL]", "",
	  "show events as they come" },
	{ "log", "level", cli_log_level, 0, 1, "[LEVEL]", "",
	  "how much ikevtid logs; change it until it ends" },
	{ "init", NULL, NULL, 0, 0, "[OPTIONS]", "",
	  "write both ends of a new tunnel; see: ikevtictl init --help" },
	{ "version", NULL, cli_version, 0, 0, "", "",
	  "versions of ikevtictl and ikevtid" },
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static int help(FILE *to)
{
	char line[80];
	size_t i;

	fputs("usage: ikevtictl [OPTIONS] COMMAND\n\n", to);
	for (i = 0; i < N_COMMANDS; i++) {
		snprintf(line, sizeof(line), "%s%s%s %s", commands[i].name,
			 commands[i].sub ? " " : "",
			 commands[i].sub ? commands[i].sub : "",
			 commands[i].arguments);
		fprintf(to, "  %-24s %s\n", line, commands[i].help);
	}
	fprintf(to, "\n"
		"  -j, --json               the same data as JSON\n"
		"  -s, --socket SOCKET      instead of %s\n"
		"  -w, --wait               up, down: until it is so, or has failed\n"
		"  -t, --timeout SECONDS    how long to wait (%d)\n"
		"      --ike                rekey: the IKE SA\n"
		"  -a, --all                show counters: those that are zero too\n"
		"  -h, --help   -V, --version\n\n"
		"exit status: 0 done, 1 failed, 2 wrong usage, 3 ikevtid is not running\n",
		IKEVTI_RUNDIR "/control.sock", TIMEOUT_DEFAULT);
	return to == stdout ? CLI_OK : CLI_USAGE;
}

static int unknown_command(const char *name, const char *sub)
{
	const char *words[N_COMMANDS + 1], *near;
	bool group = false;
	char all[128] = "";
	size_t i, n = 0;

	/* the second words of a command that has any */
	for (i = 0; i < N_COMMANDS; i++) {
		if (!commands[i].sub || strcmp(commands[i].name, name))
			continue;
		group = true;
		words[n++] = commands[i].sub;
		snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%s",
			 *all ? ", " : "", commands[i].sub);
	}
	if (group && !sub) {
		cli_say("%s what? one of: %s", name, all);
		return CLI_USAGE;
	}
	for (i = 0; i < N_COMMANDS && !group; i++)
		if (!i || strcmp(commands[i].name, commands[i - 1].name))
			words[n++] = commands[i].name;
	words[n] = NULL;
	near = conf_suggest(group ? sub : name, words);
	cli_say("there is no command '%s%s%s'%s%s%s", name, group ? " " : "",
		group ? sub : "", near ? "; did you mean '" : "; see: ikevtictl help",
		near ? near : "", near ? "'?" : "");
	return CLI_USAGE;
}

/* An option that would be ignored was meant for something */
static bool takes_options(const struct cli *cli, const char *options)
{
	const struct {
		char letter;
		bool given;
		const char *text;
	} special[] = {
		{ 'w', cli->wait, "--wait and --timeout go with up and down" },
		{ 'i', cli->ike, "--ike goes with rekey" },
		{ 'a', cli->all, "--all goes with show counters" },
	};
	size_t i;

	for (i = 0; i < sizeof(special) / sizeof(special[0]); i++) {
		if (!special[i].given ||
		    strchr(options, special[i].letter))
			continue;
		cli_say("%s only", special[i].text);
		return false;
	}
	return true;
}

static int run(struct cli *cli, int argc, char **argv)
{
	size_t i;
	int skip;

	for (i = 0; i < N_COMMANDS; i++) {
		if (strcmp(commands[i].name, argv[0]))
			continue;
		if (commands[i].sub &&
		    (argc < 2 || strcmp(commands[i].sub, argv[1])))
			continue;
		skip = commands[i].sub ? 2 : 1;
		cli->args = argv + skip;
		cli->n_args = argc - skip;
		if (cli->n_args < commands[i].min_args ||
		    cli->n_args > commands[i].max_args) {
			cli_say("usage: ikevtictl %s%s%s %s", argv[0],
				skip > 1 ? " " : "", skip > 1 ? argv[1] : "",
				commands[i].arguments);
			return CLI_USAGE;
		}
		if (!takes_options(cli, commands[i].options))
			return CLI_USAGE;
		if (commands[i].run)
			return commands[i].run(cli);
		cli_say("options of %s stand behind it", argv[0]);
		return CLI_USAGE;
	}
	return unknown_command(argv[0], argc > 1 ? argv[1] : NULL);
}

static bool parse_timeout(struct cli *cli, const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (!*text || *end || n > 86400) {
		cli_say("--timeout needs a number of seconds, not '%s'", text);
		return false;
	}
	cli->timeout = (unsigned int)n;
	cli->wait = true;
	return true;
}

int cli_main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "socket", required_argument, NULL, 's' },
		{ "wait", no_argument, NULL, 'w' },
		{ "timeout", required_argument, NULL, 't' },
		{ "ike", no_argument, NULL, 'i' },
		{ "all", no_argument, NULL, 'a' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	struct cli cli = {
		.socket = IKEVTI_RUNDIR "/control.sock",
		.timeout = TIMEOUT_DEFAULT,
	};
	int opt, status;

	/* it has options of its own, and needs no daemon */
	if (argc > 1 && !strcmp(argv[1], "init"))
		return cli_init(argc - 1, argv + 1);
	while ((opt = getopt_long(argc, argv, "js:wt:ahV", options, NULL)) != -1) {
		switch (opt) {
		case 'j':
			cli.json = true;
			break;
		case 's':
			cli.socket = optarg;
			break;
		case 'w':
			cli.wait = true;
			break;
		case 't':
			if (!parse_timeout(&cli, optarg))
				return CLI_USAGE;
			break;
		case 'i':
			cli.ike = true;
			break;
		case 'a':
			cli.all = true;
			break;
		case 'h':
			return help(stdout);
		case 'V':
			printf("ikevtictl %s\n", IKEVTI_VERSION);
			return CLI_OK;
		default:
			return CLI_USAGE;
		}
	}
	argc -= optind;
	argv += optind;
	if (!argc)
		return help(stderr);
	if (!strcmp(argv[0], "help"))
		return help(stdout);
	status = run(&cli, argc, argv);
	if (fflush(stdout) || ferror(stdout)) {
		cli_say("cannot write the output");
		return CLI_FAILED;
	}
	return status;
}
