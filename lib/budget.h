/* SPDX-License-Identifier: MIT */
/* What mappings are charged to: the process's budget and perhaps a peer's. */
#ifndef LIB_BUDGET_H
#define LIB_BUDGET_H

#include <sealmem/budget.h>

/* Charge @size bytes to @peer (or NULL) and to the process. The lock is held.
 * 0, or -EDQUOT and nothing is charged. */
int budget_charge(struct sealmem_budget *peer, uint64_t size);

/* Give back what was charged. The lock is held. */
void budget_release(struct sealmem_budget *peer, uint64_t size);

/* Could @size bytes be mapped now? 0 or -EDQUOT. Takes the lock. */
int budget_check(uint64_t size);

/* Whoever keeps a pointer to a budget holds a reference. NULL is accepted. */
void budget_ref(struct sealmem_budget *budget);
void budget_unref(struct sealmem_budget *budget);

#endif
