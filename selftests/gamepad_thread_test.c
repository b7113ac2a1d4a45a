/* SPDX-License-Identifier: MIT */
/*
 * Gamepads under load: a writer that never pauses, pads that come, move and go,
 * and readers that check each pad member by member. The histories that they saw
 * are histories of the writer's.
 *
 * ThreadSanitizer knows memory by its address, so that readers also read
 * through the writer's own mapping, as in snapshot_thread_test.c.
 */
#include <pthread.h>
#include <sched.h>

#include "gamepad.h"

#define THREADS	    3
#define READS	    20000
#define FRESH_READS 2000

struct load {
	struct sealmem_gamepad_writer writer;
	struct sealmem_readonly_region region;
	pthread_t thread;
	bool has_gaps;
	int is_stopping;
	/* Sequences: which was begun, and which is there for all. */
	uint64_t begun;
	uint64_t done;
};

static uint32_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005 + 1442695040888963407;
	return (uint32_t)(*state >> 33);
}

/* Moves most of the time; else goes, or is another one at once. */
static struct sealmem_gamepad next_pad(const struct load *load,
				       uint32_t *device, uint32_t number,
				       uint32_t random)
{
	if (random % 8 == 0)
		++*device;
	if (load->has_gaps && random % 8 == 1)
		return (struct sealmem_gamepad){ 0 };
	return make_pad(*device % DEVICES, number);
}

static void write_numbered(struct load *load, const struct sealmem_gamepad *pad,
			   uint64_t sequence)
{
	__atomic_store_n(&load->begun, sequence, __ATOMIC_RELAXED);
	ASSERT_OK(sealmem_gamepad_write(&load->writer, 0, pad));
	__atomic_store_n(&load->done, sequence, __ATOMIC_RELEASE);
}

static void *write_flat_out(void *argument)
{
	struct load *load = argument;
	struct sealmem_gamepad pad;
	uint64_t random = 1, sequence = 1;
	uint32_t device = 0;

	while (!__atomic_load_n(&load->is_stopping, __ATOMIC_RELAXED)) {
		pad = next_pad(load, &device, (uint32_t)sequence,
			       next_random(&random));
		write_numbered(load, &pad, ++sequence);
	}
	return NULL;
}

static void load_start(struct load *load, bool has_gaps)
{
	struct sealmem_gamepad pad = make_pad(0, 0);

	load->has_gaps = has_gaps;
	ASSERT_OK(sealmem_gamepad_writer_create(2, NULL, &load->region,
						&load->writer));
	write_numbered(load, &pad, 1);
	ASSERT_EQ(pthread_create(&load->thread, NULL, write_flat_out, load),
		  0);
}

static void load_stop(struct load *load)
{
	__atomic_store_n(&load->is_stopping, 1, __ATOMIC_RELAXED);
	ASSERT_EQ(pthread_join(load->thread, NULL), 0);
	sealmem_gamepad_writer_close(&load->writer);
	sealmem_readonly_region_close(&load->region);
}

/* ---- histories ------------------------------------------------------- */

/* What one reader has seen; @seen is what it read last. */
struct history {
	struct load *load;
	struct sealmem_gamepad_reader reader;
	struct sealmem_gamepad seen;
	int fresh, busy;
};

static void check_fresh(const struct history *history,
			const struct sealmem_gamepad *pad)
{
	const struct sealmem_gamepad *before = &history->seen;

	ASSERT_TRUE(pad_is_whole(pad));
	ASSERT_GT(pad->sequence, before->sequence);
	ASSERT_GE(pad->connection, before->connection);
	if (pad->connection == before->connection && before->connected &&
	    pad->connected)
		ASSERT_STREQ(pad->id, before->id);
	if (!history->load->has_gaps)
		ASSERT_EQ(pad->connected, 1);
}

/* As if the read had happened at one moment between its beginning and end. */
static bool read_once(struct history *history)
{
	struct load *load = history->load;
	uint64_t before = __atomic_load_n(&load->done, __ATOMIC_ACQUIRE);
	struct sealmem_gamepad pad = history->seen;
	int state = sealmem_gamepad_read(&history->reader, 0, &pad);

	ASSERT_GE(state, SEALMEM_SNAPSHOT_UNCHANGED);
	ASSERT_LE(state, SEALMEM_SNAPSHOT_BUSY);
	if (state == SEALMEM_SNAPSHOT_FRESH)
		check_fresh(history, &pad);
	else
		ASSERT_MEMEQ(&pad, &history->seen, sizeof(pad));
	if (state != SEALMEM_SNAPSHOT_BUSY)
		ASSERT_GE(pad.sequence, before);
	ASSERT_LE(pad.sequence, __atomic_load_n(&load->begun,
						__ATOMIC_RELAXED));
	history->seen = pad;
	history->busy += state == SEALMEM_SNAPSHOT_BUSY;
	return state == SEALMEM_SNAPSHOT_FRESH;
}

static void read_history(struct history *history)
{
	int reads;

	for (reads = 0; reads < READS || history->fresh < FRESH_READS;
	     reads++) {
		if (read_once(history))
			history->fresh++;
		else if (reads >= READS)
			sched_yield();
	}
	TH_LOG("of %d reads %d were fresh, %d busy", reads, history->fresh,
	       history->busy);
}

static void *read_own_mapping(void *argument)
{
	struct history history = { .load = argument };

	ASSERT_OK(sealmem_gamepad_reader_attach(&history.load->region,
						&history.reader));
	read_history(&history);
	sealmem_gamepad_reader_close(&history.reader);
	return NULL;
}

static void *read_writers_mapping(void *argument)
{
	struct history history = { .load = argument };
	const struct sealmem_writable_mapping *shared =
		&history.load->writer.snapshot.mapping;
	struct sealmem_readonly_mapping mapping = {
		.addr = shared->addr,
		.size = shared->size,
		.token = shared->token,
	};
	const struct sealmem_snapshot_layout layout = {
		.struct_size = sizeof(layout),
		.part_count = 4,
		.part_size = PART_SIZE,
		.fingerprint = FINGERPRINT,
	};

	ASSERT_OK(sealmem_snapshot_reader_init(&mapping, &layout,
					       &history.reader.snapshot));
	read_history(&history);
	/* The mapping is the writer's. */
	history.reader.snapshot.mapping =
		(struct sealmem_readonly_mapping){ 0 };
	sealmem_gamepad_reader_close(&history.reader);
	return NULL;
}

FIXTURE(readers)
{
	struct load load;
};

FIXTURE_VARIANT(readers)
{
	void *(*body)(void *argument);
	bool has_gaps;
};

FIXTURE_VARIANT_ADD(readers, own_mapping) { read_own_mapping, true };
FIXTURE_VARIANT_ADD(readers, writers_mapping) { read_writers_mapping, true };
/* Another one in the place of each: at no moment is there none. */
FIXTURE_VARIANT_ADD(readers, never_gone) { read_own_mapping, false };

FIXTURE_SETUP(readers)
{
	load_start(&self->load, variant->has_gaps);
}

FIXTURE_TEARDOWN(readers)
{
	load_stop(&self->load);
}

TEST_F_TIMEOUT(readers, histories_are_the_writers, 120)
{
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		ASSERT_EQ(pthread_create(&threads[i], NULL, variant->body,
					 &self->load), 0);
	for (int i = 0; i < THREADS; i++)
		ASSERT_EQ(pthread_join(threads[i], NULL), 0);
}

TH_MAIN
