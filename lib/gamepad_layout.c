/* SPDX-License-Identifier: MIT */
/* Pads as shared memory has them: pure, and the same on every machine. */
#include "lib/gamepad_layout.h"

#include <float.h>
#include <string.h>

#include "lib/gamepad.h"

/* --- pinned: other builds of the library read this memory ----------------- */

#define PIN(type, member, at)                                                  \
	_Static_assert(offsetof(struct type, member) == (at), "shared layout")
#define PIN_SIZE(type, size)                                                   \
	_Static_assert(sizeof(struct type) == (size), "shared layout")

PIN(gamepad_hot, sequence, 0);
PIN(gamepad_hot, event_time_us, 8);
PIN(gamepad_hot, publish_time_us, 16);
PIN(gamepad_hot, connection, 24);
PIN(gamepad_hot, connected, 28);
PIN(gamepad_hot, pressed, 32);
PIN(gamepad_hot, touched, 36);
PIN(gamepad_hot, touch_count, 40);
PIN(gamepad_hot, reserved, 44);
PIN(gamepad_hot, axes, 64);
PIN(gamepad_hot, values, 128);
PIN(gamepad_hot, press_counts, 256);
PIN(gamepad_hot, touches, 384);
PIN(gamepad_hot, pose, 576);
PIN_SIZE(gamepad_hot, 664);

PIN(gamepad_description, connection, 0);
PIN(gamepad_description, mapping, 4);
PIN(gamepad_description, axis_count, 8);
PIN(gamepad_description, button_count, 12);
PIN(gamepad_description, axes_used, 16);
PIN(gamepad_description, buttons_used, 20);
PIN(gamepad_description, hand, 24);
PIN(gamepad_description, actuator, 28);
PIN(gamepad_description, types, 32);
PIN(gamepad_description, id, 64);
PIN(gamepad_description, supports_touch, 448);
PIN(gamepad_description, reserved, 452);
PIN_SIZE(gamepad_description, 512);
PIN(gamepad_cold, descriptions, 0);
PIN_SIZE(gamepad_cold, 1024);

PIN(sealmem_gamepad_touch, touch_id, 0);
PIN(sealmem_gamepad_touch, surface_id, 4);
PIN(sealmem_gamepad_touch, has_surface_size, 5);
PIN(sealmem_gamepad_touch, reserved, 6);
PIN(sealmem_gamepad_touch, x, 8);
PIN(sealmem_gamepad_touch, y, 12);
PIN(sealmem_gamepad_touch, surface_width, 16);
PIN(sealmem_gamepad_touch, surface_height, 20);
PIN_SIZE(sealmem_gamepad_touch, 24);

PIN(sealmem_gamepad_pose, supported, 0);
PIN(sealmem_gamepad_pose, valid, 4);
PIN(sealmem_gamepad_pose, reserved, 8);
PIN(sealmem_gamepad_pose, orientation, 12);
PIN(sealmem_gamepad_pose, position, 28);
PIN(sealmem_gamepad_pose, angular_velocity, 40);
PIN(sealmem_gamepad_pose, linear_velocity, 52);
PIN(sealmem_gamepad_pose, angular_acceleration, 64);
PIN(sealmem_gamepad_pose, linear_acceleration, 76);
PIN_SIZE(sealmem_gamepad_pose, 88);

/* And so that programs built apart agree on what they are handed. */
PIN(sealmem_gamepad_button, value, 0);
PIN(sealmem_gamepad_button, press_count, 4);
PIN(sealmem_gamepad_button, pressed, 8);
PIN(sealmem_gamepad_button, touched, 9);
PIN(sealmem_gamepad_button, type, 10);
PIN(sealmem_gamepad_button, reserved, 11);
PIN_SIZE(sealmem_gamepad_button, 12);

PIN(sealmem_gamepad, connected, 0);
PIN(sealmem_gamepad, mapping, 4);
PIN(sealmem_gamepad, axis_count, 8);
PIN(sealmem_gamepad, button_count, 12);
PIN(sealmem_gamepad, touch_count, 16);
PIN(sealmem_gamepad, connection, 20);
PIN(sealmem_gamepad, sequence, 24);
PIN(sealmem_gamepad, event_time_us, 32);
PIN(sealmem_gamepad, publish_time_us, 40);
PIN(sealmem_gamepad, axes_used, 48);
PIN(sealmem_gamepad, buttons_used, 52);
PIN(sealmem_gamepad, hand, 56);
PIN(sealmem_gamepad, actuator, 60);
PIN(sealmem_gamepad, supports_touch, 64);
PIN(sealmem_gamepad, reserved, 65);
PIN(sealmem_gamepad, axes, 72);
PIN(sealmem_gamepad, buttons, 136);
PIN(sealmem_gamepad, touches, 520);
PIN(sealmem_gamepad, pose, 712);
PIN(sealmem_gamepad, id, 800);
PIN_SIZE(sealmem_gamepad, 1184);

_Static_assert(2 * SEALMEM_GAMEPAD_COUNT_MAX == SEALMEM_SNAPSHOT_PARTS_MAX,
	       "two parts a pad");
_Static_assert(SEALMEM_GAMEPAD_BUTTONS == 32, "a bit for each button");

/* --- ranges --------------------------------------------------------------- */

/* False for NaN too. */
static bool is_between(float value, float low, float high)
{
	return value >= low && value <= high;
}

static bool is_zero(const void *bytes, size_t size)
{
	const unsigned char *byte = bytes;

	return byte[0] == 0 && memcmp(byte, byte + 1, size - 1) == 0;
}

static bool are_between(const float *values, size_t count, float low,
			float high)
{
	bool valid = true;

	for (size_t i = 0; i < count; i++)
		valid &= is_between(values[i], low, high);
	return valid;
}

static bool is_touch_valid(const struct sealmem_gamepad_touch *touch)
{
	return is_between(touch->x, -1, 1) && is_between(touch->y, -1, 1) &&
	       touch->has_surface_size <= 1 &&
	       (touch->reserved[0] | touch->reserved[1]) == 0;
}

static bool is_pose_valid(const struct sealmem_gamepad_pose *pose)
{
	const float finite = FLT_MAX;

	return (pose->supported & ~(uint32_t)SEALMEM_GAMEPAD_POSE_ALL) == 0 &&
	       (pose->valid & ~pose->supported) == 0 && pose->reserved == 0 &&
	       are_between(pose->orientation, 4, -finite, finite) &&
	       are_between(pose->position, 3, -finite, finite) &&
	       are_between(pose->angular_velocity, 3, -finite, finite) &&
	       are_between(pose->linear_velocity, 3, -finite, finite) &&
	       are_between(pose->angular_acceleration, 3, -finite, finite) &&
	       are_between(pose->linear_acceleration, 3, -finite, finite);
}

static bool are_moves_valid(const struct gamepad_hot *hot)
{
	bool valid = hot->touch_count <= SEALMEM_GAMEPAD_TOUCHES &&
		     is_zero(hot->reserved, sizeof(hot->reserved)) &&
		     are_between(hot->axes, SEALMEM_GAMEPAD_AXES, -1, 1) &&
		     are_between(hot->values, SEALMEM_GAMEPAD_BUTTONS, 0, 1) &&
		     is_pose_valid(&hot->pose);

	for (int i = 0; i < SEALMEM_GAMEPAD_TOUCHES; i++)
		valid = valid && is_touch_valid(&hot->touches[i]);
	return valid;
}

/* Who may not see a pad must not have it in memory either. */
static bool is_blank(const struct gamepad_hot *hot)
{
	struct gamepad_hot rest = *hot;

	rest.sequence = 0;
	rest.connection = 0;
	return is_zero(&rest, sizeof(rest));
}

bool gamepad_hot_is_valid(const struct gamepad_hot *hot)
{
	if (hot->connected == 1)
		return hot->connection != 0 && are_moves_valid(hot);
	return is_blank(hot);
}

/* The lowest @count of 32 bits. */
static uint32_t low_bits(uint32_t count)
{
	return (uint32_t)(((uint64_t)1 << count) - 1);
}

static bool are_counts_valid(const struct gamepad_description *description)
{
	return description->axis_count <= SEALMEM_GAMEPAD_AXES &&
	       description->button_count <= SEALMEM_GAMEPAD_BUTTONS &&
	       (description->axes_used & ~low_bits(description->axis_count)) ==
		       0 &&
	       (description->buttons_used &
		~low_bits(description->button_count)) == 0;
}

bool gamepad_description_is_valid(const struct gamepad_description *description)
{
	bool valid =
		are_counts_valid(description) &&
		description->mapping <= SEALMEM_GAMEPAD_MAPPING_STANDARD &&
		description->hand <= SEALMEM_GAMEPAD_HAND_RIGHT &&
		description->actuator <=
			SEALMEM_GAMEPAD_ACTUATOR_TRIGGER_RUMBLE &&
		description->supports_touch <= 1 &&
		is_zero(description->reserved, sizeof(description->reserved)) &&
		memchr(description->id, '\0', SEALMEM_GAMEPAD_ID_SIZE) != NULL;

	for (int i = 0; i < SEALMEM_GAMEPAD_BUTTONS; i++)
		valid = valid && description->types[i] <=
					 SEALMEM_GAMEPAD_BUTTON_TRACKPAD;
	return valid;
}

/* --- split and join ------------------------------------------------------- */

static bool split_button(const struct sealmem_gamepad_button *button, int i,
			 struct gamepad_hot *hot,
			 struct gamepad_description *description)
{
	hot->values[i] = button->value;
	hot->press_counts[i] = button->press_count;
	hot->pressed |= (uint32_t)button->pressed << i;
	hot->touched |= (uint32_t)button->touched << i;
	description->types[i] = button->type;
	return button->pressed <= 1 && button->touched <= 1 &&
	       button->reserved == 0;
}

static void join_button(const struct gamepad_hot *hot,
			const struct gamepad_description *description, int i,
			struct sealmem_gamepad_button *ret_button)
{
	*ret_button = (struct sealmem_gamepad_button){
		.value = hot->values[i],
		.press_count = hot->press_counts[i],
		.pressed = hot->pressed >> i & 1,
		.touched = hot->touched >> i & 1,
		.type = description->types[i],
	};
}

/* Nothing that follows the terminator of the id. */
static void split_description(const struct sealmem_gamepad *pad,
			      struct gamepad_description *ret_description)
{
	*ret_description = (struct gamepad_description){
		.mapping = pad->mapping,
		.axis_count = pad->axis_count,
		.button_count = pad->button_count,
		.axes_used = pad->axes_used,
		.buttons_used = pad->buttons_used,
		.hand = pad->hand,
		.actuator = pad->actuator,
		.supports_touch = pad->supports_touch,
	};
	memcpy(ret_description->id, pad->id, strnlen(pad->id, sizeof(pad->id)));
}

static bool is_blank_pad(const struct sealmem_gamepad *pad)
{
	struct sealmem_gamepad rest = *pad;

	rest.sequence = 0;
	rest.connection = 0;
	return is_zero(&rest, sizeof(rest));
}

bool gamepad_split(const struct sealmem_gamepad *pad,
		   struct gamepad_hot *ret_hot,
		   struct gamepad_description *ret_description)
{
	bool valid = is_zero(pad->reserved, sizeof(pad->reserved));

	*ret_hot = (struct gamepad_hot){
		.event_time_us = pad->event_time_us,
		.publish_time_us = pad->publish_time_us,
		.connected = pad->connected,
		.touch_count = pad->touch_count,
		.pose = pad->pose,
	};
	split_description(pad, ret_description);
	memcpy(ret_hot->axes, pad->axes, sizeof(pad->axes));
	memcpy(ret_hot->touches, pad->touches, sizeof(pad->touches));
	for (int i = 0; i < SEALMEM_GAMEPAD_BUTTONS; i++)
		valid &= split_button(&pad->buttons[i], i, ret_hot,
				      ret_description);
	if (pad->connected != 1)
		return is_blank_pad(pad);
	return valid && are_moves_valid(ret_hot) &&
	       gamepad_description_is_valid(ret_description);
}

bool gamepad_is_valid(const struct sealmem_gamepad *pad)
{
	struct gamepad_description description;
	struct gamepad_hot hot;

	return gamepad_split(pad, &hot, &description);
}

void gamepad_join(const struct gamepad_hot *hot,
		  const struct gamepad_description *description,
		  struct sealmem_gamepad *ret_pad)
{
	*ret_pad = (struct sealmem_gamepad){
		.connected = hot->connected,
		.mapping = description->mapping,
		.axis_count = description->axis_count,
		.button_count = description->button_count,
		.touch_count = hot->touch_count,
		.connection = hot->connection,
		.sequence = hot->sequence,
		.event_time_us = hot->event_time_us,
		.publish_time_us = hot->publish_time_us,
		.axes_used = description->axes_used,
		.buttons_used = description->buttons_used,
		.hand = description->hand,
		.actuator = description->actuator,
		.supports_touch = (uint8_t)description->supports_touch,
		.pose = hot->pose,
	};
	memcpy(ret_pad->axes, hot->axes, sizeof(hot->axes));
	memcpy(ret_pad->touches, hot->touches, sizeof(hot->touches));
	memcpy(ret_pad->id, description->id, sizeof(description->id));
	for (int i = 0; i < SEALMEM_GAMEPAD_BUTTONS; i++)
		join_button(hot, description, i, &ret_pad->buttons[i]);
}
