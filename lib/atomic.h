/* SPDX-License-Identifier: MIT */
/*
 * The atomic operations on shared memory, by purpose. All are on words that the
 * machine loads and stores whole without a locked instruction: a reader's
 * mapping is read-only, so anything that writes would fault. What writer and
 * reader agree on is in words of 32 bits; bytes that nobody looks at before
 * they are known to be whole go in the machine's own words.
 */
#ifndef LIB_ATOMIC_H
#define LIB_ATOMIC_H

#include <stdbool.h>
#include <stdint.h>

/* Payload: may be torn as a whole, which the generation around it tells. */
typedef unsigned long __attribute__((may_alias)) native_word;

static inline native_word atomic_load_native(const native_word *word)
{
	return __atomic_load_n(word, __ATOMIC_RELAXED);
}

static inline void atomic_store_native(native_word *word, native_word value)
{
	__atomic_store_n(word, value, __ATOMIC_RELAXED);
}

/* Words of a header or a generation. */
static inline uint32_t atomic_load_word(const uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_RELAXED);
}

static inline void atomic_store_word(uint32_t *word, uint32_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELAXED);
}

/* Generations: what was written before the store is seen after the load. */
static inline uint32_t atomic_load_acquire(const uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static inline void atomic_store_release(uint32_t *word, uint32_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
}

/* Reader: payload loads stay before the generation loads that follow. */
static inline void atomic_fence_acquire(void)
{
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
}

/* Writer: the last generation stays before the payload stores that follow. */
static inline void atomic_fence_release(void)
{
	__atomic_thread_fence(__ATOMIC_RELEASE);
}

/*
 * A word that more than one side changes, compared and swapped. On machines
 * without such words of 64 bits ATOMIC_HAS_WIDE is false, and nothing that has
 * one comes to be: what would be called there is a library that we do not link.
 */
typedef uint64_t __attribute__((aligned(8))) wide_word;

#define ATOMIC_HAS_WIDE __atomic_always_lock_free(sizeof(wide_word), 0)

static inline uint64_t atomic_load_wide(const wide_word *word)
{
	return ATOMIC_HAS_WIDE ? __atomic_load_n(word, __ATOMIC_ACQUIRE) : 0;
}

static inline void atomic_store_wide(wide_word *word, uint64_t value)
{
	if (ATOMIC_HAS_WIDE)
		__atomic_store_n(word, value, __ATOMIC_RELEASE);
}

/* True if it was *@expected and is @value now; else that is what it is. */
static inline bool atomic_exchange_wide(wide_word *word, uint64_t *expected,
					uint64_t value)
{
	return ATOMIC_HAS_WIDE &&
	       __atomic_compare_exchange_n(word, expected, value, false,
					   __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

#endif
