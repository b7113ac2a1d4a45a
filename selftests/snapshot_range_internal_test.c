/* SPDX-License-Identifier: MIT */
/*
 * A writer that publishes ranges is stopped, as if it were killed there, at
 * every instruction: with each way to copy, each number of slots, and each of
 * them the one that is filled.
 */
#include "lib/copy.h"
#include "snapshot_steps.h"

#undef LINE
#include "snapshot_victim.h"

#define PART_SIZE 200

/* What the victim does between its two stops; set before the fork. */
static uint32_t count_before;
static const struct copy_method *method;

/*
 * Value N in full. Each differs from the one before in one or two of four
 * lines, the last of which is not a whole one.
 */
static void image(unsigned char *bytes, uint32_t number)
{
	memset(bytes, 0, PART_SIZE);
	for (uint32_t i = 1; i <= number; i++) {
		memset(bytes + i % 4 * 64, (int)i, 8);
		if (i % 3 == 0)
			memset(bytes + PART_SIZE - 72, (int)i, 10);
	}
}

/* Value N on top of the one before, out of its ranges alone. */
static void write_ranges(struct sealmem_snapshot_writer *writer,
			 uint32_t number)
{
	unsigned char bytes[PART_SIZE];
	uint32_t at = number % 4 * 64;

	image(bytes, number);
	if (number % 3 == 0)
		ASSERT_OK(sealmem_snapshot_stage(writer, 1, PART_SIZE - 72,
						 bytes + PART_SIZE - 72, 10));
	ASSERT_OK(sealmem_snapshot_write_range(writer, 1, at, bytes + at, 8));
}

static void write_between_stops(struct sealmem_snapshot_writer *writer)
{
	writer->method = method;
	for (uint32_t number = 1; number <= count_before; number++)
		write_ranges(writer, number);
	trace_me();
	write_ranges(writer, count_before + 1);
	raise(SIGSTOP);
}

FIXTURE(stepped_ranges)
{
	struct victim victim;
	/* Has seen all there was before. */
	struct sealmem_snapshot_reader reader;
};

FIXTURE_VARIANT(stepped_ranges)
{
	unsigned int method;
	uint32_t slot_count;
};

#define STEPPED(id, ...) \
	FIXTURE_VARIANT_ADD(stepped_ranges, id) { __VA_ARGS__ }

STEPPED(best_2_slots, 0, 2);
STEPPED(best_4_slots, 0, 4);
STEPPED(best_8_slots, 0, 8);
STEPPED(second_2_slots, 1, 2);
STEPPED(second_4_slots, 1, 4);
STEPPED(third_2_slots, 2, 2);
STEPPED(third_8_slots, 2, 8);

FIXTURE_SETUP(stepped_ranges)
{
	share_one_cpu();
	method = copy_method_at(variant->method);
	if (!method)
		SKIP("this processor has fewer ways to copy");
}

FIXTURE_TEARDOWN(stepped_ranges)
{
}

static void start(struct th_self_stepped_ranges *self, uint32_t slot_count)
{
	struct sealmem_snapshot_layout layout = layout_of(2, PART_SIZE);

	layout.slot_count = slot_count;
	victim_start_as(&self->victim, &layout, write_between_stops);
	ASSERT_FALSE(wait_for_trap(self->victim.pid));
	reader_attach(&self->victim.region, &layout, &self->reader);
	EXPECT_EQ(sealmem_snapshot_read(&self->reader, 1, NULL),
		  SEALMEM_SNAPSHOT_FRESH);
}

static void stop(struct th_self_stepped_ranges *self)
{
	victim_kill(&self->victim);
	sealmem_snapshot_reader_close(&self->reader);
	sealmem_readonly_region_close(&self->victim.region);
}

static bool has_image(const struct sealmem_snapshot_reader *reader,
		      uint32_t number)
{
	unsigned char bytes[PART_SIZE];

	image(bytes, number);
	return memcmp(sealmem_snapshot_value(reader, 1), bytes,
		      sizeof(bytes)) == 0;
}

/* Had the writer died here: which of the two is there for who comes now? */
static uint32_t find_number(const struct victim *victim)
{
	struct sealmem_snapshot_reader reader;
	uint32_t number = count_before;

	reader_attach(&victim->region, &victim->layout, &reader);
	EXPECT_EQ(sealmem_snapshot_read(&reader, 1, NULL),
		  SEALMEM_SNAPSHOT_FRESH);
	EXPECT_EQ(sealmem_snapshot_read(&reader, 0, NULL),
		  SEALMEM_SNAPSHOT_UNCHANGED);
	if (!has_image(&reader, number))
		EXPECT_TRUE(has_image(&reader, ++number));
	sealmem_snapshot_reader_close(&reader);
	return number;
}

static void step_through(struct th_self_stepped_ranges *self)
{
	uint32_t number = count_before, seen = number;

	do {
		number = find_number(&self->victim);
		EXPECT_GE(number, seen);
		/* Who was there before hears of it once, as soon. */
		EXPECT_EQ(sealmem_snapshot_read(&self->reader, 1, NULL),
			  number > seen ? SEALMEM_SNAPSHOT_FRESH :
					  SEALMEM_SNAPSHOT_UNCHANGED);
		EXPECT_TRUE(has_image(&self->reader, number));
		seen = number;
	} while (!th_failed() && step(self->victim.pid));
	EXPECT_EQ(number, count_before + 1);
	EXPECT_EQ(sealmem_snapshot_read_all(&self->reader, 0, NULL),
		  SEALMEM_SNAPSHOT_UNCHANGED);
}

TEST_F_TIMEOUT(stepped_ranges, may_die_anywhere, 120)
{
	for (count_before = 1;
	     count_before <= variant->slot_count + 2 && !th_failed();
	     count_before++) {
		start(self, variant->slot_count);
		step_through(self);
		stop(self);
	}
}

TH_MAIN
