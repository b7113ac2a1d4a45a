/* SPDX-License-Identifier: MIT */
/* Arithmetic on sizes and ranges: pure, total, and without overflow. */
#ifndef LIB_SIZE_H
#define LIB_SIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Round up to a multiple of @unit (not 0). -EOVERFLOW above SIZE_MAX. */
int size_round_up(uint64_t size, size_t unit, size_t *ret_size);

/*
 * Are the @size bytes at @offset inside the first @limit bytes? 0 if so,
 * -EOVERFLOW if they do not even end below 2^64, -EINVAL if they end behind
 * the limit or are none.
 */
int size_check_range(uint64_t offset, uint64_t size, uint64_t limit);

/* The same for @count elements of @size bytes. */
int size_check_array(uint64_t offset, uint64_t count, uint64_t size,
		     uint64_t limit);

/* 1 to SEALMEM_SIZE_MAX; to what can be mapped if @is_large. */
bool size_is_valid(uint64_t size, size_t page, bool is_large);

#endif
