/* SPDX-License-Identifier: MIT */
/*
 * What holders of the same memory can do to each other: seal it first, meddle
 * with who waits on its words, and resize it while it is being checked.
 */
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>

#include "recipe.h"

/* --- seals that another holder added -------------------------------------- */

/* A writable region that came from a peer, and what the peer has kept. */
struct received {
	struct sealmem_writable_region region;
	struct sealmem_readonly_region readonly;
	struct sealmem_unsafe_region unsafe;
	int kept;
};

static void receive(struct received *self, unsigned int seals)
{
	struct sealmem_writable_region theirs = { 0 };
	struct sealmem_descriptor parts;

	*self = (struct received){ 0 };
	ASSERT_OK(sealmem_writable_region_create(SIZE, NULL, &theirs));
	self->kept = fcntl(sealmem_writable_region_fd(&theirs),
			   F_DUPFD_CLOEXEC, 0);
	ASSERT_SYS(self->kept);
	ASSERT_OK(sealmem_writable_region_export(&theirs, &parts));
	ASSERT_OK(sealmem_writable_region_import(&parts, NULL, &self->region));
	if (seals)
		ASSERT_SYS(fcntl(self->kept, F_ADD_SEALS, seals));
}

static void drop(struct received *self)
{
	close(self->kept);
	sealmem_writable_region_close(&self->region);
	sealmem_readonly_region_close(&self->readonly);
	sealmem_unsafe_region_close(&self->unsafe);
}

TEST(holder_who_adds_nothing)
{
	struct received ours;
	unsigned int seals;

	receive(&ours, 0);
	seals = seals_of(ours.kept);
	EXPECT_EQ(SIZE_SEALS, seals);
	EXPECT_OK(sealmem_writable_region_to_readonly(&ours.region,
						      &ours.readonly));
	EXPECT_EQ(LIVE_SEALS, seals_of(ours.kept));
	EXPECT_ERRNO(EPERM, fcntl(ours.kept, F_ADD_SEALS, F_SEAL_WRITE));
	drop(&ours);
}

TEST(holder_who_adds_seal_ends_conversion)
{
	struct received ours;

	receive(&ours, F_SEAL_SEAL);
	EXPECT_ERR(EPERM, sealmem_writable_region_to_readonly(&ours.region,
							      &ours.readonly));
	EXPECT_ERR(EPERM, sealmem_writable_region_freeze(&ours.region,
							 &ours.readonly));
	EXPECT_TRUE(sealmem_readonly_region_is_empty(&ours.readonly));
	EXPECT_FALSE(sealmem_writable_region_is_empty(&ours.region));
	EXPECT_EQ(UNSAFE_SEALS, seals_of(ours.kept));
	/* No other kind has just these seals. */
	EXPECT_OK(sealmem_writable_region_to_unsafe(&ours.region,
						    &ours.unsafe));
	drop(&ours);
}

TEST(holder_who_adds_future_write_ends_mapping_alone)
{
	struct received ours;
	struct sealmem_writable_mapping mapping = { 0 };

	receive(&ours, F_SEAL_FUTURE_WRITE);
	EXPECT_ERR(EPERM, sealmem_writable_region_map(&ours.region, &mapping));
	EXPECT_OK(sealmem_writable_region_to_readonly(&ours.region,
						      &ours.readonly));
	EXPECT_EQ(SEALMEM_LEVEL_LIVE,
		  sealmem_readonly_region_level(&ours.readonly));
	EXPECT_EQ(LIVE_SEALS, seals_of(ours.kept));
	drop(&ours);
}

TEST(holder_who_adds_write_freezes_it)
{
	struct received ours;
	struct sealmem_writable_mapping mapping = { 0 };

	receive(&ours, F_SEAL_WRITE);
	EXPECT_ERR(EPERM, sealmem_writable_region_map(&ours.region, &mapping));
	EXPECT_OK(sealmem_writable_region_freeze(&ours.region,
						 &ours.readonly));
	EXPECT_TRUE(sealmem_readonly_region_is_frozen(&ours.readonly));
	EXPECT_EQ(FROZEN_SEALS, seals_of(ours.kept));
	drop(&ours);
}

/* The level is what was asked for, and the seals are more than that. */
TEST(holder_who_adds_write_cannot_weaken_a_live_region)
{
	struct received ours;

	receive(&ours, F_SEAL_WRITE);
	EXPECT_OK(sealmem_writable_region_to_readonly(&ours.region,
						      &ours.readonly));
	EXPECT_EQ(SEALMEM_LEVEL_LIVE,
		  sealmem_readonly_region_level(&ours.readonly));
	EXPECT_EQ(LIVE_SEALS | F_SEAL_WRITE, seals_of(ours.kept));
	drop(&ours);
}

TEST(holder_cannot_add_write_while_it_is_mapped)
{
	struct received ours;
	struct sealmem_writable_mapping mapping = { 0 };

	receive(&ours, 0);
	ASSERT_OK(sealmem_writable_region_map(&ours.region, &mapping));
	EXPECT_ERRNO(EBUSY, fcntl(ours.kept, F_ADD_SEALS, F_SEAL_WRITE));
	EXPECT_EQ(SIZE_SEALS, seals_of(ours.kept));
	sealmem_writable_mapping_unmap(&mapping);
	drop(&ours);
}

/* Who may write in an unsafe region says its holders; one can take it away. */
TEST(not_promised_unsafe_region_that_can_be_mapped)
{
	struct received ours;
	struct sealmem_writable_mapping mapping = { 0 };

	receive(&ours, F_SEAL_FUTURE_WRITE);
	EXPECT_OK(sealmem_writable_region_to_unsafe(&ours.region,
						    &ours.unsafe));
	EXPECT_ERR(EPERM, sealmem_unsafe_region_map(&ours.unsafe, &mapping));
	drop(&ours);
}

/* --- waiting on words that others can map --------------------------------- */

#define WAITED 0
#define ASIDE 1

static long futex(const void *word, int op, unsigned int value,
		  const struct timespec *timeout, const void *other,
		  unsigned int value3)
{
	return syscall(SYS_futex, word, op, value, timeout, other, value3);
}

/* The number that FUTEX_REQUEUE takes in the place of the timeout. */
static long requeue(const void *word, unsigned int count, const void *other,
		    unsigned int value)
{
	return syscall(SYS_futex, word, FUTEX_CMP_REQUEUE, 0,
		       (unsigned long)count, other, value);
}

/* A live region, a reader's mapping, and one who waits through another. */
FIXTURE(words)
{
	struct made live;
	struct view hostile, honest;
	const uint32_t *theirs;
	const uint32_t *waited;
	uint32_t *written;
	pthread_t thread;
	struct timespec limit;
	int result;
};

FIXTURE_SETUP(words)
{
	ASSERT_OK(made_create(&self->live, SEALMEM_KIND_READONLY, SIZE));
	ASSERT_OK(made_map(&self->live, &self->hostile));
	ASSERT_OK(made_map(&self->live, &self->honest));
	memset(self->live.writer.addr, 0, SIZE);
	self->theirs = (const void *)self->hostile.bytes;
	self->waited = (const void *)self->honest.bytes;
	self->written = self->live.writer.addr;
}

FIXTURE_TEARDOWN(words)
{
	view_unmap(&self->hostile);
	view_unmap(&self->honest);
	made_close(&self->live);
}

static void *wait_for_change(void *argument)
{
	struct th_self_words *self = argument;
	long ret = futex(self->waited + WAITED, FUTEX_WAIT, 0, &self->limit,
			 NULL, 0);

	self->result = ret < 0 ? errno : 0;
	return NULL;
}

static void start_waiting(struct th_self_words *self, struct timespec limit)
{
	self->limit = limit;
	ASSERT_EQ(0, pthread_create(&self->thread, NULL, wait_for_change,
				    self));
}

TEST_F(words, reader_can_wait)
{
	const struct timespec soon = { .tv_nsec = 20000000 };

	EXPECT_ERRNO(ETIMEDOUT, futex(self->theirs + WAITED, FUTEX_WAIT, 0,
				      &soon, NULL, 0));
	EXPECT_ERRNO(EAGAIN, futex(self->theirs + WAITED, FUTEX_WAIT, 1, &soon,
				   NULL, 0));
}

TEST_F(words, writer_wakes_a_reader)
{
	start_waiting(self, (struct timespec){ .tv_sec = 8 });
	while (futex(self->written + WAITED, FUTEX_WAKE, INT_MAX, NULL, NULL,
		     0) == 0)
		sched_yield();
	pthread_join(self->thread, NULL);
	EXPECT_EQ(0, self->result);
}

/* Nothing has changed, and whoever waits is told that something has. */
TEST_F(words, not_promised_wake_ups_by_the_writer_alone)
{
	start_waiting(self, (struct timespec){ .tv_sec = 8 });
	while (futex(self->theirs + WAITED, FUTEX_WAKE, INT_MAX, NULL, NULL,
		     0) == 0)
		sched_yield();
	pthread_join(self->thread, NULL);
	EXPECT_EQ(0, self->result);
	EXPECT_EQ(0, self->waited[WAITED]);
}

/* The reader puts another where no writer looks; its timeout ends that. */
TEST_F(words, not_promised_that_the_writer_finds_who_waits)
{
	start_waiting(self, (struct timespec){ .tv_sec = 1 });
	while (requeue(self->theirs + WAITED, INT_MAX, self->theirs + ASIDE,
		       0) == 0)
		sched_yield();
	EXPECT_EQ(0, futex(self->written + WAITED, FUTEX_WAKE, INT_MAX, NULL,
			   NULL, 0));
	pthread_join(self->thread, NULL);
	EXPECT_EQ(ETIMEDOUT, self->result);
}

TEST_F(words, reader_cannot_change_a_word_by_waking)
{
	const unsigned int set = FUTEX_OP(FUTEX_OP_SET, 7, FUTEX_OP_CMP_EQ, 0);

	EXPECT_ERRNO(EFAULT, futex(self->theirs + ASIDE, FUTEX_WAKE_OP, 1, NULL,
				   self->theirs + WAITED, set));
	EXPECT_ERRNO(EFAULT, futex(self->theirs + WAITED, FUTEX_LOCK_PI, 0,
				   NULL, NULL, 0));
	EXPECT_EQ(0, self->waited[WAITED]);
	EXPECT_EQ(0, futex(self->written + ASIDE, FUTEX_WAKE_OP, 1, NULL,
			   self->written + WAITED, set));
	EXPECT_EQ(7, self->waited[WAITED]);
}

/* --- sizes that are not so, or not for long ------------------------------- */

static uint32_t import_declared(uint64_t size)
{
	const struct recipe live = { .seals = LIVE_SEALS };
	struct sealmem_descriptor parts =
		declare(cook(&live), SEALMEM_KIND_READONLY, size);

	return import_as(&parts, SEALMEM_KIND_READONLY);
}

TEST(declared_size_is_not_believed)
{
	EXPECT_EQ(SEALMEM_REFUSAL_NONE, import_declared(page_size()));
	EXPECT_EQ(SEALMEM_REFUSAL_SIZE_MISMATCH,
		  import_declared(page_size() + 1));
	EXPECT_EQ(SEALMEM_REFUSAL_SIZE_MISMATCH,
		  import_declared(2 * page_size()));
	EXPECT_EQ(SEALMEM_REFUSAL_SIZE_MISMATCH,
		  import_declared(SEALMEM_SIZE_MAX));
	EXPECT_EQ(SEALMEM_REFUSAL_SIZE_LIMIT, import_declared(UINT64_MAX));
}

/* What a thread does to the memory while another checks it. */
struct race {
	int fd;
	bool is_over;
	pthread_barrier_t start, end;
};

static void *resize_for_ever(void *argument)
{
	struct race *race = argument;
	off_t size = (off_t)page_size();

	while (!__atomic_load_n(&race->is_over, __ATOMIC_RELAXED)) {
		EXPECT_SYS(ftruncate(race->fd, 0));
		EXPECT_SYS(ftruncate(race->fd, size));
		EXPECT_EQ(1, pwrite(race->fd, "", 1, 0));
	}
	return NULL;
}

static int reader_of(int fd)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_RDONLY | O_CLOEXEC);
}

TEST_TIMEOUT(memory_that_shrinks_and_grows_is_never_accepted, 60)
{
	const struct recipe like_live = {
		.access = O_RDWR,
		.mode = 0600,
	};
	struct race race = { .fd = cook(&like_live) };
	pthread_t thread;

	ASSERT_EQ(0, pthread_create(&thread, NULL, resize_for_ever, &race));
	for (int i = 0; i < 2000 && !th_failed(); i++) {
		struct sealmem_descriptor parts =
			declare(reader_of(race.fd), SEALMEM_KIND_READONLY,
				page_size());

		EXPECT_EQ(SEALMEM_REFUSAL_NO_SHRINK_SEAL,
			  import_as(&parts, SEALMEM_KIND_READONLY));
	}
	__atomic_store_n(&race.is_over, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	close(race.fd);
}

#define ROUNDS 500

/* Every second time it is honest, so that both orders can be accepted. */
static void *shrink_then_seal(void *argument)
{
	struct race *race = argument;

	for (int i = 0; i < ROUNDS; i++) {
		pthread_barrier_wait(&race->start);
		if (i % 2)
			EXPECT_SYS(ftruncate(race->fd, (off_t)page_size()));
		EXPECT_SYS(fcntl(race->fd, F_ADD_SEALS, LIVE_SEALS));
		pthread_barrier_wait(&race->end);
	}
	return NULL;
}

/* Whatever is accepted can be read to its end; SIGBUS would end the case. */
static bool import_and_read(int fd, uint64_t size)
{
	struct sealmem_descriptor parts =
		declare(fd, SEALMEM_KIND_READONLY, size);
	struct sealmem_readonly_region region = { 0 };
	struct sealmem_readonly_mapping view = { 0 };
	int ret = sealmem_readonly_region_import(&parts, NULL, &region);

	if (ret < 0) {
		EXPECT_EQ(-EPROTO, ret);
		return false;
	}
	ASSERT_OK(sealmem_readonly_region_map(&region, &view));
	EXPECT_TRUE(is_filled(view.addr, 0, size));
	sealmem_readonly_mapping_unmap(&view);
	sealmem_readonly_region_close(&region);
	return true;
}

/* Sealed before or after its seals are asked for, never between two checks. */
TEST_TIMEOUT(size_is_asked_for_after_the_seals, 60)
{
	const struct recipe later = {
		.access = O_RDWR,
		.mode = 0600,
		.size = (off_t)(2 * page_size()),
	};
	struct race race = { 0 };
	uint64_t size = 2 * page_size();
	int accepted = 0;
	pthread_t thread;

	pthread_barrier_init(&race.start, NULL, 2);
	pthread_barrier_init(&race.end, NULL, 2);
	ASSERT_EQ(0, pthread_create(&thread, NULL, shrink_then_seal, &race));
	for (int i = 0; i < ROUNDS; i++) {
		int fd;

		race.fd = cook(&later);
		fd = reader_of(race.fd);
		pthread_barrier_wait(&race.start);
		if (import_and_read(fd, size) && i % 2)
			accepted++;
		pthread_barrier_wait(&race.end);
		EXPECT_EQ(i % 2 == 0,
			  import_and_read(reader_of(race.fd), size));
		close(race.fd);
	}
	pthread_join(thread, NULL);
	EXPECT_EQ(0, accepted);
	pthread_barrier_destroy(&race.start);
	pthread_barrier_destroy(&race.end);
}

TH_MAIN
