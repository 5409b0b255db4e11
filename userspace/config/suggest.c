// SPDX-License-Identifier: GPL-2.0-or-later
/* "did you mean": the nearest of some words by edit distance */
#include <string.h>

#include "config/tree.h"

#define SUGGEST_LEN_MAX 64

static unsigned int min3(unsigned int a, unsigned int b, unsigned int c)
{
	unsigned int m = a < b ? a : b;

	return m < c ? m : c;
}

static char fold(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c - 'A' + 'a');
	return c == '_' ? '-' : c;
}

/*
 * Damerau-Levenshtein in its "optimal string alignment" form: insertions,
 * deletions, substitutions and swaps of neighbours cost one each. Case and
 * the difference between '_' and '-' cost nothing.
 */
static unsigned int distance(const char *a, const char *b)
{
	unsigned int rows[3][SUGGEST_LEN_MAX + 1];
	unsigned int *before = rows[0], *prev = rows[1], *cur = rows[2], *swap;
	size_t la = strlen(a), lb = strlen(b), i, j;
	unsigned int cost;

	if (la > SUGGEST_LEN_MAX || lb > SUGGEST_LEN_MAX)
		return SUGGEST_LEN_MAX;
	for (j = 0; j <= lb; j++) {
		before[j] = 0;
		prev[j] = (unsigned int)j;
	}
	for (i = 1; i <= la; i++) {
		cur[0] = (unsigned int)i;
		for (j = 1; j <= lb; j++) {
			cost = fold(a[i - 1]) != fold(b[j - 1]);
			cur[j] = min3(prev[j] + 1, cur[j - 1] + 1,
				      prev[j - 1] + cost);
			if (i > 1 && j > 1 && fold(a[i - 1]) == fold(b[j - 2]) &&
			    fold(a[i - 2]) == fold(b[j - 1]) &&
			    before[j - 2] + 1 < cur[j])
				cur[j] = before[j - 2] + 1;
		}
		swap = before;
		before = prev;
		prev = cur;
		cur = swap;
	}
	return prev[lb];
}

const char *conf_suggest(const char *wrong, const char *const *words)
{
	unsigned int best = SUGGEST_LEN_MAX, d, limit;
	const char *found = NULL;
	size_t len = strlen(wrong);

	/* one slip in a short word, one in three letters of a long one */
	limit = len <= 2 ? 1 : (unsigned int)(len / 3);
	if (limit < 1)
		limit = 1;
	if (limit > 3)
		limit = 3;
	if (len == 3 || len == 4)
		limit = 2;
	for (; *words; words++) {
		d = distance(wrong, *words);
		if (d < best) {
			best = d;
			found = *words;
		}
	}
	return best <= limit ? found : NULL;
}
