/* SPDX-License-Identifier: MIT */
/*
 * A read-only region does not give a writable mapping.
 * Message: incompatible-pointer-types
 */
#include <sealmem/sealmem.h>

int compile_fail(struct sealmem_readonly_region *region,
		 struct sealmem_readonly_mapping *ret_mapping,
		 struct sealmem_writable_mapping *ret_writable)
{
#ifdef CORRECT
	(void)ret_writable;
	return sealmem_readonly_region_map(region, ret_mapping);
#else
	(void)ret_mapping;
	return sealmem_readonly_region_map(region, ret_writable);
#endif
}
