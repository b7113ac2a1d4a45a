/* SPDX-License-Identifier: MIT */
/*
 * When a writer wakes those who wait. Whoever waits here does so without looks
 * of its own: it is woken, or the case ends by its limit.
 */
#include <poll.h>

#include "snapshot_wait.h"

FIXTURE(writer)
{
	struct buffer buffer;
	struct sealmem_snapshot_writer *writer;
	struct sealmem_snapshot_reader reader;
	pthread_t thread;
};

FIXTURE_SETUP(writer)
{
	buffer_make(&self->buffer, 1, PART_SIZE);
	reader_attach(&self->buffer.region, &self->buffer.layout,
		      &self->reader);
	self->writer = &self->buffer.writer;
}

FIXTURE_TEARDOWN(writer)
{
	sealmem_snapshot_reader_close(&self->reader);
	buffer_close(&self->buffer);
}

static void set_wake(struct th_self_writer *self,
		     enum sealmem_snapshot_wake policy, uint32_t interval_us)
{
	ASSERT_OK(sealmem_snapshot_writer_set_wake(self->writer, policy,
						   interval_us));
}

/* ---- who sleeps, and who is woken ------------------------------------ */

/* One wait, that only a wake ends. */
static void *sleep_on_word(void *argument)
{
	const uint32_t *word = argument;

	EXPECT_SYS(futex(word, FUTEX_WAIT,
			 __atomic_load_n(word, __ATOMIC_RELAXED), NULL));
	return NULL;
}

/* Moves them all to where they are, which says how many there are. */
static long count_sleepers(const uint32_t *word)
{
	return syscall(SYS_futex, word, FUTEX_REQUEUE, 0,
		       (unsigned long)INT_MAX, word, 0);
}

static void start_sleeping(struct th_self_writer *self)
{
	const uint32_t *word = waited_word(&self->reader);

	ASSERT_EQ(0, pthread_create(&self->thread, NULL, sleep_on_word,
				    (void *)(uintptr_t)word));
	while (count_sleepers(word) == 0)
		sched_yield();
}

static bool is_asleep(struct th_self_writer *self)
{
	return count_sleepers(waited_word(&self->reader)) != 0;
}

static void expect_woken(struct th_self_writer *self)
{
	ASSERT_EQ(0, pthread_join(self->thread, NULL));
}

/* ---- policies -------------------------------------------------------- */

TEST_F(writer, by_default_it_wakes_nobody)
{
	start_sleeping(self);
	publish(&self->buffer, 1);
	EXPECT_TRUE(is_asleep(self));
	EXPECT_EQ(-1, sealmem_snapshot_writer_wake_timeout(self->writer));
	sealmem_snapshot_writer_wake(self->writer);
	expect_woken(self);
}

TEST_F(writer, always)
{
	set_wake(self, SEALMEM_SNAPSHOT_WAKE_ALWAYS, 0);
	for (uint32_t i = 1; i < 50; i++) {
		start_sleeping(self);
		publish(&self->buffer, i);
		expect_woken(self);
		EXPECT_EQ(-1, sealmem_snapshot_writer_wake_timeout(
				      self->writer));
	}
}

static void start_many(struct th_self_writer *self, pthread_t *threads,
		       int count)
{
	const uint32_t *word = waited_word(&self->reader);

	for (int i = 0; i < count; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, sleep_on_word,
					    (void *)(uintptr_t)word));
	while (count_sleepers(word) != count)
		sched_yield();
	set_wake(self, SEALMEM_SNAPSHOT_WAKE_ALWAYS, 0);
}

static void end_many(pthread_t *threads, int count)
{
	for (int i = 0; i < count; i++)
		ASSERT_EQ(0, pthread_join(threads[i], NULL));
}

TEST_F(writer, always_everybody)
{
	pthread_t threads[8];

	start_many(self, threads, 8);
	publish(&self->buffer, 1);
	end_many(threads, 8);
}

/* Or a reader with as many requests in its rings as it likes would stall it. */
TEST_F_TIMEOUT(writer, at_most_so_many_at_once, 60)
{
	const uint32_t *word = waited_word(&self->reader);
	const int count = SEALMEM_SNAPSHOT_SLEEPERS_MAX + 9;
	pthread_t threads[SEALMEM_SNAPSHOT_SLEEPERS_MAX + 9];

	start_many(self, threads, count);
	publish(&self->buffer, 1);
	EXPECT_EQ(9, count_sleepers(word));
	publish(&self->buffer, 2);
	end_many(threads, count);
}

TEST_F(writer, nothing_new_wakes_nobody)
{
	publish(&self->buffer, 1);
	sealmem_snapshot_writer_wake(self->writer);
	start_sleeping(self);
	sealmem_snapshot_writer_wake(self->writer);
	EXPECT_TRUE(is_asleep(self));
	publish(&self->buffer, 2);
	sealmem_snapshot_writer_wake(self->writer);
	expect_woken(self);
}

/* A second publication inside the interval; the machine may be too slow. */
static bool publish_twice(struct th_self_writer *self)
{
	set_wake(self, SEALMEM_SNAPSHOT_WAKE_AT_MOST_EVERY,
		 SEALMEM_SNAPSHOT_WAKE_INTERVAL_MAX_US);
	start_sleeping(self);
	publish(&self->buffer, 1);
	expect_woken(self);
	EXPECT_EQ(-1, sealmem_snapshot_writer_wake_timeout(self->writer));
	start_sleeping(self);
	publish(&self->buffer, 2);
	if (is_asleep(self))
		return true;
	expect_woken(self);
	return false;
}

TEST_F(writer, at_most_every_interval)
{
	int timeout_ms;

	while (!publish_twice(self) && !th_failed())
		;
	timeout_ms = sealmem_snapshot_writer_wake_timeout(self->writer);
	EXPECT_GE(timeout_ms, 0);
	EXPECT_LE(timeout_ms, 1000);
	EXPECT_TRUE(is_asleep(self));
	/* As a producer's loop does it. */
	while ((timeout_ms = sealmem_snapshot_writer_wake_timeout(
			self->writer)) > 0)
		poll(NULL, 0, timeout_ms);
	EXPECT_EQ(0, timeout_ms);
	EXPECT_TRUE(is_asleep(self));
	sealmem_snapshot_writer_wake(self->writer);
	expect_woken(self);
	EXPECT_EQ(-1, sealmem_snapshot_writer_wake_timeout(self->writer));
}

TEST_F(writer, wakes_inside_an_interval_if_told_to)
{
	while (!publish_twice(self) && !th_failed())
		;
	sealmem_snapshot_writer_wake(self->writer);
	expect_woken(self);
}

TEST_F(writer, wakes_again_after_the_interval)
{
	set_wake(self, SEALMEM_SNAPSHOT_WAKE_AT_MOST_EVERY, 1000);
	for (uint32_t i = 1; i < 20; i++) {
		start_sleeping(self);
		usleep(1100);
		publish(&self->buffer, i);
		expect_woken(self);
	}
}

TEST_F(writer, closing_wakes_under_every_policy)
{
	start_sleeping(self);
	sealmem_snapshot_writer_close(self->writer);
	expect_woken(self);
}

TEST_F(writer, policies_that_make_no_sense)
{
	const enum sealmem_snapshot_wake never = SEALMEM_SNAPSHOT_WAKE_NEVER,
		always = SEALMEM_SNAPSHOT_WAKE_ALWAYS,
		every = SEALMEM_SNAPSHOT_WAKE_AT_MOST_EVERY;
	const struct {
		int policy;
		uint32_t interval_us;
	} wrong[] = {
		{ never, 1 }, { always, 1 }, { every, 0 }, { every, UINT32_MAX },
		{ every, SEALMEM_SNAPSHOT_WAKE_INTERVAL_MAX_US + 1 },
		{ -1, 0 }, { -1, 1 }, { 3, 0 }, { 3, 1 },
	};

	set_wake(self, always, 0);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		EXPECT_ERR(EINVAL, sealmem_snapshot_writer_set_wake(
					   self->writer, wrong[i].policy,
					   wrong[i].interval_us));
	/* Still as it was. */
	start_sleeping(self);
	publish(&self->buffer, 1);
	expect_woken(self);
}

TEST(empty_writer)
{
	struct sealmem_snapshot_writer writer = { 0 };

	EXPECT_ERR(EBADF, sealmem_snapshot_writer_set_wake(
				  &writer, SEALMEM_SNAPSHOT_WAKE_ALWAYS, 0));
	EXPECT_EQ(-1, sealmem_snapshot_writer_wake_timeout(&writer));
	sealmem_snapshot_writer_wake(&writer);
}

TH_MAIN
