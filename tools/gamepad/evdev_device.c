/* SPDX-License-Identifier: MIT */
/*
 * One read(2) for all that is waiting: evdev hands out whole frames, as many
 * as fit, so one that did not fill the buffer has emptied the queue. libevdev
 * knows the device and finds out what changed while the kernel dropped events;
 * its own way to read costs one call more each time.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/input.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "tools/gamepad/evdev_buffer.h"
#include "tools/gamepad/evdev_device.h"
#include "tools/gamepad/evdev_effect.h"
#include "tools/gamepad/evdev_group.h"
#include "tools/gamepad/evdev_pad.h"
#include "tools/tool.h"

/* Events in one step: a device that never stops must not starve the rest. */
#define STEP_MAX	1024

/**
 * struct evdev_device - An open device
 * @pad: What it says
 * @fd: Its node
 * @writable: It may be written, too
 * @effect: Where it keeps the effect that it plays, or -1
 * @monotonic: Events carry CLOCK_MONOTONIC
 * @begun: The first step was made
 * @gone: It is no more
 * @tap: Who is told of each event, or NULL
 * @tap_data: For @tap
 * @group: What evdev_device_group() says
 * @buffer: What was read
 */
struct evdev_device {
	struct evdev_pad pad;
	int fd;
	bool writable;
	int effect;
	bool monotonic;
	bool begun;
	bool gone;
	void (*tap)(void *data, const struct input_event *event);
	void *tap_data;
	char group[EVDEV_GROUP_SIZE];
	struct evdev_buffer buffer;
};

/* ---- events ------------------------------------------------------------- */

static bool take(struct evdev_device *device, const struct input_event *event)
{
	if (device->tap)
		device->tap(device->tap_data, event);
	return evdev_pad_event(&device->pad, event, NULL);
}

/* 1 if the buffer was filled, 0 if that was all, or what is wrong. */
static int read_some(struct evdev_device *device, bool *changed)
{
	struct evdev_buffer *buffer = &device->buffer;
	size_t room, count;
	void *to = evdev_buffer_room(buffer, &room);
	ssize_t size = read(device->fd, to, room);

	if (size < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	/* The end of it: a real device never says that. */
	if (size == 0)
		return -ENODEV;
	count = evdev_buffer_add(buffer, (size_t)size);
	for (size_t i = 0; i < count; i++)
		*changed |= take(device, &buffer->events[i]);
	evdev_buffer_drop(buffer);
	return (size_t)size == room;
}

/* 1 if there may be more, 0 if that was all, or what is wrong. */
static int read_events(struct evdev_device *device, bool *changed)
{
	int ret = 1;

	for (int i = 0; i < STEP_MAX / EVDEV_BUFFER_EVENTS && ret == 1; i++)
		ret = read_some(device, changed);
	return ret;
}

/*
 * Events were lost, and all that were left have been read: what does the
 * device say? libevdev empties the queue again before it asks, since the
 * kernel would hand out older values of axes after newer ones. A key that is
 * now down counts as pressed once, whatever it did in between.
 */
static int ask(struct evdev_device *device, bool *changed)
{
	struct libevdev *libevdev = device->pad.device;
	struct input_event event;
	int ret = libevdev_next_event(libevdev, LIBEVDEV_READ_FLAG_FORCE_SYNC,
				      &event);

	device->pad.partial = false;
	while (ret == LIBEVDEV_READ_STATUS_SYNC) {
		ret = libevdev_next_event(libevdev, LIBEVDEV_READ_FLAG_SYNC,
					  &event);
		if (ret == LIBEVDEV_READ_STATUS_SYNC)
			take(device, &event);
	}
	if (ret != -EAGAIN)
		return ret;
	evdev_pad_asked(&device->pad);
	*changed = true;
	return 0;
}

static int read_and_ask(struct evdev_device *device, bool *changed)
{
	int ret = read_events(device, changed);
	int asked;

	if (ret < 0 || !device->pad.lost || device->buffer.have)
		return ret;
	asked = ask(device, changed);
	return asked < 0 ? asked : ret;
}

/* The event's own time, unless that cannot be. */
static uint64_t event_time(const struct evdev_device *device)
{
	uint64_t now_us = tool_now_us();
	uint64_t time_us = device->pad.state.event_time_us;

	return !device->monotonic || time_us == 0 || time_us > now_us ?
		       now_us :
		       time_us;
}

unsigned int evdev_device_step(struct evdev_device *device, uint32_t revents,
			       struct sealmem_gamepad *ret_pad)
{
	bool changed = !device->begun;
	int ret;

	if (device->gone)
		return 0;
	device->begun = true;
	ret = read_and_ask(device, &changed);
	if (ret < 0 ||
	    (ret == 0 && revents & (POLLERR | POLLHUP | POLLNVAL))) {
		/* Who is gone holds nothing: the kernel's releases are lost. */
		device->gone = true;
		*ret_pad = (struct sealmem_gamepad){ 0 };
		return EVDEV_CHANGED | EVDEV_GONE;
	}
	if (changed) {
		*ret_pad = device->pad.state;
		ret_pad->event_time_us = event_time(device);
	}
	return (changed ? EVDEV_CHANGED : 0u) | (ret == 1 ? EVDEV_MORE : 0u);
}

void evdev_device_tap(struct evdev_device *device,
		      void (*event)(void *data, const struct input_event *event),
		      void *data)
{
	device->tap = event;
	device->tap_data = data;
}

/* ---- what is not wanted ------------------------------------------------- */

#define BITS		(8 * sizeof(unsigned long))
#define WORDS(count)	(((count) + BITS - 1) / BITS)

static void set_bit(unsigned long *mask, unsigned int bit)
{
	mask[bit / BITS] |= 1ul << bit % BITS;
}

/* What an old kernel wakes us for all the same is ignored when it comes. */
static void set_mask(int fd, unsigned int type, const unsigned long *mask,
		     size_t size)
{
	const struct input_mask wanted = {
		.type = type,
		.codes_size = (uint32_t)size,
		.codes_ptr = (uintptr_t)mask,
	};

	ioctl(fd, EVIOCSMASK, &wanted);
}

static void mask_codes(const struct evdev_device *device, unsigned int type,
		       unsigned int count)
{
	unsigned long mask[WORDS(KEY_CNT)] = { 0 };

	for (unsigned int code = 0; code < count; code++)
		if (evdev_pad_uses(&device->pad, type, code))
			set_bit(mask, code);
	set_mask(device->fd, type, mask, WORDS(count) * sizeof(mask[0]));
}

/* Nobody wants to be woken for a gyroscope, or to hear each scan code. */
static void mask_off(const struct evdev_device *device)
{
	unsigned long types[WORDS(EV_CNT)] = { 0 };

	set_bit(types, EV_SYN);
	set_bit(types, EV_KEY);
	set_bit(types, EV_ABS);
	/* The mask of EV_SYN is that of the types. */
	set_mask(device->fd, EV_SYN, types, sizeof(types));
	mask_codes(device, EV_KEY, KEY_CNT);
	mask_codes(device, EV_ABS, ABS_CNT);
}

/* ---- rumble ------------------------------------------------------------- */

static bool can_rumble(const struct evdev_device *device)
{
	return device->writable && evdev_effect_is_there(device->pad.device);
}

int evdev_device_may_play(const struct evdev_device *device)
{
	if (device->gone)
		return -ENODEV;
	if (!evdev_effect_is_there(device->pad.device))
		return -EOPNOTSUPP;
	return device->writable ? 0 : -EACCES;
}

int evdev_device_play(struct evdev_device *device,
		      const struct sealmem_gamepad_effect *effect)
{
	int ret = evdev_device_may_play(device);

	return ret < 0 ? ret : evdev_effect_play(device->fd, &device->effect,
						 effect);
}

/* ---- opening and closing ------------------------------------------------ */

/* Writing is for rumble alone. */
static int open_node(struct evdev_device *device, const char *path)
{
	const int flags = O_NONBLOCK | O_CLOEXEC | O_NOCTTY;

	device->fd = open(path, O_RDWR | flags);
	device->writable = device->fd >= 0;
	if (device->fd < 0)
		device->fd = open(path, O_RDONLY | flags);
	return device->fd < 0 ? -errno : 0;
}

/*
 * The clock comes before the first read and after the first questions: events
 * that came in between are dropped with the old clock, and asked for again.
 */
static int set_up(struct evdev_device *device, const char *path,
		  const struct mapping_table *mappings)
{
	struct libevdev *libevdev;
	int ret = libevdev_new_from_fd(device->fd, &libevdev);

	if (ret < 0)
		return ret;
	ret = evdev_pad_init(&device->pad, libevdev, mappings);
	if (ret < 0) {
		libevdev_free(libevdev);
		return ret;
	}
	/* Old kernels and emulated devices cannot; our clock has to do then. */
	device->monotonic = !libevdev_set_clock_id(libevdev, CLOCK_MONOTONIC);
	mask_off(device);
	device->pad.state.actuator = can_rumble(device) ?
					     SEALMEM_GAMEPAD_ACTUATOR_DUAL_RUMBLE :
					     SEALMEM_GAMEPAD_ACTUATOR_NONE;
	evdev_group(libevdev, path, device->group);
	return 0;
}

int evdev_device_open(const char *path, const struct mapping_table *mappings,
		      struct evdev_device **ret_device)
{
	struct evdev_device *device = calloc(1, sizeof(*device));
	int ret;

	if (!device)
		return -ENOMEM;
	device->effect = -1;
	ret = open_node(device, path);
	if (ret == 0)
		ret = set_up(device, path, mappings);
	if (ret < 0) {
		evdev_device_close(device);
		return ret;
	}
	*ret_device = device;
	return 0;
}

void evdev_device_close(struct evdev_device *device)
{
	if (!device)
		return;
	evdev_effect_remove(device->fd, &device->effect);
	libevdev_free(device->pad.device);
	if (device->fd >= 0)
		close(device->fd);
	free(device);
}

int evdev_device_fd(const struct evdev_device *device)
{
	return device->fd;
}

const struct libevdev *evdev_device_info(const struct evdev_device *device)
{
	return device->pad.device;
}

bool evdev_device_is_recognised(const struct evdev_device *device)
{
	return evdev_map_is_recognised(&device->pad.map);
}

const char *evdev_device_group(const struct evdev_device *device)
{
	return device->group;
}
