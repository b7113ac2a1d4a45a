/* SPDX-License-Identifier: MIT */
/*
 * Discardable memory whose other holders do what they like: with the word, with
 * the page that it is in, with the pages that are locked. Content is lost, which
 * nobody promised to keep; nothing else happens.
 */
#include <pthread.h>
#include <sched.h>

#include "memory_pair.h"

/* Where lib/discardable.c has the word. */
#define WORD 64

static uint64_t *word_of(const struct sealmem_discardable *d)
{
	return (uint64_t *)((char *)d->mapping.addr + WORD);
}

static void set_word(const struct sealmem_discardable *d, uint64_t word)
{
	memcpy(word_of(d), &word, sizeof(word));
}

static const uint64_t words[] = {
	0, 1, 2, 3, 1ull << 63, (1ull << 63) + 1, UINT64_MAX, UINT64_MAX - 1,
	0xaaaaaaaaaaaaaaaaull, 0x5555555555555555ull,
};

#define WORDS (sizeof(words) / sizeof(words[0]))

static bool is_documented(int ret)
{
	return ret == 0 || ret == -ENODATA || ret == -EBUSY || ret == -EAGAIN ||
	       ret == -EINVAL;
}

/* One step of an honest holder; true if its answer is a documented one. */
static bool do_step(struct sealmem_discardable *d, int step, uint64_t now)
{
	switch (step) {
	case 0:
		return is_documented(sealmem_discardable_lock(d, 0, 0));
	case 1:
		return is_documented(sealmem_discardable_unlock(d, 0, 0, now));
	case 2:
		return is_documented(sealmem_discardable_purge(d, now));
	case 3:
		return is_documented(sealmem_discardable_recommit(d));
	default:
		memset(sealmem_discardable_data(d), (int)now & 0xff, SIZE);
		return sealmem_discardable_is_locked(d) <=
		       sealmem_discardable_is_resident(d);
	}
}

/* Every word before every step, in each of the states that steps lead to. */
TEST_F(memory, any_word_at_any_time)
{
	struct sealmem_discardable *d = &self->second;
	uint64_t now = 1;

	for (int last = 0; last < 5; last++)
		for (int step = 0; step < 5; step++)
			for (size_t i = 0; i < WORDS * WORDS; i++) {
				set_word(&self->first, words[i % WORDS]);
				EXPECT_TRUE(do_step(d, last, now++));
				set_word(&self->first, words[i / WORDS]);
				EXPECT_TRUE(do_step(d, step, now++));
			}
	EXPECT_EQ(page_size(), sealmem_discardable_size(d));
}

/* After whatever has been done to the word, who agrees on it can go on. */
TEST_F(memory, holders_recover)
{
	struct sealmem_discardable *d = &self->second;

	for (size_t i = 0; i < WORDS; i++) {
		do_step(d, 1, 1);
		set_word(&self->first, words[i]);
		do_step(d, 0, 1);
		set_word(&self->first, 0);
		if (sealmem_discardable_purge(d, 2) != 0)
			EXPECT_OK(sealmem_discardable_purge(d, 3));
		EXPECT_OK(sealmem_discardable_recommit(d));
		EXPECT_TRUE(sealmem_discardable_is_locked(&self->first));
	}
}

TEST_F(memory, holder_that_unlocks_and_purges_under_the_user)
{
	struct sealmem_discardable *user = &self->second, *peer = &self->first;
	unsigned char *data = sealmem_discardable_data(user);

	memset(data, 0xaa, page_size());
	ASSERT_OK(sealmem_discardable_unlock(peer, 0, 0, 1));
	ASSERT_OK(sealmem_discardable_purge(peer, 2));
	/* Not promised: content. Promised: it can be read, and written. */
	EXPECT_TRUE(is_filled(data, 0, page_size()));
	memset(data, 0xaa, page_size());
	EXPECT_ERR(EAGAIN, sealmem_discardable_unlock(user, 0, 0, 3));
	EXPECT_ERR(ENODATA, sealmem_discardable_lock(user, 0, 0));
}

/* The page with the word goes away, too: that is a purge like any other. */
TEST_F(memory, holder_that_punches_it_all_out)
{
	struct sealmem_discardable *user = &self->second, other = { 0 };
	struct sealmem_unsafe_region region = { 0 };
	int fd = sealmem_unsafe_region_fd(&self->first.region);

	ASSERT_SYS(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
			     2 * (off_t)page_size()));
	EXPECT_FALSE(sealmem_discardable_is_resident(user));
	EXPECT_ERR(EAGAIN, sealmem_discardable_unlock(user, 0, 0, 1));
	EXPECT_ERR(ENODATA, sealmem_discardable_lock(user, 0, 0));
	EXPECT_OK(sealmem_discardable_recommit(user));
	EXPECT_OK(sealmem_discardable_unlock(user, 0, 0, 2));
	/* But nobody can tell any more what this region is. */
	ASSERT_OK(sealmem_discardable_dup_region(user, &region));
	EXPECT_ERR(EPROTO, sealmem_discardable_map(&region, &other));
	EXPECT_FALSE(sealmem_unsafe_region_is_empty(&region));
	EXPECT_NULL(other.mapping.addr);
	sealmem_unsafe_region_close(&region);
}

static void expect_refused(size_t size, int fill)
{
	struct sealmem_unsafe_region region = { 0 };
	struct sealmem_writable_mapping mapping = { 0 };
	struct sealmem_discardable d = { 0 };

	ASSERT_OK(sealmem_unsafe_region_create(size, NULL, &region));
	ASSERT_OK(sealmem_unsafe_region_map(&region, &mapping));
	memset(mapping.addr, fill, size);
	EXPECT_ERR(EPROTO, sealmem_discardable_map(&region, &d));
	EXPECT_EQ(size, sealmem_unsafe_region_size(&region));
	EXPECT_NULL(d.mapping.addr);
	sealmem_writable_mapping_unmap(&mapping);
	sealmem_unsafe_region_close(&region);
}

TEST(regions_of_something_else)
{
	expect_refused(1, 0);
	expect_refused(page_size() - 1, 0xff);
	expect_refused(page_size(), 0);
	expect_refused(2 * page_size(), 0xff);
	expect_refused(2 * page_size() + 1, 0);
}

/* With the right page in front, and a size that is no number of pages. */
TEST_F(memory, region_that_ends_within_a_page)
{
	struct sealmem_descriptor parts = { 0 };
	struct sealmem_unsafe_region region = { 0 };
	struct sealmem_discardable d = { 0 };

	ASSERT_OK(sealmem_discardable_dup_region(&self->first, &region));
	ASSERT_OK(sealmem_unsafe_region_export(&region, &parts));
	parts.size -= 8;
	ASSERT_OK(sealmem_unsafe_region_import(&parts, NULL, &region));
	EXPECT_ERR(EPROTO, sealmem_discardable_map(&region, &d));
	sealmem_unsafe_region_close(&region);
}

/* --- several at once --------------------------------------------------------- */

#define ROUNDS 3000

struct user {
	struct sealmem_discardable memory;
	int *users;
	int *is_stopping;
	int uses;
};

/* Holds it alone, as long as all respect the lock. */
static void *use_often(void *argument)
{
	struct user *user = argument;
	struct sealmem_discardable *d = &user->memory;

	for (uint64_t now = 1; now <= ROUNDS; now++) {
		int ret = sealmem_discardable_lock(d, 0, 0);

		if (ret == -EAGAIN)
			ret = sealmem_discardable_lock(d, 0, 0);
		if (ret == -ENODATA)
			ret = sealmem_discardable_recommit(d);
		if (ret == 0) {
			EXPECT_EQ(0, __atomic_fetch_add(user->users, 1,
							__ATOMIC_RELAXED));
			memset(sealmem_discardable_data(d), (int)now & 0xff,
			       SIZE);
			sched_yield();
			EXPECT_TRUE(is_filled(sealmem_discardable_data(d),
					      (int)now & 0xff, SIZE));
			__atomic_fetch_sub(user->users, 1, __ATOMIC_RELAXED);
			EXPECT_OK(sealmem_discardable_unlock(d, 0, 0, now));
			user->uses++;
		} else {
			sched_yield();
		}
	}
	return NULL;
}

static void *purge_often(void *argument)
{
	struct user *purger = argument;
	uint64_t now = 1;

	while (!__atomic_load_n(purger->is_stopping, __ATOMIC_RELAXED)) {
		int ret = sealmem_discardable_purge(&purger->memory, now++);

		EXPECT_TRUE(ret == 0 || ret == -EBUSY || ret == -EAGAIN);
		purger->uses += ret == 0;
	}
	return NULL;
}

TEST_F_TIMEOUT(memory, one_user_at_a_time, 60)
{
	struct user some[3] = { { .uses = 0 } };
	pthread_t threads[3];
	int users = 0, is_stopping = 0;

	ASSERT_OK(sealmem_discardable_unlock(&self->second, 0, 0, 1));
	for (int i = 0; i < 3; i++) {
		map_second(&self->first, &some[i].memory);
		some[i].users = &users;
		some[i].is_stopping = &is_stopping;
	}
	for (int i = 0; i < 3; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL,
					    i == 2 ? purge_often : use_often,
					    &some[i]));
	for (int i = 0; i < 2; i++)
		ASSERT_EQ(0, pthread_join(threads[i], NULL));
	__atomic_store_n(&is_stopping, 1, __ATOMIC_RELAXED);
	ASSERT_EQ(0, pthread_join(threads[2], NULL));
	TH_LOG("%d and %d uses, %d purges", some[0].uses, some[1].uses,
	       some[2].uses);
	for (int i = 0; i < 3; i++)
		sealmem_discardable_unmap(&some[i].memory);
}

TH_MAIN
