/* SPDX-License-Identifier: MIT */
/*
 * What consumers make of two samples. Cases 75 to 91 are what Chromium's tests
 * of the same question ask; the others are about what it has no words for: pads
 * that are replaced, and presses between two samples.
 */
#include <sealmem/sealmem.h>
#include <string.h>

#include "harness.h"

#define EACH (SEALMEM_GAMEPAD_EACH_AXIS | SEALMEM_GAMEPAD_EACH_BUTTON)

static struct sealmem_gamepad neutral(void)
{
	return (struct sealmem_gamepad){
		.connected = 1,
		.connection = 1,
		.axis_count = 1,
		.button_count = 1,
		.axes_used = 1,
		.buttons_used = 1,
	};
}

static struct sealmem_gamepad with_axis(float value)
{
	struct sealmem_gamepad pad = neutral();

	pad.axes[0] = value;
	return pad;
}

static struct sealmem_gamepad with_button(bool pressed, bool touched,
					  float value)
{
	struct sealmem_gamepad pad = neutral();

	pad.buttons[0] = (struct sealmem_gamepad_button){
		.value = value, .pressed = pressed, .touched = touched,
	};
	return pad;
}

#define TILTED		with_axis(0.95f)
#define TOUCHED		with_button(false, true, 0.1f)
#define JUST_DOWN	with_button(true, true, 0.25f)
#define DOWN		with_button(true, true, 1)

/* ---- activation ------------------------------------------------------ */

static bool activates(struct sealmem_gamepad pad)
{
	return sealmem_gamepad_has_activation(&pad, 1);
}

TEST(case_75_empty_list_causes_no_activation)
{
	EXPECT_FALSE(sealmem_gamepad_has_activation(NULL, 0));
}

TEST(case_76_neutral_gamepad_causes_no_activation)
{
	EXPECT_FALSE(activates(neutral()));
}

TEST(case_77_axis_tilt_causes_no_activation)
{
	EXPECT_FALSE(activates(TILTED));
	EXPECT_FALSE(activates(with_axis(1)));
}

TEST(case_78_button_down_causes_activation)
{
	EXPECT_TRUE(activates(DOWN));
	EXPECT_FALSE(activates(JUST_DOWN));
	EXPECT_FALSE(activates(with_button(true, true, 0.9f)));
	EXPECT_TRUE(activates(with_button(true, true, 0.91f)));
}

TEST(only_what_is_there_activates)
{
	struct sealmem_gamepad pads[3] = { neutral(), DOWN, DOWN };

	pads[1].connected = 0;
	pads[2].button_count = 0;
	EXPECT_FALSE(sealmem_gamepad_has_activation(pads, 3));
	pads[2].button_count = UINT32_MAX;
	EXPECT_TRUE(sealmem_gamepad_has_activation(pads, 3));
	EXPECT_FALSE(sealmem_gamepad_has_activation(pads, 2));
}

/* ---- two samples ----------------------------------------------------- */

/* Of one pad: what is different, all of it asked for. */
struct wanted {
	bool connected, disconnected, axis, button, down, up;
};

static void expect_flags(const struct sealmem_gamepad_comparison *found,
			 const struct wanted *wanted)
{
	EXPECT_EQ(found->connected, wanted->connected);
	EXPECT_EQ(found->disconnected, wanted->disconnected);
	EXPECT_EQ(found->axes_changed, wanted->axis);
	EXPECT_EQ(found->buttons_changed, wanted->button);
}

static bool is_any(const struct wanted *wanted)
{
	return wanted->connected || wanted->disconnected || wanted->axis ||
	       wanted->button;
}

/* NULL is a sample without pads. */
static void expect_each(const struct sealmem_gamepad *before,
			const struct sealmem_gamepad *now,
			struct wanted wanted)
{
	struct sealmem_gamepad_comparison found;

	memset(&found, 0x5a, sizeof(found));
	EXPECT_EQ(sealmem_gamepad_compare(before, before != NULL, now,
					  now != NULL, EACH, &found),
		  is_any(&wanted));
	expect_flags(&found, &wanted);
	EXPECT_EQ(found.pads[0].axes, wanted.axis);
	EXPECT_EQ(found.pads[0].buttons, wanted.button);
	EXPECT_EQ(found.pads[0].down, wanted.down);
	EXPECT_EQ(found.pads[0].up, wanted.up);
	for (int i = 1; i < SEALMEM_GAMEPAD_COUNT_MAX; i++)
		EXPECT_EQ(found.pads[i].axes | found.pads[i].buttons, 0);
}

/* Whoever does not ask which learns whether, and no more. */
static void expect_whether(const struct sealmem_gamepad *before,
			   const struct sealmem_gamepad *now,
			   struct wanted wanted)
{
	struct sealmem_gamepad_comparison found;

	EXPECT_EQ(sealmem_gamepad_compare(before, before != NULL, now,
					  now != NULL, 0, &found),
		  is_any(&wanted));
	expect_flags(&found, &wanted);
	for (int i = 0; i < SEALMEM_GAMEPAD_COUNT_MAX; i++)
		EXPECT_EQ(found.pads[i].axes | found.pads[i].buttons |
			  found.pads[i].down | found.pads[i].up, 0);
	EXPECT_EQ(sealmem_gamepad_compare(before, before != NULL, now,
					  now != NULL, 0, NULL),
		  is_any(&wanted));
}

static void expect_one(const struct sealmem_gamepad *before,
		       const struct sealmem_gamepad *now, struct wanted wanted)
{
	expect_each(before, now, wanted);
	expect_whether(before, now, wanted);
}

static void expect(struct sealmem_gamepad before, struct sealmem_gamepad now,
		   struct wanted wanted)
{
	expect_one(&before, &now, wanted);
}

TEST(case_79_empty_lists)
{
	expect_one(NULL, NULL, (struct wanted){ 0 });
}

TEST(case_80_neutrals)
{
	expect(neutral(), neutral(), (struct wanted){ 0 });
}

TEST(case_81_empty_list_with_neutral)
{
	struct sealmem_gamepad now = neutral();

	expect_one(NULL, &now, (struct wanted){ .connected = true });
}

TEST(case_82_neutral_with_empty_list)
{
	struct sealmem_gamepad before = neutral();

	expect_one(&before, NULL, (struct wanted){ .disconnected = true });
}

TEST(case_83_neutral_with_axis_tilt)
{
	expect(neutral(), TILTED, (struct wanted){ .axis = true });
}

TEST(case_84_neutral_with_button_down)
{
	expect(neutral(), DOWN, (struct wanted){
		.button = true, .down = true,
	});
}

TEST(case_85_button_down_with_neutral)
{
	expect(DOWN, neutral(), (struct wanted){
		.button = true, .up = true,
	});
}

TEST(case_86_neutral_with_button_touched)
{
	expect(neutral(), TOUCHED, (struct wanted){ .button = true });
}

TEST(case_87_button_touched_with_button_just_down)
{
	expect(TOUCHED, JUST_DOWN, (struct wanted){
		.button = true, .down = true,
	});
}

TEST(case_88_button_just_down_with_button_down)
{
	expect(JUST_DOWN, DOWN, (struct wanted){ .button = true });
}

TEST(case_89_button_down_with_button_just_down)
{
	expect(DOWN, JUST_DOWN, (struct wanted){ .button = true });
}

TEST(case_90_button_just_down_with_button_touched)
{
	expect(JUST_DOWN, TOUCHED, (struct wanted){
		.button = true, .up = true,
	});
}

TEST(case_91_button_touched_with_neutral)
{
	expect(TOUCHED, neutral(), (struct wanted){ .button = true });
}

TEST(touch_that_presses_nothing)
{
	expect(neutral(), with_button(false, true, 0), (struct wanted){
		.button = true,
	});
}

/* ---- each by itself -------------------------------------------------- */

TEST(each_of_many)
{
	static struct sealmem_gamepad before[SEALMEM_GAMEPAD_COUNT_MAX];
	static struct sealmem_gamepad now[SEALMEM_GAMEPAD_COUNT_MAX];
	struct sealmem_gamepad_comparison found;

	for (int i = 0; i < SEALMEM_GAMEPAD_COUNT_MAX; i++) {
		now[i] = neutral();
		now[i].axis_count = SEALMEM_GAMEPAD_AXES;
		now[i].button_count = SEALMEM_GAMEPAD_BUTTONS;
		before[i] = now[i];
	}
	now[31].axes[15] = -1;
	now[7].buttons[31].pressed = 1;
	before[0].buttons[3].pressed = 1;
	now[0].axes[2] = 0.5f;
	EXPECT_TRUE(sealmem_gamepad_compare(before, 32, now, 32, EACH, &found));
	EXPECT_EQ(found.connected | found.disconnected, 0);
	EXPECT_EQ(found.axes_changed, 1u << 31 | 1);
	EXPECT_EQ(found.buttons_changed, 1u << 7 | 1);
	EXPECT_EQ(found.pads[31].axes, 1u << 15);
	EXPECT_EQ(found.pads[7].down, 1u << 31);
	EXPECT_EQ(found.pads[7].up, 0);
	EXPECT_EQ(found.pads[0].up, 1u << 3);
	EXPECT_EQ(found.pads[0].buttons, 1u << 3);
	EXPECT_EQ(found.pads[0].axes, 1u << 2);
}

/* Where it is, not how it is written down. */
/* A producer without a provider may leave anything there. */
TEST(what_is_beyond_the_counts_is_not_there)
{
	struct sealmem_gamepad before = neutral(), now = neutral();
	struct sealmem_gamepad_comparison comparison;

	now.axes[1] = 1;
	now.buttons[1] = DOWN.buttons[0];
	now.buttons[2].press_count = 3;
	EXPECT_FALSE(sealmem_gamepad_compare(&before, 1, &now, 1, EACH, NULL));
	EXPECT_TRUE(sealmem_gamepad_compare(NULL, 0, &now, 1, EACH,
					    &comparison));
	EXPECT_EQ(comparison.axes_changed, 0);
	EXPECT_EQ(comparison.buttons_changed, 0);
	EXPECT_EQ(comparison.pads[0].down, 0);
}

TEST(zero_has_two_signs)
{
	expect(with_axis(0), with_axis(-0.0f), (struct wanted){ 0 });
}

TEST(one_flag_at_a_time)
{
	struct sealmem_gamepad before = neutral(), now = DOWN;
	struct sealmem_gamepad_comparison found;

	now.axes[0] = 1;
	EXPECT_TRUE(sealmem_gamepad_compare(&before, 1, &now, 1,
					    SEALMEM_GAMEPAD_EACH_AXIS, &found));
	EXPECT_EQ(found.pads[0].axes, 1);
	EXPECT_EQ(found.pads[0].buttons | found.pads[0].down, 0);
	EXPECT_TRUE(sealmem_gamepad_compare(&before, 1, &now, 1,
					    SEALMEM_GAMEPAD_EACH_BUTTON,
					    &found));
	EXPECT_EQ(found.pads[0].axes, 0);
	EXPECT_EQ(found.pads[0].buttons & found.pads[0].down, 1);
}

/* ---- connections ----------------------------------------------------- */

static struct sealmem_gamepad as_connection(struct sealmem_gamepad pad,
					    uint32_t connection)
{
	pad.connection = connection;
	return pad;
}

static struct sealmem_gamepad gone(uint32_t connection)
{
	return (struct sealmem_gamepad){ .connection = connection };
}

TEST(what_was_held_goes_up_with_the_pad)
{
	expect(DOWN, gone(1), (struct wanted){
		.disconnected = true, .button = true, .up = true,
	});
	expect(TILTED, gone(1), (struct wanted){
		.disconnected = true, .axis = true,
	});
}

TEST(still_gone)
{
	expect(gone(1), gone(1), (struct wanted){ 0 });
	expect(gone(1), gone(2), (struct wanted){ 0 });
}

TEST(another_in_its_place)
{
	expect(neutral(), as_connection(neutral(), 2), (struct wanted){
		.connected = true, .disconnected = true,
	});
	expect(DOWN, as_connection(DOWN, 2), (struct wanted){
		.connected = true, .disconnected = true,
		.button = true, .down = true, .up = true,
	});
}

/* ---- presses between two samples ------------------------------------- */

static struct sealmem_gamepad pressed(struct sealmem_gamepad pad,
				      uint32_t times)
{
	pad.buttons[0].press_count = times;
	return pad;
}

TEST(short_press_is_down_and_up)
{
	const struct wanted both = {
		.button = true, .down = true, .up = true,
	};

	expect(pressed(neutral(), 4), pressed(neutral(), 5), both);
	expect(pressed(neutral(), 4), pressed(neutral(), 7), both);
	expect(pressed(neutral(), UINT32_MAX), pressed(neutral(), 0), both);
}

TEST(release_and_press_is_up_and_down)
{
	expect(pressed(DOWN, 4), pressed(DOWN, 5), (struct wanted){
		.button = true, .down = true, .up = true,
	});
}

TEST(press_that_is_held_is_down)
{
	expect(pressed(neutral(), 4), pressed(DOWN, 5), (struct wanted){
		.button = true, .down = true,
	});
	expect(pressed(DOWN, 5), pressed(neutral(), 5), (struct wanted){
		.button = true, .up = true,
	});
	expect(pressed(DOWN, 5), pressed(DOWN, 5), (struct wanted){ 0 });
}

TEST(two_presses_the_second_held)
{
	expect(pressed(neutral(), 4), pressed(DOWN, 6), (struct wanted){
		.button = true, .down = true, .up = true,
	});
}

TEST(press_of_a_pad_that_came_meanwhile)
{
	expect(gone(0), pressed(neutral(), 1), (struct wanted){
		.connected = true, .button = true, .down = true, .up = true,
	});
}

/* All that was pressed before the first sample is history. */
TEST(first_sample_invents_nothing)
{
	struct sealmem_gamepad now = pressed(neutral(), 1000);
	struct sealmem_gamepad held = pressed(DOWN, 1000);

	expect_one(NULL, &now, (struct wanted){ .connected = true });
	expect_one(NULL, &held, (struct wanted){
		.connected = true, .button = true, .down = true,
	});
}

TH_MAIN
