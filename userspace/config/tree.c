// SPDX-License-Identifier: GPL-2.0-or-later
/* Memory of a tree, and the files it is read from */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "config/tree.h"

#define ARENA_BLOCK 65536

struct conf_arena_block {
	struct conf_arena_block *next;
	size_t size;
	size_t used;
	max_align_t data[];
};

void conf_tree_init(struct conf_tree *t, struct conf_errors *errors)
{
	memset(t, 0, sizeof(*t));
	t->errors = errors;
	t->tail = &t->first;
}

void conf_tree_free(struct conf_tree *t)
{
	struct conf_arena_block *b, *next;

	for (b = t->arena; b; b = next) {
		next = b->next;
		/* secrets were read into it */
		OPENSSL_cleanse(b->data, b->used);
		free(b);
	}
	memset(t, 0, sizeof(*t));
}

static void out_of_memory(struct conf_tree *t)
{
	if (!t->no_memory)
		conf_error_at(t->errors, NULL, "out of memory");
	t->no_memory = true;
	t->broken = true;
}

void *conf_tree_alloc(struct conf_tree *t, size_t size)
{
	const size_t align = sizeof(max_align_t);
	struct conf_arena_block *b = t->arena;
	void *p;

	size = (size + align - 1) / align * align;
	if (!b || b->size - b->used < size) {
		size_t data = size > ARENA_BLOCK ? size : ARENA_BLOCK;

		b = calloc(1, sizeof(*b) + data);
		if (!b) {
			out_of_memory(t);
			return NULL;
		}
		b->size = data;
		b->next = t->arena;
		t->arena = b;
	}
	p = (char *)b->data + b->used;
	b->used += size;
	return p;
}

char *conf_tree_string(struct conf_tree *t, const char *s, size_t len)
{
	char *copy = conf_tree_alloc(t, len + 1);

	if (copy)
		memcpy(copy, s, len);
	return copy;
}

/* A secret file must be closed to everybody but its owner, root or ourselves */
static bool check_private(struct conf_tree *t, const char *path,
			  const struct stat *st)
{
	struct conf_pos pos = { .file = path };

	if (st->st_uid != 0 && st->st_uid != geteuid()) {
		conf_error_at(t->errors, &pos,
			      "this file holds secrets and belongs to user %u; run: chown root: '%s'",
			      (unsigned int)st->st_uid, path);
		return false;
	}
	if (st->st_mode & 077) {
		conf_error_at(t->errors, &pos,
			      "this file holds secrets and has mode %04o, open to others; run: chmod 600 '%s'",
			      (unsigned int)(st->st_mode & 07777), path);
		return false;
	}
	return true;
}

static bool check_file(struct conf_tree *t, const char *path, int fd,
		       size_t *size, struct conf_open *open)
{
	struct conf_pos pos = { .file = path };
	struct stat st;

	if (fstat(fd, &st)) {
		conf_error_at(t->errors, &pos, "cannot be read: %s",
			      strerror(errno));
		return false;
	}
	if (!S_ISREG(st.st_mode)) {
		conf_error_at(t->errors, &pos, "is not a regular file");
		return false;
	}
	if (t->secret && !check_private(t, path, &st))
		return false;
	if (st.st_size > CONF_FILE_SIZE_MAX ||
	    t->total + (size_t)st.st_size > CONF_TOTAL_SIZE_MAX) {
		conf_error_at(t->errors, &pos,
			      "is too large: a file may have %u MiB, all together %u MiB",
			      CONF_FILE_SIZE_MAX >> 20, CONF_TOTAL_SIZE_MAX >> 20);
		return false;
	}
	*size = (size_t)st.st_size;
	open->dev = st.st_dev;
	open->ino = st.st_ino;
	return true;
}

static bool read_all(int fd, char *buf, size_t size, size_t *len)
{
	ssize_t n;

	*len = 0;
	while (*len < size) {
		n = read(fd, buf + *len, size - *len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		if (!n)
			break;
		*len += (size_t)n;
	}
	return true;
}

static bool read_open_file(struct conf_tree *t, const char *path, int fd,
			   unsigned int depth)
{
	struct conf_open open = { .outer = t->open };
	struct conf_pos pos = { .file = path };
	size_t size, len;
	bool ok = false;
	char *buf;

	if (!check_file(t, path, fd, &size, &open))
		return false;
	buf = malloc(size + 1);
	if (!buf) {
		out_of_memory(t);
		return false;
	}
	if (!read_all(fd, buf, size, &len)) {
		conf_error_at(t->errors, &pos, "cannot be read: %s",
			      strerror(errno));
	} else {
		t->total += len;
		t->open = &open;
		conf_tree_parse(t, path, buf, len, depth);
		t->open = open.outer;
		ok = true;
	}
	OPENSSL_cleanse(buf, size);
	free(buf);
	return ok;
}

static bool read_file(struct conf_tree *t, const char *path,
		      const struct conf_pos *from, bool optional,
		      unsigned int depth)
{
	struct conf_pos pos = { .file = path };
	char *name;
	bool ok;
	int fd;

	if (t->files >= CONF_FILES_MAX) {
		conf_error_at(t->errors, from ? from : &pos,
			      "more than %u files are included", CONF_FILES_MAX);
		return false;
	}
	t->files++;
	name = conf_tree_string(t, path, strlen(path));
	if (!name)
		return false;
	/* a FIFO must not stop the daemon */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0) {
		if (optional && errno == ENOENT)
			return false;
		if (from)
			conf_error_at(t->errors, from, "cannot read '%s': %s",
				      path, strerror(errno));
		else
			conf_error_at(t->errors, &pos, "cannot be read: %s",
				      strerror(errno));
		return false;
	}
	ok = read_open_file(t, name, fd, depth);
	close(fd);
	return ok;
}

bool conf_tree_read_file(struct conf_tree *t, const char *path,
			 const struct conf_pos *from, bool optional)
{
	return read_file(t, path, from, optional, 0);
}

/* A relative name counts from the directory of the file it stands in */
char *conf_tree_resolve(struct conf_tree *t, const struct conf_text *name)
{
	const char *slash = strrchr(name->pos.file, '/');
	size_t dir = slash ? (size_t)(slash - name->pos.file) + 1 : 0;
	size_t len = strlen(name->s);
	char *full;

	if (*name->s == '/')
		dir = 0;
	full = conf_tree_alloc(t, dir + len + 1);
	if (!full)
		return NULL;
	memcpy(full, name->pos.file, dir);
	memcpy(full + dir, name->s, len);
	return full;
}

/* A file that is being read must not be read again: that would never end */
static bool goes_round(struct conf_tree *t, const char *path,
		       const struct conf_text *pattern)
{
	const struct conf_open *o;
	struct stat st;

	if (stat(path, &st))
		return false;
	for (o = t->open; o; o = o->outer)
		if (o->dev == st.st_dev && o->ino == st.st_ino)
			break;
	if (!o)
		return false;
	if (strpbrk(pattern->s, "*?["))
		conf_error_at(t->errors, &pattern->pos, "'%s' matches %s; name the files, or put them into a directory of their own",
			      pattern->s, o == t->open ? "this file itself" :
			      "a file that includes this one");
	else if (o == t->open)
		conf_error_at(t->errors, &pattern->pos,
			      "'%s' is this file itself", pattern->s);
	else
		conf_error_at(t->errors, &pattern->pos,
			      "'%s' includes this file already: the files go round in a circle",
			      pattern->s);
	return true;
}

void conf_tree_include(struct conf_tree *t, const struct conf_text *pattern,
		       unsigned int include_depth)
{
	bool wild = strpbrk(pattern->s, "*?[");
	glob_t found;
	char *full;
	size_t i;
	int err;

	if (t->no_files) {
		conf_error_at(t->errors, &pattern->pos,
			      "files cannot be included here");
		return;
	}
	if (include_depth >= CONF_INCLUDE_DEPTH_MAX) {
		conf_error_at(t->errors, &pattern->pos,
			      "files include each other more than %u deep",
			      CONF_INCLUDE_DEPTH_MAX);
		return;
	}
	full = conf_tree_resolve(t, pattern);
	if (!full)
		return;
	if (!wild) {
		if (!goes_round(t, full, pattern))
			read_file(t, full, &pattern->pos, false,
				  include_depth + 1);
		return;
	}
	err = glob(full, 0, NULL, &found);
	if (err == GLOB_NOMATCH)
		return;
	if (err) {
		conf_error_at(t->errors, &pattern->pos, "cannot look for '%s'",
			      full);
		return;
	}
	/* said once, before anything of it is read */
	for (i = 0; i < found.gl_pathc; i++)
		if (goes_round(t, found.gl_pathv[i], pattern))
			break;
	for (i = i < found.gl_pathc ? found.gl_pathc : 0; i < found.gl_pathc; i++)
		if (!read_file(t, found.gl_pathv[i], &pattern->pos, false,
			       include_depth + 1) && t->files >= CONF_FILES_MAX)
			break;
	globfree(&found);
}
