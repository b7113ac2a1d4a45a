/* SPDX-License-Identifier: MIT */
/*
 * What the kinds of loop share. A kernel hands back a number for each watch,
 * not its address: one that was removed is not found by its number any more.
 */
#ifndef SEALMEM_TOOLS_LOOP_KIND_H
#define SEALMEM_TOOLS_LOOP_KIND_H

#include <stddef.h>

#include "tools/gamepad/loop.h"

/**
 * struct loop_ops - What a kind of loop does
 * @add: Begins to wait for @watch, whose id is new
 * @remove: Ends it; the id is still the watch's
 * @collect: Waits, and hands what is ready to loop_ready(). How much that was,
 *	or what is wrong
 * @close: Closes what was opened and frees the loop
 */
struct loop_ops {
	int (*add)(struct loop *loop, struct loop_watch *watch);
	void (*remove)(struct loop *loop, struct loop_watch *watch);
	int (*collect)(struct loop *loop, uint64_t until_us,
		       const sigset_t *while_waiting);
	void (*close)(struct loop *loop);
};

/**
 * struct loop - The beginning of each kind's own struct
 * @ops: The kind
 * @slots: Watches by the low half of their ids
 * @slot_count: How many slots there are
 * @again: Ids of those who want to be called without waiting
 * @again_count: How many there are; there is room for @slot_count
 * @busy: Turns in a row in which something was ready
 */
struct loop {
	const struct loop_ops *ops;
	struct loop_slot *slots;
	uint32_t slot_count;
	uint64_t *again;
	uint32_t again_count;
	unsigned int busy;
};

/**
 * struct loop_slot - Room for a watch
 * @watch: NULL if it is free
 * @generation: The high half of the id of whoever is in it; never 0
 */
struct loop_slot {
	struct loop_watch *watch;
	uint32_t generation;
};

/* NULL if whoever had that id is gone. */
struct loop_watch *loop_find(const struct loop *loop, uint64_t id);

/* Calls whoever has that id; nobody if it is gone. */
void loop_ready(struct loop *loop, uint64_t id, uint32_t revents);

/* How long there is until then: the whole of time is NULL. */
struct timespec *loop_time_left(uint64_t until_us, struct timespec *ret_left);

int loop_epoll_open(struct loop **ret_loop);
int uring_loop_open(struct loop **ret_loop);

#endif
