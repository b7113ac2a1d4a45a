/* SPDX-License-Identifier: MIT */
/*
 * Whose mapping is read-only cannot become a snapshot's writer.
 * Message: incompatible-pointer-types
 */
#include <sealmem/sealmem.h>

int compile_fail(struct sealmem_readonly_mapping *readonly,
		 struct sealmem_writable_mapping *writable,
		 const struct sealmem_snapshot_layout *layout,
		 struct sealmem_snapshot_writer *ret_writer)
{
#ifdef CORRECT
	(void)readonly;
	return sealmem_snapshot_writer_init(writable, layout, ret_writer);
#else
	(void)writable;
	return sealmem_snapshot_writer_init(readonly, layout, ret_writer);
#endif
}
