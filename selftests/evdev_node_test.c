/* SPDX-License-Identifier: MIT */
/*
 * What nodes are taken for. The keys and axes are those that the drivers of
 * these devices report, as far as that is known in public.
 */
#include "evdev_made.h"
#include "harness.h"
#include "tools/gamepad/evdev_node.h"

#define RANGES 12

/* Codes come in runs; { 0 } is the end. No device here has code 0 of EV_KEY. */
struct run {
	unsigned int first;
	unsigned int last;
};

/* Axes are few: a bit each. */
#define AXIS(code) (UINT64_C(1) << (code))
#define XY	   (AXIS(ABS_X) | AXIS(ABS_Y))
#define RXRY	   (AXIS(ABS_RX) | AXIS(ABS_RY))
#define ZRZ	   (AXIS(ABS_Z) | AXIS(ABS_RZ))
#define HAT	   (AXIS(ABS_HAT0X) | AXIS(ABS_HAT0Y))
#define HATS_FROM1 \
	(AXIS(ABS_HAT1X) | AXIS(ABS_HAT1Y) | AXIS(ABS_HAT2X) | AXIS(ABS_HAT2Y))
#define TOUCH                                                            \
	(AXIS(ABS_MT_SLOT) | AXIS(ABS_MT_POSITION_X) |                   \
	 AXIS(ABS_MT_POSITION_Y) | AXIS(ABS_MT_TRACKING_ID))
#define PROPERTY(code) (1u << (code))

#define XPAD_KEYS                                                           \
	{ BTN_A, BTN_B }, { BTN_X, BTN_Y }, { BTN_TL, BTN_TR },             \
	{                                                                   \
		BTN_SELECT, BTN_THUMBR                                      \
	}
#define SONY_KEYS                                                           \
	{ BTN_A, BTN_B }, { BTN_X, BTN_Y },                                 \
	{                                                                   \
		BTN_TL, BTN_THUMBR                                          \
	}
#define D_PAD { BTN_DPAD_UP, BTN_DPAD_RIGHT }
#define LETTERS                                                             \
	{                                                                   \
		KEY_ESC, KEY_F10                                            \
	}

static const struct node {
	const char *name;
	struct run keys[RANGES];
	uint64_t axes;
	unsigned int properties;
	enum evdev_class wanted;
} nodes[] = {
	/* Pads. */
	{ "Xbox 360, wired", { XPAD_KEYS }, XY | RXRY | ZRZ | HAT, 0,
	  EVDEV_CLASS_GAMEPAD },
	{ "Xbox One S, Bluetooth", { { BTN_A, BTN_THUMBR }, { KEY_BACK, KEY_BACK } },
	  XY | ZRZ | HAT | AXIS(ABS_GAS) | AXIS(ABS_BRAKE), 0,
	  EVDEV_CLASS_GAMEPAD },
	{ "DualShock 3", { SONY_KEYS, D_PAD }, XY | RXRY | ZRZ, 0,
	  EVDEV_CLASS_GAMEPAD },
	{ "DualShock 4", { SONY_KEYS }, XY | RXRY | ZRZ | HAT, 0,
	  EVDEV_CLASS_GAMEPAD },
	{ "Switch Pro, its own driver", { SONY_KEYS, { BTN_Z, BTN_Z } },
	  XY | RXRY | HAT, 0, EVDEV_CLASS_GAMEPAD },
	{ "Joy-Con, left", { { BTN_TL, BTN_SELECT }, { BTN_Z, BTN_Z },
	  { BTN_THUMBL, BTN_THUMBL }, D_PAD, { BTN_A, BTN_A } }, XY, 0,
	  EVDEV_CLASS_GAMEPAD },
	{ "Steam Controller", { SONY_KEYS, { BTN_THUMB, BTN_THUMB2 },
	  { BTN_GEAR_DOWN, BTN_GEAR_UP }, D_PAD },
	  XY | RXRY | HAT | AXIS(ABS_HAT2X) | AXIS(ABS_HAT2Y), 0,
	  EVDEV_CLASS_GAMEPAD },
	{ "Wii U Pro Controller", { SONY_KEYS, D_PAD }, XY | RXRY, 0,
	  EVDEV_CLASS_GAMEPAD },
	{ "Guitar for a PS3", { { BTN_A, BTN_MODE } }, XY | ZRZ | HAT, 0,
	  EVDEV_CLASS_GAMEPAD },
	{ "Wii remote's buttons", { { BTN_A, BTN_B }, { BTN_1, BTN_2 },
	  { BTN_MODE, BTN_MODE }, { KEY_UP, KEY_UP }, { KEY_LEFT, KEY_RIGHT },
	  { KEY_DOWN, KEY_DOWN }, { KEY_NEXT, KEY_NEXT },
	  { KEY_PREVIOUS, KEY_PREVIOUS } }, 0, 0, EVDEV_CLASS_GAMEPAD },
	{ "Wii Classic Controller", { { BTN_A, BTN_B }, { BTN_X, BTN_Y },
	  { BTN_TL, BTN_TR2 }, { BTN_MODE, BTN_MODE }, { KEY_UP, KEY_UP },
	  { KEY_LEFT, KEY_RIGHT } }, HATS_FROM1, 0, EVDEV_CLASS_GAMEPAD },
	/* Sticks, wheels, and pads that call themselves one. */
	{ "Logitech Dual Action", { { BTN_TRIGGER, BTN_BASE6 } },
	  XY | ZRZ | HAT, 0, EVDEV_CLASS_JOYSTICK },
	{ "Switch Pro, generic, Bluetooth", { { BTN_TRIGGER, BTN_DEAD },
	  { BTN_TRIGGER_HAPPY1, BTN_TRIGGER_HAPPY2 } }, XY | RXRY | HAT, 0,
	  EVDEV_CLASS_JOYSTICK },
	{ "SNES-style pad", { { BTN_TRIGGER, BTN_BASE4 } }, XY, 0,
	  EVDEV_CLASS_JOYSTICK },
	{ "Logitech Extreme 3D", { { BTN_TRIGGER, BTN_BASE6 } },
	  XY | HAT | AXIS(ABS_RZ) | AXIS(ABS_THROTTLE), 0,
	  EVDEV_CLASS_JOYSTICK },
	{ "Saitek X52 Pro", { { BTN_TRIGGER, BTN_DEAD },
	  { BTN_TRIGGER_HAPPY1, BTN_TRIGGER_HAPPY23 } },
	  XY | RXRY | ZRZ | HAT | AXIS(ABS_THROTTLE) | AXIS(ABS_MISC), 0,
	  EVDEV_CLASS_JOYSTICK },
	{ "Logitech G27", { { BTN_TRIGGER, BTN_DEAD },
	  { BTN_TRIGGER_HAPPY1, BTN_TRIGGER_HAPPY7 } }, XY | ZRZ | HAT, 0,
	  EVDEV_CLASS_JOYSTICK },
	{ "numbered buttons and a rudder", { { BTN_0, BTN_0 } },
	  XY | AXIS(ABS_RUDDER), 0, EVDEV_CLASS_JOYSTICK },
	{ "numbered buttons", { { BTN_1, BTN_1 } }, XY, 0,
	  EVDEV_CLASS_JOYSTICK },
	/* Other parts of pads. */
	{ "DualShock 4's motion sensors", { { 0 } }, XY | RXRY | ZRZ,
	  PROPERTY(INPUT_PROP_ACCELEROMETER), EVDEV_CLASS_MOTION },
	{ "motion sensors with a button", { { BTN_A, BTN_A } }, XY,
	  PROPERTY(INPUT_PROP_ACCELEROMETER), EVDEV_CLASS_MOTION },
	{ "DualShock 4's touchpad", { { BTN_LEFT, BTN_LEFT },
	  { BTN_TOOL_FINGER, BTN_TOOL_FINGER }, { BTN_TOUCH, BTN_TOUCH },
	  { BTN_TOOL_DOUBLETAP, BTN_TOOL_DOUBLETAP } }, XY | TOUCH,
	  PROPERTY(INPUT_PROP_POINTER) | PROPERTY(INPUT_PROP_BUTTONPAD),
	  EVDEV_CLASS_TOUCHPAD },
	{ "Wii remote's motion sensors, unmarked", { { 0 } },
	  RXRY | AXIS(ABS_RZ), 0, EVDEV_CLASS_AXES },
	{ "Wii remote's camera", { { 0 } }, HAT | HATS_FROM1, 0,
	  EVDEV_CLASS_AXES },
	{ "Nunchuk", { { BTN_C, BTN_C }, { BTN_Z, BTN_Z } },
	  RXRY | HAT | AXIS(ABS_RZ), 0, EVDEV_CLASS_OTHER },
	/* A known odd one: nothing to press. */
	{ "Switch Pro, generic, USB", { { 0 } }, XY | ZRZ | HAT, 0,
	  EVDEV_CLASS_AXES },
	/* What is no pad at all. */
	{ "touchpad with buttons above", { { BTN_LEFT, BTN_RIGHT },
	  { BTN_A, BTN_A } }, XY, PROPERTY(INPUT_PROP_TOPBUTTONPAD),
	  EVDEV_CLASS_TOUCHPAD },
	{ "touchpad of two half fingers", { { BTN_A, BTN_A } }, XY,
	  PROPERTY(INPUT_PROP_SEMI_MT), EVDEV_CLASS_TOUCHPAD },
	{ "pointing stick", { { BTN_LEFT, BTN_MIDDLE } }, 0,
	  PROPERTY(INPUT_PROP_POINTER) | PROPERTY(INPUT_PROP_POINTING_STICK),
	  EVDEV_CLASS_POINTER },
	{ "pointing stick that plays", { { BTN_A, BTN_A } }, XY,
	  PROPERTY(INPUT_PROP_POINTING_STICK), EVDEV_CLASS_POINTER },
	{ "mouse", { { BTN_LEFT, BTN_TASK } }, 0, 0, EVDEV_CLASS_POINTER },
	{ "tablet", { { BTN_TOOL_PEN, BTN_TOOL_PEN }, { BTN_TOUCH, BTN_STYLUS } },
	  XY | AXIS(ABS_PRESSURE), 0, EVDEV_CLASS_POINTER },
	{ "tablet's buttons", { { BTN_0, BTN_9 }, { BTN_STYLUS, BTN_STYLUS } },
	  XY | AXIS(ABS_WHEEL), 0, EVDEV_CLASS_POINTER },
	{ "touch screen", { { BTN_TOUCH, BTN_TOUCH } }, XY | TOUCH, 0,
	  EVDEV_CLASS_POINTER },
	{ "keyboard", { LETTERS }, 0, 0, EVDEV_CLASS_KEYBOARD },
	{ "keyboard with the axes of a joystick", { LETTERS, { BTN_1, BTN_1 } },
	  XY | RXRY | ZRZ | AXIS(ABS_VOLUME), 0, EVDEV_CLASS_KEYBOARD },
	{ "power button", { { KEY_POWER, KEY_POWER } }, 0, 0,
	  EVDEV_CLASS_OTHER },
	{ "lid switch", { { 0 } }, 0, 0, EVDEV_CLASS_OTHER },
	{ "volume knob", { { KEY_MUTE, KEY_MUTE } }, AXIS(ABS_VOLUME), 0,
	  EVDEV_CLASS_OTHER },
	{ "one axis and a trigger", { { BTN_TRIGGER, BTN_TRIGGER } },
	  AXIS(ABS_X), 0, EVDEV_CLASS_OTHER },
	{ "nothing", { { 0 } }, 0, 0, EVDEV_CLASS_OTHER },
};

static struct libevdev *make(const struct node *node)
{
	struct libevdev *device = libevdev_new();

	ASSERT_NOT_NULL(device);
	for (size_t i = 0; i < RANGES && node->keys[i].first; i++)
		made_keys(device, node->keys[i].first, node->keys[i].last);
	for (unsigned int code = 0; code < ABS_CNT; code++)
		if (node->axes & AXIS(code))
			made_axis(device, code, 0, 9, 0);
	for (unsigned int code = 0; code < INPUT_PROP_CNT; code++)
		if (node->properties & PROPERTY(code))
			libevdev_enable_property(device, code);
	return device;
}

TEST(each_device_has_its_class)
{
	for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++) {
		struct libevdev *device = make(&nodes[i]);
		enum evdev_class found = evdev_classify(device);

		if (found != nodes[i].wanted)
			TH_LOG("%s: %s", nodes[i].name,
			       evdev_class_text(found));
		EXPECT_EQ(nodes[i].wanted, found);
		EXPECT_EQ(nodes[i].wanted <= EVDEV_CLASS_JOYSTICK,
			  evdev_class_is_pad(found));
		libevdev_free(device);
	}
}

/* Keys count if they are there, not if the device could have some. */
TEST(keys_by_name_alone_are_none)
{
	struct libevdev *device = libevdev_new();

	ASSERT_NOT_NULL(device);
	made_axis(device, ABS_X, 0, 9, 0);
	made_axis(device, ABS_Y, 0, 9, 0);
	made_axis(device, ABS_RZ, 0, 9, 0);
	libevdev_enable_event_type(device, EV_KEY);
	EXPECT_EQ(EVDEV_CLASS_AXES, evdev_classify(device));
	libevdev_free(device);
}

TEST(every_class_has_a_text_of_its_own)
{
	for (int i = 0; i <= EVDEV_CLASS_OTHER; i++) {
		ASSERT_NOT_NULL(evdev_class_text((enum evdev_class)i));
		for (int j = 0; j < i; j++)
			EXPECT_STRNE(evdev_class_text((enum evdev_class)j),
				     evdev_class_text((enum evdev_class)i));
	}
}

TH_MAIN
