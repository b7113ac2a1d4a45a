/* SPDX-License-Identifier: MIT */
/*
 * Snapshots of which only some bytes are written: what readers get is what a
 * model says that never heard of lines, and each slot is brought up to date
 * whatever the writer left out before.
 */
#include "snapshot.h"

#define PART_MAX 20000
#define PARTS	 2

FIXTURE(ranges)
{
	struct buffer buffer;
	struct sealmem_snapshot_reader reader;
	/* What each part is, and what is staged on top of it. */
	unsigned char *published[PARTS];
	unsigned char *staged[PARTS];
	uint64_t random;
};

FIXTURE_VARIANT(ranges)
{
	uint32_t part_size;
	uint32_t slot_count;
};

#define RANGES(id, size, slots) \
	FIXTURE_VARIANT_ADD(ranges, id) { .part_size = size, .slot_count = slots }

RANGES(of_1, 1, 2);
RANGES(of_65, 65, 2);
RANGES(of_1064, 1064, 2);
RANGES(of_1064_in_4_slots, 1064, 4);
RANGES(of_1064_in_8_slots, 1064, 8);
/* More lines than one word has bits, and exactly as many, and one more. */
RANGES(of_4095, 4095, 2);
RANGES(of_4096, 4096, 4);
RANGES(of_4097, 4097, 8);
RANGES(of_20000, PART_MAX, 2);
RANGES(of_20000_in_8_slots, PART_MAX, 8);

FIXTURE_SETUP(ranges)
{
	struct sealmem_snapshot_layout layout = layout_of(PARTS,
							  variant->part_size);

	layout.slot_count = variant->slot_count;
	buffer_make_as(&self->buffer, &layout);
	reader_attach(&self->buffer.region, &layout, &self->reader);
	self->random = 5;
	for (int part = 0; part < PARTS; part++) {
		self->published[part] = calloc(1, variant->part_size);
		self->staged[part] = calloc(1, variant->part_size);
	}
}

FIXTURE_TEARDOWN(ranges)
{
	for (int part = 0; part < PARTS; part++) {
		free(self->published[part]);
		free(self->staged[part]);
	}
	sealmem_snapshot_reader_close(&self->reader);
	buffer_close(&self->buffer);
}

static uint32_t random_below(struct th_self_ranges *self, uint32_t limit)
{
	self->random = self->random * 6364136223846793005 + 1442695040888963407;
	return (uint32_t)(self->random >> 33) % limit;
}

/* Mostly short; sometimes what is there is written again. */
static void change_some(struct th_self_ranges *self, uint32_t part,
			uint32_t *ret_offset, uint32_t *ret_size)
{
	uint32_t whole = self->buffer.layout.part_size;
	uint32_t offset = random_below(self, whole);
	uint32_t size = 1 + random_below(self, whole - offset);

	if (random_below(self, 4) != 0)
		size = 1 + random_below(self, size < 100 ? size : 100);
	for (uint32_t i = 0; random_below(self, 8) != 0 && i < size; i++)
		self->staged[part][offset + i] =
			(unsigned char)random_below(self, 256);
	*ret_offset = offset;
	*ret_size = size;
}

static void publish(struct th_self_ranges *self, uint32_t part)
{
	struct sealmem_snapshot_writer *writer = &self->buffer.writer;
	uint32_t offset, size;

	change_some(self, part, &offset, &size);
	if (random_below(self, 5) == 0)
		ASSERT_OK(sealmem_snapshot_write(writer, part,
						 self->staged[part]));
	else
		ASSERT_OK(sealmem_snapshot_write_range(
			writer, part, offset, self->staged[part] + offset,
			size));
	memcpy(self->published[part], self->staged[part],
	       self->buffer.layout.part_size);
}

static void stage(struct th_self_ranges *self, uint32_t part)
{
	uint32_t offset, size;

	change_some(self, part, &offset, &size);
	ASSERT_OK(sealmem_snapshot_stage(&self->buffer.writer, part, offset,
					 self->staged[part] + offset, size));
}

static void expect_read(struct th_self_ranges *self, uint32_t part, int wanted)
{
	const void *value;

	EXPECT_EQ(sealmem_snapshot_read(&self->reader, part, &value), wanted);
	if (value)
		EXPECT_MEMEQ(value, self->published[part],
			     self->buffer.layout.part_size);
}

TEST_F(ranges, as_the_model_has_it)
{
	uint32_t part;

	for (int round = 0; round < 500 && !th_failed(); round++) {
		part = random_below(self, PARTS);
		if (random_below(self, 3) == 0) {
			expect_read(self, part, SEALMEM_SNAPSHOT_UNCHANGED);
			stage(self, part);
			expect_read(self, part, SEALMEM_SNAPSHOT_UNCHANGED);
			continue;
		}
		for (uint32_t i = random_below(self, 12); i > 0; i--)
			publish(self, part);
		publish(self, part);
		expect_read(self, part, SEALMEM_SNAPSHOT_FRESH);
	}
}

/* A byte at a time: each slot gets what was written while it was not filled. */
TEST_F(ranges, every_byte_for_itself)
{
	uint32_t size = variant->part_size;
	uint32_t step = size < 200 ? 1 : 61;

	for (uint32_t at = 0; at < size && !th_failed(); at += step) {
		self->published[1][at] = (unsigned char)(at % 255 + 1);
		ASSERT_OK(sealmem_snapshot_write_range(
			&self->buffer.writer, 1, at, &self->published[1][at],
			1));
		expect_read(self, 1, SEALMEM_SNAPSHOT_FRESH);
	}
	expect_read(self, 0, SEALMEM_SNAPSHOT_UNCHANGED);
}

/*
 * Only lines that changed are stored, and shared memory is not asked which: a
 * byte that somebody spoils in another line stays spoilt, whatever is written.
 */
TEST_F(ranges, other_lines_are_not_touched)
{
	struct sealmem_snapshot_writer *writer = &self->buffer.writer;
	uint32_t last = variant->part_size - 1;
	unsigned char *slot, byte = 1;

	if (last < LINE)
		return;
	self->staged[0][0] = 76;
	for (uint32_t i = 0; i < variant->slot_count; i++)
		ASSERT_OK(sealmem_snapshot_write(writer, 0, self->staged[0]));
	for (uint32_t i = 0; i < variant->slot_count; i++) {
		slot = slot_at(writer->mapping.addr, &self->buffer.layout, 0,
			       i);
		slot[0] = 77;
	}
	for (uint32_t i = 0; i < variant->slot_count; i++)
		ASSERT_OK(sealmem_snapshot_write(writer, 0, self->staged[0]));
	for (uint32_t i = 0; i < variant->slot_count; i++)
		ASSERT_OK(sealmem_snapshot_write_range(writer, 0, last, &byte,
						       1));
	for (uint32_t i = 0; i < variant->slot_count; i++) {
		slot = slot_at(writer->mapping.addr, &self->buffer.layout, 0,
			       i);
		EXPECT_EQ(slot[0], 77);
		EXPECT_EQ(slot[last], 1);
	}
	/* It is not asked, but told: once the line changes it is whole. */
	ASSERT_OK(sealmem_snapshot_write_range(writer, 0, 0, &byte, 1));
	EXPECT_EQ(sealmem_snapshot_read(&self->reader, 0, NULL),
		  SEALMEM_SNAPSHOT_FRESH);
	EXPECT_EQ(*(const char *)sealmem_snapshot_value(&self->reader, 0), 1);
}

TEST_F(ranges, wrong_ranges)
{
	const uint32_t size = variant->part_size;
	const struct {
		uint32_t part, offset, size;
	} wrongs[] = {
		{ 0, 0, 0 },	    { 0, size, 0 },	   { 0, 0, size + 1 },
		{ 0, 1, size },	    { 0, size, 1 },	   { 0, size + 1, 1 },
		{ 0, 0, UINT32_MAX }, { 0, UINT32_MAX, 1 },
		{ 0, 1, UINT32_MAX }, { 0, UINT32_MAX, UINT32_MAX },
		{ PARTS, 0, 1 },    { UINT32_MAX, 0, 1 },
	};
	struct sealmem_snapshot_writer empty = { 0 };

	for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
		EXPECT_ERR(EINVAL, sealmem_snapshot_write_range(
			&self->buffer.writer, wrongs[i].part, wrongs[i].offset,
			self->staged[0], wrongs[i].size));
		EXPECT_ERR(EINVAL, sealmem_snapshot_stage(
			&self->buffer.writer, wrongs[i].part, wrongs[i].offset,
			self->staged[0], wrongs[i].size));
		EXPECT_ERR(EBADF, sealmem_snapshot_write_range(
			&empty, wrongs[i].part, wrongs[i].offset,
			self->staged[0], wrongs[i].size));
		EXPECT_ERR(EBADF, sealmem_snapshot_stage(
			&empty, wrongs[i].part, wrongs[i].offset,
			self->staged[0], wrongs[i].size));
	}
	expect_read(self, 0, SEALMEM_SNAPSHOT_UNCHANGED);
	EXPECT_FALSE(sealmem_snapshot_has_changed(&self->reader));
}

TH_MAIN
