/* SPDX-License-Identifier: MIT */
/*
 * A pointer means nothing to a reader: such a member has no fingerprint.
 * Message: pointer type
 */
#include <sealmem/sealmem.h>

struct list {
#ifdef CORRECT
	uint64_t next;
#else
	struct list *next;
#endif
};

int compile_fail(uint64_t *ret_fingerprint)
{
	struct sealmem_field field = SEALMEM_FIELD(struct list, next);

	return sealmem_structured_fingerprint(&field, 1, sizeof(struct list),
					      ret_fingerprint);
}
