/* SPDX-License-Identifier: MIT */
/*
 * Which snapshot buffers there can be: sizes, what a writer is made of, and
 * parts whose size is no multiple of anything.
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
	uint32_t slot_count;
	uint32_t reserved;
};

#define RIGHT sizeof(struct sealmem_snapshot_layout)
#define WRONG_LAYOUT(id, ...) \
	FIXTURE_VARIANT_ADD(wrong_layout, id) { __VA_ARGS__ }

#define PART_MAX SEALMEM_SNAPSHOT_PART_SIZE_MAX

WRONG_LAYOUT(no_part, RIGHT, 0, 1, 2, 0);
WRONG_LAYOUT(one_part_more, RIGHT, SEALMEM_SNAPSHOT_PARTS_MAX + 1, 1, 2, 0);
WRONG_LAYOUT(all_parts, RIGHT, UINT32_MAX, 1, 2, 0);
WRONG_LAYOUT(empty_part, RIGHT, 1, 0, 2, 0);
WRONG_LAYOUT(one_byte_more, RIGHT, 1, PART_MAX + 1, 2, 0);
WRONG_LAYOUT(one_byte_more_in_0, RIGHT, 1, PART_MAX + 1, 0, 0);
WRONG_LAYOUT(one_byte_more_in_4, RIGHT, 1, PART_MAX / 2 + 1, 4, 0);
WRONG_LAYOUT(one_byte_more_in_8, RIGHT, 1, PART_MAX / 4 + 1, 8, 0);
WRONG_LAYOUT(all_bytes, RIGHT, 1, UINT32_MAX, 2, 0);
WRONG_LAYOUT(one_slot, RIGHT, 1, 1, 1, 0);
WRONG_LAYOUT(three_slots, RIGHT, 1, 1, 3, 0);
WRONG_LAYOUT(six_slots, RIGHT, 1, 1, 6, 0);
WRONG_LAYOUT(sixteen_slots, RIGHT, 1, 1, 16, 0);
WRONG_LAYOUT(all_slots, RIGHT, 1, 1, UINT32_MAX, 0);
WRONG_LAYOUT(reserved_member, RIGHT, 1, 1, 2, 1);
WRONG_LAYOUT(struct_of_0, 0, 1, 1, 2, 0);
WRONG_LAYOUT(struct_too_small, RIGHT - 1, 1, 1, 2, 0);
WRONG_LAYOUT(struct_too_large, RIGHT + 1, 1, 1, 2, 0);

TEST_F(wrong_layout, is_refused_everywhere)
{
	struct sealmem_snapshot_layout layout = {
		.struct_size = variant->struct_size,
		.part_count = variant->part_count,
		.part_size = variant->part_size,
		.slot_count = variant->slot_count,
		.reserved = variant->reserved,
	};

	expect_no_layout(&layout);
}

/*
 * A line, the generations in whole lines, and for each part its slots, in whole
 * lines.
 */
TEST(size_is_exact)
{
	static const struct {
		uint32_t count, size, slots;
		uint64_t bytes;
	} cases[] = {
		{ 1, 1, 0, 256 },     { 1, 1, 2, 256 },	  { 1, 1, 4, 384 },
		{ 1, 1, 8, 640 },     { 1, 63, 0, 256 },  { 1, 64, 0, 256 },
		{ 1, 65, 0, 384 },    { 3, 128, 0, 896 }, { 4, 64, 0, 640 },
		{ 5, 64, 0, 832 },    { 64, 1, 0, 9088 }, { 4, 1064, 0, 8832 },
		{ 4, 1064, 8, 34944 },
		{ 1, SEALMEM_SNAPSHOT_PART_SIZE_MAX, 0, 33554560 },
		{ 64, SEALMEM_SNAPSHOT_PART_SIZE_MAX, 2, 2147484544 },
		{ 64, SEALMEM_SNAPSHOT_PART_SIZE_MAX / 2, 4, 2147484544 },
		{ 64, SEALMEM_SNAPSHOT_PART_SIZE_MAX / 4, 8, 2147484544 },
	};
	struct sealmem_snapshot_layout layout;
	size_t size;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		layout = layout_of(cases[i].count, cases[i].size);
		layout.slot_count = cases[i].slots;
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
	unsigned char *in = malloc(size);
	const void *out;

	for (int round = 0; round < 12; round++) {
		fill(in, size, round);
		ASSERT_OK(sealmem_snapshot_write(&self->buffer.writer,
						 round % 3, in));
		EXPECT_EQ(sealmem_snapshot_read(&self->reader, round % 3, &out),
			  SEALMEM_SNAPSHOT_FRESH);
		EXPECT_MEMEQ(in, out, size);
	}
	free(in);
}

/* What the writer's process has beside the value stays there. */
TEST_F(part_size, no_other_byte_is_shared)
{
	size_t size = variant->size;
	unsigned char *in = malloc(size), *slot;
	size_t room = lines_of(size) * LINE;
	void *memory = self->buffer.writer.mapping.addr;

	memset(in, 0xff, size);
	for (int round = 0; round < 2; round++)
		ASSERT_OK(sealmem_snapshot_write(&self->buffer.writer, 1, in));
	for (int i = 0; i < 2; i++) {
		slot = slot_at(memory, &self->buffer.layout, 1, i);
		EXPECT_MEMEQ(slot, in, size);
		EXPECT_TRUE(is_zero(slot + size, room - size));
		slot = slot_at(memory, &self->buffer.layout, 0, i);
		EXPECT_TRUE(is_zero(slot, room));
		slot = slot_at(memory, &self->buffer.layout, 2, i);
		EXPECT_TRUE(is_zero(slot, room));
	}
	free(in);
}

TH_MAIN
