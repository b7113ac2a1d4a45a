/* SPDX-License-Identifier: MIT */
/*
 * Gamepads as bytes on a wire: HID devices made by uhid, which the kernel's own
 * drivers turn into event nodes. A generic one, with a right stick on the axes
 * that other pads have their triggers on; and a DualSense, which comes as three
 * nodes.
 */
#include <linux/uhid.h>

#include "harness.h"
#include "tools/gamepad/evdev_device.h"
#include "tools/gamepad/evdev_node.h"
#include "uinput_pad.h"

#define NAME_PAD    "Wired Pad"
#define NAME_SENSE  "Wireless Controller"
#define EVENT_NODES 64

/* 16 buttons; X, Y, Z and Rz of 16 bits; a hat of 4 bits, and 4 bits over. */
static const uint8_t generic_descriptor[] = {
	0x05, 0x01, 0x09, 0x05, 0xa1, 0x01,
	0x05, 0x09, 0x19, 0x01, 0x29, 0x10, 0x15, 0x00, 0x25, 0x01,
	0x75, 0x01, 0x95, 0x10, 0x81, 0x02,
	0x05, 0x01, 0x09, 0x30, 0x09, 0x31, 0x09, 0x32, 0x09, 0x35,
	0x16, 0x01, 0x80, 0x26, 0xff, 0x7f, 0x75, 0x10, 0x95, 0x04, 0x81, 0x02,
	0x09, 0x39, 0x15, 0x00, 0x25, 0x07, 0x35, 0x00, 0x46, 0x3b, 0x01,
	0x65, 0x14, 0x75, 0x04, 0x95, 0x01, 0x81, 0x42,
	0x75, 0x04, 0x95, 0x01, 0x81, 0x01,
	0xc0,
};

/* The driver knows the device; to the rest of HID it is 63 bytes. */
static const uint8_t sense_descriptor[] = {
	0x06, 0x00, 0xff, 0x09, 0x01, 0xa1, 0x01,
	0x85, 0x01, 0x09, 0x02, 0x15, 0x00, 0x26, 0xff, 0x00,
	0x75, 0x08, 0x95, 0x3f, 0x81, 0x02,
	0x85, 0x02, 0x09, 0x03, 0x75, 0x08, 0x95, 0x2f, 0x91, 0x02,
	0xc0,
};

/* ---- the wire ----------------------------------------------------------- */

static void tell(int uhid, const struct uhid_event *event)
{
	ASSERT_EQ(sizeof(*event), write(uhid, event, sizeof(*event)));
}

static int open_uhid(void)
{
	int fd = open("/dev/uhid", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		SKIP("/dev/uhid: %s", strerror(errno));
	return fd;
}

static void create(int uhid, const char *name, uint16_t vendor,
		   uint16_t product, const uint8_t *descriptor, size_t size)
{
	static struct uhid_event event;

	event.type = UHID_CREATE2;
	snprintf((char *)event.u.create2.name, sizeof(event.u.create2.name),
		 "%s", name);
	event.u.create2.bus = BUS_USB;
	event.u.create2.vendor = vendor;
	event.u.create2.product = product;
	event.u.create2.rd_size = (uint16_t)size;
	memcpy(event.u.create2.rd_data, descriptor, size);
	tell(uhid, &event);
}

static void report(int uhid, const uint8_t *data, size_t size)
{
	static struct uhid_event event;

	event.type = UHID_INPUT2;
	event.u.input2.size = (uint16_t)size;
	memcpy(event.u.input2.data, data, size);
	tell(uhid, &event);
}

static void destroy(int uhid)
{
	static struct uhid_event event;

	event.type = UHID_DESTROY;
	tell(uhid, &event);
}

/* ---- the nodes ---------------------------------------------------------- */

static bool is_called(const char *path, const char *name)
{
	char there[256] = "";
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return false;
	if (ioctl(fd, EVIOCGNAME(sizeof(there)), there) < 0)
		there[0] = '\0';
	close(fd);
	return !strcmp(there, name);
}

static bool find_node(const char *name, char ret_path[64])
{
	for (int i = 0; i < EVENT_NODES; i++) {
		snprintf(ret_path, 64, "/dev/input/event%d", i);
		if (is_called(ret_path, name))
			return true;
	}
	return false;
}

static unsigned int step(struct evdev_device *device,
			 struct sealmem_gamepad *state)
{
	uint32_t revents = poll_node(evdev_device_fd(device));

	return evdev_device_step(device, revents, state);
}

static void begin(const char *path, struct evdev_device **ret_device,
		  struct sealmem_gamepad *state)
{
	ASSERT_OK(evdev_device_open(path, NULL, ret_device));
	ASSERT_EQ(EVDEV_CHANGED, evdev_device_step(*ret_device, 0, state));
}

#define EXPECT_NEAR(there, value)					\
	EXPECT_TRUE((value) > (there) - 0.001 && (value) < (there) + 0.001)

/* ---- a generic pad ------------------------------------------------------ */

FIXTURE(generic)
{
	int uhid;
	char path[64];
	struct evdev_device *device;
	struct sealmem_gamepad state;
};

FIXTURE_SETUP(generic)
{
	self->uhid = open_uhid();
	create(self->uhid, NAME_PAD, 0x1234, 0x5678, generic_descriptor,
	       sizeof(generic_descriptor));
	for (int ms = 0; !find_node(NAME_PAD, self->path); ms++) {
		ASSERT_LT(ms, PATIENCE_MS);
		usleep(1000);
	}
	begin(self->path, &self->device, &self->state);
}

FIXTURE_TEARDOWN(generic)
{
	evdev_device_close(self->device);
	close(self->uhid);
}

static void report_generic(struct th_self_generic *self, uint16_t buttons,
			   const int16_t axes[4], uint8_t hat)
{
	uint8_t data[11];

	memcpy(data, &buttons, 2);
	memcpy(data + 2, axes, 8);
	data[10] = hat;
	report(self->uhid, data, sizeof(data));
}

TEST_F(generic, has_its_right_stick_on_z_and_rz)
{
	report_generic(self, 0, (int16_t[]){ 0, 0, 32767, -32767 }, 15);
	EXPECT_EQ(EVDEV_CHANGED, step(self->device, &self->state));
	EXPECT_EQ(4, self->state.axis_count);
	EXPECT_NEAR(0, self->state.axes[0]);
	EXPECT_NEAR(0, self->state.axes[1]);
	EXPECT_NEAR(1, self->state.axes[2]);
	EXPECT_NEAR(-1, self->state.axes[3]);
	for (uint32_t i = 0; i < self->state.button_count; i++)
		EXPECT_EQ(0, self->state.buttons[i].pressed);
}

TEST_F(generic, is_a_gamepad_with_sticks_that_rest)
{
	EXPECT_EQ(EVDEV_CLASS_GAMEPAD,
		  evdev_classify(evdev_device_info(self->device)));
	EXPECT_EQ(1, self->state.connected);
	for (int i = 0; i < 4; i++)
		EXPECT_NEAR(0, self->state.axes[i]);
}

/* The driver filters: the flat middle that it tells is not cut out here. */
TEST_F(generic, a_little_is_not_nothing)
{
	report_generic(self, 0, (int16_t[]){ 2000, -2000, 0, 0 }, 15);
	EXPECT_EQ(EVDEV_CHANGED, step(self->device, &self->state));
	EXPECT_NEAR(0.061, self->state.axes[0]);
	EXPECT_NEAR(-0.061, self->state.axes[1]);
}

TEST_F(generic, a_press_brings_no_more_than_a_press)
{
	static const int16_t rest[4];

	report_generic(self, 1, rest, 15);
	EXPECT_EQ(EVDEV_CHANGED, step(self->device, &self->state));
	EXPECT_EQ(1, self->state.buttons[0].pressed);
	report_generic(self, 0, rest, 2);
	EXPECT_EQ(EVDEV_CHANGED, step(self->device, &self->state));
	EXPECT_EQ(0, self->state.buttons[0].pressed);
	EXPECT_EQ(1, self->state.buttons[0].press_count);
	EXPECT_EQ(1, self->state.buttons[15].pressed);
}

TEST_F(generic, gone_is_gone)
{
	report_generic(self, 1, (int16_t[]){ 32767, 0, 0, 0 }, 15);
	EXPECT_EQ(EVDEV_CHANGED, step(self->device, &self->state));
	destroy(self->uhid);
	EXPECT_EQ(EVDEV_CHANGED | EVDEV_GONE, step(self->device, &self->state));
	EXPECT_EQ(0, self->state.connected);
	EXPECT_EQ(0, self->state.buttons[0].pressed);
}

/* ---- a DualSense -------------------------------------------------------- */

FIXTURE(sense)
{
	int uhid;
	char path[64];
	struct evdev_device *device;
	struct sealmem_gamepad state;
};

static void put16(uint8_t *to, int16_t value)
{
	memcpy(to, &value, sizeof(value));
}

/* What the driver asks a new device for: that many bytes of @ret_data. */
static uint16_t answer_to(uint8_t number, uint8_t *ret_data)
{
	static const uint8_t address[] = { 1, 2, 3, 4, 5, 6 };

	ret_data[0] = number;
	switch (number) {
	case 0x05:
		/* Gyroscope: three biases, then plus and minus of each. */
		for (int i = 0; i < 6; i++)
			put16(ret_data + 7 + 2 * i, i % 2 ? -1000 : 1000);
		put16(ret_data + 19, 540);
		put16(ret_data + 21, 540);
		for (int i = 0; i < 6; i++)
			put16(ret_data + 23 + 2 * i, i % 2 ? -8192 : 8192);
		return 41;
	case 0x09:
		memcpy(ret_data + 1, address, sizeof(address));
		return 20;
	case 0x20:
		return 64;
	default:
		return 0;
	}
}

static void answer(int uhid, const struct uhid_get_report_req *request)
{
	static struct uhid_event event;
	struct uhid_get_report_reply_req *reply = &event.u.get_report_reply;

	memset(&event, 0, sizeof(event));
	event.type = UHID_GET_REPORT_REPLY;
	reply->id = request->id;
	reply->size = answer_to(request->rnum, reply->data);
	reply->err = reply->size ? 0 : EIO;
	tell(uhid, &event);
}

/* The device's side for a moment: answers what the driver asks. */
static bool serve_driver(int uhid, int timeout_ms, struct uhid_event *ret_event)
{
	struct pollfd polled = { .fd = uhid, .events = POLLIN };

	if (poll(&polled, 1, timeout_ms) == 0)
		return false;
	ASSERT_GT(read(uhid, ret_event, sizeof(*ret_event)), 0);
	if (ret_event->type == UHID_GET_REPORT)
		answer(uhid, &ret_event->u.get_report);
	return true;
}

FIXTURE_SETUP(sense)
{
	static struct uhid_event event;

	self->uhid = open_uhid();
	create(self->uhid, NAME_SENSE, 0x054c, 0x0ce6, sense_descriptor,
	       sizeof(sense_descriptor));
	for (int ms = 0; !find_node(NAME_SENSE, self->path); ms += 10) {
		if (ms >= 5000)
			SKIP("no driver here makes a node of a DualSense");
		serve_driver(self->uhid, 10, &event);
	}
	begin(self->path, &self->device, &self->state);
}

FIXTURE_TEARDOWN(sense)
{
	evdev_device_close(self->device);
	close(self->uhid);
}

/* Sticks, triggers, then a count, then the hat and the buttons. */
static void report_sense(struct th_self_sense *self, const uint8_t axes[6],
			 const uint8_t buttons[3])
{
	uint8_t data[64] = { 0x01 };

	memcpy(data + 1, axes, 6);
	memcpy(data + 8, buttons, 3);
	/* No finger is on the touchpad. */
	data[33] = data[37] = 0x80;
	report(self->uhid, data, sizeof(data));
}

#define HAT_REST 8
#define SQUARE	 0x10
#define TRIANGLE 0x80

static const uint8_t axes_at_rest[6] = { 128, 128, 128, 128, 0, 0 };

TEST_F(sense, its_buttons_go_by_position)
{
	report_sense(self, axes_at_rest,
		     (uint8_t[]){ HAT_REST | SQUARE, 0, 0 });
	EXPECT_EQ(EVDEV_CHANGED, step(self->device, &self->state));
	EXPECT_EQ(1, self->state.buttons[2].pressed);
	EXPECT_EQ(0, self->state.buttons[3].pressed);
	report_sense(self, axes_at_rest,
		     (uint8_t[]){ HAT_REST | TRIANGLE, 0, 0 });
	EXPECT_EQ(EVDEV_CHANGED, step(self->device, &self->state));
	EXPECT_EQ(0, self->state.buttons[2].pressed);
	EXPECT_EQ(1, self->state.buttons[3].pressed);
}

TEST_F(sense, its_triggers_are_on_z_and_rz)
{
	report_sense(self, (uint8_t[]){ 0, 255, 255, 0, 255, 51 },
		     (uint8_t[]){ HAT_REST, 0, 0 });
	EXPECT_EQ(EVDEV_CHANGED, step(self->device, &self->state));
	EXPECT_NEAR(-1, self->state.axes[0]);
	EXPECT_NEAR(1, self->state.axes[1]);
	EXPECT_NEAR(1, self->state.axes[2]);
	EXPECT_NEAR(-1, self->state.axes[3]);
	EXPECT_NEAR(1, self->state.buttons[6].value);
	EXPECT_NEAR(0.2, self->state.buttons[7].value);
}

/* Its other two nodes belong to it, and are no pads of their own. */
static void is_part(struct th_self_sense *self, const char *name,
		    enum evdev_class want)
{
	struct evdev_device *device = NULL;
	struct libevdev *info = NULL;
	char path[64];
	int fd;

	ASSERT_TRUE(find_node(name, path));
	EXPECT_ERR(EMEDIUMTYPE, evdev_device_open(path, NULL, &device));
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ASSERT_EQ(0, libevdev_new_from_fd(fd, &info));
	EXPECT_EQ(want, evdev_classify(info));
	EXPECT_STREQ(libevdev_get_uniq(evdev_device_info(self->device)),
		     libevdev_get_uniq(info));
	libevdev_free(info);
	close(fd);
}

TEST_F(sense, its_other_nodes_are_no_pads)
{
	is_part(self, NAME_SENSE " Motion Sensors", EVDEV_CLASS_MOTION);
	is_part(self, NAME_SENSE " Touchpad", EVDEV_CLASS_TOUCHPAD);
	EXPECT_STRNE("", evdev_device_group(self->device));
}

TEST_F(sense, gone_is_gone)
{
	destroy(self->uhid);
	while (!(step(self->device, &self->state) & EVDEV_GONE))
		;
	EXPECT_EQ(0, self->state.connected);
}

TH_MAIN
