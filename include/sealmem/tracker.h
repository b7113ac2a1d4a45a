/* SPDX-License-Identifier: MIT */
/*
 * The tracker: which regions are mapped in this process, and how much memory
 * that is. Every mapping that the library makes is in it until it is unmapped.
 *
 * A region has two identities. Its token travels with it and makes a name that
 * all its holders agree on, for dumps; but senders choose tokens, so that two
 * regions may have one, and one region several. Its device and inode are the
 * kernel's, the same in every process and true: sums that must be right use
 * them.
 *
 * Fork: a child's tracker has what the child inherited, so no mapping of a
 * writable region. A handler of pthread_atfork that was registered before the
 * library was loaded must not call it.
 */
#ifndef SEALMEM_TRACKER_H
#define SEALMEM_TRACKER_H

#include <sealmem/base.h>
#include <sealmem/mapping.h>
#include <sealmem/token.h>

/* "shared_memory/", 32 hexadecimal digits and the terminating zero. */
#define SEALMEM_TRACKER_NAME_SIZE 47

/**
 * struct sealmem_tracked - A mapping as it is in the tracker
 * @token: Identity of the region, by the word of who sent it
 * @device: st_dev of the region's memory
 * @inode: st_ino of the region's memory; with @device its identity
 * @offset: Where in the region it starts, in bytes
 * @addr: First byte asked for
 * @size: Bytes asked for
 * @mapped_size: Bytes of whole pages that they take; what budgets are charged
 * @kind: Of enum sealmem_kind, of the region that it was made from
 * @importance: How much this process claims the memory, 0 unless it said so
 * @priv: Private
 */
struct sealmem_tracked {
	struct sealmem_token token;
	uint64_t device;
	uint64_t inode;
	uint64_t offset;
	const void *addr;
	size_t size;
	size_t mapped_size;
	uint32_t kind;
	uint32_t importance;
	struct sealmem_mapping_id priv;
};

/**
 * struct sealmem_tracker_total - Several mappings together
 * @mapping_count: Mappings
 * @token_count: Different tokens among them
 * @region_count: Different regions among them, by device and inode
 * @mapped_size: Bytes of address space
 * @unique_size: Bytes of memory: pages that are mapped more than once, by
 *	whatever token, count once
 */
struct sealmem_tracker_total {
	size_t mapping_count;
	size_t token_count;
	size_t region_count;
	uint64_t mapped_size;
	uint64_t unique_size;
};

#ifdef __cplusplus
extern "C" {
#endif

/**
 * sealmem_tracker_for_each() - Look at every mapping of this process
 * @visit: Called with each in turn, lowest address first; if it does not return
 *	0 it was the last
 * @data: Passed on to @visit
 *
 * What is visited is a copy made at the start, with no lock held: @visit may
 * call the library, map and unmap included, and may meet mappings that another
 * thread has unmapped meanwhile. So it must not follow @addr unless its caller
 * knows better; sealmem_tracker_resident() is safe.
 *
 * Context: Any thread.
 * Return: 0, -ENOMEM, or what @visit returned if that was not 0.
 */
SEALMEM_FALLIBLE int sealmem_tracker_for_each(
	int (*visit)(const struct sealmem_tracked *tracked, void *data),
	void *data);

/**
 * sealmem_tracker_total() - All mappings of this process together
 * @ret_total: Receives the sums
 *
 * Context: Any thread.
 * Return: 0, or -ENOMEM.
 */
SEALMEM_FALLIBLE int
sealmem_tracker_total(struct sealmem_tracker_total *ret_total);

/**
 * sealmem_tracker_total_of_token() - All mappings with one token together
 * @token: Token
 * @ret_total: Receives the sums, all 0 if there is none
 *
 * More than one region means that somebody sent a token that is not its own.
 *
 * Context: Any thread.
 * Return: 0, or -ENOMEM.
 */
SEALMEM_FALLIBLE int
sealmem_tracker_total_of_token(struct sealmem_token token,
			       struct sealmem_tracker_total *ret_total);

/**
 * sealmem_tracker_total_of_file() - All mappings of one region together
 * @device: st_dev of its memory
 * @inode: st_ino of its memory
 * @ret_total: Receives the sums, all 0 if there is none
 *
 * More than one token means that somebody sent it under another name.
 *
 * Context: Any thread.
 * Return: 0, or -ENOMEM.
 */
SEALMEM_FALLIBLE int
sealmem_tracker_total_of_file(uint64_t device, uint64_t inode,
			      struct sealmem_tracker_total *ret_total);

/**
 * sealmem_tracker_resident() - How much of it is in memory?
 * @tracked: Mapping that sealmem_tracker_for_each() passed to a visitor
 * @ret_size: Receives bytes, see sealmem_readonly_mapping_resident()
 *
 * Context: Any thread; other threads that map, unmap or fork wait for it.
 * Return: 0, -EBADF (unmapped meanwhile), -EAGAIN, -ENOMEM, -ENOSYS.
 */
SEALMEM_FALLIBLE int
sealmem_tracker_resident(const struct sealmem_tracked *tracked,
			 size_t *ret_size);

/**
 * sealmem_tracker_claim() - Say how much a region is this process's
 * @token: Token of its mappings
 * @importance: Any number; 0 is what mappings begin with
 *
 * For dumps that add up several processes: memory that all of them map is to be
 * counted once, for the one with the highest importance. The library itself
 * does nothing with it but list it. It holds for the mappings that there are
 * now, and replaces what was claimed before.
 *
 * Context: Any thread.
 * Return: How many mappings that were.
 */
SEALMEM_API size_t sealmem_tracker_claim(struct sealmem_token token,
					 uint32_t importance);

/**
 * sealmem_tracker_name() - What dumps call a region
 * @token: Its token
 * @ret_text: Receives "shared_memory/" and the token, as upstream has it
 *
 * The same in every process that holds the region.
 *
 * Context: Any thread; async-signal-safe.
 */
SEALMEM_API void sealmem_tracker_name(struct sealmem_token token,
				      char ret_text[SEALMEM_TRACKER_NAME_SIZE]);

#ifdef __cplusplus
}
#endif

#endif
