/* SPDX-License-Identifier: MIT */
/*
 * What a read-only mapping gives is const.
 * Message: read-only
 */
#include <sealmem/sealmem.h>

int compile_fail(struct sealmem_readonly_mapping *mapping)
{
	const uint32_t *word = SEALMEM_READONLY_AT(mapping, 0, uint32_t);

	if (!word)
		return -1;
#ifndef CORRECT
	*word = 1;
#endif
	return (int)*word;
}
