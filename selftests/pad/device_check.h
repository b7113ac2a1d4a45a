/* SPDX-License-Identifier: MIT */
/*
 * What the checks of one device share. A program of cases: without an argument
 * it prints their names; with one it runs that case, under umockdev-wrapper.
 */
#ifndef SEALMEM_SELFTESTS_DEVICE_CHECK_H
#define SEALMEM_SELFTESTS_DEVICE_CHECK_H

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "device_world.h"
#include "tools/gamepad/evdev_device.h"

#define CHECK(condition)                                                    \
	do {                                                                \
		if (!(condition)) {                                         \
			printf("%s:%d: %s\n", __FILE__, __LINE__,           \
			       #condition);                                 \
			failed = 1;                                         \
		}                                                           \
	} while (0)

static int failed;
static struct evdev_device *device;
static struct sealmem_gamepad pad;

static inline void open_device(void)
{
	int ret = evdev_device_open(WORLD_NODE, NULL, &device);

	if (ret < 0) {
		printf("cannot open %s: %s\n", WORLD_NODE, strerror(-ret));
		fflush(stdout);
		_exit(1);
	}
}

/* Its first state is there. */
static inline void begin(void)
{
	open_device();
	CHECK(evdev_device_step(device, 0, &pad) == EVDEV_CHANGED);
}

/* Waits until something is there, so that a case may be slow but not wrong. */
static inline unsigned int step(void)
{
	struct pollfd polled = { evdev_device_fd(device), POLLIN, 0 };

	world_deliver(polled.fd);
	poll(&polled, 1, 20000);
	return evdev_device_step(device, (uint32_t)polled.revents, &pad);
}

static inline void report(void)
{
	world_event(EV_SYN, SYN_REPORT, 0);
}

static inline uint32_t presses(void)
{
	uint32_t sum = 0;

	for (int i = 0; i < SEALMEM_GAMEPAD_BUTTONS; i++)
		sum += pad.buttons[i].press_count;
	return sum;
}

/* ---- the run ------------------------------------------------------------ */

struct device_case {
	const char *name;
	void (*run)(void);
};

#define CASE(name) { #name, name }

/* @cases end with one without a name. */
static inline int run_case(const struct device_case *cases, const char *name)
{
	for (; cases->name; cases++) {
		if (!name) {
			puts(cases->name);
		} else if (!strcmp(name, cases->name)) {
			if (!world_begin()) {
				puts("there is no world");
				return 1;
			}
			cases->run();
			fflush(stdout);
			/* umockdev's thread goes on. */
			_exit(failed);
		}
	}
	return name ? 2 : 0;
}

#endif
