/* SPDX-License-Identifier: MIT */
/*
 * Pads from evdev devices, through libevdev. Events become state frame by
 * frame, at SYN_REPORT, so that the two axes of a stick never disagree. When
 * the kernel dropped events, libevdev asks for the real state and hands out
 * the difference. A device that is unplugged leaves a disconnected pad.
 */
#include <errno.h>
#include <linux/input.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/gamepad/evdev_find.h"
#include "tools/gamepad/evdev_map.h"
#include "tools/gamepad/source.h"
#include "tools/text.h"
#include "tools/tool.h"

/* Events in one step: a device that never stops must not starve the rest. */
#define EVENTS_MAX	1024

/**
 * struct evdev - A device, and what is known of it since its last frame
 * @device: libevdev's; NULL after it was unplugged
 * @loop: Where it is waited for
 * @watch: As what
 * @source: Whose it is
 * @sink: Who is told
 * @pad: What it is told
 * @map: Which control is which button
 * @button_of_key: Button of each key, plus one; 0 if it has none
 * @monotonic: Events carry CLOCK_MONOTONIC
 * @syncing: libevdev hands out what changed while events were dropped
 * @seen: The first frame was filled in
 * @down: Keys that are down, by button
 * @presses: Presses since the device was opened, by button
 */
struct evdev {
	struct libevdev *device;
	struct loop *loop;
	struct loop_watch watch;
	struct source *source;
	struct source_sink sink;
	struct sealmem_gamepad pad;
	struct evdev_map map;
	uint8_t button_of_key[KEY_CNT];
	bool monotonic;
	bool syncing;
	bool seen;
	bool down[SEALMEM_GAMEPAD_BUTTONS];
	uint32_t presses[SEALMEM_GAMEPAD_BUTTONS];
};

static void note_key(struct evdev *evdev, unsigned int code, bool down)
{
	unsigned int button;

	if (code >= KEY_CNT || !evdev->button_of_key[code])
		return;
	button = evdev->button_of_key[code] - 1u;
	/* Value 2 is auto-repeat: still down, and no new press. */
	if (down && !evdev->down[button])
		evdev->presses[button]++;
	evdev->down[button] = down;
}

static void fill_button(struct evdev *evdev, unsigned int i,
			struct sealmem_gamepad_button *button)
{
	struct evdev_control control = evdev->map.buttons[i];
	float value;

	value = control.kind == EVDEV_KEY ?
			evdev->down[i] :
			evdev_control_value(evdev->device, control);
	/* Keys were counted event by event; axes only show here. */
	if (control.kind != EVDEV_KEY && evdev->seen && !button->pressed &&
	    value > SOURCE_PRESSED_ABOVE)
		evdev->presses[i]++;
	button->value = value;
	button->press_count = evdev->presses[i];
	button->pressed = value > SOURCE_PRESSED_ABOVE;
	button->touched = value > 0;
}

/* A frame is complete: make it the pad's state. */
static void fill_pad(struct evdev *evdev, uint64_t event_time_us,
		     struct sealmem_gamepad *pad)
{
	for (unsigned int i = 0; i < evdev->map.axis_count; i++)
		pad->axes[i] = evdev_map_axis(&evdev->map, evdev->device, i);
	for (unsigned int i = 0; i < evdev->map.button_count; i++)
		fill_button(evdev, i, &pad->buttons[i]);
	pad->event_time_us = event_time_us;
	evdev->seen = true;
}

/* What does not change while the device is there, and its state now. */
static void begin_pad(struct evdev *evdev, struct sealmem_gamepad *pad)
{
	const struct evdev_map *map = &evdev->map;

	*pad = (struct sealmem_gamepad){ .connected = 1 };
	pad->mapping = map->mapping;
	pad->axis_count = map->axis_count;
	pad->button_count = map->button_count;
	pad->axes_used = (uint32_t)((1ull << map->axis_count) - 1);
	pad->buttons_used = (uint32_t)((1ull << map->button_count) - 1);
	evdev_id(evdev->device, map, pad->id);
	for (unsigned int i = 0; i < map->button_count; i++) {
		bool standard = map->mapping && i <= 16 &&
				map->buttons[i].kind != EVDEV_NONE;

		pad->buttons[i].type = standard ?
				SEALMEM_GAMEPAD_BUTTON_STANDARD :
				SEALMEM_GAMEPAD_BUTTON_OTHER;
	}
	fill_pad(evdev, tool_now_us(), pad);
}

/* The event's own time, unless that cannot be. */
static uint64_t event_time(const struct evdev *evdev,
			   const struct input_event *event)
{
	uint64_t now_us = tool_now_us();
	uint64_t time_us;

	if (!evdev->monotonic || event->input_event_sec < 0 ||
	    event->input_event_usec < 0)
		return now_us;
	time_us = (uint64_t)event->input_event_sec * 1000000 +
		  (uint64_t)event->input_event_usec;
	return time_us > now_us ? now_us : time_us;
}

/* True if @event ended a frame. */
static bool apply(struct evdev *evdev, const struct input_event *event,
		  struct sealmem_gamepad *pad)
{
	if (event->type == EV_KEY)
		note_key(evdev, event->code, event->value != 0);
	if (event->type != EV_SYN || event->code != SYN_REPORT)
		return false;
	fill_pad(evdev, event_time(evdev, event), pad);
	return true;
}

/* Reads what is there. 0, -EAGAIN if there may be more, or what failed. */
static int read_events(struct evdev *evdev, struct sealmem_gamepad *pad,
		       bool *ret_changed)
{
	struct input_event event;
	int ret;

	for (int i = 0; i < EVENTS_MAX; i++) {
		ret = libevdev_next_event(evdev->device,
					  evdev->syncing ?
						  LIBEVDEV_READ_FLAG_SYNC :
						  LIBEVDEV_READ_FLAG_NORMAL,
					  &event);
		if (ret == -EAGAIN && !evdev->syncing)
			return 0;
		if (ret < 0 && ret != -EAGAIN && ret != -EINTR)
			return ret;
		if (ret >= 0 && apply(evdev, &event, pad))
			*ret_changed = true;
		if (ret != -EINTR)
			evdev->syncing = ret == LIBEVDEV_READ_STATUS_SYNC;
	}
	return -EAGAIN;
}

/* The descriptor would be ready for ever. */
static void unplug(struct evdev *evdev)
{
	loop_remove(evdev->loop, &evdev->watch);
	evdev_close(evdev->device);
	evdev->device = NULL;
	evdev->sink.disconnect(evdev->sink.data, 0);
	tool_say("%s is gone: its pad is disconnected", evdev->source->name);
}

static void evdev_ready(struct loop_watch *watch, uint32_t revents)
{
	struct evdev *evdev = (struct evdev *)((char *)watch -
					       offsetof(struct evdev, watch));
	bool changed = false;
	int ret;

	ret = read_events(evdev, &evdev->pad, &changed);
	watch->again = ret == -EAGAIN;
	if (changed)
		evdev->sink.update(evdev->sink.data, 0, &evdev->pad);
	if (!watch->again && (ret < 0 || revents & (POLLERR | POLLHUP)))
		unplug(evdev);
}

static int evdev_start(struct source *source, struct loop *loop,
		       const struct source_sink *sink)
{
	struct evdev *evdev = source->state;

	evdev->source = source;
	evdev->loop = loop;
	evdev->sink = *sink;
	begin_pad(evdev, &evdev->pad);
	sink->connect(sink->data, 0, true, &evdev->pad);
	evdev->watch = (struct loop_watch){
		.fd = libevdev_get_fd(evdev->device),
		.events = POLLIN,
		.ready = evdev_ready,
	};
	return loop_add(loop, &evdev->watch);
}

static void evdev_source_close(struct source *source)
{
	struct evdev *evdev = source->state;

	if (evdev->loop)
		loop_remove(evdev->loop, &evdev->watch);
	evdev_close(evdev->device);
	free(evdev);
}

static struct evdev *evdev_new(struct libevdev *device)
{
	struct evdev *evdev = calloc(1, sizeof(*evdev));

	if (!evdev)
		return NULL;
	evdev->device = device;
	/* Old kernels and emulated devices cannot; then our clock has to do. */
	evdev->monotonic = libevdev_set_clock_id(device, CLOCK_MONOTONIC) == 0;
	evdev_map_init(&evdev->map, device, NULL);
	for (unsigned int i = 0; i < evdev->map.button_count; i++) {
		struct evdev_control control = evdev->map.buttons[i];

		if (control.kind != EVDEV_KEY)
			continue;
		evdev->button_of_key[control.code] = (uint8_t)(i + 1);
		/* Held since before we came: down, but no press that we saw. */
		evdev->down[i] = evdev_control_value(device, control) > 0;
	}
	return evdev;
}

static struct libevdev *open_named(const char *path)
{
	struct libevdev *device;

	switch (evdev_open(path, &device)) {
	case EVDEV_OPENED:
		return device;
	case EVDEV_NO_GAMEPAD:
		tool_say("%s is not a gamepad", path);
		return NULL;
	default:
		tool_say("cannot use %s: %s%s", path,
			 errno == ENOTTY ? "not an input device" :
					   strerror(errno),
			 errno == EACCES ? " (join the group input?)" : "");
		return NULL;
	}
}

static struct libevdev *open_first(bool quiet, struct source *ret_source,
				   char *ret_path, size_t size)
{
	struct libevdev *device = evdev_find(ret_path, size);

	if (device)
		return device;
	snprintf(ret_source->name, sizeof(ret_source->name), "%s", ret_path);
	if (!quiet)
		tool_say("%s: plug one in, name it with --device, or use "
			 "--source synthetic", ret_path);
	return NULL;
}

bool source_evdev_open(const struct source_options *options, bool quiet,
		       struct source *ret_source)
{
	char path[160], name[256];
	struct libevdev *device;
	struct evdev *evdev;

	snprintf(path, sizeof(path), "%s", options->device ?: "");
	device = options->device ?
			 open_named(options->device) :
			 open_first(quiet, ret_source, path, sizeof(path));
	if (!device)
		return false;
	evdev = evdev_new(device);
	if (!evdev) {
		tool_say("out of memory");
		evdev_close(device);
		return false;
	}
	*ret_source = (struct source){ .pad_count = 1,
				       .start = evdev_start,
				       .close = evdev_source_close,
				       .state = evdev };
	text_clean(libevdev_get_name(device), name, sizeof(name));
	snprintf(ret_source->name, sizeof(ret_source->name), "%s (%s)", path,
		 name);
	return true;
}
