/* SPDX-License-Identifier: MIT */
/*
 * An unsafe region cannot be frozen.
 * Message: incompatible-pointer-types
 */
#include <sealmem/sealmem.h>

int compile_fail(struct sealmem_unsafe_region *unsafe,
		 struct sealmem_writable_region *writable,
		 struct sealmem_readonly_region *ret_region)
{
#ifdef CORRECT
	(void)unsafe;
	return sealmem_writable_region_freeze(writable, ret_region);
#else
	(void)writable;
	return sealmem_writable_region_freeze(unsafe, ret_region);
#endif
}
