/* SPDX-License-Identifier: MIT */
/*
 * Discardable memory: what can be made again, shared with somebody who may
 * drop it when memory is short.
 *
 * It is an unsafe region with a page in front, in which one word says whether
 * anybody uses the memory and, if not, when that ended. Its user locks it, uses
 * it, and unlocks it with the time. Whoever holds it purges it while it is
 * unlocked: the memory goes back to the kernel, and from then on to lock it
 * fails, so that its user notices and makes the content again, in new memory or
 * after sealmem_discardable_recommit().
 *
 * A purge is one compare-and-swap against the time of the last use that the
 * caller knows: who has not noticed the last use cannot purge, but is told and
 * can decide anew. Times are the caller's: microseconds of any clock that all
 * holders share, 1 to SEALMEM_DISCARDABLE_TIME_MAX. Two uses that ended in the
 * same microsecond are one to who purges.
 *
 * Promised: the library does not crash or wait, whatever the word says; pages
 * that were purged read as zero until somebody writes to them.
 *
 * Not promised: anything about content. Every holder may write, unlock for
 * others, purge what is locked and punch holes: the word binds only who respects
 * it. So copy, then check the copy, and mind that, as with any unsafe region, a
 * page that a holder took away is made anew at the next access, for which there
 * may be no memory left: SIGBUS or the OOM killer. A holder that can keep memory
 * busy (see descriptor.h) makes purge and recommit wait. A holder that is killed
 * leaves the memory locked for good. To pass the lock on, pass the region while
 * it is locked: who maps it has all pages locked, and who had does not.
 *
 * Receivers of a region that was purged need SEALMEM_POLICY_HOLES.
 */
#ifndef SEALMEM_DISCARDABLE_H
#define SEALMEM_DISCARDABLE_H

#include <sealmem/base.h>
#include <sealmem/mapping.h>
#include <sealmem/region.h>

#define SEALMEM_DISCARDABLE_TIME_MAX ((uint64_t)INT64_MAX)

/** struct sealmem_discardable - Private. Zero is the empty one */
struct sealmem_discardable {
	struct sealmem_unsafe_region region;
	struct sealmem_writable_mapping mapping;
	uint64_t last_usage;
	uint8_t *locked_pages;
	size_t page_count;
	size_t locked_count;
	bool is_holding;
};

#ifdef __cplusplus
extern "C" {
#endif

/**
 * sealmem_discardable_create() - New memory, locked
 * @size: Bytes, rounded up to whole pages; may be 0
 * @options: How to create the region, or NULL
 * @ret_discardable: Receives the memory, all of it locked
 *
 * Context: As sealmem_writable_region_create().
 * Return: 0, or as sealmem_unsafe_region_create() and
 * sealmem_unsafe_region_map(), or -EOPNOTSUPP (a machine without atomic words
 * of 64 bits).
 */
SEALMEM_FALLIBLE int
sealmem_discardable_create(size_t size, const struct sealmem_options *options,
			   struct sealmem_discardable *ret_discardable);

/**
 * sealmem_discardable_map() - Memory of another holder
 * @take_region: Region of such memory; empty on success
 * @ret_discardable: Receives the memory
 *
 * If it is locked then all of its pages are locked here: the lock was passed
 * with the region. If it is not, lock it first.
 *
 * Context: Any thread.
 * Return: 0, or -EBADF (empty), -EPROTO (a region of something else), -ENOMEM,
 * -EOPNOTSUPP (a machine without atomic words of 64 bits), or as
 * sealmem_unsafe_region_map().
 */
SEALMEM_FALLIBLE int
sealmem_discardable_map(struct sealmem_unsafe_region *take_region,
			struct sealmem_discardable *ret_discardable);

/**
 * sealmem_discardable_dup_region() - The region, to be handed out
 * @discardable: Memory
 * @ret_region: Receives a copy of the region
 *
 * Context: Any thread.
 * Return: 0, or -EBADF (empty or closed), -EMFILE.
 */
SEALMEM_FALLIBLE int
sealmem_discardable_dup_region(const struct sealmem_discardable *discardable,
			       struct sealmem_unsafe_region *ret_region);

/**
 * sealmem_discardable_data() - The memory itself
 * @discardable: Memory; may be empty
 *
 * Context: Any thread; async-signal-safe.
 * Return: Address of the first page; NULL if empty or unmapped.
 */
SEALMEM_API void *
sealmem_discardable_data(const struct sealmem_discardable *discardable);

/**
 * sealmem_discardable_size() - How much memory it is
 * @discardable: Memory; may be empty
 *
 * Context: Any thread; async-signal-safe.
 * Return: Bytes, whole pages; 0 if empty or unmapped.
 */
SEALMEM_API size_t
sealmem_discardable_size(const struct sealmem_discardable *discardable);

/**
 * sealmem_discardable_lock() - Keep it while it is used
 * @discardable: Memory
 * @offset: First byte; a multiple of the page size
 * @length: Bytes; a multiple of the page size, 0 for all to the end
 *
 * The first pages to be locked take the shared lock; pages that are added later
 * are locked at once. After -EAGAIN another holder has used the memory since,
 * which then is known: the next try may succeed.
 *
 * Context: The thread that owns @discardable.
 * Return: 0, or -EBADF (empty), -EINVAL (not whole pages inside, or one that is
 * locked here), -ENODATA (purged), -EBUSY (somebody else has locked it),
 * -EAGAIN (used by somebody else since).
 */
SEALMEM_FALLIBLE int
sealmem_discardable_lock(struct sealmem_discardable *discardable,
			 uint64_t offset, size_t length);

/**
 * sealmem_discardable_unlock() - Done with it
 * @discardable: Memory
 * @offset: First byte; a multiple of the page size
 * @length: Bytes; a multiple of the page size, 0 for all to the end
 * @now: The time
 *
 * Only the last page gives the shared lock back. Whatever this returns but
 * -EBADF and -EINVAL, these pages are not locked any more.
 *
 * Context: The thread that owns @discardable.
 * Return: 0, or -EBADF (empty), -EINVAL (not whole pages inside, one that is
 * not locked here, or @now out of range), -EAGAIN (somebody else has changed
 * the lock).
 */
SEALMEM_FALLIBLE int
sealmem_discardable_unlock(struct sealmem_discardable *discardable,
			   uint64_t offset, size_t length, uint64_t now);

/**
 * sealmem_discardable_purge() - Give the memory back, if nobody uses it
 * @discardable: Memory
 * @now: The time
 *
 * Succeeds only if it is unlocked and sealmem_discardable_last_usage() is when
 * that happened. On -EAGAIN it then is, so that the next try may succeed; on
 * -EBUSY it is @now, so that the caller waits as long as after a use. Purging
 * what is purged succeeds. Where the kernel does not take the pages (they are
 * locked by mlock(2), or a system call filter forbids it) they are overwritten
 * with zeros.
 *
 * Context: The thread that owns @discardable. Meanwhile others find it locked.
 * Return: 0, or -EBADF (empty), -EINVAL (@now out of range), -EBUSY (somebody
 * uses it), -EAGAIN (used since).
 */
SEALMEM_FALLIBLE int
sealmem_discardable_purge(struct sealmem_discardable *discardable,
			  uint64_t now);

/**
 * sealmem_discardable_recommit() - Memory again, after a purge
 * @discardable: Memory that was purged, and is not closed
 *
 * All of it is there again, zero, and locked. What is missing is an error here
 * instead of SIGBUS later.
 *
 * Context: The thread that owns @discardable.
 * Return: 0, or -EBADF (empty or closed), -EBUSY (somebody uses it), -EAGAIN
 * (it is not purged), or -ENOMEM, -ENOSPC, -EFBIG.
 */
SEALMEM_FALLIBLE int
sealmem_discardable_recommit(struct sealmem_discardable *discardable);

/**
 * sealmem_discardable_is_resident() - Has it not been purged?
 * @discardable: Memory; may be empty
 *
 * Context: Any thread; async-signal-safe.
 * Return: True if the word says that it is locked or was not purged.
 */
SEALMEM_API bool
sealmem_discardable_is_resident(const struct sealmem_discardable *discardable);

/**
 * sealmem_discardable_is_locked() - Does anybody use it?
 * @discardable: Memory; may be empty
 *
 * Context: Any thread; async-signal-safe.
 * Return: True if the word says that it is locked, by whomever.
 */
SEALMEM_API bool
sealmem_discardable_is_locked(const struct sealmem_discardable *discardable);

/**
 * sealmem_discardable_last_usage() - When was it used, as far as is known here?
 * @discardable: Memory; may be empty
 *
 * Context: The thread that owns @discardable; async-signal-safe.
 * Return: Time; 0 if it is purged, or if nothing is known.
 */
SEALMEM_API uint64_t
sealmem_discardable_last_usage(const struct sealmem_discardable *discardable);

/**
 * sealmem_discardable_close() - Close the region, and keep the memory
 * @discardable: Memory; may be empty
 *
 * Everything but sealmem_discardable_dup_region() and
 * sealmem_discardable_recommit() goes on.
 *
 * Context: The thread that owns @discardable.
 */
SEALMEM_API void
sealmem_discardable_close(struct sealmem_discardable *discardable);

/**
 * sealmem_discardable_unmap() - Give everything back
 * @discardable: Memory; empty afterwards. An empty one is accepted
 *
 * Does not unlock: what is locked stays so for the others.
 *
 * Context: The thread that owns @discardable, while nobody uses its memory.
 */
SEALMEM_API void
sealmem_discardable_unmap(struct sealmem_discardable *discardable);

#ifdef __cplusplus
}
#endif

#endif
