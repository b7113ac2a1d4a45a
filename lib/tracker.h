/* SPDX-License-Identifier: MIT */
/*
 * The table of live mappings. A mapping's id is its place in the table and a
 * number that no other mapping ever has: an id that is no longer in the table
 * is never taken for another one. That makes it harmless to unmap what a fork
 * did not inherit, or a copy of what is unmapped already.
 */
#ifndef LIB_TRACKER_H
#define LIB_TRACKER_H

#include <sealmem/tracker.h>

/* Room for one more mapping. The lock is held. 0 or -ENOMEM. */
int tracker_make_room(void);

/*
 * Add a mapping that is charged to @budget (or NULL) and give it its id; the
 * table keeps a reference. The lock is held since tracker_make_room().
 */
void tracker_add(struct sealmem_tracked *tracked,
		 struct sealmem_budget *budget);

/*
 * Take a mapping out of sight, to be unmapped by this thread alone; it stays
 * charged until tracker_drop(). False if it is not there. Takes the lock.
 */
bool tracker_take(const struct sealmem_mapping_id *id,
		  struct sealmem_tracked *ret_tracked);
void tracker_drop(const struct sealmem_mapping_id *id);

/* Bytes of its first page in front of a mapping, and where that page begins. */
size_t tracker_skip(const struct sealmem_tracked *tracked);
void *tracker_base(const struct sealmem_tracked *tracked);

/* Bytes in memory; keeps the mapping from being unmapped while it counts. */
int tracker_resident(const struct sealmem_mapping_id *id, size_t *ret_size);

/* A copy of all mappings in no order; whoever gets it frees it. 0 or -ENOMEM. */
int tracker_copy(struct sealmem_tracked **ret_copy, size_t *ret_count);

#endif
