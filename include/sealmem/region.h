/* SPDX-License-Identifier: MIT */
/*
 * Regions: kernel memory of a fixed size that processes share, in three kinds.
 *
 *   kind       who reads     who writes              copyable  becomes
 *   readonly   every holder  nobody through it (*)   yes       nothing else
 *   writable   its holder    its holder              no        readonly, unsafe
 *   unsafe     every holder  every holder            yes       nothing else
 *
 * (*) A read-only region is *live* while a writable mapping exists that was
 * made before the conversion, and *frozen* when there is and can be none. The
 * kernel enforces both with seals on the memory itself, so that opening the
 * descriptor again for writing, as root or through procfs, wins nothing. Weaker
 * levels exist for those who ask for them by name: enum sealmem_level.
 *
 * A handle of all zero bytes is empty. Handles go by pointer and are never
 * copied by assignment: two copies would close one descriptor twice.
 *
 * Threads: different handles are independent. Functions that take a handle as
 * const may run together on one handle; all others need the caller's lock.
 *
 * Kernel: everything needs memfd_create (3.17); what a function needs beyond it
 * is said there, and found by trying it, never from a version.
 */
#ifndef SEALMEM_REGION_H
#define SEALMEM_REGION_H

#include <sealmem/base.h>
#include <sealmem/token.h>

/* Larger regions only where the creator and the receiver both say so. */
#define SEALMEM_SIZE_MAX ((size_t)INT32_MAX)
/* Longest name of a region, in bytes, without the terminating zero. */
#define SEALMEM_NAME_MAX 249

/* In <sealmem/mapping.h>, which also has the functions that map. */
struct sealmem_writable_mapping;
/* In <sealmem/budget.h>. */
struct sealmem_budget;

/* Private. Zero is the empty handle; neither touch nor copy it. */
struct sealmem_handle {
	size_t size;
	struct sealmem_token token;
	uint64_t device;
	uint64_t inode;
	struct sealmem_budget *budget;
	int fd;
	uint32_t flags;
};

/** struct sealmem_readonly_region - Holders may read. Copyable */
struct sealmem_readonly_region {
	struct sealmem_handle priv;
};

/** struct sealmem_writable_region - One holder, who may write. Move-only */
struct sealmem_writable_region {
	struct sealmem_handle priv;
};

/** struct sealmem_unsafe_region - Holders may write, for ever. Copyable */
struct sealmem_unsafe_region {
	struct sealmem_handle priv;
};

/**
 * enum sealmem_level - What holds a read-only region's writers back
 * @SEALMEM_LEVEL_NONE: Nothing: the region is empty
 * @SEALMEM_LEVEL_FILE: Only that the descriptor is open for reading; the memory
 *	is a file on tmpfs without seals. Whoever has it and may open it again
 *	(the user who made it, and root) can write to it and shrink it, which
 *	raises SIGBUS in all who touch a mapping of it. Only if asked for
 * @SEALMEM_LEVEL_DESCRIPTOR: Only that the descriptor is open for reading; the
 *	size is sealed. Who may open the memory again can write to it. Only if
 *	asked for
 * @SEALMEM_LEVEL_LIVE: F_SEAL_FUTURE_WRITE: mappings made before the seal may
 *	write, nothing and nobody else
 * @SEALMEM_LEVEL_FROZEN: F_SEAL_WRITE: nobody can write, ever
 *
 * In this order, each holds whatever the ones before it hold.
 */
enum sealmem_level {
	SEALMEM_LEVEL_NONE = 0,
	SEALMEM_LEVEL_FILE = 1,
	SEALMEM_LEVEL_DESCRIPTOR = 2,
	SEALMEM_LEVEL_LIVE = 3,
	SEALMEM_LEVEL_FROZEN = 4,
};

/**
 * enum sealmem_create_flags - Members of sealmem_options.flags
 * @SEALMEM_CREATE_LAZY: Memory is taken when it is first touched, not at
 *	creation. Shortage then shows as SIGBUS or the OOM killer, here and in
 *	peers, and receivers refuse the region unless they allow holes
 * @SEALMEM_CREATE_LARGE: Allow more than SEALMEM_SIZE_MAX bytes
 * @SEALMEM_CREATE_OTHER_USERS: File mode 0444 instead of 0400, so that readers
 *	of another user may open the descriptor again, for reading
 * @SEALMEM_CREATE_DESCRIPTOR_LEVEL: Where the kernel or a system call filter
 *	leaves nothing better, accept what only the descriptor protects: without
 *	F_SEAL_FUTURE_WRITE that is SEALMEM_LEVEL_DESCRIPTOR, and without
 *	memfd_create or F_ADD_SEALS it is SEALMEM_LEVEL_FILE, an unnamed file in
 *	/dev/shm. The region says which level it has
 */
enum sealmem_create_flags {
	SEALMEM_CREATE_LAZY = 1 << 0,
	SEALMEM_CREATE_LARGE = 1 << 1,
	SEALMEM_CREATE_OTHER_USERS = 1 << 2,
	SEALMEM_CREATE_DESCRIPTOR_LEVEL = 1 << 3,
};

/**
 * struct sealmem_options - How to create a region
 * @struct_size: sizeof(struct sealmem_options)
 * @flags: Of enum sealmem_create_flags
 * @reserved: 0
 * @name: Shown in /proc/PID/maps, so no secrets; up to SEALMEM_NAME_MAX bytes;
 *	NULL is "sealmem"
 *
 * NULL instead of a pointer to it means: nothing special.
 */
struct sealmem_options {
	size_t struct_size;
	uint32_t flags;
	uint32_t reserved;
	const char *name;
};

#ifdef __cplusplus
extern "C" {
#endif

/**
 * sealmem_writable_region_create() - New memory with one holder
 * @size: Bytes, 1 to SEALMEM_SIZE_MAX. The memory is whole pages; the rest of
 *	the last page is zero and outside every bounds check
 * @options: How to create it, or NULL
 * @ret_region: Receives the region
 *
 * The memory reads as zero. Its size is sealed from birth, unless
 * SEALMEM_CREATE_DESCRIPTOR_LEVEL was asked for and had to be used:
 * sealmem_writable_region_is_size_sealed() tells.
 *
 * Context: Any thread. A fork in another thread while this runs gives the
 * child a copy of the descriptor until it calls exec.
 * Return: 0, or -EINVAL, -EDQUOT (the process's budget leaves no room to map
 * it), -EFBIG, -ENOMEM, -ENOSPC, -EMFILE, -ENFILE, -EACCES (sysctl
 * vm.memfd_noexec), -ENOSYS, -EPERM (a system call filter), -EOPNOTSUPP (memory
 * that cannot be sealed). With SEALMEM_CREATE_DESCRIPTOR_LEVEL the last four
 * lead to /dev/shm, where the answer may be -ENOENT (it is not there), -EACCES,
 * -EROFS (it cannot be written), -ENOSPC (it is full) or -EOPNOTSUPP (it is no
 * tmpfs).
 */
SEALMEM_FALLIBLE int
sealmem_writable_region_create(size_t size,
			       const struct sealmem_options *options,
			       struct sealmem_writable_region *ret_region);

/**
 * sealmem_unsafe_region_create() - New memory that every holder may write
 * @size: Bytes, 1 to SEALMEM_SIZE_MAX
 * @options: How to create it, or NULL
 * @ret_region: Receives the region
 *
 * Peers cannot change its size, if sealmem_unsafe_region_is_size_sealed(). They
 * can change and drop its content at any time, so copy what you check, and never
 * trust what you read twice.
 *
 * Context: As sealmem_writable_region_create().
 * Return: As sealmem_writable_region_create().
 */
SEALMEM_FALLIBLE int
sealmem_unsafe_region_create(size_t size, const struct sealmem_options *options,
			     struct sealmem_unsafe_region *ret_region);

/**
 * sealmem_readonly_region_create() - New memory that only this mapping writes
 * @size: Bytes, 1 to SEALMEM_SIZE_MAX
 * @options: How to create it, or NULL
 * @ret_region: Receives the live region, to be handed out
 * @ret_mapping: Receives the only writable mapping there will ever be
 *
 * Context: As sealmem_writable_region_create().
 * Kernel: F_SEAL_FUTURE_WRITE (5.1); without it -EOPNOTSUPP. Needs procfs.
 * Return: 0, or as sealmem_writable_region_create() and
 * sealmem_writable_region_to_readonly().
 */
SEALMEM_FALLIBLE int
sealmem_readonly_region_create(size_t size,
			       const struct sealmem_options *options,
			       struct sealmem_readonly_region *ret_region,
			       struct sealmem_writable_mapping *ret_mapping);

/**
 * sealmem_readonly_region_create_from() - New memory with fixed content
 * @data: @size bytes to copy
 * @size: Bytes, 1 to SEALMEM_SIZE_MAX
 * @options: How to create it, or NULL
 * @ret_region: Receives the frozen region
 *
 * The memory is written through its descriptor and never mapped writable, so
 * nothing can delay the seal. SEALMEM_CREATE_DESCRIPTOR_LEVEL may make it a
 * region of SEALMEM_LEVEL_FILE: ask sealmem_readonly_region_is_frozen().
 *
 * Context: As sealmem_writable_region_create().
 * Kernel: F_SEAL_WRITE (3.17). Needs procfs.
 * Return: 0, or as sealmem_writable_region_create(); -ENOENT without procfs.
 */
SEALMEM_FALLIBLE int
sealmem_readonly_region_create_from(const void *data, size_t size,
				    const struct sealmem_options *options,
				    struct sealmem_readonly_region *ret_region);

/**
 * sealmem_writable_region_to_readonly() - Give up the right to map for writing
 * @take_region: Writable region; empty on success
 * @ret_region: Receives the read-only region, same size and token
 *
 * Mappings made before stay writable; nobody can make another one, through
 * this descriptor or any other. If the call fails after the seal was set,
 * @take_region can still be converted, but no longer be mapped for writing.
 *
 * Context: The thread that owns @take_region.
 * Kernel: F_SEAL_FUTURE_WRITE (5.1). Needs procfs.
 * Return: 0, or -EBADF (empty), -EOPNOTSUPP (no such seal, and the weaker level
 * was not asked for), -EPERM (somebody else sealed it), -ENOENT (no procfs),
 * -EMFILE, -ENFILE, -EACCES.
 */
SEALMEM_FALLIBLE int
sealmem_writable_region_to_readonly(struct sealmem_writable_region *take_region,
				    struct sealmem_readonly_region *ret_region);

/**
 * sealmem_writable_region_to_unsafe() - Let every future holder write
 * @take_region: Writable region; empty on success
 * @ret_region: Receives the unsafe region, same size and token
 *
 * Context: The thread that owns @take_region.
 * Return: 0, or -EBADF (empty), -EPERM (somebody else sealed it).
 */
SEALMEM_FALLIBLE int
sealmem_writable_region_to_unsafe(struct sealmem_writable_region *take_region,
				  struct sealmem_unsafe_region *ret_region);

/**
 * sealmem_writable_region_freeze() - End all writing, for everyone
 * @take_region: Writable region with no mapping left; empty on success
 * @ret_region: Receives the frozen region, same size and token
 *
 * For memory that no other process has seen: any reader can hold the seal off
 * for as long as it likes. Never sets a weaker seal instead, and fails on memory
 * that can have none, whatever weaker level its creator asked for.
 *
 * Context: The thread that owns @take_region. Takes up to a second while
 * somebody holds pages.
 * Kernel: F_SEAL_WRITE (3.17). Needs procfs.
 * Return: 0, or -EBADF (empty), -EBUSY (a writable mapping exists, in whatever
 * process, or pages are in use), -EOPNOTSUPP (its size is not sealed either:
 * SEALMEM_LEVEL_FILE), -EPERM, -ENOENT (no procfs), -EMFILE, -ENFILE, -EACCES.
 */
SEALMEM_FALLIBLE int
sealmem_writable_region_freeze(struct sealmem_writable_region *take_region,
			       struct sealmem_readonly_region *ret_region);

/**
 * sealmem_readonly_region_is_frozen() - Can nobody write any more?
 * @region: Region; may be empty
 *
 * Context: Any thread; async-signal-safe.
 * Return: True if the content can never change again.
 */
SEALMEM_API bool
sealmem_readonly_region_is_frozen(const struct sealmem_readonly_region *region);

/**
 * sealmem_readonly_region_level() - What holds writers back?
 * @region: Region; may be empty
 *
 * Context: Any thread; async-signal-safe.
 * Return: The level this region has.
 */
SEALMEM_API enum sealmem_level
sealmem_readonly_region_level(const struct sealmem_readonly_region *region);

/**
 * sealmem_readonly_region_dup() - Another handle of the same memory
 * @region: Region to copy
 * @ret_region: Receives the copy, with the same token
 *
 * Context: Any thread.
 * Return: 0, or -EBADF (empty), -EMFILE.
 */
SEALMEM_FALLIBLE int
sealmem_readonly_region_dup(const struct sealmem_readonly_region *region,
			    struct sealmem_readonly_region *ret_region);

/**
 * sealmem_readonly_region_close() - Close a handle
 * @region: Region; empty afterwards. An empty one is accepted
 *
 * Mappings and other handles of the region go on. errno is preserved.
 *
 * Context: The thread that owns @region.
 */
SEALMEM_API void
sealmem_readonly_region_close(struct sealmem_readonly_region *region);

/**
 * sealmem_readonly_region_is_empty() - Is there no region in this handle?
 * @region: Handle to look at
 *
 * Context: Any thread; async-signal-safe.
 * Return: True if it was never filled, was moved away or was closed.
 */
SEALMEM_API bool
sealmem_readonly_region_is_empty(const struct sealmem_readonly_region *region);

/**
 * sealmem_readonly_region_size() - Size as it was asked for
 * @region: Region; may be empty
 *
 * Context: Any thread; async-signal-safe.
 * Return: Bytes; 0 if empty.
 */
SEALMEM_API size_t
sealmem_readonly_region_size(const struct sealmem_readonly_region *region);

/**
 * sealmem_readonly_region_token() - Identity
 * @region: Region; may be empty
 *
 * Context: Any thread; async-signal-safe.
 * Return: Token; the empty one if the region is.
 */
SEALMEM_API struct sealmem_token
sealmem_readonly_region_token(const struct sealmem_readonly_region *region);

/**
 * sealmem_readonly_region_fd() - Descriptor, borrowed
 * @region: Region; may be empty
 *
 * Open for reading only. It may be handed to anyone.
 *
 * Context: Any thread; async-signal-safe.
 * Return: Descriptor, which the region goes on owning; -1 if empty.
 */
SEALMEM_API int
sealmem_readonly_region_fd(const struct sealmem_readonly_region *region);

/* There is no sealmem_writable_region_dup(): its holder is unique. */

/**
 * sealmem_writable_region_close() - Close a handle
 * @region: Region; empty afterwards. An empty one is accepted
 *
 * Mappings and other handles of the region go on. errno is preserved.
 *
 * Context: The thread that owns @region.
 */
SEALMEM_API void
sealmem_writable_region_close(struct sealmem_writable_region *region);

/**
 * sealmem_writable_region_is_empty() - Is there no region in this handle?
 * @region: Handle to look at
 *
 * Context: Any thread; async-signal-safe.
 * Return: True if it was never filled, was moved away or was closed.
 */
SEALMEM_API bool
sealmem_writable_region_is_empty(const struct sealmem_writable_region *region);

/**
 * sealmem_writable_region_size() - Size as it was asked for
 * @region: Region; may be empty
 *
 * Context: Any thread; async-signal-safe.
 * Return: Bytes; 0 if empty.
 */
SEALMEM_API size_t
sealmem_writable_region_size(const struct sealmem_writable_region *region);

/**
 * sealmem_writable_region_is_size_sealed() - Can nobody change its size?
 * @region: Region; may be empty
 *
 * False where its creator, and for a received one its receiver, allowed memory
 * without seals by name: whoever may write can then shrink it, which raises
 * SIGBUS in everyone who has it mapped.
 *
 * Context: Any thread; async-signal-safe.
 * Return: True unless it is empty or would make a region of SEALMEM_LEVEL_FILE.
 */
SEALMEM_API bool sealmem_writable_region_is_size_sealed(
	const struct sealmem_writable_region *region);

/**
 * sealmem_writable_region_token() - Identity
 * @region: Region; may be empty
 *
 * Context: Any thread; async-signal-safe.
 * Return: Token; the empty one if the region is.
 */
SEALMEM_API struct sealmem_token
sealmem_writable_region_token(const struct sealmem_writable_region *region);

/**
 * sealmem_writable_region_fd() - Descriptor, borrowed
 * @region: Region; may be empty
 *
 * For looking at. Who is handed it, or maps it, becomes a second writer.
 *
 * Context: Any thread; async-signal-safe.
 * Return: Descriptor, which the region goes on owning; -1 if empty.
 */
SEALMEM_API int
sealmem_writable_region_fd(const struct sealmem_writable_region *region);

/**
 * sealmem_unsafe_region_dup() - Another handle of the same memory
 * @region: Region to copy
 * @ret_region: Receives the copy, with the same token
 *
 * Context: Any thread.
 * Return: 0, or -EBADF (empty), -EMFILE.
 */
SEALMEM_FALLIBLE int
sealmem_unsafe_region_dup(const struct sealmem_unsafe_region *region,
			  struct sealmem_unsafe_region *ret_region);

/**
 * sealmem_unsafe_region_close() - Close a handle
 * @region: Region; empty afterwards. An empty one is accepted
 *
 * Mappings and other handles of the region go on. errno is preserved.
 *
 * Context: The thread that owns @region.
 */
SEALMEM_API void
sealmem_unsafe_region_close(struct sealmem_unsafe_region *region);

/**
 * sealmem_unsafe_region_is_empty() - Is there no region in this handle?
 * @region: Handle to look at
 *
 * Context: Any thread; async-signal-safe.
 * Return: True if it was never filled, was moved away or was closed.
 */
SEALMEM_API bool
sealmem_unsafe_region_is_empty(const struct sealmem_unsafe_region *region);

/**
 * sealmem_unsafe_region_size() - Size as it was asked for
 * @region: Region; may be empty
 *
 * Context: Any thread; async-signal-safe.
 * Return: Bytes; 0 if empty.
 */
SEALMEM_API size_t
sealmem_unsafe_region_size(const struct sealmem_unsafe_region *region);

/**
 * sealmem_unsafe_region_is_size_sealed() - Can nobody change its size?
 * @region: Region; may be empty
 *
 * Context: Any thread; async-signal-safe.
 * Return: As sealmem_writable_region_is_size_sealed().
 */
SEALMEM_API bool sealmem_unsafe_region_is_size_sealed(
	const struct sealmem_unsafe_region *region);

/**
 * sealmem_unsafe_region_token() - Identity
 * @region: Region; may be empty
 *
 * Context: Any thread; async-signal-safe.
 * Return: Token; the empty one if the region is.
 */
SEALMEM_API struct sealmem_token
sealmem_unsafe_region_token(const struct sealmem_unsafe_region *region);

/**
 * sealmem_unsafe_region_fd() - Descriptor, borrowed
 * @region: Region; may be empty
 *
 * Whoever it is handed to may write.
 *
 * Context: Any thread; async-signal-safe.
 * Return: Descriptor, which the region goes on owning; -1 if empty.
 */
SEALMEM_API int
sealmem_unsafe_region_fd(const struct sealmem_unsafe_region *region);

#ifdef __cplusplus
}
#endif

#endif
