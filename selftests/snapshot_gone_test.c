/* SPDX-License-Identifier: MIT */
/*
 * Waiting on words that hostile readers and writers can touch as well, and for
 * writers that do not come back: late at worst, never wrong, and never for ever.
 */
#include <poll.h>

#include "snapshot_wait.h"

/* ---- other readers --------------------------------------------------- */

/* What a co-reader does to whoever waits, again and again. */
typedef void mischief(const uint32_t *word);

static void wake_all(const uint32_t *word)
{
	futex(word, FUTEX_WAKE, INT_MAX, NULL);
}

static void wake_one(const uint32_t *word)
{
	futex(word, FUTEX_WAKE, 1, NULL);
}

/* To a word that no writer wakes. */
static void move_all(const uint32_t *word)
{
	syscall(SYS_futex, word, FUTEX_REQUEUE, 0, (unsigned long)INT_MAX,
		word + 15, 0);
}

/* Where a writer that wakes one would find it first. */
static void wait_too(const uint32_t *word)
{
	const struct timespec limit = { .tv_nsec = 1000000 };

	futex(word, FUTEX_WAIT, *(const volatile uint32_t *)word, &limit);
}

FIXTURE(co_reader)
{
	struct buffer buffer;
	struct sealmem_snapshot_reader reader, theirs;
	mischief *act;
	pthread_t thread;
	int is_over;
};

FIXTURE_VARIANT(co_reader)
{
	mischief *act;
};

FIXTURE_VARIANT_ADD(co_reader, wakes_all) { wake_all };
FIXTURE_VARIANT_ADD(co_reader, wakes_one) { wake_one };
FIXTURE_VARIANT_ADD(co_reader, moves_all) { move_all };
FIXTURE_VARIANT_ADD(co_reader, waits_too) { wait_too };

static void *act_for_ever(void *argument)
{
	struct th_self_co_reader *self = argument;

	while (!__atomic_load_n(&self->is_over, __ATOMIC_RELAXED))
		self->act(waited_word(&self->theirs));
	return NULL;
}

FIXTURE_SETUP(co_reader)
{
	buffer_make(&self->buffer, 1, PART_SIZE);
	reader_attach(&self->buffer.region, &self->buffer.layout,
		      &self->reader);
	reader_attach(&self->buffer.region, &self->buffer.layout,
		      &self->theirs);
	ASSERT_OK(sealmem_snapshot_writer_set_wake(
		&self->buffer.writer, SEALMEM_SNAPSHOT_WAKE_ALWAYS, 0));
	self->act = variant->act;
	ASSERT_EQ(0, pthread_create(&self->thread, NULL, act_for_ever, self));
}

FIXTURE_TEARDOWN(co_reader)
{
	__atomic_store_n(&self->is_over, 1, __ATOMIC_RELAXED);
	ASSERT_EQ(0, pthread_join(self->thread, NULL));
	sealmem_snapshot_reader_close(&self->reader);
	sealmem_snapshot_reader_close(&self->theirs);
	buffer_close(&self->buffer);
}

/* Neither earlier than it says nor, by the harness, never. */
TEST_F(co_reader, cannot_end_a_wait)
{
	for (int timeout_ms = 10; timeout_ms <= 250; timeout_ms += 120) {
		long long start = th_now_ms();

		EXPECT_EQ(SEALMEM_SNAPSHOT_UNCHANGED,
			  sealmem_snapshot_wait(&self->reader, timeout_ms));
		EXPECT_GE(th_now_ms() - start, timeout_ms);
	}
}

TEST_F(co_reader, cannot_keep_a_value_from_a_wait)
{
	struct sleeper sleeper;

	for (uint32_t i = 1; i <= 8; i++) {
		sleeper_start(&sleeper, &self->buffer);
		usleep(i * 1000);
		publish(&self->buffer, i);
		EXPECT_EQ(SEALMEM_SNAPSHOT_FRESH, sleeper_end(&sleeper));
		EXPECT_EQ(i, read_newest(&self->reader));
	}
}

/* ---- a writer that only pretends ------------------------------------- */

struct pretender {
	struct buffer buffer;
	pthread_t thread;
	int is_over;
};

/* The word goes up and down, and every time somebody is woken for it. */
static void *pretend(void *argument)
{
	struct pretender *self = argument;
	struct words *words = summary_words(self->buffer.writer.mapping.addr);

	for (uint32_t i = 0;
	     !__atomic_load_n(&self->is_over, __ATOMIC_RELAXED); i++) {
		__atomic_store_n(&words->sequence, i % 3, __ATOMIC_RELAXED);
		wake_all(&words->sequence);
	}
	return NULL;
}

TEST_TIMEOUT(writer_that_only_pretends, 60)
{
	struct sealmem_snapshot_reader reader;
	struct pretender self = { 0 };
	int state, changed = 0;

	buffer_make(&self.buffer, 1, PART_SIZE);
	reader_attach(&self.buffer.region, &self.buffer.layout, &reader);
	ASSERT_EQ(0, pthread_create(&self.thread, NULL, pretend, &self));
	for (int i = 0; i < 200; i++) {
		state = sealmem_snapshot_wait(&reader, i % 3);
		EXPECT_TRUE(state == SEALMEM_SNAPSHOT_FRESH ||
			    state == SEALMEM_SNAPSHOT_UNCHANGED);
		changed += state == SEALMEM_SNAPSHOT_FRESH;
		EXPECT_EQ(0, read_newest(&reader));
	}
	TH_LOG("%d of 200 times something seemed to have changed", changed);
	__atomic_store_n(&self.is_over, 1, __ATOMIC_RELAXED);
	ASSERT_EQ(0, pthread_join(self.thread, NULL));
	sealmem_snapshot_reader_close(&reader);
	buffer_close(&self.buffer);
}

/* ---- writers that are killed ----------------------------------------- */

FIXTURE(writer)
{
	pid_t pid;
	int pidfd;
	struct sealmem_channel channel;
	struct sealmem_readonly_region region;
	struct sealmem_snapshot_layout layout;
	struct sealmem_snapshot_reader reader;
};

FIXTURE_VARIANT(writer)
{
	bool by_pidfd;
};

FIXTURE_VARIANT_ADD(writer, by_socket) { false };
FIXTURE_VARIANT_ADD(writer, by_pidfd) { true };

/* Publishes a value each time that it is sent anything, and never says goodbye. */
static void produce(struct sealmem_channel *channel)
{
	struct pollfd polled = { .events = POLLIN };
	struct buffer buffer;
	char byte;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	buffer_make(&buffer, 1, PART_SIZE);
	ASSERT_OK(sealmem_channel_send_readonly(channel, &buffer.region, NULL));
	polled.fd = sealmem_channel_fd(channel);
	for (uint32_t i = 1; poll(&polled, 1, -1) == 1; i++) {
		ASSERT_EQ(1, read(polled.fd, &byte, 1));
		publish(&buffer, i);
	}
	_exit(0);
}

static void ask_for_value(struct th_self_writer *self)
{
	ASSERT_EQ(1, write(sealmem_channel_fd(&self->channel), "", 1));
}

FIXTURE_SETUP(writer)
{
	struct sealmem_received_region received = { 0 };
	struct sealmem_channel theirs = { 0 };

	ASSERT_OK(sealmem_channel_pair(&self->channel, &theirs));
	self->pid = fork();
	ASSERT_SYS(self->pid);
	if (self->pid == 0) {
		sealmem_channel_close(&self->channel);
		produce(&theirs);
	}
	sealmem_channel_close(&theirs);
	self->pidfd = (int)syscall(SYS_pidfd_open, self->pid, 0);
	ASSERT_OK(sealmem_channel_receive(&self->channel, NULL, -1, &received,
					  NULL));
	self->region = received.as.readonly;
	self->layout = layout_of(1, PART_SIZE);
	reader_attach(&self->region, &self->layout, &self->reader);
}

FIXTURE_TEARDOWN(writer)
{
	if (self->pidfd >= 0)
		close(self->pidfd);
	kill(self->pid, SIGKILL);
	waitpid(self->pid, NULL, 0);
	sealmem_channel_close(&self->channel);
	sealmem_snapshot_reader_close(&self->reader);
	sealmem_readonly_region_close(&self->region);
}

static int watched_fd(struct th_self_writer *self, bool by_pidfd)
{
	if (by_pidfd && self->pidfd < 0)
		SKIP("no pidfd_open here");
	return by_pidfd ? self->pidfd : sealmem_channel_fd(&self->channel);
}

TEST_F(writer, killed_while_somebody_sleeps)
{
	struct sleeper sleeper;

	sleeper_attach(&sleeper, &self->region, &self->layout);
	ASSERT_OK(sealmem_snapshot_reader_watch(
		&sleeper.reader, watched_fd(self, variant->by_pidfd)));
	sleeper_run(&sleeper);
	poke_sleeper(waited_word(&self->reader));
	ASSERT_SYS(kill(self->pid, SIGKILL));
	EXPECT_EQ(SEALMEM_SNAPSHOT_WRITER_GONE, sleeper_end(&sleeper));
}

/* Its last value comes before the news of its end. */
TEST_F(writer, killed_after_a_value)
{
	ASSERT_OK(sealmem_snapshot_reader_watch(
		&self->reader, watched_fd(self, variant->by_pidfd)));
	ask_for_value(self);
	EXPECT_EQ(SEALMEM_SNAPSHOT_FRESH,
		  sealmem_snapshot_wait(&self->reader, FOR_EVER));
	ask_for_value(self);
	while (!sealmem_snapshot_has_changed(&self->reader))
		sched_yield();
	EXPECT_EQ(2, read_newest(&self->reader));
	ask_for_value(self);
	while (read_newest(&self->reader) != 3)
		sched_yield();
	ASSERT_SYS(kill(self->pid, SIGKILL));
	ASSERT_EQ(self->pid, waitpid(self->pid, NULL, 0));
	/* It may have been killed before it told of the third. */
	if (sealmem_snapshot_wait(&self->reader, FOR_EVER) ==
	    SEALMEM_SNAPSHOT_FRESH)
		TH_LOG("the third was told of");
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(SEALMEM_SNAPSHOT_WRITER_GONE,
			  sealmem_snapshot_wait(&self->reader, FOR_EVER));
}

/* Busy, stopped, talkative: not gone. */
TEST_F(writer, that_lives_is_not_gone)
{
	ASSERT_OK(sealmem_snapshot_reader_watch(
		&self->reader, watched_fd(self, variant->by_pidfd)));
	EXPECT_EQ(SEALMEM_SNAPSHOT_UNCHANGED,
		  sealmem_snapshot_wait(&self->reader, 1));
	ASSERT_SYS(kill(self->pid, SIGSTOP));
	EXPECT_EQ(SEALMEM_SNAPSHOT_UNCHANGED,
		  sealmem_snapshot_wait(&self->reader, 150));
	ASSERT_SYS(kill(self->pid, SIGCONT));
	ask_for_value(self);
	EXPECT_EQ(SEALMEM_SNAPSHOT_FRESH,
		  sealmem_snapshot_wait(&self->reader, FOR_EVER));
}

TEST_F(writer, watched_no_more)
{
	ASSERT_OK(sealmem_snapshot_reader_watch(
		&self->reader, watched_fd(self, variant->by_pidfd)));
	ASSERT_SYS(kill(self->pid, SIGKILL));
	EXPECT_EQ(SEALMEM_SNAPSHOT_WRITER_GONE,
		  sealmem_snapshot_wait(&self->reader, FOR_EVER));
	ASSERT_OK(sealmem_snapshot_reader_watch(&self->reader, -1));
	EXPECT_EQ(SEALMEM_SNAPSHOT_UNCHANGED,
		  sealmem_snapshot_wait(&self->reader, 1));
}

/* ---- what is watched ------------------------------------------------- */

TEST(socket_with_something_to_read_is_not_gone)
{
	struct sealmem_channel ours = { 0 }, theirs = { 0 };
	struct sealmem_snapshot_reader reader;
	struct buffer buffer;

	buffer_make(&buffer, 1, PART_SIZE);
	reader_attach(&buffer.region, &buffer.layout, &reader);
	ASSERT_OK(sealmem_channel_pair(&ours, &theirs));
	ASSERT_OK(sealmem_channel_send_readonly(&theirs, &buffer.region, NULL));
	ASSERT_OK(sealmem_snapshot_reader_watch(&reader,
						sealmem_channel_fd(&ours)));
	EXPECT_EQ(SEALMEM_SNAPSHOT_UNCHANGED, sealmem_snapshot_wait(&reader, 1));
	sealmem_channel_close(&theirs);
	EXPECT_EQ(SEALMEM_SNAPSHOT_WRITER_GONE,
		  sealmem_snapshot_wait(&reader, 0));
	publish(&buffer, 1);
	EXPECT_EQ(SEALMEM_SNAPSHOT_FRESH, sealmem_snapshot_wait(&reader, 0));
	sealmem_channel_close(&ours);
	sealmem_snapshot_reader_close(&reader);
	buffer_close(&buffer);
}

TEST(watching_what_is_not_open)
{
	struct sealmem_channel ours = { 0 }, theirs = { 0 };
	struct sealmem_snapshot_reader reader;
	struct buffer buffer;
	int fd;

	buffer_make(&buffer, 1, PART_SIZE);
	reader_attach(&buffer.region, &buffer.layout, &reader);
	ASSERT_OK(sealmem_channel_pair(&ours, &theirs));
	fd = sealmem_channel_fd(&ours);
	ASSERT_OK(sealmem_snapshot_reader_watch(&reader, fd));
	EXPECT_ERR(EBADF, sealmem_snapshot_reader_watch(&reader, INT_MAX));
	/* Still the one from before, which goes away now. */
	EXPECT_EQ(SEALMEM_SNAPSHOT_UNCHANGED, sealmem_snapshot_wait(&reader, 1));
	sealmem_channel_close(&ours);
	EXPECT_ERR(EBADF, sealmem_snapshot_wait(&reader, FOR_EVER));
	EXPECT_ERR(EBADF, sealmem_snapshot_reader_watch(&reader, fd));
	sealmem_channel_close(&theirs);
	sealmem_snapshot_reader_close(&reader);
	buffer_close(&buffer);
}

TH_MAIN
