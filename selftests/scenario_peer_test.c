/* SPDX-License-Identifier: MIT */
/*
 * What holders of the same memory can do to each other: seal it first, meddle
 * with who waits on its words, and resize it while it is being checked.
 */
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <sys/ptrace.h>
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

/* The level is what the seals say: more than was asked for. */
TEST(holder_who_adds_write_cannot_weaken_a_live_region)
{
	struct received ours;

	receive(&ours, F_SEAL_WRITE);
	EXPECT_OK(sealmem_writable_region_to_readonly(&ours.region,
						      &ours.readonly));
	EXPECT_EQ(SEALMEM_LEVEL_FROZEN,
		  sealmem_readonly_region_level(&ours.readonly));
	EXPECT_EQ(LIVE_SEALS | F_SEAL_WRITE, seals_of(ours.kept));
	drop(&ours);
}

/*
 * The weaker level is for kernels that have no better, not for a second holder
 * who sealed first.
 */
TEST(holder_cannot_force_the_weaker_level)
{
	const struct sealmem_options options = {
		.struct_size = sizeof(options),
		.flags = SEALMEM_CREATE_DESCRIPTOR_LEVEL,
	};
	struct sealmem_writable_region region = { 0 };
	struct sealmem_readonly_region readonly = { 0 };

	ASSERT_OK(sealmem_writable_region_create(SIZE, &options, &region));
	ASSERT_SYS(fcntl(sealmem_writable_region_fd(&region), F_ADD_SEALS,
			 F_SEAL_SEAL));
	EXPECT_ERR(EPERM, sealmem_writable_region_freeze(&region, &readonly));
	EXPECT_ERR(EPERM,
		   sealmem_writable_region_to_readonly(&region, &readonly));
	EXPECT_TRUE(sealmem_readonly_region_is_empty(&readonly));
	sealmem_writable_region_close(&region);
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

/* Every holder may write to an unsafe region: one that ended that is none. */
TEST(unsafe_region_of_what_a_holder_sealed)
{
	struct received ours;

	receive(&ours, F_SEAL_FUTURE_WRITE);
	EXPECT_ERR(EPERM, sealmem_writable_region_to_unsafe(&ours.region,
							    &ours.unsafe));
	EXPECT_TRUE(sealmem_unsafe_region_is_empty(&ours.unsafe));
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

/*
 * Whatever is accepted can be read to its end; SIGBUS would end the process.
 * Where holes are refused, that question would notice what the first ones miss.
 */
static bool import_and_read(int fd, uint64_t size)
{
	const struct sealmem_policy policy = {
		.struct_size = sizeof(policy),
		.flags = SEALMEM_POLICY_HOLES,
	};
	struct sealmem_descriptor parts =
		declare(fd, SEALMEM_KIND_READONLY, size);
	struct sealmem_readonly_region region = { 0 };
	struct sealmem_readonly_mapping view = { 0 };
	int ret = sealmem_readonly_region_import(&parts, &policy, &region);

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

/* The importer: stops before anything, then at each of its system calls. */
static void be_stepped(int fd)
{
	int reader = reader_of(fd);

	/* A sanitizer's handler would take it for its own. */
	signal(SIGBUS, SIG_DFL);
	ASSERT_SYS(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
	raise(SIGSTOP);
	_exit(import_and_read(reader, 2 * page_size()));
}

/* Returns false if it ended before it had stopped so often. */
static bool step(pid_t importer, int stops, int *ret_status)
{
	ASSERT_EQ(importer, waitpid(importer, ret_status, 0));
	for (int i = 0; i < stops && WIFSTOPPED(*ret_status); i++) {
		ASSERT_SYS(ptrace(PTRACE_SYSCALL, importer, NULL, NULL));
		ASSERT_EQ(importer, waitpid(importer, ret_status, 0));
	}
	return WIFSTOPPED(*ret_status);
}

/* Is memory accepted that gets this size and its seals at that stop? */
static bool is_accepted(int stop, size_t size, bool *ret_was_in_time)
{
	const struct recipe later = {
		.access = O_RDWR,
		.mode = 0600,
		.size = (off_t)(2 * page_size()),
	};
	int fd = cook(&later), status;
	pid_t importer = fork();

	ASSERT_SYS(importer);
	if (importer == 0)
		be_stepped(fd);
	*ret_was_in_time = step(importer, stop, &status);
	if (*ret_was_in_time) {
		EXPECT_SYS(ftruncate(fd, (off_t)size));
		EXPECT_SYS(fcntl(fd, F_ADD_SEALS, LIVE_SEALS));
		ASSERT_SYS(ptrace(PTRACE_DETACH, importer, NULL, NULL));
		ASSERT_EQ(importer, waitpid(importer, &status, 0));
	}
	close(fd);
	ASSERT_TRUE(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Between any two system calls of the importer: shrunk, then sealed. */
TEST_TIMEOUT(size_is_asked_for_after_the_seals, 60)
{
	bool was_in_time = true;
	int stop;

	EXPECT_TRUE(is_accepted(0, 2 * page_size(), &was_in_time));
	for (stop = 0; was_in_time; stop++)
		EXPECT_FALSE(is_accepted(stop, page_size(), &was_in_time));
	EXPECT_GE(stop, 4);
}

TH_MAIN
