/* SPDX-License-Identifier: MIT */
/*
 * What writer and readers of a snapshot buffer share, and the steps of the
 * protocol between them: a latch of two or more slots for each part.
 *
 * A part's generation counts its publications; slot (generation modulo slots)
 * holds the newest value. To publish, the writer fills the slot of the next
 * generation, which has the oldest value, and then advances the generation. A
 * reader copies the slot that the generation names and looks at the generation
 * again: if that is not so old that somebody may have begun to overwrite it, it
 * is whole. At no instruction is there less than one complete value.
 *
 * In memory, all but the values in 32-bit words of the machine's byte order:
 *
 *   line 0       header: magic, version, sizes, fingerprint
 *   line 1...    directory: generation over all parts, closed flag, then the
 *                generation of each part; up to four parts need one line
 *   each part:   its slots
 *
 * A line is 64 bytes; slots are whole lines, what fills them up is 0.
 */
#ifndef LIB_SNAPSHOT_H
#define LIB_SNAPSHOT_H

#include <sealmem/snapshot.h>

#include "lib/atomic.h"
#include "lib/copy.h"

/*
 * 64 bits in words: era * 2^32 + sequence, where the upper half of the sequence
 * has an era of its own. So the era is there before the sequence that it
 * belongs to, and the one store of the sequence publishes both.
 */
struct generation {
	uint32_t sequence;
	uint32_t eras[2];
};

struct header {
	uint32_t magic;
	uint32_t version;
	uint32_t part_count;
	uint32_t part_size;
	uint32_t slot_count;
	uint32_t reserved;
	uint32_t fingerprint_low;
	uint32_t fingerprint_high;
	uint32_t unused[8];
};

/* The first word of it is what sleeping readers wait on. */
struct directory {
	struct generation summary;
	uint32_t is_closed;
	struct generation parts[];
};

_Static_assert(sizeof(struct header) == LINE, "one line");
_Static_assert(sizeof(struct directory) + 4 * sizeof(struct generation) == LINE,
	       "four parts in one line");

static inline struct directory *snapshot_directory(const void *memory)
{
	return (struct directory *)((char *)(uintptr_t)memory + LINE);
}

/* --- layout: from the caller's numbers, never from shared memory ---------- */

/*
 * Of two slots the one is chosen by a branch, that the processor can predict:
 * then the slot is fetched together with the generation, not after it. The asm
 * keeps the compiler from computing the address instead.
 */
static inline size_t
snapshot_slot_offset(const struct sealmem_snapshot_sizes *sizes, uint32_t part,
		     uint64_t generation)
{
	size_t slot_size = (size_t)sizes->slot_lines * LINE;
	size_t offset =
		sizes->first_slot + part * sizes->slot_count * slot_size;

	if (sizes->slot_count != 2)
		return offset + ((size_t)generation & (sizes->slot_count - 1)) *
					slot_size;
	if (generation & 1) {
		offset += slot_size;
		__asm__ volatile("" : "+r"(offset));
	}
	return offset;
}

/* --- generations ---------------------------------------------------------- */

static inline uint64_t snapshot_load_generation(const struct generation *from)
{
	/* Pairs with the store below: shows the slot and the era. */
	uint32_t sequence = atomic_load_acquire(&from->sequence);
	uint32_t era = atomic_load_word(&from->eras[sequence >> 31]);

	return (uint64_t)era << 32 | sequence;
}

static inline void snapshot_store_generation(struct generation *to,
					     uint64_t value)
{
	uint32_t sequence = (uint32_t)value;

	atomic_store_word(&to->eras[sequence >> 31], (uint32_t)(value >> 32));
	/* Pairs with the load above: the slot is complete before this. */
	atomic_store_release(&to->sequence, sequence);
}

/* --- the writer's steps: begin, fill the slot, publish -------------------- */

/* Pairs with snapshot_is_whole(): who sees a word that is stored after this
 * sees the generation before it. */
static inline void snapshot_begin(void)
{
	atomic_fence_release();
}

static inline void snapshot_publish(struct directory *directory, uint32_t part,
				    uint64_t generation, uint64_t summary)
{
	snapshot_store_generation(&directory->parts[part], generation);
	snapshot_store_generation(&directory->summary, summary);
}

/* --- the reader's steps: load generation, copy its slot, is it whole? ----- */

/*
 * The slot of @generation is filled again for @generation + slots, after
 * @generation + slots - 1 was published. Pairs with snapshot_begin().
 */
static inline bool snapshot_is_whole(const struct generation *shared,
				     uint64_t generation, uint32_t slot_count)
{
	atomic_fence_acquire();
	return snapshot_load_generation(shared) - generation <= slot_count - 2;
}

/* --- between the files of the library ------------------------------------- */

/* -EINVAL if the layout is out of range. */
int snapshot_measure(const struct sealmem_snapshot_layout *layout,
		     struct sealmem_snapshot_sizes *ret_sizes,
		     size_t *ret_size);

struct header snapshot_header(const struct sealmem_snapshot_layout *layout);

/*
 * As sealmem_snapshot_stage(), for a range that is large and of which few lines
 * may have changed. It is in the part, and @offset is that of a line.
 */
void snapshot_stage_changes(const struct sealmem_snapshot_writer *writer,
			    uint32_t part, size_t offset, const void *data,
			    size_t size);

/*
 * Publishes the last value of a part again, until none of its slots has an
 * earlier one. Readers get it as any value.
 */
void snapshot_settle(struct sealmem_snapshot_writer *writer, uint32_t part);

/* The value before the newest, until the next read: there are two at least. */
const void *snapshot_replaced(const struct sealmem_snapshot_reader *reader,
			      uint32_t part);

/* Forgets the newest value of a part: the one before it is the last again. */
void snapshot_unread(struct sealmem_snapshot_reader *reader, uint32_t part,
		     uint64_t generation);

#endif
