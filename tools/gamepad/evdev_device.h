/* SPDX-License-Identifier: MIT */
/* One gamepad and its event node: opened, read and let go. */
#ifndef SEALMEM_TOOLS_EVDEV_DEVICE_H
#define SEALMEM_TOOLS_EVDEV_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include <libevdev/libevdev.h>

#include <sealmem/gamepad_effect.h>

struct evdev_device;
struct mapping_table;

/*
 * Opens a node for reading and writing, or for reading alone, without waiting
 * for it ever. 0, -EACCES (a fresh node: udev may still be at work), -ENOENT,
 * -ENODEV (it went, or was revoked), -ENOTTY (no input device), -EMEDIUMTYPE
 * (no gamepad), -ENOMEM, or what open(2) and the device's ioctls say.
 */
int evdev_device_open(const char *path, const struct mapping_table *mappings,
		      struct evdev_device **ret_device);

/* Readable when there are events. Stays open until evdev_device_close(). */
int evdev_device_fd(const struct evdev_device *device);

/* What the device is; its values are those of the events read so far. */
const struct libevdev *evdev_device_info(const struct evdev_device *device);

/* Of a known family, or described by the user? */
bool evdev_device_is_recognised(const struct evdev_device *device);

/*
 * The same text for all nodes of one physical pad; "" if nothing is known. Two
 * pads behind one receiver may share it: it tells what belongs to a gamepad,
 * not whether two gamepads are one.
 */
const char *evdev_device_group(const struct evdev_device *device);

/**
 * enum evdev_step - What came of a step
 * @EVDEV_CHANGED: The pad is new, and was filled in
 * @EVDEV_MORE: There may be more to read: step again without waiting
 * @EVDEV_GONE: The device is no more: the pad is disconnected, everything is
 *	released. Told once; no later step does or says anything. Take its
 *	descriptor out of the loop and close
 */
enum evdev_step {
	EVDEV_CHANGED = 1,
	EVDEV_MORE = 2,
	EVDEV_GONE = 4,
};

/*
 * Reads what is there, 1024 events at most. @revents is what poll said, or 0.
 * @ret_pad is filled in on EVDEV_CHANGED, which the first step always says.
 * Returns bits of enum evdev_step.
 */
unsigned int evdev_device_step(struct evdev_device *device, uint32_t revents,
			       struct sealmem_gamepad *ret_pad);

/*
 * @event is called with every event, before it has any effect: also with those
 * that stand for what changed while events were lost. What no pad is made of
 * never gets here. NULL ends it.
 */
void evdev_device_tap(struct evdev_device *device,
		      void (*event)(void *data, const struct input_event *event),
		      void *data);

/*
 * 0, -ENODEV (it is gone), -EACCES (it could be opened for reading alone) or
 * -EOPNOTSUPP (it has no motors).
 */
int evdev_device_may_play(const struct evdev_device *device);

/*
 * Plays @effect, whatever its index, instead of what is playing. 0, as
 * evdev_device_may_play(), -EOPNOTSUPP (not such motors), -EINVAL (too long), or
 * what the kernel has against it. Some drivers wait for the device's answer:
 * evdev_shaker.h is for who may not.
 */
int evdev_device_play(struct evdev_device *device,
		      const struct sealmem_gamepad_effect *effect);

/* What it plays ends. NULL is accepted. */
void evdev_device_close(struct evdev_device *device);

#endif
