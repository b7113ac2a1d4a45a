/* SPDX-License-Identifier: MIT */
/*
 * A source that plays a recording: a pad comes, does what it did, at the same
 * pace, and stays as it was left. Needs no device, and no right to make one.
 */
#include <errno.h>
#include <inttypes.h>
#include <linux/input.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "tools/gamepad/evdev_evemu.h"
#include "tools/gamepad/evdev_node.h"
#include "tools/gamepad/evdev_pad.h"
#include "tools/gamepad/source.h"
#include "tools/text.h"
#include "tools/tool.h"

#define DEVICE	1

/**
 * struct replay - The source
 * @watch: Of the timer; comes first
 * @loop: In which it is; NULL before it started
 * @sink: Who is told
 * @evemu: The recording
 * @pad: What the events have made of it so far
 * @next: The event that is played next
 * @start_us: The recording's time 0, by the clock of now
 */
struct replay {
	struct loop_watch watch;
	struct loop *loop;
	struct source_sink sink;
	struct evemu evemu;
	struct evdev_pad pad;
	size_t next;
	uint64_t start_us;
};

static bool is_over(const struct replay *replay)
{
	return replay->next == replay->evemu.event_count;
}

static uint64_t next_us(const struct replay *replay)
{
	return replay->start_us +
	       evemu_time_us(&replay->evemu.events[replay->next]);
}

/* True at the end of a frame: @ret_pad is what it came to. */
static bool play_event(struct replay *replay, struct sealmem_gamepad *ret_pad)
{
	uint64_t time_us = next_us(replay);
	struct input_event event = replay->evemu.events[replay->next++];

	event.input_event_sec =
		(__typeof__(event.input_event_sec))(time_us / 1000000);
	event.input_event_usec =
		(__typeof__(event.input_event_usec))(time_us % 1000000);
	/* What was lost then cannot be asked for now. */
	replay->pad.lost = false;
	return evdev_pad_event(&replay->pad, &event, ret_pad);
}

static void play_what_is_due(struct replay *replay)
{
	struct sealmem_gamepad pad;

	while (!is_over(replay) && next_us(replay) <= tool_now_us())
		if (play_event(replay, &pad))
			replay->sink.update(replay->sink.data, DEVICE, &pad);
}

/* Nothing more comes after the last event. */
static int set_timer(const struct replay *replay)
{
	uint64_t at_us = is_over(replay) ? 0 : next_us(replay);
	struct itimerspec when = {
		.it_value.tv_sec = (time_t)(at_us / 1000000),
		.it_value.tv_nsec = (long)(at_us % 1000000) * 1000,
	};

	return timerfd_settime(replay->watch.fd, TFD_TIMER_ABSTIME, &when,
			       NULL) < 0 ? -errno : 0;
}

static void timer_ready(struct loop_watch *watch, uint32_t revents)
{
	struct replay *replay = (struct replay *)watch;
	uint64_t expirations;

	(void)revents;
	if (read(watch->fd, &expirations, sizeof(expirations)) < 0)
		return;
	play_what_is_due(replay);
	if (set_timer(replay) < 0)
		tool_say("the recording stops here: %s", strerror(errno));
}

/* The pad comes with what its first frame says: that may be its state. */
static void connect_pad(struct replay *replay)
{
	struct sealmem_gamepad pad = replay->pad.state;
	uint64_t first_us = is_over(replay) ? 0 : next_us(replay);

	pad.event_time_us = tool_now_us();
	while (!is_over(replay) && next_us(replay) == first_us)
		if (play_event(replay, &pad))
			break;
	replay->sink.connect(replay->sink.data, DEVICE,
			     evdev_map_is_recognised(&replay->pad.map), &pad);
}

static int replay_start(struct source *source, struct loop *loop,
			const struct source_sink *sink)
{
	struct replay *replay = source->state;
	int ret;

	replay->watch.events = POLLIN;
	replay->watch.ready = timer_ready;
	ret = loop_add(loop, &replay->watch);
	if (ret < 0)
		return ret;
	replay->loop = loop;
	replay->sink = *sink;
	replay->start_us = tool_now_us();
	connect_pad(replay);
	return set_timer(replay);
}

static void replay_close(struct source *source)
{
	struct replay *replay = source->state;

	if (replay->loop)
		loop_remove(replay->loop, &replay->watch);
	if (replay->watch.fd >= 0)
		close(replay->watch.fd);
	evemu_free(&replay->evemu);
	free(replay);
}

static bool prepare(struct replay *replay, const struct source_options *options)
{
	const struct libevdev *device = replay->evemu.device;

	if (evdev_pad_init(&replay->pad, replay->evemu.device,
			   options->mappings) < 0) {
		tool_say("%s is the recording of no gamepad: %s",
			 options->replay,
			 evdev_class_text(evdev_classify(device)));
		return false;
	}
	replay->watch.fd = timerfd_create(CLOCK_MONOTONIC,
					  TFD_NONBLOCK | TFD_CLOEXEC);
	if (replay->watch.fd < 0)
		tool_say("cannot make a timer: %s", strerror(errno));
	return replay->watch.fd >= 0;
}

bool source_replay_open(const struct source_options *options,
			struct source *ret_source)
{
	struct replay *replay = calloc(1, sizeof(*replay));
	char path[256], name[EVEMU_NAME_MAX];

	*ret_source = (struct source){ .pad_count = 1, .start = replay_start,
				       .close = replay_close,
				       .state = replay };
	if (!replay) {
		tool_say("out of memory");
		return false;
	}
	replay->watch.fd = -1;
	if (!evemu_load(options->replay, &replay->evemu) ||
	    !prepare(replay, options)) {
		replay_close(ret_source);
		return false;
	}
	text_clean(options->replay, path, sizeof(path));
	text_clean(libevdev_get_name(replay->evemu.device), name, sizeof(name));
	snprintf(ret_source->name, sizeof(ret_source->name), "%s (%.200s)",
		 path, name);
	return true;
}
