/* SPDX-License-Identifier: MIT */
/*
 * A region is closed as what it is.
 * Message: incompatible-pointer-types
 */
#include <sealmem/sealmem.h>

void compile_fail(struct sealmem_readonly_region *readonly,
		  struct sealmem_unsafe_region *unsafe)
{
#ifdef CORRECT
	(void)unsafe;
	sealmem_readonly_region_close(readonly);
#else
	(void)readonly;
	sealmem_readonly_region_close(unsafe);
#endif
}
