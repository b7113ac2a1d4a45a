/* SPDX-License-Identifier: MIT */
/*
 * Snapshot buffers for tests: made, attached to, and looked into. Where the
 * shared words lie is transcribed from the description at the top of
 * lib/snapshot.h, not taken from its types, so that a change shows here.
 */
#ifndef SELFTESTS_SNAPSHOT_H
#define SELFTESTS_SNAPSHOT_H

#include <sealmem/sealmem.h>
#include <string.h>

#include "harness.h"

#define LINE	     64
#define HEADER_WORDS 16

struct buffer {
	struct sealmem_snapshot_layout layout;
	struct sealmem_readonly_region region;
	struct sealmem_snapshot_writer writer;
};

static inline struct sealmem_snapshot_layout layout_of(uint32_t part_count,
						       uint32_t part_size)
{
	return (struct sealmem_snapshot_layout){
		.struct_size = sizeof(struct sealmem_snapshot_layout),
		.part_count = part_count,
		.part_size = part_size,
		.fingerprint = 0x0123456789abcdef,
	};
}

static inline void buffer_make_as(struct buffer *buffer,
				  const struct sealmem_snapshot_layout *layout)
{
	struct sealmem_writable_mapping mapping = { 0 };
	size_t size;

	*buffer = (struct buffer){ 0 };
	buffer->layout = *layout;
	ASSERT_OK(sealmem_snapshot_size(&buffer->layout, &size));
	ASSERT_OK(sealmem_readonly_region_create(size, NULL, &buffer->region,
						 &mapping));
	ASSERT_OK(sealmem_snapshot_writer_init(&mapping, &buffer->layout,
					       &buffer->writer));
}

static inline void buffer_make(struct buffer *buffer, uint32_t part_count,
			       uint32_t part_size)
{
	struct sealmem_snapshot_layout layout = layout_of(part_count,
							  part_size);

	buffer_make_as(buffer, &layout);
}

static inline void buffer_close(struct buffer *buffer)
{
	sealmem_snapshot_writer_close(&buffer->writer);
	sealmem_readonly_region_close(&buffer->region);
}

/* As a consumer does it, who has nothing but the region. */
static inline void reader_attach(const struct sealmem_readonly_region *region,
				 const struct sealmem_snapshot_layout *layout,
				 struct sealmem_snapshot_reader *reader)
{
	struct sealmem_readonly_mapping mapping = { 0 };

	*reader = (struct sealmem_snapshot_reader){ 0 };
	ASSERT_OK(sealmem_readonly_region_map(region, &mapping));
	ASSERT_OK(sealmem_snapshot_reader_init(&mapping, layout, reader));
}

/* ---- the shared words ------------------------------------------------ */

/*
 * A generation: 64 bits, of which the upper ones, the era, stand in one of two
 * words: that which the top bit of the sequence names.
 */
struct words {
	uint32_t sequence;
	uint32_t eras[2];
};

static inline size_t lines_of(uint32_t part_size)
{
	return ((size_t)part_size + LINE - 1) / LINE;
}

/* @memory is where the buffer is mapped for writing. */
static inline struct words *summary_words(void *memory)
{
	return (struct words *)((char *)memory + LINE);
}

static inline uint32_t *closed_word(void *memory)
{
	return (uint32_t *)((char *)memory + LINE) + 3;
}

/* Behind the summary and the closed flag, one after the other. */
static inline struct words *part_words(void *memory, uint32_t part)
{
	return (struct words *)(closed_word(memory) + 1) + part;
}

/* What is left of the last line of generations is not used. */
static inline void *slot_at(void *memory,
			    const struct sealmem_snapshot_layout *layout,
			    uint32_t part, uint32_t slot)
{
	size_t slots = layout->slot_count ? layout->slot_count : 2;
	size_t generations = lines_of(16 + 12 * layout->part_count);
	size_t lines = lines_of(layout->part_size);

	return (char *)memory +
	       (1 + generations + (part * slots + slot) * lines) * LINE;
}

static inline void words_set(struct words *words, uint64_t generation)
{
	words->sequence = (uint32_t)generation;
	words->eras[words->sequence >> 31] = (uint32_t)(generation >> 32);
}

static inline uint64_t words_get(const struct words *words)
{
	return (uint64_t)words->eras[words->sequence >> 31] << 32 |
	       words->sequence;
}

/* ---- values that tell whether they are whole ------------------------- */

/*
 * Each word follows from the one before it, and two values of one part differ
 * in every word: no mixture of two is a value.
 */
static inline uint32_t chain_next(uint32_t word, uint32_t part)
{
	return word * 1664525 + 1013904223 + part;
}

static inline void chain_fill(uint32_t *words, size_t count, uint32_t part,
			      uint32_t number)
{
	words[0] = number;
	for (size_t i = 1; i < count; i++)
		words[i] = chain_next(words[i - 1], part);
}

static inline bool chain_is_whole(const uint32_t *words, size_t count,
				  uint32_t part)
{
	for (size_t i = 1; i < count; i++)
		if (words[i] != chain_next(words[i - 1], part))
			return false;
	return true;
}

#endif
