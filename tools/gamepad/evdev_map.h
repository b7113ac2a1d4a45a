/* SPDX-License-Identifier: MIT */
/*
 * Which control of an evdev device is which axis and button. Looks at
 * libevdev's picture of a device; asks the kernel nothing.
 */
#ifndef SEALMEM_TOOLS_EVDEV_MAP_H
#define SEALMEM_TOOLS_EVDEV_MAP_H

#include <stdbool.h>

#include <libevdev/libevdev.h>

#include <sealmem/gamepad.h>

struct mapping_table;

/**
 * enum evdev_control_kind - How a control of the device is read
 * @EVDEV_NONE: There is none: at rest for ever
 * @EVDEV_KEY: A key: 0 or 1
 * @EVDEV_AXIS: An axis: -1 to 1
 * @EVDEV_LEVEL: An axis, as a button: 0 to 1
 * @EVDEV_SWITCH: An axis, as a button that is either up or down: 0 or 1
 */
enum evdev_control_kind {
	EVDEV_NONE = 0,
	EVDEV_KEY,
	EVDEV_AXIS,
	EVDEV_LEVEL,
	EVDEV_SWITCH,
};

/**
 * enum evdev_part - What part of an axis counts
 * @EVDEV_WHOLE: From minimum to maximum
 * @EVDEV_LOWER: From the middle to the minimum
 * @EVDEV_UPPER: From the middle to the maximum
 */
enum evdev_part {
	EVDEV_WHOLE = 0,
	EVDEV_LOWER,
	EVDEV_UPPER,
};

/**
 * struct evdev_control - One control of the device
 * @kind: How to read it
 * @code: Of EV_KEY or EV_ABS
 * @part: What part of an axis
 * @inverted: An axis' part is read from its end to its beginning
 */
struct evdev_control {
	enum evdev_control_kind kind;
	unsigned int code;
	enum evdev_part part;
	bool inverted;
};

/**
 * struct evdev_map - Where the members of a pad come from
 * @mapping: What their order means
 * @hand: Which hand holds it, if it is half of a pair
 * @recognised: Of a known family, or of a model that the user described
 * @family: What it was taken for, in a few words: valid UTF-8
 * @axis_count: Of @axes
 * @button_count: Of @buttons
 * @axes: A whole axis, or what moves it towards 1
 * @opposites: What moves that axis towards -1, if that is something else
 * @buttons: Buttons
 * @types: Theirs, of enum sealmem_gamepad_button_type
 */
struct evdev_map {
	enum sealmem_gamepad_mapping mapping;
	enum sealmem_gamepad_hand hand;
	bool recognised;
	char family[64];
	unsigned int axis_count;
	unsigned int button_count;
	struct evdev_control axes[SEALMEM_GAMEPAD_AXES];
	struct evdev_control opposites[SEALMEM_GAMEPAD_AXES];
	struct evdev_control buttons[SEALMEM_GAMEPAD_BUTTONS];
	uint8_t types[SEALMEM_GAMEPAD_BUTTONS];
};

/*
 * Controls beyond what a pad holds are left out. @table may be NULL; the map
 * keeps no pointer into it.
 */
void evdev_map_init(struct evdev_map *map, const struct libevdev *device,
		    const struct mapping_table *table);

/* Of a known family, or described by the user? */
bool evdev_map_is_recognised(const struct evdev_map *map);

/* What the device was taken for, in a few words. */
const char *evdev_map_family(const struct evdev_map *map);

/* A bit for each axis, and each button, that there is something for. */
uint32_t evdev_map_axes_used(const struct evdev_map *map);
uint32_t evdev_map_buttons_used(const struct evdev_map *map);

/* Does anything of the pad come from this code of EV_KEY or EV_ABS? */
bool evdev_map_uses(const struct evdev_map *map, unsigned int type,
		    unsigned int code);

/* The control's place in its range now; always inside of it. */
float evdev_control_value(const struct libevdev *device,
			  struct evdev_control control);

/* The pad's axis now: -1 to 1. @index is below axis_count. */
float evdev_map_axis(const struct evdev_map *map,
		     const struct libevdev *device, unsigned int index);

/* NAME (STANDARD GAMEPAD Vendor: vvvv Product: pppp), as valid UTF-8. */
void evdev_id(const struct libevdev *device, const struct evdev_map *map,
	      char ret_id[SEALMEM_GAMEPAD_ID_SIZE]);

#endif
