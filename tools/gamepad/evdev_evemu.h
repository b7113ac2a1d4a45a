/* SPDX-License-Identifier: MIT */
/*
 * Recordings of devices: the text of evemu-record, which evemu-play and the
 * bug trackers of input stacks take. One line each:
 *
 *   N: name                     I: bus vendor product version
 *   P: 8 bytes of properties    B: type, 8 bytes of its codes
 *   A: axis min max fuzz flat resolution
 *   L: LED value                S: switch value
 *   E: seconds.microseconds type code value
 *
 * What follows a # is for people.
 */
#ifndef SEALMEM_TOOLS_EVDEV_EVEMU_H
#define SEALMEM_TOOLS_EVDEV_EVEMU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <libevdev/libevdev.h>

#define EVEMU_SIZE_MAX		(64u << 20)
#define EVEMU_EVENTS_MAX	(1u << 20)
#define EVEMU_NAME_MAX		255

/**
 * struct evemu - A recording; zero is the empty one
 * @device: What it is of: a description, behind which is no device
 * @events: With times since some start, which never go back
 * @event_count: How many
 */
struct evemu {
	struct libevdev *device;
	struct input_event *events;
	size_t event_count;
};

/** struct evemu_error - What is wrong with a text, and in which line, from 1 */
struct evemu_error {
	size_t line;
	const char *problem;
};

/*
 * Any bytes whatsoever: 0, -EBADMSG (and @ret_error is filled in) or -ENOMEM.
 * Free the recording with evemu_free().
 */
int evemu_parse(const char *text, size_t size, struct evemu *ret_evemu,
		struct evemu_error *ret_error);

/* From a file. False after a line on stderr. */
bool evemu_load(const char *path, struct evemu *ret_evemu);

void evemu_free(struct evemu *evemu);

/* The highest bit of a B: line: of type 0 those are the types; -1 for none. */
int evemu_max(unsigned int type);

uint64_t evemu_time_us(const struct input_event *event);

/* All but the events; a name of more than one line becomes one. */
void evemu_write_device(FILE *file, const struct libevdev *device);

void evemu_write_event(FILE *file, const struct input_event *event);

/* Has it keys that write text? What those say is nobody else's business. */
bool evemu_can_type(const struct libevdev *device);

#endif
