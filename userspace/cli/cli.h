/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ikevtictl, in parts: arguments (main.c), daemon (client.c), output */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

/* Exit statuses, documented in ikevtictl(8) */
enum cli_exit {
	CLI_OK = 0,
	CLI_FAILED = 1,
	CLI_USAGE = 2,
	CLI_NO_DAEMON = 3,
};

struct cli {
	const char *socket;
	bool json;
	bool all;		/* --all: counters that are zero too */
	bool wait;
	bool ike;
	unsigned int timeout;	/* seconds */
	char **args;		/* behind the command */
	int n_args;
};

/* ---- client.c: a conversation with the daemon ---------------------------- */

struct cli_client;

/**
 * cli_open() - connect to the daemon
 * @status: enum cli_exit when it fails, which has been said on stderr then
 */
struct cli_client *cli_open(const struct cli *cli, int *status);

/** cli_try_open() - the same, silent when there is no daemon */
struct cli_client *cli_try_open(const struct cli *cli, int *status);

void cli_close(struct cli_client *c);

/**
 * cli_ask() - send a request and read the answer
 * @request: one JSON object
 * @item: called with each item of a long answer; may be NULL
 *
 * Return: the last line of the answer, to be freed with json_decref(); NULL when
 * the conversation broke, which has been said on stderr
 */
json_t *cli_ask(struct cli_client *c, const char *request,
		void (*item)(void *ctx, json_t *v), void *ctx);

/** cli_next() - the next line of a monitor; NULL at its end */
json_t *cli_next(struct cli_client *c);

/**
 * cli_request() - make a request
 * @tunnel, @path: NULL: none
 *
 * Return: text to be freed; NULL without memory
 */
char *cli_request(const char *command, const char *tunnel, const char *path,
		  bool ike);

/** cli_request_level() - ask for the level of the log; NULL: leave it as it is */
char *cli_request_level(const char *level);

/** cli_print_json() - one line on stdout */
void cli_print_json(const json_t *v);

/**
 * cli_answer_ok() - was it carried out? If not, says why on stderr
 *
 * With --json the answer itself goes to stdout.
 */
bool cli_answer_ok(const struct cli *cli, const json_t *answer);

/* ---- text.c: what people read -------------------------------------------- */

/** cli_colour() - do colours make sense on stdout? Looks once. */
bool cli_colour(void);

/** cli_safe() - copy @text for a terminal: no control characters */
void cli_safe(const char *text, char *buf, size_t size);

/** cli_width() - columns that @text takes on a terminal, roughly */
size_t cli_width(const char *text);

/** cli_duration() - "3m12s", "8h", "2d4h": the two largest units */
const char *cli_duration(uint64_t seconds, char *buf, size_t size);

/** cli_bytes() - "512 B", "1.2 KiB", "64.0 GiB" */
const char *cli_bytes(uint64_t n, char *buf, size_t size);

/** cli_state_colour() - an escape sequence for a state, "" for none */
const char *cli_state_colour(const char *state);

/** cli_say() - "ikevtictl: …" on stderr */
__attribute__((format(printf, 1, 2)))
void cli_say(const char *format, ...);

/* A table whose columns are as wide as what stands in them */
struct cli_table;

/**
 * cli_table_new() - @heads ends with NULL; one beginning with '>' is set to
 * the right
 */
struct cli_table *cli_table_new(const char *const *heads);

/** cli_cell() - the next cell; the first after a full row begins another */
void cli_cell(struct cli_table *t, const char *text);

/** cli_cell_state() - the same, coloured by what it says */
void cli_cell_state(struct cli_table *t, const char *text);

__attribute__((format(printf, 2, 3)))
void cli_cellf(struct cli_table *t, const char *format, ...);

/** cli_table_print() - print and free; false when memory was short */
bool cli_table_print(struct cli_table *t, FILE *to, const char *indent);

/** cli_table_rows() - how many rows were begun */
size_t cli_table_rows(const struct cli_table *t);

/* ---- commands ------------------------------------------------------------ */

int cli_status(const struct cli *cli);
int cli_show_sas(const struct cli *cli);
int cli_show_tunnels(const struct cli *cli);
int cli_show_counters(const struct cli *cli);
int cli_show_config(const struct cli *cli);
int cli_up(const struct cli *cli);
int cli_down(const struct cli *cli);
int cli_rekey(const struct cli *cli);
int cli_reload(const struct cli *cli);
int cli_check(const struct cli *cli);
int cli_monitor(const struct cli *cli);
int cli_version(const struct cli *cli);
int cli_log_level(const struct cli *cli);

/** cli_init() - @argv[0] is "init"; behind it are options of its own */
int cli_init(int argc, char **argv);

/**
 * cli_collect() - ask for something shown tunnel by tunnel
 * @print: called with each item unless --json is given, then with NULL and the
 *         last line
 *
 * With --json all of it becomes one document: {"tunnels": […], …}.
 */
int cli_collect(const struct cli *cli, const char *command, const char *tunnel,
		void (*print)(void *ctx, const json_t *item,
			      const json_t *last),
		void *ctx);

/** cli_text() - the text of a string, "" when it is none */
const char *cli_text(const json_t *v);

/** cli_string() - a member that is a string, "" when it is not */
const char *cli_string(const json_t *v, const char *key);

/** cli_u64() - a member that is a number, @or_else when it is not */
uint64_t cli_u64(const json_t *v, const char *key, uint64_t or_else);

/** cli_bool() - is a member true? */
bool cli_bool(const json_t *v, const char *key);

/** cli_main() - the whole program */
int cli_main(int argc, char **argv);

#endif
