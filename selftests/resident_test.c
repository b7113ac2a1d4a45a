/* SPDX-License-Identifier: MIT */
/* How much of a mapping is in memory, and who is told. */
#include "kinds.h"

static const struct sealmem_options lazy = {
	.struct_size = sizeof(lazy),
	.flags = SEALMEM_CREATE_LAZY,
};

static size_t resident(const struct sealmem_writable_mapping *mapping)
{
	size_t size = SIZE_MAX;

	EXPECT_OK(sealmem_writable_mapping_resident(mapping, &size));
	return size;
}

/* A mapping at @offset of a region without memory, all of it then written. */
static size_t resident_once_dirty(size_t region_size, size_t offset,
				  size_t size)
{
	struct sealmem_writable_region region = { 0 };
	struct sealmem_writable_mapping mapping = { 0 };
	size_t found;

	ASSERT_OK(sealmem_writable_region_create(region_size, &lazy, &region));
	ASSERT_OK(sealmem_writable_region_map_at(&region, offset, size,
						 &mapping));
	EXPECT_EQ(0, resident(&mapping));
	memset(mapping.addr, 1, size);
	found = resident(&mapping);
	sealmem_writable_mapping_unmap(&mapping);
	sealmem_writable_region_close(&region);
	return found;
}

#define MIB ((size_t)1 << 20)

TEST(case_110_resident_bytes)
{
	size_t page = page_size();

	EXPECT_EQ(5 * page, resident_once_dirty(5 * page, 0, 5 * page));
	/* From the middle of a page to the middle of another. */
	EXPECT_EQ(6 * page, resident_once_dirty(6 * page, page / 2, 5 * page));
	/* Not a whole number of what is counted in one go, and below it. */
	EXPECT_EQ(15 * MIB, resident_once_dirty(15 * MIB, 0, 15 * MIB));
	EXPECT_EQ(7 * MIB, resident_once_dirty(7 * MIB, 0, 7 * MIB));
	/* Whole pages. */
	EXPECT_EQ(page, resident_once_dirty(1, 0, 1));
}

static int sum_resident(const struct sealmem_tracked *tracked, void *data)
{
	size_t size;

	EXPECT_OK(sealmem_tracker_resident(tracked, &size));
	*(size_t *)data += size;
	return 0;
}

TEST(what_is_touched_is_resident_through_every_mapping)
{
	size_t page = page_size(), sum = 0, size = 77;
	struct sealmem_readonly_region region = { 0 };
	struct sealmem_readonly_mapping view = { 0 }, empty = { 0 };
	struct sealmem_writable_mapping writer = { 0 }, none = { 0 };

	ASSERT_OK(sealmem_readonly_region_create(4 * page, NULL, &region,
						 &writer));
	ASSERT_OK(sealmem_readonly_region_map_at(&region, page + 1, 2 * page,
						 &view));
	/* Committed at creation: all of it is there. */
	EXPECT_EQ(4 * page, resident(&writer));
	EXPECT_OK(sealmem_readonly_mapping_resident(&view, &size));
	EXPECT_EQ(3 * page, size);
	EXPECT_OK(sealmem_tracker_for_each(sum_resident, &sum));
	EXPECT_EQ(7 * page, sum);
	size = 77;
	EXPECT_ERR(EBADF, sealmem_readonly_mapping_resident(&empty, &size));
	EXPECT_ERR(EBADF, sealmem_writable_mapping_resident(&none, &size));
	EXPECT_EQ(77, size);
	sealmem_readonly_mapping_unmap(&view);
	sealmem_writable_mapping_unmap(&writer);
	sealmem_readonly_region_close(&region);
}

/* One page of four, told to somebody who does not own the memory. */
TEST(not_promised_what_is_resident_to_who_may_not_write)
{
	struct sealmem_unsafe_region region = { 0 };
	struct sealmem_writable_mapping mapping = { 0 };
	int status;
	pid_t child;

	if (geteuid() != 0)
		SKIP("needs root, to become another user");
	ASSERT_OK(sealmem_unsafe_region_create(4 * page_size(), &lazy,
					       &region));
	ASSERT_OK(sealmem_unsafe_region_map(&region, &mapping));
	*(volatile char *)mapping.addr = 1;
	EXPECT_EQ(page_size(), resident(&mapping));
	child = fork();
	ASSERT_SYS(child);
	if (child == 0) {
		ASSERT_SYS(setresuid(65534, 65534, 65534));
		_exit(resident(&mapping) / page_size());
	}
	ASSERT_EQ(child, waitpid(child, &status, 0));
	/* All or, before Linux 5.2, the truth. */
	EXPECT_TRUE(WIFEXITED(status));
	EXPECT_TRUE(WEXITSTATUS(status) == 4 || WEXITSTATUS(status) == 1);
	sealmem_writable_mapping_unmap(&mapping);
	sealmem_unsafe_region_close(&region);
}

TH_MAIN
