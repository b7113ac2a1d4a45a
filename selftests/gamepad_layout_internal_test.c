/* SPDX-License-Identifier: MIT */
/*
 * The layout of gamepads in shared memory has a name: its fingerprint. It
 * follows from the members, so whoever changes them finds out here that the
 * fingerprint has to change, and readers built before find out when attaching.
 */
#include <sealmem/sealmem.h>

#include "harness.h"
#include "lib/gamepad_layout.h"

#define HOT(member)	 SEALMEM_FIELD(struct gamepad_hot, member)
#define HOT_ARRAY(member) SEALMEM_FIELD_ARRAY(struct gamepad_hot, member)
#define TEXT(member)	 SEALMEM_FIELD(struct gamepad_description, member)
#define TEXT_ARRAY(member) \
	SEALMEM_FIELD_ARRAY(struct gamepad_description, member)

#define TOUCH(number)							\
	HOT(moves.touches[number].touch_id),					\
	HOT(moves.touches[number].surface_id),				\
	HOT(moves.touches[number].has_surface_size),				\
	HOT_ARRAY(moves.touches[number].reserved),				\
	HOT(moves.touches[number].x),						\
	HOT(moves.touches[number].y),						\
	HOT(moves.touches[number].surface_width),				\
	HOT(moves.touches[number].surface_height)

#define BUTTON(number)							\
	HOT(moves.buttons[number].value),				\
	HOT(moves.buttons[number].press_count),				\
	HOT(moves.buttons[number].pressed),				\
	HOT(moves.buttons[number].touched),				\
	HOT(moves.buttons[number].type),				\
	HOT(moves.buttons[number].reserved)

#define EIGHT(what, first)						\
	what(first), what(first + 1), what(first + 2), what(first + 3),	\
	what(first + 4), what(first + 5), what(first + 6), what(first + 7)

static const struct sealmem_field hot_fields[] = {
	HOT(head.sequence),
	HOT(head.event_time_us),
	HOT(head.publish_time_us),
	HOT(head.connection),
	HOT(head.connected),
	HOT(head.touch_count),
	HOT_ARRAY(head.reserved),
	HOT_ARRAY(moves.axes),
	EIGHT(BUTTON, 0), EIGHT(BUTTON, 8), EIGHT(BUTTON, 16),
	EIGHT(BUTTON, 24),
	EIGHT(TOUCH, 0),
	HOT(moves.pose.supported),
	HOT(moves.pose.valid),
	HOT(moves.pose.reserved),
	HOT_ARRAY(moves.pose.orientation),
	HOT_ARRAY(moves.pose.position),
	HOT_ARRAY(moves.pose.angular_velocity),
	HOT_ARRAY(moves.pose.linear_velocity),
	HOT_ARRAY(moves.pose.angular_acceleration),
	HOT_ARRAY(moves.pose.linear_acceleration),
};

static const struct sealmem_field text_fields[] = {
	TEXT(facts.connection),
	TEXT(facts.mapping),
	TEXT(facts.axis_count),
	TEXT(facts.button_count),
	TEXT(facts.axes_used),
	TEXT(facts.buttons_used),
	TEXT(facts.hand),
	TEXT(facts.actuator),
	TEXT(facts.supports_touch),
	TEXT_ARRAY(facts.reserved),
	TEXT_ARRAY(id),
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Not a byte of it is in no field: that would be refused. */
TEST(fingerprint_is_of_the_members)
{
	uint64_t hot = 0, text = 0;

	ASSERT_OK(sealmem_structured_fingerprint(
		hot_fields, COUNT(hot_fields), sizeof(struct gamepad_hot),
		&hot));
	ASSERT_OK(sealmem_structured_fingerprint(
		text_fields, COUNT(text_fields),
		sizeof(struct gamepad_description), &text));
	TH_LOG("%#llx", (unsigned long long)(hot ^ text));
	EXPECT_EQ(GAMEPAD_FINGERPRINT, hot ^ text);
}

TH_MAIN
