/* SPDX-License-Identifier: MIT */
/*
 * What an evdev device is, and which of its controls is which axis and button.
 * Looks at libevdev's picture of a device; asks the kernel nothing.
 */
#ifndef SEALMEM_TOOLS_EVDEV_MAP_H
#define SEALMEM_TOOLS_EVDEV_MAP_H

#include <libevdev/libevdev.h>

#include <sealmem/gamepad.h>

/**
 * enum evdev_control_kind - How a control of the device is read
 * @EVDEV_NONE: There is none: at rest for ever
 * @EVDEV_KEY: A key: 0 or 1
 * @EVDEV_AXIS: All of an axis: -1 to 1
 * @EVDEV_LEVEL: All of an axis, as a button: 0 to 1
 * @EVDEV_NEGATIVE: Lower half of an axis, as a button: 0 or 1
 * @EVDEV_POSITIVE: Upper half of an axis, as a button: 0 or 1
 */
enum evdev_control_kind {
	EVDEV_NONE = 0,
	EVDEV_KEY,
	EVDEV_AXIS,
	EVDEV_LEVEL,
	EVDEV_NEGATIVE,
	EVDEV_POSITIVE,
};

/** struct evdev_control - One control: how to read it, and its code */
struct evdev_control {
	enum evdev_control_kind kind;
	unsigned int code;
};

/** struct evdev_map - Where the members of a pad come from */
struct evdev_map {
	enum sealmem_gamepad_mapping mapping;
	unsigned int axis_count;
	unsigned int button_count;
	struct evdev_control axes[SEALMEM_GAMEPAD_AXES];
	struct evdev_control buttons[SEALMEM_GAMEPAD_BUTTONS];
};

/* Something to play with, as opposed to type, point or draw with? */
bool evdev_is_gamepad(const struct libevdev *device);

/* Controls beyond what a pad holds are left out. */
void evdev_map_init(struct evdev_map *map, const struct libevdev *device);

/* The control's place in its range now; always inside of it. */
float evdev_control_value(const struct libevdev *device,
			  struct evdev_control control);

/* NAME (STANDARD GAMEPAD Vendor: vvvv Product: pppp), as valid UTF-8. */
void evdev_id(const struct libevdev *device, const struct evdev_map *map,
	      char ret_id[SEALMEM_GAMEPAD_ID_SIZE]);

#endif
