/* SPDX-License-Identifier: MIT */
/*
 * A handle goes by pointer: a copy would close the descriptor a second time.
 * Message: incompatible type
 */
#include <sealmem/sealmem.h>

void compile_fail(struct sealmem_readonly_region *region)
{
#ifdef CORRECT
	sealmem_readonly_region_close(region);
#else
	sealmem_readonly_region_close(*region);
#endif
}
