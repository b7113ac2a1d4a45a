/* SPDX-License-Identifier: MIT */
/*
 * The atomic operations on shared memory, by purpose. All are on 32-bit words,
 * which every machine loads and stores whole without a locked instruction: a
 * reader's mapping is read-only, so anything that writes would fault.
 */
#ifndef LIB_ATOMIC_H
#define LIB_ATOMIC_H

#include <stdint.h>

/* Payload: may be torn as a whole, which the generation around it tells. */
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

#endif
