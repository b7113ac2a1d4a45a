/* SPDX-License-Identifier: MIT */
/*
 * Who sees what: publishes to each consumer what it may see, opens its gate at a
 * gesture, and tells the caller what the consumer has to be told. Memory comes
 * first and the notice after it, so that whoever is told looks and finds it so.
 */
#include "lib/gamepad_provider.h"

#include "lib/gamepad.h"

#define NO_SLOT UINT32_MAX

/* --- notices -------------------------------------------------------------- */

static void tell(struct gamepad_provider_state *state,
		 const struct gamepad_consumer *consumer,
		 enum sealmem_gamepad_event event, uint32_t slot,
		 const struct sealmem_gamepad *pad)
{
	if (!state->options.notice || state->is_closing)
		return;
	state->is_in_notice = true;
	state->options.notice(state->options.data, consumer->id, event, slot,
			      pad);
	state->is_in_notice = false;
}

static void tell_connected(struct gamepad_provider_state *state,
			   const struct gamepad_consumer *consumer,
			   uint32_t slot)
{
	struct sealmem_gamepad view = gamepad_consumer_view(
		consumer, slot, &state->slots.slot[slot].pad);

	tell(state, consumer, SEALMEM_GAMEPAD_CONNECTED, slot, &view);
}

static void tell_disconnected(struct gamepad_provider_state *state,
			      struct gamepad_consumer *consumer, uint32_t slot,
			      const struct sealmem_gamepad *pad)
{
	struct sealmem_gamepad last = *pad;

	last.connected = 0;
	consumer->seen &= ~((uint32_t)1 << slot);
	tell(state, consumer, SEALMEM_GAMEPAD_DISCONNECTED, slot, &last);
}

/* --- what consumers see --------------------------------------------------- */

/* All consumers, but nobody more once a notice has closed the provider. */
static struct gamepad_consumer *
first(const struct gamepad_provider_state *state)
{
	return state->is_closing ? NULL : state->consumers;
}

static struct gamepad_consumer *next(const struct gamepad_provider_state *state,
				     const struct gamepad_consumer *consumer)
{
	return state->is_closing ? NULL : consumer->next;
}

/* All pads; the one in @changed was as in @before. */
static void reveal_all(struct gamepad_provider_state *state,
		       struct gamepad_consumer *consumer, uint32_t changed,
		       const struct sealmem_gamepad *before)
{
	static const struct sealmem_gamepad blank;
	const struct gamepad_slot *slot = state->slots.slot;

	for (uint32_t i = 0; i < state->slots.count; i++)
		if (slot[i].is_taken)
			gamepad_consumer_reveal(consumer, i,
						i == changed ? before :
							       &slot[i].pad,
						&slot[i].pad);
	for (uint32_t i = 0; i < state->slots.count; i++)
		if (slot[i].is_taken)
			tell_connected(state, consumer, i);
		else if (consumer->seen & (uint32_t)1 << i)
			tell_disconnected(state, consumer, i, &blank);
}

void gamepad_publish_update(struct gamepad_provider_state *state, uint32_t slot,
			    const struct sealmem_gamepad *before)
{
	const struct sealmem_gamepad *now = &state->slots.slot[slot].pad;
	bool is_gesture = gamepad_has_gesture(before, now);
	bool is_same = gamepad_is_same(before, now);

	for (struct gamepad_consumer *consumer = first(state); consumer;
	     consumer = next(state, consumer)) {
		if (gamepad_consumer_sees(consumer) && is_same) {
			gamepad_consumer_show(consumer, slot, now);
		} else if (gamepad_consumer_sees(consumer)) {
			gamepad_consumer_reveal(consumer, slot, before, now);
		} else if (consumer->is_active && is_gesture) {
			consumer->is_open = true;
			reveal_all(state, consumer, slot, before);
		}
	}
}

void gamepad_publish_connect(struct gamepad_provider_state *state,
			     uint32_t slot)
{
	const struct sealmem_gamepad *pad = &state->slots.slot[slot].pad;

	for (struct gamepad_consumer *consumer = first(state); consumer;
	     consumer = next(state, consumer)) {
		if (!gamepad_consumer_sees(consumer))
			continue;
		gamepad_consumer_reveal(consumer, slot, pad, pad);
		tell_connected(state, consumer, slot);
	}
}

void gamepad_publish_disconnect(struct gamepad_provider_state *state,
				uint32_t slot,
				const struct sealmem_gamepad *last)
{
	struct sealmem_gamepad view;

	for (struct gamepad_consumer *consumer = first(state); consumer;
	     consumer = next(state, consumer)) {
		if (!gamepad_consumer_sees(consumer))
			continue;
		view = gamepad_consumer_view(consumer, slot, last);
		gamepad_consumer_hide(consumer, slot);
		tell_disconnected(state, consumer, slot, &view);
	}
}

void gamepad_reveal(struct gamepad_provider_state *state,
		    struct gamepad_consumer *consumer)
{
	reveal_all(state, consumer, NO_SLOT, NULL);
}
