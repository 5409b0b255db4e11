/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's log: one line per event, to stderr (with levels when that is
 * the journal), to syslog in the background, as text or as JSON. What peers
 * can put into a line is made harmless, and how many lines they can cause is
 * limited.
 */
#ifndef DAEMON_LOG_H
#define DAEMON_LOG_H

#include <stdbool.h>
#include <stddef.h>

#include "ike/ike.h"

enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON };

#define LOG_LINE_MAX	2048

/**
 * log_open() - choose where lines go and how they look
 * @level: the least important that is written
 */
void log_open(enum log_format format, enum ike_log_level level);

/** log_level(), log_set_level() - the least important that is written */
enum ike_log_level log_level(void);
void log_set_level(enum ike_log_level level);

/** log_level_name() - "error", "warn", "info" or "debug" */
const char *log_level_name(enum ike_log_level level);

/** log_level_parse() - the level of that name; false when there is none */
bool log_level_parse(const char *name, enum ike_log_level *level);

/** log_to_syslog() - from now on, when there is no stderr any more */
void log_to_syslog(void);

/** log_write() - one line; @tunnel may be NULL or empty */
void log_write(enum ike_log_level level, const char *tunnel, const char *text);

void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** log_findings() - what is wrong in a configuration, errors and warnings */
struct conf_errors;
void log_findings(const struct conf_errors *errors);

/**
 * log_escape() - copy @text without anything that could break a line
 * @json: escape as JSON demands; otherwise control characters become \xNN
 *
 * Return: octets written, @buf is terminated and cut to @len
 */
size_t log_escape(char *buf, size_t len, const char *text, bool json);

#endif
