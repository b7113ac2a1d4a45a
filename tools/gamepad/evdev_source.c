/* SPDX-License-Identifier: MIT */
/* A source of all gamepads of this machine, or of the one that was named. */
#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/gamepad/evdev_folder.h"
#include "tools/gamepad/evdev_set.h"
#include "tools/tool.h"

#define INPUT_FOLDER	"/dev/input"

/* A folder and its place in the loop, which comes first. */
struct watched {
	struct loop_watch watch;
	struct evdev_set *set;
	struct evdev_folder folder;
};

/**
 * struct machine - The source
 * @set: Its gamepads
 * @watched: Their folder; for one node also the one that a link leads to
 */
struct machine {
	struct evdev_set set;
	struct watched watched[2];
};

/* ---- hot-plug ----------------------------------------------------------- */

/* For one named node, which may be a link, anything is a reason to look. */
static void folder_told(void *data, enum evdev_folder_news news,
			const char *name)
{
	struct evdev_set *set = data;

	if (set->options.device || news == EVDEV_FOLDER_ANY)
		evdev_set_look(set);
	else if (news == EVDEV_FOLDER_CAME)
		evdev_set_came(set, name);
	else
		evdev_set_went(set, name);
}

static void folder_ready(struct loop_watch *watch, uint32_t revents)
{
	struct watched *watched = (struct watched *)watch;
	const struct evdev_folder_listener listener = { watched->set,
							folder_told };

	(void)revents;
	watch->again = evdev_folder_read(&watched->folder, &listener);
}

static int wait_for_folder(struct loop *loop, struct watched *watched)
{
	if (watched->folder.inotify < 0)
		return 0;
	watched->watch.fd = watched->folder.inotify;
	watched->watch.events = POLLIN;
	watched->watch.edge = true;
	watched->watch.ready = folder_ready;
	return loop_add(loop, &watched->watch);
}

static void watch_folder(struct machine *machine, size_t which,
			 const char *path)
{
	struct watched *watched = &machine->watched[which];
	int ret = evdev_folder_open(path, &watched->folder);

	watched->set = &machine->set;
	if (ret < 0)
		tool_say("cannot notice gamepads that come: %s",
			 strerror(-ret));
}

/* udev's links are new before its permissions are; those are elsewhere. */
static void watch_target(struct machine *machine)
{
	char path[PATH_MAX], target[PATH_MAX];
	ssize_t size = readlink(machine->set.options.device, target,
				sizeof(target) - 1);

	if (size <= 0)
		return;
	target[size] = '\0';
	if ((size_t)snprintf(path, sizeof(path), "%s/%s",
			     target[0] == '/' ? "" : machine->set.folder,
			     target) < sizeof(path))
		watch_folder(machine, 1, dirname(path));
}

/* Before anything is looked for, so that nothing is missed in between. */
static void watch_folders(struct machine *machine)
{
	struct evdev_set *set = &machine->set;
	const char *device = set->options.device;
	char path[PATH_MAX];

	machine->watched[0].folder.inotify = -1;
	machine->watched[1].folder.inotify = -1;
	snprintf(path, sizeof(path), "%s",
		 device ?: set->options.folder ?: INPUT_FOLDER);
	snprintf(set->folder, sizeof(set->folder), "%s",
		 device ? dirname(path) : path);
	watch_folder(machine, 0, set->folder);
	if (device)
		watch_target(machine);
}

/* ---- the source --------------------------------------------------------- */

static int machine_start(struct source *source, struct loop *loop,
			 const struct source_sink *sink)
{
	struct machine *machine = source->state;
	int ret = 0;

	for (size_t i = 0; i < 2 && ret == 0; i++)
		ret = wait_for_folder(loop, &machine->watched[i]);
	evdev_set_start(&machine->set, loop, sink);
	return ret;
}

static void machine_tick(struct source *source)
{
	struct machine *machine = source->state;

	evdev_set_read(&machine->set);
}

static void machine_rescan(struct source *source)
{
	struct machine *machine = source->state;

	for (size_t i = 0; i < 2; i++)
		if (machine->watched[i].folder.inotify >= 0)
			evdev_folder_renew(&machine->watched[i].folder);
	machine->set.said_full = false;
	evdev_set_look(&machine->set);
}

static int machine_play(struct source *source, uint64_t device,
			const struct sealmem_gamepad_effect *effect)
{
	struct machine *machine = source->state;

	return evdev_set_play(&machine->set, device, effect);
}

static void machine_close(struct source *source)
{
	struct machine *machine = source->state;

	for (size_t i = 0; i < 2; i++) {
		if (machine->set.loop)
			loop_remove(machine->set.loop,
				    &machine->watched[i].watch);
		evdev_folder_close(&machine->watched[i].folder);
	}
	evdev_set_close(&machine->set);
	free(machine);
}

/* ---- opening ------------------------------------------------------------ */

static void say_not_opened(const char *path, int ret)
{
	if (ret == -EMEDIUMTYPE)
		tool_say("%s is not a gamepad", path);
	else
		tool_say("cannot use %s: %s%s", path,
			 ret == -ENOTTY ? "not an input device" :
					  strerror(-ret),
			 ret == -EACCES ? " (join the group input?)" : "");
}

static void name_source(const struct evdev_set *set, struct source *source)
{
	const size_t size = sizeof(source->name);

	source->pad_count = evdev_set_count(set);
	if (source->pad_count == 1)
		evdev_set_describe(set, source->name, size);
	else if (source->pad_count)
		snprintf(source->name, size, "gamepads in %.400s", set->folder);
	else if (set->denied[0])
		snprintf(source->name, size,
			 "no gamepad that this user may read: %.300s, for one, "
			 "is not (join the group input?)", set->denied);
	else
		snprintf(source->name, size, "no gamepad in %.400s",
			 set->folder);
}

/* False, after saying why, if there is no use in waiting for it. */
static bool look_first(struct evdev_set *set)
{
	int ret;

	if (!set->options.device) {
		evdev_set_look(set);
		return true;
	}
	ret = evdev_set_look_at(set, set->options.device);
	if (ret < 0)
		say_not_opened(set->options.device, ret);
	return ret == 0;
}

bool source_evdev_open(const struct source_options *options, bool quiet,
		       struct source *ret_source)
{
	struct machine *machine = calloc(1, sizeof(*machine));
	bool good;

	if (!machine) {
		tool_say("out of memory");
		return false;
	}
	*ret_source = (struct source){
		.period_us = options->poll_us,
		.start = machine_start,
		.tick = options->poll_us ? machine_tick : NULL,
		.rescan = machine_rescan,
		.play = machine_play,
		.close = machine_close,
		.state = machine,
	};
	machine->set.options = *options;
	watch_folders(machine);
	good = look_first(&machine->set);
	name_source(&machine->set, ret_source);
	if (good && (!quiet || ret_source->pad_count))
		return true;
	machine_close(ret_source);
	ret_source->close = NULL;
	return false;
}
