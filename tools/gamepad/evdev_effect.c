/* SPDX-License-Identifier: MIT */
/*
 * The device keeps one effect for us, which each new one replaces: the kernel
 * starts and ends it by itself, so nothing here waits, and a producer that
 * dies leaves no motor running, since its effects go with its descriptor.
 */
#include <errno.h>
#include <linux/input.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tools/gamepad/evdev_effect.h"

bool evdev_effect_is_there(const struct libevdev *device)
{
	return libevdev_has_event_code(device, EV_FF, FF_RUMBLE);
}

/* 0 to 1; what is neither is the nearest of them. */
static __u16 magnitude(float value)
{
	if (!(value > 0))
		return 0;
	return value >= 1 ? 0xffff : (__u16)(value * 0xffff);
}

static int upload(int fd, int *slot, const struct ff_effect *effect)
{
	struct ff_effect uploaded = *effect;

	uploaded.id = (__s16)*slot;
	if (ioctl(fd, EVIOCSFF, &uploaded) < 0)
		return -errno;
	*slot = uploaded.id;
	return 0;
}

static int start_or_stop(int fd, int slot, int times)
{
	const struct input_event event = { .type = EV_FF,
					   .code = (__u16)slot,
					   .value = times };
	ssize_t size = write(fd, &event, sizeof(event));

	if (size < 0)
		return -errno;
	return size == sizeof(event) ? 0 : -EIO;
}

static int stop(int fd, int slot)
{
	return slot < 0 ? 0 : start_or_stop(fd, slot, 0);
}

/* Without an end it would play until somebody stops it. */
static bool is_silent(const struct ff_effect *effect)
{
	return effect->replay.length == 0 ||
	       (effect->u.rumble.strong_magnitude == 0 &&
		effect->u.rumble.weak_magnitude == 0);
}

static int rumble(int fd, int *slot, const struct sealmem_gamepad_effect *wanted)
{
	const struct ff_effect effect = {
		.type = FF_RUMBLE,
		.replay.length = (__u16)wanted->duration_ms,
		.replay.delay = (__u16)wanted->start_delay_ms,
		.u.rumble.strong_magnitude = magnitude(wanted->strong),
		.u.rumble.weak_magnitude = magnitude(wanted->weak),
	};
	int ret;

	if (wanted->duration_ms > SEALMEM_GAMEPAD_EFFECT_MS_MAX ||
	    wanted->start_delay_ms > SEALMEM_GAMEPAD_EFFECT_MS_MAX)
		return -EINVAL;
	if (is_silent(&effect))
		return stop(fd, *slot);
	ret = upload(fd, slot, &effect);
	return ret < 0 ? ret : start_or_stop(fd, *slot, 1);
}

int evdev_effect_play(int fd, int *slot,
		      const struct sealmem_gamepad_effect *effect)
{
	switch (effect->type) {
	case SEALMEM_GAMEPAD_EFFECT_DUAL_RUMBLE:
		return rumble(fd, slot, effect);
	case SEALMEM_GAMEPAD_EFFECT_RESET:
		return stop(fd, *slot);
	default:
		/* evdev knows two motors, and none in a trigger. */
		return -EOPNOTSUPP;
	}
}

void evdev_effect_remove(int fd, int *slot)
{
	if (*slot >= 0)
		ioctl(fd, EVIOCRMFF, (long)*slot);
	*slot = -1;
}
