/* SPDX-License-Identifier: MIT */
/* Fingers on the touch surface of a device. No descriptor, no clock. */
#ifndef SEALMEM_TOOLS_EVDEV_TOUCH_H
#define SEALMEM_TOOLS_EVDEV_TOUCH_H

#include <stdbool.h>

#include <libevdev/libevdev.h>

#include <sealmem/gamepad.h>

/* Fingers that are followed; a device may have slots for more. */
#define EVDEV_TOUCH_SLOTS	16

/** struct evdev_finger - One slot: @id is negative if no finger is in it */
struct evdev_finger {
	int id;
	int x;
	int y;
};

/**
 * struct evdev_touch - A surface
 * @slot: Which finger the next event is about
 * @fingers: All of them
 */
struct evdev_touch {
	int slot;
	struct evdev_finger fingers[EVDEV_TOUCH_SLOTS];
};

/* Does the device follow fingers one by one? */
bool evdev_touch_is_there(const struct libevdev *device);

/* Is this code of EV_ABS about fingers? libevdev need not hear of those. */
bool evdev_touch_is_code(unsigned int code);

/* Does anything of a finger come from this code of EV_ABS? */
bool evdev_touch_uses(unsigned int code);

/* All fingers are as @device says: at the beginning, and after it was asked. */
void evdev_touch_init(struct evdev_touch *touch, const struct libevdev *device);

/* Any event of EV_ABS about fingers. */
void evdev_touch_event(struct evdev_touch *touch, unsigned int code, int value);

/* The fingers, as members of a pad: as many as it holds. */
void evdev_touch_fill(const struct evdev_touch *touch,
		      const struct libevdev *device,
		      struct sealmem_gamepad *pad);

#endif
