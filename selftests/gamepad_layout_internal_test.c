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
	HOT(touches[number].touch_id),					\
	HOT(touches[number].surface_id),				\
	HOT(touches[number].has_surface_size),				\
	HOT_ARRAY(touches[number].reserved),				\
	HOT(touches[number].x),						\
	HOT(touches[number].y),						\
	HOT(touches[number].surface_width),				\
	HOT(touches[number].surface_height)

static const struct sealmem_field hot_fields[] = {
	HOT(sequence),
	HOT(event_time_us),
	HOT(publish_time_us),
	HOT(connection),
	HOT(connected),
	HOT(pressed),
	HOT(touched),
	HOT(touch_count),
	HOT_ARRAY(reserved),
	HOT_ARRAY(axes),
	HOT_ARRAY(values),
	HOT_ARRAY(press_counts),
	TOUCH(0), TOUCH(1), TOUCH(2), TOUCH(3),
	TOUCH(4), TOUCH(5), TOUCH(6), TOUCH(7),
	HOT(pose.supported),
	HOT(pose.valid),
	HOT(pose.reserved),
	HOT_ARRAY(pose.orientation),
	HOT_ARRAY(pose.position),
	HOT_ARRAY(pose.angular_velocity),
	HOT_ARRAY(pose.linear_velocity),
	HOT_ARRAY(pose.angular_acceleration),
	HOT_ARRAY(pose.linear_acceleration),
};

static const struct sealmem_field text_fields[] = {
	TEXT(connection),
	TEXT(mapping),
	TEXT(axis_count),
	TEXT(button_count),
	TEXT(axes_used),
	TEXT(buttons_used),
	TEXT(hand),
	TEXT(actuator),
	TEXT_ARRAY(types),
	TEXT_ARRAY(id),
	TEXT(supports_touch),
	TEXT_ARRAY(reserved),
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
