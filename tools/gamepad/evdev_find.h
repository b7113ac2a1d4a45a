/* SPDX-License-Identifier: MIT */
/* Opening evdev devices and finding a gamepad among them. */
#ifndef SEALMEM_TOOLS_EVDEV_FIND_H
#define SEALMEM_TOOLS_EVDEV_FIND_H

#include <stddef.h>

#include <libevdev/libevdev.h>

/**
 * enum evdev_result - What came of opening a device
 * @EVDEV_OPENED: It is a gamepad
 * @EVDEV_FAILED: It could not be opened, or is no evdev device; see errno
 * @EVDEV_NO_GAMEPAD: It is something else
 */
enum evdev_result {
	EVDEV_OPENED,
	EVDEV_FAILED,
	EVDEV_NO_GAMEPAD,
};

/* Opens the gamepad at @path; close it with evdev_close(). */
enum evdev_result evdev_open(const char *path, struct libevdev **ret_device);

/*
 * Opens the first gamepad in /dev/input. NULL if there is none, and then the
 * reason is in @ret_text; otherwise the device's path is.
 */
struct libevdev *evdev_find(char *ret_text, size_t size);

/* The device and its descriptor; NULL is accepted. */
void evdev_close(struct libevdev *device);

#endif
