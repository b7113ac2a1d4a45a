/* SPDX-License-Identifier: MIT */
/*
 * Mappings: memory of a region in this process. A mapping outlives the region
 * that it was made from. The members are for reading; only sealmem changes
 * them.
 *
 * Threads: a mapping is memory. The library adds no ordering to accesses; for
 * data that changes while it is read there is <sealmem/snapshot.h>.
 */
#ifndef SEALMEM_MAPPING_H
#define SEALMEM_MAPPING_H

#include <sealmem/base.h>
#include <sealmem/region.h>
#include <sealmem/token.h>

/* Private. What the tracker knows a mapping by; zero is none. */
struct sealmem_mapping_id {
	uint64_t serial;
	size_t slot;
};

/**
 * struct sealmem_readonly_mapping - Memory that this process may read
 * @addr: First byte asked for; page-aligned if the offset was
 * @size: Bytes asked for; 0 is the empty mapping
 * @token: Identity of the region
 * @priv: Private
 *
 * A store to it raises SIGSEGV, and mprotect cannot make it writable.
 */
struct sealmem_readonly_mapping {
	const void *addr;
	size_t size;
	struct sealmem_token token;
	struct sealmem_mapping_id priv;
};

/**
 * struct sealmem_writable_mapping - Memory that this process may write
 * @addr: First byte asked for; page-aligned if the offset was
 * @size: Bytes asked for; 0 is the empty mapping
 * @token: Identity of the region
 * @priv: Private
 *
 * Made from a writable region it is not inherited by fork (MADV_DONTFORK): in
 * a child the address range is unmapped or soon something else, and the child
 * must not touch it. To unmap it there does nothing. Made from an unsafe region
 * it is inherited.
 */
struct sealmem_writable_mapping {
	void *addr;
	size_t size;
	struct sealmem_token token;
	struct sealmem_mapping_id priv;
};

/* An object of @type at byte @offset of a mapping, or NULL: see _at() below. */
#define SEALMEM_READONLY_AT(mapping, offset, type)                             \
	((const type *)sealmem_readonly_mapping_at(                            \
		(mapping), (offset), sizeof(type), __alignof__(type)))
#define SEALMEM_WRITABLE_AT(mapping, offset, type)                             \
	((type *)sealmem_writable_mapping_at((mapping), (offset),              \
					     sizeof(type), __alignof__(type)))

/* The same for @count objects in a row: see _array_at() below. */
#define SEALMEM_READONLY_ARRAY_AT(mapping, offset, count, type)                \
	((const type *)sealmem_readonly_mapping_array_at(                      \
		(mapping), (offset), (count), sizeof(type),                    \
		__alignof__(type)))
#define SEALMEM_WRITABLE_ARRAY_AT(mapping, offset, count, type)                \
	((type *)sealmem_writable_mapping_array_at((mapping), (offset),        \
						   (count), sizeof(type),      \
						   __alignof__(type)))

#ifdef __cplusplus
extern "C" {
#endif

/**
 * sealmem_readonly_region_map() - Map a whole region for reading
 * @region: Region; may be closed afterwards
 * @ret_mapping: Receives the mapping
 *
 * Context: Any thread.
 * Return: 0, or -EBADF (empty), -EDQUOT (a budget), -ENOMEM, -EOPNOTSUPP (the region
 * may have holes and the kernel lacks MADV_POPULATE_READ, 5.14), -EFAULT (a
 * hole could not be filled).
 */
SEALMEM_FALLIBLE int
sealmem_readonly_region_map(const struct sealmem_readonly_region *region,
			    struct sealmem_readonly_mapping *ret_mapping);

/**
 * sealmem_readonly_region_map_at() - Map a part of a region for reading
 * @region: Region; may be closed afterwards
 * @offset: First byte; need not be aligned, the mapping then is not either
 * @size: Bytes, at least 1; offset plus size is at most the region's size
 * @ret_mapping: Receives the mapping
 *
 * Context: Any thread.
 * Return: 0, or -EBADF (empty), -EINVAL (size 0, or outside the region),
 * -EOVERFLOW (offset plus size), -EDQUOT (a budget), -ENOMEM, -EOPNOTSUPP (the region
 * may have holes and the kernel lacks MADV_POPULATE_READ, 5.14), -EFAULT (a
 * hole could not be filled).
 */
SEALMEM_FALLIBLE int
sealmem_readonly_region_map_at(const struct sealmem_readonly_region *region,
			       uint64_t offset, size_t size,
			       struct sealmem_readonly_mapping *ret_mapping);

/**
 * sealmem_writable_region_map() - Map a whole region for writing
 * @region: Region; may be closed afterwards
 * @ret_mapping: Receives the mapping
 *
 * Context: Any thread.
 * Return: 0, or -EBADF (empty), -EDQUOT (a budget), -ENOMEM, -EPERM (sealed), -EAGAIN
 * (RLIMIT_MEMLOCK under mlockall).
 */
SEALMEM_FALLIBLE int
sealmem_writable_region_map(const struct sealmem_writable_region *region,
			    struct sealmem_writable_mapping *ret_mapping);

/**
 * sealmem_writable_region_map_at() - Map a part of a region for writing
 * @region: Region; may be closed afterwards
 * @offset: First byte; need not be aligned, the mapping then is not either
 * @size: Bytes, at least 1; offset plus size is at most the region's size
 * @ret_mapping: Receives the mapping
 *
 * Context: Any thread.
 * Return: 0, or -EBADF (empty), -EINVAL (size 0, or outside the region),
 * -EOVERFLOW (offset plus size), -EDQUOT (a budget), -ENOMEM, -EPERM (sealed), -EAGAIN
 * (RLIMIT_MEMLOCK under mlockall).
 */
SEALMEM_FALLIBLE int
sealmem_writable_region_map_at(const struct sealmem_writable_region *region,
			       uint64_t offset, size_t size,
			       struct sealmem_writable_mapping *ret_mapping);

/**
 * sealmem_unsafe_region_map() - Map a whole region for writing
 * @region: Region; may be closed afterwards
 * @ret_mapping: Receives the mapping
 *
 * Context: Any thread.
 * Return: 0, or -EBADF (empty), -EDQUOT (a budget), -ENOMEM, -EPERM (sealed), -EAGAIN
 * (RLIMIT_MEMLOCK under mlockall).
 */
SEALMEM_FALLIBLE int
sealmem_unsafe_region_map(const struct sealmem_unsafe_region *region,
			  struct sealmem_writable_mapping *ret_mapping);

/**
 * sealmem_unsafe_region_map_at() - Map a part of a region for writing
 * @region: Region; may be closed afterwards
 * @offset: First byte; need not be aligned, the mapping then is not either
 * @size: Bytes, at least 1; offset plus size is at most the region's size
 * @ret_mapping: Receives the mapping
 *
 * Context: Any thread.
 * Return: 0, or -EBADF (empty), -EINVAL (size 0, or outside the region),
 * -EOVERFLOW (offset plus size), -EDQUOT (a budget), -ENOMEM, -EPERM (sealed), -EAGAIN
 * (RLIMIT_MEMLOCK under mlockall).
 */
SEALMEM_FALLIBLE int
sealmem_unsafe_region_map_at(const struct sealmem_unsafe_region *region,
			     uint64_t offset, size_t size,
			     struct sealmem_writable_mapping *ret_mapping);

/**
 * sealmem_readonly_mapping_unmap() - Give the memory back
 * @mapping: Mapping; empty afterwards. An empty one is accepted
 *
 * Context: The thread that owns @mapping, while nobody uses its memory.
 */
SEALMEM_API void
sealmem_readonly_mapping_unmap(struct sealmem_readonly_mapping *mapping);

/**
 * sealmem_writable_mapping_unmap() - Give the memory, and the right, back
 * @mapping: Mapping; empty afterwards. An empty one is accepted
 *
 * After the last writable mapping of a live region is gone nobody can ever
 * write to that region again.
 *
 * Context: The thread that owns @mapping, while nobody uses its memory.
 */
SEALMEM_API void
sealmem_writable_mapping_unmap(struct sealmem_writable_mapping *mapping);

/**
 * sealmem_readonly_mapping_resident() - How much of it is in memory?
 * @mapping: Mapping
 * @ret_size: Receives bytes: whole pages, the first and the last one included,
 *	whoever put them there, up to mapped size
 *
 * The kernel tells it only to a process whose file system user owns the memory
 * or may write to it (mode 0400, so its maker's user and who has capabilities);
 * from Linux 5.2 on all others are told that everything is in memory.
 *
 * Context: Any thread; other threads that map, unmap or fork wait for it.
 * Return: 0, or -EBADF (empty), -EAGAIN, -ENOMEM, -ENOSYS (no mincore).
 */
SEALMEM_FALLIBLE int sealmem_readonly_mapping_resident(
	const struct sealmem_readonly_mapping *mapping, size_t *ret_size);

/**
 * sealmem_writable_mapping_resident() - How much of it is in memory?
 * @mapping: Mapping
 * @ret_size: Receives bytes, as sealmem_readonly_mapping_resident()
 *
 * Context: As sealmem_readonly_mapping_resident().
 * Return: As sealmem_readonly_mapping_resident(); -EBADF also in the child of a
 * fork that has not inherited the mapping.
 */
SEALMEM_FALLIBLE int sealmem_writable_mapping_resident(
	const struct sealmem_writable_mapping *mapping, size_t *ret_size);

/**
 * sealmem_readonly_mapping_at() - Address of some bytes, checked
 * @mapping: Mapping; may be empty
 * @offset: First byte, counted from the start of the mapping
 * @size: How many bytes; 0 finds nothing
 * @alignment: What the address must be a multiple of: a power of two
 *
 * Context: Any thread; async-signal-safe.
 * Return: The address, or NULL if the bytes are not all inside the mapping or
 * the address is not aligned.
 */
SEALMEM_API const void *
sealmem_readonly_mapping_at(const struct sealmem_readonly_mapping *mapping,
			    uint64_t offset, size_t size, size_t alignment);

/**
 * sealmem_writable_mapping_at() - Address of some bytes, checked
 * @mapping: Mapping; may be empty
 * @offset: First byte, counted from the start of the mapping
 * @size: How many bytes; 0 finds nothing
 * @alignment: What the address must be a multiple of: a power of two
 *
 * Context: Any thread; async-signal-safe.
 * Return: The address, or NULL if the bytes are not all inside the mapping or
 * the address is not aligned.
 */
SEALMEM_API void *
sealmem_writable_mapping_at(const struct sealmem_writable_mapping *mapping,
			    uint64_t offset, size_t size, size_t alignment);

/**
 * sealmem_readonly_mapping_array_at() - Address of an array, checked
 * @mapping: Mapping; may be empty
 * @offset: First byte, counted from the start of the mapping
 * @count: How many elements; 0 finds nothing
 * @size: Size of one element, in bytes; 0 finds nothing
 * @alignment: What the address must be a multiple of: a power of two
 *
 * Never multiplies two numbers that it has not checked, so @count may come
 * from a peer.
 *
 * Context: Any thread; async-signal-safe.
 * Return: The address, or NULL if the elements are not all inside the mapping
 * or the address is not aligned.
 */
SEALMEM_API const void *sealmem_readonly_mapping_array_at(
	const struct sealmem_readonly_mapping *mapping, uint64_t offset,
	size_t count, size_t size, size_t alignment);

/**
 * sealmem_writable_mapping_array_at() - Address of an array, checked
 * @mapping: Mapping; may be empty
 * @offset: First byte, counted from the start of the mapping
 * @count: How many elements; 0 finds nothing
 * @size: Size of one element, in bytes; 0 finds nothing
 * @alignment: What the address must be a multiple of: a power of two
 *
 * Never multiplies two numbers that it has not checked, so @count may come
 * from a peer.
 *
 * Context: Any thread; async-signal-safe.
 * Return: The address, or NULL if the elements are not all inside the mapping
 * or the address is not aligned.
 */
SEALMEM_API void *sealmem_writable_mapping_array_at(
	const struct sealmem_writable_mapping *mapping, uint64_t offset,
	size_t count, size_t size, size_t alignment);

#ifdef __cplusplus
}
#endif

#endif
