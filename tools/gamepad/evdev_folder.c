/* SPDX-License-Identifier: MIT */
/* A folder of nodes, or as much as there is of the way to it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "tools/gamepad/evdev_folder.h"

/* udev sets permissions after the node is there: hence IN_ATTRIB. */
#define CAME	(IN_CREATE | IN_MOVED_TO | IN_ATTRIB)
#define WENT	(IN_DELETE | IN_MOVED_FROM)
#define SELF	(IN_DELETE_SELF | IN_MOVE_SELF)

/* ---- the way there ------------------------------------------------------ */

/* The next shorter path; false if there is none. */
static bool go_up(char *path)
{
	char *slash = strrchr(path, '/');

	if (!slash || !strcmp(path, "/"))
		return false;
	if (slash == path)
		slash++;
	*slash = '\0';
	return true;
}

static void watch_nearest(struct evdev_folder *folder)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s", folder->path);
	do
		folder->watch = inotify_add_watch(folder->inotify, path,
						  CAME | WENT | SELF |
							  IN_ONLYDIR);
	while (folder->watch < 0 && go_up(path));
	folder->is_there = folder->watch >= 0 && !strcmp(path, folder->path);
}

static void drop_watch(struct evdev_folder *folder, int watch)
{
	if (watch >= 0 && watch != folder->watch)
		inotify_rm_watch(folder->inotify, watch);
}

/*
 * What is missing may come between the look for it and the watch of what is
 * above it: so look again, until that finds nothing new.
 */
void evdev_folder_renew(struct evdev_folder *folder)
{
	int before;

	do {
		before = folder->watch;
		watch_nearest(folder);
		drop_watch(folder, before);
	} while (!folder->is_there && folder->watch != before);
}

/* ---- what happens ------------------------------------------------------- */

/* Something on the way changed, or the folder went. */
static bool look_again(struct evdev_folder *folder)
{
	bool was_there = folder->is_there;

	evdev_folder_renew(folder);
	return was_there || folder->is_there;
}

static void tell(struct evdev_folder *folder,
		 const struct evdev_folder_listener *listener,
		 const struct inotify_event *event)
{
	bool lost = event->mask & IN_Q_OVERFLOW;

	if (!lost && event->wd != folder->watch)
		return;
	if (lost || !folder->is_there ||
	    event->mask & (SELF | IN_IGNORED | IN_UNMOUNT)) {
		if (look_again(folder))
			listener->told(listener->data, EVDEV_FOLDER_ANY, "");
	} else if (event->len) {
		listener->told(listener->data,
			       event->mask & WENT ? EVDEV_FOLDER_WENT :
						    EVDEV_FOLDER_CAME,
			       event->name);
	}
}

bool evdev_folder_read(struct evdev_folder *folder,
		       const struct evdev_folder_listener *listener)
{
	_Alignas(struct inotify_event) char bytes[4096];
	ssize_t size = read(folder->inotify, bytes, sizeof(bytes));
	ssize_t at = 0;

	while (at < size) {
		const struct inotify_event *event = (const void *)&bytes[at];

		tell(folder, listener, event);
		at += (ssize_t)(sizeof(*event) + event->len);
	}
	return size > 0;
}

/* ---- beginning and end -------------------------------------------------- */

int evdev_folder_open(const char *path, struct evdev_folder *ret_folder)
{
	ret_folder->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (ret_folder->inotify < 0)
		return -errno;
	snprintf(ret_folder->path, sizeof(ret_folder->path), "%s", path);
	ret_folder->watch = -1;
	evdev_folder_renew(ret_folder);
	return 0;
}

void evdev_folder_close(struct evdev_folder *folder)
{
	if (folder->inotify >= 0)
		close(folder->inotify);
	folder->inotify = -1;
}
