/* SPDX-License-Identifier: MIT */
/* What loops of all kinds do the same way: numbers for watches, and turns. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "tools/gamepad/loop_kind.h"
#include "tools/tool.h"

/* In so many turns without a rest a signal is let in once. */
#define BUSY_TURNS	64

/* ---- numbers ------------------------------------------------------------ */

struct loop_watch *loop_find(const struct loop *loop, uint64_t id)
{
	uint32_t slot = (uint32_t)id;

	if (slot >= loop->slot_count ||
	    loop->slots[slot].generation != id >> 32)
		return NULL;
	return loop->slots[slot].watch;
}

/* Twice the room, for watches and for those of them that want more. */
static int grow(struct loop *loop)
{
	uint32_t count = loop->slot_count ? 2 * loop->slot_count : 16;
	struct loop_slot *slots;
	uint64_t *again;

	slots = reallocarray(loop->slots, count, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	loop->slots = slots;
	again = reallocarray(loop->again, count, sizeof(*again));
	if (!again)
		return -ENOMEM;
	loop->again = again;
	for (uint32_t i = loop->slot_count; i < count; i++)
		slots[i] = (struct loop_slot){ .generation = 1 };
	loop->slot_count = count;
	return 0;
}

static int take_slot(struct loop *loop, struct loop_watch *watch)
{
	uint32_t i = 0;
	int ret;

	while (i < loop->slot_count && loop->slots[i].watch)
		i++;
	if (i == loop->slot_count) {
		ret = grow(loop);
		if (ret < 0)
			return ret;
	}
	loop->slots[i].watch = watch;
	watch->id = (uint64_t)loop->slots[i].generation << 32 | i;
	return 0;
}

static void free_slot(struct loop *loop, struct loop_watch *watch)
{
	struct loop_slot *slot = &loop->slots[(uint32_t)watch->id];

	slot->watch = NULL;
	/* 0 is no generation, so that id 0 is nobody's. */
	if (++slot->generation == 0)
		slot->generation = 1;
	watch->id = 0;
	watch->queued = false;
}

static void queue_again(struct loop *loop, struct loop_watch *watch)
{
	if (!watch->again || watch->queued)
		return;
	watch->queued = true;
	loop->again[loop->again_count++] = watch->id;
}

/* ---- watches ------------------------------------------------------------ */

int loop_add(struct loop *loop, struct loop_watch *watch)
{
	int ret;

	if (watch->id)
		return -EINVAL;
	ret = take_slot(loop, watch);
	if (ret < 0)
		return ret;
	ret = loop->ops->add(loop, watch);
	if (ret < 0)
		free_slot(loop, watch);
	else
		queue_again(loop, watch);
	return ret;
}

/* Who is gone gives up its place in the queue, so that there is always room. */
static void forget_again(struct loop *loop, uint64_t id)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < loop->again_count; i++)
		if (loop->again[i] != id)
			loop->again[kept++] = loop->again[i];
	loop->again_count = kept;
}

void loop_remove(struct loop *loop, struct loop_watch *watch)
{
	if (!watch->id)
		return;
	loop->ops->remove(loop, watch);
	if (watch->queued)
		forget_again(loop, watch->id);
	free_slot(loop, watch);
}

/* ---- turns -------------------------------------------------------------- */

void loop_ready(struct loop *loop, uint64_t id, uint32_t revents)
{
	struct loop_watch *watch = loop_find(loop, id);

	if (!watch)
		return;
	watch->ready(watch, revents);
	/* It may have removed itself, and be gone. */
	if (loop_find(loop, id))
		queue_again(loop, watch);
}

/* Those who wanted it before this turn; who wants it now waits for the next. */
static void call_again(struct loop *loop, uint32_t count)
{
	for (uint32_t n = 0; n < count && loop->again_count; n++) {
		uint64_t id = loop->again[0];

		forget_again(loop, id);
		loop_find(loop, id)->queued = false;
		loop_ready(loop, id, 0);
	}
}

struct timespec *loop_time_left(uint64_t until_us, struct timespec *ret_left)
{
	uint64_t now_us;

	if (until_us == UINT64_MAX)
		return NULL;
	now_us = until_us ? tool_now_us() : 0;
	until_us = until_us > now_us ? until_us - now_us : 0;
	ret_left->tv_sec = (time_t)(until_us / 1000000);
	ret_left->tv_nsec = (long)(until_us % 1000000) * 1000;
	return ret_left;
}

/* Who finds something ready in each turn never rests, and would be deaf. */
static int hear_signals(struct loop *loop, const sigset_t *while_waiting)
{
	struct timespec none = { 0 };

	if (++loop->busy < BUSY_TURNS || !while_waiting)
		return 0;
	loop->busy = 0;
	return ppoll(NULL, 0, &none, while_waiting) < 0 ? -errno : 0;
}

int loop_run_once(struct loop *loop, uint64_t until_us,
		  const sigset_t *while_waiting)
{
	uint32_t again = loop->again_count;
	int ret;

	ret = loop->ops->collect(loop, again ? 0 : until_us, while_waiting);
	if (ret < 0)
		return ret;
	call_again(loop, again);
	if (until_us && (ret || again))
		return hear_signals(loop, while_waiting);
	loop->busy = 0;
	return 0;
}

/* ---- beginning and end -------------------------------------------------- */

int loop_open(enum loop_kind kind, struct loop **ret_loop)
{
	if (kind == LOOP_EPOLL)
		return loop_epoll_open(ret_loop);
#ifdef HAVE_LIBURING
	return uring_loop_open(ret_loop);
#else
	return -EOPNOTSUPP;
#endif
}

void loop_close(struct loop *loop)
{
	if (!loop)
		return;
	free(loop->slots);
	free(loop->again);
	loop->ops->close(loop);
}
