/* SPDX-License-Identifier: MIT */
/*
 * A pool of unsafe regions, so that buffers of about the same size are not made
 * and mapped anew each time.
 *
 * All buffers of a pool have at least its size, which begins with the first
 * request and only grows: a larger request drops what is cached. Up to
 * SEALMEM_POOL_CACHE_MAX buffers wait to be used again.
 *
 * One pool for each peer, or for peers that may see each other's data. Nobody
 * can take a region back: a peer that was given a buffer may have kept it, and
 * then sees, and changes, whatever that buffer is used for later, zeroed or
 * not. sealmem_pool_discard() is for a buffer that must not be used again.
 *
 * Threads: a pool may be used by all of them at once; each buffer has one owner.
 *
 * Not promised: content. What is acquired holds what it was last used for,
 * unless the pool is one with SEALMEM_POOL_ZERO, or what a peer has written
 * there; and a peer may have punched holes, as into any unsafe region. Nor that
 * zeroing ends, if a peer can keep memory busy (see descriptor.h).
 */
#ifndef SEALMEM_POOL_H
#define SEALMEM_POOL_H

#include <sealmem/base.h>
#include <sealmem/mapping.h>
#include <sealmem/region.h>

#define SEALMEM_POOL_CACHE_MAX 32

/* A pool; it lives until it is closed and its last buffer is back. */
struct sealmem_pool;

/**
 * enum sealmem_pool_flags - How a pool treats its buffers
 * @SEALMEM_POOL_ZERO: Before a buffer is used again all of it is written with
 *	zeros, which fills holes, too. Costs about as much as new memory without
 *	its page faults
 */
enum sealmem_pool_flags {
	SEALMEM_POOL_ZERO = 1 << 0,
};

/**
 * struct sealmem_pool_buffer - A region of a pool, mapped
 * @region: To be handed to the peer, by sealmem_channel_send_unsafe()
 * @mapping: All of it
 * @pool: Private
 *
 * Zero is the empty buffer. @region and @mapping are the pool's: neither close
 * nor unmap them.
 */
struct sealmem_pool_buffer {
	struct sealmem_unsafe_region region;
	struct sealmem_writable_mapping mapping;
	struct sealmem_pool *pool;
};

#ifdef __cplusplus
extern "C" {
#endif

/**
 * sealmem_pool_create() - New pool without a buffer
 * @flags: Of enum sealmem_pool_flags
 * @ret_pool: Receives the pool
 *
 * Context: Any thread.
 * Return: 0, or -EINVAL (@flags), -ENOMEM.
 */
SEALMEM_FALLIBLE int sealmem_pool_create(uint32_t flags,
					 struct sealmem_pool **ret_pool);

/**
 * sealmem_pool_acquire() - A buffer, used before or new
 * @pool: Pool
 * @size: Bytes, 1 to SEALMEM_SIZE_MAX; the buffer may be larger
 * @ret_buffer: Receives the buffer
 *
 * Context: Any thread.
 * Return: 0, or -ESHUTDOWN, or as sealmem_unsafe_region_create() and
 * sealmem_unsafe_region_map().
 */
SEALMEM_FALLIBLE int
sealmem_pool_acquire(struct sealmem_pool *pool, size_t size,
		     struct sealmem_pool_buffer *ret_buffer);

/**
 * sealmem_pool_release() - Done with a buffer, which may be used again
 * @buffer: Buffer; empty afterwards. An empty one is accepted
 *
 * It is not kept if the pool is full, was shut down or closed, or has grown
 * beyond it.
 *
 * Context: Any thread that owns @buffer.
 */
SEALMEM_API void sealmem_pool_release(struct sealmem_pool_buffer *buffer);

/**
 * sealmem_pool_discard() - Done with a buffer, which must not be used again
 * @buffer: Buffer; empty afterwards. An empty one is accepted
 *
 * Context: Any thread that owns @buffer.
 */
SEALMEM_API void sealmem_pool_discard(struct sealmem_pool_buffer *buffer);

/**
 * sealmem_pool_shutdown() - No more buffers
 * @pool: Pool
 *
 * What is cached is given back. Buffers that are out stay good.
 *
 * Context: Any thread. Again does nothing.
 */
SEALMEM_API void sealmem_pool_shutdown(struct sealmem_pool *pool);

/**
 * sealmem_pool_close() - Shut down, and forget
 * @pool: Pool, not to be used again; NULL is accepted
 *
 * Buffers that are out stay good, and are released as ever; the last one ends
 * the pool.
 *
 * Context: Any thread, while no other one uses @pool itself.
 */
SEALMEM_API void sealmem_pool_close(struct sealmem_pool *pool);

#ifdef __cplusplus
}
#endif

#endif
