// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The anti-replay window against a model that remembers every number, and the
 * cases of RFC 4303 appendix A. Compiled for userspace; KTAP.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t u64;
typedef uint32_t u32;
typedef uint8_t u8;

#include "../../../kmod/replay.h"

#define MODEL_SPAN	4194304	/* numbers a run covers */
#define STEPS		20000

static unsigned int checks, failures;

static void check(bool ok, const char *what, unsigned long long number)
{
	checks++;
	failures += !ok;
	printf("%s %u %s (%llu)\n", ok ? "ok" : "not ok", checks, what, number);
}

static struct ikevti_replay *new_window(u32 window, bool esn, u64 top)
{
	struct ikevti_replay *r = malloc(ikevti_replay_size(window));

	if (!r)
		exit(1);
	ikevti_replay_init(r, window, esn, top);
	return r;
}

/* Small and reproducible is all that is asked of these numbers */
static u32 next_random(u32 *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

/* Numbers around the top, now and then a jump */
static u64 next_number(u32 *state, u64 top, u32 window)
{
	u32 kind = next_random(state) % 32;
	u32 reach = window + window / 2;

	if (!kind)
		return top + next_random(state) % (4 * window + 1);
	if (kind < 12)
		return top + 1 + next_random(state) % 8;
	kind = next_random(state) % (reach + 1);
	return kind < top ? top - kind : 1;
}

static bool model_accepts(const unsigned char *seen, u64 base, u64 top,
			  u32 window, u64 seq)
{
	if (seq > top)
		return true;
	return top - seq < window && !seen[seq - base];
}

/* A random walk from @base on, compared with the model at every step */
static void walk(u32 window, bool esn, u64 base, u32 seed)
{
	struct ikevti_replay *r = new_window(window, esn, base);
	unsigned char *seen = calloc(1, MODEL_SPAN);
	u64 top = base, seq;
	bool ok = seen;
	unsigned int i;

	for (i = 0; ok && i < STEPS && top - base < MODEL_SPAN - 5 * window; i++) {
		bool want;

		seq = next_number(&seed, top, window);
		if (seq <= base)
			seq = base + 1;
		want = model_accepts(seen, base, top, window, seq);
		ok = ikevti_replay_check(r, seq) == want;
		/* What is on the wire must lead back to the number */
		if (esn && want)
			ok &= ikevti_replay_seq(r, (u32)seq) == seq;
		ok &= ikevti_replay_advance(r, seq) == want;
		ok &= !ikevti_replay_check(r, seq);
		if (want)
			seen[seq - base] = 1;
		if (seq > top)
			top = seq;
		ok &= r->top == top;
	}
	check(ok && i > 100, "steps at random agree with the model, window", window);
	free(seen);
	free(r);
}

/* Everything up to the number imported counts as seen, nothing above it */
static void import(u32 window, u64 top)
{
	struct ikevti_replay *r = new_window(window, true, top);
	bool ok = true;
	u32 i;

	for (i = 0; i < window + 70 && i < top; i++)
		ok &= !ikevti_replay_check(r, top - i);
	for (i = 1; i < window + 70; i++)
		ok &= ikevti_replay_check(r, top + i);
	ok &= ikevti_replay_advance(r, top + 3);
	ok &= ikevti_replay_advance(r, top + 1);
	ok &= !ikevti_replay_advance(r, top + 1) && !ikevti_replay_check(r, top);
	check(ok, "an imported number marks what went before, top", top);
	free(r);
}

/* RFC 4303 appendix A2.1: where the upper half comes from */
static void inference(u32 window)
{
	struct ikevti_replay *r = new_window(window, true, 0);
	bool ok = true;

	/* Nothing received yet: the first subspace, and none before it */
	ok &= ikevti_replay_seq(r, 1) == 1;
	ok &= ikevti_replay_seq(r, UINT32_MAX) == 0;

	/* Case A: the window lies within a subspace */
	r->top = (5ULL << 32) + 100000;
	ok &= ikevti_replay_seq(r, 100001) == (5ULL << 32) + 100001;
	ok &= ikevti_replay_seq(r, 100000 - window + 1) ==
	      (5ULL << 32) + 100000 - window + 1;
	ok &= ikevti_replay_seq(r, 100000 - window) ==
	      (6ULL << 32) + 100000 - window;
	ok &= ikevti_replay_seq(r, 0) == 6ULL << 32;

	/* Case B: the window reaches into the subspace before */
	r->top = (5ULL << 32) + 2;
	ok &= ikevti_replay_seq(r, 3) == (5ULL << 32) + 3;
	ok &= ikevti_replay_seq(r, 0) == 5ULL << 32;
	ok &= ikevti_replay_seq(r, UINT32_MAX) == (5ULL << 32) - 1;
	ok &= ikevti_replay_seq(r, 2 - window + 1) == (5ULL << 32) + 3 - window;
	ok &= ikevti_replay_seq(r, 2 - window) ==
	      (5ULL << 32) + (u32)(2 - window);

	/* The end of all numbers */
	r->top = UINT64_MAX - 5;
	ok &= ikevti_replay_seq(r, UINT32_MAX) == UINT64_MAX;
	ok &= ikevti_replay_seq(r, 0) == 0;
	check(ok, "the upper half is inferred, window", window);
	free(r);
}

/* All of a window around the border of 2^32, shuffled, each exactly once */
static void across(u32 window)
{
	const u64 first = (1ULL << 32) - window / 2;
	struct ikevti_replay *r = new_window(window, true, first - 1);
	const u32 step = 7919;
	bool ok = true;
	u32 i, at = 0;

	for (i = 0; i < window; i++) {
		u64 seq = first + at;

		ok &= ikevti_replay_seq(r, (u32)seq) == seq;
		ok &= ikevti_replay_advance(r, seq);
		at = (at + step) % window;
	}
	for (i = 0; i < window; i++)
		ok &= ikevti_replay_seq(r, (u32)(first + i)) == first + i &&
		      !ikevti_replay_check(r, first + i);
	ok &= r->top == first + window - 1;
	/* What would be too old is taken for what comes 2^32 later */
	ok &= ikevti_replay_seq(r, (u32)(first - 1)) == first - 1 + (1ULL << 32);
	check(ok, "shuffled numbers across 2^32 pass once, window", window);
	free(r);
}

/* What one window knows, another knows when it was told, and what it knew before */
static void handover(u32 window, u32 other, u64 base, u32 seed)
{
	struct ikevti_replay *from = new_window(window, true, base);
	struct ikevti_replay *to = new_window(other, true, base);
	u32 i, len = ikevti_replay_map_len(window);
	u8 *map = malloc(len);
	u64 seq, own = 0;
	bool ok = map;

	for (i = 0; ok && i < 3 * window; i++) {
		seq = next_number(&seed, from->top, window);
		ikevti_replay_advance(from, seq > base ? seq : base + 1);
	}
	/* Something that the other one alone has received */
	for (seq = from->top - 1; ok && !own && seq > base && from->top - seq < other &&
	     from->top - seq < window; seq--)
		if (ikevti_replay_check(from, seq) && ikevti_replay_advance(to, seq))
			own = seq;
	if (ok) {
		ikevti_replay_export(from, map);
		ikevti_replay_import(to, from->top, map, len);
	}
	ok &= to->top == from->top;
	for (i = 0; ok && i < window + other + 100 && i < from->top; i++) {
		bool want = i < other && i < window + 8 && from->top - i != own &&
			    ikevti_replay_check(from, from->top - i);

		/* Of those too old for it the window may still know a few */
		if (i >= window && i < window + 16)
			continue;
		ok &= ikevti_replay_check(to, from->top - i) == want;
	}
	for (i = 1; i < 100; i++)
		ok &= ikevti_replay_check(to, from->top + i);
	/* Once more says nothing new, and no map says that all was received */
	if (ok) {
		ikevti_replay_import(to, from->top, map, len);
		ikevti_replay_import(to, from->top + 5, NULL, 0);
	}
	for (i = 0; ok && i < other && i < to->top; i++)
		ok &= !ikevti_replay_check(to, to->top - i);
	ok &= ikevti_replay_check(to, to->top + 1);
	check(ok, "a window handed over knows the same, packets", window);
	free(map);
	free(from);
	free(to);
}

static void short_numbers(void)
{
	struct ikevti_replay *r = new_window(64, false, 0);

	check(!ikevti_replay_check(r, 0) && !ikevti_replay_advance(r, 0),
	      "number 0 is never valid", 0);
	check(ikevti_replay_seq(r, 0x80000000u) == 0x80000000u,
	      "without ESN nothing is inferred", 0x80000000u);
	check(ikevti_replay_advance(r, UINT32_MAX) &&
	      !ikevti_replay_check(r, 1), "the last number ends it", UINT32_MAX);
	free(r);
}

int main(void)
{
	static const u32 windows[] = { 32, 33, 63, 64, 65, 127, 128, 1000, 2048, 4096,
				       32768, 65471, 65535, 65536 };
	static const u64 bases[] = { 0, 63, 64, UINT32_MAX - 700ULL,
				     UINT32_MAX - 66000ULL, 7ULL << 32 };
	unsigned int i, j;

	puts("KTAP version 1");
	for (i = 0; i < sizeof(windows) / sizeof(windows[0]); i++) {
		for (j = 0; j < sizeof(bases) / sizeof(bases[0]); j++)
			walk(windows[i], true, bases[j], 77 * i + j);
		walk(windows[i], false, 0, i);
		import(windows[i], 1000000);
		import(windows[i], (3ULL << 32) - 1);
		inference(windows[i]);
		across(windows[i]);
		for (j = 0; j < sizeof(bases) / sizeof(bases[0]); j++) {
			handover(windows[i], windows[i], bases[j], i + j);
			handover(windows[i], 32, bases[j], i + j);
			handover(windows[i], 65536, bases[j], i + j);
		}
	}
	short_numbers();
	printf("1..%u\n", checks);
	return failures ? 1 : 0;
}
