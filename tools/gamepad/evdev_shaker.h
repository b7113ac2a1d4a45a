/* SPDX-License-Identifier: MIT */
/*
 * Rumble without waiting: some drivers let an effect wait for an answer, those
 * of uinput for up to 30 seconds for one of another process. A thread waits for
 * each device that has ever been asked to rumble, and so nobody else does.
 */
#ifndef SEALMEM_TOOLS_EVDEV_SHAKER_H
#define SEALMEM_TOOLS_EVDEV_SHAKER_H

#include "tools/gamepad/evdev_device.h"

struct evdev_shaker;

/*
 * From here on @device is played on by the thread alone; the caller goes on to
 * read it. 0, -ENOMEM, or -EAGAIN: no more threads.
 */
int evdev_shaker_start(struct evdev_device *device,
		       struct evdev_shaker **ret_shaker);

/* Instead of what was asked for before, also if that has not begun. */
void evdev_shaker_play(struct evdev_shaker *shaker,
		       const struct sealmem_gamepad_effect *effect);

/* The thread stops the motors and closes the device, as soon as it can. */
void evdev_shaker_end(struct evdev_shaker *shaker);

/*
 * After evdev_shaker_end(): true if that was so within @wait_ms, and @shaker is
 * freed. Who is never heard of again is left alone with what it has.
 */
bool evdev_shaker_is_over(struct evdev_shaker *shaker, unsigned int wait_ms);

#endif
