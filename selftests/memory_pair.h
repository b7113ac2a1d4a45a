/* SPDX-License-Identifier: MIT */
/* Discardable memory with two holders in one process. */
#ifndef SELFTESTS_MEMORY_PAIR_H
#define SELFTESTS_MEMORY_PAIR_H

#include "kinds.h"

#define SIZE 1024

static inline void map_second(const struct sealmem_discardable *first,
			      struct sealmem_discardable *ret_second)
{
	struct sealmem_unsafe_region region = { 0 };

	ASSERT_OK(sealmem_discardable_dup_region(first, &region));
	ASSERT_OK(sealmem_discardable_map(&region, ret_second));
	EXPECT_TRUE(sealmem_unsafe_region_is_empty(&region));
}

/* Created by the first, and passed on to the second while it is locked. */
FIXTURE(memory)
{
	struct sealmem_discardable first;
	struct sealmem_discardable second;
};

FIXTURE_SETUP(memory)
{
	ASSERT_OK(sealmem_discardable_create(SIZE, NULL, &self->first));
	map_second(&self->first, &self->second);
}

FIXTURE_TEARDOWN(memory)
{
	sealmem_discardable_unmap(&self->first);
	sealmem_discardable_unmap(&self->second);
}

#endif
