/* SPDX-License-Identifier: MIT */
/*
 * The library's one lock: over the table of mappings and all budgets. Never
 * held while code of the caller runs. A fork waits for it, so that what the
 * child inherits is whole.
 */
#ifndef LIB_LOCK_H
#define LIB_LOCK_H

void lock_take(void);
void lock_give(void);

/*
 * Have @child run in the child of each fork, with the lock held. With the lock
 * held; 0 or -ENOMEM: forks do not wait for the lock.
 */
int lock_watch_forks(void (*child)(void));

#endif
