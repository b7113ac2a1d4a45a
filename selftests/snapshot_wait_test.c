/* SPDX-License-Identifier: MIT */
/*
 * Sleeping until a snapshot changes, on memory that can only be read: it ends
 * when there is something new, when the writer is gone, and in time, whatever
 * writers and other readers do. How long a wake takes is not tested here.
 */
#include <sys/prctl.h>

#include "snapshot_wait.h"

#define NOBODY 65534

/* ---- with nobody else ------------------------------------------------ */

FIXTURE(alone)
{
	struct buffer buffer;
	struct sealmem_snapshot_reader reader;
};

FIXTURE_SETUP(alone)
{
	buffer_make(&self->buffer, 2, PART_SIZE);
	reader_attach(&self->buffer.region, &self->buffer.layout,
		      &self->reader);
}

FIXTURE_TEARDOWN(alone)
{
	sealmem_snapshot_reader_close(&self->reader);
	buffer_close(&self->buffer);
}

static void expect_unchanged_after(struct sealmem_snapshot_reader *reader,
				   int timeout_ms)
{
	long long start = th_now_ms();

	EXPECT_EQ(SEALMEM_SNAPSHOT_UNCHANGED,
		  sealmem_snapshot_wait(reader, timeout_ms));
	EXPECT_GE(th_now_ms() - start, timeout_ms);
}

TEST_F(alone, waits_to_the_end)
{
	expect_unchanged_after(&self->reader, 0);
	expect_unchanged_after(&self->reader, 1);
	expect_unchanged_after(&self->reader, 30);
	/* More than one look. */
	expect_unchanged_after(&self->reader, 250);
}

TEST_F(alone, what_is_there_already_ends_it_at_once)
{
	publish(&self->buffer, 1);
	EXPECT_EQ(SEALMEM_SNAPSHOT_FRESH,
		  sealmem_snapshot_wait(&self->reader, FOR_EVER));
	EXPECT_FALSE(sealmem_snapshot_has_changed(&self->reader));
	EXPECT_EQ(SEALMEM_SNAPSHOT_UNCHANGED,
		  sealmem_snapshot_wait(&self->reader, 0));
	EXPECT_EQ(1, read_newest(&self->reader));
}

TEST_F(alone, it_answers_as_has_changed_does)
{
	publish(&self->buffer, 1);
	EXPECT_TRUE(sealmem_snapshot_has_changed(&self->reader));
	EXPECT_EQ(SEALMEM_SNAPSHOT_UNCHANGED,
		  sealmem_snapshot_wait(&self->reader, 0));
	/* For all parts together. */
	ASSERT_OK(sealmem_snapshot_write(&self->buffer.writer, 1,
					 (const char[PART_SIZE]){ 0 }));
	EXPECT_EQ(SEALMEM_SNAPSHOT_FRESH,
		  sealmem_snapshot_wait(&self->reader, FOR_EVER));
}

TEST_F(alone, goodbye_is_told_and_then_repeated_without_waiting)
{
	sealmem_snapshot_writer_close(&self->buffer.writer);
	EXPECT_EQ(SEALMEM_SNAPSHOT_FRESH,
		  sealmem_snapshot_wait(&self->reader, FOR_EVER));
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(SEALMEM_SNAPSHOT_WRITER_GONE,
			  sealmem_snapshot_wait(&self->reader, FOR_EVER));
}

TEST(empty_reader)
{
	struct sealmem_snapshot_reader reader = { 0 };
	struct sealmem_gamepad_reader pads = { 0 };
	char sqe[SEALMEM_SNAPSHOT_SQE_SIZE] = "untouched";

	EXPECT_ERR(EBADF, sealmem_snapshot_wait(&reader, FOR_EVER));
	EXPECT_ERR(EBADF, sealmem_gamepad_wait(&pads, FOR_EVER));
	EXPECT_ERR(EBADF, sealmem_snapshot_reader_watch(&reader, -1));
	EXPECT_ERR(EBADF, sealmem_snapshot_prepare_wait(&reader, sqe));
	EXPECT_STREQ("untouched", sqe);
}

/* ---- woken ----------------------------------------------------------- */

FIXTURE(woken)
{
	struct buffer buffer;
	struct sealmem_snapshot_reader other;
};

FIXTURE_VARIANT(woken)
{
	enum sealmem_snapshot_wake policy;
	uint32_t interval_us;
};

FIXTURE_VARIANT_ADD(woken, never) { SEALMEM_SNAPSHOT_WAKE_NEVER, 0 };
FIXTURE_VARIANT_ADD(woken, always) { SEALMEM_SNAPSHOT_WAKE_ALWAYS, 0 };
FIXTURE_VARIANT_ADD(woken, at_most) { SEALMEM_SNAPSHOT_WAKE_AT_MOST_EVERY, 9 };

FIXTURE_SETUP(woken)
{
	buffer_make(&self->buffer, 1, PART_SIZE);
	reader_attach(&self->buffer.region, &self->buffer.layout,
		      &self->other);
	ASSERT_OK(sealmem_snapshot_writer_set_wake(&self->buffer.writer,
						   variant->policy,
						   variant->interval_us));
}

FIXTURE_TEARDOWN(woken)
{
	sealmem_snapshot_reader_close(&self->other);
	buffer_close(&self->buffer);
}

TEST_F(woken, publication_ends_a_wait)
{
	struct sleeper sleeper;

	for (uint32_t i = 1; i < 10 && !th_failed(); i++) {
		sleeper_start(&sleeper, &self->buffer);
		if (i % 2)
			poke_sleeper(waited_word(&self->other));
		publish(&self->buffer, i);
		EXPECT_EQ(SEALMEM_SNAPSHOT_FRESH, sleeper_end(&sleeper));
		EXPECT_EQ(i, read_newest(&self->other));
	}
}

TEST_F(woken, every_sleeper_is)
{
	struct sleeper sleepers[8];

	for (int i = 0; i < 8; i++)
		sleeper_start(&sleepers[i], &self->buffer);
	poke_sleeper(waited_word(&self->other));
	publish(&self->buffer, 1);
	for (int i = 0; i < 8; i++)
		EXPECT_EQ(SEALMEM_SNAPSHOT_FRESH, sleeper_end(&sleepers[i]));
}

TEST_F(woken, closing_the_writer_ends_a_wait)
{
	struct sleeper sleeper;
	int result;

	sleeper_start(&sleeper, &self->buffer);
	poke_sleeper(waited_word(&self->other));
	sealmem_snapshot_writer_close(&self->buffer.writer);
	result = sleeper_end(&sleeper);
	/* GONE at once: it looked between the two stores of the close. */
	EXPECT_TRUE(result == SEALMEM_SNAPSHOT_FRESH ||
		    result == SEALMEM_SNAPSHOT_WRITER_GONE);
	EXPECT_EQ(SEALMEM_SNAPSHOT_FRESH,
		  sealmem_snapshot_wait(&self->other, FOR_EVER));
	EXPECT_EQ(SEALMEM_SNAPSHOT_WRITER_GONE,
		  sealmem_snapshot_wait(&self->other, FOR_EVER));
}

TEST(waiting_for_gamepads)
{
	struct sealmem_readonly_region region = { 0 };
	struct sealmem_gamepad_writer writer = { 0 };
	struct sealmem_gamepad_reader reader = { 0 };
	struct sealmem_gamepad pad = { .connected = 1 };

	ASSERT_OK(sealmem_gamepad_writer_create(0, NULL, &region, &writer));
	ASSERT_OK(sealmem_gamepad_reader_attach(&region, &reader));
	EXPECT_OK(sealmem_snapshot_writer_set_wake(
		&writer.snapshot, SEALMEM_SNAPSHOT_WAKE_ALWAYS, 0));
	EXPECT_EQ(SEALMEM_SNAPSHOT_UNCHANGED, sealmem_gamepad_wait(&reader, 1));
	EXPECT_OK(sealmem_gamepad_write(&writer, 3, &pad));
	EXPECT_EQ(SEALMEM_SNAPSHOT_FRESH,
		  sealmem_gamepad_wait(&reader, FOR_EVER));
	EXPECT_EQ(SEALMEM_SNAPSHOT_FRESH,
		  sealmem_gamepad_read(&reader, 3, &pad));
	sealmem_gamepad_writer_close(&writer);
	EXPECT_EQ(SEALMEM_SNAPSHOT_FRESH, sealmem_gamepad_wait(&reader, -1));
	EXPECT_EQ(SEALMEM_SNAPSHOT_WRITER_GONE,
		  sealmem_gamepad_wait(&reader, -1));
	sealmem_gamepad_reader_close(&reader);
	sealmem_readonly_region_close(&region);
}

/* ---- another process, which has no way to write ----------------------- */

#define ROUNDS 200

static void drop_to_nobody(void)
{
	if (getuid() != 0)
		return;
	ASSERT_SYS(setresgid(NOBODY, NOBODY, NOBODY));
	ASSERT_SYS(setresuid(NOBODY, NOBODY, NOBODY));
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

/* Says the number of each value as soon as it is there. */
static void consume(struct sealmem_channel *channel, int reports)
{
	struct sealmem_snapshot_layout layout = layout_of(1, PART_SIZE);
	struct sealmem_received_region received;
	struct sealmem_snapshot_reader reader;
	uint32_t number;

	drop_to_nobody();
	ASSERT_OK(sealmem_channel_receive(channel, NULL, -1, &received, NULL));
	ASSERT_EQ(SEALMEM_KIND_READONLY, received.kind);
	EXPECT_EQ(O_RDONLY, fcntl(sealmem_readonly_region_fd(
				&received.as.readonly), F_GETFL) & O_ACCMODE);
	reader_attach(&received.as.readonly, &layout, &reader);
	while (sealmem_snapshot_wait(&reader, FOR_EVER) ==
	       SEALMEM_SNAPSHOT_FRESH) {
		number = read_newest(&reader);
		if (number != 0)
			ASSERT_EQ((int)sizeof(number),
				  write(reports, &number, sizeof(number)));
	}
	_exit(0);
}

/* Each value waits for the report of the one before. */
TEST_TIMEOUT(another_process_of_another_user, 60)
{
	struct sealmem_channel ours = { 0 }, theirs = { 0 };
	struct buffer buffer;
	int pipes[2], status;
	uint32_t number;
	pid_t pid;

	ASSERT_OK(sealmem_channel_pair(&ours, &theirs));
	ASSERT_SYS(pipe2(pipes, O_CLOEXEC));
	pid = fork();
	ASSERT_SYS(pid);
	if (pid == 0)
		consume(&theirs, pipes[1]);
	buffer_make(&buffer, 1, PART_SIZE);
	ASSERT_OK(sealmem_snapshot_writer_set_wake(
		&buffer.writer, SEALMEM_SNAPSHOT_WAKE_ALWAYS, 0));
	ASSERT_OK(sealmem_channel_send_readonly(&ours, &buffer.region, NULL));
	for (uint32_t i = 1; i <= ROUNDS && !th_failed(); i++) {
		publish(&buffer, i);
		ASSERT_EQ((int)sizeof(number),
			  read(pipes[0], &number, sizeof(number)));
		EXPECT_EQ(i, number);
	}
	buffer_close(&buffer);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	close(pipes[0]);
	close(pipes[1]);
	sealmem_channel_close(&ours);
	sealmem_channel_close(&theirs);
}

/* ---- no wake-up is lost ----------------------------------------------- */

/*
 * Two take turns, each the writer of one buffer and the reader of the other.
 * They sleep on the word without a limit and without looks: whoever misses a
 * wake sleeps until the harness gives up.
 */
#define TURNS 20000

struct player {
	struct buffer *mine;
	struct sealmem_snapshot_reader theirs;
	bool is_first;
};

static void sleep_until_changed(struct sealmem_snapshot_reader *reader)
{
	while (!sealmem_snapshot_has_changed(reader))
		futex(waited_word(reader), FUTEX_WAIT,
		      (uint32_t)reader->summary, NULL);
}

static void *take_turns(void *argument)
{
	struct player *player = argument;

	for (uint32_t i = 1; i <= TURNS && !th_failed(); i++) {
		if (player->is_first)
			publish(player->mine, i);
		sleep_until_changed(&player->theirs);
		EXPECT_EQ(i, read_newest(&player->theirs));
		if (!player->is_first)
			publish(player->mine, i);
	}
	return NULL;
}

TEST_TIMEOUT(no_wake_is_lost, 120)
{
	struct buffer buffers[2];
	struct player players[2];
	pthread_t threads[2];

	for (int i = 0; i < 2; i++) {
		buffer_make(&buffers[i], 1, PART_SIZE);
		ASSERT_OK(sealmem_snapshot_writer_set_wake(
			&buffers[i].writer, SEALMEM_SNAPSHOT_WAKE_ALWAYS, 0));
	}
	for (int i = 0; i < 2; i++) {
		players[i].mine = &buffers[i];
		players[i].is_first = i == 0;
		reader_attach(&buffers[!i].region, &buffers[!i].layout,
			      &players[i].theirs);
	}
	for (int i = 0; i < 2; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, take_turns,
					    &players[i]));
	for (int i = 0; i < 2; i++) {
		ASSERT_EQ(0, pthread_join(threads[i], NULL));
		sealmem_snapshot_reader_close(&players[i].theirs);
	}
	for (int i = 0; i < 2; i++)
		buffer_close(&buffers[i]);
}

/* ---- the end comes last ------------------------------------------------ */

#define ENDINGS 400

static void *publish_and_close(void *argument)
{
	struct buffer *buffer = argument;

	publish(buffer, 1);
	sealmem_snapshot_writer_close(&buffer->writer);
	return NULL;
}

/* How often it was told of a change before it was told of the end. */
static int count_changes(struct sealmem_snapshot_reader *reader)
{
	int state, changes = 0;

	for (int i = 1; ; i++) {
		state = sealmem_snapshot_wait(reader, 0);
		if (state == SEALMEM_SNAPSHOT_WRITER_GONE)
			return changes;
		changes += state == SEALMEM_SNAPSHOT_FRESH;
		if (i % 256 == 0)
			sched_yield();
	}
}

/* The goodbye may come before or after; the value never does. */
TEST_TIMEOUT(last_value_is_told_before_the_end, 60)
{
	struct sealmem_snapshot_reader reader;
	struct buffer buffer;
	pthread_t thread;

	for (int i = 0; i < ENDINGS && !th_failed(); i++) {
		buffer_make(&buffer, 1, PART_SIZE);
		reader_attach(&buffer.region, &buffer.layout, &reader);
		ASSERT_EQ(0, pthread_create(&thread, NULL, publish_and_close,
					    &buffer));
		EXPECT_GE(count_changes(&reader), 1);
		EXPECT_EQ(1, read_newest(&reader));
		ASSERT_EQ(0, pthread_join(thread, NULL));
		sealmem_snapshot_reader_close(&reader);
		buffer_close(&buffer);
	}
}

/* ---- signals --------------------------------------------------------- */

static void do_nothing(int number)
{
	(void)number;
}

FIXTURE(interrupted)
{
	struct buffer buffer;
	struct sealmem_snapshot_reader other;
};

FIXTURE_VARIANT(interrupted)
{
	int flags;
};

FIXTURE_VARIANT_ADD(interrupted, plain) { 0 };
FIXTURE_VARIANT_ADD(interrupted, restarting) { SA_RESTART };

FIXTURE_SETUP(interrupted)
{
	struct sigaction action = { .sa_handler = do_nothing,
				    .sa_flags = variant->flags };

	ASSERT_SYS(sigaction(SIGUSR1, &action, NULL));
	buffer_make(&self->buffer, 1, PART_SIZE);
	reader_attach(&self->buffer.region, &self->buffer.layout,
		      &self->other);
}

FIXTURE_TEARDOWN(interrupted)
{
	sealmem_snapshot_reader_close(&self->other);
	buffer_close(&self->buffer);
}

TEST_F(interrupted, by_a_handler)
{
	struct sleeper sleeper;
	void *none = NULL;

	sleeper_start(&sleeper, &self->buffer);
	poke_sleeper(waited_word(&self->other));
	/* One that comes while it is awake interrupts nothing. */
	do {
		pthread_kill(sleeper.thread, SIGUSR1);
		usleep(1000);
	} while (pthread_tryjoin_np(sleeper.thread, &none) != 0);
	EXPECT_EQ(-EINTR, sleeper.result);
	sealmem_snapshot_reader_close(&sleeper.reader);
}

TH_MAIN
