/* SPDX-License-Identifier: MIT */
/* Which nodes belong together. */
#ifndef SEALMEM_TOOLS_EVDEV_GROUP_H
#define SEALMEM_TOOLS_EVDEV_GROUP_H

#include <libevdev/libevdev.h>

#define EVDEV_GROUP_SIZE	512

/*
 * A text that all nodes of one physical device share, or "". @path is the
 * node's. What the device says of itself comes first; two that say the same
 * get the same text.
 */
void evdev_group(const struct libevdev *device, const char *path,
		 char ret_group[EVDEV_GROUP_SIZE]);

#endif
