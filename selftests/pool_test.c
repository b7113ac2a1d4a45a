/* SPDX-License-Identifier: MIT */
/*
 * Pools as upstream's tests see them, cases 70 to 72 (each name begins with the
 * number of its case), the rules that those do not reach, and what a peer that
 * keeps a buffer can do.
 */
#include <pthread.h>
#include <sched.h>

#include "kinds.h"

#define SIZE 1000

FIXTURE(pool)
{
	struct sealmem_pool *pool;
};

FIXTURE_VARIANT(pool)
{
	uint32_t flags;
};

FIXTURE_VARIANT_ADD(pool, plain) { .flags = 0 };
FIXTURE_VARIANT_ADD(pool, zeroing) { .flags = SEALMEM_POOL_ZERO };

FIXTURE_SETUP(pool)
{
	ASSERT_OK(sealmem_pool_create(variant->flags, &self->pool));
}

FIXTURE_TEARDOWN(pool)
{
	sealmem_pool_close(self->pool);
}

static struct sealmem_token token_of(const struct sealmem_pool_buffer *buffer)
{
	return sealmem_unsafe_region_token(&buffer->region);
}

static bool is_empty(const struct sealmem_pool_buffer *buffer)
{
	return sealmem_unsafe_region_is_empty(&buffer->region) &&
	       buffer->mapping.size == 0 && !buffer->pool;
}

/* --- upstream's cases ------------------------------------------------------- */

TEST_F(pool, case_070_creates_a_region)
{
	struct sealmem_pool_buffer buffer = { 0 };

	ASSERT_OK(sealmem_pool_acquire(self->pool, SIZE, &buffer));
	EXPECT_EQ(SIZE, sealmem_unsafe_region_size(&buffer.region));
	EXPECT_EQ(SIZE, buffer.mapping.size);
	EXPECT_TRUE(sealmem_token_equal(token_of(&buffer),
					buffer.mapping.token));
	EXPECT_TRUE(is_filled(buffer.mapping.addr, 0, SIZE));
	sealmem_pool_release(&buffer);
	EXPECT_TRUE(is_empty(&buffer));
	sealmem_pool_release(&buffer);
}

TEST_F(pool, case_071_uses_a_region_again)
{
	struct sealmem_pool_buffer buffer = { 0 };
	struct sealmem_token first;

	ASSERT_OK(sealmem_pool_acquire(self->pool, SIZE, &buffer));
	first = token_of(&buffer);
	memset(buffer.mapping.addr, FILL, SIZE);
	sealmem_pool_release(&buffer);
	ASSERT_OK(sealmem_pool_acquire(self->pool, SIZE, &buffer));
	EXPECT_TRUE(sealmem_token_equal(first, token_of(&buffer)));
	EXPECT_TRUE(is_filled(buffer.mapping.addr, variant->flags ? 0 : FILL,
			      SIZE));
	sealmem_pool_release(&buffer);
}

TEST_F(pool, case_072_is_at_least_as_large_as_asked_for)
{
	static const size_t sizes[] = { 1000, 100, 1100 };
	static const size_t given[] = { 1000, 1000, 1100 };
	struct sealmem_pool_buffer buffer = { 0 };

	for (int i = 0; i < 3; i++) {
		ASSERT_OK(sealmem_pool_acquire(self->pool, sizes[i], &buffer));
		EXPECT_EQ(given[i], sealmem_unsafe_region_size(&buffer.region));
		EXPECT_EQ(given[i], buffer.mapping.size);
		sealmem_pool_release(&buffer);
	}
}

/* --- what is kept ------------------------------------------------------------ */

TEST_F(pool, what_is_too_small_is_not_kept)
{
	struct sealmem_pool_buffer small = { 0 }, cached = { 0 }, large = { 0 };
	struct sealmem_token token;

	ASSERT_OK(sealmem_pool_acquire(self->pool, SIZE, &small));
	ASSERT_OK(sealmem_pool_acquire(self->pool, SIZE, &cached));
	sealmem_pool_release(&cached);
	/* Drops the second, and the first when it comes back. */
	ASSERT_OK(sealmem_pool_acquire(self->pool, 2 * SIZE, &large));
	sealmem_pool_release(&small);
	ASSERT_OK(sealmem_pool_acquire(self->pool, 1, &small));
	EXPECT_EQ(2 * SIZE, small.mapping.size);
	token = token_of(&large);
	sealmem_pool_release(&large);
	ASSERT_OK(sealmem_pool_acquire(self->pool, 1, &large));
	EXPECT_TRUE(sealmem_token_equal(token, token_of(&large)));
	sealmem_pool_release(&small);
	sealmem_pool_release(&large);
}

static int mapping_count(void)
{
	struct sealmem_tracker_total total;

	ASSERT_OK(sealmem_tracker_total(&total));
	return (int)total.mapping_count;
}

#define MANY (SEALMEM_POOL_CACHE_MAX + 8)

TEST_F(pool, keeps_so_many_and_no_more)
{
	struct sealmem_pool_buffer buffers[MANY] = { { .pool = NULL } };

	for (int i = 0; i < MANY; i++)
		ASSERT_OK(sealmem_pool_acquire(self->pool, SIZE, &buffers[i]));
	EXPECT_EQ(MANY, mapping_count());
	for (int i = 0; i < MANY; i++)
		sealmem_pool_release(&buffers[i]);
	EXPECT_EQ(SEALMEM_POOL_CACHE_MAX, mapping_count());
	/* All of them go when a larger one is asked for. */
	ASSERT_OK(sealmem_pool_acquire(self->pool, 2 * SIZE, &buffers[0]));
	EXPECT_EQ(1, mapping_count());
	sealmem_pool_release(&buffers[0]);
}

TEST_F(pool, discarded_buffer_is_not_used_again)
{
	struct sealmem_pool_buffer buffer = { 0 };

	ASSERT_OK(sealmem_pool_acquire(self->pool, SIZE, &buffer));
	sealmem_pool_discard(&buffer);
	EXPECT_TRUE(is_empty(&buffer));
	EXPECT_EQ(0, mapping_count());
	sealmem_pool_discard(&buffer);
}

TEST_F(pool, request_that_fails_changes_nothing)
{
	struct sealmem_pool_buffer buffer = { 0 }, none = { 0 };
	struct sealmem_token token;

	ASSERT_OK(sealmem_pool_acquire(self->pool, SIZE, &buffer));
	token = token_of(&buffer);
	sealmem_pool_release(&buffer);
	EXPECT_ERR(EINVAL, sealmem_pool_acquire(self->pool, 0, &none));
	EXPECT_ERR(EINVAL, sealmem_pool_acquire(self->pool, SIZE_MAX, &none));
	EXPECT_ERR(EINVAL, sealmem_pool_acquire(self->pool,
						SEALMEM_SIZE_MAX + (size_t)1,
						&none));
	EXPECT_TRUE(is_empty(&none));
	ASSERT_OK(sealmem_pool_acquire(self->pool, SIZE, &buffer));
	EXPECT_TRUE(sealmem_token_equal(token, token_of(&buffer)));
	sealmem_pool_release(&buffer);
}

TEST(unknown_flags)
{
	struct sealmem_pool *pool = NULL;

	EXPECT_ERR(EINVAL, sealmem_pool_create(2, &pool));
	EXPECT_NULL(pool);
	sealmem_pool_close(NULL);
}

/* --- the end ----------------------------------------------------------------- */

TEST_F(pool, shutdown)
{
	struct sealmem_pool_buffer out = { 0 }, cached = { 0 };

	ASSERT_OK(sealmem_pool_acquire(self->pool, SIZE, &out));
	ASSERT_OK(sealmem_pool_acquire(self->pool, SIZE, &cached));
	sealmem_pool_release(&cached);
	sealmem_pool_shutdown(self->pool);
	EXPECT_EQ(1, mapping_count());
	EXPECT_ERR(ESHUTDOWN, sealmem_pool_acquire(self->pool, SIZE, &cached));
	EXPECT_ERR(ESHUTDOWN,
		   sealmem_pool_acquire(self->pool, 2 * SIZE, &cached));
	EXPECT_TRUE(is_empty(&cached));
	memset(out.mapping.addr, FILL, SIZE);
	sealmem_pool_release(&out);
	EXPECT_EQ(0, mapping_count());
	sealmem_pool_shutdown(self->pool);
}

TEST(buffers_outlive_their_pool)
{
	struct sealmem_pool_buffer a = { 0 }, b = { 0 };
	struct sealmem_pool *pool;

	ASSERT_OK(sealmem_pool_create(0, &pool));
	ASSERT_OK(sealmem_pool_acquire(pool, SIZE, &a));
	ASSERT_OK(sealmem_pool_acquire(pool, SIZE, &b));
	sealmem_pool_close(pool);
	memset(a.mapping.addr, FILL, SIZE);
	sealmem_pool_release(&a);
	memset(b.mapping.addr, FILL, SIZE);
	sealmem_pool_discard(&b);
	EXPECT_EQ(0, mapping_count());
}

/* --- peers ------------------------------------------------------------------- */

/* Why each peer has a pool of its own: neither flag takes a buffer back. */
TEST_F(pool, not_promised_that_a_peer_forgets_a_buffer)
{
	struct sealmem_pool_buffer buffer = { 0 };
	struct sealmem_unsafe_region region = { 0 };
	struct sealmem_writable_mapping kept = { 0 };

	ASSERT_OK(sealmem_pool_acquire(self->pool, SIZE, &buffer));
	ASSERT_OK(sealmem_unsafe_region_dup(&buffer.region, &region));
	ASSERT_OK(sealmem_unsafe_region_map(&region, &kept));
	sealmem_pool_release(&buffer);
	ASSERT_OK(sealmem_pool_acquire(self->pool, SIZE, &buffer));
	memset(buffer.mapping.addr, FILL, SIZE);
	EXPECT_TRUE(is_filled(kept.addr, FILL, SIZE));
	memset(kept.addr, 0xaa, SIZE);
	EXPECT_TRUE(is_filled(buffer.mapping.addr, 0xaa, SIZE));
	/* Out of this pool it never comes again. */
	sealmem_pool_discard(&buffer);
	ASSERT_OK(sealmem_pool_acquire(self->pool, SIZE, &buffer));
	EXPECT_TRUE(is_filled(buffer.mapping.addr, 0, SIZE));
	sealmem_pool_release(&buffer);
	sealmem_writable_mapping_unmap(&kept);
	sealmem_unsafe_region_close(&region);
}

TEST(zeroing_fills_the_holes_of_a_peer)
{
	struct sealmem_pool_buffer buffer = { 0 };
	struct sealmem_pool *pool;
	struct stat st;
	blkcnt_t before;
	int fd;

	ASSERT_OK(sealmem_pool_create(SEALMEM_POOL_ZERO, &pool));
	ASSERT_OK(sealmem_pool_acquire(pool, 8 * page_size(), &buffer));
	fd = sealmem_unsafe_region_fd(&buffer.region);
	ASSERT_SYS(fstat(fd, &st));
	before = st.st_blocks;
	ASSERT_SYS(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
			     8 * (off_t)page_size()));
	ASSERT_SYS(fstat(fd, &st));
	EXPECT_LT(st.st_blocks, before);
	sealmem_pool_release(&buffer);
	ASSERT_OK(sealmem_pool_acquire(pool, 1, &buffer));
	ASSERT_EQ(fd, sealmem_unsafe_region_fd(&buffer.region));
	ASSERT_SYS(fstat(fd, &st));
	EXPECT_EQ(before, st.st_blocks);
	sealmem_pool_release(&buffer);
	sealmem_pool_close(pool);
}

/* Above the limit neither zeroing nor new memory is possible. */
TEST(zeroing_that_fails)
{
	struct sealmem_pool_buffer buffer = { 0 };
	struct sealmem_pool *pool;
	struct rlimit before, limit;

	ASSERT_OK(sealmem_pool_create(SEALMEM_POOL_ZERO, &pool));
	ASSERT_OK(sealmem_pool_acquire(pool, 8 * page_size(), &buffer));
	sealmem_pool_release(&buffer);
	ASSERT_SYS(getrlimit(RLIMIT_FSIZE, &before));
	limit = before;
	limit.rlim_cur = page_size();
	ASSERT_SYS(setrlimit(RLIMIT_FSIZE, &limit));
	EXPECT_ERR(EFBIG, sealmem_pool_acquire(pool, 1, &buffer));
	ASSERT_SYS(setrlimit(RLIMIT_FSIZE, &before));
	EXPECT_TRUE(is_empty(&buffer));
	EXPECT_EQ(0, mapping_count());
	sealmem_pool_close(pool);
}

/* --- threads ----------------------------------------------------------------- */

#define THREADS 4
#define ROUNDS	400

struct load {
	struct sealmem_pool *pool;
	unsigned int number;
};

/* Every buffer has one owner, from acquire to release. */
static void *use(void *argument)
{
	struct load *load = argument;
	struct sealmem_pool_buffer buffers[4] = { { .pool = NULL } };

	for (unsigned int i = 0; i < ROUNDS; i++) {
		struct sealmem_pool_buffer *b = &buffers[i % 4];
		int ret = sealmem_pool_acquire(load->pool, 1 + i * 7 % 5000, b);

		if (ret == -ESHUTDOWN)
			break;
		ASSERT_EQ(0, ret);
		memset(b->mapping.addr, (int)load->number, b->mapping.size);
		sched_yield();
		EXPECT_TRUE(is_filled(b->mapping.addr, (int)load->number,
				      b->mapping.size));
		if (i % 16 == 0)
			sealmem_pool_discard(b);
		for (int j = 0; i % 4 == 3 && j < 4; j++)
			sealmem_pool_release(&buffers[j]);
	}
	for (int j = 0; j < 4; j++)
		sealmem_pool_release(&buffers[j]);
	return NULL;
}

static void run_threads(struct sealmem_pool *pool, bool is_shut_down)
{
	struct load loads[THREADS];
	pthread_t threads[THREADS];

	for (unsigned int i = 0; i < THREADS; i++) {
		loads[i] = (struct load){ .pool = pool, .number = 'a' + i };
		ASSERT_EQ(0,
			  pthread_create(&threads[i], NULL, use, &loads[i]));
	}
	if (is_shut_down)
		sealmem_pool_shutdown(pool);
	for (int i = 0; i < THREADS; i++)
		ASSERT_EQ(0, pthread_join(threads[i], NULL));
}

TEST_F_TIMEOUT(pool, threads_share_it, 60)
{
	run_threads(self->pool, false);
	EXPECT_LE(mapping_count(), SEALMEM_POOL_CACHE_MAX);
}

TEST_F_TIMEOUT(pool, shutdown_while_threads_use_it, 60)
{
	run_threads(self->pool, true);
	EXPECT_EQ(0, mapping_count());
}

TH_MAIN
