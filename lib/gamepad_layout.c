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

PIN(gamepad_hot, head, 0);
PIN(gamepad_hot, moves, 64);
PIN_SIZE(gamepad_hot, 792);

PIN(gamepad_head, sequence, 0);
PIN(gamepad_head, event_time_us, 8);
PIN(gamepad_head, publish_time_us, 16);
PIN(gamepad_head, connection, 24);
PIN(gamepad_head, connected, 28);
PIN(gamepad_head, touch_count, 32);
PIN(gamepad_head, reserved, 36);
PIN_SIZE(gamepad_head, 64);

PIN(gamepad_moves, axes, 0);
PIN(gamepad_moves, buttons, 64);
PIN(gamepad_moves, touches, 448);
PIN(gamepad_moves, pose, 640);
PIN_SIZE(gamepad_moves, 728);

PIN(gamepad_facts, connection, 0);
PIN(gamepad_facts, mapping, 4);
PIN(gamepad_facts, axis_count, 8);
PIN(gamepad_facts, button_count, 12);
PIN(gamepad_facts, axes_used, 16);
PIN(gamepad_facts, buttons_used, 20);
PIN(gamepad_facts, hand, 24);
PIN(gamepad_facts, actuator, 28);
PIN(gamepad_facts, supports_touch, 32);
PIN(gamepad_facts, reserved, 36);
PIN_SIZE(gamepad_facts, 64);

PIN(gamepad_description, facts, 0);
PIN(gamepad_description, id, 64);
PIN_SIZE(gamepad_description, 448);
PIN(gamepad_cold, descriptions, 0);
PIN_SIZE(gamepad_cold, 896);

PIN(sealmem_gamepad_button, value, 0);
PIN(sealmem_gamepad_button, press_count, 4);
PIN(sealmem_gamepad_button, pressed, 8);
PIN(sealmem_gamepad_button, touched, 9);
PIN(sealmem_gamepad_button, type, 10);
PIN(sealmem_gamepad_button, reserved, 11);
PIN_SIZE(sealmem_gamepad_button, 12);

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

/* What moves is copied as it is, both ways. */
#define MOVES_AT offsetof(struct sealmem_gamepad, axes)
#define PIN_MOVES(member)                                                      \
	_Static_assert(MOVES_AT + offsetof(struct gamepad_moves, member) ==    \
			       offsetof(struct sealmem_gamepad, member),       \
		       "one after the other")
PIN_MOVES(buttons);
PIN_MOVES(touches);
PIN_MOVES(pose);
_Static_assert(MOVES_AT + sizeof(struct gamepad_moves) ==
		       offsetof(struct sealmem_gamepad, id),
	       "and nothing else");

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
	for (size_t i = 0; i < count; i++)
		if (!is_between(values[i], low, high))
			return false;
	return true;
}

static bool is_button_valid(const struct sealmem_gamepad_button *button)
{
	return is_between(button->value, 0, 1) && button->pressed <= 1 &&
	       button->touched <= 1 &&
	       button->type <= SEALMEM_GAMEPAD_BUTTON_TRACKPAD &&
	       button->reserved == 0;
}

static bool is_touch_valid(const struct sealmem_gamepad_touch *touch)
{
	return is_between(touch->x, -1, 1) && is_between(touch->y, -1, 1) &&
	       touch->has_surface_size <= 1 &&
	       (touch->reserved[0] | touch->reserved[1]) == 0;
}

/* Most pads have none. */
static bool is_pose_valid(const struct sealmem_gamepad_pose *pose)
{
	const float finite = FLT_MAX;

	if (is_zero(pose, sizeof(*pose)))
		return true;
	return (pose->supported & ~(uint32_t)SEALMEM_GAMEPAD_POSE_ALL) == 0 &&
	       (pose->valid & ~pose->supported) == 0 && pose->reserved == 0 &&
	       are_between(pose->orientation, 4, -finite, finite) &&
	       are_between(pose->position, 3, -finite, finite) &&
	       are_between(pose->angular_velocity, 3, -finite, finite) &&
	       are_between(pose->linear_velocity, 3, -finite, finite) &&
	       are_between(pose->angular_acceleration, 3, -finite, finite) &&
	       are_between(pose->linear_acceleration, 3, -finite, finite);
}

static bool are_moves_valid(const struct gamepad_moves *moves)
{
	for (int i = 0; i < SEALMEM_GAMEPAD_BUTTONS; i++)
		if (!is_button_valid(&moves->buttons[i]))
			return false;
	for (int i = 0; i < SEALMEM_GAMEPAD_TOUCHES; i++)
		if (!is_touch_valid(&moves->touches[i]))
			return false;
	return are_between(moves->axes, SEALMEM_GAMEPAD_AXES, -1, 1) &&
	       is_pose_valid(&moves->pose);
}

/* Who may not see a pad must not have it in memory either. */
static bool is_blank(const struct gamepad_hot *hot)
{
	struct gamepad_head head = hot->head;

	head.sequence = 0;
	head.connection = 0;
	return is_zero(&head, sizeof(head)) &&
	       is_zero(&hot->moves, sizeof(hot->moves));
}

static bool is_head_valid(const struct gamepad_head *head)
{
	return head->connection != 0 &&
	       head->touch_count <= SEALMEM_GAMEPAD_TOUCHES &&
	       is_zero(head->reserved, sizeof(head->reserved));
}

bool gamepad_hot_is_valid(const struct gamepad_hot *hot)
{
	if (hot->head.connected != 1)
		return is_blank(hot);
	return is_head_valid(&hot->head) && are_moves_valid(&hot->moves);
}

/* The lowest @count of 32 bits. */
static uint32_t low_bits(uint32_t count)
{
	return (uint32_t)(((uint64_t)1 << count) - 1);
}

static bool are_counts_valid(const struct gamepad_facts *facts)
{
	return facts->axis_count <= SEALMEM_GAMEPAD_AXES &&
	       facts->button_count <= SEALMEM_GAMEPAD_BUTTONS &&
	       (facts->axes_used & ~low_bits(facts->axis_count)) == 0 &&
	       (facts->buttons_used & ~low_bits(facts->button_count)) == 0;
}

static bool are_facts_valid(const struct gamepad_facts *facts)
{
	return are_counts_valid(facts) &&
	       facts->mapping <= SEALMEM_GAMEPAD_MAPPING_STANDARD &&
	       facts->hand <= SEALMEM_GAMEPAD_HAND_RIGHT &&
	       facts->actuator <= SEALMEM_GAMEPAD_ACTUATOR_TRIGGER_RUMBLE &&
	       facts->supports_touch <= 1;
}

static bool is_text(const void *id)
{
	return memchr(id, '\0', SEALMEM_GAMEPAD_ID_SIZE) != NULL;
}

bool gamepad_description_is_valid(const struct gamepad_description *description)
{
	return are_facts_valid(&description->facts) &&
	       is_zero(description->facts.reserved,
		       sizeof(description->facts.reserved)) &&
	       is_text(description->id);
}

/* --- pads ----------------------------------------------------------------- */

struct gamepad_head gamepad_head_of(const struct sealmem_gamepad *pad,
				    uint32_t connection)
{
	return (struct gamepad_head){
		.event_time_us = pad->event_time_us,
		.publish_time_us = pad->publish_time_us,
		.connection = connection,
		.connected = pad->connected,
		.touch_count = pad->touch_count,
	};
}

const struct gamepad_moves *gamepad_moves_of(const struct sealmem_gamepad *pad)
{
	return (const void *)((const char *)pad + MOVES_AT);
}

static struct gamepad_facts facts_of(const struct sealmem_gamepad *pad,
				     uint32_t connection)
{
	return (struct gamepad_facts){
		.connection = connection,
		.mapping = pad->mapping,
		.axis_count = pad->axis_count,
		.button_count = pad->button_count,
		.axes_used = pad->axes_used,
		.buttons_used = pad->buttons_used,
		.hand = pad->hand,
		.actuator = pad->actuator,
		.supports_touch = pad->supports_touch,
	};
}

/* Nothing that follows the terminator of the id. */
struct gamepad_description
gamepad_description_of(const struct sealmem_gamepad *pad, uint32_t connection)
{
	struct gamepad_description description = {
		.facts = facts_of(pad, connection),
	};

	memcpy(description.id, pad->id, strnlen(pad->id, sizeof(pad->id)));
	return description;
}

static bool are_same_facts(const struct gamepad_facts *one,
			   const struct gamepad_facts *other)
{
	return one->mapping == other->mapping &&
	       one->axis_count == other->axis_count &&
	       one->button_count == other->button_count &&
	       one->axes_used == other->axes_used &&
	       one->buttons_used == other->buttons_used &&
	       one->hand == other->hand && one->actuator == other->actuator &&
	       one->supports_touch == other->supports_touch;
}

bool gamepad_is_described(const struct sealmem_gamepad *pad,
			  const struct gamepad_description *description)
{
	const struct gamepad_facts facts = facts_of(pad, 0);

	return are_same_facts(&facts, &description->facts) &&
	       strncmp(pad->id, (const char *)description->id,
		       sizeof(pad->id)) == 0;
}

bool gamepad_is_same(const struct sealmem_gamepad *before,
		     const struct sealmem_gamepad *now)
{
	const struct gamepad_description description =
		gamepad_description_of(before, 0);

	return gamepad_is_described(now, &description);
}

static bool is_blank_pad(const struct sealmem_gamepad *pad)
{
	struct sealmem_gamepad rest = *pad;

	rest.sequence = 0;
	rest.connection = 0;
	return is_zero(&rest, sizeof(rest));
}

bool gamepad_is_valid(const struct sealmem_gamepad *pad)
{
	struct gamepad_facts facts = facts_of(pad, pad->connection);

	if (pad->connected != 1)
		return is_blank_pad(pad);
	return pad->touch_count <= SEALMEM_GAMEPAD_TOUCHES &&
	       are_facts_valid(&facts) && is_text(pad->id) &&
	       is_zero(pad->reserved, sizeof(pad->reserved)) &&
	       are_moves_valid(gamepad_moves_of(pad));
}

void gamepad_join(const struct gamepad_hot *hot,
		  const struct gamepad_description *description,
		  struct sealmem_gamepad *ret_pad)
{
	ret_pad->connected = hot->head.connected;
	ret_pad->mapping = description->facts.mapping;
	ret_pad->axis_count = description->facts.axis_count;
	ret_pad->button_count = description->facts.button_count;
	ret_pad->touch_count = hot->head.touch_count;
	ret_pad->connection = hot->head.connection;
	ret_pad->sequence = hot->head.sequence;
	ret_pad->event_time_us = hot->head.event_time_us;
	ret_pad->publish_time_us = hot->head.publish_time_us;
	ret_pad->axes_used = description->facts.axes_used;
	ret_pad->buttons_used = description->facts.buttons_used;
	ret_pad->hand = description->facts.hand;
	ret_pad->actuator = description->facts.actuator;
	ret_pad->supports_touch = (uint8_t)description->facts.supports_touch;
	memset(ret_pad->reserved, 0, sizeof(ret_pad->reserved));
	memcpy((char *)ret_pad + MOVES_AT, &hot->moves, sizeof(hot->moves));
	memcpy(ret_pad->id, description->id, sizeof(description->id));
}
