// SPDX-License-Identifier: GPL-2.0-or-later
/* The daemon's log */
#include "daemon/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

/* Lines of one level beyond this are counted and left out */
#define LOG_BURST	400
#define LOG_PER_SECOND	50
#define LOG_LEVELS	4

struct log_bucket {
	unsigned int tokens;
	time_t filled;
	unsigned long left_out;
};

static struct {
	enum log_format format;
	enum ike_log_level level;
	bool journal;
	bool syslog;
	struct log_bucket buckets[LOG_LEVELS];
} log_state = { .level = IKE_LOG_INFO };

static const char *const log_names[LOG_LEVELS] = {
	"error", "warn", "info", "debug"
};

static const int log_priorities[LOG_LEVELS] = {
	LOG_ERR, LOG_WARNING, LOG_INFO, LOG_DEBUG
};

/* Is stderr connected to the journal? See systemd.exec(5), JOURNAL_STREAM */
static bool log_is_journal(void)
{
	const char *env = getenv("JOURNAL_STREAM");
	unsigned long long dev, ino;
	struct stat st;

	return env && sscanf(env, "%llu:%llu", &dev, &ino) == 2 &&
	       !fstat(STDERR_FILENO, &st) && st.st_dev == dev &&
	       st.st_ino == ino;
}

void log_open(enum log_format format, enum ike_log_level level)
{
	log_state.format = format;
	log_state.level = level;
	log_state.journal = log_is_journal();
	memset(log_state.buckets, 0, sizeof(log_state.buckets));
}

enum ike_log_level log_level(void)
{
	return log_state.level;
}

void log_set_level(enum ike_log_level level)
{
	log_state.level = level;
}

const char *log_level_name(enum ike_log_level level)
{
	return (unsigned int)level < LOG_LEVELS ? log_names[level] : "";
}

bool log_level_parse(const char *name, enum ike_log_level *level)
{
	unsigned int i;

	for (i = 0; i < LOG_LEVELS; i++) {
		if (strcmp(name, log_names[i]))
			continue;
		*level = (enum ike_log_level)i;
		return true;
	}
	return false;
}

void log_to_syslog(void)
{
	openlog("ikevtid", LOG_PID, LOG_DAEMON);
	log_state.syslog = true;
}

/* Octets of the UTF-8 sequence at @s, 0 when it is none; never reads past NUL */
static size_t log_utf8(const unsigned char *s)
{
	size_t len, i;

	if (s[0] < 0xc2)
		return 0;
	len = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : s[0] < 0xf5 ? 4 : 0;
	/* U+0080..U+009F are control characters, too */
	if (s[0] == 0xc2 && s[1] < 0xa0)
		return 0;
	for (i = 1; i < len; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return len;
}

size_t log_escape(char *buf, size_t len, const char *text, bool json)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t n = 0;

	while (*s && n + 7 < len) {
		size_t seq = *s < 0x80 ? 1 : log_utf8(s);

		if (!seq || *s < 0x20 || *s == 0x7f) {
			n += (size_t)sprintf(buf + n, json ? "\\u%04x" : "\\x%02x",
					     *s);
			s++;
			continue;
		}
		if (json && (*s == '"' || *s == '\\'))
			buf[n++] = '\\';
		memcpy(buf + n, s, seq);
		n += seq;
		s += seq;
	}
	buf[n] = '\0';
	return n;
}

static void log_time(char *buf, size_t len)
{
	struct timespec ts;
	struct tm tm;
	size_t n;

	clock_gettime(CLOCK_REALTIME, &ts);
	gmtime_r(&ts.tv_sec, &tm);
	n = strftime(buf, len, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(buf + n, len - n, ".%03ldZ", ts.tv_nsec / 1000000);
}

static int log_line(char *line, size_t len, enum ike_log_level level,
		    const char *tunnel, const char *text)
{
	bool json = log_state.format == LOG_FORMAT_JSON;
	char what[LOG_LINE_MAX], who[2 * CONF_NAME_MAX + 8];
	char when[40];

	log_escape(what, sizeof(what), text, json);
	log_escape(who, sizeof(who), tunnel ? tunnel : "", json);
	log_time(when, sizeof(when));
	if (json)
		return snprintf(line, len,
				"{\"time\":\"%s\",\"level\":\"%s\"%s%s%s,\"text\":\"%s\"}",
				when, log_names[level],
				*who ? ",\"tunnel\":\"" : "", who,
				*who ? "\"" : "", what);
	if (log_state.journal || log_state.syslog)
		return snprintf(line, len, "%s%s%s", who, *who ? ": " : "", what);
	return snprintf(line, len, "%s %-5s %s%s%s", when, log_names[level], who,
			*who ? ": " : "", what);
}

static void log_put(enum ike_log_level level, const char *tunnel,
		    const char *text)
{
	char line[LOG_LINE_MAX + 256];
	char out[sizeof(line) + 8];
	ssize_t done;
	int n;

	log_line(line, sizeof(line), level, tunnel, text);
	if (log_state.syslog) {
		syslog(log_priorities[level], "%s", line);
		return;
	}
	n = log_state.journal ?
	    snprintf(out, sizeof(out), "<%d>%s\n", log_priorities[level], line) :
	    snprintf(out, sizeof(out), "%s\n", line);
	if (n >= (int)sizeof(out))
		n = sizeof(out) - 1;
	/* one write a line, so that threads and processes do not mix theirs */
	do {
		done = write(STDERR_FILENO, out, (size_t)n);
	} while (done < 0 && errno == EINTR);
}

/* Return: false when this level has said too much */
static bool log_admit(enum ike_log_level level)
{
	struct log_bucket *b = &log_state.buckets[level];
	unsigned long left_out;
	struct timespec ts;
	char text[96];

	clock_gettime(CLOCK_MONOTONIC, &ts);
	if (!b->filled) {
		b->filled = ts.tv_sec;
		b->tokens = LOG_BURST;
	} else if (ts.tv_sec > b->filled) {
		time_t gone = ts.tv_sec - b->filled;

		b->filled = ts.tv_sec;
		b->tokens = gone > LOG_BURST / LOG_PER_SECOND ||
			    b->tokens + gone * LOG_PER_SECOND > LOG_BURST ?
			    LOG_BURST :
			    b->tokens + (unsigned int)gone * LOG_PER_SECOND;
	}
	if (!b->tokens) {
		b->left_out++;
		return false;
	}
	b->tokens--;
	left_out = b->left_out;
	if (left_out) {
		b->left_out = 0;
		snprintf(text, sizeof(text), "%lu lines of level %s were left out",
			 left_out, log_names[level]);
		log_put(IKE_LOG_WARN, NULL, text);
	}
	return true;
}

void log_write(enum ike_log_level level, const char *tunnel, const char *text)
{
	if ((unsigned int)level >= LOG_LEVELS)
		level = IKE_LOG_ERROR;
	if (level > log_state.level || !log_admit(level))
		return;
	log_put(level, tunnel, text);
}

#define LOG_FUNCTION(name, level)					\
void name(const char *format, ...)					\
{									\
	char text[LOG_LINE_MAX];					\
	va_list args;							\
									\
	va_start(args, format);						\
	vsnprintf(text, sizeof(text), format, args);			\
	va_end(args);							\
	log_write(level, NULL, text);					\
}

LOG_FUNCTION(log_error, IKE_LOG_ERROR)
LOG_FUNCTION(log_warn, IKE_LOG_WARN)
LOG_FUNCTION(log_info, IKE_LOG_INFO)
LOG_FUNCTION(log_debug, IKE_LOG_DEBUG)

void log_findings(const struct conf_errors *errors)
{
	char line[CONF_ERROR_LINE];
	size_t i;

	for (i = 0; i < errors->n; i++)
		log_error("%s", conf_error_line(&errors->list[i], line, sizeof(line)));
	for (i = 0; i < errors->n_warnings; i++)
		log_warn("%s", conf_error_line(&errors->warnings[i], line, sizeof(line)));
}
