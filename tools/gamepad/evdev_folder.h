/* SPDX-License-Identifier: MIT */
/*
 * Which nodes come and go in a folder, by inotify: without udev, which
 * containers do not have. The folder itself may come and go, too.
 */
#ifndef SEALMEM_TOOLS_EVDEV_FOLDER_H
#define SEALMEM_TOOLS_EVDEV_FOLDER_H

#include <limits.h>
#include <stdbool.h>

/**
 * struct evdev_folder - A folder that is watched
 * @inotify: To be polled for reading; -1 if it is not open
 * @path: The folder, without a slash at the end
 * @watch: Of the folder, or of what is there of the way to it; -1 if nothing is
 * @is_there: It is the folder that is watched
 */
struct evdev_folder {
	int inotify;
	char path[PATH_MAX];
	int watch;
	bool is_there;
};

/**
 * enum evdev_folder_news - What happened
 * @EVDEV_FOLDER_CAME: A node is new there, or its permissions are
 * @EVDEV_FOLDER_WENT: A node is not there any more
 * @EVDEV_FOLDER_ANY: Anything: the whole folder has to be looked at
 */
enum evdev_folder_news {
	EVDEV_FOLDER_CAME,
	EVDEV_FOLDER_WENT,
	EVDEV_FOLDER_ANY,
};

/**
 * struct evdev_folder_listener - Who is told
 * @data: For @told
 * @told: @name is the node's in the folder; "" of EVDEV_FOLDER_ANY
 */
struct evdev_folder_listener {
	void *data;
	void (*told)(void *data, enum evdev_folder_news news, const char *name);
};

/*
 * Begins to watch: who looks into the folder after that misses nothing. 0, or
 * why there is no inotify for us; @ret_folder is then closed.
 */
int evdev_folder_open(const char *path, struct evdev_folder *ret_folder);

/* Tells what happened. True if there may be more to tell. */
bool evdev_folder_read(struct evdev_folder *folder,
		       const struct evdev_folder_listener *listener);

/* Something else may be at the path by now: a mount tells nobody. */
void evdev_folder_renew(struct evdev_folder *folder);

void evdev_folder_close(struct evdev_folder *folder);

#endif
