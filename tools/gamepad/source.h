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
	void (*close)(struct source *source);
	void *state;
};

/**
 * struct source_options - What to open
 * @device: Device node, or NULL for the first gamepad there is
 * @rate_hz: Ticks a second, of sources that move by themselves
 */
struct source_options {
	const char *device;
	uint64_t rate_hz;
};

/* False after a line on stderr that says why. */
bool source_synthetic_open(const struct source_options *options,
			   struct source *ret_source);

/*
 * Opens a gamepad through libevdev. With @quiet, having none says nothing: the
 * reason is then in @ret_source->name.
 */
bool source_evdev_open(const struct source_options *options, bool quiet,
		       struct source *ret_source);

#endif
