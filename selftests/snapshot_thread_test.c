/* SPDX-License-Identifier: MIT */
/*
 * Snapshots under load: a writer that never pauses, and readers that check each
 * value word by word.
 *
 * ThreadSanitizer knows memory by its address. So that it compares what writer
 * and readers do, readers also read through the writer's own mapping; through
 * mappings of their own, as in life, it would see nothing in common.
 */
#include <pthread.h>
#include <sched.h>

#include "snapshot.h"

#define PART_SIZE  128
#define PART_WORDS (PART_SIZE / 4)
#define PARTS	   2
#define THREADS	   4
#define PROCESSES  2
#define READS	   20000
#define FRESH_READS 1000

struct load {
	struct buffer buffer;
	pthread_t thread;
	int is_stopping;
	/* Numbers of each part: which was begun, and which is there for all. */
	uint32_t begun[PARTS];
	uint32_t done[PARTS];
};

static void *write_flat_out(void *argument)
{
	struct load *load = argument;
	uint32_t words[PART_WORDS], part;

	for (uint32_t number = 1;
	     !__atomic_load_n(&load->is_stopping, __ATOMIC_RELAXED); number++) {
		part = number % PARTS;
		chain_fill(words, PART_WORDS, part, number);
		__atomic_store_n(&load->begun[part], number, __ATOMIC_RELAXED);
		ASSERT_OK(sealmem_snapshot_write(&load->buffer.writer, part,
						 words));
		__atomic_store_n(&load->done[part], number, __ATOMIC_RELEASE);
	}
	return NULL;
}

static void load_start(struct load *load, uint32_t slot_count)
{
	struct sealmem_snapshot_layout layout = layout_of(PARTS, PART_SIZE);

	layout.slot_count = slot_count;
	buffer_make_as(&load->buffer, &layout);
	ASSERT_EQ(pthread_create(&load->thread, NULL, write_flat_out, load),
		  0);
}

static void load_stop(struct load *load)
{
	__atomic_store_n(&load->is_stopping, 1, __ATOMIC_RELAXED);
	ASSERT_EQ(pthread_join(load->thread, NULL), 0);
	buffer_close(&load->buffer);
}

/* The number of a value that is whole; 0 is none yet. */
static uint32_t number_of(const uint32_t *words, uint32_t part)
{
	if (!words)
		return 0;
	ASSERT_TRUE(chain_is_whole(words, PART_WORDS, part));
	return words[0];
}

/*
 * A read is as if it had happened at one moment between its beginning and its
 * end: it is not behind what was there before, nor ahead of what was begun
 * after. In another process there is no telling, and no @load.
 */
static bool read_once(struct load *load, struct sealmem_snapshot_reader *reader,
		      uint32_t part, uint32_t *newest)
{
	uint32_t before = load ? __atomic_load_n(&load->done[part],
						 __ATOMIC_ACQUIRE) : 0;
	const void *value;
	int state = sealmem_snapshot_read(reader, part, &value);
	uint32_t number = number_of(value, part);

	ASSERT_GE(state, SEALMEM_SNAPSHOT_UNCHANGED);
	ASSERT_LE(state, SEALMEM_SNAPSHOT_BUSY);
	if (state != SEALMEM_SNAPSHOT_BUSY)
		ASSERT_GE(number, before);
	if (load)
		ASSERT_LE(number, __atomic_load_n(&load->begun[part],
						  __ATOMIC_RELAXED));
	if (state != SEALMEM_SNAPSHOT_FRESH) {
		ASSERT_EQ(number, *newest);
		return false;
	}
	ASSERT_GT(number, *newest);
	*newest = number;
	return true;
}

static void read_part(struct load *load, struct sealmem_snapshot_reader *reader,
		      uint32_t part)
{
	uint32_t newest = 0;
	int reads = 0, fresh = 0;

	for (; reads < READS || fresh < FRESH_READS; reads++) {
		if (read_once(load, reader, part, &newest))
			fresh++;
		else if (reads >= READS)
			sched_yield();
	}
	TH_LOG("%d of %d reads were fresh", fresh, reads);
	EXPECT_TRUE(sealmem_snapshot_has_changed(reader));
}

/* ---- threads --------------------------------------------------------- */

static void *read_own_mapping(void *argument)
{
	struct load *load = argument;
	struct sealmem_snapshot_reader reader;

	reader_attach(&load->buffer.region, &load->buffer.layout, &reader);
	read_part(load, &reader, 1);
	sealmem_snapshot_reader_close(&reader);
	return NULL;
}

static void *read_writers_mapping(void *argument)
{
	struct load *load = argument;
	const struct sealmem_writable_mapping *shared =
		&load->buffer.writer.mapping;
	struct sealmem_readonly_mapping mapping = {
		.addr = shared->addr,
		.size = shared->size,
		.token = shared->token,
	};
	struct sealmem_snapshot_reader reader = { 0 };

	ASSERT_OK(sealmem_snapshot_reader_init(&mapping, &load->buffer.layout,
					       &reader));
	read_part(load, &reader, 1);
	/* The mapping is the writer's. */
	reader.mapping = (struct sealmem_readonly_mapping){ 0 };
	sealmem_snapshot_reader_close(&reader);
	return NULL;
}

FIXTURE(readers)
{
	struct load load;
};

FIXTURE_VARIANT(readers)
{
	void *(*body)(void *argument);
	uint32_t slot_count;
};

FIXTURE_VARIANT_ADD(readers, own_mapping) { read_own_mapping, 2 };
FIXTURE_VARIANT_ADD(readers, writers_mapping) { read_writers_mapping, 2 };
FIXTURE_VARIANT_ADD(readers, writers_mapping_of_8_slots)
{
	read_writers_mapping, 8,
};

FIXTURE_SETUP(readers)
{
	load_start(&self->load, variant->slot_count);
}

FIXTURE_TEARDOWN(readers)
{
	load_stop(&self->load);
}

TEST_F_TIMEOUT(readers, case_143_many_threads, 60)
{
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		ASSERT_EQ(pthread_create(&threads[i], NULL, variant->body,
					 &self->load), 0);
	for (int i = 0; i < THREADS; i++)
		ASSERT_EQ(pthread_join(threads[i], NULL), 0);
}

/* ---- processes ------------------------------------------------------- */

/* They are there before the writer's thread is: a fork keeps one thread. */
static pid_t fork_reader(struct sealmem_channel *ours)
{
	struct sealmem_snapshot_layout layout = layout_of(PARTS, PART_SIZE);
	struct sealmem_received_region received;
	struct sealmem_snapshot_reader reader;
	struct sealmem_channel theirs = { 0 };
	pid_t pid;

	ASSERT_OK(sealmem_channel_pair(ours, &theirs));
	pid = fork();
	ASSERT_SYS(pid);
	if (!pid) {
		ASSERT_OK(sealmem_channel_receive(&theirs, NULL, -1, &received,
						  NULL));
		reader_attach(&received.as.readonly, &layout, &reader);
		read_part(NULL, &reader, 1);
		_exit(0);
	}
	sealmem_channel_close(&theirs);
	return pid;
}

TEST_TIMEOUT(case_143_many_processes, 60)
{
	struct sealmem_channel channels[PROCESSES] = { 0 };
	struct load load = { 0 };
	pid_t pids[PROCESSES];
	int status;

	for (int i = 0; i < PROCESSES; i++)
		pids[i] = fork_reader(&channels[i]);
	load_start(&load, 2);
	for (int i = 0; i < PROCESSES; i++) {
		ASSERT_OK(sealmem_channel_send_readonly(&channels[i],
							&load.buffer.region, NULL));
		sealmem_channel_close(&channels[i]);
	}
	for (int i = 0; i < PROCESSES; i++) {
		ASSERT_EQ(waitpid(pids[i], &status, 0), pids[i]);
		EXPECT_EQ(status, 0);
	}
	load_stop(&load);
}

/* ---- the end of it --------------------------------------------------- */

#define ENDINGS 200

/* Who hears of the end has the last value, however it came about. */
static void *read_to_the_end(void *argument)
{
	struct sealmem_snapshot_reader reader;
	struct load *load = argument;
	const void *value;
	const uint32_t *words;
	int state;

	reader_attach(&load->buffer.region, &load->buffer.layout, &reader);
	do {
		state = sealmem_snapshot_read(&reader, 0, &value);
		if (state == SEALMEM_SNAPSHOT_UNCHANGED)
			sched_yield();
	} while (state != SEALMEM_SNAPSHOT_WRITER_GONE);
	words = value;
	ASSERT_TRUE(words != NULL);
	EXPECT_EQ(words[0], 9);
	EXPECT_TRUE(chain_is_whole(words, PART_WORDS, 0));
	sealmem_snapshot_reader_close(&reader);
	return NULL;
}

TEST_TIMEOUT(last_value_is_heard, 60)
{
	struct load load = { 0 };
	uint32_t words[PART_WORDS];

	for (int i = 0; i < ENDINGS && !th_failed(); i++) {
		buffer_make(&load.buffer, 1, PART_SIZE);
		ASSERT_EQ(pthread_create(&load.thread, NULL, read_to_the_end,
					 &load), 0);
		for (uint32_t number = 1; number <= 9; number++) {
			chain_fill(words, PART_WORDS, 0, number);
			ASSERT_OK(sealmem_snapshot_write(&load.buffer.writer,
							 0, words));
		}
		sealmem_snapshot_writer_close(&load.buffer.writer);
		ASSERT_EQ(pthread_join(load.thread, NULL), 0);
		buffer_close(&load.buffer);
	}
}

TH_MAIN
