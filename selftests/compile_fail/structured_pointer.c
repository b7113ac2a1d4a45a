/* SPDX-License-Identifier: MIT */
/*
 * What is shared is a struct, not a pointer to it.
 * Message: negative
 */
#include <sealmem/sealmem.h>

struct pair {
	uint32_t a, b;
};

int compile_fail(const struct sealmem_readonly_region *region,
		 struct sealmem_readonly_mapping *ret_mapping)
{
#ifdef CORRECT
	struct sealmem_structured_layout layout =
		SEALMEM_STRUCTURED_LAYOUT(struct pair, 1, 1, 1);
#else
	struct sealmem_structured_layout layout =
		SEALMEM_STRUCTURED_LAYOUT(struct pair *, 1, 1, 1);
#endif

	return sealmem_structured_attach(region, &layout, ret_mapping, NULL);
}
