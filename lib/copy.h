/* SPDX-License-Identifier: MIT */
/*
 * Copies between shared and private memory, in whole lines. Shared memory may
 * change while it is read: what a copy has then is garbage, but every load and
 * store happens once, in some order, and none is a data race in the language.
 */
#ifndef LIB_COPY_H
#define LIB_COPY_H

#include <stddef.h>
#include <stdint.h>

#define LINE 64u

/* Lines that one word of bits stands for, the first in bit 0. */
#define GROUP 64u

/*
 * All addresses are aligned to a line, but that of data. For what is stored or
 * compared there is a bit for each line of up to a group.
 *
 * @load: Copies lines out of shared memory
 * @store: Copies the lines of which the bit is set into shared memory
 * @compare: Tells in which lines private memory differs from data
 */
struct copy_method {
	const char *name;
	void (*load)(void *to, const void *shared, size_t lines);
	void (*store)(void *shared, const void *from, uint64_t lines);
	uint64_t (*compare)(const void *from, const void *data, size_t lines);
};

/* What this processor can do, from 0, the best; NULL after the last. */
const struct copy_method *copy_method_at(unsigned int index);

#endif
