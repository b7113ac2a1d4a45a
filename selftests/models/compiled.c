/* SPDX-License-Identifier: MIT */
/*
 * What scripts/check-models compiles for ARMv8 and gives to the memory model
 * instruction by instruction: the library's own steps of the protocol, around
 * values of two words. Each test is a writer and a reader, as the .litmus file
 * of that name has them; selftests/models/compiled says how they are run.
 * -DWITHOUT_x takes one order out.
 */
#include "lib/atomic.h"

#ifdef WITHOUT_RELEASE_FENCE
#define atomic_fence_release() ((void)0)
#endif
#ifdef WITHOUT_ACQUIRE_FENCE
#define atomic_fence_acquire() ((void)0)
#endif
#ifdef WITHOUT_RELEASE
#define atomic_store_release atomic_store_word
#endif

static inline uint32_t load_ordered(const uint32_t *word)
{
#ifdef WITHOUT_ACQUIRE
	return atomic_load_word(word);
#else
	return atomic_load_acquire(word);
#endif
}

/*
 * Where eras are not the question, sequences are known to be below 2^31: an
 * address that depends on what was loaded, as an era's does, is dear to check.
 */
static inline uint32_t load_small(const uint32_t *word)
{
	uint32_t value = load_ordered(word);

	if (value >> 31)
		__builtin_unreachable();
	return value;
}

#ifdef WITH_ERAS
#define atomic_load_acquire load_ordered
#else
#define atomic_load_acquire load_small
#endif

#include "lib/snapshot.h"

static const struct sealmem_snapshot_sizes sizes = {
	.part_count = 1, .part_size = 8, .slot_count = 2, .slot_lines = 1,
};

static inline uint32_t *slot_of(const void *slots, uint64_t generation)
{
	return (uint32_t *)((char *)(uintptr_t)slots +
			    snapshot_slot_offset(&sizes, 0, generation));
}

static inline void publish(struct generation *shared, uint32_t *slots,
			   uint64_t generation)
{
	uint32_t *slot = slot_of(slots, generation);

	snapshot_begin();
	atomic_store_word(&slot[0], (uint32_t)generation);
	atomic_store_word(&slot[1], (uint32_t)generation);
	snapshot_store_generation(shared, generation);
}

void latch_writer(struct generation *shared, uint32_t *slots);
bool latch_reader(const struct generation *shared, const uint32_t *slots,
		  uint32_t *number, uint32_t *a, uint32_t *b);
void era_writer(struct generation *shared);
void era_reader(const struct generation *shared, uint32_t *era,
		uint32_t *sequence);
void closed_writer(struct directory *directory);
uint32_t closed_reader(const struct directory *directory, uint32_t *number);
void summary_writer(struct directory *directory);
uint32_t summary_reader(const struct directory *directory, uint32_t *number);
void cut_writer(struct directory *directory);
bool cut_reader(const struct directory *directory, uint32_t *first,
		uint32_t *second);

void latch_writer(struct generation *shared, uint32_t *slots)
{
	publish(shared, slots, 2);
	publish(shared, slots, 3);
}

/* Is it whole? */
bool latch_reader(const struct generation *shared, const uint32_t *slots,
		  uint32_t *number, uint32_t *a, uint32_t *b)
{
	uint64_t generation = snapshot_load_generation(shared);
	const uint32_t *slot = slot_of(slots, generation);

	*number = (uint32_t)generation;
	*a = atomic_load_word(&slot[0]);
	*b = atomic_load_word(&slot[1]);
	return snapshot_is_whole(shared, generation, sizes.slot_count);
}

void era_writer(struct generation *shared)
{
	snapshot_store_generation(shared, (uint64_t)1 << 32);
}

void era_reader(const struct generation *shared, uint32_t *era,
		uint32_t *sequence)
{
	uint64_t generation = snapshot_load_generation(shared);

	*era = (uint32_t)(generation >> 32);
	*sequence = (uint32_t)generation;
}

/* Its last value, and what sealmem_snapshot_writer_close() does. */
void closed_writer(struct directory *directory)
{
	snapshot_store_generation(&directory->parts[0], 2);
	atomic_store_release(&directory->is_closed, 1);
}

uint32_t closed_reader(const struct directory *directory, uint32_t *number)
{
	uint32_t is_closed = atomic_load_acquire(&directory->is_closed);

	*number = (uint32_t)snapshot_load_generation(&directory->parts[0]);
	return is_closed;
}

void summary_writer(struct directory *directory)
{
	snapshot_publish(directory, 0, 2, 1);
}

uint32_t summary_reader(const struct directory *directory, uint32_t *number)
{
	uint64_t summary = snapshot_load_generation(&directory->summary);

	*number = (uint32_t)snapshot_load_generation(&directory->parts[0]);
	return (uint32_t)summary;
}

void cut_writer(struct directory *directory)
{
	snapshot_publish(directory, 0, 2, 1);
	snapshot_publish(directory, 1, 2, 2);
}

/* Is it a moment? */
bool cut_reader(const struct directory *directory, uint32_t *first,
		uint32_t *second)
{
	uint64_t before = snapshot_load_generation(&directory->summary);

	*first = (uint32_t)snapshot_load_generation(&directory->parts[0]);
	*second = (uint32_t)snapshot_load_generation(&directory->parts[1]);
	return snapshot_load_generation(&directory->summary) == before;
}
