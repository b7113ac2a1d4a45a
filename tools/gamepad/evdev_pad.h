/* SPDX-License-Identifier: MIT */
/*
 * From the events of one device to the state of one pad. No descriptor and no
 * clock: events may come from a device, from a file or out of thin air.
 */
#ifndef SEALMEM_TOOLS_EVDEV_PAD_H
#define SEALMEM_TOOLS_EVDEV_PAD_H

#include <stdbool.h>
#include <stdint.h>

#include <libevdev/libevdev.h>

#include <sealmem/gamepad.h>

#include "tools/gamepad/evdev_map.h"
#include "tools/gamepad/evdev_touch.h"

/**
 * struct evdev_pad - What the events so far have made of a pad
 * @device: libevdev's picture of it, whose values follow the events
 * @map: Which control is which axis and button
 * @state: The pad at the end of the last frame
 * @presses: Presses since the beginning, by button; in @state at frame ends
 * @partial: Events were lost, and what comes up to the frame's end is ignored;
 *	to be cleared by who passes on a difference
 * @lost: Events were lost, and the device was not asked since. Ask it once
 *	nothing more is waiting, and then call evdev_pad_asked()
 * @touch: Fingers, if @state supports them
 */
struct evdev_pad {
	struct libevdev *device;
	struct evdev_map map;
	struct sealmem_gamepad state;
	uint32_t presses[SEALMEM_GAMEPAD_BUTTONS];
	bool partial;
	bool lost;
	struct evdev_touch touch;
};

/*
 * The pad begins with the values in @device, which stays the caller's and must
 * live as long; its messages are switched off. What is held down then was not
 * pressed. 0, or -EMEDIUMTYPE if it is no gamepad.
 */
int evdev_pad_init(struct evdev_pad *pad, struct libevdev *device,
		   const struct mapping_table *mappings);

/* Does anything of the pad come from this code of EV_KEY or EV_ABS? */
bool evdev_pad_uses(const struct evdev_pad *pad, unsigned int type,
		    unsigned int code);

/*
 * Any event whatsoever. True if it ended a frame; @ret_pad, which may be NULL,
 * is then the pad with all that it is. The event's time is in it, in
 * microseconds of whatever clock; 0 if that cannot be a time.
 */
bool evdev_pad_event(struct evdev_pad *pad, const struct input_event *event,
		     struct sealmem_gamepad *ret_pad);

/*
 * The device was asked for its state, @pad->device has it, and the difference
 * was passed on as events: nothing is lost any more. Fingers are taken from
 * there.
 */
void evdev_pad_asked(struct evdev_pad *pad);

#endif
