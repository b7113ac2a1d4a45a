/* SPDX-License-Identifier: MIT */
/*
 * The checks of one kind do not give a region of another.
 * Message: incompatible-pointer-types
 */
#include <sealmem/sealmem.h>

int compile_fail(struct sealmem_descriptor *descriptor,
		 struct sealmem_readonly_region *ret_readonly,
		 struct sealmem_writable_region *ret_writable)
{
#ifdef CORRECT
	(void)ret_writable;
	return sealmem_readonly_region_import(descriptor, NULL, ret_readonly);
#else
	(void)ret_readonly;
	return sealmem_readonly_region_import(descriptor, NULL, ret_writable);
#endif
}
