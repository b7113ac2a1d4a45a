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
 * From now on forks take the lock first; in the child @child runs with it held
 * and gives it back. With the lock held; 0 or -ENOMEM.
 */
int lock_watch_forks(void (*child)(void));

#endif
