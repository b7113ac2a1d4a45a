/* SPDX-License-Identifier: MIT */
/*
 * What the files share that make a struct evdev_map. Private to them.
 */
#ifndef SEALMEM_TOOLS_EVDEV_BUILD_H
#define SEALMEM_TOOLS_EVDEV_BUILD_H

#include <linux/input.h>

#include "tools/gamepad/evdev_map.h"
#include "tools/gamepad/mapping_text.h"

#define STANDARD_AXES		4
#define STANDARD_BUTTONS	17

/* Old headers lack them: paddles at the back, Linux 6.17. */
#ifndef BTN_GRIPL
#define BTN_GRIPL	0x224
#define BTN_GRIPR	0x225
#define BTN_GRIPL2	0x226
#define BTN_GRIPR2	0x227
#endif

/**
 * struct evdev_place - A key, and the standard button that it is
 * @button: Index; of two places for a button the first that there is counts
 * @key: Code; 0 ends a list
 */
struct evdev_place {
	unsigned int button;
	unsigned int key;
};

enum evdev_naming {
	EVDEV_BY_LABEL = 0,
	EVDEV_BY_POSITION,
	EVDEV_BY_NUMBER,
};

/**
 * struct evdev_family - How a family of pads reports itself
 * @name: What to call it
 * @vendor: Its USB or Bluetooth number
 * @products: The models' numbers, up to a 0; none: all of the vendor's
 * @no_driver: Only if hid-generic reports it, not a driver for this family
 * @with: Only devices that have this key, or 0
 * @without: Only devices that lack this key, or 0
 * @naming: What X and Y mean, or that keys are but numbers
 * @numbers: The how manieth key of the device each standard button is, from 1;
 *	0 is none. By number only
 * @places: What goes before @naming, or NULL
 * @extras: Keys to come right after the standard ones, up to a 0; or NULL
 * @sticks: Axes; all 0: by the rules
 * @triggers: Axes; both 0: by the rules
 * @trackpads: Keys that are presses of trackpads, or 0
 * @hats_are_pads: Hats are trackpads, not the cross of buttons
 * @hand: Which hand holds it, if it is half of a pair
 */
struct evdev_family {
	const char *name;
	uint16_t vendor;
	uint16_t products[12];
	bool no_driver;
	unsigned int with;
	unsigned int without;
	enum evdev_naming naming;
	const uint8_t *numbers;
	const struct evdev_place *places;
	const uint16_t *extras;
	uint8_t sticks[STANDARD_AXES];
	uint8_t triggers[2];
	uint16_t trackpads[2];
	bool hats_are_pads;
	enum sealmem_gamepad_hand hand;
};

/* NULL if the device is of none of them. */
const struct evdev_family *evdev_family_find(const struct libevdev *device);

/* May this key of the device be seen by consumers? */
bool evdev_key_is_public(const struct libevdev *device, unsigned int code);

/*
 * The keys, axes and hats of a device in the order in which SDL numbers them,
 * and their codes: of a hat that of its horizontal axis. -1 if there are not
 * that many. A hat whose axes look analog counts as two axes.
 */
int evdev_number_key(const struct libevdev *device, unsigned int number);
int evdev_number_axis(const struct libevdev *device, unsigned int number);
int evdev_number_hat(const struct libevdev *device, unsigned int number);

/* As a user described it; and what the device is called in descriptions. */
void evdev_map_describe(struct evdev_map *map, const struct libevdev *device,
			const struct mapping *mapping);
const struct mapping *evdev_map_find(const struct libevdev *device,
				     const struct mapping_table *table);

#endif
