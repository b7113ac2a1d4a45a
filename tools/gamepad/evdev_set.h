/* SPDX-License-Identifier: MIT */
/*
 * The gamepads that are open. Every event node is opened once: what is no
 * gamepad is closed again, and so is a joystick that is another face of a
 * gamepad. Two gamepads that share a socket are two: receivers for several
 * players look like that.
 */
#ifndef SEALMEM_TOOLS_EVDEV_SET_H
#define SEALMEM_TOOLS_EVDEV_SET_H

#include <limits.h>
#include <stddef.h>
#include <sys/stat.h>

#include "tools/gamepad/evdev_shaker.h"
#include "tools/gamepad/source.h"

#define EVDEV_SET_MAX	64

/**
 * struct evdev_entry - An open gamepad
 * @watch: Its descriptor in the loop; comes first
 * @set: Where it belongs
 * @device: NULL if this is free
 * @shaker: Who plays on it, once something was played; closes @device then
 * @number: What the sink knows it by; 0 while it was not told
 * @path: Of its node
 * @status: What was at that path when it was opened
 * @pad: What the sink was told last
 */
struct evdev_entry {
	struct loop_watch watch;
	struct evdev_set *set;
	struct evdev_device *device;
	struct evdev_shaker *shaker;
	uint64_t number;
	char *path;
	struct stat status;
	struct sealmem_gamepad pad;
};

/**
 * struct evdev_set - All of them
 * @options: What was asked for; strings are borrowed
 * @folder: Where nodes are looked for, without a slash at the end
 * @loop: NULL until it was started
 * @sink: Who is told, once it was
 * @last: The newest device's number
 * @said_full: There was no room for a device, and that was said
 * @denied: A node that could not be opened for want of permission, or ""
 * @entries: The gamepads
 * @ending: Of gamepads that went, and may not be over yet
 */
struct evdev_set {
	struct source_options options;
	char folder[PATH_MAX];
	struct loop *loop;
	struct source_sink sink;
	uint64_t last;
	bool said_full;
	char denied[PATH_MAX];
	struct evdev_entry entries[EVDEV_SET_MAX];
	struct evdev_shaker *ending[EVDEV_SET_MAX];
};

/* From here on what comes goes into @loop, and @sink is told of it. */
void evdev_set_start(struct evdev_set *set, struct loop *loop,
		     const struct source_sink *sink);

/* Reads all of them, ready or not. */
void evdev_set_read(struct evdev_set *set);

/* As struct source's; 0 says that it was asked for. Nothing waits for it. */
int evdev_set_play(struct evdev_set *set, uint64_t number,
		   const struct sealmem_gamepad_effect *effect);

/*
 * Opens what is at @path if that is a gamepad that is not open. 0 if it is
 * open then, or why not, as evdev_device_open() says it; -EEXIST if it is
 * under another name, -ENOSPC if there are too many.
 */
int evdev_set_look_at(struct evdev_set *set, const char *path);

/* The named device, or all event nodes; closes those that are not there. */
void evdev_set_look(struct evdev_set *set);

/* A node came to the folder or changed, or went. */
void evdev_set_came(struct evdev_set *set, const char *name);
void evdev_set_went(struct evdev_set *set, const char *name);

unsigned int evdev_set_count(const struct evdev_set *set);

/* "/dev/input/event7 (Live Pad)", of the first of them; "" if there is none. */
void evdev_set_describe(const struct evdev_set *set, char *ret_text,
			size_t size);

/* All of them, without a word. */
void evdev_set_close(struct evdev_set *set);

#endif
