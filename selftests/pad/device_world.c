/* SPDX-License-Identifier: MIT */
/* The device of device_world.h. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <umockdev.h>
#include <unistd.h>

#include "device_world.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* One HID device with two nodes, and one without any device above it. */
static const char description[] =
	"P: /devices/usb1/0003:045E:028E.0001\n"
	"E: SUBSYSTEM=hid\n"
	"\n"
	"P: /devices/usb1/0003:045E:028E.0001/input/input7\n"
	"E: SUBSYSTEM=input\n"
	"L: device=../../../0003:045E:028E.0001\n"
	"\n"
	"P: /devices/usb1/0003:045E:028E.0001/input/input7/event7\n"
	"N: input/event7\n"
	"E: DEVNAME=" WORLD_NODE "\n"
	"E: MAJOR=13\n"
	"E: MINOR=71\n"
	"E: SUBSYSTEM=input\n"
	"A: dev=13:71\n"
	"L: device=../../input7\n"
	"\n"
	"P: /devices/usb1/0003:045E:028E.0001/input/input8\n"
	"E: SUBSYSTEM=input\n"
	"L: device=../../../0003:045E:028E.0001\n"
	"\n"
	"P: /devices/usb1/0003:045E:028E.0001/input/input8/event8\n"
	"N: input/event8\n"
	"E: DEVNAME=" WORLD_SIBLING "\n"
	"E: MAJOR=13\n"
	"E: MINOR=72\n"
	"E: SUBSYSTEM=input\n"
	"A: dev=13:72\n"
	"L: device=../../input8\n"
	"\n"
	"P: /devices/virtual/input/input9\n"
	"E: SUBSYSTEM=input\n"
	"\n"
	"P: /devices/virtual/input/input9/event9\n"
	"N: input/event9\n"
	"E: DEVNAME=" WORLD_STRANGER "\n"
	"E: MAJOR=13\n"
	"E: MINOR=73\n"
	"E: SUBSYSTEM=input\n"
	"A: dev=13:73\n"
	"L: device=../../input9\n";

static const unsigned int keys[] = {
	BTN_A, BTN_B, BTN_X, BTN_Y, BTN_TL, BTN_TR, BTN_SELECT, BTN_START,
	BTN_MODE, BTN_THUMBL, BTN_THUMBR, KEY_A,
};

struct world_device world = { .clock = -1, .removed = -1 };

static UMockdevTestbed *testbed;
static int hardware;

/* Bytes since the last delivery. */
static int written;

static void put_bit(unsigned char *bits, unsigned int bit)
{
	bits[bit / 8] |= (unsigned char)(1u << bit % 8);
}

/* ---- questions ---------------------------------------------------------- */

static int put(void *answer, const void *from, size_t size)
{
	memcpy(answer, from, size);
	return (int)size;
}

static int put_text(void *answer, const char *text)
{
	return text ? put(answer, text, strlen(text) + 1) : -ENOENT;
}

static int put_types(unsigned char *answer)
{
	put_bit(answer, EV_SYN);
	put_bit(answer, EV_KEY);
	put_bit(answer, EV_ABS);
	put_bit(answer, EV_MSC);
	if (world.rumbles)
		put_bit(answer, EV_FF);
	return 8;
}

static int put_codes(unsigned int type, unsigned char *answer)
{
	if (type == EV_KEY)
		for (size_t i = 0; i < COUNT(keys); i++)
			put_bit(answer, keys[i]);
	else if (type == EV_ABS)
		for (unsigned int i = 0; i < ABS_CNT; i++) {
			if (world.axes[i].minimum || world.axes[i].maximum)
				put_bit(answer, i);
		}
	else if (type == EV_FF && world.rumbles)
		put_bit(answer, FF_RUMBLE);
	else if (type == EV_MSC)
		put_bit(answer, MSC_SCAN);
	return type == EV_KEY ? KEY_CNT / 8 : 16;
}

/* Writes the answer: its size, or a negative errno. */
static int answer_to(unsigned int number, unsigned char *answer)
{
	static const struct input_id id = { BUS_USB, 0x045e, 0x028e, 0x0110 };
	static const int version = EV_VERSION;

	if (number >= 0x40 && number < 0x40 + ABS_CNT)
		return put(answer, &world.axes[number - 0x40],
			   sizeof(world.axes[0]));
	if (number > 0x20 && number < 0x20 + EV_CNT)
		return put_codes(number - 0x20, answer);
	switch (number) {
	case 0x01:
		return put(answer, &version, sizeof(version));
	case 0x02:
		return put(answer, &id, sizeof(id));
	case 0x06:
		return put_text(answer, "World Pad");
	case 0x07:
		return put_text(answer, world.phys);
	case 0x08:
		return put_text(answer, world.uniq);
	case 0x09:
		put_bit(answer, world.property);
		answer[0] &= (unsigned char)~1u;
		return 4;
	case 0x18:
		return put(answer, world.key, KEY_CNT / 8);
	case 0x20:
		return put_types(answer);
	default:
		return 8;
	}
}

/* A code comes in, and what is in the slots goes out behind it. */
static int put_fingers(int *argument, unsigned int size)
{
	int code = argument[0];

	if (!world.has_surface || size < 3 * sizeof(int) ||
	    code <= ABS_MT_SLOT || code >= ABS_CNT)
		return -EINVAL;
	memcpy(argument + 1, world.fingers[code - ABS_MT_SLOT],
	       sizeof(world.fingers[0]));
	return 0;
}

/* ---- orders ------------------------------------------------------------- */

static void take_mask(const struct input_mask *mask)
{
	uint32_t size = mask->codes_size;

	world.mask_sizes[mask->type] = size;
	if (size > sizeof(world.masks[0]))
		size = sizeof(world.masks[0]);
	memcpy(world.masks[mask->type], (void *)(uintptr_t)mask->codes_ptr,
	       size);
}

static void take_effect(struct ff_effect *effect)
{
	world.uploads++;
	world.uploaded = *effect;
	if (effect->id < 0)
		effect->id = 5;
}

/* Who asks is in this process, too, so its memory is ours. */
static int obey(unsigned int number, uintptr_t argument)
{
	switch (number) {
	case 0x80:
		take_effect((struct ff_effect *)argument);
		return 0;
	case 0x81:
		world.removed = (int)argument;
		return 0;
	case 0x93:
		take_mask((const struct input_mask *)argument);
		return 0;
	case 0xa0:
		world.clock = *(const int *)argument;
		return 0;
	default:
		return -EINVAL;
	}
}

static int handle(gulong request, uintptr_t argument)
{
	unsigned char answer[_IOC_SIZEMASK + 1] = { 0 };
	unsigned int number = _IOC_NR(request), size = _IOC_SIZE(request);
	int ret;

	world.asked[number]++;
	if (world.errors[number])
		return -world.errors[number];
	if (_IOC_DIR(request) != _IOC_READ)
		return obey(number, argument);
	if (number == 0x0a)
		return put_fingers((int *)argument, size);
	ret = answer_to(number, answer);
	if (ret < 0)
		return ret;
	memcpy((void *)argument, answer, size);
	/* The fixed ones return 0, the others how much they wrote. */
	if (number < 0x06 || number >= 0x40)
		return 0;
	return ret < (int)size ? ret : (int)size;
}

static gboolean on_ioctl(UMockdevIoctlBase *base, UMockdevIoctlClient *client,
			 gpointer unused)
{
	gulong request = umockdev_ioctl_client_get_request(client);
	UMockdevIoctlData *argument = umockdev_ioctl_client_get_arg(client);
	uintptr_t value;
	int ret;

	(void)base;
	(void)unused;
	if (_IOC_TYPE(request) != 'E')
		return FALSE;
	memcpy(&value, argument->data, sizeof(value));
	ret = handle(request, value);
	umockdev_ioctl_client_complete(client, ret < 0 ? -1 : ret,
				       ret < 0 ? -ret : 0);
	return TRUE;
}

/* ---- the device --------------------------------------------------------- */

static gpointer run_loop(gpointer loop)
{
	g_main_loop_run(loop);
	return NULL;
}

static void set_ranges(void)
{
	static const unsigned int sticks[] = { ABS_X, ABS_Y, ABS_RX, ABS_RY };

	for (size_t i = 0; i < COUNT(sticks); i++)
		world.axes[sticks[i]] = (struct input_absinfo){
			.minimum = -32768, .maximum = 32767
		};
	world.axes[ABS_Z].maximum = world.axes[ABS_RZ].maximum = 255;
	world.axes[ABS_HAT0X].minimum = world.axes[ABS_HAT0Y].minimum = -1;
	world.axes[ABS_HAT0X].maximum = world.axes[ABS_HAT0Y].maximum = 1;
	/* Fingers of which one cannot tell which is which; a gyroscope. */
	world.axes[ABS_MT_POSITION_X].maximum = 1919;
	world.axes[ABS_MISC].maximum = 100;
}

void world_add_surface(void)
{
	world.has_surface = true;
	world.axes[ABS_MT_SLOT].maximum = 1;
	world.axes[ABS_MT_TRACKING_ID].maximum = 65535;
	world.axes[ABS_MT_POSITION_Y].maximum = 941;
	for (int i = 0; i < 2; i++)
		world.fingers[ABS_MT_TRACKING_ID - ABS_MT_SLOT][i] = -1;
}

bool world_begin(void)
{
	static const char *const nodes[] = { WORLD_NODE, WORLD_SIBLING,
					     WORLD_STRANGER };
	GMainContext *context = g_main_context_new();
	GMainLoop *loop = g_main_loop_new(context, FALSE);
	UMockdevIoctlBase *base;

	set_ranges();
	testbed = umockdev_testbed_new();
	if (!umockdev_testbed_add_from_string(testbed, description, NULL))
		return false;
	g_main_context_push_thread_default(context);
	base = umockdev_ioctl_base_new();
	g_signal_connect(base, "handle-ioctl", G_CALLBACK(on_ioctl), NULL);
	for (size_t i = 0; i < COUNT(nodes); i++)
		if (!umockdev_testbed_attach_ioctl(testbed, nodes[i], base,
						   NULL))
			return false;
	g_main_context_pop_thread_default(context);
	g_thread_new("ioctl", run_loop, loop);
	hardware = umockdev_testbed_get_dev_fd(testbed, WORLD_NODE);
	return hardware >= 0;
}

int world_hardware(void)
{
	return hardware;
}

const char *world_root(void)
{
	return umockdev_testbed_get_root_dir(testbed);
}

void world_write(unsigned int type, unsigned int code, int value,
		 uint64_t time_us)
{
	struct input_event event = { .type = (__u16)type,
				     .code = (__u16)code,
				     .value = value };

	event.input_event_sec = (__typeof__(event.input_event_sec))(
		(int64_t)time_us / 1000000);
	event.input_event_usec = (__typeof__(event.input_event_usec))(
		(int64_t)time_us % 1000000);
	if (write(hardware, &event, sizeof(event)) != sizeof(event))
		perror("write");
	written += (int)sizeof(event);
}

/* By the system call itself: umockdev would have an opinion. */
void world_deliver(int fd)
{
	int there = 0;

	for (int i = 0; i < 20000; i++) {
		if (syscall(SYS_ioctl, fd, FIONREAD, &there) < 0 ||
		    there >= written)
			break;
		usleep(1000);
	}
	written = 0;
}

void world_event(unsigned int type, unsigned int code, int value)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	world_write(type, code, value,
		    (uint64_t)now.tv_sec * 1000000 +
			    (uint64_t)now.tv_nsec / 1000);
}

void world_state(unsigned int type, unsigned int code, int value)
{
	uint64_t bit = UINT64_C(1) << code % 64;

	if (type == EV_KEY && value)
		world.key[code / 64] |= bit;
	else if (type == EV_KEY)
		world.key[code / 64] &= ~bit;
	else if (type == EV_ABS)
		world.axes[code].value = value;
}

void world_both(unsigned int type, unsigned int code, int value)
{
	world_state(type, code, value);
	world_event(type, code, value);
}

bool world_read(int timeout_ms, struct input_event *ret_event)
{
	struct pollfd polled = { .fd = hardware, .events = POLLIN };

	return poll(&polled, 1, timeout_ms) == 1 &&
	       read(hardware, ret_event, sizeof(*ret_event)) ==
		       sizeof(*ret_event);
}
