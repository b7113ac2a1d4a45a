/* SPDX-License-Identifier: MIT */
/*
 * Pads for tests, and where they lie in shared memory. That is transcribed, not
 * taken from the library's types, so that a change shows here.
 */
#ifndef SELFTESTS_GAMEPAD_H
#define SELFTESTS_GAMEPAD_H

#include <sealmem/sealmem.h>
#include <string.h>

#include "harness.h"

/* ---- pads ------------------------------------------------------------ */

static inline uint32_t pad_word(uint32_t number, uint32_t which)
{
	return (number + which) * 2654435761u;
}

/* 0 to 1, in steps that a float has. */
static inline float pad_share(uint32_t number, uint32_t which)
{
	return (float)(pad_word(number, which) >> 12) / 1048576;
}

static inline void fill_moves(struct sealmem_gamepad *pad, uint32_t number)
{
	pad->touch_count = number % (SEALMEM_GAMEPAD_TOUCHES + 1);
	pad->event_time_us = pad_word(number, 1);
	pad->publish_time_us = pad_word(number, 2);
	for (uint32_t i = 0; i < SEALMEM_GAMEPAD_AXES; i++)
		pad->axes[i] = 2 * pad_share(number, i) - 1;
	for (uint32_t i = 0; i < SEALMEM_GAMEPAD_BUTTONS; i++) {
		pad->buttons[i].value = pad_share(number, i);
		pad->buttons[i].press_count = pad_word(number, i);
		pad->buttons[i].pressed = pad_word(number, i) >> 31;
		pad->buttons[i].touched = pad_word(number, i) >> 30 & 1;
	}
	for (uint32_t i = 0; i < SEALMEM_GAMEPAD_TOUCHES; i++)
		pad->touches[i] = (struct sealmem_gamepad_touch){
			.touch_id = pad_word(number, i),
			.surface_id = (uint8_t)(number + i),
			.has_surface_size = i % 2,
			.x = -pad_share(number, i),
			.y = pad_share(number, i),
			.surface_width = ~pad_word(number, i),
			.surface_height = number,
		};
}

static inline void fill_pose(struct sealmem_gamepad_pose *pose, uint32_t number)
{
	float values[19];

	pose->supported = SEALMEM_GAMEPAD_POSE_ALL;
	pose->valid = number % (SEALMEM_GAMEPAD_POSE_ALL + 1);
	for (uint32_t i = 0; i < 19; i++)
		values[i] = 3.0e38f * pad_share(number, i);
	memcpy(pose->orientation, values, 4 * sizeof(float));
	memcpy(pose->position, values + 4, 3 * sizeof(float));
	memcpy(pose->angular_velocity, values + 7, 3 * sizeof(float));
	memcpy(pose->linear_velocity, values + 10, 3 * sizeof(float));
	memcpy(pose->angular_acceleration, values + 13, 3 * sizeof(float));
	memcpy(pose->linear_acceleration, values + 16, 3 * sizeof(float));
}

/* So many can be told apart. */
#define DEVICES 57

/* 3 to 16 axes and 5 to 32 buttons: their number, too, tells pads apart. */
static inline void fill_description(struct sealmem_gamepad *pad,
				    uint32_t device)
{
	pad->mapping = device % 2;
	pad->axis_count = 3 + device % 14;
	pad->button_count = 5 + device % 28;
	pad->axes_used = (1u << pad->axis_count) - 1 - (device & 1);
	pad->buttons_used = pad_word(device, 0) >>
			    (SEALMEM_GAMEPAD_BUTTONS - pad->button_count);
	pad->hand = device % 3;
	pad->actuator = device / 3 % 3;
	pad->supports_touch = device / 2 % 2;
	for (uint32_t i = 0; i < SEALMEM_GAMEPAD_BUTTONS; i++)
		pad->buttons[i].type = (uint8_t)((device + i) % 3);
	/* The terminator is the last byte. */
	memset(pad->id, 'A' + (int)(device % DEVICES), SEALMEM_GAMEPAD_ID_SIZE - 1);
}

/* Every member follows from the two numbers: what moves, and what it is. */
static inline struct sealmem_gamepad make_pad(uint32_t device, uint32_t number)
{
	struct sealmem_gamepad pad = { .connected = 1 };

	fill_moves(&pad, number);
	fill_pose(&pad.pose, number);
	fill_description(&pad, device);
	return pad;
}

/* Is it one that make_pad() made, all of it? Disconnected ones are blank. */
static inline bool pad_is_whole(const struct sealmem_gamepad *pad)
{
	struct sealmem_gamepad wanted = { 0 };

	if (pad->connected)
		wanted = make_pad((uint32_t)(pad->id[0] - 'A'),
				  pad->touches[0].surface_height);
	wanted.connection = pad->connection;
	wanted.sequence = pad->sequence;
	return memcmp(pad, &wanted, sizeof(wanted)) == 0;
}

/* ---- where they lie -------------------------------------------------- */

#define HOT_CONNECTION	     24
#define HOT_CONNECTED	     28
#define HOT_TOUCH_COUNT	     32
#define HOT_RESERVED	     36
#define HOT_AXES	     64
#define HOT_BUTTONS	     128
#define HOT_TOUCHES	     512
#define HOT_POSE	     704
#define HOT_SIZE	     792

#define COLD_SIZE	     448
#define COLD_MAPPING	     4
#define COLD_AXIS_COUNT	     8
#define COLD_BUTTON_COUNT    12
#define COLD_AXES_USED	     16
#define COLD_BUTTONS_USED    20
#define COLD_HAND	     24
#define COLD_ACTUATOR	     28
#define COLD_SUPPORTS_TOUCH  32
#define COLD_RESERVED	     36
#define COLD_ID		     64

#define PART_SIZE	     896
#define FINGERPRINT	     0xd6d1ddd908d8eac4u

/* A hostile producer does not ask whether it may. */
static inline void plant(struct sealmem_gamepad_writer *writer, uint32_t part,
			 size_t offset, const void *data, size_t size)
{
	ASSERT_OK(sealmem_snapshot_write_range(&writer->snapshot, part,
					       (uint32_t)offset, data,
					       (uint32_t)size));
}

static inline uint32_t hot_part(uint32_t index)
{
	return index;
}

static inline uint32_t cold_part(const struct sealmem_gamepad_writer *writer,
				 uint32_t index)
{
	return sealmem_gamepad_writer_count(writer) + index;
}

#endif
