/* SPDX-License-Identifier: MIT */
/*
 * Pads that a user described: which control is meant by a number, and that
 * what is said counts more than what is known.
 */
#include "evdev_made.h"
#include "harness.h"
#include "tools/gamepad/evdev_map.h"
#include "tools/gamepad/mapping_text.h"

#define GUID	"03000000341200007856000001000000"

FIXTURE(described)
{
	struct libevdev *device;
	struct mapping_table table;
	struct evdev_map map;
};

/* Keys on both sides of BTN_JOYSTICK, and axes with a hole among them. */
FIXTURE_SETUP(described)
{
	self->device = made_device(0x1234, 0x5678);
	libevdev_set_id_version(self->device, 1);
	made_keys(self->device, KEY_UP, KEY_UP);
	made_keys(self->device, KEY_BACK, KEY_BACK);
	made_keys(self->device, BTN_0, BTN_0);
	made_keys(self->device, BTN_TRIGGER, BTN_TRIGGER);
	made_keys(self->device, BTN_SOUTH, BTN_EAST);
	made_keys(self->device, BTN_TRIGGER_HAPPY1, BTN_TRIGGER_HAPPY1);
	MADE_AXES(self->device, ABS_X, ABS_Y, ABS_RZ, ABS_THROTTLE);
	made_axis(self->device, ABS_HAT0X, -1, 1, 0);
	made_axis(self->device, ABS_HAT0Y, -1, 1, 0);
	made_axis(self->device, ABS_HAT2X, -1, 1, 0);
	made_axis(self->device, ABS_HAT2Y, -1, 1, 0);
	made_axis(self->device, ABS_MISC, 0, 100, 50);
}

FIXTURE_TEARDOWN(described)
{
	libevdev_free(self->device);
	mapping_table_free(&self->table);
}

static void describe(struct th_self_described *self, const char *guid,
		     const char *elements)
{
	struct mapping_error error;
	char line[512];

	snprintf(line, sizeof(line), "%s,Thing,%s,platform:Linux,", guid,
		 elements);
	ASSERT_OK(mapping_table_add_text(&self->table, line, strlen(line),
					 &error));
	evdev_map_init(&self->map, self->device, &self->table);
}

static void set(struct th_self_described *self, unsigned int type,
		unsigned int code, int value)
{
	libevdev_set_event_value(self->device, type, code, value);
}

static float axis(const struct th_self_described *self, unsigned int i)
{
	return evdev_map_axis(&self->map, self->device, i);
}

static float button(const struct th_self_described *self, unsigned int i)
{
	return evdev_control_value(self->device, self->map.buttons[i]);
}

static void expect_key(const struct th_self_described *self, unsigned int i,
		       unsigned int code)
{
	EXPECT_EQ(EVDEV_KEY, self->map.buttons[i].kind);
	EXPECT_EQ(code, self->map.buttons[i].code);
}

/* ---- numbers ------------------------------------------------------------ */

/* From BTN_JOYSTICK on, then from the beginning. */
TEST_F(described, keys_by_number)
{
	describe(self, GUID, "a:b0,b:b1,x:b2,y:b3,back:b4,start:b5,guide:b6,"
			     "leftstick:b7");
	expect_key(self, 0, BTN_TRIGGER);
	expect_key(self, 1, BTN_SOUTH);
	expect_key(self, 2, BTN_EAST);
	expect_key(self, 3, BTN_TRIGGER_HAPPY1);
	/* A key of a keyboard has its number, but is not for consumers. */
	EXPECT_EQ(EVDEV_NONE, self->map.buttons[8].kind);
	expect_key(self, 9, KEY_BACK);
	expect_key(self, 16, BTN_0);
	EXPECT_EQ(EVDEV_NONE, self->map.buttons[10].kind);
}

TEST_F(described, axes_by_number)
{
	describe(self, GUID, "leftx:a0,lefty:a1,rightx:a2,righty:a4");
	for (unsigned int i = 0; i < 4; i++)
		EXPECT_EQ(EVDEV_AXIS, self->map.axes[i].kind);
	EXPECT_EQ(ABS_X, self->map.axes[0].code);
	EXPECT_EQ(ABS_Y, self->map.axes[1].code);
	EXPECT_EQ(ABS_RZ, self->map.axes[2].code);
	/* Hats do not count, what comes after them does. */
	EXPECT_EQ(ABS_MISC, self->map.axes[3].code);
	EXPECT_EQ(0xf, evdev_map_axes_used(&self->map));
}

static void expect_half(const struct th_self_described *self, unsigned int i,
			unsigned int code, enum evdev_part part)
{
	EXPECT_EQ(EVDEV_SWITCH, self->map.buttons[i].kind);
	EXPECT_EQ(code, self->map.buttons[i].code);
	EXPECT_EQ(part, self->map.buttons[i].part);
}

TEST_F(described, hats_by_number)
{
	describe(self, GUID, "dpup:h0.1,dpright:h0.2,dpdown:h0.4,dpleft:h0.8,"
			     "a:h1.1,b:h1.2,x:h2.1");
	expect_half(self, 12, ABS_HAT0Y, EVDEV_LOWER);
	expect_half(self, 13, ABS_HAT0Y, EVDEV_UPPER);
	expect_half(self, 14, ABS_HAT0X, EVDEV_LOWER);
	expect_half(self, 15, ABS_HAT0X, EVDEV_UPPER);
	expect_half(self, 0, ABS_HAT2Y, EVDEV_LOWER);
	expect_half(self, 1, ABS_HAT2X, EVDEV_UPPER);
	EXPECT_EQ(EVDEV_NONE, self->map.buttons[2].kind);
	set(self, EV_ABS, ABS_HAT0Y, -1);
	EXPECT_TRUE(button(self, 12) == 1 && button(self, 13) == 0);
}

/* A hat that is a trackpad is two axes, and the next hat takes its number. */
TEST_F(described, hats_that_are_axes)
{
	const struct input_absinfo pad = {
		.minimum = -32767, .maximum = 32767, .resolution = 10
	};

	libevdev_set_abs_info(self->device, ABS_HAT0X, &pad);
	libevdev_set_abs_info(self->device, ABS_HAT0Y, &pad);
	describe(self, GUID, "leftx:a4,lefty:a5,rightx:a6,dpup:h0.1");
	EXPECT_EQ(ABS_HAT0X, self->map.axes[0].code);
	EXPECT_EQ(ABS_HAT0Y, self->map.axes[1].code);
	EXPECT_EQ(ABS_MISC, self->map.axes[2].code);
	expect_half(self, 12, ABS_HAT2Y, EVDEV_LOWER);
}

/* A hat of one axis still is one. */
TEST_F(described, half_a_hat)
{
	libevdev_disable_event_code(self->device, EV_ABS, ABS_HAT0Y);
	describe(self, GUID, "dpup:h0.1,dpleft:h0.8,a:h1.1");
	EXPECT_EQ(EVDEV_NONE, self->map.buttons[12].kind);
	expect_half(self, 14, ABS_HAT0X, EVDEV_LOWER);
	expect_half(self, 0, ABS_HAT2Y, EVDEV_LOWER);
}

/* ---- axes and halves ---------------------------------------------------- */

TEST_F(described, whole_and_inverted_axes)
{
	describe(self, GUID, "leftx:a0,lefty:a1~");
	set(self, EV_ABS, ABS_X, 255);
	set(self, EV_ABS, ABS_Y, 255);
	EXPECT_TRUE(axis(self, 0) == 1 && axis(self, 1) == -1);
	set(self, EV_ABS, ABS_X, 0);
	set(self, EV_ABS, ABS_Y, 0);
	EXPECT_TRUE(axis(self, 0) == -1 && axis(self, 1) == 1);
}

TEST_F(described, axis_of_keys)
{
	describe(self, GUID, "-leftx:b1,+leftx:b2");
	EXPECT_TRUE(axis(self, 0) == 0);
	set(self, EV_KEY, BTN_SOUTH, 1);
	EXPECT_TRUE(axis(self, 0) == -1);
	set(self, EV_KEY, BTN_EAST, 1);
	EXPECT_TRUE(axis(self, 0) == 0);
	set(self, EV_KEY, BTN_SOUTH, 0);
	EXPECT_TRUE(axis(self, 0) == 1);
}

TEST_F(described, axis_of_a_hat)
{
	describe(self, GUID, "-lefty:h0.1,+lefty:h0.4");
	set(self, EV_ABS, ABS_HAT0Y, -1);
	EXPECT_TRUE(axis(self, 1) == -1);
	set(self, EV_ABS, ABS_HAT0Y, 1);
	EXPECT_TRUE(axis(self, 1) == 1);
}

/* Two pedals: each from one end of its travel to the other. */
TEST_F(described, axis_of_two_axes)
{
	describe(self, GUID, "-righty:a2,+righty:a3~");
	set(self, EV_ABS, ABS_RZ, 0);
	set(self, EV_ABS, ABS_THROTTLE, 255);
	EXPECT_TRUE(axis(self, 3) == 0);
	set(self, EV_ABS, ABS_RZ, 255);
	EXPECT_TRUE(axis(self, 3) == -1);
	set(self, EV_ABS, ABS_THROTTLE, 0);
	EXPECT_TRUE(axis(self, 3) == 0);
	set(self, EV_ABS, ABS_RZ, 0);
	EXPECT_TRUE(axis(self, 3) == 1);
}

/* Both triggers on one axis, as old pads have it. */
TEST_F(described, triggers_of_halves)
{
	describe(self, GUID, "lefttrigger:+a4,righttrigger:-a4,a:a4,b:-a4");
	EXPECT_TRUE(button(self, 6) == 0 && button(self, 7) == 0);
	set(self, EV_ABS, ABS_MISC, 75);
	EXPECT_TRUE(button(self, 6) == 0.5f && button(self, 7) == 0);
	EXPECT_TRUE(button(self, 0) == 1 && button(self, 1) == 0);
	set(self, EV_ABS, ABS_MISC, 0);
	EXPECT_TRUE(button(self, 6) == 0 && button(self, 7) == 1);
	EXPECT_TRUE(button(self, 0) == 0 && button(self, 1) == 1);
}

/* A number that the device does not have is no control. */
TEST_F(described, what_is_not_there)
{
	describe(self, GUID, "a:b100,leftx:a40,-lefty:a41,dpup:h3.1,"
			     "lefttrigger:a42");
	EXPECT_EQ(0, evdev_map_buttons_used(&self->map));
	EXPECT_EQ(0, evdev_map_axes_used(&self->map));
	EXPECT_TRUE(axis(self, 0) == 0 && axis(self, 1) == 0);
}

/* ---- the rest of the map ------------------------------------------------ */

/* Whatever else the device has is left out: the user said all there is. */
TEST_F(described, the_whole_map)
{
	char id[SEALMEM_GAMEPAD_ID_SIZE];

	describe(self, GUID, "a:b1,misc1:b2,touchpad:b3,paddle2:b0,guide:b99");
	EXPECT_EQ(SEALMEM_GAMEPAD_MAPPING_STANDARD, self->map.mapping);
	EXPECT_TRUE(evdev_map_is_recognised(&self->map));
	EXPECT_STREQ("Thing", evdev_map_family(&self->map));
	EXPECT_EQ(4, self->map.axis_count);
	EXPECT_EQ(20, self->map.button_count);
	expect_key(self, 17, BTN_TRIGGER_HAPPY1);
	expect_key(self, 18, BTN_EAST);
	expect_key(self, 19, BTN_TRIGGER);
	EXPECT_EQ(SEALMEM_GAMEPAD_BUTTON_STANDARD, self->map.types[0]);
	EXPECT_EQ(SEALMEM_GAMEPAD_BUTTON_OTHER, self->map.types[1]);
	EXPECT_EQ(SEALMEM_GAMEPAD_BUTTON_TRACKPAD, self->map.types[17]);
	EXPECT_EQ(SEALMEM_GAMEPAD_BUTTON_OTHER, self->map.types[18]);
	EXPECT_EQ(0xe0001, evdev_map_buttons_used(&self->map));
	evdev_id(self->device, &self->map, id);
	EXPECT_STREQ("Pad (STANDARD GAMEPAD Vendor: 1234 Product: 5678)", id);
}

/* The family says otherwise; so do the rules. */
TEST_F(described, the_user_comes_first)
{
	libevdev_set_id_vendor(self->device, 0x045e);
	libevdev_set_id_product(self->device, 0x028e);
	evdev_map_init(&self->map, self->device, &self->table);
	expect_key(self, 0, BTN_SOUTH);
	describe(self, "030000005e0400008e02000000000000", "a:b2");
	expect_key(self, 0, BTN_EAST);
	/* The table is not needed any more. */
	mapping_table_free(&self->table);
	EXPECT_STREQ("Thing", evdev_map_family(&self->map));
}

TEST_F(described, others_are_not_meant)
{
	describe(self, "03000000341200007956000001000000", "a:b2");
	EXPECT_STREQ("gamepad", evdev_map_family(&self->map));
	expect_key(self, 0, BTN_SOUTH);
	describe(self, "05000000341200007856000001000000", "a:b2");
	EXPECT_STREQ("gamepad", evdev_map_family(&self->map));
}

/* A pad without numbers goes by its name, or what of it fits. */
TEST_F(described, by_name)
{
	libevdev_set_id_vendor(self->device, 0);
	libevdev_set_name(self->device, "Home-made pad of mine");
	describe(self, "03000000486f6d652d6d616465207000", "a:b2");
	expect_key(self, 0, BTN_EAST);
	libevdev_set_name(self->device, "Home-made");
	evdev_map_init(&self->map, self->device, &self->table);
	expect_key(self, 0, BTN_SOUTH);
	describe(self, "03000000486f6d652d6d616465000000", "a:b3");
	expect_key(self, 0, BTN_TRIGGER_HAPPY1);
}

/* A name that nobody vouches for ends up in lists. */
TEST_F(described, names_are_cleaned)
{
	struct mapping_error error;
	static const char line[] = GUID ",Bad\033[2J\377 Name,a:b1";

	ASSERT_OK(mapping_table_add_text(&self->table, line, strlen(line),
					 &error));
	evdev_map_init(&self->map, self->device, &self->table);
	EXPECT_STREQ("Bad?[2J? Name", evdev_map_family(&self->map));
}

/* A joystick, too, becomes a standard pad if its user says so. */
TEST_F(described, a_joystick)
{
	libevdev_disable_event_code(self->device, EV_KEY, BTN_SOUTH);
	evdev_map_init(&self->map, self->device, &self->table);
	EXPECT_EQ(SEALMEM_GAMEPAD_MAPPING_NONE, self->map.mapping);
	EXPECT_STREQ("joystick", evdev_map_family(&self->map));
	describe(self, GUID, "a:b0");
	EXPECT_EQ(SEALMEM_GAMEPAD_MAPPING_STANDARD, self->map.mapping);
	expect_key(self, 0, BTN_TRIGGER);
}

TH_MAIN
