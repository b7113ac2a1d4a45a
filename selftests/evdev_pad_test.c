/* SPDX-License-Identifier: MIT */
/* From events to a pad: frames, presses, fingers, and events that were lost. */
#include <limits.h>

#include "evdev_pad.h"

static uint32_t presses(const struct sealmem_gamepad *pad)
{
	uint32_t sum = 0;

	for (int i = 0; i < SEALMEM_GAMEPAD_BUTTONS; i++)
		sum += pad->buttons[i].press_count;
	return sum;
}

/* ---- the ordinary ------------------------------------------------------- */

TEST_F(pad, begins_at_rest)
{
	EXPECT_EQ(1, self->seen.connected);
	EXPECT_EQ(SEALMEM_GAMEPAD_MAPPING_STANDARD, self->seen.mapping);
	EXPECT_EQ(4, self->seen.axis_count);
	EXPECT_EQ(17, self->seen.button_count);
	EXPECT_EQ(0xf, self->seen.axes_used);
	EXPECT_EQ(0x1ffff, self->seen.buttons_used);
	EXPECT_EQ(0, self->seen.publish_time_us);
	EXPECT_EQ(0, presses(&self->seen));
	EXPECT_STREQ("Pad (STANDARD GAMEPAD Vendor: 045e Product: 028e)",
		     self->seen.id);
	for (int i = 0; i < 17; i++) {
		EXPECT_EQ(SEALMEM_GAMEPAD_BUTTON_STANDARD,
			  self->seen.buttons[i].type);
		EXPECT_FALSE(self->seen.buttons[i].pressed);
	}
}

TEST(what_is_held_at_the_beginning_was_not_pressed)
{
	struct libevdev *device = made_xbox_pad();
	struct input_event up = made_event(EV_KEY, BTN_A, 0);
	struct input_event down = made_event(EV_KEY, BTN_A, 1);
	struct input_event end = made_event(EV_SYN, SYN_REPORT, 0);
	struct sealmem_gamepad seen;
	struct evdev_pad pad;

	libevdev_set_event_value(device, EV_KEY, BTN_A, 1);
	libevdev_set_event_value(device, EV_ABS, ABS_Z, 255);
	libevdev_set_event_value(device, EV_ABS, ABS_X, -32768);
	ASSERT_OK(evdev_pad_init(&pad, device, NULL));
	EXPECT_TRUE(pad.state.axes[0] == -1);
	EXPECT_TRUE(pad.state.buttons[0].pressed);
	EXPECT_TRUE(pad.state.buttons[6].pressed);
	EXPECT_EQ(0, presses(&pad.state));
	evdev_pad_event(&pad, &up, NULL);
	ASSERT_TRUE(evdev_pad_event(&pad, &end, &seen));
	EXPECT_FALSE(seen.buttons[0].pressed);
	EXPECT_EQ(0, presses(&seen));
	evdev_pad_event(&pad, &down, NULL);
	ASSERT_TRUE(evdev_pad_event(&pad, &end, &seen));
	EXPECT_EQ(1, seen.buttons[0].press_count);
	EXPECT_EQ(1, presses(&seen));
	libevdev_free(device);
}

TEST(what_is_no_gamepad_is_refused)
{
	struct libevdev *device = made_xbox_pad();
	struct evdev_pad pad;

	libevdev_enable_property(device, INPUT_PROP_ACCELEROMETER);
	EXPECT_ERR(EMEDIUMTYPE, evdev_pad_init(&pad, device, NULL));
	libevdev_free(device);
}

/* Not one event before its frame is over. */
TEST_F(pad, a_frame_is_all_or_nothing)
{
	const struct sealmem_gamepad before = self->pad.state;

	EXPECT_FALSE(play(self, EV_ABS, ABS_X, 32767));
	EXPECT_FALSE(play(self, EV_KEY, BTN_A, 1));
	EXPECT_FALSE(play(self, EV_ABS, ABS_Y, -32768));
	EXPECT_MEMEQ(&before, &self->pad.state, sizeof(before));
	EXPECT_MEMEQ(&before, &self->seen, sizeof(before));
	EXPECT_TRUE(report(self));
	EXPECT_TRUE(self->seen.axes[0] == 1 && self->seen.axes[1] == -1);
	EXPECT_TRUE(self->seen.buttons[0].pressed);
}

TEST_F(pad, a_press_inside_one_frame_is_counted)
{
	for (uint32_t i = 1; i <= 3; i++) {
		play(self, EV_KEY, BTN_B, 1);
		play(self, EV_KEY, BTN_B, 0);
		report(self);
		EXPECT_FALSE(self->seen.buttons[1].pressed);
		EXPECT_EQ(i, self->seen.buttons[1].press_count);
	}
	EXPECT_EQ(3, presses(&self->seen));
}

TEST_F(pad, auto_repeat_is_no_press)
{
	play(self, EV_KEY, BTN_A, 1);
	report(self);
	for (int i = 0; i < 3; i++) {
		play(self, EV_KEY, BTN_A, 2);
		report(self);
		EXPECT_TRUE(self->seen.buttons[0].pressed);
	}
	EXPECT_EQ(1, presses(&self->seen));
	play(self, EV_KEY, BTN_A, 0);
	report(self);
	EXPECT_FALSE(self->seen.buttons[0].pressed);
	/* The press was lost, its repeat was not. */
	play(self, EV_KEY, BTN_A, 2);
	report(self);
	EXPECT_TRUE(self->seen.buttons[0].pressed);
	EXPECT_EQ(2, presses(&self->seen));
}

/* Of an axis that is a button, frames count, not events. */
TEST_F(pad, axes_that_are_buttons_are_counted_by_frame)
{
	for (uint32_t i = 1; i <= 3; i++) {
		play(self, EV_ABS, ABS_RZ, 255);
		play(self, EV_ABS, ABS_RZ, 30);
		play(self, EV_ABS, ABS_RZ, 31);
		report(self);
		EXPECT_TRUE(self->seen.buttons[7].pressed);
		play(self, EV_ABS, ABS_RZ, 200);
		report(self);
		EXPECT_EQ(i, self->seen.buttons[7].press_count);
		play(self, EV_ABS, ABS_RZ, 30);
		report(self);
		EXPECT_TRUE(self->seen.buttons[7].touched);
		EXPECT_FALSE(self->seen.buttons[7].pressed);
	}
	EXPECT_EQ(3, presses(&self->seen));
}

TEST_F(pad, the_hat_is_four_buttons)
{
	play(self, EV_ABS, ABS_HAT0X, -1);
	play(self, EV_ABS, ABS_HAT0Y, 1);
	report(self);
	EXPECT_TRUE(self->seen.buttons[13].pressed);
	EXPECT_TRUE(self->seen.buttons[14].pressed);
	play(self, EV_ABS, ABS_HAT0X, 1);
	report(self);
	EXPECT_FALSE(self->seen.buttons[14].pressed);
	EXPECT_EQ(1, self->seen.buttons[15].press_count);
	EXPECT_EQ(3, presses(&self->seen));
}

static uint64_t time_given(struct th_self_pad *self, int64_t seconds,
			   int64_t us)
{
	struct input_event event = made_event(EV_SYN, SYN_REPORT, 0);

	event.input_event_sec = (__typeof__(event.input_event_sec))seconds;
	event.input_event_usec = (__typeof__(event.input_event_usec))us;
	EXPECT_TRUE(evdev_pad_event(&self->pad, &event, &self->seen));
	return self->seen.event_time_us;
}

TEST_F(pad, times_are_the_events_or_none)
{
	EXPECT_EQ(0, time_given(self, 0, 0));
	EXPECT_EQ(5000007, time_given(self, 5, 7));
	EXPECT_EQ(0, time_given(self, -1, 0));
	EXPECT_EQ(0, time_given(self, 5, -1));
	EXPECT_EQ(0, time_given(self, 5, 1000000));
	EXPECT_EQ(UINT64_C(2147483647999999), time_given(self, INT32_MAX, 999999));
	/* Where time has but 32 bits these are negative, or short. */
	if (sizeof(((struct input_event *)0)->input_event_sec) < 8)
		return;
	EXPECT_EQ(0, time_given(self, INT64_MAX, 0));
	EXPECT_EQ(0, time_given(self, INT64_MIN, 0));
	EXPECT_EQ(0, time_given(self, 0, INT64_MAX));
	EXPECT_EQ(0, time_given(self, 0, INT64_MIN));
	EXPECT_EQ(0, time_given(self, INT64_MAX / 1000000, 999999));
	EXPECT_EQ(UINT64_C(9223372036853999999),
		  time_given(self, INT64_MAX / 1000000 - 1, 999999));
}

/* ---- fingers ------------------------------------------------------------ */

static struct libevdev *make_pad_with_surface(void)
{
	struct libevdev *device = made_xbox_pad();

	made_axis(device, ABS_MT_SLOT, 0, 9, 0);
	made_axis(device, ABS_MT_TRACKING_ID, 0, 65535, 0);
	made_axis(device, ABS_MT_POSITION_X, 0, 1919, 0);
	made_axis(device, ABS_MT_POSITION_Y, 0, 941, 0);
	return device;
}

static void touch(struct th_self_pad *self, int slot, int id, int x, int y)
{
	play(self, EV_ABS, ABS_MT_SLOT, slot);
	play(self, EV_ABS, ABS_MT_TRACKING_ID, id);
	play(self, EV_ABS, ABS_MT_POSITION_X, x);
	play(self, EV_ABS, ABS_MT_POSITION_Y, y);
}

TEST(fingers_are_members_of_the_pad)
{
	struct th_self_pad self = { .device = make_pad_with_surface() };

	ASSERT_OK(evdev_pad_init(&self.pad, self.device, NULL));
	EXPECT_EQ(1, self.pad.state.supports_touch);
	EXPECT_EQ(0, self.pad.state.touch_count);
	touch(&self, 0, 7, 0, 941);
	touch(&self, 1, 8, 1919, 0);
	EXPECT_TRUE(report(&self));
	ASSERT_EQ(2, self.seen.touch_count);
	EXPECT_EQ(7, self.seen.touches[0].touch_id);
	EXPECT_TRUE(self.seen.touches[0].x == -1 && self.seen.touches[0].y == 1);
	EXPECT_TRUE(self.seen.touches[1].x == 1 && self.seen.touches[1].y == -1);
	EXPECT_EQ(1, self.seen.touches[0].has_surface_size);
	EXPECT_EQ(1920, self.seen.touches[0].surface_width);
	EXPECT_EQ(942, self.seen.touches[0].surface_height);
	play(&self, EV_ABS, ABS_MT_SLOT, 0);
	play(&self, EV_ABS, ABS_MT_TRACKING_ID, -1);
	EXPECT_TRUE(report(&self));
	ASSERT_EQ(1, self.seen.touch_count);
	EXPECT_EQ(8, self.seen.touches[0].touch_id);
	EXPECT_EQ(0, self.seen.touches[1].touch_id);
	libevdev_free(self.device);
}

/* As many as a pad holds, and not one that is in no slot. */
TEST(more_fingers_than_there_are)
{
	static const int slots[] = { -1, INT_MIN, INT_MAX, 16, 1000 };
	struct th_self_pad self = { .device = make_pad_with_surface() };

	ASSERT_OK(evdev_pad_init(&self.pad, self.device, NULL));
	for (size_t i = 0; i < sizeof(slots) / sizeof(slots[0]); i++)
		touch(&self, slots[i], 5, INT_MAX, INT_MIN);
	EXPECT_TRUE(report(&self));
	EXPECT_EQ(0, self.seen.touch_count);
	for (int i = 0; i < 10; i++)
		touch(&self, i, 100 + i, INT_MAX, INT_MIN);
	EXPECT_TRUE(report(&self));
	ASSERT_EQ(SEALMEM_GAMEPAD_TOUCHES, self.seen.touch_count);
	for (uint32_t i = 0; i < SEALMEM_GAMEPAD_TOUCHES; i++) {
		EXPECT_EQ(100 + i, self.seen.touches[i].touch_id);
		EXPECT_TRUE(self.seen.touches[i].x == 1);
		EXPECT_TRUE(self.seen.touches[i].y == -1);
	}
	libevdev_free(self.device);
}

/* ---- events that were lost ---------------------------------------------- */

/* What is left of a frame is not applied, nor does it count. */
TEST_F(pad, the_rest_of_a_lost_frame_is_ignored)
{
	play(self, EV_KEY, BTN_A, 1);
	report(self);
	EXPECT_FALSE(self->pad.lost);
	EXPECT_FALSE(play(self, EV_SYN, SYN_DROPPED, 0));
	EXPECT_TRUE(self->pad.lost);
	play(self, EV_KEY, BTN_B, 1);
	play(self, EV_ABS, ABS_X, 32767);
	EXPECT_FALSE(report(self));
	play(self, EV_KEY, BTN_X, 1);
	EXPECT_TRUE(report(self));
	EXPECT_TRUE(self->seen.buttons[0].pressed);
	EXPECT_FALSE(self->seen.buttons[1].pressed);
	EXPECT_TRUE(self->seen.buttons[2].pressed);
	EXPECT_TRUE(self->seen.axes[0] > -0.001f && self->seen.axes[0] < 0.001f);
	EXPECT_EQ(2, presses(&self->seen));
	/* That is for who reads the device. */
	EXPECT_TRUE(self->pad.lost);
}

/* The release went missing, the next press did not. */
TEST_F(pad, a_press_of_what_seems_down_is_a_press)
{
	play(self, EV_KEY, BTN_A, 1);
	report(self);
	play(self, EV_SYN, SYN_DROPPED, 0);
	report(self);
	play(self, EV_KEY, BTN_A, 1);
	report(self);
	EXPECT_TRUE(self->seen.buttons[0].pressed);
	EXPECT_EQ(2, presses(&self->seen));
}

TEST_F(pad, dropped_in_the_middle_of_a_frame)
{
	play(self, EV_ABS, ABS_X, 32767);
	play(self, EV_SYN, SYN_DROPPED, 0);
	play(self, EV_SYN, SYN_DROPPED, 0);
	EXPECT_FALSE(report(self));
	EXPECT_TRUE(report(self));
	EXPECT_TRUE(self->seen.axes[0] == 1);
}

TH_MAIN
