/* SPDX-License-Identifier: MIT */
/*
 * Where pads come from. A source is stepped when its descriptor is ready, when
 * its period is over, or at once when the last step left something undone.
 */
#ifndef SEALMEM_TOOLS_SOURCE_H
#define SEALMEM_TOOLS_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include <sealmem/gamepad.h>

/* Above this an analog button counts as pressed: Chromium's threshold. */
#define SOURCE_PRESSED_ABOVE	(30.0f / 255.0f)

/**
 * struct source - An open source
 * @fd: To be polled for reading; -1 if there is none, or none any more
 * @period_us: Time between steps; 0 if only @fd matters
 * @again: The last step stopped early and wants to go on without waiting
 * @pad_count: Pads that it fills, from index 0
 * @name: For people: valid UTF-8 without control characters
 * @step: Brings @pads up to date; @revents is what poll said about @fd. The
 *	members of a pad that did not change keep what the last step left, but
 *	for publish_time_us, which is the caller's. Returns a bit for every pad
 *	that changed; the first step reports all of them
 * @close: Closes what the source opened
 * @state: The source's own
 */
struct source {
	int fd;
	uint64_t period_us;
	bool again;
	unsigned int pad_count;
	char name[512];
	unsigned int (*step)(struct source *source, short revents,
			     struct sealmem_gamepad *pads);
	void (*close)(struct source *source);
	void *state;
};

/**
 * struct source_options - What to open
 * @device: Device node, or NULL for the first gamepad there is
 * @rate_hz: Steps a second, of sources that move by themselves
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
