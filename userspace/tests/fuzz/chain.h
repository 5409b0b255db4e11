/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every fuzzer does with a chain of payloads once it has been parsed */
#ifndef FUZZ_CHAIN_H
#define FUZZ_CHAIN_H

#include "wire/message.h"

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

/* What libFuzzer calls, which has no header for it */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A property does not hold: end at once, so that the fuzzer keeps the input */
#define FUZZ_REQUIRE(condition) \
	do { \
		if (!(condition)) \
			__builtin_trap(); \
	} while (0)

/**
 * fuzz_chain() - decode every payload, build it anew and compare
 * @p: parsed chain
 *
 * Traps when the second parse differs from the first one.
 */
void fuzz_chain(const struct wire_payloads *p);

#endif /* FUZZ_CHAIN_H */
