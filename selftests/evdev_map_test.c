/* SPDX-License-Identifier: MIT */
/*
 * The rules of tools/gamepad/evdev_map.c for devices of no known family, and
 * the values of their controls. Families: evdev_families_test.c.
 */
#include "evdev_made.h"
#include "harness.h"
#include "tools/gamepad/evdev_map.h"
#include "tools/gamepad/evdev_node.h"

static bool is(struct evdev_control control, enum evdev_control_kind kind,
	       unsigned int code)
{
	return control.kind == kind && control.code == code &&
	       control.part == EVDEV_WHOLE && !control.inverted;
}

/* ---- cases -------------------------------------------------------------- */

/* X is a label on most pads, and on Sony's and Nintendo's a position. */
TEST(x_and_y_by_vendor)
{
	static const struct {
		int vendor;
		unsigned int left;
		unsigned int top;
	} pads[] = {
		{ 0x045e, BTN_X, BTN_Y },
		{ 0x1234, BTN_X, BTN_Y },
		{ 0x054c, BTN_WEST, BTN_NORTH },
		{ 0x057e, BTN_WEST, BTN_NORTH },
	};

	for (size_t i = 0; i < 4; i++) {
		struct libevdev *device = made_device(pads[i].vendor, 0xbeef);
		struct evdev_map map;

		made_keys(device, BTN_SOUTH, BTN_THUMBR);
		evdev_map_init(&map, device, NULL);
		EXPECT_TRUE(is(map.buttons[2], EVDEV_KEY, pads[i].left));
		EXPECT_TRUE(is(map.buttons[3], EVDEV_KEY, pads[i].top));
		libevdev_free(device);
	}
}

TEST(z_and_rz_are_triggers_beside_rx_and_ry)
{
	struct libevdev *device = made_device(0x1234, 0xbeef);
	struct evdev_map map;

	made_keys(device, BTN_SOUTH, BTN_EAST);
	MADE_AXES(device, ABS_X, ABS_Y, ABS_RX, ABS_RY, ABS_Z, ABS_RZ);
	evdev_map_init(&map, device, NULL);
	EXPECT_EQ(SEALMEM_GAMEPAD_MAPPING_STANDARD, map.mapping);
	EXPECT_TRUE(is(map.axes[2], EVDEV_AXIS, ABS_RX));
	EXPECT_TRUE(is(map.axes[3], EVDEV_AXIS, ABS_RY));
	EXPECT_TRUE(is(map.buttons[6], EVDEV_LEVEL, ABS_Z));
	EXPECT_TRUE(is(map.buttons[7], EVDEV_LEVEL, ABS_RZ));
	EXPECT_EQ(4, map.axis_count);
	libevdev_free(device);
}

/* Generic HID pads, and Xbox pads over Bluetooth. */
TEST(z_and_rz_are_a_stick_otherwise)
{
	struct libevdev *device = made_device(0x1234, 0xbeef);
	struct evdev_map map;

	made_keys(device, BTN_SOUTH, BTN_THUMBR);
	MADE_AXES(device, ABS_X, ABS_Y, ABS_Z, ABS_RZ);
	evdev_map_init(&map, device, NULL);
	EXPECT_TRUE(is(map.axes[2], EVDEV_AXIS, ABS_Z));
	EXPECT_TRUE(is(map.axes[3], EVDEV_AXIS, ABS_RZ));
	EXPECT_TRUE(is(map.buttons[6], EVDEV_KEY, BTN_TL2));
	MADE_AXES(device, ABS_GAS, ABS_BRAKE);
	evdev_map_init(&map, device, NULL);
	EXPECT_TRUE(is(map.axes[2], EVDEV_AXIS, ABS_Z));
	EXPECT_TRUE(is(map.buttons[6], EVDEV_LEVEL, ABS_BRAKE));
	EXPECT_TRUE(is(map.buttons[7], EVDEV_LEVEL, ABS_GAS));
	EXPECT_EQ(4, map.axis_count);
	/* BTN_C and BTN_Z have no place; the triggers are not there twice. */
	EXPECT_EQ(19, map.button_count);
	EXPECT_TRUE(is(map.buttons[17], EVDEV_KEY, BTN_C));
	EXPECT_TRUE(is(map.buttons[18], EVDEV_KEY, BTN_Z));
	libevdev_free(device);
}

TEST(triggers_and_shoulders_on_hats)
{
	struct libevdev *device = made_device(0x1234, 0xbeef);
	struct evdev_map map;

	made_keys(device, BTN_SOUTH, BTN_SOUTH);
	MADE_AXES(device, ABS_X, ABS_Y, ABS_HAT1X, ABS_HAT1Y, ABS_HAT2X,
		  ABS_HAT2Y);
	evdev_map_init(&map, device, NULL);
	EXPECT_TRUE(is(map.buttons[4], EVDEV_LEVEL, ABS_HAT1Y));
	EXPECT_TRUE(is(map.buttons[5], EVDEV_LEVEL, ABS_HAT1X));
	EXPECT_TRUE(is(map.buttons[6], EVDEV_LEVEL, ABS_HAT2Y));
	EXPECT_TRUE(is(map.buttons[7], EVDEV_LEVEL, ABS_HAT2X));
	EXPECT_TRUE(map.buttons[1].kind == EVDEV_NONE);
	EXPECT_TRUE(evdev_control_value(device, map.buttons[1]) == 0.0f);
	libevdev_free(device);
}

TEST(d_pad_of_keys_before_hat)
{
	struct libevdev *device = made_device(0x054c, 0xbeef);
	struct evdev_map map;

	made_keys(device, BTN_SOUTH, BTN_SOUTH);
	made_keys(device, BTN_DPAD_UP, BTN_DPAD_RIGHT);
	MADE_AXES(device, ABS_HAT0X, ABS_HAT0Y);
	evdev_map_init(&map, device, NULL);
	EXPECT_TRUE(is(map.buttons[12], EVDEV_KEY, BTN_DPAD_UP));
	EXPECT_TRUE(is(map.buttons[15], EVDEV_KEY, BTN_DPAD_RIGHT));
	EXPECT_TRUE(map.axis_count == 4 && map.button_count == 17);
	libevdev_free(device);
}

/* A joystick has no standard: all as it is, in the order of the codes. */
TEST(joystick_is_not_mapped)
{
	struct libevdev *device = made_device(0x046d, 0xbeef);
	struct evdev_map map;
	char id[SEALMEM_GAMEPAD_ID_SIZE];

	made_keys(device, BTN_TRIGGER, BTN_BASE6);
	MADE_AXES(device, ABS_X, ABS_Y, ABS_RZ, ABS_THROTTLE, ABS_HAT0X);
	EXPECT_TRUE(evdev_class_is_pad(evdev_classify(device)));
	evdev_map_init(&map, device, NULL);
	EXPECT_EQ(SEALMEM_GAMEPAD_MAPPING_NONE, map.mapping);
	EXPECT_TRUE(map.axis_count == 5 && map.button_count == 12);
	EXPECT_TRUE(is(map.axes[3], EVDEV_AXIS, ABS_THROTTLE));
	EXPECT_TRUE(is(map.buttons[11], EVDEV_KEY, BTN_BASE6));
	evdev_id(device, &map, id);
	EXPECT_STREQ("Pad (Vendor: 046d Product: beef)", id);
	libevdev_free(device);
}

TEST(more_controls_than_fit)
{
	struct libevdev *device = made_device(0, 0xbeef);
	struct evdev_map map;

	made_keys(device, BTN_MISC, KEY_MAX);
	for (unsigned int code = 0; code <= ABS_HAT3Y; code++)
		made_axis(device, code, -1, 1, 0);
	evdev_map_init(&map, device, NULL);
	EXPECT_EQ(SEALMEM_GAMEPAD_AXES, map.axis_count);
	EXPECT_EQ(SEALMEM_GAMEPAD_BUTTONS, map.button_count);
	libevdev_free(device);
}

TEST(keyboard_keys_are_never_published)
{
	struct libevdev *device = made_device(0x046d, 0xbeef);
	struct evdev_map map;

	made_keys(device, KEY_ESC, KEY_MICMUTE);
	made_keys(device, BTN_1, BTN_1);
	MADE_AXES(device, ABS_X, ABS_Y, ABS_VOLUME, ABS_MISC);
	evdev_map_init(&map, device, NULL);
	EXPECT_TRUE(map.button_count == 1 && map.axis_count == 2);
	EXPECT_TRUE(is(map.buttons[0], EVDEV_KEY, BTN_1));
	libevdev_free(device);
}

TEST(other_devices_are_no_gamepads)
{
	static const unsigned int properties[] = {
		INPUT_PROP_ACCELEROMETER, INPUT_PROP_POINTING_STICK,
		INPUT_PROP_BUTTONPAD, INPUT_PROP_TOPBUTTONPAD,
		INPUT_PROP_SEMI_MT,
	};
	struct libevdev *device = made_device(0x054c, 0xbeef);

	MADE_AXES(device, ABS_X, ABS_Y, ABS_RX, ABS_RY);
	EXPECT_FALSE(evdev_class_is_pad(evdev_classify(device)));
	made_keys(device, BTN_SOUTH, BTN_SOUTH);
	EXPECT_TRUE(evdev_class_is_pad(evdev_classify(device)));
	for (size_t i = 0; i < 5; i++) {
		libevdev_enable_property(device, properties[i]);
		EXPECT_FALSE(evdev_class_is_pad(evdev_classify(device)));
		libevdev_disable_property(device, properties[i]);
	}
	libevdev_free(device);
	/* A tablet. */
	device = made_device(0x056a, 0xbeef);
	MADE_AXES(device, ABS_X, ABS_Y, ABS_RX, ABS_WHEEL);
	made_keys(device, BTN_TOOL_PEN, BTN_TOOL_PEN);
	made_keys(device, BTN_1, BTN_1);
	EXPECT_FALSE(evdev_class_is_pad(evdev_classify(device)));
	libevdev_free(device);
}

static float part_of(int min, int max, int value, struct evdev_control control)
{
	struct libevdev *device = made_device(0, 0xbeef);
	float result;

	made_axis(device, ABS_X, min, max, value);
	result = evdev_control_value(device, control);
	libevdev_free(device);
	return result;
}

static float value_of(int min, int max, int value,
		      enum evdev_control_kind kind)
{
	return part_of(min, max, value,
		       (struct evdev_control){ .kind = kind, .code = ABS_X });
}

static float switch_of(int value, enum evdev_part part)
{
	return part_of(-1, 1, value,
		       (struct evdev_control){ EVDEV_SWITCH, ABS_X, part, 0 });
}

TEST(values_stay_in_their_range)
{
	EXPECT_TRUE(value_of(0, 255, 0, EVDEV_AXIS) == -1.0f);
	EXPECT_TRUE(value_of(0, 255, 255, EVDEV_AXIS) == 1.0f);
	EXPECT_TRUE(value_of(0, 255, 51, EVDEV_LEVEL) == 0.2f);
	EXPECT_TRUE(value_of(-32768, 32767, 40000, EVDEV_AXIS) == 1.0f);
	EXPECT_TRUE(value_of(-32768, 32767, INT32_MIN, EVDEV_AXIS) == -1.0f);
	EXPECT_TRUE(value_of(INT32_MIN, INT32_MAX, 0, EVDEV_LEVEL) > 0.49f);
	EXPECT_TRUE(value_of(INT32_MIN, INT32_MAX, INT32_MAX, EVDEV_AXIS) ==
		    1.0f);
	EXPECT_TRUE(value_of(5, 5, 5, EVDEV_AXIS) == 0.0f);
	EXPECT_TRUE(value_of(5, 5, 9, EVDEV_LEVEL) == 0.0f);
	EXPECT_TRUE(value_of(100, -100, 50, EVDEV_AXIS) == 0.0f);
	EXPECT_TRUE(switch_of(-1, EVDEV_LOWER) == 1.0f);
	EXPECT_TRUE(switch_of(-1, EVDEV_UPPER) == 0.0f);
	EXPECT_TRUE(switch_of(0, EVDEV_LOWER) == 0.0f);
	EXPECT_TRUE(switch_of(0, EVDEV_UPPER) == 0.0f);
	EXPECT_TRUE(switch_of(1, EVDEV_UPPER) == 1.0f);
}

/* From -100 to 100: both ends, the middle, and a quarter from either end. */
static void expect_parts(enum evdev_control_kind kind, enum evdev_part part,
			 bool inverted, const float values[5])
{
	const struct evdev_control control = { kind, ABS_X, part, inverted };

	for (int i = 0; i < 5; i++)
		EXPECT_TRUE(part_of(-100, 100, 50 * i - 100, control) ==
			    values[i]);
}

TEST(parts_of_axes_both_ways_round)
{
	expect_parts(EVDEV_AXIS, EVDEV_WHOLE, true,
		     (const float[]){ 1, 0.5f, 0, -0.5f, -1 });
	expect_parts(EVDEV_LEVEL, EVDEV_WHOLE, false,
		     (const float[]){ 0, 0.25f, 0.5f, 0.75f, 1 });
	expect_parts(EVDEV_LEVEL, EVDEV_WHOLE, true,
		     (const float[]){ 1, 0.75f, 0.5f, 0.25f, 0 });
	expect_parts(EVDEV_LEVEL, EVDEV_UPPER, false,
		     (const float[]){ 0, 0, 0, 0.5f, 1 });
	expect_parts(EVDEV_LEVEL, EVDEV_LOWER, false,
		     (const float[]){ 1, 0.5f, 0, 0, 0 });
	expect_parts(EVDEV_LEVEL, EVDEV_UPPER, true,
		     (const float[]){ 1, 1, 1, 0.5f, 0 });
	expect_parts(EVDEV_LEVEL, EVDEV_LOWER, true,
		     (const float[]){ 0, 0.5f, 1, 1, 1 });
	expect_parts(EVDEV_AXIS, EVDEV_UPPER, false,
		     (const float[]){ -1, -1, -1, 0, 1 });
	expect_parts(EVDEV_SWITCH, EVDEV_WHOLE, false,
		     (const float[]){ 0, 0, 0, 1, 1 });
	expect_parts(EVDEV_SWITCH, EVDEV_LOWER, false,
		     (const float[]){ 1, 0, 0, 0, 0 });
}

/* Whatever a device says of its range, and then of its place in it. */
TEST(no_value_leaves_its_range)
{
	static const int numbers[] = {
		INT32_MIN, INT32_MIN + 1, -32768, -1, 0, 1, 255, INT32_MAX - 1,
		INT32_MAX,
	};
	const int count = sizeof(numbers) / sizeof(numbers[0]);

	for (int i = 0; i < count * count * count * 18; i++) {
		const int n = i / 18;
		const struct evdev_control control = {
			EVDEV_AXIS + (enum evdev_control_kind)(i % 3), ABS_X,
			(enum evdev_part)(i / 3 % 3), i / 9 % 2,
		};
		float value = part_of(numbers[n % count],
				      numbers[n / count % count],
				      numbers[n / count / count], control);

		ASSERT_TRUE(value <= 1);
		ASSERT_TRUE(value >= (control.kind == EVDEV_AXIS ? -1 : 0));
	}
}

/* Two keys that are a stick: both at once are none. */
TEST(axis_of_two_controls)
{
	struct libevdev *device = made_device(0x1234, 0xbeef);
	const struct evdev_map map = {
		.axis_count = 1,
		.axes = { { .kind = EVDEV_KEY, .code = BTN_TR } },
		.opposites = { { .kind = EVDEV_KEY, .code = BTN_TL } },
	};

	made_keys(device, BTN_TL, BTN_TR);
	EXPECT_TRUE(evdev_map_axis(&map, device, 0) == 0);
	libevdev_set_event_value(device, EV_KEY, BTN_TL, 1);
	EXPECT_TRUE(evdev_map_axis(&map, device, 0) == -1);
	libevdev_set_event_value(device, EV_KEY, BTN_TR, 1);
	EXPECT_TRUE(evdev_map_axis(&map, device, 0) == 0);
	libevdev_set_event_value(device, EV_KEY, BTN_TL, 0);
	EXPECT_TRUE(evdev_map_axis(&map, device, 0) == 1);
	EXPECT_TRUE(evdev_map_uses(&map, EV_KEY, BTN_TL));
	EXPECT_TRUE(evdev_map_uses(&map, EV_KEY, BTN_TR));
	EXPECT_FALSE(evdev_map_uses(&map, EV_KEY, BTN_TL2));
	EXPECT_FALSE(evdev_map_uses(&map, EV_ABS, BTN_TL));
	EXPECT_EQ(1, evdev_map_axes_used(&map));
	libevdev_free(device);
}

/* Some pads have keys that are no BTN_; they come after all else. */
TEST(special_keys_come_last)
{
	static const unsigned int keys[] = {
		KEY_MENU, KEY_POWER, KEY_SEARCH, KEY_HOMEPAGE, KEY_BACK,
		KEY_RECORD,
	};
	struct libevdev *device = made_device(0x1234, 0xbeef);
	struct evdev_map map;

	made_keys(device, BTN_SOUTH, BTN_EAST);
	made_keys(device, BTN_TRIGGER_HAPPY1, BTN_TRIGGER_HAPPY1);
	made_keys(device, KEY_F1, KEY_MICMUTE);
	evdev_map_init(&map, device, NULL);
	EXPECT_EQ(17 + 1 + 6, map.button_count);
	EXPECT_TRUE(is(map.buttons[17], EVDEV_KEY, BTN_TRIGGER_HAPPY1));
	for (unsigned int i = 0; i < 6; i++)
		EXPECT_TRUE(is(map.buttons[18 + i], EVDEV_KEY, keys[i]));
	/* With letters it is a keyboard, whatever buttons it has. */
	made_keys(device, KEY_A, KEY_A);
	evdev_map_init(&map, device, NULL);
	EXPECT_EQ(17 + 1, map.button_count);
	libevdev_free(device);
}

/* The numbers next to a model's are somebody else's. */
TEST(neighbours_are_not_meant)
{
	static const int others[][2] = {
		{ 0x046d, 0xc215 }, { 0x046d, 0xc217 }, { 0x046d, 0xc220 },
		{ 0x0955, 0x7211 }, { 0x0f0d, 0x00c2 }, { 0x0171, 0x0418 },
		{ 0x1949, 0x041a }, { 0x18d1, 0x9401 }, { 0x28de, 0x1204 },
		{ 0x28de, 0x1200 }, { 0x054b, 0x05c4 }, { 0x045f, 0x028e },
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct libevdev *device = made_device(others[i][0],
						      others[i][1]);
		struct evdev_map map;

		made_keys(device, BTN_SOUTH, BTN_THUMBR);
		evdev_map_init(&map, device, NULL);
		EXPECT_STREQ("gamepad", evdev_map_family(&map));
		EXPECT_FALSE(evdev_map_is_recognised(&map));
		libevdev_free(device);
	}
}

TEST(types_and_masks)
{
	struct libevdev *device = made_device(0x1234, 0xbeef);
	struct evdev_map map;
	char id[SEALMEM_GAMEPAD_ID_SIZE];

	made_keys(device, BTN_SOUTH, BTN_C);
	MADE_AXES(device, ABS_Y, ABS_RZ, ABS_THROTTLE);
	evdev_map_init(&map, device, NULL);
	EXPECT_EQ(0x20003, evdev_map_buttons_used(&map));
	EXPECT_EQ(0x1a, evdev_map_axes_used(&map));
	EXPECT_EQ(SEALMEM_GAMEPAD_BUTTON_STANDARD, map.types[1]);
	EXPECT_EQ(SEALMEM_GAMEPAD_BUTTON_OTHER, map.types[2]);
	EXPECT_EQ(SEALMEM_GAMEPAD_BUTTON_OTHER, map.types[17]);
	EXPECT_FALSE(evdev_map_is_recognised(&map));
	EXPECT_STREQ("gamepad", evdev_map_family(&map));
	evdev_id(device, &map, id);
	EXPECT_STREQ("Pad (STANDARD GAMEPAD Vendor: 1234 Product: beef)", id);
	libevdev_free(device);
}

TEST(names_are_cut_and_cleaned)
{
	struct libevdev *device = made_device(-1, 0xbeef);
	struct evdev_map map = { .mapping = SEALMEM_GAMEPAD_MAPPING_STANDARD };
	char name[1000], id[SEALMEM_GAMEPAD_ID_SIZE];

	/* Two bytes a character, so that a cut could halve one. */
	for (size_t i = 0; i + 2 < sizeof(name); i += 2)
		memcpy(name + i, "\303\251", 3);
	name[0] = '\n';
	libevdev_set_name(device, name);
	evdev_id(device, &map, id);
	EXPECT_FALSE(strncmp(id, "??\303\251", 4));
	EXPECT_NOT_NULL(strstr(id, "\303\251 (STANDARD GAMEPAD Vendor: ffff "
				   "Product: beef)"));
	EXPECT_TRUE(strlen(id) < sizeof(id));
	libevdev_free(device);
}
TH_MAIN
