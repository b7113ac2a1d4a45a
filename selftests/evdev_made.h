/* SPDX-License-Identifier: MIT */
/* Devices that nobody here has: libevdev's picture of them, made by hand. */
#ifndef SEALMEM_SELFTESTS_EVDEV_MADE_H
#define SEALMEM_SELFTESTS_EVDEV_MADE_H

#include <libevdev/libevdev.h>
#include <linux/input.h>
#include <stddef.h>
#include <stdint.h>

static inline struct libevdev *made_device(int vendor, int product)
{
	struct libevdev *device = libevdev_new();

	libevdev_set_name(device, "Pad");
	libevdev_set_id_bustype(device, BUS_USB);
	libevdev_set_id_vendor(device, vendor);
	libevdev_set_id_product(device, product);
	return device;
}

static inline void made_keys(struct libevdev *device, unsigned int first,
			     unsigned int last)
{
	for (unsigned int code = first; code <= last; code++)
		libevdev_enable_event_code(device, EV_KEY, code, NULL);
}

static inline void made_axis(struct libevdev *device, unsigned int code,
			     int min, int max, int value)
{
	const struct input_absinfo info = {
		.value = value, .minimum = min, .maximum = max
	};

	libevdev_enable_event_code(device, EV_ABS, code, &info);
}

/* Axes from 0 to 255 that are at rest in the middle; up to a negative code. */
static inline void made_axes(struct libevdev *device, const int *codes)
{
	for (; *codes >= 0; codes++)
		made_axis(device, (unsigned int)*codes, 0, 255, 128);
}

/* As the driver xpad shows an Xbox 360 pad, but for its name. */
static inline struct libevdev *made_xbox_pad(void)
{
	static const int sticks[] = { ABS_X, ABS_Y, ABS_RX, ABS_RY };
	struct libevdev *device = made_device(0x045e, 0x028e);

	made_keys(device, BTN_A, BTN_B);
	made_keys(device, BTN_X, BTN_Y);
	made_keys(device, BTN_TL, BTN_TR);
	made_keys(device, BTN_SELECT, BTN_THUMBR);
	for (size_t i = 0; i < 4; i++)
		made_axis(device, (unsigned int)sticks[i], -32768, 32767, 0);
	made_axis(device, ABS_Z, 0, 255, 0);
	made_axis(device, ABS_RZ, 0, 255, 0);
	made_axis(device, ABS_HAT0X, -1, 1, 0);
	made_axis(device, ABS_HAT0Y, -1, 1, 0);
	return device;
}

static inline struct input_event made_event(unsigned int type,
					    unsigned int code, int value)
{
	return (struct input_event){ .type = (__u16)type,
				     .code = (__u16)code,
				     .value = value };
}

#define MADE_AXES(device, ...)                                              \
	made_axes(device, (const int[]){ __VA_ARGS__, -1 })

#endif
