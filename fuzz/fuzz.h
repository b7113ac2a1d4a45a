/* SPDX-License-Identifier: MIT */
/*
 * What the fuzz targets share: oracles that no build option can switch off, and
 * a reader that turns the input into numbers, front to back, zero at its end.
 */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not assert(): that disappears with NDEBUG, and the target passes for good. */
#define FUZZ_CHECK(condition)						\
	do {								\
		if (!(condition)) {					\
			fprintf(stderr, "%s:%d: oracle failed: %s\n",	\
				__FILE__, __LINE__, #condition);	\
			abort();					\
		}							\
	} while (0)

struct fuzz_input {
	const uint8_t *data;
	size_t size;
};

/* A little-endian number of up to 8 bytes. */
static inline uint64_t fuzz_take(struct fuzz_input *input, int bytes)
{
	uint64_t value = 0;

	for (int i = 0; i < bytes && input->size > 0; i++) {
		value |= (uint64_t)*input->data++ << 8 * i;
		input->size--;
	}
	return value;
}

/*
 * A number that is likely to matter: a selector byte picks one of the values
 * around which arithmetic goes wrong, and a signed byte is added to it; a
 * selector that picks none is followed by the 8 bytes themselves.
 */
static inline uint64_t fuzz_take_number(struct fuzz_input *input)
{
	static const uint64_t limits[] = {
		0, 64, 4096, 65536, INT32_MAX, (uint64_t)INT32_MAX + 1,
		UINT32_MAX, (uint64_t)UINT32_MAX + 1, INT64_MAX,
		(uint64_t)INT64_MAX + 1, UINT64_MAX - 4096, UINT64_MAX,
	};
	uint64_t selector = fuzz_take(input, 1);

	if (selector >= sizeof(limits) / sizeof(limits[0]))
		return fuzz_take(input, 8);
	return limits[selector] + (uint64_t)(int8_t)fuzz_take(input, 1);
}

#endif
