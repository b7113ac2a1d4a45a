/* SPDX-License-Identifier: MIT */
/*
 * Room for what a device's node gives at a time. The kernel gives whole events
 * alone; what stands in for it in tests may cut one in two.
 */
#ifndef SEALMEM_TOOLS_EVDEV_BUFFER_H
#define SEALMEM_TOOLS_EVDEV_BUFFER_H

#include <linux/input.h>
#include <stddef.h>

/* More than the kernel keeps for most pads. */
#define EVDEV_BUFFER_EVENTS	256

/**
 * struct evdev_buffer - What was read, and not dropped yet. Zero is empty
 * @have: Bytes
 * @events: Events; the last may be there in part
 */
struct evdev_buffer {
	size_t have;
	struct input_event events[EVDEV_BUFFER_EVENTS];
};

/* Where the next bytes go, and how many there may be: at least one event's. */
void *evdev_buffer_room(struct evdev_buffer *buffer, size_t *ret_size);

/* @size bytes were put there. How many events are whole now. */
size_t evdev_buffer_add(struct evdev_buffer *buffer, size_t size);

/* All whole events were used; what is there of another stays. */
void evdev_buffer_drop(struct evdev_buffer *buffer);

#endif
