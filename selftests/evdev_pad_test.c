/* SPDX-License-Identifier: MIT */
/* From events to a pad: frames, presses, lost events, and any nonsense. */
#include <limits.h>
#include <math.h>

#include "evdev_made.h"
#include "harness.h"
#include "tools/gamepad/evdev_pad.h"

#define RANDOM_EVENTS 1000000

FIXTURE(pad)
{
	struct libevdev *device;
	struct evdev_pad pad;
	struct sealmem_gamepad seen;
};

FIXTURE_SETUP(pad)
{
	self->device = made_xbox_pad();
	ASSERT_OK(evdev_pad_init(&self->pad, self->device, NULL));
	self->seen = self->pad.state;
}

FIXTURE_TEARDOWN(pad)
{
	libevdev_free(self->device);
}

/* True if a frame ended. */
static bool play(struct th_self_pad *self, unsigned int type,
		 unsigned int code, int value)
{
	const struct input_event event = made_event(type, code, value);

	return evdev_pad_event(&self->pad, &event, &self->seen);
}

static bool report(struct th_self_pad *self)
{
	return play(self, EV_SYN, SYN_REPORT, 0);
}

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

/* ---- nonsense ----------------------------------------------------------- */

static bool is_between(float value, float low, float high)
{
	/* Not a number is never. */
	return value >= low && value <= high;
}

/* Logs what is out of its range. */
static bool is_in_range(const struct sealmem_gamepad *pad)
{
	bool good = pad->connected == 1 && pad->reserved[0] == 0 &&
		    pad->axis_count <= SEALMEM_GAMEPAD_AXES &&
		    pad->button_count <= SEALMEM_GAMEPAD_BUTTONS &&
		    pad->touch_count <= SEALMEM_GAMEPAD_TOUCHES;

	for (unsigned int i = 0; i < SEALMEM_GAMEPAD_AXES; i++)
		good &= is_between(pad->axes[i], -1, 1);
	for (unsigned int i = 0; i < SEALMEM_GAMEPAD_BUTTONS; i++) {
		const struct sealmem_gamepad_button *b = &pad->buttons[i];

		good &= is_between(b->value, 0, 1) && b->pressed <= 1 &&
			b->touched <= 1 && b->pressed <= b->touched &&
			b->type <= SEALMEM_GAMEPAD_BUTTON_TRACKPAD;
	}
	for (unsigned int i = 0; i < SEALMEM_GAMEPAD_TOUCHES; i++)
		good &= is_between(pad->touches[i].x, -1, 1) &&
			is_between(pad->touches[i].y, -1, 1);
	return good;
}

TEST_F(pad, codes_that_the_device_does_not_have)
{
	static const struct {
		unsigned int type, code;
	} strange[] = {
		{ EV_KEY, BTN_C },	{ EV_KEY, KEY_MAX },
		{ EV_KEY, KEY_CNT },	{ EV_KEY, 0xffff },
		{ EV_ABS, ABS_WHEEL },	{ EV_ABS, ABS_MAX },
		{ EV_ABS, ABS_CNT },	{ EV_ABS, 0xffff },
		{ EV_ABS, ABS_MT_SLOT }, { EV_ABS, ABS_MT_TRACKING_ID },
		{ EV_REL, REL_X },	{ EV_MSC, MSC_SCAN },
		{ EV_SW, SW_LID },	{ EV_LED, LED_NUML },
		{ EV_FF, FF_RUMBLE },	{ EV_MAX, 0 },
		{ EV_CNT, 1 },		{ 0xffff, 0xffff },
		{ EV_SYN, SYN_CONFIG }, { EV_SYN, SYN_MT_REPORT },
		{ EV_SYN, 0xffff },
	};
	static const int values[] = { 0, 1, 2, -1, INT_MAX, INT_MIN };
	struct sealmem_gamepad before = self->seen;

	for (size_t i = 0; i < sizeof(strange) / sizeof(strange[0]); i++)
		for (size_t j = 0; j < 6; j++)
			EXPECT_FALSE(play(self, strange[i].type,
					  strange[i].code, values[j]));
	EXPECT_TRUE(report(self));
	EXPECT_MEMEQ(&before, &self->seen, sizeof(before));
}

TEST_F(pad, keys_of_any_value)
{
	static const int values[] = { 3, -1, INT_MAX, INT_MIN };

	for (size_t i = 0; i < 4; i++) {
		play(self, EV_KEY, BTN_A, values[i]);
		report(self);
		EXPECT_TRUE(self->seen.buttons[0].value == 1);
		EXPECT_EQ(i + 1, self->seen.buttons[0].press_count);
		play(self, EV_KEY, BTN_A, 0);
		report(self);
		EXPECT_TRUE(self->seen.buttons[0].value == 0);
	}
}

/* A pad whose left stick has this range, at that value. */
static float scaled(int min, int max, int value)
{
	struct libevdev *device = made_xbox_pad();
	const struct input_event move = made_event(EV_ABS, ABS_X, value);
	const struct input_event end = made_event(EV_SYN, SYN_REPORT, 0);
	struct sealmem_gamepad seen;
	struct evdev_pad pad;

	made_axis(device, ABS_X, min, max, min);
	ASSERT_OK(evdev_pad_init(&pad, device, NULL));
	evdev_pad_event(&pad, &move, NULL);
	ASSERT_TRUE(evdev_pad_event(&pad, &end, &seen));
	libevdev_free(device);
	return seen.axes[0];
}

TEST(ranges_to_their_ends)
{
	static const struct {
		int min, max, value;
		float wanted;
	} cases[] = {
		{ -32768, 32767, 32767, 1 },
		{ -32768, 32767, -32768, -1 },
		{ 0, 255, 255, 1 },
		{ 0, 255, 0, -1 },
		{ 0, 2, 1, 0 },
		{ INT_MIN, INT_MAX, INT_MAX, 1 },
		{ INT_MIN, INT_MAX, INT_MIN, -1 },
		{ INT_MIN, INT_MIN + 2, INT_MIN + 1, 0 },
		{ INT_MAX - 2, INT_MAX, INT_MAX - 1, 0 },
		/* The kernel holds nobody to the range. */
		{ -32768, 32767, 40000, 1 },
		{ -32768, 32767, -40000, -1 },
		{ 0, 255, INT_MIN, -1 },
		{ 0, 255, INT_MAX, 1 },
		{ INT_MAX - 1, INT_MAX, INT_MIN, -1 },
		{ INT_MIN, INT_MIN + 1, INT_MAX, 1 },
		/* No range at all, or upside down. */
		{ 7, 7, 7, 0 },
		{ 7, 7, 6, 0 },
		{ 0, 0, INT_MAX, 0 },
		{ INT_MAX, INT_MIN, 0, 0 },
		{ 100, -100, 50, 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		float found = scaled(cases[i].min, cases[i].max,
				     cases[i].value);

		if (found != cases[i].wanted)
			TH_LOG("%d of %d to %d: %g", cases[i].value,
			       cases[i].min, cases[i].max, (double)found);
		EXPECT_TRUE(found == cases[i].wanted);
	}
}

/* ---- chance ------------------------------------------------------------- */

static uint64_t chance_state = 0x9e3779b97f4a7c15;

static uint32_t chance(uint32_t below)
{
	chance_state ^= chance_state << 13;
	chance_state ^= chance_state >> 7;
	chance_state ^= chance_state << 17;
	return (uint32_t)(chance_state >> 32) % below;
}

static int any_value(void)
{
	static const int edges[] = { 0, 1, 2, -1, 127, 255, 32767, -32768,
				     INT_MAX, INT_MIN, INT_MAX - 1 };
	uint32_t i = chance(16);

	return i < 11 ? edges[i] : (int)chance(UINT32_MAX);
}

/* Mostly what pads have, with ranges that none has. */
static struct libevdev *any_device(void)
{
	struct libevdev *device = libevdev_new();

	ASSERT_NOT_NULL(device);
	made_keys(device, BTN_SOUTH, BTN_SOUTH);
	for (unsigned int code = BTN_MISC; code <= BTN_TRIGGER_HAPPY40; code++)
		if (chance(8) == 0)
			made_keys(device, code, code);
	for (unsigned int code = 0; code < ABS_CNT; code++)
		if (code != ABS_MT_SLOT && chance(2) == 0)
			made_axis(device, code, any_value(), any_value(),
				 any_value());
	/* libevdev has memory for that many. */
	made_axis(device, ABS_MT_SLOT, 0, (int)chance(20) - 1, any_value());
	return device;
}

static struct input_event any_event(void)
{
	switch (chance(16)) {
	case 0 ... 3:
		return made_event(EV_SYN,
				  chance(4) ? SYN_REPORT : chance(SYN_CNT),
				  any_value());
	case 4 ... 7:
		return made_event(EV_KEY, BTN_MISC + chance(0x200),
				  (int)chance(3));
	case 8 ... 13:
		return made_event(EV_ABS, chance(ABS_CNT), any_value());
	case 14:
		return made_event(chance(EV_CNT), chance(KEY_CNT), any_value());
	default:
		return made_event(chance(0x10000), chance(0x10000),
				  any_value());
	}
}

/* And the library takes it: what it refuses would never be published. */
static void publish(struct sealmem_gamepad_writer *writer,
		    const struct sealmem_gamepad *pad)
{
	struct sealmem_gamepad given = *pad;

	given.publish_time_us = 1;
	ASSERT_OK(sealmem_gamepad_write(writer, 0, &given));
}

TEST_TIMEOUT(a_million_events_of_chance, 120)
{
	struct sealmem_readonly_region region = { 0 };
	struct sealmem_gamepad_writer writer = { 0 };
	struct libevdev *device = NULL;
	struct evdev_pad pad;
	int ret = sealmem_gamepad_writer_create(1, NULL, &region, &writer);
	int frames = 0;

	if (ret == -EOPNOTSUPP)
		SKIP("this kernel cannot seal live memory");
	ASSERT_OK(ret);
	for (int i = 0; i < RANDOM_EVENTS; i++) {
		struct input_event event = any_event();
		struct sealmem_gamepad seen;

		if (i % 10000 == 0) {
			libevdev_free(device);
			device = any_device();
			ret = evdev_pad_init(&pad, device, NULL);
			/* Chance made a touchpad of it; then again. */
			ASSERT_OK(ret);
			ASSERT_TRUE(is_in_range(&pad.state));
		}
		if (!evdev_pad_event(&pad, &event, &seen))
			continue;
		ASSERT_TRUE(is_in_range(&seen));
		publish(&writer, &seen);
		frames++;
	}
	/* It was not for nothing. */
	EXPECT_GT(frames, RANDOM_EVENTS / 100);
	libevdev_free(device);
	sealmem_gamepad_writer_close(&writer);
	sealmem_readonly_region_close(&region);
}

TH_MAIN
