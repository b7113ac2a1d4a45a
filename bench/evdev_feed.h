/* SPDX-License-Identifier: MIT */
/*
 * What stands in for an event node: a pipe with struct input_event in it. It is
 * read as a node is, whole frames at a time and without waiting, and what comes
 * out goes through the same decoder. Made of what libevdev would tell of an
 * Xbox 360 pad.
 */
#ifndef BENCH_EVDEV_FEED_H
#define BENCH_EVDEV_FEED_H

#include <fcntl.h>
#include <linux/input.h>
#include <stdbool.h>
#include <unistd.h>

#include "bench.h"
#include "tools/gamepad/evdev_pad.h"
#include "tools/gamepad/loop.h"

#define FEED_READ 256
#define FRAME	  4

struct feed {
	struct loop_watch watch;
	int hand;
	int32_t value;
	struct libevdev *device;
	struct evdev_pad pad;
	/* Whom to tell of a frame. */
	void (*framed)(void *data, const struct sealmem_gamepad *pad);
	void *data;
	struct input_event events[FEED_READ];
};

/* ---- the device ------------------------------------------------------ */

static inline struct libevdev *feed_describe(void)
{
	static const unsigned int keys[] = {
		BTN_A, BTN_B, BTN_X, BTN_Y, BTN_TL, BTN_TR, BTN_SELECT,
		BTN_START, BTN_MODE, BTN_THUMBL, BTN_THUMBR,
	};
	static const unsigned int sticks[] = { ABS_X, ABS_Y, ABS_RX, ABS_RY };
	static const struct input_absinfo stick = { .minimum = -32768,
						    .maximum = 32767 };
	struct libevdev *device = libevdev_new();

	BENCH_CHECK(device);
	libevdev_set_id_bustype(device, BUS_USB);
	libevdev_set_id_vendor(device, 0x045e);
	libevdev_set_id_product(device, 0x028e);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		libevdev_enable_event_code(device, EV_KEY, keys[i], NULL);
	for (size_t i = 0; i < sizeof(sticks) / sizeof(sticks[0]); i++)
		libevdev_enable_event_code(device, EV_ABS, sticks[i], &stick);
	return device;
}

/* A frame of a moving stick and a button, each time with other values. */
static inline void feed_write(struct feed *feed)
{
	const struct input_event frame[FRAME] = {
		{ .type = EV_ABS, .code = ABS_X, .value = ++feed->value },
		{ .type = EV_ABS, .code = ABS_Y, .value = -feed->value },
		{ .type = EV_KEY, .code = BTN_A, .value = feed->value & 1 },
		{ .type = EV_SYN, .code = SYN_REPORT },
	};

	BENCH_CHECK(write(feed->hand, frame, sizeof(frame)) == sizeof(frame));
}

/* One read for all that is there, as long as it fits. */
static inline void feed_read(struct feed *feed)
{
	ssize_t size = read(feed->watch.fd, feed->events, sizeof(feed->events));

	for (ssize_t i = 0; i < size / (ssize_t)sizeof(feed->events[0]); i++)
		if (evdev_pad_event(&feed->pad, &feed->events[i], NULL) &&
		    feed->framed)
			feed->framed(feed->data, &feed->pad.state);
	feed->watch.again = size == sizeof(feed->events);
}

static inline void feed_ready(struct loop_watch *watch, uint32_t revents)
{
	(void)revents;
	feed_read((struct feed *)watch);
}

static inline void feed_open(struct feed *feed, bool edge)
{
	int ends[2];

	BENCH_CHECK(pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0);
	feed->watch = (struct loop_watch){ .fd = ends[0],
					   .events = POLLIN,
					   .edge = edge,
					   .ready = feed_ready };
	feed->hand = ends[1];
	feed->value = 0;
	feed->device = feed_describe();
	BENCH_CHECK(evdev_pad_init(&feed->pad, feed->device, NULL) == 0);
}

static inline void feed_close(struct feed *feed)
{
	close(feed->watch.fd);
	close(feed->hand);
	libevdev_free(feed->device);
}

#endif
