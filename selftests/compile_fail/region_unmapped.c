/* SPDX-License-Identifier: MIT */
/*
 * A region is closed, its mapping is unmapped.
 * Message: incompatible-pointer-types
 */
#include <sealmem/sealmem.h>

void compile_fail(struct sealmem_readonly_region *region,
		  struct sealmem_readonly_mapping *mapping)
{
#ifdef CORRECT
	(void)region;
	sealmem_readonly_mapping_unmap(mapping);
#else
	(void)mapping;
	sealmem_readonly_mapping_unmap(region);
#endif
}
