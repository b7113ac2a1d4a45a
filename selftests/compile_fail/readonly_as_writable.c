/* SPDX-License-Identifier: MIT */
/*
 * A read-only region is none that can be mapped for writing.
 * Message: incompatible-pointer-types
 */
#include <sealmem/sealmem.h>

int compile_fail(struct sealmem_readonly_region *readonly,
		 struct sealmem_writable_region *writable,
		 struct sealmem_writable_mapping *ret_mapping)
{
#ifdef CORRECT
	(void)readonly;
	return sealmem_writable_region_map(writable, ret_mapping);
#else
	(void)writable;
	return sealmem_writable_region_map(readonly, ret_mapping);
#endif
}
