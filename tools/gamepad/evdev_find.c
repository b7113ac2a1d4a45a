/* SPDX-License-Identifier: MIT */
/*
 * Finding a gamepad without udev, which containers do not have: every event
 * node is opened, in order, until one of them is a gamepad.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/gamepad/evdev_find.h"
#include "tools/gamepad/evdev_node.h"

#define INPUT_FOLDER	"/dev/input"

void evdev_close(struct libevdev *device)
{
	int fd;

	if (!device)
		return;
	fd = libevdev_get_fd(device);
	libevdev_free(device);
	close(fd);
}

enum evdev_result evdev_open(const char *path, struct libevdev **ret_device)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	struct libevdev *device;
	int ret;

	if (fd < 0)
		return EVDEV_FAILED;
	ret = libevdev_new_from_fd(fd, &device);
	if (ret < 0) {
		close(fd);
		errno = -ret;
		return EVDEV_FAILED;
	}
	if (!evdev_class_is_pad(evdev_classify(device))) {
		evdev_close(device);
		return EVDEV_NO_GAMEPAD;
	}
	*ret_device = device;
	return EVDEV_OPENED;
}

/* The number of an event node, or -1. */
static int node_number(const char *name)
{
	char *end;
	long number;

	if (strncmp(name, "event", 5) || name[5] < '0' || name[5] > '9')
		return -1;
	number = strtol(name + 5, &end, 10);
	return *end || number > INT_MAX - 1 ? -1 : (int)number;
}

/* The lowest number above @after, or INT_MAX: folders have no order. */
static int next_node(int after)
{
	DIR *folder = opendir(INPUT_FOLDER);
	struct dirent *entry;
	int next = INT_MAX;

	if (!folder)
		return INT_MAX;
	while ((entry = readdir(folder))) {
		int number = node_number(entry->d_name);

		if (number > after && number < next)
			next = number;
	}
	closedir(folder);
	return next;
}

struct libevdev *evdev_find(char *ret_text, size_t size)
{
	struct libevdev *device = NULL;
	char path[64];
	int denied = -1;

	for (int n = next_node(-1); n != INT_MAX; n = next_node(n)) {
		snprintf(path, sizeof(path), INPUT_FOLDER "/event%d", n);
		switch (evdev_open(path, &device)) {
		case EVDEV_OPENED:
			snprintf(ret_text, size, "%s", path);
			return device;
		case EVDEV_FAILED:
			denied = errno == EACCES ? n : denied;
			break;
		case EVDEV_NO_GAMEPAD:
			break;
		}
	}
	if (denied >= 0)
		snprintf(ret_text, size, "no gamepad that this user may read: "
			 INPUT_FOLDER "/event%d, for one, is not (join the "
			 "group input?)", denied);
	else
		snprintf(ret_text, size, "no gamepad in " INPUT_FOLDER);
	return NULL;
}
