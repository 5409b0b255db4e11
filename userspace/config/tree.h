/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside of the configuration reader: text -> tokens -> tree. Nothing here
 * knows what a key means; schema.h does.
 */
#ifndef CONFIG_TREE_H
#define CONFIG_TREE_H

#include "config/conf.h"

#define CONF_FILE_SIZE_MAX	(16U << 20)
#define CONF_TOTAL_SIZE_MAX	(64U << 20)
#define CONF_FILES_MAX		16384
#define CONF_INCLUDE_DEPTH_MAX	8
#define CONF_SECTION_DEPTH_MAX	4
#define CONF_ARGS_MAX		2
#define CONF_WORD_MAX		4096
#define CONF_VALUES_MAX		256
#define CONF_ERRORS_MAX		100

struct conf_pos {
	const char *file;
	unsigned int line;
	unsigned int column;
};

/* A word or quoted string of the file */
struct conf_text {
	const char *s;
	struct conf_pos pos;
	bool quoted;
};

/*
 * `key = value, value`, `psk ID ID = value`, `key { ... }`, `key NAME { ... }`
 */
struct conf_node {
	struct conf_text key;
	struct conf_text args[CONF_ARGS_MAX];
	unsigned int n_args;
	bool section;
	bool broken;		/* had syntax errors: what is missing may be in them */
	struct conf_text *values;	/* setting */
	unsigned int n_values;
	struct conf_node *children;	/* section */
	struct conf_node *next;
};

struct conf_arena_block;

/* A file being read, and the one that includes it */
struct conf_open {
	uint64_t dev;
	uint64_t ino;
	const struct conf_open *outer;
};

/* What all files of one load have in common */
struct conf_tree {
	struct conf_arena_block *arena;	/* every text and node; cleansed */
	struct conf_errors *errors;
	struct conf_node *first;
	struct conf_node **tail;
	unsigned int files;
	size_t total;
	bool broken;
	bool unclosed;		/* a section has no closing brace */
	bool no_memory;
	bool no_files;		/* text from memory: nothing may be opened */
	bool secret;		/* every file read must be private */
	const struct conf_open *open;	/* the file being read */
};

/** conf_tree_init() - make @t empty; errors go to @errors */
void conf_tree_init(struct conf_tree *t, struct conf_errors *errors);

/** conf_tree_free() - cleanse and free all text and nodes */
void conf_tree_free(struct conf_tree *t);

/** conf_tree_alloc() - zeroed memory that lives as long as the tree */
void *conf_tree_alloc(struct conf_tree *t, size_t size);

/** conf_tree_string() - copy @len octets and a final NUL into the tree */
char *conf_tree_string(struct conf_tree *t, const char *s, size_t len);

/**
 * conf_tree_read_file() - add what @path and its includes say to the tree
 * @from: who asked for it, NULL: the admin by name
 * @optional: no error when there is no such file
 *
 * Return: false when the file could not be read; errors in it are not that
 */
bool conf_tree_read_file(struct conf_tree *t, const char *path,
			 const struct conf_pos *from, bool optional);

/** conf_tree_resolve() - a file name that counts from where it was written */
char *conf_tree_resolve(struct conf_tree *t, const struct conf_text *name);

/** conf_tree_parse() - add what @text says to the tree */
void conf_tree_parse(struct conf_tree *t, const char *name, const char *text,
		     size_t len, unsigned int include_depth);

/** conf_tree_include() - carry out `include PATTERN` */
void conf_tree_include(struct conf_tree *t, const struct conf_text *pattern,
		       unsigned int include_depth);

/**
 * conf_foreign() - whose configuration is @text, if it is another program's?
 * @line: where that shows
 * Return: "this is …"; NULL when nothing says so
 */
const char *conf_foreign(const char *text, size_t len, unsigned int *line);

/** conf_error_at() - note one thing wrong; never fails, may be dropped */
__attribute__((format(printf, 3, 4)))
void conf_error_at(struct conf_errors *errors, const struct conf_pos *pos,
		   const char *format, ...);

/** conf_warn_at() - note what is allowed, and most likely not meant */
__attribute__((format(printf, 3, 4)))
void conf_warn_at(struct conf_errors *errors, const struct conf_pos *pos,
		  const char *format, ...);

/** conf_errors_sort() - by file in order of appearance, line and column */
void conf_errors_sort(struct conf_errors *errors);

/* Tokens, for the parser and its test */
enum conf_token_type {
	CONF_TOKEN_END,
	CONF_TOKEN_WORD,
	CONF_TOKEN_STRING,
	CONF_TOKEN_EQUALS,
	CONF_TOKEN_COMMA,
	CONF_TOKEN_OPEN,
	CONF_TOKEN_CLOSE,
	CONF_TOKEN_BAD,		/* the error was noted */
};

struct conf_token {
	enum conf_token_type type;
	struct conf_text text;
	bool first_on_line;
};

struct conf_lexer {
	struct conf_tree *tree;
	const char *file;
	const char *p;
	const char *end;
	const char *line_start;
	unsigned int line;
	bool fresh_line;
};

/** conf_lexer_init() - read tokens from @text */
void conf_lexer_init(struct conf_lexer *l, struct conf_tree *t,
		     const char *file, const char *text, size_t len);

/**
 * conf_lexer_next() - the next token
 * @value: a value is expected, in which '=' is an ordinary character, so that
 *         base64 needs no quotes
 */
void conf_lexer_next(struct conf_lexer *l, struct conf_token *out, bool value);

/**
 * conf_suggest() - which of @words comes close to @wrong
 * @words: ends with NULL
 * Return: the closest one, NULL when none is close
 */
const char *conf_suggest(const char *wrong, const char *const *words);

#endif
