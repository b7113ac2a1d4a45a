/* SPDX-License-Identifier: MIT */
/*
 * Gamepads of the kernel's own making: a uinput device is a real evdev node
 * with everything that belongs to it. Comes after harness.h.
 */
#ifndef SEALMEM_SELFTESTS_UINPUT_PAD_H
#define SEALMEM_SELFTESTS_UINPUT_PAD_H

#include <libevdev/libevdev-uinput.h>
#include <libevdev/libevdev.h>
#include <linux/input.h>
#include <poll.h>
#include <sys/ioctl.h>

#define PATIENCE_MS 20000

/* One event, but for its time. */
struct pad_event {
	unsigned int type, code;
	int value;
};

struct uinput_pad {
	struct libevdev_uinput *device;
	char node[64];
};

static inline void need_uinput(void)
{
	int fd = open("/dev/uinput", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		SKIP("/dev/uinput: %s", strerror(errno));
	close(fd);
}

static inline void set_axis(struct libevdev *description, unsigned int code,
			    int minimum, int maximum)
{
	struct input_absinfo axis = { .minimum = minimum, .maximum = maximum };

	ASSERT_EQ(0, libevdev_enable_event_code(description, EV_ABS, code,
						&axis));
}

static inline void set_key(struct libevdev *description, unsigned int code)
{
	ASSERT_EQ(0, libevdev_enable_event_code(description, EV_KEY, code,
						NULL));
}

/* What an Xbox 360 pad says of itself. */
static inline struct libevdev *describe_pad(void)
{
	static const unsigned int keys[] = {
		BTN_A, BTN_B, BTN_X, BTN_Y, BTN_TL, BTN_TR, BTN_SELECT,
		BTN_START, BTN_MODE, BTN_THUMBL, BTN_THUMBR,
	};
	static const unsigned int sticks[] = { ABS_X, ABS_Y, ABS_RX, ABS_RY };
	struct libevdev *description = libevdev_new();

	ASSERT_NOT_NULL(description);
	libevdev_set_name(description, "Virtual Pad");
	libevdev_set_id_bustype(description, BUS_USB);
	libevdev_set_id_vendor(description, 0x045e);
	libevdev_set_id_product(description, 0x028e);
	libevdev_set_id_version(description, 0x0110);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		set_key(description, keys[i]);
	for (size_t i = 0; i < 4; i++)
		set_axis(description, sticks[i], -32768, 32767);
	set_axis(description, ABS_Z, 0, 255);
	set_axis(description, ABS_RZ, 0, 255);
	set_axis(description, ABS_HAT0X, -1, 1);
	set_axis(description, ABS_HAT0Y, -1, 1);
	return description;
}

/* Each button of the standard layout on that pad, and what presses it. */
static const struct pad_event pad_presses[] = {
	{ EV_KEY, BTN_A, 1 },	      { EV_KEY, BTN_B, 1 },
	{ EV_KEY, BTN_X, 1 },	      { EV_KEY, BTN_Y, 1 },
	{ EV_KEY, BTN_TL, 1 },	      { EV_KEY, BTN_TR, 1 },
	{ EV_ABS, ABS_Z, 255 },	      { EV_ABS, ABS_RZ, 255 },
	{ EV_KEY, BTN_SELECT, 1 },    { EV_KEY, BTN_START, 1 },
	{ EV_KEY, BTN_THUMBL, 1 },    { EV_KEY, BTN_THUMBR, 1 },
	{ EV_ABS, ABS_HAT0Y, -1 },    { EV_ABS, ABS_HAT0Y, 1 },
	{ EV_ABS, ABS_HAT0X, -1 },    { EV_ABS, ABS_HAT0X, 1 },
	{ EV_KEY, BTN_MODE, 1 },
};

#define PAD_PRESSES (sizeof(pad_presses) / sizeof(pad_presses[0]))

/* udev, where there is one, may come after the node. */
static inline void wait_for_node(struct uinput_pad *pad)
{
	for (int ms = 0; ms < PATIENCE_MS; ms++) {
		const char *node = libevdev_uinput_get_devnode(pad->device);

		if (node && access(node, R_OK | W_OK) == 0) {
			snprintf(pad->node, sizeof(pad->node), "%s", node);
			return;
		}
		usleep(1000);
	}
	ASSERT_TRUE(!"the pad has a node");
}

/* @description is taken and freed. */
static inline void plug_in(struct libevdev *description,
			   struct uinput_pad *ret_pad)
{
	int ret = libevdev_uinput_create_from_device(
		description, LIBEVDEV_UINPUT_OPEN_MANAGED, &ret_pad->device);

	libevdev_free(description);
	ASSERT_EQ(0, ret);
	wait_for_node(ret_pad);
}

static inline void unplug(struct uinput_pad *pad)
{
	libevdev_uinput_destroy(pad->device);
	pad->device = NULL;
}

static inline void emit(struct uinput_pad *pad, unsigned int type,
			unsigned int code, int value)
{
	ASSERT_EQ(0, libevdev_uinput_write_event(pad->device, type, code,
						 value));
}

static inline void emit_frame(struct uinput_pad *pad,
			      const struct pad_event *events, size_t count)
{
	for (size_t i = 0; i < count; i++)
		emit(pad, events[i].type, events[i].code, events[i].value);
	emit(pad, EV_SYN, SYN_REPORT, 0);
}

/* frame(pad, { EV_KEY, BTN_A, 1 }, { EV_ABS, ABS_X, 5 }) */
#define frame(pad, ...)							\
	emit_frame(pad, (const struct pad_event[]){ __VA_ARGS__ },	\
		   sizeof((const struct pad_event[]){ __VA_ARGS__ }) /	\
			   sizeof(struct pad_event))

/* What poll says about @fd as soon as it says something. */
static inline unsigned int poll_node(int fd)
{
	struct pollfd polled = { .fd = fd, .events = POLLIN };

	ASSERT_EQ(1, poll(&polled, 1, PATIENCE_MS));
	return (unsigned int)polled.revents;
}

#endif
