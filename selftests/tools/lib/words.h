/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Command lines of words like "port=5004" */
#ifndef IKEVTI_TEST_WORDS_H
#define IKEVTI_TEST_WORDS_H

#include <string.h>

/** word() - the value of @key among the arguments; Return: it, or @otherwise */
static inline const char *word(int argc, char **argv, const char *key, const char *otherwise)
{
	size_t len = strlen(key);
	int i;

	for (i = 0; i < argc; i++)
		if (!strncmp(argv[i], key, len) && argv[i][len] == '=')
			return argv[i] + len + 1;
	return otherwise;
}

#endif
