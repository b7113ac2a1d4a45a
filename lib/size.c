/* SPDX-License-Identifier: MIT */
/* Arithmetic on sizes and ranges. Pure: values in, values out. */
#include "lib/size.h"

#include <errno.h>
#include <sealmem/region.h>

int size_round_up(uint64_t size, size_t unit, size_t *ret_size)
{
	uint64_t rest = size % unit;
	uint64_t missing = rest == 0 ? 0 : unit - rest;

	if (size > SIZE_MAX || missing > SIZE_MAX - size)
		return -EOVERFLOW;
	*ret_size = (size_t)(size + missing);
	return 0;
}

int size_check_range(uint64_t offset, uint64_t size, uint64_t limit)
{
	if (size > UINT64_MAX - offset)
		return -EOVERFLOW;
	if (size == 0 || offset > limit || size > limit - offset)
		return -EINVAL;
	return 0;
}

int size_check_array(uint64_t offset, uint64_t count, uint64_t size,
		     uint64_t limit)
{
	if (size == 0)
		return -EINVAL;
	if (count > UINT64_MAX / size)
		return -EOVERFLOW;
	return size_check_range(offset, count * size, limit);
}

bool size_is_valid(uint64_t size, size_t page, bool is_large)
{
	size_t rounded;

	if (size == 0 || (size > SEALMEM_SIZE_MAX && !is_large))
		return false;
	/* Pointers into an object must have a difference. */
	return size <= PTRDIFF_MAX && size_round_up(size, page, &rounded) == 0;
}
