/* SPDX-License-Identifier: MIT */
/*
 * A writable region has one holder, so nothing duplicates it.
 * Message: sealmem_writable_region_dup
 */
#include <sealmem/sealmem.h>

#ifdef CORRECT
int compile_fail(struct sealmem_unsafe_region *region,
		 struct sealmem_unsafe_region *ret_region)
{
	return sealmem_unsafe_region_dup(region, ret_region);
}
#else
int compile_fail(struct sealmem_writable_region *region,
		 struct sealmem_writable_region *ret_region)
{
	return sealmem_writable_region_dup(region, ret_region);
}
#endif
