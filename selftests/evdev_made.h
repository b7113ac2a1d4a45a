/* SPDX-License-Identifier: MIT */
/* Devices that nobody has, made of libevdev alone. */
#ifndef SEALMEM_SELFTESTS_EVDEV_MADE_H
#define SEALMEM_SELFTESTS_EVDEV_MADE_H

#include <libevdev/libevdev.h>
#include <linux/input.h>

#include "harness.h"

static inline void add_keys(struct libevdev *device, unsigned int first,
			    unsigned int last)
{
	for (unsigned int code = first; code <= last; code++)
		libevdev_enable_event_code(device, EV_KEY, code, NULL);
}

static inline void add_axis(struct libevdev *device, unsigned int code, int min,
			    int max, int value)
{
	const struct input_absinfo info = { .value = value,
					    .minimum = min,
					    .maximum = max };

	libevdev_enable_event_code(device, EV_ABS, code, &info);
}

/* As the driver xpad shows an Xbox 360 pad. */
static inline struct libevdev *make_xbox_pad(void)
{
	struct libevdev *device = libevdev_new();

	ASSERT_NOT_NULL(device);
	libevdev_set_name(device, "Made Pad");
	libevdev_set_id_vendor(device, 0x045e);
	libevdev_set_id_product(device, 0x028e);
	add_keys(device, BTN_A, BTN_B);
	add_keys(device, BTN_X, BTN_Y);
	add_keys(device, BTN_TL, BTN_TR);
	add_keys(device, BTN_SELECT, BTN_THUMBR);
	add_axis(device, ABS_X, -32768, 32767, 0);
	add_axis(device, ABS_Y, -32768, 32767, 0);
	add_axis(device, ABS_RX, -32768, 32767, 0);
	add_axis(device, ABS_RY, -32768, 32767, 0);
	add_axis(device, ABS_Z, 0, 255, 0);
	add_axis(device, ABS_RZ, 0, 255, 0);
	add_axis(device, ABS_HAT0X, -1, 1, 0);
	add_axis(device, ABS_HAT0Y, -1, 1, 0);
	return device;
}

static inline struct input_event make_event(unsigned int type,
					    unsigned int code, int value)
{
	return (struct input_event){ .type = (__u16)type,
				     .code = (__u16)code,
				     .value = value };
}

#endif
