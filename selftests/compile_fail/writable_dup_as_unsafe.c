/* SPDX-License-Identifier: MIT */
/*
 * Nor does the function that duplicates another kind.
 * Message: incompatible-pointer-types
 */
#include <sealmem/sealmem.h>

int compile_fail(struct sealmem_unsafe_region *unsafe,
		 struct sealmem_writable_region *writable,
		 struct sealmem_unsafe_region *ret_region)
{
#ifdef CORRECT
	(void)writable;
	return sealmem_unsafe_region_dup(unsafe, ret_region);
#else
	(void)unsafe;
	return sealmem_unsafe_region_dup(writable, ret_region);
#endif
}
