/* SPDX-License-Identifier: MIT */
/*
 * Snapshot readers over memory that a hostile producer writes. The memory is a
 * memfd made by hand, with the seals of a live region, imported as a consumer
 * does; the case keeps the writable mapping that its producer would have.
 */
#include <pthread.h>

#include "handmade.h"
#include "snapshot.h"

#define PARTS	   3
#define PART	   20
#define PART_WORDS (PART / 4)

FIXTURE(hostile)
{
	struct sealmem_snapshot_layout layout;
	struct sealmem_readonly_region region;
	struct sealmem_readonly_mapping view;
	struct sealmem_snapshot_reader reader;
	size_t size;
	void *memory;
	uint64_t random;
};

FIXTURE_VARIANT(hostile)
{
	uint32_t slot_count;
};

FIXTURE_VARIANT_ADD(hostile, of_2_slots) { 2 };
FIXTURE_VARIANT_ADD(hostile, of_8_slots) { 8 };

/* @size is what the producer declares. */
static void present(void **ret_memory, size_t size,
		    struct sealmem_readonly_region *ret_region)
{
	struct sealmem_descriptor descriptor = {
		.kind = SEALMEM_KIND_READONLY,
		.size = size,
		.token = { 1, 2 },
	};

	descriptor.fd = handmade_live(ret_memory);
	ASSERT_OK(sealmem_readonly_region_import(&descriptor, NULL,
						 ret_region));
}

/* As the layout has it: magic, version, count, size, slots, fingerprint. */
static void write_header(void *memory,
			 const struct sealmem_snapshot_layout *layout)
{
	uint32_t header[HEADER_WORDS] = {
		0x4e534d53,
		1,
		layout->part_count,
		layout->part_size,
		layout->slot_count,
		0,
		(uint32_t)layout->fingerprint,
		(uint32_t)(layout->fingerprint >> 32),
	};

	memcpy(memory, header, sizeof(header));
}

FIXTURE_SETUP(hostile)
{
	self->layout = layout_of(PARTS, PART);
	self->layout.slot_count = variant->slot_count;
	self->random = 20240229;
	ASSERT_OK(sealmem_snapshot_size(&self->layout, &self->size));
	present(&self->memory, self->size, &self->region);
	write_header(self->memory, &self->layout);
}

FIXTURE_TEARDOWN(hostile)
{
	sealmem_snapshot_reader_close(&self->reader);
	sealmem_readonly_mapping_unmap(&self->view);
	sealmem_readonly_region_close(&self->region);
	munmap(self->memory, page_size());
}

static void attach(struct th_self_hostile *self)
{
	reader_attach(&self->region, &self->layout, &self->reader);
}

static struct words *part(struct th_self_hostile *self, uint32_t number)
{
	return part_words(self->memory, number);
}

static void publish(struct th_self_hostile *self, uint32_t number,
		    uint64_t generation)
{
	chain_fill(slot_at(self->memory, &self->layout, number,
			   generation % self->layout.slot_count),
		   PART_WORDS, number, (uint32_t)generation);
	words_set(part(self, number), generation);
}

static int read_part(struct th_self_hostile *self, uint32_t number)
{
	const void *before = sealmem_snapshot_value(&self->reader, number);
	unsigned char bytes[PART];
	const void *after = before;
	int state;

	if (before)
		memcpy(bytes, before, PART);
	state = sealmem_snapshot_read(&self->reader, number, &after);
	if (state != SEALMEM_SNAPSHOT_FRESH)
		EXPECT_TRUE(after == before);
	if (state != SEALMEM_SNAPSHOT_FRESH && before)
		EXPECT_MEMEQ(after, bytes, PART);
	return state;
}

static void expect_value(struct th_self_hostile *self, uint32_t number,
			 uint64_t generation)
{
	uint32_t wanted[PART_WORDS];

	chain_fill(wanted, PART_WORDS, number, (uint32_t)generation);
	EXPECT_EQ(read_part(self, number), SEALMEM_SNAPSHOT_FRESH);
	EXPECT_MEMEQ(sealmem_snapshot_value(&self->reader, number), wanted,
		     PART);
}

/* ---- the header ------------------------------------------------------ */

static void expect_refused(struct th_self_hostile *self)
{
	size_t size = self->view.size;

	EXPECT_ERR(EPROTO,
		   sealmem_snapshot_reader_init(&self->view, &self->layout,
						&self->reader));
	EXPECT_EQ(self->view.size, size);
	EXPECT_EQ(self->reader.mapping.size, 0);
	EXPECT_NULL(self->reader.values);
}

/* The words as they are written above are accepted: these words say it. */
TEST_F(hostile, hand_made_buffer_is_read)
{
	publish(self, 1, 1);
	attach(self);
	expect_value(self, 1, 1);
	EXPECT_EQ(read_part(self, 0), SEALMEM_SNAPSHOT_UNCHANGED);
}

TEST_F(hostile, header_bits)
{
	unsigned char *bytes = self->memory;

	ASSERT_OK(sealmem_readonly_region_map(&self->region, &self->view));
	for (size_t bit = 0; bit < LINE * 8; bit++) {
		bytes[bit / 8] ^= 1 << bit % 8;
		expect_refused(self);
		bytes[bit / 8] ^= 1 << bit % 8;
	}
	EXPECT_OK(sealmem_snapshot_reader_init(&self->view, &self->layout,
					       &self->reader));
	EXPECT_EQ(self->view.size, 0);
}

TEST_F(hostile, other_layouts)
{
	struct sealmem_snapshot_layout others[] = {
		layout_of(PARTS - 1, PART), layout_of(PARTS + 1, PART),
		layout_of(PARTS, PART - 1), layout_of(PARTS, PART + 1),
		layout_of(PARTS, PART),	    layout_of(PARTS, PART),
		layout_of(PARTS, PART),
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		others[i].slot_count = variant->slot_count;
	others[4].fingerprint ^= 1;
	others[5].fingerprint ^= (uint64_t)1 << 63;
	others[6].slot_count = 4;
	ASSERT_OK(sealmem_readonly_region_map(&self->region, &self->view));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		self->layout = others[i];
		expect_refused(self);
	}
}

/* The header promises more than the region has. */
TEST_F(hostile, region_too_small)
{
	size_t sizes[] = { self->size - 1, 2 * LINE, LINE, LINE - 1, 1 };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		ASSERT_OK(sealmem_readonly_region_map_at(
			&self->region, 0, sizes[i], &self->view));
		expect_refused(self);
		sealmem_readonly_mapping_unmap(&self->view);
	}
}

/* The words of a whole buffer, but where no buffer can begin. */
TEST_F(hostile, region_not_aligned)
{
	size_t size;

	self->layout.part_count = 1;
	ASSERT_OK(sealmem_snapshot_size(&self->layout, &size));
	write_header((char *)self->memory + 4, &self->layout);
	ASSERT_OK(sealmem_readonly_region_map_at(&self->region, 4, size,
						 &self->view));
	expect_refused(self);
}

TEST(empty_mapping)
{
	struct sealmem_snapshot_layout layout = layout_of(PARTS, PART);
	struct sealmem_snapshot_reader reader = { 0 };
	struct sealmem_readonly_mapping view = { 0 };

	EXPECT_ERR(EBADF,
		   sealmem_snapshot_reader_init(&view, &layout, &reader));
	layout.part_count = 0;
	EXPECT_ERR(EBADF,
		   sealmem_snapshot_reader_init(&view, &layout, &reader));
	EXPECT_EQ(reader.mapping.size, 0);
}

/* ---- generations ----------------------------------------------------- */

TEST_F(hostile, generation_goes_backwards)
{
	attach(self);
	publish(self, 0, 7);
	expect_value(self, 0, 7);
	for (uint64_t generation = 0; generation < 7; generation++) {
		words_set(part(self, 0), generation);
		EXPECT_EQ(read_part(self, 0), SEALMEM_SNAPSHOT_CORRUPT);
		EXPECT_EQ(read_part(self, 0), SEALMEM_SNAPSHOT_CORRUPT);
	}
	/* That of one part says nothing of another. */
	EXPECT_EQ(read_part(self, 1), SEALMEM_SNAPSHOT_UNCHANGED);
	words_set(part(self, 0), 7);
	EXPECT_EQ(read_part(self, 0), SEALMEM_SNAPSHOT_UNCHANGED);
	publish(self, 0, 8);
	expect_value(self, 0, 8);
}

/* A writer that closed does not make backwards a normal end. */
TEST_F(hostile, backwards_after_the_end)
{
	attach(self);
	publish(self, 0, (uint64_t)1 << 32);
	expect_value(self, 0, (uint64_t)1 << 32);
	*closed_word(self->memory) = 1;
	EXPECT_EQ(read_part(self, 0), SEALMEM_SNAPSHOT_WRITER_GONE);
	words_set(part(self, 0), UINT32_MAX);
	EXPECT_EQ(read_part(self, 0), SEALMEM_SNAPSHOT_CORRUPT);
}

TEST_F(hostile, generation_leaps)
{
	static const uint64_t leaps[] = {
		2, 1000001, UINT32_MAX, (uint64_t)1 << 32,
		((uint64_t)1 << 32) + 1, INT64_MAX, (uint64_t)1 << 63,
		UINT64_MAX,
	};

	attach(self);
	for (size_t i = 0; i < sizeof(leaps) / sizeof(leaps[0]); i++) {
		publish(self, 2, leaps[i]);
		expect_value(self, 2, leaps[i]);
		EXPECT_EQ(read_part(self, 2), SEALMEM_SNAPSHOT_UNCHANGED);
	}
}

/* Modulo 2^32 nothing would have changed, or all would have gone back. */
TEST_F(hostile, eras_count)
{
	attach(self);
	publish(self, 0, 5);
	words_set(summary_words(self->memory), 5);
	EXPECT_TRUE(sealmem_snapshot_has_changed(&self->reader));
	expect_value(self, 0, 5);
	publish(self, 0, ((uint64_t)1 << 32) + 5);
	words_set(summary_words(self->memory), ((uint64_t)1 << 32) + 5);
	EXPECT_TRUE(sealmem_snapshot_has_changed(&self->reader));
	EXPECT_FALSE(sealmem_snapshot_has_changed(&self->reader));
	expect_value(self, 0, ((uint64_t)1 << 32) + 5);
	words_set(part(self, 0), ((uint64_t)1 << 32) + 4);
	EXPECT_EQ(read_part(self, 0), SEALMEM_SNAPSHOT_CORRUPT);
}

/* The end of an era, by a writer that is honest. */
TEST_F(hostile, era_changes)
{
	struct sealmem_writable_mapping mapping = {
		.addr = self->memory,
		.size = self->size,
	};
	struct sealmem_snapshot_writer writer;
	uint32_t in[PART_WORDS];

	ASSERT_OK(sealmem_snapshot_writer_init(&mapping, &self->layout,
					       &writer));
	writer.summary = writer.parts[1].generation = (uint64_t)UINT32_MAX - 3;
	attach(self);
	for (uint32_t i = 0; i < 8; i++) {
		uint64_t next = (uint64_t)UINT32_MAX - 2 + i;

		chain_fill(in, PART_WORDS, 1, (uint32_t)next);
		ASSERT_OK(sealmem_snapshot_write(&writer, 1, in));
		EXPECT_TRUE(sealmem_snapshot_has_changed(&self->reader));
		EXPECT_FALSE(sealmem_snapshot_has_changed(&self->reader));
		expect_value(self, 1, next);
		EXPECT_EQ(words_get(part(self, 1)), next);
	}
	EXPECT_EQ(read_part(self, 1), SEALMEM_SNAPSHOT_UNCHANGED);
	/* The mapping is the fixture's. */
	writer.mapping = (struct sealmem_writable_mapping){ 0 };
	sealmem_snapshot_writer_close(&writer);
}

/* The era of the half that the sequence is not in does not concern readers. */
TEST_F(hostile, other_era_is_not_looked_at)
{
	attach(self);
	publish(self, 0, 3);
	expect_value(self, 0, 3);
	part(self, 0)->eras[1] = 1234;
	EXPECT_EQ(read_part(self, 0), SEALMEM_SNAPSHOT_UNCHANGED);
	words_set(part(self, 0), (uint64_t)1 << 31);
	part(self, 0)->eras[0] = 1234;
	EXPECT_EQ(read_part(self, 0), SEALMEM_SNAPSHOT_FRESH);
	EXPECT_EQ(read_part(self, 0), SEALMEM_SNAPSHOT_UNCHANGED);
}

/* A closed flag that is not 0 or 1 is a closed flag; one word, no more. */
TEST_F(hostile, closed_flag)
{
	attach(self);
	for (int bit = 0; bit < 32; bit++) {
		*closed_word(self->memory) = (uint32_t)1 << bit;
		EXPECT_EQ(read_part(self, 1), SEALMEM_SNAPSHOT_WRITER_GONE);
	}
	*closed_word(self->memory) = 0;
	EXPECT_EQ(read_part(self, 1), SEALMEM_SNAPSHOT_UNCHANGED);
}

/* ---- anything at all ------------------------------------------------- */

static uint32_t next_random(struct th_self_hostile *self)
{
	self->random = self->random * 6364136223846793005 + 1442695040888963407;
	return (uint32_t)(self->random >> 32);
}

static void scribble(struct th_self_hostile *self)
{
	uint32_t *words = self->memory;

	for (size_t i = 0; i < page_size() / sizeof(*words); i++)
		__atomic_store_n(&words[i], next_random(self),
				 __ATOMIC_RELAXED);
}

static void expect_a_state(int state)
{
	EXPECT_GE(state, SEALMEM_SNAPSHOT_UNCHANGED);
	EXPECT_LE(state, SEALMEM_SNAPSHOT_CORRUPT);
}

static void read_all(struct th_self_hostile *self)
{
	uint64_t fresh;

	sealmem_snapshot_has_changed(&self->reader);
	for (uint32_t number = 0; number < PARTS; number++)
		expect_a_state(read_part(self, number));
	for (unsigned int flags = 0; flags <= SEALMEM_SNAPSHOT_CUT; flags++) {
		expect_a_state(sealmem_snapshot_read_all(&self->reader, flags,
							 &fresh));
		EXPECT_LT(fresh, 1 << PARTS);
	}
	EXPECT_EQ(read_part(self, PARTS), -EINVAL);
	EXPECT_EQ(self->reader.sizes.part_count, PARTS);
	EXPECT_EQ(self->reader.sizes.part_size, PART);
}

/* While nobody writes, the generation alone decides, and this is how. */
static int wanted_state(struct th_self_hostile *self, uint32_t number,
			uint64_t seen)
{
	uint64_t now = words_get(part(self, number));

	if (now < seen)
		return SEALMEM_SNAPSHOT_CORRUPT;
	if (now > seen)
		return SEALMEM_SNAPSHOT_FRESH;
	return *closed_word(self->memory) ? SEALMEM_SNAPSHOT_WRITER_GONE :
					    SEALMEM_SNAPSHOT_UNCHANGED;
}

static int read_noise(struct th_self_hostile *self, uint32_t number,
		      uint64_t *seen)
{
	int wanted = wanted_state(self, number, *seen);

	EXPECT_EQ(read_part(self, number), wanted);
	if (wanted == SEALMEM_SNAPSHOT_FRESH)
		*seen = words_get(part(self, number));
	return wanted;
}

TEST_F(hostile, random_memory)
{
	int counts[SEALMEM_SNAPSHOT_CORRUPT + 1] = { 0 };
	uint64_t seen[PARTS] = { 0 };
	uint32_t number;

	attach(self);
	for (int round = 0; round < 1000; round++) {
		scribble(self);
		for (int i = 0; i < PARTS * 2; i++) {
			number = next_random(self) % PARTS;
			counts[read_noise(self, number, &seen[number])]++;
			/* Else it would soon be near the end, for good. */
			self->reader.generations[number] >>= round % 3;
			seen[number] >>= round % 3;
		}
	}
	EXPECT_GT(counts[SEALMEM_SNAPSHOT_FRESH], 0);
	EXPECT_GT(counts[SEALMEM_SNAPSHOT_CORRUPT], 0);
	EXPECT_GT(counts[SEALMEM_SNAPSHOT_WRITER_GONE], 0);
	EXPECT_EQ(counts[SEALMEM_SNAPSHOT_BUSY], 0);
}

TEST_F(hostile, random_header)
{
	for (int round = 0; round < 1000; round++) {
		scribble(self);
		ASSERT_OK(sealmem_readonly_region_map(&self->region,
						      &self->view));
		expect_refused(self);
		sealmem_readonly_mapping_unmap(&self->view);
	}
}

struct scribbler {
	struct th_self_hostile *self;
	int rounds;
};

static void *scribble_on(void *argument)
{
	struct scribbler *scribbler = argument;

	while (__atomic_load_n(&scribbler->rounds, __ATOMIC_RELAXED) < 1000)
		scribble(scribbler->self);
	return NULL;
}

/* Nothing read twice is the same. */
TEST_F(hostile, random_memory_while_it_is_read)
{
	struct scribbler scribbler = { .self = self };
	pthread_t thread;

	attach(self);
	ASSERT_EQ(pthread_create(&thread, NULL, scribble_on, &scribbler), 0);
	for (int round = 0; round < 1000; round++) {
		read_all(self);
		__atomic_add_fetch(&scribbler.rounds, 1, __ATOMIC_RELAXED);
	}
	ASSERT_EQ(pthread_join(thread, NULL), 0);
}

TH_MAIN
