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

/* ---- one buffer of three parts --------------------------------------- */

FIXTURE(snapshot)
{
	struct buffer buffer;
	struct sealmem_snapshot_reader reader;
	/* As large as a part, so that AddressSanitizer sees one byte more. */
	unsigned char *in;
};

FIXTURE_SETUP(snapshot)
{
	buffer_make(&self->buffer, 3, PART);
	reader_attach(&self->buffer.region, &self->buffer.layout,
		      &self->reader);
	self->in = malloc(PART);
}

FIXTURE_TEARDOWN(snapshot)
{
	sealmem_snapshot_reader_close(&self->reader);
	buffer_close(&self->buffer);
	free(self->in);
}

static void publish(struct th_self_snapshot *self, uint32_t part, int fill)
{
	memset(self->in, fill, PART);
	ASSERT_OK(sealmem_snapshot_write(&self->buffer.writer, part, self->in));
}

/* @wanted is a state or an error other than FRESH: the value stays. */
static void expect_nothing(struct th_self_snapshot *self, uint32_t part,
			   int wanted)
{
	const void *before = sealmem_snapshot_value(&self->reader, part);
	const void *value = self;
	unsigned char bytes[PART];

	if (before)
		memcpy(bytes, before, PART);
	EXPECT_EQ(sealmem_snapshot_read(&self->reader, part, &value), wanted);
	if (wanted < 0)
		EXPECT_TRUE(value == self);
	else
		EXPECT_TRUE(value == before);
	EXPECT_TRUE(sealmem_snapshot_value(&self->reader, part) == before);
	if (before)
		EXPECT_MEMEQ(before, bytes, PART);
}

static void expect_value(struct th_self_snapshot *self, uint32_t part, int fill)
{
	const unsigned char *value = sealmem_snapshot_value(&self->reader,
							    part);

	ASSERT_TRUE(value != NULL);
	for (size_t i = 0; i < PART; i++)
		EXPECT_EQ(value[i], fill);
}

static void expect_fresh(struct th_self_snapshot *self, uint32_t part, int fill)
{
	const void *value;

	EXPECT_EQ(sealmem_snapshot_read(&self->reader, part, &value),
		  SEALMEM_SNAPSHOT_FRESH);
	EXPECT_TRUE(value == sealmem_snapshot_value(&self->reader, part));
	expect_value(self, part, fill);
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

TH_MAIN
