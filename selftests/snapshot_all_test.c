/* SPDX-License-Identifier: MIT */
/*
 * All parts of a snapshot buffer at once: part by part, and as they were at one
 * moment.
 */
#include <pthread.h>

#include "snapshot.h"
#include "snapshot_steps.h"

#define PARTS 5
#define PART  200
#define WORDS (PART / 4)

FIXTURE(all)
{
	struct buffer buffer;
	struct sealmem_snapshot_reader reader;
};

FIXTURE_VARIANT(all)
{
	unsigned int flags;
	uint32_t slot_count;
};

#define ALL(id, ...) FIXTURE_VARIANT_ADD(all, id) { __VA_ARGS__ }

ALL(each, 0, 2);
ALL(each_in_8_slots, 0, 8);
ALL(cut, SEALMEM_SNAPSHOT_CUT, 2);
ALL(cut_in_4_slots, SEALMEM_SNAPSHOT_CUT, 4);

FIXTURE_SETUP(all)
{
	struct sealmem_snapshot_layout layout = layout_of(PARTS, PART);

	layout.slot_count = variant->slot_count;
	buffer_make_as(&self->buffer, &layout);
	reader_attach(&self->buffer.region, &layout, &self->reader);
}

FIXTURE_TEARDOWN(all)
{
	sealmem_snapshot_reader_close(&self->reader);
	buffer_close(&self->buffer);
}

static void publish(struct buffer *buffer, uint32_t part, uint32_t number)
{
	uint32_t words[WORDS];

	chain_fill(words, WORDS, part, number);
	ASSERT_OK(sealmem_snapshot_write(&buffer->writer, part, words));
}

/* The number in a part, 0 if it has none yet; always whole. */
static uint32_t number_of(const struct sealmem_snapshot_reader *reader,
			  uint32_t part)
{
	const uint32_t *words = sealmem_snapshot_value(reader, part);

	if (!words)
		return 0;
	ASSERT_TRUE(chain_is_whole(words, WORDS, part));
	return words[0];
}

static void expect_all(struct sealmem_snapshot_reader *reader,
		       unsigned int flags, int wanted, uint64_t wanted_fresh)
{
	uint64_t fresh = 0x5a5a;

	EXPECT_EQ(sealmem_snapshot_read_all(reader, flags, &fresh), wanted);
	EXPECT_EQ(fresh, wanted_fresh);
}

TEST_F(all, what_is_new)
{
	expect_all(&self->reader, variant->flags, SEALMEM_SNAPSHOT_UNCHANGED,
		   0);
	for (uint32_t part = 0; part < PARTS; part++)
		EXPECT_NULL(sealmem_snapshot_value(&self->reader, part));
	publish(&self->buffer, 1, 10);
	publish(&self->buffer, 4, 20);
	publish(&self->buffer, 4, 21);
	expect_all(&self->reader, variant->flags, SEALMEM_SNAPSHOT_FRESH,
		   1 << 1 | 1 << 4);
	EXPECT_EQ(number_of(&self->reader, 0), 0);
	EXPECT_EQ(number_of(&self->reader, 1), 10);
	EXPECT_EQ(number_of(&self->reader, 4), 21);
	for (int i = 0; i < 2; i++)
		expect_all(&self->reader, variant->flags,
			   SEALMEM_SNAPSHOT_UNCHANGED, 0);
	EXPECT_NULL(sealmem_snapshot_value(&self->reader, PARTS));
	EXPECT_NULL(sealmem_snapshot_value(&self->reader, UINT32_MAX));
}

/* What one of the ways has read is not fresh for another. */
TEST_F(all, beside_single_reads)
{
	publish(&self->buffer, 2, 1);
	publish(&self->buffer, 3, 2);
	EXPECT_EQ(sealmem_snapshot_read(&self->reader, 2, NULL),
		  SEALMEM_SNAPSHOT_FRESH);
	expect_all(&self->reader, variant->flags, SEALMEM_SNAPSHOT_FRESH,
		   1 << 3);
	EXPECT_EQ(sealmem_snapshot_read(&self->reader, 3, NULL),
		  SEALMEM_SNAPSHOT_UNCHANGED);
	EXPECT_TRUE(sealmem_snapshot_has_changed(&self->reader));
	publish(&self->buffer, 3, 3);
	EXPECT_EQ(sealmem_snapshot_read(&self->reader, 3, NULL),
		  SEALMEM_SNAPSHOT_FRESH);
	expect_all(&self->reader, variant->flags, SEALMEM_SNAPSHOT_UNCHANGED,
		   0);
	EXPECT_EQ(number_of(&self->reader, 3), 3);
}

TEST_F(all, the_end)
{
	publish(&self->buffer, 0, 1);
	sealmem_snapshot_writer_close(&self->buffer.writer);
	expect_all(&self->reader, variant->flags, SEALMEM_SNAPSHOT_FRESH, 1);
	for (int i = 0; i < 2; i++)
		expect_all(&self->reader, variant->flags,
			   SEALMEM_SNAPSHOT_WRITER_GONE, 0);
	EXPECT_EQ(number_of(&self->reader, 0), 1);
}

TEST_F(all, wrong_arguments)
{
	struct sealmem_snapshot_reader empty = { 0 };
	uint64_t fresh = 7;

	publish(&self->buffer, 0, 1);
	for (unsigned int flags = 2; flags != 0; flags <<= 1)
		EXPECT_ERR(EINVAL, sealmem_snapshot_read_all(
			&self->reader, flags | variant->flags, &fresh));
	EXPECT_ERR(EBADF, sealmem_snapshot_read_all(&empty, 2, &fresh));
	EXPECT_EQ(fresh, 7);
	EXPECT_NULL(sealmem_snapshot_value(&empty, 0));
	EXPECT_EQ(sealmem_snapshot_read_all(&self->reader, variant->flags,
					    NULL), SEALMEM_SNAPSHOT_FRESH);
}

/* One part that no honest writer leaves so, beside others that are well. */
TEST_F(all, one_is_corrupt)
{
	void *memory = self->buffer.writer.mapping.addr;

	for (uint32_t part = 0; part < PARTS; part++)
		publish(&self->buffer, part, 7);
	expect_all(&self->reader, variant->flags, SEALMEM_SNAPSHOT_FRESH,
		   (1 << PARTS) - 1);
	publish(&self->buffer, 3, 8);
	words_set(part_words(memory, 1), 0);
	for (int i = 0; i < 3; i++) {
		EXPECT_EQ(sealmem_snapshot_read_all(&self->reader,
						    variant->flags, NULL),
			  SEALMEM_SNAPSHOT_CORRUPT);
		EXPECT_EQ(number_of(&self->reader, 1), 7);
		/* A cut is all or nothing; else each part is its own. */
		EXPECT_EQ(number_of(&self->reader, 3), variant->flags ? 7 : 8);
	}
}

/* ---- one moment, while the writer goes on ---------------------------- */

#define CUTS 2000

struct storm {
	struct buffer *buffer;
	int is_stopping;
};

/* Number N goes to all parts in turn: at each moment they differ by 1 at most,
 * and no part is behind one that comes after it. */
static void *write_in_turn(void *argument)
{
	struct storm *storm = argument;

	for (uint32_t number = 1;
	     !__atomic_load_n(&storm->is_stopping, __ATOMIC_RELAXED); number++)
		for (uint32_t part = 0; part < PARTS; part++)
			publish(storm->buffer, part, number);
	return NULL;
}

static void expect_a_moment(const struct sealmem_snapshot_reader *reader)
{
	uint32_t first = number_of(reader, 0), last = first, number;

	for (uint32_t part = 1; part < PARTS; part++) {
		number = number_of(reader, part);
		ASSERT_LE(number, last);
		last = number;
	}
	ASSERT_LE(first - last, 1);
}

static int read_moments(struct th_self_all *self)
{
	uint32_t newest = 0;
	int state, fresh = 0;

	for (int i = 0; (i < CUTS || fresh < 10) && !th_failed(); i++) {
		state = sealmem_snapshot_read_all(&self->reader,
						  SEALMEM_SNAPSHOT_CUT, NULL);
		ASSERT_LE(state, SEALMEM_SNAPSHOT_BUSY);
		/* On BUSY it is the moment before. */
		expect_a_moment(&self->reader);
		ASSERT_GE(number_of(&self->reader, 0), newest);
		newest = number_of(&self->reader, 0);
		fresh += state == SEALMEM_SNAPSHOT_FRESH;
	}
	return fresh;
}

TEST_F_TIMEOUT(all, cuts_of_a_storm, 60)
{
	struct storm storm = { .buffer = &self->buffer };
	pthread_t thread;

	if (!variant->flags)
		return;
	ASSERT_EQ(pthread_create(&thread, NULL, write_in_turn, &storm), 0);
	TH_LOG("%d cuts", read_moments(self));
	__atomic_store_n(&storm.is_stopping, 1, __ATOMIC_RELAXED);
	ASSERT_EQ(pthread_join(thread, NULL), 0);
}

/* ---- one moment, whichever instruction the writer comes at ----------- */

struct shared {
	int state;
	uint32_t numbers[2];
};

FIXTURE(stepped_cut)
{
	struct buffer buffer;
	struct shared *shared;
	pid_t pid;
	uint32_t number;
};

__attribute__((noreturn))
static void read_between_stops(struct th_self_stepped_cut *self)
{
	struct sealmem_snapshot_reader reader;
	const uint32_t *words;

	reader_attach(&self->buffer.region, &self->buffer.layout, &reader);
	for (trace_me();; raise(SIGSTOP)) {
		self->shared->state = sealmem_snapshot_read_all(
			&reader, SEALMEM_SNAPSHOT_CUT, NULL);
		for (uint32_t part = 0; part < 2; part++) {
			words = sealmem_snapshot_value(&reader, part);
			self->shared->numbers[part] = words ? words[0] : 0;
		}
	}
}

FIXTURE_SETUP(stepped_cut)
{
	share_one_cpu();
	buffer_make(&self->buffer, 2, PART);
	self->shared = mmap(NULL, sizeof(*self->shared), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_TRUE(self->shared != MAP_FAILED);
	self->pid = fork();
	ASSERT_SYS(self->pid);
	if (!self->pid)
		read_between_stops(self);
	ASSERT_FALSE(wait_for_trap(self->pid));
}

FIXTURE_TEARDOWN(stepped_cut)
{
	ASSERT_SYS(kill(self->pid, SIGKILL));
	ASSERT_EQ(waitpid(self->pid, NULL, 0), self->pid);
	munmap(self->shared, sizeof(*self->shared));
	buffer_close(&self->buffer);
}

static void publish_both(struct th_self_stepped_cut *self)
{
	self->number++;
	publish(&self->buffer, 0, self->number);
	publish(&self->buffer, 1, self->number);
}

/* How many instructions to leave out, so that all rounds end in time. */
static int measure(struct th_self_stepped_cut *self)
{
	long long count = 0;

	publish_both(self);
	run_on(self->pid);
	publish_both(self);
	while (step(self->pid))
		count++;
	return (int)(count * count / 2 / 50000) + 1;
}

/* False if the read was over before. */
static bool is_a_moment(struct th_self_stepped_cut *self, int at)
{
	const uint32_t *numbers = self->shared->numbers;

	publish_both(self);
	while (at-- > 0)
		if (!step(self->pid))
			return false;
	publish_both(self);
	run_on(self->pid);
	EXPECT_EQ(self->shared->state, SEALMEM_SNAPSHOT_FRESH);
	/* Between the calls of publish_both(), that is. */
	EXPECT_EQ(numbers[0], numbers[1]);
	EXPECT_GE(numbers[0], self->number - 1);
	run_on(self->pid);
	EXPECT_EQ(numbers[0], self->number);
	EXPECT_EQ(numbers[1], self->number);
	return !th_failed();
}

TEST_F_TIMEOUT(stepped_cut, whichever_instruction, 60)
{
	int stride = measure(self), at = 0;

	while (is_a_moment(self, at))
		at += stride;
	TH_LOG("after up to %d instructions, every %d", at, stride);
	EXPECT_GT(at, 100);
}

TH_MAIN
