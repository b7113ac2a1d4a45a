/* SPDX-License-Identifier: MIT */
/*
 * Budgets: how much may be mapped at once. A peer that passes many or large
 * regions must not fill this process's address space.
 *
 * The process has one budget, and each peer may have one of its own: name it in
 * the policy under which that peer's regions are imported (sealmem_policy), and
 * every mapping of such a region is charged to both budgets or to neither. What
 * does not fit is refused with -EDQUOT and nothing is mapped.
 *
 * Only mappings are charged, from sealmem_X_region_map() to
 * sealmem_X_mapping_unmap(): the whole pages that they take, as often as these
 * are mapped. A region that could not be mapped for want of budget is not
 * created either, but a region that nobody maps costs nothing here, though it
 * may well take memory: bound that by the policy's size_max, and by closing.
 *
 * Fork: a child has budgets of its own with what it inherited: mappings of
 * writable regions, which are not, are given back there. vfork, and clone and
 * _Fork without their handlers, are for calling exec.
 */
#ifndef SEALMEM_BUDGET_H
#define SEALMEM_BUDGET_H

#include <sealmem/base.h>

/* A limit that is never reached. */
#define SEALMEM_BUDGET_UNLIMITED UINT64_MAX
/*
 * The process's limit unless another one is set: all that stays below 32 GiB,
 * and no limit where addresses have 32 bits. It is upstream's: more than that
 * would make addresses easier to guess.
 */
#define SEALMEM_BUDGET_DEFAULT                                                 \
	(SIZE_MAX > UINT32_MAX ? ((uint64_t)32 << 30) - 1 :                    \
				 SEALMEM_BUDGET_UNLIMITED)

/* Opaque: sealmem_budget_create() makes them. */
struct sealmem_budget;

/**
 * struct sealmem_budget_state - The numbers of a budget
 * @limit: Bytes that may be mapped at once
 * @used: Bytes that are mapped now
 * @peak: Most bytes that ever were
 * @refused: How often this budget was why something was refused
 */
struct sealmem_budget_state {
	uint64_t limit;
	uint64_t used;
	uint64_t peak;
	uint64_t refused;
};

#ifdef __cplusplus
extern "C" {
#endif

/**
 * sealmem_budget_create() - A budget for a peer
 * @limit: Bytes that may be mapped at once, in whole pages
 * @ret_budget: Receives the budget; sealmem_budget_close() ends it
 *
 * Context: Any thread.
 * Return: 0, or -ENOMEM.
 */
SEALMEM_FALLIBLE int sealmem_budget_create(uint64_t limit,
					   struct sealmem_budget **ret_budget);

/**
 * sealmem_budget_close() - Use a budget no longer
 * @budget: Budget; not to be used afterwards. NULL is accepted
 *
 * Regions that were imported under it, their copies and their mappings go on
 * being charged to it; its memory is given back with the last of them. So a
 * peer's budget may be closed as soon as the peer is gone.
 *
 * Context: The thread that owns @budget.
 */
SEALMEM_API void sealmem_budget_close(struct sealmem_budget *budget);

/**
 * sealmem_budget_set() - Change a limit
 * @budget: Budget; NULL is the process's
 * @limit: Bytes that may be mapped at once, SEALMEM_BUDGET_UNLIMITED for all
 *
 * Exactly the limit may be used. Below what is used already it refuses every
 * new mapping, and takes none away.
 *
 * Context: Any thread.
 */
SEALMEM_API void sealmem_budget_set(struct sealmem_budget *budget,
				    uint64_t limit);

/**
 * sealmem_budget_get() - Read a budget
 * @budget: Budget; NULL is the process's
 * @ret_state: Receives its numbers, all of one instant
 *
 * Context: Any thread.
 */
SEALMEM_API void sealmem_budget_get(const struct sealmem_budget *budget,
				    struct sealmem_budget_state *ret_state);

#ifdef __cplusplus
}
#endif

#endif
