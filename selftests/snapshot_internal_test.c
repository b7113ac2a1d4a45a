/* SPDX-License-Identifier: MIT */
/*
 * The steps of the snapshot protocol, and every way to copy that this processor
 * has, each by itself and each against each in a writer and a reader.
 */
#include <pthread.h>
#include <sched.h>

#include "lib/snapshot.h"

/* selftests/snapshot.h says for itself what a line is. */
#undef LINE
#include "snapshot.h"

/* ---- generations ----------------------------------------------------- */

#define SEQUENCES ((uint64_t)1 << 32)

static const uint64_t edges[] = {
	8, INT32_MAX, (uint64_t)INT32_MAX + 1, UINT32_MAX, SEQUENCES,
	SEQUENCES + INT32_MAX, 7 * SEQUENCES - 1, 7 * SEQUENCES,
	INT64_MAX, UINT64_MAX - 8,
};

#define EDGES (sizeof(edges) / sizeof(edges[0]))

/* Word by word through the end of halves, eras and their sums. */
TEST(generations_count_on)
{
	struct generation generation = { 0 };

	for (size_t i = 0; i < EDGES; i++)
		for (uint64_t value = edges[i] - 8; value < edges[i] + 8;
		     value++) {
			snapshot_store_generation(&generation, value);
			EXPECT_EQ(snapshot_load_generation(&generation), value);
			EXPECT_EQ(generation.sequence, (uint32_t)value);
		}
}

/* By its age, not by equality alone: and at the edges as elsewhere. */
TEST(whole_until_its_slot_is_filled_again)
{
	struct generation generation = { 0 };

	for (uint32_t slots = 2; slots <= 8; slots *= 2)
		for (size_t i = 0; i < EDGES; i++)
			for (uint64_t age = 0; age < 16; age++) {
				uint64_t then = edges[i] - 8;

				snapshot_store_generation(&generation,
							  then + age);
				EXPECT_EQ(snapshot_is_whole(&generation, then,
							    slots),
					  age <= slots - 2);
			}
}

/* Memory of a hostile writer: what comes before is no age at all. */
TEST(whole_never_before_it_was)
{
	struct generation generation = { 0 };

	for (uint32_t slots = 2; slots <= 8; slots *= 2)
		for (uint64_t age = 1; age < 16; age++) {
			snapshot_store_generation(&generation, 100 - age);
			EXPECT_FALSE(snapshot_is_whole(&generation, 100,
						       slots));
		}
}

TEST(slots_take_turns)
{
	struct sealmem_snapshot_layout layout = layout_of(3, 100);
	struct sealmem_snapshot_sizes sizes;
	size_t size;

	for (layout.slot_count = 2; layout.slot_count <= 8;
	     layout.slot_count *= 2) {
		ASSERT_OK(snapshot_measure(&layout, &sizes, &size));
		for (uint64_t g = UINT64_MAX - 20; g != 20; g++)
			for (uint32_t part = 0; part < 3; part++)
				EXPECT_EQ(snapshot_slot_offset(&sizes, part, g),
					  128 + (part * layout.slot_count +
						 g % layout.slot_count) * 128);
		EXPECT_EQ(size, 128 + 3 * layout.slot_count * 128);
	}
}

/* ---- copies ---------------------------------------------------------- */

#define LINES 70

FIXTURE(copies)
{
	const struct copy_method *method;
	unsigned char *from;
	unsigned char *to;
	unsigned char before[LINES * LINE];
};

FIXTURE_VARIANT(copies)
{
	unsigned int index;
};

FIXTURE_VARIANT_ADD(copies, best) { 0 };
FIXTURE_VARIANT_ADD(copies, second) { 1 };
FIXTURE_VARIANT_ADD(copies, third) { 2 };

FIXTURE_SETUP(copies)
{
	self->method = copy_method_at(variant->index);
	if (!self->method)
		SKIP("this processor has fewer ways to copy");
	TH_LOG("%s", self->method->name);
	self->from = aligned_alloc(LINE, LINES * LINE);
	self->to = aligned_alloc(LINE, LINES * LINE);
	for (size_t i = 0; i < LINES * LINE; i++)
		self->from[i] = (unsigned char)(i * 7 + i / 256);
	memset(self->to, 0x5a, LINES * LINE);
	memcpy(self->before, self->to, LINES * LINE);
}

FIXTURE_TEARDOWN(copies)
{
	free(self->from);
	free(self->to);
}

TEST_F(copies, load_so_many_lines)
{
	for (size_t lines = 0; lines < LINES; lines++) {
		memset(self->to, 0x5a, LINES * LINE);
		self->method->load(self->to, self->from, lines);
		EXPECT_MEMEQ(self->to, self->from, lines * LINE);
		EXPECT_MEMEQ(self->to + lines * LINE, self->before,
			     (LINES - lines) * LINE);
	}
}

static void expect_stored(struct th_self_copies *self, uint64_t lines)
{
	memset(self->to, 0x5a, LINES * LINE);
	self->method->store(self->to, self->from, lines);
	for (size_t line = 0; line < LINES; line++)
		EXPECT_MEMEQ(self->to + line * LINE,
			     line < GROUP && lines >> line & 1 ?
				     self->from + line * LINE : self->before,
			     LINE);
}

TEST_F(copies, store_those_lines)
{
	uint64_t lines = 1;

	expect_stored(self, 0);
	expect_stored(self, UINT64_MAX);
	for (int i = 0; i < 64; i++)
		expect_stored(self, (uint64_t)1 << i);
	for (int i = 0; i < 200; i++) {
		lines = lines * 6364136223846793005 + 1442695040888963407;
		expect_stored(self, lines);
	}
}

/* Each bit of each byte, with data that is aligned to nothing. */
TEST_F(copies, compare_finds_every_bit)
{
	unsigned char *data = malloc(3 * LINE + 3);

	memcpy(data + 3, self->from, 3 * LINE);
	EXPECT_EQ(self->method->compare(self->from, data + 3, 3), 0);
	for (size_t bit = 0; bit < 3 * LINE * 8; bit++) {
		data[3 + bit / 8] ^= 1 << bit % 8;
		EXPECT_EQ(self->method->compare(self->from, data + 3, 3),
			  (uint64_t)1 << bit / 8 / LINE);
		data[3 + bit / 8] ^= 1 << bit % 8;
	}
	free(data);
}

TEST_F(copies, compare_so_many_lines)
{
	uint64_t wanted = 0;

	for (size_t lines = 0; lines <= GROUP; lines++) {
		EXPECT_EQ(self->method->compare(self->from, self->to, lines),
			  wanted);
		wanted = wanted << 1 | 1;
	}
}

TEST(portable_copies_come_last)
{
	unsigned int count = 0;

	while (copy_method_at(count))
		count++;
	ASSERT_GE(count, 1);
	EXPECT_STREQ(copy_method_at(count - 1)->name, "portable");
	EXPECT_NULL(copy_method_at(UINT32_MAX));
}

/* ---- each against each ----------------------------------------------- */

#define PART  (72 * LINE + 20)
#define WORDS (PART / 4)
#define READS 3000

FIXTURE(mixed)
{
	struct buffer buffer;
	struct sealmem_snapshot_reader reader;
	int is_stopping;
};

FIXTURE_VARIANT(mixed)
{
	unsigned int writer;
	unsigned int reader;
	uint32_t slot_count;
};

#define MIXED(id, ...) FIXTURE_VARIANT_ADD(mixed, id) { __VA_ARGS__ }

MIXED(first_and_first, 0, 0, 2);
MIXED(first_and_second, 0, 1, 4);
MIXED(first_and_third, 0, 2, 8);
MIXED(second_and_first, 1, 0, 8);
MIXED(second_and_second, 1, 1, 2);
MIXED(second_and_third, 1, 2, 4);
MIXED(third_and_first, 2, 0, 4);
MIXED(third_and_second, 2, 1, 8);
MIXED(third_and_third, 2, 2, 2);

FIXTURE_SETUP(mixed)
{
	struct sealmem_snapshot_layout layout = layout_of(1, PART);

	if (!copy_method_at(variant->writer) ||
	    !copy_method_at(variant->reader))
		SKIP("this processor has fewer ways to copy");
	layout.slot_count = variant->slot_count;
	buffer_make_as(&self->buffer, &layout);
	reader_attach(&self->buffer.region, &layout, &self->reader);
	self->buffer.writer.method = copy_method_at(variant->writer);
	self->reader.method = copy_method_at(variant->reader);
}

FIXTURE_TEARDOWN(mixed)
{
	sealmem_snapshot_reader_close(&self->reader);
	buffer_close(&self->buffer);
}

static void *write_on(void *argument)
{
	struct th_self_mixed *self = argument;
	uint32_t words[WORDS];

	for (uint32_t number = 1;
	     !__atomic_load_n(&self->is_stopping, __ATOMIC_RELAXED); number++) {
		chain_fill(words, WORDS, 0, number);
		ASSERT_OK(sealmem_snapshot_write(&self->buffer.writer, 0,
						 words));
	}
	return NULL;
}

TEST_F_TIMEOUT(mixed, reads_are_whole_and_in_order, 60)
{
	uint32_t newest = 0, fresh = 0;
	const uint32_t *words;
	pthread_t thread;
	int state;

	ASSERT_EQ(pthread_create(&thread, NULL, write_on, self), 0);
	for (int i = 0; i < READS || fresh < 100; i++) {
		state = sealmem_snapshot_read(&self->reader, 0, NULL);
		words = sealmem_snapshot_value(&self->reader, 0);
		ASSERT_LE(state, SEALMEM_SNAPSHOT_BUSY);
		if (!words)
			continue;
		ASSERT_TRUE(chain_is_whole(words, WORDS, 0));
		if (state == SEALMEM_SNAPSHOT_FRESH)
			ASSERT_GT(words[0], newest);
		else
			ASSERT_EQ(words[0], newest);
		newest = words[0];
		fresh += state == SEALMEM_SNAPSHOT_FRESH;
		if (i >= READS && state != SEALMEM_SNAPSHOT_FRESH)
			sched_yield();
	}
	TH_LOG("%u fresh", fresh);
	__atomic_store_n(&self->is_stopping, 1, __ATOMIC_RELAXED);
	ASSERT_EQ(pthread_join(thread, NULL), 0);
}

/* ---- settling: no slot keeps what was published before ---------------- */

#define SETTLED_SIZE (70 * LINE + 8)

/* How many slots of a part have nothing but this value's bytes. */
static uint32_t count_slots_with(struct buffer *buffer, uint32_t part,
				 const unsigned char *value)
{
	void *memory = buffer->writer.mapping.addr;
	uint32_t count = 0;

	for (uint32_t i = 0; i < buffer->layout.slot_count; i++)
		count += memcmp(slot_at(memory, &buffer->layout, part, i),
				value, SETTLED_SIZE) == 0;
	return count;
}

static void expect_settled(struct buffer *buffer, const unsigned char *value,
			   uint64_t publications)
{
	void *memory = buffer->writer.mapping.addr;
	uint64_t before = words_get(part_words(memory, 1));
	static const unsigned char nothing[SETTLED_SIZE];

	snapshot_settle(&buffer->writer, 1);
	EXPECT_EQ(words_get(part_words(memory, 1)) - before, publications);
	EXPECT_EQ(count_slots_with(buffer, 1, value),
		  buffer->layout.slot_count);
	/* The other part is not touched. */
	EXPECT_EQ(words_get(part_words(memory, 0)), 0);
	EXPECT_EQ(count_slots_with(buffer, 0, nothing),
		  buffer->layout.slot_count);
}

TEST(settled_slots_are_all_alike)
{
	struct sealmem_snapshot_layout layout = layout_of(2, SETTLED_SIZE);
	unsigned char value[SETTLED_SIZE] = { 0 };
	struct sealmem_snapshot_reader reader;
	struct buffer buffer;

	for (layout.slot_count = 2; layout.slot_count <= 8;
	     layout.slot_count *= 2) {
		memset(value, 0, sizeof(value));
		buffer_make_as(&buffer, &layout);
		reader_attach(&buffer.region, &layout, &reader);
		expect_settled(&buffer, value, 0);
		for (int i = 1; i <= 20; i++) {
			/* In the first group of lines, the last and both. */
			value[i % 3 ? 0 : 64] = (unsigned char)i;
			value[i % 2 ? 0 : SETTLED_SIZE - 1] = (unsigned char)i;
			ASSERT_OK(sealmem_snapshot_write(&buffer.writer, 1,
							 value));
		}
		EXPECT_LT(count_slots_with(&buffer, 1, value),
			  layout.slot_count);
		expect_settled(&buffer, value, layout.slot_count - 1);
		expect_settled(&buffer, value, 0);
		EXPECT_EQ(sealmem_snapshot_read(&reader, 1, NULL),
			  SEALMEM_SNAPSHOT_FRESH);
		EXPECT_MEMEQ(sealmem_snapshot_value(&reader, 1), value,
			     sizeof(value));
		sealmem_snapshot_reader_close(&reader);
		buffer_close(&buffer);
	}
}

/* ---- ranges of which few lines change -------------------------------- */

#define LARGE (200 * LINE + 20)

static uint32_t random_below(uint32_t limit)
{
	static uint64_t state = 1;

	state = state * 6364136223846793005 + 1442695040888963407;
	return (uint32_t)(state >> 33) % limit;
}

/* What is staged is what a memcpy would have made of it, in all slots. */
TEST(staged_changes_are_all_published)
{
	static unsigned char model[LARGE];
	struct sealmem_snapshot_reader reader;
	struct buffer buffer;

	buffer_make(&buffer, 1, LARGE);
	reader_attach(&buffer.region, &buffer.layout, &reader);
	for (int i = 0; i < 2000 && !th_failed(); i++) {
		uint32_t offset = random_below(LARGE / LINE) * LINE;
		uint32_t size = random_below(LARGE - offset) + 1;

		for (int j = random_below(4); j > 0; j--)
			model[offset + random_below(size)]++;
		snapshot_stage_changes(&buffer.writer, 0, offset,
				       model + offset, size);
		ASSERT_OK(sealmem_snapshot_write_range(&buffer.writer, 0,
						       LARGE - 1,
						       model + LARGE - 1, 1));
		EXPECT_EQ(sealmem_snapshot_read(&reader, 0, NULL),
			  SEALMEM_SNAPSHOT_FRESH);
		EXPECT_MEMEQ(sealmem_snapshot_value(&reader, 0), model, LARGE);
	}
	sealmem_snapshot_reader_close(&reader);
	buffer_close(&buffer);
}

TH_MAIN
