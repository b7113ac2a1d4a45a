/* SPDX-License-Identifier: MIT */
/*
 * Who was unsafe stays unsafe: its holders could still write.
 * Message: incompatible-pointer-types
 */
#include <sealmem/sealmem.h>

int compile_fail(struct sealmem_unsafe_region *unsafe,
		 struct sealmem_writable_region *writable,
		 struct sealmem_readonly_region *ret_region)
{
#ifdef CORRECT
	(void)unsafe;
	return sealmem_writable_region_to_readonly(writable, ret_region);
#else
	(void)writable;
	return sealmem_writable_region_to_readonly(unsafe, ret_region);
#endif
}
