/* SPDX-License-Identifier: MIT */
/*
 * Where pads come from. A source waits for its devices in the loop of whoever
 * opened it, and tells a sink what becomes of them.
 */
#ifndef SEALMEM_TOOLS_SOURCE_H
#define SEALMEM_TOOLS_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include <sealmem/gamepad.h>
#include <sealmem/gamepad_effect.h>

#include "tools/gamepad/loop.h"

/* Above this an analog button counts as pressed: Chromium's threshold. */
#define SOURCE_PRESSED_ABOVE	(30.0f / 255.0f)

/**
 * struct source_sink - Who is told
 * @data: For the functions
 * @connect: A device came: its number, which no other device of this source
 *	ever has, whether its layout is known, and its state
 * @update: It changed. The times and press counts of @pad are filled in, but
 *	for publish_time_us
 * @disconnect: It went. Nothing more comes under that number
 */
struct source_sink {
	void *data;
	void (*connect)(void *data, uint64_t device, bool recognised,
			const struct sealmem_gamepad *pad);
	void (*update)(void *data, uint64_t device,
		       const struct sealmem_gamepad *pad);
	void (*disconnect)(void *data, uint64_t device);
};

/**
 * struct source - An open source
 * @name: For people: valid UTF-8 without control characters
 * @pad_count: Pads that it had when it was opened
 * @period_us: Time between ticks; 0 if there are none
 * @start: Puts its descriptors into @loop and tells @sink, which is copied, of
 *	the devices that are there. 0 or what is wrong. Once, before all else
 * @tick: What happens every @period_us; NULL if that is 0
 * @rescan: Looks for devices anew; NULL if that makes no sense
 * @play: Plays an effect on a device; NULL if no device of it can. 0, -ENOENT
 *	if there is no such device, or what the device says
 * @close: Closes what was opened, without telling the sink of each device
 * @state: The source's own
 */
struct source {
	char name[512];
	unsigned int pad_count;
	uint64_t period_us;
	int (*start)(struct source *source, struct loop *loop,
		     const struct source_sink *sink);
	void (*tick)(struct source *source);
	void (*rescan)(struct source *source);
	int (*play)(struct source *source, uint64_t device,
		    const struct sealmem_gamepad_effect *effect);
	void (*close)(struct source *source);
	void *state;
};

struct mapping_table;

/**
 * struct source_options - What to open
 * @device: The device's node, and no other; NULL for all gamepads
 * @folder: Where event nodes are; NULL for /dev/input
 * @replay: A recording, instead of devices
 * @rate_hz: Ticks a second, of sources that move by themselves
 * @poll_us: Read devices so often, ready or not; 0: when they are ready
 * @mappings: What the user says of devices, or NULL
 */
struct source_options {
	const char *device;
	const char *folder;
	const char *replay;
	uint64_t rate_hz;
	uint64_t poll_us;
	const struct mapping_table *mappings;
};

/* False after a line on stderr that says why. */
bool source_synthetic_open(const struct source_options *options,
			   struct source *ret_source);

/*
 * The gamepads of this machine, as they come and go. What belongs to a gamepad
 * without being one, as its touchpad and its motion sensors, is left alone.
 * Having none yet is no reason to fail but with @quiet, and is then said in
 * @ret_source->name alone.
 */
bool source_evdev_open(const struct source_options *options, bool quiet,
		       struct source *ret_source);

/* Plays a recording, once. */
bool source_replay_open(const struct source_options *options,
			struct source *ret_source);

#endif
