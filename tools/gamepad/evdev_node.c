/* SPDX-License-Identifier: MIT */
/*
 * Pads come in several nodes, of which one is the pad: motion sensors and
 * touchpads have axes, too, and touchpads even buttons. The kernel marks those
 * by properties. All else is told apart by its keys and axes alone: neither
 * names nor numbers are asked for, so that new models need no new version.
 */
#include <linux/input.h>
#include <stddef.h>

#include "tools/gamepad/evdev_node.h"

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

/* The first row of letters: what udev calls a keyboard has all of these. */
#define KEYBOARD_FIRST	KEY_ESC
#define KEYBOARD_LAST	KEY_S

static bool has_key(const struct libevdev *device, unsigned int code)
{
	return libevdev_has_event_code(device, EV_KEY, code);
}

static bool has_axis(const struct libevdev *device, unsigned int code)
{
	return libevdev_has_event_code(device, EV_ABS, code);
}

static bool has_any(const struct libevdev *device, unsigned int type,
		    const unsigned int *codes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (libevdev_has_event_code(device, type, codes[i]))
			return true;
	return false;
}

static bool has_any_key(const struct libevdev *device)
{
	for (unsigned int code = 0; code < KEY_CNT; code++)
		if (has_key(device, code))
			return true;
	return false;
}

static bool has_any_axis(const struct libevdev *device)
{
	return libevdev_has_event_type(device, EV_ABS);
}

static bool is_touchpad(const struct libevdev *device)
{
	static const unsigned int properties[] = {
		INPUT_PROP_BUTTONPAD, INPUT_PROP_TOPBUTTONPAD,
		INPUT_PROP_SEMI_MT,
	};

	for (size_t i = 0; i < COUNT(properties); i++)
		if (libevdev_has_property(device, properties[i]))
			return true;
	return false;
}

/* Tablets have the axes and the numbered buttons of a joystick. */
static bool is_pointer(const struct libevdev *device)
{
	static const unsigned int keys[] = {
		BTN_MOUSE, BTN_TOUCH, BTN_STYLUS, BTN_TOOL_PEN, BTN_TOOL_FINGER,
	};

	return has_any(device, EV_KEY, keys, COUNT(keys));
}

/* Some keyboards and their receivers have axes that nothing moves. */
static bool is_keyboard(const struct libevdev *device)
{
	for (unsigned int code = KEYBOARD_FIRST; code <= KEYBOARD_LAST; code++)
		if (!has_key(device, code))
			return false;
	return true;
}

static bool is_joystick(const struct libevdev *device)
{
	/* The left half of a pad may have no more than the cross. */
	static const unsigned int keys[] = {
		BTN_TRIGGER, BTN_A, BTN_1, BTN_DPAD_UP,
	};
	static const unsigned int axes[] = {
		ABS_RX, ABS_RY, ABS_RZ, ABS_THROTTLE, ABS_RUDDER, ABS_WHEEL,
		ABS_GAS, ABS_BRAKE,
	};

	return has_axis(device, ABS_X) && has_axis(device, ABS_Y) &&
	       (has_any(device, EV_KEY, keys, COUNT(keys)) ||
		has_any(device, EV_ABS, axes, COUNT(axes)));
}

/* What the driver says outranks what the keys look like. */
enum evdev_class evdev_classify(const struct libevdev *device)
{
	if (libevdev_has_property(device, INPUT_PROP_ACCELEROMETER))
		return EVDEV_CLASS_MOTION;
	if (is_touchpad(device))
		return EVDEV_CLASS_TOUCHPAD;
	if (libevdev_has_property(device, INPUT_PROP_POINTING_STICK))
		return EVDEV_CLASS_POINTER;
	if (has_key(device, BTN_GAMEPAD))
		return EVDEV_CLASS_GAMEPAD;
	if (is_pointer(device))
		return EVDEV_CLASS_POINTER;
	if (is_keyboard(device))
		return EVDEV_CLASS_KEYBOARD;
	if (!has_any_key(device))
		return has_any_axis(device) ? EVDEV_CLASS_AXES :
					      EVDEV_CLASS_OTHER;
	return is_joystick(device) ? EVDEV_CLASS_JOYSTICK : EVDEV_CLASS_OTHER;
}

bool evdev_class_is_pad(enum evdev_class node_class)
{
	return node_class == EVDEV_CLASS_GAMEPAD ||
	       node_class == EVDEV_CLASS_JOYSTICK;
}

const char *evdev_class_text(enum evdev_class node_class)
{
	static const char *const texts[] = {
		[EVDEV_CLASS_GAMEPAD] = "gamepad",
		[EVDEV_CLASS_JOYSTICK] = "joystick",
		[EVDEV_CLASS_MOTION] = "motion sensors",
		[EVDEV_CLASS_TOUCHPAD] = "touchpad",
		[EVDEV_CLASS_POINTER] = "mouse, tablet or touch screen",
		[EVDEV_CLASS_KEYBOARD] = "keyboard",
		[EVDEV_CLASS_AXES] = "axes without buttons",
		[EVDEV_CLASS_OTHER] = "no joystick's axes and buttons",
	};

	return texts[node_class];
}
