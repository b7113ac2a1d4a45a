/* SPDX-License-Identifier: MIT */
/* Events that no device sends: whatever they are, the pad is in its range. */
#include <errno.h>
#include <limits.h>

#include "evdev_pad.h"

#define RANDOM_EVENTS 1000000

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
