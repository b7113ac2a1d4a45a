/* SPDX-License-Identifier: MIT */
/*
 * Copies between shared and private memory, in whole lines. Shared memory may
 * change while it is read: what a copy has then is garbage, but every load and
 * store happens once, in some order, and none is a data race in the language.
 */
#ifndef LIB_COPY_H
#define LIB_COPY_H

#include <stddef.h>

#define LINE 64u

/* All addresses are aligned to a line. */
struct copy_method {
	const char *name;
	void (*load)(void *to, const void *shared, size_t lines);
	void (*store)(void *shared, const void *from, size_t lines);
};

/* What this processor can do, from 0, the best; NULL after the last. */
const struct copy_method *copy_method_at(unsigned int index);

#endif
