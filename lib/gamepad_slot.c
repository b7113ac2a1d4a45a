/* SPDX-License-Identifier: MIT */
/*
 * Slots, and the two rules of what is done by somebody's hand: nothing shows
 * before it was once at rest, and a gesture is what begins between two states.
 */
#include "lib/gamepad_slot.h"

#include <string.h>

static uint32_t bit(uint32_t number)
{
	return (uint32_t)1 << number;
}

/* --- which slot ----------------------------------------------------------- */

uint32_t gamepad_slots_find(const struct gamepad_slots *slots, uint64_t device)
{
	uint32_t i = 0;

	while (i < slots->count &&
	       !(slots->slot[i].is_taken && slots->slot[i].device == device))
		i++;
	return i;
}

uint32_t gamepad_slots_find_empty(const struct gamepad_slots *slots)
{
	uint32_t i = 0;

	while (i < slots->count && slots->slot[i].is_taken)
		i++;
	return i;
}

/* The last one: games look at the first. */
uint32_t gamepad_slots_find_evictable(const struct gamepad_slots *slots)
{
	for (uint32_t i = slots->count; i > 0; i--)
		if (slots->slot[i - 1].is_taken &&
		    !slots->slot[i - 1].is_recognised)
			return i - 1;
	return slots->count;
}

/* --- at rest once --------------------------------------------------------- */

static void show_axes(struct gamepad_slot *slot, struct sealmem_gamepad *pad)
{
	for (uint32_t i = 0; i < pad->axis_count; i++) {
		if (pad->axes[i] > -SEALMEM_GAMEPAD_REST_AXIS &&
		    pad->axes[i] < SEALMEM_GAMEPAD_REST_AXIS)
			slot->rested_axes |= bit(i);
		if (!(slot->rested_axes & bit(i)))
			pad->axes[i] = 0;
	}
}

/* What was pressed once more had been released before, seen or not. */
static void show_buttons(struct gamepad_slot *slot, struct sealmem_gamepad *pad)
{
	for (uint32_t i = 0; i < pad->button_count; i++) {
		struct sealmem_gamepad_button *button = &pad->buttons[i];

		button->press_count -= slot->first_counts[i];
		if (!button->pressed || button->press_count != 0)
			slot->rested_buttons |= bit(i);
		if (!(slot->rested_buttons & bit(i))) {
			button->value = 0;
			button->pressed = 0;
			button->touched = 0;
		}
	}
}

static void show_touches(struct gamepad_slot *slot, struct sealmem_gamepad *pad)
{
	if (pad->touch_count == 0)
		slot->have_touches_rested = true;
	if (!slot->have_touches_rested)
		pad->touch_count = 0;
}

/* Members beyond the counts, and those that the writer sets. */
static void clear_unused(struct sealmem_gamepad *pad)
{
	uint32_t axes = pad->axis_count, buttons = pad->button_count;
	uint32_t touches = pad->touch_count;

	pad->connection = 0;
	pad->sequence = 0;
	memset(pad->axes + axes, 0,
	       (SEALMEM_GAMEPAD_AXES - axes) * sizeof(pad->axes[0]));
	memset(pad->buttons + buttons, 0,
	       (SEALMEM_GAMEPAD_BUTTONS - buttons) * sizeof(pad->buttons[0]));
	memset(pad->touches + touches, 0,
	       (SEALMEM_GAMEPAD_TOUCHES - touches) * sizeof(pad->touches[0]));
}

bool gamepad_slot_update(struct gamepad_slot *slot,
			 const struct sealmem_gamepad *pad)
{
	struct sealmem_gamepad before = slot->pad;

	slot->pad = *pad;
	show_axes(slot, &slot->pad);
	show_buttons(slot, &slot->pad);
	show_touches(slot, &slot->pad);
	clear_unused(&slot->pad);
	before.publish_time_us = pad->publish_time_us;
	return memcmp(&before, &slot->pad, sizeof(before)) != 0;
}

void gamepad_slot_take(struct gamepad_slot *slot, uint64_t device,
		       const struct sealmem_gamepad *pad, bool sanitize)
{
	*slot = (struct gamepad_slot){
		.device = device,
		.is_taken = true,
		.have_touches_rested = !sanitize,
		.rested_axes = sanitize ? 0 : UINT32_MAX,
		.rested_buttons = sanitize ? 0 : UINT32_MAX,
	};
	for (uint32_t i = 0; i < SEALMEM_GAMEPAD_BUTTONS; i++)
		slot->first_counts[i] = pad->buttons[i].press_count;
	gamepad_slot_update(slot, pad);
}

/* --- gestures ------------------------------------------------------------- */

/* Counts are modulo 2^32; one that went back is none. */
static bool is_press(const struct sealmem_gamepad_button *before,
		     const struct sealmem_gamepad_button *now)
{
	uint32_t presses = now->press_count - before->press_count;

	return (now->pressed && !before->pressed) ||
	       (presses != 0 && presses <= INT32_MAX);
}

static bool is_tilted(float value)
{
	return value < -SEALMEM_GAMEPAD_GESTURE_AXIS ||
	       value > SEALMEM_GAMEPAD_GESTURE_AXIS;
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

bool gamepad_has_gesture(const struct sealmem_gamepad *before,
			 const struct sealmem_gamepad *now)
{
	uint32_t axes = smaller(before->axis_count, now->axis_count);
	uint32_t buttons = smaller(before->button_count, now->button_count);

	for (uint32_t i = 0; i < buttons; i++)
		if (is_press(&before->buttons[i], &now->buttons[i]))
			return true;
	for (uint32_t i = 0; i < axes; i++)
		if (!is_tilted(before->axes[i]) && is_tilted(now->axes[i]))
			return true;
	return false;
}
