/* SPDX-License-Identifier: MIT */
/*
 * A pad's motion sensors and touchpad are nodes of their own. What they share
 * is a serial number or Bluetooth address (UNIQ), the socket that they are
 * plugged into (PHYS), or the device in sysfs that all of them hang on.
 */
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "tools/gamepad/evdev_group.h"

/* Cheap ones have a number that is no number: 00:00:00:00:00:00, or blanks. */
static bool tells_apart(const char *uniq)
{
	return uniq && uniq[strspn(uniq, "0:-. ")] != '\0';
}

/* "usb-0000:00:14.0-1/input0" is one interface of "usb-0000:00:14.0-1". */
static int length_of_socket(const char *phys)
{
	const char *end = NULL;

	for (const char *at = phys; at && (at = strstr(at, "/input")); at++)
		end = at;
	return end ? (int)(end - phys) : 0;
}

/* Virtual devices have no device above them: each is alone. */
static void from_sysfs(const char *path, char ret_group[EVDEV_GROUP_SIZE])
{
	char link[128], target[PATH_MAX];
	struct stat status;

	if (stat(path, &status) < 0)
		return;
	snprintf(link, sizeof(link), "/sys/dev/char/%u:%u/device/device",
		 major(status.st_rdev), minor(status.st_rdev));
	if (realpath(link, target))
		snprintf(ret_group, EVDEV_GROUP_SIZE, "sysfs %.500s", target);
}

void evdev_group(const struct libevdev *device, const char *path,
		 char ret_group[EVDEV_GROUP_SIZE])
{
	const char *uniq = libevdev_get_uniq(device);
	const char *phys = libevdev_get_phys(device);
	int length = length_of_socket(phys);

	ret_group[0] = '\0';
	/* Two of a model may say the same, but not in the same socket. */
	if (tells_apart(uniq))
		snprintf(ret_group, EVDEV_GROUP_SIZE, "uniq %.200s %.*s", uniq,
			 length > 200 ? 200 : length, phys ? phys : "");
	else if (length > 0)
		snprintf(ret_group, EVDEV_GROUP_SIZE, "phys %.*s",
			 length > 500 ? 500 : length, phys);
	else
		from_sysfs(path, ret_group);
}
