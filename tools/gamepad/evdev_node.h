/* SPDX-License-Identifier: MIT */
/*
 * What kind of thing an event node is, by what it says that it can do. Looks
 * at libevdev's picture of a device; asks the kernel nothing.
 */
#ifndef SEALMEM_TOOLS_EVDEV_NODE_H
#define SEALMEM_TOOLS_EVDEV_NODE_H

#include <stdbool.h>

#include <libevdev/libevdev.h>

/**
 * enum evdev_class - What an event node is taken for
 * @EVDEV_CLASS_GAMEPAD: It has the buttons that the kernel keeps for gamepads
 * @EVDEV_CLASS_JOYSTICK: A joystick, a wheel, or a pad that calls itself one
 * @EVDEV_CLASS_MOTION: Motion sensors, often of a pad
 * @EVDEV_CLASS_TOUCHPAD: A touchpad, often of a pad
 * @EVDEV_CLASS_POINTER: A mouse, a tablet, a touch screen
 * @EVDEV_CLASS_KEYBOARD: A keyboard, with axes or without
 * @EVDEV_CLASS_AXES: Axes without any button
 * @EVDEV_CLASS_OTHER: None of these
 */
enum evdev_class {
	EVDEV_CLASS_GAMEPAD,
	EVDEV_CLASS_JOYSTICK,
	EVDEV_CLASS_MOTION,
	EVDEV_CLASS_TOUCHPAD,
	EVDEV_CLASS_POINTER,
	EVDEV_CLASS_KEYBOARD,
	EVDEV_CLASS_AXES,
	EVDEV_CLASS_OTHER,
};

enum evdev_class evdev_classify(const struct libevdev *device);

/* Something to play with: a gamepad or a joystick. */
bool evdev_class_is_pad(enum evdev_class node_class);

/* "gamepad", "joystick", or in a few words why it is neither. */
const char *evdev_class_text(enum evdev_class node_class);

#endif
