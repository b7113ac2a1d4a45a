/* SPDX-License-Identifier: MIT */
/*
 * Reaches gamepad_slot_take, gamepad_slot_update and gamepad_has_gesture.
 *
 * Input: a byte whose lowest bit says that nothing is sanitized, then up to 512
 * records of an operation, an index and a value (1 byte each) that change a pad;
 * operation 0 hands it over, the first time as a new device.
 *
 * Oracle: all states that were handed over are kept, and the rules are asked of
 * them as they are written: is there one in which this was at rest? Is there a
 * button that was pressed from the last state to this one?
 */
#include <sealmem/gamepad_provider.h>

#include "fuzz.h"
#include "lib/gamepad.h"
#include "lib/gamepad_slot.h"

#define STATES	64
#define RECORDS 512

struct history {
	bool shows_all;
	uint32_t count;
	struct sealmem_gamepad states[STATES];
	/* As it was shown the last time. */
	struct sealmem_gamepad shown;
};

/* --- what the device does ------------------------------------------------- */

/* Hundredths, and the nearest to where a rule begins. */
static float axis_of(uint8_t value)
{
	static const float edges[] = {
		0.1f, -0.1f, 0.0999999f, -0.0999999f,
		0.5f, -0.5f, 0.5000001f, -0.5000001f,
	};
	int hundredths = (int8_t)value;

	if (hundredths > 100 && hundredths <= 108)
		return edges[hundredths - 101];
	if (hundredths > 100)
		return 1;
	return hundredths < -100 ? -1 : (float)hundredths / 100;
}

static void set_button(struct sealmem_gamepad_button *button, uint8_t value)
{
	button->pressed = value & 1;
	button->touched = value >> 1 & 1;
	button->value = (float)(value >> 2) / 63;
}

static void change(struct sealmem_gamepad *pad, uint8_t operation,
		   uint8_t index, uint8_t value)
{
	static const uint32_t counts[] = { 0, 1, 1u << 31, UINT32_MAX };
	struct sealmem_gamepad_button *button = &pad->buttons[index % 32];

	switch (operation % 8) {
	case 1:
		pad->axes[index % 16] = axis_of(value);
		break;
	case 2:
		set_button(button, value);
		break;
	case 3:
		button->press_count += (uint32_t)(int8_t)value;
		break;
	case 4:
		button->press_count = counts[value % 4];
		break;
	case 5:
		pad->touches[index % 8].touch_id = value;
		pad->touch_count = value % 9;
		break;
	case 6:
		pad->axis_count = value % 17;
		break;
	case 7:
		pad->button_count = value % 33;
		break;
	}
}

/* --- what may be shown of it ---------------------------------------------- */

static bool is_resting(float axis)
{
	return axis < SEALMEM_GAMEPAD_REST_AXIS &&
	       -axis < SEALMEM_GAMEPAD_REST_AXIS;
}

static bool has_axis_rested(const struct history *history, uint32_t axis)
{
	for (uint32_t i = 0; i < history->count; i++)
		if (axis < history->states[i].axis_count &&
		    is_resting(history->states[i].axes[axis]))
			return true;
	return history->shows_all;
}

static bool has_button_rested(const struct history *history, uint32_t button)
{
	const struct sealmem_gamepad *first = history->states;

	for (const struct sealmem_gamepad *state = first;
	     state < first + history->count; state++)
		if (button < state->button_count &&
		    (!state->buttons[button].pressed ||
		     state->buttons[button].press_count !=
			     first->buttons[button].press_count))
			return true;
	return history->shows_all;
}

static bool have_touches_rested(const struct history *history)
{
	for (uint32_t i = 0; i < history->count; i++)
		if (history->states[i].touch_count == 0)
			return true;
	return history->shows_all;
}

static bool is_same(const void *a, const void *b, size_t size)
{
	return memcmp(a, b, size) == 0;
}

static void check_axes(const struct history *history,
		       const struct sealmem_gamepad *shown)
{
	const struct sealmem_gamepad *now = &history->states[history->count - 1];

	for (uint32_t i = 0; i < SEALMEM_GAMEPAD_AXES; i++)
		if (i < now->axis_count && has_axis_rested(history, i))
			FUZZ_CHECK(is_same(&shown->axes[i], &now->axes[i],
					   sizeof(float)));
		else
			FUZZ_CHECK(shown->axes[i] == 0);
}

static void check_buttons(const struct history *history,
			  const struct sealmem_gamepad *shown)
{
	const struct sealmem_gamepad *now = &history->states[history->count - 1];

	for (uint32_t i = 0; i < SEALMEM_GAMEPAD_BUTTONS; i++) {
		struct sealmem_gamepad_button button = { 0 };

		if (i < now->button_count && has_button_rested(history, i))
			button = now->buttons[i];
		if (i < now->button_count)
			button.press_count =
				now->buttons[i].press_count -
				history->states[0].buttons[i].press_count;
		FUZZ_CHECK(is_same(&shown->buttons[i], &button,
				   sizeof(button)));
	}
}

static void check_touches(const struct history *history,
			  const struct sealmem_gamepad *shown)
{
	const struct sealmem_gamepad *now = &history->states[history->count - 1];
	uint32_t count = have_touches_rested(history) ? now->touch_count : 0;
	static const struct sealmem_gamepad_touch none;

	FUZZ_CHECK(shown->touch_count == count);
	for (uint32_t i = 0; i < SEALMEM_GAMEPAD_TOUCHES; i++)
		FUZZ_CHECK(is_same(&shown->touches[i],
				   i < count ? &now->touches[i] : &none,
				   sizeof(none)));
}

/* --- gestures ------------------------------------------------------------- */

static bool is_beyond(float axis)
{
	return axis > SEALMEM_GAMEPAD_GESTURE_AXIS ||
	       -axis > SEALMEM_GAMEPAD_GESTURE_AXIS;
}

static bool is_gesture(const struct sealmem_gamepad *before,
		       const struct sealmem_gamepad *now)
{
	for (uint32_t i = 0; i < SEALMEM_GAMEPAD_AXES; i++)
		if (i < before->axis_count && i < now->axis_count &&
		    is_beyond(now->axes[i]) && !is_beyond(before->axes[i]))
			return true;
	for (uint32_t i = 0; i < SEALMEM_GAMEPAD_BUTTONS; i++) {
		uint32_t more = now->buttons[i].press_count -
				before->buttons[i].press_count;

		if (i < before->button_count && i < now->button_count &&
		    (now->buttons[i].pressed > before->buttons[i].pressed ||
		     (more > 0 && more < 1u << 31)))
			return true;
	}
	return false;
}

/* --- the target ----------------------------------------------------------- */

static void hand_over(struct gamepad_slot *slot, struct history *history,
		      const struct sealmem_gamepad *pad)
{
	bool is_new = history->count == 0, has_changed = true;

	history->states[history->count++] = *pad;
	if (is_new)
		gamepad_slot_take(slot, 7, pad, !history->shows_all);
	else
		has_changed = gamepad_slot_update(slot, pad);
	FUZZ_CHECK(slot->is_taken && slot->device == 7);
	FUZZ_CHECK(gamepad_is_valid(&slot->pad));
	check_axes(history, &slot->pad);
	check_buttons(history, &slot->pad);
	check_touches(history, &slot->pad);
	if (!is_new) {
		FUZZ_CHECK(gamepad_has_gesture(&history->shown, &slot->pad) ==
			   is_gesture(&history->shown, &slot->pad));
		FUZZ_CHECK(has_changed == !is_same(&history->shown, &slot->pad,
						   sizeof(slot->pad)));
	}
	history->shown = slot->pad;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = { data, size };
	struct sealmem_gamepad pad = { .connected = 1 };
	static struct history history;
	struct gamepad_slot slot;
	uint8_t operation, index;

	history = (struct history){ .shows_all = fuzz_take(&input, 1) & 1 };
	for (int i = 0; i < RECORDS && input.size > 0; i++) {
		operation = (uint8_t)fuzz_take(&input, 1);
		index = (uint8_t)fuzz_take(&input, 1);
		change(&pad, operation, index, (uint8_t)fuzz_take(&input, 1));
		if (operation % 8 == 0 && history.count < STATES)
			hand_over(&slot, &history, &pad);
	}
	return 0;
}
