/* SPDX-License-Identifier: MIT */
/* What the writer of a snapshot buffer does to those who sleep. */
#ifndef LIB_SNAPSHOT_WAIT_H
#define LIB_SNAPSHOT_WAIT_H

#include <sealmem/snapshot_wait.h>

/* For policies that wake: now, or not yet. */
void snapshot_wake_in_turn(struct sealmem_snapshot_writer *writer);

/* Wakes everybody and closes the wake descriptors. */
void snapshot_wake_last(struct sealmem_snapshot_writer *writer);

bool snapshot_is_wake_valid(enum sealmem_snapshot_wake policy,
			    uint32_t interval_us);

/* After each publication. */
static inline void snapshot_published(struct sealmem_snapshot_writer *writer)
{
	if (writer->wakes.policy != SEALMEM_SNAPSHOT_WAKE_NEVER)
		snapshot_wake_in_turn(writer);
}

#endif
