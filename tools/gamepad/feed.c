/* SPDX-License-Identifier: MIT */
/*
 * Pads that come and go, told to the provider and, in a line each, to people.
 * A device for which there is no slot is not forgotten: it gets the first that
 * is free when it is used.
 */
#include <errno.h>
#include <string.h>

#include "tools/gamepad/feed.h"
#include "tools/text.h"
#include "tools/tool.h"

/* ---- devices without a slot --------------------------------------------- */

static struct feed_waiting *find_waiting(struct feed *feed, uint64_t device)
{
	for (unsigned int i = 0; i < FEED_WAITING_MAX; i++)
		if (feed->waiting[i].used && feed->waiting[i].device == device)
			return &feed->waiting[i];
	return NULL;
}

static void let_wait(struct feed *feed, uint64_t device, bool recognised)
{
	for (unsigned int i = 0; i < FEED_WAITING_MAX; i++) {
		if (feed->waiting[i].used)
			continue;
		feed->waiting[i] =
			(struct feed_waiting){ true, device, recognised };
		return;
	}
}

/* ---- slots -------------------------------------------------------------- */

/* The pad of a slot gave way to a device whose layout is known. */
static void evict(struct feed *feed, uint32_t slot)
{
	struct feed_pad *pad = &feed->pads[slot];

	if (!pad->used)
		return;
	tool_say("pad %u gave way: %s", (unsigned int)slot, pad->id);
	let_wait(feed, pad->device, false);
}

static void take_slot(struct feed *feed, uint64_t device, uint32_t slot,
		      const struct sealmem_gamepad *state)
{
	struct feed_pad *pad = &feed->pads[slot];

	evict(feed, slot);
	pad->used = true;
	pad->device = device;
	text_escape(state->id, pad->id, sizeof(pad->id));
	tool_say("pad %u: %s", (unsigned int)slot, pad->id);
}

static int try_connect(struct feed *feed, uint64_t device, bool recognised,
		       const struct sealmem_gamepad *state)
{
	struct sealmem_gamepad timed = *state;
	uint32_t slot;
	int ret;

	timed.publish_time_us = tool_now_us();
	ret = sealmem_gamepad_provider_connect(
		feed->provider, device,
		recognised ? SEALMEM_GAMEPAD_RECOGNISED : 0, &timed, &slot);
	if (ret == 0)
		take_slot(feed, device, slot, state);
	return ret;
}

/* ---- the sink ----------------------------------------------------------- */

static void feed_connect(void *data, uint64_t device, bool recognised,
			 const struct sealmem_gamepad *state)
{
	char id[SEALMEM_GAMEPAD_ID_SIZE];
	int ret = try_connect(data, device, recognised, state);

	if (ret == 0)
		return;
	text_escape(state->id, id, sizeof(id));
	tool_say("no pad for %s: %s", id, ret == -ENOSPC ?
		 "it waits until one is free" : strerror(-ret));
	if (ret == -ENOSPC)
		let_wait(data, device, recognised);
}

static void feed_update(void *data, uint64_t device,
			const struct sealmem_gamepad *state)
{
	struct feed *feed = data;
	struct sealmem_gamepad timed = *state;
	struct feed_waiting *waiting;

	timed.publish_time_us = tool_now_us();
	if (sealmem_gamepad_provider_update(feed->provider, device, &timed) !=
	    -ENOENT)
		return;
	waiting = find_waiting(feed, device);
	if (waiting &&
	    try_connect(feed, device, waiting->recognised, state) == 0)
		waiting->used = false;
}

static void feed_disconnect(void *data, uint64_t device)
{
	struct feed *feed = data;
	struct feed_waiting *waiting = find_waiting(feed, device);

	if (waiting)
		waiting->used = false;
	/* The source says what went, by a name that people know it by. */
	if (sealmem_gamepad_provider_disconnect(feed->provider, device) < 0)
		return;
	for (uint32_t i = 0; i < SEALMEM_GAMEPAD_COUNT_MAX; i++)
		if (feed->pads[i].used && feed->pads[i].device == device)
			feed->pads[i].used = false;
}

void feed_forget_all(struct feed *feed)
{
	for (uint32_t i = 0; i < SEALMEM_GAMEPAD_COUNT_MAX; i++)
		if (feed->pads[i].used)
			feed_disconnect(feed, feed->pads[i].device);
	memset(feed->waiting, 0, sizeof(feed->waiting));
}

struct source_sink feed_sink(struct feed *feed)
{
	return (struct source_sink){
		feed, feed_connect, feed_update, feed_disconnect,
	};
}

unsigned int feed_pad_count(const struct feed *feed)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < SEALMEM_GAMEPAD_COUNT_MAX; i++)
		count += feed->pads[i].used;
	return count;
}
