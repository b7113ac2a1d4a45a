/* SPDX-License-Identifier: MIT */
/*
 * Buffers that wait to be used again. The library's lock is held while the list
 * changes, and for nothing that takes long: memory is made, zeroed and given
 * back without it.
 */
#include <errno.h>
#include <sealmem/pool.h>
#include <stdlib.h>

#include "lib/handle.h"
#include "lib/lock.h"
#include "sealing/sealing.h"

struct sealmem_pool {
	uint32_t flags;
	bool is_shut_down;
	/* Only grows; 0 until the first buffer. */
	size_t size;
	/* Buffers that are out, and one for whoever created the pool. */
	size_t reference_count;
	size_t cached_count;
	struct sealmem_pool_buffer cached[SEALMEM_POOL_CACHE_MAX];
};

/* What is taken out of a pool with the lock held, to be given back without. */
struct leftover {
	size_t count;
	struct sealmem_pool_buffer buffers[SEALMEM_POOL_CACHE_MAX];
	struct sealmem_pool *pool;
};

static void move(struct sealmem_pool_buffer *to,
		 struct sealmem_pool_buffer *from)
{
	to->region.priv = handle_take(&from->region.priv);
	to->mapping = from->mapping;
	to->pool = from->pool;
	*from = (struct sealmem_pool_buffer){ 0 };
}

static void destroy(struct sealmem_pool_buffer *buffer)
{
	sealmem_writable_mapping_unmap(&buffer->mapping);
	sealmem_unsafe_region_close(&buffer->region);
	buffer->pool = NULL;
}

static void leftover_end(struct leftover *leftover)
{
	for (size_t i = 0; i < leftover->count; i++)
		destroy(&leftover->buffers[i]);
	free(leftover->pool);
}

/* --- with the lock held ---------------------------------------------------- */

static void empty_cache(struct sealmem_pool *pool, struct leftover *leftover)
{
	while (pool->cached_count > 0)
		move(&leftover->buffers[leftover->count++],
		     &pool->cached[--pool->cached_count]);
}

static void drop_reference(struct sealmem_pool *pool, struct leftover *leftover)
{
	if (--pool->reference_count == 0)
		leftover->pool = pool;
}

/* 1 if there was one, 0 if not; @wanted is the size to make one of. */
static int take_cached(struct sealmem_pool *pool, size_t *wanted,
		       struct sealmem_pool_buffer *ret_buffer)
{
	if (pool->is_shut_down)
		return -ESHUTDOWN;
	if (*wanted > pool->size)
		return 0;
	*wanted = pool->size;
	if (pool->cached_count == 0)
		return 0;
	move(ret_buffer, &pool->cached[--pool->cached_count]);
	ret_buffer->pool = pool;
	pool->reference_count++;
	return 1;
}

static int add_new(struct sealmem_pool *pool,
		   struct sealmem_pool_buffer *buffer,
		   struct leftover *leftover)
{
	/* Somebody may have been faster. */
	if (pool->is_shut_down)
		return -ESHUTDOWN;
	if (buffer->mapping.size > pool->size) {
		pool->size = buffer->mapping.size;
		empty_cache(pool, leftover);
	}
	buffer->pool = pool;
	pool->reference_count++;
	return 0;
}

static bool is_worth_keeping(const struct sealmem_pool *pool,
			     const struct sealmem_pool_buffer *buffer)
{
	return !pool->is_shut_down &&
	       pool->cached_count < SEALMEM_POOL_CACHE_MAX &&
	       buffer->mapping.size >= pool->size &&
	       sealmem_unsafe_region_size(&buffer->region) ==
		       buffer->mapping.size;
}

/* --- buffers ---------------------------------------------------------------- */

static int make(size_t size, struct sealmem_pool_buffer *ret_buffer)
{
	static const struct sealmem_options options = {
		.struct_size = sizeof(options),
		.name = "sealmem-pool",
	};
	int ret = sealmem_unsafe_region_create(size, &options,
					       &ret_buffer->region);

	if (ret < 0)
		return ret;
	ret = sealmem_unsafe_region_map(&ret_buffer->region,
					&ret_buffer->mapping);
	if (ret < 0)
		sealmem_unsafe_region_close(&ret_buffer->region);
	return ret;
}

static int acquire_new(struct sealmem_pool *pool, size_t size,
		       struct sealmem_pool_buffer *ret_buffer)
{
	struct sealmem_pool_buffer buffer = { 0 };
	struct leftover leftover = { 0 };
	int ret = make(size, &buffer);

	if (ret < 0)
		return ret;
	lock_take();
	ret = add_new(pool, &buffer, &leftover);
	lock_give();
	leftover_end(&leftover);
	if (ret < 0) {
		destroy(&buffer);
		return ret;
	}
	move(ret_buffer, &buffer);
	return 0;
}

/* Through the descriptor: where a peer punched holes a store could fault. */
static int refresh(const struct sealmem_pool *pool,
		   const struct sealmem_pool_buffer *buffer)
{
	if (!(pool->flags & SEALMEM_POOL_ZERO))
		return 0;
	return sealing_memfd_zero(sealmem_unsafe_region_fd(&buffer->region), 0,
				  buffer->mapping.size);
}

int sealmem_pool_acquire(struct sealmem_pool *pool, size_t size,
			 struct sealmem_pool_buffer *ret_buffer)
{
	struct sealmem_pool_buffer buffer = { 0 };
	int ret;

	if (size == 0)
		return -EINVAL;
	lock_take();
	ret = take_cached(pool, &size, &buffer);
	lock_give();
	if (ret == 1 && refresh(pool, &buffer) == 0) {
		move(ret_buffer, &buffer);
		return 0;
	}
	/* One that cannot be made fit to use is as good as none. */
	sealmem_pool_discard(&buffer);
	return ret < 0 ? ret : acquire_new(pool, size, ret_buffer);
}

static void end(struct sealmem_pool_buffer *buffer, bool may_keep)
{
	struct sealmem_pool *pool = buffer->pool;
	struct leftover leftover = { 0 };

	if (!pool)
		return;
	lock_take();
	if (may_keep && is_worth_keeping(pool, buffer))
		move(&pool->cached[pool->cached_count++], buffer);
	drop_reference(pool, &leftover);
	lock_give();
	destroy(buffer);
	leftover_end(&leftover);
}

void sealmem_pool_release(struct sealmem_pool_buffer *buffer)
{
	end(buffer, true);
}

void sealmem_pool_discard(struct sealmem_pool_buffer *buffer)
{
	end(buffer, false);
}

/* --- the pool --------------------------------------------------------------- */

int sealmem_pool_create(uint32_t flags, struct sealmem_pool **ret_pool)
{
	struct sealmem_pool *pool;

	if (flags & ~(uint32_t)SEALMEM_POOL_ZERO)
		return -EINVAL;
	pool = calloc(1, sizeof(*pool));
	if (!pool)
		return -ENOMEM;
	pool->flags = flags;
	pool->reference_count = 1;
	*ret_pool = pool;
	return 0;
}

void sealmem_pool_shutdown(struct sealmem_pool *pool)
{
	struct leftover leftover = { 0 };

	lock_take();
	pool->is_shut_down = true;
	empty_cache(pool, &leftover);
	lock_give();
	leftover_end(&leftover);
}

void sealmem_pool_close(struct sealmem_pool *pool)
{
	struct leftover leftover = { 0 };

	if (!pool)
		return;
	sealmem_pool_shutdown(pool);
	lock_take();
	drop_reference(pool, &leftover);
	lock_give();
	leftover_end(&leftover);
}
