/* SPDX-License-Identifier: MIT */
/*
 * A mapping is unmapped as what it is.
 * Message: incompatible-pointer-types
 */
#include <sealmem/sealmem.h>

void compile_fail(struct sealmem_readonly_mapping *readonly,
		  struct sealmem_writable_mapping *writable)
{
#ifdef CORRECT
	(void)readonly;
	sealmem_writable_mapping_unmap(writable);
#else
	(void)writable;
	sealmem_writable_mapping_unmap(readonly);
#endif
}
