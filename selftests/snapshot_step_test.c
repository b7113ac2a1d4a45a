/* SPDX-License-Identifier: MIT */
/*
 * Snapshots when one side stops at every single instruction of a call, one
 * after the other, while the other side goes on: what a race needs luck for
 * happens here each time.
 */
#include "snapshot_steps.h"
#include "snapshot_victim.h"

static void count_between_stops(volatile uint32_t *counter)
{
	trace_me();
	while (*counter < 100)
		++*counter;
	raise(SIGSTOP);
}

/* Stepping is what it is taken for: nothing happens between two steps. */
TEST(every_instruction_is_seen)
{
	uint32_t *counter = mmap(NULL, sizeof(*counter), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	uint32_t last = 0;
	pid_t pid = fork();

	ASSERT_SYS(pid);
	if (!pid) {
		count_between_stops(counter);
		_exit(0);
	}
	ASSERT_FALSE(wait_for_trap(pid));
	for (; step(pid); last = *counter)
		ASSERT_LE(*counter, last + 1);
	EXPECT_EQ(last, 100);
	ASSERT_SYS(kill(pid, SIGKILL));
	ASSERT_EQ(waitpid(pid, NULL, 0), pid);
	munmap(counter, sizeof(*counter));
}

/* ---- the writer, stopped at every instruction ------------------------ */

#define STEPPED_PART 12

/* What the victim does between its two stops; set before the fork. */
static uint64_t generation_before;
static bool is_closing;

static void write_between_stops(struct sealmem_snapshot_writer *writer)
{
	write_number(writer, 1, 5);
	write_number(writer, 2, 6);
	for (uint32_t part = 0; part < PARTS; part++)
		writer->parts[part].generation = generation_before - 1;
	writer->summary = generation_before - PARTS;
	for (uint32_t part = 0; part < PARTS; part++)
		write_number(writer, part, 7);
	trace_me();
	if (is_closing)
		sealmem_snapshot_writer_close(writer);
	else
		write_number(writer, 0, 8);
	raise(SIGSTOP);
}

FIXTURE(stepped_writer)
{
	struct victim victim;
	/* Has seen all there was before. */
	struct sealmem_snapshot_reader reader;
};

FIXTURE_VARIANT(stepped_writer)
{
	uint64_t generation;
	bool is_closing;
	uint32_t slot_count;
};

FIXTURE_VARIANT_ADD(stepped_writer, in_the_first_slot) { .generation = 5 };
FIXTURE_VARIANT_ADD(stepped_writer, in_the_second_slot) { .generation = 6 };
FIXTURE_VARIANT_ADD(stepped_writer, in_the_first_of_4_slots)
{
	.generation = 7, .slot_count = 4,
};
FIXTURE_VARIANT_ADD(stepped_writer, in_the_last_of_8_slots)
{
	.generation = 6, .slot_count = 8,
};
FIXTURE_VARIANT_ADD(stepped_writer, in_the_middle_of_an_era)
{
	.generation = INT32_MAX,
};
FIXTURE_VARIANT_ADD(stepped_writer, in_a_later_era)
{
	.generation = ((uint64_t)9 << 32) + 5,
};
FIXTURE_VARIANT_ADD(stepped_writer, at_the_end_of_an_era)
{
	.generation = UINT32_MAX,
};
FIXTURE_VARIANT_ADD(stepped_writer, in_close)
{
	.generation = 5, .is_closing = true,
};

FIXTURE_SETUP(stepped_writer)
{
	struct sealmem_snapshot_layout layout = layout_of(PARTS, STEPPED_PART);

	share_one_cpu();
	generation_before = variant->generation;
	is_closing = variant->is_closing;
	layout.slot_count = variant->slot_count;
	victim_start_as(&self->victim, &layout, write_between_stops);
	ASSERT_FALSE(wait_for_trap(self->victim.pid));
	reader_attach(&self->victim.region, &self->victim.layout,
		      &self->reader);
}

FIXTURE_TEARDOWN(stepped_writer)
{
	victim_kill(&self->victim);
	sealmem_snapshot_reader_close(&self->reader);
	sealmem_readonly_region_close(&self->victim.region);
}

/* Had the writer died here: what does somebody find who comes now? */
static uint32_t expect_part(const struct victim *victim, uint32_t part)
{
	struct sealmem_snapshot_reader reader;
	uint32_t number = 0;
	int state;

	reader_attach(&victim->region, &victim->layout, &reader);
	EXPECT_EQ(read_number(&reader, part, &number), SEALMEM_SNAPSHOT_FRESH);
	state = read_number(&reader, part, &number);
	if (state != SEALMEM_SNAPSHOT_WRITER_GONE)
		EXPECT_EQ(state, SEALMEM_SNAPSHOT_UNCHANGED);
	sealmem_snapshot_reader_close(&reader);
	return number;
}

/* Who was there all the time hears of it once, and of the end for good. */
static int follow(struct th_self_stepped_writer *self, int last)
{
	uint32_t number = 0;
	int state = read_number(&self->reader, 0, &number);

	if (state == SEALMEM_SNAPSHOT_WRITER_GONE)
		return state;
	EXPECT_NE(last, SEALMEM_SNAPSHOT_WRITER_GONE);
	if (state != SEALMEM_SNAPSHOT_FRESH) {
		EXPECT_EQ(state, SEALMEM_SNAPSHOT_UNCHANGED);
		return last;
	}
	EXPECT_EQ(last, SEALMEM_SNAPSHOT_UNCHANGED);
	EXPECT_EQ(number, 8);
	return state;
}

TEST_F_TIMEOUT(stepped_writer, may_die_anywhere, 60)
{
	int steps = 0, state = SEALMEM_SNAPSHOT_UNCHANGED;
	uint32_t number = 7, seen;

	ASSERT_EQ(read_number(&self->reader, 0, &number),
		  SEALMEM_SNAPSHOT_FRESH);
	do {
		seen = expect_part(&self->victim, 0);
		/* What is there stays there: never back, never another. */
		EXPECT_GE(seen, number);
		EXPECT_LE(seen, number + 1);
		EXPECT_EQ(expect_part(&self->victim, 1), 7);
		EXPECT_EQ(expect_part(&self->victim, 2), 7);
		number = seen;
		state = follow(self, state);
		steps++;
	} while (!th_failed() && step(self->victim.pid));
	TH_LOG("%d instructions", steps);
	EXPECT_EQ(number, variant->is_closing ? 7 : 8);
	EXPECT_EQ(state, variant->is_closing ? SEALMEM_SNAPSHOT_WRITER_GONE :
					       SEALMEM_SNAPSHOT_FRESH);
}

/* ---- the reader, overtaken at every instruction ---------------------- */

struct shared {
	int state;
	uint32_t words[STEPPED_PART / 4];
};

FIXTURE(stepped_reader)
{
	struct buffer buffer;
	struct shared *shared;
	pid_t pid;
	uint32_t number;
};

FIXTURE_VARIANT(stepped_reader)
{
	uint32_t slot_count;
};

FIXTURE_VARIANT_ADD(stepped_reader, of_2_slots) { .slot_count = 2 };
FIXTURE_VARIANT_ADD(stepped_reader, of_8_slots) { .slot_count = 8 };

static void read_into(struct sealmem_snapshot_reader *reader,
		      struct shared *shared)
{
	const void *value;

	shared->state = sealmem_snapshot_read(reader, 0, &value);
	if (value)
		memcpy(shared->words, value, STEPPED_PART);
}

__attribute__((noreturn))
static void read_between_stops(struct th_self_stepped_reader *self)
{
	struct sealmem_snapshot_reader reader;

	reader_attach(&self->buffer.region, &self->buffer.layout, &reader);
	EXPECT_ERRNO(EACCES, mprotect((void *)(uintptr_t)reader.mapping.addr,
				      reader.mapping.size, PROT_WRITE));
	for (trace_me();; raise(SIGSTOP))
		read_into(&reader, self->shared);
}

FIXTURE_SETUP(stepped_reader)
{
	struct sealmem_snapshot_layout layout = layout_of(1, STEPPED_PART);

	share_one_cpu();
	layout.slot_count = variant->slot_count;
	buffer_make_as(&self->buffer, &layout);
	self->shared = mmap(NULL, sizeof(*self->shared), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_TRUE(self->shared != MAP_FAILED);
	self->pid = fork();
	ASSERT_SYS(self->pid);
	if (!self->pid)
		read_between_stops(self);
	ASSERT_FALSE(wait_for_trap(self->pid));
}

FIXTURE_TEARDOWN(stepped_reader)
{
	ASSERT_SYS(kill(self->pid, SIGKILL));
	ASSERT_EQ(waitpid(self->pid, NULL, 0), self->pid);
	munmap(self->shared, sizeof(*self->shared));
	buffer_close(&self->buffer);
}

static void write_next(struct th_self_stepped_reader *self)
{
	write_number(&self->buffer.writer, 0, ++self->number);
}

/* What the read that has just ended found. */
static int found(struct th_self_stepped_reader *self, uint32_t *ret_number)
{
	const struct shared *shared = self->shared;

	EXPECT_TRUE(chain_is_whole(shared->words, STEPPED_PART / 4, 0));
	if (shared->state == SEALMEM_SNAPSHOT_FRESH)
		*ret_number = shared->words[0];
	return shared->state;
}

static int found_next(struct th_self_stepped_reader *self,
		      uint32_t *ret_number)
{
	run_on(self->pid);
	return found(self, ret_number);
}

/*
 * A round stops the reader after some instructions, the next one after more:
 * the sum grows with the square. Where a sanitizer makes a read long, only
 * every so many instructions get a round.
 */
#define STEPS_MAX 50000

static void write_times(struct th_self_stepped_reader *self, int times)
{
	while (times-- > 0)
		write_next(self);
}

static int measure(struct th_self_stepped_reader *self, int news)
{
	long long count = 0;

	/* The first read also looks up the functions that it calls. */
	write_next(self);
	run_on(self->pid);
	write_times(self, news);
	while (step(self->pid))
		count++;
	return (int)(count * count / 2 / STEPS_MAX) + 1;
}

/* False if the read was over before. */
static bool go_to(struct th_self_stepped_reader *self, int at)
{
	while (at-- > 0)
		if (!step(self->pid))
			return false;
	return true;
}

/* No read is torn, no value is lost, and after the last there is no other. */
static bool is_caught_up(struct th_self_stepped_reader *self, int news,
			 int meanwhile, int at)
{
	uint32_t number = self->number, old = number;
	int state;

	write_times(self, news);
	if (!go_to(self, at))
		return false;
	write_times(self, meanwhile);
	state = found_next(self, &number);
	if (news || state != SEALMEM_SNAPSHOT_UNCHANGED)
		EXPECT_EQ(state, SEALMEM_SNAPSHOT_FRESH);
	EXPECT_GE(number, old + news);
	state = found_next(self, &number);
	EXPECT_LE(state, SEALMEM_SNAPSHOT_FRESH);
	EXPECT_EQ(number, self->number);
	EXPECT_EQ(found_next(self, &number), SEALMEM_SNAPSHOT_UNCHANGED);
	return !th_failed();
}

static void overtake(struct th_self_stepped_reader *self, int news,
		     int meanwhile)
{
	int stride = measure(self, news), at = 0;

	while (is_caught_up(self, news, meanwhile, at))
		at += stride;
	TH_LOG("after up to %d instructions, every %d", at, stride);
	EXPECT_GT(at, 40);
}

TEST_F_TIMEOUT(stepped_reader, no_news_then_one, 60)
{
	overtake(self, 0, 1);
}

TEST_F_TIMEOUT(stepped_reader, no_news_then_two, 60)
{
	overtake(self, 0, 2);
}

TEST_F_TIMEOUT(stepped_reader, news_then_one, 60)
{
	overtake(self, 1, 1);
}

TEST_F_TIMEOUT(stepped_reader, news_then_two, 60)
{
	overtake(self, 1, 2);
}

TEST_F_TIMEOUT(stepped_reader, news_then_three, 60)
{
	overtake(self, 1, 3);
}

/*
 * A slot is filled again after as many publications as there are slots: all but
 * two of them disturb no read, whenever they come. Once the reader has chosen
 * its value it gets that one.
 */
TEST_F_TIMEOUT(stepped_reader, slots_are_a_bound, 60)
{
	int stride = measure(self, 1), meanwhile = variant->slot_count - 2;
	bool has_chosen = false;
	uint32_t number = 0;

	for (int at = 0;; at += stride) {
		write_next(self);
		if (!go_to(self, at) || th_failed())
			break;
		write_times(self, meanwhile);
		EXPECT_EQ(found_next(self, &number), SEALMEM_SNAPSHOT_FRESH);
		if (number == self->number - meanwhile)
			has_chosen = true;
		else
			EXPECT_FALSE(has_chosen);
		EXPECT_LE(found_next(self, &number), SEALMEM_SNAPSHOT_FRESH);
		EXPECT_EQ(number, self->number);
	}
	EXPECT_TRUE(has_chosen);
}

/* The first of these writes ends an era; the reader may have seen it or not. */
TEST_F_TIMEOUT(stepped_reader, era_ends_meanwhile, 60)
{
	uint64_t *generation = &self->buffer.writer.parts[0].generation;
	int stride = measure(self, 1), at = 0;

	do {
		at += stride;
		*generation = ((uint64_t)at << 32) + UINT32_MAX - 1;
	} while (is_caught_up(self, 1, 2, at));
	EXPECT_GT(at, 40);
}

/* As sealmem_snapshot_writer_close(), which would also unmap. */
static void say_goodbye(struct buffer *buffer, bool closed)
{
	void *memory = buffer->writer.mapping.addr;

	__atomic_store_n(closed_word(memory), closed, __ATOMIC_RELEASE);
	words_set(summary_words(memory), ++buffer->writer.summary);
}

/* GONE is the end: a reader that has heard it has nothing left to read. */
TEST_F_TIMEOUT(stepped_reader, hears_of_the_end_last, 60)
{
	int stride = measure(self, 0), state;
	uint32_t number = 0;

	for (int at = 0; go_to(self, at) && !th_failed(); at += stride) {
		write_next(self);
		say_goodbye(&self->buffer, true);
		do
			state = found_next(self, &number);
		while (state < SEALMEM_SNAPSHOT_BUSY);
		EXPECT_EQ(state, SEALMEM_SNAPSHOT_WRITER_GONE);
		EXPECT_EQ(number, self->number);
		say_goodbye(&self->buffer, false);
	}
	EXPECT_GT(self->number, 1);
}

static void overtake_always(struct th_self_stepped_reader *self)
{
	uint32_t number = 0;
	int steps = 0;

	do {
		write_times(self, 2);
		steps++;
	} while (step(self->pid));
	TH_LOG("%d instructions", steps);
	EXPECT_EQ(found(self, &number), SEALMEM_SNAPSHOT_BUSY);
}

/*
 * The worst writer there can be is answered with BUSY, by a reader that cannot
 * write a byte, and outlived. What was read before is still there.
 */
TEST_F_TIMEOUT(stepped_reader, case_144_max_retries, 60)
{
	uint32_t number = 0;

	write_next(self);
	EXPECT_EQ(found_next(self, &number), SEALMEM_SNAPSHOT_FRESH);
	for (int i = 0; i < 3; i++)
		overtake_always(self);
	EXPECT_EQ(self->shared->words[0], number);
	EXPECT_EQ(found_next(self, &number), SEALMEM_SNAPSHOT_FRESH);
	EXPECT_EQ(number, self->number);
	EXPECT_EQ(found_next(self, &number), SEALMEM_SNAPSHOT_UNCHANGED);
}

TH_MAIN
