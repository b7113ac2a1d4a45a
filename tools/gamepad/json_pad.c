/* SPDX-License-Identifier: MIT */
/* `sealmem gamepad watch --json`: one pad, one object, one line. */
#include <jansson.h>
#include <stdio.h>

#include "tools/json_output.h"
#include "tools/text.h"
#include "tools/gamepad/pad_text.h"

/* Seven digits tell any two positions of a 16-bit axis apart. */
#define FORMAT \
	(JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(7))

static json_t *axes_array(const struct sealmem_gamepad *pad)
{
	json_t *array = json_array();

	for (uint32_t i = 0; i < pad->axis_count; i++)
		json_array_append_new(array, json_real((double)pad->axes[i]));
	return array;
}

static json_t *buttons_array(const struct sealmem_gamepad *pad)
{
	json_t *array = json_array();

	for (uint32_t i = 0; i < pad->button_count; i++) {
		const struct sealmem_gamepad_button *button = &pad->buttons[i];

		json_array_append_new(array, json_pack(
			"{s:f, s:b, s:b, s:I}",
			"value", (double)button->value,
			"pressed", button->pressed, "touched", button->touched,
			"press_count", (json_int_t)button->press_count));
	}
	return array;
}

static json_t *touches_array(const struct sealmem_gamepad *pad)
{
	json_t *array = json_array();

	for (uint32_t i = 0; i < pad->touch_count; i++) {
		const struct sealmem_gamepad_touch *touch = &pad->touches[i];

		json_array_append_new(array, json_pack(
			"{s:I, s:i, s:f, s:f}",
			"touch_id", (json_int_t)touch->touch_id,
			"surface_id", touch->surface_id,
			"x", (double)touch->x, "y", (double)touch->y));
	}
	return array;
}

/* The numbers of the bits, from 0. */
static json_t *bits_array(uint32_t bits)
{
	json_t *array = json_array();

	for (int i = 0; i < 32; i++)
		if (bits >> i & 1)
			json_array_append_new(array, json_integer(i));
	return array;
}

static json_t *pad_object(uint32_t index, const struct sealmem_gamepad *pad)
{
	/* A byte that is no UTF-8 grows to three. */
	char id[3 * SEALMEM_GAMEPAD_ID_SIZE];

	text_to_utf8(pad->id, id, sizeof(id));
	return json_pack(
		"{s:i, s:b, s:s, s:s, s:s, s:s, s:b, s:I, s:I, s:I, s:I, "
		"s:o, s:o, s:o, s:o, s:o}",
		"pad", (int)index, "connected", pad->connected != 0,
		"id", id, "mapping", pad_mapping_text(pad),
		"hand", pad_hand_text(pad),
		"actuator", pad_actuator_text(pad),
		"supports_touch", pad->supports_touch,
		"connection", (json_int_t)pad->connection,
		"sequence", (json_int_t)pad->sequence,
		"event_time_us", (json_int_t)pad->event_time_us,
		"publish_time_us", (json_int_t)pad->publish_time_us,
		"axes_used", bits_array(pad->axes_used),
		"buttons_used", bits_array(pad->buttons_used),
		"axes", axes_array(pad), "buttons", buttons_array(pad),
		"touches", touches_array(pad));
}

bool json_gamepad_print(uint32_t index, const struct sealmem_gamepad *pad)
{
	json_t *object = pad_object(index, pad);
	bool printed = object && json_dumpf(object, stdout, FORMAT) == 0;

	json_decref(object);
	if (printed)
		putchar('\n');
	return printed;
}
