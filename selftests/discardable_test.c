/* SPDX-License-Identifier: MIT */
/*
 * Discardable memory as upstream's tests see it, cases 73 to 86 (each name
 * begins with the number of its case). Holders that do not respect the lock are
 * in selftests/discardable_hostile_test.c.
 *
 * Where C on Linux differs from upstream:
 *   74          what is mapped is locked only if its word says so
 *   76, 79      a lock that fails says why: purged, locked or used since
 *   80          Android's pages alone can refuse to be locked
 *   86          sizes and names are the tracker's; there is no graph of edges
 */
#include "memory_pair.h"

/* --- upstream's cases ------------------------------------------------------- */

TEST(case_073_starts_locked)
{
	struct sealmem_discardable d = { 0 };

	ASSERT_OK(sealmem_discardable_create(SIZE, NULL, &d));
	EXPECT_GE(sealmem_discardable_size(&d), SIZE);
	EXPECT_NOT_NULL(sealmem_discardable_data(&d));
	EXPECT_TRUE(sealmem_discardable_is_locked(&d));
	EXPECT_TRUE(sealmem_discardable_is_resident(&d));
	EXPECT_TRUE(is_filled(sealmem_discardable_data(&d), 0,
			      sealmem_discardable_size(&d)));
	sealmem_discardable_unmap(&d);
}

TEST_F(memory, case_074_mapped_from_a_handle)
{
	EXPECT_TRUE(sealmem_discardable_is_locked(&self->second));
	EXPECT_EQ(sealmem_discardable_size(&self->first),
		  sealmem_discardable_size(&self->second));
	memset(sealmem_discardable_data(&self->first), FILL, SIZE);
	EXPECT_TRUE(is_filled(sealmem_discardable_data(&self->second), FILL,
			      SIZE));
}

TEST(case_075_lock_and_unlock)
{
	struct sealmem_discardable a = { 0 }, b = { 0 };

	ASSERT_OK(sealmem_discardable_create(SIZE, NULL, &a));
	ASSERT_OK(sealmem_discardable_unlock(&a, 0, 0, 1));
	EXPECT_FALSE(sealmem_discardable_is_locked(&a));
	EXPECT_TRUE(sealmem_discardable_is_resident(&a));
	ASSERT_OK(sealmem_discardable_lock(&a, 0, 0));
	ASSERT_OK(sealmem_discardable_unlock(&a, 0, 0, 2));
	ASSERT_OK(sealmem_discardable_lock(&a, 0, 0));
	EXPECT_TRUE(sealmem_discardable_is_locked(&a));

	/* Passed on while it is locked, unlocked and locked there. */
	map_second(&a, &b);
	ASSERT_OK(sealmem_discardable_unlock(&b, 0, 0, 3));
	EXPECT_FALSE(sealmem_discardable_is_locked(&a));
	EXPECT_FALSE(sealmem_discardable_is_locked(&b));
	ASSERT_OK(sealmem_discardable_lock(&b, 0, 0));

	/* And passed back. */
	EXPECT_TRUE(sealmem_discardable_is_resident(&a));
	EXPECT_TRUE(sealmem_discardable_is_locked(&a));
	ASSERT_OK(sealmem_discardable_unlock(&a, 0, 0, 4));
	EXPECT_FALSE(sealmem_discardable_is_locked(&b));
	sealmem_discardable_unmap(&a);
	sealmem_discardable_unmap(&b);
}

TEST_F(memory, case_076_purge)
{
	struct sealmem_discardable *a = &self->first, *b = &self->second;

	EXPECT_ERR(EBUSY, sealmem_discardable_purge(a, 1));
	ASSERT_OK(sealmem_discardable_unlock(b, 0, 0, 2));
	EXPECT_TRUE(sealmem_discardable_is_resident(b));
	/* Not used when the first believes that it was. */
	EXPECT_ERR(EAGAIN, sealmem_discardable_purge(a, 3));
	EXPECT_OK(sealmem_discardable_purge(a, 4));
	EXPECT_ERR(ENODATA, sealmem_discardable_lock(b, 0, 0));
	EXPECT_FALSE(sealmem_discardable_is_resident(b));
	/* The first, which had it once, does not go on as if it had. */
	EXPECT_ERR(ENODATA, sealmem_discardable_lock(a, 0, 0));
	EXPECT_ERR(EINVAL, sealmem_discardable_unlock(a, 0, 0, 5));
}

TEST_F(memory, case_077_purge_after_close)
{
	ASSERT_OK(sealmem_discardable_unlock(&self->second, 0, 0, 1));
	sealmem_discardable_close(&self->second);
	EXPECT_OK(sealmem_discardable_purge(&self->second, 2));
	EXPECT_FALSE(sealmem_discardable_is_resident(&self->first));
}

TEST_F(memory, case_078_last_usage)
{
	struct sealmem_discardable *a = &self->first, *b = &self->second;

	ASSERT_OK(sealmem_discardable_unlock(b, 0, 0, 1));
	EXPECT_EQ(1, sealmem_discardable_last_usage(b));
	ASSERT_OK(sealmem_discardable_lock(b, 0, 0));
	EXPECT_ERR(EBUSY, sealmem_discardable_purge(a, 2));
	EXPECT_EQ(2, sealmem_discardable_last_usage(a));
	ASSERT_OK(sealmem_discardable_unlock(b, 0, 0, 3));
	EXPECT_EQ(3, sealmem_discardable_last_usage(b));
	EXPECT_EQ(2, sealmem_discardable_last_usage(a));
	EXPECT_ERR(EAGAIN, sealmem_discardable_purge(a, 4));
	EXPECT_EQ(3, sealmem_discardable_last_usage(a));
	EXPECT_OK(sealmem_discardable_purge(b, 5));
	EXPECT_EQ(0, sealmem_discardable_last_usage(b));
	EXPECT_ERR(EAGAIN, sealmem_discardable_purge(a, 6));
	EXPECT_EQ(0, sealmem_discardable_last_usage(a));
	/* What is purged can be purged, by who knows that it is. */
	EXPECT_OK(sealmem_discardable_purge(a, 7));
}

TEST_F(memory, case_079_lock_always_fails_after_a_purge)
{
	struct sealmem_discardable *a = &self->first, *b = &self->second;

	ASSERT_OK(sealmem_discardable_unlock(b, 0, 0, 1));
	EXPECT_OK(sealmem_discardable_purge(b, 2));
	for (int i = 0; i < 3; i++) {
		EXPECT_ERR(ENODATA, sealmem_discardable_lock(b, 0, 0));
		EXPECT_FALSE(sealmem_discardable_is_locked(a));
	}
}

TEST(case_081_ranges)
{
	size_t page = page_size();
	struct sealmem_discardable a = { 0 }, b = { 0 };

	ASSERT_OK(sealmem_discardable_create(32 * page, NULL, &a));
	map_second(&a, &b);
	ASSERT_OK(sealmem_discardable_unlock(&b, 0, page, 1));
	EXPECT_ERR(EBUSY, sealmem_discardable_purge(&a, 2));
	ASSERT_OK(sealmem_discardable_lock(&b, 0, page));
	ASSERT_OK(sealmem_discardable_unlock(&b, 0, page, 4));
	EXPECT_ERR(EBUSY, sealmem_discardable_purge(&a, 5));
	ASSERT_OK(sealmem_discardable_unlock(&b, page, page, 6));
	EXPECT_ERR(EBUSY, sealmem_discardable_purge(&a, 7));
	ASSERT_OK(sealmem_discardable_unlock(&b, 2 * page, 0, 8));
	EXPECT_ERR(EAGAIN, sealmem_discardable_purge(&a, 9));
	EXPECT_EQ(8, sealmem_discardable_last_usage(&a));
	EXPECT_OK(sealmem_discardable_purge(&a, 10));
	sealmem_discardable_unmap(&a);
	sealmem_discardable_unmap(&b);
}

TEST(case_082_mapped_size)
{
	struct sealmem_discardable d = { 0 };

	ASSERT_OK(sealmem_discardable_create(SIZE, NULL, &d));
	EXPECT_EQ(page_size(), sealmem_discardable_size(&d));
	sealmem_discardable_unmap(&d);
	EXPECT_EQ(0, sealmem_discardable_size(&d));
	EXPECT_NULL(sealmem_discardable_data(&d));
}

TEST(case_083_close)
{
	struct sealmem_discardable d = { 0 };
	struct sealmem_unsafe_region region = { 0 };

	ASSERT_OK(sealmem_discardable_create(SIZE, NULL, &d));
	sealmem_discardable_close(&d);
	EXPECT_EQ(page_size(), sealmem_discardable_size(&d));
	memset(sealmem_discardable_data(&d), FILL, SIZE);
	ASSERT_OK(sealmem_discardable_unlock(&d, 0, 0, 1));
	ASSERT_OK(sealmem_discardable_lock(&d, 0, 0));
	EXPECT_TRUE(is_filled(sealmem_discardable_data(&d), FILL, SIZE));
	EXPECT_ERR(EBADF, sealmem_discardable_dup_region(&d, &region));
	sealmem_discardable_unmap(&d);
}

TEST(case_084_size_0)
{
	struct sealmem_discardable d = { 0 };

	ASSERT_OK(sealmem_discardable_create(0, NULL, &d));
	EXPECT_EQ(0, sealmem_discardable_size(&d));
	EXPECT_ERR(EINVAL, sealmem_discardable_lock(&d, 0, 0));
	ASSERT_OK(sealmem_discardable_unlock(&d, 0, 0, 1));
	EXPECT_ERR(EINVAL, sealmem_discardable_unlock(&d, 0, 0, 1));
	EXPECT_FALSE(sealmem_discardable_is_locked(&d));
	ASSERT_OK(sealmem_discardable_lock(&d, 0, 0));
	EXPECT_TRUE(sealmem_discardable_is_locked(&d));
	ASSERT_OK(sealmem_discardable_unlock(&d, 0, 0, 2));
	ASSERT_OK(sealmem_discardable_purge(&d, 3));
	EXPECT_OK(sealmem_discardable_recommit(&d));
	sealmem_discardable_unmap(&d);
}

TEST_F(memory, case_085_zeros_after_a_purge)
{
	void *data = sealmem_discardable_data(&self->first);

	memset(data, 0xaa, SIZE);
	ASSERT_OK(sealmem_discardable_unlock(&self->second, 0, 0, 1));
	ASSERT_OK(sealmem_discardable_purge(&self->second, 2));
	EXPECT_TRUE(is_filled(data, 0, page_size()));
	EXPECT_TRUE(is_filled(sealmem_discardable_data(&self->second), 0,
			      page_size()));
}

TEST_F(memory, case_086_is_tracked_once_for_both_holders)
{
	struct sealmem_token token = self->first.mapping.token;
	struct sealmem_tracker_total total;

	ASSERT_OK(sealmem_tracker_total_of_token(token, &total));
	EXPECT_EQ(2, total.mapping_count);
	EXPECT_EQ(1, total.region_count);
	/* The page in front is counted, too. */
	EXPECT_EQ(2 * page_size(), total.unique_size);
	EXPECT_EQ(4 * page_size(), total.mapped_size);
}

/* --- beyond upstream --------------------------------------------------------- */

static blkcnt_t blocks_of(const struct sealmem_discardable *d)
{
	struct stat st;

	ASSERT_SYS(fstat(sealmem_unsafe_region_fd(&d->region), &st));
	return st.st_blocks;
}

TEST(purge_gives_the_pages_back)
{
	struct sealmem_discardable d = { 0 };
	blkcnt_t before;

	ASSERT_OK(sealmem_discardable_create(64 * page_size(), NULL, &d));
	before = blocks_of(&d);
	EXPECT_GE(before, 65 * (blkcnt_t)page_size() / 512);
	ASSERT_OK(sealmem_discardable_unlock(&d, 0, 0, 1));
	ASSERT_OK(sealmem_discardable_purge(&d, 2));
	EXPECT_LE(blocks_of(&d), before - 64 * (blkcnt_t)page_size() / 512);
	ASSERT_OK(sealmem_discardable_recommit(&d));
	EXPECT_EQ(before, blocks_of(&d));
	sealmem_discardable_unmap(&d);
}

/* The kernel does not drop pages that are locked in memory. */
TEST_F(memory, purge_of_pages_that_stay)
{
	void *data = sealmem_discardable_data(&self->second);

	memset(data, 0xaa, page_size());
	if (mlock(data, page_size()) < 0)
		SKIP("mlock: %s", strerror(errno));
	ASSERT_OK(sealmem_discardable_unlock(&self->second, 0, 0, 1));
	EXPECT_OK(sealmem_discardable_purge(&self->second, 2));
	EXPECT_TRUE(is_filled(data, 0, page_size()));
}

TEST_F(memory, recommit)
{
	struct sealmem_discardable *a = &self->first, *b = &self->second;

	EXPECT_ERR(EBUSY, sealmem_discardable_recommit(b));
	ASSERT_OK(sealmem_discardable_unlock(b, 0, 0, 1));
	EXPECT_ERR(EAGAIN, sealmem_discardable_recommit(a));
	EXPECT_EQ(1, sealmem_discardable_last_usage(a));
	ASSERT_OK(sealmem_discardable_purge(a, 2));
	/* What a holder writes into purged memory does not last. */
	memset(sealmem_discardable_data(b), 0xaa, page_size());
	ASSERT_OK(sealmem_discardable_recommit(a));
	EXPECT_TRUE(sealmem_discardable_is_locked(b));
	EXPECT_TRUE(is_filled(sealmem_discardable_data(b), 0, page_size()));
	EXPECT_ERR(EBUSY, sealmem_discardable_purge(b, 3));
	EXPECT_ERR(EBUSY, sealmem_discardable_lock(b, 0, 0));
	ASSERT_OK(sealmem_discardable_unlock(a, 0, 0, 4));
	/* Used since, which the second learns. */
	EXPECT_ERR(EAGAIN, sealmem_discardable_lock(b, 0, 0));
	EXPECT_OK(sealmem_discardable_lock(b, 0, 0));
	ASSERT_OK(sealmem_discardable_unlock(b, 0, 0, 5));
	ASSERT_OK(sealmem_discardable_purge(b, 6));
	sealmem_discardable_close(b);
	EXPECT_ERR(EBADF, sealmem_discardable_recommit(b));
}

/* SIGXFSZ would end the process. */
TEST_F(memory, recommit_beyond_the_file_size_limit)
{
	struct sealmem_discardable *d = &self->second;
	struct rlimit before, limit;

	ASSERT_OK(sealmem_discardable_unlock(d, 0, 0, 1));
	ASSERT_OK(sealmem_discardable_purge(d, 2));
	ASSERT_SYS(getrlimit(RLIMIT_FSIZE, &before));
	limit = before;
	limit.rlim_cur = page_size();
	ASSERT_SYS(setrlimit(RLIMIT_FSIZE, &limit));
	EXPECT_ERR(EFBIG, sealmem_discardable_recommit(d));
	ASSERT_SYS(setrlimit(RLIMIT_FSIZE, &before));
	EXPECT_FALSE(sealmem_discardable_is_locked(d));
	EXPECT_ERR(ENODATA, sealmem_discardable_lock(d, 0, 0));
	EXPECT_OK(sealmem_discardable_recommit(d));
}

TEST_F(memory, mapped_while_it_is_not_locked)
{
	struct sealmem_discardable *b = &self->second, c = { 0 };

	ASSERT_OK(sealmem_discardable_unlock(b, 0, 0, 7));
	map_second(b, &c);
	EXPECT_EQ(7, sealmem_discardable_last_usage(&c));
	EXPECT_ERR(EINVAL, sealmem_discardable_unlock(&c, 0, 0, 8));
	EXPECT_OK(sealmem_discardable_lock(&c, 0, 0));
	EXPECT_ERR(EBUSY, sealmem_discardable_lock(b, 0, 0));
	sealmem_discardable_unmap(&c);
}

TEST_F(memory, lock_that_somebody_else_gave_back)
{
	ASSERT_OK(sealmem_discardable_unlock(&self->second, 0, 0, 5));
	EXPECT_ERR(EAGAIN, sealmem_discardable_unlock(&self->first, 0, 0, 6));
	EXPECT_EQ(5, sealmem_discardable_last_usage(&self->first));
	EXPECT_OK(sealmem_discardable_lock(&self->first, 0, 0));
}

TEST(ranges_that_are_none)
{
	size_t page = page_size();
	struct sealmem_discardable d = { 0 };
	static const struct {
		uint64_t offset;
		size_t length;
	} pages[] = {
		{ 0, 5 }, { 4, 0 }, { 5, 0 }, { 3, 2 }, { UINT64_MAX, 1 },
	};

	ASSERT_OK(sealmem_discardable_create(4 * page, NULL, &d));
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
		EXPECT_ERR(EINVAL, sealmem_discardable_unlock(
					   &d, pages[i].offset * page,
					   pages[i].length * page, 1));
	EXPECT_ERR(EINVAL, sealmem_discardable_unlock(&d, 1, 0, 1));
	EXPECT_ERR(EINVAL, sealmem_discardable_unlock(&d, 0, 1, 1));
	EXPECT_ERR(EINVAL, sealmem_discardable_unlock(
				   &d, UINT64_MAX - page + 1, page, 1));
	EXPECT_ERR(EINVAL, sealmem_discardable_unlock(
				   &d, 0, SIZE_MAX - page + 1, 1));
	/* Pages that are locked, and pages that are not. */
	EXPECT_ERR(EINVAL, sealmem_discardable_lock(&d, 0, page));
	ASSERT_OK(sealmem_discardable_unlock(&d, page, page, 1));
	EXPECT_ERR(EINVAL, sealmem_discardable_unlock(&d, page, page, 1));
	EXPECT_ERR(EINVAL, sealmem_discardable_unlock(&d, 0, 0, 1));
	EXPECT_ERR(EINVAL, sealmem_discardable_lock(&d, 0, 0));
	EXPECT_TRUE(sealmem_discardable_is_locked(&d));
	ASSERT_OK(sealmem_discardable_unlock(&d, 0, page, 2));
	ASSERT_OK(sealmem_discardable_unlock(&d, 2 * page, 0, 3));
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
		EXPECT_ERR(EINVAL,
			   sealmem_discardable_lock(&d, pages[i].offset * page,
						    pages[i].length * page));
	EXPECT_FALSE(sealmem_discardable_is_locked(&d));
	sealmem_discardable_unmap(&d);
}

TEST_F(memory, times_out_of_range)
{
	struct sealmem_discardable *d = &self->second;
	uint64_t most = SEALMEM_DISCARDABLE_TIME_MAX;

	EXPECT_ERR(EINVAL, sealmem_discardable_unlock(d, 0, 0, 0));
	EXPECT_ERR(EINVAL, sealmem_discardable_unlock(d, 0, 0, most + 1));
	EXPECT_TRUE(sealmem_discardable_is_locked(d));
	ASSERT_OK(sealmem_discardable_unlock(d, 0, 0, most));
	EXPECT_EQ(most, sealmem_discardable_last_usage(d));
	EXPECT_ERR(EINVAL, sealmem_discardable_purge(d, 0));
	EXPECT_ERR(EINVAL, sealmem_discardable_purge(d, most + 1));
	EXPECT_TRUE(sealmem_discardable_is_resident(d));
	EXPECT_OK(sealmem_discardable_purge(d, most));
}

TEST(empty_memory)
{
	struct sealmem_discardable d = { 0 };
	struct sealmem_unsafe_region region = { 0 };

	EXPECT_ERR(EBADF, sealmem_discardable_map(&region, &d));
	EXPECT_ERR(EBADF, sealmem_discardable_lock(&d, 0, 0));
	EXPECT_ERR(EBADF, sealmem_discardable_unlock(&d, 0, 0, 1));
	EXPECT_ERR(EBADF, sealmem_discardable_purge(&d, 1));
	EXPECT_ERR(EBADF, sealmem_discardable_recommit(&d));
	EXPECT_ERR(EBADF, sealmem_discardable_dup_region(&d, &region));
	EXPECT_FALSE(sealmem_discardable_is_locked(&d));
	EXPECT_FALSE(sealmem_discardable_is_resident(&d));
	EXPECT_EQ(0, sealmem_discardable_last_usage(&d));
	sealmem_discardable_close(&d);
	sealmem_discardable_unmap(&d);
}

TEST(sizes_that_are_too_large)
{
	struct sealmem_discardable d = { 0 };

	EXPECT_ERR(EINVAL, sealmem_discardable_create(SIZE_MAX, NULL, &d));
	EXPECT_ERR(EINVAL, sealmem_discardable_create(
				   SIZE_MAX - 2 * page_size(), NULL, &d));
	EXPECT_ERR(EINVAL,
		   sealmem_discardable_create(SEALMEM_SIZE_MAX, NULL, &d));
	EXPECT_NULL(d.locked_pages);
}

TH_MAIN
