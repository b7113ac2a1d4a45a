/* SPDX-License-Identifier: MIT */
/* An Xbox pad at rest, that gets one event after the other. */
#ifndef SELFTESTS_EVDEV_PAD_H
#define SELFTESTS_EVDEV_PAD_H

#include "evdev_made.h"
#include "harness.h"
#include "tools/gamepad/evdev_pad.h"

FIXTURE(pad)
{
	struct libevdev *device;
	struct evdev_pad pad;
	struct sealmem_gamepad seen;
};

FIXTURE_SETUP(pad)
{
	self->device = made_xbox_pad();
	ASSERT_OK(evdev_pad_init(&self->pad, self->device, NULL));
	self->seen = self->pad.state;
}

FIXTURE_TEARDOWN(pad)
{
	libevdev_free(self->device);
}

/* True if a frame ended. */
static inline bool play(struct th_self_pad *self, unsigned int type,
			unsigned int code, int value)
{
	const struct input_event event = made_event(type, code, value);

	return evdev_pad_event(&self->pad, &event, &self->seen);
}

static inline bool report(struct th_self_pad *self)
{
	return play(self, EV_SYN, SYN_REPORT, 0);
}

#endif
