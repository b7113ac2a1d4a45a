/* SPDX-License-Identifier: MIT */
/*
 * Snapshot buffers: what writer and readers promise while both are honest and
 * alive. Hostile memory is in snapshot_hostile_test.c, threads are in
 * snapshot_thread_test.c, and writers that die or stop in snapshot_crash_test.c
 * and, instruction by instruction, in snapshot_step_test.c.
 */
#include "snapshot.h"

#define PART 24

static bool is_zero(const void *memory, size_t size)
{
	const char *bytes = memory;

	for (size_t i = 0; i < size; i++)
		if (bytes[i])
			return false;
	return true;
}

/* ---- layout ---------------------------------------------------------- */

static void expect_no_layout(const struct sealmem_snapshot_layout *layout)
{
	struct sealmem_writable_mapping mapping = { 0 };
	struct sealmem_readonly_mapping view = { 0 };
	struct sealmem_readonly_region region = { 0 };
	struct sealmem_snapshot_writer writer = { 0 };
	struct sealmem_snapshot_reader reader = { 0 };
	size_t size = 77;

	EXPECT_ERR(EINVAL, sealmem_snapshot_size(layout, &size));
	EXPECT_EQ(size, 77);

	ASSERT_OK(sealmem_readonly_region_create(4096, NULL, &region,
						 &mapping));
	ASSERT_OK(sealmem_readonly_region_map(&region, &view));
	EXPECT_ERR(EINVAL,
		   sealmem_snapshot_writer_init(&mapping, layout, &writer));
	EXPECT_ERR(EINVAL,
		   sealmem_snapshot_reader_init(&view, layout, &reader));
	EXPECT_EQ(mapping.size, 4096);
	EXPECT_EQ(view.size, 4096);
	sealmem_writable_mapping_unmap(&mapping);
	sealmem_readonly_mapping_unmap(&view);
	sealmem_readonly_region_close(&region);
}

FIXTURE(wrong_layout)
{
	char unused;
};

FIXTURE_VARIANT(wrong_layout)
{
	size_t struct_size;
	uint32_t part_count;
	uint32_t part_size;
};

#define RIGHT sizeof(struct sealmem_snapshot_layout)
#define WRONG_LAYOUT(id, ...) \
	FIXTURE_VARIANT_ADD(wrong_layout, id) { __VA_ARGS__ }

WRONG_LAYOUT(no_part, RIGHT, 0, 1);
WRONG_LAYOUT(one_part_more, RIGHT, SEALMEM_SNAPSHOT_PARTS_MAX + 1, 1);
WRONG_LAYOUT(all_parts, RIGHT, UINT32_MAX, 1);
WRONG_LAYOUT(empty_part, RIGHT, 1, 0);
WRONG_LAYOUT(one_byte_more, RIGHT, 1, SEALMEM_SNAPSHOT_PART_SIZE_MAX + 1);
WRONG_LAYOUT(all_bytes, RIGHT, 1, UINT32_MAX);
WRONG_LAYOUT(struct_of_0, 0, 1, 1);
WRONG_LAYOUT(struct_too_small, RIGHT - 1, 1, 1);
WRONG_LAYOUT(struct_too_large, RIGHT + 1, 1, 1);

TEST_F(wrong_layout, is_refused_everywhere)
{
	struct sealmem_snapshot_layout layout = {
		.struct_size = variant->struct_size,
		.part_count = variant->part_count,
		.part_size = variant->part_size,
	};

	expect_no_layout(&layout);
}

/* Two lines, and for each part one line and two slots of whole lines. */
TEST(size_is_exact)
{
	static const struct {
		uint32_t count, size;
		uint64_t bytes;
	} cases[] = {
		{ 1, 1, 320 },	     { 1, 63, 320 },  { 1, 64, 320 },
		{ 1, 65, 448 },	     { 3, 128, 1088 }, { 64, 1, 12416 },
		{ 4, 1064, 9088 },
		{ 1, SEALMEM_SNAPSHOT_PART_SIZE_MAX, 33554624 },
		{ 64, SEALMEM_SNAPSHOT_PART_SIZE_MAX, 2147487872 },
	};
	struct sealmem_snapshot_layout layout;
	size_t size;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		layout = layout_of(cases[i].count, cases[i].size);
		ASSERT_OK(sealmem_snapshot_size(&layout, &size));
		EXPECT_EQ(size, cases[i].bytes);
	}
}

/* ---- becoming the writer --------------------------------------------- */

FIXTURE(memory)
{
	struct sealmem_snapshot_layout layout;
	struct sealmem_writable_region region;
	struct sealmem_writable_mapping mapping;
	struct sealmem_snapshot_writer writer;
	size_t needed;
};

FIXTURE_SETUP(memory)
{
	self->layout = layout_of(2, PART);
	ASSERT_OK(sealmem_snapshot_size(&self->layout, &self->needed));
	ASSERT_OK(sealmem_writable_region_create(self->needed + LINE, NULL,
						 &self->region));
}

FIXTURE_TEARDOWN(memory)
{
	sealmem_snapshot_writer_close(&self->writer);
	sealmem_writable_mapping_unmap(&self->mapping);
	sealmem_writable_region_close(&self->region);
}

static void map_part(struct th_self_memory *self, uint64_t offset, size_t size)
{
	ASSERT_OK(sealmem_writable_region_map_at(&self->region, offset, size,
						 &self->mapping));
	memset(self->mapping.addr, 0xa5, size);
}

static int init(struct th_self_memory *self)
{
	return sealmem_snapshot_writer_init(&self->mapping, &self->layout,
					    &self->writer);
}

/* A failure leaves the mapping the caller's and its bytes what they were. */
static void expect_untouched(const struct th_self_memory *self, size_t size)
{
	const unsigned char *bytes = self->mapping.addr;

	ASSERT_EQ(self->mapping.size, size);
	for (size_t i = 0; i < size; i++)
		ASSERT_EQ(bytes[i], 0xa5);
	EXPECT_EQ(self->writer.mapping.size, 0);
}

TEST_F(memory, one_byte_short)
{
	map_part(self, 0, self->needed - 1);
	EXPECT_ERR(EINVAL, init(self));
	expect_untouched(self, self->needed - 1);
}

TEST_F(memory, just_enough)
{
	struct sealmem_token token;

	map_part(self, 0, self->needed);
	token = self->mapping.token;
	EXPECT_OK(init(self));
	EXPECT_EQ(self->mapping.size, 0);
	EXPECT_NULL(self->mapping.addr);
	EXPECT_TRUE(sealmem_token_equal(token, self->writer.mapping.token));
}

TEST_F(memory, at_a_line)
{
	map_part(self, LINE, self->needed);
	EXPECT_OK(init(self));
}

TEST_F(memory, between_two_lines)
{
	for (size_t offset = 1; offset < LINE; offset++) {
		map_part(self, offset, self->needed);
		EXPECT_ERR(EINVAL, init(self));
		expect_untouched(self, self->needed);
		sealmem_writable_mapping_unmap(&self->mapping);
	}
}

TEST_F(memory, empty_mapping)
{
	EXPECT_ERR(EBADF, init(self));
	self->layout.part_count = 0;
	EXPECT_ERR(EBADF, init(self));
}

/* What lies behind the buffer is not the writer's. */
TEST_F(memory, rest_of_the_mapping)
{
	const unsigned char *bytes;

	map_part(self, 0, self->needed + LINE);
	bytes = self->mapping.addr;
	ASSERT_OK(init(self));
	EXPECT_TRUE(is_zero(bytes + LINE, self->needed - LINE));
	for (size_t i = 0; i < LINE; i++)
		EXPECT_EQ(bytes[self->needed + i], 0xa5);
}

/* ---- one buffer of three parts --------------------------------------- */

FIXTURE(snapshot)
{
	struct buffer buffer;
	struct sealmem_snapshot_reader reader;
	/* As large as a part, so that AddressSanitizer sees one byte more. */
	unsigned char *in;
	unsigned char *out;
};

FIXTURE_SETUP(snapshot)
{
	buffer_make(&self->buffer, 3, PART);
	reader_attach(&self->buffer.region, &self->buffer.layout,
		      &self->reader);
	self->in = malloc(PART);
	self->out = malloc(PART);
}

FIXTURE_TEARDOWN(snapshot)
{
	sealmem_snapshot_reader_close(&self->reader);
	buffer_close(&self->buffer);
	free(self->in);
	free(self->out);
}

static void publish(struct th_self_snapshot *self, uint32_t part, int fill)
{
	memset(self->in, fill, PART);
	ASSERT_OK(sealmem_snapshot_write(&self->buffer.writer, part, self->in));
}

/* @wanted is a state or an error other than FRESH: nothing may be written. */
static void expect_nothing(struct th_self_snapshot *self, uint32_t part,
			   int wanted)
{
	memset(self->out, 0x5a, PART);
	EXPECT_EQ(sealmem_snapshot_read(&self->reader, part, self->out),
		  wanted);
	for (size_t i = 0; i < PART; i++)
		EXPECT_EQ(self->out[i], 0x5a);
}

static void expect_fresh(struct th_self_snapshot *self, uint32_t part, int fill)
{
	memset(self->out, 0x5a, PART);
	EXPECT_EQ(sealmem_snapshot_read(&self->reader, part, self->out),
		  SEALMEM_SNAPSHOT_FRESH);
	for (size_t i = 0; i < PART; i++)
		EXPECT_EQ(self->out[i], fill);
}

TEST_F(snapshot, nothing_published)
{
	EXPECT_FALSE(sealmem_snapshot_has_changed(&self->reader));
	for (uint32_t part = 0; part < 3; part++)
		expect_nothing(self, part, SEALMEM_SNAPSHOT_UNCHANGED);
}

TEST_F(snapshot, fresh_once)
{
	publish(self, 1, 7);
	expect_fresh(self, 1, 7);
	expect_nothing(self, 1, SEALMEM_SNAPSHOT_UNCHANGED);
	expect_nothing(self, 1, SEALMEM_SNAPSHOT_UNCHANGED);
	/* The same bytes again are a value of their own. */
	publish(self, 1, 7);
	expect_fresh(self, 1, 7);
	expect_nothing(self, 1, SEALMEM_SNAPSHOT_UNCHANGED);
}

TEST_F(snapshot, only_the_newest)
{
	for (int fill = 1; fill < 8; fill++) {
		for (int i = 0; i <= fill; i++)
			publish(self, 0, fill + i);
		expect_fresh(self, 0, 2 * fill);
		expect_nothing(self, 0, SEALMEM_SNAPSHOT_UNCHANGED);
	}
}

TEST_F(snapshot, parts_are_independent)
{
	publish(self, 0, 1);
	publish(self, 2, 3);
	expect_nothing(self, 1, SEALMEM_SNAPSHOT_UNCHANGED);
	expect_fresh(self, 2, 3);
	publish(self, 1, 2);
	expect_fresh(self, 0, 1);
	expect_fresh(self, 1, 2);
	expect_nothing(self, 2, SEALMEM_SNAPSHOT_UNCHANGED);
}

TEST_F(snapshot, readers_are_independent)
{
	struct sealmem_snapshot_reader early;

	publish(self, 0, 9);
	expect_fresh(self, 0, 9);
	early = self->reader;

	reader_attach(&self->buffer.region, &self->buffer.layout,
		      &self->reader);
	EXPECT_TRUE(sealmem_snapshot_has_changed(&self->reader));
	expect_fresh(self, 0, 9);
	sealmem_snapshot_reader_close(&self->reader);

	self->reader = early;
	EXPECT_TRUE(sealmem_snapshot_has_changed(&self->reader));
	expect_nothing(self, 0, SEALMEM_SNAPSHOT_UNCHANGED);
}

TEST_F(snapshot, has_changed_for_all_parts_together)
{
	for (uint32_t part = 0; part < 3; part++) {
		publish(self, part, 1);
		EXPECT_TRUE(sealmem_snapshot_has_changed(&self->reader));
		EXPECT_FALSE(sealmem_snapshot_has_changed(&self->reader));
	}
	/* It does not depend on what was read, nor reading on it. */
	for (uint32_t part = 0; part < 3; part++)
		expect_fresh(self, part, 1);
	EXPECT_FALSE(sealmem_snapshot_has_changed(&self->reader));
	publish(self, 0, 2);
	expect_fresh(self, 0, 2);
	EXPECT_TRUE(sealmem_snapshot_has_changed(&self->reader));
}

TEST_F(snapshot, no_such_part)
{
	uint32_t wrong[] = { 3, 4, SEALMEM_SNAPSHOT_PARTS_MAX, UINT32_MAX };

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		expect_nothing(self, wrong[i], -EINVAL);
		EXPECT_ERR(EINVAL, sealmem_snapshot_write(&self->buffer.writer,
							  wrong[i], self->in));
	}
	EXPECT_FALSE(sealmem_snapshot_has_changed(&self->reader));
}

/* ---- the end --------------------------------------------------------- */

TEST_F(snapshot, gone_after_the_last_value)
{
	publish(self, 0, 4);
	EXPECT_TRUE(sealmem_snapshot_has_changed(&self->reader));
	sealmem_snapshot_writer_close(&self->buffer.writer);
	EXPECT_TRUE(sealmem_snapshot_has_changed(&self->reader));
	EXPECT_FALSE(sealmem_snapshot_has_changed(&self->reader));
	expect_fresh(self, 0, 4);
	for (int i = 0; i < 3; i++)
		expect_nothing(self, 0, SEALMEM_SNAPSHOT_WRITER_GONE);
	expect_nothing(self, 1, SEALMEM_SNAPSHOT_WRITER_GONE);
}

TEST_F(snapshot, attached_after_the_end)
{
	publish(self, 2, 6);
	sealmem_snapshot_writer_close(&self->buffer.writer);
	sealmem_snapshot_reader_close(&self->reader);
	reader_attach(&self->buffer.region, &self->buffer.layout,
		      &self->reader);
	expect_fresh(self, 2, 6);
	expect_nothing(self, 2, SEALMEM_SNAPSHOT_WRITER_GONE);
	expect_nothing(self, 0, SEALMEM_SNAPSHOT_WRITER_GONE);
}

TEST_F(snapshot, empty_handles)
{
	struct sealmem_snapshot_writer *writer = &self->buffer.writer;

	publish(self, 0, 1);
	for (int i = 0; i < 2; i++) {
		sealmem_snapshot_reader_close(&self->reader);
		EXPECT_TRUE(is_zero(&self->reader, sizeof(self->reader)));
		sealmem_snapshot_writer_close(writer);
		EXPECT_TRUE(is_zero(writer, sizeof(*writer)));
	}
	EXPECT_FALSE(sealmem_snapshot_has_changed(&self->reader));
	expect_nothing(self, 0, -EBADF);
	expect_nothing(self, 3, -EBADF);
	EXPECT_ERR(EBADF, sealmem_snapshot_write(writer, 0, self->in));
	EXPECT_ERR(EBADF, sealmem_snapshot_write(writer, 3, self->in));
}

/* The reader outlives the handle, and the writer does not notice readers. */
TEST_F(snapshot, lifetimes)
{
	sealmem_readonly_region_close(&self->buffer.region);
	publish(self, 0, 1);
	expect_fresh(self, 0, 1);
	sealmem_snapshot_reader_close(&self->reader);
	publish(self, 0, 2);
}

/* ---- sizes that are no multiple of anything -------------------------- */

FIXTURE(part_size)
{
	struct buffer buffer;
	struct sealmem_snapshot_reader reader;
};

FIXTURE_VARIANT(part_size)
{
	uint32_t size;
};

#define PART_SIZE(bytes) \
	FIXTURE_VARIANT_ADD(part_size, of_##bytes) { .size = bytes }

PART_SIZE(1);
PART_SIZE(3);
PART_SIZE(4);
PART_SIZE(5);
PART_SIZE(63);
PART_SIZE(64);
PART_SIZE(65);
PART_SIZE(4097);

FIXTURE_SETUP(part_size)
{
	buffer_make(&self->buffer, 3, variant->size);
	reader_attach(&self->buffer.region, &self->buffer.layout,
		      &self->reader);
}

FIXTURE_TEARDOWN(part_size)
{
	sealmem_snapshot_reader_close(&self->reader);
	buffer_close(&self->buffer);
}

static void fill(unsigned char *bytes, size_t size, int start)
{
	for (size_t i = 0; i < size; i++)
		bytes[i] = (unsigned char)(start + i * 7);
}

TEST_F(part_size, every_byte_arrives)
{
	size_t size = variant->size;
	unsigned char *in = malloc(size), *out = malloc(size);

	for (int round = 0; round < 12; round++) {
		fill(in, size, round);
		memset(out, ~in[size - 1], size);
		ASSERT_OK(sealmem_snapshot_write(&self->buffer.writer,
						 round % 3, in));
		EXPECT_EQ(sealmem_snapshot_read(&self->reader, round % 3, out),
			  SEALMEM_SNAPSHOT_FRESH);
		EXPECT_MEMEQ(in, out, size);
	}
	free(in);
	free(out);
}

/* What the writer's process has beside the value stays there. */
TEST_F(part_size, no_other_byte_is_shared)
{
	size_t size = variant->size;
	unsigned char *in = malloc(size), *slot;
	size_t room = lines_of(size) * LINE;

	memset(in, 0xff, size);
	for (int round = 0; round < 2; round++)
		ASSERT_OK(sealmem_snapshot_write(&self->buffer.writer, 1, in));
	for (int i = 0; i < 2; i++) {
		slot = slot_at(self->buffer.writer.mapping.addr, size, 1, i);
		EXPECT_MEMEQ(slot, in, size);
		EXPECT_TRUE(is_zero(slot + size, room - size));
		slot = slot_at(self->buffer.writer.mapping.addr, size, 0, i);
		EXPECT_TRUE(is_zero(slot, room));
		slot = slot_at(self->buffer.writer.mapping.addr, size, 2, i);
		EXPECT_TRUE(is_zero(slot, room));
	}
	free(in);
}

TH_MAIN
