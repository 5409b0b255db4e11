// SPDX-License-Identifier: GPL-2.0-or-later
/* Files of a new tunnel: added to ours only when all is good then, closed to others */
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/init.h"

#define FILE_MAX 1048576

/* A file as it is, or was; @text is NULL where there is none */
struct content {
	char path[300];
	char *text;
	size_t len;
	mode_t mode;
	uid_t uid;
	gid_t gid;
};

static bool complain(const char *path)
{
	cli_say("%s: %s", path, strerror(errno));
	return false;
}

static void content_free(struct content *c)
{
	if (c->text)
		OPENSSL_cleanse(c->text, c->len);
	free(c->text);
}

static bool read_all(struct content *c, int fd)
{
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st))
		return complain(c->path);
	if (!S_ISREG(st.st_mode) || st.st_size > FILE_MAX) {
		cli_say("%s is no file of text", c->path);
		return false;
	}
	c->mode = st.st_mode & 0777;
	c->uid = st.st_uid;
	c->gid = st.st_gid;
	c->text = malloc((size_t)st.st_size + 1);
	if (!c->text)
		return complain(c->path);
	while (c->len < (size_t)st.st_size) {
		n = read(fd, c->text + c->len, (size_t)st.st_size - c->len);
		if (n < 0)
			return complain(c->path);
		if (!n)
			break;
		c->len += (size_t)n;
	}
	c->text[c->len] = 0;
	return true;
}

static bool content_read(struct content *c, const char *dir, const char *name, mode_t mode)
{
	bool ok;
	int fd;

	memset(c, 0, sizeof(*c));
	c->mode = mode;
	c->uid = geteuid();
	c->gid = getegid();
	snprintf(c->path, sizeof(c->path), "%s/%s", dir, name);
	fd = open(c->path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT || complain(c->path);
	ok = read_all(c, fd);
	close(fd);
	return ok;
}

static bool write_text(int fd, const char *text, size_t len)
{
	while (len) {
		ssize_t n = write(fd, text, len);

		if (n < 0)
			return false;
		text += n;
		len -= (size_t)n;
	}
	return true;
}

/* What is there, and more behind it, into @to, as closed as it is */
static bool content_write(const struct content *c, const char *to, const char *more)
{
	/* an empty line between the two */
	size_t gap = c->len && *more ? 1 + (c->text[c->len - 1] != '\n') : 0;
	bool ok;
	int fd;

	unlink(to);
	fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return complain(to);
	ok = (!c->len || write_text(fd, c->text, c->len)) && write_text(fd, "\n\n", gap) &&
	     write_text(fd, more, strlen(more)) && !fchown(fd, c->uid, c->gid) &&
	     !fchmod(fd, c->mode) && !fsync(fd);
	if (!ok)
		complain(to);
	close(fd);
	if (!ok)
		unlink(to);
	return ok;
}

static bool move(const char *from, const char *to)
{
	if (!rename(from, to))
		return true;
	complain(to);
	unlink(from);
	return false;
}

static bool is_good(const char *path)
{
	struct conf_errors errors;
	struct conf *conf = conf_load(path, &errors);

	if (!conf) {
		cli_say("nothing was changed, since with the new tunnel this would be wrong:");
		conf_errors_print(&errors, stderr);
	}
	conf_errors_free(&errors);
	conf_unref(conf);
	return conf;
}

/* As if nothing had been tried */
static void restore(const struct content *c, const char *new)
{
	if (!c->text)
		unlink(c->path);
	else if (content_write(c, new, ""))
		move(new, c->path);
}

static bool save(const struct init *in, const struct content *conf, const struct content *secrets)
{
	char new_conf[310], new_secrets[310], tunnel[INIT_TEXT_MAX], secret[INIT_TEXT_MAX];
	bool ok;

	snprintf(new_conf, sizeof(new_conf), "%s.new", conf->path);
	snprintf(new_secrets, sizeof(new_secrets), "%s.new", secrets->path);
	init_ours(in, tunnel, secret);
	ok = content_write(secrets, new_secrets, secret) && move(new_secrets, secrets->path);
	OPENSSL_cleanse(secret, sizeof(secret));
	if (!ok)
		return false;
	ok = content_write(conf, new_conf, tunnel);
	if (ok && !is_good(new_conf)) {
		unlink(new_conf);
		ok = false;
	}
	if (ok && move(new_conf, conf->path))
		return true;
	restore(secrets, new_secrets);
	return false;
}

/* Whether a tunnel of @conf has @device */
static bool is_taken(const struct conf *conf, const char *device)
{
	size_t i;

	for (i = 0; conf && i < conf->n_tunnels; i++)
		if (!strcmp(conf->tunnels[i]->device, device))
			return true;
	return false;
}

bool init_free_device(struct init *in)
{
	struct conf_errors errors = { 0 };
	struct conf *conf = NULL;
	char path[300];
	unsigned int i;
	bool ok;

	snprintf(path, sizeof(path), "%s/ikevti.conf", in->dir);
	ok = access(path, F_OK) || (conf = conf_load(path, &errors));
	if (!ok) {
		cli_say("the configuration that is there has to be good first:");
		conf_errors_print(&errors, stderr);
	}
	for (i = 0; ok && i < 100000; i++) {
		snprintf(in->device, sizeof(in->device), "vpn%u", i);
		snprintf(path, sizeof(path), "/sys/class/net/%s", in->device);
		if (access(path, F_OK) && !is_taken(conf, in->device))
			break;
	}
	conf_errors_free(&errors);
	conf_unref(conf);
	return ok;
}

bool init_save_ours(const struct init *in)
{
	struct content conf, secrets = { 0 };
	bool ok;

	if (mkdir(in->dir, 0755) && errno != EEXIST)
		return complain(in->dir);
	ok = content_read(&conf, in->dir, "ikevti.conf", 0644) &&
	     content_read(&secrets, in->dir, "secrets.conf", 0600) && save(in, &conf, &secrets);
	content_free(&conf);
	content_free(&secrets);
	return ok;
}

bool init_save_theirs(const struct init *in)
{
	struct init_file files[2];
	size_t i, n = init_theirs(in, files);
	bool ok = true;

	for (i = 0; i < n && ok; i++) {
		struct content c = { .mode = 0600, .uid = geteuid(), .gid = getegid() };

		snprintf(c.path, sizeof(c.path), "%s/%s", in->out, files[i].name);
		ok = content_write(&c, c.path, files[i].text);
	}
	OPENSSL_cleanse(files, sizeof(files));
	return ok;
}
