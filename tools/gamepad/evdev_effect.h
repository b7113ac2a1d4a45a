/* SPDX-License-Identifier: MIT */
/* Rumble: one effect at a time, by the kernel's force feedback. */
#ifndef SEALMEM_TOOLS_EVDEV_EFFECT_H
#define SEALMEM_TOOLS_EVDEV_EFFECT_H

#include <stdbool.h>

#include <libevdev/libevdev.h>

#include <sealmem/gamepad_effect.h>

/* Can it rumble, if its node may be written? */
bool evdev_effect_is_there(const struct libevdev *device);

/*
 * Plays @effect on an open node, instead of what it plays. @slot is where the
 * device keeps it, at first -1. 0, -EOPNOTSUPP (motors that it does not have),
 * or what write(2) and the ioctl say: -ENODEV if it is gone.
 */
int evdev_effect_play(int fd, int *slot,
		      const struct sealmem_gamepad_effect *effect);

/* Stops and forgets it. Whoever is gone keeps nothing. */
void evdev_effect_remove(int fd, int *slot);

#endif
