/* SPDX-License-Identifier: MIT */
/*
 * Who does not look whether it worked would go on with an empty handle.
 * Message: unused-result
 */
#include <sealmem/sealmem.h>

int compile_fail(struct sealmem_writable_region *writable,
		 struct sealmem_readonly_region *ret_region)
{
#ifdef CORRECT
	return sealmem_writable_region_to_readonly(writable, ret_region);
#else
	sealmem_writable_region_to_readonly(writable, ret_region);
	return 0;
#endif
}
